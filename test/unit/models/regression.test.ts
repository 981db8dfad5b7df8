/** Linear and polynomial regression beside the lecture and scikit-learn; the gradient beside the closed form. */
import {
  DataError,
  Generator,
  huberLoss,
  l1,
  lbfgs,
  LinearRegression,
  type LinearRegressionOptions,
  MLPRegressor,
  mseLoss,
  noisyPolynomial,
  NotFittedError,
  polynomialFeatures,
  polynomialRegression,
  r2Score,
  sgd,
  ShapeError,
  tensor,
  type TensorLike,
  UsageError,
} from 'chainrule';
import { describe, expect, test, vi } from 'vitest';
import { X } from './clouds.js';

const y = X.map((_, i) => Math.cos(i));
const both = X.map((_, i) => [Math.cos(i), i ** 2 / 10]);
const weights = [1, 2, 0, 1, 3, 1, 0.5, 1, 2, 1, 1, 4];
const closeTo = (values: readonly number[], digits: number): unknown => values.map((v) => expect.closeTo(v, digits) as number);
/** Weights and bias, digits for digits. */
function learns(model: LinearRegression, coef: readonly number[], intercept: readonly number[], digits = 13): void {
  expect([...model.coef_.data]).toEqual(closeTo(coef, digits));
  expect([...model.intercept_.data]).toEqual(closeTo(intercept, digits));
}
const exact = (options: LinearRegressionOptions, targets: TensorLike = y, sampleWeight?: number[]): LinearRegression =>
  new LinearRegression(options).fitSync(X, targets, sampleWeight ? { sampleWeight } : {});

