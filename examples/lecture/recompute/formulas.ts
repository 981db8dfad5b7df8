/**
 * @file Formulas that the texts print with a slip: each is put to the test against what the library computes.
 */
import {
  abs,
  add,
  allclose,
  crossEntropy,
  customVjp,
  div,
  exp,
  expandDims,
  ge,
  grad,
  gradcheck,
  l2,
  log,
  matmul,
  mean,
  mul,
  multiclassHinge,
  neg,
  oneHot,
  oneVsRestCrossEntropy,
  pick,
  sigmoid,
  sub,
  sum,
  take,
  tensor,
  transpose,
  type Tensor,
  where,
} from 'chainrule';
import { countIn, type Inputs, tensorIn } from '../inputs.js';
import { quadraticTerms } from './linear.js';

/** Does the printed formula hold? */
export type Claim = (inputs: Inputs) => boolean;

const cat = { image: [1, 2], scores: [3.2, 5.1, -1.7], y: 0 };
const car = { scores: [1.3, 4.9, 2], y: 1 };
const W = [
  [0.2, -0.5],
  [1.5, 1.3],
  [0.1, 0.4],
];

/** Is x₁x₂ the term number d(d+1)/2 of the quadratic expansion, after the d squares? True for d = 2 alone, so several d are tried. */
function firstCrossTerm(inputs: Inputs): boolean {
  const isAt = (d: number, index: number): boolean => {
    const crossTerms = sum(quadraticTerms(d)).item() - (2 * d + 1);
    return crossTerms === 0 || d + 1 === index;
  };
  return [countIn(inputs, 'd'), 3, 4, 5].every((d) => isAt(d, (d * (d + 1)) / 2));
}

/** Is dL/dp_j = −1/(1 − p_j) off the true class, for the loss with −log(1 − p_j)? The gradient check decides, not our own gradient. */
function crossEntropySigns(): boolean {
  const y = 1;
  const z = oneHot(y, 3);
  const loss = (p: Tensor): Tensor => oneVsRestCrossEntropy(p, y);
  const printed = (p: Tensor): Tensor => neg(add(div(z, p), div(sub(1, z), sub(1, p))));
  const withPrinted = customVjp(loss, { fwd: (p) => [loss(p), p], bwd: (p: Tensor, g) => [mul(g, printed(p))] });
  return gradcheck(withPrinted, [tensor([0.2, 0.5, 0.3])], { raiseException: false });
}

/** Is the loss over a data set, whose formula is 1/N Σ L_i, "a sum of loss over examples"? */
function sumOfLosses(inputs: Inputs): boolean {
  const holds = (losses: Tensor): boolean => allclose(sum(losses), mean(losses));
  return holds(tensorIn(inputs, 'losses', 1)) && holds(tensor([1, 2]));
}

/** Does argmax Σ |f − y| have the slope of the Laplace log likelihood in f? */
function laplaceSign(): boolean {
  const y = tensor([1, 2, 4]);
  const logLikelihood = (f: Tensor): Tensor => sum(log(mul(0.5, exp(neg(abs(sub(y, f)))))));
  const printed = (f: Tensor): Tensor => sum(abs(sub(f, y)));
  return allclose(grad(printed)(tensor(0)), grad(logLikelihood)(tensor(0)));
}

/** Does e^{s_i}, with i the number of the example, give the softmax loss of examples whose class is not their number? */
function numeratorIndex(): boolean {
  const s = tensor([cat.scores, car.scores]);
  const y = [1, 2];
  const logSum = log(sum(exp(s), { axis: -1 }));
  const printed = neg(sub(pick(s, [0, 1]), logSum));
  return allclose(printed, crossEntropy(s, y, { reduction: 'none' }));
}

/** Does the hinge term vanish where "y_ij ≥ y_ij + 1" holds, and only there? */
function hingeCondition(): boolean {
  const s = tensor(car.scores);
  const margins = add(sub(s, s.data[car.y]!), 1);
  const others = sub(1, oneHot([car.y], 3).reshape([3]));
  const printed = sum(mul(others, where(ge(s, add(s, 1)), 0, margins)));
  return allclose(printed, multiclassHinge([car.scores], [car.y], { reduction: 'sum' }));
}

/** Is the gradient of the whole loss the sum over the classes j ≠ y_i of ∇L_i? Two examples, three classes. */
function classSum(): boolean {
  const X = tensor([cat.image, [0.5, -1]]);
  const y = [0, 1];
  const losses = (w: Tensor): Tensor => crossEntropy(matmul(X, transpose(w)), y, { reduction: 'none' });
  const ofExample = (i: number): Tensor => grad((w: Tensor) => sum(take(losses(w), [i])))(tensor(W));
  const whole = grad((w: Tensor) => mean(losses(w)))(tensor(W));
  return [0, 1].every((i) => allclose(mul(W.length - 1, ofExample(i)), whole));
}

/** Is the last of M outputs the sigmoid of z number n, for an n that is not M? */
function lastNeuron(): boolean {
  const z = tensor(W).matmul(tensor(cat.image));
  const y = sigmoid(z);
  return [0, 1].every((n) => allclose(div(1, add(1, exp(neg(take(z, [n]))))), take(y, [W.length - 1])));
}

/** Can the single number W_ij be updated with dL/dw_i? Its slope is a whole row. */
function updateIndex(): boolean {
  const slope = grad((w: Tensor) => crossEntropy(expandDims(w.matmul(tensor(cat.image)), 0), [cat.y]))(tensor(W));
  return take(slope, 0).size === 1;
}

/** Is data loss + R(W) the loss of the other slides, with λR(W)? */
function lambdaLeftOut(): boolean {
  const R = l2(tensor(W));
  return [0.001, 0.1].every((lambda) => allclose(R, mul(lambda, R)));
}

export const claims: Readonly<Record<string, Claim>> = {
  'vars-quadratic-index-slip': firstCrossTerm,
  'grad-ce-general': crossEntropySigns,
  'loss-sum-vs-average': sumOfLosses,
  'laplace-mle-sign': laplaceSign,
  'softmax-numerator-index': numeratorIndex,
  'svm-000-indices': hingeCondition,
  'grad-002-sum-index': classSum,
  'neuron-M-index': lastNeuron,
  'gd-004-index': updateIndex,
  'full-loss-missing-lambda': lambdaLeftOut,
};
