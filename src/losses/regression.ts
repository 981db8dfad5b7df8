/**
 * @file Losses of real targets.
 */
import { UsageError } from '../graph/errors.js';
import { abs, add, div, mul, square, sub } from '../ops/arithmetic.js';
import { le, where } from '../ops/logic.js';
import { type Loss, loss, type LossOptions, sameShapes } from './loss.js';

/**
 * Squared error (s − y)², no factor 1/2; the mean is over all elements. Gradient of the sum: −2(y − s).
 * As a formula: `L(s, y) = (s - y)^2`, $L\left(s, y\right) = \left(s - y\right)^{2}$
 * @throws ShapeError when the shapes differ.
 * @see lecture 003:777
 * @example
 * mseLoss([1, 2], [1, 4]); // → 2
 */
export const mseLoss: Loss = loss<LossOptions>('mseLoss', [], (s, y) => {
  sameShapes('mseLoss', s, y);
  return square(sub(s, y));
});

/**
 * Absolute error |s − y|; the derivative at 0 is 0. The mean is over all elements.
 * As a formula: `L(s, y) = |s - y|`, $L\left(s, y\right) = \left|s - y\right|$
 * @throws ShapeError when the shapes differ.
 * @see lecture 003:775
 * @example
 * l1Loss([0.1, 0.7, 0.2], [0, 1, 0], { reduction: 'sum' }); // → 0.6
 */
export const l1Loss: Loss = loss<LossOptions>('l1Loss', [], (s, y) => {
  sameShapes('l1Loss', s, y);
  return abs(sub(s, y));
});

/** Options of `huberLoss`. */
export interface HuberOptions extends LossOptions {
  /** Where the square turns into a line; default 1. */
  delta?: number;
}

/**
 * Huber loss: d²/2 where |d| ≤ δ, else δ(|d| − δ/2), with d = s − y; δ is the option `delta`, 1 by default.
 * As a formula: `d = s - y; L(s, y) = |d| <= delta ? d^2 / 2 : delta * (|d| - delta / 2)`, $\begin{aligned} d &= s - y \\ L\left(s, y\right) &= \begin{cases} \frac{d^{2}}{2} & \text{if } \left|d\right| \le \delta \\ \delta \left(\left|d\right| - \frac{\delta}{2}\right) & \text{otherwise} \end{cases} \end{aligned}$
 * @throws ShapeError when the shapes differ; UsageError unless δ > 0.
 * @see HuberOptions; Huber, Robust estimation of a location parameter, 1964
 * @example
 * huberLoss([0.5, 3], [0, 0], { reduction: 'none' }); // → [0.125, 2.5]
 */
export const huberLoss: Loss<HuberOptions> = loss<HuberOptions>('huberLoss', ['delta'], (s, y, { delta = 1 }) => {
  sameShapes('huberLoss', s, y);
  if (typeof delta !== 'number' || !(delta > 0)) throw new UsageError('huberLoss', 'delta must be positive', String(delta));
  const d = sub(s, y);
  const size = abs(d);
  return where(le(size, delta), div(square(d), 2), mul(delta, add(size, -delta / 2)));
});
