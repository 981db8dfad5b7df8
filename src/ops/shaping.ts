/**
 * @file The same elements under other axes: shapes, orders, broadcast lengths.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { ShapeError, UsageError } from '../graph/errors.js';
import type { Expanded, FitsExpand, FitsSqueeze, FitsTranspose, Squeezed, Transposed } from '../graph/axis-types.js';
import type { FitsBroadcastTo, FitsReshape, Reshaped } from '../graph/shape-types.js';
import {
  type Axes,
  broadcastShapes,
  checkShape,
  normalizeAxes,
  normalizeAxis,
  sameShape,
  type Shape,
  showShape,
  sizeOf,
} from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { expand } from '../kernels/elementwise.js';
import { permute } from '../kernels/movement.js';
import { defineOp, type Op, reals, sameDType } from './define.js';
import { someShape } from './samples.js';
import { sumToShape } from './sum.js';

const reshapeOp: Op<['x'], { shape: Shape }> = defineOp({
  name: 'reshape',
  inputs: ['x'],
  doc: 'the same elements in another shape',
  view: true,
  shape: (_, { shape }) => shape,
  dtype: sameDType,
  kernel: ([x], out) => out.data.set(x!.data),
  vjp: { x: ({ g, x }) => reshape(g, x.shape) },
  batch: ([x], { shape }, { size }) => reshape(x!, [size, ...shape]),
  sample: (draw) => {
    const shape = someShape(draw);
    return { inputs: [draw.values(shape, reals)], attrs: { shape: draw.pick([[sizeOf(shape)], [1, ...shape], [...shape].reverse()]) } };
  },
  errors: [{ call: () => reshape([1, 2, 3], [2, 2]), message: /^reshape: \[3\] has 3 elements, \[2,2\] needs 4$/ }],
});

/**
 * The same elements in another shape; one length may be −1.
 * @throws ShapeError when the number of elements differs.
 * @example
 * reshape([1, 2, 3, 4], [2, -1]); // → [[1, 2], [3, 4]]
 */
export function reshape<S extends Shape, const To extends Shape>(x: TensorLike<S>, shape: To & FitsReshape<S, To>): Tensor<Reshaped<S, To>>;
export function reshape(x: TensorLike, shape: Shape): Tensor {
  const t = toTensor(x, 'reshape');
  const isList: boolean = Array.isArray(shape); // asked without narrowing: lists of any kind are shapes
  if (!isList) throw new ShapeError('reshape', 'a shape is an array of axis lengths', `got ${String(shape)}`);
  const known = shape.filter((n) => n !== -1);
  const free = shape.length - known.length;
  checkShape('reshape', known);
  if (free > 1) throw new UsageError('reshape', 'only one length may be -1', showShape(shape));
  const rest = sizeOf(t.shape) / sizeOf(known);
  if (free === 1 ? !Number.isInteger(rest) : rest !== 1 && sizeOf(known) !== t.size) {
    throw new ShapeError(
      'reshape',
      `${showShape(t.shape)} has ${t.size} elements, ${showShape(shape)} needs ${free ? `a multiple of ${sizeOf(known)}` : sizeOf(known)}`,
    );
  }
  const target = shape.map((n) => (n === -1 ? rest : n));
  return sameShape(target, t.shape) ? t : reshapeOp(t, { shape: target });
}

const transposeOp: Op<['x'], { perm: readonly number[] }> = defineOp({
  name: 'transpose',
  inputs: ['x'],
  doc: 'axes in another order: out axis i is axis perm[i] of x',
  shape: ([x], { perm }) => perm.map((p) => x!.shape[p]!),
  dtype: sameDType,
  kernel: ([x], out, { perm }) => permute(x!, out, perm),
  vjp: { x: ({ g, attrs }) => transpose(g, inverse(attrs.perm)) },
  batch: ([x], { perm }) => transpose(x!, [0, ...perm.map((p) => p + 1)]),
  sample: (draw) => {
    const x = draw.values(someShape(draw, 1), reals);
    const axes = x.shape.map((_, i) => i);
    return { inputs: [x], attrs: { perm: draw.pick([axes, [...axes].reverse(), [...axes.slice(1), 0]]) } };
  },
  errors: [{ call: () => transpose([[1, 2]], [0, 0]), message: /^transpose: \[0,0\] is no permutation of 2 axes/ }],
});

function inverse(perm: readonly number[]): number[] {
  const out = new Array<number>(perm.length);
  perm.forEach((p, i) => (out[p] = i));
  return out;
}

/**
 * Axes in another order: axis i of the result is axis perm[i] of x; reversed when perm is left out.
 * @throws ShapeError when perm is no permutation of the axes.
 * @example
 * transpose([[1, 2, 3], [4, 5, 6]]); // → [[1, 4], [2, 5], [3, 6]]
 */
