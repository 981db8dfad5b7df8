/**
 * @file Projections: what brings parameters back to where they are allowed to be, after each step.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { checkOptions, UsageError } from '../graph/errors.js';
import type { Axes } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { div, mul } from '../ops/arithmetic.js';
import { gt, where } from '../ops/logic.js';
import { norm } from '../ops/statistics.js';

/** Options of `maxNorm`. */
export interface MaxNormOptions {
  /** The largest norm a row may have. */
  max: number;
  /** Axes that a row runs along; default the last: each row of W [classes, features]. For W [features, classes] say 0. */
  axis?: Axes;
}

/**
 * Rows that are longer than `max` are scaled back to that length, the others stay: w ← w·min(1, max/‖w‖). Doing it twice changes nothing.
 * @throws UsageError unless max is positive.
 * @see lecture 003:837: ‖w_j‖ < c for all rows j; Srebro, Shraibman 2005
 * @example
 * maxNorm([[3, 4], [0.3, 0.4]], { max: 1 }); // → [[0.6, 0.8], [0.3, 0.4]]
 * const W = parameter([[3, 4]]);
 * const optimizer = new SGD([{ params: [W], project: (w) => maxNorm(w, { max: 1 }) }], { lr: 0.1 });
 * optimizer.minimize(() => sum(W)); // → 7
 * norm(W); // → 1
 */
export function maxNorm(w: TensorLike, options: MaxNormOptions): Tensor {
  checkOptions('maxNorm', options, ['max', 'axis']);
  const { max, axis = -1 } = options ?? {};
  if (!(max > 0)) throw new UsageError('maxNorm', 'max must be positive', String(max), 'maxNorm(w, { max: 3 })');
  const t = toTensor(w);
  const length = norm(t, { axis, keepdims: true });
  const long = gt(length, max);
  // a few roundings short of max, so that the result is not longer than max by a rounding
  const target = max * (1 - 4 * (t.dtype === 'float32' ? 2 ** -23 : Number.EPSILON));
  return where(long, mul(t, div(target, where(long, length, 1))), t);
}
