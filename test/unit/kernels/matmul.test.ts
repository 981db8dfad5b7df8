/** Large products by the vector kernel: against the definition, within the bound of summation; and what happens without WebAssembly. */
import { Generator, matmul, normal, type Tensor, tensor, transpose } from 'chainrule';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { expectProduct } from './product.js';

const generator = new Generator(5);

describe.each([
  ['float32', 2 ** -24],
  ['float64', 2 ** -53],
] as const)('%s', (dtype, epsilon) => {
  // edges of the 4×8 (4×4) block, of the 64 rows and of the depth of 256
  test.each([
    [32, 32, 32],
    [33, 40, 31],
    [37, 53, 41],
    [4, 2100, 9],
    [63, 255, 7],
    [64, 256, 8],
    [65, 257, 9],
    [130, 600, 5],
    [5, 520, 130],
  ])('%i×%i by %i, all four ways of storing the factors', (m, k, n) => {
    const A = normal([m, k], { generator, dtype });
    const B = normal([k, n], { generator, dtype });
    const [At, Bt] = [transpose(transpose(A)), transpose(transpose(B))];
    for (const [a, b] of [
      [A, B],
      [At, B],
      [A, Bt],
    ] as const)
      expectProduct(A, B, matmul(a, b), epsilon);
  });

  test('gradients use transposed factors: they are right too', () => {
    const A = normal([40, 70], { generator, dtype });
    const B = normal([70, 36], { generator, dtype });
    const G = normal([40, 36], { generator, dtype });
    expectProduct(G, transpose(B), matmul(G, transpose(B)), epsilon);
    expectProduct(transpose(A), G, matmul(transpose(A), G), epsilon);
  });

  test('a batch is as many products', () => {
    const A = normal([3, 35, 40], { generator, dtype });
    const B = normal([3, 40, 37], { generator, dtype });
    const C = matmul(A, B);
    for (let b = 0; b < 3; b++) {
      const part = (t: Tensor): Tensor => t.slice([[b, b + 1]]).reshape(t.shape.slice(1));
      expectProduct(part(A), part(B), part(C), epsilon);
    }
  });

  test('NaN and infinity reach what they should and nothing else; edges are filled with zeros, not with garbage', () => {
    const A = normal([34, 64], { generator, dtype }).toArray() as number[][];
    A[3]![5] = NaN;
    A[33]![63] = Infinity;
    const B = normal([64, 35], { generator, dtype });
    const C = matmul(tensor(A, { dtype }), B).toArray() as number[][];
    C.forEach((row, i) => {
      if (i === 3) expect(row.every((v) => Number.isNaN(v))).toBe(true);
      else if (i === 33) expect(row.every((v, j) => v === Math.sign(B.data[63 * 35 + j]!) * Infinity)).toBe(true);
      else expect(row.every((v) => Number.isFinite(v))).toBe(true);
    });
  });

  test('the same bits again, whatever lay in its memory', () => {
    const A = normal([50, 300], { generator, dtype });
    const B = normal([300, 45], { generator, dtype });
    const first = matmul(A, B).data;
    matmul(normal([90, 90], { generator, dtype }), normal([90, 90], { generator, dtype }));
    expect(matmul(A, B).data).toEqual(first);
  });
});

describe('without WebAssembly', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  const stubs: readonly (readonly [string, object | undefined])[] = [
    ['it is not there', undefined],
    [
      'a page forbids it',
      {
        validate: (): boolean => true,
        Memory: class {},
        Module: class {
          constructor() {
            throw new Error('CompileError: blocked by CSP');
          }
        },
      },
    ],
    ['the engine has no SIMD', { validate: (): boolean => false }],
  ];
  test.each(stubs)('%s: the loops in JavaScript give the same within rounding', async (_, stub) => {
    const A = normal([40, 50], { generator });
    const B = normal([50, 60], { generator });
    vi.resetModules();
    vi.stubGlobal('WebAssembly', stub);
    const fresh = await import('chainrule');
    const C = fresh.matmul(A.toArray(), B.toArray());
    expectProduct(A, B, C, 2 ** -53);
  });
});
