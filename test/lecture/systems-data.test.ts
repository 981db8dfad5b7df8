/**
 * @file Sections A and B of the lectures' systems, row by row: data, tasks, protocol; nearest neighbours.
 */
import {
  accuracy,
  add,
  argmax,
  argmin,
  cifar10Classes,
  crossValidate,
  dot,
  Generator,
  grad,
  GridSearchCV,
  KFold,
  kNearest,
  KNeighborsClassifier,
  labelledImages,
  LinearClassifier,
  LinearRegression,
  LinearSVC,
  LogisticRegression,
  MLPClassifier,
  multiclassHinge,
  norm,
  type Metric,
  pairwiseDistance,
  parameterGrid,
  pow,
  readCifar10,
  readIdx,
  reshape,
  ShapeError,
  SoftmaxClassifier,
  sub,
  sum,
  tensor,
  type Tensor,
  threeModes,
  trainTestSplit,
  trainValidationTestSplit,
  uniform,
} from 'chainrule';
import { predictGrid } from 'chainrule/viz';
import { describe, expect, test } from 'vitest';
import { near } from './near.js';

describe('A: data, tasks, protocol', () => {
  test('1: an image is a tensor of integers, and subtracting bytes does not wrap', () => {
    const [a, b] = [tensor(Uint8Array.of(10, 200)), tensor(Uint8Array.of(20, 100))];
    near(sub(a, b), [-10, 100]);
    expect(tensor([[[1, 2, 3]], [[4, 5, 6]]]).shape).toEqual([2, 1, 3]);
    expect(() => tensor([[1, 2], [3]])).toThrow(ShapeError);
  });

  test('2: flatten, with its gradient', () => {
    expect(reshape(tensor(new Float64Array(3072)), [32, 32, 3]).reshape([-1]).shape).toEqual([3072]);
    const f = (x: Tensor): Tensor => dot(reshape(x, [-1]), [1, 2, 3, 4]);
    near(grad(f)(tensor([[0, 0], [0, 0]])), [[1, 2], [3, 4]]); // prettier-ignore
  });

  test('3: one interface: fit, predict, score, for every classifier', () => {
    const [X, y] = [[[0, 0], [0, 1], [4, 4], [4, 5]], [0, 0, 1, 1]]; // prettier-ignore
    const models = [
      new KNeighborsClassifier({ nNeighbors: 1 }),
      new SoftmaxClassifier({ epochs: 50 }),
      new LinearSVC(),
      new LinearClassifier({ loss: multiclassHinge, epochs: 50 }),
      new LogisticRegression({ lambda: 0.01 }),
      new MLPClassifier({ hiddenLayerSizes: [4], epochs: 300, batchSize: 4 }),
    ];
    for (const model of models) {
      if ('fitSync' in model) model.fitSync(X, y);
      else model.fit(X, y);
      near(model.predict([[0, 0.4], [5, 5]]) as Tensor, [0, 1]); // prettier-ignore
      expect(model.score(X, y)).toBe(1);
    }
  });

  test('4: classes are decoded by argmax, numbers are predicted as they are', () => {
    near(argmax([[0.1, 0.7, 0.2], [3, 1, 2]]), [1, 0]); // prettier-ignore
    const line = new LinearRegression().fitSync([[0], [1], [2]], [1, 3, 5]);
    expect(line.predict([[10]]).item()).toBeCloseTo(21, 10);
  });

  test('5: optimal parameters on training data, the error on new samples', () => {
    const all = Array.from({ length: 40 }, (_, i) => i / 10);
    const [X, testX, y, testY] = trainTestSplit(all.map((x) => [x]), all.map((x) => 2 * x - 1), { testSize: 10 }); // prettier-ignore
    const line = new LinearRegression().fitSync(X, y);
    expect(line.score(X, y)).toBeCloseTo(1, 10);
    expect(line.score(testX, testY)).toBeCloseTo(1, 10);
  });

  test('6: CIFAR-10 in binary batches, 1 + 32·32·3 bytes an image', () => {
    const bytes = new Uint8Array(2 * 3073).fill(7, 1, 3073);
    bytes[3073] = 9;
    const { images, labels } = readCifar10(bytes);
    expect(images.shape).toEqual([2, 3, 32, 32]);
    expect(sum(images).item()).toBe(7 * 3072);
    expect([...labels.data].map((c) => cifar10Classes[c])).toEqual(['airplane', 'truck']);
  });

  test('7: MNIST in IDX files', () => {
    const images = readIdx(Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4));
    const labels = readIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 0));
    near(images, [[[1, 2]], [[3, 4]]]);
    expect(labelledImages(images, labels).X.shape).toEqual([2, 2]);
  });

  test('8: hyperparameters are choices, kept apart from parameters', () => {
    expect(parameterGrid({ nNeighbors: [1, 3], metric: ['l1', 'l2'] })).toHaveLength(4);
    const clone = new KNeighborsClassifier({ nNeighbors: 1 }).clone({ nNeighbors: 3 }).fit([[0], [1], [2]], [0, 1, 1]);
    near(clone.predict([[0]]) as Tensor, [1]);
  });

  test('9: train, validation and test, seeded; k = 1 always wins on the training data', () => {
    const { X, y } = threeModes(60, { generator: new Generator(1), noise: 0.3 });
    const [one, again] = [1, 1].map((randomState) => trainValidationTestSplit(X, y, { validationSize: 12, testSize: 12, randomState }));
    expect([one!.train.X.shape, one!.validation.X.shape, one!.test.X.shape]).toEqual([[36, 2], [12, 2], [12, 2]]); // prettier-ignore
    near(one!.test.X, again!.test.X.toArray());
    expect(new KNeighborsClassifier({ nNeighbors: 1 }).fit(X, y).score(X, y)).toBe(1);
  });

  test('10: folds validate once each; mean and population deviation over them', () => {
    const folds = new KFold({ nSplits: 5 }).split(tensor(new Float64Array(50)).reshape([50, 1]));
    expect(folds.flatMap((fold) => [...fold.test.data]).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    const { X, y } = threeModes(100, { generator: new Generator(2) });
    const { testScore } = crossValidate(new KNeighborsClassifier({ nNeighbors: 1 }), X, y, { cv: 5 });
    const search = new GridSearchCV(new KNeighborsClassifier(), { nNeighbors: [1, 7] }, { cv: 5 }).fit(X, y);
    const mean = testScore.reduce((a, b) => a + b) / 5;
    expect(search.cvResults_!['mean_test_score']![0]).toBeCloseTo(mean, 12);
    const deviation = Math.sqrt(testScore.reduce((a, b) => a + (b - mean) ** 2, 0) / 5);
    expect(search.cvResults_!['std_test_score']![0]).toBeCloseTo(deviation, 12);
  });

  test('11: accuracy, and the neighbours of test images', () => {
    expect(accuracy([0, 1, 2, 2], [0, 1, 1, 2])).toBe(0.75);
    const model = new KNeighborsClassifier({ nNeighbors: 2 }).fit([[0], [1], [5]], [0, 0, 1]);
    near(model.kneighbors([[0.9]]).indices, [[1, 0]]);
  });

  test('15: 2^784 binary images fit a double', () => {
    expect(pow(2, 784).item() / 1.017458257e236).toBeCloseTo(1, 9);
  });
});

