/** SGD against the published formulas of torch.optim.SGD, worked out by hand, and what optimizers do around them. */
import {
  add,
  applyUpdates,
  chain,
  div,
  grad,
  GradError,
  log,
  mul,
  parameter,
  SGD,
  sgd,
  type SGDOptions,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

/** Options without schedules. */
type Plain = SGDOptions & Record<'lr', number> & Partial<Record<'momentum' | 'dampening' | 'weightDecay', number>>;

/** torch.optim.SGD as its documentation writes it, in numbers. */
function published(w: number, gradient: (w: number) => number, steps: number, o: Plain): number[] {
  const { lr, momentum: mu = 0, dampening: tau = 0, weightDecay: lambda = 0, nesterov = false } = o;
  let b: number | undefined;
  const path: number[] = [];
  for (let t = 0; t < steps; t++) {
    let g = gradient(w);
    if (lambda !== 0) g = g + lambda * w;
    if (mu !== 0) {
      b = b === undefined ? g : mu * b + (1 - tau) * g;
      g = nesterov ? g + mu * b : b;
    }
    w = w - lr * g;
    path.push(w);
  }
  return path;
}

// three steps on w², w₀ = 1
const cases: readonly (readonly [string, Plain, number[]])[] = [
  ['plain', { lr: 0.1 }, [0.8, 0.64, 0.512]],
  ['momentum 0.9', { lr: 0.1, momentum: 0.9 }, [0.8, 0.46, 0.062]],
  ['momentum 0.9, dampening 0.5', { lr: 0.1, momentum: 0.9, dampening: 0.5 }, [0.8, 0.54, 0.252]],
  ['Nesterov, momentum 0.9', { lr: 0.1, momentum: 0.9, nesterov: true }, [0.62, 0.2224, -0.108352]],
  ['weight decay 0.5', { lr: 0.1, weightDecay: 0.5 }, [0.75, 0.5625, 0.421875]],
];

describe('the update rule', () => {
  test.each(cases)('%s: three steps by hand', (_, options, expected) => {
    const w = parameter(1);
    const optimizer = new SGD([w], options);
    for (const value of expected) {
      optimizer.minimize(() => square(w));
      expect(w.value.item()).toBeCloseTo(value, 14);
    }
    published(1, (v) => 2 * v, 3, options).forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 14));
  });

  test.each([
    { lr: 0.05, momentum: 0.7, dampening: 0.2, weightDecay: 0.1 },
    { lr: 0.05, momentum: 0.7, nesterov: true, weightDecay: 0.1 },
    { lr: 0.05, dampening: 0.9 },
  ])('all together, 20 steps of a vector: %j', (options) => {
    const w = parameter([2, -1]);
    const optimizer = new SGD([w], options);
    const expected = [2, -1].map((start) => published(start, (v) => 4 * v ** 3 - 2 * v, 20, options));
    for (let t = 0; t < 20; t++) {
      optimizer.minimize(() => sum(sub(square(square(w)), square(w))));
      expect(w.value.data[0]).toBeCloseTo(expected[0]![t]!, 11);
      expect(w.value.data[1]).toBeCloseTo(expected[1]![t]!, 11);
    }
  });

  test('the default rate is 1e-3', () => {
    const w = parameter(1);
    new SGD([w]).minimize(() => mul(w, 5));
    expect(w.value.item()).toBeCloseTo(0.995, 15);
  });

  test('a schedule is called with the number of steps before', () => {
    const asked: number[] = [];
    const w = parameter(0);
    const optimizer = new SGD([w], {
      lr: (step) => {
        asked.push(step);
        return 1 / (step + 1);
      },
    });
    for (let t = 0; t < 3; t++) optimizer.minimize(() => mul(w, -6));
    expect(w.value.item()).toBeCloseTo(6 + 3 + 2, 14);
    expect(asked.slice(-3)).toEqual([0, 1, 2]);
    expect(optimizer.state.step).toBe(3);
    expect(optimizer.state.lr).toBeCloseTo(1 / 3, 15);
  });
});

