/**
 * @file Kernels that move elements: permutations of axes, slices and their transposes, joins.
 */
import { stridesOf } from '../graph/shape.js';
import { type NdArray, walk } from './nd.js';

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
  copyRuns(w, x, out, 0, 0);
}

function copyRuns(w: ReturnType<typeof walk>, from: NdArray, to: NdArray, toBase: number, fromBase: number): void {
  const [o, x] = [to.data, from.data];
  const [os, xs] = w.steps;
  w.each(([oi, xi]) => {
    for (let k = 0, i = toBase + oi!, j = fromBase + xi!; k < w.inner; k++, i += os!, j += xs!) o[i] = x[j]!;
  });
}

const baseOf = (spans: readonly Span[], strides: readonly number[]): number =>
  spans.reduce((s, { start }, i) => s + start * strides[i]!, 0);

/** Copies the spans of `x` to `out`. */
export function sliceSpans(x: NdArray, out: NdArray, spans: readonly Span[]): void {
  const strides = stridesOf(x.shape);
  const w = walk(out.shape, [stridesOf(out.shape), spans.map((s, i) => s.step * strides[i]!)]);
  copyRuns(w, x, out, 0, baseOf(spans, strides));
}

/** Writes `x` into the spans of `out` (zero elsewhere): the transpose of `sliceSpans`. */
export function embedSpans(x: NdArray, out: NdArray, spans: readonly Span[]): void {
  const strides = stridesOf(out.shape);
  const w = walk(x.shape, [spans.map((s, i) => s.step * strides[i]!), stridesOf(x.shape)]);
  copyRuns(w, x, out, baseOf(spans, strides), 0);
}

/** Joins arrays along an axis. */
export function join(xs: readonly NdArray[], out: NdArray, axis: number): void {
  const outer = out.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const width = out.shape.slice(axis).reduce((a, b) => a * b, 1);
  let at = 0;
  for (const x of xs) {
    const run = outer === 0 ? 0 : x.data.length / outer;
    for (let i = 0; i < outer; i++) out.data.set(x.data.subarray(i * run, (i + 1) * run), i * width + at);
    at += run;
  }
}
