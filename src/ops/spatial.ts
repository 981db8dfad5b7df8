/**
 * @file What convolutions and pooling have in common: numbers for one or two spatial axes, and padding around them.
 */
import { UsageError } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import { pad } from './slicing.js';

/** A number for every spatial axis, or one each: rows, columns. */
export type PerAxis = number | readonly number[];

/** One number an axis, each a whole number from `least`. */
export function checkPerAxis(op: string, name: string, value: PerAxis, rank: number, least: 0 | 1): number[] {
  const list: number[] = typeof value === 'number' ? Array<number>(rank).fill(value) : [value].flat();
  if (list.length !== rank)
    throw new UsageError(op, `${name} must be a number${rank === 2 ? ' or a pair' : ''}`, `got [${list.join(', ')}]`);
  for (const n of list) {
    if (!Number.isSafeInteger(n) || n < least)
      throw new UsageError(op, `${name} must be a ${least === 1 ? 'positive' : 'non-negative'} integer`, `got ${String(n)}`);
  }
  return list;
}

/** The last axes of x with `value` around them. */
export function padded(x: Tensor, margins: readonly (readonly [number, number])[], value: number): Tensor {
  if (margins.every(([before, after]) => before === 0 && after === 0)) return x;
  const whole = Array.from({ length: x.ndim - margins.length }, (): [number, number] => [0, 0]);
  return pad(x, [...whole, ...margins], { value });
}
