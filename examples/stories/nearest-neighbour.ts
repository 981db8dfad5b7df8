/**
 * @file Nearest neighbour: remember everything, then copy the label of what is nearest. Lecture 001:138–521, 004:77–81; rows 1, 16–21.
 *
 *   npx tsx examples/stories/nearest-neighbour.ts
 */
import { argmin, eq, Generator, KNeighborsClassifier, mean, pairwiseDistance, spirals, take, tensor, type Tensor } from 'chainrule';
import { decisionRegions, predictGrid } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

// the two images of the slide, as bytes, as pixels come (001:189–205)
const TEST = Uint8Array.of(56, 32, 10, 18, 90, 23, 128, 133, 24, 26, 178, 200, 2, 0, 255, 220);
const TRAIN = Uint8Array.of(10, 20, 24, 17, 8, 10, 89, 100, 12, 16, 178, 170, 4, 32, 233, 112);

export interface Result {
  /** d₁ = Σ|I₁ − I₂| and d₂ = √Σ(I₁ − I₂)² of the two images. */
  readonly l1: number;
  readonly l2: number;
  /** d₁ as the slide's Python computes it on bytes. */
  readonly wrapped: number;
  /** Accuracy of k nearest neighbours on new points, by k. */
  readonly accuracy: Readonly<Record<1 | 3 | 5, number>>;
  /** The same for the slide's code: k = 1, L1. */
  readonly slide: number;
  /** The same on the remembered points, for k = 1. */
  readonly onTrain: number;
  /** Share of the plane in which L1 and L2 say the same. */
  readonly agreement: number;
}

export async function story({ budget = 'full', out = PICTURES }: StoryOptions = {}): Promise<Result> {
  console.log('\nNearest neighbour\n\nTwo images of 4 × 4 pixels');
  const [a, b] = [tensor(TEST, { shape: [1, 16] }), tensor(TRAIN, { shape: [1, 16] })];
  const l1 = pairwiseDistance(a, b, { metric: 'l1' }).item();
  const l2 = pairwiseDistance(a, b, { metric: 'l2' }).item();
  // bytes minus bytes in bytes is what np.abs(Xtr − X) does: 8 − 90 becomes 174, and abs has nothing left to do
  const wrapped = TEST.map((v, i) => TRAIN[i]! - v).reduce((s, v) => s + v, 0);
  table([
    ['', 'ours', 'lecture'],
    ['L1, Σ|I₁ − I₂|', l1, '456'],
    ['L2, √Σ(I₁ − I₂)²', l2, 'defined, no number'],
    ['L1 if bytes wrap around', wrapped, "what the slide's code gives for uint8"],
  ]);
  console.log('  A tensor of bytes minus another is a tensor of floats here, so the trap is not there.\n');

  const full = budget === 'full';
  const { X, y } = spirals(120, { generator: new Generator(1), classes: 3, noise: 0.1 });
  const fresh = spirals(full ? 3000 : 600, { generator: new Generator(2), classes: 3, noise: 0.1 });
  const model = (k: number, metric: 'l1' | 'l2'): KNeighborsClassifier => new KNeighborsClassifier({ nNeighbors: k, metric }).fit(X, y);
  const score = (k: number, metric: 'l1' | 'l2'): number => model(k, metric).score(fresh.X, fresh.y);
  const onTrain = model(1, 'l2').score(X, y);

  // predict of the slide's class NearestNeighbor: the label of the smallest distance
  const oneLine = take(y, argmin(pairwiseDistance(fresh.X, X, { metric: 'l1' }), { axis: 1 }));
  const slide = mean(eq(oneLine, fresh.y)).item();
  const accuracy = { 1: score(1, 'l2'), 3: score(3, 'l2'), 5: score(5, 'l2') };
  console.log(`120 points of three spirals, ${fresh.y.size} new ones: share of right answers`);
  table([
    ['', 'k = 1', 'k = 3', 'k = 5'],
    ["the slide's class (L1)", slide],
    ['L1', score(1, 'l1'), score(3, 'l1'), score(5, 'l1')],
    ['L2', accuracy[1], accuracy[3], accuracy[5]],
    ['L2 on the remembered points', onTrain, model(3, 'l2').score(X, y), model(5, 'l2').score(X, y)],
  ]);
  console.log('  k = 1 is always right about what it remembers: every point is its own nearest neighbour.');

  const plane = { xRange: [-1.2, 1.2], yRange: [-1.2, 1.2], steps: full ? 200 : 60 } as const;
  const regions = (k: number, metric: 'l1' | 'l2') => (grid: Tensor) => model(k, metric).predict(grid) as Tensor;
  const agreement = mean(eq(predictGrid(regions(1, 'l1'), plane), predictGrid(regions(1, 'l2'), plane))).item();
  console.log(`  L1 and L2 say the same in ${(100 * agreement).toFixed(1)} % of the plane; L1's borders run along the axes or at 45°.`);
  for (const [k, metric] of [
    [1, 'l1'],
    [1, 'l2'],
    [5, 'l2'],
  ] as const) {
    const title = `${k} nearest neighbour${k === 1 ? '' : 's'}, ${metric.toUpperCase()}`;
    const draw = (): Promise<string> => decisionRegions(regions(k, metric), { ...plane, points: X, labels: y, title });
    await picture(out, `nearest-neighbour-${k}-${metric}`, draw);
  }
  return { l1, l2, wrapped, accuracy, slide, onTrain, agreement };
}

await tell(import.meta.url, story);
