/**
 * @file Where a training stands, as plain data: what a resumed one begins with.
 */
import { UsageError } from '../../graph/errors.js';
import type { Tensor } from '../../graph/tensor.js';
import type { OptimizerStateDict } from '../../optim/optimizer.js';

/** Losses and metrics of the epochs so far. */
export interface History {
  /** Numbers of the epochs, from 0. */
  epoch: number[];
  /** Each metric, a value an epoch: `loss`, and `valLoss`, `valAccuracy` or `valR2` with validation data. */
  history: Record<string, number[]>;
}

/** Where a training stands, as plain data: saved and given to `fit` as `resume`, it goes on with the same bits. */
export interface TrainingState {
  /** What must be the same when it goes on. */
  plan: { examples: number; batchSize: number; shuffle: boolean; seed: number };
  step: number;
  epoch: number;
  /** Were the callbacks told that this epoch begins? */
  begun: boolean;
  /** Batches of this epoch that are done, their losses weighted with their sizes, and those sizes. */
  batch: number;
  lossSum: number;
  seen: number;
  /** Was it told to stop? */
  stopped: boolean;
  /** Draws made before this epoch's order, and up to now. */
  epochCounter: number;
  counter: number;
  history: History;
  weights: Record<string, Tensor>;
  optimizer: OptimizerStateDict;
  callbacks: unknown[];
  /** What the callbacks were being told, and which of them comes next; null between such rounds. */
  round: Round | null;
}

/** Telling all callbacks of one event, in turn. */
export interface Round {
  hook: 'onEpochBegin' | 'onBatchEnd' | 'onEpochEnd';
  args: unknown[];
  next: number;
}

const COUNTS = ['step', 'epoch', 'batch', 'seen', 'epochCounter', 'counter'] as const;
const HOOKS: readonly unknown[] = ['onEpochBegin', 'onBatchEnd', 'onEpochEnd'];

const isRecord = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);
const isCount = (x: unknown): boolean => Number.isSafeInteger(x) && (x as number) >= 0;
const isNumbers = (x: unknown): boolean => Array.isArray(x) && x.every((v) => typeof v === 'number');

/** The first key whose value cannot be that of a state; weights and optimizer are looked at by those who take them. */
function wrongKey(state: Readonly<Record<keyof TrainingState, unknown>>): string | undefined {
  const { history, round } = state;
  const good: Partial<Record<keyof TrainingState, boolean>> = {
    plan: isRecord(state.plan),
    ...Object.fromEntries(COUNTS.map((key) => [key, isCount(state[key])])),
    begun: typeof state.begun === 'boolean',
    lossSum: typeof state.lossSum === 'number',
    stopped: typeof state.stopped === 'boolean',
    history:
      isRecord(history) &&
      isNumbers(history['epoch']) &&
      isRecord(history['history']) &&
      Object.values(history['history']).every(isNumbers),
    weights: isRecord(state.weights),
    optimizer: isRecord(state.optimizer),
    callbacks: Array.isArray(state.callbacks),
    round: round === null || (isRecord(round) && HOOKS.includes(round['hook']) && Array.isArray(round['args']) && isCount(round['next'])),
  };
  return Object.entries(good).find(([, ok]) => !ok)?.[0];
}

/** Throws unless this is the state of a training with this plan. */
export function checkState(op: string, state: unknown, plan: TrainingState['plan']): asserts state is TrainingState {
  if (!isRecord(state)) throw new UsageError(op, 'resume needs what training.state() gave', state === null ? 'null' : typeof state);
  const wrong = wrongKey(state as unknown as Record<keyof TrainingState, unknown>);
  if (wrong !== undefined) throw new UsageError(op, 'resume needs what training.state() gave', `its '${wrong}' is ${String(state[wrong])}`);
  const saved = state['plan'] as Record<string, unknown>;
  const other = Object.entries(plan).find(([key, value]) => saved[key] !== value);
  if (other !== undefined)
    throw new UsageError(op, `resume needs the same ${other[0]}`, `${String(other[1])} here, ${String(saved[other[0]])} saved`);
}
