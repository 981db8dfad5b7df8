/**
 * @file The softmax classifier: probabilities, cross-entropy and its gradient, the triples, and the comparison with the SVM.
 */
import {
  add,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  div,
  exp,
  expandDims,
  eye,
  jacobian,
  log,
  logSoftmax,
  logsumexp,
  max,
  mean,
  multiclassHinge,
  neg,
  oneHot,
  reshape,
  sigmoid,
  softmax,
  sub,
  sum,
  type Tensor,
  vjp,
  where,
  zeros,
} from 'chainrule';
import { classIn, countIn, examplesIn, type Inputs, numberIn, tensorIn } from '../inputs.js';
import { type Json, valueOf } from '../value.js';
import { each, gradientOf, meanOf, type Recompute, type RowLoss, table } from './recompute.js';

const scores = (inputs: Inputs): Tensor => tensorIn(inputs, 'scores', 1, 2);

/** −log softmax(s)_y, with the natural logarithm. */
export const softmaxLoss: RowLoss = (rows, labels) => crossEntropy(rows, labels, { reduction: 'none' });

/** t_j = s_j − log Σ_{k≠j} e^{s_k}, the log-odds of class j against the others: p_j = σ(t_j) and 1 − p_j = σ(−t_j). */
function logOdds(rows: Tensor): Tensor {
  const others = where(eye(rows.shape[1]!, { dtype: 'bool' }), -Infinity, expandDims(rows, 1));
  return sub(rows, logsumexp(others, { axis: -1 }));
}

/**
 * The slides' two-sided cross-entropy of softmax probabilities, −log p_y − Σ_{j≠y} log(1 − p_j). From the log-odds, because 1 − p_j
 * has no digits left when p_j is almost 1.
 */
export const twoSided: RowLoss = (rows, labels) => {
  const losses = binaryCrossEntropyWithLogits(logOdds(rows), oneHot(labels, rows.shape[1]!), { reduction: 'none' });
  return sum(losses, { axis: -1 });
};

const inBase10 =
  (loss: RowLoss): RowLoss =>
  (rows, labels) =>
    div(loss(rows, labels), Math.LN10);

const hinge: RowLoss = (rows, labels) => multiclassHinge(rows, labels, { reduction: 'none' });

const exponentials: Recompute = (inputs) => valueOf(exp(scores(inputs)));
const probabilities: Recompute = (inputs) => valueOf(softmax(scores(inputs)));

/** softmax((a, b)) beside the sigmoids of ±(a − b), which stay exact where 1 − σ would cancel. */
function twoClasses(inputs: Inputs): Json {
  const [a, b] = [numberIn(inputs, 'lambda1'), numberIn(inputs, 'lambda2')];
  return { softmax: valueOf(softmax([a, b])), sigmoid: valueOf(sigmoid([a - b, b - a])) };
}

function maxShift(inputs: Inputs): Json {
  const s = scores(inputs);
  const shifted = sub(s, max(s, { axis: -1, keepdims: true }));
  return { shifted: valueOf(shifted), probs: valueOf(softmax(shifted)) };
}

/** What the slides' dL/dp (−1/(1 − p_j) off the true class) would give in the scores, pulled back through softmax. */
function gradientWithPrintedSigns(inputs: Inputs): Json {
  const { rows, labels, single } = examplesIn(inputs);
  const [p, pullback] = vjp((s: Tensor) => softmax(s), [rows]);
  const z = oneHot(labels, rows.shape[1]!);
  const printed = neg(add(div(z, p), div(sub(1, z), sub(1, p))));
  const [slope] = pullback(printed);
  return valueOf(single ? reshape(slope, [-1]) : slope);
}

/** The figure's columns: e^s, p and the loss in both logarithms. */
function figure(inputs: Inputs): Json {
  return {
    exp: exponentials(inputs),
    p: probabilities(inputs),
    loss_ln: each(softmaxLoss)(inputs),
    loss_log10: each(inBase10(softmaxLoss))(inputs),
  };
}

export const softmaxClassifier: Readonly<Record<string, Recompute>> = {
  'scores10-table-softmax': table(softmaxLoss),
  'softmax-exp': exponentials,
  'softmax-sum': (inputs) => valueOf(sum(exp(scores(inputs)), { axis: -1 })),
  'softmax-probs': probabilities,
  'softmax-probs-001': probabilities,
  'softmax-loss-ln': each(softmaxLoss),
  'softmax-loss-ln-rounded-p': (inputs) => valueOf(neg(log(tensorIn(inputs, 'p')))),
  'softmax-loss-log10': each(softmaxLoss),
  'softmax-loss-log10-check': (inputs) => valueOf(div(neg(log(tensorIn(inputs, 'p'))), Math.LN10)),
  'softmax-ce-slides': each(twoSided),
  'softmax-ce-slides-log10': each(inBase10(twoSided)),
  'softmax-logC-10': (inputs) => crossEntropy(zeros([1, countIn(inputs, 'C')]), [0]).item(),
  'softmax-logC-3': (inputs) => crossEntropy(zeros([1, countIn(inputs, 'C')]), [0]).item(),
  // No input: the loss where the true class is infinitely ahead, and where it is infinitely behind.
  'softmax-minmax': () => [crossEntropy([[0, -Infinity]], [0]).item(), crossEntropy([[-Infinity, 0]], [0]).item()],
  'softmax-target': (inputs) => valueOf(oneHot(classIn(inputs, 'y'), countIn(inputs, 'C'))),
  'svm-vs-softmax-ce': figure,
  'triples-softmax-each': each(softmaxLoss),
  'triples-softmax-mean': meanOf(softmaxLoss),
  // The notes average −log p over the classes of one example.
  'triples-softmax-000-formula': (inputs) => valueOf(neg(mean(logSoftmax(scores(inputs)), { axis: -1 }))),
  'triples-000-1.14': meanOf(softmaxLoss),
  'triples-000-fractions': (inputs) => valueOf(reshape(softmax(scores(inputs)), [-1])),
  'triples-doubled-correct': (inputs) => ({ svm: each(hinge)(inputs), softmax: each(softmaxLoss)(inputs) }),
  'triples-softmax-grad': gradientOf(softmaxLoss),
  'softmax2-is-sigmoid': twoClasses,
  'softmax-max-shift': maxShift,
  'softmax-max-shift-1000': probabilities,
  'softmax-jacobian': (inputs) => valueOf(jacobian((s: Tensor) => softmax(s))(tensorIn(inputs, 'scores', 1))),
  'softmax-nll-grad': gradientOf(softmaxLoss),
  'softmax-ceslides-grad': gradientOf(twoSided),
  'softmax-ceslides-grad-seed-signs': gradientWithPrintedSigns,
};
