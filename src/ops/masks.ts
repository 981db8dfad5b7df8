/**
 * @file Elements where a mask is true.
 */
import { type TensorLike, operand, tensor, toTensor } from '../graph/create.js';
import { DTypeError, UsageError } from '../graph/errors.js';
import { broadcastShapes, showShape } from '../graph/shape.js';
import { Batched, type Tensor } from '../graph/tensor.js';
import { take } from './indexing.js';
import { where } from './logic.js';
import { broadcastTo, reshape } from './shaping.js';

/** The positions in row-major order where a mask is true. How many there are must be known: shapes do not depend on values that are not. */
export function truePositions(op: string, mask: Tensor): Int32Array {
  if (mask.dtype !== 'bool') throw new DTypeError(op, 'a mask must be bool', `got ${mask.dtype}`, 'compare first, as in gt(x, 0)');
  const unknown = mask.pending ? 'while it is compiled' : mask.storage instanceof Batched ? 'inside vmap' : null;
  if (unknown !== null)
    throw new UsageError(
      op,
      `how many elements a mask selects is not known ${unknown}`,
      `mask ${showShape(mask.shape)}`,
      'keep the shape with where(mask, x, 0), or make the mask outside of the function',
    );
  const { data } = mask;
  const found = new Int32Array(data.length);
  let count = 0;
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) found[count++] = i;
  return found.slice(0, count);
}

/**
 * The elements where the mask is true, as one row; both broadcast. Their number depends on values, so that a mask must be known where a
 * function is compiled or mapped.
 * @throws DTypeError unless the mask is bool; ShapeError when the shapes do not broadcast; UsageError for a mask that is not known yet.
 * @example
 * maskedSelect([1, -2, 3], gt([1, -2, 3], 0)); // → [1, 3]
 */
export function maskedSelect(x: TensorLike, mask: TensorLike): Tensor {
  const [t, m] = [toTensor(x, 'maskedSelect'), toTensor(mask, 'maskedSelect')];
  const shape = broadcastShapes('maskedSelect', t.shape, m.shape);
  const chosen = truePositions('maskedSelect', m.pending || m.storage instanceof Batched ? m : broadcastTo(m, shape));
  return take(reshape(broadcastTo(t, shape), [-1]), tensor(chosen));
}

/**
 * x with `value` where the mask is true; all three broadcast.
 * @throws DTypeError unless the mask is bool; ShapeError when the shapes do not broadcast.
 * @example
 * maskedFill([1, -2, 3], [false, true, false], 0); // → [1, 0, 3]
 */
export function maskedFill(x: TensorLike, mask: TensorLike, value: TensorLike): Tensor {
  const m = toTensor(mask, 'maskedFill');
  if (m.dtype !== 'bool') throw new DTypeError('maskedFill', 'a mask must be bool', `got ${m.dtype}`, 'compare first, as in gt(x, 0)');
  return where(m, operand(value, x, 'maskedFill'), operand(x, value, 'maskedFill'));
}
