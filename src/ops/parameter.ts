/**
 * @file Making parameters.
 */
import { tensor, type TensorLike, type TensorOptions } from '../graph/create.js';
import { checkOptions } from '../graph/errors.js';
import { Parameter } from '../graph/parameter.js';
import type { Shape } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';

/**
 * A named, trainable cell with an initial value; its dtype is kept (numbers and nested arrays: float64).
 * @throws DTypeError for int32 or bool.
 * @example
 * const w = parameter([1, 2], { name: 'w' });
 * sum(square(w)).backward();
 * w.grad; // → [2, 4]
 */
export function parameter<S extends Shape = Shape>(init: TensorLike<S>, options: Pick<TensorOptions, 'name' | 'dtype'> = {}): Parameter<S> {
  checkOptions('parameter', options, ['name', 'dtype']);
  const value = tensor(init, options.dtype === undefined ? {} : { dtype: options.dtype });
  return new Parameter(value as Tensor<S>, options.name ?? (init instanceof Tensor ? init.name : undefined));
}
