/** Neighbour models beside values computed with scikit-learn 1.x, and by hand. */
import {
  DataError,
  DTypeError,
  KNeighborsClassifier,
  KNeighborsRegressor,
  NearestNeighbors,
  NotFittedError,
  ShapeError,
  tensor,
  type Tensor,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

const G = [[0], [1], [2], [3.5], [7], [8], [9], [11], [4.4], [5.2]];
const labels = [0, 0, 0, 1, 1, 1, 1, 0, 0, 1];
const close = (found: Tensor, expected: readonly number[], digits = 12): void => {
  expect(found.size).toBe(expected.length);
  expected.forEach((v, i) => expect(found.data[i]).toBeCloseTo(v, digits));
};

describe('KNeighborsClassifier', () => {
  test('shares of the vote, as scikit-learn has them', () => {
    const model = new KNeighborsClassifier({ nNeighbors: 3 }).fit(G, labels);
    close(model.predictProba([[4], [0.2], [10]]), [1 / 3, 2 / 3, 1, 0, 1 / 3, 2 / 3]);
    expect((model.predict([[4], [0.2], [10]]) as Tensor).toArray()).toEqual([1, 0, 1]);
    const weighted = new KNeighborsClassifier({ nNeighbors: 3, weights: 'distance' }).fit(G, labels);
    close(weighted.predictProba([[4], [1], [10]]), [0.46874999999999983, 0.5312500000000002, 1, 0, 0.4, 0.6]);
  });

  test('a tied vote goes to the smallest class, strings too', () => {
    expect(new KNeighborsClassifier({ nNeighbors: 2 }).fit([[0], [2]], ['b', 'a']).predict([[1]])).toEqual(['a']);
    const numbers = new KNeighborsClassifier({ nNeighbors: 2 }).fit([[0], [2]], [7, -3]);
    expect((numbers.predict([[1]]) as Tensor).toArray()).toEqual([-3]);
    expect(numbers.classes_).toEqual([-3, 7]);
  });

  test('at distance 0 only the rows at distance 0 vote', () => {
    const model = new KNeighborsClassifier({ nNeighbors: 3, weights: 'distance' }).fit([[0], [0.001], [0.002]], [0, 1, 1]);
    close(model.predictProba([[0]]), [1, 0]);
  });

  test('own weights, own metric', () => {
    const model = new KNeighborsClassifier({ nNeighbors: 2, weights: (d) => d, metric: (a, b) => Math.abs(a[0]! - b[0]!) }).fit(
      [[0], [3]],
      [0, 1],
    );
    close(model.predictProba([[1]]), [1 / 3, 2 / 3]);
    expect(() => new KNeighborsClassifier({ nNeighbors: 1, weights: () => tensor([1, 2]) }).fit([[0]], [0]).predict([[1]])).toThrow(
      'KNeighborsClassifier: weights must have the shape of the distances: [2] and [1,1]',
    );
  });

  test('predictions have the type of the labels', () => {
    const model = new KNeighborsClassifier({ nNeighbors: 1 }).fit([[0], [1]], new Int32Array([4, 5]));
    expect((model.predict([[0.9]]) as Tensor).dtype).toBe('float64');
    expect(
      (new KNeighborsClassifier({ nNeighbors: 1 }).fit([[0], [1]], tensor(new Int32Array([4, 5]))).predict([[0.9]]) as Tensor).dtype,
    ).toBe('int32');
    expect(model.score([[0], [1]], [4, 4])).toBe(0.5);
  });

  test('saved and read again it gives the same', () => {
    for (const y of [labels, labels.map((v) => `class ${v}`)]) {
      const model = new KNeighborsClassifier({ nNeighbors: 3, weights: 'distance', metric: 'manhattan' }).fit(G, y);
      const again = KNeighborsClassifier.fromJSON(JSON.parse(JSON.stringify(model)));
      expect(again.predictProba([[4], [6]]).toArray()).toEqual(model.predictProba([[4], [6]]).toArray());
      expect(again.predict([[4]])).toEqual(model.predict([[4]]) instanceof Array ? model.predict([[4]]) : expect.anything());
    }
    const infinite = new KNeighborsClassifier({ nNeighbors: 1, p: Infinity }).fit(G, labels);
    expect(KNeighborsClassifier.fromJSON(JSON.parse(JSON.stringify(infinite))).settings).toEqual(infinite.settings);
    expect(() => KNeighborsClassifier.fromJSON({ type: 'Other' })).toThrow(
      'KNeighborsClassifier.fromJSON: not a saved KNeighborsClassifier: type is Other',
    );
    expect(() => new KNeighborsClassifier({ weights: (d) => d }).fit(G, labels).toJSON()).toThrow('a function cannot be saved: weights');
    expect(() => new KNeighborsClassifier().toJSON()).toThrow(NotFittedError);
  });

  test('what it refuses, and that nothing half-fitted stays', () => {
    const model = new KNeighborsClassifier({ nNeighbors: 2 });
    expect(() => model.predict([[1]])).toThrow('KNeighborsClassifier: is not fitted yet: call fit first');
    expect(() => model.kneighbors([[1]])).toThrow(NotFittedError);
    model.fit([[0], [1]], [0, 1]);
    expect(() => model.fit([[0], [NaN]], [0, 1])).toThrow('KNeighborsClassifier.fit: X holds NaN: row 1, column 0');
    expect(() => model.fit([[0], [1]], [0])).toThrow(ShapeError);
    expect(() => model.fit([[0], [1]], [0, 0.5])).toThrow('labels must be whole numbers or strings: y[1] is 0.5');
    expect(() => model.fit([[0], [1]], ['a', 1] as never)).toThrow(
      'KNeighborsClassifier.fit: labels of two types: y[0] is string, y[1] is number',
    );
    expect(() => model.fit([], [])).toThrow('KNeighborsClassifier.fit: no data: X [0]');
    expect(() => model.fit([[1], [2]], undefined as never)).toThrow(
      'KNeighborsClassifier.fit: values must be numbers or booleans: got undefined: is an argument missing?',
    );
    expect(() => model.fit(tensor([], { shape: [0, 2] }), [])).toThrow(DataError);
    expect((model.predict([[0.9], [0.1]]) as Tensor).size).toBe(2); // the good fit is still there
    expect(() => model.predict([[1, 2]])).toThrow('X has 2 features, but the model is expecting 1 features: [1,2]');
    expect(() => model.predict([[Infinity]])).toThrow(DataError);
    expect(() => model.predict([[NaN]])).toThrow('KNeighborsClassifier: X holds NaN: row 0, column 0: clean or impute the data');
    expect(() => model.predict([])).toThrow('KNeighborsClassifier: no data: X [0]');
    expect(() => model.predict([1])).toThrow('KNeighborsClassifier: X must be a matrix [N, D]: got [1]: one row is [[…]]');
    // kneighbors() without X means the remembered rows; a prediction without X is a mistake
    expect(model.kneighbors(undefined, 1).indices.toArray()).toEqual([[1], [0]]);
    for (const nothing of [undefined, null]) {
      expect(() => model.predict(nothing as never)).toThrow(`KNeighborsClassifier: values must be numbers or booleans: got ${nothing}`);
      expect(() => model.predictProba(nothing as never)).toThrow(DTypeError);
    }
    expect(() => model.score([[1]], undefined as never)).toThrow('accuracy: values must be numbers or booleans: got undefined');
    expect(() => model.kneighbors([[1]], 3)).toThrow(
      'KNeighborsClassifier: Expected n_neighbors <= n_samples_fit, but: n_neighbors = 3, n_samples_fit = 2, n_samples = 1',
    );
    expect(() => new KNeighborsClassifier({ nNeighbors: 0 })).toThrow(UsageError);
    expect(() => new KNeighborsClassifier({ n_neighbors: 3 } as never)).toThrow("unknown option 'n_neighbors': did you mean 'nNeighbors'?");
    expect(() => new KNeighborsClassifier({ weights: 'near' as never })).toThrow("unknown weights 'near'");
    expect(() => new KNeighborsClassifier({ metric: 'l7' as never })).toThrow(
      "KNeighborsClassifier: unknown metric 'l7': minkowski, l1, l2, sqeuclidean, chebyshev, cosine, euclidean, manhattan, cityblock, infinity " +
        'or a function of two rows',
    );
    for (const p of [0.5, NaN, '2']) {
      expect(() => new KNeighborsClassifier({ p: p as never })).toThrow(`KNeighborsClassifier: p must be a number from 1: ${p}`);
    }
    for (const d of [NaN, undefined, tensor(1)]) {
      const odd = new KNeighborsClassifier({ nNeighbors: 1, metric: () => d as never }).fit([[0], [1]], [0, 1]);
      expect(() => odd.predict([[1]])).toThrow(`kNearest: the metric must return a number: got ${String(d)}`);
    }
  });
});

describe('KNeighborsRegressor', () => {
  const squares = G.map(([x]) => x! ** 2);

  test('weighted means, as scikit-learn has them', () => {
    const model = new KNeighborsRegressor({ nNeighbors: 3, weights: 'distance' }).fit(G, squares);
    close(model.predict([[4], [1], [10]]), [17.89375, 1, 93.6]);
    expect(new KNeighborsRegressor({ nNeighbors: 1 }).fit(G, squares).score(G, squares)).toBe(1);
  });

  test('several targets a row', () => {
    const model = new KNeighborsRegressor({ nNeighbors: 2 }).fit(
      [[0], [1], [5]],
      [
        [1, 10],
        [3, 20],
        [0, 0],
      ],
    );
    expect(model.predict([[0.4]]).toArray()).toEqual([[2, 15]]);
    const again = KNeighborsRegressor.fromJSON(JSON.parse(JSON.stringify(model)));
    expect(again.predict([[0.4]]).toArray()).toEqual([[2, 15]]);
  });

  test('mistakes', () => {
    expect(() => new KNeighborsRegressor().fit([], [])).toThrow('KNeighborsRegressor.fit: no data: X [0]');
    expect(() => new KNeighborsRegressor().fit([[0]], ['a'])).toThrow(
      'KNeighborsRegressor.fit: targets must be numbers: got strings: for classes use KNeighborsClassifier',
    );
    const fitted = new KNeighborsRegressor({ nNeighbors: 1 }).fit([[0], [1]], [0, 1]);
    expect(() => fitted.predict([[NaN]])).toThrow('KNeighborsRegressor: X holds NaN: row 0, column 0');
    expect(() => fitted.predict(undefined as never)).toThrow('KNeighborsRegressor: values must be numbers or booleans: got undefined');
    expect(() => fitted.score([[0]], [NaN])).toThrow('r2Score: y[0] is NaN');
    expect(() => new KNeighborsRegressor().predict([[1]])).toThrow(NotFittedError);
    expect(() => new KNeighborsRegressor().fit([[0]], [NaN])).toThrow('KNeighborsRegressor.fit: y holds NaN: element 0');
    expect(() => new KNeighborsRegressor().fit([[0]], [1, 2])).toThrow(ShapeError);
    expect(() => KNeighborsRegressor.fromJSON({ type: 'KNeighborsRegressor', settings: {}, X: 3 })).toThrow(DataError);
  });
});

describe('NearestNeighbors', () => {
  test('without X a row is not its own neighbour, among duplicates either', () => {
    const { indices, distances } = new NearestNeighbors({ nNeighbors: 2 }).fit([[0], [0], [0], [1], [5]]).kneighbors();
    expect(indices.toArray()).toEqual([
      [1, 2],
      [0, 2],
      [0, 1],
      [0, 1],
      [3, 0],
    ]);
    expect(distances.toArray()).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [1, 1],
      [4, 5],
    ]);
    // more duplicates than k: the row itself may not be among them, then the first is left out
    expect(
      new NearestNeighbors({ nNeighbors: 1 })
        .fit([[0], [0], [0]])
        .kneighbors()
        .indices.toArray(),
    ).toEqual([[1], [0], [1]]);
  });

  test('within a radius', () => {
    const near = new NearestNeighbors({ radius: 1.5 }).fit([[0], [1], [2], [9]]);
    const { indices, distances } = near.radiusNeighbors([[1], [20]]);
    expect(indices.map((i) => [...i])).toEqual([[1, 0, 2], []]);
    expect([...distances[0]!]).toEqual([0, 1, 1]);
    expect(near.radiusNeighbors([[1]], 0).indices.map((i) => [...i])).toEqual([[1]]);
  });

  test('as a graph', () => {
    const near = new NearestNeighbors({ nNeighbors: 1 }).fit([[0], [3], [4]]);
    expect(near.kneighborsGraph([[1]]).toArray()).toEqual([[1, 0, 0]]);
    expect(near.kneighborsGraph(null, 1, 'distance').toArray()).toEqual([
      [0, 3, 0],
      [0, 0, 1],
      [0, 1, 0],
    ]);
  });
});