describe('minimize', () => {
  test('returns the loss before the update, without a graph', () => {
    const w = parameter(3, { name: 'w' });
    const optimizer = new SGD([w], { lr: 0.25 });
    const loss = optimizer.minimize(() => mul(w, w));
    expect(loss.item()).toBe(9);
    expect(loss.node).toBeNull();
    expect(w.value.item()).toBe(1.5);
    expect(w.grad).toBeNull();
  });

  test('several parameters; one that is unused stays', () => {
    const [a, b, c] = [parameter([1, 2]), parameter(3), parameter(4)];
    new SGD([a, b, c], { lr: 0.1 }).minimize(() => mul(sum(a), b));
    expect(a.value.data[0]).toBeCloseTo(0.7, 14);
    expect(a.value.data[1]).toBeCloseTo(1.7, 14);
    expect(b.value.item()).toBeCloseTo(2.7, 14);
    expect(c.value.item()).toBe(4);
  });

  test('a parameter that it was not given stays', () => {
    const [a, b] = [parameter(1), parameter(2)];
    new SGD([a], { lr: 0.1 }).minimize(() => mul(a, b));
    expect([a.value.item(), b.value.item()]).toEqual([expect.closeTo(0.8, 14), 2]);
  });

  test.each([
    ['NaN', (w: Tensor) => log(sub(w, 10)), 'NaN'],
    ['infinite', (w: Tensor) => div(1, sub(w, w)), 'Infinity'],
  ])('a loss that is %s leaves every bit as it was and says so', (_, f, shown) => {
    const w = parameter(0.1 + 0.2);
    const optimizer = new SGD([w], { lr: 0.1, momentum: 0.9 });
    optimizer.minimize(() => square(w));
    const [before, state] = [w.value.item(), optimizer.state];
    const call = (): unknown => optimizer.minimize(() => f(w));
    expect(call).toThrow(UsageError);
    expect(call).toThrow(`SGD.minimize: the loss is not finite at step 2: ${shown}: the parameters were left as they are`);
    expect(Object.is(w.value.item(), before)).toBe(true);
    expect(optimizer.state).toEqual(state);
    optimizer.minimize(() => square(w));
    expect(optimizer.state.step).toBe(2);
  });

  test('a gradient that is not finite leaves them too: √0 is finite, its derivative is not', () => {
    const w = parameter(0);
    const optimizer = new SGD([w], { lr: 0.1 });
    expect(() => optimizer.minimize(() => w.sqrt())).toThrow(UsageError);
    expect(() => optimizer.minimize(() => w.sqrt())).toThrow(/^SGD\.minimize: the gradient of .* is not finite/);
    expect(w.value.item()).toBe(0);
    expect(optimizer.state.step).toBe(0);
  });

  test('a gradient penalty: the inner derivative is differentiated too', () => {
    const w = parameter(1);
    // (d/dx w·x² at 1)² = 4w², with derivative 8w
    new SGD([w], { lr: 0.1 }).minimize(() => square(grad((x) => mul(w, mul(x, x)))(1)));
    expect(w.value.item()).toBeCloseTo(0.2, 14);
  });

  test('float32 parameters stay float32', () => {
    const w = parameter(new Float32Array([1, 2]));
    new SGD([w], { lr: 0.1, momentum: 0.9 }).minimize(() => sum(mul(square(w), tensor([1, 1]))));
    expect(w.value.dtype).toBe('float32');
    expect(w.value.data[0]).toBeCloseTo(0.8, 6);
  });

  test('a loss that is no scalar, no float, or a Promise', () => {
    const w = parameter([1, 2]);
    const optimizer = new SGD([w], { lr: 0.1 });
    expect(() => optimizer.minimize(() => w)).toThrow(GradError);
    expect(() => optimizer.minimize(() => w)).toThrow('SGD.minimize: the loss must be a scalar: got [2]: sum or mean it first');
    expect(() => optimizer.minimize(() => w.argmax())).toThrow('SGD.minimize: the loss must be a float: got int32');
    const late = (): unknown => optimizer.minimize((async () => sum(w)) as never);
    expect(late).toThrow(UsageError);
    expect(late).toThrow('SGD.minimize: f returned a Promise: losses are synchronous');
    expect(() =>
      optimizer.minimize(() => {
        throw new RangeError('mine');
      }),
    ).toThrow('mine');
    expect(w.value.toArray()).toEqual([1, 2]);
    expect(optimizer.state.step).toBe(0);
  });

  test('2,000 steps keep no history', () => {
    const w = parameter(1);
    const optimizer = new SGD([w], { lr: 1e-3, momentum: 0.9 });
    for (let i = 0; i < 2000; i++) optimizer.minimize(() => square(w));
    expect(w.value.node!.inputs).toEqual([]);
    expect(Math.abs(w.value.item())).toBeLessThan(1e-3);
  });
});

describe('zeroGrad and step', () => {
  test('the loop of PyTorch does what minimize does', () => {
    const [a, b] = [parameter([1, -2]), parameter([1, -2])];
    const [one, two] = [new SGD([a], { lr: 0.1, momentum: 0.9 }), new SGD([b], { lr: 0.1, momentum: 0.9 })];
    for (let i = 0; i < 5; i++) {
      one.minimize(() => sum(square(a)));
      two.zeroGrad();
      sum(square(b)).backward();
      two.step();
    }
    expect(b.value.toArray()).toEqual(a.value.toArray());
    two.zeroGrad();
    expect(b.grad).toBeNull();
  });

  test('gradients accumulate until zeroGrad', () => {
    const w = parameter(1);
    const optimizer = new SGD([w], { lr: 0.1 });
    mul(w, 3).backward();
    mul(w, 4).backward();
    optimizer.step();
    expect(w.value.item()).toBeCloseTo(0.3, 14);
  });

  test('a closure is run first, and its value returned', () => {
    const w = parameter(3);
    const optimizer = new SGD([w], { lr: 0.25 });
    const loss = optimizer.step(() => {
      optimizer.zeroGrad();
      const value = square(w);
      value.backward();
      return value;
    });
    expect(loss!.item()).toBe(9);
    expect(w.value.item()).toBe(1.5);
  });

  test('parameters without a gradient stay, weight decay or not', () => {
    const [a, b] = [parameter(1), parameter(2)];
    const optimizer = new SGD([a, b], { lr: 0.1, weightDecay: 1 });
    mul(a, 2).backward();
    optimizer.step();
    expect(a.value.item()).toBeCloseTo(0.7, 14);
    expect(b.value.item()).toBe(2);
  });

  test('step without any gradient', () => {
    const optimizer = new SGD([parameter(1)], { lr: 0.1 });
    expect(() => optimizer.step()).toThrow(UsageError);
    expect(() => optimizer.step()).toThrow('SGD.step: no parameter has a gradient: call loss.backward() first');
  });
});

