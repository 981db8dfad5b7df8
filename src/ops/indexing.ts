/**
 * @file Reading and writing at indices. Instead of `a[i] = x` there is `scatterAdd` and `where`: tensors are immutable.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import type { DType } from '../graph/dtype.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { normalizeAxis, type Shape, showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { addRows, gatherAlong, oneHotRows, scatterAlong, takeRows } from '../kernels/indexing.js';
import { arange, eye, zeros } from './create.js';
import { defineOp, type Domain, type Draw, type Op, reals, sameDType } from './define.js';
import { add } from './arithmetic.js';
import { eq, ge, le, where } from './logic.js';
import { expandDims, reshape } from './shaping.js';
import { slice } from './slicing.js';

/** Indices below `n`, as samples. */
const below = (n: number): Domain => ({ min: 0, max: n - 1, integers: true });

interface AxisAttrs {
  readonly axis: number;
}

const shapeWithin = (draw: Draw): number[] => Array.from({ length: draw.int(1, 3) }, () => draw.int(1, 3));

const takeOp: Op<['x', 'indices'], AxisAttrs> = defineOp({
  name: 'take',
  inputs: ['x', 'indices'],
  doc: 'slices of x along an axis at integer indices',
  shape: ([x, i], { axis }) => [...x!.shape.slice(0, axis), ...i!.shape, ...x!.shape.slice(axis + 1)],
  dtype: sameDType,
  kernel: ([x, i], out, { axis }) => takeRows(x!, i!, out, axis),
  vjp: { x: ({ g, x, indices, attrs }) => indexAddOp(g, indices, { ...attrs, shape: x.shape }), indices: 'zero' },
  sample: (draw) => {
    const shape = shapeWithin(draw);
    const axis = draw.int(0, shape.length - 1);
    return {
      inputs: [draw.values(shape, reals), draw.values(draw.pick<number[]>([[], [2], [2, 2]]), below(shape[axis]!))],
      attrs: { axis },
    };
  },
  errors: [
    { call: () => take([1, 2], [2]), message: /^take: index 2 is out of range: indices\[0\]: the axis has 2 entries: -2 … 1$/ },
    { call: () => take([1, 2], [0.5]), message: /^take: indices must be integers: indices\[0\] is 0.5$/ },
  ],
});

const indexAddOp: Op<['x', 'indices'], AxisAttrs & { readonly shape: Shape }> = defineOp({
  name: 'indexAdd',
  inputs: ['x', 'indices'],
  doc: 'slices of x added into zeros at integer indices: the transpose of take',
  shape: (_, { shape }) => shape,
  dtype: sameDType,
  kernel: ([x, i], out, { axis }) => addRows(x!, i!, out, axis),
  vjp: { x: ({ g, indices, attrs }) => takeOp(g, indices, { axis: attrs.axis }), indices: 'zero' },
  sample: (draw) => {
    const shape = shapeWithin(draw);
    const axis = draw.int(0, shape.length - 1);
    const count = draw.int(1, 3);
    return {
      inputs: [draw.values([...shape.slice(0, axis), count, ...shape.slice(axis + 1)], reals), draw.values([count], below(shape[axis]!))],
      attrs: { axis, shape },
    };
  },
});

/**
 * Slices of x along an axis (default 0) at integer indices of any shape; negative ones count from the end.
 * @throws DTypeError for indices that are not whole; ShapeError for indices out of range.
 * @example
 * take([[1, 2], [3, 4]], [1, 0, 1]); // → [[3, 4], [1, 2], [3, 4]]
 */
export function take(x: TensorLike, indices: TensorLike, options: { axis?: number } = {}): Tensor {
  checkOptions('take', options, ['axis']);
  const t = toTensor(x, 'take');
  return takeOp(t, toTensor(indices, 'take'), { axis: normalizeAxis('take', options.axis ?? 0, t.ndim) });
}

/** What `gather` checks: axes other than `axis` agree. */
function alongShape(op: string, x: Shape, indices: Shape, axis: number): Shape {
  if (x.length !== indices.length || x.some((n, i) => i !== axis && n !== indices[i])) {
    throw new ShapeError(
      op,
      `indices must have the shape of x except along axis ${axis}`,
      `x ${showShape(x)}, indices ${showShape(indices)}`,
    );
  }
  return indices;
}

interface GatherAttrs extends AxisAttrs {
  /** Names in messages: `pick` speaks of labels. */
  readonly op: string;
  readonly what: 'indices' | 'labels';
}

