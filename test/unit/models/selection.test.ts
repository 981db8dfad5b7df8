/** Splits, folds, cross-validation and grid search beside values computed with scikit-learn 1.x. */
import {
  accuracy,
  classificationReport,
  confusionMatrix,
  crossEntropy,
  crossValidate,
  crossValPredict,
  crossValScore,
  DataError,
  DTypeError,
  f1Score,
  Generator,
  GridSearchCV,
  KFold,
  KNeighborsClassifier,
  KNeighborsRegressor,
  LinearClassifier,
  meanAbsoluteError,
  meanSquaredError,
  normal,
  NotFittedError,
  parameterGrid,
  r2Score,
  record,
  ShapeError,
  StratifiedKFold,
  type Tensor,
  trainTestSplit,
  trainValidationTestSplit,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

const G = [[0], [1], [2], [3.5], [7], [8], [9], [11], [4.4], [5.2]];
const y = [0, 0, 0, 1, 1, 1, 1, 0, 0, 1];
const targets = G.map(([x]) => x!);
const near = (found: readonly number[], expected: readonly number[]): void =>
  expect(found).toEqual(expected.map((v) => expect.closeTo(v, 12) as number));

describe('folds', () => {
  test('as scikit-learn cuts them', () => {
    const fourteen = Array.from({ length: 14 }, (_, i) => [i]);
    const classes = [2, 0, 1, 2, 0, 1, 2, 0, 1, 0, 0, 2, 1, 0];
    expect(new KFold({ nSplits: 4 }).split(fourteen).map(({ test: t }) => t.toArray())).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10],
      [11, 12, 13],
    ]);
    expect(new StratifiedKFold({ nSplits: 3 }).split(fourteen, classes).map(({ test: t }) => t.toArray())).toEqual([
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8, 9],
      [10, 11, 12, 13],
    ]);
  });

  test('every row is tested once, never trained on then; the seed decides', () => {
    for (const splitter of [new KFold({ shuffle: true, randomState: 1 }), new StratifiedKFold({ shuffle: true, randomState: 1 })]) {
      const folds = splitter.split(G, y);
      expect(folds.flatMap(({ test: t }) => [...t.data]).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      for (const { train, test: t } of folds) expect(new Set([...train.data, ...t.data]).size).toBe(10);
      expect(splitter.split(G, y).map(({ test: t }) => t.toArray())).toEqual(folds.map(({ test: t }) => t.toArray()));
    }
    const shares = new StratifiedKFold({ nSplits: 5, shuffle: true })
      .split(G, y)
      .map(({ test: t }) => [...t.data].filter((i) => y[i] === 1).length);
    expect(shares).toEqual([1, 1, 1, 1, 1]);
  });

  test('mistakes', () => {
    expect(() => new KFold({ nSplits: 1 })).toThrow('KFold: nSplits must be a whole number from 2: 1');
    expect(() => new KFold({ nSplits: 4 }).split([[1], [2]])).toThrow('KFold: more folds than rows: nSplits 4, rows 2');
    expect(() => new StratifiedKFold({ nSplits: 2 }).split([[1], [2], [3]], ['a', 'a', 'b'])).toThrow(
      "StratifiedKFold: a class has fewer members than folds: 'b' has 1, nSplits 2",
    );
    expect(() => new StratifiedKFold().split(G)).toThrow(UsageError);
    expect(() => new StratifiedKFold().split(G, [1])).toThrow(ShapeError);
  });
});

