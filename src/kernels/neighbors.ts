/**
 * @file Exact nearest neighbours of rows. Blocks of queries meet blocks of points, both as packed doubles; a pair is given up as soon as
 * its distance is sure to exceed the k-th best. Nothing of size N × M is ever held.
 */
import type { TypedArray } from '../graph/dtype.js';
import type { NdArray } from './nd.js';

/** How far two rows are apart; a function sees both as plain numbers. */
export type Metric = 'l1' | 'l2' | 'sqeuclidean' | 'chebyshev' | 'minkowski' | 'cosine' | ((a: Float64Array, b: Float64Array) => number);

/** Canonical attributes of the neighbour ops. */
export interface NeighborAttrs {
  readonly k: number;
  readonly metric: Metric;
  /** Power of 'minkowski'. */
  readonly p: number;
}

/** Sum over n elements of rows A[a…] and B[b…]: the distance before its root. Infinity as soon as it exceeds `limit`. */
type Accumulate = (A: Float64Array, a: number, B: Float64Array, b: number, n: number, limit: number) => number;

const CHECK = 32; // elements between two looks at the limit

const sumOfSquares: Accumulate = (A, a, B, b, n, limit) => {
  let s = 0;
  for (let i = 0; i < n;) {
    let t = 0;
    for (const end = Math.min(n, i + CHECK); i < end; i++) {
      const d = A[a + i]! - B[b + i]!;
      t += d * d;
    }
    s += t;
    if (s > limit) return Infinity;
  }
  return s;
};

const sumOfAbsolutes: Accumulate = (A, a, B, b, n, limit) => {
  let s = 0;
  for (let i = 0; i < n;) {
    let t = 0;
    for (const end = Math.min(n, i + CHECK); i < end; i++) t += Math.abs(A[a + i]! - B[b + i]!);
    s += t;
    if (s > limit) return Infinity;
  }
  return s;
};

const largestAbsolute: Accumulate = (A, a, B, b, n, limit) => {
  let s = 0;
  for (let i = 0; i < n; i++) {
    s = Math.max(s, Math.abs(A[a + i]! - B[b + i]!)); // NaN stays NaN
    if (s > limit) return Infinity;
  }
  return s;
};

const sumOfPowers =
  (p: number): Accumulate =>
  (A, a, B, b, n, limit) => {
    let s = 0;
    for (let i = 0; i < n; i++) {
      s += Math.abs(A[a + i]! - B[b + i]!) ** p;
      if (s > limit) return Infinity;
    }
    return s;
  };

/** Rows are packed as unit vectors, a zero row as zeros: 1 − cos. */
const oneMinusDot: Accumulate = (A, a, B, b, n) => {
  let s = 0;
  for (let i = 0; i < n; i++) s += A[a + i]! * B[b + i]!;
  return Math.max(0, 1 - s);
};

/** A metric taken apart. */
interface Parts {
  readonly accumulate: Accumulate;
  /** The power under the root, Infinity for the largest difference; 0 where no bound of ours holds. */
  readonly power: number;
  /** From the accumulated value to the distance. */
  readonly finish: (s: number) => number;
  readonly unit: boolean;
}

function partsOf(metric: Metric, p: number): Parts {
  const plain = { finish: (s: number): number => s, unit: false };
  if (typeof metric === 'function') {
    const accumulate: Accumulate = (A, a, B, b, n) => metric(A.slice(a, a + n), B.slice(b, b + n));
    return { ...plain, accumulate, power: 0 };
  }
  switch (metric) {
    case 'l1':
      return { ...plain, accumulate: sumOfAbsolutes, power: 1 };
    case 'l2':
      return { ...plain, accumulate: sumOfSquares, power: 2, finish: Math.sqrt };
    case 'sqeuclidean':
      return { ...plain, accumulate: sumOfSquares, power: 2 };
    case 'chebyshev':
      return { ...plain, accumulate: largestAbsolute, power: Infinity };
    case 'minkowski':
      if (p === 1 || p === 2) return partsOf(p === 1 ? 'l1' : 'l2', p);
      if (p === Infinity) return partsOf('chebyshev', p);
      return { ...plain, accumulate: sumOfPowers(p), power: p, finish: (s) => s ** (1 / p) };
    case 'cosine':
      return { ...plain, accumulate: oneMinusDot, power: 0, unit: true };
  }
}

/**
 * Rows as doubles, with a short summary each whose distance never exceeds that of the rows: of every chunk of n elements the mean
 * times n^(1/p) (Jensen), and for p = 2 the norm of what the mean leaves over (triangle inequality).
 */
interface Block {
  readonly rows: Float64Array;
  readonly summaries: Float64Array;
  /** Largest magnitude in it: rounding of the summaries is a fraction of that. */
  magnitude: number;
}

const CHUNK = 28;

function summaryLength(d: number, power: number): number {
  if (power === 0 || d < 2 * CHUNK) return 0;
  return Math.ceil(d / CHUNK) * (power === 2 ? 2 : 1);
}

function allocateBlock(rows: number, d: number, power: number): Block {
  return { rows: new Float64Array(rows * d), summaries: new Float64Array(rows * summaryLength(d, power)), magnitude: 0 };
}

