/**
 * @file Order: sorting, the largest few, median and quantiles. One primitive finds the order, everything else gathers by it.
 */
import { type TensorLike, tensor, toTensor } from '../graph/create.js';
import { isFloat } from '../graph/dtype.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { keepAsOnes, normalizeAxis, showShape, sizeOf } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { excused } from '../graph/watch.js';
import { argsortRows } from '../kernels/sorting.js';
import { type AxisOptions, lastAxis } from './along.js';
import { add, gmul, mul, sub } from './arithmetic.js';
import { cast } from './casting.js';
import { defineOp, distinct, type Op } from './define.js';
import { gather, take } from './indexing.js';
import { isFinite, isNaN, where } from './logic.js';
import { someRows } from './samples.js';
import { reshape, transpose } from './shaping.js';
import { notEmpty, reduceAttrs, type ReduceOptions } from './sum.js';

interface OrderAttrs {
  readonly descending: boolean;
  /** How many indices of each row, from the first on. */
  readonly count: number;
}

const argsortOp: Op<['x'], OrderAttrs> = defineOp({
  name: 'argsort',
  inputs: ['x'],
  doc: 'the first indices of those that sort the last axis; stable, NaN counts as the greatest',
  instead: 'sort(x), whose gradient goes to the elements',
  shape: ([x], { count }) => [...x!.shape.slice(0, -1), count],
  dtype: () => 'int32',
  kernel: ([x], out, { descending }) => argsortRows(x!, out, descending),
  vjp: { x: null },
  batch: ([x], attrs) => argsortOp(x!, attrs),
  sample: (draw) => {
    const shape = someRows(draw);
    return { inputs: [draw.values(shape, distinct)], attrs: { descending: draw.pick([false, true]), count: draw.int(1, shape.at(-1)!) } };
  },
  errors: [{ call: () => argsort([1, 2], { axis: 1 }), message: /^argsort: axis 1 is out of range: x has 1 axis$/ }],
});

/** Options of `sort` and `argsort`. */
export interface SortOptions extends AxisOptions {
  /** Largest first? Default false. */
  descending?: boolean;
}

/** Elements along the axis, moved to the end, the first indices of their order, and the way back. */
function ordered(
  op: string,
  x: TensorLike,
  options: SortOptions,
  most = Infinity,
): { moved: Tensor; order: Tensor; back: (y: Tensor) => Tensor } {
  const { moved, back } = lastAxis(op, toTensor(x, op), options.axis ?? -1);
  const count = Math.min(most, moved.shape.at(-1)!);
  return { moved, order: argsortOp(moved, { descending: options.descending === true, count }), back };
}

/**
 * Indices that sort x along an axis (default the last). Equal elements keep their order, in descending order too; NaN counts as the
 * greatest. int32, and not differentiable.
 * @throws ShapeError when the axis is out of range.
 * @see numpy.argsort with kind 'stable'
 * @example
 * argsort([3, 1, 2]); // → [1, 2, 0]
 * argsort([3, 1, 2], { descending: true }); // → [0, 2, 1]
 */
export function argsort(x: TensorLike, options: SortOptions = {}): Tensor {
  checkOptions('argsort', options, ['axis', 'descending']);
  const { order, back } = ordered('argsort', x, options);
  return back(order);
}

/**
 * The elements in order along an axis (default the last). NaN counts as the greatest: it comes last, in descending order first. The gradient
 * of each place goes to the element that stands there; of equal elements the first stands first.
 * @throws ShapeError when the axis is out of range.
 * @example
 * sort([3, 1, 2]); // → [1, 2, 3]
 * sort([[3, 1], [2, 4]], { axis: 0, descending: true }); // → [[3, 4], [2, 1]]
 */
export function sort(x: TensorLike, options: SortOptions = {}): Tensor {
  checkOptions('sort', options, ['axis', 'descending']);
  const { moved, order, back } = ordered('sort', x, options);
  return back(gather(moved, order, { axis: -1 }));
}

/** Options of `topk`. */
export interface TopkOptions extends AxisOptions {
  /** The largest (default) or the smallest? */
  largest?: boolean;
  /** Results are in order; false only says that their order does not matter. */
  sorted?: boolean;
}

/** What `topk` finds. */
export interface Topk {
  /** The elements, best first. */
  readonly values: Tensor;
  /** Where they stand along the axis: int32. */
  readonly indices: Tensor;
}

/**
 * The k largest (or smallest) elements along an axis (default the last), best first, and where they stand. Of equals the first comes first;
 * NaN counts as the greatest. Gradients go to the elements that were chosen.
 * @throws UsageError unless k is an integer from 0 to the length of the axis.
 * @see torch.topk
 * @example
 * topk([3, 1, 4, 1, 5], 2).values; // → [5, 4]
 * topk([3, 1, 4, 1, 5], 2, { largest: false }).indices; // → [1, 3]
 */
