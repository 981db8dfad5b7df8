/** L-BFGS against torch 2.13, and what it does with several parameters, walls and errors. */
import {
  add,
  allclose,
  concat,
  LBFGS,
  type LBFGSOptions,
  log,
  mul,
  parameter,
  reshape,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { rows } from './lbfgs-values.js';

function rosenbrock(x: Tensor): Tensor {
  const n = x.size;
  const [a, b] = [slice(x, [[0, n - 1]]), slice(x, [[1, n]])];
  return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
}

const start = (n: number): number[] => Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1.2 : 1));

/**
 * Allowed relative differences after each step; else 1e-11. Where they are larger, a start that is one unit in the last place away moves the
 * path of torch itself by a tenth of them.
 */
const tolerances: Readonly<Record<string, readonly number[]>> = {
  '2 no line search': [1e-11, 5e-9, 1e-8],
  '10 strong Wolfe': [1e-10, 1e-7, 3e-6],
};

test.each(rows)('%d parameters, %s: the path of torch', (n, name, options, steps) => {
  const x = parameter(start(n));
  const optimizer = new LBFGS([x], options);
  steps.forEach(([evaluations, iterations, expected], t) => {
    optimizer.minimize(() => rosenbrock(x));
    expect([optimizer.state.evaluations, optimizer.state.iterations]).toEqual([evaluations, iterations]);
    const rtol = tolerances[`${n} ${name}`]?.[t] ?? 1e-11;
    expect(allclose(x.value, expected, { rtol, atol: 0 })).toBe(true);
  });
});

test('a step that counts its evaluations makes no more of them than maxEval, and one', () => {
  const x = parameter(start(10));
  const optimizer = new LBFGS([x], { maxIter: 8, maxEval: 3, lineSearchFn: 'strong_wolfe' });
  let calls = 0;
  for (let t = 1; t <= 20; t++) {
    const before = calls;
    optimizer.minimize(() => {
      calls++;
      return rosenbrock(x);
    });
    expect(calls - before).toBeLessThanOrEqual(4);
    expect(optimizer.state.evaluations).toBe(calls);
  }
});

describe('parameters as one vector', () => {
  const options: LBFGSOptions = { maxIter: 6, lineSearchFn: 'strong_wolfe' };

  test('cut into a matrix, a scalar and a vector, in the same order: the same bits', () => {
    const whole = parameter(start(6));
    const [a, b, c] = [parameter([start(2), [-1.2, 1]]), parameter(-1.2), parameter([1])];
    const [one, two] = [new LBFGS([whole], options), new LBFGS([a, b, c], options)];
    for (let t = 0; t < 5; t++) {
      const whatever = one.minimize(() => rosenbrock(whole)).item();
      expect(two.minimize(() => rosenbrock(concat([reshape(a, [-1]), reshape(b, [1]), c]))).item()).toBe(whatever);
      expect([...a.data, b.item(), ...c.data]).toEqual([...whole.data]);
    }
    expect([a.shape, b.shape, c.shape]).toEqual([[2, 2], [], [1]]);
  });

  test('the loop of PyTorch, with a closure, gives the same bits as minimize', () => {
    const [x, y] = [parameter(start(4)), parameter(start(4))];
    const [one, two] = [new LBFGS([x], options), new LBFGS([y], options)];
    for (let t = 0; t < 4; t++) {
      const loss = two.step(() => {
        two.zeroGrad();
        const value = rosenbrock(y);
        value.backward();
        return value;
      });
      expect(loss!.item()).toBe(one.minimize(() => rosenbrock(x)).item());
      expect([...y.data]).toEqual([...x.data]);
    }
  });

  test('a missing gradient is zero, and its parameter moves with the others: the path of torch 2.13', () => {
    const [x, y] = [parameter([-1.2, 1]), parameter(0.5)];
    const optimizer = new LBFGS([x, y], { maxIter: 3, lr: 0.5 });
    const expected = [
      [-0.9147722136442096, 1.1061349234305093, 0.4941938202529886],
      [-1.011530876086075, 1.0679436299525737, 0.4988831712844926],
      [-1.022207505632927, 1.0616309186812953, 0.4994495972627053],
      [-1.0230242289713332, 1.0545803868661237, 0.4953468517194721],
    ];
    expected.forEach((values, t) => {
      const apart = (): Tensor => square(sub(y, sum(slice(x, [[0, 1]]))));
      optimizer.minimize(() => (t === 1 || t === 2 ? rosenbrock(x) : add(rosenbrock(x), apart())));
      expect(allclose(concat([x, reshape(y, [1])]), values, { rtol: 1e-12, atol: 0 })).toBe(true);
    });
  });

  test('float32 parameters stay float32 and converge as far as float32 can', () => {
    const x = parameter(new Float32Array(start(2)));
    const optimizer = new LBFGS([x], { lineSearchFn: 'strong_wolfe' });
    for (let t = 0; t < 4; t++) optimizer.minimize(() => rosenbrock(x));
    expect(x.value.dtype).toBe('float32');
    expect(allclose(x.value, [1, 1], { rtol: 0, atol: 1e-3 })).toBe(true);
  });
});

