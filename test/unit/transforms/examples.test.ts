/** Rules of one's own and checkpoints inside vmap: derivatives from inside and from outside of it go through them. */
import {
  add,
  allclose,
  checkpoint,
  compile,
  customJvp,
  customVjp,
  dot,
  exp,
  Generator,
  grad,
  hessian,
  jacfwd,
  jacobian,
  jvp,
  mul,
  parameter,
  sin,
  stopGradient,
  square,
  sum,
  tanh,
  type Tensor,
  tensor,
  uniform,
  vjp,
  vmap,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

/** x²·w, whose rules say 100·x·w and x². */
const plain = (x: Tensor, w: Tensor): Tensor => mul(square(x), w);
const rules: Readonly<Record<string, (x: Tensor, w: Tensor) => Tensor>> = {
  customVjp: customVjp(plain, { fwd: (x, w) => [plain(x, w), { x, w }], bwd: ({ x, w }, g) => [mul(g, mul(mul(x, 100), w)), mul(g, square(x))] }), // prettier-ignore
  customJvp: customJvp(plain, ([x, w], [dx, dw]) => [plain(x, w), add(mul(mul(mul(x, 100), w), dx), mul(square(x), dw))]),
};
const xs = tensor([1, 2, 3]);

describe.each(Object.entries(rules))('%s inside vmap', (kind, f) => {
  const batched = vmap((x: Tensor, w: Tensor) => f(x, w), { inAxes: [0, null] });

  test('a derivative from outside follows the rule, for what is mapped and what is shared', () => {
    const [gx, gw] = grad((x: Tensor, w: Tensor) => sum(batched(x, w)), { argnums: [0, 1] })(xs, 2);
    expect(gx.toArray()).toEqual([200, 400, 600]);
    expect(gw.item()).toBe(14);
    expect(grad((w) => sum(vmap((x: Tensor) => f(x, w))(xs)))(2).item()).toBe(14);
    expect(jacobian((x: Tensor) => batched(x, 2))(xs).toArray()).toEqual([[200, 0, 0], [0, 400, 0], [0, 0, 600]]); // prettier-ignore
    expect(jacfwd((x: Tensor) => batched(x, 2))(xs).toArray()).toEqual([[200, 0, 0], [0, 400, 0], [0, 0, 600]]); // prettier-ignore
  });

  test('so does one from inside, and both at once', () => {
    const slopes = vmap(grad((x: Tensor, w: Tensor) => f(x, w)), { inAxes: [0, null] }); // prettier-ignore
    expect(slopes(xs, 2).toArray()).toEqual([200, 400, 600]);
    expect(grad((w) => sum(slopes(xs, w)))(2).item()).toBe(600);
    expect(vmap(hessian((x: Tensor) => f(x, x)))(xs).toArray()).toEqual([202, 404, 606]); // slope 100x² + x²
    expect(grad((x) => sum(vmap(grad((t: Tensor) => f(t, tensor(2))))(x)))(xs).toArray()).toEqual([200, 200, 200]);
    // the slope with respect to a shared argument, in each example
    expect(vmap((x: Tensor) => grad((w: Tensor) => f(x, w))(2))(xs).toArray()).toEqual([1, 4, 9]);
  });

  test('random numbers are drawn once, from inside and outside the same', () => {
    const generator = new Generator(3);
    const noise = (x: Tensor): Tensor => mul(x, uniform([], { generator }));
    const ruled =
      kind === 'customVjp'
        ? customVjp(noise, { fwd: (x) => { const y = noise(x); return [y, stopGradient(y).div(stopGradient(x))]; }, bwd: (u, g) => [mul(g, u)] }) // prettier-ignore
        : checkpoint(noise);
    const slopes = (x: Tensor): Tensor =>
      vmap((t: Tensor) => mul(ruled(t), grad((s: Tensor) => ruled(s))(t)), { randomness: 'different' })(x);
    const [value, pull] = vjp(slopes, [xs]);
    expect(generator.counter).toBe(6);
    const [u, v] = [uniform([3], { generator: new Generator(3) }), uniform([6], { generator: new Generator(3) }).slice([[3, 6]])];
    expect(value.toArray()).toEqual((mul(mul(xs, u), v).toArray() as number[]).map((n) => expect.closeTo(n, 15))); // prettier-ignore
    expect(pull(tensor([1, 1, 1]))[0].toArray()).toEqual((mul(u, v).toArray() as number[]).map((n) => expect.closeTo(n, 15))); // prettier-ignore
  });

  test('one vmap inside another', () => {
    const table = vmap((w: Tensor) => vmap((x: Tensor) => f(x, w))(xs));
    const [gw] = vjp(table, [tensor([1, 2])])[1](tensor([[1, 1, 1], [1, 1, 1]])); // prettier-ignore
    expect(gw!.toArray()).toEqual([14, 14]);
    const both = (x: Tensor): Tensor => sum(vmap((w: Tensor) => vmap((t: Tensor) => f(t, w))(x))(tensor([1, 2])));
    expect(grad(both)(xs).toArray()).toEqual([300, 600, 900]);
  });
});

describe('checkpoint inside vmap', () => {
  const block = (x: Tensor, w: Tensor): Tensor => sum(sin(mul(exp(x), w)));
  const rows = tensor([[0.1, 0.2], [-0.5, 1], [0.7, -0.3]]); // prettier-ignore
  const w = tensor([0.5, -1]);
  const remade = checkpoint(block);

  test('derivatives from outside and inside are those of f', () => {
    const loss = (f: typeof block) => (x: Tensor, v: Tensor) => sum(square(vmap((r: Tensor) => f(r, v))(x)));
    const both = { argnums: [0, 1] } as const;
    const [a, b] = grad(loss(remade), both)(rows, w);
    const [c, d] = grad(loss(block), both)(rows, w);
    expect([a.toArray(), b.toArray()]).toEqual([c.toArray(), d.toArray()]);
    expect(allclose(hessian(loss(remade))(rows, w), hessian(loss(block))(rows, w), { rtol: 1e-14, atol: 1e-14 })).toBe(true);
    const slopes = (f: typeof block): Tensor => vmap(grad(f), { inAxes: [0, null] })(rows, w);
    expect(slopes(remade).toArray()).toEqual(slopes(block).toArray());
    const curvature = (f: typeof block): Tensor => vmap(hessian(f), { inAxes: [0, null] })(rows, w);
    expect(allclose(curvature(remade), curvature(block), { rtol: 1e-14, atol: 1e-14 })).toBe(true);
    const mixed = (f: typeof block) => grad((v: Tensor) => sum(square(vmap(grad(f), { inAxes: [0, null] })(rows, v))));
    expect(allclose(mixed(remade)(w), mixed(block)(w), { rtol: 1e-14, atol: 1e-14 })).toBe(true);
  });

  test('what it closes over, shared or mapped', () => {
    const loss = (wrap: (f: (t: Tensor) => Tensor) => (t: Tensor) => Tensor) => (v: Tensor) =>
      sum(vmap((r: Tensor) => wrap((t) => mul(tanh(mul(t, r)), v))(square(r)))(rows)); // prettier-ignore
    expect(grad(loss(checkpoint))(w).toArray()).toEqual(grad(loss((f) => f))(w).toArray());
    const mapped = (wrap: (f: (t: Tensor) => Tensor) => (t: Tensor) => Tensor) => (x: Tensor) =>
      sum(vmap((r: Tensor) => wrap((t) => mul(tanh(mul(t, r)), w))(square(r)))(x)); // prettier-ignore
    expect(grad(mapped(checkpoint))(rows).toArray()).toEqual(grad(mapped((f) => f))(rows).toArray());
  });

  test('the values of all examples keep nothing of the inside', () => {
    const long = (t: Tensor): Tensor => Array.from({ length: 20 }).reduce<Tensor>((v) => tanh(add(v, 0.1)), t);
    const kept = (f: (t: Tensor) => Tensor): number => {
      let found = new Set<Tensor>();
      jvp((x: Tensor) => {
        const y = vmap((r: Tensor) => f(f(r)))(x);
        found = new Set([y]);
        for (const t of found) for (const u of t.node?.inputs ?? []) found.add(u);
        return y;
      }, [rows], [rows]); // prettier-ignore
      return found.size;
    };
    expect(kept(checkpoint(long))).toBeLessThan(8);
    expect(kept(long)).toBeGreaterThan(80);
  });

  test('random numbers: the same again, and no surprise where the backward pass is mapped', () => {
    const run = (wrap: (f: (t: Tensor) => Tensor) => (t: Tensor) => Tensor): unknown => {
      const generator = new Generator(3);
      const noisy = wrap((t) => mul(square(t), uniform([2], { generator })));
      const perRow = vmap((r: Tensor) => noisy(r), { randomness: 'different' });
      return [grad((x) => sum(perRow(x)))(rows).toArray(), jacobian(noisy)(w).toArray(), generator.counter];
    };
    expect(run(checkpoint)).toEqual(run((f) => f));
  });
});

describe('a shared argument, and a mapped value in the closure', () => {
  const X = tensor([[1, 2], [3, 4]]); // prettier-ignore
  const ones2 = tensor([1, 1]);

  test('checkpoint: derivatives from outside go to the argument', () => {
    const f = (w: Tensor): Tensor => sum(vmap((x: Tensor) => checkpoint((v: Tensor) => dot(v, x))(w))(X));
    expect(grad(f)(ones2).toArray()).toEqual([4, 6]);
    expect(compile(grad(f))(ones2).toArray()).toEqual([4, 6]);
    const w = parameter([1, 1]);
    f(w).backward();
    expect(w.grad!.toArray()).toEqual([4, 6]);
  });

  test('customJvp and customVjp: the rule holds', () => {
    const jvpRule = (w: Tensor): Tensor =>
      sum(
        vmap((x: Tensor) =>
          customJvp(
            (v: Tensor) => dot(v, x),
            ([v], [t]) => [dot(v, x), dot(t, x)],
          )(w),
        )(X),
      );
    expect(grad(jvpRule)(ones2).toArray()).toEqual([4, 6]);
    const vjpRule = (w: Tensor): Tensor =>
      sum(vmap((x: Tensor) => customVjp((v: Tensor) => dot(v, x), { fwd: (v: Tensor) => [dot(v, x), v] as const, bwd: (_, g) => [mul(mul(x, g), 10)] })(w))(X)); // prettier-ignore
    expect(grad(vjpRule)(ones2).toArray()).toEqual([40, 60]);
  });

  test('the argument of the outer call, the closure of the inner one', () => {
    const W = tensor([[1, 1], [2, 2]]); // prettier-ignore
    const nested = (wrap: (f: (v: Tensor) => Tensor) => (v: Tensor) => Tensor) => (ws: Tensor): Tensor =>
      sum(vmap((w: Tensor) => vmap((x: Tensor) => wrap((v) => dot(v, x))(w))(X))(ws)); // prettier-ignore
    expect(grad(nested((f) => checkpoint(f) as (v: Tensor) => Tensor))(W).toArray()).toEqual([[4, 6], [4, 6]]); // prettier-ignore
    expect(grad(nested((f) => customJvp(f, ([v], [t]) => [f(v), jvp(f, [v], [t])[1]]) as (v: Tensor) => Tensor))(W).toArray()).toEqual([[4, 6], [4, 6]]); // prettier-ignore
  });
});
