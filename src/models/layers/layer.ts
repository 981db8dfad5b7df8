/**
 * @file What a layer is: two pure functions. The code is a closure; parameters and state are plain data.
 */
import { type TensorLike, toTensor } from '../../graph/create.js';
import { isFloat } from '../../graph/dtype.js';
import { checkOptions, DTypeError, ShapeError, UsageError } from '../../graph/errors.js';
import { sameShape, type Shape, showShape } from '../../graph/shape.js';
import type { Tensor } from '../../graph/tensor.js';
import { Generator } from '../../ops/random.js';
import type { Tree } from '../../transforms/types.js';

/** Parameters or state of a layer that has none. */
export type Empty = Readonly<Record<string, never>>;

/** How parameters are made. */
export interface InitOptions {
  /** Where the first values come from: there is no hidden global generator. */
  generator: Generator;
  /** Element type of parameters and state; default float32. */
  dtype?: 'float32' | 'float64';
}

/** How a layer is applied. */
export interface ApplyOptions<S = Tree> {
  /** Training (dropout drops, batch statistics are used) or evaluation: said, never assumed. */
  train: boolean;
  /** What `init` or the last call returned; `{}` for a layer without state. */
  state: S;
  /** Where layers that draw in training take their numbers from. */
  generator?: Generator | undefined;
}

/**
 * A layer: `init` makes its parameters and its state, `apply` computes the output and the next state and changes nothing.
 * P and S are trees of tensors, so `grad`, optimizers and files take them as they are.
 */
export interface Layer<P = Tree, S = Tree> {
  /** What it is called in messages. */
  readonly name: string;
  /** First values of parameters and state. */
  init(options: InitOptions): { params: P; state: S };
  /** The output for x, and the state to pass to the next call. */
  apply(params: P, x: TensorLike, options: ApplyOptions<S>): [y: Tensor, state: S];
}

/** A layer whose first values are not drawn, so that `init` needs no generator. */
export interface FixedLayer<P = Tree, S = Tree> extends Layer<P, S> {
  /** First values of parameters and state. */
  init(options?: Partial<InitOptions>): { params: P; state: S };
}

/** What a layer of the library says of itself; `defineLayer` checks what they have in common. */
interface LayerSpec<P, S> {
  readonly name: string;
  /** Does `init` draw? Then it needs a generator. */
  readonly draws?: boolean;
  readonly init: (options: Required<InitOptions>) => { params: P; state: S };
  readonly apply: (params: P, x: Tensor, options: ApplyOptions<S>) => [y: Tensor, state: S];
}

/** A layer with its options checked. */
export function defineLayer<P, S>(spec: LayerSpec<P, S>): FixedLayer<P, S> {
  const { name } = spec;
  return {
    name,
    init(options = {}) {
      checkOptions(name, options, ['generator', 'dtype']);
      const { generator, dtype = 'float32' } = options;
      if (!isFloat(dtype)) throw new DTypeError(name, 'parameters are float32 or float64', `got ${String(dtype)}`);
      if (spec.draws === true || generator !== undefined) checkGenerator(name, generator, 'init({ generator: new Generator(seed) })');
      return spec.init({ generator: generator as Generator, dtype });
    },
    apply(params, x, options) {
      checkOptions(name, options, ['train', 'state', 'generator']);
      if (typeof options?.train !== 'boolean')
        throw new UsageError(name, 'train must be said', `got ${String(options?.train)}`, 'apply(params, x, { train: true, state })');
      if (typeof options.state !== 'object' || options.state === null)
        throw new UsageError(name, 'state must be said', `got ${String(options.state)}`, 'pass what init or the last apply returned');
      if (options.generator !== undefined) checkGenerator(name, options.generator);
      return spec.apply(params, toTensor(x, name), options);
    },
  };
}

/** The generator, which must be one. */
export function checkGenerator(op: string, generator: unknown, cure = '{ generator: new Generator(seed) }'): Generator {
  if (generator instanceof Generator) return generator;
  throw new UsageError(op, 'needs a generator', generator === undefined ? undefined : `got ${String(generator)}`, cure);
}

/** The generator that a layer draws from in training. */
export function drawnFrom(op: string, { generator }: ApplyOptions<unknown>): Generator {
  return checkGenerator(op, generator, 'apply(params, x, { train: true, state, generator: new Generator(seed) })');
}

/** Throws unless `value` is a whole number from 1. */
export function checkCount(op: string, name: string, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) < 1)
    throw new UsageError(op, `${name} must be a positive integer`, `got ${String(value)}`);
}

/** What stands under a key of params or state. */
export function entryOf(op: string, what: 'params' | 'state', tree: unknown, key: string): unknown {
  if (typeof tree !== 'object' || tree === null || !Object.hasOwn(tree, key)) {
    throw new UsageError(
      op,
      `${what} ${what === 'state' ? 'lacks' : 'lack'} '${key}'`,
      undefined,
      `pass the ${what} that init returned, or their updates`,
    );
  }
  return (tree as Readonly<Record<string, unknown>>)[key];
}

/** The tensor under a key of params or state, whose shape the layer knows. */
export function tensorOf(op: string, what: 'params' | 'state', tree: unknown, key: string, shape: Shape): Tensor {
  const t = toTensor(entryOf(op, what, tree, key) as TensorLike, op);
  if (!sameShape(t.shape, shape)) throw new ShapeError(op, `${key} must be ${showShape(shape)}`, `got ${showShape(t.shape)}`);
  return t;
}
