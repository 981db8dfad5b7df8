/** checkpoint: the same values and derivatives of every order, and nothing of the inside kept. */
import {
  add,
  allclose,
  argmax,
  cast,
  checkpoint,
  compile,
  cos,
  dropoutMask,
  exp,
  Generator,
  grad,
  GradError,
  gradcheck,
  gradgradcheck,
  hessian,
  jacobian,
  jvp,
  matmul,
  mul,
  noGrad,
  normal,
  parameter,
  SGD,
  sin,
  stopGradient,
  square,
  sum,
  tanh,
  type Tensor,
  tensor,
  uniform,
  UsageError,
  valueAndGrad,
  vjp,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

/** Tensors that a graph keeps alive, from its result. */
function reachable(y: Tensor): number {
  const found = new Set<Tensor>([y]);
  for (const t of found) for (const x of t.node?.inputs ?? []) found.add(x);
  return found.size;
}

const bits = (t: Tensor): number[] => [...t.data];
const x = tensor([0.3, -1.2, 0.8]);

describe('checkpoint', () => {
  const f = (t: Tensor): Tensor => sum(sin(mul(exp(t), square(t))));

  test('value and derivatives to order 4 are the same bits', () => {
    const g = checkpoint(f);
    expect(g(x).item()).toBe(f(x).item());
    expect(bits(grad(g)(x))).toEqual(bits(grad(f)(x)));
    const nested = (h: (t: Tensor) => Tensor, order: number): ((t: Tensor) => Tensor) =>
      order === 0 ? h : nested((t) => sum(grad(h)(t)), order - 1);
    for (let order = 2; order <= 4; order++) expect(bits(nested(g, order)(x))).toEqual(bits(nested(f, order)(x)));
    expect(bits(hessian(g)(x))).toEqual(bits(hessian(f)(x)));
  });

  test('forward mode, jacobians and the checks agree', () => {
    const g = checkpoint((t: Tensor) => mul(sin(t), exp(t)));
    const plain = (t: Tensor): Tensor => mul(sin(t), exp(t));
    expect(bits(jvp(g, [x], [tensor([1, 2, 3])])[1])).toEqual(bits(jvp(plain, [x], [tensor([1, 2, 3])])[1]));
    expect(bits(jacobian(g)(x))).toEqual(bits(jacobian(plain)(x)));
    expect(gradcheck(g, [x])).toBe(true);
    expect(gradgradcheck(g, [x])).toBe(true);
  });

  test('trees in and out, results of several types', () => {
    const step = (p: { w: Tensor; b: Tensor }, [a, c]: readonly [Tensor, Tensor]): { y: Tensor; list: Tensor[] } => ({
      y: add(matmul(a, p.w), p.b),
      list: [cast(square(a), 'float32'), mul(c, 3), tensor(7)],
    });
    const loss =
      (g: typeof step) =>
      (...args: Parameters<typeof step>): Tensor => {
        const { y, list } = g(...args);
        return add(sum(square(y)), add(sum(cast(list[0]!, 'float64')), mul(list[1]!, list[2]!)));
      };
    const args: Parameters<typeof step> = [
      { w: tensor([[1, 2], [3, 4]]), b: tensor([0.5, -0.5]) }, // prettier-ignore
      [tensor([[1, -2], [0.25, 5]]), tensor(2)], // prettier-ignore
    ];
    const remade = checkpoint(step) as unknown as typeof step;
    expect(remade(...args).list.map((t) => t.dtype)).toEqual(['float32', 'float64', 'float64']);
    const [value, gradients] = valueAndGrad(loss(remade), { argnums: [0, 1] })(...args);
    const [expected, plain] = valueAndGrad(loss(step), { argnums: [0, 1] })(...args);
    expect(value.item()).toBe(expected.item());
    expect(String(gradients)).toBe(String(plain));
    expect([gradients[0].w, gradients[0].b, ...gradients[1]].map(bits)).toEqual([plain[0].w, plain[0].b, ...plain[1]].map(bits));
  });

  test('what is closed over gets its gradient once: parameters, and tensors that are made of one another', () => {
    const w = parameter([1, 2, 3], { name: 'w' });
    const double = mul(w, 2);
    const loss = sum(checkpoint((t: Tensor) => mul(mul(t, w), double))(mul(x, w)));
    loss.backward();
    // Σ x·w·w·2w = Σ 2x·w³
    expect(bits(w.grad!)).toEqual([1, 2, 3].map((v, i) => expect.closeTo(6 * x.data[i]! * v * v, 12)));
    expect(grad((t) => checkpoint(() => mul(t, mul(t, t)))())(2).item()).toBe(12);
    expect(grad((t) => checkpoint((s: Tensor) => mul(s, t))(t))(3).item()).toBe(6);
    expect(grad((t) => checkpoint(() => t)())(3).item()).toBe(1);
    expect(grad((t) => checkpoint((s: Tensor) => s)(mul(t, 2)))(3).item()).toBe(2);
    expect(grad(grad((t) => checkpoint((s: Tensor) => mul(s, mul(t, t)))(t)))(3).item()).toBe(18);
  });

  test('a parameter that is made inside is no input', () => {
    const made = checkpoint((t: Tensor) => mul(t, mul(parameter(3), t)));
    expect(grad(made)(2).item()).toBe(12);
  });

  test('constants stay constants', () => {
    expect(checkpoint(f)(x).node).toBeNull();
    expect(grad((t) => checkpoint((s: Tensor) => mul(s, stopGradient(s)))(t))(3).item()).toBe(3);
    expect(grad((t) => mul(t, noGrad(() => checkpoint(square)(t))))(2).item()).toBe(4); // prettier-ignore
  });

  test('what has no derivative still says so', () => {
    const scores = checkpoint((t: Tensor) => ({ best: argmax(t), all: mul(t, 2) }));
    expect(bits(grad((t) => sum(scores(t).all))(x))).toEqual([2, 2, 2]);
    expect(() => grad((t) => mul(sum(t), scores(t).best))(x)).toThrow(GradError);
    expect(() => grad((t) => mul(sum(t), scores(t).best))(x)).toThrow('argmax: is not differentiable');
  });

  test('of a chain, nothing but the seams is kept, at the second order too', () => {
    const segment = (t: Tensor): Tensor => Array.from({ length: 20 }).reduce<Tensor>((v) => tanh(add(v, 0.1)), t);
    const chain = (block: (t: Tensor) => Tensor) => (t: Tensor): Tensor => block(block(block(t))); // prettier-ignore
    const graph = (block: (t: Tensor) => Tensor): number => {
      let kept = 0;
      vjp(
        (t: Tensor) => {
          const y = chain(block)(t);
          kept = reachable(y);
          return y;
        },
        [x],
      );
      return kept;
    };
    expect(graph(checkpoint(segment))).toBe(4); // the argument and three results
    expect(graph(segment)).toBeGreaterThan(3 * 20 * 2);
    const second = (block: (t: Tensor) => Tensor): number => {
      let kept = 0;
      vjp(
        (t: Tensor) => {
          const g = grad((s) => sum(chain(block)(s)))(t);
          kept = reachable(g);
          return g;
        },
        [x],
      );
      return kept;
    };
    expect(second(checkpoint(segment))).toBeLessThan(25);
    expect(second(segment)).toBeGreaterThan(200);
  });

  test('f runs once forward and once in a backward pass, however many arguments and results', () => {
    let runs = 0;
    const block = checkpoint((a: Tensor, b: Tensor) => {
      runs++;
      return [mul(a, b), add(a, b)];
    });
    const loss = (a: Tensor, b: Tensor): Tensor => sum(mul(...(block(a, b) as [Tensor, Tensor])));
    grad(loss, { argnums: [0, 1] })(x, x);
    expect(runs).toBe(2);
  });

  test('generators draw again what they drew, and go on from where they were', () => {
    const run = (wrap: (f: (t: Tensor) => Tensor) => (t: Tensor) => Tensor): [number[], number] => {
      const generator = new Generator(5);
      const noisy = wrap((t) => mul(square(t), mul(dropoutMask(t.shape, { generator }), normal(t.shape, { generator }))));
      const loss = (t: Tensor): Tensor => {
        const y = noisy(t);
        const more = uniform([3], { generator });
        return sum(mul(noisy(y), more));
      };
      const [value, g] = valueAndGrad(loss)(x);
      return [[value.item(), ...g.data], generator.counter];
    };
    expect(run(checkpoint)).toEqual(run((g) => g));
    const inside = run((g) => checkpoint((t: Tensor) => checkpoint(g)(checkpoint(g)(t))));
    expect(inside).toEqual(run((g) => (t) => g(g(t))));
  });

  test('one inside another', () => {
    const inner = checkpoint((t: Tensor) => sin(exp(t)));
    const outer = checkpoint((t: Tensor) => sum(mul(inner(t), inner(square(t)))));
    const plain = (t: Tensor): Tensor => sum(mul(sin(exp(t)), sin(exp(square(t)))));
    expect(bits(grad(outer)(x))).toEqual(bits(grad(plain)(x)));
    // cotangents of the inner calls are added up in another order: the last bit may differ
    expect(allclose(hessian(outer)(x), hessian(plain)(x), { rtol: 1e-15, atol: 1e-15 })).toBe(true);
  });

  test('gradients inside it', () => {
    const slope = (t: Tensor): Tensor => sum(square(grad((s) => sum(mul(exp(s), cos(s))))(t)));
    expect(bits(grad(checkpoint(slope))(x))).toEqual(bits(grad(slope)(x)));
  });

  test('a parameter that has changed in between is an error, not a wrong gradient', () => {
    const w = parameter([1, 2, 3], { name: 'w' });
    const loss = sum(checkpoint((t: Tensor) => mul(t, exp(w)))(x));
    w.value = [3, 2, 1];
    expect(() => loss.backward()).toThrow(UsageError);
    expect(() => loss.backward()).toThrow('checkpoint: f read another value of w when it ran again');
    expect(() => checkpoint(3 as never)).toThrow('checkpoint: f must be a function: got number');
  });
});

describe('a compiled checkpoint', () => {
  const n = 64;
  const w = Array.from({ length: 6 }, (_, i) => normal([n, n], { generator: new Generator(i), std: 0.2 }));
  const batch = normal([n, n], { generator: new Generator(9) });
  const layers = (ws: readonly Tensor[]) => (t: Tensor): Tensor => ws.reduce<Tensor>((v, m) => tanh(matmul(exp(sin(v)), m)), t); // prettier-ignore
  const loss =
    (wrap: (f: (t: Tensor) => Tensor) => (t: Tensor) => Tensor) =>
    (t: Tensor): Tensor =>
      sum([0, 2, 4].reduce<Tensor>((v, i) => wrap(layers(w.slice(i, i + 2)))(v), t));

  const memoryOf = (text: string): number => Number(/in (\d+) bytes of memory/.exec(text)![1]);
  const products = (text: string): number => [...text.matchAll(/= product/g)].length;

  test('in a training step: parameters that it closes over are trained as without it', () => {
    const train = (wrap: (f: (t: Tensor) => Tensor) => (t: Tensor) => Tensor): number[] => {
      const p = parameter(w[0]!, { name: 'p' });
      const step = new SGD([p], { lr: 1e-3 }).compile((t: Tensor) => {
        const block = wrap((v) => tanh(matmul(v, p)));
        return sum(block(block(t)));
      });
      step(batch);
      step(batch);
      return bits(p.value);
    };
    expect(train(checkpoint)).toEqual(train((f) => f));
  });

  test('gives the same bits, computes its inside again, and needs less memory', () => {
    const plain = compile(valueAndGrad(loss((f) => f)));
    const remade = compile(valueAndGrad(loss(checkpoint)));
    const [value, g] = remade(batch);
    const [expected, h] = plain(batch);
    expect(value.item()).toBe(expected.item());
    expect(bits(g)).toEqual(bits(h));
    const [before, after] = [plain.explain(batch), remade.explain(batch)];
    // the last segment is still there when its backward pass begins: the first two run again
    expect([products(before), products(after)]).toEqual([12, 16]);
    expect(memoryOf(after)).toBeLessThan(0.7 * memoryOf(before));
  });
});
