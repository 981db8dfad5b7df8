/**
 * @file Special functions: the error function and its complement, ln Γ and its derivatives, x·ln y.
 */
import { operand, type TensorLike, toTensor } from '../graph/create.js';
import type { Broadcasted, BroadcastWith } from '../graph/broadcast-types.js';
import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { excused } from '../graph/watch.js';
import * as errors from '../kernels/erf.js';
import * as gammas from '../kernels/gamma.js';
import { add, gmul, mul, neg, square } from './arithmetic.js';
import { type Domain, elementwise, type Op, reals } from './define.js';
import { exp, log } from './exponential.js';
import { eq, logicalAnd, where } from './logic.js';

/** 2/√π·e^(−x²), the derivative of erf. */
const bell = (x: Tensor): Tensor => mul(2 / Math.sqrt(Math.PI), exp(neg(square(x))));

const erfOp: Op<['x']> = elementwise({
  name: 'erf',
  inputs: ['x'],
  doc: '2/√π ∫₀ˣ e^−t² dt',
  scalar: (x) => errors.erf(x),
  vjp: { x: ({ g, x }) => mul(g, bell(x)) },
  samples: { x: reals },
  special: [[0], [1000], [-1000]],
});

/**
 * Error function: 2/√π ∫₀ˣ e^(−t²) dt, the probability that a normal number of variance ½ lies in [−x, x].
 * @example
 * erf([0, 0.5, -10]); // → [0, 0.5205, -1]
 */
export function erf<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return erfOp(toTensor(x, 'erf')) as Tensor<S>;
}

const erfcOp: Op<['x']> = elementwise({
  name: 'erfc',
  inputs: ['x'],
  doc: '1 − erf x',
  scalar: (x) => errors.erfc(x),
  vjp: { x: ({ g, x }) => mul(g, neg(bell(x))) },
  samples: { x: reals },
  special: [[0], [1000], [-1000]],
});

/**
 * Complementary error function: 1 − erf x, with full relative precision where that is small.
 * @example
 * erfc([0, 10]); // → [1, 2.08849e-45]
 */
export function erfc<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return erfcOp(toTensor(x, 'erfc')) as Tensor<S>;
}

/** Away from the poles at 0, −1, … */
const regular: Domain = { min: 0.4, max: 4 };

const lgammaOp: Op<['x']> = elementwise({
  name: 'lgamma',
  inputs: ['x'],
  doc: 'ln |Γ(x)|',
  scalar: (x) => gammas.lgamma(x),
  vjp: { x: ({ g, x }) => gmul(g, digamma(x)) },
  samples: { x: regular },
  special: [[1], [2], [-0.5]],
});

/**
 * Logarithm of the gamma function: ln |Γ(x)|, where Γ(n) = (n − 1)! for whole n. ∞ at the poles 0, −1, −2, …
 * @example
 * exp(lgamma([1, 5, 0.5])); // → [1, 24, 1.77245]
 */
export function lgamma<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return lgammaOp(toTensor(x, 'lgamma')) as Tensor<S>;
}

const digammaOp: Op<['x']> = elementwise({
  name: 'digamma',
  inputs: ['x'],
  doc: 'Γ′(x)/Γ(x)',
  scalar: (x) => gammas.digamma(x),
  vjp: { x: ({ g, x }) => gmul(g, polygamma(1, x)) },
  samples: { x: regular },
  special: [[1], [2], [-0.5]],
});

/**
 * Digamma function ψ: the derivative of lgamma. −∞ at 0, NaN at the poles −1, −2, …
 * @example
 * digamma([1, 2]); // → [-0.577216, 0.422784]
 */
export function digamma<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return digammaOp(toTensor(x, 'digamma')) as Tensor<S>;
}

const polygammaOp: Op<['n', 'x']> = elementwise({
  name: 'polygamma',
  inputs: ['n', 'x'],
  doc: 'nth derivative of digamma at x',
  scalar: (n, x) => gammas.polygamma(n, x),
  vjp: { n: null, x: ({ g, n, x }) => gmul(g, polygamma(add(n, 1), x)) },
  samples: { n: { min: 0, max: 3, integers: true }, x: { min: 0.8, max: 4 } },
  special: [
    [0, 1],
    [1, 1],
    [2, -0.5],
  ],
});

/**
 * Polygamma functions ψ⁽ⁿ⁾: the nth derivative of digamma, n = 0, 1, 2, … up to 170; broadcast. n comes first, as in PyTorch and JAX, and is
 * a constant: a derivative in it is an error. NaN where n is no such number.
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * polygamma(1, [1, 2]); // → [1.64493, 0.644934]
 */
export function polygamma<A extends TensorLike, B extends TensorLike>(n: A, x: BroadcastWith<A, B>): Broadcasted<A, B> {
  return polygammaOp(operand(n, x, 'polygamma'), operand(x, n, 'polygamma')) as Broadcasted<A, B>;
}

/**
 * a·ln b, and 0 where a = 0 even if b is: the term of an entropy. Broadcast; NaN where either is. Its derivative in a is ln b, −∞ at b = 0.
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * xlogy([0, 0.5, 2], [0, 0.5, 1]); // → [0, -0.346574, 0]
 */
export function xlogy<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  const [x, y] = [operand(a, b, 'xlogy'), operand(b, a, 'xlogy')];
  const l = excused(() => log(y));
  // the strong zero for a = 0 alone: it would hide a NaN in a where ln b is 0, or in b
  return where(
    logicalAnd(eq(x, 0), eq(y, y)),
    gmul(x, l),
    excused(() => mul(x, l)),
  ) as Broadcasted<A, B>;
}
