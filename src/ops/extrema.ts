/**
 * @file Largest and smallest elements, and where they are.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions } from '../graph/errors.js';
import { type Axes, keepAsOnes, type Shape } from '../graph/shape.js';
import type { FitsAxes, Reduced } from '../graph/axis-types.js';
import type { Tensor } from '../graph/tensor.js';
import { argExtremum, extremumTo } from '../kernels/reduce.js';
import { type AxisOptions, lastAxis } from './along.js';
import { div } from './arithmetic.js';
import { defineOp, distinct, type Op, sameDType } from './define.js';
import { eq, isNaN, logicalOr, where } from './logic.js';
import { someRows } from './samples.js';
import { behindLead, notEmpty, reduceAttrs, type ReduceAttrs, reducedShape, type ReduceOptions, sampleAxes, spread, sum } from './sum.js';

function extremum(name: 'max' | 'min', sign: 1 | -1): Op<['x'], ReduceAttrs> {
  const op: Op<['x'], ReduceAttrs> = defineOp({
    name,
    inputs: ['x'],
    doc: `${name === 'max' ? 'largest' : 'smallest'} element over axes; ties share the gradient evenly`,
    shape: ([x], attrs) => reducedShape(x!.shape, attrs),
    dtype: sameDType,
    kernel: ([x], out, { axes }) => extremumTo(x!, { data: out.data, shape: keepAsOnes(x!.shape, axes) }, sign),
    vjp: {
      x: ({ g, x, out, attrs: { axes } }) => {
        const winners = logicalOr(eq(x, spread(out, axes, x.shape)), isNaN(x)); // NaN wins, and keeps its gradient
        const count = sum(winners, { axis: axes, keepdims: out.ndim === x.ndim });
        return where(winners, spread(div(g, count), axes, x.shape), 0);
      },
    },
    batch: ([x], attrs) => op(x!, behindLead(attrs)),
    sample: (draw) => {
      const shape = Array.from({ length: draw.int(1, 3) }, () => draw.int(1, 3));
      return { inputs: [draw.values(shape, distinct)], attrs: sampleAxes(draw, shape.length) };
    },
    errors: [{ call: () => reduceExtremum(name, op, [], {}), message: new RegExp(`^${name}: an empty axis has no value: \\[0\\]`) }],
  });
  return op;
}

function reduceExtremum(name: string, op: Op<['x'], ReduceAttrs>, x: TensorLike, options: ReduceOptions | undefined): Tensor {
  const t = toTensor(x, name);
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
export function max<S extends Shape, const A extends Axes | undefined = undefined, K extends boolean = false>(
  x: TensorLike<S>,
  options: (ReduceOptions<A, K> & FitsAxes<S, A>) | undefined,
): Tensor<Reduced<S, A, K>>;
export function max(x: TensorLike): Tensor<readonly []>;
export function max(x: TensorLike, options?: ReduceOptions): Tensor {
  return reduceExtremum('max', maxOp, x, options);
}

/** Another name of `max`, for those who write `max` for two operands. */
export const amax: typeof max = max;

/**
 * Smallest element over axes (all when left out): values, not indices. Ties share the gradient evenly; NaN wins.
 * @throws ShapeError for an empty axis.
 * @example
 * min([[1, 5], [3, 2]], { axis: 1 }); // → [1, 2]
 */
export function min<S extends Shape, const A extends Axes | undefined = undefined, K extends boolean = false>(
  x: TensorLike<S>,
  options: (ReduceOptions<A, K> & FitsAxes<S, A>) | undefined,
): Tensor<Reduced<S, A, K>>;
export function min(x: TensorLike): Tensor<readonly []>;
export function min(x: TensorLike, options?: ReduceOptions): Tensor {
  return reduceExtremum('min', minOp, x, options);
}

function argument(name: 'argmax' | 'argmin', sign: 1 | -1): Op<['x']> {
  const op: Op<['x']> = defineOp({
    name,
    inputs: ['x'],
    doc: `index of the first ${sign === 1 ? 'largest' : 'smallest'} element of the last axis`,
    shape: ([x]) => x!.shape.slice(0, -1),
    dtype: () => 'int32',
    kernel: ([x], out) => argExtremum(x!, out, sign),
    vjp: { x: null },
    batch: ([x]) => op(x!),
    sample: (draw) => ({ inputs: [draw.values(someRows(draw), distinct)], attrs: undefined }),
  });
  return op;
}

const argmaxOp = argument('argmax', 1);

const argminOp = argument('argmin', -1);

function argumentAlong(name: string, op: Op<['x']>, x: TensorLike, options: AxisOptions | undefined): Tensor {
  checkOptions(name, options, ['axis']);
  const t = toTensor(x, name);
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
export function argmax<S extends Shape, A extends number>(
  x: TensorLike<S>,
  options: (AxisOptions<A> & FitsAxes<S, A>) | undefined,
): Tensor<Reduced<S, A, false>>;
export function argmax<S extends Shape>(x: TensorLike<S>): Tensor<Reduced<S, -1, false>>;
export function argmax(x: TensorLike, options?: AxisOptions): Tensor {
  return argumentAlong('argmax', argmaxOp, x, options);
}

/**
 * Index of the smallest element along an axis (default the last); the first of equals. int32, and not differentiable.
 * @throws ShapeError for an empty axis.
 * @example
 * argmin([[1, 5], [3, 2]]); // → [0, 1]
 */
export function argmin<S extends Shape, A extends number>(
  x: TensorLike<S>,
  options: (AxisOptions<A> & FitsAxes<S, A>) | undefined,
): Tensor<Reduced<S, A, false>>;
export function argmin<S extends Shape>(x: TensorLike<S>): Tensor<Reduced<S, -1, false>>;
export function argmin(x: TensorLike, options?: AxisOptions): Tensor {
  return argumentAlong('argmin', argminOp, x, options);
}
