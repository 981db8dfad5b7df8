/**
 * @file Any function of one tensor as a layer.
 */
import type { TensorLike } from '../../graph/create.js';
import { UsageError } from '../../graph/errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { defineLayer, type Empty, type FixedLayer } from './layer.js';

/** A function of one tensor: an op, or an expression of ops. */
export type Activation = (x: TensorLike) => Tensor;

/**
 * f(x) as a layer, without parameters: relu, sigmoid, tanh, softplus or any expression of ops.
 * @throws UsageError when f is no function.
 * @see lecture 003:400, 003:418
 * @example
 * activation(relu).apply({}, [-1, 2], { train: false, state: {} })[0]; // → [0, 2]
 */
export function activation(f: Activation, name: string = typeof f === 'function' ? f.name : ''): FixedLayer<Empty, Empty> {
  if (typeof f !== 'function')
    throw new UsageError('activation', 'f must be a function of a tensor', `got ${typeof f}`, 'activation(relu)');
  return defineLayer<Empty, Empty>({
    name: name || 'activation',
    init: () => ({ params: {}, state: {} }),
    apply: (_params, x, { state }) => [f(x), state],
  });
}
