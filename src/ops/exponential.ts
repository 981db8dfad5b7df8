/**
 * @file Exponentials, logarithms, powers and roots.
 */
import { type TensorLike, toTensor, operand } from '../graph/create.js';
import type { Broadcasted, BroadcastWith } from '../graph/broadcast-types.js';
import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import * as loops from '../kernels/elementwise.js';
import { add, div, gmul, sub } from './arithmetic.js';
import { elementwise, type Op, positive, reals } from './define.js';

const expOp: Op<['x']> = elementwise({
  name: 'exp',
  inputs: ['x'],
  doc: 'e^x',
  scalar: (x) => Math.exp(x),
  loop: loops.expLoop,
  vjp: { x: ({ g, out }) => gmul(g, out) },
  samples: { x: reals },
  special: [[0]],
});

/**
 * Exponential: e^x.
 * @example
 * exp([0, 1]); // → [1, 2.71828]
 */
export function exp<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return expOp(toTensor(x, 'exp')) as Tensor<S>;
}

const logOp: Op<['x']> = elementwise({
  name: 'log',
  inputs: ['x'],
  doc: 'ln x',
  scalar: (x) => Math.log(x),
  loop: loops.logLoop,
  vjp: { x: ({ g, x }) => gmul(g, div(1, x)) },
  samples: { x: positive },
});

/**
 * Natural logarithm: ln x. log(0) is −∞ and negative numbers give NaN; a dead branch behind `where` stays harmless.
 * @example
 * log(Math.E); // → 1
 */
export function log<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return logOp(toTensor(x, 'log')) as Tensor<S>;
}

const log1pOp: Op<['x']> = elementwise({
  name: 'log1p',
  inputs: ['x'],
  doc: 'ln(1 + x)',
  scalar: (x) => Math.log1p(x),
  vjp: { x: ({ g, x }) => gmul(g, div(1, add(x, 1))) },
  samples: { x: { min: -0.8, max: 3 } },
  special: [[0]],
});

/**
 * ln(1 + x), exact for small x.
 * @example
 * log1p(1e-20).item(); // → 1e-20
 */
export function log1p<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return log1pOp(toTensor(x, 'log1p')) as Tensor<S>;
}

const expm1Op: Op<['x']> = elementwise({
  name: 'expm1',
  inputs: ['x'],
  doc: 'e^x − 1',
  scalar: (x) => Math.expm1(x),
  vjp: { x: ({ g, x }) => gmul(g, exp(x)) },
  samples: { x: reals },
  special: [[0]],
});

/**
 * e^x − 1, exact for small x.
 * @example
 * expm1(1e-20).item(); // → 1e-20
 */
export function expm1<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return expm1Op(toTensor(x, 'expm1')) as Tensor<S>;
}

const powOp: Op<['a', 'b']> = elementwise({
  name: 'pow',
  inputs: ['a', 'b'],
  doc: 'a^b',
  scalar: (a, b) => a ** b,
  vjp: {
    // d a^b = b·a^(b−1) da + a^b·log a db; strong zeros keep x² at 0 finite at every order
    a: ({ g, a, b }) => gmul(g, gmul(b, pow(a, sub(b, 1)))),
    b: ({ g, a, out }) => gmul(gmul(g, out), log(a)),
  },
  samples: { a: { min: 0.3, max: 3 }, b: { min: -2, max: 3, avoid: [0, 1] } },
});

/**
 * Power: a^b, broadcast. The gradient in b needs a > 0; in a it is right at 0 too (pow(x, 2) has derivative 0 there).
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * pow([1, 2, 3], 2); // → [1, 4, 9]
 */
export function pow<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return powOp(operand(a, b, 'pow'), operand(b, a, 'pow')) as Broadcasted<A, B>;
}

const sqrtOp: Op<['x']> = elementwise({
  name: 'sqrt',
  inputs: ['x'],
  doc: '√x',
  scalar: (x) => Math.sqrt(x),
  loop: loops.sqrtLoop,
  vjp: { x: ({ g, out }) => gmul(g, div(0.5, out)) },
  samples: { x: positive },
});

/**
 * Square root. Its derivative at 0 is infinite, and says so.
 * @example
 * sqrt([4, 9]); // → [2, 3]
 */
export function sqrt<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return sqrtOp(toTensor(x, 'sqrt')) as Tensor<S>;
}

/**
 * Reciprocal square root: 1/√x. Infinite at 0, as its derivative is.
 * @example
 * rsqrt([4, 0.25]); // → [0.5, 2]
 */
export function rsqrt<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return div(1, sqrt(toTensor(x, 'rsqrt'))) as Tensor<S>;
}

/**
 * Reciprocal: 1/x.
 * @example
 * reciprocal([4, -0.5]); // → [0.25, -2]
 */
export function reciprocal<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return div(1, toTensor(x, 'reciprocal')) as Tensor<S>;
}