const gatherOp: Op<['x', 'indices'], GatherAttrs> = defineOp({
  name: 'gather',
  inputs: ['x', 'indices'],
  doc: 'elements of x along an axis at integer indices of the same rank',
  shape: ([x, i], { axis, op }) => alongShape(op, x!.shape, i!.shape, axis),
  dtype: sameDType,
  kernel: ([x, i], out, { axis, op, what }) => gatherAlong(x!, i!, out, axis, op, what),
  vjp: { x: ({ g, x, indices, attrs }) => scatterOp(g, indices, { axis: attrs.axis, shape: x.shape }), indices: 'zero' },
  sample: (draw) => {
    const shape = shapeWithin(draw);
    const axis = draw.int(0, shape.length - 1);
    const at = shape.map((n, i) => (i === axis ? draw.int(1, 3) : n));
    return { inputs: [draw.values(shape, reals), draw.values(at, below(shape[axis]!))], attrs: { axis, op: 'gather', what: 'indices' } };
  },
  errors: [
    { call: () => pick([[1, 2, 3]], [3]), message: /^pick: label 3 is out of range: labels\[0\]: the axis has 3 entries: 0 … 2$/ },
    { call: () => pick([[1, 2, 3]], [1.5]), message: /^pick: labels must be integers: labels\[0\] is 1.5$/ },
  ],
});

const scatterOp: Op<['x', 'indices'], AxisAttrs & { readonly shape: Shape }> = defineOp({
  name: 'scatter',
  inputs: ['x', 'indices'],
  doc: 'elements of x added into zeros at integer indices of the same rank: the transpose of gather',
  shape: (_, { shape }) => shape,
  dtype: sameDType,
  kernel: ([x, i], out, { axis }) => scatterAlong(x!, i!, out, axis),
  vjp: { x: ({ g, indices, attrs }) => gatherOp(g, indices, { axis: attrs.axis, op: 'gather', what: 'indices' }), indices: 'zero' },
  sample: (draw) => {
    const shape = shapeWithin(draw);
    const axis = draw.int(0, shape.length - 1);
    const at = shape.map((n, i) => (i === axis ? draw.int(1, 3) : n));
    return { inputs: [draw.values(at, reals), draw.values(at, below(shape[axis]!))], attrs: { axis, shape } };
  },
});

/**
 * Elements along an axis at indices of the same rank: out[i][j] = x[i][indices[i][j]] for axis 1.
 * @throws DTypeError for indices that are not whole; ShapeError for indices out of range or of another shape.
 * @example
 * gather([[1, 2], [3, 4]], [[1], [0]], { axis: 1 }); // → [[2], [3]]
 */
export function gather(x: TensorLike, indices: TensorLike, options: { axis: number }): Tensor {
  checkOptions('gather', options, ['axis']);
  const t = toTensor(x, 'gather');
  return gatherOp(t, toTensor(indices, 'gather'), { axis: normalizeAxis('gather', options.axis, t.ndim), op: 'gather', what: 'indices' });
}

/**
 * One column per row: x[…, labels[…]] (the score of the right class).
 * @throws DTypeError for labels that are not whole; ShapeError for labels out of range or of another shape.
 * @example
 * pick([[1, 2, 3], [4, 5, 6]], [2, 0]); // → [3, 4]
 */
export function pick(x: TensorLike, labels: TensorLike): Tensor {
  const t = toTensor(x, 'pick');
  const l = toTensor(labels, 'pick');
  const rows = t.shape.slice(0, -1);
  if (t.ndim === 0 || l.ndim !== rows.length || l.shape.some((n, i) => n !== rows[i])) {
    throw new ShapeError('pick', 'needs one label per row', `x ${showShape(t.shape)}, labels ${showShape(l.shape)}`);
  }
  const column = gatherOp(t, expandDims(l, -1), { axis: t.ndim - 1, op: 'pick', what: 'labels' });
  return reshape(column, l.shape);
}

/**
 * x with updates added at indices along an axis (default 0): the transpose of `take`, or of `gather` when indices and updates
 * have the rank of x. Indices that repeat add up.
 * @throws ShapeError when the shapes of indices and updates do not fit.
 * @example
 * scatterAdd([0, 0, 0], [2, 0, 2], [1, 2, 3]); // → [2, 0, 4]
 */
