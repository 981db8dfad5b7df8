/**
 * @file Elementwise ops on real numbers: arithmetic, powers, exponentials, trigonometry, activations.
 */
import { toTensor, type TensorLike, weakType } from '../graph/create.js';
import type { Shape } from '../graph/shape.js';
import type { Broadcast, Fits, ShowShape } from '../graph/shape-types.js';
import { Tensor } from '../graph/tensor.js';
import * as loops from '../kernels/elementwise.js';
import { elementwise, nonzero, distinct, type Op, positive, reals } from './define.js';
import { eq, gt, lt, where } from './logic.js';

/** A second operand that broadcasts with the first. */
export type Operand<A extends Shape, B extends Shape> = TensorLike<B> &
  Fits<Broadcast<A, B>, `cannot broadcast [${ShowShape<A>}] with [${ShowShape<B>}]`>;

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
      message: /^add: cannot broadcast \[2,3\] with \[4,3\]: axis 0 is 2 and 4$/,
    },
  ],
});

/**
 * Sum: a + b, broadcast.
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * add([1, 2], [[10], [20]]); // → [[11, 12], [21, 22]]
 */
export function add<A extends Shape, B extends Shape>(a: TensorLike<A>, b: Operand<A, B>): Tensor<Broadcast<A, B>> {
  return addOp(toTensor(a, weakType(b)), toTensor(b, weakType(a))) as Tensor<Broadcast<A, B>>;
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
export function sub<A extends Shape, B extends Shape>(a: TensorLike<A>, b: Operand<A, B>): Tensor<Broadcast<A, B>> {
  return subOp(toTensor(a, weakType(b)), toTensor(b, weakType(a))) as Tensor<Broadcast<A, B>>;
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
export function mul<A extends Shape, B extends Shape>(a: TensorLike<A>, b: Operand<A, B>): Tensor<Broadcast<A, B>> {
  return mulOp(toTensor(a, weakType(b)), toTensor(b, weakType(a))) as Tensor<Broadcast<A, B>>;
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
  return gmulOp(toTensor(g, weakType(d)), toTensor(d, weakType(g)));
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
export function div<A extends Shape, B extends Shape>(a: TensorLike<A>, b: Operand<A, B>): Tensor<Broadcast<A, B>> {
  return divOp(toTensor(a, weakType(b)), toTensor(b, weakType(a))) as Tensor<Broadcast<A, B>>;
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
export function pow<A extends Shape, B extends Shape>(a: TensorLike<A>, b: Operand<A, B>): Tensor<Broadcast<A, B>> {
  return powOp(toTensor(a, weakType(b)), toTensor(b, weakType(a))) as Tensor<Broadcast<A, B>>;
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
export function maximum<A extends Shape, B extends Shape>(a: TensorLike<A>, b: Operand<A, B>): Tensor<Broadcast<A, B>> {
  return maximumOp(toTensor(a, weakType(b)), toTensor(b, weakType(a))) as Tensor<Broadcast<A, B>>;
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
export function minimum<A extends Shape, B extends Shape>(a: TensorLike<A>, b: Operand<A, B>): Tensor<Broadcast<A, B>> {
  return minimumOp(toTensor(a, weakType(b)), toTensor(b, weakType(a))) as Tensor<Broadcast<A, B>>;
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
  return negOp(toTensor(x)) as Tensor<S>;
}

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
  return expOp(toTensor(x)) as Tensor<S>;
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
  return logOp(toTensor(x)) as Tensor<S>;
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
  return log1pOp(toTensor(x)) as Tensor<S>;
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
  return expm1Op(toTensor(x)) as Tensor<S>;
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
  return sqrtOp(toTensor(x)) as Tensor<S>;
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
  return absOp(toTensor(x)) as Tensor<S>;
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
  return signOp(toTensor(x)) as Tensor<S>;
}

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
  return sinOp(toTensor(x)) as Tensor<S>;
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
  return cosOp(toTensor(x)) as Tensor<S>;
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
  return sinhOp(toTensor(x)) as Tensor<S>;
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
  return coshOp(toTensor(x)) as Tensor<S>;
}

const tanhOp: Op<['x']> = elementwise({
  name: 'tanh',
  inputs: ['x'],
  doc: 'sinh x / cosh x',
  scalar: (x) => Math.tanh(x),
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
  return tanhOp(toTensor(x)) as Tensor<S>;
}

const sigmoidOp: Op<['x']> = elementwise({
  name: 'sigmoid',
  inputs: ['x'],
  doc: '1/(1 + e^−x)',
  scalar: (x) => sigmoidOf(x),
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
  return sigmoidOp(toTensor(x)) as Tensor<S>;
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
  return softplusOp(toTensor(x)) as Tensor<S>;
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
  return reluOp(toTensor(x)) as Tensor<S>;
}

function sigmoidOf(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

/**
 * Square: x · x.
 * @example
 * square([1, -2]); // → [1, 4]
 */
export function square<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  const t = toTensor(x);
  return mulOp(t, t) as Tensor<S>;
}

/**
 * x limited to [lo, hi], elementwise; the bounds may be numbers or tensors. The gradient passes at the bounds.
 * @example
 * clip([-1, 0.5, 2], 0, 1); // → [0, 0.5, 1]
 */
export function clip(x: TensorLike, lo: TensorLike, hi: TensorLike): Tensor {
  const t = toTensor(x);
  return where(lt(t, lo), lo, where(gt(t, hi), hi, t));
}
