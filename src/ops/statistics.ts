/**
 * @file Mean, variance, standard deviation and norms: compositions.
 */
import { scalar, type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { type Axes, type Shape, showShape, sizeOf } from '../graph/shape.js';
import type { FitsAxes, Reduced } from '../graph/axis-types.js';
import type { Tensor } from '../graph/tensor.js';
import { abs, div, mul, square, sub } from './arithmetic.js';
import { stopGradient } from './casting.js';
import { registry } from './define.js';
import { pow, sqrt } from './exponential.js';
import { max } from './extrema.js';
import { eq, isFinite, logicalAnd, logicalNot, ne, where } from './logic.js';
import { reshape } from './shaping.js';
import { notEmpty, reduceAttrs, reducedShape, type ReduceOptions, sum, total } from './sum.js';

/**
 * Mean over axes (all when left out).
 * @throws ShapeError for an empty axis.
 * @example
 * mean([[1, 2], [3, 4]], { axis: 0 }); // → [2, 3]
 */
export function mean<S extends Shape, const A extends Axes | undefined = undefined, K extends boolean = false>(
  x: TensorLike<S>,
  options: (ReduceOptions<A, K> & FitsAxes<S, A>) | undefined,
): Tensor<Reduced<S, A, K>>;
export function mean(x: TensorLike): Tensor<readonly []>;
export function mean(x: TensorLike, options?: ReduceOptions): Tensor {
  const t = toTensor(x, 'mean');
  if (options === undefined) return meanOfAll(t);
  const { axes } = reduceAttrs('mean', t, options);
  notEmpty('mean', t, axes);
  return div(sum(t, options), sizeOf(axes.map((a) => t.shape[a]!)));
}

const { direct: divOfTensors } = registry.get('div')!;

/** The mean of all elements, for callers that count nanoseconds. */
export function meanOfAll(x: Tensor): Tensor {
  const n = x.size;
  if (n === 0) notEmpty('mean', x, [...x.shape.keys()]);
  const sum = total(x);
  return divOfTensors!(sum, scalar(n, sum.dtype === 'float32' ? 'float32' : 'float64'));
}

/** Options of `variance` and `std`. */
export interface VarianceOptions<A extends Axes | undefined = Axes, K extends boolean = boolean> extends ReduceOptions<A, K> {
  /** Divide by n − ddof; default 0, the population variance. */
  ddof?: number;
}

/** Deviations from the mean, and the number to divide by. */
function deviations(op: string, x: TensorLike, options: VarianceOptions): { deviation: Tensor; divisor: number; reduce: ReduceOptions } {
  checkOptions(op, options, ['axis', 'keepdims', 'ddof']);
  const { ddof = 0, ...reduce } = options;
  const t = toTensor(x, op);
  const { axes } = reduceAttrs(op, t, reduce);
  const divisor = sizeOf(axes.map((a) => t.shape[a]!)) - ddof;
  if (divisor <= 0) throw new ShapeError(op, `needs more than ${ddof} elements`, showShape(t.shape));
  // seen from one of the values, equal values deviate by exactly 0: their mean may be rounded
  const near = sub(t, stopGradient(max(t, { axis: axes, keepdims: true })));
  return { deviation: sub(near, mean(near, { axis: axes, keepdims: true })), divisor, reduce };
}

/**
 * Variance over axes (all when left out): Σ(x − mean)² / (n − ddof).
 * @throws ShapeError when there are no more than ddof elements.
 * @example
 * variance([1, 2, 3, 4]); // → 1.25
 */
export function variance<S extends Shape, const A extends Axes | undefined = undefined, K extends boolean = false>(
  x: TensorLike<S>,
  options: (VarianceOptions<A, K> & FitsAxes<S, A>) | undefined,
): Tensor<Reduced<S, A, K>>;
export function variance(x: TensorLike): Tensor<readonly []>;
export function variance(x: TensorLike, options: VarianceOptions = {}): Tensor {
  const { deviation, divisor, reduce } = deviations('variance', x, options);
  return div(sum(square(deviation), reduce), divisor);
}

/**
 * Standard deviation over axes (all when left out). The gradient of a constant is 0.
 * @throws ShapeError when there are no more than ddof elements.
 * @example
 * std([1, 3]); // → 1
 */
export function std<S extends Shape, const A extends Axes | undefined = undefined, K extends boolean = false>(
  x: TensorLike<S>,
  options: (VarianceOptions<A, K> & FitsAxes<S, A>) | undefined,
): Tensor<Reduced<S, A, K>>;
export function std(x: TensorLike): Tensor<readonly []>;
export function std(x: TensorLike, options: VarianceOptions = {}): Tensor {
  const { deviation, divisor, reduce } = deviations('std', x, options);
  return div(norm(deviation, reduce), Math.sqrt(divisor));
}

/** Options of `norm`. */
export interface NormOptions<A extends Axes | undefined = Axes, K extends boolean = boolean> extends ReduceOptions<A, K> {
  /** 2 (default), 1, Infinity or any p ≥ 1. */
  ord?: number;
}

/**
 * Vector norm over axes (all when left out): (Σ|x|^ord)^(1/ord). Gradient and Hessian at the zero vector are 0.
 * Scaled by the largest entry, so that nothing overflows.
 * @throws UsageError when ord is less than 1.
 * @example
 * norm([3, 4]); // → 5
 * norm([3, -4], { ord: 1 }); // → 7
 */
export function norm<S extends Shape, const A extends Axes | undefined = undefined, K extends boolean = false>(
  x: TensorLike<S>,
  options: (NormOptions<A, K> & FitsAxes<S, A>) | undefined,
): Tensor<Reduced<S, A, K>>;
export function norm(x: TensorLike): Tensor<readonly []>;
export function norm(x: TensorLike, options: NormOptions = {}): Tensor {
  checkOptions('norm', options, ['axis', 'keepdims', 'ord']);
  const { ord = 2, ...reduce } = options;
  if (!(ord >= 1)) throw new UsageError('norm', 'ord must be at least 1', String(ord));
  const t = toTensor(x, 'norm');
  const { axes, keepdims } = reduceAttrs('norm', t, reduce);
  if (ord === 1) return sum(abs(t), reduce);
  if (ord === Infinity) return max(abs(t), reduce);
  if (axes.some((a) => t.shape[a] === 0)) return sum(t, reduce);
  const largest = stopGradient(max(abs(t), { axis: axes, keepdims: true }));
  const scale = where(logicalAnd(isFinite(largest), ne(largest, 0)), largest, 1);
  const unit = div(t, scale);
  const total = sum(ord === 2 ? square(unit) : powAbs(unit, ord), { axis: axes, keepdims: true });
  const zero = eq(total, 0);
  // the root is never taken of 0, where its derivative is infinite: the zero vector is a dead branch
  const safe = where(zero, 1, total);
  const root = where(zero, 0, mul(scale, ord === 2 ? sqrt(safe) : pow(safe, 1 / ord)));
  return keepdims ? root : reshape(root, reducedShape(t.shape, { axes, keepdims: false }));
}

/** |x|^p with derivative 0 at 0. */
function powAbs(x: Tensor, p: number): Tensor {
  const zero = eq(x, 0);
  return where(logicalNot(zero), pow(where(zero, 1, abs(x)), p), 0);
}
