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
  LogisticRegression,
  mul,
  NotFittedError,
  parameter,
  pipeline,
  quadraticFeatures,
  sgd,
  ShapeError,
  sum,
  tensor,
  type Tensor,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { labelsOf } from './clouds.js';

const linear = (): LinearClassifier => new LinearClassifier({ loss: crossEntropy, optimizer: sgd({ lr: 1 }), epochs: 40, batchSize: 32 });
const { X, y } = annulus(120, { generator: new Generator(4) });

describe('what it passes on', () => {
  test('is what the estimator says of the features', async () => {
    const unfitted = pipeline(quadraticFeatures, linear());
    const model = await unfitted.fit(X, y);
    expect(model).toBe(unfitted);
    const alone = await linear().fit(quadraticFeatures(X), y);
    expect(model.kind).toBe('classifier');
    expect(model.transform(X).toArray()).toEqual(quadraticFeatures(X).toArray());
    expect(labelsOf(model, X)).toEqual(labelsOf(alone, quadraticFeatures(X)));
    expect(model.score(X, y)).toBe(alone.score(quadraticFeatures(X), y));
    expect(model.estimator.coef_.shape).toEqual([2, 5]);
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
    const scored = pipeline(quadraticFeatures, linear()).fitSync(X, y);
    expect(scored.decisionFunction(X).toArray()).toEqual(scored.estimator.decisionFunction(quadraticFeatures(X)).toArray());
    expect(scored.objective(X, y)).toBe(scored.estimator.objective(quadraticFeatures(X), y));
    expect('predictProba' in scored).toBe(false);
    const voted = pipeline(quadraticFeatures, new KNeighborsClassifier({ nNeighbors: 3 })).fit(X, y);
    expect(voted.predictProba(X).toArray()).toEqual(voted.estimator.predictProba(quadraticFeatures(X)).toArray());
    expect('decisionFunction' in voted).toBe(false);
    expect('objective' in voted).toBe(false);
    const probable = pipeline(quadraticFeatures, new LogisticRegression({ lambda: 0.1 })).fitSync(X, y);
    expect(probable.predictProba(X).toArray()).toEqual(probable.estimator.predictProba(quadraticFeatures(X)).toArray());
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
      (copy.fitSync ?? copy.fit).call(copy, train, [0, 1, 1, 0, 1]);
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
      const model = pipeline<LinearClassifier | KNeighborsClassifier>(quadraticFeatures, estimator).fitSync(X, y);
      const before = model.score(X, y);
      expect(() => model.fitSync([1, 2], [0, 1])).toThrow(ShapeError); // features
      expect(() => model.fitSync([[0, NaN]], [0])).toThrow(DataError); // estimator
      expect(() => model.fitSync([[0, 1]], [0, 1])).toThrow(ShapeError);
      expect(model.score(X, y)).toBe(before);
    }
  });
});

describe('options of fit', () => {
  test('validation data goes through the features', async () => {
    const held = annulus(30, { generator: new Generator(6) });
    const model = await pipeline(quadraticFeatures, linear()).fit(X, y, { epochs: 2, validationData: [held.X, held.y] });
    expect(model.estimator.history_!.history['valLoss']![1]).toBe(model.objective(held.X, held.y));
    expect(model.estimator.history_!.history['valAccuracy']![1]).toBe(model.score(held.X, held.y));
    model.fitSync(X, y, { epochs: 1, validationData: [held.X, held.y] });
    expect(model.estimator.history_!.history['valLoss']).toEqual([model.objective(held.X, held.y)]);
  });

  test('what the estimator does not know is its to refuse', async () => {
    await expect(pipeline(quadraticFeatures, linear()).fit(X, y, { epoch: 2 } as never)).rejects.toThrow(
      "LinearClassifier.fit: unknown option 'epoch'",
    );
    await expect(pipeline(quadraticFeatures, linear()).fit(X, y, { validationData: 3 } as never)).rejects.toThrow(
      'LinearClassifier.fit: validationData must be [X, y]: 3',
    );
  });

  test('a pipeline of a pipeline, at once or as a promise', async () => {
    const double = (x: Tensor): Tensor => mul(x, 2);
    const learnt = await pipeline(double, pipeline(quadraticFeatures, linear())).fit(X, y);
    expect(learnt.score(X, y)).toBe(pipeline([double, quadraticFeatures], linear()).fitSync(X, y).score(X, y));
    const voted = pipeline(double, pipeline(quadraticFeatures, new KNeighborsClassifier({ nNeighbors: 1 }))).fit(X, y);
    expect(voted.score(X, y)).toBe(1);
  });

  test('an estimator that can only promise is no estimator for fitSync or cross-validation; its failure is nobody’s', async () => {
    const later = {
      kind: 'classifier' as const,
      fit: () => Promise.reject(new Error('never heard of')),
      predict: () => tensor([0]),
      score: () => 0,
      clone: () => later,
    };
    const model = pipeline(quadraticFeatures, later);
    expect(() => model.fitSync(X, y)).toThrow(UsageError);
    expect(() => model.fitSync(X, y)).toThrow('pipeline: fit returned a Promise: the estimator needs fitSync');
    expect(() => crossValidate(later, X, y)).toThrow('crossValidate: fit returned a Promise: the estimator needs fitSync');
    await expect(model.fit(X, y)).rejects.toThrow('never heard of');
  });
});
