/** The linear classifier: what it learns, what it refuses, and that it is the same every time. */
import {
  accuracy,
  confusionMatrix,
  crossEntropy,
  DataError,
  l1,
  LinearClassifier,
  multiclassHinge,
  NotFittedError,
  ShapeError,
  tensor,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

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
  ] as const)('%s: learns what can be separated', (_, loss) => {
    const model = new LinearClassifier({ loss, epochs: 100, batchSize: 3, lr: 0.5 });
    expect(model.fit(X, y)).toBe(model);
    expect(model.predict(X).toArray()).toEqual(y);
    expect(model.predict(X).dtype).toBe('int32');
    expect(model.score(X, y)).toBe(1);
    expect(model.score(X, [1, 1, 0, 1, 2, 2])).toBeCloseTo(5 / 6, 14);
    expect(model.scores(X).shape).toEqual([6, 3]);
    expect(model.scores(X).node).toBeNull();
    expect(model.weights_!.shape).toEqual([2, 3]);
    expect(model.bias_!.shape).toEqual([3]);
    expect(model.predict([[0, 5]]).toArray()).toEqual([0]);
  });

  test('one step of full-batch gradient descent, worked by hand', () => {
    const model = new LinearClassifier({ loss: crossEntropy, epochs: 1, batchSize: 2, lr: 0.5 });
    const losses: number[] = [];
    new LinearClassifier({ loss: crossEntropy, epochs: 1, batchSize: 2, lr: 0.5, onStep: ({ loss }) => losses.push(loss) }).fit(
      [[1], [-1]],
      [0, 1],
    );
    model.fit([[1], [-1]], [0, 1]);
    // at W ≈ 0 the loss is log 2, ∂L/∂W = ½·(−½ − ½)·(1, −1): W moves by 0.25·(1, −1)
    expect(losses).toHaveLength(1);
    expect(losses[0]).toBeCloseTo(Math.LN2, 2);
    expect(model.weights_!.value.data[0]).toBeCloseTo(0.25, 2);
    expect(model.weights_!.value.data[1]).toBeCloseTo(-0.25, 2);
    expect(model.bias_!.value.data[0]).toBeCloseTo(0, 2);
  });

  test('the objective is mean(loss) + λ·R(W); the bias is free', () => {
    const model = new LinearClassifier({ loss: crossEntropy, lambda: 0.3, epochs: 3, batchSize: 6 }).fit(X, y);
    const W = [...model.weights_!.value.data];
    const data = crossEntropy(model.scores(X), y).item();
    expect(model.objective(X, y)).toBeCloseTo(data + 0.3 * W.reduce((a, w) => a + w * w, 0), 12);
    const other = new LinearClassifier({ loss: crossEntropy, lambda: 0.3, regulariser: l1, epochs: 3, batchSize: 6 }).fit(X, y);
    const V = [...other.weights_!.value.data];
    expect(other.objective(X, y)).toBeCloseTo(crossEntropy(other.scores(X), y).item() + 0.3 * V.reduce((a, w) => a + Math.abs(w), 0), 12);
  });

  test('progress is told once a step', () => {
    const seen: { step: number; steps: number; epoch: number }[] = [];
    new LinearClassifier({
      loss: crossEntropy,
      epochs: 2,
      batchSize: 4,
      onStep: ({ step, steps, epoch }) => seen.push({ step, steps, epoch }),
    }).fit(X, y);
    expect(seen).toEqual([
      { step: 1, steps: 4, epoch: 0 },
      { step: 2, steps: 4, epoch: 0 },
      { step: 3, steps: 4, epoch: 1 },
      { step: 4, steps: 4, epoch: 1 },
    ]);
  });

  test('the same seed gives the same bits, another seed others; a second fit starts again', () => {
    const weights = (seed: number): unknown =>
      new LinearClassifier({ loss: crossEntropy, epochs: 3, batchSize: 2, seed }).fit(X, y).weights_!.toArray();
    expect(weights(1)).toEqual(weights(1));
    expect(weights(1)).not.toEqual(weights(2));
    const model = new LinearClassifier({ loss: crossEntropy, epochs: 3, batchSize: 2, seed: 1 }).fit(X, y);
    expect(model.fit(X, y).weights_!.toArray()).toEqual(weights(1));
  });

  test('float32 data trains float32 weights, integers float64', () => {
    const x32 = tensor(new Float32Array(X.flat()), { shape: [6, 2] });
    expect(new LinearClassifier({ loss: crossEntropy, epochs: 1 }).fit(x32, y).weights_!.dtype).toBe('float32');
    const x8 = tensor(new Uint8Array([0, 1, 1, 0]), { shape: [2, 2] });
    expect(new LinearClassifier({ loss: crossEntropy, epochs: 1 }).fit(x8, [0, 1]).weights_!.dtype).toBe('float64');
  });

  test('zero epochs leave the initial weights', () => {
    const model = new LinearClassifier({ loss: crossEntropy, epochs: 0 }).fit(X, y);
    expect(model.bias_!.toArray()).toEqual([0, 0, 0]);
  });
});

