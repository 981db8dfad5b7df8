/**
 * @file Comparisons, logic and selection. Their results are piecewise constant, so their rules are `'zero'`; only the
 * branches of `where` carry gradients.
 */
import { type TensorLike, toTensor, operand } from '../graph/create.js';
import { promote } from '../graph/dtype.js';
import { DTypeError } from '../graph/errors.js';
import { broadcastShapes, type Shape } from '../graph/shape.js';
import type { Broadcasted, BroadcastWith } from '../graph/broadcast-types.js';
import type { Tensor } from '../graph/tensor.js';
import { gtLoop, type ScalarFunction, select } from '../kernels/elementwise.js';
import { defineOp, distinct, type Domain, elementwise, type Op, reals } from './define.js';

function comparison(name: string, doc: string, scalar: ScalarFunction, samples: Domain = distinct): Op<['a', 'b']> {
  return elementwise({
    name,
    inputs: ['a', 'b'],
    doc,
    scalar,
    ...(name === 'gt' && { loop: gtLoop }),
    type: 'bool',
    vjp: { a: 'zero', b: 'zero' },
    samples: { a: samples, b: samples },
  });
}
const truth: Domain = { min: 0, max: 1, integers: true };

const eqOp: Op<['a', 'b']> = comparison('eq', 'a = b', (a, b) => (a === b ? 1 : 0));

/**
 * Is a = b? Elementwise and broadcast; a bool tensor.
 * @example
 * eq([1, 2], [1, 3]); // → [true, false]
 */
export function eq<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return eqOp(operand(a, b, 'eq'), operand(b, a, 'eq')) as Broadcasted<A, B>;
}

const neOp: Op<['a', 'b']> = comparison('ne', 'a ≠ b', (a, b) => (a !== b ? 1 : 0));

/**
 * Is a ≠ b? Elementwise and broadcast; a bool tensor.
 * @example
 * ne([1, 2], [1, 3]); // → [false, true]
 */
export function ne<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return neOp(operand(a, b, 'ne'), operand(b, a, 'ne')) as Broadcasted<A, B>;
}

const ltOp: Op<['a', 'b']> = comparison('lt', 'a < b', (a, b) => (a < b ? 1 : 0));

/**
 * Is a < b? Elementwise and broadcast; a bool tensor.
 * @example
 * lt([1, 2], 2); // → [true, false]
 */
export function lt<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return ltOp(operand(a, b, 'lt'), operand(b, a, 'lt')) as Broadcasted<A, B>;
}

const leOp: Op<['a', 'b']> = comparison('le', 'a ≤ b', (a, b) => (a <= b ? 1 : 0));

/**
 * Is a ≤ b? Elementwise and broadcast; a bool tensor.
 * @example
 * le([1, 2], 1); // → [true, false]
 */
export function le<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return leOp(operand(a, b, 'le'), operand(b, a, 'le')) as Broadcasted<A, B>;
}

const gtOp: Op<['a', 'b']> = comparison('gt', 'a > b', (a, b) => (a > b ? 1 : 0));

/**
 * Is a > b? Elementwise and broadcast; a bool tensor.
 * @example
 * gt([1, 2], 1); // → [false, true]
 */
export function gt<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return gtOp(operand(a, b, 'gt'), operand(b, a, 'gt')) as Broadcasted<A, B>;
}

const geOp: Op<['a', 'b']> = comparison('ge', 'a ≥ b', (a, b) => (a >= b ? 1 : 0));

/**
 * Is a ≥ b? Elementwise and broadcast; a bool tensor.
 * @example
 * ge([1, 2], 2); // → [false, true]
 */
export function ge<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return geOp(operand(a, b, 'ge'), operand(b, a, 'ge')) as Broadcasted<A, B>;
}

const logicalAndOp: Op<['a', 'b']> = comparison('logicalAnd', 'a and b', (a, b) => (a !== 0 && b !== 0 ? 1 : 0), truth);

/**
 * Is a and b? Elementwise and broadcast; a bool tensor.
 * @example
 * logicalAnd([true, true], [true, false]); // → [true, false]
 */
export function logicalAnd<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return logicalAndOp(operand(a, b, 'logicalAnd'), operand(b, a, 'logicalAnd')) as Broadcasted<A, B>;
}

const logicalOrOp: Op<['a', 'b']> = comparison('logicalOr', 'a or b', (a, b) => (a !== 0 || b !== 0 ? 1 : 0), truth);