describe('trainTestSplit', () => {
  test('keeps rows and labels together; strings stay strings', () => {
    const names = y.map((v, i) => `${i} ${v}`);
    const [train, held, trainNames, heldNames] = trainTestSplit(G, names, { testSize: 0.3, randomState: 5 });
    expect([train.shape, held.shape]).toEqual([
      [7, 1],
      [3, 1],
    ]);
    [...trainNames, ...heldNames].forEach((name, i) => {
      const value = i < 7 ? train.data[i] : held.data[i - 7];
      expect(value).toBe(G[Number(name.split(' ')[0])]![0]);
    });
    expect(trainTestSplit(G, { randomState: 5, testSize: 0.3 })[0].toArray()).toEqual(train.toArray());
    expect(trainTestSplit(G)[1].shape).toEqual([3, 1]); // a quarter, rounded up
    expect(trainTestSplit(G, { shuffle: false, testSize: 2 })[1].toArray()).toEqual([[4.4], [5.2]]);
    expect(trainTestSplit(G, { trainSize: 4 })[0].shape).toEqual([4, 1]);
  });

  test('stratified parts keep the shares', () => {
    const many = Array.from({ length: 100 }, (_, i) => (i % 10 === 0 ? 'rare' : 'common'));
    const [a, b] = trainTestSplit(many, { testSize: 0.2, stratify: many });
    expect(b.filter((v) => v === 'rare').length).toBe(2);
    expect(a.filter((v) => v === 'rare').length).toBe(8);
  });

  test('three parts', () => {
    const { train, validation, test: held } = trainValidationTestSplit(G, y);
    expect([train.X.shape[0], validation.X.shape[0], held.X.shape[0]]).toEqual([6, 2, 2]);
    expect([...train.X.data, ...validation.X.data, ...held.X.data].sort((a, b) => a - b)).toEqual([...targets].sort((a, b) => a - b));
    expect(() => trainValidationTestSplit(G, y, { validationSize: 5, testSize: 5 })).toThrow(
      'nothing is left to train on: validation 5, test 5 of 10',
    );
  });

  test('mistakes', () => {
    expect(() => trainTestSplit(G, { testSize: 11 })).toThrow(UsageError);
    expect(() => trainTestSplit(G, { testSize: 10 })).toThrow('both parts need a row');
    expect(() => trainTestSplit(G, [1, 2])).toThrow('trainTestSplit: arrays have different numbers of rows: 10, 2');
    expect(() => trainTestSplit([] as number[][])).toThrow(DataError);
    expect(() => trainTestSplit(G, { testsize: 0.5 } as never)).toThrow("unknown option 'testsize': did you mean 'testSize'?");
    expect(() => trainTestSplit(['a', 'b', 'b'], { testSize: 1, stratify: ['a', 'b', 'b'] })).toThrow("'a' has 1, parts 2");
  });
});

describe('cross-validation', () => {
  test('scores, as scikit-learn has them', () => {
    near(crossValScore(new KNeighborsClassifier({ nNeighbors: 3 }), G, y), [0.5, 1, 1, 0.5, 0.5]);
    near(
      crossValScore(new KNeighborsRegressor({ nNeighbors: 2 }), G, targets, { scoring: 'neg_mean_squared_error' }),
      [-5.3125, -1.97, -0.41, -7.25, -1.3625],
    );
    expect((crossValPredict(new KNeighborsClassifier({ nNeighbors: 3 }), G, y) as Tensor).toArray()).toEqual([
      0, 0, 0, 0, 1, 1, 1, 1, 1, 1,
    ]);
    const { trainScore, fitTime } = crossValidate(new KNeighborsClassifier({ nNeighbors: 1 }), G, y, { returnTrainScore: true, cv: 2 });
    expect(trainScore).toEqual([1, 1]);
    expect(fitTime.length).toBe(2);
  });

  test('any model that can be copied, any scorer', () => {
    const linear = new LinearClassifier({ loss: crossEntropy, epochs: 5, batchSize: 4 });
    const seen: string[] = [];
    const scores = crossValScore(linear, G, y, {
      cv: new KFold({ nSplits: 2 }),
      scoring: (model, X) => (model.predict(X) as Tensor).size,
      onFold: ({ fold, folds }) => seen.push(`${fold}/${folds}`),
    });
    expect(scores.length).toBe(2);
    expect(seen).toEqual(['1/2', '2/2']);
  });

  test('mistakes', () => {
    const model = new KNeighborsClassifier();
    expect(() => crossValScore(model, G, y, { scoring: 'f2' })).toThrow("crossValScore: unknown scoring 'f2': accuracy, f1_macro");
    expect(() => crossValScore(model, G, y, { cv: 6 })).toThrow("a class has fewer members than folds: '0' has 5, nSplits 6");
    expect(() => crossValScore(model, G, y, { cv: 'five' as never })).toThrow(UsageError);
    expect(() => crossValScore(model, [[1], [NaN], [2], [3]], [0, 1, 0, 1], { cv: 2 })).toThrow(DataError);
  });
});

