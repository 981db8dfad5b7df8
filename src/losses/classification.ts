/**
 * @file Losses of probabilities and their logits: cross-entropies, likelihoods, divergences.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { checkOptions, DataError, ShapeError, UsageError } from '../graph/errors.js';
import { formatNumber } from '../graph/format.js';
import { showShape } from '../graph/shape.js';
import type { TypedArray } from '../graph/dtype.js';
import { verify } from '../graph/tape.js';
import type { Tensor } from '../graph/tensor.js';
import { excused } from '../graph/watch.js';
import { softplus } from '../ops/activations.js';
import { add, div, gmul, maximum, mul, neg, sub } from '../ops/arithmetic.js';
import { exp, log, log1p } from '../ops/exponential.js';
import { oneHot, pick, take } from '../ops/indexing.js';
import { eq, where } from '../ops/logic.js';
import { expandDims } from '../ops/shaping.js';
import { logSoftmax, logsumexp } from '../ops/softmax.js';
import { sum } from '../ops/sum.js';
import { checkLabels, type Loss, loss, type LossOptions, reduceLoss, type Reduction, sameShapes, toTarget } from './loss.js';

/** a·log b with 0·log 0 = 0. */
const xlogy = (a: Tensor, b: Tensor): Tensor =>
  gmul(
    a,
    excused(() => log(b)),
  );

/** Options of `nllLoss`. */
export interface NllOptions extends LossOptions {
  /** One weight a class; 'mean' then divides by the sum of the weights that were used. */
  weight?: TensorLike;
}

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions extends NllOptions {
  /** Share of every target that is spread evenly over all classes, 0 ≤ ε < 1; default 0. */
  labelSmoothing?: number;
}

/** Weighted losses: the mean divides by the sum of weights. */
function reduceWeighted(name: string, losses: Tensor, weights: Tensor, reduction: Reduction | undefined): Tensor {
  if (reduction !== undefined && reduction !== 'mean') return reduceLoss(name, mul(losses, weights), reduction);
  if (losses.size === 0) return reduceLoss(name, losses, 'mean');
  return div(sum(mul(losses, weights)), sum(weights));
}

function classWeights(name: string, weight: TensorLike, classes: number): Tensor {
  const w = toTensor(weight, name);
  if (w.ndim !== 1 || w.size !== classes)
    throw new ShapeError(name, 'weight needs one number a class', `${showShape(w.shape)} for ${classes} classes`);
  return w;
}

function needsClasses(name: string, x: Tensor): number {
  if (x.ndim === 0) throw new ShapeError(name, 'input needs an axis of classes', showShape(x.shape));
  return x.shape[x.ndim - 1]!;
}

/**
 * Negative log-likelihood of log-probabilities: −log p_y per example; input [C] or [N, C], labels 0 … C−1.
 * As a formula: `L(q, y) = -q_{y}`, $L\left(q, y\right) = -q_{y}$
 * @throws ShapeError and DTypeError for labels that do not fit.
 * @see lecture 003:581
 * @example
 * nllLoss(log([[0.1, 0.7, 0.2]]), [1]); // → 0.356675
 */
export const nllLoss: Loss<NllOptions> = (input, target, options = {}) => {
  checkOptions('nllLoss', options, ['weight', 'reduction']);
  const [x, y] = [toTensor(input, 'nllLoss'), toTarget('nllLoss', target)];
  const classes = needsClasses('nllLoss', x);
  checkLabels('nllLoss', x, y);
  const losses = neg(pick(x, y));
  return options.weight === undefined
    ? reduceLoss('nllLoss', losses, options.reduction)
    : reduceWeighted('nllLoss', losses, take(classWeights('nllLoss', options.weight, classes), y), options.reduction);
};

/** Throws unless every row of classes is a distribution. A thousandth is let pass: targets are rounded, and gradient checks move them. */
function checkProbabilities(name: string, p: TypedArray, classes: number): void {
  for (let at = 0; at < p.length; at += classes) {
    let [total, least] = [0, 0];
    for (let j = at; j < at + classes; j++) {
      total += p[j]!;
      least = Math.min(least, p[j]!);
    }
    if (Math.abs(total - 1) <= 1e-3 && least >= -1e-3) continue;
    const wrong = least < -1e-3 ? `holds ${least}` : `adds up to ${formatNumber(total)}`;
    throw new DataError(
      name,
      `row ${at / classes} of the target ${wrong}`,
      undefined,
      'a target is labels, or rows of probabilities that add up to 1',
    );
  }
}

/**
 * −log of the softmax probability of class y, as softplus(log Σ_{j≠y} e^{s_j − s_y}): the log-odds of the other classes
 * against the right one, so that neither a tiny loss nor its gradient is lost in rounding.
 */
function softmaxLoss(s: Tensor, y: Tensor): Tensor {
  const margins = sub(s, expandDims(pick(s, y), -1));
  return softplus(logsumexp(where(eq(oneHot(y, s.shape[s.ndim - 1]!), 1), -Infinity, margins), { axis: -1 }));
}

