/** Linear algebra: beside torch, singular matrices, large and tiny determinants, batches, types, and what is refused. */
import { cast, cholesky, DataError, det, eye, full, grad, inv, matmul, mul, ShapeError, slogdet, solve, solveTriangular, sub, sum, type Tensor, tensor, transpose, uniform, Generator, valueAndGrad } from 'chainrule'; // prettier-ignore
import { describe, expect, test } from 'vitest';
import { expectTorch } from './torch-agreement.js';
import { numbers, positive, regular } from './torch-values.js';

const A = tensor(regular);

test.each<[string, (...xs: Tensor[]) => Tensor, readonly Tensor[]]>([
  ['solve', (a, b) => solve(a, b), [A, numbers([3, 2])]],
  ['inv', (a) => inv(a), [A]],
  ['det', (a) => det(a), [A]],
  ['logabsdet', (a) => slogdet(a).logabsdet, [A]],
  ['cholesky', (a) => cholesky(a), [tensor(positive)]],
  ['solveTriangular', (a, b) => solveTriangular(a, b, { lower: true }), [A, numbers([3, 2])]],
])('%s as torch', (name, f, inputs) => expectTorch(name, f, inputs));

describe('the gradient of a determinant is its matrix of cofactors', () => {
  const gradient = (rows: number[][]): unknown => grad((x: Tensor) => det(x))(tensor(rows)).toArray();

  test('of rank n − 1', () => {
    expect(gradient([[1, 2], [2, 4]])).toEqual([[4, -2], [-2, 1]]); // prettier-ignore
    expect(gradient([[0, 0], [0, 3]])).toEqual([[3, 0], [0, 0]]); // prettier-ignore
    expect(gradient([[2, 0, 0], [0, 0, 0], [0, 0, 5]])).toEqual([[0, 0, 0], [0, 10, 0], [0, 0, 0]]); // prettier-ignore
    const minors = [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]]; // prettier-ignore
    (gradient([[1, 2, 3], [4, 5, 6], [7, 8, 9]]) as number[][]).forEach((row, i) => row.forEach((v, j) => expect(v).toBeCloseTo(minors[i]![j]!, 12))); // prettier-ignore
  });

  test('of rank n − 2 and less it is 0', () => {
    expect(gradient([[1, 2, 3], [2, 4, 6], [-1, -2, -3]])).toEqual([[0, 0, 0], [0, 0, 0], [0, 0, 0]]); // prettier-ignore
    expect(gradient([[0, 0], [0, 0]])).toEqual([[0, 0], [0, 0]]); // prettier-ignore
  });

  test('of one number it is 1', () => expect(gradient([[0]])).toEqual([[1]]));

  test('second derivatives say that they need a regular matrix', () => {
    const first = (x: Tensor): Tensor => sum(grad((y: Tensor) => det(y))(x));
    expect(() => grad(first)(tensor([[1, 2], [2, 4]]))).toThrow(/^det: the matrix is singular: pivot 1 is 0$/); // prettier-ignore
  });
});

test('logarithms of determinants neither overflow nor underflow', () => {
  for (const scale of [1e-200, 1e200]) {
    const { sign, logabsdet } = slogdet(mul(eye(50), -scale));
    expect(sign.item()).toBe(1);
    expect(logabsdet.item()).toBeCloseTo(50 * Math.log(scale), 9);
  }
  const { sign, logabsdet } = slogdet([[1, 2], [2, 4]]); // prettier-ignore
  expect([sign.item(), logabsdet.item()]).toEqual([0, -Infinity]);
});

test('large systems: what is solved fits, the inverse is one, L·Lᵀ is the matrix', () => {
  const n = 60;
  const B = uniform([n, n], { generator: new Generator(3), low: -1, high: 1 });
  const largest = (x: Tensor): number => Math.max(...Array.from(x.data, Math.abs));
  const b = numbers([n, 2]);
  expect(largest(sub(matmul(B, solve(B, b)), b))).toBeLessThan(1e-10);
  expect(largest(sub(matmul(B, inv(B)), eye(n)))).toBeLessThan(1e-10);
  const S = matmul(B, transpose(B));
  const L = cholesky(S);
  expect(largest(sub(matmul(L, transpose(L)), S))).toBeLessThan(1e-12);
  expect(det(L).item() ** 2 / det(S).item()).toBeCloseTo(1, 9);
});

