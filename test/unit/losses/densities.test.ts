/** Log-densities: values, integrals, the losses they give, gradients, draws, and mistakes. */
import {
  abs,
  add,
  allclose,
  bernoulli,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  categorical,
  ChainruleError,
  crossEntropy,
  DataError,
  type Density,
  div,
  DTypeError,
  exp,
  gaussian,
  Generator,
  grad,
  gradcheck,
  gradgradcheck,
  l1Loss,
  laplace,
  linspace,
  log,
  type Loss,
  mean,
  minimize,
  mixture,
  mseLoss,
  mul,
  neg,
  negativeLogLikelihood,
  parameter,
  record,
  SGD,
  ShapeError,
  sigmoid,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  UsageError,
  valueAndGrad,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

const nll = negativeLogLikelihood;
/** Both are float64 expressions of a few operations: equal to some units in the last place. */
const near = (t: Tensor, expected: readonly number[]): void => {
  expect(t.data.length).toBe(expected.length);
  t.data.forEach((v, i) => expect(Math.abs(v - expected[i]!)).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(expected[i]!))));
};

describe('values of torch.distributions (torch 2.13.0, float64)', () => {
  const y = [-1.5, 0.2, 3];
  const [at, by] = [
    [0.5, -0.25, 1],
    [0.3, 1, 2.5],
  ];

  test('Normal and Laplace', () => {
    near(gaussian(at, { std: by }).logProb(y), [-21.93718795110096, -1.0201885332046727, -2.1552292650788276]);
    near(laplace(at, { scale: by }).logProb(y), [-6.1558410429006765, -1.1431471805599454, -2.4094379124341003]);
  });

  test('Bernoulli', () => {
    near(bernoulli({ probs: [0.2, 0.7, 0.999] }).logProb([1, 0, 1]), [-1.6094379124341003, -1.203972804325936, -0.0010005003335835348]);
    const logs = bernoulli({ logits: [-1.2, 3.4, 40] }).logProb([1, 0, 1]);
    near(logs, [-1.4632824673380311, -3.432828470424865, -4.248354255291589e-18]);
    expect(logs.data[2]! / -4.248354255291589e-18).toBeCloseTo(1, 12); // no digit of the tail is lost
  });

  test('Categorical', () => {
    const logits = [
      [1.2, -0.7, 0.3],
      [3.2, 5.1, -1.7],
    ];
    const probs = [
      [2, 1, 5],
      [0.1, 0.7, 0.2],
    ];
    near(categorical({ logits }).logProb([2, 0]), [-1.3422072900359525, -2.0403551528001698]);
    near(categorical({ probs }).logProb([2, 0]), [-0.4700036292457356, -2.3025850929940455]);
    near(
      categorical({ logits: logits[0]! }).logProb([2, 0, 1, 0]),
      [-1.3422072900359525, -0.4422072900359526, -2.3422072900359527, -0.4422072900359526],
    );
  });

  test('MixtureSameFamily', () => {
    const three = mixture([0.4, -0.9, 0.1], [laplace(-1, { scale: 0.4 }), laplace(0.5), laplace(2, { scale: 0.3 })]);
    near(three.logProb([-1.5, 0.2, 3, 40]), [-1.6764163686472833, -2.4941071053672066, -3.5949865652545823, -42.19294718876238]);
    const rows = [
      [0.4, -0.9],
      [1, 0.3],
    ];
    const two = mixture(rows, [gaussian([-1, 0], { std: [0.4, 0.3] }), gaussian([0.5, 2], { std: [1, 2] })]);
    near(two.logProb([0.2, -1.1]), [-2.403658347995326, -3.8641890031699653]);
  });

  test('their gradients', () => {
    const at = [0.3, 0.7, 1.1].map((v) => tensor(v));
    const slopes = (f: (...x: Tensor[]) => Tensor): number[] => grad(f, { argnums: [0, 1, 2] })(...at).map((g) => g.item());
    const gaussianSlopes = slopes((m, s, y) => gaussian(m, { std: s }).logProb(y));
    near(tensor(gaussianSlopes), [1.6326530612244903, 0.4373177842565603, -1.6326530612244903]);
    const laplaceSlopes = slopes((m, s, y) => laplace(m, { scale: s }).logProb(y));
    near(tensor(laplaceSlopes), [1.4285714285714286, 0.20408163265306145, -1.4285714285714286]);
    const f = (l: Tensor, m: Tensor, s: Tensor, y: Tensor): Tensor => pair(l, m, s).logProb(y);
    const [dl, dm, ds, dy] = grad(f, { argnums: [0, 1, 2, 3] })(tensor([0.4, -0.9]), tensor([-1, 2]), tensor([0.5, 0.8]), tensor(1.1));
    near(dl, [-0.5725096461758865, 0.5725096461758865]);
    near(dm, [0.426650673733344, -0.9833433289166599]);
    near(ds, [1.3652821559467008, 0.12291791611458203]);
    near(dy, [0.5566926551833159]);
  });
});

/** Two Laplace densities whose parameters are the elements of vectors. */
const pair = (l: Tensor, m: Tensor, s: Tensor): Density =>
  mixture(
    l,
    [0, 1].map((i) => laplace(element(m, i), { scale: element(s, i) })),
  );
const element = (t: Tensor, i: number): Tensor => t.take(i);