/**
 * Softmax cross-entropy from logits, natural logarithm: −log softmax(s)_y per example for labels (shape [] or [N]),
 * −Σ_j P_j log softmax(s)_j for probabilities P (the shape of s). Minimum 0, log C for equal scores.
 * As a formula: `L(s, y) = log(sum_j exp(s_j)) - s_y`, $L\left(s, y\right) = \log\left(\sum_{j} e^{s_{j}}\right) - s_{y}$
 * @throws ShapeError and DTypeError for targets that do not fit; DataError for a row of probabilities that does not add up to 1 or has a
 * negative one; UsageError for a labelSmoothing outside [0, 1).
 * @see lectures 000:168, 003:643, 004:744, 004:1203
 * @example
 * crossEntropy([3.2, 5.1, -1.7], 0); // → 2.04036
 * crossEntropy([[3.2, 5.1, -1.7]], [[1, 0, 0]]); // → 2.04036
 */
export const crossEntropy: Loss<CrossEntropyOptions> = (input, target, options = {}) => {
  checkOptions('crossEntropy', options, ['weight', 'labelSmoothing', 'reduction']);
  const { weight, labelSmoothing = 0, reduction } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    throw new UsageError('crossEntropy', 'labelSmoothing must be at least 0 and less than 1', String(labelSmoothing));
  const [s, y] = [toTensor(input, 'crossEntropy'), toTarget('crossEntropy', target)];
  const classes = needsClasses('crossEntropy', s);
  const w = weight === undefined ? undefined : classWeights('crossEntropy', weight, classes);
  const labels = y.ndim === s.ndim - 1;
  if (labels) checkLabels('crossEntropy', s, y);
  else {
    sameShapes('crossEntropy', s, y);
    verify(y, (rows) => checkProbabilities('crossEntropy', rows, classes));
  }
  if (labels && labelSmoothing === 0) {
    const losses = softmaxLoss(s, y);
    return w === undefined ? reduceLoss('crossEntropy', losses, reduction) : reduceWeighted('crossEntropy', losses, take(w, y), reduction);
  }
  const hard = labels ? oneHot(y, classes) : y;
  const p = labelSmoothing === 0 ? hard : add(mul(hard, 1 - labelSmoothing), labelSmoothing / classes);
  const terms = neg(gmul(p, logSoftmax(s)));
  const losses = sum(w === undefined ? terms : mul(terms, w), { axis: -1 });
  if (w !== undefined && labels && (reduction ?? 'mean') === 'mean') return div(sum(losses), sum(take(w, y)));
  return reduceLoss('crossEntropy', losses, reduction);
};

/**
 * The slides' "cross-entropy" of probabilities: −Σ_j (z_j log p_j + (1 − z_j) log(1 − p_j)) with z the one-hot target, per example.
 * It is a sum of C binary cross-entropies, not the usual cross-entropy. Its gradient off the right class is +1/(1 − p_j)
 * (the slides print a minus).
 * As a formula: `L(p, y) = -log(p_y) - sum_{j != y} log1p(-p_j)`, $L\left(p, y\right) = -\log\left(p_{y}\right) - \sum_{j \ne y} \operatorname{log1p}\left(-p_{j}\right)$
 * @throws ShapeError and DTypeError for labels that do not fit.
 * @see lecture 003:603, 003:1177
 * @example
 * oneVsRestCrossEntropy([0.1, 0.7, 0.2], 1); // → 0.685179
 */
export const oneVsRestCrossEntropy: Loss = loss<LossOptions>('oneVsRestCrossEntropy', [], (p, y) => {
  const classes = needsClasses('oneVsRestCrossEntropy', p);
  checkLabels('oneVsRestCrossEntropy', p, y);
  const z = eq(oneHot(y, classes), 1);
  return neg(sum(where(z, log(p), log1p(neg(p))), { axis: -1 }));
});

/** Options of the binary cross-entropies. */
export interface BinaryOptions extends LossOptions {
  /** Weights that broadcast with the losses. */
  weight?: TensorLike;
}

const weighted = (losses: Tensor, weight: TensorLike | undefined): Tensor => (weight === undefined ? losses : mul(losses, weight));

/**
 * Binary cross-entropy of probabilities: −y log p − (1 − y) log(1 − p); logarithms are not below −100, as in PyTorch.
 * As a formula: `L(p, y) = -weight .* (y .* max(log(p), -100) + (1 - y) .* max(log1p(-p), -100))`, $L\left(p, y\right) = -\mathrm{weight} \odot \left(y \odot \max\left(\log\left(p\right), -100\right) + \left(1 - y\right) \odot \max\left(\operatorname{log1p}\left(-p\right), -100\right)\right)$
 * @throws ShapeError when the shapes differ; UsageError for probabilities outside [0, 1].
 * @see lecture 000:303
 * @example
 * binaryCrossEntropy([0.8], [1]); // → 0.223144
 */