describe('GridSearchCV', () => {
  const grid = { nNeighbors: [1, 3, 5], weights: ['uniform', 'distance'] };

  test('results, as scikit-learn has them', () => {
    const search = new GridSearchCV(new KNeighborsClassifier(), grid, { returnTrainScore: true }).fit(G, y);
    expect(search.bestParams_).toEqual({ nNeighbors: 1, weights: 'uniform' });
    expect(search.bestScore_).toBeCloseTo(0.7, 12);
    near(search.cvResults_!['mean_test_score'] as number[], [0.7, 0.7, 0.7, 0.7, 0.7, 0.7]);
    near(search.cvResults_!['std_test_score'] as number[], Array<number>(6).fill(0.2449489742783178));
    // 5 uniform neighbours of 2 and of 9 tie: there scikit-learn says 0.75, its order of equals being another
    near(search.cvResults_!['mean_train_score'] as number[], [1, 1, 0.75, 1, 0.725, 1]);
    expect(search.cvResults_!['rank_test_score']).toEqual([1, 1, 1, 1, 1, 1]);
    expect(search.cvResults_!['param_nNeighbors']).toEqual([1, 1, 3, 3, 5, 5]);
    expect(search.nSplits_).toBe(5);
    expect(search.score(G, y)).toBe(1);
  });

  test('distances of a fold are computed once for all k', () => {
    const generator = new Generator(1);
    const X = normal([60, 3], { generator });
    const classes = Array.from({ length: 60 }, (_, i) => i % 3);
    const ks = [1, 3, 5, 8, 10, 12, 15, 20];
    const search = new GridSearchCV(new KNeighborsClassifier(), { nNeighbors: ks }, { cv: 5, refit: false });
    const tape = record(() => {
      search.fit(X, classes);
      return 0;
    });
    expect(tape.entries.filter(({ op }) => op === 'kNearest').length).toBe(5);
    // and what comes out is what each k alone gives
    ks.forEach((nNeighbors, i) => {
      const alone = crossValScore(new KNeighborsClassifier({ nNeighbors }), X, classes);
      expect(alone).toEqual(alone.map((_, f) => (search.cvResults_![`split${f}_test_score`] as number[])[i]));
    });
  });

  test('a counted metric: every pair of a fold is looked at once', () => {
    let calls = 0;
    const metric = (a: Float64Array, b: Float64Array): number => {
      calls++;
      return Math.abs(a[0]! - b[0]!);
    };
    new GridSearchCV(new KNeighborsClassifier({ metric }), { nNeighbors: [1, 2, 3, 4] }, { cv: 2, refit: false }).fit(G, y);
    // 2 folds of 5 × 5 pairs to find the neighbours, and 4 distances a query for what is reported
    expect(calls).toBe(2 * (25 + 5 * 4));
  });

  test('mistakes', () => {
    expect(() => new GridSearchCV(new KNeighborsClassifier(), { nNeighbors: [] })).toThrow(
      'parameterGrid: needs a list of values for every name: nNeighbors',
    );
    expect(() => new GridSearchCV(new KNeighborsClassifier(), grid).predict(G)).toThrow(NotFittedError);
    expect(() => new GridSearchCV(new KNeighborsClassifier(), grid, { refit: false, cv: 2 }).fit(G, y).predict(G)).toThrow('refit is off');
    expect(() => new GridSearchCV(new KNeighborsClassifier(), { neighbors: [1] }).fit(G, y)).toThrow("unknown option 'neighbors'");
    expect(parameterGrid([{ a: [1] }, { a: [2], b: [3, 4] }])).toEqual([{ a: 1 }, { a: 2, b: 3 }, { a: 2, b: 4 }]);
  });
});

