/** A training that goes on from any of its states ends with the same bits. */
import {
  adam,
  type Callback,
  chain,
  clipByGlobalNorm,
  EarlyStopping,
  type FitOptions,
  type GradientTransform,
  lbfgs,
  linearSchedule,
  loadState,
  LogisticRegression,
  MLPClassifier,
  type MLPClassifierOptions,
  reduceOnPlateau,
  saveState,
  sgd,
  SoftmaxClassifier,
  type Tensor,
  type TrainingState,
  UsageError,
  warmupSchedule,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { three, two, X } from './clouds.js';

const plain = (state: Record<string, Tensor>): unknown => Object.fromEntries(Object.entries(state).map(([key, t]) => [key, t.toArray()]));
const copy = (state: TrainingState): TrainingState => loadState(saveState(state)) as TrainingState;
/** Keeps every state that a callback can take, with the event and the step. */
function keeper(kept: [string, TrainingState][]): Callback {
  const keep = (event: string, ...args: unknown[]): void => {
    const training = args.at(-1) as { state(): TrainingState; step: number };
    kept.push([`${event} after step ${training.step}`, copy(training.state())]);
  };
  return Object.fromEntries(
    ['onTrainBegin', 'onEpochBegin', 'onBatchEnd', 'onEpochEnd', 'onTrainEnd'].map((event) => [
      event,
      (...args: unknown[]) => keep(event, ...args),
    ]),
  );
}
const validationData: FitOptions['validationData'] = [X.slice(3, 9), three.slice(3, 9)];
const everything = (optimizer: GradientTransform): MLPClassifierOptions => ({
  hiddenLayerSizes: [4, 3],
  activation: 'tanh',
  dropout: 0.3,
  batchNorm: true,
  classWeight: 'balanced',
  lambda: 0.01,
  batchSize: 5,
  epochs: 4,
  optimizer,
});
const early = (): EarlyStopping => new EarlyStopping({ monitor: 'valAccuracy', patience: 2, restoreBestWeights: true });

describe.each<[string, () => GradientTransform]>([
  [
    'Adam with schedules',
    () =>
      adam({
        lr: warmupSchedule(linearSchedule(0.05, 0.01, 8), { warmupSteps: 3 }),
        betas: [linearSchedule(0.5, 0.9, 6), 0.99],
        amsgrad: true,
      }),
  ],
  [
    'SGD with momentum, clipped',
    () => chain(clipByGlobalNorm(0.5), sgd({ lr: 0.1, momentum: linearSchedule(0.5, 0.9, 7), nesterov: true })),
  ],
])('an MLP with dropout and batch normalisation, %s', (_, optimizer) => {
  // callbacks before and after the one that takes the states
  const callbacks = (kept: [string, TrainingState][]): Callback[] => [early(), keeper(kept), early()];
  const kept: [string, TrainingState][] = [];
  const whole = new MLPClassifier(everything(optimizer())).fitSync(X, three, { callbacks: callbacks(kept), validationData });
  const [, last] = kept.at(-1)!;

  test('takes states at every event', () => {
    expect(kept.map(([name]) => name)).toContain('onBatchEnd after step 4');
    expect(kept.map(([name]) => name)).toContain('onEpochEnd after step 6');
    expect(whole.history_!.epoch.length).toBeGreaterThan(2);
    expect(last.optimizer.step).toBe(last.step);
  });

  test.each(kept)('%s', async (_name, state) => {
    const again: [string, TrainingState][] = [];
    const model = new MLPClassifier(everything(optimizer()));
    await model.fit(X, three, { callbacks: callbacks(again), validationData, resume: copy(state) });
    expect(plain(model.stateDict())).toEqual(plain(whole.stateDict()));
    expect(model.history_).toEqual(whole.history_);
    expect(saveState(again.at(-1)![1])).toEqual(saveState(last)); // optimizer, callbacks, counters, too
  });
});

test('callbacks are told of each event once, wherever the training was cut', () => {
  const events = (seen: string[]): Callback => ({
    onEpochBegin: (epoch) => void seen.push(`begin ${epoch}`),
    onBatchEnd: (batch, logs) => void seen.push(`batch ${batch} ${logs['loss']}`),
    onEpochEnd: (epoch, logs) => void seen.push(`end ${epoch} ${logs['loss']}`),
  });
  const make = (): SoftmaxClassifier => new SoftmaxClassifier({ epochs: 2, batchSize: 7 });
  const [before, after, kept]: [string[], string[], [string, TrainingState][]] = [[], [], []];
  make().fitSync(X, three, { callbacks: [events(before), keeper(kept), events(after)] });
  expect(before).toEqual(after);
  for (const [name, state] of kept.filter(([event]) => !/^onTrain/.test(event))) {
    const [first, second]: [string[], string[]] = [[], []];
    make().fitSync(X, three, { callbacks: [events(first), {}, events(second)], resume: state });
    // the one behind the keeper had not heard of the event yet
    expect(second, name).toEqual(before.slice(before.length - second.length));
    expect(second.length, name).toBe(first.length + 1);
  }
});

test('L-BFGS goes on with its memory', () => {
  const make = (): LogisticRegression =>
    new LogisticRegression({ lambda: 0.01, optimizer: lbfgs({ maxIter: 2, lineSearchFn: 'strong_wolfe' }), epochs: 5 });
  const kept: [string, TrainingState][] = [];
  const whole = make().fitSync(X, two, { callbacks: [keeper(kept)] });
  for (const [name, state] of kept)
    expect(
      plain(
        make()
          .fitSync(X, two, { callbacks: [{}], resume: state })
          .stateDict(),
      ),
      name,
    ).toEqual(plain(whole.stateDict()));
});

test('a schedule that listens is saved by the callback that reports to it', () => {
  const make = (): [SoftmaxClassifier, Callback] => {
    const lr = reduceOnPlateau(2, { patience: 0, factor: 0.5, threshold: 0.3 });
    const report: Callback = {
      onEpochEnd: (_, logs) => lr.report(logs['loss']!),
      stateDict: () => lr.stateDict(),
      loadStateDict: (s) => lr.loadStateDict(s as never),
    };
    return [new SoftmaxClassifier({ epochs: 6, batchSize: 6, optimizer: sgd({ lr }) }), report];
  };
  const kept: [string, TrainingState][] = [];
  const [whole, report] = make();
  whole.fitSync(X, three, { callbacks: [keeper(kept), report] });
  expect((report.stateDict!() as { rate: number }).rate).toBeLessThan(2);
  for (const [name, state] of kept) {
    const [model, own] = make();
    expect(plain(model.fitSync(X, three, { callbacks: [{}, own], resume: state }).stateDict()), name).toEqual(plain(whole.stateDict()));
  }
});

test('an aborted training goes on from the state that onTrainError takes; so does one whose step failed', async () => {
  const whole = new MLPClassifier(everything(adam())).fitSync(X, three, { callbacks: [{}] });
  const controller = new AbortController();
  let state: TrainingState | undefined;
  const hook: Callback = {
    onBatchEnd: (_, { step }) => (step === 5 ? controller.abort() : undefined),
    onTrainError: (_, training) => void (state = copy(training.state())),
  };
  const model = new MLPClassifier(everything(adam()));
  await expect(model.fit(X, three, { signal: controller.signal, callbacks: [hook] })).rejects.toThrow('aborted');
  expect(state!.step).toBe(5);
  expect(plain(model.fitSync(X, three, { callbacks: [{}], resume: state! }).stateDict())).toEqual(plain(whole.stateDict()));

  // step 4 is the first of an epoch: what it drew is drawn again
  for (const bad of [3, 4, 5]) {
    const pair = adam();
    let fails = true;
    const flaky: GradientTransform = {
      init: (params) => pair.init(params),
      update(grads, old, params) {
        if (fails && (old as { step: number }).step === bad - 1) throw new Error('a bit flipped');
        return pair.update(grads, old as never, params);
      },
    };
    const broken = new MLPClassifier(everything(flaky));
    expect(() => broken.fitSync(X, three, { callbacks: [hook] })).toThrow('a bit flipped');
    expect(state!.step).toBe(bad - 1);
    fails = false;
    expect(plain(broken.fitSync(X, three, { callbacks: [{}], resume: state! }).stateDict())).toEqual(plain(whole.stateDict()));
  }
});

test('one that was told to stop in the middle of an epoch ends that epoch, and goes no further', () => {
  const stop: Callback = {
    onBatchEnd(_, { step }, training) {
      if (step === 4) training.stop();
    },
  };
  const kept: [string, TrainingState][] = [];
  const make = (): SoftmaxClassifier => new SoftmaxClassifier({ epochs: 5, batchSize: 4 });
  const whole = make().fitSync(X, three, { callbacks: [stop, keeper(kept)], validationData });
  expect(whole.history_!.epoch).toEqual([0, 1]);
  for (const [name, state] of kept) {
    const model = make().fitSync(X, three, { callbacks: [stop, {}], validationData, resume: state });
    expect(model.history_, name).toEqual(whole.history_);
    expect(plain(model.stateDict()), name).toEqual(plain(whole.stateDict()));
  }
});

test('more epochs than at first: as if it had been asked for them from the start', () => {
  const make = (epochs: number): SoftmaxClassifier => new SoftmaxClassifier({ epochs, batchSize: 5 });
  const kept: [string, TrainingState][] = [];
  make(2).fitSync(X, three, { callbacks: [keeper(kept)] });
  const longer = make(5).fitSync(X, three, { callbacks: [{}], resume: kept.at(-1)![1] });
  expect(plain(longer.stateDict())).toEqual(plain(make(5).fitSync(X, three).stateDict()));
  expect(longer.history_!.epoch).toEqual([0, 1, 2, 3, 4]);
});

describe('what is refused', () => {
  const make = (options = {}): SoftmaxClassifier => new SoftmaxClassifier({ epochs: 2, batchSize: 5, ...options });
  const kept: [string, TrainingState][] = [];
  make().fitSync(X, three, { callbacks: [keeper(kept), early()], validationData });
  const [, good] = kept[4]!;
  const fit = (resume: unknown, options: FitOptions = {}, model = make()): unknown =>
    model.fitSync(X, three, { callbacks: [{}, early()], validationData, resume: resume as TrainingState, ...options });

  test.each<[string, () => unknown, string | RegExp]>([
    ['nothing', () => fit(null), 'SoftmaxClassifier.fit: resume needs what training.state() gave: null'],
    ['a list', () => fit([]), 'SoftmaxClassifier.fit: resume needs what training.state() gave: object'],
    ['an empty object', () => fit({}), "SoftmaxClassifier.fit: resume needs what training.state() gave: its 'plan' is undefined"],
    ['half a step', () => fit({ ...good, step: 0.5 }), "SoftmaxClassifier.fit: resume needs what training.state() gave: its 'step' is 0.5"],
    ['no counter', () => fit({ ...good, counter: undefined }), "its 'counter' is undefined"],
    ['no history', () => fit({ ...good, history: { epoch: [] } }), "its 'history' is [object Object]"],
    ['a text as a metric', () => fit({ ...good, history: { epoch: [], history: { loss: ['0.1'] } } }), "its 'history' is"],
    ['an unknown event', () => fit({ ...good, round: { hook: 'constructor', args: [], next: 0 } }), "its 'round' is [object Object]"],
    ['no weights', () => fit({ ...good, weights: {} }), "loadStateDict: keys do not match: missing 'weight', 'bias'"],
    ['no optimizer', () => fit({ ...good, optimizer: {} }), 'SoftmaxClassifier.loadStateDict: needs what stateDict() gave'],
    ['another optimizer', () => fit(good, {}, make({ optimizer: adam() })), /^SoftmaxClassifier\.loadStateDict: the state of weight lacks .*expAvg, expAvgSq: was it saved by another optimizer\?$/], // prettier-ignore
    ['other batches', () => fit(good, { batchSize: 4 }), 'SoftmaxClassifier.fit: resume needs the same batchSize: 4 here, 5 saved'],
    ['another order', () => fit(good, { shuffle: false }), 'SoftmaxClassifier.fit: resume needs the same shuffle: false here, true saved'],
    ['another seed', () => fit(good, {}, make({ randomState: 3 })), 'SoftmaxClassifier.fit: resume needs the same seed: 3 here, 0 saved'],
    ['other data', () => make().fitSync(X.slice(1), three.slice(1), { resume: good }), 'SoftmaxClassifier.fit: resume needs the same examples: 11 here, 12 saved'], // prettier-ignore
    ['too few callbacks', () => fit(good, { callbacks: [early()] }), 'SoftmaxClassifier.fit: resume needs the same callbacks: 1 here, 2 saved'], // prettier-ignore
    ['callbacks in another order', () => fit(good, { callbacks: [early(), {}] }), 'SoftmaxClassifier.fit: resume needs the same callbacks: number 1 here takes no state'], // prettier-ignore
    ['a callback that was not there', () => fit({ ...good, callbacks: [null, null] }), 'EarlyStopping: loadStateDict needs what stateDict() gave: null'], // prettier-ignore
  ])('%s', (_, call, message) => {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });

  test('weights of another model; the model stays as it was', () => {
    const model = make();
    expect(() => model.fitSync(X, two, { callbacks: [{}, early()], validationData: [X, two], resume: good })).toThrow(
      "loadStateDict: shapes do not match: 'weight' must be [2,2], got [3,2]; 'bias' must be [2], got [3]",
    );
    expect(() => model.coef_).toThrow('SoftmaxClassifier: is not fitted yet');
  });
});
