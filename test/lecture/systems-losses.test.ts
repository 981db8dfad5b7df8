/**
 * @file Section D of the lectures' systems, row by row: losses of classes.
 */
import {
  add,
  bernoulli,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  binaryHinge,
  categorical,
  crossEntropy,
  DTypeError,
  entropy,
  exp,
  grad,
  klDiv,
  log,
  LogisticRegression,
  logsumexp,
  mean,
  minimize,
  mul,
  multiclassHinge,
  negativeLogLikelihood,
  nllLoss,
  oneHot,
  oneVsRestCrossEntropy,
  ones,
  prod,
  sigmoid,
  softmax,
  sub,
  sum,
  tensor,
  type Tensor,
  zeros,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { near } from './near.js';

const scores = tensor([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]]); // prettier-ignore
const y = [0, 1, 2];
const each = { reduction: 'none' } as const;
const total = { reduction: 'sum' } as const;

describe('D: classification losses', () => {
  test('42: the loss of a data set is the mean; sum and none on request', () => {
    near(multiclassHinge(scores, y), 15.8 / 3);
    near(multiclassHinge(scores, y, total), 15.8);
    near(multiclassHinge(scores, y, each), [2.9, 0, 12.9]);
  });

  test('43: binary hinge; its gradient is −y where 1 − ys > 0, strictly', () => {
    near(binaryHinge([0.5, 2, 1], [1, -1, 1], each), [0.5, 3, 0]);
    near(grad((s: Tensor) => binaryHinge(s, [1, -1, 1], total))(tensor([0.5, 2, 1])), [-1, 1, 0]); // the third sits on the kink
  });

  test('44 and 45: the sum over j ≠ y of max(0, s_j − s_y + 1), by cases too', () => {
    const byCases = (scores.toArray() as number[][]).map((row, i) =>
      row.reduce((loss, s, j) => (j === i || row[i]! >= s + 1 ? loss : loss + s - row[i]! + 1), 0),
    );
    near(multiclassHinge(scores, y, each), byCases);
    near(multiclassHinge([10, 9, 9], 0), 0); // at the kink both cases give 0
  });

  test('46: no write into the margins, so the gradient is right', () => {
    near(grad((s: Tensor) => multiclassHinge(s, y, total))(scores), [[-1, 1, 0], [0, 0, 0], [1, 1, -2]]); // prettier-ignore
  });

  test('47 to 52: the six questions', () => {
    near(multiclassHinge([1.3, 4.4, 2], 1), 0); // Q1: unchanged inside the margin
    near(multiclassHinge([1e9, 0], 1), 1e9 + 1); // Q2: from 0 without bound
    near(multiclassHinge(zeros([4, 10]), [0, 1, 2, 3]), 9); // Q3: C − 1 at first
    near(multiclassHinge(scores, y, { ...each, includeCorrect: true }), [3.9, 1, 13.9]); // Q4
    near(multiclassHinge(scores, y, { ...each, reduceClasses: 'meanOthers' }), [1.45, 0, 6.45]); // Q5
    near(multiclassHinge(scores, y, { ...each, reduceClasses: 'mean' }), [2.9 / 3, 0, 4.3]);
    near(multiclassHinge(scores, y, { ...each, power: 2 }), [8.41, 0, 83.25]); // Q6
  });

  test('53: L(W) = 0 gives L(2W) = 0; on the whole table 2W loses 9.53', () => {
    near(multiclassHinge([2.6, 9.8, 4], 1), 0);
    near(multiclassHinge(mul(2, scores), y), 28.6 / 3);
  });

  test('54 and 55: softmax along an axis, the same for shifted scores', () => {
    const e = [3.2, 5.1, -1.7].map(Math.exp);
    near(softmax([3.2, 5.1, -1.7]), e.map((v) => v / (e[0]! + e[1]! + e[2]!))); // prettier-ignore
    near(sum(softmax(scores, { axis: 0 }), { axis: 0 }), [1, 1, 1]);
    near(softmax([1000, 1001, 1002]), [0.09003057317038046, 0.24472847105479764, 0.6652409557748218]);
  });

  test('56: softmax of two classes is the sigmoid', () => {
    near(softmax([1.3, 0]), [sigmoid(1.3).item(), 1 - sigmoid(1.3).item()]);
  });

  test('57: −log p_y with the natural logarithm', () => {
    near(nllLoss(log([[0.1, 0.7, 0.2]]), [1]), -Math.log(0.7));
    near(crossEntropy([3.2, 5.1, -1.7], 0), 2.0403551528150636);
  });

  test('58: the softmax classifier’s loss; its gradient is p − z, and a tiny loss is not lost', () => {
    near(grad((s: Tensor) => crossEntropy(s, y, total))(scores), sub(softmax(scores), oneHot(y, 3)));
    expect(crossEntropy([10, -100, -100], 0).item() / (2 * Math.exp(-110))).toBeCloseTo(1, 12);
  });

  test('59: from 0 without bound, log C for equal scores', () => {
    near(crossEntropy(zeros([10]), 3), Math.log(10));
    near(crossEntropy([1000, 0], 1), 1000);
    near(crossEntropy([1000, 0], 0), 0);
  });

  test('60: what the slides call cross-entropy has a name of its own', () => {
    const p = softmax([3.2, 5.1, -1.7]);
    near(oneVsRestCrossEntropy(p, 0), -Math.log(p.data[0]!) - Math.log(1 - p.data[1]!) - Math.log(1 - p.data[2]!));
    near(oneVsRestCrossEntropy([0, 1, 0], 1), 0); // p_y = 1 is no NaN, nor is its gradient
    near(grad((q: Tensor) => oneVsRestCrossEntropy(q, 1))(tensor([0, 1, 0])), [1, -1, 1]);
    near(oneVsRestCrossEntropy([0, 1, 0], 0), Infinity);
  });

  const [P, Q] = [[0.7, 0.2, 0.1], [0.13, 0.5, 0.37]] as const; // prettier-ignore
  const H = -P.reduce((s, p) => s + p * Math.log(p), 0);
  const D = P.reduce((s, p, i) => s + p * Math.log(p / Q[i]!), 0);

  test('61: cross-entropy of two distributions; 0 · log 0 = 0', () => {
    near(crossEntropy(log(Q), P), H + D); // log-probabilities are logits
    near(crossEntropy(log([0, 0.5, 0.5]), [0, 1, 0]), Math.LN2);
    near(crossEntropy([[3.2, 5.1, -1.7]], [[1, 0, 0]]), crossEntropy([3.2, 5.1, -1.7], 0));
  });

  test('62, 63 and 64: entropy, divergence, and H(P, Q) = H(P) + D(P‖Q)', () => {
    near(entropy(P), H);
    near(entropy([1, 0, 0]), 0);
    near(klDiv(log(Q), P, total), D);
    near(klDiv(log([0.5, 0.5]), [1, 0], total), Math.LN2);
    near(klDiv(log([0, 1]), [1, 0], total), Infinity);
    near(add(entropy(P), klDiv(log(Q), P, total)), crossEntropy(log(Q), P));
  });

  test('65: one-hot targets; labels that are no class are refused', () => {
    near(oneHot([2, 0], 3), [[0, 0, 1], [1, 0, 0]]); // prettier-ignore
    expect(() => oneHot([3], 3)).toThrow(/oneHot/);
    expect(() => crossEntropy(scores, [0, 1, 3])).toThrow(/crossEntropy/);
    expect(() => crossEntropy(scores, [0.5, 1, 2])).toThrow(DTypeError);
  });

  test('66: a product becomes a sum of logarithms, which does not underflow', () => {
    near(prod([0.9, 0.1, 0.01]), 9e-4);
    near(exp(sum(log([0.9, 0.1, 0.01]))), 9e-4);
    expect(prod(mul(0.1, ones([400]))).item()).toBe(0);
    near(sum(log(mul(0.1, ones([400])))), 400 * Math.log(0.1));
    near(logsumexp([-1000, -1000]), -1000 + Math.LN2);
  });

  test('67: maximum likelihood: a loss from any density', () => {
    const loss = negativeLogLikelihood((p) => bernoulli({ probs: sigmoid(p) }));
    const { params } = minimize((s: Tensor) => loss(mul(s, ones([10])), [1, 1, 1, 1, 1, 1, 1, 0, 0, 0]), tensor(0));
    expect(sigmoid(params).item()).toBeCloseTo(0.7, 7);
  });

  test('68 and 69: the Bernoulli distribution and its loss', () => {
    near(exp(bernoulli({ probs: 0.3 }).logProb([0, 1])), [0.7, 0.3]);
    near(binaryCrossEntropy([0.8, 0.3], [1, 0], each), [-Math.log(0.8), -Math.log(0.7)]);
    near(binaryCrossEntropyWithLogits([800, -800], [0, 1], each), [800, 800]);
  });

  test('70: logistic regression: p = σ(w·x + b)', () => {
    const model = new LogisticRegression({ lambda: 0.01 }).fitSync([[1], [2], [3], [4]], [0, 0, 1, 1]);
    near(model.predictProba([[3.3]]), [[1 - sigmoid(model.decisionFunction([[3.3]])).item(), sigmoid(model.decisionFunction([[3.3]])).item()]]); // prettier-ignore
  });

  test('71: the categorical distribution; the table of four rows gives 0.9335', () => {
    const logits = [[-0.3, -0.5, -0.5], [-0.4, -0.1, -0.5], [-0.3, -0.94, -0.5], [-0.99, -0.88, -0.5]]; // prettier-ignore
    expect(mean(categorical({ logits }).logProb([0, 1, 2, 2])).item()).toBeCloseTo(-0.9335045983, 9);
    near(exp(categorical({ probs: [0.1, 0.7, 0.2] }).logProb([0, 1, 2])), [0.1, 0.7, 0.2]);
  });

  test('72: the same scores under both losses, and a jiggle', () => {
    near(multiclassHinge([-2.85, 0.86, 0.28], 2), 1.58);
    expect(crossEntropy([-2.85, 0.86, 0.28], 2).item()).toBeCloseTo(1.040190569, 9);
    const slope = (loss: (s: Tensor) => Tensor): Tensor => grad(loss)(tensor([10, -2, 3]));
    near(slope((s) => multiclassHinge(s, 0)), [0, 0, 0]); // prettier-ignore
    expect(slope((s) => crossEntropy(s, 0)).data.every((v) => v !== 0)).toBe(true);
  });
});