describe('metrics', () => {
  test('as scikit-learn has them', () => {
    expect(f1Score([0, 1, 2, 2, 1], [0, 2, 2, 1, 1])).toBeCloseTo(0.6666666666666666, 14);
    expect(r2Score([1, 2, 3.5], [1, 2.2, 3])).toBeCloseTo(0.9084210526315789, 14);
    expect(meanAbsoluteError([1, 2], [2, 0])).toBe(1.5);
    expect(r2Score([1, 1], [1, 1])).toBe(1);
    expect(() => r2Score([1, 2], [1])).toThrow('r2Score: shapes differ: [2] and [1]');
  });

  test.each([
    ['NaN', () => accuracy([NaN, 1], [0, 1]), DataError, 'accuracy: labels must be whole numbers or strings: y[0] is NaN'],
    [
      'probabilities',
      () => accuracy([0, 1], [0.2, 0.9]),
      DataError,
      'accuracy: labels must be whole numbers or strings: prediction[0] is 0.2',
    ],
    [
      'scores',
      () =>
        accuracy(
          [0, 1],
          [
            [0.1, 0.9],
            [0.3, 0.7],
          ],
        ),
      ShapeError,
      'accuracy: labels must be a vector: prediction [2,2]: take the argmax of scores first',
    ],
    ['a column', () => accuracy([[0], [1]], [0, 1]), ShapeError, 'accuracy: labels must be a vector: y [2,1]'],
    [
      'nothing',
      () => accuracy([0, 1], undefined as never),
      DTypeError,
      'accuracy: values must be numbers or booleans: got undefined: is an argument missing?',
    ],
    ['a gap', () => accuracy(['a', null] as never, ['a', 'b']), DataError, 'accuracy: labels of two types: y[0] is string, y[1] is object'],
    [
      'a number among texts',
      () => f1Score(['a', 'b'], ['a', 1] as never),
      DataError,
      'f1Score: labels of two types: prediction[0] is string, prediction[1] is number',
    ],
    ['text and numbers', () => accuracy(['a'], [0]), DataError, 'accuracy: labels of two types: string and number'],
    ['other lengths', () => accuracy([0], [0, 1]), ShapeError, 'accuracy: needs two vectors of one length: [1] and [2]'],
    ['no labels', () => accuracy([], []), ShapeError, 'accuracy: empty data has no score: [0]'],
    ['NaN in a report', () => classificationReport([0, NaN], [0, 1]), DataError, 'classificationReport: labels must be whole numbers'],
    [
      'a fraction in a table',
      () => confusionMatrix([0.5], [1]),
      DataError,
      'confusionMatrix: labels must be whole numbers or strings: y[0] is 0.5',
    ],
    [
      'a negative label in a table',
      () => confusionMatrix([-1], [1]),
      DataError,
      'confusionMatrix: labels must be class indices: -1: or pass { labels }',
    ],
    [
      'large labels in a table',
      () => confusionMatrix([1e9], [1]),
      DataError,
      'confusionMatrix: labels must be class indices: 1000000000: or pass { labels }',
    ],
    [
      'no list of labels',
      () => confusionMatrix([0], [0], { labels: 3 } as never),
      UsageError,
      'confusionMatrix: labels must be a list of classes: got number',
    ],
    ['a NaN target', () => meanSquaredError([NaN], [1]), DataError, 'meanSquaredError: y[0] is NaN'],
    ['a NaN prediction', () => meanAbsoluteError([1, 2], [1, NaN]), DataError, 'meanAbsoluteError: prediction[1] is NaN'],
  ] as const)('refused: %s', (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  test('large labels have a table with { labels }', () => {
    expect(confusionMatrix([1e9, 5], [1e9, 1e9], { labels: [5, 1e9] }).toArray()).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(confusionMatrix([true, false], [true, true]).toArray()).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });
});
