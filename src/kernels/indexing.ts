/**
 * @file Kernels that read and write at indices. Indices are checked here, because only here are they values.
 */
import type { TypedArray } from '../graph/dtype.js';
import { DTypeError, ShapeError } from '../graph/errors.js';
import type { NdArray } from './nd.js';

/** What indices are called in messages, and one of them. */
const ONE = { indices: 'index', labels: 'label' } as const;

/** Throws unless all are whole numbers from 0 to n − 1: for losses, which speak of labels and classes in their own name. */
export function checkLabelValues(op: string, labels: TypedArray, n: number): void {
  for (let i = 0; i < labels.length; i++) indexAt(op, 'labels', labels, i, n, false, `${n} classes`);
}

/** The index at position `i`, brought to 0…n−1 (negative ones count from the end where allowed), or an error. */
function indexAt(
  op: string,
  what: keyof typeof ONE,
  indices: TypedArray,
  i: number,
  n: number,
  negative: boolean,
  range = `the axis has ${n} entries`,
): number {
  const v = indices[i]!;
  if (!Number.isInteger(v)) throw new DTypeError(op, `${what} must be integers`, `${what}[${i}] is ${v}`);
  if (v >= n || v < (negative ? -n : 0)) {
    throw new ShapeError(op, `${ONE[what]} ${v} is out of range`, `${what}[${i}]`, `${range}: ${negative ? `${-n}` : '0'} … ${n - 1}`);
  }
  return v < 0 ? v + n : v;
}

/** Sizes around an axis: elements outside it, along it, inside it. */
function around(shape: readonly number[], axis: number): [outer: number, n: number, inner: number] {
  const product = (s: readonly number[]): number => s.reduce((a, b) => a * b, 1);
  return [product(shape.slice(0, axis)), shape[axis]!, product(shape.slice(axis + 1))];
}

/** Rows of `x` along `axis` at `indices`. */
export function takeRows(x: NdArray, indices: NdArray, out: NdArray, axis: number): void {
  const [outer, n, inner] = around(x.shape, axis);
  const count = indices.data.length;
  for (let j = 0; j < count; j++) {
    const row = indexAt('take', 'indices', indices.data, j, n, true);
    for (let o = 0; o < outer; o++) {
      const from = (o * n + row) * inner;
      const to = (o * count + j) * inner;
      for (let i = 0; i < inner; i++) out.data[to + i] = x.data[from + i]!;
    }
  }
}

/** Adds the rows of `x` to the rows of `out` at `indices`: the transpose of `takeRows`. */
export function addRows(x: NdArray, indices: NdArray, out: NdArray, axis: number): void {
  const [outer, n, inner] = around(out.shape, axis);
  const count = indices.data.length;
  for (let j = 0; j < count; j++) {
    const row = indexAt('scatterAdd', 'indices', indices.data, j, n, true);
    for (let o = 0; o < outer; o++) {
      const to = (o * n + row) * inner;
      const from = (o * count + j) * inner;
      for (let i = 0; i < inner; i++) out.data[to + i]! += x.data[from + i]!;
    }
  }
}

/** out[…, j, …] = x[…, indices[…, j, …], …] along `axis`; other axes agree. */
export function gatherAlong(x: NdArray, indices: NdArray, out: NdArray, axis: number, op: string, what: keyof typeof ONE): void {
  const [, n, inner] = around(x.shape, axis);
  const m = indices.shape[axis]!;
  for (let i = 0; i < indices.data.length; i++) {
    const outer = Math.floor(i / (m * inner));
    out.data[i] = x.data[(outer * n + indexAt(op, what, indices.data, i, n, what === 'indices')) * inner + (i % inner)]!;
  }
}

/** Adds `x` to `out` at `indices` along `axis`: the transpose of `gatherAlong`. */
export function scatterAlong(x: NdArray, indices: NdArray, out: NdArray, axis: number): void {
  const [, n, inner] = around(out.shape, axis);
  const m = indices.shape[axis]!;
  for (let i = 0; i < indices.data.length; i++) {
    const outer = Math.floor(i / (m * inner));
    out.data[(outer * n + indexAt('scatterAdd', 'indices', indices.data, i, n, true)) * inner + (i % inner)]! += x.data[i]!;
  }
}

/** Rows of 0 with a 1 at each label. */
export function oneHotRows(labels: NdArray, out: NdArray, n: number): void {
  for (let i = 0; i < labels.data.length; i++) out.data[i * n + indexAt('oneHot', 'labels', labels.data, i, n, false)] = 1;
}
