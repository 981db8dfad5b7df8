/** vjp, jvp, jacobian, jacfwd, hessian, hvp against values worked by hand. */
import {
  add,
  div,
  exp,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacobian,
  jacrev,
  jvp,
  matmul,
  mul,
  pow,
  ShapeError,
  sin,
  stack,
  sub,
  sum,
  take,
  tanh,
  type Tensor,
  tensor,
  UsageError,
  vjp,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

const at = (x: Tensor, i: number): Tensor => take(x, i);
/** (x²·y, 5x + sin y): the textbook's map of the plane. */
const plane = (v: Tensor): Tensor => stack([mul(pow(at(v, 0), 2), at(v, 1)), add(mul(at(v, 0), 5), sin(at(v, 1)))]);
/** The six-hump camel function; its Hessian at (0, 1) is [[8, 1], [1, 40]]. */
const camel = (v: Tensor): Tensor => {
  const [x, y] = [at(v, 0), at(v, 1)];
  const x2 = mul(x, x);
  const y2 = mul(y, y);
  return add(add(mul(add(sub(4, mul(2.1, x2)), div(mul(x2, x2), 3)), x2), mul(x, y)), mul(add(-4, mul(4, y2)), y2));
};

describe('vjp', () => {
  test('several inputs', () => {
    const [out, pullback] = vjp((x: Tensor, y: Tensor) => mul(x, y), [tensor([1, 2]), tensor([3, 4])]);
    expect(out.toArray()).toEqual([3, 8]);
    const [gx, gy] = pullback(tensor([1, 10])) as [Tensor, Tensor];
    expect(gx.toArray()).toEqual([3, 40]);
    expect(gy.toArray()).toEqual([1, 20]);
  });

  test('trees of outputs take trees of cotangents', () => {
    const f = (x: Tensor) => ({ square: mul(x, x), list: [mul(x, 3), sum(x)] });
    const [out, pullback] = vjp(f, [tensor([1, 2])]);
    expect(out.square.toArray()).toEqual([1, 4]);
    expect(out.list[1]!.item()).toBe(3);
    expect(pullback({ square: tensor([1, 1]), list: [tensor([0, 0]), 0] })[0].toArray()).toEqual([2, 4]);
    expect(pullback({ square: tensor([0, 0]), list: [tensor([1, 10]), 100] })[0].toArray()).toEqual([103, 130]);
  });

  test('may be called any number of times, and is linear', () => {
    const [, pullback] = vjp(plane, [tensor([2, 3])]);
    const g = (a: number, b: number): number[] => pullback(tensor([a, b]))[0].toArray() as number[];
    expect(g(1, 0)).toEqual([12, 4]);
    expect(g(0, 1)).toEqual([5, Math.cos(3)]);
    expect(g(2, -1)).toEqual([19, 8 - Math.cos(3)]);
    expect(g(1, 0)).toEqual([12, 4]);
  });

  test('aux', () => {
    const [out, pullback, aux] = vjp((x: Tensor) => [mul(x, x), 'note'] as const, [3], { hasAux: true });
    expect(out.item()).toBe(9);
    expect(aux).toBe('note');
    expect(pullback(1)[0].item()).toBe(6);
  });

  test('a bare number stands for a list of one; anything else is refused', () => {
    expect(() => vjp((x: Tensor) => x, [] as never)).toThrow(UsageError);
    expect(() => vjp((x: Tensor) => x, {} as never)).toThrow('vjp: primals must be a list with one value an argument: got object');
  });

  test('a cotangent of another shape or structure', () => {
    const [, pullback] = vjp((x: Tensor) => mul(x, 2), [tensor([1, 2])]);
    expect(() => pullback(1)).toThrow(ShapeError);
    expect(() => pullback(1)).toThrow('vjp: the cotangent has shape []: expected [2]');
    expect(() => pullback([1, 2])).toThrow('vjp: the cotangent must have the structure of its counterpart: 2 leaves, expected 1');
  });
});

describe('jvp', () => {
  test('value and directional derivative', () => {
    const [out, t] = jvp(plane, [tensor([2, 3])], [tensor([1, -1])]);
    expect(out.toArray()).toEqual([12, 10 + Math.sin(3)]);
    expect(t.data[0]).toBeCloseTo(12 - 4, 14);
    expect(t.data[1]).toBeCloseTo(5 - Math.cos(3), 14);
  });

  test('⟨w, J·u⟩ = ⟨Jᵀ·w, u⟩', () => {
    const A = tensor([
      [1, -2, 0.5],
      [0.3, 1, 2],
    ]);
    const f = (x: Tensor): Tensor => tanh(matmul(A, exp(x)));
    const [x, u, w] = [tensor([0.1, -0.4, 0.2]), tensor([1, 2, -1]), tensor([0.7, -0.2])];
    const [, Ju] = jvp(f, [x], [u]);
    const [Jtw] = vjp(f, [x])[1](w) as [Tensor];
    expect(sum(mul(w, Ju)).item()).toBeCloseTo(sum(mul(Jtw, u)).item(), 14);
  });

  test('several inputs, trees of outputs', () => {
    const [out, t] = jvp((x: Tensor, y: Tensor) => ({ p: mul(x, y), s: add(x, y) }), [3, 5], [1, 10]);
    expect([out.p.item(), out.s.item(), t.p.item(), t.s.item()]).toEqual([15, 8, 35, 11]);
  });

  test('a direction of another shape', () => {
    expect(() => jvp((x: Tensor) => x, [tensor([1, 2])], [1])).toThrow('jvp: the tangent has shape []: expected [2]');
  });

  test('of a constant it is zero', () => {
    expect(jvp((_x: Tensor) => tensor([1, 2]), [3], [1])[1].toArray()).toEqual([0, 0]);
  });
});

describe('jacobians', () => {
  test.each([
    ['jacobian', jacobian],
    ['jacrev', jacrev],
    ['jacfwd', jacfwd],
  ] as const)('%s: rows by outputs', (_, J) => {
    const j = J(plane)(tensor([2, 3]));
    expect(j.shape).toEqual([2, 2]);
    const expected = [12, 4, 5, Math.cos(3)];
    j.data.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 14));
  });

  test.each([
    ['jacobian', jacobian],
    ['jacfwd', jacfwd],
  ] as const)('%s: shape [...out, ...in]', (_, J) => {
    const W = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const j = J((w: Tensor) => matmul(w, tensor([1, 10, 100])))(W);
    expect(j.shape).toEqual([2, 2, 3]);
    expect(j.toArray()).toEqual([
      [
        [1, 10, 100],
        [0, 0, 0],
      ],
      [
        [0, 0, 0],
        [1, 10, 100],
      ],
    ]);
    expect(J((x: Tensor) => mul(x, 2))(3).shape).toEqual([]);
    expect(J((x: Tensor) => stack([x, mul(x, x)]))(3).toArray()).toEqual([1, 6]);
  });

  test('argnums', () => {
    const f = (a: Tensor, b: Tensor): Tensor => mul(a, b);
    expect(jacobian(f, { argnums: 1 })(tensor([2, 3]), tensor([5, 7])).toArray()).toEqual([
      [2, 0],
      [0, 3],
    ]);
    const [ja, jb] = jacfwd(f, { argnums: [0, 1] })(tensor([2, 3]), 5);
    expect(ja.toArray()).toEqual([
      [5, 0],
      [0, 5],
    ]);
    expect(jb.toArray()).toEqual([2, 3]);
  });

  test('an empty output', () => {
    expect(jacobian((x: Tensor) => x.slice([[0, 0]]))(tensor([1, 2])).shape).toEqual([0, 2]);
  });
});

