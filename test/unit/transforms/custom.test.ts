/** Rules of one's own, values that stop gradients, and backward(). */
import {
  add,
  clip,
  customVjp,
  exp,
  grad,
  GradError,
  hessian,
  log,
  mul,
  noGrad,
  parameter,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tensor,
  UsageError,
  vjp,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

describe('customVjp', () => {
  /** log(1 + eˣ) with a stable rule. */
  const log1pexp = customVjp((x: Tensor) => log(add(1, exp(x))), {
    fwd: (x) => [log(add(1, exp(x))), x],
    bwd: (x, g) => [mul(g, sub(1, exp(x).add(1).pow(-1)))],
  });

  test('value and first derivative', () => {
    expect(log1pexp(0).item()).toBeCloseTo(Math.LN2, 15);
    expect(grad((x) => log1pexp(x))(0).item()).toBe(0.5);
  });

  test('the rule is used, not the function', () => {
    const lying = customVjp((x: Tensor) => mul(x, x), { fwd: (x) => [mul(x, x), null], bwd: (_, g) => [mul(g, 100)] });
    expect(grad((x) => mul(lying(x), 3))(2).item()).toBe(300);
    expect(lying(2).item()).toBe(4);
  });

  test('second and third derivatives follow the rule', () => {
    const s = (x: number): number => 1 / (1 + Math.exp(-x));
    expect(grad(grad((x) => log1pexp(x)))(0.5).item()).toBeCloseTo(s(0.5) * (1 - s(0.5)), 14);
    expect(grad(grad(grad((x) => log1pexp(x))))(0.5).item()).toBeCloseTo(s(0.5) * (1 - s(0.5)) * (1 - 2 * s(0.5)), 14);
  });

  test('one rule inside another', () => {
    const inner = customVjp((x: Tensor) => square(x), { fwd: (x) => [square(x), x], bwd: (x, g) => [mul(g, mul(x, 2))] });
    const outer = customVjp((x: Tensor) => inner(inner(x)), {
      fwd: (x) => [inner(inner(x)), x],
      bwd: (x, g) => [mul(g, mul(4, mul(x, inner(x))))],
    });
    expect(grad((x) => outer(x))(2).item()).toBe(32);
    expect(grad(grad((x) => outer(x)))(2).item()).toBe(48);
    expect(grad((x) => inner(inner(x)))(2).item()).toBe(32);
  });

  test('a pull that was not recorded leaves nothing behind for one that is', () => {
    const cube = customVjp((x: Tensor) => mul(x, square(x)), {
      fwd: (x) => [mul(x, square(x)), x],
      bwd: (x, g) => [mul(g, mul(3, square(x)))],
    });
    const one = tensor(1);
    const slope = (x: Tensor): Tensor => {
      const [, pull] = vjp(cube, [x]);
      noGrad(() => pull(one)); // the same cotangent as the next pull
      return pull(one)[0];
    };
    expect(grad(slope)(2).item()).toBe(12);
  });

  test('several arguments; null means zero, a number is one', () => {
    const f = customVjp((a: Tensor, b: Tensor) => mul(a, b), { fwd: (a, b) => [mul(a, b), null], bwd: () => [7, null] });
    const [ga, gb] = grad((a: Tensor, b: Tensor) => f(a, b), { argnums: [0, 1] })(2, 3);
    expect([ga.item(), gb.item()]).toEqual([7, 0]);
  });

  test('a clipped gradient, and both in one expression', () => {
    const clipped = customVjp((x: Tensor) => mul(x, 1), { fwd: (x) => [mul(x, 1), null], bwd: (_, g) => [clip(g, -1, 1)] });
    expect(grad((x) => add(mul(clipped(x), 5), mul(x, 10)))(2).item()).toBe(11);
  });

  test('bwd runs once a sweep, and its residuals reach it', () => {
    let calls = 0;
    const f = customVjp((a: Tensor, b: Tensor) => mul(a, b), {
      fwd: (a, b) => [mul(a, b), { a, b }],
      bwd: ({ a, b }, g) => {
        calls++;
        return [mul(g, b), mul(g, a)];
      },
    });
    grad((a: Tensor, b: Tensor) => f(a, b), { argnums: [0, 1] })(2, 3);
    expect(calls).toBe(1);
  });

  test('through parameters and backward()', () => {
    const w = parameter(3);
    const lying = customVjp((x: Tensor) => mul(x, x), { fwd: (x) => [mul(x, x), null], bwd: (_, g) => [mul(g, 100)] });
    lying(w).backward();
    expect(w.grad!.item()).toBe(100);
  });

  test('the result of fwd is not differentiated behind the back of the rule', () => {
    const zero = customVjp((x: Tensor) => mul(x, x), { fwd: (x) => [mul(x, x), null], bwd: (_, g) => [mul(g, 0)] });
    expect(hessian((x) => sum(zero(x)))(tensor([1, 2])).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('mistakes', () => {
    expect(() => customVjp((x: Tensor) => x, {} as never)).toThrow('customVjp: needs f and { fwd, bwd }');
    const few = customVjp((a: Tensor, b: Tensor) => mul(a, b), { fwd: (a, b) => [mul(a, b), null], bwd: () => [1] });
    expect(() => grad((a: Tensor, b: Tensor) => few(a, b))(1, 2)).toThrow(UsageError);
    expect(() => grad((a: Tensor, b: Tensor) => few(a, b))(1, 2)).toThrow(
      'customVjp: bwd must return one cotangent an argument: expected 2, got 1',
    );
    const bare = customVjp((x: Tensor) => x, { fwd: ((x: Tensor) => x) as never, bwd: () => [1] });
    expect(() => grad((x) => bare(x))(1)).toThrow(UsageError);
  });
});

describe('stopGradient and noGrad', () => {
  test('the value stays, the gradient stops', () => {
    expect(grad((x) => mul(x, stopGradient(x)))(3).item()).toBe(3);
    expect(grad((x) => stopGradient(mul(x, x)))(3).item()).toBe(0);
    expect(grad(grad((x) => mul(mul(x, x), stopGradient(x))))(3).item()).toBe(6);
  });

  test('of a parameter', () => {
    const w = parameter(3);
    add(mul(w, 2), stopGradient(mul(w, w))).backward();
    expect(w.grad!.item()).toBe(2);
  });

  test('noGrad gives constants and returns what f returns', () => {
    expect(
      grad((x) =>
        mul(
          x,
          noGrad(() => mul(x, x)),
        ),
      )(2).item(),
    ).toBe(4);
    const w = parameter(2);
    expect(noGrad(() => mul(w, w)).node).toBeNull();
    expect(noGrad(() => 'text')).toBe('text');
  });

  test('a gradient may be taken inside noGrad', () => {
    expect(noGrad(() => grad((x) => mul(x, x))(3)).item()).toBe(6);
  });
});

describe('backward', () => {
  test('accumulates, and may be called twice', () => {
    const w = parameter([1, 2], { name: 'w' });
    const loss = sum(mul(w, w));
    expect(w.grad).toBeNull();
    loss.backward();
    expect(w.grad!.toArray()).toEqual([2, 4]);
    loss.backward();
    expect(w.grad!.toArray()).toEqual([4, 8]);
    sum(w).backward();
    expect(w.grad!.toArray()).toEqual([5, 9]);
  });

  test('reaches every parameter, and no other', () => {
    const [a, b, c] = [parameter(2), parameter(3), parameter(5)];
    mul(a, mul(b, b)).backward();
    expect([a.grad!.item(), b.grad!.item(), c.grad]).toEqual([9, 12, null]);
  });

  test('agrees with grad', () => {
    const f = (x: Tensor): Tensor => sum(exp(mul(x, x)));
    const w = parameter([0.1, -0.5]);
    f(w).backward();
    expect(w.grad!.toArray()).toEqual(grad(f)(tensor([0.1, -0.5])).toArray());
  });

  test('the value of a parameter may move between forward and backward', () => {
    const w = parameter(3);
    const loss = mul(w, w);
    w.value = tensor(100);
    loss.backward();
    expect(w.grad!.item()).toBe(6);
  });

  test('a parameter used as a plain argument is a tensor', () => {
    const w = parameter(3);
    expect(grad((x) => mul(x, w))(w).item()).toBe(3);
    expect(w.grad).toBeNull();
    const [, pullback] = vjp((x: Tensor) => mul(x, w), [2]);
    expect(pullback(1)[0].item()).toBe(3);
  });

  test('mistakes', () => {
    const w = parameter([1, 2]);
    expect(() => mul(w, w).backward()).toThrow(GradError);
    expect(() => mul(w, w).backward()).toThrow('backward: the loss must be a scalar: got [2]: sum or mean it first');
    expect(() => tensor(1).backward()).toThrow('backward: the loss depends on no parameter: make it of parameter(…), outside noGrad');
    expect(() => noGrad(() => sum(w)).backward()).toThrow(GradError);
    expect(w.grad).toBeNull();
  });
});
