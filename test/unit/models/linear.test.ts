/** Linear classifiers: what they learn, their three views, what they refuse, and that they are the same every time. */
import {
  accuracy,
  type Callback,
  confusionMatrix,
  crossEntropy,
  DataError,
  DTypeError,
  gradcheck,
  gradgradcheck,
  l1,
  LinearClassifier,
  LinearSVC,
  LogisticRegression,
  multiclassHinge,
  NotFittedError,
  pick,
  sgd,
  ShapeError,
  signedDistance,
  SoftmaxClassifier,
  sub,
  type Tensor,
  tensor,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { labelsOf } from './clouds.js';

const X = [
  [0, 1],
  [1, 0],
  [0, 2],
  [2, 0],
  [-1, -1],
  [-2, -2],
];
const y = [0, 1, 0, 1, 2, 2];

describe('LinearClassifier', () => {
  test.each([
    ['softmax', crossEntropy],
    ['SVM', multiclassHinge],
  ] as const)('%s: learns what can be separated', async (_, loss) => {
    const model = new LinearClassifier({ loss, epochs: 100, batchSize: 3, optimizer: sgd({ lr: 0.5 }) });
    expect(await model.fit(X, y)).toBe(model);
    expect(labelsOf(model, X)).toEqual(y);
    expect(model.predict(X)).toMatchObject({ dtype: 'float64' });
    expect(model.score(X, y)).toBe(1);
    expect(model.score(X, [1, 1, 0, 1, 2, 2])).toBeCloseTo(5 / 6, 14);
    expect(model.score(X, [7, 1, 0, 1, 2, 2])).toBeCloseTo(5 / 6, 14); // nobody was told of a class 7: it is missed
    expect(model.decisionFunction(X).shape).toEqual([6, 3]);
    expect(model.decisionFunction(X).node).toBeNull();
    expect(model.coef_.shape).toEqual([3, 2]);
    expect(model.intercept_.shape).toEqual([3]);
    expect(model.classes_).toEqual([0, 1, 2]);
    expect(model.nFeaturesIn_).toBe(2);
    expect(labelsOf(model, [[0, 5]])).toEqual([0]);
  });

  test('one step of full-batch gradient descent, worked by hand', () => {
    const losses: unknown[] = [];
    const watch: Callback = { onBatchEnd: (_, logs) => void losses.push(logs) };
    const model = new LinearClassifier({ loss: crossEntropy, epochs: 1, batchSize: 2, optimizer: sgd({ lr: 0.5 }) });
    model.fitSync([[1], [-1]], [0, 1], { callbacks: [watch] });
    // at W ≈ 0 (first values have deviation 0.001) the loss is log 2, ∂L/∂W = ½·(−½ − ½)·(1, −1): W moves by 0.25·(1, −1)
    expect(losses).toEqual([{ loss: expect.closeTo(Math.LN2, 2) as number, step: 1 }]);
    expect(model.coef_.data[0]).toBeCloseTo(0.25, 2);
    expect(model.coef_.data[1]).toBeCloseTo(-0.25, 2);
    expect(model.intercept_.data[0]).toBeCloseTo(0, 2);
  });

  test('the objective is mean(loss) + λ·R(W); the bias is free', () => {
    for (const [regulariser, size] of [
      [undefined, (w: number) => w * w],
      [l1, Math.abs],
    ] as const) {
      const model = new LinearClassifier({ loss: crossEntropy, lambda: 0.3, epochs: 3, batchSize: 6, ...(regulariser && { regulariser }) });
      model.fitSync(X, y);
      const penalty = [...model.coef_.data].reduce((s, w) => s + size(w), 0);
      expect(model.objective(X, y)).toBeCloseTo(crossEntropy(model.decisionFunction(X), y).item() + 0.3 * penalty, 12);
    }
  });

  test('the same randomState gives the same bits, another one others; a second fit starts again', () => {
    const make = (randomState: number): LinearClassifier =>
      new LinearClassifier({ loss: crossEntropy, epochs: 3, batchSize: 2, randomState });
    const weights = (randomState: number): unknown => make(randomState).fitSync(X, y).coef_.toArray();
    expect(weights(1)).toEqual(weights(1));
    expect(weights(1)).not.toEqual(weights(2));
    const model = make(1).fitSync(X, y);
    expect(model.fitSync(X, y).coef_.toArray()).toEqual(weights(1));
    expect(make(1).fitSync(X, y, { shuffle: false }).coef_.toArray()).not.toEqual(weights(1));
  });

  test('fit and fitSync give the same bits', async () => {
    const make = (): SoftmaxClassifier => new SoftmaxClassifier({ epochs: 5, batchSize: 2 });
    expect((await make().fit(X, y, { yieldEvery: 0 })).coef_.toArray()).toEqual(make().fitSync(X, y).coef_.toArray());
  });

  test('float32 data trains float32, weighted or not; whole numbers float64', () => {
    const x32 = tensor(new Float32Array(X.flat()), { shape: [6, 2] });
    const model = new LinearClassifier({ loss: crossEntropy, epochs: 1, lambda: 0.1, classWeight: 'balanced' });
    const single: Callback = { onBatchEnd: (_, { loss }) => expect(Math.fround(loss!)).toBe(loss) };
    model.fitSync(x32, y, { sampleWeight: [1, 2, 3, 4, 5, 6], validationData: [X, y], callbacks: [single] });
    expect([model.coef_.dtype, model.intercept_.dtype, model.decisionFunction(X).dtype]).toEqual(['float32', 'float32', 'float32']);
    const x8 = tensor(new Uint8Array([0, 1, 1, 0]), { shape: [2, 2] });
    expect(new LinearClassifier({ loss: crossEntropy, epochs: 1 }).fitSync(x8, [0, 1]).coef_.dtype).toBe('float64');
  });
});

describe('three views', () => {
  const model = new SoftmaxClassifier({ epochs: 50, batchSize: 3 }).fitSync(X, ['up', 'right', 'up', 'right', 'down', 'down']);

  test('templates are the rows of W in any shape', () => {
    expect(model.templates().toArray()).toEqual(model.coef_.toArray());
    expect(model.templates([1, 2, 1]).shape).toEqual([3, 1, 2, 1]);
    expect(() => model.templates([3])).toThrow(ShapeError);
    expect(() => model.templates([3])).toThrow(
      'SoftmaxClassifier.templates: the shape must hold one number a feature: [3] holds 3, the model has 2 features',
    );
  });

  test('on a boundary the scores of its two classes are equal, on its positive side the first wins', () => {
    const boundaries = model.boundaries();
    expect(boundaries.map(({ classes }) => classes)).toEqual([
      ['down', 'right'],
      ['down', 'up'],
      ['right', 'up'],
    ]);
    for (const { classes, normal, offset } of boundaries) {
      const [a, b] = [...normal.data] as [number, number];
      const c = offset.item();
      const foot = [(-c * a) / (a * a + b * b), (-c * b) / (a * a + b * b)]; // the point of the line nearest to 0
      const beside = [foot[0]! + a, foot[1]! + b];
      const along = [foot[0]! - 7 * b, foot[1]! + 7 * a];
      const scores = model.decisionFunction([foot, along, beside]);
      const of = (name: string | number): number[] => [...pick(scores, Array(3).fill(model.classes_.indexOf(name as never))).data];
      const difference = of(classes[0]).map((s, i) => s - of(classes[1])[i]!);
      expect(difference[0]).toBeCloseTo(0, 12);
      expect(difference[1]).toBeCloseTo(0, 12);
      expect(difference[2]).toBeCloseTo(a * a + b * b, 12); // s_i − s_j grows by c·c on the way along c
      expect(signedDistance({ normal, offset }, beside).item()).toBeCloseTo(Math.hypot(a, b), 12);
    }
  });

  test('a distance has gradients in the hyperplane, too', () => {
    const points = [[0.4, -1.2], [2, 0.3]]; // prettier-ignore
    const distance = (normal: Tensor, offset: Tensor, x: Tensor): Tensor => signedDistance({ normal, offset }, x);
    expect(gradcheck(distance, [tensor([1.5, -0.7]), tensor(0.3), tensor(points)])).toBe(true);
    expect(gradgradcheck(distance, [tensor([1.5, -0.7]), tensor(0.3), tensor(points)])).toBe(true);
  });

  test.each([
    ['LogisticRegression', () => new LogisticRegression({ lambda: 0.01 })],
    ['LinearSVC', () => new LinearSVC({ epochs: 300 })],
  ])('%s: two classes have one score, one template and one boundary', (_, make) => {
    const one = make().fitSync([[0, 0], [0, 1], [2, 0], [2, 1]], ['left', 'left', 'right', 'right']); // prettier-ignore
    const points = [[0, 5], [1.7, 0], [3, -4]]; // prettier-ignore
    expect([one.coef_.shape, one.intercept_.shape, one.templates([2, 1]).shape]).toEqual([[1, 2], [1], [1, 2, 1]]);
    const scores = one.decisionFunction(points);
    expect(scores.shape).toEqual([3]);
    expect(labelsOf(one, points)).toEqual([...scores.data].map((s) => (s > 0 ? 'right' : 'left')));
    const [boundary, ...others] = one.boundaries();
    expect(others).toEqual([]);
    expect(boundary!.classes).toEqual(['right', 'left']); // positive: the second of the sorted classes
    const norm = Math.hypot(...one.coef_.data);
    expect([...sub(signedDistance(boundary!, points), scores.div(norm)).data].every((d) => Math.abs(d) < 1e-14)).toBe(true);
  });
});

describe('what it refuses', () => {
  const model = (): LinearClassifier => new LinearClassifier({ loss: crossEntropy, epochs: 1 });
  const few = [[0], [1]]; // prettier-ignore
  test.each([
    ['NaN', () => model().fitSync([[0, 1], [NaN, 2]], [0, 1]), DataError, 'LinearClassifier.fit: X holds NaN: row 1, column 0: clean or impute the data'], // prettier-ignore
    ['Infinity', () => model().fitSync([[0, Infinity], [1, 2]], [0, 1]), DataError, 'LinearClassifier.fit: X holds Infinity: row 0, column 1'], // prettier-ignore
    ['a label that is not whole', () => model().fitSync(few, [0, 0.5]), DataError, 'LinearClassifier.fit: labels must be whole numbers or strings: y[1] is 0.5'], // prettier-ignore
    ['labels of two types', () => model().fitSync(few, ['a', 1] as never), DataError, 'LinearClassifier.fit: labels of two types: y[0] is string, y[1] is number'], // prettier-ignore
    ['too few labels', () => model().fitSync(few, [0]), ShapeError, 'LinearClassifier.fit: y needs one label a row of X: 2 rows, 1 labels'],
    ['a table of labels', () => model().fitSync(few, [[0], [1]]), ShapeError, 'LinearClassifier.fit: labels must be a vector: got [2,1]'],
    ['no labels', () => model().fitSync(few, undefined as never), DTypeError, 'LinearClassifier.fit: values must be numbers or booleans: got undefined'], // prettier-ignore
    ['one class', () => model().fitSync(few, [3, 3]), DataError, 'LinearClassifier.fit: needs at least two classes: all labels are 3'],
    ['a vector', () => model().fitSync([0, 1], [0, 1]), ShapeError, 'LinearClassifier.fit: X must be a matrix [N, D]: got [2]'],
    ['no data', () => model().fitSync(tensor([], { shape: [0, 2] }), []), DataError, 'LinearClassifier.fit: no data: X [0,2]'],
    ['predict before fit', () => model().predict([[1, 2]]), NotFittedError, 'LinearClassifier: is not fitted yet: call fit first'],
    ['score before fit', () => model().score([[1, 2]], [0]), NotFittedError, 'LinearClassifier: is not fitted yet'],
    ['coef_ before fit', () => model().coef_, NotFittedError, 'LinearClassifier: is not fitted yet'],
    ['another width', () => model().fitSync(X, y).predict([[1, 2, 3]]), ShapeError, 'LinearClassifier.predict: X has 3 features, but the model is expecting 2 features: [1,3]'], // prettier-ignore
    ['NaN in a question', () => model().fitSync(X, y).decisionFunction([[1, NaN]]), DataError, 'LinearClassifier.decisionFunction: X holds NaN: row 0, column 1'], // prettier-ignore
    ['an unknown option', () => new LinearClassifier({ loss: crossEntropy, epoch: 3 } as never), UsageError, "LinearClassifier: unknown option 'epoch': did you mean 'epochs'?"], // prettier-ignore
    ['an unknown option of fit', () => model().fitSync(X, y, { callback: [] } as never), UsageError, "LinearClassifier.fitSync: unknown option 'callback': did you mean 'callbacks'?"], // prettier-ignore
    ['an unknown change', () => model().clone({ lamda: 3 } as never), UsageError, "LinearClassifier: unknown option 'lamda': did you mean 'lambda'?"], // prettier-ignore
    ['no loss', () => new LinearClassifier({} as never), UsageError, 'LinearClassifier: needs a loss: { loss: crossEntropy }'],
    ['no options', () => new LinearClassifier(undefined as never), UsageError, 'LinearClassifier: needs a loss'],
    ['half an epoch', () => new LinearClassifier({ loss: crossEntropy, epochs: 0.5 }), UsageError, 'LinearClassifier: epochs must be a whole number: 0.5'], // prettier-ignore
    ['half an epoch of fit', () => model().fitSync(X, y, { epochs: -1 }), UsageError, 'LinearClassifier.fit: epochs must be a whole number: -1'], // prettier-ignore
    ['no batch', () => new LinearClassifier({ loss: crossEntropy, batchSize: 0 }), UsageError, 'LinearClassifier: batchSize must be a positive whole number, or Infinity for all examples: 0'], // prettier-ignore
    ['a negative λ', () => new SoftmaxClassifier({ lambda: -1 }), UsageError, 'SoftmaxClassifier: lambda must be a finite number, not negative: -1'], // prettier-ignore
    ['a regulariser by name', () => new SoftmaxClassifier({ regulariser: 'l2' as never }), UsageError, 'SoftmaxClassifier: regulariser must be a function: l2: l1, l2 or your own'], // prettier-ignore
    ['an optimizer by name', () => new SoftmaxClassifier({ optimizer: 'adam' as never }), UsageError, 'SoftmaxClassifier: optimizer must be a pure pair: sgd({ lr: 0.1 }), adam(), lbfgs(): in small letters'], // prettier-ignore
    ['a random state', () => new SoftmaxClassifier({ randomState: -1 }), UsageError, 'Generator: seed must be a whole number from 0'],
    ['a power', () => new LinearSVC({ power: 3 as never }), UsageError, 'LinearSVC: power must be 1 or 2: 3'],
    ['another width of a distance', () => signedDistance({ normal: [1, 2], offset: 0 }, [1, 2, 3]), ShapeError, 'signedDistance: points and hyperplane differ in width: x [3], normal [2]'], // prettier-ignore
  ] as const)('%s', (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  test('what fitSync throws, fit rejects with', async () => {
    await expect(model().fit([[NaN]], [0])).rejects.toThrow(DataError);
    await expect(model().fit(X, y, { epochs: 0.5 })).rejects.toThrow('LinearClassifier.fit: epochs must be a whole number: 0.5');
  });
});

describe('metrics', () => {
  test('accuracy', () => {
    expect(accuracy([0, 1, 2, 2], [0, 1, 1, 2])).toBe(0.75);
    expect(() => accuracy([0, 1], [0])).toThrow('accuracy: needs two vectors of one length: [2] and [1]');
    expect(() => accuracy([], [])).toThrow(ShapeError);
  });
  test('confusionMatrix: rows are true classes', () => {
    expect(confusionMatrix([0, 1, 1, 2], [0, 1, 0, 0]).toArray()).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [1, 0, 0],
    ]);
    expect(() => confusionMatrix([0.5], [0])).toThrow('confusionMatrix: labels must be whole numbers or strings: y[0] is 0.5');
  });
});

describe('the margin is an option of the loss', () => {
  test('a model that is given one says so', () => {
    const hint = 'it is an option of the loss: new LinearClassifier({ loss: (s, y) => multiclassHinge(s, y, { delta: 2 }) })';
    for (const option of ['delta', 'margin']) {
      expect(() => new LinearClassifier({ loss: multiclassHinge, [option]: 2 })).toThrow(
        new UsageError('LinearClassifier', `unknown option '${option}'`, undefined, hint),
      );
      expect(() => new LinearSVC({ [option]: 2 })).toThrow(new UsageError('LinearSVC', `unknown option '${option}'`, undefined, hint));
    }
    expect(() => new LinearSVC({ powe: 2 } as never)).toThrow("LinearSVC: unknown option 'powe': did you mean 'power'?");
  });

  test('in a closure it is trained with, with weights too', () => {
    const y = X.map((_, i) => i % 3);
    const at = (delta: number, options: object = {}): LinearClassifier =>
      new LinearClassifier({ loss: (s, t, o) => multiclassHinge(s, t, { ...o, delta }), epochs: 0 }).fitSync(X, y, options);
    expect(at(2).objective(X, y)).toBeCloseTo(4, 1);
    expect(at(1).objective(X, y)).toBeCloseTo(2, 1);
    expect(at(2, { sampleWeight: y.map((c) => c + 1) }).objective(X, y)).toBeCloseTo(4, 1);
  });
});