/**
 * Is a or b? Elementwise and broadcast; a bool tensor.
 * @example
 * logicalOr([true, false], [false, false]); // → [true, false]
 */
export function logicalOr<A extends TensorLike, B extends TensorLike>(a: A, b: BroadcastWith<A, B>): Broadcasted<A, B> {
  return logicalOrOp(operand(a, b, 'logicalOr'), operand(b, a, 'logicalOr')) as Broadcasted<A, B>;
}

const logicalNotOp: Op<['x']> = elementwise({
  name: 'logicalNot',
  inputs: ['x'],
  doc: 'not x',
  scalar: (x) => (x === 0 ? 1 : 0),
  type: 'bool',
  vjp: { x: 'zero' },
  samples: { x: truth },
});

/**
 * Elementwise: not x? A bool tensor.
 * @example
 * logicalNot([true, false]); // → [false, true]
 */
export function logicalNot<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return logicalNotOp(toTensor(x, 'logicalNot')) as Tensor<S>;
}

const isFiniteOp: Op<['x']> = elementwise({
  name: 'isFinite',
  inputs: ['x'],
  doc: 'is x neither infinite nor NaN',
  scalar: (x) => (Number.isFinite(x) ? 1 : 0),
  type: 'bool',
  vjp: { x: 'zero' },
  samples: { x: reals },
});

/**
 * Elementwise: is x neither infinite nor NaN? A bool tensor.
 * @example
 * isFinite([1, Infinity, NaN]); // → [true, false, false]
 */
export function isFinite<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return isFiniteOp(toTensor(x, 'isFinite')) as Tensor<S>;
}

const isNaNOp: Op<['x']> = elementwise({
  name: 'isNaN',
  inputs: ['x'],
  doc: 'is x NaN',
  scalar: (x) => (Number.isNaN(x) ? 1 : 0),
  type: 'bool',
  vjp: { x: 'zero' },
  samples: { x: reals },
});

/**
 * Elementwise: is x NaN? A bool tensor.
 * @example
 * isNaN([1, NaN]); // → [false, true]
 */
export function isNaN<S extends Shape>(x: TensorLike<S>): Tensor<S> {
  return isNaNOp(toTensor(x, 'isNaN')) as Tensor<S>;
}

const whereOp: Op<['cond', 'a', 'b']> = defineOp({
  name: 'where',
  inputs: ['cond', 'a', 'b'],
  doc: 'a where cond, else b',
  broadcasts: true,
  shape: ([c, a, b]) => broadcastShapes('where', broadcastShapes('where', c!.shape, a!.shape), b!.shape),
  dtype: ([, a, b]) => promote(a!.dtype, b!.dtype),
  kernel: ([cond, a, b], out) => select(cond!, a!, b!, out),
  vjp: { cond: 'zero', a: ({ g, cond }) => where(cond, g, 0), b: ({ g, cond }) => where(cond, 0, g) },
  sample: (draw) => {
    const shape = [draw.int(1, 3), draw.int(1, 3)];
    return {
      inputs: [
        gt(draw.values(shape, distinct), 0),
        draw.values(draw.pick([shape, [], [1, shape[1]!]]), reals),
        draw.values(draw.pick([shape, []]), reals),
      ],
      attrs: undefined,
    };
  },
  errors: [{ call: () => where([0, 1], 1, 2), message: /^where: cond must be bool: got float64/ }],
});

/**
 * a where cond is true, else b; all three broadcast. The branch that is not taken gets gradient 0, whatever it computed.
 * @throws DTypeError unless cond is bool; ShapeError when the shapes do not broadcast.
 * @example
 * where(gt([1, -2], 0), [1, -2], 0); // → [1, 0]
 */
export function where<C extends TensorLike, A extends TensorLike, B extends TensorLike>(
  cond: C,
  a: BroadcastWith<C, A>,
  b: BroadcastWith<Broadcasted<C, A>, B>,
): Broadcasted<Broadcasted<C, A>, B>;
export function where(cond: TensorLike, a: TensorLike, b: TensorLike): Tensor {
  const c = toTensor(cond, 'where');
  if (c.dtype !== 'bool') throw new DTypeError('where', 'cond must be bool', `got ${c.dtype}`, 'compare first, as in gt(x, 0)');
  return whereOp(c, operand(a, b, 'where'), operand(b, a, 'where'));
}
