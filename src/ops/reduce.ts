/**
 * @file Reductions beside the sum: extrema, log-sum-exp, linear recurrences, and what is composed of them.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { keepAsOnes, normalizeAxis, type Shape, showShape, sizeOf } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { argExtremum, extremumTo, logSumExpRows, recurrenceRows } from '../kernels/reduce.js';
import { full } from './create.js';
import { defineOp, distinct, type Draw, floatOf, type Op, reals, sameDType } from './define.js';
import { abs, div, exp, mul, pow, sqrt, square, sub } from './elementwise.js';
import { eq, isFinite, logicalAnd, logicalNot, ne, where } from './logic.js';
import { concat, flip, reshape, slice, stopGradient, transpose } from './movement.js';
import { reduceAttrs, type ReduceAttrs, reducedShape, type ReduceOptions, sampleAxes, spread, sum } from './sum.js';

/** Options of functions along one axis. */
export interface AxisOptions {
  /** The axis; default −1, the last. */
  axis?: number;
}

const someRows = (draw: Draw): number[] => [...Array.from({ length: draw.int(0, 2) }, () => draw.int(1, 3)), draw.int(1, 4)];

function notEmpty(op: string, x: Tensor, axes: readonly number[]): void {
  if (axes.some((a) => x.shape[a] === 0)) throw new ShapeError(op, 'an empty axis has no value', showShape(x.shape));
}

function extremum(name: 'max' | 'min', sign: 1 | -1): Op<['x'], ReduceAttrs> {
  const op: Op<['x'], ReduceAttrs> = defineOp({
    name,
    inputs: ['x'],
    doc: `${name === 'max' ? 'largest' : 'smallest'} element over axes; ties share the gradient evenly`,
    shape: ([s], attrs) => reducedShape(s!, attrs),
    dtype: sameDType,
    kernel: ([x], out, { axes }) => extremumTo(x!, { data: out.data, shape: keepAsOnes(x!.shape, axes) }, sign),
    vjp: {
      x: ({ g, x, out, attrs: { axes } }) => {
        const winners = eq(x, spread(out, axes, x.shape));
        const count = sum(winners, { axis: axes, keepdims: out.ndim === x.ndim });
        return where(winners, spread(div(g, count), axes, x.shape), 0);
      },
    },
    sample: (draw) => {
      const shape = Array.from({ length: draw.int(1, 3) }, () => draw.int(1, 3));
      return { inputs: [draw.values(shape, distinct)], attrs: sampleAxes(draw, shape.length) };
    },
    errors: [{ call: () => reduceExtremum(name, op, [], {}), message: new RegExp(`^${name}: an empty axis has no value: \\[0\\]`) }],
  });
  return op;
}

function reduceExtremum(name: string, op: Op<['x'], ReduceAttrs>, x: TensorLike, options: ReduceOptions | undefined): Tensor {
  const t = toTensor(x);
  const attrs = reduceAttrs(name, t, options);
  notEmpty(name, t, attrs.axes);
  return op(t, attrs);
}

const maxOp = extremum('max', 1);
const minOp = extremum('min', -1);

/**
 * Largest element over axes (all when left out): values, not indices. Ties share the gradient evenly; NaN wins.
 * @throws ShapeError for an empty axis.
 * @example
 * max([[1, 5], [3, 2]], { axis: 1 }); // → [5, 3]
 */
export function max(x: TensorLike, options?: ReduceOptions): Tensor {
  return reduceExtremum('max', maxOp, x, options);
}

/** Another name of `max`, for those who write `max` for two operands. */
export const amax: (x: TensorLike, options?: ReduceOptions) => Tensor = max;

/**
 * Smallest element over axes (all when left out): values, not indices. Ties share the gradient evenly; NaN wins.
 * @throws ShapeError for an empty axis.
 * @example
 * min([[1, 5], [3, 2]], { axis: 1 }); // → [1, 2]
 */
