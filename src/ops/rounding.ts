/**
 * @file Whole numbers near others, and what is left of a division. Floats stay floats, as everywhere.
 */
import { operand, type TensorLike, toTensor } from '../graph/create.js';
import type { Broadcasted, BroadcastWith } from '../graph/broadcast-types.js';
import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { modulo, roundToEven } from '../kernels/elementary.js';
import { div, gmul, sub } from './arithmetic.js';
import { elementwise, type Op, reals } from './define.js';

function rounding(name: string, doc: string, scalar: (x: number) => number): Op<['x']> {
  return elementwise({ name, inputs: ['x'], doc, scalar: (x) => scalar(x), vjp: { x: 'zero' }, samples: { x: reals }, special: [[0]] });
}

const floorOp: Op<['x']> = rounding('floor', 'the largest whole number ≤ x', Math.floor);

/**
 * Rounds down: ⌊x⌋. Its derivative is 0 everywhere.
 * @example
 * floor([1.7, -1.2]); // → [1, -2]
 */
export function floor<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return floorOp(toTensor(x, 'floor')) as Tensor<S>;
}

const ceilOp: Op<['x']> = rounding('ceil', 'the smallest whole number ≥ x', Math.ceil);

/**
 * Rounds up: ⌈x⌉. Its derivative is 0 everywhere.
 * @example
 * ceil([1.2, -1.7]); // → [2, -1]
 */
export function ceil<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return ceilOp(toTensor(x, 'ceil')) as Tensor<S>;
}

const roundOp: Op<['x']> = rounding('round', 'the nearest whole number, of two the even one', roundToEven);

/**
 * Rounds to the nearest whole number, and to the even one of two that are equally near. Its derivative is 0 everywhere.
 * @example
 * round([0.5, 1.5, 2.4, -2.5]); // → [0, 2, 2, -2]
 */
export function round<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return roundOp(toTensor(x, 'round')) as Tensor<S>;
}

const modOp: Op<['a', 'b']> = elementwise({
  name: 'mod',
  inputs: ['a', 'b'],
  doc: 'a − ⌊a/b⌋·b',
  scalar: (a, b) => modulo(a, b),
  type: 'arithmetic',
  // out = a − n·b: n is found from out, since a/b may round to the next whole number
  vjp: { a: ({ g }) => g, b: ({ g, a, b, out }) => gmul(g, round(div(sub(out, a), b))) },
  // the quotient is never whole: −1.97 … −1.01
  samples: { a: { min: -5.8, max: -4.2 }, b: { min: 2.95, max: 4.15 } },
  special: [
    [0, 1],
    [-1, 3],
    [3, 1],
  ],
});

/**
 * Remainder of a division rounded down: a − ⌊a/b⌋·b, broadcast. It has the sign of b, as in NumPy and PyTorch (JavaScript's `%` has that of
 * a), and no rounding error where both signs are the same. NaN where b is 0. Its derivatives are 1 and −⌊a/b⌋, at the jumps too.
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * mod([5, -5, 5, -5], [3, 3, -3, -3]); // → [2, 1, -1, -2]
 */
export function mod<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return modOp(operand(a, b, 'mod'), operand(b, a, 'mod')) as Broadcasted<A, B>;
}
