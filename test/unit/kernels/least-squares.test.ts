/** Least squares beside NumPy, the normal equations and the null space. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leastSquares } from '../../../src/kernels/least-squares.js';

type Rows = readonly (readonly number[])[];
/** The solution [columns][targets]. */
function solve(A: Rows, B: Rows): number[][] {
  const [rows, columns, targets] = [A.length, A[0]!.length, B[0]!.length];
  const x = leastSquares(Float64Array.from(A.flat()), Float64Array.from(B.flat()), rows, columns, targets);
  return Array.from({ length: columns }, (_, j) => [...x.subarray(j * targets, (j + 1) * targets)]);
}
const product = (A: Rows, B: Rows): number[][] => A.map((row) => B[0]!.map((_, c) => row.reduce((s, v, k) => s + v * B[k]![c]!, 0)));
const transposed = (A: Rows): number[][] => A[0]!.map((_, j) => A.map((row) => row[j]!));
const largest = (A: Rows): number => Math.max(...A.flat().map(Math.abs));
const near = (found: Rows, expected: Rows, digits: number): void => {
  const scale = Math.max(1, largest(expected));
  expected.flat().forEach((v, i) => expect(found.flat()[i]! / scale).toBeCloseTo(v / scale, digits));
};

// values of numpy.linalg.lstsq(A, B, rcond=None), NumPy 2.4.6
describe('as NumPy has it', () => {
  const A = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]; // prettier-ignore
  const B = [[1, 0], [2, 1], [0, 3], [1, 1]]; // prettier-ignore

  test('dependent columns: the shortest solution', () => {
    const expected = [[-0.7388888888888888, -0.027777777777777124], [-0.02222222222222109, 0.05555555555555575], [0.6944444444444432, 0.13888888888888823]]; // prettier-ignore
    near(solve(A, B), expected, 13);
  });

  test('fewer rows than columns, and those dependent, too', () => {
    const expected = [[-0.5499999999999985, 1.216666666666666], [-0.2666666666666646, 0.6555555555555521], [0.016666666666667322, 0.0944444444444431], [0.2999999999999982, -0.46666666666666395]]; // prettier-ignore
    near(solve(transposed(A), B.slice(0, 3)), expected, 13);
  });

  test('nothing but zeros, no column', () => {
    expect(solve([[0, 0], [0, 0]], [[1], [1]])).toEqual([[0], [0]]); // prettier-ignore
    expect(leastSquares(new Float64Array(0), Float64Array.of(1, 2), 2, 0, 1)).toEqual(new Float64Array(0));
  });

  test('Vandermonde, condition 1.6e3', () => {
    const V = Array.from({ length: 15 }, (_, i) => Array.from({ length: 10 }, (_, j) => (-1 + i / 7) ** j));
    const b = Array.from({ length: 15 }, (_, i) => [Math.cos(i)]);
    const expected = [0.7279286139977974, -4.522781904325989, -16.89976142822657, 35.66700966707697, 60.258380231792735, -78.92962528237246, -70.76090548580254, 69.77706460964934, 27.244183375019517, -22.423437183803305]; // prettier-ignore
    near(solve(V, b), expected.map((v) => [v]), 12); // prettier-ignore
  });
});

test('ill-conditioned: the error is that of the condition, the residual that of rounding', () => {
  // Hilbert matrix, condition 3.2e6: normal equations would have 1e13
  const H = Array.from({ length: 9 }, (_, i) => Array.from({ length: 6 }, (_, j) => 1 / (i + j + 1)));
  const x = [1, 2, 3, 4, 5, 6].map((v) => [v]);
  near(solve(H, product(H, x)), x, 9);
  // 13 powers of 0 … 12: condition 1e15 as they stand, so NumPy drops columns; with columns of like size nothing must be dropped
  const V = Array.from({ length: 13 }, (_, i) => Array.from({ length: 13 }, (_, j) => i ** j));
  const b = V.map((_, i) => [Math.cos(i)]);
  near(product(V, solve(V, b)), b, 6);
});

/** A [m, n] of rank ≤ r, exact products of small whole numbers, and B [m, k]. */
const problems = fc
  .record({
    m: fc.integer({ min: 1, max: 7 }),
    n: fc.integer({ min: 1, max: 7 }),
    r: fc.integer({ min: 1, max: 7 }),
    k: fc.integer({ min: 1, max: 3 }),
  })
  .chain(({ m, n, r, k }) => {
    const matrix = (rows: number, columns: number): fc.Arbitrary<number[][]> =>
      fc.array(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows });
    return fc.record({ P: matrix(m, r), Q: matrix(r, n), B: matrix(m, k) });
  });

/** The part of v that no combination of these rows has: Gram–Schmidt, twice. */
function outside(v: readonly number[], rows: Rows): number[] {
  const basis: number[][] = [];
  const clean = (x: readonly number[]): number[] => {
    let left = [...x];
    for (let pass = 0; pass < 2; pass++)
      for (const q of basis) {
        const s = q.reduce((t, w, i) => t + w * left[i]!, 0);
        left = left.map((w, i) => w - s * q[i]!);
      }
    return left;
  };
  for (const row of rows) {
    const left = clean(row);
    const norm = Math.hypot(...left);
    if (norm > 1e-9 * Math.hypot(...row)) basis.push(left.map((w) => w / norm));
  }
  return clean(v);
}

test('any rank: the normal equations hold, and the solution lies in the space of the rows, so it is the shortest', () => {
  fc.assert(
    fc.property(problems, ({ P, Q, B }) => {
      const A = product(P, Q);
      const x = solve(A, B);
      const rest = product(A, x).map((row, i) => row.map((v, c) => v - B[i]![c]!));
      // the condition of what is left of A is below 1e4 or so here
      const scale = 1e-10 * (1 + largest(A)) ** 2 * (1 + largest(x));
      expect(largest(product(transposed(A), rest))).toBeLessThan(scale);
      for (const column of transposed(x)) expect(largest([outside(column, A)])).toBeLessThan(1e-9 * (1 + largest(x)));
    }),
    { seed: 11, numRuns: 400 },
  );
});

test('units: a column times 10^±150 has a coefficient divided by as much, and nothing else changes', () => {
  const A = [[1, 5, 2], [3, -2, 1], [2, 2, -4], [0, 1, 1], [6, 0, 3]]; // prettier-ignore
  const b = [[1], [-2], [3], [0.5], [2]];
  const plain = solve(A, b);
  for (const units of [
    [2 ** 400, 1, 2 ** -400],
    [1e150, 1e-150, 1],
    [1e-14, 1, 1e14],
  ]) {
    // prettier-ignore
    const scaled = solve(A.map((row) => row.map((v, j) => v * units[j]!)), b); // prettier-ignore
    near(scaled.map(([v], j) => [v! * units[j]!]), plain, 12); // prettier-ignore
  }
});

test('what it is given stays as it was', () => {
  const [A, B] = [Float64Array.of(1, 2, 3, 4, 5, 6), Float64Array.of(1, 2, 3)];
  leastSquares(A, B, 3, 2, 1);
  expect([[...A], [...B]]).toEqual([[1, 2, 3, 4, 5, 6], [1, 2, 3]]); // prettier-ignore
});
