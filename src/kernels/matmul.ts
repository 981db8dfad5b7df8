/**
 * @file Matrix products of plain buffers, either factor possibly transposed: packed panels and a 4×4 block of registers.
 * Products are summed in float64 whatever the storage; large ones of one float type go to the vector kernel.
 */
import type { TypedArray } from '../graph/dtype.js';
import { type Shape, sizeOf } from '../graph/shape.js';
import { broadcastStrides, everyElement, type NdArray, walk } from './nd.js';
import { type Product, simdProduct } from './simd-matmul.js';

/** Which factors are stored transposed. */
export interface MatmulAttrs {
  readonly ta: boolean;
  readonly tb: boolean;
}

/** Batched product over broadcast batch axes: the last two axes are the matrices; a vector is a row on the left, a column on the right. */
export function matmul(a: NdArray, b: NdArray, out: NdArray, { ta, tb }: MatmulAttrs): void {
  const rankA = a.shape.length;
  const rankB = b.shape.length;
  const left = ta && rankA > 1;
  const right = tb && rankB > 1;
  const m = rankA === 1 ? 1 : a.shape[rankA - (left ? 1 : 2)]!;
  const k = a.shape[rankA - (left ? 2 : 1)]!;
  const n = rankB === 1 ? 1 : b.shape[rankB - (right ? 2 : 1)]!;
  if (m * n === 0) return;
  if (rankA <= 2 && rankB <= 2) product(a.data, 0, b.data, 0, out.data, 0, m, k, n, left, right);
  else batched(a, b, out, m, k, n, left, right);
}

function batched(a: NdArray, b: NdArray, out: NdArray, m: number, k: number, n: number, left: boolean, right: boolean): void {
  const vectors = (a.shape.length === 1 ? 1 : 0) + (b.shape.length === 1 ? 1 : 0);
  const batch = out.shape.slice(0, out.shape.length - 2 + vectors);
  if (sizeOf(batch) === 0) return;
  const w = walk(batch, [
    matrixStrides(a.shape, m * k, batch),
    matrixStrides(b.shape, k * n, batch),
    broadcastStrides(batch, batch).map((step) => step * m * n),
  ]);
  everyElement(w, ([ai, bi, oi]) => {
    product(a.data, ai!, b.data, bi!, out.data, oi!, m, k, n, left, right);
  });
}

/** Steps in elements from matrix to matrix of one factor along the batch axes. */
function matrixStrides(shape: Shape, size: number, batch: Shape): number[] {
  return broadcastStrides(shape.slice(0, -2), batch).map((step) => step * size);
}

/** One product C = op(A)·op(B), A [m,k], B [k,n]. */
function product(
  A: TypedArray,
  a: number,
  B: TypedArray,
  b: number,
  C: TypedArray,
  c: number,
  m: number,
  k: number,
  n: number,
  ta: boolean,
  tb: boolean,
): void {
  // strides of a row and of a column of op(A) and op(B)
  const ar = ta ? 1 : k;
  const ac = ta ? m : 1;
  const br = tb ? 1 : n;
  const bc = tb ? k : 1;
  if (n === 1) vector(A, a, ar, ac, B, b, br, C, c, m, k);
  else if (m === 1) vector(B, b, bc, br, A, a, ac, C, c, n, k);
  else if (m < 4 || n < 4 || m * k * n < 4096) small(A, a, ar, ac, B, b, br, bc, C, c, m, k, n);
  else if (!simdProduct(A, a, ar, ac, B, b, br, bc, C, c, m, k, n)) blocked(A, a, ar, ac, B, b, br, bc, C, c, m, k, n);
}

