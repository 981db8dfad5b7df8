/** What fit does beside learning: pauses, signals, and what it refuses before the first step. */
import {
  type Callback,
  crossEntropy,
  DataError,
  LinearRegression,
  MLPClassifier,
  pipeline,
  sgd,
  ShapeError,
  SoftmaxClassifier,
  type Tensor,
  UsageError,
} from 'chainrule';
import { describe, expect, test, vi } from 'vitest';
import { three, X } from './clouds.js';

const rows = (n: number): number[][] => Array.from({ length: n }, (_, i) => [i / n, Math.sin(i)]);
const targets = (n: number): number[] => Array.from({ length: n }, (_, i) => Math.cos(i));
const model = (epochs = 3): SoftmaxClassifier => new SoftmaxClassifier({ epochs, batchSize: 5 });
const plain = (state: Record<string, Tensor>): unknown =>
  Object.fromEntries(Object.entries(state).map(([key, value]) => [key, value.toArray()]));
const stopAfter = (n: number): Callback => ({
  onBatchEnd(_, { step }, training) {
    if (step === n) training.stop();
  },
});

describe('pauses and signals', () => {
  test('others run while it works', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const slow: Callback = {
      onBatchEnd() {
        for (const end = performance.now() + 2; performance.now() < end;);
      },
    };
    await model(20).fit(X, three, { callbacks: [slow], yieldEvery: 5 }); // 60 steps of 2 ms
    const during = ticks;
    ticks = 0;
    await model(20).fit(X, three, { callbacks: [slow], yieldEvery: Infinity });
    clearInterval(timer);
    expect(during).toBeGreaterThan(5);
    expect(ticks).toBe(0);
  });

  test('a signal that is aborted before: nothing happens', async () => {
    const begin = vi.fn();
    const fitted = model();
    const reason = new Error('not today');
    await expect(fitted.fit(X, three, { signal: AbortSignal.abort(reason), callbacks: [{ onTrainBegin: begin }] })).rejects.toBe(reason);
    expect(begin).not.toHaveBeenCalled();
    expect(() => fitted.classes_).toThrow('SoftmaxClassifier: is not fitted yet');
    await expect(new LinearRegression().fit([[1], [2]], [1, 2], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('one that is aborted between steps: fit rejects with its reason, and keeps the last good step', async () => {
    const seen: unknown[] = [];
    const controller = new AbortController();
    const reason = new Error('enough');
    const abort: Callback = {
      onBatchEnd(_, { step }) {
        if (step === 5) controller.abort(reason);
      },
    };
    const fitted = model();
    await expect(
      fitted.fit(X, three, { signal: controller.signal, callbacks: [abort, { onTrainError: (error) => void seen.push(error) }] }),
    ).rejects.toBe(reason);
    expect(seen).toEqual([reason]);
    const stopped = model().fitSync(X, three, { callbacks: [stopAfter(5)] });
    expect(plain(fitted.stateDict())).toEqual(plain(stopped.stateDict()));
    expect(fitted.history_!.epoch).toEqual([0]);
  });

  test('one that a timer aborts is heard in a pause; whoever hears of it may take their time', async () => {
    let told = 0;
    const slow = async (): Promise<void> => {
      await new Promise((done) => setTimeout(done, 2));
      told++;
    };
    const callbacks = [{ onTrainError: slow }, { onTrainError: slow }];
    const fit = model(1e6).fit(X, three, { signal: AbortSignal.timeout(20), callbacks });
    await expect(fit).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }) as Error);
    expect(told).toBe(2);
  });
});

