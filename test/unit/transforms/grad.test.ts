/** grad and valueAndGrad: which arguments, aux, trees, numbers and typed arrays. */
import { add, grad, matmul, mul, pow, sin, sub, sum, type Tensor, tensor, UsageError, valueAndGrad } from 'chainrule';
import { describe, expect, test } from 'vitest';

describe('argnums', () => {
  const f = (a: Tensor, b: Tensor, c: Tensor): Tensor => sum(mul(mul(a, b), pow(c, 2)));
  test('the first by default', () => expect(grad(f)(2, 3, 5).item()).toBe(75));
  test('one position', () => {
    expect(grad(f, { argnums: 1 })(2, 3, 5).item()).toBe(50);
    expect(grad(f, { argnums: 2 })(2, 3, 5).item()).toBe(60);
  });
  test('a list gives a list, in its order', () => {
    const [c, a] = grad(f, { argnums: [2, 0] })(2, 3, 5);
    expect([c.item(), a.item()]).toEqual([60, 75]);
    const [only] = grad(f, { argnums: [1] })(2, 3, 5);
    expect(only.item()).toBe(50);
  });
  test('arguments that are not differentiated may be anything', () => {
    const g = grad((x: Tensor, power: { p: number }, label: string | null) => (label === null ? x : pow(x, power.p)));
    expect(g(3, { p: 2 }, 'x').item()).toBe(6);
    expect(g(3, { p: 2 }, null).item()).toBe(1);
  });
  test.each([-1, 3, 0.5])('%d is out of range', (argnums) => {
    expect(() => grad(f, { argnums })(2, 3, 5)).toThrow(UsageError);
    expect(() => grad(f, { argnums })(2, 3, 5)).toThrow(`grad: argnums ${argnums} is out of range: f was called with 3 arguments`);
  });
  test('a position twice', () => {
    expect(() => grad(f, { argnums: [0, 0] })(2, 3, 5)).toThrow(UsageError);
  });
  test('an empty list', () => {
    expect(() => grad(f, { argnums: [] })).toThrow('grad: argnums is empty: name at least one argument');
  });
});

describe('aux', () => {
  const f = (x: Tensor) => [mul(x, x), { note: 'squared', half: mul(x, 0.5), count: 3 }] as const;
  test('rides along untouched', () => {
    const [g, aux] = grad(f, { hasAux: true })(4);
    expect(g.item()).toBe(8);
    expect(aux.note).toBe('squared');
    expect(aux.count).toBe(3);
    expect(aux.half.item()).toBe(2);
    const [[value, same], again] = valueAndGrad(f, { hasAux: true })(4);
    expect([value.item(), again.item(), same.half.item()]).toEqual([16, 8, 2]);
  });
  test('f must return a pair', () => {
    expect(() => grad((x: Tensor) => mul(x, x), { hasAux: true })(1)).toThrow('grad: with hasAux, f must return [value, aux]');
  });
  test('in nested derivatives', () => {
    const inner = grad((x: Tensor) => [pow(x, 3), x] as const, { hasAux: true });
    expect(grad((x: Tensor) => inner(x)[0])(2).item()).toBe(12);
    expect(grad((x: Tensor) => inner(x)[1])(2).item()).toBe(1);
  });
});

describe('trees', () => {
  interface Model {
    readonly layers: { W: Tensor; b: Tensor }[];
    readonly scale: Tensor;
  }
  const model = {
    layers: [
      { W: tensor([[1, 2]]), b: tensor([3]) },
      { W: tensor([[4]]), b: tensor([5]) },
    ],
    scale: tensor(2),
  };
  const f = (m: Model, x: Tensor): Tensor => {
    let h = x;
    for (const { W, b } of m.layers) h = add(matmul(W, h), b);
    return mul(m.scale, sum(h));
  };

  test('a gradient has the structure of its argument', () => {
    // h₁ = 1·1 + 2·1 + 3 = 6, h₂ = 4·6 + 5 = 29, value 58
    const [value, g] = valueAndGrad(f)(model, tensor([1, 1]));
    expect(value.item()).toBe(58);
    expect(g.layers).toHaveLength(2);
    expect(g.layers[0]!.W.toArray()).toEqual([[8, 8]]);
    expect(g.layers[0]!.b.toArray()).toEqual([8]);
    expect(g.layers[1]!.W.toArray()).toEqual([[12]]);
    expect(g.layers[1]!.b.toArray()).toEqual([2]);
    expect(g.scale.item()).toBe(29);
    expect(Object.keys(g)).toEqual(['layers', 'scale']);
  });

  test('numbers and typed arrays are leaves', () => {
    const g = grad((p: { a: Tensor; b: Tensor }) => sum(mul(p.a, p.b)))({ a: 2, b: new Float32Array([3, 4]) });
    expect(g.a.shape).toEqual([]);
    expect(g.a.item()).toBe(7);
    expect(g.b.dtype).toBe('float32');
    expect(g.b.toArray()).toEqual([2, 2]);
  });

  test('an array is a tree, not a tensor: [x, y] are two scalars', () => {
    const g = grad((p: Tensor[]) => mul(p[0]!, p[1]!))([3, 5]);
    expect(g.map((t) => t.item())).toEqual([5, 3]);
  });

  test('a typed array is one tensor', () => {
    expect(grad((x) => sum(mul(x, x)))(new Float64Array([1, 2])).toArray()).toEqual([2, 4]);
  });

  test('an unused branch has zeros, an empty tree is fine', () => {
    const g = grad((p: { used: Tensor; rest: { a: Tensor }[] }) => mul(p.used, 2))({ used: 1, rest: [{ a: tensor([1, 2]) }] });
    expect(g.rest[0]!.a.toArray()).toEqual([0, 0]);
    expect(grad((_p: Record<string, Tensor>) => tensor(1))({})).toEqual({});
  });

  test('one tensor in two places', () => {
    const w = tensor(3);
    const g = grad((p: { a: Tensor; b: Tensor }) => mul(p.a, mul(p.b, p.b)))({ a: w, b: w });
    expect([g.a.item(), g.b.item()]).toEqual([9, 18]);
  });
});

test('plain numbers may be returned and mixed in', () => {
  expect(valueAndGrad(() => 7)(1)[0].item()).toBe(7);
  expect(valueAndGrad((x) => sub(sin(x), 1))(0)[1].item()).toBe(1);
});

test('a scalar may have any rank', () => {
  expect(grad((x) => sum(mul(x, x), { keepdims: true }))(tensor([[1, 2]])).toArray()).toEqual([[2, 4]]);
});

test('the argument is not changed, and two calls agree', () => {
  const x = tensor([1, 2]);
  const g = grad((t) => sum(pow(t, 3)));
  expect(g(x).toArray()).toEqual(g(x).toArray());
  expect(x.toArray()).toEqual([1, 2]);
  expect(x.node).toBeNull();
});
