/**
 * @file Module: a model that holds its parameters, as in torch. It computes nothing itself: `run` hands them to a pure layer.
 */
import { type TensorLike, toTensor } from '../../graph/create.js';
import { isFloat } from '../../graph/dtype.js';
import { checkOptions, DTypeError, ShapeError, UsageError } from '../../graph/errors.js';
import { Parameter } from '../../graph/parameter.js';
import { sameShape, showShape } from '../../graph/shape.js';
import { Tensor } from '../../graph/tensor.js';
import { cast } from '../../ops/casting.js';
import type { Generator } from '../../ops/random.js';
import type { Layer } from './layer.js';

/** What `loadStateDict` found not to match. */
export interface LoadResult {
  /** Keys of the model that the state dict lacks. */
  missingKeys: string[];
  /** Keys of the state dict that the model lacks. */
  unexpectedKeys: string[];
}

/** A place that a state dict reads and writes. */
interface Slot {
  readonly key: string;
  readonly value: Tensor;
  write(next: Tensor): void;
}

/**
 * A model with parameters. Write your own as in torch: parameters and other modules are fields (or lists of them), and `forward`
 * is an expression of ops; the names of the fields make the keys of the state dict. Private `#fields` are not seen.
 * @throws UsageError when a module contains itself.
 * @see torch.nn.Module
 * @example
 * class Scaled extends Module {
 *   scale = parameter([2, 3], { name: 'scale' });
 *   layer = new Linear(2, 1, { generator: new Generator(1), dtype: 'float64' });
 *   forward(x: TensorLike) {
 *     return this.layer.forward(mul(x, this.scale));
 *   }
 * }
 * const model = new Scaled();
 * Object.keys(model.stateDict()); // → ['scale', 'layer.weight', 'layer.bias']
 * sum(model.forward([1, 1])).backward();
 * model.layer.bias!.grad; // → [1]
 */
export abstract class Module {
  /** Is it being trained? Dropout drops and batch statistics are used only then; set by `train` and `eval`. Default true. */
  training = true;
  /** Tensors that belong to the state but are not trained, such as running statistics, under their names in the state dict. */
  readonly buffers: Record<string, Tensor> = {};

  /** The output for x. */
  abstract forward(x: TensorLike): Tensor;

  /** The modules it is made of, with their names: its fields that are modules, in the order in which they were set. */
  namedChildren(): [name: string, child: Module][] {
    return this.#fields().filter((entry): entry is [string, Module] => entry[1] instanceof Module);
  }

