/**
 * @file How far two rows are apart: each metric as a sum (or a maximum) over elements and what is made of it.
 */
import { UsageError } from '../graph/errors.js';

/** How far two rows are apart; a function sees both as plain numbers. */
export type Metric = 'l1' | 'l2' | 'sqeuclidean' | 'chebyshev' | 'minkowski' | 'cosine' | ((a: Float64Array, b: Float64Array) => number);

/** Accumulates n elements of rows A[a…] and B[b…]: a sum of powers of differences, or the largest of them. */
export type Accumulate = (A: Float64Array, a: number, B: Float64Array, b: number, n: number) => number;

const sumOfSquares: Accumulate = (A, a, B, b, n) => {
  let s = 0;
  let t = 0;
  let u = 0;
  let v = 0;
  let i = 0;
  // four sums: additions to one would wait for each other
  for (; i + 3 < n; i += 4) {
    const d = A[a + i]! - B[b + i]!;
    const e = A[a + i + 1]! - B[b + i + 1]!;
    const f = A[a + i + 2]! - B[b + i + 2]!;
    const g = A[a + i + 3]! - B[b + i + 3]!;
    s += d * d;
    t += e * e;
    u += f * f;
    v += g * g;
  }
  for (; i < n; i++) {
    const d = A[a + i]! - B[b + i]!;
    s += d * d;
  }
  return s + t + (u + v);
};

const sumOfAbsolutes: Accumulate = (A, a, B, b, n) => {
  let s = 0;
  let t = 0;
  let u = 0;
  let v = 0;
  let i = 0;
  for (; i + 3 < n; i += 4) {
    s += Math.abs(A[a + i]! - B[b + i]!);
    t += Math.abs(A[a + i + 1]! - B[b + i + 1]!);
    u += Math.abs(A[a + i + 2]! - B[b + i + 2]!);
    v += Math.abs(A[a + i + 3]! - B[b + i + 3]!);
  }
  for (; i < n; i++) s += Math.abs(A[a + i]! - B[b + i]!);
  return s + t + (u + v);
};

const largestAbsolute: Accumulate = (A, a, B, b, n) => {
  let s = 0;
  for (let i = 0; i < n; i++) s = Math.max(s, Math.abs(A[a + i]! - B[b + i]!)); // NaN stays NaN
  return s;
};

const sumOfPowers =
  (p: number): Accumulate =>
  (A, a, B, b, n) => {
    let s = 0;
    for (let i = 0; i < n; i++) s += Math.abs(A[a + i]! - B[b + i]!) ** p;
    return s;
  };

/** A metric taken apart. */
export interface Parts {
  readonly accumulate: Accumulate;
  /** The power that is summed; Infinity for the largest difference, 0 for a function that must see whole rows. */
  readonly power: number;
  /** From the accumulated value to the distance. */
  readonly finish: (s: number) => number;
  /** Cosine: half the square of the distance of unit rows. */
  readonly unit: boolean;
}

export function partsOf(metric: Metric, p: number): Parts {
  const plain = { finish: (s: number): number => s, unit: false };
  if (typeof metric === 'function') {
    const accumulate: Accumulate = (A, a, B, b, n) => {
      const d: unknown = metric(A.slice(a, a + n), B.slice(b, b + n));
      if (typeof d !== 'number' || Number.isNaN(d)) throw new UsageError('kNearest', 'the metric must return a number', `got ${String(d)}`);
      return d;
    };
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
      return { accumulate: sumOfSquares, power: 2, finish: (s) => s / 2, unit: true };
  }
}
