/** customJvp: forward rules, and gradients as their transpose. */
import {
  add,
  checkpoint,
  compile,
  customJvp,
  customVjp,
  div,
  eq,
  exp,
  grad,
  GradError,
  gradcheck,
  gradgradcheck,
  hessian,
  jacfwd,
  jacobian,
  jvp,
  linearize,
  log,
  mul,
  noGrad,
  parameter,
  ShapeError,
  sin,
  cos,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  UsageError,
  vjp,
  where,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

const bits = (t: Tensor): number[] => [...t.data];

/** The example of JAX's guide: its plain derivative is NaN at 100, where exp overflows in float32 and exp/(1 + exp) in any type. */
const plainLog1pexp = (x: Tensor): Tensor => log(add(1, exp(x)));
const log1pexp = customJvp(plainLog1pexp, ([x], [t]) => [plainLog1pexp(x), mul(t, sub(1, div(1, add(1, exp(x)))))]);

/** The other example: f(x) = x/(1 + √x) with slope 1 at 0, where the chain rule says 0·∞. */
const plainRoot = (x: Tensor): Tensor => div(x, add(1, sqrt(x)));
const root = customJvp(plainRoot, ([x], [t]) => {
  const r = sqrt(x);
  return [plainRoot(x), mul(t, div(add(r, 2), mul(2, square(add(r, 1)))))];
});

/** √Σx² with gradient 0 at the origin. */
const safeNorm = customJvp(
  (x: Tensor) => sqrt(sum(square(x))),
  ([x], [t]) => {
    const n = sqrt(sum(square(x)));
    const nonzero = where(eq(n, 0), 1, n);
    return [n, div(sum(mul(x, t)), nonzero)];
  },
);

describe('customJvp', () => {
  test("JAX's log1pexp: derivatives to order 3, and at 1000", () => {
    const s = (x: number): number => 1 / (1 + Math.exp(-x));
    expect(log1pexp(3).item()).toBe(Math.log(1 + Math.exp(3)));
    expect(grad(log1pexp)(3).item()).toBeCloseTo(s(3), 15);
    expect(grad(log1pexp)(1000).item()).toBe(1);
    expect(grad(plainLog1pexp)(1000).item()).not.toBe(1);
    expect(grad(grad(log1pexp))(0.5).item()).toBeCloseTo(s(0.5) * (1 - s(0.5)), 14);
    expect(grad(grad(grad(log1pexp)))(0.5).item()).toBeCloseTo(s(0.5) * (1 - s(0.5)) * (1 - 2 * s(0.5)), 14);
    expect(gradcheck(log1pexp, [tensor([-1, 0.5, 2])])).toBe(true);
    expect(gradgradcheck(log1pexp, [tensor([-1, 0.5, 2])])).toBe(true);
  });

  test("JAX's x/(1 + √x) at 0, and a safe norm", () => {
    expect(grad(root)(0).item()).toBe(1);
    expect(grad(root)(4).item()).toBeCloseTo(4 / 18, 15);
    expect(bits(grad(safeNorm)(tensor([0, 0])))).toEqual([0, 0]);
    expect(bits(grad(safeNorm)(tensor([3, 4])))).toEqual([expect.closeTo(0.6, 15), 0.8]);
    expect(gradgradcheck(safeNorm, [tensor([3, 4])])).toBe(true);
  });

  test('the rule is used, not the function, by every transform', () => {
    const lying = customJvp((x: Tensor) => square(x), ([x], [t]) => [square(x), mul(t, mul(100, x))]); // prettier-ignore
    const x = tensor([1, 2]);
    expect(bits(lying(x))).toEqual([1, 4]);
    expect(jvp(lying, [x], [tensor([1, 3])]).map(bits)).toEqual([[1, 4], [100, 600]]); // prettier-ignore
    expect(bits(linearize(lying, [x])[1](tensor([1, 3])))).toEqual([100, 600]);
    expect(bits(vjp(lying, [x])[1](tensor([1, 3]))[0])).toEqual([100, 600]);
    for (const J of [jacfwd(lying)(x), jacobian(lying)(x)]) expect(bits(J)).toEqual([100, 0, 0, 200]);
    expect(bits(hessian((t) => sum(lying(t)))(x))).toEqual([100, 0, 0, 100]);
    expect(grad((t) => sum(checkpoint(lying)(t)))(x).toArray()).toEqual([100, 200]);
    expect(compile(grad((t: Tensor) => sum(lying(t))))(x).toArray()).toEqual([100, 200]);
    const w = parameter(3);
    lying(w).backward();
    expect(w.grad!.item()).toBe(300);
  });

  test('several arguments, constants among them', () => {
    const f = customJvp(
      (x: Tensor, y: Tensor, k: Tensor) => mul(mul(sin(x), y), k),
      ([x, y, k], [dx, dy]) => [mul(mul(sin(x), y), k), mul(k, add(mul(mul(cos(x), y), dx), mul(sin(x), dy)))],
    );
    const [gx, gy] = grad((x: Tensor, y: Tensor) => f(x, y, new Int32Array([2])).reshape([]), { argnums: [0, 1] })(0.5, 3);
    expect([gx.item(), gy.item()]).toEqual([expect.closeTo(6 * Math.cos(0.5), 14), expect.closeTo(2 * Math.sin(0.5), 14)]);
    expect(gradcheck((x, y) => f(x, y, 2), [tensor([0.5, 1]), tensor([3, -1])])).toBe(true);
    expect(gradgradcheck((x, y) => f(x, y, 2), [tensor([0.5, 1]), tensor([3, -1])])).toBe(true);
    expect(grad((x) => f(x, x, x))(0.5).item()).toBeCloseTo(0.25 * Math.cos(0.5) + 0.5 * Math.sin(0.5), 15); // k has no tangent in the rule
  });

  test('one rule inside another, and inside customVjp', () => {
    const inner = customJvp((x: Tensor) => exp(x), ([x], [t]) => [exp(x), mul(t, exp(x))]); // prettier-ignore
    const outer = customJvp((x: Tensor) => inner(square(x)), ([x], [t]) => [inner(square(x)), mul(mul(2, x), mul(t, inner(square(x))))]); // prettier-ignore
    expect(gradgradcheck(outer, [tensor([0.3, -0.5])])).toBe(true);
    const mixed = customVjp((x: Tensor) => outer(x), { fwd: (x) => [outer(x), x], bwd: (x, g) => [mul(g, mul(mul(2, x), outer(x)))] });
    expect(gradgradcheck(mixed, [tensor([0.3, -0.5])])).toBe(true);
  });

  test('constants and noGrad', () => {
    expect(log1pexp(1).node).toBeNull();
    expect(grad((x) => mul(x, noGrad(() => root(x))))(4).item()).toBeCloseTo(4 / 3, 15); // prettier-ignore
  });

  test('the rule runs once a pull, not forward', () => {
    let runs = 0;
    const f = customJvp((a: Tensor, b: Tensor) => mul(a, b), ([a, b], [da, db]) => {
      runs++;
      return [mul(a, b), add(mul(da, b), mul(a, db))];
    }); // prettier-ignore
    const [, pull] = vjp(f, [2, 3]);
    expect(runs).toBe(0);
    expect(pull(1).map((g) => g.item())).toEqual([3, 2]);
    expect(runs).toBe(1);
  });

  test('mistakes', () => {
    expect(() => customJvp(square, {} as never)).toThrow('customJvp: needs f and a rule (primals, tangents)');
    expect(() => log1pexp({ a: 1 } as never)).toThrow('customJvp: arguments must be tensors');
    const bare = customJvp((x: Tensor) => square(x), ((_: unknown, [t]: [Tensor]) => t) as never);
    expect(() => grad(bare)(1)).toThrow('customJvp: the rule must return [out, tangent]');
    const forgets = customJvp((x: Tensor) => sin(x), ([x]) => [sin(x), cos(x)]); // prettier-ignore
    expect(() => grad(forgets)(1)).toThrow(UsageError);
    expect(() => jvp(forgets, [1], [1])).toThrow(
      'customJvp: the rule must be linear in the tangents: it gives something for tangents of zero',
    );
    const wide = customJvp((x: Tensor) => sin(x), ([x], [t]) => [sin(x), mul(t, tensor([1, 2]))]); // prettier-ignore
    expect(() => grad(wide)(1)).toThrow(ShapeError);
    expect(() => grad(wide)(1)).toThrow('customJvp: the rule gave a tangent of shape [2]: expected []');
  });

  test('no derivative goes past the rule: what f closes over has none', () => {
    const scaled = (k: Tensor) => customJvp((x: Tensor) => mul(x, k), ([x], [t]) => [mul(x, k), mul(t, k)]); // prettier-ignore
    const k = tensor(2);
    expect(grad((x) => scaled(k)(x))(3).item()).toBe(2);
    expect(grad((x) => mul(k, scaled(k)(x)))(3).item()).toBe(4);
    expect(() => grad((s) => scaled(s)(3))(2)).toThrow(GradError);
    expect(() => grad((s) => scaled(s)(s))(2)).toThrow(
      "customJvp: is not differentiable with respect to 'a tensor of its closure': the rule says nothing about it: make it an argument",
    );
    const w = parameter(2, { name: 'w' });
    expect(() => scaled(w)(w).backward()).toThrow("with respect to 'w'");
  });
});
