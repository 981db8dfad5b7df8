/**
 * @file What one call of `fit` is told.
 */
import type { TensorLike } from '../../graph/create.js';
import { checkOptions, UsageError } from '../../graph/errors.js';
import type { Labels } from '../examples.js';
import type { TrainingState } from './state.js';
import type { Callback } from './training.js';

/** What one call of `fit` is told. */
export interface FitOptions {
  /** Passes over the data; default as the model was made. */
  epochs?: number;
  /** Examples a step; default as the model was made. A last batch of one example joins the batch before it. */
  batchSize?: number;
  /** Take the examples in a new order in each epoch? Default true. */
  shuffle?: boolean;
  /** Data that is not trained on, [X, y]: its loss and score are logged after each epoch, as valLoss and valAccuracy or valR2. */
  validationData?: readonly [X: TensorLike, y: Labels];
  /** A weight for each example; default 1. The loss is Σwᵢlᵢ / Σwᵢ over a batch. */
  sampleWeight?: TensorLike;
  /** Called at fixed points. */
  callbacks?: readonly Callback[];
  /** Aborts the training: fit rejects with its reason, and what is learnt is kept. */
  signal?: AbortSignal;
  /** Milliseconds between pauses in which others run; default 30. */
  yieldEvery?: number;
  /** Goes on where `training.state()` was taken, with the same bits. Data and options must be the same. */
  resume?: TrainingState;
}

/** What one call of `fitSync` is told: it has no pauses. */
export type FitSyncOptions = Omit<FitOptions, 'signal' | 'yieldEvery'>;

const SYNC = ['epochs', 'batchSize', 'shuffle', 'validationData', 'sampleWeight', 'callbacks', 'resume'];

/** Throws unless these are the options of `fit`, or of `fitSync` if that is the method. */
export function checkFitOptions(name: string, method: 'fit' | 'fitSync', options: FitOptions): void {
  const op = `${name}.${method}`;
  checkOptions(op, options, method === 'fit' ? [...SYNC, 'signal', 'yieldEvery'] : SYNC);
  const { callbacks = [], validationData, signal, yieldEvery = 0 } = options;
  if (!Array.isArray(callbacks)) throw new UsageError(op, 'callbacks must be a list', String(callbacks));
  const stray = callbacks.findIndex((c: unknown) => typeof c !== 'object' || c === null);
  if (stray >= 0) throw new UsageError(op, 'callbacks must be objects', `number ${stray} is ${typeof callbacks[stray]}`);
  if (validationData !== undefined && !(Array.isArray(validationData) && validationData.length === 2))
    throw new UsageError(op, 'validationData must be [X, y]', String(validationData));
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new UsageError(op, 'signal must be an AbortSignal', String(signal), 'new AbortController().signal');
  if (!(yieldEvery >= 0)) throw new UsageError(op, 'yieldEvery must be milliseconds, not negative', String(yieldEvery));
}

/** Throws unless these are numbers of epochs and examples. */
export function checkCounts(op: string, { epochs, batchSize }: { epochs: number; batchSize: number }): void {
  if (!(Number.isInteger(epochs) && epochs >= 0)) throw new UsageError(op, 'epochs must be a whole number', String(epochs));
  if (!(batchSize === Infinity || (Number.isInteger(batchSize) && batchSize >= 1)))
    throw new UsageError(op, 'batchSize must be a positive whole number, or Infinity for all examples', String(batchSize));
}
