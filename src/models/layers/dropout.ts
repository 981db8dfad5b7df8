/**
 * @file Dropout: in training every element is 0 with probability p, and the others are made up for it.
 */
import { isFloat } from '../../graph/dtype.js';
import { UsageError } from '../../graph/errors.js';
import { mul } from '../../ops/arithmetic.js';
import { dropoutMask } from '../../ops/random.js';
import { defineLayer, drawnFrom, type Empty, type FixedLayer } from './layer.js';

/**
 * Inverted dropout: in training x·m with m = 0 with probability p (default 0.5), else 1/(1 − p), so that the mean stays;
 * in evaluation, and for p = 0, x itself.
 * @throws UsageError unless 0 ≤ p < 1, and in training without a generator.
 * @see Srivastava et al. 2014; torch.nn.Dropout; lectures 001:1441, 003:838
 * @example
 * const options = { train: true, state: {}, generator: new Generator(5) };
 * dropout(0.5).apply({}, [1, 2, 3, 4], options)[0]; // → [0, 4, 0, 8]
 * dropout(0.5).apply({}, [1, 2, 3, 4], { train: false, state: {} })[0]; // → [1, 2, 3, 4]
 */
export function dropout(p = 0.5): FixedLayer<Empty, Empty> {
  if (!(p >= 0 && p < 1)) throw new UsageError('dropout', 'p must be at least 0 and less than 1', String(p));
  return defineLayer<Empty, Empty>({
    name: 'dropout',
    init: () => ({ params: {}, state: {} }),
    apply(_params, x, options) {
      if (!options.train || p === 0) return [x, options.state];
      const generator = drawnFrom('dropout', options);
      return [mul(x, dropoutMask(x.shape, { p, generator, dtype: isFloat(x.dtype) ? x.dtype : 'float64' })), options.state];
    },
  });
}
