/** Fractional max pooling: where the windows lie, beside torch; what is drawn; gradients. */
import {
  arange,
  fractionalMaxPool2d,
  Generator,
  grad,
  gradcheck,
  gradgradcheck,
  reshape,
  ShapeError,
  square,
  sum,
  type Tensor,
  tensor,
  uniform,
  UsageError,
  zeros,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { wave } from './wave.js';

const evaluate = { train: false, state: {} } as const;
const drawn = (seed: number): { train: true; state: Record<string, never>; generator: Generator } => ({
  train: true,
  state: {},
  generator: new Generator(seed),
});
/** Element [i, j] is i·columns + j, so that a maximum says where its window ends. */
const ramp = (rows: number, columns: number): Tensor => reshape(arange(rows * columns), [1, rows, columns]);
/** Last rows and last columns of the windows. */
function ends(y: Tensor, columns: number): [rows: number[], columns: number[]] {
  const [h, w] = y.shape.slice(-2) as [number, number];
  const at = (i: number, j: number): number => y.data[i * w + j]!;
  return [Array.from({ length: h }, (_, i) => Math.floor(at(i, 0) / columns)), Array.from({ length: w }, (_, j) => at(0, j) % columns)];
}

describe('windows', () => {
  // torch.nn.functional.fractional_max_pool2d of torch 2.13 with _random_samples [..., 0] = u of the columns, [..., 1] = u of the rows,
  // where u is what our generator draws for the seed; and the sums over two channels of its maxima of wave([1, 2, 11, 13], seed)
  test.each([
    [0, [0.41845711022987275, 0.3146817218764961], [1, 3, 5, 7, 8, 10], [2, 5, 7, 10, 12], [27.895182219743, 27.5074579803703]],
    [1, [0.7039437263423627, 0.05771496279395527], [1, 3, 4, 6, 8, 10], [2, 4, 7, 9, 12], [26.8173411941128, 27.3790585489723]],
    [3, [0.18432503158821478, 0.7811508396418804], [1, 3, 4, 6, 8, 10], [2, 5, 7, 10, 12], [27.815778849051, 27.0438560288384]],
  ] as const)('seed %i: those of torch', (seed, u, rows, columns, sums) => {
    expect([...uniform([2], { generator: new Generator(seed) }).data]).toEqual(u);
    const pool = fractionalMaxPool2d([2, 3], { outputSize: [6, 5] });
    expect(ends(pool.apply({}, ramp(11, 13), drawn(seed))[0], 13)).toEqual([rows, columns]);
    const y = pool.apply({}, wave([1, 2, 11, 13], seed), drawn(seed))[0];
    expect(y.shape).toEqual([1, 2, 6, 5]);
    sum(y, { axis: [0, 2, 3] }).data.forEach((v: number, c: number) => expect(v).toBeCloseTo(sums[c]!, 12));
  });

  test('evaluation without a generator takes u = ½, as torch with that sample', () => {
    const y = fractionalMaxPool2d(2, { outputSize: [7, 5] }).apply({}, ramp(10, 12), evaluate)[0];
    expect(ends(y, 12)).toEqual([
      [1, 3, 4, 5, 7, 8, 9],
      [1, 3, 6, 8, 11],
    ]);
    const again = fractionalMaxPool2d(2, { outputSize: [7, 5] }).apply({}, ramp(10, 12), evaluate)[0];
    expect(again.toArray()).toEqual(y.toArray());
  });

  test('whatever is drawn, the first begins at 0, the last ends at the end, steps are of two sizes, and each maximum is in its window', () => {
    for (let seed = 0; seed < 50; seed++) {
      const [rows, columns] = [7 + (seed % 5), 9 + (seed % 3)];
      const x = wave([rows * columns], seed);
      const pool = fractionalMaxPool2d([2, 3], { outputSize: [5, 4] });
      const [r, c] = ends(pool.apply({}, ramp(rows, columns), drawn(seed))[0], columns);
      expect([r[0], r.at(-1), c[0], c.at(-1)]).toEqual([1, rows - 1, 2, columns - 1]);
      for (const [at, n, k] of [
        [r, rows, 2],
        [c, columns, 3],
      ] as const) {
        const alpha = (n - k) / (at.length - 1);
        at.slice(1, -1).forEach((v, i) => expect([Math.floor(alpha), Math.ceil(alpha)]).toContain(v - at[i]!));
      }
      const y = pool.apply({}, reshape(x, [1, rows, columns]), drawn(seed))[0];
      r.forEach((i, a) =>
        c.forEach((j, b) => {
          const window = [i - 1, i].flatMap((p) => [j - 2, j - 1, j].map((q) => x.data[p * columns + q]!));
          expect(y.data[a * 4 + b]).toBe(Math.max(...window));
        }),
      );
    }
  });

  test('whole factors are plain max pooling; one window is the last k', () => {
    const y = fractionalMaxPool2d(2, { outputSize: 3 }).apply({}, ramp(6, 6), drawn(1))[0];
    expect(y.toArray()).toEqual([
      [
        [7, 9, 11],
        [19, 21, 23],
        [31, 33, 35],
      ],
    ]);
    expect(fractionalMaxPool2d(2, { outputSize: 1 }).apply({}, ramp(3, 3), evaluate)[0].toArray()).toEqual([[[8]]]);
    const all = wave([2, 3, 4, 5], 0);
    expect(
      fractionalMaxPool2d(1, { outputSize: [4, 5] })
        .apply({}, all, drawn(3))[0]
        .toArray(),
    ).toEqual(all.toArray());
  });

  test('output sizes from a ratio round down', () => {
    const shape = (ratio: number | readonly [number, number]): readonly number[] =>
      fractionalMaxPool2d(2, { outputRatio: ratio }).apply({}, zeros([2, 3, 10, 9]), drawn(0))[0].shape;
    expect(shape(0.5)).toEqual([2, 3, 5, 4]);
    expect(shape([0.75, 0.55])).toEqual([2, 3, 7, 4]);
  });
});

describe('draws', () => {
  const pool = fractionalMaxPool2d(2, { outputSize: [10, 9] });
  const x = ramp(17, 15);

  test('two a call, from the generator, in training and wherever one is given', () => {
    const options = drawn(5);
    const first = pool.apply({}, x, options)[0];
    expect(options.generator.counter).toBe(2);
    expect(pool.apply({}, x, drawn(5))[0].toArray()).toEqual(first.toArray());
    expect(pool.apply({}, x, { ...evaluate, generator: new Generator(5) })[0].toArray()).toEqual(first.toArray());
    const seen = new Set(Array.from({ length: 20 }, () => String(pool.apply({}, x, options)[0].toArray())));
    expect(seen.size).toBeGreaterThan(10);
  });

  test('all samples and channels share the windows', () => {
    const two = tensor([...x.data, ...x.data], { shape: [2, 1, 17, 15] });
    const y = pool.apply({}, two, drawn(9))[0].data;
    expect([...y.slice(0, 90)]).toEqual([...y.slice(90)]);
  });
});

describe('gradients', () => {
  const pool = fractionalMaxPool2d([2, 3], { outputSize: [4, 3] });

  test('of order 1 and 2, away from ties', () => {
    const f = (x: Tensor): Tensor => square(pool.apply({}, x, drawn(2))[0]);
    expect(gradcheck(f, [wave([2, 6, 7], 0)])).toBe(true);
    expect(gradgradcheck(f, [wave([1, 2, 5, 6], 0)])).toBe(true);
  });

  test('ties share evenly', () => {
    const one = fractionalMaxPool2d(2, { outputSize: 1 });
    expect(grad((x: Tensor) => sum(one.apply({}, x, evaluate)[0]))(zeros([1, 2, 2])).toArray()).toEqual([
      [
        [0.25, 0.25],
        [0.25, 0.25],
      ],
    ]);
  });

  test('an element in several windows gets the gradient of each', () => {
    const x = tensor([
      [
        [0, 0, 0],
        [0, 1, 0],
        [0, 0, 0],
      ],
    ]);
    const g = grad((v: Tensor) => sum(fractionalMaxPool2d(2, { outputSize: 2 }).apply({}, v, evaluate)[0]))(x);
    expect(g.data[4]).toBe(4);
  });
});

describe('what it refuses', () => {
  const op = 'fractionalMaxPool2d';
  const pool = fractionalMaxPool2d(3, { outputSize: 4 });
  test.each([
    ['neither size', () => fractionalMaxPool2d(2, {}), UsageError, `${op}: needs either outputSize or outputRatio: got neither`],
    [
      'no options',
      () => fractionalMaxPool2d(2, undefined as never),
      UsageError,
      `${op}: needs either outputSize or outputRatio: got neither`,
    ],
    [
      'both sizes',
      () => fractionalMaxPool2d(2, { outputSize: 2, outputRatio: 0.5 }),
      UsageError,
      `${op}: needs either outputSize or outputRatio: got both`,
    ],
    [
      'a typo',
      () => fractionalMaxPool2d(2, { outputsize: 2 } as never),
      UsageError,
      `${op}: unknown option 'outputsize': did you mean 'outputSize'?`,
    ],
    [
      'half a window',
      () => fractionalMaxPool2d(1.5, { outputSize: 2 }),
      UsageError,
      `${op}: kernelSize must be a positive integer: got 1.5`,
    ],
    ['no output', () => fractionalMaxPool2d(2, { outputSize: [2, 0] }), UsageError, `${op}: outputSize must be a positive integer: got 0`],
    [
      'three sizes',
      () => fractionalMaxPool2d(2, { outputSize: [2, 3, 4] as never }),
      UsageError,
      `${op}: outputSize must be a number or a pair: got [2, 3, 4]`,
    ],
    [
      'a ratio of 1',
      () => fractionalMaxPool2d(2, { outputRatio: [0.5, 1] }),
      UsageError,
      `${op}: outputRatio must be between 0 and 1: got 1`,
    ],
    ['a matrix', () => pool.apply({}, zeros([8, 8]), evaluate), ShapeError, `${op}: x must be [N, C, H, W] or [C, H, W]: got [8,8]`],
    [
      'a small image',
      () => pool.apply({}, zeros([1, 8, 5]), evaluate),
      ShapeError,
      `${op}: an axis of 5 has no room for 4 windows of 3: x [1,8,5]: 1 … 3 fit`,
    ],
    [
      'a smaller one',
      () => pool.apply({}, zeros([1, 2, 8]), evaluate),
      ShapeError,
      `${op}: an axis of 2 has no room for a window of 3: x [1,2,8]`,
    ],
    [
      'a ratio that leaves nothing',
      () => fractionalMaxPool2d(1, { outputRatio: 0.2 }).apply({}, zeros([1, 4, 9]), evaluate),
      ShapeError,
      `${op}: the ratio leaves nothing of an axis of 4: x [1,4,9]`,
    ],
    [
      'training without a generator',
      () => pool.apply({}, zeros([1, 8, 8]), { train: true, state: {} }),
      UsageError,
      `${op}: needs a generator: apply(params, x,`,
    ],
  ] as const)('%s', (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });
});
