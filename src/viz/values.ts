/**
 * @file What charts are given, checked: vectors, points and class labels.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import type { TypedArray } from '../graph/dtype.js';
import { DataError, ShapeError, UsageError } from '../graph/errors.js';
import { showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';

/** The class of every point: whole numbers or strings. */
export type ClassLabels = TensorLike | readonly string[];

const MOST_CLASSES = 20;

/** The largest magnitude that is drawn, so that differences and axes do not overflow. */
const LARGEST = 1e300;

/** Throws for the first value that is NaN, infinite or too large. */
export function checkFinite(op: string, what: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]!) > LARGEST && Number.isFinite(values[i]))
      throw new DataError(op, `${what} must not exceed ${LARGEST}`, `${values[i]!} at position ${i}`, 'rescale it first');
    if (!Number.isFinite(values[i])) {
      const hint = 'leave it out or replace it first';
      throw new DataError(op, `${what} must be finite`, `${String(values[i])} at position ${i}`, hint);
    }
  }
}

/** The smallest and the largest of some values. */
export function extent(values: ArrayLike<number>): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  return [low, high];
}

/** The finite numbers of a vector with at least one element. */
export function vectorOf(op: string, what: string, value: TensorLike): TypedArray {
  const t = toTensor(value, op);
  if (t.ndim !== 1) throw new ShapeError(op, `${what} must be a vector`, `got ${showShape(t.shape)}`);
  if (t.size === 0) throw new DataError(op, `${what} is empty`, undefined, 'there is nothing to draw');
  checkFinite(op, what, t.data);
  return t.data;
}

/** A vector of a known length. */
export function vectorBeside(op: string, what: string, value: TensorLike, length: number): TypedArray {
  const values = vectorOf(op, what, value);
  if (values.length !== length) throw new ShapeError(op, `${what} must have one value a point`, `got ${values.length} for ${length}`);
  return values;
}

/** Finite points in the plane, at least one. */
export function pointsOf(op: string, value: TensorLike): Tensor {
  const t = toTensor(value, op);
  if (t.ndim !== 2 || t.shape[1] !== 2) throw new ShapeError(op, 'points must have the shape [N,2]', `got ${showShape(t.shape)}`);
  if (t.shape[0] === 0) throw new DataError(op, 'there are no points', showShape(t.shape), 'there is nothing to draw');
  checkFinite(op, 'points', t.data);
  return t;
}

/** Class labels of a known number of points. */
export function labelsOf(op: string, what: string, value: ClassLabels, length: number): readonly (number | string)[] {
  const found = asStrings(op, what, value) ?? numbersOf(op, what, value as TensorLike);
  if (found.length !== length) throw new ShapeError(op, `${what} must be one a point`, `got ${found.length} for ${length} points`);
  return found;
}

function asStrings(op: string, what: string, value: ClassLabels): readonly string[] | undefined {
  if (!Array.isArray(value) || !value.some((v) => typeof v === 'string')) return undefined;
  const other: unknown = value.find((v) => typeof v !== 'string');
  if (other !== undefined) throw new DataError(op, `${what} are of two types`, `string and ${typeof other}`);
  return value as readonly string[];
}

function numbersOf(op: string, what: string, value: TensorLike): number[] {
  const t = toTensor(value, op);
  if (t.ndim !== 1) throw new ShapeError(op, `${what} must be a vector`, `got ${showShape(t.shape)}`);
  checkFinite(op, what, t.data);
  return Array.from(t.data);
}

/** The different labels: numbers by size, strings by their characters. */
export function classesOf(op: string, labels: readonly (number | string)[]): readonly (number | string)[] {
  const classes = [...new Set(labels)].sort((a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : a < b ? -1 : 1));
  const kinds = new Set(classes.map((c) => typeof c));
  if (kinds.size > 1) throw new DataError(op, 'labels are of two types', [...kinds].join(' and '));
  if (classes.length > MOST_CLASSES) {
    throw new UsageError(op, `at most ${MOST_CLASSES} classes have colours of their own`, `got ${classes.length}`, 'are these labels?');
  }
  return classes;
}