describe('where the loss is no number', () => {
  // −log x − log(1 − x) + 3x has its minimum at (5 − √13)/6; beyond its walls at 0 and 1 it is NaN
  const barrier = (x: Tensor): Tensor => sum(sub(mul(3, x), add(log(x), log(sub(1, x)))));

  test.each([[[0.999999, 1e-7]], [[0.5, 0.5]], [[1e-12, 1e-3]]])('a line search from %j stays before the walls', (from) => {
    const x = parameter(from);
    const optimizer = new LBFGS([x], { lr: 5, lineSearchFn: 'strong_wolfe', maxIter: 50, toleranceChange: 1e-16 });
    let crossed = 0;
    for (let t = 0; t < 3; t++) {
      optimizer.minimize(() => {
        const loss = barrier(x);
        if (Number.isNaN(loss.item())) crossed++;
        return loss;
      });
    }
    const minimum = (5 - Math.sqrt(13)) / 6;
    expect(allclose(x.value, [minimum, minimum], { rtol: 0, atol: 1e-7 })).toBe(true);
    expect(crossed).toBeGreaterThan(0);
  });

  test('without a line search, a step over a wall is refused: nothing is changed', () => {
    const x = parameter([0.5], { name: 'x' });
    const optimizer = new LBFGS([x], { lr: 5 });
    const { state } = optimizer;
    const call = (): unknown => optimizer.minimize(() => barrier(x));
    expect(call).toThrow(UsageError);
    expect(call).toThrow(
      "LBFGS: the loss is not finite at iteration 1 of the step: NaN: nothing was changed; lower the learning rate or set lineSearchFn: 'strong_wolfe'",
    );
    expect(x.value.toArray()).toEqual([0.5]);
    expect(optimizer.state).toBe(state);
  });

  test('an error in the loss during a line search gives parameters their values back', () => {
    const x = parameter(start(2));
    const optimizer = new LBFGS([x], { lineSearchFn: 'strong_wolfe' });
    let calls = 0;
    const loss = (): Tensor => {
      if (++calls === 3) throw new RangeError('mine');
      return rosenbrock(x);
    };
    expect(() => optimizer.minimize(loss)).toThrow('mine');
    expect(x.value.toArray()).toEqual(start(2));
    expect(optimizer.state.step).toBe(0);
  });
});

describe('errors', () => {
  const x = parameter([1, 2], { name: 'x' });

  test.each<[() => unknown, string]>([
    [() => new LBFGS([x], { momentum: 0.9 } as never), "LBFGS: unknown option 'momentum'"],
    [() => new LBFGS([x], { lr: -1 }), 'LBFGS: lr must be a finite number, not negative, or a schedule: -1'],
    [() => new LBFGS([x], { toleranceGrad: NaN }), 'LBFGS: toleranceGrad must be a finite number, not negative: NaN'],
    [
      () => new LBFGS([x], { toleranceChange: (() => 1) as never }),
      'LBFGS: toleranceChange must be a finite number, not negative: () => 1',
    ],
    [() => new LBFGS([x], { maxIter: 0 }), 'LBFGS: maxIter must be a positive whole number: 0'],
    [() => new LBFGS([x], { maxEval: 1.5 }), 'LBFGS: maxEval must be a positive whole number: 1.5'],
    [() => new LBFGS([x], { historySize: -1 }), 'LBFGS: historySize must be a positive whole number: -1'],
    [() => new LBFGS([x], { lineSearchFn: 'armijo' as never }), "LBFGS: unknown lineSearchFn 'armijo': null or 'strong_wolfe'"],
    [
      () => new LBFGS([{ params: [x] }, { params: [parameter(1)] }]),
      'LBFGS: has one group: its Hessian ties all parameters together: got 2',
    ],
    [() => new LBFGS([x]).step(), 'LBFGS.step: no parameter has a gradient'],
    [() => new LBFGS([x]).step(() => undefined as never), 'LBFGS.step: the closure must return the loss: got undefined'],
  ])('%#', (call, message) => {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });

  test('a step with gradients alone: the loss is needed elsewhere', () => {
    const optimizer = new LBFGS([x]);
    sum(x).backward();
    const call = (): unknown => optimizer.step();
    expect(call).toThrow(
      'LBFGS: needs to evaluate the loss elsewhere: minimize(() => loss), step(closure), or the fourth argument of update',
    );
    expect(x.value.toArray()).toEqual([1, 2]);
  });

  test('at a minimum nothing moves, and the evaluation is counted', () => {
    const w = parameter([0, 0]);
    const optimizer = new LBFGS([w]);
    optimizer.minimize(() => sum(square(w)));
    expect(w.value.toArray()).toEqual([0, 0]);
    expect([optimizer.state.step, optimizer.state.iterations, optimizer.state.evaluations]).toEqual([1, 0, 1]);
  });
});
