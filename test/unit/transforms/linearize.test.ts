/** linearize: f runs once, its derivative is a linear function that may be called and differentiated. */
import { add, checkpoint, compile, exp, grad, jacfwd, jvp, linearize, mul, ShapeError, sin, square, sum, type Tensor, tensor, UsageError } from 'chainrule'; // prettier-ignore
import { describe, expect, test } from 'vitest';

const bits = (t: Tensor): number[] => [...t.data];
const x = tensor([0.3, -1.2]);

describe('linearize', () => {
  test('value and pushes are those of jvp, and f runs once', () => {
    let runs = 0;
    const f = (a: Tensor, b: Tensor): { product: Tensor; list: Tensor[] } => {
      runs++;
      return { product: mul(sin(a), b), list: [exp(b)] };
    };
    const [out, push] = linearize(f, [x, 2]);
    const tangents = [tensor([1, -3]), 0.5] as const;
    const pushed = push(...tangents);
    push(tensor([0, 1]), 1);
    expect(runs).toBe(1);
    const [value, expected] = jvp(f, [x, 2], [...tangents]);
    expect([out.product, ...out.list].map(bits)).toEqual([value.product, ...value.list].map(bits));
    expect([pushed.product, ...pushed.list].map(bits)).toEqual([expected.product, ...expected.list].map(bits));
  });

  test('it is linear, and the columns of the Jacobian', () => {
    const f = (t: Tensor): Tensor => mul(sin(t), sum(square(t)));
    const [, push] = linearize(f, [x]);
    const [a, b] = [push(tensor([1, 0])), push(tensor([0, 1]))];
    expect(bits(push(tensor([2, -3])))).toEqual(bits(add(mul(a, 2), mul(b, -3))).map((v) => expect.closeTo(v, 14)));
    const J = jacfwd(f)(x).toArray() as number[][];
    expect([bits(a), bits(b)]).toEqual([0, 1].map((j) => J.map((row) => row[j])));
    expect(bits(push(tensor([0, 0])))).toEqual([0, 0]);
  });

  test('first-order results carry no graph', () => {
    const [out, push] = linearize(square, [x]);
    expect([out.node, push(x).node]).toEqual([null, null]);
  });

  test('nests: gradients through a push, in the point and in the tangent', () => {
    // d/dx [cos(x)·t] = −sin(x)·t, d/dt = cos(x)
    const pushed = (p: Tensor, t: Tensor): Tensor => linearize(sin, [p])[1](t);
    const [gx, gt] = grad(pushed, { argnums: [0, 1] })(0.7, 2);
    expect(gx.item()).toBeCloseTo(-2 * Math.sin(0.7), 15);
    expect(gt.item()).toBeCloseTo(Math.cos(0.7), 15);
    const [, push] = linearize(square, [3]);
    expect(grad((t) => square(push(t)))(2).item()).toBe(144); // (6t)² → 72t
    expect(jvp((t: Tensor) => push(t), [1], [5])[1].item()).toBe(30);
    expect(linearize((p: Tensor) => linearize((q: Tensor) => mul(square(q), p), [p])[1](1), [3])[1](1).item()).toBe(12); // d 2p² = 4p
  });

  test('through a checkpoint, and compiled', () => {
    const f = (t: Tensor): Tensor => exp(mul(t, t));
    const expected = bits(linearize(f, [x])[1](x));
    expect(bits(linearize(checkpoint(f), [x])[1](x))).toEqual(expected);
    expect(bits(compile((p: Tensor, t: Tensor) => linearize(f, [p])[1](t))(x, x))).toEqual(expected.map((v) => expect.closeTo(v, 12)));
  });

  test('mistakes', () => {
    const [, push] = linearize(square, [x]);
    expect(() => push(1)).toThrow(ShapeError);
    expect(() => push(1)).toThrow('linearize: the tangent has shape []: expected [2]');
    expect(() => (push as (...t: unknown[]) => unknown)(x, x)).toThrow(UsageError);
    expect(() => linearize(square, 'x' as never)).toThrow('linearize: primals must be a list');
  });
});
