/** Compiled training steps: the same losses, parameters and states as `minimize`, step by step. */
import { Adadelta, Adagrad, Adam, AdamW, add, chain, clipByGlobalNorm, clipByValue, cosineSchedule, crossEntropy, dropoutMask, Generator, LBFGS, log, matmul, mean, mul, normal, Optimizer, type Parameter, parameter, relu, RMSprop, SGD, sgd, square, stepSchedule, sub, sum, tensor, type Tensor } from 'chainrule'; // prettier-ignore
import { describe, expect, test } from 'vitest';
import { expectSame } from '../machine/agree.js';

const generator = new Generator(5);
const X = normal([12, 5], { generator });
const labels = tensor(Int32Array.from({ length: 12 }, (_, i) => i % 3));

type Weights = Record<'W1' | 'b1' | 'W2', Parameter>;
const weights = (): Weights => {
  const g = new Generator(9);
  return {
    W1: parameter(normal([5, 4], { generator: g, std: 0.5 }), { name: 'W1' }),
    b1: parameter([0.1, 0, -0.1, 0.2], { name: 'b1' }),
    W2: parameter(normal([4, 3], { generator: g, std: 0.5 }), { name: 'W2' }),
  };
};
const loss = ({ W1, b1, W2 }: Weights, x: Tensor, y: Tensor): Tensor => crossEntropy(matmul(relu(add(matmul(x, W1), b1)), W2), y);

