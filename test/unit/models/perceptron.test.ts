/** Multilayer perceptrons as estimators; state, copies and model selection of all models that are trained by gradients. */
import {
  adam,
  annulus,
  crossValScore,
  Generator,
  GridSearchCV,
  lbfgs,
  LinearRegression,
  LogisticRegression,
  MLPClassifier,
  type MLPClassifierOptions,
  MLPRegressor,
  NotFittedError,
  pipeline,
  quadraticFeatures,
  safetensors,
  ShapeError,
  SoftmaxClassifier,
  spirals,
  StratifiedKFold,
  tensor,
  type Tensor,
  UsageError,
  xor,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { labelsOf, three, two, X } from './clouds.js';

const generator = (seed: number): { generator: Generator } => ({ generator: new Generator(seed) });
const plain = (state: Record<string, Tensor>): unknown => Object.fromEntries(Object.entries(state).map(([key, t]) => [key, t.toArray()]));

describe('MLPClassifier', () => {
  test.each([
    ['xor', (seed: number) => xor(120, { ...generator(seed), noise: 0.1 }), {}],
    ['annulus', (seed: number) => annulus(300, generator(seed)), { hiddenLayerSizes: [24, 24] }],
    ['spirals of three arms', (seed: number) => spirals(150, { ...generator(seed), classes: 3 }), { hiddenLayerSizes: [24, 24] }],
  ] as const)('learns what no line separates: %s', async (_, make, options: MLPClassifierOptions) => {
    const [train, held] = [make(1), make(2)];
    const linear = new LogisticRegression().fitSync(train.X, train.y);
    const model = new MLPClassifier({ hiddenLayerSizes: [16], optimizer: adam({ lr: 0.02 }), epochs: 60, ...options });
    await model.fit(train.X, train.y);
    expect(linear.score(held.X, held.y)).toBeLessThan(0.8);
    expect(model.score(held.X, held.y)).toBeGreaterThan(0.9);
  });

  test.each(['relu', 'tanh', 'sigmoid', 'softplus'] as const)('%s: a network of numbers as torch has it', (activation) => {
    const f = { relu: (v: number) => Math.max(0, v), tanh: Math.tanh, sigmoid: (v: number) => 1 / (1 + Math.exp(-v)), softplus: (v: number) => Math.log1p(Math.exp(v)) }[activation]; // prettier-ignore
    const model = new MLPClassifier({ hiddenLayerSizes: [3], activation, epochs: 1 }).fitSync(X, three);
    const state = plain(model.stateDict()) as Record<'0.weight' | '2.weight', number[][]> & Record<'0.bias' | '2.bias', number[]>;
    const layer = (x: readonly number[], W: number[][], b: number[]): number[] =>
      W.map((w, i) => w.reduce((s, v, j) => s + v * x[j]!, b[i]!));
    const expected = X.map((x) => layer(layer(x, state['0.weight'], state['0.bias']).map(f), state['2.weight'], state['2.bias']));
    model.decisionFunction(X).data.forEach((s, i) => expect(s).toBeCloseTo(expected.flat()[i]!, 13));
    const [p] = model.predictProba(X).toArray() as number[][];
    const weights = expected[0]!.map((s) => Math.exp(s));
    p!.forEach((v, c) => expect(v).toBeCloseTo(weights[c]! / weights.reduce((a, b) => a + b), 13));
  });

  test('what it is built of; no hidden layer is a linear model', () => {
    const keys = (options: MLPClassifierOptions): string[] =>
      Object.keys(new MLPClassifier({ epochs: 0, ...options }).fitSync(X, three).stateDict());
    expect(keys({ hiddenLayerSizes: [4, 3] })).toEqual(['0.weight', '0.bias', '2.weight', '2.bias', '4.weight', '4.bias']);
    expect(keys({ hiddenLayerSizes: [4], batchNorm: true, dropout: 0.5 })).toEqual([
      '0.weight',
      '0.bias',
      '1.weight',
      '1.bias',
      '1.running_mean',
      '1.running_var',
      '1.num_batches_tracked',
      '4.weight',
      '4.bias',
    ]);
    expect(keys({ hiddenLayerSizes: [] })).toEqual(['0.weight', '0.bias']);
    const fitted = new MLPClassifier({ epochs: 0 }).fitSync(X, three).stateDict();
    expect([fitted['0.weight']!.shape, fitted['2.weight']!.shape]).toEqual([[100, 2], [3, 100]]); // prettier-ignore
  });

  test('λ bears on the weights of all layers, on no bias and no batch normalisation', () => {
    const model = new MLPClassifier({ hiddenLayerSizes: [3], batchNorm: true, lambda: 0.5, epochs: 1 }).fitSync(X, three);
    const { '0.weight': first, '3.weight': second } = model.stateDict();
    const penalty = [...first!.data, ...second!.data].reduce((s, w) => s + w * w, 0);
    const free = new MLPClassifier({ hiddenLayerSizes: [3], batchNorm: true, epochs: 0 })
      .fitSync(X, three)
      .loadStateDict(model.stateDict());
    expect(model.objective(X, three)).toBeCloseTo(free.objective(X, three) + 0.5 * penalty, 13);
  });

  test('dropout and batch normalisation work in training only', async () => {
    const model = new MLPClassifier({ hiddenLayerSizes: [8], dropout: 0.5, batchNorm: true, epochs: 3 });
    await model.fit(X, three);
    const scores = model.decisionFunction(X).toArray() as number[][];
    expect(model.decisionFunction(X).toArray()).toEqual(scores);
    expect(model.decisionFunction(X.slice(4, 5)).data.every((s, i) => Math.abs(s - scores[4]![i]!) < 1e-13)).toBe(true); // a batch of one
  });

  test('float32 data trains float32, all of it', () => {
    const model = new MLPClassifier({ hiddenLayerSizes: [4], batchNorm: true, dropout: 0.1, epochs: 2, lambda: 0.1 });
    model.fitSync(tensor(Float32Array.from(X.flat()), { shape: [12, 2] }), three);
    const { '1.num_batches_tracked': count, ...others } = model.stateDict();
    expect(count!.dtype).toBe('int32');
    expect(new Set(Object.values(others).map((t) => t.dtype))).toEqual(new Set(['float32']));
    expect(model.predictProba(X).dtype).toBe('float32');
  });

  test.each([
    [{ hiddenLayerSizes: 10 }, 'MLPClassifier: hiddenLayerSizes must be a list of positive whole numbers: 10'],
    [{ hiddenLayerSizes: [10, 0] }, 'MLPClassifier: hiddenLayerSizes must be a list of positive whole numbers: 10,0'],
    [{ activation: 'gelu' }, "MLPClassifier: unknown activation 'gelu': relu, tanh, sigmoid, softplus"],
    [{ activation: 'toString' }, "MLPClassifier: unknown activation 'toString': relu, tanh, sigmoid, softplus"],
    [{ dropout: 1 }, 'MLPClassifier: dropout must be at least 0 and less than 1: 1'],
    [{ hiddenLayers: [10] }, "MLPClassifier: unknown option 'hiddenLayers': did you mean 'hiddenLayerSizes'?"],
    [{ loss: 'hinge' }, "MLPClassifier: unknown option 'loss'"],
  ])('refused: %o', (options, message) => {
    expect(() => new MLPClassifier(options as never)).toThrow(UsageError);
    expect(() => new MLPClassifier(options as never)).toThrow(message);
  });

  test('a batch of one has no statistics: the error says so', () => {
    const fit = (): unknown => new MLPClassifier({ batchNorm: true, batchSize: 1 }).fitSync(X, three);
    expect(fit).toThrow(ShapeError);
    expect(fit).toThrow('batchNorm1d: expected more than 1 value per channel when training');
  });
});

describe('state', () => {
  const make = (epochs: number): MLPClassifier => new MLPClassifier({ hiddenLayerSizes: [4], batchNorm: true, epochs });

  test('goes through a safetensors file to another model', () => {
    const trained = make(5).fitSync(X, three);
    const other = make(0).fitSync(X, three);
    expect(other.decisionFunction(X).toArray()).not.toEqual(trained.decisionFunction(X).toArray());
    expect(other.loadStateDict(safetensors.load(safetensors.save(trained.stateDict())))).toBe(other);
    expect(other.decisionFunction(X).toArray()).toEqual(trained.decisionFunction(X).toArray());
    expect(Object.keys(new SoftmaxClassifier().fitSync(X, three).stateDict())).toEqual(['weight', 'bias']);
  });

  test('is a snapshot', () => {
    const model = new SoftmaxClassifier({ epochs: 1 }).fitSync(X, three);
    const { coef_ } = model;
    const before = coef_.toArray();
    model.loadStateDict({ weight: [[1, 2], [3, 4], [5, 6]], bias: [0, 0, 0] }); // prettier-ignore
    expect(coef_.toArray()).toEqual(before);
    expect(model.coef_.toArray()).toEqual([[1, 2], [3, 4], [5, 6]]); // prettier-ignore
    expect(labelsOf(model, [[1, 1]])).toEqual([2]);
  });

  test('what it refuses', () => {
    expect(() => make(0).stateDict()).toThrow(NotFittedError);
    expect(() => make(0).loadStateDict({})).toThrow('MLPClassifier: is not fitted yet: call fit first');
    expect(() => make(0).fitSync(X, three).loadStateDict(new SoftmaxClassifier().fitSync(X, three).stateDict())).toThrow(UsageError);
    expect(() => make(0).fitSync(X, two).loadStateDict(make(0).fitSync(X, three).stateDict())).toThrow(
      "loadStateDict: shapes do not match: '3.weight' must be [2,4], got [3,4]; '3.bias' must be [2], got [3]",
    );
  });
});

describe('copies and model selection', () => {
  test('a clone is unfitted and has the options, some changed', () => {
    const models = [
      new MLPClassifier({
        hiddenLayerSizes: [3],
        activation: 'tanh',
        dropout: 0.2,
        batchNorm: true,
        lambda: 0.1,
        randomState: 4,
        epochs: 2,
      }),
      new LogisticRegression({ lambda: 0.1, classWeight: 'balanced' }),
    ];
    for (const model of models) {
      model.fitSync(X, three);
      const copy = model.clone();
      expect(copy).toBeInstanceOf(model.constructor);
      expect(() => copy.predict(X)).toThrow(NotFittedError);
      expect(plain(copy.fitSync(X, three).stateDict())).toEqual(plain(model.stateDict()));
      expect(plain(model.clone({ lambda: 0.2 }).fitSync(X, three).stateDict())).not.toEqual(plain(model.stateDict()));
    }
    expect(
      new MLPRegressor({ hiddenLayerSizes: [3] }).clone({ activation: 'tanh' }).fitSync(X, two).stateDict()['0.weight']!.shape,
    ).toEqual([3, 2]);
    expect(new LinearRegression({ lambda: 1 }).clone().fitSync(X, two).coef_.toArray()).toEqual(
      new LinearRegression({ lambda: 1 }).fitSync(X, two).coef_.toArray(),
    );
  });

  test('cross-validation, as scikit-learn 1.9.1 (StratifiedKFold(3), C = 1/(2λ·8))', () => {
    const cv = new StratifiedKFold({ nSplits: 3 });
    expect(crossValScore(new LogisticRegression({ lambda: 0.05 }), X, two, { cv })).toEqual([1, 0.75, 0.75]);
    expect(crossValScore(new LogisticRegression({ lambda: 5 }), X, two, { cv })).toEqual([0.75, 0.75, 0.75]);
    expect(crossValScore(new LinearRegression(), X, two, { cv: 3 })).toHaveLength(3);
  });

  test('grid search over λ, alone and behind features', () => {
    const search = new GridSearchCV(new LogisticRegression(), { lambda: [5, 0.05] }, { cv: 3 }).fit(X, two);
    expect(search.bestParams_).toEqual({ lambda: 0.05 });
    expect(search.bestScore_).toBeCloseTo(2.5 / 3, 14);
    expect(search.score(X, two)).toBe(new LogisticRegression({ lambda: 0.05 }).fitSync(X, two).score(X, two));
    const ring = annulus(60, generator(3));
    const behind = new GridSearchCV(
      pipeline(quadraticFeatures, new LogisticRegression({ optimizer: lbfgs({ lineSearchFn: 'strong_wolfe' }) })),
      { lambda: [10, 1e-3] },
      { cv: 3 },
    );
    expect(behind.fit(ring.X, ring.y).bestParams_).toEqual({ lambda: 1e-3 });
    expect(behind.bestScore_!).toBeGreaterThan(0.8);
  });
});
