/**
 * @file Least squares by Householder reflections with column pivoting: stable, and right for dependent columns too.
 * @see Golub, Van Loan, Matrix Computations, 2013, chapter 5
 */

/** A matrix in row-major order. */
interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** Reflects columns `from` … of `m` at the vector v, which is 0 above row k: A ← A − 2·v·(vᵀA)/(vᵀv). */
function reflect(m: Matrix, v: Float64Array, k: number, from: number, vv: number): void {
  const { rows, columns, data } = m;
  for (let j = from; j < columns; j++) {
    let s = 0;
    for (let i = k; i < rows; i++) s += v[i]! * data[i * columns + j]!;
    s = (2 * s) / vv;
    for (let i = k; i < rows; i++) data[i * columns + j]! -= s * v[i]!;
  }
}

/**
 * Triangularises `a` in place, applies the same reflections to `b`, and returns the order of the columns and the rank: columns of which
 * no more is left than this part of the largest count as dependent.
 */
function triangularise(a: Matrix, b: Matrix, tolerance: number): { order: number[]; rank: number } {
  const { rows, columns, data } = a;
  const order = Array.from({ length: columns }, (_, j) => j);
  const v = new Float64Array(rows);
  let largest = 0;
  const most = Math.min(rows, columns);
  for (let k = 0; k < most; k++) {
    // the column with most left goes first
    let [best, left] = [k, -1];
    for (let j = k; j < columns; j++) {
      let s = 0;
      for (let i = k; i < rows; i++) s += data[i * columns + j]! ** 2;
      if (s > left) [best, left] = [j, s];
    }
    const norm = Math.sqrt(left);
    if (k === 0) largest = norm;
    if (norm <= largest * tolerance) return { order, rank: k };
    if (best !== k) {
      for (let i = 0; i < rows; i++) {
        const [p, q] = [i * columns + k, i * columns + best];
        const swap = data[p]!;
        data[p] = data[q]!;
        data[q] = swap;
      }
      const swap = order[k]!;
      order[k] = order[best]!;
      order[best] = swap;
    }
    let vv = 0;
    for (let i = k; i < rows; i++) v[i] = data[i * columns + k]!;
    v[k]! += v[k]! < 0 ? -norm : norm; // away from cancellation
    for (let i = k; i < rows; i++) vv += v[i]! ** 2;
    reflect(a, v, k, k, vv);
    reflect(b, v, k, 0, vv);
  }
  return { order, rank: most };
}

/** Solves R·x = b for the upper triangle of `r`, or Rᵀ·x = b, one right-hand side a column, in place of the first n rows of b. */
function solveTriangle(r: Matrix, b: Matrix, n: number, transposed: boolean): void {
  const at = (i: number, j: number): number => (transposed ? r.data[j * r.columns + i]! : r.data[i * r.columns + j]!);
  for (let c = 0; c < b.columns; c++) {
    for (let step = 0; step < n; step++) {
      const i = transposed ? step : n - 1 - step;
      let s = b.data[i * b.columns + c]!;
      for (let j = transposed ? 0 : i + 1; j < (transposed ? i : n); j++) s -= at(i, j) * b.data[j * b.columns + c]!;
      b.data[i * b.columns + c] = s / at(i, i);
    }
  }
}

/** For each column the power of two that brings its largest element to [1, 2): exact, so that nothing is lost. */
function columnScales({ rows, columns, data }: Matrix): Float64Array {
  const scales = new Float64Array(columns).fill(1);
  for (let j = 0; j < columns; j++) {
    let largest = 0;
    for (let i = 0; i < rows; i++) largest = Math.max(largest, Math.abs(data[i * columns + j]!));
    if (largest > 0) scales[j] = 2 ** -Math.max(-1000, Math.floor(Math.log2(largest)));
  }
  return scales;
}

/**
 * X [columns, targets] that minimises ‖A·X − B‖, the shortest one where there are several; A is [rows, columns], B [rows, targets].
 * Neither is changed. Which columns count as dependent does not depend on their units.
 */
export function leastSquares(A: Float64Array, B: Float64Array, rows: number, columns: number, targets: number): Float64Array {
  const a: Matrix = { rows, columns, data: A.slice() };
  const b: Matrix = { rows, columns: targets, data: B.slice() };
  const scales = columnScales(a);
  for (let k = 0; k < a.data.length; k++) a.data[k]! *= scales[k % columns]!;
  const { order, rank } = triangularise(a, b, Math.max(rows, columns) * Number.EPSILON);
  const out = new Float64Array(columns * targets);
  if (rank === columns) {
    solveTriangle(a, b, rank, false);
    order.forEach((column, i) => {
      for (let c = 0; c < targets; c++) out[column * targets + c] = b.data[i * targets + c]! * scales[column]!;
    });
  } else if (rank > 0) {
    // R = [R₁ R₂] is wide: with Rᵀ = Q·T the shortest solution of R·x = b is Q·T⁻ᵀ·b, in the units of A
    const t: Matrix = { rows: columns, columns: rank, data: new Float64Array(columns * rank) };
    for (let i = 0; i < rank; i++)
      for (let j = i; j < columns; j++) t.data[order[j]! * rank + i] = a.data[i * columns + j]! / scales[order[j]!]!;
    // Q is collected by reflecting the identity: its transpose comes out
    const q: Matrix = { rows: columns, columns, data: new Float64Array(columns * columns) };
    for (let i = 0; i < columns; i++) q.data[i * columns + i] = 1;
    const { order: swapped } = triangularise(t, q, 0);
    const right: Matrix = { rows: rank, columns: targets, data: new Float64Array(rank * targets) };
    for (let i = 0; i < rank; i++) for (let c = 0; c < targets; c++) right.data[i * targets + c] = b.data[swapped[i]! * targets + c]!;
    solveTriangle(t, right, rank, true);
    for (let i = 0; i < columns; i++) {
      for (let c = 0; c < targets; c++) {
        let s = 0;
        for (let k = 0; k < rank; k++) s += q.data[k * columns + i]! * right.data[k * targets + c]!;
        out[i * targets + c] = s;
      }
    }
  }
  return out;
}
