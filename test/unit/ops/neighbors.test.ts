import {
  DTypeError,
  Generator,
  GradError,
  grad,
  gradcheck,
  kNearest,
  type Metric,
  normal,
  pairwiseDistance,
  record,
  ShapeError,
  sum,
  tensor,
  type Tensor,
  uniform,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

/** Every distance in plain numbers, then a sort: equal distances by index. */
function bruteForce(q: Tensor, p: Tensor, k: number, distance: (a: Float64Array, b: Float64Array) => number): number[][] {
  const row = (x: Tensor, i: number): Float64Array => Float64Array.from(x.data.subarray(i * x.shape[1]!, (i + 1) * x.shape[1]!));
  return Array.from({ length: q.shape[0]! }, (_, i) => {
    const far = Array.from({ length: p.shape[0]! }, (_unused, j) => distance(row(q, i), row(p, j)));
    return far
      .map((_unused, j) => j)
      .sort((a, b) => far[a]! - far[b]! || a - b)
      .slice(0, k);
  });
}

const total = (d: Float64Array): number => d.reduce((a, b) => a + b, 0);
const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, i) => Math.abs(v - b[i]!));
const metrics: Record<string, (a: Float64Array, b: Float64Array) => number> = {
  l1: (a, b) => total(difference(a, b)),
  l2: (a, b) => total(difference(a, b).map((d) => d * d)),
  chebyshev: (a, b) => Math.max(...difference(a, b)),
};

// the lecture's test image and training image, lecture 001:185
const image = new Uint8Array([56, 32, 10, 18, 90, 23, 128, 133, 24, 26, 178, 200, 2, 0, 255, 220]);
const training = new Uint8Array([10, 20, 24, 17, 8, 10, 89, 100, 12, 16, 178, 170, 4, 32, 233, 112]);

