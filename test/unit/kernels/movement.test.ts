/** Movement of elements, index by index, on random shapes: short and long runs, empty axes, steps backwards. */
import { describe, expect, test } from 'vitest';
import { stridesOf } from '../../../src/graph/shape.js';
import { embedSpans, join, permute, sliceSpans, type Span } from '../../../src/kernels/movement.js';
import { array, dtypes, int, same, zeros } from './arrays.js';

const lengths = [0, 1, 2, 3, 5, 33, 50];
const someShape = (): number[] => {
  const shape = Array.from({ length: int(1, 4) }, () => lengths[int(0, 4)]!);
  shape[int(0, shape.length - 1)] = lengths[int(0, lengths.length - 1)]!;
  return shape;
};
const coordinates = (shape: readonly number[], i: number): number[] =>
  stridesOf(shape).map((stride, axis) => Math.floor(i / stride) % shape[axis]!);
const offset = (shape: readonly number[], index: readonly number[]): number =>
  stridesOf(shape).reduce((s, stride, axis) => s + stride * index[axis]!, 0);

describe.each(dtypes)('%s', (dtype) => {
  test('permute', () => {
    for (const fixed of [[60, 70], [33, 2, 40], [1, 1], ...Array.from({ length: 60 }, someShape)]) {
      const perm = fixed.map((_, i) => i).sort(() => int(0, 1) - 0.5);
      const x = array(fixed, dtype);
      const out = zeros(perm.map((p) => fixed[p]!), dtype); // prettier-ignore
      permute(x, out, perm);
      const want = out.data.map((_: number, i: number) => {
        const to = coordinates(out.shape, i);
        return x.data[offset(fixed, fixed.map((_, axis) => to[perm.indexOf(axis)]!))]!; // prettier-ignore
      });
      expect(same(out.data, want), `[${fixed}] by ${perm}`).toBe('');
    }
  });

  test('slices, and back', () => {
    for (let k = 0; k < 80; k++) {
      const shape = someShape();
      const spans = shape.map((n): Span => {
        const [start, step] = [int(0, Math.max(0, n - 1)), [1, 1, 2, -1, -3][int(0, 4)]!];
        const most = n === 0 ? 0 : step > 0 ? Math.ceil((n - start) / step) : Math.floor(start / -step) + 1;
        return { start, step, count: int(0, 3) === 0 ? int(0, most) : most };
      });
      const counts = spans.map((s) => s.count);
      const [x, out] = [array(shape, dtype), zeros(counts, dtype)];
      sliceSpans(x, out, spans);
      const from = (i: number): number => offset(shape, coordinates(counts, i).map((c, a) => spans[a]!.start + c * spans[a]!.step)); // prettier-ignore
      expect(
        same(
          out.data,
          out.data.map((_: number, i: number) => x.data[from(i)]!),
        ),
        `[${shape}]`,
      ).toBe('');
      const [back, want] = [zeros(shape, dtype), zeros(shape, dtype)];
      embedSpans(out, back, spans);
      out.data.forEach((v: number, i: number) => (want.data[from(i)] = v));
      expect(same(back.data, want.data), `back to [${shape}]`).toBe('');
    }
  });

  test('join', () => {
    for (const [shape, axis, parts] of [
      [[3, 4, 2], 1, [1, 0, 3]],
      [[40, 10], 1, [10, 1]],
      [[2, 60], 0, [1, 2, 3]],
      [[5, 70], 1, [70, 30]],
      [[0, 3], 1, [3]],
    ] as const) {
      // prettier-ignore
      const xs = parts.map((n) => array(shape.map((m, a) => (a === axis ? n : m)), dtype)); // prettier-ignore
      const out = zeros(shape.map((m, a) => (a === axis ? parts.reduce<number>((p, q) => p + q, 0) : m)), dtype); // prettier-ignore
      join(xs, out, axis);
      const want = out.data.map((_: number, i: number) => {
        const index = coordinates(out.shape, i);
        const k = parts.findIndex((_, p) => parts.slice(0, p + 1).reduce<number>((a, b) => a + b, 0) > index[axis]!);
        index[axis]! -= parts.slice(0, k).reduce<number>((a, b) => a + b, 0);
        return xs[k]!.data[offset(xs[k]!.shape, index)]!;
      });
      expect(same(out.data, want)).toBe('');
    }
  });
});
