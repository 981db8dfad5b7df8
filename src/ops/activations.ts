/**
 * @file The non-linearities of networks: sigmoid, softplus and relu, and what is composed of them and of exp, tanh and erfc.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions, UsageError } from '../graph/errors.js';
import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { excused } from '../graph/watch.js';
import * as stable from '../kernels/elementary.js';
import * as loops from '../kernels/elementwise.js';
import { add, mul, neg, square } from './arithmetic.js';
import { elementwise, nonzero, type Op, reals } from './define.js';
import { expm1 } from './exponential.js';
import { gt, where } from './logic.js';
import { erfc } from './special.js';
import { tanh } from './trigonometric.js';

const sigmoidOp: Op<['x']> = elementwise({
  name: 'sigmoid',
  inputs: ['x'],
  doc: '1/(1 + e^−x)',
  scalar: (x) => stable.sigmoid(x),
  loop: loops.sigmoidLoop,
  vjp: { x: ({ g, x, out }) => mul(g, mul(out, sigmoid(neg(x)))) },
  samples: { x: reals },
  special: [[0], [1000], [-1000]],
});

/**
 * Logistic function 1/(1 + e^−x), stable on both tails. Its derivative σ(x)·σ(−x) keeps its relative precision (lecture 000:340, 003:1058).
 * @example
 * sigmoid([0, 1000, -1000]); // → [0.5, 1, 0]
 */
export function sigmoid<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return sigmoidOp(toTensor(x, 'sigmoid')) as Tensor<S>;
}

const softplusOp: Op<['x']> = elementwise({
  name: 'softplus',
  inputs: ['x'],
  doc: 'ln(1 + e^x)',
  scalar: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  vjp: { x: ({ g, x }) => mul(g, sigmoid(x)) },
  samples: { x: reals },
  special: [[0], [1000], [-1000]],
});

/**
 * ln(1 + e^x), stable on both tails.
 * @example
 * softplus([0, 1000, -1000]); // → [0.693147, 1000, 0]
 */
export function softplus<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return softplusOp(toTensor(x, 'softplus')) as Tensor<S>;
}

const reluOp: Op<['x']> = elementwise({
  name: 'relu',
  inputs: ['x'],
  doc: 'max(0, x), derivative 0 at 0',
  scalar: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  loop: loops.reluLoop,
  vjp: { x: ({ g, x }) => where(gt(x, 0), g, 0) },
  samples: { x: nonzero },
  special: [[0]],
});

/**
 * max(0, x). Its derivative is the strict indicator x > 0, so 0 at the kink: the hinge of the lectures.
 * @example
 * relu([-1, 0, 2]); // → [0, 0, 2]
 */
export function relu<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return reluOp(toTensor(x, 'relu')) as Tensor<S>;
}

/**
 * −softplus(−x) = ln σ(x), with full relative precision on both tails.
 * @example
 * logSigmoid([0, 1000, -1000]); // → [-0.693147, 0, -1000]
 */
export function logSigmoid<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return neg(softplus(neg(toTensor(x, 'logSigmoid')))) as Tensor<S>;
}

/**
 * x·σ(x), the sigmoid linear unit or swish.
 * @example
 * silu([0, 1, -1000]); // → [0, 0.731059, 0]
 */
export function silu<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  const t = toTensor(x, 'silu');
  return mul(t, sigmoid(t)) as Tensor<S>;
}

/**
 * x·tanh(softplus(x)) (Misra 2019).
 * @example
 * mish([0, 1, -1000]); // → [0, 0.865098, 0]
 */
export function mish<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  const t = toTensor(x, 'mish');
  return mul(t, tanh(softplus(t))) as Tensor<S>;
}

/** Options of `leakyRelu`. */
export interface LeakyReluOptions {
  /** The slope below 0; default 0.01. */
  negativeSlope?: number;
}

/**
 * x where x > 0, else negativeSlope·x. Its derivative at 0 is the slope below.
 * @throws UsageError for an unknown option.
 * @example
 * leakyRelu([2, -3]); // → [2, -0.03]
 * leakyRelu(-3, { negativeSlope: 0.5 }); // → -1.5
 */
export function leakyRelu<S extends Shape>(x: TensorLike<S>, options?: LeakyReluOptions): Tensor<S> {
  checkOptions('leakyRelu', options, ['negativeSlope']);
  const t = toTensor(x, 'leakyRelu');
  return where(gt(t, 0), t, mul(t, options?.negativeSlope ?? 0.01)) as Tensor<S>;
}

/** Options of `elu`. */
export interface EluOptions {
  /** Minus the limit at −∞; default 1. */
  alpha?: number;
}

/**
 * x where x > 0, else α(e^x − 1) (Clevert, Unterthiner, Hochreiter 2016).
 * @throws UsageError for an unknown option.
 * @example
 * elu([2, 0, -1000]); // → [2, 0, -1]
 */
export function elu<S extends Shape>(x: TensorLike<S>, options?: EluOptions): Tensor<S> {
  checkOptions('elu', options, ['alpha']);
  const t = toTensor(x, 'elu');
  return where(
    gt(t, 0),
    t,
    excused(() => mul(expm1(t), options?.alpha ?? 1)),
  ) as Tensor<S>;
}

/** λ and α for which activations keep mean 0 and variance 1. */
const SELU = { scale: 1.0507009873554805, alpha: 1.6732632423543772 };

/**
 * λ·elu(x) with the λ and α that keep mean 0 and variance 1 from layer to layer (Klambauer, Unterthiner, Mayr, Hochreiter 2017).
 * @example
 * selu([1, 0, -1000]); // → [1.0507, 0, -1.7581]
 */
export function selu<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return mul(elu(toTensor(x, 'selu'), { alpha: SELU.alpha }), SELU.scale) as Tensor<S>;
}

/** Options of `gelu`. */
export interface GeluOptions {
  /** `'tanh'` approximates the distribution function by a tanh; default `'none'`. */
  approximate?: 'none' | 'tanh';
}

/**
 * x·Φ(x) with the normal distribution function Φ (Hendrycks, Gimpel 2016), precise on the left tail too. With `approximate: 'tanh'`
 * x·(1 + tanh u)/2, u = √(2/π)·(x + 0.044715·x³).
 * @throws UsageError for an unknown option, or another word than 'none' and 'tanh'.
 * @example
 * gelu([1, 0, -1]); // → [0.841345, 0, -0.158655]
 * gelu(1, { approximate: 'tanh' }); // → 0.841192
 */
export function gelu<S extends Shape>(x: TensorLike<S>, options?: GeluOptions): Tensor<S> {
  checkOptions('gelu', options, ['approximate']);
  const approximate = options?.approximate ?? 'none';
  const t = toTensor(x, 'gelu');
  // Φ(x) = erfc(−x/√2)/2
  if (approximate === 'none') return mul(mul(t, 0.5), erfc(mul(t, -Math.SQRT1_2))) as Tensor<S>;
  if (approximate !== 'tanh') throw new UsageError('gelu', `unknown approximation '${String(approximate)}'`, undefined, "'none' or 'tanh'");
  // (1 + tanh u)/2 = σ(2u), which does not cancel where tanh u is nearly −1
  const twice = mul(mul(t, add(1, mul(square(t), 0.044715))), 2 * Math.sqrt(2 / Math.PI));
  return mul(t, sigmoid(twice)) as Tensor<S>;
}
