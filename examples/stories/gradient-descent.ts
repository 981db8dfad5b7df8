/**
 * @file Gradient descent W ← W − α·∂L/∂W: its step size, minibatches, saddle points, with the paths drawn. Lecture 003:841–882, 003:936,
 * 004:1384, 004:1815–1885; rows 98–103, 105, 118.
 *
 *   npx tsx examples/stories/gradient-descent.ts
 */
import { add, cos, div, Generator, grad, hessian, jacfwd, linearSchedule, linspace, lt, mean, minibatches, minimize } from 'chainrule';
import { mul, noisyPolynomial, normal, parameter, sgd, SGD, sin, square, stack, sub, sum, take, tensor, type Tensor } from 'chainrule';
import { trajectory, uniform, zeros } from 'chainrule';
import { decisionRegions, lines } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

const N = 1024;
const SIZES = [16, 64, 256, N];
const RATES = [0.02, 0.1, 0.18, 0.21];
const column = (w: Tensor, i: number): Tensor => take(w, i, { axis: -1 });
const average = (rows: Tensor): Tensor => mean(rows, { axis: 0 });
/** A valley ten times as steep across as along: ½·(x₁² + 10·x₂²). */
const valley = (w: Tensor): Tensor => mul(0.5, sum(mul([1, 10], square(w))));
/** The lecture's (4 − 2.1x₁² + x₁⁴/3)·x₁² + x₁x₂ + (−4 + 4x₂²)·x₂² of one point, or of many. */
const sixHumps = (w: Tensor): Tensor => {
  const [a, b] = [square(column(w, 0)), square(column(w, 1))];
  const along = mul(add(sub(4, mul(2.1, a)), div(square(a), 3)), a);
  return add(add(along, mul(column(w, 0), column(w, 1))), mul(sub(mul(4, b), 4), b));
};

export interface Result {
  /** Where 20 steps from (10, 1) in the valley end, by place of α. */
  readonly ends: readonly (readonly number[])[];
  /** By minibatch size: L − L* of a line after one pass over the data; noise of the gradient, measured and in theory. */
  readonly excess: readonly number[];
  readonly noise: readonly number[];
  readonly theory: readonly number[];
  /** Gradient and Hessian of the six humps at (0, 0); the function where descents from there end. */
  readonly slope: readonly number[];
  readonly curvature: readonly number[];
  readonly fromSaddle: readonly [descent: number, sgd: number];
  /** Share of random starts that end in one of the two deepest minima, by minibatch size. */
  readonly deepest: readonly number[];
}

