/**
 * @file Angles from their sines, cosines and tangents, and the inverses of the hyperbolic functions.
 */
import { operand, type TensorLike, toTensor } from '../graph/create.js';
import type { Broadcasted, BroadcastWith } from '../graph/broadcast-types.js';
import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { abs, add, div, gmul, maximum, mul, neg, square, sub } from './arithmetic.js';
import { stopGradient } from './casting.js';
import { type Domain, elementwise, type Op, reals } from './define.js';
import { rsqrt } from './exponential.js';
import { eq, where } from './logic.js';

/** Between the poles of the derivatives at ±1. */
const inside: Domain = { min: -0.9, max: 0.9 };

/** (1 − x)(1 + x) = 1 − x², precise near ±1. */
const lessSquare = (x: Tensor): Tensor => mul(sub(1, x), add(1, x));

const asinOp: Op<['x']> = elementwise({
  name: 'asin',
  inputs: ['x'],
  doc: 'arcsin x',
  scalar: (x) => Math.asin(x),
  vjp: { x: ({ g, x }) => gmul(g, rsqrt(lessSquare(x))) },
  samples: { x: inside },
  special: [[0], [1], [-1]],
});

/**
 * Arcsine: the angle in [−π/2, π/2] whose sine is x; NaN beyond ±1. Its derivative 1/√(1 − x²) is infinite at ±1.
 * @example
 * asin([0, 0.5, 1]); // → [0, 0.523599, 1.5708]
 */
export function asin<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return asinOp(toTensor(x, 'asin')) as Tensor<S>;
}

const acosOp: Op<['x']> = elementwise({
  name: 'acos',
  inputs: ['x'],
  doc: 'arccos x',
  scalar: (x) => Math.acos(x),
  vjp: { x: ({ g, x }) => gmul(g, neg(rsqrt(lessSquare(x)))) },
  samples: { x: inside },
  special: [[0], [1], [-1]],
});

/**
 * Arccosine: the angle in [0, π] whose cosine is x; NaN beyond ±1. Its derivative −1/√(1 − x²) is infinite at ±1.
 * @example
 * acos([1, 0.5, 0]); // → [0, 1.0472, 1.5708]
 */
export function acos<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return acosOp(toTensor(x, 'acos')) as Tensor<S>;
}

const atanOp: Op<['x']> = elementwise({
  name: 'atan',
  inputs: ['x'],
  doc: 'arctan x',
  scalar: (x) => Math.atan(x),
  vjp: { x: ({ g, x }) => mul(g, div(1, add(1, square(x)))) },
  samples: { x: reals },
  special: [[0], [1e200], [Infinity], [-Infinity]],
});

/**
 * Arctangent: the angle in [−π/2, π/2] whose tangent is x.
 * @example
 * atan([0, 1, -Infinity]); // → [0, 0.785398, -1.5708]
 */
export function atan<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return atanOp(toTensor(x, 'atan')) as Tensor<S>;
}

/**
 * g·p/(p² + q²), 0 at the origin. p and q are divided by the larger of them first, as by a constant: what that leaves is the same for
 * every scale, so squares neither overflow nor vanish and derivatives stay right.
 */
function overSquares(g: Tensor, p: Tensor, q: Tensor): Tensor {
  const size = maximum(abs(p), abs(q));
  const origin = eq(size, 0);
  const scale = stopGradient(where(origin, 1, size));
  const [u, v] = [div(p, scale), div(q, scale)];
  return where(origin, 0, gmul(g, div(div(u, where(origin, 1, add(square(u), square(v)))), scale)));
}

const atan2Op: Op<['y', 'x']> = elementwise({
  name: 'atan2',
  inputs: ['y', 'x'],
  doc: 'angle of the point (x, y)',
  scalar: (y, x) => Math.atan2(y, x),
  vjp: { y: ({ g, y, x }) => overSquares(g, x, y), x: ({ g, y, x }) => neg(overSquares(g, y, x)) },
  samples: { y: { min: 0.3, max: 3 }, x: reals },
  special: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1e200, 1e200],
    [1e-120, 1e-120],
  ],
});

/**
 * The angle in (−π, π] between the positive x axis and the point (x, y): arctan(y/x) in the right quadrant. y comes first. At the origin,
 * which has no angle, it is 0 and so are its derivatives.
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * atan2([1, 1, -1], [1, -1, -1]); // → [0.785398, 2.35619, -2.35619]
 */
export function atan2<A extends TensorLike, B extends TensorLike>(y: A, x: BroadcastWith<A, B>): Broadcasted<A, B> {
  return atan2Op(operand(y, x, 'atan2'), operand(x, y, 'atan2')) as Broadcasted<A, B>;
}

const asinhOp: Op<['x']> = elementwise({
  name: 'asinh',
  inputs: ['x'],
  doc: 'ln(x + √(x² + 1))',
  scalar: (x) => Math.asinh(x),
  vjp: { x: ({ g, x }) => mul(g, rsqrt(add(1, square(x)))) },
  samples: { x: reals },
  special: [[0], [1e200]],
});

/**
 * Inverse hyperbolic sine: ln(x + √(x² + 1)).
 * @example
 * asinh([0, 1, -1]); // → [0, 0.881374, -0.881374]
 */
export function asinh<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return asinhOp(toTensor(x, 'asinh')) as Tensor<S>;
}

const acoshOp: Op<['x']> = elementwise({
  name: 'acosh',
  inputs: ['x'],
  doc: 'ln(x + √(x² − 1))',
  scalar: (x) => Math.acosh(x),
  // two roots: x² − 1 would overflow, and be positive below −1, where there is no function
  vjp: { x: ({ g, x }) => gmul(g, mul(rsqrt(sub(x, 1)), rsqrt(add(x, 1)))) },
  samples: { x: { min: 1.2, max: 4 } },
  special: [[1], [1e200]],
});

/**
 * Inverse hyperbolic cosine: ln(x + √(x² − 1)), x ≥ 1; NaN below. Its derivative 1/√(x² − 1) is infinite at 1.
 * @example
 * acosh([1, 2]); // → [0, 1.31696]
 */
export function acosh<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return acoshOp(toTensor(x, 'acosh')) as Tensor<S>;
}

const atanhOp: Op<['x']> = elementwise({
  name: 'atanh',
  inputs: ['x'],
  doc: 'ln((1 + x)/(1 − x))/2',
  scalar: (x) => Math.atanh(x),
  vjp: { x: ({ g, x }) => gmul(g, div(1, lessSquare(x))) },
  samples: { x: { min: -0.8, max: 0.8 } },
  special: [[0]],
});

/**
 * Inverse hyperbolic tangent: ln((1 + x)/(1 − x))/2; infinite at ±1, NaN beyond.
 * @example
 * atanh([0, 0.5, 1]); // → [0, 0.549306, Infinity]
 */
export function atanh<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return atanhOp(toTensor(x, 'atanh')) as Tensor<S>;
}
