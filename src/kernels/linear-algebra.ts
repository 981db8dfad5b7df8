/**
 * @file Square matrices: factors by elimination, and what follows from them. All is computed in float64, whatever it is stored as.
 * @see Golub, Van Loan, Matrix Computations, 2013, chapters 3 and 4
 */
import type { TypedArray } from '../graph/dtype.js';
import { type Shape, sizeOf } from '../graph/shape.js';
import { broadcastStrides, everyElement, type NdArray, walk } from './nd.js';

/** P·A = L·U in one matrix: L below the diagonal, its own diagonal 1, U from there on. */
export interface Factors {
  readonly lu: Float64Array;
  /** Row i of P·A is row order[i] of A. */
  readonly order: Int32Array;
  /** The determinant of P: 1 or −1. */
  readonly sign: number;
}

/** A matrix that an op cannot take: which of the batch, and where elimination failed. */
export interface Failure {
  readonly matrix: readonly number[];
  readonly pivot: number;
}

function swapRows(m: Float64Array, n: number, i: number, j: number): void {
  for (let c = 0, a = i * n, b = j * n; c < n; c++, a++, b++) {
    const v = m[a]!;
    m[a] = m[b]!;
    m[b] = v;
  }
}

/** Subtracts multiples of row k from the rows below it, so that column k is 0 there, and keeps the factors in its place. */
function eliminate(m: Float64Array, n: number, k: number): void {
  const pivot = m[k * n + k]!;
  if (pivot === 0) return;
  for (let i = k + 1; i < n; i++) {
    const f = m[i * n + k]! / pivot;
    m[i * n + k] = f;
    for (let j = k + 1, a = i * n + j, b = k * n + j; j < n; j++, a++, b++) m[a]! -= f * m[b]!;
  }
}

/** Is v the better pivot? NaN is, so that it shows in the result. */
const wins = (v: number, best: number): boolean => Math.abs(v) > Math.abs(best) || (Number.isNaN(v) && !Number.isNaN(best));

/** Factors of the n×n matrix at `at`, the largest element of each column as its pivot. */
export function factorise(a: TypedArray, at: number, n: number): Factors {
  const lu = new Float64Array(a.subarray(at, at + n * n));
  const order = Int32Array.from({ length: n }, (_, i) => i);
  let sign = 1;
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++) if (wins(lu[i * n + k]!, lu[best * n + k]!)) best = i;
    if (best !== k) {
      swapRows(lu, n, best, k);
      [order[k], order[best]] = [order[best]!, order[k]!];
      sign = -sign;
    }
    eliminate(lu, n, k);
  }
  return { lu, order, sign };
}

/** A triangle in memory: steps from row to row and from column to column (exchanged: its transpose). */
interface Triangle {
  readonly data: TypedArray;
  readonly at: number;
  readonly row: number;
  readonly column: number;
  readonly lower: boolean;
  /** Is the diagonal 1, whatever stands there? */
  readonly unit: boolean;
}

/** X ← T⁻¹·X for n rows of k numbers, row by row from the corner of the triangle. */
function substitute({ data, at, row, column, lower, unit }: Triangle, n: number, x: Float64Array, k: number): void {
  for (let s = 0; s < n; s++) {
    const i = lower ? s : n - 1 - s;
    for (let t = 0; t < s; t++) {
      const j = lower ? t : n - 1 - t;
      const f = data[at + i * row + j * column]!;
      for (let c = 0, a = i * k, b = j * k; c < k; c++, a++, b++) x[a]! -= f * x[b]!;
    }
    if (unit) continue;
    const d = data[at + i * (row + column)]!;
    for (let c = 0, a = i * k; c < k; c++, a++) x[a]! /= d;
  }
}

/** The first 0 on a diagonal, or −1. */
function zeroOnDiagonal(a: TypedArray, at: number, n: number): number {
  for (let i = 0; i < n; i++) if (a[at + i * (n + 1)] === 0) return i;
  return -1;
}

