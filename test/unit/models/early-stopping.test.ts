/** EarlyStopping on metrics made up for it. */
import {
  type Callback,
  EarlyStopping,
  type EarlyStoppingOptions,
  Linear,
  Generator,
  SoftmaxClassifier,
  Training,
  UsageError,
} from 'chainrule';
import { Optimizer, sgd, sum, type Tensor } from 'chainrule';
import { describe, expect, test } from 'vitest';
import { three, X } from './clouds.js';

/** A training whose metric takes these values, an epoch each: the weights of each epoch, and where it ended. */
function run(
  name: string,
  values: readonly number[],
  options: EarlyStoppingOptions,
): { stop: EarlyStopping; seen: unknown[]; last: unknown; epochs: number } {
  const layer = new Linear(1, 1, { generator: new Generator(1), dtype: 'float64' });
  const stop = new EarlyStopping({ monitor: name, ...options });
  const seen: unknown[] = [];
  let epoch = 0;
  const training = new Training(
    {
      name: 'test',
      examples: 2,
      optimizer: new Optimizer<unknown, object>('test', layer.parameters(), () => sgd({ lr: 0.1 })),
      generator: new Generator(0),
      loss: () => sum(layer.forward([[3]])),
      metrics: () => ({ [name]: values[epoch++]! }),
      weights: () => layer.stateDict(),
      setWeights: (weights) => void layer.loadStateDict(weights),
      afterStep: () => undefined,
    },
    {
      epochs: values.length,
      batchSize: 2,
      shuffle: false,
      callbacks: [{ onEpochEnd: () => void seen.push(layer.weight.toArray()) }, stop],
    },
  );
  for (const _ of training.run());
  return { stop, seen, last: layer.weight.toArray(), epochs: training.epoch };
}

describe('when it stops', () => {
  test.each<[string, string, readonly number[], EarlyStoppingOptions, epochs: number, best: number]>([
    ['at the first epoch without improvement', 'valLoss', [3, 2, 2, 1], {}, 3, 1],
    ['patience 1 is the same, as in Keras', 'valLoss', [3, 2, 2, 1], { patience: 1 }, 3, 1],
    ['after so many in a row', 'valLoss', [3, 2, 4, 1, 2, 2, 2, 0], { patience: 3 }, 7, 3],
    ['never while it improves', 'valLoss', [3, 2, 1, 0], {}, 4, 3],
    ['improving by minDelta is not enough', 'valLoss', [3, 2, 0.5, 0], { minDelta: 1 }, 2, 0],
    ['improving by more is', 'valLoss', [3, 1.5, 0.25, 0], { minDelta: 1 }, 4, 2],
    ['an accuracy must grow', 'valAccuracy', [0.5, 0.6, 0.6], {}, 3, 1],
    ['so must R²', 'valR2', [-1, 0.6, 0.5, 1], {}, 3, 1],
    ['unless told otherwise', 'valAccuracy', [0.5, 0.4, 0.6], { mode: 'min' }, 3, 1],
    ['anything may have to grow', 'valLoss', [1, 2, 1, 1], { mode: 'max' }, 3, 1],
    ['a deterioration is none', 'valLoss', [-1, -3, -2], {}, 3, 1],
    ['NaN is no improvement, and whatever follows is one', 'valLoss', [NaN, 5, NaN, 4], { patience: 2 }, 4, 3],
  ])('%s', (_, name, values, options, epochs, best) => {
    for (const restoreBestWeights of [false, true]) {
      const found = run(name, values, { ...options, restoreBestWeights });
      expect(found.epochs).toBe(epochs);
      expect(found.stop.bestEpoch).toBe(best);
      expect(found.stop.stoppedEpoch).toBe(epochs < values.length || best < epochs - 1 ? epochs - 1 : null);
      expect(found.last).toEqual(found.seen[restoreBestWeights ? best : epochs - 1]);
      expect(found.seen[best]).not.toEqual(found.seen[best + 1]);
    }
  });

  test('nothing but NaN: it stops, and there is nothing to go back to', () => {
    const { stop, epochs, last, seen } = run('valLoss', [NaN, NaN, NaN], { patience: 2, restoreBestWeights: true });
    expect([stop.bestEpoch, stop.stoppedEpoch, epochs]).toEqual([null, 1, 2]);
    expect(last).toEqual(seen[1]);
  });
});

describe('on a model', () => {
  const plain = (state: Record<string, Tensor>): unknown => Object.fromEntries(Object.entries(state).map(([key, t]) => [key, t.toArray()]));
  const options = {
    callbacks: [new EarlyStopping({ patience: 2, restoreBestWeights: true })],
    validationData: [X.slice(0, 4), [1, 0, 2, 0]],
  } as const;

  test('the best weights come back bit by bit', async () => {
    const epochs: unknown[] = [];
    const watch: Callback = { onEpochEnd: (_, __, training) => void epochs.push(plain(training.weights())) };
    const model = new SoftmaxClassifier({ epochs: 50, batchSize: 4 });
    await model.fit(X, three, { ...options, callbacks: [watch, ...options.callbacks] });
    const losses = model.history_!.history['valLoss']!;
    const best = losses.indexOf(Math.min(...losses));
    expect(losses.length).toBe(best + 3);
    expect(plain(model.stateDict())).toEqual(epochs[best]);
    expect(model.objective(...(options.validationData as unknown as [number[][], number[]]))).toBe(losses[best]);
  });

  test('used again it begins again', async () => {
    const fit = async (): Promise<unknown> =>
      plain((await new SoftmaxClassifier({ epochs: 50, batchSize: 4 }).fit(X, three, options)).stateDict());
    const first = await fit();
    const { bestEpoch, stoppedEpoch } = options.callbacks[0];
    expect(await fit()).toEqual(first);
    expect([options.callbacks[0].bestEpoch, options.callbacks[0].stoppedEpoch]).toEqual([bestEpoch, stoppedEpoch]);
  });

  test('a metric that nobody logs', async () => {
    const fit = (stop: EarlyStopping, more = {}): Promise<unknown> => new SoftmaxClassifier().fit(X, three, { callbacks: [stop], ...more });
    await expect(fit(new EarlyStopping())).rejects.toThrow(UsageError);
    await expect(fit(new EarlyStopping())).rejects.toThrow(
      "EarlyStopping: the training does not log 'valLoss': it logs loss: give fit validationData",
    );
    await expect(fit(new EarlyStopping({ monitor: 'valR2' }), { validationData: [X, three] })).rejects.toThrow(
      /^EarlyStopping: the training does not log 'valR2': it logs loss, valLoss, valAccuracy$/,
    );
    await expect(fit(new EarlyStopping({ monitor: 'accuracy' }))).rejects.toThrow(
      /^EarlyStopping: the training does not log 'accuracy': it logs loss$/,
    );
  });
});

test.each([
  [{ patience: 0.5 }, 'EarlyStopping: patience must be a whole number of epochs: 0.5'],
  [{ patience: -1 }, 'EarlyStopping: patience must be a whole number of epochs: -1'],
  [{ minDelta: -1 }, 'EarlyStopping: minDelta must not be negative: -1'],
  [{ minDelta: NaN }, 'EarlyStopping: minDelta must not be negative: NaN'],
  [{ mode: 'best' }, "EarlyStopping: unknown mode 'best': 'auto', 'min' or 'max'"],
  [{ monitors: 'loss' }, "EarlyStopping: unknown option 'monitors': did you mean 'monitor'?"],
])('refused: %o', (options, message) => {
  expect(() => new EarlyStopping(options as never)).toThrow(UsageError);
  expect(() => new EarlyStopping(options as never)).toThrow(message);
});
