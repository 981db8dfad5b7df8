/** Functions that minimise plain data: `minimize`, `trajectory`, `randomSearch`. */
import {
  Adam,
  adam,
  add,
  allclose,
  chain,
  clipByValue,
  exp,
  Generator,
  GradError,
  lbfgs,
  log,
  minimize,
  mul,
  normal,
  parameter,
  pow,
  randomSearch,
  sgd,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  trajectory,
  uniform,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

const rosenbrock = ({ x, y }: { x: Tensor; y: Tensor }): Tensor => add(square(sub(1, x)), mul(100, square(sub(y, square(x)))));

describe('minimize', () => {
  test('Rosenbrock, from a tree of numbers to a tree of tensors', () => {
    const { params, value, steps, converged } = minimize(rosenbrock, { x: -1.2, y: 1 });
    expect([converged, params.x.shape, params.x.dtype]).toEqual([true, [], 'float64']);
    expect(
      allclose(
        [params.x, params.y].map((t) => t.item()),
        [1, 1],
        { rtol: 0, atol: 1e-8 },
      ),
    ).toBe(true);
    expect(value).toBeLessThan(1e-16);
    expect(steps).toBeLessThan(5);
  });

  // where the slope is small long before the gradient is: with the tolerances of torch, L-BFGS would stop and never come here
  test('a quartic: as far as its gradient is asked to go', () => {
    for (const tolerance of [1e-8, 1e-12, 1e-16]) {
      const { params, converged } = minimize((x) => pow(x, 4), 3, { tolerance });
      expect(converged).toBe(true);
      expect(4 * Math.abs(params.item()) ** 3).toBeLessThanOrEqual(tolerance);
    }
  });

  test('curvatures 1 and 1e10, a matrix, float32', () => {
    const ill = minimize((x) => sum(mul([1, 1e10], square(sub(x, [2, 3])))), tensor([0, 0]));
    expect(allclose(ill.params, [2, 3], { rtol: 1e-8, atol: 0 })).toBe(true);
    const matrix = minimize((w) => sum(square(sub(w, [[1, 2], [3, 4]]))), tensor([[0, 0], [0, 0]], { dtype: 'float32' })); // prettier-ignore
    expect([matrix.params.toArray(), matrix.params.dtype, matrix.converged]).toEqual([[[1, 2], [3, 4]], 'float32', true]); // prettier-ignore
  });

  test('at a minimum, on flat ground, at a saddle: no step', () => {
    expect(minimize((x) => square(x), 0)).toMatchObject({ steps: 0, converged: true, value: 0 });
    expect(minimize((x) => mul(0, x), 3)).toMatchObject({ steps: 0, converged: true });
    expect(minimize(({ x, y }) => sub(square(x), square(y)), { x: 0, y: 0 })).toMatchObject({ steps: 0, converged: true });
  });

  test('the limit of steps; onStep sees the start, every step, and the end', () => {
    const seen: [number, number, number][] = [];
    const found = minimize((x) => square(x), 1, {
      optimizer: sgd({ lr: 0.25 }),
      steps: 3,
      onStep: ({ step, value, params }) => seen.push([step, value, params.item()]),
    });
    expect(seen).toEqual([[0, 1, 1], [1, 0.25, 0.5], [2, 0.0625, 0.25], [3, 0.015625, 0.125]]); // prettier-ignore
    expect([found.params.item(), found.value, found.steps, found.converged]).toEqual([0.125, 0.015625, 3, false]);
    expect(minimize((x) => square(x), 1, { steps: 0 })).toMatchObject({ steps: 0, value: 1, converged: false });
  });

  test.each([
    ['adam', adam({ lr: 0.1 })],
    ['a chain', chain(clipByValue(1), sgd({ lr: 0.4 }))],
    ['L-BFGS without a line search', lbfgs()],
  ])('any pure pair: %s', (_, optimizer) => {
    const { params, converged } = minimize((x) => sum(square(sub(x, [1, -2]))), tensor([0, 0]), { optimizer, steps: 1000 });
    expect(converged).toBe(true);
    expect(allclose(params, [1, -2], { rtol: 0, atol: 1e-8 })).toBe(true);
  });

  test('a barrier: the line search stays on its side', () => {
    const { params, converged } = minimize((x) => sub(mul(3, x), add(log(x), log(sub(1, x)))), 0.999);
    expect(converged).toBe(true);
    expect(params.item()).toBeCloseTo((5 - Math.sqrt(13)) / 6, 9);
  });

  test('no minimum: it says that it did not converge', () => {
    expect(minimize((x) => mul(x, 2), 0, { steps: 5 })).toMatchObject({ converged: false, steps: 5 });
  });

  test.each<[() => unknown, typeof UsageError, string]>([
    [
      () => minimize((x) => log(x), -1),
      UsageError,
      'minimize: f or its gradient is not finite at step 0: NaN: start elsewhere, or take smaller steps',
    ],
    [
      () => minimize((x) => square(x), 3, { optimizer: sgd({ lr: 1e200 }) }),
      UsageError,
      'minimize: f or its gradient is not finite at step 1: Infinity: start elsewhere, or take smaller steps',
    ],
    [() => minimize((x) => x, tensor([1, 2])), GradError, 'valueAndGrad: f must return a scalar: got [2]'],
    [() => minimize(3 as never, 1), UsageError, 'minimize: f must be a function: got number'],
    [() => minimize((x) => square(x), null as never), UsageError, 'minimize: a tree has tensors and numbers as leaves: got null'],
    [() => minimize((x) => square(x), 1, { step: 3 } as never), UsageError, "minimize: unknown option 'step': did you mean 'steps'?"],
    [() => minimize((x) => square(x), 1, { steps: 1.5 }), UsageError, 'minimize: steps must be a whole number: 1.5'],
    [() => minimize((x) => square(x), 1, { tolerance: NaN }), UsageError, 'minimize: tolerance must be a number: NaN'],
    [() => minimize((x) => square(x), 1, { onStep: 3 as never }), UsageError, 'minimize: onStep must be a function: 3'],
    [
      () => minimize((x) => square(x), 1, { optimizer: new Adam([parameter(1)]) as never }),
      UsageError,
      'minimize: optimizer must be a pure pair: sgd({ lr: 0.1 }), adam(), lbfgs(): in small letters',
    ],
  ])('error %#', (call, kind, message) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });
});

