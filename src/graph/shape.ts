/**
 * @file Shapes as values: sizes, axes, strides and NumPy broadcasting.
 */
import { ShapeError, UsageError } from './errors.js';

/** Lengths of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** One axis, several, or (left out) all. Negative axes count from the end. */
export type Axes = number | readonly number[];

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  let n = 1;
  for (let i = 0; i < shape.length; i++) n *= shape[i]!;
  return n;
}

/** Are two shapes equal? */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** `[2,3]`, as shapes stand in messages. */
export function showShape(shape: Shape): string {
  return `[${shape.join(',')}]`;
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  for (let i = shape.length - 1, s = 1; i >= 0; i--) {
    strides[i] = s;
    s *= shape[i]!;
  }
  return strides;
}

/** Throws unless every entry is a non-negative integer. */
export function checkShape(op: string, shape: Shape): void {
  if (!Array.isArray(shape)) throw new ShapeError(op, 'a shape is an array of axis lengths', `got ${String(shape)}`);
  for (const n of shape as readonly number[]) {
    if (!Number.isInteger(n) || n < 0) throw new ShapeError(op, 'axis lengths are non-negative integers', showShape(shape));
  }
}

/** The non-negative form of `axis`, or a `ShapeError`. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis)) throw new UsageError(op, 'an axis is an integer', `got ${String(axis)}`);
  if (axis < -rank || axis >= rank)
    throw new ShapeError(op, `axis ${axis} is out of range`, `x has ${rank} ${rank === 1 ? 'axis' : 'axes'}`);
  return axis < 0 ? axis + rank : axis;
}

/** Sorted non-negative axes; `undefined` means all of them. A repeated axis throws. */
export function normalizeAxes(op: string, axes: Axes | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof axes === 'number' ? [axes] : [...axes]).map((a) => normalizeAxis(op, a, rank)).sort((p, q) => p - q);
  for (let i = 1; i < list.length; i++)
    if (list[i] === list[i - 1]) throw new UsageError(op, `axis ${list[i]} is given twice`, `[${String(axes)}]`);
  return list;
}

/** NumPy's broadcasting rule: align at the right; lengths are equal, or one of them is 1. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 0; i < rank; i++) {
    const m = a[i - rank + a.length] ?? 1;
    const n = b[i - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError(
        op,
        `cannot broadcast ${showShape(a)} with ${showShape(b)}`,
        `axis ${i} is ${m} and ${n}`,
        'lengths must be equal or 1',
      );
    }
    out[i] = m === 1 ? n : m;
  }
  return out;
}

/** The shape with the given axes set to 1. */
export function keepAsOnes(shape: Shape, axes: readonly number[]): number[] {
  const out = [...shape];
  for (const axis of axes) out[axis] = 1;
  return out;
}

/** The shape without the given axes. */
export function dropAxes(shape: Shape, axes: readonly number[]): number[] {
  return shape.filter((_, i) => !axes.includes(i));
}
