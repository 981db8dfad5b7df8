/**
 * @file Other names that users of PyTorch and NumPy write first.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { ShapeError } from '../graph/errors.js';
import { normalizeAxis, type Shape, showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { clip } from './arithmetic.js';
import { take } from './indexing.js';
import { isFinite, isNaN } from './logic.js';
import { matmul } from './matmul.js';
import { expandDims, reshape, transpose } from './shaping.js';
import { concat } from './slicing.js';

/** Another name of `variance`, divided by n − ddof with ddof 0 as in NumPy (PyTorch divides by n − 1: ddof 1). */
export { variance as var } from './statistics.js';

/** Another name of `reshape`. Tensors are immutable, so that nobody can tell a view from a copy. */
export const view: (x: TensorLike, shape: Shape) => Tensor = reshape;

/** Another name of `transpose` with an order of axes. */
export const permute: (x: TensorLike, perm: readonly number[]) => Tensor = transpose;

/** Another name of `expandDims`. */
export const unsqueeze: (x: TensorLike, axis: number) => Tensor = expandDims;

/** Another name of `concat`. */
export const cat: (xs: readonly TensorLike[], options?: { axis?: number }) => Tensor = concat;

/** Another name of `clip`. */
export const clamp: (x: TensorLike, lo: TensorLike, hi: TensorLike) => Tensor = clip;

/** Another name of `take`: slices of x at indices along an axis (default 0). */
export const indexSelect: (x: TensorLike, indices: TensorLike, options?: { axis?: number }) => Tensor = take;

/** Another name of `isNaN`. */
export const isnan: (x: TensorLike) => Tensor = isNaN;

/** Another name of `isFinite`. */
export const isfinite: (x: TensorLike) => Tensor = isFinite;

/**
 * x with two axes exchanged.
 * @throws ShapeError when an axis is out of range.
 * @example
 * swapaxes([[1, 2, 3]], 0, 1); // → [[1], [2], [3]]
 */
export function swapaxes(x: TensorLike, axis1: number, axis2: number): Tensor {
  const t = toTensor(x, 'swapaxes');
  const [a, b] = [normalizeAxis('swapaxes', axis1, t.ndim), normalizeAxis('swapaxes', axis2, t.ndim)];
  return transpose(t, [...t.shape.keys()].map((i) => (i === a ? b : i === b ? a : i))); // prettier-ignore
}

/**
 * Products of two batches of matrices, [b, m, k] · [b, k, n]; unlike `matmul` it broadcasts nothing.
 * @throws ShapeError unless both have three axes and the same first one.
 * @example
 * bmm([[[1, 2]]], [[[3], [4]]]); // → [[[11]]]
 */
export function bmm(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = [toTensor(a, 'bmm'), toTensor(b, 'bmm')];
  if (x.ndim !== 3 || y.ndim !== 3 || x.shape[0] !== y.shape[0])
    throw new ShapeError('bmm', 'needs two batches of as many matrices', `a ${showShape(x.shape)} · b ${showShape(y.shape)}`, 'use matmul');
  return (matmul as (a: TensorLike, b: TensorLike) => Tensor)(x, y);
}