  /** All parameters with their names, as `0.weight`; one that stands in two places is listed once. */
  namedParameters(): [name: string, parameter: Parameter][] {
    const seen = new Set<Parameter>();
    return this.#walk().flatMap(([path, module]) =>
      module.#parameters().flatMap(([name, p]): [string, Parameter][] => {
        if (seen.has(p)) return [];
        seen.add(p);
        return [[path + name, p]];
      }),
    );
  }

  /** All parameters, for an optimizer: `new SGD(model.parameters(), { lr })`. */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, p]) => p);
  }

  /**
   * Parameters and buffers under torch's keys, as constants: what they are now, not what they become.
   * @example
   * const model = new Sequential(new Linear(2, 3, { generator: new Generator(1) }), new BatchNorm1d(3));
   * Object.keys(model.stateDict()).slice(0, 4); // → ['0.weight', '0.bias', '1.weight', '1.bias']
   */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries(this.#slots().map(({ key, value }) => [key, value.share(null)]));
  }

  /**
   * Takes values from a state dict. With `strict` (the default) its keys must be exactly those of the model. A buffer of whole numbers
   * takes whole numbers of any type (torch's are int64), and plain arrays of numbers take the dtype of the model. Whatever is thrown leaves the model as it was.
   * @throws UsageError for keys that do not match; ShapeError and DTypeError for values that do not fit, naming all their keys.
   * @example
   * const model = new Linear(1, 1, { generator: new Generator(1), dtype: 'float64' });
   * model.loadStateDict({ weight: [[2]], bias: [1] }); // → { missingKeys: [], unexpectedKeys: [] }
   * model.forward([3]); // → [7]
   * model.loadStateDict({ weights: [[2]], bias: [1] });
   * // throws UsageError: loadStateDict: keys do not match: missing 'weight', unexpected 'weights': did you mean 'weight'?
   */
  loadStateDict(stateDict: Readonly<Record<string, TensorLike>>, options: { strict?: boolean } = {}): LoadResult {
    const op = 'loadStateDict';
    checkOptions(op, options, ['strict']);
    if (typeof stateDict !== 'object' || stateDict === null) throw new UsageError(op, 'needs an object of tensors', String(stateDict));
    const slots = this.#slots();
    const keys = new Set(slots.map(({ key }) => key));
    const missingKeys = [...keys].filter((key) => !Object.hasOwn(stateDict, key));
    const unexpectedKeys = Object.keys(stateDict).filter((key) => !keys.has(key));
    if (options.strict !== false) checkKeys(missingKeys, unexpectedKeys);
    const found = slots.filter(({ key }) => Object.hasOwn(stateDict, key));
    const writes = found.map((slot) => ({ key: slot.key, value: slot.value, slot, next: valueFor(slot.value, stateDict[slot.key]!) }));
    const shapes = writes.filter(({ value, next }) => !sameShape(value.shape, next.shape));
    if (shapes.length > 0) {
      const list = shapes.map(({ key, value, next }) => `'${key}' must be ${showShape(value.shape)}, got ${showShape(next.shape)}`);
      throw new ShapeError(op, 'shapes do not match', list.join('; '));
    }
    const dtypes = writes.filter(({ value, next }) => !fits(value, next));
    if (dtypes.length > 0) {
      const list = dtypes.map(({ key, value, next }) => `'${key}' must be ${value.dtype}, got ${next.dtype}`);
      throw new DTypeError(op, 'dtypes do not match', list.join('; '), 'cast the values first');
    }
    for (const { slot, value, next } of writes) slot.write(cast(next, value.dtype).share(null));
    return { missingKeys, unexpectedKeys };
  }

  /** Training mode (or with `false` evaluation) for it and all modules in it; returns it. */
  train(mode = true): this {
    for (const [, module] of this.#walk()) module.training = mode;
    return this;
  }

  /** Evaluation mode: `train(false)`. */
  eval(): this {
    return this.train(false);
  }

  /** Forgets accumulated gradients. */
  zeroGrad(): void {
    for (const p of this.parameters()) p.grad = null;
  }

  /** The output of a pure layer for parameters of this module; its next state goes to the buffers. The generator serves training only. */
  protected run<P, S>(layer: Layer<P, S>, params: P, x: TensorLike, generator?: Generator): Tensor {
    const state = this.buffers as S;
    const [y, next] = layer.apply(params, x, { train: this.training, state, generator: this.training ? generator : undefined });
    Object.assign(this.buffers, next);
    return y;
  }

  /** Fields, those that are lists taken apart. */
  #fields(): [string, unknown][] {
    return Object.entries(this).flatMap(([name, value]: [string, unknown]) =>
      Array.isArray(value) ? value.map((v, i): [string, unknown] => [`${name}.${i}`, v]) : [[name, value] as [string, unknown]],
    );
  }

  #parameters(): [string, Parameter][] {
    return this.#fields().filter((entry): entry is [string, Parameter] => entry[1] instanceof Parameter);
  }

  /** This module and all in it, outer ones first, with the path that their names begin with. */
  #walk(path = '', above: readonly Module[] = []): [path: string, module: Module][] {
    if (above.includes(this)) throw new UsageError('Module', 'a module contains itself', `at '${path.slice(0, -1)}'`);
    const below = this.namedChildren().flatMap(([name, child]) => child.#walk(`${path}${name}.`, [...above, this]));
    return [[path, this], ...below];
  }

  #slots(): Slot[] {
    return this.#walk().flatMap(([path, module]): Slot[] => [
      ...module.#parameters().map(([name, p]) => ({ key: path + name, value: p.value, write: (next: Tensor) => void (p.value = next) })),
      ...Object.entries(module.buffers).map(([name, value]) => ({
        key: path + name,
        value,
        write: (next: Tensor) => void (module.buffers[name] = next),
      })),
    ]);
  }
}

/** What is to be written in the place of `value`: plain numbers take its dtype. */
function valueFor(value: Tensor, given: TensorLike): Tensor {
  const t = toTensor(given, 'loadStateDict');
  const plain = !(given instanceof Tensor || ArrayBuffer.isView(given)) && t.dtype === 'float64';
  return plain && isFloat(value.dtype) ? cast(t, value.dtype) : t;
}

/** May a value of this type be written there? */
function fits(value: Tensor, next: Tensor): boolean {
  if (value.dtype === next.dtype) return true;
  return value.dtype === 'int32' && next.data.every((v: number) => (v | 0) === v);
}

/** Throws unless both lists are empty. */
function checkKeys(missing: readonly string[], unexpected: readonly string[]): void {
  if (missing.length + unexpected.length === 0) return;
  const list = (what: string, keys: readonly string[]): string =>
    keys.length === 0 ? '' : `${what} ${keys.map((k) => `'${k}'`).join(', ')}`;
  const values = [list('missing', missing), list('unexpected', unexpected)].filter((text) => text !== '').join(', ');
  const near = unexpected.length > 0 && missing.map((key) => [alike(unexpected[0]!, key), key] as const).sort((p, q) => q[0] - p[0])[0];
  const which = unexpected.length > 1 ? ` for '${unexpected[0]}'` : '';
  const hint = near && near[0] >= 0.5 ? `did you mean '${near[1]}'${which}?` : undefined;
  throw new UsageError('loadStateDict', 'keys do not match', values, hint);
}

/** How much of the shorter key begins or ends the other, 0 … 1: keys differ by a prefix such as `module.` or by the last name. */
function alike(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  let head = 0;
  while (head < n && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < n - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  return (head + tail) / n;
}
