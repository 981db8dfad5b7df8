/**
 * @file Products with the Jacobian, from the left (vjp, reverse mode) and from the right (jvp).
 */
import { toTensor } from '../graph/create.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { sameShape, showShape } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import { flattenTree } from '../graph/tree.js';
import { linearize, type Linearized } from '../graph/vjp.js';
import { algebra } from '../ops/algebra.js';
import { zeros } from '../ops/create.js';
import type { Arguments, TensorTree } from './types.js';

/** Leaves of `tree`, checked against tensors they must match in number and shape. */
export function matching(op: string, what: string, tree: unknown, like: readonly Tensor[]): readonly Tensor[] {
  const { leaves } = flattenTree(op, tree);
  if (leaves.length !== like.length)
    throw new UsageError(op, `${what} must have the structure of its counterpart`, `${leaves.length} leaves, expected ${like.length}`);
  leaves.forEach((t, i) => {
    if (!sameShape(t.shape, like[i]!.shape))
      throw new ShapeError(op, `${what} has shape ${showShape(t.shape)}`, `expected ${showShape(like[i]!.shape)}`);
  });
  return leaves;
}

/** A bare tensor or number among primals stands for a list of one. */
export function primalList(op: string, primals: unknown): unknown[] {
  if (primals instanceof Tensor || typeof primals === 'number') return [primals];
  if (!Array.isArray(primals) || primals.length === 0)
    throw new UsageError(op, 'primals must be a list with one value an argument', `got ${typeof primals}`);
  return primals;
}

/** Every argument is differentiated. */
export function linearizeAll(op: string, f: (...args: never[]) => unknown, primals: readonly unknown[], hasAux = false): Linearized {
  return linearize(f, primals, { op, argnums: primals.map((_, i) => i), hasAux, algebra });
}

/** Options of `vjp` and `jvp`. */
export interface AuxOptions {
  /** Does f return [out, aux]? Default false. */
  hasAux?: boolean;
}

/**
 * Value of f and its pullback g ↦ gᵀ·J: one cotangent an argument, for a cotangent like the output. The pullback may be called
 * any number of times and be differentiated itself.
 * @throws ShapeError for a cotangent of another shape.
 * @example
 * const [out, pullback] = vjp((x) => mul(x, x), [3]);
 * out; // → 9
 * pullback(1); // → [6]
 */
export function vjp<P extends readonly unknown[] = Tensor[], R = unknown, Aux = unknown>(
  f: (...args: P) => readonly [R, Aux],
  primals: NoInfer<Arguments<P>>,
  options: { hasAux: true },
): [out: TensorTree<R>, pullback: (g: unknown) => TensorTree<P>, aux: Aux];
export function vjp<P extends readonly unknown[] = Tensor[], R = unknown>(
  f: (...args: P) => R,
  primals: NoInfer<Arguments<P>>,
  options?: AuxOptions,
): [out: TensorTree<R>, pullback: (g: unknown) => TensorTree<P>];
export function vjp(f: (...args: never[]) => unknown, primals: unknown, options: AuxOptions = {}): unknown {
  checkOptions('vjp', options, ['hasAux']);
  const run = linearizeAll('vjp', f, primalList('vjp', primals), options.hasAux);
  const pullback = (g: unknown): unknown => run.rebuild(run.pull(matching('vjp', 'the cotangent', g, run.outputs)));
  const out = typeof run.out === 'number' ? toTensor(run.out) : run.out;
  return options.hasAux === true ? [out, pullback, run.aux] : [out, pullback];
}

/**
 * The linear map of tangents that a linearized function stands for. Its pullback g ↦ gᵀ·J is linear in g, so the pullback of
 * the pullback is J itself: forward mode without a second set of rules.
 */
export function pushforward(op: string, run: Linearized): (tangents: readonly Tensor[]) => Tensor[] {
  const origin = run.outputs.map((y) => zeros(y.shape, { dtype: y.dtype }));
  const transposed = linearizeAll(op, (...g: Tensor[]) => run.pull(g).flat(), origin);
  return (tangents) => transposed.pull(tangents).flat();
}

/**
 * Value of f and its derivative in the direction of the tangents: [f(x), J·t].
 * @throws ShapeError for a tangent of another shape.
 * @example
 * jvp((x) => mul(x, x), [3], [1]); // → [9, 6]
 */
export function jvp<P extends readonly unknown[] = Tensor[], R = unknown, Aux = unknown>(
  f: (...args: P) => readonly [R, Aux],
  primals: NoInfer<Arguments<P>>,
  tangents: NoInfer<Arguments<P>>,
  options: { hasAux: true },
): [out: TensorTree<R>, tangent: TensorTree<R>, aux: Aux];
export function jvp<P extends readonly unknown[] = Tensor[], R = unknown>(
  f: (...args: P) => R,
  primals: NoInfer<Arguments<P>>,
  tangents: NoInfer<Arguments<P>>,
  options?: AuxOptions,
): [out: TensorTree<R>, tangent: TensorTree<R>];
export function jvp(f: (...args: never[]) => unknown, primals: unknown, tangents: unknown, options: AuxOptions = {}): unknown {
  checkOptions('jvp', options, ['hasAux']);
  const list = primalList('jvp', primals);
  const run = linearizeAll('jvp', f, list, options.hasAux);
  const directions = matching('jvp', 'the tangent', primalList('jvp', tangents), flattenTree('jvp', list).leaves);
  const pushed = pushforward('jvp', run)(directions);
  const out = typeof run.out === 'number' ? toTensor(run.out) : run.out;
  const tangent = flattenTree('jvp', run.out).rebuild(pushed);
  return options.hasAux === true ? [out, tangent, run.aux] : [out, tangent];
}