/** c = A·b for a vector b, four rows at a time, then two, then one: additions to one sum wait for each other, those to four do not. */
function vector(
  A: TypedArray,
  a: number,
  ar: number,
  ac: number,
  B: TypedArray,
  b: number,
  br: number,
  C: TypedArray,
  c: number,
  m: number,
  k: number,
): void {
  // |0: without it engines check every sum of indices for overflow
  const end = (b + k * br) | 0;
  const ar2 = (2 * ar) | 0;
  const ar3 = (3 * ar) | 0;
  let i = 0;
  for (; i + 3 < m; i += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let x = (a + i * ar) | 0, y = b | 0; y !== end; x = (x + ac) | 0, y = (y + br) | 0) {
      const v = B[y]!;
      s0 += A[x]! * v;
      s1 += A[(x + ar) | 0]! * v;
      s2 += A[(x + ar2) | 0]! * v;
      s3 += A[(x + ar3) | 0]! * v;
    }
    C[c + i] = s0;
    C[c + i + 1] = s1;
    C[c + i + 2] = s2;
    C[c + i + 3] = s3;
  }
  if (i + 1 < m) {
    let s0 = 0;
    let s1 = 0;
    for (let x = a + i * ar, y = b; y !== end; x += ac, y += br) {
      const v = B[y]!;
      s0 += A[x]! * v;
      s1 += A[x + ar]! * v;
    }
    C[c + i] = s0;
    C[c + i + 1] = s1;
    i += 2;
  }
  if (i < m) {
    let s = 0;
    for (let x = a + i * ar, y = b; y !== end; x += ac, y += br) s += A[x]! * B[y]!;
    C[c + i] = s;
  }
}

const small: Product<void> = (A, a, ar, ac, B, b, br, bc, C, c, m, k, n) => {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let s = 0;
      for (let p = 0, x = a + i * ar, y = b + j * bc; p < k; p++, x += ac, y += br) s += A[x]! * B[y]!;
      C[c + i * n + j] = s;
    }
  }
};

let panelA = new Float64Array(0);
let panelB = new Float64Array(0);

const blocked: Product<void> = (A, a, ar, ac, B, b, br, bc, C, c, m, k, n) => {
  const strips = Math.ceil(n / 4);
  if (panelB.length < strips * 4 * k) panelB = new Float64Array(strips * 4 * k);
  if (panelA.length < 4 * k) panelA = new Float64Array(4 * k);
  const [P, Q] = [panelA, panelB];
  for (let s = 0; s < strips; s++) pack(B, b + 4 * s * bc, bc, br, Math.min(4, n - 4 * s), k, Q, s * 4 * k);
  for (let i = 0; i < m; i += 4) {
    const rows = Math.min(4, m - i);
    pack(A, a + i * ar, ar, ac, rows, k, P, 0);
    for (let s = 0; s < strips; s++) block(P, Q, s * 4 * k, k, C, c + i * n + 4 * s, n, rows, Math.min(4, n - 4 * s));
  }
};

/** Four lines (fewer at the edge: zeros) of a matrix, interleaved, so that the block reads memory in order. */
function pack(X: TypedArray, x: number, line: number, step: number, lines: number, k: number, P: Float64Array, at: number): void {
  if (lines < 4) P.fill(0, at, at + 4 * k);
  for (let l = 0; l < lines; l++) for (let p = 0, i = x + l * line, o = at + l; p < k; p++, i += step, o += 4) P[o] = X[i]!;
}

function block(
  P: Float64Array,
  Q: Float64Array,
  q0: number,
  k: number,
  C: TypedArray,
  c: number,
  n: number,
  rows: number,
  cols: number,
): void {
  let [c00, c01, c02, c03, c10, c11, c12, c13] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [c20, c21, c22, c23, c30, c31, c32, c33] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let p = 0, q = q0; p < 4 * k; p += 4, q += 4) {
    const b0 = Q[q]!;
    const b1 = Q[q + 1]!;
    const b2 = Q[q + 2]!;
    const b3 = Q[q + 3]!;
    let x = P[p]!;
    c00 += x * b0;
    c01 += x * b1;
    c02 += x * b2;
    c03 += x * b3;
    x = P[p + 1]!;
    c10 += x * b0;
    c11 += x * b1;
    c12 += x * b2;
    c13 += x * b3;
    x = P[p + 2]!;
    c20 += x * b0;
    c21 += x * b1;
    c22 += x * b2;
    c23 += x * b3;
    x = P[p + 3]!;
    c30 += x * b0;
    c31 += x * b1;
    c32 += x * b2;
    c33 += x * b3;
  }
  row(C, c, cols, c00, c01, c02, c03);
  if (rows > 1) row(C, c + n, cols, c10, c11, c12, c13);
  if (rows > 2) row(C, c + 2 * n, cols, c20, c21, c22, c23);
  if (rows > 3) row(C, c + 3 * n, cols, c30, c31, c32, c33);
}

function row(C: TypedArray, at: number, cols: number, v0: number, v1: number, v2: number, v3: number): void {
  C[at] = v0;
  if (cols > 1) C[at + 1] = v1;
  if (cols > 2) C[at + 2] = v2;
  if (cols > 3) C[at + 3] = v3;
}
