/** Nearest neighbours by the vector kernels: the same indices as the reference, whatever the numbers, with and without relaxed SIMD. */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { TypedArray } from '../../../src/graph/dtype.js';
import type { Metric } from '../../../src/kernels/distances.js';
import * as reference from '../../../src/kernels/neighbors.js';
import { simdNearest } from '../../../src/kernels/simd-neighbors.js';

const { nearest } = reference;

interface Case {
  readonly queries: TypedArray;
  readonly points: TypedArray;
  readonly d: number;
}

const METRICS: readonly Metric[] = ['l2', 'sqeuclidean', 'l1', 'cosine'];

/** The same numbers in every run: the generator of Numerical Recipes. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1;
}

function found(search: typeof nearest, { queries, points, d }: Case, metric: Metric, k: number, p = 2): Int32Array {
  const [n, m] = [queries.length / d, points.length / d];
  const out = { data: new Int32Array(n * k), shape: [n, k] };
  search({ data: queries, shape: [n, d] }, { data: points, shape: [m, d] }, out, { k, metric, p });
  return out.data;
}

/** Both searches find the same, the first without the help of the second unless numbers are out of its reach. */
function expectSame(data: Case, ks: readonly number[], metrics: readonly Metric[] = METRICS, reach = true): void {
  for (const metric of metrics) {
    for (const k of ks) {
      const helper = vi.spyOn(reference, 'nearest');
      const indices = found(simdNearest, data, metric, k);
      if (reach) expect(helper).not.toHaveBeenCalled();
      helper.mockRestore();
      expect(indices, `${String(metric)}, k ${k}`).toEqual(found(nearest, data, metric, k));
    }
  }
}

/** n queries and m points of d numbers, each f(row, column, random). */
function rows(n: number, m: number, d: number, f: (random: () => number, row: number, column: number) => number, single = false): Case {
  const random = numbers(n + 31 * m + 1009 * d);
  const make = (count: number): TypedArray => {
    const data = single ? new Float32Array(count * d) : new Float64Array(count * d);
    for (let i = 0; i < data.length; i++) data[i] = f(random, Math.floor(i / d), i % d);
    return data;
  };
  return { queries: make(n), points: make(m), d };
}

describe.each([
  ['float32', true],
  ['float64', false],
] as const)('%s', (_, single) => {
  // edges of 4 queries, 8 points, 64 queries, chunks of 28 and strides of 8 numbers; several blocks of points; one number a row
  test.each([
    [2, 40_000, 1],
    [1, 500, 33],
    [4, 5003, 2],
    [9, 700, 7],
    [5, 13, 784],
    [67, 129, 28],
    [66, 1100, 57],
    [130, 65, 96],
    [7, 300, 3000],
  ])('random: %i queries, %i points, %i wide', (n, m, d) => {
    expectSame(rows(n, m, d, (random) => random(), single), [1, 5]); // prettier-ignore
  });

  test('k of all points sorts them', () => {
    expectSame(rows(11, 333, 30, (random) => random(), single), [332, 333]); // prettier-ignore
  });

  test('duplicates: equals come by index', () => {
    const data = rows(20, 600, 40, (random) => random(), single);
    const { points, d } = data;
    for (let r = 100; r < 600; r++) points.copyWithin(r * d, (r % 100) * d, (r % 100) * d + d);
    data.queries.set(points.subarray(0, 10 * d));
    expectSame(data, [1, 8, 30]);
  });

  test('all rows are one', () => {
    expectSame(rows(9, 300, 20, () => 0.1, single), [1, 4]); // prettier-ignore
  });

  test('crowded, far from the origin; the sample is no sign of what follows', () => {
    const far = (random: () => number): number => 1e6 + (single ? 1 : 1e-4) * random();
    expectSame(rows(12, 900, 64, far, single), [1, 6]);
    const outliers = (random: () => number, row: number): number => random() * (row % 97 === 96 ? 1e9 : 1);
    expectSame(rows(100, 900, 64, outliers, single), [5]);
    const clusters = (random: () => number, row: number, column: number): number => Math.sin((row % 3) * 7 + column) + 1e-6 * random();
    expectSame(rows(30, 900, 64, clusters, single), [5]);
    expectSame(rows(30, 900, 64, (random, _, column) => random() * 10 ** (column % 20), single), [5]); // prettier-ignore
  });

  test('smooth rows in several blocks: sums of neighbours tell most of them apart', () => {
    const smooth = (random: () => number, row: number, column: number): number =>
      Math.sin(((row * 7919) % 1000) / 50 + column * 0.003) + 0.05 * random();
    expectSame(rows(90, 1500, 1024, smooth, single), [5]);
    // beginning smooth, ending crowded; then with duplicates, rows that are not finite, and outliers
    expectSame(
      rows(90, 1500, 1024, (random, row, column) => (row < 900 ? smooth(random, row, column) : 0.3 * random()), single),
      [5],
    );
    const data = rows(90, 1500, 1026, smooth, single);
    const { queries, points, d } = data;
    for (let r = 1000; r < 1400; r++) points.copyWithin(r * d, (r - 600) * d, (r - 599) * d);
    queries.set(points.subarray(300 * d, 340 * d));
    for (let r = 600; r < 1500; r += 70) points[r * d + (r % d)] = [NaN, Infinity, -Infinity, 1e30, -1e15][r % 5]!;
    queries[3 * d] = NaN;
    queries[22 * d] = 1e30;
    expectSame(data, [1, 6]);
  });

  test('sums of neighbours that are all zero, and differences that are nothing but such sums', () => {
    const alternating = (random: () => number, row: number, column: number): number =>
      (column % 2 ? 1 : -1) * (1 + (row % 900)) + 0 * random();
    expectSame(rows(40, 1800, 600, alternating, single), [3]);
    const step = (row: number, column: number): number => (Math.sin(row * 12.9898 + Math.floor(column / 4) * 78.233) * 43758.5453) % 1;
    expectSame(
      rows(40, 1800, 600, (_, row, column) => step(row, column), single),
      [3, 9],
    );
    // in groups closer than what 16 bits tell apart
    expectSame(
      rows(40, 1800, 600, (_, row, column) => step(row % 30, column) + 1e-3 * step(row + 7, column), single),
      [3, 9],
    );
  });

  test('NaN and infinity: last, by index', () => {
    const odd = (random: () => number, row: number): number => {
      const x = random();
      if (row % 7 === 3 && x > 0.8) return x > 0.9 ? NaN : x > 0.85 ? Infinity : -Infinity;
      return x;
    };
    const data = rows(16, 400, 33, odd, single);
    expectSame(data, [1, 5, 399, 400]);
    data.points.fill(NaN);
    expectSame(data, [5]);
  });

  test('numbers as large and as small as there are', () => {
    const [large, small] = single ? [1e38, 1e-44] : [1e307, 1e-323];
    for (const size of [large, small, Math.sqrt(large), Math.sqrt(small)]) expectSame(rows(8, 300, 24, (random) => size * random(), single), [5], METRICS, single); // prettier-ignore
    const mixed = (random: () => number, row: number): number => random() * [large, 1, Math.sqrt(large), small][row % 4]!;
    expectSame(rows(8, 300, 24, mixed, single), [5, 300], METRICS, single);
  });
});