const optimizers: Record<string, (params: Parameter[]) => Optimizer> = {
  SGD: (p) => new SGD(p, { lr: 0.1 }),
  'SGD with all options': (p) => new SGD(p, { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  'SGD with a schedule': (p) => new SGD(p, { lr: stepSchedule(0.2, { stepSize: 3, gamma: 0.5 }), momentum: 0.5 }),
  Adagrad: (p) => new Adagrad(p, { lr: 0.1 }),
  RMSprop: (p) => new RMSprop(p, { lr: 0.01, momentum: 0.9, centered: true }),
  Adam: (p) => new Adam(p, { lr: 0.05 }),
  'Adam with all options': (p) => new Adam(p, { lr: cosineSchedule(0.05, { decaySteps: 10 }), amsgrad: true, weightDecay: 0.1 }), // prettier-ignore
  AdamW: (p) => new AdamW(p, { lr: 0.05 }),
  Adadelta: (p) => new Adadelta(p),
  'clipped by norm': (p) => new Optimizer('clipped', p, () => chain(clipByGlobalNorm(0.1), sgd({ lr: 0.5 }))),
  'clipped by value': (p) => new Optimizer('clipped', p, () => chain(clipByValue(0.02), sgd({ lr: 0.5 }))),
  groups: (p) => new SGD([{ params: [p[0]!], lr: 0.3 }, { params: p.slice(1), project: (w: Tensor) => mul(w, 0.99) }], { lr: 0.1 }), // prettier-ignore
};

describe.each(Object.entries(optimizers))('%s', (_, make) => {
  const pair = (): [Weights, Optimizer, Weights, Optimizer] => {
    const [a, b] = [weights(), weights()];
    return [a, make(Object.values(a)), b, make(Object.values(b))];
  };

  test('ten steps are those of minimize, states too', () => {
    const [a, one, b, two] = pair();
    const step = two.compile((x: Tensor, y: Tensor) => loss(b, x, y));
    for (let k = 0; k < 10; k++)
      expectSame(
        step(X, labels),
        one.minimize(() => loss(a, X, labels)),
        `loss ${k}`,
      );
    for (const name of ['W1', 'b1', 'W2'] as const) expectSame(b[name].value, a[name].value, name);
    expectSame(two.stateDict().state, one.stateDict().state, 'state');
    expect(two.stateDict().step).toBe(10);
  });

  test('steps of both kinds, batches of two sizes and reads take turns', () => {
    const [a, one, b, two] = pair();
    const step = two.compile((x: Tensor, y: Tensor) => loss(b, x, y));
    const few = [X.slice([[0, 5]]), labels.slice([[0, 5]])] as const;
    for (let k = 0; k < 9; k++) {
      const batch = k % 4 === 3 ? few : ([X, labels] as const);
      const want = one.minimize(() => loss(a, ...batch));
      expectSame(k === 5 ? two.minimize(() => loss(b, ...batch)) : step(...batch), want, `loss ${k}`);
      if (k === 2) expectSame(b.W1.value, a.W1.value);
      if (k === 4) [a, b].forEach((w) => (w.W2.value = mul(w.W2, 0.5)));
      if (k === 6) two.loadStateDict(two.stateDict());
    }
    for (const name of ['W1', 'b1', 'W2'] as const) expectSame(b[name].value, a[name].value, name);
    expectSame(two.stateDict().state, one.stateDict().state, 'state');
  });
});

test('numbers in a batch, and parameters that the optimizer does not move', () => {
  const [w, fixed] = [parameter([1, 2]), parameter([3, 3])];
  const step = new SGD([w], { lr: 0.1 }).compile((x: Tensor, lambda: number) =>
    add(sum(mul(mul(w, fixed), x)), mul(lambda, sum(square(w)))),
  );
  expect(step(tensor([1, 1]), 0.5).item()).toBeCloseTo(9 + 2.5, 12);
  fixed.value = [0, 0];
  const { value } = w;
  expect(step(tensor([1, 1]), 2).item()).toBeCloseTo(2 * sum(square(value)).item(), 12);
});

test('a parameter that the loss does not read stays, and so do its buffers', () => {
  const run = (compiled: boolean): unknown => {
    const [w, idle] = [parameter([1, 2]), parameter([5])];
    const optimizer = new Adam([w, idle], { lr: 0.1 });
    const f = (): Tensor => sum(square(w));
    const step = compiled ? optimizer.compile(f) : (): Tensor => optimizer.minimize(f);
    step();
    step();
    expect(idle.value.toArray()).toEqual([5]);
    return optimizer.stateDict();
  };
  expectSame(run(true), run(false));
});

test('dropout draws on from its generator', () => {
  const run = (compiled: boolean): number[] => {
    const g = new Generator(3);
    const w = parameter([1, -2, 3]);
    const f = (): Tensor => sum(square(mul(w, dropoutMask([3], { generator: g }))));
    const optimizer = new SGD([w], { lr: 0.05 });
    const step = compiled ? optimizer.compile(f) : (): Tensor => optimizer.minimize(f);
    return [...Array.from({ length: 5 }, () => step().item()), g.counter];
  };
  expect(run(true)).toEqual(run(false));
});

test('what is not finite changes nothing and is said', () => {
  const w = parameter([1, -1], { name: 'w' });
  const g = new Generator(1);
  const optimizer = new Adam([w], { lr: 0.1 });
  const step = optimizer.compile((x: Tensor) => sum(mul(log(add(mul(w, w), x)), dropoutMask([2], { generator: g, p: 0 }))));
  step(tensor([1, 1]));
  const [before, saved, counter] = [w.value, optimizer.stateDict(), g.counter];
  expect(() => step(tensor([-(before.data[0]! ** 2), 1]))).toThrow(/^Adam\.minimize: .*not finite at step 2/);
  expect(w.value.toArray()).toEqual(before.toArray());
  expect(optimizer.stateDict()).toEqual(saved);
  expect(g.counter).toBe(counter + 2); // as a step op by op leaves it
  expect(step(tensor([1, 1])).item()).toBeGreaterThan(0);
});

test('what cannot be compiled', () => {
  const w = parameter([1, 2]);
  expect(() => new LBFGS([w]).compile(() => sum(square(w)))()).toThrow(/^LBFGS: needs to evaluate the loss elsewhere/);
  expect(() => new SGD([w], { lr: 0.1 }).compile(() => (sum(w).item() > 0 ? sum(w) : mean(w)))()).toThrow(
    /^compile: a value cannot be read/,
  );
  expect(() => new SGD([w], { lr: 0.1 }).compile(3 as never)).toThrow('SGD.compile: needs a function: got 3: compile((X, y) => loss)');
  expect(() => new SGD([w], { lr: 0.1 }).compile(() => 3)()).toThrow(/SGD\.minimize: the loss depends on no parameter/);
  expect(w.value.toArray()).toEqual([1, 2]);
  expect(sub(w, 1).toArray()).toEqual([0, 1]);
});
