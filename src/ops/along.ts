/**
 * @file Functions along one axis.
 */
import { normalizeAxis } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { transpose } from './shaping.js';

/** Options of functions along one axis. */
export interface AxisOptions<A extends number = number> {
  /** The axis; default −1, the last. */
  axis?: A;
}

/** `x` with `axis` moved to the end, and the way back for a result with the same rank. */
export function lastAxis(op: string, x: Tensor, axis: number): { moved: Tensor; back: (y: Tensor) => Tensor; axis: number } {
  const at = normalizeAxis(op, axis, x.ndim);
  if (at === x.ndim - 1) return { moved: x, back: (y) => y, axis: at };
  const order = [...x.shape.keys()].filter((a) => a !== at);
  const back = [...order.keys()];
  back.splice(at, 0, x.ndim - 1);
  return { moved: transpose(x, [...order, at]), back: (y) => transpose(y, back), axis: at };
}
