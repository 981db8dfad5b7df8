/**
 * @file Reading and writing at indices. Instead of `a[i] = x` there is `scatterAdd` and `where`: tensors are immutable.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import type { DType } from '../graph/dtype.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { normalizeAxis, type Shape, showShape, sizeOf } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { addRows, gatherAlong, oneHotRows, scatterAlong, takeRows } from '../kernels/indexing.js';
import { everywhere } from './batching.js';
import { defineOp, type Domain, type Draw, type Lead, type Op, reals, sameDType } from './define.js';
import { add } from './arithmetic.js';
import { broadcastTo, expandDims, reshape, transpose } from './shaping.js';

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
  batch: ([x, indices], { axis }, lead) => takeOfEach(x!, indices!, axis, lead),
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
  batch: (inputs, { axis, shape }, lead) => indexAddOfEach(inputs, axis, shape, lead),
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
  batch: (inputs, attrs, lead) => {
    const [x, indices] = everywhere(inputs, lead);
    return gatherOp(x!, indices!, { ...attrs, axis: attrs.axis + 1 });
  },
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
  batch: (inputs, { axis, shape }, lead) => {
    const [x, indices] = everywhere(inputs, lead);
    return scatterOp(x!, indices!, { axis: axis + 1, shape: [lead.size, ...shape] });
  },
  sample: (draw) => {
    const shape = shapeWithin(draw);
    const axis = draw.int(0, shape.length - 1);
    const at = shape.map((n, i) => (i === axis ? draw.int(1, 3) : n));
    return { inputs: [draw.values(at, reals), draw.values(at, below(shape[axis]!))], attrs: { axis, shape } };
  },
});

/** Axes 1 … m behind axes m + 1 … m + n, axis 0 where it is. */
function exchanged(x: Tensor, m: number, n: number): Tensor {
  const rest = [...x.shape.keys()].slice(m + n + 1);
  return transpose(x, [0, ...Array.from({ length: n }, (_, i) => m + 1 + i), ...Array.from({ length: m }, (_, i) => 1 + i), ...rest]);
}

/** Indices of every example, each for a whole row of `width` elements. */
function alongRows(indices: Tensor, width: number): Tensor {
  const at = reshape(indices, [indices.shape[0]!, -1, 1]);
  return broadcastTo(at, [at.shape[0], at.shape[1], width]);
}

/** `take` where x, the indices or both have a leading axis of examples. */
function takeOfEach(x: Tensor, indices: Tensor, axis: number, { size, mapped }: Lead): Tensor {
  if (mapped[1] !== true) return takeOp(x, indices, { axis: axis + 1 });
  if (mapped[0] !== true) {
    const taken = takeOp(x, indices, { axis });
    return transpose(taken, [axis, ...[...taken.shape.keys()].filter((a) => a !== axis)]);
  }
  const first = exchanged(x, axis, 1);
  const outside = first.shape.slice(2);
  const width = sizeOf(outside);
  const at = alongRows(indices, width);
  const rows = gatherOp(reshape(first, [size, first.shape[1]!, width]), at, { axis: 1, op: 'take', what: 'indices' });
  return exchanged(reshape(rows, [...indices.shape, ...outside]), indices.ndim - 1, axis);
}

/** `indexAdd` likewise. */
function indexAddOfEach(inputs: readonly Tensor[], axis: number, shape: Shape, lead: Lead): Tensor {
  const { size, mapped } = lead;
  const [x, indices] = everywhere(inputs, lead) as [Tensor, Tensor];
  if (mapped[1] !== true) return indexAddOp(x, inputs[1]!, { axis: axis + 1, shape: [size, ...shape] });
  const count = indices.ndim - 1;
  const first = exchanged(x, axis, count);
  const outside = first.shape.slice(count + 1);
  const width = sizeOf(outside);
  const at = alongRows(indices, width);
  const rows = scatterOp(reshape(first, at.shape), at, { axis: 1, shape: [size, shape[axis]!, width] });
  return exchanged(reshape(rows, [size, shape[axis]!, ...outside]), 1, axis);
}

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
  batch: ([labels], attrs) => oneHotOp(labels!, attrs),
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
