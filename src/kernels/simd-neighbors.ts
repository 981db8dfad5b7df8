/**
 * @file Exact nearest neighbours by the vector kernels: rows rounded to 16 bits prove most pairs too far apart, the rest is measured in
 * float64 as the reference measures it, so the indices are the reference's, on every engine.
 */
import { type Parts, partsOf } from './distances.js';
import type { NdArray } from './nd.js';
import { copyRow, nearest, type NeighborAttrs, type Spare } from './neighbors.js';
import { canShare, getThreads, Lockstep, TEAM_BYTES } from './team.js';
import { reserve, sharedKernels, type WasmKernels, wasmKernels } from './wasm.js';

/** Below this many numbers that meet, copying and rounding cost more than the kernels save, */
const WORTH = 1 << 12;
/** and as much for a single query of fewer columns. */
const WORTH_COLUMNS = 32;
/** Numbers in the blocks of queries and of points, up to 12 bytes each. A block of rounded points stays in the second cache. */
const QUERY_BLOCK = 1 << 22;
const POINT_BLOCK = 1 << 19;
/** Most neighbours in a block of queries. */
const MOST_FOUND = 1 << 20;
/** From this width on sums of four neighbours are tried first. */
const FOLD = 64;
/** So many queries try it, and this part of their pairs may be left over: to measure one costs as much as a dozen to estimate. */
const TRIAL = 8;
const LEFT = 1 / 16;
/** The widest rows that the bounds below are made for. */
const WIDEST = 1 << 20;
/** Rows that are looked at to find the centre of all, and how far they lie around it. */
const SAMPLE = 256;

/**
 * How rows x (less the centre) become whole numbers X of 16 bits, and by how much an estimate from X can be off. The kernels skip a pair if
 * estimate < offset of the query − limit·scale − slack. Any centre and any unit are right; good ones let few pairs through.
 *
 * Squares: X = x·most/|x| rounded, which is off by at most √d/2, so the vector is off by ρ|x| with ρ = √d/(2·most). With x̂ what X stands for,
 * |x·y − x̂·ŷ| ≤ ρ(2 + ρ)·|x||y| ≤ ρ(2 + ρ)·(|x|² + |y|²)/2. So |x − y|² ≥ keep·(|x|² + |y|²) − 2·x̂·ŷ, keep = 1 − ρ(2 + ρ) − 2⁻²⁰, where
 * 2⁻²⁰ covers a dozen roundings to float32, 2⁻²⁴ each, and all of float64. Halved and in units: x̂·ŷ − keep·|y|²/2 is compared with
 * keep·|x|²/2 − limit/2 − slack, the slack for numbers that float32 cannot hold any more. |X·Y| ≤ (most + √d/2)² < 2³¹: no sum overflows.
 *
 * Sums: X = x/unit rounded, cut off at ±most. Cutting off brings no two numbers farther apart, rounding at most 1. So
 * Σ|x − y|/unit ≥ Σ|X − Y| − d. The sum stays below 2³¹.
 *
 * Folded: in images neighbours are alike, so a quarter of the numbers tells nearly as much. z = Σx/2 over four neighbours has |z| ≤ |x|
 * (Cauchy–Schwarz), z = Σx has Σ|z| ≤ Σ|x|. The sums of float64 are off by η ≤ 5·2⁻⁵³·(|x| + |y|) for both rows, and what is longer than
 * 2²⁰ units is never skipped: (|x − y| + η)² ≤ (1 + 2⁻²⁰)·|x − y|² + (1 + 2²⁰)·η², of which the last is below 2⁻³⁷ units; Σ|x| < d·2²¹.
 *
 * The limit is a sum of float64, (d + 8)·2⁻⁵² of itself off at most.
 */
interface Rounding {
  readonly most: number;
  readonly unit: number;
  readonly keep: number;
  readonly scale: number;
  readonly slack: number;
}

/** For rows of `width` numbers that lie so far around the centre, as they are or folded to fewer. */
function roundingOf(sums: boolean, width: number, folded: boolean, largest: number, mean: number): Rounding {
  const numbers = folded ? Math.ceil(width / 4) : width;
  const limit = 1 + (width + 8) * 2 ** -52;
  if (sums) {
    const most = Math.min(16383, Math.floor(2 ** 30 / width));
    const unit = mean > 0 ? ((folded ? 32 : 16) * mean) / most : 1;
    return { most, unit, keep: 1 - 2 ** -20, scale: limit / unit, slack: numbers * (1 + 2 ** -20) + (folded ? width * 2 ** -28 : 0) };
  }
  const most = 32000;
  const rho = Math.sqrt(numbers) / (2 * most);
  const unit = largest > 0 ? 2 ** Math.ceil(Math.log2(largest)) : 1;
  const keep = 1 - rho * (2 + rho) - 2 ** -20;
  return { most, unit, keep, scale: ((folded ? 1 + 2 ** -20 : 1) * limit) / (2 * unit * unit), slack: folded ? 2 ** -37 : 2 ** -110 };
}

