/**
 * @file Reductions: sums and extrema over any axes, and kernels that work along the last axis row by row.
 * Sums are carried in float64 whatever the storage.
 */
import type { TypedArray } from '../graph/dtype.js';
import { keepAsOnes, stridesOf } from '../graph/shape.js';
import { broadcastStrides, type NdArray, walk } from './nd.js';
import { reserve, wasmKernels } from './wasm.js';

/** Sums `x` over `axes` into `out`. */
export function sumTo(x: NdArray, out: TypedArray, axes: readonly number[]): void {
  const data = x.data;
  if (axes.length === x.shape.length) {
    out[0] = sumRun(data, 0, data.length);
    return;
  }
  const total = out instanceof Float64Array ? out : new Float64Array(out.length);
  const w = walk(x.shape, [stridesOf(x.shape), broadcastStrides(keepAsOnes(x.shape, axes), x.shape)]);
  const step = w.steps[1]!;
  w.each(([xi, oi]) => {
    const end = xi! + w.inner;
    if (step === 0) total[oi!]! += sumRun(data, xi!, end);
    else addRun(total, oi!, step, data, xi!, end);
  });
  if (total !== out) out.set(total);
}

function sumRun(data: TypedArray, start: number, end: number): number {
  let s = 0;
  for (let i = start; i < end; i++) s += data[i]!;
  return s;
}

function addRun(total: Float64Array, oi: number, step: number, data: TypedArray, start: number, end: number): void {
  for (let i = start, o = oi; i < end; i++, o += step) total[o]! += data[i]!;
}

/** Largest (`sign` 1) or smallest (−1) elements over the axes where `out` has length 1; NaN wins. */
export function extremumTo(x: NdArray, out: NdArray, sign: 1 | -1): void {
  const [data, o] = [x.data, out.data];
  const seen = new Uint8Array(o.length);
  const w = walk(x.shape, [broadcastStrides(x.shape, x.shape), broadcastStrides(out.shape, x.shape)]);
  const step = w.steps[1]!;
  w.each(([xi, oi]) => {
    for (let k = 0, i = xi!, j = oi!; k < w.inner; k++, i++, j += step) {
      const v = data[i]!;
      if (seen[j] === 0) {
        seen[j] = 1;
        o[j] = v;
      } else if (v * sign > o[j]! * sign || Number.isNaN(v)) o[j] = v;
    }
  });
}

/** Index of the first largest (or smallest) element of each row of the last axis; the first NaN wins. */
export function argExtremum(x: NdArray, out: NdArray, sign: 1 | -1): void {
  const [data, o] = [x.data, out.data];
  const n = x.shape[x.shape.length - 1]!;
  for (let r = 0; r < o.length; r++) {
    let best = 0;
    for (let j = 0; j < n; j++) {
      const v = data[r * n + j]!;
      const b = data[r * n + best]!;
      if (Number.isNaN(b)) break;
      if (v * sign > b * sign || Number.isNaN(v)) best = j;
    }
    o[r] = best;
  }
}

/** Least number of elements for the vector kernel: from here on it is faster, what is copied included. */
const LEAST_FOR_VECTORS = 256;
/** Elements that are copied into its memory at once, and the most of a row. */
const BLOCK = 1 << 14;

/** Rows block by block in the kernels' memory; false where they are left to the loop in JavaScript. */
function logSumExpOnVectors(data: Float32Array, n: number, out: Float32Array): boolean {
  if (data.length < LEAST_FOR_VECTORS || n > BLOCK) return false;
  const kernels = wasmKernels();
  const rows = Math.min(out.length, Math.floor(BLOCK / n));
  if (kernels === null || !reserve(kernels.memory, 4 * rows * (n + 1))) return false;
  const { buffer } = kernels.memory;
  for (let from = 0; from < out.length; from += rows) {
    const count = Math.min(rows, out.length - from);
    new Float32Array(buffer, 0, count * n).set(data.subarray(from * n, (from + count) * n));
    kernels.parts.logsumexpF32(0, count, 4 * count * n, 0, n);
    out.set(new Float32Array(buffer, 4 * count * n, count), from);
  }
  return true;
}

/** log Σ exp of each row of the last axis: max + log1p(Σ of the others), so that tiny rests are not lost. */
export function logSumExpRows(x: NdArray, out: NdArray): void {
  const [data, o] = [x.data, out.data];
  const n = x.shape[x.shape.length - 1]!;
  if (data instanceof Float32Array && o instanceof Float32Array && logSumExpOnVectors(data, n, o)) return;
  for (let r = 0; r < o.length; r++) {
    const start = r * n;
    let top = start;
    for (let i = start + 1; i < start + n; i++) if (data[i]! > data[top]! || Number.isNaN(data[i])) top = i;
    const m = n === 0 ? -Infinity : data[top]!;
    if (!Number.isFinite(m)) {
      o[r] = m;
      continue;
    }
    let rest = 0;
    for (let i = start; i < start + n; i++) if (i !== top) rest += Math.exp(data[i]! - m);
    o[r] = m + Math.log1p(rest);
  }
}

/** Linear recurrence along the last axis: s_k = a_k·s_{k−1} + b_k with s_{−1} = 0. */
export function recurrenceRows(a: NdArray, b: NdArray, out: NdArray): void {
  const o = out.data;
  const n = out.shape[out.shape.length - 1]!;
  for (let start = 0; start < o.length; start += n) {
    let s = 0;
    for (let i = start; i < start + n; i++) {
      s = i === start ? b.data[i]! : a.data[i]! * s + b.data[i]!;
      o[i] = s;
    }
  }
}

/** The first number that is NaN or infinite, or 0; a number stands for all elements. */
export function firstNonFinite(data: TypedArray | number): number {
  if (typeof data === 'number') return Number.isFinite(data) ? 0 : data;
  // 0·NaN and 0·∞ are NaN; two sums, because additions to one wait for each other
  let [even, odd] = [0, 0];
  for (let i = 0; i + 1 < data.length; i += 2) {
    even += data[i]! * 0;
    odd += data[i + 1]! * 0;
  }
  if (data.length % 2 === 1) even += data[data.length - 1]! * 0;
  return even + odd === 0 ? 0 : data.find((v: number) => !Number.isFinite(v))!;
}