function pack(block: Block, source: TypedArray, from: number, rows: number, d: number, { power, unit }: Parts): void {
  const X = block.rows;
  for (let i = 0, at = from * d; i < rows * d; i++, at++) X[i] = source[at]!;
  if (unit) for (let r = 0; r < rows; r++) normalize(X, r * d, d);
  const length = summaryLength(d, power);
  if (length === 0) return;
  block.magnitude = 0;
  for (let i = 0; i < rows * d; i++) block.magnitude = Math.max(block.magnitude, Math.abs(X[i]!));
  const chunks = Math.ceil(d / CHUNK);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < chunks; c++) {
      const start = r * d + c * CHUNK;
      const n = Math.min(CHUNK, d - c * CHUNK);
      let sum = 0;
      for (let i = start; i < start + n; i++) sum += X[i]!;
      const mean = sum / n;
      block.summaries[r * length + c] = power === Infinity ? mean : mean * n ** (1 / power);
      if (power !== 2) continue;
      let rest = 0;
      for (let i = start; i < start + n; i++) rest += (X[i]! - mean) ** 2;
      block.summaries[r * length + chunks + c] = Math.sqrt(rest);
    }
  }
}

function normalize(X: Float64Array, at: number, n: number): void {
  let largest = 0;
  for (let i = at; i < at + n; i++) largest = Math.max(largest, Math.abs(X[i]!));
  if (largest === 0) return;
  let s = 0;
  for (let i = at; i < at + n; i++) s += (X[i]! / largest) ** 2;
  const norm = Math.sqrt(s);
  for (let i = at; i < at + n; i++) X[i] = X[i]! / largest / norm;
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
const SLACK = 1e-12; // rounding of a summary, relative to the largest magnitude

/** Indices of the k nearest rows of `points` for every row of `queries`, nearest first, of equals the lowest index first; NaN is last. */
export function nearest(queries: NdArray, points: NdArray, out: NdArray, { k, metric, p }: NeighborAttrs): void {
  const [n, d] = queries.shape as readonly [number, number];
  const m = points.shape[0]!;
  const parts = partsOf(metric, p);
  const queryRows = Math.max(1, Math.min(n, 256, Math.floor(BLOCK / Math.max(1, d)), Math.floor((1 << 20) / k)));
  const pointRows = Math.max(1, Math.min(m, 1024, Math.floor(BLOCK / Math.max(1, d))));
  const Q = allocateBlock(queryRows, d, parts.power);
  const P = allocateBlock(pointRows, d, parts.power);
  const best = new Float64Array(queryRows * k);
  const indices = new Int32Array(queryRows * k);
  for (let q0 = 0; q0 < n; q0 += queryRows) {
    const rows = Math.min(queryRows, n - q0);
    pack(Q, queries.data, q0, rows, d, parts);
    best.fill(Infinity);
    indices.fill(m); // no point yet: worse than any
    for (let p0 = 0; p0 < m; p0 += pointRows) {
      const count = Math.min(pointRows, m - p0);
      pack(P, points.data, p0, count, d, parts);
      for (let q = 0; q < rows; q++) scan(Q, q, P, count, p0, d, parts, best, indices, k);
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

/** Offers a block of points to one query. */
function scan(
  Q: Block,
  q: number,
  P: Block,
  count: number,
  p0: number,
  d: number,
  { accumulate, power }: Parts,
  best: Float64Array,
  indices: Int32Array,
  k: number,
): void {
  const base = q * k;
  const length = summaryLength(d, power);
  const slack = SLACK * Math.max(Q.magnitude, P.magnitude) * (power === Infinity ? 1 : d ** (1 / power));
  let limit = best[base]!;
  let loose = loosened(limit, power, slack);
  for (let r = 0; r < count; r++) {
    if (length > 0 && accumulate(Q.summaries, q * length, P.summaries, r * length, length, loose) > loose) continue;
    let s = accumulate(Q.rows, q * d, P.rows, r * d, d, limit);
    if (Number.isNaN(s)) s = Infinity;
    if (!(s < limit || (s === limit && p0 + r < indices[base]!))) continue;
    best[base] = s;
    indices[base] = p0 + r;
    sink(best, indices, base, 0, k);
    limit = best[base]!;
    loose = loosened(limit, power, slack);
  }
}

/** The limit for summaries: their rounding must never cost a neighbour. */
function loosened(limit: number, power: number, slack: number): number {
  if (power === 0 || limit === Infinity) return Infinity;
  return power === Infinity ? limit + slack : (limit ** (1 / power) + slack) ** power * (1 + SLACK);
}

/** Distances of every query to the points of its row of `indices`. */
export function distancesTo(queries: NdArray, points: NdArray, indices: NdArray, out: NdArray, { k, metric, p }: NeighborAttrs): void {
  const [n, d] = queries.shape as readonly [number, number];
  const parts = { ...partsOf(metric, p) };
  const Q = allocateBlock(1, d, 0);
  const P = allocateBlock(1, d, 0);
  const bare = { ...parts, power: 0 };
  for (let q = 0; q < n; q++) {
    pack(Q, queries.data, q, 1, d, bare);
    for (let j = q * k; j < (q + 1) * k; j++) {
      pack(P, points.data, indices.data[j]!, 1, d, bare);
      out.data[j] = parts.finish(parts.accumulate(Q.rows, 0, P.rows, 0, d, Infinity));
    }
  }
}
