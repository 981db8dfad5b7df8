/**
 * @file Sections E and F of the lectures' systems, row by row: losses and densities of numbers, regularisation.
 */
import {
  activation,
  add,
  arange,
  batchNorm1d,
  crossEntropy,
  dropout,
  elasticNet,
  exp,
  eye,
  fractionalMaxPool2d,
  gaussian,
  Generator,
  grad,
  hessian,
  l1,
  l1Loss,
  l2,
  laplace,
  linearSchedule,
  LinearRegression,
  linspace,
  matmul,
  maxNorm,
  mean,
  minimize,
  mixture,
  mseLoss,
  mul,
  multiclassHinge,
  noisyPolynomial,
  norm,
  ones,
  parameter,
  polynomialRegression,
  reshape,
  residual,
  SGD,
  sgd,
  stack,
  sum,
  tensor,
  type Tensor,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { near } from './near.js';

const total = { reduction: 'sum' } as const;

describe('E: regression losses and densities', () => {
  const [s, target] = [tensor([0.1, 0.7, 0, 0.2]), [0, 1, 0, 0]];
  const integral = (f: (u: Tensor) => Tensor): number => mul(80, mean(f(linspace(-40, 40, 80001)))).item();

  test('73 and 74: L1 and L2, with their gradients', () => {
    near(l1Loss(s, target, total), 0.6);
    near(grad((x: Tensor) => l1Loss(x, target, total))(s), [1, -1, 0, 1]);
    near(mseLoss(s, target, total), 0.14);
    near(grad((x: Tensor) => mseLoss(x, target, total))(s), [0.2, -0.6, 0, 0.4]);
  });

  test('75: the Gaussian density gives L2: its likeliest place is the mean', () => {
    const log2pi = Math.log(2 * Math.PI * 4);
    near(gaussian(1, { std: 2 }).logProb([1, 4]), [-0.5 * log2pi, -0.5 * log2pi - 9 / 8]);
    const data = [1, 2, 9];
    const { params } = minimize((m: Tensor) => sum(gaussian(m).logProb(data)).neg(), tensor(0));
    expect(params.item()).toBeCloseTo(4, 8);
  });

  test('76: the Laplace density gives L1: its likeliest place is the median, whatever the outlier', () => {
    near(laplace(1, { scale: 2 }).logProb([1, 4]), [-Math.log(4), -Math.log(4) - 1.5]);
    const optimizer = sgd({ lr: linearSchedule(1, 0, 400) });
    const { params } = minimize((m: Tensor) => sum(laplace(m).logProb([1, 2, 900])).neg(), tensor(0), { optimizer, steps: 400 });
    expect(Math.abs(params.item() - 2)).toBeLessThan(0.02); // steps of sign ±1 shrink to 1/400
  });

  test('77: a mixture of Laplace densities integrates to 1; with the printed exponent it would be 2', () => {
    const density = mixture([0.3, -0.2], [laplace(-3, { scale: 0.5 }), laplace(3, { scale: 1 })]);
    expect(integral((u) => exp(density.logProb(u)))).toBeCloseTo(1, 3);
    const printed = (u: Tensor): Tensor => mul(0.5, exp(mul(-0.5, u.abs())));
    expect(integral(printed)).toBeCloseTo(2, 3);
  });
});

describe('F: regularisation', () => {
  const w = tensor([[1, -2], [0, 3]]); // prettier-ignore

  test('78: mean loss + λ·R(W)', () => {
    const objective = (W: Tensor): Tensor => add(multiclassHinge(matmul([[1, 0]], W), [0]), mul(0.1, l2(W)));
    near(objective(w), 1.4); // max(0, −2 − 1 + 1) = 0, and 0.1 · 14
  });

  test('79, 80 and 81: L2 without ½, L1 with slope 0 at 0, β of the elastic net on the squares alone', () => {
    near([l2(w).item(), l1(w).item(), elasticNet(w, { beta: 0.5 }).item()], [14, 6, 13]);
    near(grad(l2)(w), [[2, -4], [0, 6]]); // prettier-ignore
    near(grad(l1)(w), [[1, -1], [0, 1]]); // prettier-ignore
    near(grad((x: Tensor) => elasticNet(x, { beta: 0.5 }))(w), [[2, -3], [0, 4]]); // prettier-ignore
  });

  test('82: max-norm, after each step', () => {
    const W = parameter([[3, 4], [0.3, 0.4]]); // prettier-ignore
    const optimizer = new SGD([{ params: [W], project: (x: Tensor) => maxNorm(x, { max: 2 }) }], { lr: 0.1 });
    for (let step = 0; step < 3; step++) optimizer.minimize(() => sum(W).neg());
    const lengths = norm(W, { axis: -1 }).data;
    expect(lengths[0]).toBeCloseTo(2, 12);
    expect(lengths[1]).toBeCloseTo(Math.hypot(0.6, 0.7), 12); // shorter than 2: left alone
  });

  test('83: dropout scales what it keeps, and does nothing in evaluation', () => {
    const x = ones([4000]);
    const layer = dropout(0.25);
    const [out] = layer.apply({}, x, { train: true, state: {}, generator: new Generator(1) });
    expect([...new Set(out.data)].sort()).toEqual([0, 4 / 3]);
    expect(Math.abs(mean(out).item() - 1)).toBeLessThan(0.05); // six deviations: 6 · √(1/3 / 4000)
    near(layer.apply({}, [1, 2], { train: false, state: {} })[0], [1, 2]);
  });

  test('84: batch normalisation: mean 0 and variance 1 of a batch, running ones in evaluation', () => {
    const layer = batchNorm1d(1, { eps: 0 });
    const { params, state } = layer.init();
    const [out, next] = layer.apply(params, [[1], [3]], { train: true, state });
    near(out, [[-1], [1]]);
    // mean 0.1 · 2, variance 0.9 + 0.1 · 2, kept in float32
    expect(layer.apply(params, [[1.2]], { train: false, state: next })[0].item()).toBeCloseTo(1 / Math.sqrt(1.1), 6);
  });

  test('85: stochastic depth: x + f(x), or x alone', () => {
    const block = residual(activation((x) => mul(x, 10)), { survival: 0.5, mode: 'row' }); // prettier-ignore
    const [out] = block.apply({}, ones([200, 1]), { train: true, state: {}, generator: new Generator(2) });
    expect([...new Set(out.data)].sort((a, b) => a - b)).toEqual([1, 21]); // a kept branch is divided by 0.5
    near(block.apply({}, [[1]], { train: false, state: {} })[0], [[11]]);
  });

  test('86: fractional max pooling: 5 × 5 to 3 × 3', () => {
    const pool = fractionalMaxPool2d(2, { outputRatio: 0.6 });
    const x = reshape(arange(25), [1, 5, 5]);
    const [out] = pool.apply({}, x, { train: true, state: {}, generator: new Generator(3) });
    expect(out.shape).toEqual([1, 3, 3]);
    expect(out.data.at(-1)).toBe(24);
  });

  test('87: which weights are preferred: L2 the spread ones, L1 none, the elastic net the spread ones', () => {
    const [one, spread] = [[1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]]; // prettier-ignore
    near([l2(one).item(), l2(spread).item()], [1, 0.25]);
    near([l1(one).item(), l1(spread).item()], [1, 1]);
    near([elasticNet(one, { beta: 2 }).item(), elasticNet(spread, { beta: 2 }).item()], [3, 1.5]);
  });

  test('88: λ·ΣW² adds 2λ to every curvature', () => {
    const f = (v: Tensor): Tensor => crossEntropy(matmul([[1, 2], [1, 2], [0, 0]], v), 0); // prettier-ignore
    const v = tensor([0.3, -0.4]);
    const bare = hessian(f)(v);
    expect(bare.data[0]! * bare.data[3]! - bare.data[1]! ** 2).toBeCloseTo(0, 12); // flat in one direction
    near(hessian((x: Tensor) => add(f(x), mul(0.1, l2(x))))(v), add(bare, mul(0.2, eye(2))));
  });

  test('89: a larger λ fits worse and bends less', () => {
    const { x, y: values } = noisyPolynomial(13, { generator: new Generator(1), noise: 0.2 });
    const X = reshape(x, [-1, 1]);
    const fits = [1e-6, 1e-2, 1].map((lambda) => polynomialRegression({ degree: 12, lambda, regulariser: l2 }).fitSync(X, values));
    const [a, b, c] = fits.map((fit) => fit.score(X, values));
    expect(a! > b! && b! > c!).toBe(true);
    const [p, q, r] = fits.map((fit) => l2(fit.estimator.coef_).item());
    expect(p! > q! && q! > r!).toBe(true);
  });

  test('90: order 12 goes through 13 points; order 1 does not', () => {
    const x = linspace(-1, 1, 13);
    const values = add(mul(x, mul(x, x)), mul(0.2, tensor([1, -1, 0, 1, 1, -1, -1, 0, 1, -1, 1, 0, -1])));
    const X = reshape(x, [-1, 1]);
    const error = (degree: number): number => mseLoss(polynomialRegression({ degree }).fitSync(X, values).predict(X), values).item();
    expect(error(12)).toBeLessThan(1e-18);
    expect(error(1)).toBeGreaterThan(0.01);
  });

  test('91: the line through (2,3), (4,4), (6,5), (8,6): in closed form and by descent', async () => {
    const [X, Y] = [
      [[2], [4], [6], [8]],
      [3, 4, 5, 6],
    ];
    const closed = new LinearRegression().fitSync(X, Y);
    near(stack([reshape(closed.coef_, []), reshape(closed.intercept_, [])]), [0.5, 2]);
    const { params } = minimize(({ w: slope, b }) => mseLoss(add(mul(slope, [2, 4, 6, 8]), b), Y), { w: 0, b: 0 }, { optimizer: sgd({ lr: 0.02 }), steps: 3000 }); // prettier-ignore
    expect(params.w.item()).toBeCloseTo(0.5, 6);
    expect(params.b.item()).toBeCloseTo(2, 5);
    const descent = await new LinearRegression({ optimizer: sgd({ lr: 0.02 }), epochs: 3000, batchSize: 4 }).fit(X, Y);
    expect(descent.predict([[10]]).item()).toBeCloseTo(7, 4);
  });
});