/** Rounded rows of queries and points: where they lie, and how many numbers a row has. */
interface Rounded {
  readonly numbers: number;
  readonly queries: number;
  readonly points: number;
}

/** Bytes at the beginning of the memory: what belongs to the team, what a search is told, and what each thread answers. */
const TOLD_BYTES = TEAM_BYTES + 19 * 8 + 64 * 4;

/** The kernels with which searches are made, by all threads where there are several. */
interface Searcher {
  readonly threads: number;
  readonly kernels: WasmKernels;
  readonly lockstep: Lockstep | null;
}

let latest: Searcher | null = null;

function searcher(): Searcher | null {
  const threads = canShare() ? getThreads() : 1;
  if (latest?.threads === threads) return latest;
  const shared = threads === 1 ? null : sharedKernels();
  const kernels = shared ?? wasmKernels();
  if (kernels === null) return null;
  const lockstep = shared && new Lockstep({ module: 'searchPart', memory: shared.memory, functions: [] }, threads);
  return (latest = { threads, kernels, lockstep });
}

/** Where things lie in the kernels' memory, in bytes. */
interface Layout {
  /** Bytes of a number of the rows: 4 or 8. */
  readonly size: number;
  readonly width: number;
  readonly stride: number;
  readonly queryRows: number;
  readonly pointRows: number;
  readonly centre: number;
  readonly room: number;
  readonly queries: number;
  readonly points: number;
  readonly whole: Rounded;
  readonly folded: Rounded;
  readonly found: number;
  readonly end: number;
}

const eights = (n: number): number => Math.ceil(n / 8) * 8;

function layOut(n: number, m: number, k: number, width: number, size: number): Layout {
  const stride = eights(width);
  const queryRows = eights(Math.max(1, Math.min(n, QUERY_BLOCK / stride, MOST_FOUND / k)));
  const pointRows = eights(Math.max(1, Math.min(m, POINT_BLOCK / stride)));
  let end = TOLD_BYTES;
  const place = (bytes: number): number => (end += bytes) - bytes;
  const rounded = (numbers: number): Rounded => {
    const bytes = 2 * numbers + 8;
    return { numbers, queries: place(queryRows * bytes), points: place(pointRows * bytes) };
  };
  const [centre, room] = [place(8 * stride), place(32 * stride)];
  const [queries, points] = [place(queryRows * stride * size), place(pointRows * stride * size)];
  const [whole, folded] = [rounded(stride), rounded(eights(stride / 4))];
  const found = place(queryRows * (12 * k + 4));
  return { size, width, stride, queryRows, pointRows, centre, room, queries, points, whole, folded, found, end };
}

/** Writes the mean of some points as the centre; returns how far numbers lie around it, at most and on average. */
function centre(to: Float64Array, sample: Float64Array, points: NdArray, d: number, unit: boolean): readonly [number, number] {
  const stride = to.length;
  const rows = sample.length / stride;
  to.fill(0);
  for (let r = 0; r < rows; r++) {
    copyRow(sample, r * stride, points.data, Math.floor((r * points.shape[0]!) / rows), d, unit, 1);
    for (let i = 0; i < stride; i++) {
      const value = sample[r * stride + i]!;
      if (Number.isFinite(value)) to[i]! += value / rows; // else the row has no finite distance, wherever the centre is
    }
  }
  let [largest, sum] = [0, 0];
  for (let i = 0; i < sample.length; i++) {
    const far = Math.abs(sample[i]! - to[i % stride]!);
    if (!Number.isFinite(far)) continue;
    largest = Math.max(largest, far);
    sum += far;
  }
  return [largest, sum / sample.length];
}

