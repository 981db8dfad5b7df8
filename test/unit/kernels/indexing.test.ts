/** Reading and writing at indices, element by element, with indices of every type that holds them. */
import { describe, expect, test } from 'vitest';
import type { NdArray } from '../../../src/kernels/nd.js';
import { addRows, gatherAlong, oneHotRows, scatterAlong, takeRows } from '../../../src/kernels/indexing.js';
import { array, dtypes, integers, same, zeros } from './arrays.js';

const shapes = [[7], [4, 5], [3, 6, 2], [5, 100], [100, 5], [2, 3, 60], [1, 1]]; // prettier-ignore
const sizes = (shape: readonly number[], axis: number): [number, number, number] => {
  const product = (s: readonly number[]): number => s.reduce((a, b) => a * b, 1);
  return [product(shape.slice(0, axis)), shape[axis]!, product(shape.slice(axis + 1))];
};
/** Negative indices count from the end. */
const row = (indices: NdArray, i: number, n: number): number => (indices.data[i]! + n) % n;
const count = (m: number): number[] => Array.from({ length: m }, (_, i) => i);

describe.each(dtypes)('%s', (dtype) => {
  test.each(['int32', 'float64', 'float32'] as const)('by indices of %s', (type) => {
    for (const shape of shapes) {
      for (const axis of shape.keys()) {
        const [outer, n, inner] = sizes(shape, axis);
        for (const m of [0, 1, 9]) {
          const at = integers([m], -n, n - 1, type);
          const along = shape.map((l, a) => (a === axis ? m : l));
          const x = array(shape, dtype);
          const [taken, want] = [zeros(along, dtype), zeros(along, dtype)];
          takeRows(x, at, taken, axis);
          const g = array(along, dtype);
          const [added, sums] = [zeros(shape, dtype), zeros(shape, dtype)];
          addRows(g, at, added, axis);
          const each = integers(along, -n, n - 1, type);
          const [gathered, chosen] = [zeros(along, dtype), zeros(along, dtype)];
          gatherAlong(x, each, gathered, axis, 'gather', 'indices');
          const [scattered, heaps] = [zeros(shape, dtype), zeros(shape, dtype)];
          scatterAlong(g, each, scattered, axis);
          for (const o of count(outer)) {
            for (const j of count(m)) {
              for (const i of count(inner)) {
                const k = (o * m + j) * inner + i;
                const [from, place] = [(o * n + row(at, j, n)) * inner + i, (o * n + row(each, k, n)) * inner + i];
                want.data[k] = x.data[from]!;
                sums.data[from]! += g.data[k]!;
                chosen.data[k] = x.data[place]!;
                heaps.data[place]! += g.data[k]!;
              }
            }
          }
          const call = `[${shape}] axis ${axis}, ${m} indices`;
          expect(same(taken.data, want.data), `take ${call}`).toBe('');
          expect(same(added.data, sums.data), `indexAdd ${call}`).toBe('');
          expect(same(gathered.data, chosen.data), `gather ${call}`).toBe('');
          expect(same(scattered.data, heaps.data), `scatter ${call}`).toBe('');
        }
      }
    }
  });

  test('one-hot rows', () => {
    const labels = integers([50], 0, 6);
    const out = zeros([50, 7], dtype);
    oneHotRows(labels, out, 7);
    expect(
      same(
        out.data,
        out.data.map((_: number, i: number) => (labels.data[Math.floor(i / 7)] === i % 7 ? 1 : 0)),
      ),
    ).toBe('');
  });
});

test.each([
  [3, 'take: index 3 is out of range: indices[1]: the axis has 3 entries: -3 … 2'],
  [-4, 'take: index -4 is out of range: indices[1]: the axis has 3 entries: -3 … 2'],
  [2 ** 32, 'take: index 4294967296 is out of range: indices[1]: the axis has 3 entries: -3 … 2'],
  [0.5, 'take: indices must be integers: indices[1] is 0.5'],
  [NaN, 'take: indices must be integers: indices[1] is NaN'],
  [Infinity, 'take: indices must be integers: indices[1] is Infinity'],
])('index %d is refused', (bad, message) => {
  const at = { data: Float64Array.of(0, bad), shape: [2] };
  expect(() => takeRows(array([3], 'float64'), at, zeros([2], 'float64'), 0)).toThrow(message);
});