describe('pure pairs', () => {
  test('init and update change nothing in place', () => {
    const pair = sgd({ lr: 0.1, momentum: 0.9 });
    const params = { w: tensor([1, 2]), b: tensor(3) };
    const s0 = pair.init(params);
    const grads = { w: tensor([10, 20]), b: tensor(30) };
    const [u1, s1] = pair.update(grads, s0, params);
    expect((u1 as typeof params).w.toArray()).toEqual([-1, -2]);
    const [u2, s2] = pair.update(grads, s1, params);
    expect((u2 as typeof params).b.item()).toBeCloseTo(-5.7, 14);
    expect([s0.step, s1.step, s2.step]).toEqual([0, 1, 2]);
    expect((pair.update(grads, s0, params)[0] as typeof params).b.item()).toBe(-3);
    expect(params.w.toArray()).toEqual([1, 2]);
  });

  test('applyUpdates and chain', () => {
    const next = applyUpdates({ w: tensor([1, 2]), b: 1 }, { w: tensor([10, 20]), b: -1 });
    expect(next.w.toArray()).toEqual([11, 22]);
    expect(next.b.item()).toBe(0);
    const both = chain(sgd({ lr: 1 }), sgd({ lr: 0.5 }));
    const [u] = both.update([tensor(2)], both.init([tensor(0)]), [tensor(0)]);
    expect((u as Tensor[])[0]!.item()).toBe(1);
    expect(() => applyUpdates({ w: 1 }, { w: 1, b: 2 })).toThrow('applyUpdates: trees must have the same structure: 1 and 2 leaves');
  });

  test('a training loop of pure functions', () => {
    const pair = sgd({ lr: 0.1 });
    let w: Tensor = tensor(1);
    let state = pair.init([w]);
    const loss = (v: Tensor): Tensor => add(square(v), 1);
    for (let i = 0; i < 3; i++) {
      const [u, next] = pair.update([grad(loss)(w)], state, [w]);
      state = next;
      w = applyUpdates([w], u)[0]!;
      expect(w.node).toBeNull();
    }
    expect(w.item()).toBeCloseTo(0.512, 14);
  });
});

describe('bad options', () => {
  const w = parameter(1);
  test.each([
    [() => new SGD([w], { learningRate: 1 } as never), /^SGD: unknown option 'learningRate': known options: lr, momentum/],
    [() => new SGD([w], { momentun: 0.9 } as never), "SGD: unknown option 'momentun': did you mean 'momentum'?"],
    [() => new SGD([w], { lr: NaN }), 'SGD: lr must be a finite number, not negative, or a schedule: NaN'],
    [() => new SGD([w], { lr: -1 }), 'SGD: lr must be a finite number, not negative, or a schedule: -1'],
    [() => new SGD([w], { momentum: -1 }), 'SGD: momentum must be a finite number, not negative, or a schedule: -1'],
    [() => new SGD([w], { weightDecay: -1 }), 'SGD: weightDecay must be a finite number, not negative, or a schedule: -1'],
    [() => new SGD([w], { lr: '0.1' as never }), "SGD: lr must be a finite number, not negative, or a schedule: '0.1'"],
    [() => new SGD(null as never), 'SGD: needs a list of at least one parameter: got null'],
    [() => new SGD(w as never), 'SGD: needs a list of parameters: [w] for one'],
    [() => new SGD([w, w]), 'SGD: a parameter comes twice: one step would move it twice'],
    [() => new SGD([w], { nesterov: true }), 'SGD: nesterov needs momentum > 0 and dampening 0: momentum 0, dampening 0'],
    [() => new SGD([w], { nesterov: true, momentum: 0.9, dampening: 0.1 }), 'SGD: nesterov needs momentum > 0 and dampening 0'],
    [() => new SGD([]), 'SGD: needs a list of at least one parameter'],
    [() => new SGD([tensor(1)] as never), 'SGD: params must be made by parameter(…)'],
  ])('%#', (call, message) => {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });

  test('lr of a wrong type', () => {
    expect(() => new SGD([w], { lr: '0.1' as never })).toThrow(UsageError);
    expect(() => new SGD([w], { dampening: NaN, momentum: 0.9 })).toThrow(UsageError);
  });
});