/** Searches in the kernels' memory, which has room; false where numbers are so large or small that the bounds do not hold. */
function search(
  { kernels, lockstep }: Searcher,
  queries: NdArray,
  points: NdArray,
  out: NdArray,
  k: number,
  parts: Parts,
  layout: Layout,
): boolean {
  const { size, width, stride, queryRows, pointRows, found } = layout;
  const { noNeighbors, sortNeighbors, roundRows32, roundRows64, searchPart } = kernels.neighbors;
  const roundRows = size === 4 ? roundRows32 : roundRows64;
  const { buffer } = kernels.memory;
  const words = new Int32Array(buffer, 0, TOLD_BYTES / 4);
  const [n, d] = queries.shape as readonly [number, number];
  const m = points.shape[0]!;
  const sums = parts.power === 1;
  const sample = new Float64Array(Math.min(m, SAMPLE, pointRows) * stride);
  const [largest, mean] = centre(new Float64Array(buffer, layout.centre, stride), sample, points, d, parts.unit);
  if (largest > 0 && (largest < 2 ** -400 || largest > 2 ** 400)) return false;
  const [whole, folded] = [false, true].map((fold) => roundingOf(sums, width, fold, largest, mean)) as [Rounding, Rounding];

  const copy = (to: number, { data }: NdArray, from: number, count: number, spare: Spare): void => {
    const X = new (size === 4 ? Float32Array : Float64Array)(buffer, to, count * stride);
    for (let r = 0; r < count; r++) {
      if (X instanceof Float64Array) copyRow(X, r * stride, data, from + r, d, parts.unit, spare);
      else X.set(data.subarray((from + r) * d, (from + r + 1) * d), r * stride);
      if (stride > width) X.fill(0, r * stride + width, (r + 1) * stride);
    }
  };
  const roundQueries = (fold: boolean, rows: number): void => {
    const { most, unit, keep } = fold ? folded : whole;
    const to = (fold ? layout.folded : layout.whole).queries;
    roundRows(sums, fold, layout.queries, rows, stride, layout.centre, to, queryRows, 4, layout.room, most, unit, keep);
  };
  const roundPoints = (fold: boolean, count: number): void => {
    const { most, unit, keep } = fold ? folded : whole;
    const to = (fold ? layout.folded : layout.whole).points;
    roundRows(sums, fold, layout.points, count, stride, layout.centre, to, pointRows, 8, layout.room, most, unit, keep);
  };
  /** Offers a block of points to queries from … to; are few enough pairs left to measure? */
  const offer = (fold: boolean, from: number, to: number, count: number, first: number): boolean => {
    const { scale, slack } = fold ? folded : whole;
    const { numbers, queries: q, points: p } = fold ? layout.folded : layout.whole;
    const told = [Number(sums), from, to, layout.queries, layout.points, stride, width, q, queryRows, p, pointRows, numbers, count, first, found, k, 0, 0, size]; // prettier-ignore
    told.forEach((x, i) => (words[TEAM_BYTES / 4 + 2 * i] = x));
    new Float64Array(buffer, TEAM_BYTES + 16 * 8, 2).set([scale, slack]);
    const measured = words.subarray(TEAM_BYTES / 4 + 2 * told.length).fill(0);
    if (lockstep === null) searchPart(0, 1);
    else lockstep.run(searchPart);
    return measured.reduce((a, b) => a + b) <= LEFT * (to - from) * count;
  };

  for (let q0 = 0; q0 < n; q0 += queryRows) {
    const rows = Math.min(queryRows, n - q0);
    copy(layout.queries, queries, q0, rows, 0);
    roundQueries(false, rows);
    noNeighbors(0, rows, found, queryRows, k, m);
    let fold = width >= FOLD && m > pointRows && rows > TRIAL;
    if (fold) roundQueries(true, rows);
    for (let p0 = 0; p0 < m; p0 += pointRows) {
      const count = Math.min(pointRows, m - p0);
      copy(layout.points, points, p0, count, 1);
      let offered = 0;
      if (fold && p0 > 0) {
        // the first block has set the limits
        roundPoints(true, count);
        fold = offer(true, 0, TRIAL, count, p0);
        offered = TRIAL;
        if (fold) {
          fold = offer(true, TRIAL, rows, count, p0);
          offered = rows;
        }
      }
      if (offered === rows) continue;
      roundPoints(false, count);
      offer(false, offered, rows, count, p0);
    }
    sortNeighbors(0, rows, found, queryRows, k);
    out.data.set(new Int32Array(buffer, found + 8 * queryRows * k, rows * k), q0 * k);
  }
  return true;
}

/** As `nearest`, by the vector kernels where they have the metric and are worth it. */
export function simdNearest(queries: NdArray, points: NdArray, out: NdArray, attrs: NeighborAttrs): void {
  const [n, d] = queries.shape as readonly [number, number];
  const m = points.shape[0]!;
  const parts = partsOf(attrs.metric, attrs.p);
  const width = parts.unit ? d + 2 : d;
  const worth = n * m * d >= WORTH && (n > 1 || d >= WORTH_COLUMNS) && width <= WIDEST;
  const by = worth && (parts.power === 1 || parts.power === 2) ? searcher() : null;
  if (by !== null) {
    const single = queries.data instanceof Float32Array && points.data instanceof Float32Array && !parts.unit;
    const layout = layOut(n, m, attrs.k, width, single ? 4 : 8);
    if (reserve(by.kernels.memory, layout.end) && search(by, queries, points, out, attrs.k, parts, layout)) return;
  }
  nearest(queries, points, out, attrs);
}