describe('densities add up to 1', () => {
  /** Simpson's rule on [−40, 40] with the step 1/256: kinks at quarters are nodes, so it errs by (h/b)⁴/180 of the integral. */
  const integral = (p: (y: Tensor) => Tensor): number => {
    const n = 80 * 256;
    const weights = tensor(Float64Array.from({ length: n + 1 }, (_, i) => (i === 0 || i === n ? 1 : i % 2 === 1 ? 4 : 2)));
    return sum(mul(weights, p(linspace(-40, 40, n + 1)))).item() / (3 * 256);
  };
  const density =
    (p: Density) =>
    (y: Tensor): Tensor =>
      exp(p.logProb(y));
  const [tau, f, gamma] = [
    [0.3, 0.7],
    [-1.25, 2],
    [0.5, 0.75],
  ];
  const logTau = tau.map(Math.log);

  test.each([
    ['gaussian', gaussian(0.7, { std: 1.3 })],
    ['laplace', laplace(0.75, { scale: 1.3 })],
    ['a mixture of Laplace densities', mixture(logTau, [laplace(f[0]!, { scale: gamma[0]! }), laplace(f[1]!, { scale: gamma[1]! })])],
    ['a mixture of a Gaussian and a Laplace density', mixture([3, -1], [gaussian(-2, { std: 0.4 }), laplace(1, { scale: 1.3 })])],
    ['a mixture with a mixture in it', mixture([0, 1], [mixture([2, 1], [gaussian(3), laplace(0)]), laplace(-4)])],
  ] as const)('%s', (_, p) => {
    expect(integral(density(p))).toBeCloseTo(1, 9);
  });

  test('the mixture printed in the lecture integrates to 2: 2γ below |y − f|, 1/(2γ) in front (000:293)', () => {
    const sumOver = (width: (g: number) => number) => (y: Tensor) =>
      tau.map((t, m) => mul(t / (2 * gamma[m]!), exp(neg(div(abs(sub(y, f[m]!)), width(gamma[m]!)))))).reduce((a, b): Tensor => add(a, b));
    expect(integral(sumOver((g) => 2 * g))).toBeCloseTo(2, 9);
    expect(integral(sumOver((g) => g))).toBeCloseTo(1, 9);
    const y = linspace(-5, 5, 41);
    const corrected = density(mixture(logTau, [laplace(f[0]!, { scale: gamma[0]! }), laplace(f[1]!, { scale: gamma[1]! })]));
    near(corrected(y), [...sumOver((g) => g)(y).data]);
  });

  test('masses', () => {
    for (const p of [bernoulli({ probs: [0, 0.3, 1] }), bernoulli({ logits: [-800, 0.4, Infinity] })]) {
      near(sum(exp(p.logProb([[0], [1]])), { axis: 0 }), [1, 1, 1]);
    }
    const labels = [[0], [1], [2]];
    const rows = [
      [1.2, -0.7, 0.3],
      [-Infinity, 5.1, -1.7],
    ];
    near(sum(exp(categorical({ logits: rows }).logProb(labels)), { axis: 0 }), [1, 1]);
    near(sum(exp(categorical({ probs: exp(rows) }).logProb(labels)), { axis: 0 }), [1, 1]);
    const both = mixture([0.3, -1], [categorical({ logits: rows[0]! }), categorical({ probs: [1, 0, 1] })]);
    near(sum(exp(both.logProb([0, 1, 2]))), [1]);
  });
});

describe('closed forms and bad points', () => {
  test('gaussian and laplace', () => {
    const y = [-2, 0, 0.5, 7];
    near(
      gaussian(0.5, { std: 2 }).logProb(y),
      y.map((v) => -0.5 * Math.log(2 * Math.PI * 4) - (v - 0.5) ** 2 / 8),
    );
    near(
      laplace(0.5, { scale: 2 }).logProb(y),
      y.map((v) => -Math.log(4) - Math.abs(v - 0.5) / 2),
    );
    expect(gaussian(0, { std: 1e-200 }).logProb(1e-200).item()).toBeCloseTo(460.51701859880916 - 0.9189385332046727 - 0.5, 9);
    expect([gaussian(0), laplace(0)].map((p) => p.logProb(Infinity).item())).toEqual([-Infinity, -Infinity]);
  });

  test('the normaliser at σ = 2 is −½ log(2πσ²), not the +½ log σ² printed in the lecture (000:255)', () => {
    expect(gaussian(0, { std: 2 }).logProb(0).item()).toBeCloseTo(-1.612085714, 9);
  });

  test('parameters and outcomes broadcast', () => {
    const p = gaussian([[0], [1]], { std: [1, 2, 3] });
    expect(p.logProb(1).shape).toEqual([2, 3]);
    expect(p.logProb([[[1]], [[2]]]).shape).toEqual([2, 2, 3]);
    expect(laplace([0, 1]).logProb([[1], [2], [3]]).shape).toEqual([3, 2]);
    expect(bernoulli({ logits: [0, 1] }).logProb([[1], [0], [1]]).shape).toEqual([3, 2]);
    expect(bernoulli({ logits: 0 }).logProb([true, false]).toArray()).toEqual([-Math.LN2, -Math.LN2]);
  });

  test('what cannot happen has log-probability −∞, and nobody’s gradient becomes NaN', () => {
    const coin = (p: Tensor, y: number[]): Tensor => bernoulli({ probs: p }).logProb(y);
    expect(coin(tensor([0, 1]), [1, 0]).toArray()).toEqual([-Infinity, -Infinity]);
    expect(coin(tensor([0, 1]), [0, 1]).toArray()).toEqual([-0, 0]);
    expect(grad((p) => sum(coin(p, [0, 1])))(tensor([0, 1])).toArray()).toEqual([-1, 1]);
    expect(
      bernoulli({ logits: [1000, -1000] })
        .logProb([0, 1])
        .toArray(),
    ).toEqual([-1000, -1000]);
    expect(grad((s) => sum(bernoulli({ logits: s }).logProb([0, 1])))(tensor([1000, -1000])).toArray()).toEqual([-1, 1]);

    const masked = tensor([-Infinity, 0, -Infinity]);
    expect(categorical({ logits: masked }).logProb([0, 1, 2]).toArray()).toEqual([-Infinity, -0, -Infinity]);
    expect(grad((s) => categorical({ logits: s }).logProb(1))(masked).toArray()).toEqual([0, 0, 0]);
    expect(
      categorical({ probs: [0, 2, 0] })
        .logProb([0, 1])
        .toArray(),
    ).toEqual([-Infinity, 0]);
    // ∂(log p₁ − log Σp): −1/Σp for the others, also where they are 0
    near(grad((p) => categorical({ probs: p }).logProb(1))(tensor([0, 2, 3])), [-1 / 5, 1 / 2 - 1 / 5, -1 / 5]);

    const off = (s: Tensor): Tensor => mixture(s, [laplace(0), laplace(5)]).logProb(1);
    expect(off(tensor([0, -Infinity])).item()).toBeCloseTo(-Math.LN2 - 1, 14);
    near(grad(off)(tensor([0, -Infinity])), [0, 0]);
    // far from every mode densities underflow, their logarithms do not
    expect(
      mixture([0, 0], [gaussian(0), gaussian(1)])
        .logProb(1e4)
        .item(),
    ).toBeCloseTo(-0.5 * 9999 ** 2 - Math.log(Math.sqrt(8 * Math.PI)), 6);
  });
});

