/** Draws by the vector kernels have the bits of the loop, from any counter on. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  fillIntegers,
  fillNormal,
  fillPermutation,
  fillUniform,
  normalQuantile,
  type StreamPosition,
  uniformAt,
} from '../../../src/kernels/random.js';
import { wasmKernels } from '../../../src/kernels/wasm.js';
import { same } from './arrays.js';

const positions: StreamPosition[] = [
  { key: [1, 2], counter: 0 },
  { key: [0xffffffff, 0x80000000], counter: 7 },
  { key: [5, 0], counter: 2 ** 32 - 20 },
  { key: [0, 0], counter: 2 ** 40 + 3 },
];
const lengths = [0, 1, 31, 32, 33, 1000, 8192, 8193, 20_001];

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each([Float32Array, Float64Array])('%o', (Storage) => {
  const single = Storage === Float32Array;
  test('uniform', () => {
    for (const at of positions) {
      for (const n of lengths) {
        const got = new Storage(n);
        fillUniform(got, at, -3, 0.7);
        const want = new Storage(n).map((_, i) => {
          const u = uniformAt(at, i);
          const v = new Storage([-3 + 3.7 * (single ? Math.floor(u * 2 ** 24) / 2 ** 24 : u)])[0]!;
          return v >= 0.7 ? -3 : v;
        });
        expect(same(got, want)).toBe('');
      }
    }
  });

  test('normal', () => {
    for (const at of positions) {
      const got = new Storage(9000);
      fillNormal(got, at, 1, 2);
      expect(
        same(
          got,
          new Storage(9000).map((_, i) => 1 + 2 * normalQuantile(Math.max(uniformAt(at, i), 2 ** -54))),
        ),
      ).toBe('');
    }
  });
});

test('integers and permutations', () => {
  for (const at of positions) {
    for (const n of lengths) {
      const [got, order] = [new Int32Array(n), new Int32Array(n)];
      fillIntegers(got, at, -5, 2 ** 31);
      expect(
        same(
          got,
          new Int32Array(n).map((_, i) => -5 + Math.floor(uniformAt(at, i) * (2 ** 31 + 5))),
        ),
      ).toBe('');
      fillPermutation(order, at);
      const want = Int32Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = Math.floor(uniformAt(at, i) * (i + 1));
        [want[i], want[j]] = [want[j]!, want[i]!];
      }
      expect(same(order, want)).toBe('');
    }
  }
});

test('from 32 draws on the kernel makes them', () => {
  const kernel = vi.spyOn(wasmKernels()!.parts, 'uniformF64');
  fillUniform(new Float64Array(31), positions[0]!, 0, 1);
  expect(kernel).not.toHaveBeenCalled();
  fillUniform(new Float64Array(32), positions[0]!, 0, 1);
  expect(kernel).toHaveBeenCalledTimes(1);
});
