/**
 * @file Regularisers and which weights they prefer.
 */
import { argmin, div, dot, elasticNet, l1, l2, mean, mul, stack, type Tensor } from 'chainrule';
import { type Inputs, Missing, numberIn, tensorIn } from '../inputs.js';
import { type Json } from '../value.js';
import { type Recompute } from './recompute.js';

/** The weight vectors w1, w2, … in this order. */
export function weights(inputs: Inputs): Tensor[] {
  const vectors: Tensor[] = [];
  for (let i = 1; inputs[`w${i}`] !== undefined; i++) vectors.push(tensorIn(inputs, `w${i}`, 1));
  if (vectors.length === 0) throw new Missing('the entry gives no w1');
  return vectors;
}

/** One number for each weight vector. */
const forEach =
  (f: (w: Tensor, inputs: Inputs) => Tensor): Recompute =>
  (inputs) =>
    weights(inputs).map((w) => f(w, inputs).item());

const elastic = forEach((w, inputs) => elasticNet(w, { beta: numberIn(inputs, 'beta') }));

/** How much a penalty grows when W is scaled. */
function growth(inputs: Inputs): Json {
  const W = tensorIn(inputs, 'W');
  const scaled = mul(numberIn(inputs, 'factor'), W);
  return { L2: div(l2(scaled), l2(W)).item(), L1: div(l1(scaled), l1(W)).item() };
}

/** The name of the weight vector with the smallest sum of squares. */
function preferred(inputs: Inputs): Json {
  return [`W_${argmin(stack(weights(inputs).map((w) => l2(w)))).item() + 1}`];
}

export const regularisation: Readonly<Record<string, Recompute>> = {
  'reg-scores-equal': forEach((w, inputs) => dot(w, tensorIn(inputs, 'x', 1))),
  'reg-l2': forEach((w) => l2(w)),
  'reg-l1': forEach((w) => l1(w)),
  'reg-elastic-beta0.5': elastic,
  'reg-elastic-beta1': elastic,
  // w·x must be 1 with x all ones: that takes 1 / w equal entries w.
  'reg-000-three-entries': (inputs) => div(1, mean(tensorIn(inputs, 'printed', 1))).item(),
  'reg-002-missing-index': preferred,
  'reg-2w-penalty': growth,
};