test('leading axes are batches and broadcast', () => {
  const many = solve(numbers([2, 1, 2, 2]), numbers([3, 2, 4], 40));
  expect(many.shape).toEqual([2, 3, 2, 4]);
  expect(solve([[[2]], [[4]]], [8]).toArray()).toEqual([[4], [2]]);
  expect(det(full([0, 2, 2], 1)).shape).toEqual([0]);
  expect(det(full([0, 0], 1)).item()).toBe(1);
  expect(inv(full([0, 0], 1)).shape).toEqual([0, 0]);
});

test('a matrix that is not symmetric is factorised as its symmetric part, and the gradient is symmetric', () => {
  expect(cholesky([[4, 1], [3, 5]]).toArray()).toEqual([[2, 0], [1, 2]]); // prettier-ignore
  const [, g] = valueAndGrad((x: Tensor) => sum(mul(cholesky(x), numbers([3, 3]))))(tensor(positive));
  const rows = g.toArray() as number[][];
  rows.forEach((row, i) => row.forEach((v, j) => expect(v).toBe(rows[j]![i])));
});

test('types: float32 is rounded once, whole numbers become float64', () => {
  const a = cast(A, 'float32');
  const exact = inv(cast(a, 'float64'));
  expect(inv(a).dtype).toBe('float32');
  expect(Array.from(inv(a).data)).toEqual(Array.from(cast(exact, 'float32').data));
  expect(solve(tensor([[2, 0], [0, 4]], { dtype: 'int32' }), [2, 2]).toArray()).toEqual([1, 0.5]); // prettier-ignore
  expect(det(tensor([[2, 1], [0, 4]], { dtype: 'int32' })).dtype).toBe('float64'); // prettier-ignore
});

test('NaN shows in the result', () => {
  expect(det([[0, 1], [NaN, 1]]).item()).toBeNaN(); // prettier-ignore
  expect([...inv([[0, 1], [NaN, 1]]).data].every((v) => Number.isNaN(v))).toBe(true); // prettier-ignore
});

test.each<[string, () => unknown, new (...args: never[]) => Error, RegExp]>([
  ['a vector', () => inv([1, 2]), ShapeError, /^inv: a must be a square matrix, or a batch of them: got \[2\]$/],
  ['a wide matrix', () => slogdet([[1, 2]]), ShapeError, /^slogdet: x must be a square matrix, or a batch of them: got \[1,2\]$/],
  ['a scalar on the right', () => solve([[1]], 2), ShapeError, /^solve: b must be a vector or a matrix: got a scalar$/],
  ['batches that do not fit', () => solve(full([2, 1, 1], 1), full([3, 1, 1], 1)), ShapeError, /^solve: /],
  ['one singular matrix of many', () => solve([[[1]], [[2]], [[0]]], [1]), DataError, /^solve: the matrix is singular: matrix \[2\]: pivot 0 is 0$/], // prettier-ignore
  ['a 0 on the diagonal', () => solveTriangular([[0]], [1]), DataError, /^solveTriangular: the matrix is singular: pivot 0 is 0$/],
  ['not positive definite', () => cholesky([[[1]], [[-1]]]), DataError, /^cholesky: the matrix is not positive definite: matrix \[1\]: leading minor 1$/], // prettier-ignore
  ['NaN', () => cholesky([[NaN]]), DataError, /^cholesky: the matrix is not positive definite: leading minor 1$/],
  ['an option', () => solveTriangular([[1]], [1], { upper: true } as never), Error, /^solveTriangular: unknown option 'upper'/],
])('refused: %s', (_, call, type, message) => {
  expect(call).toThrow(type);
  expect(call).toThrow(message);
});
