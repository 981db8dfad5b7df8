/**
 * @file Linear recurrences: running sums and products, and the product of all.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions } from '../graph/errors.js';
import { type Axes, keepAsOnes, type Shape, sizeOf } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { recurrenceRows } from '../kernels/reduce.js';
import type { FitsAxes, Reduced } from '../graph/axis-types.js';
import { type AxisOptions, lastAxis } from './along.js';
import { mul } from './arithmetic.js';
import { everywhere } from './batching.js';
import { full } from './create.js';
import { defineOp, floatOf, type Op, reals } from './define.js';
import { reshape, transpose } from './shaping.js';
import { concat, flip, slice } from './slicing.js';
import { someRows } from './samples.js';
import { reduceAttrs, type ReduceOptions } from './sum.js';

const recurrenceOp: Op<['a', 'b']> = defineOp({
  name: 'recurrence',
  inputs: ['a', 'b'],
  doc: 's_k = a_k·s_{k−1} + b_k along the last axis, s_{−1} = 0',
  shape: ([, b]) => b!.shape,
  dtype: ([a, b]) => floatOf([a!.dtype === 'float64' ? a! : b!]),
  kernel: ([a, b], out) => recurrenceRows(a!, b!, out),
  // the cotangent of b obeys the same recurrence backwards: r_k = g_k + a_{k+1}·r_{k+1}; that of a_k is r_k·s_{k−1}
  vjp: {
    a: ({ g, a, out }) => mul(backwards(a, g), shifted(out)),
    b: ({ g, a }) => backwards(a, g),
  },
  batch: (inputs, _, lead) => recurrenceOp(...(everywhere(inputs, lead) as [Tensor, Tensor])),
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
export function cumsum<S extends Shape, A extends number>(
  x: TensorLike<S>,
  options: (AxisOptions<A> & FitsAxes<S, A>) | undefined,
): Tensor<S>;
export function cumsum<S extends Shape>(x: TensorLike<S>): Tensor<S>;
export function cumsum(x: TensorLike, options?: AxisOptions): Tensor {
  checkOptions('cumsum', options, ['axis']);
  const { moved, back } = lastAxis('cumsum', toTensor(x, 'cumsum'), options?.axis ?? -1);
  return back(recurrenceOp(full(moved.shape, 1, { dtype: moved.dtype }), moved));
}

/**
 * Running product along an axis (default the last); its gradients are right at zeros.
 * @example
 * cumprod([2, 0, 3]); // → [2, 0, 0]
 */
export function cumprod<S extends Shape, A extends number>(
  x: TensorLike<S>,
  options: (AxisOptions<A> & FitsAxes<S, A>) | undefined,
): Tensor<S>;
export function cumprod<S extends Shape>(x: TensorLike<S>): Tensor<S>;
export function cumprod(x: TensorLike, options?: AxisOptions): Tensor {
  checkOptions('cumprod', options, ['axis']);
  const { moved, back } = lastAxis('cumprod', toTensor(x, 'cumprod'), options?.axis ?? -1);
  const first = slice(moved, [...moved.shape.slice(0, -1).map(() => []), [0, 1]]);
  const rest = full([...moved.shape.slice(0, -1), Math.max(0, moved.shape[moved.ndim - 1]! - 1)], 0, { dtype: moved.dtype });
  return back(recurrenceOp(moved, concat([first, rest], { axis: -1 })));
}

/**
 * Product over axes (all when left out); its gradients are right at zeros.
 * @example
 * prod([0.9, 0.1, 0.01]); // → 0.0009
 */
export function prod<S extends Shape, const A extends Axes | undefined = undefined, K extends boolean = false>(
  x: TensorLike<S>,
  options: (ReduceOptions<A, K> & FitsAxes<S, A>) | undefined,
): Tensor<Reduced<S, A, K>>;
export function prod(x: TensorLike): Tensor<readonly []>;
export function prod(x: TensorLike, options?: ReduceOptions): Tensor {
  const t = toTensor(x, 'prod');
  const { axes, keepdims } = reduceAttrs('prod', t, options);
  const kept = [...t.shape.keys()].filter((a) => !axes.includes(a));
  const n = sizeOf(axes.map((a) => t.shape[a]!));
  const shape = kept.map((a) => t.shape[a]!);
  const rows = reshape(transpose(t, [...kept, ...axes]), [...shape, n]);
  const out =
    n === 0 ? full(shape, 1, { dtype: floatOf([t]) }) : reshape(slice(cumprod(rows), [...shape.map(() => []), [-1, null]]), shape);
  return keepdims ? reshape(out, keepAsOnes(t.shape, axes)) : out;
}