test('whole numbers, and rows of two types', () => {
  const { queries, points, d } = rows(13, 500, 18, (random) => Math.round(3 * random()));
  expectSame({ queries: Int32Array.from(queries), points: Int32Array.from(points), d }, [7]);
  expectSame({ queries: Float32Array.from(queries), points, d }, [7]);
});

test('minkowski of 1 and 2', () => {
  const data = rows(13, 500, 18, (random) => random());
  for (const p of [1, 2]) expect(found(simdNearest, data, 'minkowski', 5, p)).toEqual(found(nearest, data, 'minkowski', 5, p));
});

test('any small whole numbers: many ties', () => {
  const cases = fc
    .record({ n: fc.integer({ min: 2, max: 9 }), d: fc.integer({ min: 1, max: 40 }), k: fc.integer({ min: 1, max: 20 }), most: fc.integer({ min: 1, max: 3 }) })
    .chain(({ n, d, k, most }) => {
      const m = Math.ceil((1 << 12) / (n * d)) + k;
      const value = fc.integer({ min: -most, max: most });
      const cells = (size: number): fc.Arbitrary<Int32Array> => fc.int32Array({ minLength: size, maxLength: size, min: -most, max: most });
      return fc.record({ d: fc.constant(d), k: fc.constant(k), queries: cells(n * d), points: cells(m * d), offset: value });
    }); // prettier-ignore
  fc.assert(
    fc.property(cases, ({ d, k, queries, points, offset }) => {
      const data = { queries, points: Float64Array.from(points, (x) => x + offset), d };
      for (const metric of METRICS) expect(found(simdNearest, data, metric, k)).toEqual(found(nearest, data, metric, k));
    }),
    { seed: 5, numRuns: 200 },
  );
});

test('how queries are cut changes nothing', () => {
  const data = rows(50, 800, 40, (random) => random());
  const whole = found(simdNearest, data, 'l2', 3);
  for (let q = 0; q < 50; q++) {
    const one = found(simdNearest, { ...data, queries: data.queries.slice(q * 40, (q + 1) * 40) }, 'l2', 3);
    expect(one).toEqual(whole.subarray(3 * q, 3 * q + 3));
  }
});

describe('other engines', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.resetModules();
  });

  test.each([
    ['none', (): boolean => false],
    ['plain', undefined],
  ])('%s: the same indices', async (kind, validate) => {
    const data = rows(20, 500, 50, (random) => random());
    const expected = METRICS.map((metric) => found(simdNearest, data, metric, 5));
    vi.resetModules();
    const real = WebAssembly.validate.bind(WebAssembly);
    let asked = 0;
    vi.spyOn(WebAssembly, 'validate').mockImplementation((bytes) => (validate ? validate() : asked++ > 0 && real(bytes)));
    const fresh = await import('../../../src/kernels/simd-neighbors.js');
    METRICS.forEach((metric, i) => { expect(found(fresh.simdNearest, data, metric, 5)).toEqual(expected[i]); }); // prettier-ignore
    if (kind === 'plain') expect(asked).toBe(2);
  });
});