describe('trajectory', () => {
  test('points and values, the start first; a tree of one vector', () => {
    const { points, values } = trajectory((x) => sum(square(x)), [1, -2], { optimizer: sgd({ lr: 0.25 }), steps: 2 });
    expect(points.toArray()).toEqual([[1, -2], [0.5, -1], [0.25, -0.5]]); // prettier-ignore
    expect(values.toArray()).toEqual([5, 1.25, 0.3125]);
  });

  test('flat ground does not end it', () => {
    const { points } = trajectory((x) => sum(mul(0, x)), [1, 2], { optimizer: adam(), steps: 4 });
    expect(points.shape).toEqual([5, 2]);
  });

  test('momentum by hand: w ← w − lr·b, b ← b/2 + 2w', () => {
    const { points } = trajectory((x) => sum(square(x)), [1], { optimizer: sgd({ lr: 0.25, momentum: 0.5 }), steps: 3 });
    // b 2; b 1 + 1 = 2; b 1 + 0 = 1
    expect(points.toArray()).toEqual([[1], [0.5], [0], [-0.25]]);
  });

  test.each<[() => unknown, string]>([
    [
      () => trajectory((x) => sum(log(x)), [-1], { optimizer: sgd(), steps: 3 }),
      'minimize: f or its gradient is not finite at step 0: NaN',
    ],
    [
      () => trajectory((x) => sum(x), [1], { optimiser: sgd(), steps: 3 } as never),
      "trajectory: unknown option 'optimiser': did you mean 'optimizer'?",
    ],
    [() => trajectory((x) => sum(x), [1], { optimizer: sgd(), steps: -3 }), 'minimize: steps must be a whole number: -3'],
  ])('error %#', (call, message) => {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });
});

describe('randomSearch', () => {
  const bowl = (x: Tensor): Tensor => sum(square(sub(x, [0.5, -0.5])));
  const draw = (generator: Generator): Tensor => normal([2], { generator });

  test('the best of the draws, and the best loss after each of them', () => {
    const { params, value, history } = randomSearch(bowl, draw, { tries: 50, generator: new Generator(3) });
    const again = new Generator(3);
    const losses = Array.from({ length: 50 }, () => bowl(draw(again)).item());
    expect(history).toEqual(losses.map((_, i) => Math.min(...losses.slice(0, i + 1))));
    expect([value, bowl(params).item()]).toEqual([Math.min(...losses), Math.min(...losses)]);
    expect(params.node).toBeNull();
  });

  test('NaN never wins; infinity may; any parameters may be drawn', () => {
    const values = [NaN, Infinity, 3, NaN, 2];
    const { params, history } = randomSearch(
      ({ i }: { i: number }) => values[i]!,
      (generator) => ({ i: generator.counter++ }),
      { tries: 5, generator: new Generator(0) },
    );
    expect([params, history]).toEqual([{ i: 4 }, [NaN, Infinity, 3, 3, 2]]);
  });

  test('a gradient does better in fewer calls', () => {
    const random = randomSearch(bowl, draw, { tries: 200, generator: new Generator(1) });
    expect(minimize(bowl, tensor([0, 0])).value).toBeLessThan(random.value * 1e-6);
  });

  test.each<[() => unknown, string]>([
    [() => randomSearch(bowl, draw, {} as never), 'randomSearch: needs a generator: { generator: new Generator(seed) }'],
    [() => randomSearch(bowl, draw, undefined as never), 'randomSearch: needs a generator'],
    [() => randomSearch(bowl, draw, { generator: new Generator(0), tries: 0 }), 'randomSearch: tries must be a positive whole number: 0'],
    [() => randomSearch(bowl, draw, { generator: new Generator(0), trials: 3 } as never), "randomSearch: unknown option 'trials'"],
    [() => randomSearch(() => NaN, draw, { generator: new Generator(0), tries: 3 }), 'randomSearch: no loss is a number: 3 tries gave NaN'],
    [() => randomSearch(exp as never, 3 as never, { generator: new Generator(0) }), 'randomSearch: f and draw must be functions'],
    [
      () => randomSearch(uniform as never, undefined as never, { generator: new Generator(0) }),
      'randomSearch: f and draw must be functions',
    ],
  ])('error %#', (call, message) => {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });
});
