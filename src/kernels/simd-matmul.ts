/**
 * @file Large matrix products by the vector kernel: factors are copied into its memory, the product is copied out.
 */
import type { TypedArray } from '../graph/dtype.js';
import { PANEL, reserve, wasmKernels } from './wasm.js';

/** Below this many multiplications copying costs more than the kernel saves. */
const WORTH = 32 * 32 * 32;
/** The kernel's addresses have 31 bits; half of them are enough for matrices of 2^26 numbers, and leave a machine its memory. */
const MOST_BYTES = 2 ** 30;

const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/**
 * C[m,n] = op(A)·op(B) from buffers and where the matrices begin in them; ar, ac are the steps to the next row and column of op(A), br and
 * bc of op(B).
 */
export type Product<R> = (
  A: TypedArray,
  a: number,
  ar: number,
  ac: number,
  B: TypedArray,
  b: number,
  br: number,
  bc: number,
  C: TypedArray,
  c: number,
  m: number,
  k: number,
  n: number,
) => R;

/** The product, or false where it is left to the loops in JavaScript. */
export const simdProduct: Product<boolean> = (A, a, ar, ac, B, b, br, bc, C, c, m, k, n) => {
  if (m * k * n < WORTH) return false;
  const single = C instanceof Float32Array && A instanceof Float32Array && B instanceof Float32Array;
  if (!single && !(C instanceof Float64Array && A instanceof Float64Array && B instanceof Float64Array)) return false;
  const kernels = wasmKernels();
  if (kernels === null) return false;
  const size = single ? 4 : 8;
  const atB = aligned(m * k * size);
  const atC = atB + aligned(k * n * size);
  const panelsA = atC + aligned(m * n * size);
  const panelsB = panelsA + PANEL.height * PANEL.depth * size;
  const tile = panelsB + Math.ceil(n / 8) * 8 * PANEL.depth * size;
  const end = tile + 128;
  if (end > MOST_BYTES || !reserve(kernels.memory, end)) return false;
  const { buffer } = kernels.memory;
  const view = (from: number, length: number): TypedArray =>
    single ? new Float32Array(buffer, from, length) : new Float64Array(buffer, from, length);
  view(0, m * k).set(A.subarray(a, a + m * k));
  view(atB, k * n).set(B.subarray(b, b + k * n));
  (single ? kernels.matmul32 : kernels.matmul64)(m, n, k, 0, ar, ac, atB, br, bc, atC, n, panelsA, panelsB, tile, 0, 0);
  C.set(view(atC, m * n), c);
  return true;
};