describe('what it refuses', () => {
  const model = (): LinearClassifier => new LinearClassifier({ loss: crossEntropy, epochs: 1 });
  test.each([
    [
      'NaN',
      () =>
        model().fit(
          [
            [0, 1],
            [NaN, 2],
          ],
          [0, 1],
        ),
      DataError,
      'fit: X holds NaN: row 1, column 0: clean or impute the data',
    ],
    [
      'Infinity',
      () =>
        model().fit(
          [
            [0, Infinity],
            [1, 2],
          ],
          [0, 1],
        ),
      DataError,
      'fit: X holds Infinity: row 0, column 1',
    ],
    [
      'a label that is not whole',
      () => model().fit([[0], [1]], [0, 0.5]),
      DataError,
      'fit: labels must be whole numbers from 0: y[1] is 0.5',
    ],
    ['a negative label', () => model().fit([[0], [1]], [0, -1]), DataError, 'fit: labels must be whole numbers from 0: y[1] is -1'],
    ['too few labels', () => model().fit([[0], [1]], [0]), ShapeError, 'fit: y needs one label a row of X: X [2,1], y [1]'],
    ['a vector', () => model().fit([0, 1], [0, 1]), ShapeError, 'fit: X must be a matrix [N, D]: got [2]'],
    ['no data', () => model().fit(tensor([], { shape: [0, 2] }), []), DataError, 'fit: no data: X [0,2]'],
    ['predict before fit', () => model().predict([[1, 2]]), NotFittedError, 'LinearClassifier: is not fitted yet: call fit first'],
    ['score before fit', () => model().score([[1, 2]], [0]), NotFittedError, 'is not fitted yet'],
    [
      'another width',
      () =>
        model()
          .fit(X, y)
          .predict([[1, 2, 3]]),
      ShapeError,
      'LinearClassifier: X must be [N, 2]: got [1,3]',
    ],
    [
      'an unknown option',
      () => new LinearClassifier({ loss: crossEntropy, epoch: 3 } as never),
      UsageError,
      "LinearClassifier: unknown option 'epoch': did you mean 'epochs'?",
    ],
    ['no loss', () => new LinearClassifier({} as never), UsageError, 'LinearClassifier: needs a loss: { loss: crossEntropy }'],
    [
      'half an epoch',
      () => new LinearClassifier({ loss: crossEntropy, epochs: 0.5 }),
      UsageError,
      'LinearClassifier: epochs must be a whole number: 0.5',
    ],
  ] as const)('%s', (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  test('a loss that runs away stops with a reason', () => {
    expect(() => new LinearClassifier({ loss: multiclassHinge, lr: 1e300, lambda: 1, epochs: 50 }).fit(X, y)).toThrow(
      /the loss is not finite/,
    );
  });
});

test('a fit that fails half-way leaves what was fitted before', () => {
  let calls = 0;
  const model = new LinearClassifier({
    loss: (s, y) => {
      if (++calls > 30) throw new Error('enough');
      return crossEntropy(s, y);
    },
    epochs: 20,
    batchSize: 4,
  }).fit([[0], [1]], [0, 1]);
  const before = model.weights_!.toArray();
  expect(() => model.fit([[5], [-1]], [0, 1])).toThrow('enough');
  expect(model.weights_!.toArray()).toEqual(before);
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
    expect(() => confusionMatrix([0.5], [0])).toThrow('confusionMatrix: labels must be class indices: 0.5');
  });
});
