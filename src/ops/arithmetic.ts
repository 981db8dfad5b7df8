/**
 * @file Sums, products and what is piecewise linear in them.
 */
import { type TensorLike, toTensor, operand } from '../graph/create.js';
import type { Broadcasted, BroadcastWith } from '../graph/broadcast-types.js';
import type { Shape } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import * as loops from '../kernels/elementwise.js';
import { distinct, elementwise, nonzero, type Op, reals } from './define.js';
import { eq, gt, lt, where } from './logic.js';

const addOp: Op<['a', 'b']> = elementwise({
  name: 'add',
  inputs: ['a', 'b'],
  doc: 'a + b',
  scalar: (a, b) => a + b,
  loop: loops.addLoop,
  type: 'arithmetic',
  vjp: { a: ({ g }) => g, b: ({ g }) => g },
  samples: { a: reals, b: reals },
  errors: [
    {
      call: () => add(new Tensor([2, 3], 'float64', new Float64Array(6), null), new Tensor([4, 3], 'float64', new Float64Array(12), null)),
      message: /^add: cannot broadcast \[2,3\] with \[4,3\]: axis 0 is 2 and 4: lengths must be equal or 1$/,
    },
  ],
});

/**
 * Sum: a + b, broadcast.
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * add([1, 2], [[10], [20]]); // → [[11, 12], [21, 22]]
 */
export function add<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return addOp(operand(a, b, 'add'), operand(b, a, 'add')) as Broadcasted<A, B>;
}

const subOp: Op<['a', 'b']> = elementwise({
  name: 'sub',
  inputs: ['a', 'b'],
  doc: 'a − b',
  scalar: (a, b) => a - b,
  loop: loops.subLoop,
  type: 'arithmetic',
  vjp: { a: ({ g }) => g, b: ({ g }) => neg(g) },
  samples: { a: reals, b: reals },
});

/**
 * Difference: a − b, broadcast.
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * sub([5, 7], 2); // → [3, 5]
 */
export function sub<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return subOp(operand(a, b, 'sub'), operand(b, a, 'sub')) as Broadcasted<A, B>;
}

const mulOp: Op<['a', 'b']> = elementwise({
  name: 'mul',
  inputs: ['a', 'b'],
  doc: 'a · b',
  scalar: (a, b) => a * b,
  loop: loops.mulLoop,
  type: 'arithmetic',
  // a factor may be infinite in a branch that is not taken
  vjp: { a: ({ g, b }) => gmul(g, b), b: ({ g, a }) => gmul(g, a) },
  samples: { a: reals, b: reals },
  special: [
    [0, 0],
    [1e150, 1e-150],
  ],
});

/**
 * Elementwise product: a · b, broadcast.
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * mul([1, 2, 3], 2); // → [2, 4, 6]
 */
export function mul<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return mulOp(operand(a, b, 'mul'), operand(b, a, 'mul')) as Broadcasted<A, B>;
}

const gmulOp: Op<['g', 'd']> = elementwise({
  name: 'gmul',
  inputs: ['g', 'd'],
  doc: 'g · d, and 0 where g = 0 whatever d is',
  scalar: (g, d) => (g === 0 || d === 0 ? 0 : g * d),
  loop: loops.strongMulLoop,
  type: 'arithmetic',
  vjp: {
    // `g` is also the name of the cotangent, so inputs are read by position
    g: ({ g, inputs }) => gmul(g, inputs[1]!),
    d: ({ g, inputs }) => gmul(g, inputs[0]!),
  },
  samples: { g: nonzero, d: reals },
  special: [[0, 0]],
});

/**
 * Strong-zero product: g · d, but 0 where either is 0 even if the other is infinite or NaN. Rules multiply by unbounded local
 * derivatives with it, so that a dead branch never poisons the live one, at any order (where the two change places).
 * @example
 * gmul([0, 2], [Infinity, 3]); // → [0, 6]
 */
export function gmul(g: TensorLike, d: TensorLike): Tensor {
  return gmulOp(operand(g, d, 'gmul'), operand(d, g, 'gmul'));
}

const divOp: Op<['a', 'b']> = elementwise({
  name: 'div',
  inputs: ['a', 'b'],
  doc: 'a / b',
  scalar: (a, b) => a / b,
  loop: loops.divLoop,
  // d(a/b) = da/b − (a/b)/b db
  vjp: { a: ({ g, b }) => gmul(g, div(1, b)), b: ({ g, b, out }) => gmul(g, neg(div(out, b))) },
  samples: { a: reals, b: { ...nonzero, avoid: [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3] } },
  special: [[0, 1]],
});

/**
 * Quotient: a / b, broadcast. int32 / int32 is float64.
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * div([1, 2], 4); // → [0.25, 0.5]
 */
export function div<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return divOp(operand(a, b, 'div'), operand(b, a, 'div')) as Broadcasted<A, B>;
}

