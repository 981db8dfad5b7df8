/**
 * @file Is something true anywhere, or everywhere?
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import type { Tensor } from '../graph/tensor.js';
import { eq, gt, ne } from './logic.js';
import { reduceAttrs, type ReduceOptions, sum } from './sum.js';

/**
 * Is any element over axes (all when left out) true, or not 0? NaN is not 0. A bool tensor; of an empty axis false.
 * @throws ShapeError when an axis is out of range.
 * @example
 * any([[false, true], [false, false]], { axis: 1 }); // → [true, false]
 */
export function any(x: TensorLike, options?: ReduceOptions): Tensor {
  const t = toTensor(x, 'any');
  reduceAttrs('any', t, options);
  return gt(sum(ne(t, 0), options), 0);
}

/**
 * Are all elements over axes (all when left out) true, or not 0? A bool tensor; of an empty axis true.
 * @throws ShapeError when an axis is out of range.
 * @example
 * all([[true, true], [false, true]], { axis: 1 }); // → [true, false]
 */
export function all(x: TensorLike, options?: ReduceOptions): Tensor {
  const t = toTensor(x, 'all');
  reduceAttrs('all', t, options);
  return eq(sum(eq(t, 0), options), 0);
}
