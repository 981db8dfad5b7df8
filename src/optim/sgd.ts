/**
 * @file Stochastic gradient descent with momentum and Nesterov's variant, in PyTorch's form.
 */
import { checkOptions, UsageError } from '../graph/errors.js';
import type { Parameter } from '../graph/parameter.js';
import type { Tensor } from '../graph/tensor.js';
import { add, mul } from '../ops/arithmetic.js';
import { noGrad } from '../transforms/custom.js';
import type { Tree } from '../transforms/types.js';
import { Optimizer } from './optimizer.js';
import { type GradientTransform, zipTrees } from './transform.js';

/** Options of SGD; PyTorch's names and defaults. */
export interface SGDOptions {
  /** Learning rate, or a schedule step ↦ rate; default 1e-3. */
  lr?: number | ((step: number) => number);
  /** Momentum; default 0. */
  momentum?: number;
  /** Dampening of the momentum; default 0. */
  dampening?: number;
  /** Coupled weight decay: adds weightDecay·w to the gradient; default 0. */
  weightDecay?: number;
  /** Nesterov's momentum; needs momentum > 0 and no dampening. */
  nesterov?: boolean;
}

/** State of SGD. */
export interface SGDState {
  /** Steps taken. */
  step: number;
  /** Rate of the latest step. */
  lr: number;
  /** Momentum buffers like the parameters; null before the first step and without momentum. */
  momentum: Tree | null;
}

const KNOWN = ['lr', 'momentum', 'dampening', 'weightDecay', 'nesterov'] as const;

/**
 * SGD as a pure pair: b ← μb + (1 − τ)g, update −lr·b (Nesterov: −lr·(g + μb)).
 * @throws UsageError for options out of range.
 * @see Sutskever et al. 2013; update rule of torch.optim.SGD; lecture 003:841
 * @example
 * const { init, update } = sgd({ lr: 0.1 });
 * update([2], init([1]), [1])[0]; // → [-0.2]
 */
export function sgd(options: SGDOptions = {}): GradientTransform<SGDState> {
  checkOptions('SGD', options, KNOWN);
  const { lr = 1e-3, momentum = 0, dampening = 0, weightDecay = 0, nesterov = false } = options;
  for (const [name, value] of Object.entries({ lr, momentum, dampening, weightDecay })) {
    if (typeof value === 'function') continue;
    const signed = name === 'lr' || name === 'dampening';
    if (typeof value !== 'number' || !Number.isFinite(value) || (value < 0 && !signed)) {
      throw new UsageError('SGD', `${name} must be a finite number`, String(value), signed ? undefined : 'not negative');
    }
  }
  if (nesterov && (momentum <= 0 || dampening !== 0))
    throw new UsageError('SGD', 'nesterov needs momentum > 0 and dampening 0', `momentum ${momentum}, dampening ${dampening}`);
  return {
    init: () => ({ step: 0, lr: typeof lr === 'number' ? lr : lr(0), momentum: null }),
    update: (grads, state, params) =>
      noGrad(() => {
        const rate = typeof lr === 'number' ? lr : lr(state.step);
        const g = weightDecay === 0 ? grads : zipTrees('sgd', (d: Tensor, w: Tensor) => add(d, mul(w, weightDecay)), grads, params);
        let buffer: Tree | null = null;
        let direction = g;
        if (momentum !== 0) {
          buffer =
            state.momentum === null
              ? g
              : zipTrees('sgd', (b: Tensor, d: Tensor) => add(mul(b, momentum), mul(d, 1 - dampening)), state.momentum, g);
          direction = nesterov ? zipTrees('sgd', (d: Tensor, b: Tensor) => add(d, mul(b, momentum)), g, buffer) : buffer;
        }
        return [zipTrees('sgd', (d: Tensor) => mul(d, -rate), direction), { step: state.step + 1, lr: rate, momentum: buffer }];
      }),
  };
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
export class SGD extends Optimizer<SGDState> {
  constructor(params: readonly Parameter[], options: SGDOptions = {}) {
    super('SGD', params, sgd(options));
  }
}