describe('the closed form', () => {
  test('the line of the lecture: w = 0.5, b = 2', async () => {
    const model = new LinearRegression();
    expect(await model.fit([[2], [4], [6], [8]], [3, 4, 5, 6])).toBe(model);
    learns(model, [0.5], [2], 15);
    expect(model.predict([[0], [10]])).toMatchObject({ shape: [2], dtype: 'float64' });
    expect([...model.predict([[0], [10]]).data]).toEqual(closeTo([2, 7], 14));
    expect(model.score([[2], [4], [6], [8]], [3, 4, 5, 6])).toBeCloseTo(1, 14);
    expect(model.objective([[2], [4]], [3, 5])).toBeCloseTo(0.5, 14); // errors 0 and 1
    expect(model.history_).toBeNull();
    expect(Object.keys(model.stateDict())).toEqual(['weight', 'bias']);
    expect([model.coef_.shape, model.intercept_.shape]).toEqual([[1, 1], [1]]);
  });

  // values of scikit-learn 1.9.1, whose α is λ times the number of examples (their weight) and of targets
  test('as scikit-learn: LinearRegression, Ridge, weights, several targets', () => {
    learns(exact({}), [-0.005712112895728593, 0.17981676959722018], [-0.09830447910366592]);
    learns(exact({}, y, weights), [0.00027000175437893326, 0.20549544102811518], [-0.08932917953268901]);
    learns(exact({ lambda: 0.1 }), [-0.004477494961926857, 0.16778962165686875], [-0.09433692961848268]);
    learns(exact({ lambda: 0.1 }, y, weights), [0.0016833086519046439, 0.18933429019964582], [-0.08914007976638655]);
    learns(exact({}, both), [-0.00571211289572859, 0.1798167695972202, -0.22227285618632334, -0.7892145971896484], [-0.09830447910366594, 4.585693125769637]); // prettier-ignore
    learns(exact({ lambda: 0.1 }, both), [-0.00350083753693732, 0.1572770443088681, -0.2000482603475451, -0.6923152748187631], [-0.09083228683483703, 4.54219956072475]); // prettier-ignore
  });

  test('dependent columns, more columns than rows: the shortest solution, as scikit-learn', () => {
    const dependent = X.map(([a, b]) => [a!, b!, a! + b!, 3]);
    const model = new LinearRegression().fitSync(dependent, y);
    learns(model, [-0.06374699846289239, 0.12178188403005628, 0.05803488556716393, 0], [-0.09830447910366598]);
    expect(model.coef_.data[3]).toBe(0);
    const wide = [[0.5, 1.6, 1.4, 1.5], [1.5, 1.6, 2.5, 0.6], [0.3, -0.6, 1, 2.1]]; // prettier-ignore
    const over = new LinearRegression().fitSync(wide, y.slice(0, 3));
    learns(over, [-0.21384184815549334, 0.7108165139843867, -0.17706831819050237, 0.056756328852015675], [0.13237565389140743]);
    expect([...over.predict(wide).data]).toEqual(closeTo(y.slice(0, 3), 13));
  });

  test('a constant column that rounding makes uneven says nothing', () => {
    learns(new LinearRegression().fitSync([[0.1], [0.1], [0.1]], [1, 2, 4]), [0], [7 / 3]);
    learns(new LinearRegression().fitSync([[0.1], [0.1], [0.1]], [1, 2, 4], { sampleWeight: [0.1, 0.3, 0.7] }), [0], [3.5 / 1.1]);
  });

  test('weights are repetitions; a weight of 0 takes the example away', () => {
    const counts = [2, 1, 0, 3, 1, 1, 1, 2, 0, 1, 1, 1];
    const repeat = <T>(list: readonly T[]): T[] => list.flatMap((v, i) => Array<T>(counts[i]!).fill(v));
    const model = exact({ lambda: 0.05 }, y, counts);
    const again = new LinearRegression({ lambda: 0.05 }).fitSync(repeat(X), repeat(y));
    learns(model, [...again.coef_.data], [...again.intercept_.data], 14);
  });

  test('far from 0 it loses no digits', () => {
    const model = new LinearRegression().fitSync(X.map((row) => row.map((v) => v + 1e6)), y); // prettier-ignore
    // X itself was rounded to 1e-10, and the bias is what that makes of 1e6
    expect([...model.coef_.data]).toEqual(closeTo([-0.005712112895728593, 0.17981676959722018], 9));
    expect([...model.predict(X.map((row) => row.map((v) => v + 1e6))).data]).toEqual(closeTo([...exact({}).predict(X).data], 8)); // prettier-ignore
  });

  test('float32 data gives a float32 model of the same solution', () => {
    const x32 = tensor(Float32Array.from(X.flat()), { shape: [12, 2] });
    const model = new LinearRegression().fitSync(x32, y);
    expect([model.coef_.dtype, model.intercept_.dtype, model.predict(X).dtype]).toEqual(['float32', 'float32', 'float32']);
    learns(model, [-0.005712112895728593, 0.17981676959722018], [-0.09830447910366592], 7);
  });

  test('several targets are predicted as they were given', () => {
    const model = exact({}, both);
    expect([model.coef_.shape, model.intercept_.shape, model.predict(X.slice(3)).shape]).toEqual([[2, 2], [2], [9, 2]]);
    expect(model.score(X, both)).toBe(r2Score(both, model.predict(X)));
    expect(exact({}, y.map((v) => [v])).predict(X).shape).toEqual([12, 1]); // prettier-ignore
    expect(() => model.score(X, y)).toThrow('LinearRegression.score: y has another number of targets than the model: 1 and 2');
  });
});

