/**
 * @file Types of the operands and the result of elementwise ops.
 */
import type { Broadcast, Fits, ShapeOf, ShowShape } from './shape-types.js';
import type { Tensor } from './tensor.js';

/** A second operand that broadcasts with the first. */
export type BroadcastWith<A, B> = B &
  Fits<Broadcast<ShapeOf<A>, ShapeOf<B>>, `cannot broadcast [${ShowShape<ShapeOf<A>>}] with [${ShowShape<ShapeOf<B>>}]`>;

/** Result of an elementwise op of two operands. */
export type Broadcasted<A, B> = Tensor<Broadcast<ShapeOf<A>, ShapeOf<B>>>;
