/**
 * @file How good predictions are.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { ShapeError } from '../graph/errors.js';
import { showShape } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import { eq } from '../ops/logic.js';
import { mean } from '../ops/statistics.js';

function pairs(op: string, y: TensorLike, prediction: TensorLike): [Tensor, Tensor] {
  const [a, b] = [toTensor(y), toTensor(prediction)];
  if (a.ndim !== 1 || b.ndim !== 1 || a.size !== b.size)
    throw new ShapeError(op, 'needs two vectors of one length', `${showShape(a.shape)} and ${showShape(b.shape)}`);
  if (a.size === 0) throw new ShapeError(op, 'empty data has no score', '[0]');
  return [a, b];
}

/**
 * Fraction of predictions that equal the label.
 * @throws ShapeError unless both are vectors of one positive length.
 * @example
 * accuracy([0, 1, 2, 2], [0, 1, 1, 2]); // → 0.75
 */
export function accuracy(y: TensorLike, prediction: TensorLike): number {
  const [a, b] = pairs('accuracy', y, prediction);
  return mean(eq(a, b)).item();
}

/**
 * Counts: row true class, column predicted class; as many classes as the largest label needs.
 * @throws ShapeError unless both are vectors of one positive length, or a label is no class index.
 * @example
 * confusionMatrix([0, 1, 1], [0, 1, 0]); // → [[1, 0], [1, 1]]
 */
export function confusionMatrix(y: TensorLike, prediction: TensorLike): Tensor {
  const [a, b] = pairs('confusionMatrix', y, prediction);
  let classes = 0;
  for (const v of [...a.data, ...b.data]) {
    if (!Number.isInteger(v) || v < 0) throw new ShapeError('confusionMatrix', 'labels must be class indices', String(v));
    classes = Math.max(classes, v + 1);
  }
  const counts = new Int32Array(classes * classes);
  a.data.forEach((v, i) => counts[v * classes + b.data[i]!]!++);
  return new Tensor([classes, classes], 'int32', counts, null);
}