/** Where a convex function stops falling, by its gradient alone. */
function lowest(f: (x: Tensor) => Tensor, low = -1000, high = 1000): number {
  const slope = grad(f);
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (slope(tensor(middle)).item() < 0) low = middle;
    else high = middle;
  }
  return high;
}

describe('maximum likelihood: the losses the lecture derives (000:233–330)', () => {
  const y = [2.5, -1, 0.25, 7, 1.5];
  const s = tensor([2, -1.5, 3, 6.5, 1.25]);

  test.each([0.5, 1, 3])('gaussian, σ = %d: the gradient of squared error / 2σ², and its argmin, the mean', (std) => {
    const loss = nll((mu) => gaussian(mu, { std }));
    const squares = mul(1 / (2 * std ** 2), grad((x) => mseLoss(x, y))(s));
    near(grad((x) => loss(x, y))(s), [...squares.data]);
    const average = y.reduce((a, v) => a + v, 0) / y.length;
    const found = minimize((mu) => loss(mu, y), 20);
    expect(found.converged).toBe(true);
    expect(found.params.item()).toBeCloseTo(average, 7); // the gradient is below 1e-8
    expect(minimize((mu) => mseLoss(add(mu, [0, 0, 0, 0, 0]), y), 20).params.item()).toBeCloseTo(average, 7);
    const gap = sub(loss(s, y), mul(1 / (2 * std ** 2), mseLoss(s, y)));
    expect(gap.item()).toBeCloseTo(0.5 * Math.log(2 * Math.PI * std ** 2), 14); // a constant
  });

  test.each([0.5, 1, 3])('laplace, b = %d: the gradient of absolute error / b, and its argmin, the median', (scale) => {
    const loss = nll((mu) => laplace(mu, { scale }));
    const absolutes = mul(1 / scale, grad((x) => l1Loss(x, y))(s));
    near(grad((x) => loss(x, y))(s), [...absolutes.data]);
    expect(lowest((mu) => loss(mu, y))).toBeCloseTo(1.5, 12);
    expect(lowest((mu) => l1Loss(add(mu, [0, 0, 0, 0, 0]), y))).toBeCloseTo(1.5, 12);
    expect(grad((mu) => loss(mu, y))(1.5).item()).toBe(0);
    expect(sub(loss(s, y), mul(1 / scale, l1Loss(s, y))).item()).toBeCloseTo(Math.log(2 * scale), 14);
  });

  test('an outlier moves the Gaussian location by a fifth of its step, the Laplace location not at all', () => {
    const outlier = y.with(3, 107);
    const moved = (loss: Loss): number => lowest((mu) => loss(mu, outlier)) - lowest((mu) => loss(mu, y));
    expect(moved(nll((mu) => gaussian(mu)))).toBeCloseTo(20, 10);
    expect(moved(nll((mu) => laplace(mu)))).toBe(0);
    // one outlier more: the median goes to the next number, or half-way
    const more = [...y, 1000];
    expect(lowest((mu) => nll((m) => laplace(m))(mu, more))).toBeLessThanOrEqual(2.5);
    expect(lowest((mu) => nll((m) => gaussian(m))(mu, more))).toBeGreaterThan(150);
  });

  test('their scales: the standard deviation, and the mean distance from the median', () => {
    // convex in log σ and in log b
    const fitted = (of: (m: Tensor, s: Tensor) => Density, at: number): number =>
      Math.exp(lowest((logScale) => nll((logs) => of(tensor(at), exp(logs)))(logScale, y), -9, 9));
    const [average, median] = [2.05, 1.5];
    const deviation = Math.sqrt(y.reduce((a, v) => a + (v - average) ** 2, 0) / y.length);
    const distance = y.reduce((a, v) => a + Math.abs(v - median), 0) / y.length;
    expect(fitted((m, std) => gaussian(m, { std }), average)).toBeCloseTo(deviation, 12);
    expect(fitted((m, scale) => laplace(m, { scale }), median)).toBeCloseTo(distance, 12);
  });

  /** Same values and gradients, in every reduction. */
  const alike = (a: Loss, b: Loss, input: Tensor, target: Tensor): void => {
    for (const reduction of ['none', 'sum', 'mean'] as const) {
      near(a(input, target, { reduction }), [...b(input, target, { reduction }).data]);
      const slope = (f: Loss): Tensor => grad((x) => sum(f(x, target, { reduction })))(input);
      near(slope(a), [...slope(b).data]);
    }
  };

  test('bernoulli: binary cross-entropy, of probabilities and of logits', () => {
    const target = tensor([1, 0, 0, 1]);
    alike(
      nll((probs) => bernoulli({ probs })),
      binaryCrossEntropy,
      tensor([0.2, 0.7, 0.01, 1]),
      target,
    );
    alike(
      nll((logits) => bernoulli({ logits })),
      binaryCrossEntropyWithLogits,
      tensor([-1.2, 3.4, 800, -800]),
      target,
    );
    // the likeliest probability is the share of ones
    const found = lowest((logit) => nll((logits) => bernoulli({ logits }))(logit, [1, 0, 0, 1, 0]), -9, 9);
    expect(sigmoid(found).item()).toBeCloseTo(0.4, 12);
  });

  test('categorical: cross-entropy', () => {
    const scores = tensor([
      [3.2, 5.1, -1.7],
      [1.3, 4.9, 2],
      [2.2, 2.5, -3.1],
      [900, 0, -900],
    ]);
    const labels = tensor(new Int32Array([0, 1, 2, 1]));
    alike(
      nll((logits) => categorical({ logits })),
      crossEntropy,
      scores,
      labels,
    );
    alike(
      nll((probs) => categorical({ probs })),
      (p, y, o) => crossEntropy(log(p), y, o),
      tensor([
        [2, 1, 5],
        [0.1, 0.7, 0.2],
      ]),
      tensor([2, 0]),
    );
    // the likeliest probabilities are the shares of the labels
    const slope = grad((logits) => nll((s) => categorical({ logits: s }))(logits, [0, 1, 1, 2, 1]));
    near(slope(log([0.2, 0.6, 0.2])), [0, 0, 0]);
    near(slope(tensor([0, 0, 0])), [1 / 3 - 0.2, 1 / 3 - 0.6, 1 / 3 - 0.2]);
  });

  test('two modes: a mixture of two Laplace densities is likelier than the best single one', () => {
    const truth = mixture([0, 0], [laplace(-2, { scale: 0.4 }), laplace(3, { scale: 0.4 })]);
    const y = truth.sample([400], { generator: new Generator(3) });
    const likelihood = (p: Density): number => mean(p.logProb(y)).item();
    // in closed form: the median, and the mean distance from it
    const sorted = [...y.data].sort((a, b) => a - b);
    const median = (sorted[199]! + sorted[200]!) / 2;
    const single = laplace(median, { scale: mean(abs(sub(y, median))) });

    const start = { w: tensor([0, 0]), at: tensor([-1, 1]), logs: tensor([0, 0]) };
    const model = ({ w, at, logs }: typeof start): Density => pair(w, at, exp(logs));
    const { params, value } = minimize((p) => nll(() => model(p))(p.w, y), start, { steps: 60, tolerance: 1e-6 });
    const fitted = model(params);
    expect(value).toBeCloseTo(-likelihood(fitted), 12);
    // a median of about 200 draws has the standard error b/√200 = 0.028
    [-2, 3].forEach((mode, i) => expect(Math.abs(params.at.data[i]! - mode)).toBeLessThan(4 * 0.028));
    expect(likelihood(fitted)).toBeGreaterThanOrEqual(likelihood(truth)); // it was fitted to these draws
    expect(likelihood(fitted)).toBeGreaterThan(likelihood(single) + 0.5);
  });
});

