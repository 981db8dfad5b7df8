/**
 * @file Hinge losses: support vector machines.
 */
import { ShapeError, UsageError } from '../graph/errors.js';
import { showShape } from '../graph/shape.js';
import { verify } from '../graph/tape.js';
import { relu } from '../ops/activations.js';
import { add, div, mul, sub } from '../ops/arithmetic.js';
import { pow } from '../ops/exponential.js';
import { oneHot, pick } from '../ops/indexing.js';
import { eq, where } from '../ops/logic.js';
import { expandDims } from '../ops/shaping.js';
import { sum } from '../ops/sum.js';
import { checkLabels, type Loss, loss, type LossOptions, sameShapes } from './loss.js';

/**
 * Binary hinge: max(0, 1 − y·s) for y = ±1, per example. Its gradient is −y where 1 − y·s > 0 (strictly), else 0.
 * As a formula: `L(s, y) = max(0, 1 - y .* s)`, $L\left(s, y\right) = \max\left(0, 1 - y \odot s\right)$
 * @throws ShapeError when scores and labels differ in shape; UsageError unless every label is −1 or 1.
 * @see lecture 003:483, 003:1100
 * @example
 * binaryHinge([0.5, 2], [1, -1]); // → 1.75
 */
export const binaryHinge: Loss = loss<LossOptions>('binaryHinge', [], (s, y) => {
  sameShapes('binaryHinge', s, y);
  verify(y, (labels) => {
    const odd = labels.find((v) => v !== 1 && v !== -1);
    if (odd !== undefined) throw new UsageError('binaryHinge', 'labels must be -1 or 1', `got ${odd}`);
  });
  return relu(sub(1, mul(y, s)));
});

/** Options of `multiclassHinge`: the lectures' questions Q4 to Q6. */
export interface HingeOptions extends LossOptions {
  /** Margin Δ; default 1. */
  delta?: number;
  /** 1 (default), or 2 for the squared hinge (Q6). */
  power?: 1 | 2;
  /** Sum over the right class too (Q4)? It adds Δ^power. Default false. */
  includeCorrect?: boolean;
  /** 'sum' (default), 'mean' over all C classes, or 'meanOthers' over the C − 1 others (Q5). */
  reduceClasses?: 'sum' | 'mean' | 'meanOthers';
}

/**
 * Multiclass hinge (SVM) loss Σ_{j≠y} max(0, s_j − s_y + Δ) per example; scores [C] or [N, C], labels 0 … C−1.
 * The margin Δ is the option `delta`, 1 by default; at C equal scores the loss is Δ(C − 1). At the kink its gradient is the lectures'
 * strict indicator, 0.
 * As a formula: `L(s, y) = sum_{j != y} max(0, s_j - s_y + delta)^power`, $L\left(s, y\right) = \sum_{j \ne y} \max\left(0, s_{j} - s_{y} + \delta\right)^{\mathrm{power}}$
 * @throws ShapeError and DTypeError for labels that do not fit; UsageError for unknown options and a
 * margin that is negative or no number.
 * @see HingeOptions; lectures 000:60, 001:1119, 002:7, 003:529, 004:214; Q1–Q6 in 004:400–514
 * @example
 * multiclassHinge([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]], [0, 1, 2]); // → 5.26667
 * multiclassHinge([[0, 0, 0]], [1], { delta: 2 }); // → 4
 */
export const multiclassHinge: Loss<HingeOptions> = loss<HingeOptions>(
  'multiclassHinge',
  ['delta', 'power', 'includeCorrect', 'reduceClasses'],
  (s, y, { delta = 1, power = 1, includeCorrect = false, reduceClasses = 'sum' }) => {
    if (s.ndim === 0) throw new ShapeError('multiclassHinge', 'scores need an axis of classes', showShape(s.shape));
    if (!Number.isFinite(delta) || delta < 0)
      throw new UsageError('multiclassHinge', 'delta must be a finite number, not negative', String(delta));
    if (power !== 1 && power !== 2) throw new UsageError('multiclassHinge', 'power must be 1 or 2', String(power));
    const classes = s.shape[s.ndim - 1]!;
    const divisor = { sum: 1, mean: classes, meanOthers: Math.max(1, classes - 1) }[reduceClasses];
    if (divisor === undefined)
      throw new UsageError('multiclassHinge', `unknown reduceClasses '${reduceClasses}'`, undefined, "'sum', 'mean' or 'meanOthers'");
    checkLabels('multiclassHinge', s, y);
    const margins = relu(add(sub(s, expandDims(pick(s, y), -1)), delta));
    const powered = power === 2 ? pow(margins, 2) : margins;
    const counted = includeCorrect ? powered : where(eq(oneHot(y, classes), 1), 0, powered);
    const total = sum(counted, { axis: -1 });
    return divisor === 1 ? total : div(total, divisor);
  },
);
