/**
 * @file RMSprop: steps divided by the root of a running average of squares.
 */
import { checkOptions } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import { add, div, mul, square, sub } from '../ops/arithmetic.js';
import { sqrt } from '../ops/exponential.js';
import { decay, towards, zerosLike } from './buffers.js';
import type { Params } from './groups.js';
import { Optimizer } from './optimizer.js';
import { fromRule, type OptimizerOptions, type RuleState, shared } from './rule.js';
import type { Numeric } from './settings.js';
import type { GradientTransform } from './transform.js';

/** Options of RMSprop; PyTorch's names and defaults: lr 1e-2, weightDecay 0 (coupled). */
export interface RMSpropOptions extends OptimizerOptions {
  /** Decay rate of the average of squares; default 0.99. */
  alpha?: Numeric;
  /** Added to the denominator; default 1e-8. */
  eps?: Numeric;
  /** Momentum; default 0. */
  momentum?: Numeric;
  /** Divide by the standard deviation of the gradient instead of its root mean square? Default false. */
  centered?: boolean;
}

type Buffers = 'squareAvg' | 'momentumBuffer' | 'gradAvg';

/** State of RMSprop; `momentumBuffer` and `gradAvg` are there only with momentum and when centered. */
export type RMSpropState = RuleState<'squareAvg' | 'momentumBuffer' | 'gradAvg'>;

/**
 * RMSprop as a pure pair: v ← αv + (1 − α)g², update −lr·g/(√v + ε); centered: √(v − ḡ²); with momentum b ← μb + g/(√v + ε), update −lr·b.
 * @throws UsageError for options out of range.
 * @see Tieleman, Hinton 2012; Graves 2013; update rule of torch.optim.RMSprop
 * @example
 * const { init, update } = rmsprop({ lr: 0.1, alpha: 0.75, eps: 0 });
 * update([-3], init([1]), [1])[0]; // → [0.2]
 */
export function rmsprop(options: RMSpropOptions = {}): GradientTransform<RMSpropState> {
  checkOptions('RMSprop', options, ['lr', 'alpha', 'eps', 'weightDecay', 'momentum', 'centered', 'maximize']);
  const { lr = 1e-2, alpha = 0.99, eps = 1e-8, weightDecay = 0, momentum = 0, centered = false, maximize = false } = options;
  return fromRule<'alpha' | 'eps' | 'momentum', Buffers>({
    name: 'RMSprop',
    settings: { ...shared(lr, weightDecay), alpha: [alpha, 'fraction'], eps: [eps, 'nonnegative'], momentum: [momentum, 'nonnegative'] },
    maximize,
    buffers(w) {
      const names: Buffers[] = ['squareAvg'];
      if (momentum !== 0) names.push('momentumBuffer');
      if (centered) names.push('gradAvg');
      return Object.fromEntries(names.map((name) => [name, zerosLike(w)])) as Record<Buffers, Tensor>;
    },
    update(g, buffers, now) {
      const next = { ...buffers, squareAvg: decay(buffers.squareAvg, square(g), now.alpha) };
      if (centered) next.gradAvg = towards(buffers.gradAvg, g, 1 - now.alpha);
      const spread = centered ? sub(next.squareAvg, square(next.gradAvg)) : next.squareAvg;
      let direction = div(g, add(sqrt(spread), now.eps));
      if (momentum !== 0) direction = next.momentumBuffer = add(mul(buffers.momentumBuffer, now.momentum), direction);
      return [mul(direction, -now.lr), next];
    },
  });
}

/**
 * RMSprop plugged onto parameters.
 * @throws UsageError for options out of range, or an empty list of parameters.
 * @example
 * const w = parameter(3);
 * new RMSprop([w], { lr: 0.5, alpha: 0.75 }).minimize(() => mul(w, w)); // → 9
 * w.value; // → 2
 */
export class RMSprop extends Optimizer<RMSpropState, RMSpropOptions> {
  constructor(params: Params<RMSpropOptions>, options: RMSpropOptions = {}) {
    super('RMSprop', params, rmsprop, options);
  }
}
