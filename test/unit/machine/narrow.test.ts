/** Products with few columns: A is read where it lies, transposed or not. Against the definition, at every edge; what is not finite stays in its row. */
import { compile, type DType, Generator, matmul, normal, type Tensor, tensor, transpose } from 'chainrule';
import { describe, expect, test } from 'vitest';
import { expectProduct } from '../kernels/product.js';

const generator = new Generator(11);

const plain = compile((a: Tensor, b: Tensor) => matmul(a, b));
const left = compile((a: Tensor, b: Tensor) => matmul(transpose(a), b));
const right = compile((a: Tensor, b: Tensor) => matmul(a, transpose(b)));

function transposed(x: Tensor): Tensor {
  const [m, n] = x.shape as [number, number];
  const data = x.data.slice();
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) data[j * m + i] = x.data[i * n + j]!;
  return tensor(data as Float64Array, { shape: [n, m], dtype: x.dtype });
}

describe.each([
  ['float32', 2 ** -24],
  ['float64', 2 ** -53],
] as const satisfies readonly (readonly [DType, number])[])('%s', (dtype, epsilon) => {
  test.each(Array.from({ length: 14 }, (_, i) => i + 1))('%i columns', (n) => {
    // blocks of 3 and 4 rows, of 4 columns of A, of the depth of 256 and of the 512 rows that are computed beside
    for (const [m, k] of [
      [1, 5],
      [4, 1],
      [7, 6],
      [3, 257],
      [514, 9],
      [517, 259],
    ] as const) {
      // prettier-ignore
      const A = normal([m, k], { generator, dtype });
      const B = normal([k, n], { generator, dtype });
      expectProduct(A, B, plain(A, B), epsilon);
      expectProduct(A, B, left(transposed(A), B), epsilon);
      expectProduct(A, B, right(A, transposed(B)), epsilon);
    }
  });

  test('NaN and infinity stay in their row', () => {
    const A = normal([9, 13], { generator, dtype });
    A.data[3 * 13 + 2] = Infinity;
    A.data[5 * 13 + 7] = NaN;
    const B = normal([13, 10], { generator, dtype });
    for (const C of [plain(A, B), left(transposed(A), B)]) {
      expectProduct(A, B, C, epsilon);
      const finite = Array.from({ length: 9 }, (_, i) => [...C.data.slice(10 * i, 10 * i + 10)].every(Number.isFinite));
      expect(finite).toEqual([true, true, true, false, true, false, true, true, true]);
    }
  });
});
