import {
  add,
  compile,
  crossEntropy,
  dot,
  dropoutMask,
  exp,
  Generator,
  grad,
  gt,
  hessian,
  jacfwd,
  jacobian,
  jvp,
  kNearest,
  linspace,
  matmul,
  mul,
  normal,
  parameter,
  permutation,
  pick,
  prod,
  record,
  relu,
  reshape,
  SGD,
  sin,
  softmax,
  square,
  stack,
  sub,
  sum,
  tanh,
  type Tensor,
  tensor,
  transpose,
  uniform,
  UsageError,
  vmap,
  where,
} from 'chainrule';
import { describe, expect, it } from 'vitest';

const rows = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
const values = (t: unknown): unknown => (t as Tensor).toArray();

describe('vmap', () => {
  it('maps over the first axis unless it is told otherwise', () => {
    expect(values(vmap((x) => sum(x))(rows))).toEqual([6, 15]);
    expect(values(vmap((x) => sum(x), { inAxes: 1 })(rows))).toEqual([5, 7, 9]);
    expect(values(vmap((x) => sum(x), { inAxes: -1 })(rows))).toEqual([5, 7, 9]);
    expect(values(vmap((x) => mul(x, 2), { outAxes: 1 })(rows))).toEqual([
      [2, 8],
      [4, 10],
      [6, 12],
    ]);
  });

  it('takes one axis an argument and a leaf, null for what all examples share', () => {
    const f = vmap((p: { w: Tensor; b: Tensor }, x: Tensor) => add(dot(p.w, x), p.b), { inAxes: [{ w: null, b: 0 }, 0] });
    expect(values(f({ w: tensor([1, 0, 1]), b: tensor([10, 20]) }, rows))).toEqual([14, 30]);
    const trees = vmap((x: Tensor) => ({ s: sum(x), n: [square(x)] }));
    const out = trees(rows);
    expect(values(out.s)).toEqual([6, 15]);
    expect(out.n[0]!.shape).toEqual([2, 3]);
  });

  it('repeats results that no example changes, or gives them once with outAxes null', () => {
    expect(values(vmap(() => tensor(7))(rows))).toEqual([7, 7]);
    expect(values(vmap(() => tensor(7), { outAxes: null })(rows))).toBe(7);
    expect(() => vmap((x) => sum(x), { outAxes: null })(rows)).toThrow(/^vmap: a result with outAxes null differs from example to example/);
  });

  it('gives the gradient of every example', () => {
    const X = tensor([
      [0.5, -1],
      [2, 0.3],
      [-0.7, 1.1],
    ]);
    const y = tensor([0, 2, 1], { dtype: 'int32' });
    const W = tensor([
      [0.1, 0.4, -0.2],
      [0.3, -0.5, 0.8],
    ]);
    const loss = (w: Tensor, x: Tensor, label: Tensor): Tensor => crossEntropy(reshape(matmul(x, w), [1, 3]), reshape(label, [1]));
    const all = vmap(grad(loss), { inAxes: [null, 0, 0] })(W, X, y);
    const each = [0, 1, 2].map((i) =>
      grad(loss)(
        W,
        tensor(X.toArray() as number[][])
          .slice([[i, i + 1]])
          .reshape([2]),
        tensor([y.data[i]!]).cast('int32').reshape([]),
      ),
    );
    const expected = stack(each);
    expect(all.shape).toEqual([3, 2, 3]);
    expected.data.forEach((v, i) => expect(all.data[i]).toBeCloseTo(v, 12));
  });

  it('nests with itself, grad, jvp, jacobian and hessian in any order', () => {
    const outer = vmap(
      vmap((a, b) => mul(a, b), { inAxes: [null, 0] }),
      { inAxes: [0, null] },
    );
    expect(values(outer(tensor([1, 2]), tensor([3, 4, 5])))).toEqual([
      [3, 4, 5],
      [6, 8, 10],
    ]);
    const H = vmap(hessian((x) => prod(x)))(rows);
    const alone = stack([hessian((x) => prod(x))(tensor([1, 2, 3])), hessian((x) => prod(x))(tensor([4, 5, 6]))] as Tensor[]);
    expect(values(H)).toEqual(values(alone));
    const J = vmap(jacobian((x) => sin(x)))(rows);
    const F = vmap(jacfwd((x) => sin(x)))(rows);
    expect(J.shape).toEqual([2, 3, 3]);
    expect(values(add(F, 0))).toEqual(values(add(J, 0))); // −0 is 0
    const third = vmap((x) => grad(grad(grad((t) => exp(mul(2, t)))))(x))(tensor([0, 1]));
    expect(third.data[0]).toBeCloseTo(8, 12);
    expect(third.data[1]! / (8 * Math.exp(2))).toBeCloseTo(1, 12);
    const pushed = vmap((x: Tensor, t: Tensor) => jvp((u) => square(u), [x], [t])[1])(tensor([3, 4]), tensor([1, 10]));
    expect(values(pushed)).toEqual([6, 80]);
  });

  it('is differentiated like any expression: with grad around it, and by backward() through parameters', () => {
    const f = (w: Tensor): Tensor => sum(square(vmap((x) => dot(w, x))(rows)));
    const plain = (w: Tensor): Tensor => sum(square(matmul(rows, w)));
    const w = tensor([0.5, -1, 2]);
    expect(values(grad(f)(w))).toEqual(values(grad(plain)(w)));
    expect(values(hessian(f)(w))).toEqual(values(hessian(plain)(w)));
    const p = parameter([0.5, -1, 2]);
    f(p).backward();
    expect(values(p.grad)).toEqual(values(grad(plain)(w)));
  });

  it('differentiates gradients of examples once more, with respect to what they share', () => {
    const loss = (w: Tensor, x: Tensor): Tensor => square(sub(dot(w, x), 1));
    const penalty = (w: Tensor): Tensor => sum(square(vmap(grad(loss), { inAxes: [null, 0] })(w, rows)));
    const one = (w: Tensor, i: number): Tensor => sum(square(grad(loss)(w, rows.slice([[i, i + 1]]).reshape([3]))));
    const w = tensor([0.1, 0.2, -0.3]);
    const expected = grad((v: Tensor) => add(one(v, 0), one(v, 1)))(w);
    const got = grad(penalty)(w);
    expected.data.forEach((v, i) => expect(got.data[i]! / v).toBeCloseTo(1, 12));
  });

  it('leaves nothing of an inner graph on its results', () => {
    const g = vmap(
      grad((w: Tensor, x: Tensor) => dot(w, x)),
      { inAxes: [null, 0] },
    )(tensor([1, 1, 1]), rows);
    expect(g.node).toBeNull();
  });

  it('records as many ops for 500 examples as for 2', () => {
    const f = (x: Tensor): Tensor => sum(relu(matmul(tensor([[1, 2], [3, 4]]), softmax(x)))); // prettier-ignore
    const count = (n: number): number => record(vmap(grad(f)), linspace(-1, 1, 2 * n).reshape([n, 2])).entries.length;
    expect(count(500)).toBe(count(2));
  });

  it('is compiled like any expression', () => {
    const loss = (w: Tensor, x: Tensor): Tensor => square(sub(tanh(dot(w, x)), 0.5));
    const f = vmap(grad(loss), { inAxes: [null, 0] });
    const w = tensor([0.1, 0.2, -0.3]);
    const [eager, compiled] = [f(w, rows), compile(f)(w, rows)];
    eager.data.forEach((v, i) => expect(compiled.data[i]).toBeCloseTo(v, 14));
  });

  it('runs a compiled function op by op, and refuses a compiled step, which has one batch', () => {
    expect(values(vmap(compile((x: Tensor) => sum(square(x))))(rows))).toEqual([14, 77]);
    const w = parameter([1, 1, 1], { name: 'w' });
    const step = new SGD([w], { lr: 0.1 }).compile((x: Tensor) => dot(w, x));
    expect(() => vmap((x: Tensor) => step(x))(rows)).toThrow(/^vmap: the function sees one example of many/);
    expect(() => vmap((x: Tensor) => (w.value = x))(rows)).toThrow(/^vmap: the function sees one example of many/);
    expect(values(w)).toEqual([1, 1, 1]);
  });

  it('does chunks of a batch one after the other with chunkSize', () => {
    const f = (x: Tensor): [Tensor, Tensor] => [sum(x), square(x)];
    const [whole, parts] = [vmap(f), vmap(f, { chunkSize: 2, outAxes: [0, 1] })];
    const x = linspace(0, 1, 15).reshape([5, 3]);
    expect(values(parts(x)[0])).toEqual(values(whole(x)[0]));
    expect(values(parts(x)[1])).toEqual(values(transpose(whole(x)[1])));
    expect(values(jacobian((t) => sin(t), { chunkSize: 2 })(tensor([1, 2, 3])))).toEqual(
      values(jacobian((t) => sin(t))(tensor([1, 2, 3]))),
    );
  });

  it('chooses in each example with where, and refuses to say which it is', () => {
    const f = vmap((x) => where(gt(x, 2), mul(x, 10), x));
    expect(values(f(tensor([1, 2, 3])))).toEqual([1, 2, 30]);
    expect(() => vmap((x) => (x.item() > 2 ? mul(x, 10) : x))(tensor([1, 2, 3]))).toThrow(
      /^vmap: the function sees one example of many, so there is no value to read: tensor \[\] of 3 examples: compute with ops, where/,
    );
  });

  it('shows all examples where one is printed', () => {
    let shown = '';
    vmap((x) => {
      shown = String(x);
      return x;
    })(tensor([1, 2]));
    expect(shown).toBe('2 examples of []: Tensor float64[2] [1, 2]');
  });

  it('checks labels of every example', () => {
    const f = vmap((s: Tensor, y: Tensor) => pick(s, y));
    expect(() => f(rows, tensor([0, 3], { dtype: 'int32' }))).toThrow(/label 3 is out of range/);
  });

  it('finds the neighbours of every example', () => {
    const points = tensor([[0, 0], [1, 1], [5, 5]]); // prettier-ignore
    const queries = tensor([[[0, 0.1]], [[4, 4]]]); // prettier-ignore
    const shared = vmap((q: Tensor) => kNearest(q, points, { k: 1 }).indices)(queries);
    expect(values(shared)).toEqual([[[0]], [[2]]]);
    const own = vmap((q: Tensor, p: Tensor) => kNearest(q, p, { k: 1 }))(queries, stack([points, sub(5, points)]));
    expect(values(own.indices)).toEqual([[[0]], [[1]]]);
    expect(own.distances.data[1]).toBeCloseTo(0, 12);
  });

  it('draws random numbers as it is told', () => {
    const noisy = (generator: Generator) => (x: Tensor) => add(x, uniform([2], { generator }));
    expect(() => vmap(noisy(new Generator(1)))(rows.slice([[], [0, 2]]))).toThrow(
      /^uniform: random numbers inside vmap: \[2\]: say vmap\(f, \{ randomness: 'different' \}\)/,
    );
    const x = tensor([[0, 0], [0, 0], [0, 0]]); // prettier-ignore
    const same = vmap(noisy(new Generator(1)), { randomness: 'same' })(x);
    expect(values(same)).toEqual(values(stack([0, 1, 2].map(() => uniform([2], { generator: new Generator(1) })))));
    const different = vmap(noisy(new Generator(1)), { randomness: 'different' })(x);
    expect(values(different)).toEqual(values(uniform([3, 2], { generator: new Generator(1) })));
    const orders = vmap(() => permutation(5, { generator: new Generator(3) }), { randomness: 'different' })(x);
    for (let i = 0; i < 3; i++) expect([...orders.data.slice(5 * i, 5 * i + 5)].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(new Set([0, 1, 2].map((i) => orders.data.slice(5 * i, 5 * i + 5).join())).size).toBeGreaterThan(1);
    const masks = vmap((t: Tensor) => mul(t, dropoutMask([2], { p: 0.5, generator: new Generator(2) })), { randomness: 'different' });
    expect(values(masks(add(x, 1)))).toEqual(values(dropoutMask([3, 2], { p: 0.5, generator: new Generator(2) })));
    const nested = vmap(
      vmap(() => normal([], { generator: new Generator(4) }), { randomness: 'different' }),
      { randomness: 'different' },
    )(x);
    expect(values(nested)).toEqual(values(normal([3, 2], { generator: new Generator(4) })));
  });

  it('says what is wrong with its arguments', () => {
    expect(() => vmap((x) => x)(tensor(1))).toThrow(/^vmap: a scalar has no axis to map over: inAxes 0: say null/);
    expect(() => vmap((a, b) => add(a, b))(tensor([1, 2]), tensor([1, 2, 3]))).toThrow(
      /^vmap: the arguments have different numbers of examples: 2 and 3/,
    );
    expect(() => vmap((x) => x, { inAxes: null })(rows)).toThrow(/^vmap: no argument is mapped over/);
    expect(() => vmap((x) => x)()).toThrow(/^vmap: no argument is mapped over/);
    expect(() => vmap((x) => x, { inAxes: [0, 0] })(rows)).toThrow(
      /^vmap: inAxes must be a number, null, or a list like what it is for: \[0,0\]: expected 1 entries/,
    );
    expect(() => vmap((x) => x, { inAxes: 2 })(rows)).toThrow(/axis 2 is out of range/);
    expect(() => vmap((x) => x, { inAxis: 0 } as object)(rows)).toThrow(/inAxis.*did you mean 'inAxes'/);
    expect(() => vmap((x) => x, { randomness: 'some' as 'same' })).toThrow(/^vmap: unknown randomness 'some'/);
    expect(() => vmap((x) => x, { chunkSize: 0 })).toThrow(/^vmap: chunkSize must be a positive whole number or null: 0/);
    expect(() => vmap(3 as unknown as (x: Tensor) => Tensor)).toThrow(UsageError);
    expect(() => vmap(async (x) => Promise.resolve(x))(rows)).toThrow(/^vmap: f returned a Promise/);
  });

  it('refuses a value that was kept from another call', () => {
    let kept: Tensor | undefined;
    vmap((x) => (kept = x))(rows);
    expect(() => vmap((x) => add(x, kept!))(rows)).toThrow(/^vmap: a value of one example was kept beyond the call/);
    expect(() => kept!.toArray()).toThrow(UsageError);
  });

  it('is as it was after a function that throws', () => {
    expect(() =>
      vmap(() => {
        throw new Error('mine');
      })(rows),
    ).toThrow('mine');
    expect(values(uniform([1], { generator: new Generator(1) }))).toHaveLength(1);
  });
});
