/**
 * @file Are two tensors equal up to rounding?
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { checkOptions } from '../graph/errors.js';
import { sameShape } from '../graph/shape.js';
import { checkTolerances } from './options.js';

/**
 * |a − b| ≤ atol + rtol·|b| everywhere, and equal shapes; equal infinities are close, NaN never is.
 * @throws UsageError for a tolerance that is no number from 0 on.
 * @example
 * allclose([1, 2], [1, 2 + 1e-9]); // → true
 */
export function allclose(a: TensorLike, b: TensorLike, options: { rtol?: number; atol?: number } = {}): boolean {
  checkOptions('allclose', options, ['rtol', 'atol']);
  const { rtol = 1e-5, atol = 1e-8 } = options;
  checkTolerances('allclose', { rtol, atol });
  const [x, y] = [toTensor(a, 'allclose'), toTensor(b, 'allclose')];
  if (!sameShape(x.shape, y.shape)) return false;
  return x.data.every(
    (v, i) =>
      v === y.data[i] ||
      (Number.isFinite(v) && Number.isFinite(y.data[i]) && Math.abs(v - y.data[i]!) <= atol + rtol * Math.abs(y.data[i]!)),
  );
}
