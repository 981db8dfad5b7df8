/**
 * @file What the texts say of a value in words, or in a formula that is damaged, where they print no number: each is put to the test.
 */
import {
  add,
  allclose,
  arange,
  div,
  eq,
  exp,
  full,
  gt,
  type HingeOptions,
  l1,
  log,
  max,
  min,
  mul,
  multiclassHinge,
  ne,
  neg,
  pick,
  softmax,
  stack,
  sum,
  take,
  tensor,
  type Tensor,
  where,
  zeros,
} from 'chainrule';
import { examplesIn, type Inputs, numberIn, tensorIn } from '../inputs.js';
import { type Claim } from './formulas.js';
import { weights } from './regularisation.js';

/** Hinge losses of the rows, whose scores may be multiplied by something first. */
function losses(inputs: Inputs, options: HingeOptions = {}, factor: Tensor | number = 1): Tensor {
  const { rows, labels } = examplesIn(inputs);
  return multiclassHinge(mul(rows, factor), labels, { ...options, reduction: 'none' });
}

/** "Losses must be positive": is each of them more than 0? */
const positive: Claim = (inputs) => sum(gt(losses(inputs), 0)).item() === losses(inputs).size;

/** Q6 without its exponent: is the squared hinge loss the plain one? */
const exponentLost: Claim = (inputs) => allclose(losses(inputs), losses(inputs, { power: 2 }));

/** "W twice as large" above the losses of W: are they still the losses? */
const unchangedByTwo: Claim = (inputs) => allclose(losses(inputs), losses(inputs, {}, 0.5));

/** "W for class 2 twofold" above the losses of W: are they still the losses when only the scores of class 2 are doubled? */
const unchangedByClass2: Claim = (inputs) => {
  const classes = examplesIn(inputs).rows.shape[1]!;
  return allclose(losses(inputs), losses(inputs, {}, where(eq(arange(classes), 1), 0.5, 1)));
};

/** e^{s₁}e^{s₂}e^{s₃} over the first row's sum for every row: is that the probability of the right class, which is the first? */
const productOverFirstSum: Claim = (inputs) => {
  const rows = tensorIn(inputs, 'scores', 2);
  const printed = div(exp(sum(rows, { axis: -1 })), sum(exp(take(rows, 0))));
  return allclose(printed, pick(softmax(rows), zeros([rows.shape[0]!], { dtype: 'int32' })));
};

/** "let λ₀ = 0": is (e^{λ₁}, e^{λ₂}) / (1 + e^{λ₁}) the softmax, also where λ₂ is not 0? λ₀ does not occur, so λ₂ stays free. */
const lambdaZero: Claim = (inputs) => {
  const holds = (a: number, b: number): boolean => allclose(div(exp([a, b]), add(1, exp(a))), softmax([a, b]));
  const [a, b] = [numberIn(inputs, 'lambda1'), numberIn(inputs, 'lambda2')];
  return holds(a, b) && holds(a, b + 1);
};

/** softmax(x = max s): is the softmax that of n times the largest score? */
const shiftLost: Claim = (inputs) => {
  const s = tensorIn(inputs, 'scores', 1);
  return allclose(softmax(full(s.shape, max(s).item())), softmax(s));
};

/** Every class with the coefficient −1: is the sum the loss −log p_k of some class k? */
const everyClassCounts: Claim = (inputs) => {
  const each = neg(log(tensorIn(inputs, 'p', 1)));
  return Array.from(each.data).some((loss) => allclose(loss, sum(each)));
};

/** "L1 concentrates": has the vector with the fewest weights that are not 0 the smallest Σ|w|, and no other one? */
const concentrates: Claim = (inputs) => {
  const vectors = weights(inputs);
  const penalties = stack(vectors.map((w) => l1(w)));
  const used = vectors.map((w) => sum(ne(w, 0)).item());
  const best = eq(penalties, min(penalties));
  return sum(best).item() === 1 && allclose(sum(mul(best, tensor(used))), Math.min(...used));
};

export const statements: Readonly<Record<string, Claim>> = {
  'svm-q1-car-minus-half': positive,
  'svm-q6-squared': exponentLost,
  'svm-2w-all-losses': unchangedByTwo,
  'svm-2w-class2-row': unchangedByClass2,
  'triples-000-fractions': productOverFirstSum,
  'softmax2-is-sigmoid': lambdaZero,
  'softmax-max-shift': shiftLost,
  'table000-L2-as-printed': everyClassCounts,
  'table000-L3-as-printed': everyClassCounts,
  'table000-L4L5-as-printed': everyClassCounts,
  'reg-l1': concentrates,
};
