/**
 * @file Adadelta: RMSprop whose rate is the size of its own recent steps.
 */
import { checkOptions } from '../graph/errors.js';
import { add, div, mul, square } from '../ops/arithmetic.js';
import { sqrt } from '../ops/exponential.js';
import { decay, zerosLike } from './buffers.js';
import type { Params } from './groups.js';
import { Optimizer } from './optimizer.js';
import { fromRule, type OptimizerOptions, type RuleState, shared } from './rule.js';
import type { Numeric } from './settings.js';
import type { GradientTransform } from './transform.js';

/** Options of Adadelta; PyTorch's names and defaults: lr 1, weightDecay 0 (coupled). */
export interface AdadeltaOptions extends OptimizerOptions {
  /** Decay rate of both averages; default 0.9. */
  rho?: Numeric;
  /** Added under both roots; default 1e-6. */
  eps?: Numeric;
}

/** State of Adadelta. */
export type AdadeltaState = RuleState<'squareAvg' | 'accDelta'>;

/**
 * Adadelta as a pure pair: v ← ρv + (1 − ρ)g², δ = g·√(u + ε)/√(v + ε), u ← ρu + (1 − ρ)δ², update −lr·δ.
 * @throws UsageError for options out of range.
 * @see Zeiler 2012; update rule of torch.optim.Adadelta
 * @example
 * const { init, update } = adadelta({ rho: 0.75, eps: 0.75 });
 * update([1], init([1]), [1])[0]; // → [-0.866025]
 */
export function adadelta(options: AdadeltaOptions = {}): GradientTransform<AdadeltaState> {
  checkOptions('Adadelta', options, ['lr', 'rho', 'eps', 'weightDecay', 'maximize']);
  const { lr = 1, rho = 0.9, eps = 1e-6, weightDecay = 0, maximize = false } = options;
  return fromRule({
    name: 'Adadelta',
    settings: { ...shared(lr, weightDecay), rho: [rho, 'fraction'], eps: [eps, 'nonnegative'] },
    maximize,
    buffers: (w) => ({ squareAvg: zerosLike(w), accDelta: zerosLike(w) }),
    update(g, buffers, now) {
      const squareAvg = decay(buffers.squareAvg, square(g), now.rho);
      const delta = mul(div(sqrt(add(buffers.accDelta, now.eps)), sqrt(add(squareAvg, now.eps))), g);
      return [mul(delta, -now.lr), { squareAvg, accDelta: decay(buffers.accDelta, square(delta), now.rho) }];
    },
  });
}

/**
 * Adadelta plugged onto parameters.
 * @throws UsageError for options out of range, or an empty list of parameters.
 * @example
 * const w = parameter(3);
 * new Adadelta([w], { rho: 0.75, eps: 0.75 }).minimize(() => div(mul(w, w), 6)); // → 1.5
 * w.value; // → 2.13397
 */
export class Adadelta extends Optimizer<AdadeltaState, AdadeltaOptions> {
  constructor(params: Params<AdadeltaOptions>, options: AdadeltaOptions = {}) {
    super('Adadelta', params, adadelta, options);
  }
}
