/**
 * @file Features, then linear: scores = W·φ(x) + b. A map after which a line is enough: by hand, by products, from images.
 * Lecture 003:102–142, 001:966–1042; rows 31–40.
 *
 *   npx tsx examples/stories/feature-transforms.ts
 */
import { annulus, colorHistogram, concatFeatures, type Features, Generator, hog, lbfgs, LogisticRegression, pipeline } from 'chainrule';
import { polynomialFeatures, quadraticFeatures, randint, separateXor, sum, take, tensor, type Tensor, threeModes } from 'chainrule';
import { uniform, xor, zeros } from 'chainrule';
import { decisionRegions, imageGrid } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

// a, b, c, d of the slide: b and c are one class
const CORNERS = tensor([[0, 0], [1, 0], [0, 1], [1, 1]]); // prettier-ignore
const SIDE = 16;

const fourth: Features = (X) => polynomialFeatures(X, { degree: 4 });

export interface Result {
  /** a′, b′, c′, d′ after x → x / (2x₁x₂ + ½), one after the other, and their x₁′ + x₂′. */
  readonly corners: readonly number[];
  readonly sums: readonly number[];
  /** Accuracy of a linear classifier on the four corners, before and after. */
  readonly xor: readonly [before: number, after: number];
  /** Variables of a classifier of degree 1 and 2 for the 784 pixels of MNIST. */
  readonly variables: readonly [degree1: number, degree2: number];
  /** Accuracy on new points, by features and by case (ring, three modes, xor). */
  readonly toys: Readonly<Record<string, readonly number[]>>;
  /** Accuracy on new images of four classes, by features. */
  readonly images: Readonly<Record<'pixels' | 'colours' | 'orientations' | 'both', number>>;
}

/** Images [n, 3·16·16] of stripes that begin anywhere: class = direction + 2·colour. */
function stripes(n: number, generator: Generator): { X: Tensor; y: Tensor } {
  const y = randint(0, 4, [n], { generator });
  const phase = uniform([n], { generator, high: SIDE });
  const noise = uniform([n, 3 * SIDE * SIDE], { generator, low: 0, high: 60 });
  const X = noise.data.map((v, k) => {
    const [i, channel, row, column] = [Math.floor(k / 768), Math.floor(k / 256) % 3, Math.floor(k / SIDE) % SIDE, k % SIDE];
    const along = y.data[i]! % 2 === 0 ? row : column;
    const tint = channel === (y.data[i]! < 2 ? 0 : 2) ? 1 : 0.6;
    return v + 95 * tint * (1 + Math.sin((2 * Math.PI * (along + phase.data[i]!)) / 8));
  });
  return { X: tensor(X, { shape: [n, 768] }), y };
}

