/**
 * @file Adagrad: each coordinate's rate falls with the squares of all its gradients.
 */
import { checkOptions } from '../graph/errors.js';
import { add, div, mul, square } from '../ops/arithmetic.js';
import { sqrt } from '../ops/exponential.js';
import { fullLike } from './buffers.js';
import type { Params } from './groups.js';
import { Optimizer } from './optimizer.js';
import { fromRule, type OptimizerOptions, type RuleState, shared } from './rule.js';
import { checkNumbers, type Numeric } from './settings.js';
import type { GradientTransform } from './transform.js';

/** Options of Adagrad; PyTorch's names and defaults: lr 1e-2, weightDecay 0 (coupled). */
export interface AdagradOptions extends OptimizerOptions {
  /** The rate is lr / (1 + (t − 1)·lrDecay); default 0. */
  lrDecay?: Numeric;
  /** What the sums of squares begin with; default 0. */
  initialAccumulatorValue?: number;
  /** Added to the denominator; default 1e-10. */
  eps?: Numeric;
}

/** State of Adagrad. */
export type AdagradState = RuleState<'sum'>;

/**
 * Adagrad as a pure pair: s ← s + g², update −lr/(1 + (t − 1)·lrDecay) · g/(√s + ε).
 * @throws UsageError for options out of range.
 * @see Duchi, Hazan, Singer 2011; update rule of torch.optim.Adagrad
 * @example
 * const { init, update } = adagrad({ lr: 0.1 });
 * update([-3], init([1]), [1])[0]; // → [0.1]
 */
export function adagrad(options: AdagradOptions = {}): GradientTransform<AdagradState> {
  checkOptions('Adagrad', options, ['lr', 'lrDecay', 'initialAccumulatorValue', 'eps', 'weightDecay', 'maximize']);
  const { lr = 1e-2, lrDecay = 0, initialAccumulatorValue: start = 0, eps = 1e-10, weightDecay = 0, maximize = false } = options;
  checkNumbers('Adagrad', { initialAccumulatorValue: [start, 'nonnegative'] });
  return fromRule({
    name: 'Adagrad',
    settings: { ...shared(lr, weightDecay), lrDecay: [lrDecay, 'nonnegative'], eps: [eps, 'nonnegative'] },
    maximize,
    ages: lrDecay !== 0,
    buffers: (w) => ({ sum: fullLike(w, start) }),
    update(g, buffers, now, step) {
      const sum = add(buffers.sum, square(g));
      const rate = now.lr / (1 + (step - 1) * now.lrDecay);
      return [mul(div(g, add(sqrt(sum), now.eps)), -rate), { sum }];
    },
  });
}

/**
 * Adagrad plugged onto parameters.
 * @throws UsageError for options out of range, or an empty list of parameters.
 * @example
 * const w = parameter(3);
 * new Adagrad([w], { lr: 0.5 }).minimize(() => mul(w, w)); // → 9
 * w.value; // → 2.5
 */
export class Adagrad extends Optimizer<AdagradState, AdagradOptions> {
  constructor(params: Params<AdagradOptions>, options: AdagradOptions = {}) {
    super('Adagrad', params, adagrad, options);
  }
}