describe('B: nearest neighbours', () => {
  const test4 = tensor([[56, 32, 10, 18], [90, 23, 128, 133], [24, 26, 178, 200], [2, 0, 255, 220]]); // prettier-ignore
  const train4 = tensor([[10, 20, 24, 17], [8, 10, 89, 100], [12, 16, 178, 170], [4, 32, 233, 112]]); // prettier-ignore
  const flat = (x: Tensor): Tensor => reshape(x, [1, -1]);

  test('16: the nearest in L1; of equals the first, as np.argmin', () => {
    near(argmin([3, 1, 1]), 1);
    const model = new KNeighborsClassifier({ nNeighbors: 1, metric: 'l1' }).fit([[0], [2], [2]], [7, 8, 9]);
    near(model.predict([[1], [1.5]]) as Tensor, [7, 8]); // prettier-ignore
  });

  test('17: L1, for all pairs at once', () => {
    expect(pairwiseDistance(flat(test4), flat(train4), { metric: 'l1' }).item()).toBe(456);
    near(pairwiseDistance([[0, 0], [1, 1]], [[1, 2], [3, 4], [0, 0]], { metric: 'l1' }), [[3, 7, 0], [1, 5, 2]]); // prettier-ignore
  });

  test('18: L2, with a gradient of 0 at distance 0', () => {
    expect(pairwiseDistance(flat(test4), flat(train4), { metric: 'l2' }).item()).toBeCloseTo(Math.sqrt(26280), 9);
    const f = (a: Tensor): Tensor => sum(pairwiseDistance(a, [[3, 4]], { metric: 'l2' }));
    near(grad(f)(tensor([[3, 4]])), [[0, 0]]);
    near(grad(f)(tensor([[3, 0]])), [[0, -1]]);
  });

  test('19: the majority of k; a tied vote goes to the smallest class', () => {
    const model = (k: number): Tensor =>
      new KNeighborsClassifier({ nNeighbors: k }).fit([[0], [1], [2], [9]], [2, 1, 1, 0]).predict([[0.1]]) as Tensor;
    expect([1, 2, 3].map((k) => model(k).item())).toEqual([2, 1, 1]);
  });

  test('20: remembering costs nothing, predicting looks at every point', () => {
    let looked = 0;
    const metric: Metric = (a, b) => {
      looked++;
      return Math.abs(a[0]! - b[0]!);
    };
    const forThree = (n: number): number => {
      const points = Array.from({ length: n }, (_, i) => [i]);
      looked = 0;
      const model = new KNeighborsClassifier({ nNeighbors: 1, metric }).fit(points, points.flat());
      expect(looked).toBe(0);
      model.predict([[3], [4], [5]]);
      return looked;
    };
    expect(forThree(200) - forThree(100)).toBe(3 * 100);
  });

  test('21: the class of every point of the plane, without a picture', () => {
    const model = new KNeighborsClassifier({ nNeighbors: 1 }).fit([[0, 0], [2, 2]], [0, 1]); // prettier-ignore
    near(predictGrid((X) => model.predict(X) as Tensor, { xRange: [0, 2], yRange: [0, 2], steps: 2 }), [[0, 0], [0, 1]]); // prettier-ignore
  });

  test('23: in many dimensions the nearest is hardly nearer than the farthest', () => {
    const contrast = (d: number): number => {
      const points = uniform([300, d], { generator: new Generator(3) });
      const { distances } = kNearest(uniform([1, d], { generator: new Generator(4) }), points, { k: 300, metric: 'l2' });
      return distances.data[0]! / distances.data[299]!;
    };
    expect(contrast(2)).toBeLessThan(0.1);
    expect(contrast(500)).toBeGreaterThan(0.7);
  });

  test('24: changes that look different have one distance', () => {
    const image = [[0.2, 0.4], [0.6, 0.8]]; // prettier-ignore
    const tinted = add(image, 0.1);
    const spot = add(image, [[0.2, 0], [0, 0]]); // prettier-ignore
    expect(norm(sub(tinted, image)).item()).toBeCloseTo(norm(sub(spot, image)).item(), 12);
  });
});
