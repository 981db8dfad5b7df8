/** Ordering, selecting, moving and contracting inside compiled programs and over batches: nothing is left to a reference kernel. */
import fc from 'fast-check';
import { all, any, argsort, at, cast, compile, type Compiled, diag, diagonal, type DType, einsum, Generator, grad, maskedFill, median, mul, permute, quantile, randint, repeat, roll, sort, square, stack, sum, swapaxes, take, tensor, type Tensor, tile, topk, trace, tril, triu, uniform, vmap } from 'chainrule'; // prettier-ignore
import { describe, expect, test } from 'vitest';
import { expectSame } from './agree.js';

const types: readonly DType[] = ['float32', 'float64', 'int32', 'bool'];

/** Compiled beside eager, twice, and not by a reference kernel, which would be compared with itself. */
function check<P extends readonly unknown[]>(f: (...args: P) => unknown, args: P): void {
  const compiled = compile(f as never) as unknown as Compiled<P, unknown>;
  const text = compiled.explain(...args);
  expect(text).not.toContain('reference');
  const want = f(...args);
  for (let run = 0; run < 2; run++) expectSame(compiled(...args), want, text);
}

const values = (shape: readonly number[], dtype: DType, seed: number): Tensor => {
  const t = uniform(shape, { generator: new Generator(seed), low: -4, high: 4 });
  return dtype === 'float64' ? t : cast(dtype === 'bool' ? cast(t, 'int32') : t, dtype);
};

describe.each(types)('%s', (dtype) => {
  test('order along every axis, in rows of every length', () => {
    const size = fc.record({ outer: fc.integer({ min: 1, max: 4 }), n: fc.integer({ min: 1, max: 70 }), seed: fc.nat(999) });
    fc.assert(
      fc.property(size, ({ outer, n, seed }) => {
        const x = values([outer, n], dtype, seed);
        check((t: Tensor) => [argsort(t), argsort(t, { descending: true }), sort(t, { axis: 0 }), sort(t, { descending: true })], [x]);
        check(
          (t: Tensor) => [median(t, { axis: 1 }), quantile(t, [0.2, 0.9], { axis: 0 }), topk(t, 1), topk(t, n, { largest: false })],
          [x],
        );
      }),
      { numRuns: 15, seed: 3 },
    );
  });

  test('places, movement and diagonals', () => {
    const x = values([3, 4, 4], dtype, 5);
    check((t: Tensor) => [any(t), all(t, { axis: 1 }), any(t, { axis: [0, 2], keepdims: true })], [x]);
    const [i, j] = [tensor([2, 0, -1], { dtype: 'int32' }), tensor([[1], [-3]])];
    check((t: Tensor, a: Tensor, b: Tensor) => [at(t, a), at(t, a, b), at(t, a, [], b), at(t, [], 1, a), at(t, '...', b)], [x, i, j]);
    check((t: Tensor) => [roll(t, 3), roll(t, [1, -1], { axis: [0, 2] }), tile(t, [2, 1]), repeat(t, 2, { axis: 1 }), repeat(t, [0, 2, 1], { axis: 0 })], [x]); // prettier-ignore
    check((t: Tensor) => [diagonal(t, { offset: 1 }), trace(t, { axis1: 1, axis2: 2 }), triu(t, { k: 1 }), tril(t), swapaxes(t, 0, 2), permute(t, [1, 2, 0])], [x]); // prettier-ignore
    check((t: Tensor) => [diag(at(t, 0)), diag(at(t, 0, 0), { k: -2 }), maskedFill(t, [true, false, false, true], 1)], [x]); // prettier-ignore
  });
});

describe.each(['float32', 'float64'] as const)('%s', (dtype) => {
  test('order with NaN, infinities, zeros and ties', () => {
    const number = fc.oneof(fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 1), fc.double({ min: -2, max: 2 }));
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 40 }), (list) => {
        const x = tensor(list, { dtype });
        check((t: Tensor) => [argsort(t), argsort(t, { descending: true }), argsort(stack([t, t]), { descending: true })], [x]);
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  test('einsum: every kind of subscripts, and gradients', () => {
    const [a, b, c] = [values([3, 4], dtype, 1), values([4, 5], dtype, 2), values([2, 3, 4], dtype, 3)];
    check((x: Tensor, y: Tensor) => [einsum('ij,jk->ki', x, y), einsum('ij,jk', x, y), einsum('ij,jk->', x, y), einsum('ij,jk->ijk', x, y)], [a, b]); // prettier-ignore
    check((x: Tensor, z: Tensor) => [einsum('bij,ij->b', z, x), einsum('bij,bkj->bik', z, z), einsum('...j,ij->...', z, x), einsum('bij->jb', z)], [a, c]); // prettier-ignore
    check((x: Tensor) => [einsum('ij,ij,ij->j', x, x, x), einsum('ij,kj,kl->il', x, x, x), einsum('ii->i', at(x, [], [0, 3])), einsum('ii', at(x, [], [0, 3]))], [a]); // prettier-ignore
    const f = (x: Tensor, z: Tensor): Tensor => sum(square(einsum('bij,ij,bkj->ik', z, x, z)));
    check((x: Tensor, z: Tensor) => grad(f, { argnums: [0, 1] })(x, z), [a, c]);
  });

  test('gradients of the others', () => {
    const x = values([4, 5], dtype, 9);
    const i = randint(-4, 4, [6], { generator: new Generator(1) });
    const parts = (t: Tensor): Tensor[] => [sort(t), sort(t, { axis: 0, descending: true }), topk(t, 2).values, median(t, { axis: 0 }), quantile(t, [0.3, 0.5], { axis: 1 }), roll(t, 2), tile(t, 2), repeat(t, 3, { axis: 0 }), at(t, i), at(t, i, i), diagonal(t), triu(t)]; // prettier-ignore
    const total = (t: Tensor): Tensor => parts(t).map((y) => sum(mul(square(y), y))).reduce((p, q) => sum(stack([p, q]))); // prettier-ignore
    check((t: Tensor) => grad(total)(t), [x]);
    if (dtype === 'float64') check((t: Tensor) => grad((u: Tensor) => sum(square(grad(total)(u))))(t), [x]);
  });
});

test('mapped over a batch: as one example at a time', () => {
  const x = values([3, 4, 4], 'float64', 11);
  const i = tensor([[2, 0], [1, -1], [-4, 3]]); // prettier-ignore
  const every: readonly ((t: Tensor, k: Tensor) => Tensor)[] = [
    (t) => argsort(t),
    (t) => sort(t, { axis: 0, descending: true }),
    (t) => topk(t, 2).values,
    (t) => median(t),
    (t) => quantile(t, [0.1, 0.6], { axis: 0 }),
    (t) => roll(t, 1, { axis: 1 }),
    (t) => tile(t, [2, 2]),
    (t) => repeat(t, [1, 0, 2, 1], { axis: 0 }),
    (t) => at(t, '...', 1),
    (t, k) => at(t, k),
    (t, k) => at(t, k, tensor([1, 2])),
    (t) => diag(t),
    (t) => diag(at(t, 0), { k: 1 }),
    (t) => trace(t),
    (t) => tril(t),
    (t) => einsum('ij,jk->ki', t, t),
    (t) => einsum('ii->i', t),
    (t, k) => grad((u: Tensor) => sum(mul(sort(at(u, k)), at(u, k))))(t),
  ];
  for (const f of every) {
    const one = (b: number): Tensor => f(take(x, b), take(i, b));
    expectSame(vmap(f)(x, i), stack([one(0), one(1), one(2)]), f.toString());
  }
});
