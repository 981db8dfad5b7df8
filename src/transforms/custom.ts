/**
 * @file Rules of one's own, and code that is not recorded.
 */
import { toTensor } from '../graph/create.js';
import { ShapeError, UsageError } from '../graph/errors.js';
import { sameShape, showShape } from '../graph/shape.js';
import { withState } from '../graph/state.js';
import { Tensor } from '../graph/tensor.js';
import { isLeaf, flattenTree } from '../graph/tree.js';
import { zeros } from '../ops/create.js';
import { repeatable } from '../ops/repeatable.js';
import type { Arguments } from './types.js';
import { type Batch, isTracked, runningBatch } from './examples.js';
import { withPullback } from './with-pullback.js';

/** The two halves of a custom derivative. */
export interface CustomVjp<P extends readonly unknown[], Res> {
  /** Value and residuals. It is recorded, so second derivatives follow the residuals. */
  fwd: (...args: P) => readonly [out: Tensor, residuals: Res];
  /** One cotangent an argument (null: zero), from the residuals and the cotangent of the output. */
  bwd: (residuals: Res, g: Tensor) => readonly (Tensor | number | null)[];
}

/**
 * f with a derivative of one's own. Values come from f where nothing is differentiated, else from `fwd`.
 * @throws UsageError when bwd returns another number of cotangents; ShapeError when one has the wrong shape.
 * @example
 * const clipped = customVjp((x) => mul(x, 1), { fwd: (x) => [mul(x, 1), x], bwd: (x, g) => [clip(g, -1, 1)] });
 * grad((x) => mul(clipped(x), 5))(2); // → 1
 */
export function customVjp<P extends readonly unknown[] = Tensor[], Res = unknown>(
  f: (...args: P) => Tensor,
  rule: CustomVjp<P, Res>,
): (...args: Arguments<P>) => Tensor {
  if (typeof f !== 'function' || typeof rule?.fwd !== 'function' || typeof rule.bwd !== 'function') {
    throw new UsageError('customVjp', 'needs f and { fwd, bwd }');
  }
  return (...args) => {
    const resolved = args.map((a) => (isLeaf(a) ? toTensor(a) : a));
    const inputs = resolved.filter((a): a is Tensor => a instanceof Tensor);
    if (inputs.length !== args.length && args.some((a) => !isLeaf(a) && containsTracked(a))) {
      throw new UsageError('customVjp', 'tensors to differentiate must be arguments of their own, not inside trees');
    }
    if (!inputs.some(isTracked)) return toTensor(f(...(resolved as unknown as P)), 'customVjp');
    return ruled(f.name ? `customVjp(${f.name})` : 'customVjp', rule as unknown as AnyRule, resolved);
  };
}

type AnyRule = CustomVjp<readonly unknown[], unknown>;

const isTensor = (x: unknown): x is Tensor => x instanceof Tensor;

/** A call whose derivative is the rule's. */
function ruled(name: string, rule: AnyRule, args: readonly unknown[]): Tensor {
  const inputs = args.filter((a): a is Tensor => a instanceof Tensor);
  const batch = runningBatch();
  const outer = batch !== null && inputs.some((t) => isTracked(batch.spread(t)));
  const example = repeatable(() => (outer ? overBatch(name, rule, args, batch) : undefined));
  if (example.result !== undefined && inputs.every((t) => t.node === null)) return example.result;
  const [out, residuals] = example.again(() => forward(rule, args));
  const at = args.flatMap((a, i) => (a instanceof Tensor ? [i] : []));
  const pull = (g: Tensor): Tensor[] => {
    const cotangents = checked(rule.bwd(residuals, g), args.length);
    return inputs.map((x, i) => cotangentFor(x, cotangents[at[i]!], at[i]!));
  };
  return withPullback(example.result ?? out, { name, inputs, pull });
}

/** Value and residuals. */
function forward(rule: AnyRule, args: readonly unknown[]): readonly [out: Tensor, residuals: unknown] {
  const pair: unknown = rule.fwd(...args);
  if (Array.isArray(pair) && pair[0] instanceof Tensor) return pair as [Tensor, unknown];
  throw new UsageError('customVjp', 'fwd must return [tensor, residuals]');
}

/** The call with all examples at once: the rule of one example is that of a batch. */
function overBatch(name: string, rule: AnyRule, args: readonly unknown[], batch: Batch): Tensor {
  const example = (x: unknown, i: number): unknown => (isTensor(x) && batch.maps(args[i] as Tensor) ? batch.example(x) : x);
  const fwd: AnyRule['fwd'] = (...wholes) =>
    batch.within(() => {
      const [out, residuals] = forward(rule, wholes.map(example));
      return [batch.whole(out), residuals];
    });
  const bwd: AnyRule['bwd'] = (residuals, g) =>
    batch.within(() => {
      const cotangents = checked(rule.bwd(residuals, batch.example(g)), args.length);
      return args.map((x, i) => (isTensor(x) ? batch.cotangent(cotangentFor(x, cotangents[i], i), x) : null));
    });
  const wholes = args.map((x) => (isTensor(x) ? batch.spread(x) : x));
  return batch.example(batch.outside(() => ruled(name, { fwd, bwd }, wholes)));
}

function checked(cotangents: unknown, n: number): readonly (Tensor | number | null)[] {
  if (!Array.isArray(cotangents) || cotangents.length !== n) {
    throw new UsageError(
      'customVjp',
      'bwd must return one cotangent an argument',
      `expected ${n}, got ${Array.isArray(cotangents) ? cotangents.length : typeof cotangents}`,
    );
  }
  return cotangents as (Tensor | number | null)[];
}

/** What bwd says of one argument, as a tensor of its shape. */
function cotangentFor(x: Tensor, du: Tensor | number | null | undefined, argument: number): Tensor {
  if (du === null || du === undefined) return zeros(x.shape, { dtype: x.dtype });
  const g = toTensor(du, 'customVjp', x.dtype);
  if (sameShape(g.shape, x.shape)) return g;
  throw new ShapeError('customVjp', `bwd gave shape ${showShape(g.shape)} for argument ${argument}`, `expected ${showShape(x.shape)}`);
}

function containsTracked(tree: unknown): boolean {
  try {
    return flattenTree('customVjp', tree).leaves.some(isTracked);
  } catch {
    return false;
  }
}

/**
 * Runs f without recording: its results are constants to every derivative.
 * @example
 * grad((x) => mul(x, noGrad(() => mul(x, x))))(2); // → 4
 */
export function noGrad<R>(f: () => R): R {
  return withState({ recording: false }, f);
}
