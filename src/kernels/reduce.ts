/**
 * @file Reductions: sums and extrema over any axes, and kernels that work along the last axis row by row.
 * Sums are carried in float64 whatever the storage.
 */
import type { TypedArray } from '../graph/dtype.js';
import { keepAsOnes, stridesOf } from '../graph/shape.js';
import { broadcastStrides, dtypeOf, inMemory, type NdArray, walk } from './nd.js';
import { reserve, wasmKernels } from './wasm.js';

/** Sums `x` over `axes` into `out`. */
export function sumTo(x: NdArray, out: TypedArray, axes: readonly number[]): void {
  const data = x.data;
  if (axes.length === x.shape.length) {
    out[0] = sumRun(data, 0, data.length);
    return;
  }
  const total = out instanceof Float64Array ? out : new Float64Array(out.length);
  const { rows, inner, leaps, steps, each } = walk(x.shape, [stridesOf(x.shape), broadcastStrides(keepAsOnes(x.shape, axes), x.shape)]);
  const [xr, tr] = leaps as readonly [number, number];
  const ts = steps[1]!;
  each(([xi, ti]) => {
    if (ts === 0) for (let r = 0, i = xi!, t = ti!; r < rows; r++, i += xr, t += tr) total[t]! += sumRun(data, i, i + inner);
    else if (tr === 0) addRows(total, ti!, ts, data, xi!, xr, rows, inner);
    else for (let r = 0; r < rows; r++) addRows(total, ti! + r * tr, ts, data, xi! + r * xr, 0, 1, inner);
  });
  if (total !== out) out.set(total);
}

function sumRun(data: TypedArray, start: number, end: number): number {
  let s = 0;
  for (let i = start; i < end; i++) s += data[i]!;
  return s;
}

/** Adds rows to one row of totals, four at a time, one after the other: totals are read and written a quarter as often. */
function addRows(total: Float64Array, ti: number, ts: number, data: TypedArray, xi: number, xr: number, rows: number, n: number): void {
  const fours = rows - (rows % 4);
  for (let r = 0, i = xi; r < fours; r += 4, i += 4 * xr) {
    const [second, third, fourth] = [i + xr, i + 2 * xr, i + 3 * xr];
    for (let k = 0, t = ti; k < n; k++, t += ts)
      total[t] = total[t]! + data[i + k]! + data[second + k]! + data[third + k]! + data[fourth + k]!;
  }
  for (let r = fours, i = xi + fours * xr; r < rows; r++, i += xr) for (let k = 0, t = ti; k < n; k++, t += ts) total[t]! += data[i + k]!;
}

/** Largest (`sign` 1) or smallest (−1) elements over the axes where `out` has length 1; NaN wins. */
export function extremumTo(x: NdArray, out: NdArray, sign: 1 | -1): void {
  const { data } = x;
  // float64 holds every type; what is multiplied with the sign is a maximum
  const best = new Float64Array(out.data.length).fill(-Infinity);
  const w = walk(x.shape, [stridesOf(x.shape), broadcastStrides(out.shape, x.shape)]);
  const [xr, br] = w.leaps as readonly [number, number];
  const bs = w.steps[1]!;
  w.each(([xi, bi]) => {
    for (let r = 0, i = xi!, b = bi!; r < w.rows; r++, i += xr, b += br) {
      if (bs === 0) best[b] = largest(best[b]!, data, i, i + w.inner, sign);
      else largestOf(best, b, bs, data, i, w.inner, sign);
    }
  });
  const o = out.data;
  for (let i = 0; i < o.length; i++) o[i] = best[i]! * sign;
}

/** The largest of m and of a run. */
function largest(m: number, data: TypedArray, start: number, end: number, sign: number): number {
  for (let i = start; i < end; i++) {
    const v = data[i]! * sign;
    if (v > m || Number.isNaN(v)) m = v;
  }
  return m;
}

/** The larger ones of a row and of a run. */
function largestOf(best: Float64Array, bi: number, bs: number, data: TypedArray, start: number, n: number, sign: number): void {
  for (let i = start, end = start + n, b = bi; i < end; i++, b += bs) {
    const v = data[i]! * sign;
    if (v > best[b]! || Number.isNaN(v)) best[b] = v;
  }
}

/** Least number of elements for the vector kernels: from here on they are faster, what is copied included. */
const LEAST_FOR_VECTORS = 256;
/** Elements that are copied into their memory at once, and the most of a row. */
const BLOCK = 1 << 14;

/** Rows of n elements to one number each, block by block in the kernels' memory; false where they are left to the loop in JavaScript. */
function rowsOnVectors(name: `${'logsumexp' | 'argmax' | 'argmin'}F${32 | 64}`, data: TypedArray, n: number, out: TypedArray): boolean {
  if (data.length < LEAST_FOR_VECTORS || n > BLOCK) return false;
  const kernels = wasmKernels();
  const rows = Math.min(out.length, Math.floor(BLOCK / n));
  const behind = data.BYTES_PER_ELEMENT * rows * n;
  if (kernels === null || !reserve(kernels.memory, behind + out.BYTES_PER_ELEMENT * rows)) return false;
  const { buffer } = kernels.memory;
  const [from, to] = [inMemory(buffer, dtypeOf(data), 0, rows * n), inMemory(buffer, dtypeOf(out), behind, rows)];
  for (let row = 0; row < out.length; row += rows) {
    const count = Math.min(rows, out.length - row);
    from.set(data.length === count * n ? data : data.subarray(row * n, (row + count) * n));
    kernels.parts[name](0, count, behind, 0, n);
    out.set(count === rows ? to : to.subarray(0, count), row);
  }
  return true;
}

/** Index of the first largest (or smallest) element of each row of the last axis; the first NaN wins. */
export function argExtremum(x: NdArray, out: NdArray, sign: 1 | -1): void {
  const [data, o] = [x.data, out.data];
  const n = x.shape[x.shape.length - 1]!;
  const name = sign === 1 ? 'argmax' : 'argmin';
  if (data instanceof Float32Array && rowsOnVectors(`${name}F32`, data, n, o)) return;
  if (data instanceof Float64Array && rowsOnVectors(`${name}F64`, data, n, o)) return;
  for (let r = 0; r < o.length; r++) o[r] = firstLargest(data, r * n, n, sign);
}

function firstLargest(data: TypedArray, start: number, n: number, sign: number): number {
  let best = 0;
  let m = data[start]! * sign;
  for (let j = 1; j < n && !Number.isNaN(m); j++) {
    const v = data[start + j]! * sign;
    if (v > m || Number.isNaN(v)) {
      m = v;
      best = j;
    }
  }
  return best;
}

/** log Σ exp of each row of the last axis: max + log1p(Σ of the others), so that tiny rests are not lost. */
export function logSumExpRows(x: NdArray, out: NdArray): void {
  const [data, o] = [x.data, out.data];
  const n = x.shape[x.shape.length - 1]!;
  if (data instanceof Float32Array && o instanceof Float32Array && rowsOnVectors('logsumexpF32', data, n, o)) return;
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
export function recurrenceRows({ data: a }: NdArray, { data: b }: NdArray, { data: o, shape }: NdArray): void {
  const n = shape[shape.length - 1]!;
  for (let start = 0; start < o.length; start += n) {
    let s = b[start]!;
    o[start] = s;
    for (let i = start + 1; i < start + n; i++) {
      s = a[i]! * s + b[i]!;
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
