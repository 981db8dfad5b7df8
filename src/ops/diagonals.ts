/**
 * @file Diagonals and triangles of matrices.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { normalizeAxis, showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { arange, zeros } from './create.js';
import { sub } from './arithmetic.js';
import { eq, ge, le, where } from './logic.js';
import { expandDims, reshape, transpose } from './shaping.js';
import { pad, slice } from './slicing.js';
import { sum } from './sum.js';

/** Options of `triu`, `tril` and `diag`. */
export interface TriangleOptions {
  /** Which diagonal: 0 the main one, above it positive, below it negative. */
  k?: number;
}

/** Options of `diagonal` and `trace`. */
export interface DiagonalOptions {
  /** Which diagonal: 0 the main one, above it positive, below it negative. */
  offset?: number;
  /** The axis of rows; default 0. */
  axis1?: number;
  /** The axis of columns; default 1. */
  axis2?: number;
}

function checkedOffset(op: string, name: string, value: number | undefined): number {
  if (value !== undefined && !Number.isInteger(value)) throw new UsageError(op, `${name} must be an integer`, String(value));
  return value ?? 0;
}

/** Column minus row of every entry, as a tensor [rows, columns]: 0 on the diagonal, positive above it. */
const above = (rows: number, columns: number): Tensor => sub(arange(columns), expandDims(arange(rows), 1));

/** 0 in the type of x, so that the type stays. */
const zero = (x: Tensor): Tensor => zeros([], { dtype: x.dtype });

function triangle(op: 'triu' | 'tril', x: TensorLike, options: TriangleOptions): Tensor {
  checkOptions(op, options, ['k']);
  const t = toTensor(x, op);
  const k = checkedOffset(op, 'k', options.k);
  if (t.ndim < 2) throw new ShapeError(op, 'needs a matrix', showShape(t.shape));
  const place = above(t.shape[t.ndim - 2]!, t.shape[t.ndim - 1]!);
  return where(op === 'triu' ? ge(place, k) : le(place, k), t, zero(t));
}

/**
 * The upper triangle of the last two axes, from diagonal k (default 0) on, zeros below.
 * @throws ShapeError when x has fewer than two axes.
 * @example
 * triu([[1, 2], [3, 4]]); // → [[1, 2], [0, 4]]
 * triu([[1, 2], [3, 4]], { k: 1 }); // → [[0, 2], [0, 0]]
 */
export function triu(x: TensorLike, options: TriangleOptions = {}): Tensor {
  return triangle('triu', x, options);
}

/**
 * The lower triangle of the last two axes, up to diagonal k (default 0), zeros above.
 * @throws ShapeError when x has fewer than two axes.
 * @example
 * tril([[1, 2], [3, 4]]); // → [[1, 0], [3, 4]]
 * tril([[1, 2], [3, 4]], { k: -1 }); // → [[0, 0], [3, 0]]
 */
export function tril(x: TensorLike, options: TriangleOptions = {}): Tensor {
  return triangle('tril', x, options);
}

/** A diagonal of the last two axes: every (n + 1)-th element of the flattened matrix. */
function diagonalOf(x: Tensor, offset: number): Tensor {
  const batch = x.shape.slice(0, -2);
  const [m, n] = x.shape.slice(-2) as [number, number];
  const length = Math.max(0, Math.min(m + Math.min(offset, 0), n - Math.max(offset, 0)));
  const start = length === 0 ? 0 : offset < 0 ? -offset * n : offset;
  const stop = length === 0 ? 0 : start + (length - 1) * (n + 1) + 1;
  return slice(reshape(x, [...batch, m * n]), [...batch.map(() => []), [start, stop, n + 1]]);
}

function diagonalAlong(op: string, x: TensorLike, options: DiagonalOptions): Tensor {
  checkOptions(op, options, ['offset', 'axis1', 'axis2']);
  const t = toTensor(x, op);
  const offset = checkedOffset(op, 'offset', options.offset);
  if (t.ndim < 2) throw new ShapeError(op, 'needs a matrix', showShape(t.shape));
  const [rows, columns] = [options.axis1 ?? 0, options.axis2 ?? 1].map((a) => normalizeAxis(op, a, t.ndim)) as [number, number];
  if (rows === columns) throw new UsageError(op, 'axis1 and axis2 must differ', `both are axis ${rows}`);
  const others = [...t.shape.keys()].filter((a) => a !== rows && a !== columns);
  return diagonalOf(transpose(t, [...others, rows, columns]), offset);
}

/**
 * A diagonal of the matrices on two axes (default 0 and 1), as a new last axis.
 * @throws ShapeError when x has fewer than two axes.
 * @see numpy.diagonal
 * @example
 * diagonal([[1, 2], [3, 4]]); // → [1, 4]
 * diagonal([[1, 2], [3, 4]], { offset: 1 }); // → [2]
 */
export function diagonal(x: TensorLike, options: DiagonalOptions = {}): Tensor {
  return diagonalAlong('diagonal', x, options);
}

/**
 * Sum of a diagonal of the matrices on two axes (default 0 and 1): Σ x_ii.
 * @throws ShapeError when x has fewer than two axes.
 * @see numpy.trace
 * @example
 * tensor([[1, 2], [3, 4]]).trace(); // → 5
 */
export function trace(x: TensorLike, options: DiagonalOptions = {}): Tensor {
  return sum(diagonalAlong('trace', x, options), { axis: -1 });
}

/**
 * A vector as diagonal k (default 0) of a matrix of zeros, or diagonal k of a matrix as a vector.
 * @throws ShapeError for other ranks.
 * @example
 * diag([1, 2]); // → [[1, 0], [0, 2]]
 * diag([[1, 2], [3, 4]]); // → [1, 4]
 */
export function diag(x: TensorLike, options: TriangleOptions = {}): Tensor {
  checkOptions('diag', options, ['k']);
  const t = toTensor(x, 'diag');
  const k = checkedOffset('diag', 'k', options.k);
  if (t.ndim === 2) return diagonalOf(t, k);
  if (t.ndim !== 1) throw new ShapeError('diag', 'needs a vector or a matrix', showShape(t.shape));
  const size = t.size + Math.abs(k);
  // as a row: column j holds the element that stands on the diagonal in this column
  const row = k === 0 ? t : pad(t, [[Math.max(k, 0), Math.max(-k, 0)]]);
  return where(eq(above(size, size), k), row, zero(t));
}
