/**
 * @file Under- and over-fitting: polynomials of order 1, 2, 3, 4, 12 through 13 noisy points, then 2,000 new points. Lecture 003:186–212; row 90.
 *
 *   npx tsx examples/stories/over-fitting.ts
 */
import {
  add,
  clip,
  expandDims,
  Generator,
  linspace,
  meanSquaredError,
  mul,
  normal,
  polynomialRegression,
  pow,
  sub,
  type Tensor,
  uniform,
} from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

const ORDERS = [1, 2, 3, 4, 12];
const POINTS = 13;
const NOISE = 0.2;

/** Noisy values of 2x − 3x³: order 3 is the truth. */
function noisy(x: Tensor, generator: Generator): { x: Tensor; y: Tensor } {
  return { x, y: add(sub(mul(2, x), mul(3, pow(x, 3))), normal(x.shape, { generator, std: NOISE })) };
}

export interface Result {
  readonly orders: readonly number[];
  /** Coefficients to choose, by place of the order. */
  readonly coefficients: readonly number[];
  /** Mean squared errors on the 13 points and on new ones. */
  readonly train: readonly number[];
  readonly test: readonly number[];
  /** The training points, and the coefficients c₀ … c₃ of order 3. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly cubic: readonly number[];
}

export async function story({ budget = 'full', out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const generator = new Generator(3);
  const { x, y } = noisy(linspace(-1, 1, POINTS), generator);
  const fresh = noisy(uniform([budget === 'full' ? 2000 : 200], { generator, low: -1, high: 1 }), generator);
  // 'exact' is least squares in closed form: no step size, no number of steps
  const models = await Promise.all(ORDERS.map((degree) => polynomialRegression({ degree }).fit(expandDims(x, 1), y)));
  const coefficients = models.map(({ estimator }) => estimator.coef_.size + estimator.intercept_.size);
  const errors = (data: typeof fresh): number[] =>
    models.map((m) => meanSquaredError(data.y, m.predict(expandDims(data.x, 1)).reshape([-1])));
  const [train, test] = [errors({ x, y }), errors(fresh)];

  console.log(`\nUnder- and over-fitting: ${POINTS} points of 2x − 3x³ with noise of variance ${(NOISE ** 2).toFixed(2)}\n`);
  const verdict = (k: number): string =>
    test[k]! < 2 * Math.min(...test) ? 'good' : train[k]! > 2 * NOISE ** 2 ? 'under-fits' : 'over-fits';
  table([
    ['order', 'coefficients', 'training error', 'error on new data', ''],
    ...ORDERS.map((order, k) => [String(order), coefficients[k]!, train[k]!.toExponential(2), test[k]!.toExponential(2), verdict(k)]),
  ]);
  console.log(`
  As the lecture says: orders 1 and 2 are poor on both, 12 is the best on the training points and the worst on new ones, 3 and 4 are
  worse than 12 in training and good on new data. Order 12 has ${coefficients[4]} coefficients: it goes through any ${POINTS} points, noise and all.
  The points of the lecture's figure are not in the text; these are our own.`);

  const grid = linspace(-1, 1, 300);
  await picture(out, 'over-fitting', () =>
    lines(
      [
        // clipped to the picture: order 12 leaves it between the points
        ...models.map((m, k) => ({
          name: `order ${ORDERS[k]}`,
          x: grid,
          y: clip(m.predict(expandDims(grid, 1)).reshape([-1]), -2.5, 2.5),
        })),
        { name: 'training points', x, y, mark: 'points' },
      ],
      { title: 'Polynomials through 13 points', xLabel: 'x', yLabel: 'y' },
    ),
  );
  const { intercept_, coef_ } = models[2]!.estimator;
  const cubic = [...intercept_.data, ...coef_.data];
  return { orders: ORDERS, coefficients, train, test, x: [...x.data], y: [...y.data], cubic };
}

await tell(import.meta.url, story);
