/**
 * @file Log-sum-exp and what is composed of it.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions } from '../graph/errors.js';
import { type Axes, keepAsOnes, normalizeAxis, type Shape, sizeOf } from '../graph/shape.js';
import type { FitsAxes, Reduced } from '../graph/axis-types.js';
import type { Tensor } from '../graph/tensor.js';
import { logSumExpRows } from '../kernels/reduce.js';
import type { AxisOptions } from './along.js';
import { mul, sub } from './arithmetic.js';
import { defineOp, floatOf, type Op, reals } from './define.js';
import { exp } from './exponential.js';
import { eq, where } from './logic.js';
import { someRows } from './samples.js';
import { reshape, transpose } from './shaping.js';
import { reduceAttrs, type ReduceOptions, spread } from './sum.js';

const logsumexpOp: Op<['x']> = defineOp({
  name: 'logsumexp',
  inputs: ['x'],
  doc: 'ln Σ e^x over the last axis, stable; −∞ with gradient 0 where all are −∞',
  shape: ([x]) => x!.shape.slice(0, -1),
  dtype: floatOf,
  kernel: ([x], out) => logSumExpRows(x!, out),
  // d/dx = e^(x − out) = softmax; x − (−∞) is left at −∞ so that a row of −∞ gets 0
  vjp: {
    x: ({ g, x, out }) => {
      const top = spread(where(eq(out, -Infinity), 0, out), [x.ndim - 1], x.shape);
      return mul(spread(g, [x.ndim - 1], x.shape), exp(sub(x, top)));
    },
  },
  batch: ([x]) => logsumexpOp(x!),
  sample: (draw) => ({ inputs: [draw.values(someRows(draw), reals)], attrs: undefined }),
});

/**
 * ln Σ e^x over axes (all when left out), without overflow and without losing tiny terms beside the largest.
 * All −∞ gives −∞, with gradient 0.
 * @example
 * logsumexp([1000, 1000]).item() - 1000; // → 0.693147
 */
export function logsumexp<S extends Shape, const A extends Axes | undefined = undefined, K extends boolean = false>(
  x: TensorLike<S>,
  options: (ReduceOptions<A, K> & FitsAxes<S, A>) | undefined,
): Tensor<Reduced<S, A, K>>;
export function logsumexp(x: TensorLike): Tensor<readonly []>;
export function logsumexp(x: TensorLike, options?: ReduceOptions): Tensor {
  const t = toTensor(x, 'logsumexp');
  const { axes, keepdims } = reduceAttrs('logsumexp', t, options);
  const kept = [...t.shape.keys()].filter((a) => !axes.includes(a));
  const order = [...kept, ...axes];
  const rows = reshape(transpose(t, order), [...kept.map((a) => t.shape[a]!), sizeOf(axes.map((a) => t.shape[a]!))]);
  const out = logsumexpOp(rows);
  return keepdims ? reshape(out, keepAsOnes(t.shape, axes)) : out;
}

/**
 * Softmax along an axis (default the last): e^x / Σ e^x, stable (lectures 000:360, 003:643).
 * @example
 * softmax([1000, 1001, 1002]); // → [0.0900306, 0.244728, 0.665241]
 */
export function softmax<S extends Shape, A extends number>(
  x: TensorLike<S>,
  options: (AxisOptions<A> & FitsAxes<S, A>) | undefined,
): Tensor<S>;
export function softmax<S extends Shape>(x: TensorLike<S>): Tensor<S>;
export function softmax(x: TensorLike, options?: AxisOptions): Tensor {
  checkOptions('softmax', options, ['axis']);
  return exp(logSoftmaxAlong('softmax', toTensor(x, 'softmax'), options?.axis));
}

/**
 * Logarithm of the softmax along an axis (default the last): x − ln Σ e^x.
 * @example
 * logSoftmax([0, 0]); // → [-0.693147, -0.693147]
 */
export function logSoftmax<S extends Shape, A extends number>(
  x: TensorLike<S>,
  options: (AxisOptions<A> & FitsAxes<S, A>) | undefined,
): Tensor<S>;
export function logSoftmax<S extends Shape>(x: TensorLike<S>): Tensor<S>;
export function logSoftmax(x: TensorLike, options?: AxisOptions): Tensor {
  checkOptions('logSoftmax', options, ['axis']);
  return logSoftmaxAlong('logSoftmax', toTensor(x, 'logSoftmax'), options?.axis);
}

function logSoftmaxAlong(op: string, x: Tensor, axis = -1): Tensor {
  return sub(x, logsumexp(x, { axis: normalizeAxis(op, axis, x.ndim), keepdims: true }));
}
