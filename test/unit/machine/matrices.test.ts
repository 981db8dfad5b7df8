/** Linear algebra inside compiled programs: by kernels, equal to the reference, refused in the same words; factors of one matrix are shared. */
import fc from 'fast-check';
import { add, cast, cholesky, compile, type Compiled, det, expandDims, eye, Generator, grad, inv, matmul, mul, slogdet, solve, solveTriangular, square, sum, type Tensor, tensor, transpose, uniform } from 'chainrule'; // prettier-ignore
import { describe, expect, test } from 'vitest';
import { expectSame, numbersOf } from './agree.js';

type Float = 'float32' | 'float64';
const values = (shape: readonly number[], dtype: Float, seed: number): Tensor =>
  cast(uniform(shape, { generator: new Generator(seed), low: -1, high: 1 }), dtype);

function check<P extends readonly Tensor[]>(f: (...args: P) => unknown, args: P): string {
  const compiled = compile(f as never) as unknown as Compiled<P, unknown>;
  const text = compiled.explain(...args);
  expect(text).not.toContain('reference');
  const want = f(...args);
  for (let run = 0; run < 2; run++) expectSame(compiled(...args), want, text);
  return text;
}

const sizes = fc.record({ n: fc.integer({ min: 1, max: 13 }), k: fc.integer({ min: 1, max: 5 }), seed: fc.nat(999) });

describe.each<Float>(['float32', 'float64'])('%s', (dtype) => {
  test('systems, inverses, determinants and factors of every size', () => {
    fc.assert(
      fc.property(sizes, ({ n, k, seed }) => {
        // pivots must be looked for: the large numbers stand on the other diagonal
        const far = cast(mul(eye(n).flip(0), n), dtype);
        const a = add(values([2, n, n], dtype, seed), far);
        const b = values([n, k], dtype, seed + 1);
        check((x: Tensor, y: Tensor) => [solve(x, y), inv(x), solve(transpose(x, [0, 2, 1]), y)], [a, b]);
        check((x: Tensor) => [slogdet(x), det(mul(x, 1 / n))], [a]);
        const t = add(a, cast(mul(eye(n), 3 * n), dtype));
        for (const lower of [true, false])
          for (const transposed of [true, false]) check((x: Tensor, y: Tensor) => solveTriangular(x, y, { lower, transposed }), [t, b]);
        check((x: Tensor) => cholesky(add(matmul(x, transpose(x, [0, 2, 1])), cast(eye(n), dtype))), [mul(a, cast(tensor(1 / n), dtype))]);
      }),
      { numRuns: 15, seed: 2 },
    );
  });

  test('gradients, and broadcast batches', () => {
    const a = add(values([3, 4, 4], dtype, 1), cast(mul(eye(4), 4), dtype));
    const b = values([2, 1, 4, 3], dtype, 2);
    const loss = (x: Tensor, y: Tensor): Tensor => {
      const spd = matmul(x, transpose(x, [0, 2, 1]));
      return [solve(x, y), inv(x), det(mul(x, 0.2)), slogdet(x).logabsdet, cholesky(spd), solveTriangular(x, y)]
        .map((t): Tensor => sum(square(t)))
        .reduce((s, t) => add(s, t));
    };
    check((x: Tensor, y: Tensor) => grad(loss, { argnums: [0, 1] })(x, y), [a, b]);
  });
});

test('cofactors of singular matrices', () => {
  const rows = [[[1, 2], [2, 4]], [[0, 0], [0, 3]], [[0, 0], [0, 0]]]; // prettier-ignore
  check((x: Tensor) => grad((y: Tensor) => sum(det(y)))(x), [tensor(rows)]);
  check((x: Tensor) => grad((y: Tensor) => det(y))(x), [tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]])]); // prettier-ignore
  check((x: Tensor) => slogdet(x), [tensor([...rows, [[NaN, 1], [1, 1]]])]); // prettier-ignore
  check((x: Tensor) => slogdet(x), [mul(expandDims(eye(40), 0), [[[1e-300]], [[-1e300]], [[3e-320]]])]);
});

test('whoever needs the factors of one matrix shares them', () => {
  const [a, b] = [add(values([5, 5], 'float32', 1), cast(mul(eye(5), 5), 'float32')), values([5, 2], 'float32', 2)];
  const f = (x: Tensor, y: Tensor): Tensor => add(sum(square(solve(x, y))), slogdet(x).logabsdet);
  const text = check((x: Tensor, y: Tensor) => grad(f, { argnums: [0, 1] })(x, y), [a, b]);
  expect(text.match(/factoriseF64/g)).toHaveLength(1);
});

describe('what is refused outside is refused inside, in the same words', () => {
  const good = tensor([[[2, 1], [1, 3]], [[4, 1], [1, 2]]]); // prettier-ignore
  const bad = tensor([[[2, 1], [1, 3]], [[1, 2], [2, 4]]]); // prettier-ignore
  test.each<[string, (x: Tensor) => Tensor, RegExp]>([
    ['solve', (x) => solve(x, [1, 2]), /^solve: the matrix is singular: matrix \[1\]: pivot 1 is 0$/],
    ['inv', (x) => inv(x), /^inv: the matrix is singular: matrix \[1\]: pivot 1 is 0$/],
    [
      'a gradient',
      (x) => grad((y: Tensor) => sum(slogdet(y).logabsdet))(x),
      /^slogdet: the matrix is singular: matrix \[1\]: pivot 1 is 0$/,
    ],
    ['solveTriangular', (x) => solveTriangular(add(x, [[0, 0], [0, -4]]), [1, 2]), /^solveTriangular: the matrix is singular: matrix \[1\]: pivot 1 is 0$/], // prettier-ignore
    ['cholesky', (x) => cholesky(x), /^cholesky: the matrix is not positive definite: matrix \[1\]: leading minor 2$/],
  ])('%s', (_, f, message) => {
    const compiled = compile(f);
    expect(() => f(bad)).toThrow(message);
    expect(() => compiled(bad)).toThrow(message);
    expect(numbersOf(compiled(good))).toEqual(numbersOf(f(good)));
    expect(() => compiled(bad)).toThrow(message);
  });
});