describe('hessian', () => {
  test('of the six-hump camel function at (0, 1)', () => {
    expect(hessian(camel)(tensor([0, 1])).toArray()).toEqual([
      [8, 1],
      [1, 40],
    ]);
    expect(grad(camel)(tensor([0, 1])).toArray()).toEqual([1, 8]);
  });

  test('of a product: symmetric, zero diagonal', () => {
    expect(hessian((x) => mul(mul(at(x, 0), at(x, 1)), at(x, 2)))(tensor([2, 3, 5])).toArray()).toEqual([
      [0, 5, 3],
      [5, 0, 2],
      [3, 2, 0],
    ]);
  });

  test('of a matrix argument: [...shape, ...shape]', () => {
    const h = hessian((w) => sum(mul(mul(w, w), w)))(
      tensor([
        [1, 2],
        [3, 4],
      ]),
    );
    expect(h.shape).toEqual([2, 2, 2, 2]);
    for (let i = 0; i < 4; i++) for (let j = 0; j < 4; j++) expect(h.data[4 * i + j]).toBe(i === j ? 6 * (i + 1) : 0);
  });

  test('of a linear function it is zero', () => {
    expect(hessian((x) => sum(x))(tensor([1, 2])).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('agrees with jacobian of grad and with jacfwd of grad', () => {
    const x = tensor([0.3, -0.7]);
    const expected = hessian(camel)(x).data;
    for (const J of [jacobian, jacfwd]) J(grad(camel))(x).data.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 12));
  });
});

describe('hvp', () => {
  test('is the Hessian times the vector', () => {
    const [value, Hv] = hvp(camel, [tensor([0, 1])], [tensor([2, -1])]);
    expect(value.item()).toBe(0);
    expect((Hv as Tensor[])[0]!.toArray()).toEqual([15, -38]);
  });

  test('a bare vector gives a bare product', () => {
    const [value, Hv] = hvp(camel, tensor([0.5, 0.25]), tensor([1, 0]));
    const H = hessian(camel)(tensor([0.5, 0.25])).data;
    expect(value.item()).toBeCloseTo(camel(tensor([0.5, 0.25])).item(), 14);
    expect(Hv.data[0]).toBeCloseTo(H[0]!, 12);
    expect(Hv.data[1]).toBeCloseTo(H[2]!, 12);
  });

  test('of several arguments', () => {
    // f = x²·y: H = [[2y, 2x], [2x, 0]]
    const [value, Hv] = hvp((x: Tensor, y: Tensor) => mul(mul(x, x), y), [3, 5], [1, 2]);
    expect(value.item()).toBe(45);
    expect((Hv as Tensor[]).map((t) => t.item())).toEqual([10 + 12, 6]);
  });

  test('a vector of another shape', () => {
    expect(() => hvp(camel, [tensor([0, 1])], [tensor([1, 2, 3])])).toThrow('hvp: v has shape [3]: expected [2]');
  });

  test('hvp and hessian say their own name when f is not scalar', () => {
    expect(() => hvp((x: Tensor) => mul(x, 2), [tensor([1, 2])], [tensor([1, 0])])).toThrow(/^hvp: f must return a scalar: got \[2\]/);
    expect(() => hessian((x: Tensor) => mul(x, 2))(tensor([1, 2]))).toThrow(/^hessian: f must return a scalar: got \[2\]/);
  });
});
