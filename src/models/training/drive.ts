/**
 * @file Driving a training: at once, or with pauses in which a page draws and a signal is heard.
 */
import { UsageError } from '../../graph/errors.js';
import type { Steps } from './training.js';

/** Drives it to its end without a pause. Throws a `UsageError` where it would have to wait. */
export function drive<T>(op: string, steps: Steps<T>): T {
  let step = steps.next();
  while (!step.done) {
    if (step.value === undefined) {
      step = steps.next();
      continue;
    }
    step.value.catch(() => undefined); // nobody waits for it, so nobody would hear of its failure
    step = steps.throw(new UsageError(op, 'a callback returned a Promise', undefined, 'use fit'));
  }
  return step.value;
}

const pause = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

/** Whose turn is it: others', or the training's and its callbacks'? While the promise of a callback is awaited it is the callback's. */
export interface Turn {
  others: boolean;
}

/** Drives it and lets others run every `yieldEvery` milliseconds. An aborted signal is thrown into it: its reason rejects. */
export async function driveAsync<T>(steps: Steps<T>, yieldEvery: number, turn: Turn, signal?: AbortSignal): Promise<T> {
  try {
    signal?.throwIfAborted();
    let last = performance.now();
    let aborted = false;
    let step = steps.next();
    while (!step.done) {
      try {
        if (step.value !== undefined) await step.value;
        if (performance.now() - last >= yieldEvery) {
          turn.others = true;
          await pause();
          turn.others = false;
          last = performance.now();
        }
        if (!aborted && signal?.aborted) {
          aborted = true; // once: who hears of it may take their time
          throw signal.reason;
        }
      } catch (error) {
        step = steps.throw(error);
        continue;
      }
      step = steps.next();
    }
    return step.value;
  } finally {
    turn.others = true; // it is done, but whoever does not await its promise does not know
  }
}
