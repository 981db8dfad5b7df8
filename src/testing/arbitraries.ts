/**
 * @file fast-check arbitraries of tensors, and the adapter that lets fast-check draw (and shrink) the samples of an op.
 */
import fc from 'fast-check';
import { convert } from '../graph/create.js';
import { UsageError } from '../graph/errors.js';
import { type Shape, sizeOf } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import { type Domain, type Draw, reals } from '../ops/define.js';

/** Samples are multiples of this, so that values of a domain that must be apart are. */
const GRID = 1 / 64;

/** Shapes of a rank between 0 and `maxRank`, with axes of 1 to `maxLength`. */
export function shapes(options: { maxRank?: number; maxLength?: number } = {}): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: 1, max: options.maxLength ?? 3 }), { maxLength: options.maxRank ?? 3 });
}

/** Grid points of a domain: between its bounds, away from the points it avoids. */
function gridOf({ min, max, avoid = [], integers = false }: Domain): number[] {
  const step = integers ? 1 : GRID;
  const points: number[] = [];
  for (let k = Math.ceil(min / step); k * step <= max; k++) {
    // a third of a step off the grid of round numbers, where kinks like to be
    const v = integers ? k : k * step + step / 3;
    if (v <= max && avoid.every((a) => Math.abs(a - v) >= 0.01)) points.push(v);
  }
  return points;
}

function fromFlat(shape: Shape, values: readonly number[]): Tensor {
  return new Tensor(shape, 'float64', convert(values, 'float64'), null);
}

/** float64 tensors of a shape with values of a domain. */
export function tensors(shape: Shape, domain: Domain = reals): fc.Arbitrary<Tensor> {
  const points = gridOf(domain);
  const n = sizeOf(shape);
  const value = fc.constantFrom(...points);
  const list =
    domain.distinct === true ? fc.uniqueArray(value, { minLength: n, maxLength: n }) : fc.array(value, { minLength: n, maxLength: n });
  return list.map((values) => fromFlat(shape, values));
}

/** A tape of choices: fast-check shrinks it towards zeros, so samples shrink towards small shapes and small values. */
export const choices: fc.Arbitrary<number[]> = fc.array(fc.nat(0xffff), { minLength: 160, maxLength: 160, size: 'max' });

/** What one law needs for one call. */
export interface Drawing extends Draw {
  /** Numbers in [−1, 1] other than 0, for cotangents and directions. */
  numbers(n: number): number[];
}

/**
 * A `Draw` for one call: what `sample` of an op's record asks for, read off a tape of choices (again from its start when it ends).
 * Values of domains that are `distinct` never tie, over all inputs of the call.
 */
export function drawFrom(tape: readonly number[]): Drawing {
  let at = 0;
  const next = (n: number): number => (tape[at++ % tape.length] ?? 0) % n;
  const used = new Set<number>();
  return {
    int: (low, high) => low + next(high - low + 1),
    pick: (values) => values[next(values.length)]!,
    numbers: (n) => Array.from({ length: n }, () => (next(2) === 0 ? 1 : -1) * ((1 + next(64)) / 64)),
    values: (shape, domain) => {
      const grid = gridOf(domain);
      const values = Array.from({ length: sizeOf(shape) }, () => {
        if (domain.distinct !== true) return grid[next(grid.length)]!;
        const free = grid.filter((v) => !used.has(v));
        if (free.length === 0) throw new UsageError('drawFrom', 'the domain has too few values');
        const v = free[next(free.length)]!;
        used.add(v);
        return v;
      });
      return fromFlat(shape, values);
    },
  };
}
