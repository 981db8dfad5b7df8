/**
 * @file Random search or the slope? Trying weights gets nowhere in many dimensions; the gradient says where to go. Lecture 002:89–109,
 * 004:1362–1384; rows 92, 93, 97, 98.
 *
 *   npx tsx examples/stories/random-search.ts
 */
import { accuracy, argmax, crossEntropy, Generator, matmul, minimize, normal, ones, randomSearch, sgd, slice, square } from 'chainrule';
import { sum, type Tensor, uniform } from 'chainrule';
import { lines } from 'chainrule/viz';
import { packagedDigits } from '../digits/data.js';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

const TRIES = 1000;
const NEAR = 0.1;

export interface Result {
  /** A bowl Σw² in d dimensions, the start somewhere in [−1, 1]^d. */
  readonly bowl: readonly {
    readonly d: number;
    /** Distance of the best of 1000 tries from the bottom, and what chance gives as its median. */
    readonly distance: number;
    readonly median: number;
    /** Tries to come within 0.1 with probability ½, and steps downhill. */
    readonly tries: number;
    readonly steps: number;
  }[];
  /** Digits: first loss, then the last loss and the accuracy on new images, by method. */
  readonly digits: Readonly<Record<'start' | 'random' | 'slope', { loss: number; accuracy: number }>>;
}

/** Volume of the unit ball in d dimensions: V₀ = 1, V₁ = 2, V_d = 2π/d · V_{d−2}. */
const ball = (d: number): number => (d < 2 ? d + 1 : ((2 * Math.PI) / d) * ball(d - 2));

export async function story({ budget = 'full', out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const full = budget === 'full';
  console.log(`\nRandom search or the slope?\n\nThe bottom of a bowl, f(w) = Σw², in d dimensions`);
  const height = (w: Tensor): Tensor => sum(square(w));
  const bowl = [1, 2, 5, 10].map((d) => {
    const generator = new Generator(d);
    const found = randomSearch(height, (g) => uniform([d], { generator: g, low: -1, high: 1 }), { tries: TRIES, generator });
    // a try is nearer than r with probability p = V_d·rᵈ/2ᵈ, and the best of n with ½ where n·p = log 2, about
    const share = ball(d) / 2 ** d;
    const median = (Math.LN2 / (TRIES * share)) ** (1 / d);
    // w ← w − ¼·2w halves w
    const path: number[] = [];
    minimize(height, ones([d]), { optimizer: sgd({ lr: 0.25 }), steps: 20, onStep: ({ value }) => path.push(Math.sqrt(value)) });
    return { d, distance: Math.sqrt(found.value), median, tries: Math.LN2 / (share * NEAR ** d), steps: path.findIndex((r) => r < NEAR) };
  });
  table([
    ['d', `best of ${TRIES} tries`, 'by chance', `tries to come within ${NEAR}`, 'steps downhill'],
    ...bowl.map(({ d, distance, median, tries, steps }) => [
      String(d),
      distance.toFixed(4),
      median.toFixed(4),
      tries < 1e6 ? tries.toFixed(0) : tries.toExponential(0),
      steps,
    ]),
  ]);
  console.log('  The tries grow exponentially with d, the steps like log d.\n');

  const digits = packagedDigits(0);
  const n = full ? 500 : 100;
  const part = (t: Tensor, from: number): Tensor => slice(t, [[0, from]]);
  const [X, y] = [part(digits.train.X, n), part(digits.train.y, n)];
  const loss = (W: Tensor): Tensor => crossEntropy(matmul(X, W), y);
  const score = (W: Tensor): number => accuracy(digits.test.y, argmax(matmul(digits.test.X, W)));
  const draw = (generator: Generator): Tensor => normal([784, 10], { generator, std: 0.01, dtype: 'float32' });
  const W = draw(new Generator(0));
  const tries = full ? 1000 : 40;
  const random = randomSearch(loss, draw, { tries, generator: new Generator(1) });
  // a gradient is one product X·W forward and one back: as much work as two tries
  const slope: number[] = [];
  const steps = tries / 2;
  const { params, value } = minimize(loss, W, { optimizer: sgd({ lr: 0.5 }), steps, onStep: (at) => slope.push(at.value) });
  const results = {
    start: { loss: slope[0]!, accuracy: score(W) },
    random: { loss: random.value, accuracy: score(random.params) },
    slope: { loss: value, accuracy: score(params) },
  };
  const firstBelow = slope.findIndex((v) => v < random.value);
  table([
    [`${n} digits, 7840 weights`, 'loss', 'accuracy on new digits'],
    ['one try', results.start.loss, results.start.accuracy],
    [`best of ${tries} tries`, results.random.loss, results.random.accuracy],
    [`${steps} steps downhill`, results.slope.loss, results.slope.accuracy],
  ]);
  console.log(`  The same work for both. Step ${firstBelow} is already better than all ${tries} tries. The notes call random search "expensive" (002:91) and give
  no number; these are ours. Their gradient of the full loss (002:105) sums over j ≠ yᵢ; it is (1/N)·Σᵢ ∇Lᵢ + λ·∇R.`);
  await picture(out, 'random-search', () =>
    lines(
      [
        { name: 'random search', y: random.history },
        { name: 'down the slope', x: slope.map((_, i) => 2 * i), y: slope },
      ],
      { title: 'The same work', xLabel: 'times the loss is computed (a gradient counts as two)', yLabel: 'loss' },
    ),
  );
  return { bowl, digits: results };
}

await tell(import.meta.url, story);
