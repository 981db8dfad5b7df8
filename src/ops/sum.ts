/**
 * @file The sum, and its other half: summing a cotangent down to the shape that was broadcast.
 */
import { SCALAR, type TensorLike, toTensor } from '../graph/create.js';
import type { DType } from '../graph/dtype.js';
import { checkOptions, ShapeError } from '../graph/errors.js';
import { type Axes, dropAxes, keepAsOnes, normalizeAxes, sameShape, type Shape, showShape, stridesOf } from '../graph/shape.js';
import type { FitsAxes, Reduced } from '../graph/axis-types.js';
import type { Tensor } from '../graph/tensor.js';
import { expand } from '../kernels/elementwise.js';
import { sumTo } from '../kernels/reduce.js';
import { defineOp, type Draw, type Op, reals, sameDType, type Typed } from './define.js';

/** Options of reductions. */
export interface ReduceOptions<A extends Axes | undefined = Axes, K extends boolean = boolean> {
  /** Axes to reduce; all of them when left out. */
  axis?: A;
  /** Keep reduced axes with length 1? Default false. */
  keepdims?: K;
}

/** Canonical attributes of a reduction. */
export interface ReduceAttrs {
  readonly axes: readonly number[];
  readonly keepdims: boolean;
}

// The commonest attributes, all axes of a rank, are shared.
const ALL: ReduceAttrs[] = [];

/** Checked options as attributes. */
export function reduceAttrs(op: string, x: Tensor, options: ReduceOptions | undefined): ReduceAttrs {
  if (options === undefined) return (ALL[x.ndim] ??= { axes: normalizeAxes(op, undefined, x.ndim), keepdims: false });
  checkOptions(op, options, ['axis', 'keepdims']);
  return { axes: normalizeAxes(op, options?.axis, x.ndim), keepdims: options?.keepdims === true };
}

/** Throws if a reduced axis is empty: then there is no value. */
export function notEmpty(op: string, x: Tensor, axes: readonly number[]): void {
  if (axes.some((a) => x.shape[a] === 0)) throw new ShapeError(op, 'an empty axis has no value', showShape(x.shape));
}

/** Shape rule of a reduction. */
export function reducedShape(shape: Shape, { axes, keepdims }: ReduceAttrs): Shape {
  if (keepdims) return keepAsOnes(shape, axes);
  return axes.length === shape.length ? SCALAR : dropAxes(shape, axes);
}

/** The same reduction of tensors with one more leading axis. */
export function behindLead({ axes, keepdims }: ReduceAttrs): ReduceAttrs {
  return { axes: axes.map((a) => a + 1), keepdims };
}

/** Some axes of a shape, for samples. */
export function sampleAxes(draw: Draw, rank: number): ReduceAttrs {
  const all = Array.from({ length: rank }, (_, i) => i);
  return {
    axes: draw.pick([all, all.slice(0, 1), all.slice(-1), [all[0], all[rank - 1]].filter((a, i) => i === 0 || a !== all[0]) as number[]]),
    keepdims: draw.pick([true, false]),
  };
}

/** int32 sums are carried in float64 so that nothing wraps; bool counts. */
const sumType = ([x]: readonly Typed[]): DType => (x!.dtype === 'int32' ? 'float64' : x!.dtype === 'bool' ? 'int32' : x!.dtype);

const sumOp: Op<['x'], ReduceAttrs> = defineOp({
  name: 'sum',
  inputs: ['x'],
  doc: 'sum of elements over axes',
  shape: ([x], attrs) => reducedShape(x!.shape, attrs),
  dtype: sumType,
  kernel: ([x], out, { axes }) => sumTo(x!, out.data, axes),
  vjp: { x: ({ g, x, attrs }) => spreadOp(g, { axes: attrs.axes, shape: x.shape }) },
  batch: ([x], attrs) => sumOp(x!, behindLead(attrs)),
  sample: (draw) => {
    const shape = Array.from({ length: draw.int(1, 3) }, () => draw.int(1, 3));
    return { inputs: [draw.values(shape, reals)], attrs: sampleAxes(draw, shape.length) };
  },
  errors: [{ call: () => sum([[1, 2]], { axis: 5 }), message: /^sum: axis 5 is out of range: x has 2 axes$/ }],
});

const spreadOp: Op<['x'], { axes: readonly number[]; shape: Shape }> = defineOp({
  name: 'spread',
  inputs: ['x'],
  doc: 'a reduced tensor repeated over the axes that were reduced: the transpose of sum',
  repeats: true,
  shape: (_, { shape }) => shape,
  dtype: sameDType,
  kernel: ([x], out, { axes, shape }) => expand({ data: x!.data, shape: keepAsOnes(shape, axes) }, out),
  vjp: { x: ({ g, x, attrs }) => sumOp(g, { axes: attrs.axes, keepdims: x.ndim === g.ndim }) },
  batch: ([x], { axes, shape }, { size }) => spreadOp(x!, { axes: axes.map((a) => a + 1), shape: [size, ...shape] }),
  sample: (draw) => {
    const shape = Array.from({ length: draw.int(1, 3) }, () => draw.int(1, 3));
    const attrs = sampleAxes(draw, shape.length);
    return { inputs: [draw.values(reducedShape(shape, attrs), reals)], attrs: { axes: attrs.axes, shape } };
  },
});

/** `x` repeated along `axes` so that it has `shape` again. */
export function spread(x: Tensor, axes: readonly number[], shape: Shape): Tensor {
  return spreadOp(x, { axes, shape });
}

/**
 * Sum over axes (all of them when left out), carried in float64. int32 gives float64, so that nothing wraps; bool counts.
 * @throws ShapeError when an axis is out of range.
 * @example
 * sum([[1, 2], [3, 4]], { axis: 0 }); // → [4, 6]
 */
export function sum<S extends Shape, const A extends Axes | undefined = undefined, K extends boolean = false>(
  x: TensorLike<S>,
  options: (ReduceOptions<A, K> & FitsAxes<S, A>) | undefined,
): Tensor<Reduced<S, A, K>>;
export function sum(x: TensorLike): Tensor<readonly []>;
export function sum(x: TensorLike, options?: ReduceOptions): Tensor {
  const t = toTensor(x, 'sum');
  return sumOp(t, reduceAttrs('sum', t, options));
}

/** The sum of all elements, for callers that count nanoseconds. */
export function total(x: Tensor): Tensor {
  return sumOp(x, reduceAttrs('sum', x, undefined));
}

/** `g` summed down to `shape`: leading axes and axes of length 1 are where it was broadcast. */
export function sumToShape(g: Tensor, shape: Shape): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const lead = g.ndim - shape.length;
  const leading = Array.from({ length: lead }, (_, i) => i);
  const ones = stridesOf(shape).flatMap((_, i) => (shape[i] === 1 && g.shape[i + lead] !== 1 ? [i + lead] : []));
  const inner = ones.length === 0 ? g : sumOp(g, { axes: ones, keepdims: true });
  return lead === 0 ? inner : sumOp(inner, { axes: leading, keepdims: false });
}
