/**
 * @file Exact nearest neighbours of rows. Blocks of queries meet blocks of points, both as packed doubles; a pair is given up as soon as
 * its distance is sure to exceed the k-th best. Nothing of size N × M is ever held.
 */
import type { TypedArray } from '../graph/dtype.js';
import { matmul } from './matmul.js';
import { type Metric, type Parts, partsOf } from './distances.js';
import type { NdArray } from './nd.js';

/** Canonical attributes of the neighbour ops. */
export interface NeighborAttrs {
  readonly k: number;
  readonly metric: Metric;
  /** Power of 'minkowski'. */
  readonly p: number;
}

/**
 * Rows as doubles, each with a summary whose distance never exceeds that of the rows: of every chunk of n elements the mean
 * times n^(1/p) (Jensen), and for p = 2 beside it the norm of what the mean leaves over (triangle inequality).
 */
interface Block {
  readonly rows: Float64Array;
  readonly summaries: Float64Array;
  /** Length of a row. */
  readonly width: number;
  /** Numbers a chunk in a summary: 0 (no summaries), 1 or 2. */
  readonly perChunk: number;
  /** Squared lengths of the rows, where there are two numbers a chunk. */
  readonly squares: Float64Array;
  /** Largest magnitude in it: rounding of the summaries is a fraction of that. */
  magnitude: number;
}

const CHUNK = 28;

function allocateBlock(rows: number, d: number, { power, unit }: Parts, summarized = true): Block {
  const width = unit ? d + 2 : d;
  const perChunk = !summarized || power === 0 || width < 2 * CHUNK ? 0 : power === 2 ? 2 : 1;
  const summary = Math.ceil(width / CHUNK) * perChunk;
  return {
    rows: new Float64Array(rows * width),
    summaries: new Float64Array(rows * summary),
    width,
    perChunk,
    squares: new Float64Array(perChunk === 2 ? rows : 0),
    magnitude: 0,
  };
}

/** Which of two further columns is 1 where a zero row of a cosine becomes a direction of its own, so that its cosine is 0. */
export type Spare = 0 | 1;

/** Copies row `from` of `source` to X[at…] as what is measured: for a cosine its direction, and the two further columns. */
export function copyRow(X: Float64Array, at: number, source: TypedArray, from: number, d: number, unit: boolean, spare: Spare): void {
  for (let i = 0; i < d; i++) X[at + i] = source[from * d + i]!;
  if (!unit) return;
  X.fill(0, at + d, at + d + 2);
  if (!normalize(X, at, d)) X[at + d + spare] = 1;
}

/** Fills a block with rows of `source`. */
function pack(block: Block, source: TypedArray, from: number, rows: number, d: number, { power, unit }: Parts, spare: Spare): void {
  const { rows: X, width, perChunk, summaries } = block;
  for (let r = 0; r < rows; r++) copyRow(X, r * width, source, from + r, d, unit, spare);
  if (perChunk === 0) return;
  const chunks = Math.ceil(width / CHUNK);
  block.magnitude = 0;
  block.squares.fill(0);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < chunks; c++) {
      const start = r * width + c * CHUNK;
      const n = Math.min(CHUNK, width - c * CHUNK);
      let sum = 0;
      for (let i = start; i < start + n; i++) {
        sum += X[i]!;
        block.magnitude = Math.max(block.magnitude, Math.abs(X[i]!));
      }
      const mean = sum / n;
      const at = (r * chunks + c) * perChunk;
      summaries[at] = power === Infinity ? mean : mean * n ** (1 / power);
      if (perChunk === 1) continue;
      let rest = 0;
      for (let i = start; i < start + n; i++) rest += (X[i]! - mean) * (X[i]! - mean);
      summaries[at + 1] = Math.sqrt(rest);
      block.squares[r]! += mean * mean * n + rest;
    }
  }
}