export function min(x: TensorLike, options?: ReduceOptions): Tensor {
  return reduceExtremum('min', minOp, x, options);
}

function argument(name: 'argmax' | 'argmin', sign: 1 | -1): Op<['x']> {
  return defineOp({
    name,
    inputs: ['x'],
    doc: `index of the first ${sign === 1 ? 'largest' : 'smallest'} element of the last axis`,
    shape: ([s]) => s!.slice(0, -1),
    dtype: () => 'int32',
    kernel: ([x], out) => argExtremum(x!, out, sign),
    vjp: { x: null },
    sample: (draw) => ({ inputs: [draw.values(someRows(draw), distinct)], attrs: undefined }),
  });
}

const argmaxOp = argument('argmax', 1);
const argminOp = argument('argmin', -1);

/** `x` with `axis` moved to the end, and the way back for a result with the same rank. */
function lastAxis(op: string, x: Tensor, axis: number): { moved: Tensor; back: (y: Tensor) => Tensor; axis: number } {
  const at = normalizeAxis(op, axis, x.ndim);
  if (at === x.ndim - 1) return { moved: x, back: (y) => y, axis: at };
  const order = [...x.shape.keys()].filter((a) => a !== at);
  const back = [...order.keys()];
  back.splice(at, 0, x.ndim - 1);
  return { moved: transpose(x, [...order, at]), back: (y) => transpose(y, back), axis: at };
}

function argumentAlong(name: string, op: Op<['x']>, x: TensorLike, options: AxisOptions | undefined): Tensor {
  checkOptions(name, options, ['axis']);
  const t = toTensor(x);
  const { moved, axis } = lastAxis(name, t, options?.axis ?? -1);
  notEmpty(name, t, [axis]);
  return op(moved);
}

/**
 * Index of the largest element along an axis (default the last); the first of equals. int32, and not differentiable.
 * @throws ShapeError for an empty axis.
 * @example
 * argmax([[1, 5], [3, 2]]); // → [1, 0]
 */
export function argmax(x: TensorLike, options?: AxisOptions): Tensor {
  return argumentAlong('argmax', argmaxOp, x, options);
}

/**
 * Index of the smallest element along an axis (default the last); the first of equals. int32, and not differentiable.
 * @throws ShapeError for an empty axis.
 * @example
 * argmin([[1, 5], [3, 2]]); // → [0, 1]
 */
export function argmin(x: TensorLike, options?: AxisOptions): Tensor {
  return argumentAlong('argmin', argminOp, x, options);
}

const logsumexpOp: Op<['x']> = defineOp({
  name: 'logsumexp',
  inputs: ['x'],
  doc: 'ln Σ e^x over the last axis, stable; −∞ with gradient 0 where all are −∞',
  shape: ([s]) => s!.slice(0, -1),
  dtype: floatOf,
  kernel: ([x], out) => logSumExpRows(x!, out),
  // d/dx = e^(x − out) = softmax; x − (−∞) is left at −∞ so that a row of −∞ gets 0
  vjp: {
    x: ({ g, x, out }) => {
      const top = spread(where(eq(out, -Infinity), 0, out), [x.ndim - 1], x.shape);
      return mul(spread(g, [x.ndim - 1], x.shape), exp(sub(x, top)));
    },
  },
  sample: (draw) => ({ inputs: [draw.values(someRows(draw), reals)], attrs: undefined }),
});

/**
 * ln Σ e^x over axes (all when left out), without overflow and without losing tiny terms beside the largest.
 * All −∞ gives −∞, with gradient 0.
 * @example
 * logsumexp([1000, 1000]).item() - 1000; // → 0.693147
 */
