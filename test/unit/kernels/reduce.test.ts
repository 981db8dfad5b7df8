/** Reductions over all choices of axes, against the definition; rows by the vector kernels and by the loops alike. */
import { describe, expect, test, vi } from 'vitest';
import type { DType } from '../../../src/graph/dtype.js';
import { keepAsOnes } from '../../../src/graph/shape.js';
import { argExtremum, extremumTo, recurrenceRows, sumTo } from '../../../src/kernels/reduce.js';
import { wasmKernels } from '../../../src/kernels/wasm.js';
import { array, dtypes, positions, same, zeros } from './arrays.js';

const shapes = [[1], [7], [5, 3], [3, 1, 4], [2, 3, 4, 5], [40, 50], [9, 1, 60], [3000], [2, 0, 3], [0]]; // prettier-ignore
const subsets = (rank: number): number[][] =>
  Array.from({ length: 2 ** rank }, (_, bits) => Array.from({ length: rank }, (_, a) => a).filter((a) => (bits >> a) & 1));

describe.each(dtypes)('%s', (dtype) => {
  test('sums', () => {
    const type: DType = dtype === 'int32' ? 'float64' : dtype === 'bool' ? 'int32' : dtype;
    for (const shape of shapes) {
      for (const axes of subsets(shape.length)) {
        const kept = keepAsOnes(shape, axes);
        const x = array(shape, dtype);
        // infinities and NaN have one answer in any order, but 1e-40 beside 3e38 is a matter of rounding
        const [got, size] = [zeros(kept, type).data, zeros(kept, 'float64').data];
        const want = zeros(kept, 'float64').data;
        sumTo(x, got, axes);
        positions(kept, shape).forEach((o, i) => {
          want[o]! += x.data[i]!;
          size[o]! += Math.abs(x.data[i]!);
        });
        const epsilon = type === 'float32' ? 2 ** -23 : (x.data.length + 1) * 2 ** -53;
        want.forEach((w: number, o: number) => {
          const v = got[o]!;
          if (!Object.is(v, w) && !(v === w) && !(Math.abs(v - w) <= epsilon * size[o]!) && !Object.is(v, Math.fround(w)))
            expect.fail(`[${shape}] over ${axes}: ${v} for ${w}`);
        });
      }
    }
  });

  test.each([1, -1] as const)('extrema: sign %i', (sign) => {
    for (const shape of shapes) {
      for (const axes of subsets(shape.length).filter((s) => s.every((a) => shape[a] !== 0))) {
        const kept = keepAsOnes(shape, axes);
        const [x, got] = [array(shape, dtype), zeros(kept, dtype)];
        extremumTo(x, got, sign);
        const seen = new Map<number, number>();
        positions(kept, shape).forEach((o, i) => {
          const [v, best] = [x.data[i]!, seen.get(o)];
          if (best === undefined || v * sign > best * sign || (Number.isNaN(v) && !Number.isNaN(best))) seen.set(o, v);
        });
        expect(
          same(
            got.data,
            got.data.map((_: number, o: number) => seen.get(o)!),
          ),
          `[${shape}] over ${axes}`,
        ).toBe('');
      }
    }
  });

  test.each([1, -1] as const)('where extrema are: sign %i', (sign) => {
    for (const [rows, n] of [
      [1, 1],
      [4, 7],
      [300, 3],
      [3, 300],
      [900, 33],
      [1, 20_000],
      [0, 5],
    ] as const) {
      // prettier-ignore
      const [x, got] = [array([rows, n], dtype), zeros([rows], 'int32')];
      argExtremum(x, got, sign);
      for (let r = 0; r < rows; r++) {
        const row = Array.from(x.data.subarray(r * n, (r + 1) * n));
        const nan = row.findIndex(Number.isNaN);
        const extreme = row.reduce((a, b) => (b * sign > a * sign ? b : a));
        expect(got.data[r], `row ${r} of [${rows}, ${n}]`).toBe(nan >= 0 ? nan : row.indexOf(extreme));
      }
    }
  });
});

test('large rows go to the kernel, small ones do not', () => {
  const kernel = vi.spyOn(wasmKernels()!.parts, 'argmaxF32');
  argExtremum(array([25, 10], 'float32'), zeros([25], 'int32'), 1);
  expect(kernel).not.toHaveBeenCalled();
  argExtremum(array([26, 10], 'float32'), zeros([26], 'int32'), 1);
  expect(kernel).toHaveBeenCalledTimes(1);
  kernel.mockRestore();
});

test.each(['float32', 'float64'] as const)('recurrence of %s', (dtype) => {
  for (const [rows, n] of [
    [1, 1],
    [3, 5],
    [20, 100],
    [0, 3],
    [3, 0],
  ] as const) {
    // prettier-ignore
    const [a, b, got] = [array([rows, n], dtype), array([rows, n], dtype), zeros([rows, n], dtype)];
    recurrenceRows(a, b, got);
    const want = zeros([rows, n], dtype).data;
    for (let i = 0, s = 0; i < want.length; i++) want[i] = s = i % n === 0 ? b.data[i]! : a.data[i]! * s + b.data[i]!;
    expect(same(got.data, want)).toBe('');
  }
});
