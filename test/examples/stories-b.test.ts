import { Generator, noisyPolynomial, uniform } from 'chainrule';
import { describe, expect, it } from 'vitest';
import { story as backpropagation } from '../../examples/stories/backpropagation.js';
import { story as derivatives } from '../../examples/stories/derivatives.js';
import { story as featureTransforms } from '../../examples/stories/feature-transforms.js';
import { story as gradientDescent } from '../../examples/stories/gradient-descent.js';
import { story as hardCases } from '../../examples/stories/hard-cases.js';
import { story as numericalGradient } from '../../examples/stories/numerical-gradient.js';
import { story as randomSearch } from '../../examples/stories/random-search.js';
import { story as regularisersAtWork } from '../../examples/stories/regularisers-at-work.js';
import { story as slideGradients } from '../../examples/stories/slide-gradients.js';
import { told } from './told.js';

/** Each value to `digits` decimals. */
function near(found: readonly number[], expected: readonly number[], digits = 9): void {
  expect(found.length).toBe(expected.length);
  found.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, digits));
}

const average = (xs: readonly number[]): number => xs.reduce((s, v) => s + v, 0) / xs.length;
const softmaxOf = (s: readonly number[]): number[] => {
  const e = s.map((v) => Math.exp(v));
  return e.map((v) => v / e.reduce((a, b) => a + b, 0));
};
/** −log p_y of scores W·x + b. */
const softmaxLoss = (s: readonly number[], y: number): number => -Math.log(softmaxOf(s)[y]!);