describe('gradients of order 1 and 2', () => {
  const both = (f: (...x: Tensor[]) => Tensor, inputs: readonly Tensor[]): void => {
    expect(gradcheck(f, inputs)).toBe(true);
    expect(gradgradcheck(f, inputs)).toBe(true);
  };
  const y = tensor([-1.5, 0.2, 3]);
  const rows = tensor([
    [1.2, -0.7, 0.3],
    [0.1, 0.7, 0.2],
  ]);

  test.each([
    ['gaussian', (m: Tensor, std: Tensor, t: Tensor) => gaussian(m, { std }).logProb(t)],
    ['laplace', (m: Tensor, scale: Tensor, t: Tensor) => laplace(m, { scale }).logProb(t)],
  ] as const)('%s: location, scale and y, also broadcast', (_, f) => {
    both(f, [tensor([0.5, -0.25, 1]), tensor([0.3, 1, 2.5]), y]);
    both(f, [tensor(0.7), tensor([[0.4], [1.3]]), y]);
  });

  test('bernoulli', () => {
    both((probs) => bernoulli({ probs }).logProb([1, 0, 1]), [tensor([0.2, 0.7, 0.9])]);
    both((logits) => bernoulli({ logits }).logProb([[1], [0]]), [y]);
  });

  test('categorical', () => {
    both((logits) => categorical({ logits }).logProb([2, 0]), [rows]);
    both((logits) => categorical({ logits }).logProb([2, 0, 1, 0]), [tensor([1.2, -0.7, 0.3])]);
    both((probs) => categorical({ probs }).logProb([[2], [0]]), [exp(rows)]);
  });

  test('mixtures: weights, locations, scales and y', () => {
    both((l, m, s, t) => pair(l, m, s).logProb(t), [tensor([0.4, -0.9]), tensor([-1, 2]), tensor([0.5, 0.8]), y]);
    both(
      (l, m, s, t) => mixture(l, [gaussian(m, { std: s }), laplace(1), gaussian(t)]).logProb(t.mul(m)),
      [rows, tensor([[0.3], [-0.6]]), tensor(0.7), tensor([1.1, 0.4])],
    );
    both(
      (l, p) => mixture(l, [bernoulli({ probs: p }), bernoulli({ logits: p })]).logProb([0, 1]),
      [rows.slice([[], [0, 2]]), tensor(0.3)],
    );
  });

  test('as a loss, in the input and in a parameter of the density', () => {
    both((s, std) => nll((mu) => gaussian(mu, { std }))(s, [0, 1, 2]), [y, tensor(1.5)]);
  });
});

