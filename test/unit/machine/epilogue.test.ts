/** Bias and relu inside of products: where they may go there, and that they compute the same. */
import { add, compile, Generator, grad, matmul, mean, mul, normal, relu, reshape, sum, Tensor, tensor } from 'chainrule';
import { describe, expect, test } from 'vitest';
import { checkCompiled } from './agree.js';

const g = new Generator(3);
const values = (shape: number[], dtype: 'float32' | 'float64'): Tensor => normal(shape, { generator: g, dtype });
type F = (X: Tensor, W: Tensor, b: Tensor) => unknown;

const cases: Record<string, { f: F; has: string; hasNot?: string }> = {
  'bias and relu': { f: (X, W, b) => relu(add(matmul(X, W), b)), has: '+ in2, relu', hasNot: 'loop' },
  'bias on the left': { f: (X, W, b) => add(b, matmul(X, W)), has: '+ in2 ', hasNot: 'loop' },
  'relu alone': { f: (X, W) => relu(matmul(X, W)), has: ', relu', hasNot: 'loop' },
  'a bias under one more axis': { f: (X, W, b) => add(matmul(X, W), reshape(b, [1, -1])), has: '+ in2 ' },
  'what reads the sum goes on in its loop': {
    f: (X, W, b) => {
      const s = add(matmul(X, W), b);
      return [relu(s), mean(mul(s, s))];
    },
    has: '+ in2 ',
    hasNot: ', relu',
  },
  'a gradient through both': {
    f: (X, W, b) => grad((W: Tensor, b: Tensor) => sum(relu(add(matmul(X, W), b))), { argnums: [0, 1] })(W, b),
    has: '+ in2 ',
  },
  'two layers': { f: (X, W, b) => matmul(relu(add(matmul(X, W), b)), reshape(W, [W.shape[1]!, -1])), has: '+ in2, relu' },
};
const others: Record<string, F> = {
  'the product is read twice': (X, W, b) => {
    const p = matmul(X, W);
    return [add(p, b), sum(p)];
  },
  'the product is a result': (X, W, b) => {
    const p = matmul(X, W);
    return [p, add(p, b)];
  },
  'the bias comes from the product': (X, W) => {
    const p = matmul(X, W);
    return add(p, sum(p, { axis: 0 }));
  },
  'a number for each row': (X, W) => add(matmul(X, W), sum(X, { axis: 1, keepdims: true })),
  'one number': (X, W) => add(matmul(X, W), sum(X)),
};

describe.each(['float32', 'float64'] as const)('%s', (dtype) => {
  describe.each([
    [8, 9, 7],
    [70, 300, 33],
    [5, 8, 64],
  ])('m %i, k %i, n %i', (m, k, n) => {
    const [X, W, b] = [values([m, k], dtype), values([k, n], dtype), values([n], dtype)];
    test.each(Object.entries(cases))('%s', (_, { f, has, hasNot }) => {
      checkCompiled(f, [X, W, b]);
      const text = compile(f).explain(X, W, b);
      expect(text).toContain(has);
      if (hasNot !== undefined) expect(text).not.toContain(hasNot);
    });
    test.each(Object.entries(others))('not where %s', (_, f) => {
      checkCompiled(f, [X, W, b]);
      expect(compile(f).explain(X, W, b)).not.toMatch(/product.*(\+|relu)/);
    });
  });

  test('NaN, infinities and −0 are treated as relu treats them', () => {
    const X = tensor(
      new Float64Array(64).map((_, i) => [NaN, Infinity, -Infinity, 1][i % 4]!),
      { shape: [8, 8] },
    ).cast(dtype);
    const W = tensor(
      new Float64Array(80).map((_, i) => [1, 0, -1][i % 3]!),
      { shape: [8, 10] },
    ).cast(dtype);
    const b = tensor([0, -0, 1, -1, NaN, Infinity, -Infinity, 2, 3, 4]).cast(dtype);
    const f = (X: Tensor, W: Tensor, b: Tensor): Tensor => relu(add(matmul(X, W), b));
    expect(Array.from(compile(f)(X, W, b).data)).toEqual(Array.from(f(X, W, b).data));
  });
});