export function topk(x: TensorLike, k: number, options: TopkOptions = {}): Topk {
  checkOptions('topk', options, ['axis', 'largest', 'sorted']);
  const t = toTensor(x, 'topk');
  const n = t.shape[normalizeAxis('topk', options.axis ?? -1, t.ndim)]!;
  if (!Number.isInteger(k) || k < 0 || k > n)
    throw new UsageError('topk', 'k must be an integer from 0 to the length of the axis', `k = ${k}, x ${showShape(t.shape)}`);
  const { moved, order, back } = ordered('topk', t, { axis: options.axis ?? -1, descending: options.largest ?? true }, k);
  return { values: back(gather(moved, order, { axis: -1 })), indices: back(order) };
}

/** The weighted mean of two elements, exact where they are equal, and where they are infinite. */
function between(low: Tensor, high: Tensor, weight: Tensor | number): Tensor {
  const gap = excused(() => sub(high, low));
  const rest = sub(1, weight);
  const near = excused(() => add(low, mul(gap, weight)));
  return where(isFinite(gap), near, add(gmul(low, rest), gmul(high, weight)));
}

function quantiles(op: string, x: TensorLike, q: number | readonly number[], options: ReduceOptions): Tensor {
  const given = toTensor(x, op);
  const t = isFloat(given.dtype) ? given : cast(given, 'float64');
  const { axes, keepdims } = reduceAttrs(op, t, options);
  notEmpty(op, t, axes);
  const kept = [...t.shape.keys()].filter((a) => !axes.includes(a));
  const shape = kept.map((a) => t.shape[a]!);
  const n = sizeOf(axes.map((a) => t.shape[a]!));
  const sorted = sort(reshape(transpose(t, [...kept, ...axes]), [...shape, n]));
  const many = typeof q !== 'number';
  const places = (many ? q : [q]).map((p) => p * (n - 1));
  const at = (indices: readonly number[]): Tensor => take(sorted, tensor(Int32Array.from(indices)), { axis: -1 });
  const weights = tensor(
    places.map((p) => p - Math.floor(p)),
    { dtype: t.dtype, shape: [places.length] },
  );
  const found = between(at(places.map(Math.floor)), at(places.map(Math.ceil)), weights);
  // NaN is the last: what holds one has no quantile
  const last = at([n - 1]);
  const front = transpose(where(isNaN(last), last, found), [shape.length, ...shape.keys()]);
  return reshape(front, [...(many ? [q.length] : []), ...(keepdims ? keepAsOnes(t.shape, axes) : shape)]);
}

/**
 * Quantiles over axes (all when left out): the element at place q·(n − 1) of the sorted ones, between two of them their weighted mean
 * (method 'linear' of NumPy). A list of q gives one more axis, the first. Rows with NaN give NaN.
 * @throws UsageError unless every q is in [0, 1]; ShapeError for an empty axis.
 * @see numpy.quantile
 * @example
 * quantile([1, 2, 3, 4], 0.5); // → 2.5
 * quantile([[1, 2, 3], [4, 5, 6]], [0, 0.25], { axis: 1 }); // → [[1, 4], [1.5, 4.5]]
 */
export function quantile(x: TensorLike, q: number | readonly number[], options: ReduceOptions = {}): Tensor {
  checkOptions('quantile', options, ['axis', 'keepdims']);
  const t = toTensor(x, 'quantile');
  for (const p of typeof q === 'number' ? [q] : checkedList(q))
    if (typeof p !== 'number' || !(p >= 0 && p <= 1)) throw new UsageError('quantile', 'q must be in [0, 1]', String(p));
  return quantiles('quantile', t, q, options);
}

function checkedList(q: readonly number[]): readonly number[] {
  const isList: boolean = Array.isArray(q);
  if (!isList) throw new UsageError('quantile', 'q must be a number or a list of numbers', `got ${typeof q}`);
  if (q.length === 0) throw new ShapeError('quantile', 'the list of q is empty');
  return q;
}

/**
 * Median over axes (all when left out): the middle element; of an even number the mean of the two in the middle, as in NumPy (PyTorch takes
 * the smaller of them). Rows with NaN give NaN. The gradient goes to the elements in the middle.
 * @throws ShapeError for an empty axis.
 * @example
 * median([3, 1, 2]); // → 2
 * median([[4, 1, 3, 2], [8, 6, 7, 5]], { axis: 1 }); // → [2.5, 6.5]
 */
export function median(x: TensorLike, options: ReduceOptions = {}): Tensor {
  checkOptions('median', options, ['axis', 'keepdims']);
  return quantiles('median', x, 0.5, options);
}