export const binaryCrossEntropy: Loss<BinaryOptions> = loss<BinaryOptions>('binaryCrossEntropy', ['weight'], (p, y, { weight }) => {
  sameShapes('binaryCrossEntropy', p, y);
  verify(p, (values) => {
    const odd = values.find((v) => v < 0 || v > 1);
    if (odd !== undefined)
      throw new UsageError(
        'binaryCrossEntropy',
        'probabilities must lie in [0, 1]',
        `got ${odd}`,
        'for logits use binaryCrossEntropyWithLogits',
      );
  });
  const [on, off] = [
    maximum(
      excused(() => log(p)),
      -100,
    ),
    maximum(
      excused(() => log1p(neg(p))),
      -100,
    ),
  ];
  return weighted(neg(add(gmul(y, on), gmul(sub(1, y), off))), weight);
});

/** Options of `binaryCrossEntropyWithLogits`. */
export interface BinaryLogitsOptions extends BinaryOptions {
  /** Weight of positive examples. */
  posWeight?: TensorLike;
}

/**
 * Binary cross-entropy of logits: softplus(−s)·y + softplus(s)·(1 − y), stable on both tails.
 * As a formula: `L(s, y) = weight .* (posWeight .* y .* softplus(-s) + (1 - y) .* softplus(s))`, $L\left(s, y\right) = \mathrm{weight} \odot \left(\mathrm{posWeight} \odot y \odot \operatorname{softplus}\left(-s\right) + \left(1 - y\right) \odot \operatorname{softplus}\left(s\right)\right)$
 * @throws ShapeError when the shapes differ.
 * @see lecture 000:330
 * @example
 * binaryCrossEntropyWithLogits([0], [1]); // → 0.693147
 */
export const binaryCrossEntropyWithLogits: Loss<BinaryLogitsOptions> = loss<BinaryLogitsOptions>(
  'binaryCrossEntropyWithLogits',
  ['weight', 'posWeight'],
  (s, y, { weight, posWeight }) => {
    sameShapes('binaryCrossEntropyWithLogits', s, y);
    const positive = mul(y, softplus(neg(s)));
    return weighted(add(posWeight === undefined ? positive : mul(positive, posWeight), mul(sub(1, y), softplus(s))), weight);
  },
);

/** Options of `klDiv`. */
export interface KlOptions extends Omit<LossOptions, 'reduction'> {
  /** As for other losses, or 'batchmean': the sum divided by the length of the first axis, the mathematical divergence. */
  reduction?: Reduction | 'batchmean';
  /** Is the target given as log-probabilities? Default false. */
  logTarget?: boolean;
}

/**
 * Kullback–Leibler divergence terms P·(log P − log Q); the input is log Q, the target P (as in PyTorch). 0·log 0 = 0.
 * With 'sum' it is D_KL(P‖Q) = Σ P log(P/Q); infinite where P > 0 and Q = 0.
 * As a formula: `L(q, P) = P == 0 ? 0 : P .* (log(P) - q)`, $L\left(q, P\right) = \begin{cases} 0 & \text{if } P = 0 \\ P \odot \left(\log\left(P\right) - q\right) & \text{otherwise} \end{cases}$
 * @throws ShapeError when the shapes differ.
 * @see lecture 004:1080
 * @example
 * klDiv(log([0.5, 0.5]), [1, 0], { reduction: 'sum' }); // → 0.693147
 */
export function klDiv(input: TensorLike, target: TensorLike, options: KlOptions = {}): Tensor {
  checkOptions('klDiv', options, ['reduction', 'logTarget']);
  const [logQ, t] = [toTensor(input, 'klDiv'), toTensor(target, 'klDiv')];
  sameShapes('klDiv', logQ, t);
  const p = options.logTarget === true ? exp(t) : t;
  const terms = options.logTarget === true ? gmul(p, sub(t, logQ)) : sub(xlogy(t, t), gmul(t, logQ));
  if (options.reduction === 'batchmean') return div(sum(terms), t.ndim === 0 ? 1 : t.shape[0]!);
  return reduceLoss('klDiv', terms, options.reduction);
}

/**
 * Entropy of probabilities along the last axis: H(P) = −Σ P log P, with 0·log 0 = 0; per row, reduced like a loss.
 * As a formula: `H(P) = -sum(P == 0 ? 0 : P .* log(P), -1)`, $H\left(P\right) = -\operatorname{sum}\left(\begin{cases} 0 & \text{if } P = 0 \\ P \odot \log\left(P\right) & \text{otherwise} \end{cases}, -1\right)$
 * @throws ShapeError for a scalar.
 * @see lecture 004:1136
 * @example
 * entropy([0.5, 0.5]); // → 0.693147
 */
export function entropy(p: TensorLike, options: LossOptions = {}): Tensor {
  checkOptions('entropy', options, ['reduction']);
  const x = toTensor(p, 'entropy');
  needsClasses('entropy', x);
  return reduceLoss('entropy', neg(sum(xlogy(x, x), { axis: -1 })), options.reduction);
}