/** Calls `visit` for every matrix of a batch with its number, and where the matrices of a and b begin. */
function pairs(a: Shape, b: Shape, batch: Shape, visit: (i: number, a: number, b: number) => void): void {
  const steps = [a, b].map((s) => broadcastStrides(s.slice(0, -2), batch).map((v) => v * sizeOf(s.slice(-2))));
  const w = walk(batch, steps);
  let i = 0;
  everyElement(w, ([x, y]) => {
    visit(i++, x!, y!);
  });
}

/** The index tuple of number i in a shape. */
function tuple(i: number, shape: Shape): number[] {
  const index: number[] = [];
  for (let axis = shape.length - 1, rest = i; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

/** Solves for every matrix of a batch: `solver` makes what solves in place for the matrix at `at`, once for matrices in a row that are one. */
function solveAll(
  a: NdArray,
  b: NdArray,
  out: NdArray,
  solver: (at: number, n: number) => { zero: number; solve: (x: Float64Array, k: number) => void },
): Failure | null {
  const [n, k] = out.shape.slice(-2) as [number, number];
  const batch = out.shape.slice(0, -2);
  if (sizeOf(out.shape) === 0) return null;
  let failure: Failure | null = null;
  let [last, current] = [-1, null as ReturnType<typeof solver> | null];
  pairs(a.shape, b.shape, batch, (i, from, to) => {
    if (failure !== null) return;
    if (from !== last) [last, current] = [from, solver(from, n)];
    if (current!.zero >= 0) {
      failure = { matrix: tuple(i, batch), pivot: current!.zero };
      return;
    }
    const x = new Float64Array(b.data.subarray(to, to + n * k));
    current!.solve(x, k);
    out.data.set(x, i * n * k);
  });
  return failure;
}

/** X = A⁻¹·B, or A⁻ᵀ·B, for a batch of matrices; what fails is returned. */
export function solveMatrices(a: NdArray, b: NdArray, out: NdArray, transposed: boolean): Failure | null {
  return solveAll(a, b, out, (at, n) => {
    const { lu, order } = factorise(a.data, at, n);
    const [row, column] = transposed ? [1, n] : [n, 1];
    const lower: Triangle = { data: lu, at: 0, row, column, lower: !transposed, unit: true };
    const upper: Triangle = { data: lu, at: 0, row, column, lower: transposed, unit: false };
    // A = Pᵀ·L·U, Aᵀ = Uᵀ·Lᵀ·P
    const solve = (x: Float64Array, k: number): void => {
      const own = x.slice();
      if (!transposed) order.forEach((from, i) => x.set(own.subarray(from * k, from * k + k), i * k));
      for (const triangle of transposed ? [upper, lower] : [lower, upper]) substitute(triangle, n, x, k);
      if (!transposed) return;
      own.set(x);
      order.forEach((to, i) => x.set(own.subarray(i * k, i * k + k), to * k));
    };
    return { zero: zeroOnDiagonal(lu, 0, n), solve };
  });
}

/** X = T⁻¹·B, or T⁻ᵀ·B, for one triangle of each matrix of a batch; what fails is returned. */
export function solveTriangles(a: NdArray, b: NdArray, out: NdArray, lower: boolean, transposed: boolean): Failure | null {
  return solveAll(a, b, out, (at, n) => {
    const [row, column] = transposed ? [1, n] : [n, 1];
    const triangle: Triangle = { data: a.data, at, row, column, lower: lower !== transposed, unit: false };
    return { zero: zeroOnDiagonal(a.data, at, n), solve: (x, k) => substitute(triangle, n, x, k) };
  });
}

/** Calls `visit` for every matrix of a batch. */
function each(a: NdArray, visit: (i: number, at: number, n: number) => void): void {
  const n = a.shape.at(-1)!;
  const count = sizeOf(a.shape.slice(0, -2));
  for (let i = 0; i < count; i++) visit(i, i * n * n, n);
}

/** Determinants: the product of the pivots. */
export function determinants(a: NdArray, out: NdArray): void {
  each(a, (i, at, n) => {
    const { lu, sign } = factorise(a.data, at, n);
    let d = sign;
    for (let k = 0; k < n; k++) d *= lu[k * (n + 1)]!;
    out.data[i] = d;
  });
}

/** Sign and logarithm of the size of determinants, side by side: neither overflows. A singular matrix has 0 and −∞. */
export function logDeterminants(a: NdArray, out: NdArray): void {
  each(a, (i, at, n) => {
    const { lu, sign } = factorise(a.data, at, n);
    let [s, log] = [sign, 0];
    for (let k = 0; k < n; k++) {
      const pivot = lu[k * (n + 1)]!;
      s *= Math.sign(pivot);
      log += Math.log(Math.abs(pivot));
    }
    // never −0
    out.data[2 * i] = s === 0 ? 0 : s;
    out.data[2 * i + 1] = log;
  });
}

/**
 * Cofactors, the derivative of the determinant, right for singular matrices too. P·A·Q = L·U with the largest of all elements left as pivot,
 * so that only the last pivot d of a matrix of rank n − 1 is 0; with U = [U₁ u; 0 d], D = det U₁ and V = U₁⁻ᵀ the cofactors of U are
 * D·[d·V 0; −uᵀV 1], which never divides by d. Those of L are L⁻ᵀ, those of a product are the product.
 */
export function cofactors(a: NdArray, out: NdArray): void {
  each(a, (_, at, n) => {
    const m = new Float64Array(a.data.subarray(at, at + n * n));
    const rows = Int32Array.from({ length: n }, (_, k) => k);
    const columns = rows.slice();
    let scale = 1;
    for (let k = 0; k < n - 1; k++) {
      scale *= pivotOfAll(m, n, k, rows, columns);
      eliminate(m, n, k);
      scale *= m[k * (n + 1)]!;
    }
    const x = new Float64Array(n * n);
    // rank n − 2 or less: all minors are 0
    if (scale === 0) return;
    const last = n - 1;
    const d = m[n * n - 1]!;
    // rows of V, without their last element, which is 0
    for (let k = 0; k < last; k++) x[k * n + k] = 1;
    substitute({ data: m, at: 0, row: 1, column: n, lower: true, unit: false }, last, x, n);
    x[n * n - 1] = scale;
    for (let k = 0; k < last; k++) {
      const u = m[k * n + last]! * scale;
      for (let j = 0; j <= k; j++) {
        x[last * n + j]! -= u * x[k * n + j]!;
        x[k * n + j]! *= d * scale;
      }
    }
    substitute({ data: m, at: 0, row: 1, column: n, lower: false, unit: true }, n, x, n);
    for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) out.data[at + rows[k]! * n + columns[j]!] = x[k * n + j]!;
  });
}

/** Brings the largest element from row and column k on to the diagonal; −1 to the number of exchanges. */
function pivotOfAll(m: Float64Array, n: number, k: number, rows: Int32Array, columns: Int32Array): number {
  let [r, c] = [k, k];
  for (let i = k; i < n; i++) for (let j = k; j < n; j++) if (wins(m[i * n + j]!, m[r * n + c]!)) [r, c] = [i, j];
  swapRows(m, n, k, r);
  for (let i = 0; i < n; i++) [m[i * n + k], m[i * n + c]] = [m[i * n + c]!, m[i * n + k]!];
  [rows[k], rows[r]] = [rows[r]!, rows[k]!];
  [columns[k], columns[c]] = [columns[c]!, columns[k]!];
  return (r === k ? 1 : -1) * (c === k ? 1 : -1);
}

/** Lower triangles L with L·Lᵀ = (A + Aᵀ)/2, row by row; the first leading minor that is not positive is returned. */
export function choleskyFactors(a: NdArray, out: NdArray): Failure | null {
  let failure: Failure | null = null;
  each(a, (i, at, n) => {
    const l = new Float64Array(n * n);
    for (let r = 0; r < n && failure === null; r++) {
      for (let c = 0; c <= r; c++) {
        let dot = 0;
        for (let k = 0; k < c; k++) dot += l[r * n + k]! * l[c * n + k]!;
        const s = (a.data[at + r * n + c]! + a.data[at + c * n + r]!) / 2 - dot;
        if (c < r) l[r * n + c] = s / l[c * n + c]!;
        else if (s > 0) l[r * n + r] = Math.sqrt(s);
        else failure = { matrix: tuple(i, a.shape.slice(0, -2)), pivot: r };
      }
    }
    out.data.set(l, at);
  });
  return failure;
}