export function logsumexp(x: TensorLike, options?: ReduceOptions): Tensor {
  const t = toTensor(x);
  const { axes, keepdims } = reduceAttrs('logsumexp', t, options);
  const kept = [...t.shape.keys()].filter((a) => !axes.includes(a));
  const order = [...kept, ...axes];
  const rows = reshape(transpose(t, order), [...kept.map((a) => t.shape[a]!), sizeOf(axes.map((a) => t.shape[a]!))]);
  const out = logsumexpOp(rows);
  return keepdims ? reshape(out, keepAsOnes(t.shape, axes)) : out;
}

/**
 * Softmax along an axis (default the last): e^x / Σ e^x, stable (lectures 000:360, 003:643).
 * @example
 * softmax([1000, 1001, 1002]); // → [0.0900306, 0.244728, 0.665241]
 */
export function softmax<S extends Shape>(x: TensorLike<S>, options?: AxisOptions): Tensor<S> {
  checkOptions('softmax', options, ['axis']);
  return exp(logSoftmaxAlong('softmax', toTensor(x), options?.axis)) as Tensor<S>;
}

/**
 * Logarithm of the softmax along an axis (default the last): x − ln Σ e^x.
 * @example
 * logSoftmax([0, 0]); // → [-0.693147, -0.693147]
 */
export function logSoftmax<S extends Shape>(x: TensorLike<S>, options?: AxisOptions): Tensor<S> {
  checkOptions('logSoftmax', options, ['axis']);
  return logSoftmaxAlong('logSoftmax', toTensor(x), options?.axis) as Tensor<S>;
}

function logSoftmaxAlong(op: string, x: Tensor, axis = -1): Tensor {
  return sub(x, logsumexp(x, { axis: normalizeAxis(op, axis, x.ndim), keepdims: true }));
}

const recurrenceOp: Op<['a', 'b']> = defineOp({
  name: 'recurrence',
  inputs: ['a', 'b'],
  doc: 's_k = a_k·s_{k−1} + b_k along the last axis, s_{−1} = 0',
  shape: ([, b]) => b!,
  dtype: ([a, b]) => floatOf([a === 'float64' ? a : b!]),
  kernel: ([a, b], out) => recurrenceRows(a!, b!, out),
  // the cotangent of b obeys the same recurrence backwards: r_k = g_k + a_{k+1}·r_{k+1}; that of a_k is r_k·s_{k−1}
  vjp: {
    a: ({ g, a, out }) => mul(backwards(a, g), shifted(out)),
    b: ({ g, a }) => backwards(a, g),
  },
  sample: (draw) => {
    const shape = someRows(draw);
    return { inputs: [draw.values(shape, reals), draw.values(shape, reals)], attrs: undefined };
  },
});

/** x_{k−1} along the last axis, 0 first. */
function shifted(x: Tensor): Tensor {
  const n = x.shape[x.ndim - 1]!;
  const head = full([...x.shape.slice(0, -1), Math.min(1, n)], 0, { dtype: x.dtype });
  const rest = slice(x, [...x.shape.slice(0, -1).map(() => []), [0, Math.max(0, n - 1)]]);
  return concat([head, rest], { axis: -1 });
}

function backwards(a: Tensor, g: Tensor): Tensor {
  return flip(recurrenceOp(shifted(flip(a, -1)), flip(g, -1)), -1);
}

/**
 * Running sum along an axis (default the last).
 * @example
 * cumsum([1, 2, 3]); // → [1, 3, 6]
 */
export function cumsum(x: TensorLike, options?: AxisOptions): Tensor {
  checkOptions('cumsum', options, ['axis']);
  const { moved, back } = lastAxis('cumsum', toTensor(x), options?.axis ?? -1);
  return back(recurrenceOp(full(moved.shape, 1, { dtype: moved.dtype }), moved));
}

/**
 * Running product along an axis (default the last); its gradients are right at zeros.
 * @example
 * cumprod([2, 0, 3]); // → [2, 0, 0]
 */
