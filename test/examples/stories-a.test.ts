import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Generator, spirals, type Tensor, threeModes } from 'chainrule';
import { describe, expect, it, vi } from 'vitest';
import { story as crossValidation } from '../../examples/stories/cross-validation.js';
import { story as futureData } from '../../examples/stories/future-data.js';
import { story as maximumLikelihood } from '../../examples/stories/maximum-likelihood.js';
import { story as multimodal } from '../../examples/stories/multimodal.js';
import { story as nearestNeighbour } from '../../examples/stories/nearest-neighbour.js';
import { story as overFitting } from '../../examples/stories/over-fitting.js';
import { story as svmQuestions } from '../../examples/stories/svm-questions.js';
import { story as svmVersusSoftmax } from '../../examples/stories/svm-versus-softmax.js';
import { story as threeViews } from '../../examples/stories/three-views.js';
import { story as wAnd2w } from '../../examples/stories/w-and-2w.js';
import { story as weightPreference } from '../../examples/stories/weight-preference.js';
import { told } from './told.js';

/** Each value to `digits` decimals. */
function near(found: readonly number[], expected: readonly number[], digits = 9): void {
  expect(found.length).toBe(expected.length);
  found.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, digits));
}

type Rows = readonly (readonly number[])[];
const rowsOf = (X: Tensor): number[][] => X.toArray() as number[][];
const average = (xs: readonly number[]): number => xs.reduce((s, v) => s + v, 0) / xs.length;