export function transpose<S extends Shape, const P extends Shape | undefined = undefined>(
  x: TensorLike<S>,
  perm?: P & FitsTranspose<S, P>,
): Tensor<Transposed<S, P>>;
export function transpose(x: TensorLike, perm?: readonly number[]): Tensor {
  const t = toTensor(x, 'transpose');
  const order = (perm ?? t.shape.map((_, i) => t.ndim - 1 - i)).map((p) => normalizeAxis('transpose', p, t.ndim));
  if (new Set(order).size !== t.ndim || order.length !== t.ndim)
    throw new ShapeError('transpose', `${showShape(perm ?? [])} is no permutation of ${t.ndim} axes`, undefined, 'name each axis once');
  return order.every((p, i) => p === i) ? t : transposeOp(t, { perm: order });
}

const broadcastToOp: Op<['x'], { shape: Shape }> = defineOp({
  name: 'broadcastTo',
  inputs: ['x'],
  doc: 'x repeated along new axes and axes of length 1',
  repeats: true,
  shape: (_, { shape }) => shape,
  dtype: sameDType,
  kernel: ([x], out) => expand(x!, out),
  vjp: { x: ({ g, x }) => sumToShape(g, x.shape) },
  batch: ([x], { shape }, { size }) => {
    const added = Array<number>(shape.length + 1 - x!.ndim).fill(1);
    return broadcastTo(reshape(x!, [size, ...added, ...x!.shape.slice(1)]), [size, ...shape]);
  },
  sample: (draw) => {
    const shape = someShape(draw);
    const from = shape.slice(draw.int(0, shape.length)).map((n) => draw.pick([n, 1]));
    return { inputs: [draw.values(from, reals)], attrs: { shape } };
  },
  errors: [{ call: () => broadcastTo([1, 2], [3]), message: /^broadcastTo: \[2\] does not broadcast to \[3\]/ }],
});

/**
 * x repeated to a larger shape by NumPy's rule.
 * @throws ShapeError when x does not broadcast to the shape.
 * @example
 * broadcastTo([1, 2], [2, 2]); // → [[1, 2], [1, 2]]
 */
export function broadcastTo<S extends Shape, const To extends Shape>(x: TensorLike<S>, shape: To & FitsBroadcastTo<S, To>): Tensor<To>;
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  const t = toTensor(x, 'broadcastTo');
  checkShape('broadcastTo', shape);
  let fits = true;
  try {
    fits = sameShape(broadcastShapes('broadcastTo', t.shape, shape), shape);
  } catch {
    fits = false;
  }
  if (!fits)
    throw new ShapeError(
      'broadcastTo',
      `${showShape(t.shape)} does not broadcast to ${showShape(shape)}`,
      undefined,
      'only axes of length 1, and axes in front, can grow',
    );
  return sameShape(t.shape, shape) ? t : broadcastToOp(t, { shape: [...shape] });
}

/**
 * A new axis of length 1 before position `axis` (−1: at the end).
 * @throws ShapeError when the axis is out of range.
 * @example
 * expandDims([1, 2], -1).shape; // → [2, 1]
 */
export function expandDims<S extends Shape, A extends number>(x: TensorLike<S>, axis: A & FitsExpand<S, A>): Tensor<Expanded<S, A>>;
export function expandDims(x: TensorLike, axis: number): Tensor {
  const t = toTensor(x, 'expandDims');
  const at = normalizeAxis('expandDims', axis, t.ndim + 1);
  return reshape(t, [...t.shape.slice(0, at), 1, ...t.shape.slice(at)]);
}

/**
 * Without axes of length 1: all of them, or the given ones.
 * @throws ShapeError when a given axis has another length.
 * @example
 * squeeze([[[1], [2]]]); // → [1, 2]
 */
export function squeeze<S extends Shape, const A extends Axes | undefined = undefined>(
  x: TensorLike<S>,
  axis?: A & FitsSqueeze<S, A>,
): Tensor<Squeezed<S, A>>;
export function squeeze(x: TensorLike, axis?: Axes): Tensor {
  const t = toTensor(x, 'squeeze');
  const axes = axis === undefined ? t.shape.flatMap((n, i) => (n === 1 ? [i] : [])) : normalizeAxes('squeeze', axis, t.ndim);
  for (const a of axes)
    if (t.shape[a] !== 1)
      throw new ShapeError('squeeze', `axis ${a} has length ${t.shape[a]}`, showShape(t.shape), 'only axes of length 1 can go');
  return reshape(
    t,
    t.shape.filter((_, i) => !axes.includes(i)),
  );
}