describe('the gradient', () => {
  const optimizer = lbfgs({ lineSearchFn: 'strong_wolfe', maxIter: 100, toleranceGrad: 1e-12, toleranceChange: 0 });
  const full = { solver: 'gradient', optimizer, epochs: 1, batchSize: Infinity } as const;

  test.each([
    ['plain', {}, y, undefined],
    ['with a penalty', { lambda: 0.1 }, y, undefined],
    ['with a penalty, several targets', { lambda: 0.1 }, both, undefined],
    ['with a penalty and weights', { lambda: 0.1 }, y, weights],
    ['with a penalty, several targets and weights', { lambda: 0.1 }, both, weights],
  ] as const)('finds the closed form: %s', (_, options, targets, w) => {
    const sampleWeight = w && [...w];
    const wanted = exact(options, targets, sampleWeight);
    // a line search compares losses, and around its minimum the loss is flat to the last bit for about 1e-8
    learns(exact({ ...options, ...full }, targets, sampleWeight), [...wanted.coef_.data], [...wanted.intercept_.data], 7);
    expect(exact({ ...options, ...full }, targets).objective(X, targets)).toBeCloseTo(exact(options, targets).objective(X, targets), 12);
  });

  test('descends to the line of the lecture', () => {
    const model = new LinearRegression({ solver: 'gradient', optimizer: sgd({ lr: 0.03 }), epochs: 2000 });
    model.fitSync([[2], [4], [6], [8]], [3, 4, 5, 6]);
    learns(model, [0.5], [2], 6);
    expect(model.history_!.history['loss']!.at(-1)).toBeLessThan(1e-12);
  });

  test('any loss, any regulariser: an outlier, and weights of 0', () => {
    const far = y.map((v, i) => (i === 3 ? 50 : v));
    const [squares, robust] = [exact({}, far), exact({ ...full, loss: huberLoss }, far)];
    const error = (model: LinearRegression): number => mseLoss(model.predict(X), exact({}).predict(X)).item();
    expect(error(robust)).toBeLessThan(error(squares) / 50);
    // y depends on the second column alone; |w| has a kink at 0, so that steps of decaying size end within the last of them
    const lr = (step: number): number => 0.1 / (1 + step / 20);
    const lasso = exact({ solver: 'gradient', lambda: 0.1, regulariser: l1, optimizer: sgd({ lr }), epochs: 2000, batchSize: Infinity }, X.map(([, b]) => 2 * b!)); // prettier-ignore
    expect(Math.abs(lasso.coef_.data[0]!)).toBeLessThan(2e-4);
    // ∂/∂w₂: 2·var(x₂)·(2 − w₂) = λ, and var(x₂) without the part that x₁ would explain
    const mean = X.reduce((s, [, b]) => s + b!, 0) / 12;
    const variance = X.reduce((s, [, b]) => s + (b! - mean) ** 2, 0) / 12;
    expect(lasso.coef_.data[1]).toBeCloseTo(2 - 0.05 / variance, 3);
  });
});

describe('polynomialRegression', () => {
  test.each([
    ['whole numbers 0 … 12', (i: number) => i, 6],
    ['−1 … 1', (i: number) => i / 6 - 1, 10],
    ['random points', (i: number) => noisyPolynomial(13, { generator: new Generator(5) }).x.data[i]!, 6],
  ])('order 12 goes through 13 points: %s', async (_, at, digits) => {
    const points = Array.from({ length: 13 }, (_, i) => [at(i)]);
    const model = await polynomialRegression({ degree: 12 }).fit(points, y.concat(0.5));
    expect([...model.predict(points).data]).toEqual(closeTo(y.concat(0.5), digits));
  });

  test('a low order finds its polynomial; vectors, several features, options', async () => {
    const model = await polynomialRegression({ degree: 3 }).fit([-2, -1, 0, 1, 2, 3], [-9, -2, -1, 0, 7, 26]); // x³ − 1
    expect([...model.estimator.coef_.data]).toEqual(closeTo([0, 0, 1], 12));
    expect([...model.predict([4]).data]).toEqual(closeTo([63], 11));
    expect(model.kind).toBe('regressor');
    const plane = await polynomialRegression({ degree: 2, lambda: 0.1 }).fit(X, y);
    const direct = exact({ lambda: 0.1 }).clone().fitSync(polynomialFeatures(X, { degree: 2 }), y); // prettier-ignore
    expect(plane.estimator.coef_.toArray()).toEqual(direct.coef_.toArray());
    const descent = polynomialRegression({ degree: 2, solver: 'gradient', optimizer: sgd({ lr: 0.05 }), epochs: 500 });
    expect(descent.fitSync(X, y).score(X, y)).toBeCloseTo((await polynomialRegression({ degree: 2 }).fit(X, y)).score(X, y), 2);
  });

  test('what it refuses', () => {
    expect(() => polynomialRegression({ degree: 2, solver: 'exactly' as never })).toThrow("LinearRegression: unknown solver 'exactly'");
    expect(() => polynomialRegression({ degre: 2 } as never)).toThrow("LinearRegression: unknown option 'degre'");
    expect(() => polynomialRegression({ degree: 0 }).fitSync(X, y)).toThrow('polynomialFeatures: degree must be a whole number from 1: 0');
  });
});

