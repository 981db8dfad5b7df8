/**
 * @file Weights of examples.
 */
import { type TensorLike, toTensor } from '../../graph/create.js';
import { ShapeError, UsageError } from '../../graph/errors.js';
import { showShape } from '../../graph/shape.js';
import type { Tensor } from '../../graph/tensor.js';
import { div, mul } from '../../ops/arithmetic.js';
import { eq, where } from '../../ops/logic.js';
import { reshape } from '../../ops/shaping.js';
import { mean } from '../../ops/statistics.js';
import { sum } from '../../ops/sum.js';

/** Class weights times sample weights, or null where all are the same. */
export function weigh(op: string, classWeights: Tensor | null, sampleWeight: TensorLike | undefined, rows: number): Tensor | null {
  let weights = classWeights;
  if (sampleWeight !== undefined) {
    const w = toTensor(sampleWeight, op);
    if (w.ndim !== 1 || w.size !== rows)
      throw new ShapeError(op, 'sampleWeight needs one number a row of X', `${rows} rows, weights ${showShape(w.shape)}`);
    const bad = w.data.findIndex((v) => !(Number.isFinite(v) && v >= 0));
    if (bad >= 0) throw new UsageError(op, 'sampleWeight must be finite and not negative', `sampleWeight[${bad}] is ${w.data[bad]}`);
    weights = weights === null ? w : mul(weights, w);
  }
  if (weights?.data.every((v) => v === 0)) throw new UsageError(op, 'the weights of all examples are 0');
  return weights;
}

/** Σwᵢlᵢ / Σwᵢ of losses [N] or [N, …], those of an example averaged; 0 where no example has weight: a batch may be like that. */
export function weightedMean(name: string, losses: Tensor, weights: Tensor): Tensor {
  const n = weights.size;
  if (losses.shape[0] !== n)
    throw new ShapeError(
      name,
      "a loss of weighted examples must take reduction 'none'",
      `got ${showShape(losses.shape)} for ${n} examples`,
    );
  const each = losses.ndim === 1 ? losses : mean(reshape(losses, [n, -1]), { axis: 1 });
  const total = sum(weights);
  return div(sum(mul(each, weights)), where(eq(total, 0), 1, total));
}
