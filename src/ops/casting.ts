/**
 * @file Other types, and constants of the derivative.
 */
import { convert, type TensorLike, toTensor } from '../graph/create.js';
import { type DType, isDType, isFloat } from '../graph/dtype.js';
import { DTypeError } from '../graph/errors.js';
import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type Op, reals, sameDType } from './define.js';
import { someShape } from './samples.js';

const castOp: Op<['x'], { dtype: DType }> = defineOp({
  name: 'cast',
  inputs: ['x'],
  doc: 'x in another float type',
  shape: ([x]) => x!.shape,
  dtype: (_, { dtype }) => dtype,
  kernel: ([x], out) => out.data.set(x!.data),
  vjp: { x: ({ g, x }) => (isFloat(x.dtype) ? cast(g, x.dtype) : g) },
  batch: ([x], attrs) => castOp(x!, attrs),
  sample: (draw) => ({ inputs: [draw.values(someShape(draw), reals)], attrs: { dtype: 'float64' } }),
});

const truncateOp: Op<['x'], { dtype: DType }> = defineOp({
  name: 'truncate',
  inputs: ['x'],
  doc: 'x as int32 (rounded towards 0) or bool (x ≠ 0)',
  shape: ([x]) => x!.shape,
  dtype: (_, { dtype }) => dtype,
  kernel: ([x], out, { dtype }) => out.data.set(convert(x!.data, dtype, 'cast')),
  vjp: { x: 'zero' },
  batch: ([x], attrs) => truncateOp(x!, attrs),
  sample: (draw) => ({ inputs: [draw.values(someShape(draw), reals)], attrs: { dtype: draw.pick(['int32', 'bool'] as const) } }),
});

/**
 * x in another dtype. To int32 it rounds towards 0, to bool it asks x ≠ 0; both have gradient 0.
 * @throws DTypeError for an unknown dtype, and for numbers that int32 cannot hold: it never wraps.
 * @example
 * cast([1.7, -1.7], 'int32'); // → [1, -1]
 */
export function cast(x: TensorLike, dtype: DType): Tensor {
  const t = toTensor(x, 'cast');
  if (!isDType(dtype)) throw new DTypeError('cast', `unknown dtype '${String(dtype)}'`, undefined, 'float64, float32, int32 or bool');
  if (t.dtype === dtype) return t;
  return isFloat(dtype) ? castOp(t, { dtype }) : truncateOp(t, { dtype });
}

const stopGradientOp: Op<['x']> = defineOp({
  name: 'stopGradient',
  inputs: ['x'],
  doc: 'x as a constant',
  view: true,
  shape: ([x]) => x!.shape,
  dtype: sameDType,
  kernel: ([x], out) => out.data.set(x!.data),
  vjp: { x: 'zero' },
  batch: ([x]) => stopGradientOp(x!),
  sample: (draw) => ({ inputs: [draw.values(someShape(draw), reals)], attrs: undefined }),
});

/**
 * x as a constant: the value stays, gradients stop.
 * @example
 * grad((x) => mul(x, stopGradient(x)))(3); // → 3
 */
export function stopGradient<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return stopGradientOp(toTensor(x, 'stopGradient')) as Tensor<S>;
}
