/**
 * @file Stochastic gradient descent with momentum and Nesterov's variant, in PyTorch's form.
 */
import { checkOptions, UsageError } from '../graph/errors.js';
import { add, mul } from '../ops/arithmetic.js';
import { zerosLike } from './buffers.js';
import type { Params } from './groups.js';
import { Optimizer } from './optimizer.js';
import { fromRule, type OptimizerOptions, type RuleState, shared } from './rule.js';
import type { Numeric } from './settings.js';
import type { GradientTransform } from './transform.js';

/** Options of SGD; PyTorch's names and defaults: lr 1e-3, weightDecay 0 (coupled: weightDecay·w is added to the gradient). */
export interface SGDOptions extends OptimizerOptions {
  /** Momentum; default 0. */
  momentum?: Numeric;
  /** Dampening of the momentum; default 0. */
  dampening?: Numeric;
  /** Nesterov's momentum; needs momentum > 0 and no dampening. */
  nesterov?: boolean;
}

/** State of SGD; the buffers are there only with momentum. */
export type SGDState = RuleState<'momentumBuffer'>;

/**
 * SGD as a pure pair: b ← μb + (1 − τ)g, beginning with b = g; update −lr·b (Nesterov: −lr·(g + μb)).
 * @throws UsageError for options out of range.
 * @see Sutskever et al. 2013; update rule of torch.optim.SGD; lecture 003:841
 * @example
 * const { init, update } = sgd({ lr: 0.1 });
 * update([2], init([1]), [1])[0]; // → [-0.2]
 */
export function sgd(options: SGDOptions = {}): GradientTransform<SGDState> {
  checkOptions('SGD', options, ['lr', 'momentum', 'dampening', 'weightDecay', 'nesterov', 'maximize']);
  const { lr = 1e-3, momentum = 0, dampening = 0, weightDecay = 0, nesterov = false, maximize = false } = options;
  if (nesterov && (momentum === 0 || dampening !== 0))
    throw new UsageError('SGD', 'nesterov needs momentum > 0 and dampening 0', `momentum ${momentum}, dampening ${dampening}`);
  return fromRule({
    name: 'SGD',
    settings: { ...shared(lr, weightDecay), momentum: [momentum, 'nonnegative'], dampening: [dampening, 'finite'] },
    maximize,
    ages: momentum !== 0 && dampening !== 0, // the first gradient is not dampened
    buffers: (w) => (momentum === 0 ? ({} as Record<'momentumBuffer', never>) : { momentumBuffer: zerosLike(w) }),
    update(g, buffers, now, step) {
      if (momentum === 0) return [mul(g, -now.lr), buffers];
      const b = step === 1 ? g : add(mul(buffers.momentumBuffer, now.momentum), mul(g, 1 - now.dampening));
      return [mul(nesterov ? add(g, mul(b, now.momentum)) : b, -now.lr), { momentumBuffer: b }];
    },
  });
}

/**
 * SGD plugged onto parameters.
 * @throws UsageError for options out of range, or an empty list of parameters.
 * @example
 * const w = parameter(3, { name: 'w' });
 * const optimizer = new SGD([w], { lr: 0.25 });
 * optimizer.minimize(() => mul(w, w)); // → 9
 * w.value; // → 1.5
 */
export class SGD extends Optimizer<SGDState, SGDOptions> {
  constructor(params: Params<SGDOptions>, options: SGDOptions = {}) {
    super('SGD', params, sgd, options);
  }
}
