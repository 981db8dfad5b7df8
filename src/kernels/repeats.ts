/**
 * @file How a broadcast array repeats, so that a stretch of what it is broadcast to can be written without an index for every axis.
 */
import type { TypedArray } from '../graph/dtype.js';
import { type Shape, sizeOf } from '../graph/shape.js';

/** Each of `period` elements `times` times, and all that again and again: a row has times 1, a column a period of all its elements. */
export interface Repeats {
  readonly period: number;
  readonly times: number;
}

/** How `shape` repeats in `full`; null where it does so along axes that lie between its own. */
export function repeatsOf(shape: Shape, full: Shape): Repeats | null {
  const own = full.map((n, i) => n !== 1 && (shape[i - full.length + shape.length] ?? 1) !== 1);
  const [first, end] = [own.indexOf(true), own.lastIndexOf(true) + 1];
  if (own.some((is, i) => i > first && i < end && !is && full[i] !== 1)) return null;
  return first < 0 ? { period: 1, times: sizeOf(full) } : { period: sizeOf(full.slice(first, end)), times: sizeOf(full.slice(end)) };
}

/** Elements of a run from which on the engine's own copy is faster than a loop. */
const LONG = 48;

/** Writes the first `count` elements of `to`: those from `at` on of what `x` repeats to. */
export function writeRepeated(to: TypedArray, x: TypedArray, { period, times }: Repeats, at: number, count: number): void {
  const along = times === 1 ? 1 : 0;
  for (let k = 0; k < count;) {
    const i = at + k;
    const from = Math.floor(i / times) % period;
    const end = Math.min(count, k + (along === 1 ? period - from : times - (i % times)));
    if (end - k < LONG) for (let j = from; k < end; k++, j += along) to[k] = x[j]!;
    else if (along === 1) to.set(x.subarray(from, from + end - k), k);
    else to.fill(x[from]!, k, end);
    k = end;
  }
}