describe('what is refused', () => {
  test.each<[string, () => unknown, new (...args: never[]) => Error, string]>([
    ['an unknown solver', () => new LinearRegression({ solver: 'qr' as never }), UsageError, "LinearRegression: unknown solver 'qr': 'exact' or 'gradient'"], // prettier-ignore
    ['a loss without a closed form', () => new LinearRegression({ loss: huberLoss }), UsageError, "LinearRegression: only mseLoss and l2 have a closed form: { solver: 'gradient' }"], // prettier-ignore
    ['a regulariser without one', () => new LinearRegression({ lambda: 1, regulariser: l1 }), UsageError, 'LinearRegression: only mseLoss and l2 have a closed form'], // prettier-ignore
    ['a change without one', () => new LinearRegression().clone({ loss: huberLoss }), UsageError, 'LinearRegression: only mseLoss and l2'],
    ['an unknown option', () => new LinearRegression({ alpha: 1 } as never), UsageError, "LinearRegression: unknown option 'alpha'"],
    ['an unknown option of fit', () => exact({}).fitSync(X, y, { signal: undefined } as never), UsageError, "LinearRegression.fitSync: unknown option 'signal'"], // prettier-ignore
    ['strings', () => exact({}, ['a'] as never), DataError, "LinearRegression.fit: targets must be numbers: y[0] is 'a'"],
    ['NaN', () => exact({}, y.map((v, i) => (i === 2 ? NaN : v))), DataError, 'LinearRegression.fit: targets must be finite: y[2] is NaN'], // prettier-ignore
    ['too few targets', () => exact({}, [1, 2]), ShapeError, 'LinearRegression.fit: y needs one target a row of X: 12 rows, y [2]'],
    ['targets of rank 3', () => exact({}, X.map(() => [[1]])), ShapeError, 'LinearRegression.fit: y needs one target a row of X: 12 rows, y [12,1,1]'], // prettier-ignore
    ['no targets', () => exact({}, X.map(() => [])), ShapeError, 'LinearRegression.fit: y needs one target a row of X: 12 rows, y [12,0]'], // prettier-ignore
    ['no weight', () => exact({}, y, X.map(() => 0)), UsageError, 'LinearRegression.fit: the weights of all examples are 0'], // prettier-ignore
    ['use before fit', () => new LinearRegression().predict(X), NotFittedError, 'LinearRegression: is not fitted yet: call fit first'],
    ['score before fit', () => new LinearRegression().score(3, y), NotFittedError, 'LinearRegression: is not fitted yet'],
    ['another width', () => exact({}).predict([[1]]), ShapeError, 'LinearRegression.predict: X has 1 features, but the model is expecting 2 features'], // prettier-ignore
  ])('%s', (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  test('a fit that is refused leaves the model as it was', async () => {
    const model = exact({});
    const before = model.coef_.toArray();
    await expect(model.fit([[1, NaN]], [1])).rejects.toThrow(DataError);
    await expect(model.fit(X, y, { yieldEvery: -1 })).rejects.toThrow(UsageError);
    expect(model.coef_.toArray()).toEqual(before);
  });
});

describe('models that are regressors', () => {
  test('MLPRegressor fits a parabola, to several targets too', async () => {
    const points = Array.from({ length: 21 }, (_, i) => [i / 10 - 1]);
    const bend = points.map(([v]) => v! ** 2);
    const options = { hiddenLayerSizes: [16], activation: 'tanh', epochs: 40, batchSize: Infinity } as const;
    const model = new MLPRegressor({ ...options, optimizer: lbfgs({ maxIter: 5, lineSearchFn: 'strong_wolfe' }) });
    expect((await model.fit(points, bend)).score(points, bend)).toBeGreaterThan(0.9999);
    expect(Object.keys(model.stateDict())).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
    const two = points.map(([v]) => [v! ** 2, v!]);
    expect((await model.fit(points, two)).score(points, two)).toBeGreaterThan(0.999);
    expect(model.predict(points).shape).toEqual([21, 2]);
  });

  test('callbacks of a closed form are not called: there are no steps', async () => {
    const begin = vi.fn();
    await new LinearRegression().fit(X, y, { callbacks: [{ onTrainBegin: begin }], validationData: [X, y] });
    expect(begin).not.toHaveBeenCalled();
  });
});
