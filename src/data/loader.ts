/**
 * @file Minibatches of tensors, for `for…of`.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { take } from '../ops/indexing.js';
import { Generator } from '../ops/random.js';
import { minibatches } from './batches.js';

/** Options of `DataLoader`. */
export interface DataLoaderOptions {
  /** Examples a batch; default 1. */
  batchSize?: number;
  /** Another order in every epoch? Default false. */
  shuffle?: boolean;
  /** Draw examples with replacement? Default false. */
  replacement?: boolean;
  /** Leave out a last batch that is smaller? Default false. */
  dropLast?: boolean;
  /** Where shuffling comes from; default a generator of seed 0. */
  generator?: Generator;
}

/**
 * Batches of tensors with one row an example: every `for…of` is one epoch, and with `shuffle` each epoch has an order of its own, the same
 * in every run.
 * @throws UsageError for unknown options or no tensors; ShapeError for tensors of different lengths.
 * @see PyTorch's DataLoader
 * @example
 * const loader = new DataLoader([[[1], [2], [3]], [10, 20, 30]], { batchSize: 2 });
 * [...loader].map(([X, y]) => [X.shape, y]); // → [[[2, 1], [10, 20]], [[1, 1], [30]]]
 * loader.length; // → 2
 */
export class DataLoader<const T extends readonly TensorLike[]> {
  readonly #tensors: readonly Tensor[];
  readonly #options: Required<DataLoaderOptions>;

  constructor(tensors: T, options: DataLoaderOptions = {}) {
    checkOptions('DataLoader', options, ['batchSize', 'shuffle', 'replacement', 'dropLast', 'generator']);
    this.#tensors = tensors.map((t) => toTensor(t, 'DataLoader'));
    const [first] = this.#tensors;
    if (first === undefined) throw new UsageError('DataLoader', 'needs at least one tensor');
    for (const t of this.#tensors) {
      if (t.ndim === 0 || t.shape[0] !== first.shape[0])
        throw new ShapeError('DataLoader', 'tensors need one row an example', this.#tensors.map((s) => showShape(s.shape)).join(', '));
    }
    this.#options = { batchSize: 1, shuffle: false, replacement: false, dropLast: false, generator: new Generator(0), ...options };
    const { batchSize } = this.#options;
    if (!Number.isInteger(batchSize) || batchSize < 1)
      throw new UsageError('DataLoader', 'batchSize must be a positive integer', String(batchSize));
  }

  /** Batches an epoch. */
  get length(): number {
    const n = this.#tensors[0]!.shape[0]!;
    return this.#options.dropLast ? Math.floor(n / this.#options.batchSize) : Math.ceil(n / this.#options.batchSize);
  }

  /** One epoch. */
  *[Symbol.iterator](): IterableIterator<{ -readonly [K in keyof T]: Tensor }> {
    const { shuffle, replacement, generator, batchSize, dropLast } = this.#options;
    const order = shuffle || replacement ? { generator, replacement } : {};
    for (const rows of minibatches(this.#tensors[0]!.shape[0]!, { batchSize, dropLast, ...order })) {
      yield this.#tensors.map((t) => take(t, rows)) as { -readonly [K in keyof T]: Tensor };
    }
  }
}