describe('draws', () => {
  const n = 20_000;
  const draws = (p: Density, seed = 11): Tensor => p.sample([n], { generator: new Generator(seed) });
  /** Within four standard errors of a mean of n draws; the seed is fixed, so it holds always or never. */
  const close = (t: Tensor, expected: number, standardDeviation: number): void =>
    expect(Math.abs(mean(t).item() - expected)).toBeLessThan((4 * standardDeviation) / Math.sqrt(n));
  const all: readonly (readonly [string, Density])[] = [
    ['gaussian', gaussian([0.5, 1], { std: 2 })],
    ['laplace', laplace([0.5, 1], { scale: 2 })],
    ['bernoulli', bernoulli({ probs: [0.3, 0.6] })],
    ['categorical', categorical({ logits: [[0, 1, 2], [2, 1, 0]] })], // prettier-ignore
    ['mixture', mixture([0, 1], [gaussian([0.5, 1]), laplace(3)])],
  ];

  test.each(all)('%s: the same seed gives the same bits, in the shape asked for before that of the parameters', (_, p) => {
    const [a, b] = [1, 1].map((seed) => p.sample([4, 3], { generator: new Generator(seed) }));
    expect(a!.shape).toEqual([4, 3, 2]);
    expect(allclose(a!, b!, { rtol: 0, atol: 0 })).toBe(true);
    expect(allclose(a!, p.sample([4, 3], { generator: new Generator(2) }))).toBe(false);
    expect(p.sample([], { generator: new Generator(1) }).shape).toEqual([2]);
    const generator = new Generator(1);
    expect(p.sample([0], { generator }).shape).toEqual([0, 2]);
    expect(generator.counter).toBe(0);
    p.sample([4], { generator });
    const later = p.sample([4], { generator });
    expect(allclose(later, p.sample([4], { generator: new Generator(1) }))).toBe(false);
  });

  test('gaussian: mean 1.5 ± σ/√n, variance 4 ± σ²√(2/n)', () => {
    const y = draws(gaussian(1.5, { std: 2 }));
    close(y, 1.5, 2);
    close(square(sub(y, 1.5)), 4, 4 * Math.SQRT2);
  });

  test('laplace: mean 1.5 ± b√(2/n), |y − μ| of mean b ± b/√n, variance 2b² ± b²√(20/n), half of the draws below', () => {
    const y = draws(laplace(1.5, { scale: 2 }));
    close(y, 1.5, 2 * Math.SQRT2);
    close(abs(sub(y, 1.5)), 2, 2);
    close(square(sub(y, 1.5)), 8, 4 * Math.sqrt(20));
    close(y.lt(1.5).sum().div(n), 0.5, 0.5);
    close(
      y
        .gt(1.5 + 2 * Math.log(5))
        .sum()
        .div(n),
      0.1,
      0.3,
    ); // P(y > μ + b·log 5) = 1/10
  });

  test('bernoulli and categorical: each share p ± √(p(1 − p)/n)', () => {
    for (const p of [bernoulli({ probs: 0.3 }), bernoulli({ logits: Math.log(0.3 / 0.7) })]) close(draws(p), 0.3, Math.sqrt(0.21));
    const shares = [0.1, 0.2, 0.7];
    for (const p of [categorical({ probs: [1, 2, 7] }), categorical({ logits: shares.map(Math.log) })]) {
      const y = draws(p);
      expect(y.dtype).toBe('int32');
      shares.forEach((share, label) => close(y.eq(label).sum().div(n), share, Math.sqrt(share * (1 - share))));
    }
  });

  test('what cannot happen is never drawn', () => {
    const some = draws(categorical({ probs: [0, 3, 0, 1, 0] }));
    expect([...new Set(some.data)].sort()).toEqual([1, 3]);
    expect(sum(draws(bernoulli({ probs: [0, 1] })), { axis: 0 }).toArray()).toEqual([0, n]);
    expect(
      draws(mixture([-Infinity, 0], [gaussian(-100), gaussian(100)]))
        .gt(0)
        .sum()
        .item(),
    ).toBe(n);
  });

  test('mixture: the mean Σπμ, the variance Σπ(σ² + μ²) − (Σπμ)², the share of each mode', () => {
    // π = ¼, ¾; means −2, 4; variances 2·½² and 1; 4th central moment bounded by the one computed here
    const y = draws(mixture([0, Math.log(3)], [laplace(-2, { scale: 0.5 }), gaussian(4)]));
    const [average, variance] = [2.5, 0.25 * (0.5 + 4) + 0.75 * (1 + 16) - 2.5 ** 2];
    close(y, average, Math.sqrt(variance));
    const squares = square(sub(y, average));
    // E(y − 2.5)⁴ = ¼(24b⁴ + 6·2b²·4.5² + 4.5⁴) + ¾(3 + 6·1.5² + 1.5⁴)
    const fourth = 0.25 * (1.5 + 6 * 0.5 * 4.5 ** 2 + 4.5 ** 4) + 0.75 * (3 + 6 * 1.5 ** 2 + 1.5 ** 4);
    close(squares, variance, Math.sqrt(fourth - variance ** 2));
    // the modes touch where less than one draw in a thousand lies: e^(−2/0.5)/2 of the one, Φ(−4) of the other
    const above = 0.75 * (1 - 3.167e-5) + (0.25 * Math.exp(-4)) / 2;
    close(y.gt(0).sum().div(n), above, Math.sqrt(above * (1 - above)));
  });

  test('mixture: parameters that broadcast still give independent draws', () => {
    const components = [gaussian(0), laplace([[0], [10]]), gaussian([100, 200, 300])];
    for (const [m, means] of [
      [0, [0, 0, 0, 0, 0, 0]],
      [1, [0, 0, 0, 10, 10, 10]],
      [2, [100, 200, 300, 100, 200, 300]],
    ] as const) {
      const only = tensor([0, 1, 2].map((i) => (i === m ? 0 : -Infinity)));
      const y = mixture(only, components).sample([2000], { generator: new Generator(4) });
      expect(y.shape).toEqual([2000, 2, 3]);
      expect(new Set(y.data).size).toBe(y.size); // none is used twice
      mean(y, { axis: 0 })
        .reshape([6])
        .data.forEach((v, i) => expect(Math.abs(v - means[i]!)).toBeLessThan((4 * Math.SQRT2) / Math.sqrt(2000)));
    }
    expect(mixture([[0, 0], [1, 0]], [gaussian(0), gaussian(1)]).sample([5], { generator: new Generator(1) }).shape).toEqual([5, 2]); // prettier-ignore
    const none = mixture([0, 0], [gaussian([]), laplace(0)]).sample([3], { generator: new Generator(1) });
    expect(none.shape).toEqual([3, 0]);
  });

  test('no gradient goes through a draw', () => {
    const of = (t: Tensor): readonly Density[] => [
      gaussian(t, { std: t }),
      laplace(t, { scale: t }),
      bernoulli({ probs: t }),
      bernoulli({ logits: t }),
      categorical({ probs: stack([t, t]) }),
      categorical({ logits: stack([t, t]) }),
      mixture(stack([t, t]), [gaussian(t, { std: t }), laplace(t)]),
    ];
    for (const k of of(tensor(0.5)).keys()) {
      const drawn = (t: Tensor): Tensor => sum(of(t)[k]!.sample([5], { generator: new Generator(1) }));
      expect(grad(drawn)(0.5).item()).toBe(0);
      expect(grad((t) => mul(t, drawn(t)))(0.5).item()).toBe(drawn(tensor(0.5)).item());
    }
    // the tape replays the draw from the parameters
    expect(record((mu) => gaussian(mu).sample([], { generator: new Generator(1) }), 3).print()).toContain('stopGradient');
  });
});

