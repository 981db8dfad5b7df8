/**
 * @file A progress bar for long work: on a terminal it moves, into a pipe it is silent.
 */
import cliProgress from 'cli-progress';
import type { Callback } from '../models/training/training.js';

/** A bar that is told how far the work is. */
export interface ProgressBar {
  /** Moves the bar; `note` stands behind it. */
  update(done: number, note?: string): void;
  /** Ends the bar and leaves it standing. */
  stop(): void;
}

/** A progress bar on standard error; silent where that is no terminal. */
export function progressBar(label: string, total: number): ProgressBar {
  const bar = new cliProgress.SingleBar(
    { format: `${label} {bar} {percentage}% {note}`, hideCursor: true, stream: process.stderr, noTTYOutput: false },
    cliProgress.Presets.shades_classic,
  );
  const visible = process.stderr.isTTY;
  if (visible) bar.start(total, 0, { note: '' });
  return {
    update(done, note = '') {
      if (visible) bar.update(done, { note });
    },
    stop() {
      if (visible) bar.stop();
    },
  };
}

/**
 * A callback for `fit` that shows a progress bar with the loss of the latest batch.
 * @example
 * await new SoftmaxClassifier().fit([[0], [1]], [0, 1], { callbacks: [showProgress('softmax')] });
 */
export function showProgress(label: string): Callback {
  let bar: ProgressBar | undefined;
  const stop = (): void => bar?.stop();
  return {
    onTrainBegin: ({ steps }) => void (bar = progressBar(label, steps)),
    onBatchEnd: (_, logs) => bar?.update(logs['step'] ?? 0, `loss ${(logs['loss'] ?? NaN).toFixed(3)}`),
    onTrainEnd: stop,
    onTrainError: stop,
  };
}