export function scatterAdd(x: TensorLike, indices: TensorLike, updates: TensorLike, options: { axis?: number } = {}): Tensor {
  checkOptions('scatterAdd', options, ['axis']);
  const [t, i, u] = [toTensor(x, 'scatterAdd'), toTensor(indices, 'scatterAdd'), toTensor(updates, 'scatterAdd')];
  const axis = normalizeAxis('scatterAdd', options.axis ?? 0, t.ndim);
  if (i.ndim === t.ndim && u.ndim === t.ndim && t.ndim > 1) {
    alongShape('scatterAdd', t.shape, i.shape, axis);
    alongShape('scatterAdd', i.shape, u.shape, -1);
    return add(t, scatterOp(u, i, { axis, shape: t.shape }));
  }
  const expected = [...t.shape.slice(0, axis), ...i.shape, ...t.shape.slice(axis + 1)];
  if (u.ndim !== expected.length || u.shape.some((n, k) => n !== expected[k])) {
    throw new ShapeError('scatterAdd', 'updates have the wrong shape', `expected ${showShape(expected)}, got ${showShape(u.shape)}`);
  }
  return add(t, indexAddOp(u, i, { axis, shape: t.shape }));
}

const oneHotOp: Op<['labels'], { n: number; dtype: DType }> = defineOp({
  name: 'oneHot',
  inputs: ['labels'],
  doc: 'rows of zeros with a one at each label',
  shape: ([x], { n }) => [...x!.shape, n],
  dtype: (_, { dtype }) => dtype,
  kernel: ([labels], out, { n }) => oneHotRows(labels!, out, n),
  vjp: { labels: 'zero' },
  sample: (draw) => {
    const n = draw.int(1, 4);
    return { inputs: [draw.values(draw.pick<number[]>([[], [3], [2, 2]]), below(n))], attrs: { n, dtype: 'int32' } };
  },
  errors: [{ call: () => oneHot([0, 4], 3), message: /^oneHot: label 4 is out of range: labels\[1\]/ }],
});

/**
 * Rows of n zeros with a one at each label; int32 unless told otherwise, so that it takes the type of what it meets.
 * @throws DTypeError for labels that are not whole; ShapeError for labels outside 0 … n−1.
 * @example
 * oneHot([2, 0], 3); // → [[0, 0, 1], [1, 0, 0]]
 */
export function oneHot(labels: TensorLike, n: number, options: { dtype?: DType } = {}): Tensor {
  checkOptions('oneHot', options, ['dtype']);
  const t = toTensor(labels, 'oneHot');
  if (!Number.isInteger(n) || n < 1) throw new UsageError('oneHot', 'n must be a positive integer', String(n));
  return oneHotOp(t, { n, dtype: options.dtype ?? 'int32' });
}

/** Row index minus column index, as a tensor [rows, columns]. */
function triangle(op: string, x: Tensor, upper: boolean): Tensor {
  if (x.ndim < 2) throw new ShapeError(op, 'needs a matrix', showShape(x.shape));
  const rows = expandDims(arange(x.shape[x.ndim - 2]!), 1);
  const columns = arange(x.shape[x.ndim - 1]!);
  return where(upper ? le(rows, columns) : ge(rows, columns), x, 0);
}

/**
 * The upper triangle of the last two axes, zeros below.
 * @throws ShapeError when x has fewer than two axes.
 * @example
 * triu([[1, 2], [3, 4]]); // → [[1, 2], [0, 4]]
 */
export function triu(x: TensorLike): Tensor {
  return triangle('triu', toTensor(x, 'triu'), true);
}

/**
 * The lower triangle of the last two axes, zeros above.
 * @throws ShapeError when x has fewer than two axes.
 * @example
 * tril([[1, 2], [3, 4]]); // → [[1, 0], [3, 4]]
 */
export function tril(x: TensorLike): Tensor {
  return triangle('tril', toTensor(x, 'tril'), false);
}

/**
 * A vector as a diagonal matrix, or the diagonal of a matrix as a vector.
 * @throws ShapeError for other ranks.
 * @example
 * diag([1, 2]); // → [[1, 0], [0, 2]]
 * diag([[1, 2], [3, 4]]); // → [1, 4]
 */
export function diag(x: TensorLike): Tensor {
  const t = toTensor(x, 'diag');
  if (t.ndim === 1) return where(eq(eye(t.size), 1), t, 0);
  if (t.ndim !== 2) throw new ShapeError('diag', 'needs a vector or a matrix', showShape(t.shape));
  const [m, n] = t.shape as readonly [number, number];
  const length = Math.min(m, n);
  // every (n + 1)-th element of the flattened square part
  return length === 0
    ? zeros([0], { dtype: t.dtype })
    : slice(reshape(slice(t, [[0, length]]), [-1]), [[0, (length - 1) * (n + 1) + 1, n + 1]]);
}
