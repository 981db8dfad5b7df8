/**
 * @file The callback that stops a training early.
 */
import { checkOptions, UsageError } from '../../graph/errors.js';
import type { Tensor } from '../../graph/tensor.js';
import type { Callback, Logs, Training } from './training.js';

/** Options of `EarlyStopping`; the names and defaults of Keras. */
export interface EarlyStoppingOptions {
  /** The metric that must improve; default 'valLoss'. */
  monitor?: string;
  /** By how much it must improve; default 0. */
  minDelta?: number;
  /** So many epochs in a row without improvement end the training, but at least one; default 0. */
  patience?: number;
  /** Is better smaller ('min') or larger ('max')? 'auto' (default): larger for accuracies and R², smaller for everything else. */
  mode?: 'auto' | 'min' | 'max';
  /** Go back to the weights of the best epoch at the end? Default false. */
  restoreBestWeights?: boolean;
}

interface Best {
  readonly value: number;
  readonly epoch: number;
  readonly weights: Readonly<Record<string, Tensor>> | null;
}

/**
 * Stops a training when a metric has not improved for `patience` epochs. NaN is no improvement.
 * @throws UsageError for options out of range, or a metric that the training does not log.
 * @see Prechelt 1998; keras.callbacks.EarlyStopping
 * @example
 * const stop = new EarlyStopping({ monitor: 'loss', patience: 3, restoreBestWeights: true });
 * const model = new SoftmaxClassifier({ optimizer: sgd({ lr: 1 }), epochs: 1000 });
 * await model.fit([[0], [1], [1], [0]], [0, 1, 0, 1], { callbacks: [stop] });
 * stop.stoppedEpoch! < 999; // → true
 */
export class EarlyStopping implements Callback {
  /** The epoch after which the training was stopped, or null. */
  stoppedEpoch: number | null = null;
  readonly #options: Required<EarlyStoppingOptions>;
  readonly #sign: 1 | -1;
  #best: Best | null = null;
  #waited = 0;

  constructor(options: EarlyStoppingOptions = {}) {
    checkOptions('EarlyStopping', options, ['monitor', 'minDelta', 'patience', 'mode', 'restoreBestWeights']);
    this.#options = { monitor: 'valLoss', minDelta: 0, patience: 0, mode: 'auto', restoreBestWeights: false, ...options };
    const { monitor, minDelta, patience, mode } = this.#options;
    if (!(Number.isInteger(patience) && patience >= 0))
      throw new UsageError('EarlyStopping', 'patience must be a whole number of epochs', String(patience));
    if (!(minDelta >= 0)) throw new UsageError('EarlyStopping', 'minDelta must not be negative', String(minDelta));
    if (!['auto', 'min', 'max'].includes(mode))
      throw new UsageError('EarlyStopping', `unknown mode '${mode}'`, undefined, "'auto', 'min' or 'max'");
    const larger = mode === 'max' || (mode === 'auto' && /accuracy|r2/i.test(monitor));
    this.#sign = larger ? 1 : -1;
  }

  /** The epoch with the best value so far, or null. */
  get bestEpoch(): number | null {
    return this.#best?.epoch ?? null;
  }

  onTrainBegin(training: Training): void {
    if (training.step > 0) return; // resumed
    this.#best = null;
    this.#waited = 0;
    this.stoppedEpoch = null;
  }

  onEpochEnd(epoch: number, logs: Logs, training: Training): void {
    const { monitor, minDelta, patience, restoreBestWeights } = this.#options;
    const value = logs[monitor];
    if (value === undefined) {
      const cure = monitor.startsWith('val') && !('valLoss' in logs) ? 'give fit validationData' : undefined;
      throw new UsageError('EarlyStopping', `the training does not log '${monitor}'`, `it logs ${Object.keys(logs).join(', ')}`, cure);
    }
    const reference = this.#best?.value ?? -this.#sign * Infinity;
    if (this.#sign * (value - reference) > minDelta) {
      this.#best = { value, epoch, weights: restoreBestWeights ? training.weights() : null };
      this.#waited = 0;
      return;
    }
    this.#waited++;
    if (this.#waited < patience) return;
    this.stoppedEpoch = epoch;
    training.stop();
  }

  onTrainEnd(training: Training): void {
    if (this.#best?.weights) training.setWeights(this.#best.weights);
  }

  stateDict(): unknown {
    return { best: this.#best, waited: this.#waited, stoppedEpoch: this.stoppedEpoch };
  }

  loadStateDict(state: unknown): void {
    const { best, waited, stoppedEpoch } = (state ?? {}) as { best?: Best | null; waited?: number; stoppedEpoch?: number | null };
    if (best === undefined || stoppedEpoch === undefined || !Number.isInteger(waited))
      throw new UsageError('EarlyStopping', 'loadStateDict needs what stateDict() gave', String(state));
    this.#best = best;
    this.#waited = waited!;
    this.stoppedEpoch = stoppedEpoch;
  }
}
