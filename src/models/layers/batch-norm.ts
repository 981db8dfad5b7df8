/**
 * @file Batch normalisation of features [N, C] and of sequences [N, C, L], with running statistics for evaluation.
 */
import { checkOptions, ShapeError, UsageError } from '../../graph/errors.js';
import { showShape } from '../../graph/shape.js';
import type { Tensor } from '../../graph/tensor.js';
import { add, div, mul, square, sub } from '../../ops/arithmetic.js';
import { cast } from '../../ops/casting.js';
import { ones, zeros } from '../../ops/create.js';
import { sqrt } from '../../ops/exponential.js';
import { reshape } from '../../ops/shaping.js';
import { mean } from '../../ops/statistics.js';
import { noGrad } from '../../transforms/custom.js';
import { checkCount, defineLayer, type Empty, type FixedLayer, tensorOf } from './layer.js';

/** Options of `batchNorm1d`; torch's names and defaults. */
export interface BatchNormOptions<A extends boolean = boolean> {
  /** Added to the variance; default 1e-5. */
  eps?: number;
  /** Weight of the newest batch in the running statistics; null: their plain average. Default 0.1. */
  momentum?: number | null;
  /** Are there a weight and a bias? Default true. */
  affine?: A;
}

/** Parameters of `batchNorm1d`: weight (first 1) and bias (first 0), both [C], unless `affine` is false. */
export type BatchNormParams<A extends boolean = true> = A extends true ? { weight: Tensor; bias: Tensor } : Empty;

/** State of `batchNorm1d` under torch's names: running statistics [C] and the number of batches seen (int32). */
export type BatchNormState = { running_mean: Tensor; running_var: Tensor; num_batches_tracked: Tensor };

/** The statistics after one more batch, as constants: old·(1 − momentum) + new·momentum. */
function tracked(state: BatchNormState, batchMean: Tensor, unbiased: Tensor, momentum: number | null): BatchNormState {
  return noGrad(() => {
    const count = cast(add(state.num_batches_tracked, 1), 'int32');
    const weight = momentum ?? div(1, count);
    const moved = (old: Tensor, now: Tensor): Tensor => cast(add(mul(old, sub(1, weight)), mul(now, weight)), old.dtype);
    return {
      running_mean: moved(state.running_mean, batchMean),
      running_var: moved(state.running_var, unbiased),
      num_batches_tracked: count,
    };
  });
}

/**
 * y = (x − μ)/√(σ² + eps)·weight + bias a channel, for x [N, C] or [N, C, L]. In training μ and σ² (biased: divided by n) are
 * those of the batch, and the running statistics (variance divided by n − 1) move towards them; in evaluation the running
 * statistics take their place. The state carries no graph.
 * @throws UsageError for options out of range; ShapeError for another number of channels, and in training with one value a channel.
 * @see Ioffe & Szegedy 2015; torch.nn.BatchNorm1d; lectures 001:1443, 003:839
 * @example
 * const norm1 = batchNorm1d(1, { eps: 0 });
 * const { params, state } = norm1.init({ dtype: 'float64' });
 * const [y, next] = norm1.apply(params, [[1], [3]], { train: true, state });
 * y; // → [[-1], [1]]
 * next; // → { running_mean: [0.2], running_var: [1.1], num_batches_tracked: 1 }
 */
export function batchNorm1d<A extends boolean = true>(
  features: number,
  options: BatchNormOptions<A> = {},
): FixedLayer<BatchNormParams<A>, BatchNormState> {
  checkOptions('batchNorm1d', options, ['eps', 'momentum', 'affine']);
  checkCount('batchNorm1d', 'features', features);
  const { eps = 1e-5, momentum = 0.1 } = options;
  const affine = options.affine !== false;
  if (!(eps >= 0 && eps < Infinity)) throw new UsageError('batchNorm1d', 'eps must be a number from 0', String(eps));
  if (momentum !== null && !(momentum >= 0 && momentum <= 1))
    throw new UsageError('batchNorm1d', 'momentum must be from 0 to 1, or null', String(momentum));
  const statistic = (state: BatchNormState, key: 'running_mean' | 'running_var'): Tensor =>
    tensorOf('batchNorm1d', 'state', state, key, [features]);
  return defineLayer<BatchNormParams<A>, BatchNormState>({
    name: 'batchNorm1d',
    init({ dtype }) {
      const params = affine ? { weight: ones([features], { dtype }), bias: zeros([features], { dtype }) } : {};
      const state = {
        running_mean: zeros([features], { dtype }),
        running_var: ones([features], { dtype }),
        num_batches_tracked: zeros([], { dtype: 'int32' }),
      };
      return { params: params as BatchNormParams<A>, state };
    },
    apply(params, x, { train, state }) {
      if ((x.ndim !== 2 && x.ndim !== 3) || x.shape[1] !== features)
        throw new ShapeError('batchNorm1d', `x must be [N, ${features}] or [N, ${features}, L]`, `got ${showShape(x.shape)}`);
      const axis = x.ndim === 3 ? [0, 2] : [0];
      const channels = (t: Tensor): Tensor => reshape(t, x.ndim === 3 ? [features, 1] : [features]);
      const running = {
        running_mean: statistic(state, 'running_mean'),
        running_var: statistic(state, 'running_var'),
        num_batches_tracked: tensorOf('batchNorm1d', 'state', state, 'num_batches_tracked', []),
      };
      let next = state;
      let centred: Tensor;
      let variance: Tensor;
      if (train) {
        const n = x.size / features;
        if (n <= 1) {
          const hint = 'take a larger batch, or train: false';
          throw new ShapeError('batchNorm1d', 'expected more than 1 value per channel when training', `got ${showShape(x.shape)}`, hint);
        }
        const batchMean = mean(x, { axis });
        centred = sub(x, channels(batchMean));
        variance = mean(square(centred), { axis });
        const unbiased = noGrad(() => mul(variance, n / (n - 1)));
        next = tracked(running, batchMean, unbiased, momentum);
      } else {
        centred = sub(x, channels(running.running_mean));
        variance = running.running_var;
      }
      const y = div(centred, channels(sqrt(add(variance, eps))));
      if (!affine) return [y, next];
      const own = (key: string): Tensor => channels(tensorOf('batchNorm1d', 'params', params, key, [features]));
      return [add(mul(y, own('weight')), own('bias')), next];
    },
  });
}