/** Scales a row to length 1; false if it is zero. */
function normalize(X: Float64Array, at: number, n: number): boolean {
  let largest = 0;
  for (let i = at; i < at + n; i++) largest = Math.max(largest, Math.abs(X[i]!));
  if (largest === 0) return false;
  let s = 0;
  for (let i = at; i < at + n; i++) s += (X[i]! / largest) ** 2;
  const norm = Math.sqrt(s);
  for (let i = at; i < at + n; i++) X[i] = X[i]! / largest / norm;
  return true;
}

let read = 0; // chunks that were compared number by number: how well do summaries do?

/**
 * The accumulated distance of row q of Q and row r of P, or Infinity as soon as it is sure to exceed `limit`: first by the
 * summaries alone, then chunk by chunk, what is known taking the place of what was estimated.
 */
function within(Q: Block, q: number, P: Block, r: number, { accumulate, power }: Parts, limit: number, loose: number): number {
  const { width, perChunk } = Q;
  const a = q * width;
  const b = r * width;
  if (power === 0) return accumulate(Q.rows, a, P.rows, b, width);
  const length = Math.ceil(width / CHUNK) * perChunk;
  const sa = q * length;
  const sb = r * length;
  const largest = power === Infinity;
  let estimate = 0;
  for (let i = 0; i < length && !largest; i += 16) {
    estimate += accumulate(Q.summaries, sa + i, P.summaries, sb + i, Math.min(16, length - i));
    if (estimate > loose) return Infinity;
  }
  if (largest && length > 0 && accumulate(Q.summaries, sa, P.summaries, sb, length) > loose) return Infinity;
  let s = 0;
  for (let i = 0, c = 0; i < width; i += CHUNK, c += perChunk) {
    const part = accumulate(Q.rows, a + i, P.rows, b + i, Math.min(CHUNK, width - i));
    read++;
    s = largest ? Math.max(s, part) : s + part;
    if (s > limit) return Infinity;
    if (perChunk === 0 || largest) continue;
    estimate += part - accumulate(Q.summaries, sa + c, P.summaries, sb + c, perChunk);
    if (estimate > loose) return Infinity;
  }
  return s;
}

/** The k best of one query as a heap with the worst on top: the larger distance, of equal ones the larger index. */
function sink(distances: Float64Array, indices: TypedArray, base: number, at: number, size: number): void {
  for (;;) {
    let top = at;
    for (let child = 2 * at + 1; child <= 2 * at + 2 && child < size; child++) {
      if (worse(distances, indices, base + child, base + top)) top = child;
    }
    if (top === at) return;
    swap(distances, indices, base + at, base + top);
    at = top;
  }
}

function worse(distances: Float64Array, indices: TypedArray, i: number, j: number): boolean {
  return distances[i]! > distances[j]! || (distances[i] === distances[j] && indices[i]! > indices[j]!);
}

function swap(distances: Float64Array, indices: TypedArray, i: number, j: number): void {
  const [d, x] = [distances[i]!, indices[i]!];
  distances[i] = distances[j]!;
  indices[i] = indices[j]!;
  distances[j] = d;
  indices[j] = x;
}

const BLOCK = 1 << 17; // elements of a packed block: a megabyte, which caches hold
const ROUNDING = 1e-14; // of an element in a sum of products, generously
const SLACK = 1e-11; // rounding of summaries and estimates, relative to the largest magnitude

