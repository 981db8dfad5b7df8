/**
 * @file A progress bar for long work: on a terminal it moves, into a pipe it is silent.
 */
import cliProgress from 'cli-progress';

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
