/**
 * @file Kernels that move elements: permutations of axes, slices and their transposes, joins.
 */
import type { TypedArray } from '../graph/dtype.js';
import { stridesOf } from '../graph/shape.js';
import { type NdArray, type Walk, walk } from './nd.js';

/** One axis of a canonical slice: `count` elements from `start`, `step` apart (step may be negative). */
export interface Span {
  readonly start: number;
  readonly count: number;
  readonly step: number;
}

/** out axis i = x axis perm[i]. */
export function permute(x: NdArray, out: NdArray, perm: readonly number[]): void {
  const strides = stridesOf(x.shape);
  const w = walk(out.shape, [stridesOf(out.shape), perm.map((p) => strides[p]!)]);
  copyPlanes(w, x.data, out.data, 0, 0);
}

/** Elements of a run from which on the engine's own copy is faster than a loop. */
const LONG = 48;
/** Rows and columns of a square that stays in the first cache while it is transposed. */
const SQUARE = 32;

/** Copies every plane of a walk over (to, from). */
export function copyPlanes(
  { rows, inner, leaps, steps, each }: Walk,
  x: TypedArray,
  o: TypedArray,
  toBase: number,
  fromBase: number,
): void {
  const [or, xr] = leaps as readonly [number, number];
  const [os, xs] = steps as readonly [number, number];
  const long = inner >= LONG && os === 1 && xs >= 0 && xs <= 1;
  // a row of the one is a column of the other: in squares, neither leaves the cache
  const width = !long && rows > SQUARE && inner > SQUARE && Math.abs(xr) < Math.abs(xs) ? SQUARE : inner;
  each(([oi, xi]) => {
    const [to, from] = [toBase + oi!, fromBase + xi!];
    if (long && xs === 1) for (let r = 0; r < rows; r++) o.set(x.subarray(from + r * xr, from + r * xr + inner), to + r * or);
    else if (long) for (let r = 0; r < rows; r++) o.fill(x[from + r * xr]!, to + r * or, to + r * or + inner);
    else
      for (let c = 0; c < inner; c += width) copyRuns(o, to + c * os, or, os, x, from + c * xs, xr, xs, rows, Math.min(width, inner - c));
  });
}

/** `o[oi + r·or + c·os] = x[xi + r·xr + c·xs]` for r < rows, c < columns. */
function copyRuns(
  o: TypedArray,
  oi: number,
  or: number,
  os: number,
  x: TypedArray,
  xi: number,
  xr: number,
  xs: number,
  rows: number,
  columns: number,
): void {
  for (let r = 0; r < rows; r++, oi += or, xi += xr) {
    for (let c = 0, i = oi, j = xi; c < columns; c++, i += os, j += xs) o[i] = x[j]!;
  }
}

const baseOf = (spans: readonly Span[], strides: readonly number[]): number =>
  spans.reduce((s, { start }, i) => s + start * strides[i]!, 0);

/** Copies the spans of `x` to `out`. */
export function sliceSpans(x: NdArray, out: NdArray, spans: readonly Span[]): void {
  const strides = stridesOf(x.shape);
  const w = walk(out.shape, [stridesOf(out.shape), spans.map((s, i) => s.step * strides[i]!)]);
  copyPlanes(w, x.data, out.data, 0, baseOf(spans, strides));
}

/** Writes `x` into the spans of `out` (zero elsewhere): the transpose of `sliceSpans`. */
export function embedSpans(x: NdArray, out: NdArray, spans: readonly Span[]): void {
  const strides = stridesOf(out.shape);
  const w = walk(x.shape, [spans.map((s, i) => s.step * strides[i]!), stridesOf(x.shape)]);
  copyPlanes(w, x.data, out.data, baseOf(spans, strides), 0);
}

/** Joins arrays along an axis. */
export function join(xs: readonly NdArray[], out: NdArray, axis: number): void {
  const outer = out.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const width = out.shape.slice(axis).reduce((a, b) => a * b, 1);
  let at = 0;
  for (const x of xs) {
    const run = outer === 0 ? 0 : x.data.length / outer;
    if (run < LONG) copyRuns(out.data, at, width, 1, x.data, 0, run, 1, outer, run);
    else for (let i = 0; i < outer; i++) out.data.set(x.data.subarray(i * run, (i + 1) * run), i * width + at);
    at += run;
  }
}
