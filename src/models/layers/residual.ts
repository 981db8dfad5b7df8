/**
 * @file The residual connection x + f(x), with stochastic depth.
 */
import { isFloat } from '../../graph/dtype.js';
import { checkOptions, ShapeError, UsageError } from '../../graph/errors.js';
import { sameShape, showShape } from '../../graph/shape.js';
import type { Tensor } from '../../graph/tensor.js';
import { add, mul } from '../../ops/arithmetic.js';
import { dropoutMask } from '../../ops/random.js';
import { defineLayer, drawnFrom, type Layer } from './layer.js';

/** Options of `residual`. */
export interface ResidualOptions {
  /** Probability that the branch is kept in training, more than 0; default 1, a plain residual connection. */
  survival?: number;
  /** Is one decision made a call ('batch', the default) or one for each row of the batch ('row')? */
  mode?: 'batch' | 'row';
}

/**
 * x + f(x) for a layer f that keeps the shape; params and state are those of f. With survival p < 1 this is stochastic depth: in
 * training the branch is dropped with probability 1 − p and divided by p when kept, so that the expected output is x + f(x), which
 * evaluation computes. That is the scaling of torchvision.ops.stochastic_depth; the paper leaves a kept branch as it is in training
 * and computes x + p·f(x) in evaluation, which is the same model with f divided by p. A branch dropped in 'batch' mode is not
 * computed, and its state stays; in 'row' mode it is computed for all rows and multiplied by 0 in some.
 * @throws UsageError for options out of range, and in training with survival < 1 without a generator; ShapeError when f changes the shape.
 * @see He et al. 2016; Huang et al. 2016, stochastic depth; lectures 001:1445, 003:839
 * @example
 * const block = residual(activation(square), { survival: 0.5, mode: 'row' });
 * block.apply({}, [[1], [2], [3]], { train: true, state: {}, generator: new Generator(1) })[0]; // → [[3], [2], [3]]
 * block.apply({}, [[1], [2], [3]], { train: false, state: {} })[0]; // → [[2], [6], [12]]
 */
export function residual<P, S>(layer: Layer<P, S>, options: ResidualOptions = {}): Layer<P, S> {
  if (typeof layer?.apply !== 'function' || typeof layer.init !== 'function')
    throw new UsageError('residual', 'needs a layer', `got ${typeof layer}`, 'a function becomes one by activation(f)');
  checkOptions('residual', options, ['survival', 'mode']);
  const { survival = 1, mode = 'batch' } = options;
  if (!(survival > 0 && survival <= 1)) throw new UsageError('residual', 'survival must be more than 0 and at most 1', String(survival));
  if (mode !== 'batch' && mode !== 'row') throw new UsageError('residual', `mode must be 'batch' or 'row'`, String(mode));
  return defineLayer<P, S>({
    name: 'residual',
    init: (from) => layer.init(from),
    apply(params, x, own) {
      let kept: Tensor | number = 1;
      if (own.train && survival < 1) {
        const generator = drawnFrom('residual', own);
        if (mode === 'row' && x.ndim === 0) throw new ShapeError('residual', `mode 'row' needs a batch axis`, 'x []');
        // dropping a whole branch is dropout with one draw for all of it
        const shape = mode === 'row' ? [x.shape[0]!, ...x.shape.slice(1).map(() => 1)] : [];
        const mask = dropoutMask(shape, { p: 1 - survival, generator, dtype: isFloat(x.dtype) ? x.dtype : 'float64' });
        kept = mode === 'row' ? mask : mask.item();
        if (kept === 0) return [x, own.state];
      }
      const [branch, state] = layer.apply(params, x, own);
      if (!sameShape(branch.shape, x.shape))
        throw new ShapeError('residual', 'the branch must keep the shape', `${showShape(x.shape)} → ${showShape(branch.shape)}`);
      return [add(x, kept === 1 ? branch : mul(branch, kept)), state];
    },
  });
}
