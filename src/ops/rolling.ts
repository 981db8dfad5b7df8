/**
 * @file Elements moved around an axis, and repeated along it.
 */
import { type TensorLike, tensor, toTensor } from '../graph/create.js';
import { checkList, checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { normalizeAxis, showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { take } from './indexing.js';
import { broadcastTo, reshape } from './shaping.js';
import { concat, slice } from './slicing.js';

function listOf(op: string, name: string, x: number | readonly number[], example: string): readonly number[] {
  if (typeof x === 'number') return [x];
  checkList(op, name, x, example);
  return x;
}

/** Options of `roll`. */
export interface RollOptions {
  /** One axis for each shift; left out, x is rolled as one long row. */
  axis?: number | readonly number[];
}

/**
 * Elements moved along axes by `shift` places, what falls off the end coming back at the front: out[i] = x[(i − shift) mod n]. Without an
 * axis x is rolled as one long row and keeps its shape.
 * @throws UsageError unless shifts are integers, one an axis.
 * @see numpy.roll
 * @example
 * roll([1, 2, 3, 4], 1); // → [4, 1, 2, 3]
 * roll([[1, 2, 3], [4, 5, 6]], [1, -1], { axis: [0, 1] }); // → [[5, 6, 4], [2, 3, 1]]
 */
export function roll(x: TensorLike, shift: number | readonly number[], options: RollOptions = {}): Tensor {
  checkOptions('roll', options, ['axis']);
  const t = toTensor(x, 'roll');
  const shifts = listOf('roll', 'shift', shift, 'roll(x, 1)');
  for (const s of shifts) if (!Number.isInteger(s)) throw new UsageError('roll', 'a shift is an integer', String(s));
  const axes = options.axis === undefined ? [0] : listOf('roll', 'axis', options.axis, 'roll(x, 1, { axis: 0 })');
  if (shifts.length !== axes.length)
    throw new UsageError(
      'roll',
      'needs one shift an axis',
      `${shifts.length} shifts, ${axes.length} ${axes.length === 1 ? 'axis' : 'axes'}`,
    );
  if (options.axis === undefined) return reshape(rolled(reshape(t, [-1]), shifts[0]!, 0), t.shape);
  return axes.reduce((y, axis, i) => rolled(y, shifts[i]!, normalizeAxis('roll', axis, t.ndim)), t);
}

function rolled(x: Tensor, shift: number, axis: number): Tensor {
  const n = x.shape[axis]!;
  const by = n === 0 ? 0 : ((shift % n) + n) % n;
  if (by === 0) return x;
  const part = (start: number, stop: number): Tensor => slice(x, x.shape.map((_, a) => (a === axis ? [start, stop] : []))); // prettier-ignore
  return concat([part(n - by, n), part(0, n - by)], { axis });
}

function checkRepeats(op: string, counts: readonly number[]): void {
  for (const n of counts)
    if (!Number.isInteger(n) || n < 0) throw new UsageError(op, 'repetitions are non-negative integers', `[${counts.join()}]`);
}

/**
 * x as a tile, laid `reps` times along each axis; for more numbers than axes x gets new axes in front, for fewer the first axes stay.
 * @throws UsageError unless all numbers are non-negative integers.
 * @see numpy.tile; x.repeat of PyTorch
 * @example
 * tile([1, 2], 2); // → [1, 2, 1, 2]
 * tile([1, 2], [2, 1]); // → [[1, 2], [1, 2]]
 */
export function tile(x: TensorLike, reps: number | readonly number[]): Tensor {
  const t = toTensor(x, 'tile');
  const given = listOf('tile', 'reps', reps, 'tile(x, [2, 1])');
  checkRepeats('tile', given);
  const rank = Math.max(t.ndim, given.length);
  const shape = [...Array<number>(rank - t.ndim).fill(1), ...t.shape];
  const counts = [...Array<number>(rank - given.length).fill(1), ...given];
  // each axis of length n becomes [1, n], repeated to [count, n], and count·n again
  const apart = reshape(t, shape.flatMap((n) => [1, n])); // prettier-ignore
  const all = broadcastTo(apart, shape.flatMap((n, i) => [counts[i]!, n])); // prettier-ignore
  return reshape(all, shape.map((n, i) => n * counts[i]!)); // prettier-ignore
}

/** Options of `repeat`. */
export interface RepeatOptions {
  /** The axis; left out, the elements of all axes as one row. */
  axis?: number;
}

/**
 * Every element `repeats` times in a row along an axis; a list says how often for each. Without an axis the elements are one row.
 * @throws UsageError unless numbers are non-negative integers; ShapeError for a list of another length than the axis.
 * @see numpy.repeat; torch.repeat_interleave (x.repeat of PyTorch is `tile`)
 * @example
 * repeat([1, 2], 2); // → [1, 1, 2, 2]
 * repeat([[1, 2], [3, 4]], [1, 2], { axis: 0 }); // → [[1, 2], [3, 4], [3, 4]]
 */
export function repeat(x: TensorLike, repeats: number | readonly number[], options: RepeatOptions = {}): Tensor {
  checkOptions('repeat', options, ['axis']);
  const given = toTensor(x, 'repeat');
  checkRepeats('repeat', listOf('repeat', 'repeats', repeats, 'repeat(x, 2)'));
  const t = options.axis === undefined ? reshape(given, [-1]) : given;
  const axis = normalizeAxis('repeat', options.axis ?? 0, t.ndim);
  const n = t.shape[axis]!;
  const [before, after] = [t.shape.slice(0, axis), t.shape.slice(axis + 1)];
  if (typeof repeats === 'number')
    return reshape(broadcastTo(reshape(t, [...before, n, 1, ...after]), [...before, n, repeats, ...after]), [
      ...before,
      n * repeats,
      ...after,
    ]);
  if (repeats.length !== n)
    throw new ShapeError(
      'repeat',
      'needs one number for each entry of the axis',
      `${repeats.length} numbers, x ${showShape(t.shape)}, axis ${axis}`,
    );
  return take(t, tensor(Int32Array.from(repeats.flatMap((count, i) => Array<number>(count).fill(i)))), { axis });
}