describe('use', () => {
  test('a density follows its parameters', () => {
    const [mu, std] = [parameter(0, { name: 'mu' }), parameter(2, { name: 'std' })];
    const p = gaussian(mu, { std });
    expect(p.logProb(0).item()).toBeCloseTo(-Math.log(2) - 0.5 * Math.log(2 * Math.PI), 14);
    const optimizer = new SGD([mu, std], { lr: 0.5 });
    for (let i = 0; i < 200; i++) optimizer.minimize(() => neg(mean(p.logProb([1, 2, 6]))));
    expect(mu.value.item()).toBeCloseTo(3, 8);
    expect(std.value.item()).toBeCloseTo(Math.sqrt(14 / 3), 8);
    std.value = -1;
    expect(() => p.logProb(0)).toThrow('gaussian: std must be positive: got -1');
    expect(() => p.sample([1], { generator: new Generator(1) })).toThrow('gaussian: std must be positive: got -1');
  });

  test('an array that changes later does not change the density', () => {
    const at = [0, 1];
    const p = laplace(at);
    at[0] = 100;
    near(p.logProb([0, 1]), [-Math.LN2, -Math.LN2]);
  });

  test('float32 stays float32, whatever is a plain number', () => {
    const [f, i] = [tensor(new Float32Array([0.25, 0.75])), tensor(new Int32Array([0, 1]))];
    const options = { generator: new Generator(1) };
    for (const p of [
      gaussian(f),
      gaussian(0, { std: f }),
      laplace(f, { scale: 2 }),
      bernoulli({ probs: f }),
      bernoulli({ logits: f }),
      mixture(f, [gaussian(f), laplace(f)]),
    ]) {
      expect(p.logProb(1).dtype).toBe('float32');
      expect(p.logProb(i).dtype).toBe('float32');
      expect(p.sample([2], options).dtype).toBe('float32');
    }
    expect(gaussian(0).logProb(f).dtype).toBe('float32');
    expect(categorical({ logits: f }).logProb(i).dtype).toBe('float32');
    expect(categorical({ probs: f }).logProb(1).dtype).toBe('float32');
    expect(gaussian(f).logProb(new Float64Array(2)).dtype).toBe('float64');
    expect(gaussian(i).logProb(i).dtype).toBe('float64');
    expect(gaussian(i).sample([2], options).dtype).toBe('float64');
    expect(bernoulli({ probs: 0.5 }).sample([2], options).dtype).toBe('float64');
    // a plain number is not rounded where something is float64
    expect(gaussian(f, { std: 0.1 }).logProb([0, 0]).data[0]).toBe(gaussian([0.25, 0.75], { std: 0.1 }).logProb(0).data[0]);
  });

  test('the loss may have a density of several inputs: an axis of parameters, a mixture that depends on x', () => {
    const loss = nll((out) => gaussian(element(out.transpose(), 0), { std: exp(element(out.transpose(), 1)) }));
    const out = tensor([
      [0, 0],
      [1, Math.log(2)],
    ]);
    near(loss(out, [1, 3], { reduction: 'none' }), [0.5 + 0.5 * Math.log(2 * Math.PI), 0.5 + Math.log(2) + 0.5 * Math.log(2 * Math.PI)]);
    expect(valueAndGrad((o) => loss(o, [1, 3]))(out)[1].shape).toEqual([2, 2]);
    // a density of whole rows: one log-probability a row of the target
    const rows: Density = { ...gaussian(0), logProb: (y) => sum(gaussian(0).logProb(y), { axis: -1 }) };
    expect(nll(() => rows)(0, [[0, 0, 0], [0, 0, 0]], { reduction: 'none' }).shape).toEqual([2]); // prettier-ignore
  });
});

