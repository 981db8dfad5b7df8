/**
 * @file The running averages that optimizers keep.
 */
import type { Tensor } from '../graph/tensor.js';
import { add, mul, sub } from '../ops/arithmetic.js';
import { full } from '../ops/create.js';

/** A buffer like `w`, full of one number. */
export function fullLike(w: Tensor, value: number): Tensor {
  return full(w.shape, value, { dtype: w.dtype });
}

/** A buffer like `w`, empty. */
export function zerosLike(w: Tensor): Tensor {
  return fullLike(w, 0);
}

/** a + t·(b − a): the running average `a` after it has seen `b` with weight `t`, in the order of operations of torch's `lerp`. */
export function towards(a: Tensor, b: Tensor, t: number): Tensor {
  return t < 0.5 ? add(a, mul(sub(b, a), t)) : sub(b, mul(sub(b, a), 1 - t));
}

/** β·a + (1 − β)·x: a decaying average. */
export function decay(a: Tensor, x: Tensor, beta: number): Tensor {
  return add(mul(a, beta), mul(x, 1 - beta));
}
