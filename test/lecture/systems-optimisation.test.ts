/**
 * @file Section G of the lectures' systems, row by row: optimisation.
 */
import {
  adam,
  add,
  cosineSchedule,
  crossEntropy,
  customVjp,
  DataLoader,
  div,
  Generator,
  grad,
  gradcheck,
  type GradientTransform,
  hessian,
  hvp,
  l2,
  matmul,
  minibatches,
  minimize,
  mul,
  neg,
  normal,
  numericalGradient,
  oneHot,
  oneVsRestCrossEntropy,
  parameter,
  randint,
  randomSearch,
  sgd,
  SGD,
  slice,
  SoftmaxClassifier,
  square,
  sub,
  sum,
  take,
  tensor,
  type Tensor,
  trajectory,
  uniform,
  warmupSchedule,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { near } from './near.js';

/** x² − y². */
const saddle = (v: Tensor): Tensor => sum(mul(square(v), [1, -1]));
/** (x − 3)² + 10 (y + 1)². */
const bowl = (v: Tensor): Tensor => sum(mul([1, 10], square(sub(v, [3, -1]))));

describe('G: optimisation', () => {
  test('92: W* = argmin L(W)', () => {
    const { params, value, converged } = minimize(bowl, tensor([0, 0]));
    expect(converged).toBe(true);
    expect(value).toBeLessThan(1e-15);
    expect([...params.data].map((v) => v.toFixed(6))).toEqual(['3.000000', '-1.000000']);
  });

  test('93: random search keeps the best; the slope needs far fewer looks', () => {
    const generator = new Generator(1);
    const draw = (g: Generator): Tensor => uniform([2], { generator: g, low: -5, high: 5 });
    const found = randomSearch(bowl, draw, { tries: 300, generator });
    expect(found.history).toHaveLength(300);
    expect(found.history.at(-1)).toBe(found.value);
    expect(found.history.every((v, i) => i === 0 || v <= found.history[i - 1]!)).toBe(true);
    expect(bowl(found.params).item()).toBe(found.value);
    expect(minimize(bowl, tensor([0, 0]), { steps: 30 }).value).toBeLessThan(found.value);
  });

  test('94 and 95: forward and central differences, and their errors', () => {
    const cube = (x: Tensor): Tensor => mul(x, mul(x, x));
    const h = 0.01; // forward: 3 + 3h + h²; central: 3 + h²
    expect(numericalGradient(cube, 1, { h, scheme: 'forward' }).item()).toBeCloseTo(3 + 3 * h + h * h, 9);
    expect(numericalGradient(cube, 1, { h, scheme: 'central' }).item()).toBeCloseTo(3 + h * h, 9);
    // the slide's own losses: with them L(W + h) − L(W) over h is −2.5
    const slide = (w: Tensor): Tensor => add(1.25347, mul(-2.5, w));
    expect(numericalGradient(slide, 0, { h: 1e-4, scheme: 'forward' }).item()).toBeCloseTo(-2.5, 8);
  });

  test('96: the gradient check accepts the right gradient and rejects the printed one', () => {
    const loss = (p: Tensor): Tensor => oneVsRestCrossEntropy(p, 1);
    const p = tensor([0.1, 0.7, 0.2]);
    expect(gradcheck(loss, [p])).toBe(true);
    const z = oneHot(1, 3);
    const printed = customVjp(loss, {
      fwd: (q) => [loss(q), q],
      bwd: (q: Tensor, g) => [mul(g, neg(add(div(z, q), div(sub(1, z), sub(1, q)))))],
    });
    const { ok, worst } = gradcheck(printed, [p], { report: true, raiseException: false });
    expect(ok).toBe(false);
    expect(worst!.analytic).toBeCloseTo(-worst!.numeric, 6);
    expect(worst!.rel).toBeGreaterThan(0.5);
  });

  const [X, y] = [tensor([[1, 2], [-1, 0.5], [0.3, -2]]), [0, 1, 0]]; // prettier-ignore
  const W0 = tensor([[0.1, -0.2], [0.3, 0.4]]); // prettier-ignore
  const objective = (W: Tensor): Tensor => add(crossEntropy(matmul(X, W), y), mul(0.1, l2(W)));

  test('97: the analytic gradient is the numerical one, to its rounding', () => {
    const [a, n] = [grad(objective)(W0).data, numericalGradient(objective, W0).data];
    a.forEach((v: number, i: number) => expect(v).toBeCloseTo(n[i]!, 8));
  });

  test('98: W ← W − η ∂L/∂W, step by step', () => {
    const W = parameter(W0, { name: 'W' });
    const optimizer = new SGD([W], { lr: 0.5 });
    let byHand = W0;
    const history: number[] = [];
    for (let step = 0; step < 5; step++) {
      byHand = sub(byHand, mul(0.5, grad(objective)(byHand)));
      history.push(optimizer.minimize(() => objective(W)).item());
      near(W.value, byHand);
    }
    expect(history.every((v, i) => i === 0 || v < history[i - 1]!)).toBe(true);
    const model = new SoftmaxClassifier({ epochs: 4 }).fitSync(X, y);
    expect(model.history_!.history['loss']).toHaveLength(4);
  });

  test('99: minibatches: every example once an epoch, or drawn with replacement; the gradient is the full one on average', () => {
    for (const batchSize of [16, 32, 64, 128, 256]) {
      const batches = [...minibatches(1000, { batchSize, generator: new Generator(1) })];
      expect(batches).toHaveLength(Math.ceil(1000 / batchSize));
      expect(new Set(batches.flatMap((b) => [...b.data])).size).toBe(1000);
    }
    const drawn = [...minibatches(1000, { batchSize: 100, generator: new Generator(1), replacement: true })].flatMap((b) => [...b.data]);
    expect(new Set(drawn).size).toBeLessThan(1000);
    const slope = (rows: number[]): Tensor => grad((W: Tensor) => crossEntropy(matmul(take(X, rows), W), take(y, rows)))(W0);
    near(div(add(add(slope([0]), slope([1])), slope([2])), 3), slope([0, 1, 2]));
  });

  test('100: sample_training_data(data, 256): 256 random examples with their labels', () => {
    const data = normal([1000, 3], { generator: new Generator(1) });
    const [[batch, labels]] = [...new DataLoader([data, sum(data, { axis: 1 })], { batchSize: 256, shuffle: true })] as [[Tensor, Tensor]];
    expect([batch.shape, labels.shape]).toEqual([[256, 3], [256]]);
    near(sum(batch, { axis: 1 }), labels);
    const rows = randint(0, 1000, [256], { generator: new Generator(2) }); // with replacement, without a loader
    expect(take(data, rows).shape).toEqual([256, 3]);
  });

  test('101: at a saddle point the gradient is 0, and the curvature has both signs', () => {
    near(grad(saddle)(tensor([0, 0])), [0, 0]);
    near(hessian(saddle)(tensor([0, 0])), [[2, 0], [0, -2]]); // prettier-ignore
    near(hvp(saddle, [tensor([0, 0])], [tensor([0, 1])])[1][0], [0, -2]);
    expect(trajectory(saddle, [1, 0], { optimizer: sgd({ lr: 0.1 }), steps: 200 }).values.data.at(-1)).toBeGreaterThanOrEqual(0); // stuck
    expect(trajectory(saddle, [1, 1e-9], { optimizer: sgd({ lr: 0.1 }), steps: 200 }).values.data.at(-1)).toBeLessThan(-1);
  });

  test('102: schedules and momentum', () => {
    const lr = warmupSchedule(cosineSchedule(0.1, { decaySteps: 90 }), { warmupSteps: 10 });
    near([lr(0), lr(5), lr(10), lr(55), lr(100)], [0, 0.05, 0.1, 0.05, 0]);
    const after = (optimizer: GradientTransform): number => minimize(bowl, tensor([0, 0]), { optimizer, steps: 60 }).value;
    expect(after(sgd({ lr: 0.02, momentum: 0.8 }))).toBeLessThan(after(sgd({ lr: 0.02 })));
    expect(after(adam({ lr: 0.3 }))).toBeLessThan(1);
  });

  test('103: the path that descent takes on a surface', () => {
    const { points, values } = trajectory(bowl, [0, 0], { optimizer: sgd({ lr: 0.05 }), steps: 2 });
    near(points, [[0, 0], [0.3, -1], [0.57, -1]]); // prettier-ignore
    near(values, [19, 2.7 ** 2, 2.43 ** 2]);
    near(slice(points, [[2, 3]]), [[0.57, -1]]); // prettier-ignore
  });
});
