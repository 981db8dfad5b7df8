/**
 * @file Penalties on weights. λ is written by the user: `add(loss, mul(lambda, l2(W)))`.
 */
import type { TensorLike } from '../graph/create.js';
import { checkOptions, UsageError } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import { abs, add, mul, square } from '../ops/arithmetic.js';
import { sum } from '../ops/sum.js';

/**
 * L1 penalty Σ|W|; its gradient is sign(W), 0 at 0.
 * As a formula: `R(W) = sum(|W|)`, $R\left(W\right) = \sum \left|W\right|$
 * @see lectures 001:1418, 003:836
 * @example
 * l1([1, -2]); // → 3
 */
export function l1(w: TensorLike): Tensor {
  return sum(abs(w));
}

/**
 * L2 penalty ΣW², no factor 1/2; its gradient is 2W.
 * As a formula: `R(W) = sum(W^2)`, $R\left(W\right) = \sum W^{2}$
 * @see lectures 001:1418, 003:836
 * @example
 * l2([0.25, 0.25, 0.25, 0.25]); // → 0.25
 */
export function l2(w: TensorLike): Tensor {
  return sum(square(w));
}

/**
 * Elastic net Σ(β·W² + |W|): β multiplies only the square.
 * As a formula: `R(W) = sum(beta * W^2 + |W|)`, $R\left(W\right) = \sum \left(\beta W^{2} + \left|W\right|\right)$
 * @throws UsageError unless β is a number.
 * @see lectures 000:431, 001:1418, 002:57, 003:836, 004:631
 * @example
 * elasticNet([1, 0, 0, 0], { beta: 0.5 }); // → 1.5
 */
export function elasticNet(w: TensorLike, options: { beta: number }): Tensor {
  checkOptions('elasticNet', options, ['beta']);
  if (typeof options?.beta !== 'number')
    throw new UsageError('elasticNet', 'needs a number beta', undefined, 'elasticNet(w, { beta: 0.5 })');
  return add(mul(options.beta, l2(w)), l1(w));
}
