/**
 * @file What the ops of square matrices compute, by determinants that are expanded along a row: Cramer's rule for systems, minors for
 * cofactors and for the factor of Cholesky. Nothing is eliminated.
 */
import { at, broadcastShape, build, type Index, item, nd, type Nd } from './nd.js';

type Attrs = Readonly<Record<string, unknown>>;
type Oracle = (inputs: readonly Nd[], attrs: Attrs) => Nd;
type Matrix = readonly (readonly number[])[];

/** One matrix of a batch; axes of length 1 and axes that are missing stand for all. */
function matrixOf(x: Nd, batch: Index): Matrix {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const own = x.shape.slice(0, -2);
  const place = batch.slice(batch.length - own.length).map((p, axis) => (own[axis] === 1 ? 0 : p));
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_unused, j) => at(x, [...place, i, j])));
}

const without = (m: Matrix, row: number, column: number): Matrix =>
  m.filter((_, i) => i !== row).map((r) => r.filter((_, j) => j !== column));
const sign = (i: number): number => (i % 2 === 0 ? 1 : -1);

/** Laplace: Σ_j ±a_0j·minor_0j. */
export function determinant(m: Matrix): number {
  if (m.length === 0) return 1;
  return item(m, 0).reduce((s, v, j) => s + sign(j) * v * determinant(without(m, 0, j)), 0);
}

/** Cramer: x_ic = det(A with column i replaced by b_c)/det(A). */
function cramer(a: Matrix, b: Matrix, i: number, column: number): number {
  const replaced = a.map((row, r) => row.map((v, j) => (j === i ? item(item(b, r), column) : v)));
  return determinant(replaced) / determinant(a);
}

const transposed = (m: Matrix): Matrix => m.map((_, i) => m.map((row) => item(row, i)));

/** The system of each matrix of a batch, after A was made into what the op reads. */
function systems(a: Nd, b: Nd, read: (m: Matrix) => Matrix): Nd {
  const batch = broadcastShape([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  return build([...batch, ...b.shape.slice(-2)], (index) => {
    const place = index.slice(0, -2);
    return cramer(read(matrixOf(a, place)), matrixOf(b, place), index.at(-2)!, index.at(-1)!);
  });
}

/** The submatrix of some rows and columns. */
const part = (m: Matrix, rows: readonly number[], columns: readonly number[]): Matrix =>
  rows.map((i) => columns.map((j) => item(item(m, i), j)));
const below = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** L_ij = det A[1…j−1, i; 1…j] / √(Δ_{j−1}·Δ_j) with the leading minors Δ, for i ≥ j. */
function choleskyEntry(a: Matrix, i: number, j: number): number {
  if (i < j) return 0;
  const symmetric = a.map((row, r) => row.map((v, c) => (v + item(item(a, c), r)) / 2));
  const minor = (k: number): number => determinant(part(symmetric, below(k), below(k)));
  return determinant(part(symmetric, [...below(j), i], below(j + 1))) / Math.sqrt(minor(j) * minor(j + 1));
}

const entries =
  (f: (m: Matrix, i: number, j: number) => number): Oracle =>
  ([x]) =>
    build(x!.shape, (index) => f(matrixOf(x!, index.slice(0, -2)), index.at(-2)!, index.at(-1)!));

/** The ops of linear-algebra.ts, by name. */
export const matrixOracles: Readonly<Record<string, Oracle>> = {
  solve: ([a, b], attrs) => systems(a!, b!, (m) => (attrs['transposed'] === true ? transposed(m) : m)),
  solveTriangular: ([a, b], attrs) =>
    systems(a!, b!, (m) => {
      const lower = attrs['lower'] === true;
      const triangle = m.map((row, i) => row.map((v, j) => ((lower ? j <= i : j >= i) ? v : 0)));
      return attrs['transposed'] === true ? transposed(triangle) : triangle;
    }),
  det: ([x]) => build(x!.shape.slice(0, -2), (place) => determinant(matrixOf(x!, place))),
  slogdet: ([x]) =>
    build([...x!.shape.slice(0, -2), 2], (index) => {
      const d = determinant(matrixOf(x!, index.slice(0, -1)));
      return index.at(-1) === 0 ? (d < 0 ? -1 : 1) : Math.log(d < 0 ? -d : d);
    }),
  cofactor: entries((m, i, j) => sign(i + j) * determinant(without(m, i, j))),
  cholesky: entries(choleskyEntry),
};

/** Gauss–Jordan on [A | I], each matrix of a batch. */
export function inverseOf(data: unknown): Nd {
  const x = nd(data);
  return build(x.shape, (index) => {
    const m = matrixOf(x, index.slice(0, -2)).map((row, i, all) => [...row, ...all.map((_, j) => (i === j ? 1 : 0))]);
    m.forEach((_, k) => {
      const pivot = m.findIndex((row, i) => i >= k && row[k]! !== 0);
      [m[k], m[pivot]] = [m[pivot]!, m[k]!];
      const unit = m[k].map((v) => v / m[k]![k]!);
      m.forEach((row, i) => (m[i] = i === k ? unit : row.map((v, j) => v - row[k]! * unit[j]!)));
    });
    return m[index.at(-2)!]![m.length + index.at(-1)!]!;
  });
}

/** The system of the public function, where a vector is one column. */
export function solutionOf(a: unknown, b: unknown, read: (m: Matrix) => Matrix = (m) => m): Nd {
  const right = nd(b);
  if (right.shape.length > 1) return systems(nd(a), right, read);
  const solved = systems(nd(a), { ...right, shape: [...right.shape, 1] }, read);
  return { ...solved, shape: solved.shape.slice(0, -1) };
}