describe('stories', () => {
  it('numerical-gradient: the quotients of the slide, and the two arms of the V', async () => {
    const { result, pictures, text } = await told(numericalGradient);
    near(result.slide, [-2.5, 0.6, 0]);
    // (1/N)·Σᵢ (p − z)·xᵀ by hand, and the diagonal p(1 − p)·x² of its Hessian
    const W = [0.34, -1.11, 0.78, 0.12, 0.55, 2.81, -3.1, -1.5, 0.33];
    const X = [[1, 2, -1], [0.5, -1, 1], [-1, 0.2, 0.4], [0, 1, 1.5]]; // prettier-ignore
    const labels = [0, 2, 1, 1];
    const ps = X.map((x) => softmaxOf([0, 1, 2].map((k) => x.reduce((s, v, j) => s + W[3 * k + j]! * v, 0))));
    const at = (f: (p: number, x: number, z: number) => number): number[] =>
      W.map((_, m) => average(X.map((x, i) => f(ps[i]![Math.floor(m / 3)]!, x[m % 3]!, Number(labels[i] === Math.floor(m / 3))))));
    near(
      result.analytic,
      at((p, x, z) => (p - z) * x),
    );
    expect(result.errors.predicted).toBeCloseTo(0.5e-4 * Math.max(...at((p, x) => p * (1 - p) * x * x)), 12);
    expect(result.errors.forward / result.errors.predicted).toBeCloseTo(1, 3);
    expect(result.errors.central).toBeLessThan(1e-3 * result.errors.forward);
    expect(result.calls).toEqual({ forward: 10, central: 18, analytic: 1 });
    expect(result.gradcheck).toBe(true);
    // truncation falls as h and h², and the best h is near √ε and ∛ε: within a factor of 30, since rounding is an accident
    expect(result.order.forward).toBeCloseTo(1, 1);
    expect(result.order.central).toBeCloseTo(2, 1);
    expect(Math.abs(Math.log(result.best.forward / Number.EPSILON ** (1 / 2)))).toBeLessThan(Math.log(30));
    expect(Math.abs(Math.log(result.best.central / Number.EPSILON ** (1 / 3)))).toBeLessThan(Math.log(30));
    expect(text).toContain('±0.1');
    expect(pictures).toEqual(['numerical-gradient.svg']);
  });

  it('random-search: as lucky as chance allows, and slower than the slope', async () => {
    const { result, pictures } = await told(randomSearch);
    const volumes = [2, Math.PI, (8 * Math.PI ** 2) / 15, Math.PI ** 5 / 120]; // of the unit ball in 1, 2, 5, 10 dimensions
    result.bowl.forEach(({ d, distance, median, tries, steps }, i) => {
      const expected = (r: number): number => (1000 * volumes[i]! * r ** d) / 2 ** d; // tries that come so near
      expect(d).toBe([1, 2, 5, 10][i]);
      expect(expected(median)).toBeCloseTo(Math.LN2, 9);
      expect(expected(0.1) * (tries / 1000)).toBeCloseTo(Math.LN2, 9);
      // e^−7 and 1 − e^−0.001: less than one run in 900 is outside
      expect(expected(distance)).toBeGreaterThan(0.001);
      expect(expected(distance)).toBeLessThan(7);
      expect(steps).toBe(Math.ceil(Math.log2(Math.sqrt(d) / 0.1)));
    });
    const { start, random, slope } = result.digits;
    expect(start.loss).toBeCloseTo(Math.log(10), 1);
    expect(random.loss).toBeLessThan(start.loss);
    expect(slope.loss).toBeLessThan(random.loss / 2);
    expect(slope.accuracy).toBeGreaterThan(2 * random.accuracy);
    expect(pictures).toEqual(['random-search.svg']);
  });

  it('gradient-descent: paths, noise and descents as worked out without the library', async () => {
    const { result, pictures } = await told(gradientDescent);
    [0.02, 0.1, 0.18, 0.21].forEach((a, i) => near(result.ends[i]!, [10 * (1 - a) ** 20, (1 - 10 * a) ** 20]));
    // the gradients of (w·x + b − y)² at w = b = 0 are −2y·(x, 1)
    const data = noisyPolynomial(1024, { generator: new Generator(1), coefficients: [2, 0.5], noise: 0.5, low: -2, high: 2 });
    const [x, y] = [[...data.x.data], [...data.y.data]];
    const mean = (f: (x: number, y: number) => number): number => average(x.map((v, i) => f(v, y[i]!)));
    const [mx, my, mxx, mxy] = [mean((u) => u), mean((_, v) => v), mean((u) => u * u), mean((u, v) => u * v)];
    const sigma = Math.sqrt(mean((u, v) => (2 * u * v - 2 * mxy) ** 2 + (2 * v - 2 * my) ** 2));
    const sizes = [16, 64, 256, 1024];
    near(
      result.theory,
      sizes.map((M) => sigma * Math.sqrt((1024 - M) / 1023 / M)),
    );
    // 64·5, 16·5 and 4·5 batches were drawn
    [0.15, 0.3, 0.5].forEach((off, i) => expect(Math.abs(result.noise[i]! / result.theory[i]! - 1)).toBeLessThan(off));
    expect(result.noise[3]).toBeLessThan(1e-12);
    // all data make one step, to 0.1·(mean xy, mean y); the lowest loss by the normal equations
    const loss = (w: number, b: number): number => mean((u, v) => (w * u + b - v) ** 2);
    const w = (mxy - mx * my) / (mxx - mx * mx);
    expect(result.excess[3]).toBeCloseTo(loss(0.1 * mxy, 0.1 * my) - loss(w, my - w * mx), 9);
    expect([...result.excess].sort((a, b) => a - b)).toEqual(result.excess);

    near(result.slope, [0, 0]);
    near(result.curvature, [8, 1, 1, -8]);
    expect(result.fromSaddle[0]).toBe(0);
    expect(result.fromSaddle[1]).toBeLessThan(-0.9);
    // gradient descent with the gradient of lecture 003:938, from the same starts
    const starts = uniform([50, 2], { generator: new Generator(5), low: -1, high: 1 }).data;
    const deep = Array.from({ length: 50 }, (_, i) => {
      let [a, b] = [2 * starts[2 * i]!, starts[2 * i + 1]!];
      for (let step = 0; step < 200; step++) {
        const lr = 0.02 * (1 - step / 200);
        [a, b] = [a - lr * (2 * a ** 5 - 8.4 * a ** 3 + 8 * a + b), b - lr * (16 * b ** 3 - 8 * b + a)];
      }
      return (4 - 2.1 * a * a + a ** 4 / 3) * a * a + a * b + (-4 + 4 * b * b) * b * b < -0.9;
    });
    expect(result.deepest[3]).toBeCloseTo(deep.filter(Boolean).length / 50, 9);
    expect(result.deepest[0]).toBeGreaterThan(result.deepest[3]!);
    expect(pictures).toEqual(['gradient-descent-six-humps.svg', 'gradient-descent-valley.svg']);
  });

  it('backpropagation: every gradient by hand', async () => {
    const { result, pictures, text } = await told(backpropagation);
    const sigma = 1 / (1 + Math.exp(-1));
    const slope = sigma * (1 - sigma);
    near(result.neuron, [1, sigma, slope]);
    near(result.neuronGradient, [-slope, -2 * slope, 2 * slope, -3 * slope, slope]);
    near(result.s, [3.2, 5.1, -1.7]);
    const p = softmaxOf([3.2, 5.1, -1.7]);
    near(result.p, p);
    expect(result.L).toBeCloseTo(2.040355153, 9);
    const ds = [p[0]! - 1, p[1]!, p[2]!];
    const { gradients } = result;
    near(gradients.p, [-1 / p[0]!, 0, 0]);
    near(gradients.s, [-0.870017461, 0.8690495352, 0.0009679257746]);
    near(gradients.b, ds);
    near(
      gradients.W,
      ds.flatMap((g) => [g, 2 * g]),
    );
    near(gradients.x, [ds[0]! + 2 * ds[1]! - ds[2]!, 0.6 * ds[0]! + 1.3 * ds[1]! - 0.6 * ds[2]!]);
    expect(result.difference).toBeLessThan(1e-12);
    // a step of 0.1 on W and b moves the scores by −0.1·(|x|² + 1)·∂L/∂s
    const moved = [3.2, 5.1, -1.7].map((v, j) => v - 0.6 * ds[j]!);
    expect(result.after).toBeCloseTo(softmaxLoss(moved, 0), 9);
    expect(text).toContain('w₁, x₁');
    expect(pictures).toEqual(['backpropagation-backward.svg', 'backpropagation-forward.svg', 'backpropagation-neuron.svg']);
  });

  it('derivatives: the examples of the lecture', async () => {
    const { result, pictures } = await told(derivatives);
    near(result.gradients[0]!, [1, 8]);
    near(result.gradients[1]!, [13.8, 10]);
    near(result.jacobian, [2, 2, -4, 3, 4, 8]);
    expect(result.modes).toBe(0);
    near(result.hessian, [8, 1, 1, 40]);
    near(result.product, [9, 41]);
    near(result.chain, [16, 4, 4]);
    // h = 3.5, h(h) = 23.5 at 1.5: (6·23.5 − 2)·(4·3.5)·(4·1.5)
    near(result.threeLevels, [139 * 14 * 6, 139, 14, 6]);
    near(result.coefficients, [0, -32, 0, 48, 0]);
    const f = (a: number, b: number): number => (4 - 2.1 * a * a + a ** 4 / 3) * a * a + a * b + (-4 + 4 * b * b) * b * b;
    near(result.descent.slice(0, 2), [0, f(-0.01, 0.92)]);
    expect(result.descent[2]).toBeCloseTo(-1.0316284535, 9); // the known minimum of the six-hump camel
    expect(pictures).toEqual(['derivatives.svg']);
  });

  it('slide-gradients: nine formulas agree, the cross-entropy is rejected', async () => {
    const { result, pictures, text } = await told(slideGradients);
    const { 'cross-entropy': wrong, ...others } = result.differences;
    expect(Object.values(others)).toHaveLength(9);
    for (const difference of Object.values(others)) expect(difference).toBeLessThan(1e-12);
    expect(wrong).toBeCloseTo(2.5, 9); // −1.25 for 1.25
    expect(Object.values(result.passed)).toEqual(Array.from({ length: 10 }, () => true));
    const D = [0.1130870786, -0.1129612651, -0.0001258134498, 0.1138024406, -0.0008411754445, 0.0009669888943] as const;
    near(result.jacobian, [D[0], D[1], D[2], D[1], D[3], D[4], D[2], D[4], D[5]]);
    near(result.kink.tape, [0, 0, 0]);
    near(result.kink.central, [-1, 0.5, 0.5]);
    near(result.right, [10 / 9, -10 / 7, 1, 1, 1, 1, 1, 1, 1, 1.25]);
    near(result.printed, [-10 / 9, -10 / 7, -1, -1, -1, -1, -1, -1, -1, -1.25]);
    expect(result.rejected).toBe(true);
    expect(text).toContain('gradcheck rejects');
    near(result.scores.right, [-1.732769316, 1.73725708, -0.004487764021]);
    near(result.scores.printed, [-0.007265605998, 0.0008419904287, 0.00642361557]);
    expect(result.losses.before).toBeCloseTo(4.074259706, 9);
    expect(result.losses.right).toBeLessThan(0.2);
    expect(result.losses.printed).toBeGreaterThan(4);
    expect(pictures).toEqual(['slide-gradients.svg']);
  });

  it('hard-cases: one line fails, sixteen neurons do not', async () => {
    const { result, pictures } = await told(hardCases);
    // areas of the classes; 0.05 is three standard deviations of a share of 1000 points
    expect(Math.abs(result.annulus.constant - (1 - (3 * Math.PI) / 25))).toBeLessThan(0.05);
    expect(Math.abs(result.threeModes.constant - (1 - (3 * 0.64 * Math.PI) / 25))).toBeLessThan(0.05);
    expect(Math.abs(result.xor.constant - 0.5)).toBeLessThan(0.05);
    for (const { constant, linear, networks } of Object.values(result)) {
      expect(linear).toBeLessThan(constant + 0.1);
      expect(networks.at(-1)!).toBeGreaterThan(linear + 0.1);
    }
    expect(result.xor.networks.at(-1)!).toBeGreaterThan(0.95);
    // the best line for xor: all directions and offsets against a grid of points
    const side = Array.from({ length: 40 }, (_, i) => -1 + (2 * i + 1) / 40);
    let best = 0;
    for (let turn = 0; turn < 24; turn++) {
      const [c, s] = [Math.cos((turn * Math.PI) / 12), Math.sin((turn * Math.PI) / 12)];
      for (let offset = 0; offset < 1.4; offset += 0.05) {
        const right = side.flatMap((a) => side.map((b) => Number(a * c + b * s > offset === a * b < 0)));
        best = Math.max(best, average(right));
      }
    }
    expect(best).toBeCloseTo(2 / 3, 2);
    expect(result.xor.linear).toBeLessThan(best);
    expect(pictures).toEqual(
      ['annulus', 'threeModes', 'xor'].flatMap((name) => [`hard-cases-${name}-linear.svg`, `hard-cases-${name}-network.svg`]),
    );
  });

  it('feature-transforms: the points of the slide, its counts of variables, and what features add', async () => {
    const { result, pictures } = await told(featureTransforms);
    near(result.corners, [0, 0, 2, 0, 0, 2, 0.4, 0.4]);
    near(result.sums, [0, 2, 2, 0.8]);
    expect(result.xor[0]).toBeLessThanOrEqual(0.75); // at most three of four
    expect(result.xor[1]).toBe(1);
    expect(result.variables).toEqual([785, 308_505]);
    const { 'x itself': plain, 'degree 2': second, 'degree 4': fourth } = result.toys;
    for (const [i, score] of plain!.entries()) expect(score).toBeLessThan([0.7, 0.8, 2 / 3][i]!);
    expect(second![2]).toBeGreaterThan(0.95); // xor is x₁x₂
    expect(second![0]).toBeLessThan(0.8);
    for (const score of fourth!) expect(score).toBeGreaterThan(0.9);
    const { pixels, colours, orientations, both } = result.images;
    for (const score of [pixels, colours, orientations]) expect(score).toBeLessThan(0.65);
    expect(both).toBe(1);
    expect(pictures).toEqual(['feature-transforms-stripes.svg', 'feature-transforms-xor.svg']);
  });

  it('regularisers-at-work: expectations by enumeration, sizes by the formula', async () => {
    const { result, pictures } = await told(regularisersAtWork);
    // the eight masks of three inputs, each as likely, doubled where they keep
    const wx = [2, -2, -3];
    const masks = Array.from({ length: 8 }, (_, m) => [m & 1, (m >> 1) & 1, (m >> 2) & 1]);
    const losses = masks.map((m) => wx.reduce((s, v, i) => s + 2 * m[i]! * v, 0) ** 2);
    const exact = average(losses);
    expect(result.dropout[1]).toBeCloseTo(exact, 9);
    const deviation = Math.sqrt(average(losses.map((v) => (v - exact) ** 2)) / 5000);
    expect(Math.abs(result.dropout[0] - exact)).toBeLessThan(4 * deviation);
    for (const off of result.batchNorm) expect(off).toBeLessThan(1e-12);
    // binomial: mean 8, variance 1.6, of 200 draws
    expect(Math.abs(result.depth[0] - 8)).toBeLessThan(4 * Math.sqrt(1.6 / 200));
    expect(Math.abs(result.depth[1] - 1.6)).toBeLessThan(4 * 1.6 * Math.sqrt(2 / 200));
    for (const [i, ratio] of [0.7, 0.5].entries()) {
      const expected = [28];
      while (expected.at(-1)! > 3) expected.push(Math.floor(expected.at(-1)! * ratio));
      expect(result.sides[i]).toEqual(expected);
    }
    expect(result.outcomes).toBeGreaterThan(10);
    expect(Object.keys(result.digits)).toHaveLength(4);
    for (const runs of Object.values(result.digits)) {
      expect(runs).toHaveLength(2);
      for (const run of runs) {
        expect(run.training).toBeLessThan(2.5);
        expect(run.accuracy).toBeGreaterThan(0);
      }
      expect(runs[0]).not.toEqual(runs[1]);
    }
    expect(pictures).toEqual(['regularisers-at-work-depth.svg', 'regularisers-at-work-pooling.svg']);
  });
});