export async function story({ budget = 'full', out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const full = budget === 'full';
  console.log('\nGradient descent, Wᵢⱼ ← Wᵢⱼ − α·∂L/∂Wᵢⱼ (004:1384 prints ∂L/∂wᵢ)\n\n½·(x₁² + 10·x₂²) from (10, 1), 20 steps');
  const paths = RATES.map((lr) => trajectory(valley, [10, 1], { optimizer: sgd({ lr }), steps: 20 }));
  const ends = paths.map(({ points }) => [...points.data.slice(-2)]);
  table([['α', 'x₁', 'x₂', 'f'], ...RATES.map((lr, i) => [String(lr), ...ends[i]!, paths[i]!.values.data[20]!])]);
  console.log('  A step multiplies x₁ by 1 − α and x₂ by 1 − 10α: small α crawls, α > 2/10 climbs the steep side. The lecture names no α.');
  const turn = linspace(0, 2 * Math.PI, 100);
  const level = (f: number) => ({ name: `f = ${f}`, x: mul(Math.sqrt(2 * f), cos(turn)), y: mul(Math.sqrt(f / 5), sin(turn)) });
  const [slow, fast] = [paths[0]!.points, paths[2]!.points].map((p, i) => {
    return { name: `α = ${RATES[2 * i]}`, x: column(p, 0), y: column(p, 1), mark: 'both' as const };
  });
  const curves = [...[5, 20, 55].map(level), slow!, fast!];
  await picture(out, 'gradient-descent-valley', () => lines(curves, { title: 'Two paths in a valley', xLabel: 'x₁', yLabel: 'x₂' }));

  // a line through noisy points around the lecture's y = x/2 + 2
  const { x, y } = noisyPolynomial(N, { generator: new Generator(1), coefficients: [2, 0.5], noise: 0.5, low: -2, high: 2 });
  const errors = (w: Tensor, xs = x, ys = y): Tensor => square(sub(add(mul(column(w, 0), xs), column(w, 1)), ys));
  const lowest = minimize((w: Tensor) => mean(errors(w)), zeros([2])).value;
  const slopes = jacfwd((w: Tensor) => errors(w))(zeros([2])); // of each example's loss, [N, 2]
  const spread = (g: Tensor): number => Math.sqrt(mean(sum(square(sub(g, average(slopes))), { axis: 1 })).item());
  const pass = (batchSize: number, seed: number): Tensor[] => [...minibatches(N, { batchSize, generator: new Generator(seed) })];
  const excess = SIZES.map((M) => {
    const w = parameter(zeros([2]), { name: 'w' });
    const optimizer = new SGD([w], { lr: 0.05 });
    for (const rows of pass(M, 0)) optimizer.minimize(() => mean(errors(w, take(x, rows), take(y, rows))));
    return mean(errors(w)).item() - lowest;
  });
  const passes = Array.from({ length: full ? 50 : 5 }, (_, seed) => seed);
  const noise = SIZES.map((M) => spread(stack(passes.flatMap((s) => pass(M, s).map((rows) => average(take(slopes, rows)))))));
  // the mean of M of N examples, none twice, spreads as σ/√M · √((N − M)/(N − 1))
  const theory = SIZES.map((M) => (spread(slopes) * Math.sqrt((N - M) / (N - 1))) / Math.sqrt(M));

  // the six humps as a mean of N losses, each tilted by its own aᵢ·w: in the mean over all the tilts cancel
  const noisy = normal([N, 2], { generator: new Generator(3), std: 30 });
  const tilts = sub(noisy, average(noisy));
  const steps = full ? 2000 : 200;
  const descend = (start: Tensor, M: number): Tensor[] => {
    const w = parameter(start, { name: 'w' });
    const optimizer = new SGD([w], { lr: linearSchedule(0.02, 0, steps) });
    const seen = [w.value];
    for (let rows: Tensor[] = []; seen.length <= steps; seen.push(w.value)) {
      if (rows.length === 0) rows = pass(M, seen.length);
      const tilt = M === N ? zeros([2]) : average(take(tilts, rows.pop()!));
      optimizer.minimize(() => sum(add(sixHumps(w), sum(mul(w, tilt), { axis: -1 }))));
    }
    return seen;
  };
  const starts = mul(uniform([full ? 400 : 50, 2], { generator: new Generator(5), low: -1, high: 1 }), [2, 1]);
  const deepest = SIZES.map((M) => mean(lt(sixHumps(descend(starts, M).at(-1)!), -0.9)).item());
  const cells = (list: readonly number[], digits: number): string[] => list.map((v) => v.toFixed(digits));
  table([
    ['\n  minibatch size M', ...SIZES.map(String)],
    ['a line, one pass over 1024 points: steps', ...SIZES.map((M) => N / M)],
    ['  loss above the lowest', ...cells(excess, 4)],
    ['  noise of the gradient', ...cells(noise, 3)],
    ['  σ/√M · √((N − M)/(N − 1))', ...cells(theory, 3)],
    [`six humps, ${steps} steps: share in the deepest`, ...cells(deepest, 2)],
  ]);
  const flat = zeros([2]);
  const [slope, curvature] = [[...grad(sixHumps)(flat).data], [...hessian(sixHumps)(flat).data]];
  const fromSaddle = [sixHumps(descend(flat, N).at(-1)!).item(), sixHumps(descend(flat, 16).at(-1)!).item()] as const;
  console.log(`  One pass of small batches goes further than one of all data: "significantly faster". The lecture then gives all sizes the same number
  of steps. Its own function has a saddle at (0, 0): gradient (${slope.join(', ')}), Hessian (${curvature.join(', ')}) of determinant −65. All
  examples stay there at f = ${fromSaddle[0]}; M = 16 gets to ${fromSaddle[1].toFixed(3)}, and out of the shallow minima too: its answer holds here.`);
  const basin = (X: Tensor): string[] => {
    const { params } = minimize((w: Tensor) => sum(sixHumps(w)), X, { optimizer: sgd({ lr: 0.01 }), steps: full ? 300 : 60 });
    return Array.from(sixHumps(params).data, (f) => (f < -0.6 ? 'to −1.03' : f < 1 ? 'to −0.22' : 'to 2.10'));
  };
  const walks = [N, 16].map((M) => descend(tensor([-1.25, 0]), M).filter((_, i) => i % (M === N ? 2 : 20) === 0));
  const labels = walks.flatMap((walk, i) => walk.map(() => (i === 0 ? 'all data' : 'M = 16')));
  const plane = { xRange: [-2, 2], yRange: [-1, 1], steps: full ? 100 : 20, width: 600, height: 300 } as const;
  const title = 'Where gradient descent ends, by its start; two paths from (−1.25, 0)';
  await picture(out, 'gradient-descent-six-humps', () => decisionRegions(basin, { ...plane, points: stack(walks.flat()), labels, title }));
  return { ends, excess, noise, theory, slope, curvature, fromSaddle, deepest };
}

await tell(import.meta.url, story);