describe('without await', () => {
  test.each([1, 50])('a model of %s epochs that is asked before its fit is done refuses, and is right after it', async (epochs) => {
    const fitted = model(epochs);
    const fit = fitted.fit(X, three, { yieldEvery: 0 });
    const asked: Record<string, () => unknown> = {
      score: () => fitted.score(X, three),
      predict: () => fitted.predict(X),
      predictProba: () => fitted.predictProba(X),
      decisionFunction: () => fitted.decisionFunction(X),
      objective: () => fitted.objective(X, three),
      classes_: () => fitted.classes_,
      stateDict: () => fitted.coef_,
      loadStateDict: () => fitted.loadStateDict({}),
      module_: () => fitted.module_,
      nFeaturesIn_: () => fitted.nFeaturesIn_,
      fitSync: () => fitted.fitSync(X, three),
    };
    for (const [name, ask] of Object.entries(asked))
      expect(ask, name).toThrow(new UsageError(`SoftmaxClassifier.${name}`, 'fit is still running', undefined, 'await it first'));
    await expect(fitted.fit(X, three)).rejects.toThrow('SoftmaxClassifier.fit: fit is still running: await it first');
    await fit;
    expect(plain(fitted.stateDict())).toEqual(plain(model(epochs).fitSync(X, three).stateDict()));
    expect(fitted.score(X, three)).toBeGreaterThan(0);
  });

  test('regressors and pipelines too', async () => {
    const slow = new LinearRegression({ solver: 'gradient', epochs: 5 });
    const fit = slow.fit(rows(4), targets(4));
    expect(() => slow.score(rows(4), targets(4))).toThrow('LinearRegression.score: fit is still running: await it first');
    expect(() => slow.predict(rows(4))).toThrow('LinearRegression.predict: fit is still running');
    await fit;
    const piped = pipeline((x) => x, model());
    const whole = piped.fit(X, three);
    expect(() => piped.score(X, three)).toThrow('SoftmaxClassifier.score: fit is still running');
    await whole;
    expect(piped.score(X, three)).toBeGreaterThan(0);
  });

  test('a fit that failed or was aborted is over', async () => {
    const fitted = model();
    await expect(fitted.fit(X, [])).rejects.toThrow(ShapeError);
    await expect(fitted.fit(X, three, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
    expect((await fitted.fit(X, three)).score(X, three)).toBeGreaterThan(0);
  });

  test('callbacks may ask it, those that take their time too', async () => {
    const scores: number[] = [];
    const fitted = model();
    const ask: Callback = {
      onBatchEnd: () => void scores.push(fitted.score(X, three)),
      async onEpochEnd() {
        await new Promise((done) => setTimeout(done, 1));
        scores.push(fitted.score(X, three));
      },
    };
    await fitted.fit(X, three, { callbacks: [ask], yieldEvery: 0 });
    expect(scores.length).toBe(3 * 3 + 3);
  });
});

test.each([
  ['callbacks that are no list', { callbacks: {} }, UsageError, 'SoftmaxClassifier.fit: callbacks must be a list: [object Object]'],
  ['callbacks that are no objects', { callbacks: [{}, null] }, UsageError, 'SoftmaxClassifier.fit: callbacks must be objects: number 1 is object'], // prettier-ignore
  ['a time that is none', { yieldEvery: NaN }, UsageError, 'SoftmaxClassifier.fit: yieldEvery must be milliseconds, not negative: NaN'],
  ['a signal that is none', { signal: {} }, UsageError, 'SoftmaxClassifier.fit: signal must be an AbortSignal: [object Object]: new AbortController().signal'], // prettier-ignore
  ['validation without labels', { validationData: [X] }, UsageError, 'SoftmaxClassifier.fit: validationData must be [X, y]'],
  ['an unseen label', { validationData: [[[1, 2]], [7]] }, DataError, 'SoftmaxClassifier.fit: validationData: a label that training did not see: 7: classes: 0, 1, 2'], // prettier-ignore
  ['validation of another width', { validationData: [[[1]], [0]] }, ShapeError, 'SoftmaxClassifier.fit: validationData: X has 1 features, but the model is expecting 2'], // prettier-ignore
  ['NaN in validation', { validationData: [[[1, NaN]], [0]] }, DataError, 'SoftmaxClassifier.fit: validationData: X holds NaN: row 0, column 1'], // prettier-ignore
  ['too few weights', { sampleWeight: [1, 2] }, ShapeError, 'SoftmaxClassifier.fit: sampleWeight needs one number a row of X: 12 rows, weights [2]'], // prettier-ignore
  ['a negative weight', { sampleWeight: X.map((_, i) => 3 - i) }, UsageError, 'SoftmaxClassifier.fit: sampleWeight must be finite and not negative: sampleWeight[4] is -1'], // prettier-ignore
  ['no weight at all', { sampleWeight: X.map(() => 0) }, UsageError, 'SoftmaxClassifier.fit: the weights of all examples are 0'],
] as const)('refused before the first step: %s', async (_, options, type, message) => {
  const fitted = new SoftmaxClassifier();
  const fit = fitted.fit(X, three, options as never);
  await expect(fit).rejects.toThrow(type);
  await expect(fit).rejects.toThrow(message);
  expect(() => fitted.coef_).toThrow('SoftmaxClassifier: is not fitted yet');
});

test('validation targets of another number are refused before the first step', async () => {
  const two = targets(4).map((v) => [v, -v]);
  const fit = new LinearRegression({ solver: 'gradient' }).fit(rows(4), two, { validationData: [rows(4), targets(4)] });
  await expect(fit).rejects.toThrow('LinearRegression.fit: validationData: y has another number of targets than the model: 1 and 2');
});

test('a batch whose examples have no weight moves nothing but the regulariser', () => {
  const weights = three.map((c) => (c === 2 ? 1 : 0)); // 2 of 12: most batches of 1 have none
  const fitted = new SoftmaxClassifier({ batchSize: 1, epochs: 1, optimizer: sgd({ lr: 0.1 }) });
  expect(fitted.fitSync(X, three, { sampleWeight: weights }).history_!.history['loss']![0]).toBeLessThan(1);
  const mlp = new MLPClassifier({ hiddenLayerSizes: [3], epochs: 1, batchSize: 1 });
  expect(mlp.fitSync(X, three, { sampleWeight: weights }).predictProba(X).data.every(Number.isFinite)).toBe(true); // prettier-ignore
  expect(crossEntropy(fitted.decisionFunction(X), three).item()).toBeGreaterThan(0);
});
