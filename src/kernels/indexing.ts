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
  for (let i = 0; i < labels.length; i++) {
    const v = labels[i]!;
    if (!(v >= 0 && v < n && Number.isInteger(v))) indexAt(op, 'labels', labels, i, n, false, `${n} classes`);
  }
}

/** Throws unless all are whole numbers from −n to n − 1. */
export function checkIndexValues(op: string, indices: TypedArray, n: number): void {
  for (let i = 0; i < indices.length; i++) indexAt(op, 'indices', indices, i, n, true);
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

/** All indices, brought to 0…n−1; the first that is none is an error. */
function positions(op: string, what: keyof typeof ONE, { data }: NdArray, n: number): Int32Array {
  const negative = what === 'indices';
  const at = new Int32Array(data.length);
  for (let i = 0; i < at.length; i++) {
    const v = data[i]!;
    // a copy in int32 that equals v proves that it is whole
    at[i] = v;
    if (!(at[i] === v && v >= 0 && v < n)) at[i] = indexAt(op, what, data, i, n, negative);
  }
  return at;
}

/** Sizes around an axis: elements outside it, along it, inside it. */
function around(shape: readonly number[], axis: number): [outer: number, n: number, inner: number] {
  const product = (s: readonly number[]): number => s.reduce((a, b) => a * b, 1);
  return [product(shape.slice(0, axis)), shape[axis]!, product(shape.slice(axis + 1))];
}

/** Elements of a row from which on the engine's own copy is faster than a loop. */
const LONG = 48;

/** Rows of `x` along `axis` at `indices`. */
export function takeRows(x: NdArray, indices: NdArray, out: NdArray, axis: number): void {
  const [outer, n, inner] = around(x.shape, axis);
  const at = positions('take', 'indices', indices, n);
  const [data, o] = [x.data, out.data];
  for (let block = 0, to = 0; block < outer; block++) {
    const from = block * n * inner;
    if (inner === 1) for (let j = 0; j < at.length; j++, to++) o[to] = data[from + at[j]!]!;
    else if (inner < LONG) for (let j = 0; j < at.length; j++, to += inner) copyRow(o, to, data, from + at[j]! * inner, inner);
    else for (let j = 0; j < at.length; j++, to += inner) o.set(data.subarray(from + at[j]! * inner, from + (at[j]! + 1) * inner), to);
  }
}

function copyRow(o: TypedArray, to: number, x: TypedArray, from: number, n: number): void {
  for (let i = 0; i < n; i++) o[to + i] = x[from + i]!;
}

/** Adds the rows of `x` to the rows of `out` at `indices`: the transpose of `takeRows`. */
export function addRows(x: NdArray, indices: NdArray, out: NdArray, axis: number): void {
  const [outer, n, inner] = around(out.shape, axis);
  const at = positions('scatterAdd', 'indices', indices, n);
  const [data, o] = [x.data, out.data];
  for (let block = 0, from = 0; block < outer; block++) {
    for (let j = 0; j < at.length; j++, from += inner) addRow(o, (block * n + at[j]!) * inner, data, from, inner);
  }
}

function addRow(o: TypedArray, to: number, x: TypedArray, from: number, n: number): void {
  for (let i = 0; i < n; i++) o[to + i]! += x[from + i]!;
}

/** out[…, j, …] = x[…, indices[…, j, …], …] along `axis`; other axes agree. */
export function gatherAlong(x: NdArray, indices: NdArray, out: NdArray, axis: number, op: string, what: keyof typeof ONE): void {
  const [outer, n, inner] = around(x.shape, axis);
  const at = positions(op, what, indices, n);
  const count = indices.shape[axis]!;
  const [data, o] = [x.data, out.data];
  for (let block = 0, k = 0; block < outer; block++) {
    const from = block * n * inner;
    for (let j = 0; j < count; j++) for (let i = 0; i < inner; i++, k++) o[k] = data[from + at[k]! * inner + i]!;
  }
}

/** Adds `x` to `out` at `indices` along `axis`: the transpose of `gatherAlong`. */
export function scatterAlong(x: NdArray, indices: NdArray, out: NdArray, axis: number): void {
  const [outer, n, inner] = around(out.shape, axis);
  const at = positions('scatterAdd', 'indices', indices, n);
  const count = indices.shape[axis]!;
  const [data, o] = [x.data, out.data];
  for (let block = 0, k = 0; block < outer; block++) {
    const to = block * n * inner;
    for (let j = 0; j < count; j++) for (let i = 0; i < inner; i++, k++) o[to + at[k]! * inner + i]! += data[k]!;
  }
}

/** Rows of 0 with a 1 at each label. */
export function oneHotRows(labels: NdArray, out: NdArray, n: number): void {
  const at = positions('oneHot', 'labels', labels, n);
  for (let i = 0; i < at.length; i++) out.data[i * n + at[i]!] = 1;
}