export function cumprod(x: TensorLike, options?: AxisOptions): Tensor {
  checkOptions('cumprod', options, ['axis']);
  const { moved, back } = lastAxis('cumprod', toTensor(x), options?.axis ?? -1);
  const first = slice(moved, [...moved.shape.slice(0, -1).map(() => []), [0, 1]]);
  const rest = full([...moved.shape.slice(0, -1), Math.max(0, moved.shape[moved.ndim - 1]! - 1)], 0, { dtype: moved.dtype });
  return back(recurrenceOp(moved, concat([first, rest], { axis: -1 })));
}

/**
 * Product over axes (all when left out); its gradients are right at zeros.
 * @example
 * prod([0.9, 0.1, 0.01]); // → 0.0009
 */
export function prod(x: TensorLike, options?: ReduceOptions): Tensor {
  const t = toTensor(x);
  const { axes, keepdims } = reduceAttrs('prod', t, options);
  const kept = [...t.shape.keys()].filter((a) => !axes.includes(a));
  const n = sizeOf(axes.map((a) => t.shape[a]!));
  const shape = kept.map((a) => t.shape[a]!);
  const rows = reshape(transpose(t, [...kept, ...axes]), [...shape, n]);
  const out =
    n === 0 ? full(shape, 1, { dtype: floatOf([t.dtype]) }) : reshape(slice(cumprod(rows), [...shape.map(() => []), [-1, null]]), shape);
  return keepdims ? reshape(out, keepAsOnes(t.shape, axes)) : out;
}

/**
 * Mean over axes (all when left out).
 * @throws ShapeError for an empty axis.
 * @example
 * mean([[1, 2], [3, 4]], { axis: 0 }); // → [2, 3]
 */
export function mean(x: TensorLike): Tensor<readonly []>;
export function mean(x: TensorLike, options?: ReduceOptions): Tensor;
export function mean(x: TensorLike, options?: ReduceOptions): Tensor {
  const t = toTensor(x);
  const { axes } = reduceAttrs('mean', t, options);
  notEmpty('mean', t, axes);
  return div(sum(t, options ?? {}), sizeOf(axes.map((a) => t.shape[a]!)));
}

/** Options of `variance` and `std`. */
export interface VarianceOptions extends ReduceOptions {
  /** Divide by n − ddof; default 0, the population variance. */
  ddof?: number;
}

/** Deviations from the mean, and the number to divide by. */
function deviations(op: string, x: TensorLike, options: VarianceOptions): { deviation: Tensor; divisor: number; reduce: ReduceOptions } {
  checkOptions(op, options, ['axis', 'keepdims', 'ddof']);
  const { ddof = 0, ...reduce } = options;
  const t = toTensor(x);
  const { axes } = reduceAttrs(op, t, reduce);
  const divisor = sizeOf(axes.map((a) => t.shape[a]!)) - ddof;
  if (divisor <= 0) throw new ShapeError(op, `needs more than ${ddof} elements`, showShape(t.shape));
  return { deviation: sub(t, mean(t, { axis: axes, keepdims: true })), divisor, reduce };
}

/**
 * Variance over axes (all when left out): Σ(x − mean)² / (n − ddof).
 * @throws ShapeError when there are no more than ddof elements.
 * @example
 * variance([1, 2, 3, 4]); // → 1.25
 */
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
export function std(x: TensorLike, options: VarianceOptions = {}): Tensor {
  const { deviation, divisor, reduce } = deviations('std', x, options);
  return div(norm(deviation, reduce), Math.sqrt(divisor));
}

/** Options of `norm`. */
export interface NormOptions extends ReduceOptions {
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
export function norm(x: TensorLike, options: NormOptions = {}): Tensor {
  checkOptions('norm', options, ['axis', 'keepdims', 'ord']);
  const { ord = 2, ...reduce } = options;
  if (!(ord >= 1)) throw new UsageError('norm', 'ord must be at least 1', String(ord));
  const t = toTensor(x);
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
