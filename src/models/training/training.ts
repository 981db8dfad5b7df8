/**
 * @file One training: epochs, batches, callbacks. It is an iterator that makes a step at a time, so that whoever drives it may pause
 * between steps; it knows no model and no loss.
 */
import { UsageError } from '../../graph/errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { minibatches } from '../../data/batches.js';
import type { Generator as RandomGenerator } from '../../ops/random.js';
import { concat } from '../../ops/slicing.js';
import type { Optimizer } from '../../optim/optimizer.js';
import { checkState, type History, type Round, type TrainingState } from './state.js';

/** Numbers by name, such as `{ loss: 0.3, valLoss: 0.4 }`. */
export type Logs = Readonly<Record<string, number>>;

/** Functions called at fixed points of a training. `fit` waits for promises that they return, `fitSync` refuses them. */
export interface Callback {
  /** Before the first step. */
  onTrainBegin?: (training: Training) => void | Promise<void>;
  /** Before each pass over the data. */
  onEpochBegin?: (epoch: number, training: Training) => void | Promise<void>;
  /** After each step: the loss of the batch before the update, and the number of steps. */
  onBatchEnd?: (batch: number, logs: Logs, training: Training) => void | Promise<void>;
  /** After each pass: the mean loss, and the metrics of the validation data. */
  onEpochEnd?: (epoch: number, logs: Logs, training: Training) => void | Promise<void>;
  /** After the last step, also when the training was stopped. */
  onTrainEnd?: (training: Training) => void | Promise<void>;
  /** When a step failed or the signal aborted: the error is thrown after this. */
  onTrainError?: (error: unknown, training: Training) => void | Promise<void>;
  /** What it remembers, as plain data, so that a resumed training goes on the same. */
  stateDict?: () => unknown;
  /** Takes it back. */
  loadStateDict?: (state: unknown) => void;
}

/** What is trained. */
export interface TrainingTask {
  /** For messages. */
  readonly name: string;
  /** Number of examples. */
  readonly examples: number;
  readonly optimizer: Optimizer;
  /** Order of the examples, and whatever the model draws. */
  readonly generator: RandomGenerator;
  /** Loss of the examples with these indices. */
  readonly loss: (batch: Tensor) => Tensor;
  /** Metrics after an epoch. */
  readonly metrics: () => Logs;
  /** Parameters and buffers, by name. */
  readonly weights: () => Record<string, Tensor>;
  /** Puts such values back. */
  readonly setWeights: (weights: Readonly<Record<string, Tensor>>) => void;
  /** Called after each good step, before the callbacks. */
  readonly afterStep: () => void;
}

/** How long and in which portions. */
export interface TrainingPlan {
  readonly epochs: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly callbacks: readonly Callback[];
}

/** Batches an epoch: a last one of a single example joins the one before it, since one example has no statistics. */
function countBatches(examples: number, batchSize: number): number {
  const full = Math.floor(examples / batchSize);
  return examples % batchSize > 1 || full === 0 || batchSize === 1 ? Math.ceil(examples / batchSize) : full;
}

/** A training in parts: after each of them it may rest, or waits for the promise that it hands out. */
export type Steps<T> = Generator<Promise<unknown> | undefined, T>;

/** A training that runs: what callbacks are given. */
export class Training {
  /** Losses and metrics so far. */
  readonly history: History = { epoch: [], history: {} };
  /** Steps in all, if nothing stops it. */
  readonly steps: number;
  /** Passes over the data. */
  readonly epochs: number;
  /** Steps made. */
  step = 0;
  /** Passes over the data that are done. */
  epoch = 0;
  readonly #task: TrainingTask;
  readonly #plan: TrainingPlan;
  #begun = false;
  #stopped = false;
  #batch = 0;
  #lossSum = 0;
  #seen = 0;
  #epochCounter: number;
  #round: Round | null = null;

  constructor(task: TrainingTask, plan: TrainingPlan, resume?: TrainingState) {
    this.#task = task;
    this.#plan = plan;
    this.epochs = plan.epochs;
    this.steps = plan.epochs * countBatches(task.examples, plan.batchSize);
    this.#epochCounter = task.generator.counter;
    if (resume !== undefined) this.#resume(resume);
  }

  /** Ends the training after this step; what is learnt is kept. */
  stop(): void {
    this.#stopped = true;
  }

  /** The parameters and buffers, by name: immutable tensors, so this is a snapshot. */
  weights(): Record<string, Tensor> {
    return this.#task.weights();
  }

  /** Puts such a snapshot back. */
  setWeights(weights: Readonly<Record<string, Tensor>>): void {
    this.#task.setWeights(weights);
  }

  /** Everything that the rest of the training depends on, as plain data. */
  state(): TrainingState {
    const { optimizer, generator } = this.#task;
    return {
      plan: this.#fixed(),
      step: this.step,
      epoch: this.epoch,
      begun: this.#begun,
      batch: this.#batch,
      lossSum: this.#lossSum,
      seen: this.#seen,
      stopped: this.#stopped,
      epochCounter: this.#epochCounter,
      counter: generator.counter,
      history: structuredClone(this.history),
      weights: this.weights(),
      optimizer: optimizer.stateDict(),
      callbacks: this.#plan.callbacks.map((c) => c.stateDict?.() ?? null),
      round: structuredClone(this.#round),
    };
  }

  #fixed(): TrainingState['plan'] {
    const { examples, generator } = this.#task;
    const { batchSize, shuffle } = this.#plan;
    return { examples, batchSize, shuffle, seed: generator.seed };
  }

