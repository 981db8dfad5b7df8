/**
 * @file Random search: try random parameters and keep the best. Expensive, and a yardstick for what gradients are worth.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { checkOptions, UsageError } from '../graph/errors.js';
import type { Generator } from '../ops/random.js';
import { noGrad } from '../transforms/custom.js';

/** Options of `randomSearch`. */
export interface RandomSearchOptions {
  /** How many parameters are tried; default 1000. */
  tries?: number;
  /** Where the random numbers come from. */
  generator: Generator;
}

/** What was found. */
export interface RandomSearchResult<T> {
  /** The best parameters. */
  readonly params: T;
  /** Their loss. */
  readonly value: number;
  /** The best loss after each try. */
  readonly history: readonly number[];
}

/**
 * Draws parameters, computes their loss, keeps the best. Losses that are NaN never win.
 * @throws UsageError without a generator, unless tries is positive, or when no loss is a number.
 * @see lecture 002:91
 * @example
 * const generator = new Generator(0);
 * const found = randomSearch((x: Tensor) => square(sub(x, 0.5)), (generator) => uniform([], { generator }), { tries: 500, generator });
 * found.value < 1e-4; // → true
 */
export function randomSearch<T>(
  f: (params: T) => TensorLike,
  draw: (generator: Generator) => T,
  options: RandomSearchOptions,
): RandomSearchResult<T> {
  checkOptions('randomSearch', options, ['tries', 'generator']);
  const { tries = 1000, generator } = options ?? {};
  if (typeof f !== 'function' || typeof draw !== 'function')
    throw new UsageError('randomSearch', 'f and draw must be functions', `got ${typeof f} and ${typeof draw}`);
  if (generator === undefined) throw new UsageError('randomSearch', 'needs a generator', undefined, '{ generator: new Generator(seed) }');
  if (!Number.isInteger(tries) || tries < 1) throw new UsageError('randomSearch', 'tries must be a positive whole number', String(tries));
  return noGrad(() => {
    let best: { params: T; value: number } | undefined;
    const history: number[] = [];
    for (let i = 0; i < tries; i++) {
      const params = draw(generator);
      const value = toTensor(f(params)).item();
      if (!Number.isNaN(value) && (best === undefined || value < best.value)) best = { params, value };
      history.push(best?.value ?? NaN);
    }
    if (best === undefined) throw new UsageError('randomSearch', 'no loss is a number', `${tries} tries gave NaN`);
    return { ...best, history };
  });
}
