/**
 * @file The linear map that a function is near a point.
 */
import { toTensor } from '../graph/create.js';
import type { Tensor } from '../graph/tensor.js';
import { flattenTree } from '../graph/tree.js';
import type { Arguments, TensorTree } from './types.js';
import { linearizeAll, matching, primalList, pushforward } from './vjp.js';

/**
 * Value of f and its derivative at the primals as a function of tangents, t ↦ J·t: one tangent an argument. f runs once, the function may be
 * called any number of times, and be differentiated itself. Where f has one direction only, `jvp` does the same in one call.
 * @throws ShapeError for a tangent of another shape; UsageError for another number of tangents.
 * @see jax.linearize
 * @example
 * const [out, push] = linearize((x, y) => mul(x, y), [3, 5]);
 * out; // → 15
 * [push(1, 0), push(0, 1)]; // → [5, 3]
 */
export function linearize<P extends readonly unknown[] = Tensor[], R = unknown>(
  f: (...args: P) => R,
  primals: NoInfer<Arguments<P>>,
): [out: TensorTree<R>, push: (...tangents: Arguments<P>) => TensorTree<R>];
export function linearize(f: (...args: never[]) => unknown, primals: unknown): unknown {
  const list = primalList('linearize', primals);
  const { leaves } = flattenTree('linearize', list);
  const run = linearizeAll('linearize', f, list);
  const push = pushforward('linearize', run);
  const tree = flattenTree('linearize', run.out);
  const out = typeof run.out === 'number' ? toTensor(run.out) : run.out;
  return [out, (...tangents: unknown[]) => tree.rebuild(push(matching('linearize', 'the tangent', tangents, leaves)))];
}
