/**
 * @file The non-linearities of networks that are no plain functions of a table: sigmoid, softplus, relu.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import * as loops from '../kernels/elementwise.js';
import { mul, neg } from './arithmetic.js';
import { elementwise, nonzero, type Op, reals } from './define.js';
import { gt, where } from './logic.js';

function sigmoidOf(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
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
