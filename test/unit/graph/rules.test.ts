/** The nine rules of the road of differentiation; each has bitten a well-known library. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import {
  add,
  argmax,
  broadcastTo,
  cast,
  customVjp,
  defineOp,
  div,
  eq,
  GradError,
  grad,
  gt,
  hessian,
  jacobian,
  jvp,
  log,
  lt,
  matmul,
  maximum,
  mul,
  noGrad,
  norm,
  type Op,
  parameter,
  pow,
  record,
  ShapeError,
  sign,
  sqrt,
  sub,
  sum,
  take,
  tanh,
  type Tensor,
  tensor,
  trace,
  valueAndGrad,
  vjp,
  where,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { state } from '../../../src/graph/state.js';

describe('1. every derivative has variables of its own', () => {
  test('D(x → D(y → x·y)(x))(4) = 1', () => {
    expect(grad((x) => grad((y) => mul(x, y))(x))(4).item()).toBe(1);
  });

  test('x · D(y → x + y)(2): the inner derivative is 1, so the outer is 1', () => {
    expect(grad((x) => mul(x, grad((y) => add(x, y))(2)))(5).item()).toBe(1);
  });

  test('x · D(y → x·y)(2) = x², so the outer is 2x', () => {
    expect(grad((x) => mul(x, grad((y) => mul(x, y))(2)))(3).item()).toBe(6);
  });

  test('D(y → x·y²)(x) = 2x², so the outer is 4x', () => {
    expect(grad((x) => grad((y) => mul(x, mul(y, y)))(x))(3).item()).toBe(12);
  });

  test('three levels: D(y → D(z → x·y·z)(y))(x) = x, so the outer is 1', () => {
    expect(grad((x) => grad((y) => grad((z) => mul(mul(x, y), z))(y))(x))(2).item()).toBe(1);
  });

  test('three levels: D(y → y · D(z → x + z·y)(y))(x) = 2x, so the outer is 2', () => {
    expect(grad((x) => grad((y) => mul(y, grad((z) => add(x, mul(z, y)))(y)))(x))(7).item()).toBe(2);
  });

  test('D(y → x)(x) = 0: the inner variable is not the outer one', () => {
    expect(grad((x) => add(grad((_y) => mul(x, 1))(x), mul(x, 3)))(3).item()).toBe(3);
  });

  test('an inner jvp: J(y → x·y²)(x)·1 = 2x², so the outer is 4x', () => {
    expect(grad((x) => jvp((y: Tensor) => mul(x, mul(y, y)), [x], [1])[1])(3).item()).toBe(12);
  });

  test('an inner derivative of a curried function: D(x → D(g(x))(x)), g(x) = y → x²·y³', () => {
    const g = (x: Tensor) => (y: Tensor) => mul(mul(x, x), pow(y, 3));
    // D(g(x))(x) = 3·x²·x² = 3x⁴; its derivative is 12x³
    expect(grad((x) => grad(g(x))(x))(2).item()).toBeCloseTo(96, 10);
  });

  test('the same derivative four times over: the fourth derivative of x⁴ is 24', () => {
    const f = (x: Tensor): Tensor => mul(mul(x, x), mul(x, x));
    expect(grad(grad(grad(grad(f))))(5).item()).toBe(24);
  });
});

describe('2. first-order results carry no graph', () => {
  test('gradient, value and vjp output at top level have no node', () => {
    expect(grad((x) => mul(x, x))(3).node).toBeNull();
    const [value, g] = valueAndGrad((x) => mul(x, x))(3);
    expect(value.node).toBeNull();
    expect(g.node).toBeNull();
    const [out, pullback] = vjp((x: Tensor) => mul(x, x), [3]);
    expect(out.node).toBeNull();
    expect(pullback(1)[0].node).toBeNull();
    const [y, t] = jvp((x: Tensor) => mul(x, x), [3], [1]);
    expect(y.node).toBeNull();
    expect(t.node).toBeNull();
    expect(hessian((x) => sum(mul(x, x)))(tensor([1, 2])).node).toBeNull();
    expect(jacobian((x) => mul(x, x))(tensor([1, 2])).node).toBeNull();
  });

  test('aux carries no graph either', () => {
    const [[value, aux], g] = valueAndGrad((x: Tensor) => [mul(x, x), { twice: mul(x, 2) }] as const, { hasAux: true })(3);
    expect(value.node).toBeNull();
    expect(aux.twice.node).toBeNull();
    expect(aux.twice.item()).toBe(6);
    expect(g.item()).toBe(6);
  });

  test('the gradient of a function that returns its argument is 1, without a node', () => {
    const [value, g] = valueAndGrad((x) => x)(3);
    expect([value.item(), g.item()]).toEqual([3, 1]);
    expect([value.node, g.node]).toEqual([null, null]);
  });

  test('p = p − lr·g does not chain one step to the next', () => {
    let p: Tensor = tensor([1, 2]);
    const g = grad((w) => sum(mul(w, w)));
    for (let i = 0; i < 20; i++) {
      p = sub(p, mul(g(p), 0.1));
      expect(p.node).toBeNull();
    }
    expect(p.data[0]).toBeCloseTo(0.8 ** 20, 14);
  });

  test('backward() leaves gradients without a graph', () => {
    const w = parameter([1, 2]);
    sum(mul(w, w)).backward();
    expect(w.grad!.node).toBeNull();
  });

  test('an inner gradient is recorded while an outer one is active, and only then', () => {
    let inner: Tensor | undefined;
    grad((x) => (inner = grad((y) => mul(y, mul(y, y)))(x)))(2);
    expect(inner!.node).not.toBeNull();
    grad((x) => add(x, (inner = noGrad(() => grad((y) => mul(y, y))(x)))))(2);
    expect(inner!.node).toBeNull();
  });
});

describe("3. a pullback runs under its caller's recording state", () => {
  test('grad(v => pullback(v)) is the derivative of f', () => {
    const [, pullback] = vjp((x: Tensor) => mul(x, x), [3]);
    expect(grad((v) => pullback(v)[0])(1).item()).toBe(6);
    expect(grad((v) => mul(pullback(v)[0], pullback(v)[0]))(2).item()).toBe(144); // (6v)² → 72v
  });

  test('of several outputs: the transposed Jacobian', () => {
    const A = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const [, pullback] = vjp((x: Tensor) => matmul(A, x), [tensor([1, 1, 1])]);
    expect(jacobian((v) => pullback(v)[0])(tensor([0, 0])).toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
  });

  test('a pullback made inside noGrad may still be differentiated', () => {
    const [, pullback] = noGrad(() => vjp((x: Tensor) => mul(x, x), [3]));
    expect(grad((v) => pullback(v)[0])(1).item()).toBe(6);
  });

  test('called inside noGrad it is a constant', () => {
    const [, pullback] = vjp((x: Tensor) => mul(x, x), [3]);
    expect(
      grad((v) =>
        add(
          v,
          noGrad(() => pullback(v)[0]),
        ),
      )(1).item(),
    ).toBe(1);
  });

  test('made inside a transform it is differentiated with respect to the outer variable', () => {
    expect(grad((x) => vjp((y: Tensor) => mul(mul(x, y), y), [2])[1](1)[0])(3).item()).toBe(4); // ∂/∂x 2xy at y = 2
  });

  test('one that escaped from its transform gives constants at top level', () => {
    let escaped: ((g: unknown) => Tensor[]) | undefined;
    grad((x) => {
      const [out, pullback] = vjp((y: Tensor) => mul(y, y), [x]);
      escaped = pullback;
      return out;
    })(3);
    const [g] = escaped!(1);
    expect(g!.item()).toBe(6);
    expect(g!.node).toBeNull();
  });
});

describe('4. out inside a rule is the tracked output itself', () => {
  test.each([-1.5, 0, 0.5, 2])('tanh to order 3 at %f', (x) => {
    const [s, c] = [Math.sinh(x), Math.cosh(x)];
    expect(grad(tanh)(x).item()).toBeCloseTo(1 / c ** 2, 14);
    expect(grad(grad(tanh))(x).item()).toBeCloseTo((-2 * s) / c ** 3, 14);
    expect(grad(grad(grad(tanh)))(x).item()).toBeCloseTo((4 * s * s - 2) / c ** 4, 13);
  });

  test('exp and sqrt, whose rules read out too, to order 3', () => {
    expect(grad(grad(grad((x) => x.exp())))(1).item()).toBeCloseTo(Math.E, 14);
    expect(grad(grad(grad((x) => x.sqrt())))(4).item()).toBeCloseTo((3 / 8) * 4 ** -2.5, 15);
  });
});

describe('5. the sweep is a loop', () => {
  test('1,000,000 ops deep, forward and backward, in less than 2 GiB', () => {
    const source = `
      import { grad, mul } from ${JSON.stringify(resolve(import.meta.dirname, '../../../src/index.ts'))};
      const chain = (n) => (x) => { let v = x; for (let i = 0; i < n; i++) v = mul(v, 1.0000001); return v; };
      const times = [100_000, 1_000_000].map((n) => {
        const start = performance.now();
        const g = grad(chain(n))(2).item();
        return { n, g, ms: Math.round(performance.now() - start) };
      });
      console.log(JSON.stringify({ times, bytes: process.resourceUsage().maxRSS * 1024 }));
    `;
    const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], {
      encoding: 'utf8',
      cwd: resolve(import.meta.dirname, '../../..'),
    });
    expect(run.stderr).toBe('');
    const { times, bytes } = JSON.parse(run.stdout) as { times: { n: number; g: number; ms: number }[]; bytes: number };
    for (const { n, g } of times) expect(g / 1.0000001 ** n).toBeCloseTo(1, 9);
    expect(bytes).toBeLessThan(2 * 2 ** 30);
    const [small, large] = [times[0]!, times[1]!];
    console.log(
      `chain: 100k ops ${small.ms} ms, 1M ops ${large.ms} ms (${(large.ms / small.ms).toFixed(1)}×), ${Math.round(bytes / 2 ** 20)} MiB`,
    );
  }, 120_000);

  test('fan-out 60 deep is linear: v = v + v, 60 times', () => {
    const f = (x: Tensor): Tensor => {
      let v = x;
      for (let i = 0; i < 60; i++) v = add(v, v);
      return v;
    };
    const [value, g] = valueAndGrad(f)(3);
    expect(value.item()).toBe(3 * 2 ** 60);
    expect(g.item()).toBe(2 ** 60);
  });

  test('fan-out to order 2: v = v·v, five times, is x³²', () => {
    const f = (x: Tensor): Tensor => {
      let v = x;
      for (let i = 0; i < 5; i++) v = mul(v, v);
      return v;
    };
    expect(grad(grad(f))(1).item()).toBe(32 * 31);
  });

  test('a tape of 20,000 entries is printed and traced', () => {
    const chain = (x: Tensor): Tensor => {
      let v = x;
      for (let i = 0; i < 20_000; i++) v = add(v, 1);
      return v;
    };
    const lines = record(chain, 0).print().split('\n');
    expect(lines).toHaveLength(20_002);
    expect(lines[0]).toBe('%0 = input : float64');
    expect(lines[20_000]).toBe('%20000 = add(%19999, 1) : float64');
    expect(lines[20_001]).toBe('return %20000');
    const rows = trace(chain, 0);
    expect(rows).toHaveLength(20_001);
    expect(rows[0]!.grad.item()).toBe(1);
  });
});

describe('6. un-broadcasting happens in one place', () => {
  const binary: readonly [string, (a: Tensor, b: Tensor) => Tensor][] = [
    ['add', add],
    ['sub', sub],
    ['mul', mul],
    ['div', div],
    ['maximum', maximum],
    ['pow', pow],
    ['where', (a, b) => where(gt(a, b), a, b)],
  ];
  const shapes: readonly (readonly [number[], number[]])[] = [
    [[2, 3], [3]],
    [[2, 3], []],
    [
      [2, 1],
      [1, 3],
    ],
    [[3], [4, 1, 3]],
    [[], [2]],
    [[1], []],
  ];
  const filled = (shape: number[], start: number): Tensor =>
    tensor(
      Float64Array.from({ length: shape.reduce((p, q) => p * q, 1) }, (_, i) => start + i * 0.37),
      { shape },
    );

  test.each(binary)('gradients of %s have the shapes of the inputs, and the right sums', (_, op) => {
    for (const [sa, sb] of shapes) {
      const [a, b] = [filled(sa, 1.1), filled(sb, 0.45)];
      const [ga, gb] = grad((x: Tensor, y: Tensor) => sum(op(x, y)), { argnums: [0, 1] })(a, b);
      expect(ga.shape).toEqual(sa);
      expect(gb.shape).toEqual(sb);
      // the same without broadcasting: expand first, sum by hand
      const out = op(a, b).shape;
      const [ea, eb] = grad((x: Tensor, y: Tensor) => sum(op(x, y)), { argnums: [0, 1] })(broadcastTo(a, out), broadcastTo(b, out));
      expect(sum(ga).item()).toBeCloseTo(sum(ea).item(), 10);
      expect(sum(gb).item()).toBeCloseTo(sum(eb).item(), 10);
    }
  });

  test('the sums of a hand-worked case: mul of [2,1] and [1,3]', () => {
    const [ga, gb] = grad((a: Tensor, b: Tensor) => sum(mul(a, b)), { argnums: [0, 1] })(tensor([[1], [2]]), tensor([[3, 4, 5]]));
    expect(ga.toArray()).toEqual([[12], [12]]);
    expect(gb.toArray()).toEqual([[3, 3, 3]]);
  });

  test('batch axes of matmul are summed', () => {
    const [ga, gb] = grad((a: Tensor, b: Tensor) => sum(matmul(a, b)), { argnums: [0, 1] })(filled([4, 2, 3], 0), filled([3, 2], 0));
    expect(ga.shape).toEqual([4, 2, 3]);
    expect(gb.shape).toEqual([3, 2]);
  });

  test('a customVjp whose bwd gives a wrong shape throws', () => {
    const wrong = customVjp((x: Tensor) => mul(x, 2), { fwd: (x) => [mul(x, 2), null], bwd: () => [tensor([1, 1])] });
    const call = (): unknown => grad((x) => sum(wrong(x)))(tensor([1, 2, 3]));
    expect(call).toThrow(ShapeError);
    expect(call).toThrow('customVjp: bwd gave shape [2] for argument 0: expected [3]');
    expect(() => grad((x) => sum(wrong(x)))(tensor([1, 2]))).not.toThrow();
  });

  test('an op that does not broadcast and has a wrong-shaped rule throws, and names the shapes', () => {
    const forgetful: Op<['x']> = defineOp({
      name: 'forgetful',
      inputs: ['x'],
      doc: 'Σ x, with a rule that forgets to expand',
      shape: () => [1],
      dtype: () => 'float64',
      kernel: ([x], out) => void (out.data[0] = Array.from(x!.data).reduce((p, q) => p + q, 0)),
      vjp: { x: ({ g }) => g },
      sample: () => ({ inputs: [], attrs: undefined }),
    });
    const call = (): unknown => grad((x) => forgetful(x))(tensor([1, 2, 3]));
    expect(call).toThrow(ShapeError);
    expect(call).toThrow("forgetful: vjp for 'x' has shape [1], but 'x' has shape [3]: expand or reduce g first");
  });
});

describe('7. what does not matter has gradient zero; what cannot be asked says so', () => {
  test('an unused input', () => {
    const [ga, gb] = grad((a: Tensor, _b: Tensor) => sum(a), { argnums: [0, 1] })(tensor([1, 2]), tensor([[1, 2, 3]]));
    expect(ga.toArray()).toEqual([1, 1]);
    expect(gb.toArray()).toEqual([[0, 0, 0]]);
  });

  test('a constant function, and one that returns a plain number', () => {
    expect(grad(() => tensor(5))(3).item()).toBe(0);
    expect(grad(() => 5)(3).item()).toBe(0);
    expect(grad(grad(() => 5))(3).item()).toBe(0);
  });

  test('comparisons and sign block silently', () => {
    expect(grad((x) => sum(cast(gt(x, 0), 'float64')))(tensor([-1, 1])).toArray()).toEqual([0, 0]);
    expect(grad((x) => sum(cast(eq(x, 1), 'float64')))(tensor([-1, 1])).toArray()).toEqual([0, 0]);
    expect(grad((x) => sum(cast(lt(x, 1), 'float64')))(tensor([-1, 1])).toArray()).toEqual([0, 0]);
    expect(grad((x) => sum(mul(sign(x), x)))(tensor([-2, 3])).toArray()).toEqual([-1, 1]);
    expect(grad((x) => sum(where(gt(x, 0), mul(x, 3), x)))(tensor([-2, 3])).toArray()).toEqual([1, 3]);
  });

  test('a gradient through argmax throws and names op and input', () => {
    const call = (): unknown => grad((x) => cast(argmax(x), 'float64'))(tensor([1, 3, 2]));
    expect(call).toThrow(GradError);
    expect(call).toThrow(/^argmax: is not differentiable with respect to 'x': .*stopGradient/);
  });

  test('as an index argmax is fine', () => {
    expect(grad((x) => take(x, argmax(x)))(tensor([1, 3, 2])).toArray()).toEqual([0, 1, 0]);
    expect(record((x) => argmax(x), tensor([1, 2])).entries.map((e) => e.op)).toEqual(['argmax']);
  });

  test('with a stopGradient around it argmax is a constant', () => {
    expect(grad((x) => sum(mul(x, cast(argmax(x.stopGradient()), 'float64'))))(tensor([1, 3, 2])).toArray()).toEqual([1, 1, 1]);
  });
});

describe('8. a dead branch never poisons the live one', () => {
  const singular: readonly [string, (x: Tensor) => Tensor][] = [
    ['log x', log],
    ['√x', sqrt],
    ['x^0.5', (x) => pow(x, 0.5)],
    ['x^−1', (x) => pow(x, -1)],
    ['1/x', (x) => div(1, x)],
    ['x·log x', (x) => mul(x, log(x))],
    ['√(log x)', (x) => sqrt(log(x))],
  ];
  test.each(singular)('where(x > 0, %s, 0) at 0: value, gradient and second derivative are 0', (_, f) => {
    const g = (x: Tensor): Tensor => where(gt(x, 0), f(x), 0);
    expect(g(tensor(0)).item()).toBe(0);
    expect(grad(g)(0).item()).toBeCloseTo(0, 30);
    expect(grad(grad(g))(0).item()).toBeCloseTo(0, 30);
  });

  test.each(singular.slice(0, 5))('where(x > 0, %s, 0) at 0: the third derivative is 0 too', (_, f) => {
    const g = (x: Tensor): Tensor => where(gt(x, 0), f(x), 0);
    expect(grad(grad(grad(g)))(0).item()).toBeCloseTo(0, 30);
  });

  test('the norm of the zero vector in a dead branch', () => {
    const g = (x: Tensor): Tensor => where(gt(sum(x), 0), norm(x), 0);
    expect(grad(g)(tensor([0, 0])).toArray()).toEqual([0, 0]);
    expect(hessian(g)(tensor([0, 0])).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('the live elements beside the dead ones are right', () => {
    const x = tensor([0, 4]);
    const f = (h: (t: Tensor) => Tensor) => (t: Tensor) => sum(where(gt(t, 0), h(t), 0));
    expect(grad(f(log))(x).toArray()).toEqual([0, 0.25]);
    expect(hessian(f(log))(x).toArray()).toEqual([
      [0, 0],
      [0, -1 / 16],
    ]);
    expect(grad(f(sqrt))(x).toArray()).toEqual([0, 0.25]);
    expect(hessian(f(sqrt))(x).data[3]).toBeCloseTo(-1 / 32, 15);
    expect(grad(f((t) => div(1, t)))(x).toArray()).toEqual([0, -1 / 16]);
    expect(hessian(f((t) => div(1, t)))(x).data[3]).toBeCloseTo(2 / 64, 15);
  });

  test('where the derivative is asked for it is told: sqrt′(0) = ∞, log′(0) = ∞', () => {
    expect(grad(sqrt)(0).item()).toBe(Infinity);
    expect(grad(log)(0).item()).toBe(Infinity);
    expect(grad((x) => div(1, x))(0).item()).toBe(-Infinity);
  });
});

describe('9. an error leaves the state as it was', () => {
  const intact = (): void => {
    expect(state).toEqual({ depth: 0, recording: true, tape: null, planning: null, batching: null, draws: null });
    const w = parameter(3);
    expect(mul(w, w).node).not.toBeNull();
    expect(grad((x) => mul(x, x))(3).node).toBeNull();
    expect(mul(tensor(1), tensor(2)).node).toBeNull();
  };
  const fail = (..._: unknown[]): never => {
    throw new RangeError('on purpose');
  };

  test('in f of every transform', () => {
    const x = tensor([1, 2]);
    const calls: readonly (() => unknown)[] = [
      () => grad(fail)(x),
      () => valueAndGrad(fail)(x),
      () => vjp(fail, [x]),
      () => jvp(fail, [x], [x]),
      () => jacobian(fail)(x),
      () => hessian(fail)(x),
      () => grad((t) => sum(mul(t, grad(fail)(t))))(x),
      () => record(fail, x),
      () => trace(fail, x),
      () => noGrad(fail),
      () => noGrad(() => record(() => noGrad(fail))),
    ];
    for (const call of calls) {
      expect(call).toThrow('on purpose');
      intact();
    }
  });

  test('in a rule of one’s own, at the pullback', () => {
    const bad = customVjp((x: Tensor) => mul(x, 1), { fwd: (x) => [mul(x, 1), null], bwd: fail });
    expect(() => grad((x) => bad(x))(1)).toThrow('on purpose');
    intact();
    const [, pullback] = vjp((x: Tensor) => bad(x), [1]);
    expect(() => pullback(1)).toThrow('on purpose');
    intact();
    expect(() => bad(parameter(1)).backward()).toThrow('on purpose');
    intact();
    expect(() => record((x) => grad((y) => bad(y))(x), 1)).toThrow('on purpose');
    intact();
  });

  test('a cotangent of a wrong shape', () => {
    const [, pullback] = vjp((x: Tensor) => mul(x, 2), [tensor([1, 2])]);
    expect(() => pullback(tensor([1, 2, 3]))).toThrow(ShapeError);
    intact();
    expect(pullback(tensor([1, 1]))[0].toArray()).toEqual([2, 2]);
  });

  test('an outer recording sees nothing of what a failed inner one did to the state', () => {
    const tape = record((x) => {
      try {
        record(fail);
      } catch {
        // the outer recording goes on
      }
      return mul(x, 2);
    }, 1);
    expect(tape.entries.map((e) => e.op)).toEqual(['mul']);
    intact();
  });
});