/** Indices of the k nearest rows of `points` for every row of `queries`, nearest first, of equals the lowest index first; NaN is last. */
export function nearest(queries: NdArray, points: NdArray, out: NdArray, { k, metric, p }: NeighborAttrs): void {
  const [n, d] = queries.shape as readonly [number, number];
  const m = points.shape[0]!;
  const parts = partsOf(metric, p);
  const queryRows = Math.max(1, Math.min(n, 256, Math.floor(BLOCK / Math.max(1, d)), Math.floor((1 << 20) / k)));
  const pointRows = Math.max(1, Math.min(m, 1024, Math.floor(BLOCK / Math.max(1, d))));
  const Q = allocateBlock(queryRows, d, parts);
  const P = allocateBlock(pointRows, d, parts);
  const best = new Float64Array(queryRows * k);
  const indices = new Int32Array(queryRows * k);
  const dots = new Float64Array(parts.power === 2 ? queryRows * pointRows : 0);
  for (let q0 = 0; q0 < n; q0 += queryRows) {
    const rows = Math.min(queryRows, n - q0);
    pack(Q, queries.data, q0, rows, d, parts, 0);
    best.fill(Infinity);
    indices.fill(m); // no point yet: worse than any
    let crowded = false;
    for (let p0 = 0; p0 < m; p0 += pointRows) {
      const count = Math.min(pointRows, m - p0);
      pack(P, points.data, p0, count, d, parts, 1);
      if (crowded) products(Q, rows, P, count, dots);
      read = 0;
      for (let q = 0; q < rows; q++) scan(Q, q, P, count, p0, parts, best, indices, k, crowded ? dots : null);
      // the first block only finds a limit; from the second on, see whether summaries tell points apart
      crowded ||= Q.perChunk === 2 && p0 > 0 && read * CHUNK > 0.4 * rows * count * Q.width;
    }
    for (let q = 0; q < rows; q++) {
      for (let size = k - 1; size > 0; size--) {
        swap(best, indices, q * k, q * k + size);
        sink(best, indices, q * k, 0, size);
      }
    }
    out.data.set(indices.subarray(0, rows * k), q0 * k);
  }
}

/**
 * Where points crowd around a query (random numbers in many dimensions), no summary tells them apart. Then |q − p|² is estimated as
 * |q|² + |p|² − 2·q·p with all dot products of two blocks at once; what comes near the limit is computed as ever.
 */
function products(Q: Block, rows: number, P: Block, count: number, dots: Float64Array): void {
  const a = { data: Q.rows, shape: [rows, Q.width] };
  const b = { data: P.rows, shape: [count, P.width] };
  matmul(a, b, { data: dots, shape: [rows, count] }, { ta: false, tb: true });
}

/** Offers a block of points to one query. */
function scan(
  Q: Block,
  q: number,
  P: Block,
  count: number,
  p0: number,
  parts: Parts,
  best: Float64Array,
  indices: Int32Array,
  k: number,
  dots: Float64Array | null,
): void {
  const { power } = parts;
  const base = q * k;
  const slack = SLACK * Math.max(Q.magnitude, P.magnitude) * (power === Infinity ? 1 : Q.width ** (1 / power));
  let limit = best[base]!;
  let loose = loosened(limit, power, slack);
  for (let r = 0; r < count; r++) {
    if (dots !== null) {
      const lengths = Q.squares[q]! + P.squares[r]!;
      if (lengths - 2 * dots[q * count + r]! > loose + ROUNDING * Q.width * lengths) continue;
    }
    let s = within(Q, q, P, r, parts, limit, loose);
    if (Number.isNaN(s)) s = Infinity;
    if (!(s < limit || (s === limit && p0 + r < indices[base]!))) continue;
    best[base] = s;
    indices[base] = p0 + r;
    sink(best, indices, base, 0, k);
    limit = best[base]!;
    loose = loosened(limit, power, slack);
  }
}

/** The limit for estimates: their rounding must never cost a neighbour. */
function loosened(limit: number, power: number, slack: number): number {
  if (power === 0 || limit === Infinity) return Infinity;
  return power === Infinity ? limit + slack : (limit ** (1 / power) + slack) ** power * (1 + SLACK);
}

/** Distances of every query to the points of its row of `indices`. */
export function distancesTo(queries: NdArray, points: NdArray, indices: NdArray, out: NdArray, { k, metric, p }: NeighborAttrs): void {
  const [n, d] = queries.shape as readonly [number, number];
  const parts = partsOf(metric, p);
  const [Q, P] = [allocateBlock(1, d, parts, false), allocateBlock(1, d, parts, false)];
  for (let q = 0; q < n; q++) {
    pack(Q, queries.data, q, 1, d, parts, 0);
    for (let j = q * k; j < (q + 1) * k; j++) {
      pack(P, points.data, indices.data[j]!, 1, d, parts, 1);
      out.data[j] = parts.finish(within(Q, 0, P, 0, parts, Infinity, Infinity));
    }
  }
}
