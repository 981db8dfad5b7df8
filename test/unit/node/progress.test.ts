/** The progress bar of a training: on a terminal it moves and ends, into a pipe it is silent. */
import { type Callback, SoftmaxClassifier } from 'chainrule';
import { showProgress } from 'chainrule/node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const X = [[0], [1], [2], [3]]; // prettier-ignore
const y = [0, 1, 0, 1];
const before = process.stderr.isTTY;
let written = '';

beforeEach(() => {
  written = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(() => {
  process.stderr.isTTY = before;
  vi.restoreAllMocks();
});

test('silent in a pipe', async () => {
  process.stderr.isTTY = false;
  await new SoftmaxClassifier({ epochs: 2 }).fit(X, y, { callbacks: [showProgress('softmax')] });
  expect(written).toBe('');
});

describe('on a terminal', () => {
  beforeEach(() => {
    process.stderr.isTTY = true;
  });

  test('it reaches its end with the loss of the last batch', async () => {
    const model = new SoftmaxClassifier({ epochs: 3, batchSize: 4 });
    await model.fit(X, y, { callbacks: [showProgress('softmax')] });
    expect(written).toContain('softmax');
    expect(written).toContain('100%');
    expect(written).toContain(`loss ${model.history_!.history['loss']!.at(-1)!.toFixed(3)}`);
    expect(written.endsWith('\n')).toBe(true); // what comes next begins a line of its own
  });

  test('a training that stops early or fails ends it, too; a callback may be used again', async () => {
    const bar = showProgress('softmax');
    const fit = (what: () => void): Promise<unknown> => {
      const end: Callback = {
        onBatchEnd(_, { step }, training) {
          if (step !== 2) return;
          training.stop();
          what();
        },
      };
      return new SoftmaxClassifier({ epochs: 4, batchSize: 4 }).fit(X, y, { callbacks: [bar, end] });
    };
    await fit(() => undefined);
    expect(written).toContain('50%');
    expect(written.endsWith('\n')).toBe(true);
    written = '';
    await expect(
      fit(() => {
        throw new Error('broken');
      }),
    ).rejects.toThrow('broken');
    expect(written).toContain('50%');
    expect(written.endsWith('\n')).toBe(true);
  });

  test('one that never began has none', async () => {
    await expect(new SoftmaxClassifier().fit(X, [0, 0, 0, 0], { callbacks: [showProgress('softmax')] })).rejects.toThrow('two classes');
    const early = { onTrainBegin: () => Promise.reject(new Error('early')) };
    await expect(new SoftmaxClassifier().fit(X, y, { callbacks: [early, showProgress('softmax')] })).rejects.toThrow('early');
    expect(written).toBe('');
  });
});