const negOp: Op<['x']> = elementwise({
  name: 'neg',
  inputs: ['x'],
  doc: '−x',
  scalar: (x) => -x,
  loop: loops.negLoop,
  type: 'arithmetic',
  vjp: { x: ({ g }) => neg(g) },
  samples: { x: reals },
  special: [[0]],
});

/**
 * Negative: −x.
 * @example
 * neg([1, -2]); // → [-1, 2]
 */
export function neg<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return negOp(toTensor(x, 'neg')) as Tensor<S>;
}

const squareOp: Op<['x']> = elementwise({
  name: 'square',
  inputs: ['x'],
  doc: 'x²',
  scalar: (x) => x * x,
  loop: loops.squareLoop,
  type: 'arithmetic',
  // not mul(x, x): that would go through its two factors one by one; 2g is one number where g is
  vjp: { x: ({ g, x }) => gmul(mul(g, 2), x) },
  samples: { x: reals },
  special: [[0]],
});

/**
 * Square: x · x.
 * @example
 * square([1, -2]); // → [1, 4]
 */
export function square<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return squareOp(toTensor(x, 'square')) as Tensor<S>;
}

const absOp: Op<['x']> = elementwise({
  name: 'abs',
  inputs: ['x'],
  doc: '|x|',
  scalar: (x) => Math.abs(x),
  vjp: { x: ({ g, x }) => mul(g, sign(x)) },
  samples: { x: nonzero },
  special: [[0]],
});

/**
 * Absolute value; the derivative at 0 is 0.
 * @example
 * abs([-2, 3]); // → [2, 3]
 */
export function abs<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return absOp(toTensor(x, 'abs')) as Tensor<S>;
}

const signOp: Op<['x']> = elementwise({
  name: 'sign',
  inputs: ['x'],
  doc: '−1, 0 or 1',
  scalar: (x) => Math.sign(x),
  vjp: { x: 'zero' },
  samples: { x: nonzero },
  special: [[0]],
});

/**
 * Sign: −1, 0 or 1. Its derivative is 0 everywhere.
 * @example
 * sign([-2, 0, 3]); // → [-1, 0, 1]
 */
export function sign<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return signOp(toTensor(x, 'sign')) as Tensor<S>;
}

/** g shared among tied operands: all where a wins, half at a tie, none where it loses. */
const share = (g: Tensor, a: Tensor, b: Tensor): Tensor => where(gt(a, b), g, where(eq(a, b), mul(g, 0.5), 0));

const maximumOp: Op<['a', 'b']> = elementwise({
  name: 'maximum',
  inputs: ['a', 'b'],
  doc: 'the larger of a and b; a tie shares the gradient evenly',
  scalar: (a, b) => Math.max(a, b),
  loop: loops.maximumLoop,
  type: 'widest',
  vjp: { a: ({ g, a, b }) => share(g, a, b), b: ({ g, a, b }) => share(g, b, a) },
  samples: { a: distinct, b: distinct },
  special: [[1, 1]],
});

/**
 * The larger of two, elementwise; NaN if either is. At a tie each side gets half of the gradient.
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * maximum([1, 5], [3, 2]); // → [3, 5]
 */
export function maximum<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return maximumOp(operand(a, b, 'maximum'), operand(b, a, 'maximum')) as Broadcasted<A, B>;
}

const minimumOp: Op<['a', 'b']> = elementwise({
  name: 'minimum',
  inputs: ['a', 'b'],
  doc: 'the smaller of a and b; a tie shares the gradient evenly',
  scalar: (a, b) => Math.min(a, b),
  type: 'widest',
  vjp: { a: ({ g, a, b }) => share(g, b, a), b: ({ g, a, b }) => share(g, a, b) },
  samples: { a: distinct, b: distinct },
  special: [[1, 1]],
});

/**
 * The smaller of two, elementwise; NaN if either is. At a tie each side gets half of the gradient.
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * minimum([1, 5], [3, 2]); // → [1, 2]
 */
export function minimum<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return minimumOp(operand(a, b, 'minimum'), operand(b, a, 'minimum')) as Broadcasted<A, B>;
}

/**
 * x limited to [lo, hi], elementwise; the bounds may be numbers or tensors. The gradient passes at the bounds.
 * @example
 * clip([-1, 0.5, 2], 0, 1); // → [0, 0.5, 1]
 */
export function clip<X extends TensorLike, L extends TensorLike, H extends TensorLike>(
  x: X,
  lo: BroadcastWith<X, L>,
  hi: BroadcastWith<X, H>,
): Broadcasted<Broadcasted<X, L>, H>;
export function clip(x: TensorLike, lo: TensorLike, hi: TensorLike): Tensor {
  const t = toTensor(x, 'clip');
  return where(lt(t, lo), lo, where(gt(t, hi), hi, t));
}
