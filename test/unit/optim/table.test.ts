/** Every optimizer × every problem: what each must do, whatever its formula. */
import {
  Adadelta,
  adadelta,
  Adagrad,
  adagrad,
  Adam,
  adam,
  AdamW,
  adamw,
  add,
  applyUpdates,
  chain,
  type DType,
  type GradientTransform,
  LBFGS,
  lbfgs,
  loadState,
  mul,
  Optimizer,
  type OptimizerStateDict,
  parameter,
  type Parameter,
  RMSprop,
  rmsprop,
  saveState,
  SGD,
  sgd,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

interface Problem {
  readonly f: (x: Tensor) => Tensor;
  readonly start: readonly number[];
}

const problems = {
  /** Minimum 0; begins at 14. */
  parabola: { f: (x) => sum(square(sub(x, [1, -2, 3]))), start: [0, 0, 0] },
  /** Minimum 0 at the end of a bent valley; begins at 24.2. */
  rosenbrock: {
    f: (x) => {
      const [a, b] = [slice(x, [[0, 1]]), slice(x, [[1, 2]])];
      return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
    },
    start: [-1.2, 1],
  },
  /** Minimum 0; curvatures 1, 100, 10,000; begins at 5050.5. */
  'ill-scaled': { f: (x) => mul(0.5, sum(mul([1, 1e2, 1e4], square(x)))), start: [1, 1, 1] },
} satisfies Record<string, Problem>;

type Plan = readonly [lr: number, steps: number, fraction: number];

interface Row {
  readonly name: string;
  readonly pure: (lr: number) => GradientTransform;
  readonly plug: (params: Parameter[], lr: number) => Optimizer;
  readonly plans: Readonly<Record<keyof typeof problems, Plan>>;
}

/** A row: the loss falls, in so many steps at such a rate, to such a fraction of where it began. */
function row<S, O extends object>(
  name: string,
  pure: (o: O) => GradientTransform<S>,
  Class: new (params: Parameter[], o: O) => Optimizer<S, O>,
  options: O,
  ...[parabola, rosenbrock, ill]: [Plan, Plan, Plan]
): Row {
  return {
    name,
    pure: (lr) => pure({ ...options, lr }),
    plug: (params, lr) => new Class(params, { ...options, lr }) as unknown as Optimizer,
    plans: { parabola, rosenbrock, 'ill-scaled': ill },
  };
}

// Slow on Rosenbrock and on the ill-scaled bowl: whose rate is one for all directions. Weight decay moves the minimum by about its size.
const rows: readonly Row[] = [
  row('SGD', sgd, SGD, {}, [0.1, 100, 1e-15], [0.002, 400, 0.03], [1.9e-4, 400, 1e-4]),
  row('SGD, momentum', sgd, SGD, { momentum: 0.9 }, [0.05, 200, 1e-11], [0.001, 400, 2e-4], [3e-4, 400, 1e-5]),
  row('SGD, dampening', sgd, SGD, { momentum: 0.9, dampening: 0.5 }, [0.1, 200, 1e-10], [0.001, 400, 2e-3], [3e-4, 400, 4e-5]),
  row('SGD, Nesterov', sgd, SGD, { momentum: 0.9, nesterov: true }, [0.05, 200, 1e-15], [0.001, 400, 3e-4], [1e-4, 400, 5e-5]),
  row('SGD, weight decay', sgd, SGD, { weightDecay: 1e-3 }, [0.1, 100, 1e-6], [0.002, 400, 0.03], [1.9e-4, 400, 1e-4]),
  row('Adagrad', adagrad, Adagrad, {}, [1, 200, 1e-15], [1, 400, 0.02], [0.5, 100, 1e-15]),
  row('RMSprop', rmsprop, RMSprop, { alpha: 0.9 }, [0.01, 400, 1e-15], [0.01, 400, 0.01], [0.002, 600, 1e-15]),
  row('RMSprop, centered', rmsprop, RMSprop, { alpha: 0.9, centered: true }, [0.01, 400, 1e-15], [0.01, 400, 0.005], [0.002, 400, 1e-6]),
  row('RMSprop, momentum', rmsprop, RMSprop, { alpha: 0.9, momentum: 0.5 }, [0.01, 400, 1e-5], [0.01, 400, 0.002], [0.002, 400, 1e-6]),
  row('Adam', adam, Adam, {}, [0.1, 400, 1e-15], [0.1, 400, 0.003], [0.1, 300, 1e-14]),
  row('Adam, amsgrad', adam, Adam, { amsgrad: true }, [0.1, 400, 1e-15], [0.1, 400, 0.004], [0.1, 300, 1e-14]),
  row('AdamW', adamw, AdamW, { weightDecay: 1e-3 }, [0.1, 400, 1e-6], [0.1, 400, 0.003], [0.1, 300, 1e-14]),
  row('Adadelta', adadelta, Adadelta, {}, [3, 400, 1e-9], [3, 400, 0.04], [1, 400, 1e-8]),
  row('L-BFGS', lbfgs, LBFGS, {}, [1, 2, 1e-15], [1, 5, 1e-12], [1, 2, 1e-12]),
  row('L-BFGS, strong Wolfe', lbfgs, LBFGS, { lineSearchFn: 'strong_wolfe' }, [1, 2, 1e-15], [1, 3, 1e-10], [1, 2, 1e-12]),
];

const cells = rows.flatMap((r) => Object.keys(problems).map((p) => [r.name, p as keyof typeof problems, r] as const));

/** Steps with the pure pair; the parameters after each. */
function purely(pair: GradientTransform, { f, start }: Problem, steps: number): Tensor[] {
  const at = ([x]: readonly Tensor[]): [number, Tensor[]] => {
    const [value, g] = valueAndGrad(f)(x!);
    return [value.item(), [g]];
  };
  let x: Tensor = tensor(start);
  let state = pair.init([x]);
  return Array.from({ length: steps }, () => {
    const [value, grads] = at([x]);
    const [updates, next] = pair.update(grads, state, [x], { value, at: (p) => at(p as Tensor[]) });
    state = next;
    return (x = applyUpdates([x], updates)[0]!);
  });
}

const bits = (t: Tensor): number[] => [...t.data];

describe.each(cells)('%s, %s', (_, name, { pure, plug, plans }) => {
  const problem: Problem = problems[name];
  const [lr, steps, fraction] = plans[name];
  const few = 6;
  const x = parameter(problem.start);
  const path = purely(pure(lr), problem, Math.max(steps, few));

  test('converges', () => {
    const loss = (w: Tensor): number => problem.f(w).item();
    expect(loss(path[steps - 1]!) / loss(x)).toBeLessThan(fraction);
  });

  test('the class and the pure pair, twice, and a chain of it alone: the same bits', () => {
    const optimizer = plug([x], lr);
    const alone = purely(chain(pure(lr)), problem, few);
    const again = purely(pure(lr), problem, few);
    for (let t = 0; t < few; t++) {
      optimizer.minimize(() => problem.f(x));
      expect(bits(x)).toEqual(bits(path[t]!));
      expect(bits(alone[t]!)).toEqual(bits(path[t]!));
      expect(bits(again[t]!)).toEqual(bits(path[t]!));
    }
  });

  test('stopped at any step, saved as plain data or as bytes, and resumed: the same bits', () => {
    const w = parameter(problem.start);
    const optimizer = plug([w], lr);
    for (let stop = 0; stop < few; stop++) {
      const saved = { w: w.value, optimizer: optimizer.stateDict() };
      const read = loadState(saveState(saved)) as { w: Tensor; optimizer: OptimizerStateDict };
      for (const state of [saved, read]) {
        const v = parameter(state.w);
        const resumed = plug([v], 123); // the rate is among what is saved
        resumed.loadStateDict(state.optimizer);
        expect(saveState(resumed.stateDict())).toEqual(saveState(optimizer.stateDict()));
        for (let t = stop; t < few; t++) resumed.minimize(() => problem.f(v));
        expect(bits(v)).toEqual(bits(path[few - 1]!));
      }
      optimizer.minimize(() => problem.f(w));
    }
  });
});

describe.each(rows.map((r) => [r.name, r] as const))('%s', (_, { pure, plug }) => {
  const loss = (w: Tensor, b: Tensor): Tensor => add(sum(square(sub(w, b))), square(sub(b, 1)));

  test.each<DType>(['float64', 'float32'])('%s: a matrix and a scalar keep shape and dtype, and so do updates and buffers', (dtype) => {
    const [w, b] = [parameter([[1, 2, 3], [4, 5, 6]], { dtype, name: 'w' }), parameter(0.5, { dtype, name: 'b' })]; // prettier-ignore
    const optimizer = plug([w, b], 0.01);
    const first = optimizer.minimize(() => loss(w, b)).item();
    optimizer.minimize(() => loss(w, b));
    expect([w.value.shape, w.value.dtype, b.value.shape, b.value.dtype]).toEqual([[2, 3], dtype, [], dtype]);
    expect(loss(w, b).item()).toBeLessThan(first);
    for (const [i, p] of [w, b].entries()) {
      const buffers = Object.entries(optimizer.stateDict().state[i]!).filter(([key, v]) => typeof v !== 'number' && key !== 'age');
      for (const [, t] of buffers) expect([(t as Tensor).shape, (t as Tensor).dtype]).toEqual([p.shape, dtype]);
    }

    const params = { w: w.value, rest: [b.value] };
    const at = (p: unknown): [number, typeof params] => {
      const [value, g] = valueAndGrad((q: typeof params) => loss(q.w, q.rest[0]!))(p as typeof params);
      return [value.item(), g];
    };
    const pair = pure(0.01);
    const [value, grads] = at(params);
    const [updates] = pair.update(grads, pair.init(params), params, { value, at });
    const { w: u, rest } = updates as typeof params;
    expect([u.shape, u.dtype, rest[0]!.shape, rest[0]!.dtype, u.node]).toEqual([[2, 3], dtype, [], dtype, null]);
  });
});

test('every optimizer of the library is in the table', async () => {
  const chainrule: Readonly<Record<string, unknown>> = await import('chainrule');
  const classes = Object.entries(chainrule).filter(([, f]) => typeof f === 'function' && f.prototype instanceof Optimizer);
  const tested = rows.map(({ plug }) => plug([parameter(1)], 1).constructor.name);
  expect(new Set(tested)).toEqual(new Set(classes.map(([name]) => name)));
});
