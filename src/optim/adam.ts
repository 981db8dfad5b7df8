/**
 * @file Adam and AdamW: steps scaled by running averages of the gradient and of its square.
 */
import { checkOptions, UsageError } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import { add, div, maximum, mul, square } from '../ops/arithmetic.js';
import { sqrt } from '../ops/exponential.js';
import { decay, towards, zerosLike } from './buffers.js';
import type { Params } from './groups.js';
import { Optimizer } from './optimizer.js';
import { fromRule, type OptimizerOptions, type RuleState, shared } from './rule.js';
import type { Numeric } from './settings.js';
import type { GradientTransform } from './transform.js';

/** Options of Adam and AdamW; PyTorch's names and defaults: lr 1e-3, weightDecay 0 for Adam and 1e-2 for AdamW. */
export interface AdamOptions extends OptimizerOptions {
  /** Decay rates of the two averages; default [0.9, 0.999]. */
  betas?: readonly [Numeric, Numeric];
  /** Added to the denominator; default 1e-8. */
  eps?: Numeric;
  /** Divide by the largest average of squares so far (Reddi et al. 2018)? Default false. */
  amsgrad?: boolean;
}

/** State of Adam and AdamW; `maxExpAvgSq` is there only with amsgrad. */
export type AdamState = RuleState<'expAvg' | 'expAvgSq' | 'maxExpAvgSq'>;

function adaptive(name: string, options: AdamOptions, decoupled: boolean): GradientTransform<AdamState> {
  checkOptions(name, options, ['lr', 'betas', 'eps', 'weightDecay', 'amsgrad', 'maximize']);
  const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = decoupled ? 1e-2 : 0, amsgrad = false, maximize = false } = options;
  if (!Array.isArray(betas) || betas.length !== 2) throw new UsageError(name, 'betas must be two numbers', String(betas));
  return fromRule<'beta1' | 'beta2' | 'eps', 'expAvg' | 'expAvgSq' | 'maxExpAvgSq'>({
    name,
    settings: {
      ...shared(lr, weightDecay),
      beta1: [betas[0], 'fraction'],
      beta2: [betas[1], 'fraction'],
      eps: [eps, 'nonnegative'],
    },
    maximize,
    decoupled,
    ages: true,
    buffers(w) {
      const two = { expAvg: zerosLike(w), expAvgSq: zerosLike(w) };
      return (amsgrad ? { ...two, maxExpAvgSq: zerosLike(w) } : two) as Record<'expAvg' | 'expAvgSq' | 'maxExpAvgSq', Tensor>;
    },
    update(g, buffers, now, step, w) {
      const expAvg = towards(buffers.expAvg, g, 1 - now.beta1);
      const expAvgSq = decay(buffers.expAvgSq, square(g), now.beta2);
      const next = { ...buffers, expAvg, expAvgSq };
      if (amsgrad) next.maxExpAvgSq = maximum(buffers.maxExpAvgSq, expAvgSq);
      // both averages begin at 0: dividing by 1 − βᵗ undoes that
      const [correction1, correction2] = [1 - now.beta1 ** step, 1 - now.beta2 ** step];
      const scale = add(div(sqrt(amsgrad ? next.maxExpAvgSq : expAvgSq), Math.sqrt(correction2)), now.eps);
      const update = mul(div(expAvg, scale), -now.lr / correction1);
      const shrink = decoupled ? now.lr * now.weightDecay : 0;
      return [shrink === 0 ? update : add(update, mul(w, -shrink)), next];
    },
  });
}

/**
 * Adam as a pure pair: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², update −lr·m̂/(√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
 * Weight decay is coupled: weightDecay·w is added to the gradient.
 * @throws UsageError for options out of range.
 * @see Kingma, Ba 2015; update rule of torch.optim.Adam
 * @example
 * const { init, update } = adam({ lr: 0.1, eps: 0 });
 * update([-3], init([1]), [1])[0]; // → [0.1]
 */
export function adam(options: AdamOptions = {}): GradientTransform<AdamState> {
  return adaptive('Adam', options, false);
}

/**
 * AdamW as a pure pair: Adam, and w shrinks by lr·weightDecay·w apart from the gradient.
 * @throws UsageError for options out of range.
 * @see Loshchilov, Hutter 2019; update rule of torch.optim.AdamW
 * @example
 * const { init, update } = adamw({ lr: 0.1, eps: 0, weightDecay: 0.5 });
 * update([-3], init([1]), [1])[0]; // → [0.05]
 */
export function adamw(options: AdamOptions = {}): GradientTransform<AdamState> {
  return adaptive('AdamW', options, true);
}

/**
 * Adam plugged onto parameters.
 * @throws UsageError for options out of range, or an empty list of parameters.
 * @example
 * const w = parameter(3);
 * new Adam([w], { lr: 0.5 }).minimize(() => mul(w, w)); // → 9
 * w.value; // → 2.5
 */
export class Adam extends Optimizer<AdamState, AdamOptions> {
  constructor(params: Params<AdamOptions>, options: AdamOptions = {}) {
    super('Adam', params, adam, options);
  }
}

/**
 * AdamW plugged onto parameters.
 * @throws UsageError for options out of range, or an empty list of parameters.
 * @example
 * const w = parameter(3);
 * new AdamW([w], { lr: 0.5, weightDecay: 0.1 }).minimize(() => mul(w, w)); // → 9
 * w.value; // → 2.35
 */
export class AdamW extends Optimizer<AdamState, AdamOptions> {
  constructor(params: Params<AdamOptions>, options: AdamOptions = {}) {
    super('AdamW', params, adamw, options);
  }
}
