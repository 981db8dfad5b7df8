/**
 * @file Splitting and shuffling: seeded, so that every run sees the same examples in the same order.
 */
import { checkOptions, UsageError } from '../graph/errors.js';
import { arange } from '../ops/create.js';
import { slice, split } from '../ops/slicing.js';
import { type Generator, permutation, randint } from '../ops/random.js';
import type { Tensor } from '../graph/tensor.js';

/** Options of `minibatches`. */
export interface MinibatchOptions {
  /** Examples a batch. */
  batchSize: number;
  /** Shuffles when given; without it examples come in order. */
  generator?: Generator;
  /** Leave out a last batch that is smaller? Default false. */
  dropLast?: boolean;
  /** Draw every index anew, so that some come twice and some not at all? Needs a generator. Default false: each comes once. */
  replacement?: boolean;
}

function checkCount(op: string, n: number): void {
  if (!Number.isInteger(n) || n < 0) throw new UsageError(op, 'n must be a whole number of examples', String(n));
}

/**
 * Indices 0 … n−1 in batches: one epoch. Every example comes once, or with `replacement` as often as chance has it.
 * @throws UsageError unless n is a whole number and batchSize a positive one.
 * @example
 * [...minibatches(5, { batchSize: 2 })].map((b) => b.size); // → [2, 2, 1]
 */
export function* minibatches(n: number, options: MinibatchOptions): IterableIterator<Tensor> {
  checkOptions('minibatches', options, ['batchSize', 'generator', 'dropLast', 'replacement']);
  const { batchSize, generator, dropLast = false, replacement = false } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new UsageError('minibatches', 'batchSize must be a positive integer', String(batchSize));
  checkCount('minibatches', n);
  if (replacement && generator === undefined)
    throw new UsageError('minibatches', 'replacement needs a generator', undefined, '{ generator: new Generator(seed) }');
  const order =
    generator === undefined
      ? arange(n, { dtype: 'int32' })
      : replacement && n > 0
        ? randint(0, n, [n], { generator })
        : permutation(n, { generator });
  for (let start = 0; start < n; start += batchSize) {
    const end = Math.min(start + batchSize, n);
    if (end - start < batchSize && dropLast) return;
    yield slice(order, [[start, end]]);
  }
}

/**
 * Indices 0 … n−1 in random order, cut into parts of the given lengths: train, validation and test.
 * @throws UsageError unless the lengths are whole and add up to n.
 * @example
 * splitIndices(10, [8, 1, 1], new Generator(1)).map((part) => part.size); // → [8, 1, 1]
 */
export function splitIndices(n: number, lengths: readonly number[], generator: Generator): Tensor[] {
  checkCount('splitIndices', n);
  const total = lengths.reduce((a, b) => a + b, 0);
  if (lengths.some((l) => !Number.isInteger(l) || l < 0) || total !== n)
    throw new UsageError('splitIndices', `lengths must be whole and add up to ${n}`, `[${lengths.join(', ')}] add up to ${total}`);
  return split(permutation(n, { generator }), lengths);
}