describe('mistakes', () => {
  const generator = new Generator(1);
  test.each([
    ['a std of 0', () => gaussian(0, { std: 0 }), UsageError, /^gaussian: std must be positive: got 0: to learn it, let it be exp or/],
    ['a std that is NaN', () => gaussian(0, { std: [1, NaN] }), UsageError, 'gaussian: std must be positive: got NaN'],
    ['a negative scale', () => laplace(0, { scale: [1, -2] }), UsageError, 'laplace: scale must be positive: got -2'],
    ['a misspelt std', () => gaussian(0, { sdt: 1 } as never), UsageError, "gaussian: unknown option 'sdt': did you mean 'std'?"],
    ['a scale for a gaussian', () => gaussian(0, { scale: 1 } as never), UsageError, "gaussian: unknown option 'scale'"],
    ['a std for a laplace', () => laplace(0, { std: 1 } as never), UsageError, "laplace: unknown option 'std'"],
    ['no location', () => laplace(undefined as never), DTypeError, 'laplace: values must be numbers or booleans: got undefined'],
    ['parameters that do not fit', () => gaussian([0, 1], { std: [1, 2, 3] }), ShapeError, 'gaussian: cannot broadcast [2] with [3]'],
    ['outcomes that do not fit', () => laplace([0, 1]).logProb([1, 2, 3]), ShapeError, 'laplace: cannot broadcast [2] with [3]'],
    [
      'no outcome',
      () => gaussian(0).logProb(undefined as never),
      DTypeError,
      'gaussian: values must be numbers or booleans: got undefined',
    ],
    ['neither of the two', () => bernoulli({} as never), UsageError, 'bernoulli: needs exactly one of probs and logits: got neither'],
    ['nothing', () => categorical(undefined as never), UsageError, /^categorical: .*got neither: categorical\(\{ logits: s \}\)$/],
    [
      'both of the two',
      () => bernoulli({ probs: 0.5, logits: 0 } as never),
      UsageError,
      'bernoulli: needs exactly one of probs and logits: got both',
    ],
    ['a misspelt logits', () => categorical({ logit: [0] } as never), UsageError, "unknown option 'logit': did you mean 'logits'?"],
    ['a probability above 1', () => bernoulli({ probs: [0.5, 1.5] }), UsageError, 'bernoulli: probabilities must lie in [0, 1]: got 1.5'],
    ['a probability that is NaN', () => bernoulli({ probs: NaN }), UsageError, 'bernoulli: probabilities must lie in [0, 1]: got NaN'],
    ['a logit that is NaN', () => bernoulli({ logits: NaN }), UsageError, 'bernoulli: logits must be numbers: got NaN'],
    ['half an outcome', () => bernoulli({ probs: 0.5 }).logProb([0, 0.5]), DataError, 'bernoulli: outcomes must be 0 or 1: got 0.5'],
    ['an outcome that is NaN', () => bernoulli({ logits: 0 }).logProb(NaN), DataError, 'bernoulli: outcomes must be 0 or 1: got NaN'],
    ['outcomes of ±1', () => bernoulli({ logits: [0, 0] }).logProb([1, -1]), DataError, 'bernoulli: outcomes must be 0 or 1: got -1'],
    [
      'coins that do not fit',
      () => bernoulli({ logits: [0, 0] }).logProb([1, 1, 0]),
      ShapeError,
      'bernoulli: cannot broadcast [3] with [2]',
    ],
    [
      'a label out of range',
      () => categorical({ probs: [0.5, 0.5] }).logProb([0, 2]),
      ShapeError,
      'categorical: label 2 is out of range: labels[1]: 2 classes: 0 … 1',
    ],
    ['a negative label', () => categorical({ logits: [0, 0] }).logProb(-1), ShapeError, 'categorical: label -1 is out of range'],
    [
      'a label that is not whole',
      () => categorical({ logits: [0, 0] }).logProb([0.5]),
      DTypeError,
      'categorical: labels must be integers: labels[0] is 0.5',
    ],
    [
      'labels that do not fit',
      () => categorical({ logits: [[0, 0], [0, 0]] }).logProb([0, 1, 1]), // prettier-ignore
      ShapeError,
      'categorical: cannot broadcast [3] with [2]',
    ],
    ['a scalar of logits', () => categorical({ logits: 1 }), ShapeError, 'categorical: logits need an axis of classes: []'],
    ['no classes', () => categorical({ probs: [] }), ShapeError, 'categorical: needs at least one class: probs [0]'],
    [
      'a negative weight',
      () => categorical({ probs: [1, -0.5] }),
      UsageError,
      'categorical: probs must be at least 0 and finite: got -0.5',
    ],
    [
      'an infinite weight',
      () => categorical({ probs: [1, Infinity] }),
      UsageError,
      'categorical: probs must be at least 0 and finite: got Infinity',
    ],
    [
      'an infinite logit',
      () => categorical({ logits: [1, Infinity] }),
      UsageError,
      'categorical: logits must be less than ∞: got Infinity',
    ],
    ['a logit that is not', () => categorical({ logits: [1, NaN] }), UsageError, 'categorical: logits must be less than ∞: got NaN'],
    [
      'weights of 0',
      () => categorical({ probs: [[1, 0], [0, 0]] }), // prettier-ignore
      UsageError,
      'categorical: every row needs a class that is possible: row 1 of probs has only 0',
    ],
    [
      'logits of −∞',
      () => mixture([-Infinity, -Infinity], [gaussian(0), gaussian(1)]),
      UsageError,
      'mixture: every row needs a class that is possible: row 0 of logits has only -Infinity',
    ],
    [
      'one weight too few',
      () => mixture([0], [gaussian(0), gaussian(1)]),
      ShapeError,
      'mixture: needs one logit a component: logits [1], 2 components',
    ],
    ['no components', () => mixture([0], []), ShapeError, 'mixture: needs one logit a component: logits [1], 0 components'],
    ['one component', () => mixture([0], gaussian(0) as never), UsageError, 'mixture: components must be a list of densities: got object'],
    [
      'a component that is no density',
      () => mixture([0, 0], [gaussian(0), gaussian] as never),
      UsageError,
      'mixture: components must be densities: components[1] is function',
    ],
    [
      'components that do not fit',
      () => mixture([0, 0], [gaussian([0, 1]), gaussian([0, 1, 2])]).sample([1], { generator }),
      ShapeError,
      'mixture: cannot broadcast [2] with [3]',
    ],
    [
      'weights that do not fit the rows',
      () => mixture([[0, 0], [0, 0]], [gaussian(0), gaussian(1)]).logProb([0, 1, 2]), // prettier-ignore
      ShapeError,
      'mixture: cannot broadcast [3] with [2]',
    ],
    [
      'no generator',
      () => gaussian(0).sample([3], undefined as never),
      UsageError,
      'gaussian.sample: needs a generator: sample([n], { generator: new Generator(seed) })',
    ],
    [
      'a seed in place of a generator',
      () => laplace(0).sample([3], { generator: 7 } as never),
      UsageError,
      'laplace.sample: needs a generator',
    ],
    ['no generator for a coin', () => bernoulli({ probs: 1 }).sample([3], {} as never), UsageError, 'bernoulli.sample: needs a generator'],
    [
      'no generator for a label',
      () => categorical({ probs: [1] }).sample([3], {} as never),
      UsageError,
      'categorical.sample: needs a generator',
    ],
    [
      'no generator for a mixture',
      () => mixture([0], [laplace(0)]).sample([3], {} as never),
      UsageError,
      'mixture.sample: needs a generator',
    ],
    [
      'an unknown option of sample',
      () => gaussian(0).sample([3], { generator, dtype: 'float32' } as never),
      UsageError,
      "gaussian.sample: unknown option 'dtype'",
    ],
    [
      'a number of draws',
      () => gaussian(0).sample(3 as never, { generator }),
      ShapeError,
      'gaussian.sample: a shape is an array of axis lengths',
    ],
    [
      'a negative number of draws',
      () => laplace(0).sample([-1], { generator }),
      ShapeError,
      'laplace.sample: axis lengths are non-negative',
    ],
    [
      'a density in place of a function',
      () => nll(gaussian(0) as never),
      UsageError,
      'negativeLogLikelihood: density must be a function of the input: got object: negativeLogLikelihood((mean) => gaussian(mean))',
    ],
    [
      'a function without return',
      () => nll((() => undefined) as never)([1], [1]),
      UsageError,
      'negativeLogLikelihood: the function must return a density: got undefined',
    ],
    [
      'a function that returns log-probabilities',
      () => nll(((m: Tensor) => gaussian(m).logProb(0)) as never)([1], [1]),
      UsageError,
      'negativeLogLikelihood: the function must return a density: got object',
    ],
    [
      'no silent broadcast',
      () => nll((m) => gaussian(m))([[1], [2], [3]], [1, 2, 3]),
      ShapeError,
      'negativeLogLikelihood: needs one log-probability a target: [3,3] for target [3]',
    ],
    ['an unknown reduction', () => nll((m) => gaussian(m))([1], [1], { reduction: 'avg' as never }), UsageError, "unknown reduction 'avg'"],
    ['an unknown option of the loss', () => nll((m) => gaussian(m))([1], [1], { std: 1 } as never), UsageError, "unknown option 'std'"],
  ] as const)('%s', (_, call, type, message) => {
    expect(call).toThrow(ChainruleError);
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });
});