describe('kNearest', () => {
  test('456 on the grid of the lecture in L1, 162.11 in L2: bytes never wrap', () => {
    const [a, b] = [tensor(image, { shape: [1, 16] }), tensor(training, { shape: [1, 16] })];
    expect(kNearest(a, b, { k: 1, metric: 'l1' }).distances.item()).toBe(456);
    expect(kNearest(a, b, { k: 1 }).distances.item()).toBeCloseTo(162.11, 2);
    expect(pairwiseDistance(a, b, { metric: 'l1' }).item()).toBe(456);
  });

  test('equal distances come by index, nearest first', () => {
    const { indices, distances } = kNearest([[0]], [[2], [-1], [1], [-2], [1]], { k: 5 });
    expect(indices.toArray()).toEqual([[1, 2, 4, 0, 3]]);
    expect(distances.toArray()).toEqual([[1, 1, 1, 2, 2]]);
  });

  const generator = new Generator(7);
  const clustered = (n: number, d: number): Tensor =>
    normal([n, 1], { generator })
      .mul(normal([1, d], { generator }))
      .add(uniform([n, d], { generator }));
  const cases: [string, Tensor, Tensor][] = [
    ['few columns', uniform([9, 3], { generator }), uniform([500, 3], { generator })],
    ['crowded points of many columns, several blocks', uniform([40, 90], { generator }), uniform([4000, 90], { generator })],
    ['points that summaries tell apart', clustered(30, 130), clustered(2500, 130)],
    [
      'far from the origin, close together',
      uniform([8, 64], { generator }).mul(1e-4).add(1e6),
      uniform([1500, 64], { generator }).mul(1e-4).add(1e6),
    ],
    ['many ties', uniform([20, 60], { generator }).mul(2).cast('int32'), uniform([1500, 60], { generator }).mul(2).cast('int32')],
    ['more rows than a block', uniform([600, 60], { generator }), uniform([50, 60], { generator })],
  ];
  test.each(cases.flatMap(([name, q, p]) => Object.keys(metrics).map((metric) => [name, metric, q, p] as const)))(
    'exact: %s, %s',
    (_, metric, q, p) => {
      const found = kNearest(q, p, { k: 7, metric: metric as Metric }).indices.toArray();
      expect(found).toEqual(bruteForce(q, p, 7, metrics[metric]!));
    },
  );

  test('k of all points sorts them', () => {
    const [q, p] = [uniform([3, 4], { generator }), uniform([300, 4], { generator })];
    expect(kNearest(q, p, { k: 300 }).indices.toArray()).toEqual(bruteForce(q, p, 300, metrics['l2']!));
  });

  test('cosine: direction alone counts, a zero row is 1 away from everything', () => {
    const { indices, distances } = kNearest(
      [[1, 1]],
      [
        [0, 0],
        [5, 5],
        [1, 0],
        [-2, -2],
      ],
      { k: 4, metric: 'cosine' },
    );
    expect(indices.toArray()).toEqual([[1, 2, 0, 3]]);
    expect(distances.data[0]).toBeCloseTo(0, 15);
    expect([...distances.data.subarray(1)]).toEqual([1 - Math.SQRT1_2, 1, 2].map((v) => expect.closeTo(v, 12) as number));
    expect(kNearest([[0, 0]], [[0, 0]], { k: 1, metric: 'cosine' }).distances.item()).toBe(1);
  });

  test('a function as metric, minkowski of 1 and infinity', () => {
    const points = [
      [3, 1],
      [0, 2],
      [1, 1],
    ];
    expect(kNearest([[0, 0]], points, { k: 1, metric: (a, b) => Math.abs(a[1]! - b[1]!) }).indices.item()).toBe(0);
    expect(kNearest([[0, 0]], points, { k: 3, metric: 'minkowski', p: 1 }).distances.toArray()).toEqual([[2, 2, 4]]);
    expect(kNearest([[0, 0]], points, { k: 3, metric: 'minkowski', p: Infinity }).distances.toArray()).toEqual([[1, 2, 3]]);
  });

  test('NaN comes last', () => {
    const { indices, distances } = kNearest([[0]], [[NaN], [4], [NaN], [2]], { k: 4 });
    expect(indices.toArray()).toEqual([[3, 1, 0, 2]]);
    expect([...distances.data]).toEqual([2, 4, NaN, NaN]);
  });

  test('dtypes: float32 stays, integers become float64', () => {
    const single = new Float32Array([1, 2]);
    expect(kNearest(tensor(single, { shape: [1, 2] }), tensor(single, { shape: [1, 2] }), { k: 1 }).distances.dtype).toBe('float32');
    expect(kNearest(tensor(image, { shape: [1, 16] }), tensor(training, { shape: [1, 16] }), { k: 1 }).distances.dtype).toBe('float64');
  });

  test('is recorded like any other op', () => {
    const tape = record(
      (x: Tensor) =>
        kNearest(
          x,
          [
            [1, 1],
            [0, 0],
          ],
          { k: 1 },
        ).indices,
      tensor([[0, 0.1]]),
    );
    expect(tape.entries.map((e) => e.op)).toContain('kNearest');
  });

  test('has no derivative, and says what has one', () => {
    const through = (x: Tensor): Tensor => sum(kNearest(x, [[1, 1]], { k: 1 }).distances);
    expect(() => grad(through)(tensor([[0, 0]]))).toThrow(GradError);
    expect(() => grad(through)(tensor([[0, 0]]))).toThrow(
      /^kNearestDistances: is not differentiable with respect to 'queries': .*pairwiseDistance/,
    );
    expect(() => grad((x: Tensor) => sum(kNearest([[1, 1]], x, { k: 1 }).indices.cast('float64')))(tensor([[0, 0]]))).toThrow(
      /^kNearest: is not differentiable with respect to 'points': .*pairwiseDistance/,
    );
  });

  test('what it refuses', () => {
    const x = [[1, 2]];
    expect(() => kNearest(x, x, { k: 0 })).toThrow('kNearest: k must be a whole number from 1: 0');
    expect(() => kNearest(x, x, { k: 1.5 })).toThrow(UsageError);
    expect(() => kNearest(x, x, { k: 2 })).toThrow('kNearest: k is more than there are points: k 2, points [1,2]');
    expect(() => kNearest([1, 2], x, { k: 1 })).toThrow(ShapeError);
    expect(() => kNearest(x, x, { k: 1, metric: 'l3' as 'l2' })).toThrow("kNearest: unknown metric 'l3': l1, l2, sqeuclidean");
    expect(() => kNearest(x, x, { k: 1, p: 0.5 })).toThrow('kNearest: p must be at least 1: 0.5');
    expect(() => kNearest(x, x, { K: 1 } as never)).toThrow("kNearest: unknown option 'K': did you mean 'k'?");
    expect(() => kNearest([['a']] as never, x, { k: 1 })).toThrow(DTypeError);
  });
});

describe('pairwiseDistance', () => {
  test('a distance of 0 has gradient 0', () => {
    expect(grad((x: Tensor) => sum(pairwiseDistance(x, [[1, 2]])))(tensor([[1, 2]])).toArray()).toEqual([[0, 0]]);
  });

  test('agrees with kNearest in every metric', () => {
    const generator = new Generator(3);
    const [a, b] = [normal([5, 6], { generator }), normal([9, 6], { generator })];
    for (const metric of ['l1', 'l2', 'sqeuclidean', 'chebyshev', 'cosine'] as const) {
      const { indices, distances } = kNearest(a, b, { k: 9, metric });
      const all = pairwiseDistance(a, b, { metric });
      distances.data.forEach((d, i) => expect(d).toBeCloseTo(all.data[Math.floor(i / 9) * 9 + indices.data[i]!]!, 12));
    }
    expect(gradcheck((x, y) => pairwiseDistance(x, y, { metric: 'minkowski', p: 3 }), [a, b])).toBe(true);
  });
});
