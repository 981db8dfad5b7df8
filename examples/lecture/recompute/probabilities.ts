/**
 * @file Losses of given probabilities: log likelihood, both cross-entropies, entropy and KL divergence, and the notes' 3 × 3 table.
 */
import {
  add,
  entropy,
  gt,
  klDiv,
  l1,
  log,
  mean,
  mul,
  neg,
  nllLoss,
  oneVsRestCrossEntropy,
  pow,
  prod,
  sub,
  sum,
  tensor,
  type Tensor,
  where,
} from 'chainrule';
import { classesIn, type Examples, examplesIn, IllFormed, type Inputs, numberIn, tensorIn } from '../inputs.js';
import { type Json, valueOf } from '../value.js';
import { each, gradientOf, meanOf, type Recompute, type RowLoss } from './recompute.js';
import { softmaxLoss } from './softmax.js';

/** Rows of probabilities `p` with their classes `y`. */
const withClasses = (inputs: Inputs): Examples => examplesIn(inputs, 'p', 'y');

/** −log p_y. */
const logLikelihood: RowLoss = (p, labels) => nllLoss(log(p), labels, { reduction: 'none' });

/** −log p_y − Σ_{j≠y} log(1 − p_j): what the slides call cross-entropy. */
const twoSided: RowLoss = (p, labels) => oneVsRestCrossEntropy(p, labels, { reduction: 'none' });

/** p · log q for each element, with 0 · log 0 = 0. */
function weightedLog(p: Tensor, q: Tensor): Tensor {
  return where(gt(p, 0), mul(p, log(q)), 0);
}

/** The slides' cross-entropy with the target given as probabilities z. */
function twoSidedOf(inputs: Inputs): Json {
  const [p, z] = [tensorIn(inputs, 'p', 1, 2), tensorIn(inputs, 'z', 1, 2)];
  return valueOf(neg(sum(add(weightedLog(z, p), weightedLog(sub(1, z), sub(1, p))), { axis: -1 })));
}

interface Parts {
  H: number;
  KL: number;
  CE: number;
}

/** H(P), D(P‖Q) and H(P, Q), each from its own definition. */
function parts(inputs: Inputs): Parts {
  const [P, Q] = [tensorIn(inputs, 'P', 1), tensorIn(inputs, 'Q', 1)];
  return { H: entropy(P).item(), KL: klDiv(log(Q), P, { reduction: 'sum' }).item(), CE: neg(sum(weightedLog(P, Q))).item() };
}

/** Mean over all rows of −log p at the row's label; a row without a label adds nothing, but is counted. */
function tableMean(inputs: Inputs): number {
  const p = tensorIn(inputs, 'table', 2);
  const labels = classesIn(inputs, 'labels');
  const [n, classes] = p.shape;
  if (labels.length !== n) throw new IllFormed(`inputs.labels: expected ${n} labels, one for each row`);
  if (labels.some((label) => label !== null && label >= classes!)) throw new IllFormed(`inputs.labels: expected classes below ${classes}`);
  const z = tensor(labels.map((label) => Array.from({ length: classes! }, (_, k) => (k === label ? 1 : 0))));
  return neg(mean(sum(weightedLog(z, p), { axis: -1 }))).item();
}

/** The four-example original, from its logits. */
const fromLogits = (inputs: Inputs): Examples => examplesIn(inputs, 'logits', 'labels');

/** The same from the probabilities at four decimals: its first loss and the mean. */
function fromRounded(inputs: Inputs): Json {
  const { rows, labels } = examplesIn(inputs, 'softmax_4dp', 'labels');
  const losses = logLikelihood(rows, labels);
  return { L1: losses.data[0]!, mean: mean(losses).item() };
}

const minusLog: Recompute = (inputs) => valueOf(neg(log(tensorIn(inputs, 'p'))));
const minusSumOfLogs: Recompute = (inputs) => neg(sum(log(tensorIn(inputs, 'p')))).item();

/** μ^y (1 − μ)^(1 − y) at y = 0 and y = 1. */
function bernoulli(inputs: Inputs): Json {
  const mu = numberIn(inputs, 'mu');
  const y = tensor([0, 1]);
  return valueOf(mul(pow(mu, y), pow(1 - mu, sub(1, y))));
}

export const probabilities: Readonly<Record<string, Recompute>> = {
  'softmax-ce-slides-rounded-p': twoSidedOf,
  'kl-onehot': (inputs) => parts(inputs).KL,
  'entropy-onehot': (inputs) => entropy(tensorIn(inputs, 'P', 1)).item(),
  'crossentropy-H-plus-KL': (inputs) => parts(inputs).H + parts(inputs).KL,
  'crossentropy-identity-soft': (inputs) => ({ ...parts(inputs) }),
  'prob-product': (inputs) => prod(tensorIn(inputs, 'p')).item(),
  'prob-product-log': (inputs) => sum(log(tensorIn(inputs, 'p'))).item(),
  // |p| is the sum of the absolute values: the 1-norm.
  'p-normalised': (inputs) => l1(tensorIn(inputs, 'p')).item(),
  'loglik-0.7': each(logLikelihood, withClasses),
  'ce-slides-example': each(twoSided, withClasses),
  'grad-loglik': gradientOf(logLikelihood, withClasses),
  'grad-ce-example': gradientOf(twoSided, withClasses),
  'table000-L1': minusLog,
  'table000-row-sums': (inputs) => valueOf(sum(tensorIn(inputs, 'table', 2), { axis: -1 })),
  'table000-mean-labels012': tableMean,
  'table000-mean-labels02': tableMean,
  'table000-mean-any-labels': tableMean,
  'table000-source-4rows': meanOf(softmaxLoss, fromLogits),
  'table000-source-each': each(softmaxLoss, fromLogits),
  'table000-source-rounded': fromRounded,
  'table000-L2-as-printed': minusSumOfLogs,
  'table000-L3-as-printed': minusSumOfLogs,
  'table000-L4L5-as-printed': minusSumOfLogs,
  bernoulli,
};
