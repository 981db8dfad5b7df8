/**
 * @file Types of the methods that carry literal shapes. Each takes the shape from `this`, so that none of them mentions the shape
 * of the interface that it is in: a method with a parameter that did would make tensors invariant in their shape.
 */
import type { Expanded, FitsAxes, FitsExpand, FitsSqueeze, FitsTranspose, Reduced, Squeezed, Transposed } from '../graph/axis-types.js';
import type { Broadcasted, BroadcastWith } from '../graph/broadcast-types.js';
import type { TensorLike } from '../graph/create.js';
import type { Axes, Shape } from '../graph/shape.js';
import type { FitsBroadcastTo, FitsMatMul, FitsReshape, MatMul, Reshaped } from '../graph/shape-types.js';
import type { Tensor } from '../graph/tensor.js';
import type { AxisOptions } from './along.js';
import type { NormOptions, VarianceOptions } from './statistics.js';
import type { ReduceOptions } from './sum.js';

/** Elementwise, with something that broadcasts. */
export type BinaryMethod = <A extends Tensor, B extends TensorLike>(this: A, b: BroadcastWith<A, B>) => Broadcasted<A, B>;

/** Elementwise: a bool tensor. */
type Test = <S extends Shape>(this: Tensor<S>) => Tensor<S>;

type Reduction = <S extends Shape, const A extends Axes | undefined = undefined, K extends boolean = false>(
  this: Tensor<S>,
  options?: ReduceOptions<A, K> & FitsAxes<S, A>,
) => Tensor<Reduced<S, A, K>>;

type Deviation = <S extends Shape, const A extends Axes | undefined = undefined, K extends boolean = false>(
  this: Tensor<S>,
  options?: VarianceOptions<A, K> & FitsAxes<S, A>,
) => Tensor<Reduced<S, A, K>>;

type Argument = <S extends Shape, A extends number = -1>(
  this: Tensor<S>,
  options?: AxisOptions<A> & FitsAxes<S, A>,
) => Tensor<Reduced<S, A, false>>;

type Along = <S extends Shape, A extends number = -1>(this: Tensor<S>, options?: AxisOptions<A> & FitsAxes<S, A>) => Tensor<S>;

/** Methods that are typed like the functions of their names. */
export interface ShapedMethods
  extends
    Record<'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'logicalAnd' | 'logicalOr', BinaryMethod>,
    Record<'logicalNot' | 'isFinite' | 'isNaN', Test>,
    Record<'sum' | 'mean' | 'prod' | 'max' | 'amax' | 'min' | 'logsumexp', Reduction>,
    Record<'variance' | 'std', Deviation>,
    Record<'argmax' | 'argmin', Argument>,
    Record<'softmax' | 'logSoftmax' | 'cumsum' | 'cumprod', Along> {
  /** Limited to bounds: `x.clip(lo, hi)` = `clip(x, lo, hi)`. */
  clip<X extends Tensor, L extends TensorLike, H extends TensorLike>(
    this: X,
    lo: BroadcastWith<X, L>,
    hi: BroadcastWith<X, H>,
  ): Broadcasted<Broadcasted<X, L>, H>;
  /** Vector norm: `x.norm(options)` = `norm(x, options)`. */
  norm<S extends Shape, const A extends Axes | undefined = undefined, K extends boolean = false>(
    this: Tensor<S>,
    options?: NormOptions<A, K> & FitsAxes<S, A>,
  ): Tensor<Reduced<S, A, K>>;
  /** Matrix product: `a.matmul(b)` = `matmul(a, b)`. */
  matmul<A extends Shape, B extends Shape>(this: Tensor<A>, b: TensorLike<B> & FitsMatMul<A, B>): Tensor<MatMul<A, B>>;
  /** Another shape: `x.reshape(shape)` = `reshape(x, shape)`. */
  reshape<S extends Shape, const To extends Shape>(this: Tensor<S>, shape: To & FitsReshape<S, To>): Tensor<Reshaped<S, To>>;
  /** Axes in another order: `x.transpose(perm)` = `transpose(x, perm)`. */
  transpose<S extends Shape, const P extends Shape | undefined = undefined>(
    this: Tensor<S>,
    perm?: P & FitsTranspose<S, P>,
  ): Tensor<Transposed<S, P>>;
  /** Repeated to a larger shape: `x.broadcastTo(shape)` = `broadcastTo(x, shape)`. */
  broadcastTo<S extends Shape, const To extends Shape>(this: Tensor<S>, shape: To & FitsBroadcastTo<S, To>): Tensor<To>;
  /** A new axis of length 1: `x.expandDims(axis)` = `expandDims(x, axis)`. */
  expandDims<S extends Shape, A extends number>(this: Tensor<S>, axis: A & FitsExpand<S, A>): Tensor<Expanded<S, A>>;
  /** Without axes of length 1: `x.squeeze(axis)` = `squeeze(x, axis)`. */
  squeeze<S extends Shape, const A extends Axes | undefined = undefined>(
    this: Tensor<S>,
    axis?: A & FitsSqueeze<S, A>,
  ): Tensor<Squeezed<S, A>>;
}