export async function story({ budget = 'full', out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const full = budget === 'full';
  console.log('\nFeatures, then linear\n\nThe toy of the slide: x → x / (2x₁x₂ + ½)');
  const labels = [0, 1, 1, 0];
  const moved = separateXor(CORNERS);
  const sums = [...sum(moved, { axis: 1 }).data];
  const [plain, curved] = [new LogisticRegression({ lambda: 1e-3 }), pipeline(separateXor, new LogisticRegression({ lambda: 1e-3 }))];
  await Promise.all([plain.fit(CORNERS, labels), curved.fit(CORNERS, labels)]);
  const corners = [plain, curved].map((m) => m.score(CORNERS, labels)) as [number, number];
  table([
    ['', 'x', 'x′', 'lecture', 'x₁′ + x₂′'],
    ...['a', 'b', 'c', 'd'].map((name, i) => {
      const at = (t: Tensor): string => `(${[...take(t, i).data].join(', ')})`;
      return [name, at(CORNERS), at(moved), ['(0, 0)', '(2, 0)', '(0, 2)', '(0.4, 0.4)'][i]!, sums[i]!];
    }),
  ]);
  const variables = [784 + 1, quadraticFeatures(zeros([1, 784])).size + 1] as const;
  console.log(`  The lecture is right, and x₁′ + x₂′ > 1.4 is a line that tells b, c from a, d. A linear classifier gets ${corners[0]} of the four corners
  right before, ${corners[1]} after. The map is made for this square: where x₁x₂ = −¼ it is infinite.
  Degree 1 needs d + 1 = ${variables[0]} variables for MNIST, degree 2 (d + 1)(d + 2)/2 = ${variables[1]}. The slide calls them "1-D" and "2-D linear",
  and numbers two of its weights alike: w_{d(d+1)/2} stands before x₁x₂ too, where w_{d+1} should.\n`);

  const spaces: Record<string, Features> = { 'x itself': (X) => X, 'degree 2': quadraticFeatures, 'degree 4': fourth };
  const toys: Record<string, number[]> = {};
  for (const [name, phi] of Object.entries(spaces)) {
    toys[name] = [];
    for (const draw of [annulus, threeModes, xor]) {
      const [data, fresh] = [draw(full ? 1000 : 200, { generator: new Generator(1) }), draw(2000, { generator: new Generator(2) })];
      const model = await pipeline(phi, new LogisticRegression({ lambda: 1e-6 })).fit(data.X, data.y);
      toys[name].push(model.score(fresh.X, fresh.y));
    }
  }
  const cells = (numbers: readonly number[]): string[] => numbers.map((v) => v.toFixed(3));
  table([
    ['logistic regression on', 'annulus', 'threeModes', 'xor'],
    ...Object.entries(toys).map(([name, scores]) => [name, ...cells(scores)]),
  ]);
  console.log(
    '  xor is the sign of x₁x₂, of degree 2; the ring is (r² − 1)·(4 − r²) ≥ 0, of degree 4. Three discs are nearly of degree 4.\n',
  );

  const asImages = (X: Tensor): Tensor => X.reshape([-1, 3, SIDE, SIDE]);
  const colours: Features = (X) => colorHistogram(asImages(X), { normalize: true });
  const orientations: Features = (X) => hog(asImages(X));
  const [seen, fresh] = [stripes(full ? 400 : 80, new Generator(1)), stripes(400, new Generator(2))];
  const optimizer = lbfgs({ lineSearchFn: 'strong_wolfe', maxIter: 100 });
  const score = async (phi: Features): Promise<number> =>
    (await pipeline(phi, new LogisticRegression({ lambda: 0.01, optimizer })).fit(seen.X, seen.y)).score(fresh.X, fresh.y);
  const views = [(X: Tensor) => X.div(127.5).sub(1), colours, orientations, concatFeatures(colours, orientations)];
  const [pixels, byColour, byDirection, both] = (await Promise.all(views.map(score))) as [number, number, number, number];
  const images = { pixels, colours: byColour, orientations: byDirection, both };
  table([
    ['images: four classes of stripes', ...Object.keys(images)],
    ['accuracy on new images', ...cells(Object.values(images))],
  ]);
  console.log(`  Stripes begin anywhere, so no pixel knows their direction; it knows their colour. The colour histogram (001:976) sees the colour
  only, the histogram of oriented gradients (001:999) the direction only: half right each. Side by side (001:1016) they are all it takes.
  These slides were pictures; their numbers are not in the text, and these are ours.`);
  const title = 'A line after x → x / (2x₁x₂ + ½)';
  const plane = { xRange: [-0.1, 1.1], yRange: [-0.1, 1.1], points: CORNERS, labels, steps: full ? 200 : 40, title } as const;
  await picture(out, 'feature-transforms-xor', () => decisionRegions((grid) => curved.predict(grid), plane));
  const shown = [0, 1, 2, 3].flatMap((c) => [...seen.y.data].flatMap((y, i) => (y === c ? [i] : [])).slice(0, 3));
  const sheet = { captions: shown.map((i) => `class ${seen.y.data[i]!}`), columns: 6, scale: 4, range: [0, 255] } as const;
  await picture(out, 'feature-transforms-stripes', () => imageGrid(asImages(take(seen.X, shown)), sheet));
  return { corners: [...moved.data], sums, xor: corners, variables, toys, images };
}

await tell(import.meta.url, story);
