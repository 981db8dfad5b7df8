/**
 * @file Sines, cosines and their hyperbolic relatives.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import * as stable from '../kernels/elementary.js';
import { add, gmul, mul, neg, square, sub } from './arithmetic.js';
import { elementwise, type Op, reals } from './define.js';

const sinOp: Op<['x']> = elementwise({
  name: 'sin',
  inputs: ['x'],
  doc: 'sin x',
  scalar: (x) => Math.sin(x),
  vjp: { x: ({ g, x }) => mul(g, cos(x)) },
  samples: { x: reals },
  special: [[0]],
});

/**
 * Sine, x in radians.
 * @example
 * sin(0); // → 0
 */
export function sin<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return sinOp(toTensor(x, 'sin')) as Tensor<S>;
}

const cosOp: Op<['x']> = elementwise({
  name: 'cos',
  inputs: ['x'],
  doc: 'cos x',
  scalar: (x) => Math.cos(x),
  vjp: { x: ({ g, x }) => mul(g, neg(sin(x))) },
  samples: { x: reals },
  special: [[0]],
});

/**
 * Cosine, x in radians.
 * @example
 * cos(0); // → 1
 */
export function cos<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return cosOp(toTensor(x, 'cos')) as Tensor<S>;
}

const tanOp: Op<['x']> = elementwise({
  name: 'tan',
  inputs: ['x'],
  doc: 'tan x',
  scalar: (x) => Math.tan(x),
  vjp: { x: ({ g, out }) => mul(g, add(1, square(out))) },
  samples: { x: { min: -1.2, max: 1.2 } },
  special: [[0]],
});

/**
 * Tangent, x in radians.
 * @example
 * tan([0, 1]); // → [0, 1.55741]
 */
export function tan<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return tanOp(toTensor(x, 'tan')) as Tensor<S>;
}

const sinhOp: Op<['x']> = elementwise({
  name: 'sinh',
  inputs: ['x'],
  doc: '(e^x − e^−x)/2',
  scalar: (x) => Math.sinh(x),
  vjp: { x: ({ g, x }) => gmul(g, cosh(x)) },
  samples: { x: reals },
  special: [[0]],
});

/**
 * Hyperbolic sine.
 * @example
 * sinh(0); // → 0
 */
export function sinh<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return sinhOp(toTensor(x, 'sinh')) as Tensor<S>;
}

const coshOp: Op<['x']> = elementwise({
  name: 'cosh',
  inputs: ['x'],
  doc: '(e^x + e^−x)/2',
  scalar: (x) => Math.cosh(x),
  vjp: { x: ({ g, x }) => gmul(g, sinh(x)) },
  samples: { x: reals },
  special: [[0]],
});

/**
 * Hyperbolic cosine.
 * @example
 * cosh(0); // → 1
 */
export function cosh<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return coshOp(toTensor(x, 'cosh')) as Tensor<S>;
}

const tanhOp: Op<['x']> = elementwise({
  name: 'tanh',
  inputs: ['x'],
  doc: 'sinh x / cosh x',
  scalar: (x) => stable.tanh(x),
  vjp: { x: ({ g, out }) => mul(g, sub(1, mul(out, out))) },
  samples: { x: reals },
  special: [[0], [1000], [-1000]],
});

/**
 * Hyperbolic tangent.
 * @example
 * tanh([-1000, 0, 1000]); // → [-1, 0, 1]
 */
export function tanh<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return tanhOp(toTensor(x, 'tanh')) as Tensor<S>;
}