  #resume(state: TrainingState): void {
    const { generator, optimizer, name } = this.#task;
    const { callbacks } = this.#plan;
    const op = `${name}.fit`;
    checkState(op, state, this.#fixed());
    if (state.callbacks.length !== callbacks.length)
      throw new UsageError(op, 'resume needs the same callbacks', `${callbacks.length} here, ${state.callbacks.length} saved`);
    const deaf = callbacks.findIndex((c, i) => state.callbacks[i] !== null && c.loadStateDict === undefined);
    if (deaf >= 0) throw new UsageError(op, 'resume needs the same callbacks', `number ${deaf} here takes no state`);
    this.#task.setWeights(state.weights);
    optimizer.loadStateDict(state.optimizer);
    callbacks.forEach((c, i) => c.loadStateDict?.(state.callbacks[i]));
    Object.assign(this.history, structuredClone(state.history));
    this.step = state.step;
    this.epoch = state.epoch;
    this.#begun = state.begun;
    this.#batch = state.batch;
    this.#lossSum = state.lossSum;
    this.#seen = state.seen;
    this.#stopped = state.stopped;
    this.#epochCounter = state.epochCounter;
    this.#round = state.round;
    generator.counter = state.counter;
  }

  /** The batches of this epoch that are not done yet. */
  #batches(): Tensor[] {
    const { examples, generator } = this.#task;
    const { batchSize, shuffle } = this.#plan;
    if (this.#batch === 0) this.#epochCounter = generator.counter;
    const now = generator.counter;
    generator.counter = this.#epochCounter;
    const all = [...minibatches(examples, { batchSize, ...(shuffle && { generator }) })];
    if (this.#batch > 0) generator.counter = now; // in the middle of a resumed epoch: its order was drawn before
    if (all.length > countBatches(examples, batchSize)) all.push(concat(all.splice(-2)));
    return all.slice(this.#batch);
  }

  /** One update. What was computed and drawn on the way, such as running statistics, is undone when it fails. */
  #update(batch: Tensor): number {
    const { optimizer, generator, loss } = this.#task;
    const [weights, counter] = [this.weights(), generator.counter];
    try {
      return optimizer.minimize(() => loss(batch)).item();
    } catch (error) {
      this.setWeights(weights);
      generator.counter = this.#batch === 0 ? this.#epochCounter : counter; // the order of an epoch is drawn before its first step
      throw error;
    }
  }

  /** Tells the callbacks, in turn. A state that one of them takes says who is still to be told. */
  *#tell(hook: Round['hook'], args: readonly unknown[], from = 0): Steps<void> {
    const { callbacks } = this.#plan;
    for (let i = from; i < callbacks.length; i++) {
      this.#round = { hook, args: [...args], next: i + 1 };
      yield* wait((callbacks[i]![hook] as ((...args: unknown[]) => unknown) | undefined)?.call(callbacks[i], ...args, this));
    }
    this.#round = null;
  }

  /** The training itself, a step at a time. An error leaves the parameters at the last good step. */
  *run(): Steps<void> {
    const { callbacks } = this.#plan;
    try {
      for (const c of callbacks) yield* wait(c.onTrainBegin?.(this));
      yield* this.#epochs();
      for (const c of callbacks) yield* wait(c.onTrainEnd?.(this));
    } catch (error) {
      for (const c of callbacks) yield* wait(c.onTrainError?.(error, this));
      throw error;
    }
  }

  *#epochs(): Steps<void> {
    if (this.#round !== null) yield* this.#tell(this.#round.hook, this.#round.args, this.#round.next);
    while (this.epoch < this.epochs && (this.#begun || !this.#stopped)) {
      const epoch = this.epoch;
      if (!this.#begun) {
        this.#begun = true;
        yield* this.#tell('onEpochBegin', [epoch]);
      }
      for (const batch of this.#batches()) {
        if (this.#stopped) break;
        const loss = this.#update(batch);
        this.step++;
        this.#task.afterStep();
        const number = this.#batch++;
        this.#lossSum += loss * batch.size;
        this.#seen += batch.size;
        yield* this.#tell('onBatchEnd', [number, { loss, step: this.step }]);
        yield;
      }
      if (this.#batch === 0) return; // stopped before its first step
      const logs = { loss: this.#lossSum / this.#seen, ...this.#task.metrics() };
      this.history.epoch.push(epoch);
      for (const [key, value] of Object.entries(logs)) (this.history.history[key] ??= []).push(value);
      [this.#begun, this.#batch, this.#lossSum, this.#seen] = [false, 0, 0, 0];
      this.epoch++;
      yield* this.#tell('onEpochEnd', [epoch, logs]);
    }
  }
}

/** Hands out what a callback returned where that is a promise. */
function* wait(result: unknown): Steps<void> {
  if (result instanceof Promise) yield result;
}
