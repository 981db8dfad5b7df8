/**
 * @file High and low λ on future data: a polynomial of order 12 on mean(loss) + λ·ΣW², and two sets of points that come later.
 * Lecture 001:1354–1388, 003:816–820, 004:711–724; rows 78, 79, 88, 89.
 *
 *   npx tsx examples/stories/future-data.ts
 */
import { clip, expandDims, Generator, l2, linspace, meanSquaredError, noisyPolynomial, polynomialRegression } from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

const LAMBDAS = [0, 1e-6, 1e-4, 1e-3, 1e-2, 0.1, 1];
// the two that are drawn, by place
const [SMALL, HIGH] = [0, 5];
const DEGREE = 12;
// x + x²/2, and much noise
const LIKE = { coefficients: [0, 1, 0.5], noise: 0.3 };

export interface Result {
  readonly lambdas: readonly number[];
  /** Mean squared errors on the training points and on the two sets of future data, and ΣW², by place of λ. */
  readonly train: readonly number[];
  readonly futures: readonly (readonly number[])[];
  readonly penalties: readonly number[];
  /** The λ that is best on all future data. */
  readonly best: number;
  /** The training points, and the weights for the largest λ: bias, then those of x, x², …. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly stiff: readonly number[];
}

export async function story({ budget = 'full', out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const now = noisyPolynomial(20, { generator: new Generator(5), ...LIKE });
  const n = budget === 'full' ? 1000 : 100;
  const later = [6, 7].map((seed) => noisyPolynomial(n, { generator: new Generator(seed), ...LIKE }));
  const models = await Promise.all(
    LAMBDAS.map((lambda) => polynomialRegression({ degree: DEGREE, lambda }).fit(expandDims(now.x, 1), now.y)),
  );
  const errors = (data: typeof now): number[] =>
    models.map((m) => meanSquaredError(data.y, m.predict(expandDims(data.x, 1)).reshape([-1])));
  const [train, ...futures] = [now, ...later].map(errors) as [number[], number[], number[]];
  const penalties = models.map(({ estimator }) => l2(estimator.coef_).item());
  const sums = LAMBDAS.map((_, k) => futures[0][k]! + futures[1][k]!);
  const best = LAMBDAS[sums.indexOf(Math.min(...sums))]!;

  console.log(`\nHigh and low λ: a polynomial of order ${DEGREE} through 20 points, mean squared errors\n`);
  table([
    ['λ', 'training data', 'future data 1', 'future data 2', 'ΣW²'],
    ...LAMBDAS.map((lambda, k) => [String(lambda), ...[train, ...futures, penalties].map((column) => column[k]!.toPrecision(4))]),
  ]);
  console.log(`
  With λ the training error only rises and the weights only shrink; that is what "prevent the model from doing too well" costs. Future data
  are best with λ = ${best}. Without λ the curve is wiggly and fits the noise, with λ = 1 it is too stiff: λ is a hyperparameter.
  The lecture shows this in pictures only, without numbers. Its recaps (000:415, 001:1638, 004:1341) print + R(W) for + λ·R(W).`);

  const grid = linspace(-1, 1, 300);
  const curve = (k: number): { x: typeof grid; y: typeof grid } => ({
    x: grid,
    y: clip(models[k]!.predict(expandDims(grid, 1)).reshape([-1]), -3, 3),
  });
  for (const [i, future] of later.entries()) {
    await picture(out, `future-data-${i + 1}`, () =>
      lines(
        [
          { name: `high λ = ${LAMBDAS[HIGH]}`, ...curve(HIGH) },
          { name: `small λ = ${LAMBDAS[SMALL]}`, ...curve(SMALL) },
          { name: 'training data', ...now, mark: 'points' },
          { name: 'future data', x: future.x.slice([[0, 30]]), y: future.y.slice([[0, 30]]), mark: 'points' },
        ],
        { title: `Future data, example ${i + 1}`, xLabel: 'x', yLabel: 'y' },
      ),
    );
  }
  const { intercept_, coef_ } = models.at(-1)!.estimator;
  const stiff = [...intercept_.data, ...coef_.data];
  return { lambdas: LAMBDAS, train, futures, penalties, best, x: [...now.x.data], y: [...now.y.data], stiff };
}

await tell(import.meta.url, story);
