/** Features before an estimator: what it passes on, what it keeps, what it refuses. */
import {
  annulus,
  concatFeatures,
  crossEntropy,
  crossValidate,
  DataError,
  Generator,
  grad,
  KNeighborsClassifier,
  KNeighborsRegressor,
  LinearClassifier,
  mul,
  NotFittedError,
  parameter,
  pipeline,
  quadraticFeatures,
  ShapeError,
  sum,
  tensor,
  type Tensor,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

const linear = (): LinearClassifier => new LinearClassifier({ loss: crossEntropy, lr: 1, epochs: 40, batchSize: 32 });
const { X, y } = annulus(120, { generator: new Generator(4) });

describe('what it passes on', () => {
  test('is what the estimator says of the features', () => {
    const model = pipeline(quadraticFeatures, linear()).fit(X, y);
    const alone = linear().fit(quadraticFeatures(X), y);
    expect(model.kind).toBe('classifier');
    expect(model.transform(X).toArray()).toEqual(quadraticFeatures(X).toArray());
    expect(model.predict(X).toArray()).toEqual(alone.predict(quadraticFeatures(X)).toArray());
    expect(model.score(X, y)).toBe(alone.score(quadraticFeatures(X), y));
    expect(model.estimator.weights_!.shape).toEqual([5, 2]);
  });

  test('a list of functions goes in turn', () => {
    const double = (x: Tensor): Tensor => mul(x, 2);
    const square = (x: Tensor): Tensor => mul(x, x);
    const model = pipeline([double, concatFeatures((x) => x, square)], new KNeighborsRegressor({ nNeighbors: 1 }));
    expect(model.transform([[1, 3]]).toArray()).toEqual([[2, 6, 4, 36]]);
    expect(model.kind).toBe('regressor');
    expect(model.fit([[1], [2]], [5, 7]).predict([[1.9]])).toMatchObject({ shape: [1] });
  });

  test('optional methods, exactly where the estimator has them', () => {
    const scored = pipeline(quadraticFeatures, linear()).fit(X, y);
    expect(scored.scores(X).toArray()).toEqual(scored.estimator.scores(quadraticFeatures(X)).toArray());
    expect(scored.objective(X, y)).toBe(scored.estimator.objective(quadraticFeatures(X), y));
    expect('predictProba' in scored).toBe(false);
    const voted = pipeline(quadraticFeatures, new KNeighborsClassifier({ nNeighbors: 3 })).fit(X, y);
    expect(voted.predictProba(X).toArray()).toEqual(voted.estimator.predictProba(quadraticFeatures(X)).toArray());
    expect('scores' in voted).toBe(false);
    expect('objective' in voted).toBe(false);
    // @ts-expect-error a linear classifier has no predictProba, and neither has its pipeline
    expect(scored.predictProba).toBeUndefined();
  });

  test('a clone is unfitted, has its changes, and the same features', () => {
    const model = pipeline(quadraticFeatures, new KNeighborsClassifier({ nNeighbors: 3 })).fit(X, y);
    const copy = model.clone({ nNeighbors: 1 });
    expect(() => copy.predict(X)).toThrow(NotFittedError);
    expect(copy.fit(X, y).score(X, y)).toBe(1);
    expect(copy.estimator.settings.nNeighbors).toBe(1);
    expect(model.estimator.settings.nNeighbors).toBe(3);
  });
});

describe('features that are learned', () => {
  test('the same X is seen with the parameter as it is now', () => {
    const w = parameter([[2]], { name: 'w' });
    const model = pipeline((x) => mul(x, w), new KNeighborsClassifier({ nNeighbors: 1 }));
    const x = tensor([[1], [2]]);
    expect(model.transform(x).toArray()).toEqual([[2], [4]]);
    w.value = tensor([[3]]);
    expect(model.transform(x).toArray()).toEqual([[3], [6]]);
    expect(model.clone().transform(x).toArray()).toEqual([[3], [6]]);
  });

  test('gradients reach what features close over, though X was seen before', () => {
    let scale: Tensor = tensor([[1]]);
    const model = pipeline((x) => mul(x, scale), new KNeighborsClassifier());
    const x = tensor([[1], [2]]);
    model.transform(x);
    const slope = grad((v: Tensor) => {
      scale = v;
      return sum(model.transform(x));
    })(tensor([[3]]));
    expect(slope.toArray()).toEqual([[3]]); // d/dv Σ xᵢ·v = Σ xᵢ
  });
});

describe('cross-validation', () => {
  test.each([
    ['without a family', (f: (x: Tensor) => Tensor) => pipeline(f, linear())],
    ['with one', (f: (x: Tensor) => Tensor) => pipeline(f, new KNeighborsClassifier())],
  ] as const)('computes features of a fold once for all settings: %s', (_, make) => {
    let calls = 0;
    const model = make((x) => {
      calls++;
      return quadraticFeatures(x);
    });
    const copies = model.family!([{}, {}, {}]);
    const [train, held] = [
      tensor([
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
        [2, 2],
      ]),
      tensor([[0, 0]]),
    ];
    for (const copy of copies) {
      copy.fit(train, [0, 1, 1, 0, 1]);
      copy.predict(held);
    }
    expect(calls).toBe(2);
    expect(crossValidate(model, X, y, { cv: 3 }).testScore.length).toBe(3);
    expect(calls).toBe(2 + 2 * 3);
  });
});

describe('what it refuses', () => {
  test.each([
    [[], 'pipeline: features must be a function or a list of functions'],
    [[quadraticFeatures, 3], 'pipeline: features must be a function or a list of functions'],
    [undefined, 'pipeline: features must be a function or a list of functions'],
    ['hog', 'pipeline: features must be a function or a list of functions'],
  ])('features %#', (features, message) => {
    expect(() => pipeline(features as never, linear())).toThrow(UsageError);
    expect(() => pipeline(features as never, linear())).toThrow(message);
  });

  test.each([[undefined], [{}], [{ fit: () => undefined }]])('estimators %#', (estimator) => {
    expect(() => pipeline(quadraticFeatures, estimator as never)).toThrow(UsageError);
    expect(() => pipeline(quadraticFeatures, estimator as never)).toThrow(/^pipeline: the estimator must have fit and predict: /);
  });

  test('before fit', () => {
    expect(() => pipeline(quadraticFeatures, linear()).predict(X)).toThrow(NotFittedError);
  });

  test('data that features or the estimator refuse leave it as it was', () => {
    for (const estimator of [linear(), new KNeighborsClassifier({ nNeighbors: 3 })]) {
      const model = pipeline(quadraticFeatures, estimator).fit(X, y);
      const before = model.score(X, y);
      expect(() => model.fit([1, 2], [0, 1])).toThrow(ShapeError); // features
      expect(() => model.fit([[0, NaN]], [0])).toThrow(DataError); // estimator
      expect(() => model.fit([[0, 1]], [0, 1])).toThrow(ShapeError);
      expect(model.score(X, y)).toBe(before);
    }
  });
});