/** k nearest neighbours without the library: all distances, sorted; a tied vote goes to the smallest class. */
function vote(train: Rows, labels: readonly number[], x: readonly number[], k: number, p: 1 | 2): number {
  const away = train.map((row) => row.reduce((s, v, j) => s + Math.abs(v - x[j]!) ** p, 0));
  const nearest = [...train.keys()].sort((a, b) => away[a]! - away[b]!).slice(0, k);
  const counts = new Map<number, number>();
  for (const i of nearest) counts.set(labels[i]!, (counts.get(labels[i]!) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || a - b)[0]![0];
}

function hits(train: Rows, labels: readonly number[], X: Rows, y: readonly number[], k: number, p: 1 | 2): number {
  return average(X.map((x, i) => Number(vote(train, labels, x, k, p) === y[i])));
}

/** A·w = b by elimination with pivots. */
function solve(A: Rows, b: readonly number[]): number[] {
  const M = A.map((row, i) => [...row, b[i]!]);
  const n = b.length;
  for (let c = 0; c < n; c++) {
    const pivot = [...M.keys()].slice(c).reduce((best, i) => (Math.abs(M[i]![c]!) > Math.abs(M[best]![c]!) ? i : best), c);
    [M[c], M[pivot]] = [M[pivot]!, M[c]!];
    for (let i = 0; i < n; i++) {
      if (i === c) continue;
      const f = M[i]![c]! / M[c]![c]!;
      for (let j = c; j <= n; j++) M[i]![j]! -= f * M[c]![j]!;
    }
  }
  return M.map((row, i) => row[n]! / row[i]!);
}

/** argmin mean (y − Σ wⱼ·xʲ)² + λ·Σ_{j>0} wⱼ² by its normal equations; the bias is free. */
function ridge(x: readonly number[], y: readonly number[], degree: number, lambda: number): number[] {
  const powers = x.map((v) => Array.from({ length: degree + 1 }, (_, j) => v ** j));
  const columns = [...powers[0]!.keys()];
  const A = columns.map((i) => columns.map((j) => average(powers.map((r) => r[i]! * r[j]!)) + (i === j && i > 0 ? lambda : 0)));
  return solve(
    A,
    columns.map((i) => average(powers.map((r, n) => r[i]! * y[n]!))),
  );
}

const errorOf = (w: readonly number[], x: readonly number[], y: readonly number[]): number =>
  average(x.map((v, i) => (y[i]! - w.reduce((s, c, j) => s + c * v ** j, 0)) ** 2));

describe('stories', () => {
  it('nearest-neighbour: 456, the trap of bytes, and votes as brute force counts them', async () => {
    const { result, pictures, text } = await told(nearestNeighbour);
    expect(result.l1).toBe(456); // 73 + 167 + 52 + 164
    expect(result.l2).toBeCloseTo(Math.sqrt(26280), 12);
    expect(result.wrapped).toBe(2712);
    expect(text).toContain('456');
    const [train, fresh] = [120, 600].map((n, i) => spirals(n, { generator: new Generator(i + 1), classes: 3, noise: 0.1 }));
    const [X, y, newX, newY] = [rowsOf(train!.X), [...train!.y.data], rowsOf(fresh!.X), [...fresh!.y.data]];
    expect(result.slide).toBeCloseTo(hits(X, y, newX, newY, 1, 1), 12);
    for (const k of [1, 3, 5] as const) expect(result.accuracy[k]).toBeCloseTo(hits(X, y, newX, newY, k, 2), 12);
    expect(result.onTrain).toBe(1);
    const grid = Array.from({ length: 60 }, (_, i) => -1.2 + (2.4 * i) / 59);
    const same = grid.flatMap((b) => grid.map((a) => Number(vote(X, y, [a, b], 1, 1) === vote(X, y, [a, b], 1, 2))));
    expect(result.agreement).toBeCloseTo(average(same), 3); // 3: a point of the grid may lie on a border but for rounding
    expect(pictures).toEqual(['nearest-neighbour-1-l1.svg', 'nearest-neighbour-1-l2.svg', 'nearest-neighbour-5-l2.svg']);
  });

  it('cross-validation: the means of five folds, counted by brute force', async () => {
    const { result, pictures } = await told(crossValidation);
    const { X: points, y: labels } = threeModes(200, { generator: new Generator(1), noise: 0.35 });
    const [X, y] = [rowsOf(points), [...labels.data]];
    const scores = result.ks.map((k) =>
      Array.from({ length: 5 }, (_, f) => {
        const inFold = (_: unknown, i: number): boolean => Math.floor(i / 40) === f;
        const out = (v: unknown, i: number): boolean => !inFold(v, i);
        return hits(X.filter(out), y.filter(out), X.filter(inFold), y.filter(inFold), k, 2);
      }),
    );
    near(result.means, scores.map(average));
    near(
      result.deviations,
      scores.map((s) => Math.sqrt(average(s.map((v) => (v - average(s)) ** 2)))),
    );
    expect(result.onTrain[0]).toBe(1);
    expect(result.means[result.ks.indexOf(result.bestK)]).toBe(Math.max(...result.means));
    const test = threeModes(500, { generator: new Generator(2), noise: 0.35 });
    expect(result.test).toBeCloseTo(hits(X, y, rowsOf(test.X), [...test.y.data], result.bestK, 2), 12);
    expect(result.cifarFold).toBe(10_000);
    expect(pictures).toEqual(['cross-validation.svg']);
  });

  it('three-views: scores with the bias, templates, hyperplanes', async () => {
    const { result, pictures, text } = await told(threeViews);
    near(result.scores, [-96.8, 437.9, 60.75]);
    near(result.withoutBias, [-97.9, 434.7, 61.95]);
    // w₁ − w₀ = (1.3, 1.8, 2, −2); 437.9 + 96.8 = 534.7
    expect(result.distance).toBeCloseTo(534.7 / Math.sqrt(12.93), 9);
    expect(text).toContain('61.95');
    expect(result.digits).toBeGreaterThan(0.6); // 500 digits, 2 epochs; guessing has 0.1
    expect(result.clouds).toBeGreaterThan(0.95); // the clouds touch
    expect(result.onBorder).toBeLessThan(1e-12);
    expect(pictures).toEqual(['three-views-four-pixels.svg', 'three-views-hyperplanes.svg', 'three-views-templates.svg']);
  });

  it('svm-questions: 2.9, 0, 12.9, 5.27, and Q1 to Q6', async () => {
    const { result, pictures } = await told(svmQuestions);
    near(result.losses, [2.9, 0, 12.9]);
    expect(result.mean).toBeCloseTo(15.8 / 3, 9);
    near(result.q1, [0, 0, 0.1]);
    expect(result.q2).toEqual([0, 2_000_002]);
    expect(result.q3).toEqual([2, 9]);
    expect(result.q4).toBeCloseTo(18.8 / 3, 9);
    near(result.q5, [7.9 / 3, 15.8 / 9]);
    expect(result.q6).toBeCloseTo((8.41 + 83.25) / 3, 9); // 2.9²; 6.3² + 6.6²
    expect(result.disagreement).toEqual([
      [4, 8],
      [3, 9],
    ]);
    expect(pictures).toEqual(['svm-questions.svg']);
  });

  it('w-and-2w: 0 stays 0, the rest grows, the regulariser chooses', async () => {
    const { result, pictures } = await told(wAnd2w);
    near(result.once, [2.9, 0, 12.9]);
    near(result.twice, [4.8, 0, 23.8]);
    near(result.carRow, [8, 0, 15.4]);
    near(result.means, [15.8 / 3, 28.6 / 3, 7.8]);
    expect(result.ratios).toEqual([4, 2]);
    expect(result.free).toEqual([0, 0]);
    near(result.regularised, [0.2, 0.8]);
    // max(0, 1 − 2c) + 0.2·c²: falls until c = ½, then rises
    expect(result.best).toBeCloseTo(0.5, 12);
    expect(pictures).toEqual(['w-and-2w.svg']);
  });

  it('svm-versus-softmax: 1.58 and 1.040, the triples, the kink', async () => {
    const { result, pictures } = await told(svmVersusSoftmax);
    expect(result.hinge).toBeCloseTo(1.58, 12);
    expect(result.softmax).toBeCloseTo(1.040190569, 9);
    near(result.hinges, [0, 0, 0]);
    near(result.softmaxes, [0.0009176050496, 0.5514447139, 0]);
    expect(result.softmaxes[2]! / 3.37782376e-48).toBeCloseTo(1, 8); // naive evaluation gives 0
    expect(result.mean).toBeCloseTo(0.184120773, 9);
    near(result.jiggledHinges, [0, 0.1, 0]);
    near(result.jiggledSoftmaxes.slice(0, 2), [Math.log(1 + Math.exp(-11.9) + Math.exp(-7)), Math.log(1 + Math.exp(-0.9) + Math.exp(-1))]);
    expect(result.jiggledSoftmaxes[2]! / (Math.exp(-109.9) + Math.exp(-110))).toBeCloseTo(1, 8);
    near(result.hingeGradient, [0, 0, 0]);
    near(result.softmaxGradient, [-0.4238831152, 0.2119415576, 0.2119415576]);
    expect(pictures).toEqual(['svm-versus-softmax.svg']);
  });

  it('maximum-likelihood: each density is its loss and a constant', async () => {
    const { result, pictures, text } = await told(maximumLikelihood);
    const half = Math.log(2 * Math.PI) / 2;
    const expected = { gaussian: half, laplace: Math.log(2), bernoulli: 0, categorical: 0 };
    expect(Object.keys(result.differences)).toEqual(Object.keys(expected));
    for (const [name, constant] of Object.entries(expected)) near(result.differences[name]!, [constant, constant]);
    // least squares: x̄ = 6, ȳ = 7, Sxy = 60, Sxx = 40; least absolute errors: the line of the four points
    near(result.gaussianLine, [1.5, -2], 6); // 6: so far come 5,000 steps
    near(result.laplaceLine, [0.5, 2], 2); // 2: steps on a kink end within their last size
    expect(result.heads).toBeCloseTo(0.7, 6);
    near(result.classes, [0.5, 0.3, 0.2], 6);
    expect(result.normaliser).toBeCloseTo(-1.612085714, 9);
    expect(result.printedTable).toBeCloseTo(0.8797764204, 9);
    expect(result.sourceTable).toBeCloseTo(0.9335162268, 9);
    expect(text).toContain('0.9335');
    expect(pictures).toEqual(['maximum-likelihood.svg']);
  });

  it('multimodal: the mixture finds both medians, and its area is 1, not 2', async () => {
    const { result, pictures } = await told(multimodal);
    const [left, right] = [
      [-3.4, -3.1, -3, -2.9, -2.6],
      [2, 2.5, 2.8, 3, 3.2, 3.5, 4],
    ] as const;
    const all = [...left, ...right];
    const mean = average(all);
    const sigma = Math.sqrt(average(all.map((v) => (v - mean) ** 2)));
    near(result.gaussian, [mean, sigma], 5); // 5: 400 steps
    expect(result.losses.gaussian).toBeCloseTo(Math.log(sigma * Math.sqrt(2 * Math.PI)) + 0.5, 8);
    // any place between 2 and 2.5 is a median of all
    expect(result.losses.laplace).toBeCloseTo(Math.log(2 * average(all.map((v) => Math.abs(v - 2.2)))) + 1, 5);
    // the components hardly overlap: each is the likeliest Laplace density of its own values
    near(result.weights, [5 / 12, 7 / 12], 4);
    near(result.places, [-3, 3], 3);
    near(result.widths, [0.2, 3.4 / 7], 3);
    const alone = (5 * Math.log((2 * 0.2 * 12) / 5) + 7 * Math.log((2 * (3.4 / 7) * 12) / 7)) / 12 + 1;
    expect(result.losses.mixture).toBeCloseTo(alone, 3); // 3: the places are still 2e-4 beside the medians
    expect(result.atMean[0]).toBeCloseTo(1 / (sigma * Math.sqrt(2 * Math.PI)), 4);
    expect(result.atMean[1]).toBeLessThan(0.005);
    // 4: a grid of 24,001 points sees the peaks only so well
    near([result.areas.printed, result.areas.mixture, result.areas.gaussian], [2, 1, 1], 4);
    expect(pictures).toEqual(['multimodal.svg']);
  });

  it('weight-preference: L2 spreads, L1 has no preference until x differs', async () => {
    const { result, pictures } = await told(weightPreference);
    expect(result.scores).toEqual([1, 1]);
    expect(result.penalties).toEqual({ l2: [1, 0.25], l1: [1, 1], elastic: [1.5, 1.125] });
    // (w·x − 1)² + 0.1·Σw²: w = x/(x·x + 0.1)
    for (const w of result.l2)
      near(
        w,
        [1, 1, 1, 1].map((v) => v / 4.1),
        6,
      );
    near(
      result.unequalL2,
      [1, 2, 1, 1].map((v) => v / 7.1),
      6,
    );
    // (S − 1)² + 0.1·S: S = 0.95, however it is shared
    const [from1, from2] = result.l1 as [number[], number[]];
    for (const w of [from1, from2]) expect(w.reduce((s, v) => s + v, 0)).toBeCloseTo(0.95, 4);
    expect(from1[0]).toBeGreaterThan(0.85);
    near(from2, [0.2375, 0.2375, 0.2375, 0.2375], 4);
    // x = [1, 2, 1, 1]: (2w − 1)² + 0.1·w on the second place
    near(result.unequalL1, [0, 0.4875, 0, 0], 3); // 3: steps on a kink end within their last size
    near(result.curvature, [0, 0.4]);
    expect(pictures).toEqual(['weight-preference.svg']);
  });

  it('future-data: λ shrinks weights, costs on the training data, pays later', async () => {
    const { result, pictures } = await told(futureData);
    const { lambdas, train, futures, penalties, x, y } = result;
    for (let k = 1; k < lambdas.length; k++) {
      expect(train[k]).toBeGreaterThan(train[k - 1]!);
      expect(penalties[k]).toBeLessThan(penalties[k - 1]!);
    }
    expect(result.best).toBe(0.1);
    for (const future of futures) expect(future[5]).toBeLessThan(future[0]! / 10);
    const w = ridge(x, y, 12, 1);
    near(result.stiff, w);
    expect(train.at(-1)).toBeCloseTo(errorOf(w, x, y), 9);
    expect(penalties.at(-1)).toBeCloseTo(
      w.slice(1).reduce((s, v) => s + v * v, 0),
      9,
    );
    expect(pictures).toEqual(['future-data-1.svg', 'future-data-2.svg']);
  });

  it('over-fitting: orders 1 and 2 too little, 12 too much', async () => {
    const { result, pictures } = await told(overFitting);
    const { train, test, x, y } = result;
    expect(result.orders).toEqual([1, 2, 3, 4, 12]);
    expect(result.coefficients).toEqual([2, 3, 4, 5, 13]);
    near(result.cubic, ridge(x, y, 3, 0));
    near(
      train.slice(0, 4),
      [1, 2, 3, 4].map((order) => errorOf(ridge(x, y, order, 0), x, y)),
    );
    expect(train[4]).toBeLessThan(1e-20); // 13 coefficients, 13 points
    const [one, two, three, four, twelve] = test as [number, number, number, number, number];
    expect(Math.max(three, four)).toBeLessThan(Math.min(one, two) / 2);
    expect(twelve).toBeGreaterThan(10 * Math.max(one, two));
    expect(pictures).toEqual(['over-fitting.svg']);
  });
});

describe('all stories', () => {
  const folder = 'examples/stories';
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && name !== 'tell.ts'); // which all of them call

  it.each(files)('%s is short, a test tells it, and the README lists it', (name) => {
    expect(readFileSync(join(folder, name), 'utf8').split('\n').length - 1).toBeLessThan(120);
    const tests = readdirSync('test/examples').filter((file) => /^stories-.*\.test\.ts$/.test(file));
    const imported = `examples/stories/${name.replace(/\.ts$/, '.js')}'`;
    expect(tests.some((file) => readFileSync(join('test/examples', file), 'utf8').includes(imported))).toBe(true);
    expect(readFileSync('examples/README.md', 'utf8').includes(`stories/${name}`)).toBe(true);
  });

  it('a story runs when it is called, and draws nothing when it is told to', async () => {
    const text = execFileSync(process.execPath, ['--import', 'tsx', `${folder}/w-and-2w.ts`], { encoding: 'utf8' });
    expect(text).toContain('Best is c = 0.5');
    expect(text).toContain(join('out', 'stories', 'w-and-2w.svg'));
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    await wAnd2w({ out: null });
    expect(log.mock.calls.flat().join('\n')).not.toContain('picture');
    log.mockRestore();
  }, 60_000);
});
