/**
 * @file A linear classifier f(x) = W·x + b in its three views: algebra (scores), pictures (templates), geometry (hyperplanes).
 * Lecture 001:733–962, 004:86–126; rows 25–30.
 *
 *   npx tsx examples/stories/three-views.ts
 */
import {
  add,
  argmax,
  Generator,
  matmul,
  normal,
  reshape,
  signedDistance,
  SoftmaxClassifier,
  stack,
  sub,
  take,
  tensor,
  type Tensor,
} from 'chainrule';
import { decisionRegions, imageGrid } from 'chainrule/viz';
import { packagedDigits } from '../digits/data.js';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

const CLASSES = ['cat', 'dog', 'ship'];
const W = tensor([
  [0.2, -0.5, 0.1, 2.0],
  [1.5, 1.3, 2.1, 0.0],
  [0, 0.25, 0.2, -0.3],
]);
const x = tensor([56, 231, 24, 2]);
const b = tensor([1.1, 3.2, -1.2]);

export interface Result {
  /** W·x + b of the four pixels, and W·x. */
  readonly scores: readonly number[];
  readonly withoutBias: readonly number[];
  /** How far the image lies on the dog's side of the border between dog and cat. */
  readonly distance: number;
  /** Accuracy of the softmax classifier whose templates are drawn, on test digits. */
  readonly digits: number;
  /** Share of three clouds of points classified right, and the largest difference of two scores on the border of their classes. */
  readonly clouds: number;
  readonly onBorder: number;
}

export async function story({ budget = 'full', out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const full = budget === 'full';
  console.log('\nA linear classifier in three views\n\n1. Algebra: four pixels, three classes, scores = W·x + b');
  const withoutBias = matmul(W, x);
  const scores = add(withoutBias, b);
  const printed = ['-96.8', '437.9', '61.95'];
  table([['', 'W·x', 'W·x + b', 'lecture'], ...CLASSES.map((name, i) => [name, withoutBias.data[i]!, scores.data[i]!, printed[i]!])]);
  console.log(`  The lecture forgot the bias of the ship (-1.2). The answer is '${CLASSES[argmax(scores).item()]}' all the same.`);
  // the border of two classes is where their scores are equal: (w₁ − w₀)·x + (b₁ − b₀) = 0
  const border = { normal: sub(take(W, 1), take(W, 0)), offset: sub(take(b, 1), take(b, 0)) };
  const distance = signedDistance(border, x).item();
  console.log(`  The image lies ${distance.toFixed(2)} grey values from the border between dog and cat, on the dog's side.\n`);

  console.log('2. Pictures: each row of W is a template, and a score says how well the image agrees with it');
  const { train, test } = packagedDigits(0);
  const n = full ? train.y.size : 500;
  const classifier = new SoftmaxClassifier({ epochs: full ? 10 : 2, lambda: 1e-3 });
  await classifier.fit(train.X.slice([[0, n]]), train.y.slice([[0, n]]));
  const digits = classifier.score(test.X, test.y);
  console.log(
    `  ${n} digits, softmax: ${digits.toFixed(3)} of the test digits are right; one template a class, whatever way it is written.`,
  );
  const captions = Array.from({ length: 10 }, (_, c) => String(c));
  await picture(out, 'three-views-four-pixels', () => imageGrid(reshape(W, [3, 2, 2]), { captions: CLASSES, scale: 40 }));
  await picture(out, 'three-views-templates', () => imageGrid(classifier.templates([28, 28]), { captions, columns: 5, scale: 3 }));

  console.log('\n3. Geometry: hyperplanes cut up the space; here three clouds in the plane');
  const generator = new Generator(1);
  const centres = [
    [-1, -0.6],
    [1, -0.6],
    [0, 1],
  ] as const;
  const X = stack(centres.map((c) => add(normal([40, 2], { generator, std: 0.4 }), [...c]))).reshape([120, 2]);
  const y = CLASSES.flatMap((name) => Array.from({ length: 40 }, () => name));
  const plane = await new SoftmaxClassifier({ epochs: full ? 300 : 50 }).fit(X, y);
  const clouds = plane.score(X, y);
  let onBorder = 0;
  for (const { classes, normal: c, offset } of plane.boundaries()) {
    // the foot of the perpendicular from the origin is on the border: there both scores are the same
    const foot = c.mul(offset.neg()).div(c.mul(c).sum());
    const [p, q] = classes.map((name) =>
      take(plane.decisionFunction(stack([foot])), plane.classes_.indexOf(name as never), { axis: 1 }).item(),
    );
    onBorder = Math.max(onBorder, Math.abs(p! - q!));
    const [c1, c2] = [...c.data].map((v) => v.toFixed(2));
    console.log(
      `  ${classes.join(' and ').padEnd(13)} ${c1}·x₁ + ${c2}·x₂ + ${offset.item().toFixed(2)} = 0, where both scores are ${p!.toFixed(3)}`,
    );
  }
  console.log(`  ${(100 * clouds).toFixed(1)} % of the points are on the right side of all borders that concern them.`);
  const regions = (grid: Tensor): readonly string[] => plane.predict(grid) as readonly string[];
  const view = { xRange: [-2.4, 2.4], yRange: [-2.2, 2.6], steps: full ? 200 : 60, points: X, labels: y } as const;
  await picture(out, 'three-views-hyperplanes', () => decisionRegions(regions, { ...view, title: 'Hyperplanes cut up the plane' }));
  return { scores: [...scores.data], withoutBias: [...withoutBias.data], distance, digits, clouds, onBorder };
}

await tell(import.meta.url, story);
