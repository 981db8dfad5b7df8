/** Initialisers: bounds, moments within stated standard errors, orthogonality, gains, the same bits for the same seed, errors. */
import {
  allclose,
  DTypeError,
  eye,
  Generator,
  init,
  matmul,
  normal,
  reshape,
  ShapeError,
  tensor,
  type Tensor,
  transpose,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

const seeded = (seed = 1): { generator: Generator; dtype: 'float64' } => ({ generator: new Generator(seed), dtype: 'float64' });
const values = (t: Tensor): number[] => [...t.data];
const meanOf = (t: Tensor): number => values(t).reduce((s, v) => s + v, 0) / t.size;

/** Mean and standard deviation agree with those of the distribution within four standard errors; `kurtosis` is E[z⁴]. */
function expectMoments(t: Tensor, mean: number, std: number, kurtosis: number): void {
  const n = t.size;
  const [m, s] = [meanOf(t), Math.sqrt(values(t).reduce((a, v) => a + (v - mean) ** 2, 0) / n)];
  expect(Math.abs(m - mean)).toBeLessThan((4 * std) / Math.sqrt(n));
  expect(Math.abs(s / std - 1)).toBeLessThan((4 * Math.sqrt(kurtosis - 1)) / (2 * Math.sqrt(n)));
}
const [UNIFORM, NORMAL] = [1.8, 3];

describe('distributions', () => {
  const shape = [60, 80, 5]; // fanIn 400, fanOut 300
  test.each([
    ['uniform', init.uniform(shape, seeded()), 0.5, 1 / Math.sqrt(12)],
    ['uniform on [a, b)', init.uniform(shape, { ...seeded(), a: -3, b: 1 }), -1, 4 / Math.sqrt(12)],
    ['xavierUniform', init.xavierUniform(shape, seeded()), 0, Math.sqrt(2 / 700)],
    ['xavierUniform, gain', init.xavierUniform(shape, { ...seeded(), gain: 5 / 3 }), 0, (5 / 3) * Math.sqrt(2 / 700)],
    ['kaimingUniform', init.kaimingUniform(shape, seeded()), 0, Math.sqrt(2 / 400)],
    ['kaimingUniform, a', init.kaimingUniform(shape, { ...seeded(), a: Math.sqrt(5) }), 0, Math.sqrt(1 / 3 / 400)],
    ['kaimingUniform, fan_out', init.kaimingUniform(shape, { ...seeded(), mode: 'fan_out' }), 0, Math.sqrt(2 / 300)],
    ['kaimingUniform, tanh', init.kaimingUniform(shape, { ...seeded(), nonlinearity: 'tanh' }), 0, 5 / 3 / Math.sqrt(400)],
  ])('%s: fills its interval, mean and standard deviation', (_, t, mean, std) => {
    expect([t.shape, t.dtype]).toEqual([shape, 'float64']);
    expectMoments(t, mean, std, UNIFORM);
    const half = Math.sqrt(3) * std;
    const farthest = Math.max(...values(t).map((v) => Math.abs(v - mean)));
    expect(farthest).toBeLessThanOrEqual(half * (1 + 1e-15));
    expect(farthest).toBeGreaterThan(half * (1 - 1e-3)); // P(none of 24,000 beyond) = e^−24
  });

  test.each([
    ['normal', init.normal(shape, seeded()), 0, 1],
    ['normal, mean and std', init.normal(shape, { ...seeded(), mean: 5, std: 0.01 }), 5, 0.01],
    ['xavierNormal', init.xavierNormal(shape, seeded()), 0, Math.sqrt(2 / 700)],
    ['xavierNormal, gain', init.xavierNormal(shape, { ...seeded(), gain: 2 }), 0, 2 * Math.sqrt(2 / 700)],
    ['kaimingNormal', init.kaimingNormal(shape, seeded()), 0, Math.sqrt(2 / 400)],
    ['kaimingNormal, fan_out', init.kaimingNormal(shape, { ...seeded(), mode: 'fan_out', nonlinearity: 'linear' }), 0, Math.sqrt(1 / 300)],
  ])('%s: mean and standard deviation, and more than √3 of them in places', (_, t, mean, std) => {
    expect([t.shape, t.dtype]).toEqual([shape, 'float64']);
    expectMoments(t, mean, std, NORMAL);
    expect(Math.max(...values(t).map((v) => Math.abs(v - mean)))).toBeGreaterThan(3 * std);
  });

  test.each([
    // mean and standard deviation of a truncated normal: μ = (φ(a) − φ(b))/Z, σ² = 1 + (a·φ(a) − b·φ(b))/Z − μ², by Python's math.erfc
    [-2, 2, 0, 0.8796256610342398],
    [-1, 3, 0.28278611072715404, 0.7849469634044259],
    [1, 2, 1.3831690466315525, 0.2697088914007131],
    [-2, -1, -1.3831690466315525, 0.2697088914007131],
  ])('truncNormal on [%f, %f]', (a, b, mean, std) => {
    const t = init.truncNormal([30000], { ...seeded(3), a, b });
    expect(values(t).every((v) => v >= a && v <= b)).toBe(true);
    expectMoments(t, mean, std, NORMAL); // its kurtosis is less than that of a normal
    const scaled = init.truncNormal([30000], { ...seeded(3), mean: 10, std: 2, a: 10 + 2 * a, b: 10 + 2 * b });
    expect(
      allclose(
        scaled,
        values(t).map((v) => 10 + 2 * v),
        { rtol: 1e-12 },
      ),
    ).toBe(true);
  });

  test('truncNormal far out in a tail, and with an open end', () => {
    // beyond a large a the excess over a is nearly exponential with mean 1/a
    const t = init.truncNormal([20000], { ...seeded(), a: 12, b: 13 });
    expect(values(t).every((v) => v >= 12 && v <= 13)).toBe(true);
    expect(Math.abs((meanOf(t) - 12) * 12 - 1)).toBeLessThan(0.05);
    const open = init.truncNormal([20000], { ...seeded(), a: 0, b: Infinity });
    expectMoments(open, Math.sqrt(2 / Math.PI), Math.sqrt(1 - 2 / Math.PI), 4); // half-normal: kurtosis 3.87
    expectMoments(init.truncNormal([20000], { ...seeded(), a: -Infinity, b: Infinity }), 0, 1, NORMAL);
  });

  test('a constant', () => {
    expect(init.constant([2, 2], 0.5).toArray()).toEqual([
      [0.5, 0.5],
      [0.5, 0.5],
    ]);
    expect(init.constant([1], 0.1).dtype).toBe('float32');
    expect(init.constant([1], 0.1, { dtype: 'float64' }).item()).toBe(0.1);
  });
});

describe('orthogonal', () => {
  test.each([[[5, 5]], [[7, 3]], [[3, 7]], [[1, 4]], [[4, 1]], [[60, 60]], [[4, 3, 2]], [[8, 2, 3]]])(
    '%j: rows or columns are orthonormal to 1e-12',
    (shape) => {
      const t = init.orthogonal(shape, seeded(2));
      expect(t.shape).toEqual(shape);
      const [rows, columns] = [shape[0]!, shape.slice(1).reduce((a, b) => a * b, 1)];
      const q: Tensor = reshape(t, [rows, columns]);
      const gram = rows < columns ? matmul(q, transpose(q)) : matmul(transpose(q), q);
      expect(allclose(gram, eye(Math.min(rows, columns)), { rtol: 0, atol: 1e-12 })).toBe(true);
    },
  );

  test('is the Q of the QR of the normal numbers drawn, R with a positive diagonal, as torch makes it', () => {
    for (const [rows, columns] of [
      [6, 4],
      [5, 5],
      [4, 6],
    ] as const) {
      const q: Tensor = init.orthogonal([rows, columns], seeded(4));
      const a: Tensor = normal([rows, columns], { generator: new Generator(4) });
      const r = rows < columns ? matmul(q, transpose(a)) : matmul(transpose(q), a);
      const n = Math.min(rows, columns);
      for (let i = 0; i < n; i++) {
        expect(r.data[i * n + i]).toBeGreaterThan(0);
        for (let j = 0; j < i; j++) expect(Math.abs(r.data[i * n + j]!)).toBeLessThan(1e-13);
      }
    }
  });

  test('nearly parallel rows stay orthonormal: two passes are enough', async () => {
    const { orthonormalise } = await import('../../../src/models/orthonormal.js');
    // rows of a Hilbert matrix: condition number 1e13
    const rows = Array.from({ length: 10 }, (_, i) => Float64Array.from({ length: 10 }, (_, j) => 1 / (i + j + 1)));
    orthonormalise(rows);
    const q = tensor(rows);
    expect(allclose(matmul(q, transpose(q)), eye(10), { rtol: 0, atol: 1e-12 })).toBe(true);
  });

  test('gain, and float32', () => {
    const plain = init.orthogonal([3, 3], seeded());
    expect(values(init.orthogonal([3, 3], { ...seeded(), gain: 2 }))).toEqual(values(plain).map((v) => 2 * v));
    const single = init.orthogonal([3, 3], { generator: new Generator(1) });
    expect(single.dtype).toBe('float32');
    expect(values(single)).toEqual(values(plain).map(Math.fround));
  });

  test('signs are not biased: the corner of a square one is as often negative', () => {
    const negative = Array.from({ length: 400 }, (_, s) => init.orthogonal([3, 3], seeded(s)).data[0]!).filter((v) => v < 0).length;
    expect(Math.abs(negative - 200)).toBeLessThan(4 * 10); // four standard deviations of B(400, ½)
  });
});

describe('calculateGain', () => {
  // torch.nn.init.calculate_gain of torch 2.13
  test.each([
    ['linear', 1],
    ['conv1d', 1],
    ['conv2d', 1],
    ['conv3d', 1],
    ['conv_transpose1d', 1],
    ['conv_transpose2d', 1],
    ['conv_transpose3d', 1],
    ['sigmoid', 1],
    ['tanh', 1.6666666666666667],
    ['relu', 1.4142135623730951],
    ['leaky_relu', 1.4141428569978354],
    ['selu', 0.75],
  ] as const)('%s: %f', (name, gain) => {
    expect(init.calculateGain(name)).toBe(gain);
  });

  test('leaky_relu of a slope', () => {
    expect(init.calculateGain('leaky_relu', 0.2)).toBe(1.3867504905630728);
    expect(init.calculateGain('leaky_relu', 0)).toBe(Math.SQRT2);
  });
});

describe('what they have in common', () => {
  const draws = [
    'uniform',
    'normal',
    'truncNormal',
    'xavierUniform',
    'xavierNormal',
    'kaimingUniform',
    'kaimingNormal',
    'orthogonal',
  ] as const;

  test.each(draws)('%s: float32 unless said, the same bits for the same seed, others for the next call', (name) => {
    const generator = new Generator(6);
    const first = init[name]([4, 5], { generator });
    expect([first.dtype, first.shape, first.node]).toEqual(['float32', [4, 5], null]);
    expect(init[name]([4, 5], { generator: new Generator(6) }).toArray()).toEqual(first.toArray());
    expect(generator.counter).toBe(20);
    expect(init[name]([4, 5], { generator }).toArray()).not.toEqual(first.toArray());
    expect(init[name]([4, 5], seeded(6)).dtype).toBe('float64');
    expect(init[name]([0, 5], seeded()).shape).toEqual([0, 5]);
  });

  test.each(draws)('%s: refuses what it cannot do', (name) => {
    const call = init[name] as (shape: unknown, options?: unknown) => unknown;
    const generator = new Generator(1);
    const cure = `${name}: needs a generator: init.${name}(…, { generator: new Generator(seed) })`;
    for (const options of [undefined, {}, { generator: 3 }]) {
      expect(() => call([2, 2], options)).toThrow(UsageError);
      expect(() => call([2, 2], options)).toThrow(cure);
    }
    expect(() => call([2, 2], { generator, dtype: 'int32' })).toThrow(DTypeError);
    expect(() => call([2, 2], { generator, dtype: 'int32' })).toThrow(`${name}: draws float32 or float64: got int32`);
    expect(() => call([2, -2], { generator })).toThrow(`${name}: axis lengths are non-negative integers: [2,-2]`);
    expect(() => call(3, { generator })).toThrow(ShapeError);
    expect(() => call([2, 2], { generator, dtyp: 1 })).toThrow(`${name}: unknown option 'dtyp': did you mean 'dtype'?`);
  });

  const g = { generator: new Generator(1) };
  test.each([
    [
      'a vector',
      () => init.xavierUniform([3], g),
      ShapeError,
      'xavierUniform: fan in and fan out need a shape [out, in, …] of at least 2 axes: got [3]',
    ],
    [
      'a scalar',
      () => init.kaimingNormal([], g),
      ShapeError,
      'kaimingNormal: fan in and fan out need a shape [out, in, …] of at least 2 axes: got []',
    ],
    ['an orthogonal vector', () => init.orthogonal([3], g), ShapeError, 'orthogonal: needs a shape of at least 2 axes: got [3]'],
    ['gain 0', () => init.xavierNormal([2, 2], { ...g, gain: 0 }), UsageError, 'xavierNormal: gain must be a positive number: got 0'],
    ['gain NaN', () => init.orthogonal([2, 2], { ...g, gain: NaN }), UsageError, 'orthogonal: gain must be a positive number: got NaN'],
    [
      'another mode',
      () => init.kaimingUniform([2, 2], { ...g, mode: 'fanIn' as never }),
      UsageError,
      "kaimingUniform: mode must be 'fan_in' or 'fan_out': got 'fanIn'",
    ],
    [
      'a slope that is no number',
      () => init.kaimingUniform([2, 2], { ...g, a: Infinity }),
      UsageError,
      'kaimingUniform: a must be a finite number: got Infinity',
    ],
    [
      'another function',
      () => init.kaimingUniform([2, 2], { ...g, nonlinearity: 'leakyRelu' as never }),
      UsageError,
      "calculateGain: unknown nonlinearity 'leakyRelu': known: linear, conv1d,",
    ],
    [
      'gain of an inherited name',
      () => init.calculateGain('toString' as never),
      UsageError,
      "calculateGain: unknown nonlinearity 'toString'",
    ],
    [
      'gain of a slope NaN',
      () => init.calculateGain('leaky_relu', NaN),
      UsageError,
      'calculateGain: slope must be a finite number: got NaN',
    ],
    ['an empty interval', () => init.uniform([2], { ...g, a: 1, b: 1 }), UsageError, 'uniform: needs a < b: 1, 1'],
    ['an open interval', () => init.uniform([2], { ...g, b: Infinity }), UsageError, 'uniform: b must be a finite number: got Infinity'],
    ['std 0', () => init.normal([2], { ...g, std: 0 }), UsageError, 'normal: std must be a positive number: got 0'],
    ['mean NaN', () => init.normal([2], { ...g, mean: NaN }), UsageError, 'normal: mean must be a finite number: got NaN'],
    ['bounds in the wrong order', () => init.truncNormal([2], { ...g, a: 2, b: -2 }), UsageError, 'truncNormal: needs a < b: 2, -2'],
    [
      'std of a truncated normal',
      () => init.truncNormal([2], { ...g, std: -1 }),
      UsageError,
      'truncNormal: std must be a positive number: got -1',
    ],
    [
      'an interval without probability',
      () => init.truncNormal([2], { ...g, a: 40, b: 41 }),
      UsageError,
      'truncNormal: the interval holds next to nothing of the distribution: [40, 41]',
    ],
    [
      'a constant with a typo',
      () => init.constant([2], 1, { type: 'float64' } as never),
      UsageError,
      "constant: unknown option 'type': did you mean 'dtype'?",
    ],
    ['a constant of a wrong shape', () => init.constant([-1], 1), ShapeError, 'constant: axis lengths are non-negative integers: [-1]'],
    [
      'a constant of int32',
      () => init.constant([1], 1, { dtype: 'int32' as never }),
      DTypeError,
      'constant: makes float32 or float64: got int32',
    ],
  ] as const)('%s', (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  test('two names for one thing', () => {
    expect([init.glorotUniform, init.glorotNormal, init.heUniform, init.heNormal]).toEqual([
      init.xavierUniform,
      init.xavierNormal,
      init.kaimingUniform,
      init.kaimingNormal,
    ]);
  });
});
