/**
 * @file Nearest neighbours, and the toy data of the geometric viewpoint, as far as the ops reach.
 */
import { abs, add, div, ge, le, lt, mul, neg, norm, slice, sub, sum, type Tensor, where } from 'chainrule';
import { IllFormed, type Inputs, tensorIn, textIn } from '../inputs.js';
import { valueOf } from '../value.js';
import { type Recompute } from './recompute.js';

/** test − train. Plain numbers are float64, so 10 − 20 is −10 and not 246. */
function difference(inputs: Inputs): Tensor {
  return sub(tensorIn(inputs, 'test'), tensorIn(inputs, 'train'));
}

/** What the slide's `abs(Xtr − X)` gives on unsigned pixels: train − test wraps at 2^bits before `abs` sees it. */
function wrappedL1(inputs: Inputs): number {
  const bits = /^uint(8|16|32)$/.exec(textIn(inputs, 'dtype'))?.[1];
  if (bits === undefined) throw new IllFormed('inputs.dtype: expected uint8, uint16 or uint32');
  const d = neg(difference(inputs));
  const levels = 2 ** Number(bits);
  return sum(abs(where(lt(d, 0), add(d, levels), d))).item();
}

/** Class 1 between two circles around the origin, both included, and class 2 elsewhere. */
function annulusClasses(points: Tensor): Tensor {
  const r = norm(points, { axis: -1 });
  return where(ge(r, 1), where(le(r, 2), 1, 2), 2);
}

/** x / (2 x₁ x₂ + ½) for each row. */
function featureTransform(points: Tensor): Tensor {
  const column = (i: number): Tensor =>
    slice(points, [
      [0, points.shape[0]!],
      [i, i + 1],
    ]);
  return div(points, add(mul(2, mul(column(0), column(1))), 0.5));
}

export const distances: Readonly<Record<string, Recompute>> = {
  'nn-l1-differences': (inputs) => valueOf(abs(difference(inputs))),
  'nn-l1-456': (inputs) => sum(abs(difference(inputs))).item(),
  'nn-l2-same-grid': (inputs) => norm(difference(inputs)).item(),
  'nn-l1-uint8-wrap': wrappedL1,
  'annulus-class': (inputs) => valueOf(annulusClasses(tensorIn(inputs, 'points', 2))),
  'toy-feature-transform': (inputs) => valueOf(featureTransform(tensorIn(inputs, 'points', 2))),
};
