/**
 * @file Largest and smallest elements, and where they are.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions } from '../graph/errors.js';
import { keepAsOnes } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { argExtremum, extremumTo } from '../kernels/reduce.js';
import { type AxisOptions, lastAxis } from './along.js';
import { div } from './arithmetic.js';
import { defineOp, distinct, type Op, sameDType } from './define.js';
import { eq, isNaN, logicalOr, where } from './logic.js';
import { someRows } from './samples.js';
import { notEmpty, reduceAttrs, type ReduceAttrs, reducedShape, type ReduceOptions, sampleAxes, spread, sum } from './sum.js';

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
    shape: ([x]) => x!.shape.slice(0, -1),
    dtype: () => 'int32',
    kernel: ([x], out) => argExtremum(x!, out, sign),
    vjp: { x: null },
    sample: (draw) => ({ inputs: [draw.values(someRows(draw), distinct)], attrs: undefined }),
  });
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
