/** Training a step at a time: history, batches, callbacks, stopping, and what is left when a step fails. */
import {
  type Callback,
  LinearRegression,
  MLPRegressor,
  mseLoss,
  mul,
  ShapeError,
  SoftmaxClassifier,
  type Tensor,
  Training,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { three, X } from './clouds.js';

const rows = (n: number): number[][] => Array.from({ length: n }, (_, i) => [i / n, Math.sin(i)]);
const targets = (n: number): number[] => Array.from({ length: n }, (_, i) => Math.cos(i));
const model = (epochs = 3): SoftmaxClassifier => new SoftmaxClassifier({ epochs, batchSize: 5 });
const plain = (state: Record<string, Tensor>): unknown =>
  Object.fromEntries(Object.entries(state).map(([key, value]) => [key, value.toArray()]));
/** Stops after so many steps. */
const stopAfter = (n: number): Callback => ({
  onBatchEnd(_, { step }, training) {
    if (step === n) training.stop();
  },
});
/** All of them, each writing down when it is called. */
const recorder = (name: string, seen: string[]): Callback => ({
  onTrainBegin: (t) => void seen.push(`${name} begin ${t.steps}`),
  onEpochBegin: (epoch) => void seen.push(`${name} epoch ${epoch}`),
  onBatchEnd: (batch, logs) => void seen.push(`${name} batch ${batch} step ${logs['step']}`),
  onEpochEnd: (epoch, logs) => void seen.push(`${name} end of ${epoch}: ${Object.keys(logs).join()}`),
  onTrainEnd: (t) => void seen.push(`${name} end ${t.step}`),
  onTrainError: (error) => void seen.push(`${name} error ${(error as Error).message}`),
});

describe('history', () => {
  test('an entry an epoch: the mean of the losses of its batches, weighted with their sizes', async () => {
    const [losses, sizes]: [number[], number[]] = [[], []];
    const fitted = await new LinearRegression({
      solver: 'gradient',
      epochs: 3,
      batchSize: 4,
      loss: (s, y) => {
        sizes.push(s.shape[0]!);
        return mseLoss(s, y);
      },
    }).fit(rows(10), targets(10), { callbacks: [{ onBatchEnd: (_, logs) => void losses.push(logs['loss']!) }] });
    expect(sizes).toEqual([4, 4, 2, 4, 4, 2, 4, 4, 2]);
    const { epoch, history } = fitted.history_!;
    expect(epoch).toEqual([0, 1, 2]);
    expect(Object.keys(history)).toEqual(['loss']);
    history['loss']!.forEach((loss, e) => {
      const [a, b, c] = losses.slice(3 * e);
      expect(loss).toBeCloseTo((4 * a! + 4 * b! + 2 * c!) / 10, 14);
    });
  });

  test('validation data: valLoss is the objective, and valAccuracy or valR2 the score', async () => {
    const [seen, held] = [rows(8), rows(5).map(([a, b]) => [b!, a!])];
    const classifier = await new SoftmaxClassifier({ epochs: 4, lambda: 0.1 }).fit(X, three, { validationData: [seen, three.slice(0, 8)] });
    expect(Object.keys(classifier.history_!.history)).toEqual(['loss', 'valLoss', 'valAccuracy']);
    expect(classifier.history_!.history['valLoss']).toHaveLength(4);
    expect(classifier.history_!.history['valLoss']![3]).toBe(classifier.objective(seen, three.slice(0, 8)));
    expect(classifier.history_!.history['valAccuracy']![3]).toBe(classifier.score(seen, three.slice(0, 8)));
    const regressor = await new MLPRegressor({ hiddenLayerSizes: [4], epochs: 2, dropout: 0.5 }).fit(seen, targets(8), {
      validationData: [held, targets(5)],
    });
    expect(Object.keys(regressor.history_!.history)).toEqual(['loss', 'valLoss', 'valR2']);
    expect(regressor.history_!.history['valLoss']![1]).toBe(regressor.objective(held, targets(5)));
    expect(regressor.history_!.history['valR2']![1]).toBe(regressor.score(held, targets(5)));
  });

  test('no epoch: the first values, an empty history', async () => {
    const fitted = await model(0).fit(X, three);
    expect(fitted.intercept_.toArray()).toEqual([0, 0, 0]);
    expect(fitted.history_).toEqual({ epoch: [], history: {} });
    expect(fitted.predict(X)).toMatchObject({ shape: [12] });
    expect(fitted.fitSync(X, three, { epochs: 2 }).history_!.epoch).toEqual([0, 1]); // what fit is told wins
  });
});

test.each([
  [7, 3, [3, 4]],
  [7, 2, [2, 2, 3]],
  [8, 3, [3, 3, 2]],
  [3, 2, [3]],
  [4, 1, [1, 1, 1, 1]],
  [1, 1, [1]],
  [1, 32, [1]],
  [5, Infinity, [5]],
])('%i examples in batches of %i: a last one of a single example joins the batch before it', (n, batchSize, expected) => {
  const sizes: number[] = [];
  let steps = 0;
  const loss = (s: Tensor, y: Tensor): Tensor => {
    sizes.push(y.shape[0]!);
    return mseLoss(s, y);
  };
  new LinearRegression({ solver: 'gradient', loss, epochs: 1, batchSize }).fitSync(rows(n), targets(n), {
    callbacks: [{ onTrainBegin: (training) => void (steps = training.steps) }],
  });
  expect(sizes).toEqual(expected);
  expect(steps).toBe(expected.length);
});

describe('callbacks', () => {
  test('are called in turn, at fixed points', async () => {
    const seen: string[] = [];
    await model(2).fit(X, three, { batchSize: 6, callbacks: [recorder('a', seen), {}, recorder('b', seen)], validationData: [X, three] });
    const both = (what: string): string[] => [`a ${what}`, `b ${what}`];
    const epoch = (e: number): string[] => [
      ...both(`epoch ${e}`),
      ...both(`batch 0 step ${2 * e + 1}`),
      ...both(`batch 1 step ${2 * e + 2}`),
      ...both(`end of ${e}: loss,valLoss,valAccuracy`),
    ];
    expect(seen).toEqual([...both('begin 4'), ...epoch(0), ...epoch(1), ...both('end 4')]);
  });

  test('see the model as it is after the step, not in training mode', async () => {
    const mlp = new MLPRegressor({ hiddenLayerSizes: [8], dropout: 0.5, batchNorm: true, epochs: 2, batchSize: 4 });
    let steps = 0;
    const look = (_: number, __: unknown, training: Training): void => {
      steps++;
      expect(training).toBeInstanceOf(Training);
      expect(plain(training.weights())).toEqual(plain(mlp.stateDict()));
      expect(mlp.module_.training).toBe(false);
      expect(mlp.predict(rows(3)).toArray()).toEqual(mlp.predict(rows(3)).toArray());
    };
    await mlp.fit(rows(8), targets(8), { callbacks: [{ onBatchEnd: look }] });
    expect(steps).toBe(4);
  });

  test('promises are awaited, and fitSync refuses them', async () => {
    const seen: string[] = [];
    const slow = (what: string) => async (): Promise<void> => {
      seen.push(`${what}…`);
      await new Promise((done) => setTimeout(done, 2));
      seen.push(what);
    };
    const callbacks: Callback[] = [{ onTrainBegin: slow('begin'), onEpochEnd: slow('epoch'), onTrainEnd: slow('end') }];
    await model(2).fit(X, three, { callbacks });
    expect(seen).toEqual(['begin…', 'begin', 'epoch…', 'epoch', 'epoch…', 'epoch', 'end…', 'end']);
    await expect(model().fit(X, three, { callbacks: [{ onEpochEnd: () => Promise.reject(new Error('no disk')) }] })).rejects.toThrow(
      'no disk',
    );
    const lost: Callback = { onBatchEnd: () => Promise.reject(new Error('never heard of')) };
    expect(() => model().fitSync(X, three, { callbacks: [lost] })).toThrow(UsageError);
    expect(() => model().fitSync(X, three, { callbacks: [lost] })).toThrow(
      'SoftmaxClassifier.fitSync: a callback returned a Promise: use fit',
    );
  });

  test.each([
    ['onTrainBegin', ['a begin 9', 'a end 0'], []],
    ['onEpochBegin', ['a begin 9', 'a epoch 0', 'a end 0'], []],
    ['onBatchEnd', ['a begin 9', 'a epoch 0', 'a batch 0 step 1', 'a end of 0: loss', 'a end 1'], [0]],
    [
      'onEpochEnd',
      ['a begin 9', 'a epoch 0', 'a batch 0 step 1', 'a batch 1 step 2', 'a batch 2 step 3', 'a end of 0: loss', 'a end 3'],
      [0],
    ],
  ] as const)('stop() in %s', (hook, expected, epochs) => {
    const seen: string[] = [];
    const stop = (...args: unknown[]): void => (args.at(-1) as Training).stop();
    const fitted = model().fitSync(X, three, { callbacks: [{ [hook]: stop }, recorder('a', seen)] });
    expect(seen).toEqual(expected);
    expect(fitted.history_!.epoch).toEqual(epochs);
    expect(fitted.predict(X)).toMatchObject({ shape: [12] });
  });

  test('one that throws ends the training: the error is told and thrown, the last step is kept', async () => {
    const seen: string[] = [];
    const broken: Callback = {
      onBatchEnd(_, { step }) {
        if (step === 4) throw new Error('broken');
      },
    };
    const fitted = model();
    await expect(fitted.fit(X, three, { callbacks: [broken, recorder('a', seen)] })).rejects.toThrow('broken');
    expect(seen.slice(-2)).toEqual(['a epoch 1', 'a error broken']);
    const stopped = model().fitSync(X, three, { callbacks: [stopAfter(4)] });
    expect(plain(fitted.stateDict())).toEqual(plain(stopped.stateDict()));
    expect(fitted.history_!.epoch).toEqual([0]);
  });
});

describe('a step that fails', () => {
  const BAD = 6;
  const mlp = (fails: (call: number, loss: Tensor) => Tensor = (_, loss) => loss): MLPRegressor => {
    let calls = 0;
    const loss = (s: Tensor, y: Tensor): Tensor => fails(++calls, mseLoss(s, y));
    return new MLPRegressor({ hiddenLayerSizes: [5], loss, epochs: 5, batchSize: 4, dropout: 0.2, batchNorm: true });
  };
  const good = mlp().fitSync(rows(10), targets(10), { callbacks: [stopAfter(BAD - 1)] });

  test.each([
    ['a loss that is not finite', (call: number, loss: Tensor): Tensor => (call === BAD ? mul(loss, Infinity) : loss), /^MLPRegressor\.minimize: the loss is not finite at step 6: Infinity: the parameters were left as they are/], // prettier-ignore
    ['a loss that throws', (call: number, loss: Tensor): Tensor => { if (call === BAD) throw new Error('no loss'); return loss; }, /^no loss$/], // prettier-ignore
  ] as const)('%s: parameters and running statistics are those of the step before', async (_, fails, message) => {
    const failed = mlp(fails);
    const seen: string[] = [];
    await expect(failed.fit(rows(10), targets(10), { callbacks: [recorder('a', seen)] })).rejects.toThrow(message);
    expect(Object.keys(good.stateDict())).toContain('1.num_batches_tracked');
    expect(plain(failed.stateDict())).toEqual(plain(good.stateDict()));
    expect(failed.module_.training).toBe(false);
    expect(failed.predict(rows(3)).toArray()).toEqual(good.predict(rows(3)).toArray());
    expect(seen.at(-1)).toMatch(/^a error /);
  });

  test('the first one leaves the model as it was', async () => {
    const fitted = model();
    await expect(fitted.fit(X, three, { callbacks: [{ onTrainBegin: () => { throw new Error('early'); } }] })).rejects.toThrow('early'); // prettier-ignore
    expect(() => fitted.predict(X)).toThrow('SoftmaxClassifier: is not fitted yet');
    fitted.fitSync(X, three);
    const before = plain(fitted.stateDict());
    const { history_ } = fitted;
    expect(() => fitted.fitSync([[1, 2, 3]], [0, 1] as never)).toThrow(ShapeError);
    expect(plain(fitted.stateDict())).toEqual(before);
    expect(fitted.history_).toBe(history_);
    const regressor = new LinearRegression({ solver: 'gradient' }).fitSync(rows(4), targets(4));
    const learnt = plain(regressor.stateDict());
    expect(() => regressor.fitSync(rows(2), [1e200, 0])).toThrow('LinearRegression.minimize: the loss is not finite at step 1: Infinity');
    expect(plain(regressor.stateDict())).toEqual(learnt);
  });

  test('a loss of weighted examples must say the loss of each', () => {
    const deaf = new LinearRegression({ solver: 'gradient', loss: (s, y) => mseLoss(s, y) });
    const fit = (): unknown => deaf.fitSync(rows(4), targets(4), { sampleWeight: [1, 2, 3, 4] });
    expect(fit).toThrow(ShapeError);
    expect(fit).toThrow("LinearRegression: a loss of weighted examples must take reduction 'none': got [] for 4 examples");
  });
});
