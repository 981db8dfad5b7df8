/** Random numbers: known answers, the distributions, and positions in the stream. */
import { dropoutMask, Generator, normal, permutation, randint, tensor, type Tensor, uniform, UsageError } from 'chainrule';
import { describe, expect, test } from 'vitest';
import { normalQuantile, portableLog, threefry } from '../../../src/kernels/random.js';

/** Threefry-2x32-20 as the paper writes it, in big integers. */
function reference(counter: readonly [number, number], key: readonly [number, number]): [number, number] {
  const M = 0xffffffffn;
  const ks = [BigInt(key[0]), BigInt(key[1]), 0x1bd11bdan ^ BigInt(key[0]) ^ BigInt(key[1])] as const;
  const R = [13n, 15n, 26n, 6n, 17n, 29n, 16n, 24n] as const;
  let [x0, x1] = [(BigInt(counter[0]) + ks[0]) & M, (BigInt(counter[1]) + ks[1]) & M];
  for (let round = 0; round < 20; round++) {
    x0 = (x0 + x1) & M;
    const r = R[round % 8]!;
    x1 = (((x1 << r) | (x1 >> (32n - r))) & M) ^ x0;
    if (round % 4 === 3) {
      const s = (round + 1) / 4;
      x0 = (x0 + ks[s % 3]!) & M;
      x1 = (x1 + ks[(s + 1) % 3]! + BigInt(s)) & M;
    }
  }
  return [Number(x0), Number(x1)];
}

const run = (c: readonly [number, number], k: readonly [number, number]): [number, number] => {
  const out = new Uint32Array(2);
  threefry(c[0], c[1], k[0], k[1], out);
  return [out[0]!, out[1]!];
};

describe('Threefry-2x32-20', () => {
  test.each([
    ['zeros', [0, 0], [0, 0], [0x6b200159, 0x99ba4efe]],
    ['ones', [0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], [0x1cb996fc, 0xbb002be7]],
    ['digits of π', [0x243f6a88, 0x85a308d3], [0x13198a2e, 0x03707344], [0xc4923a9c, 0x483df7a0]],
  ] as const)('known answer of Random123: %s', (_, c, k, expected) => {
    expect(run(c, k)).toEqual(expected);
    expect(reference(c, k)).toEqual(expected);
  });

  test('agrees with the reference on other counters and keys', () => {
    for (let i = 0; i < 200; i++) {
      const c = [(i * 2654435761) >>> 0, (i * 40503) >>> 0] as const;
      const k = [(i * 97) >>> 0, (~i * 31) >>> 0] as const;
      expect(run(c, k)).toEqual(reference(c, k));
    }
  });
});

describe('quantile of the normal distribution', () => {
  test.each([
    [0.5, 0],
    [0.975, 1.9599639845400536],
    [0.025, -1.9599639845400536],
    [0.84134474606854293, 1],
    [0.999, 3.0902323061678132],
    [1e-10, -6.361340902404056],
    [1e-20, -9.262340089798405],
    [1e-300, -37.0471],
  ])('%d → %d', (p, z) => {
    expect(Math.abs(normalQuantile(p) - z)).toBeLessThanOrEqual((p === 1e-300 ? 1e-6 : 1e-15) * Math.max(1, Math.abs(z)) * 2);
  });

  test('is odd and increasing', () => {
    let before = -Infinity;
    for (let i = 1; i < 1000; i++) {
      const z = normalQuantile(i / 1000);
      expect(z).toBeGreaterThan(before);
      before = z;
      expect(z + normalQuantile(1 - i / 1000)).toBeCloseTo(0, 12);
    }
  });

  test('its logarithm is that of Math', () => {
    for (const x of [1e-300, 2 ** -54, 0.1, 0.7, 1, 1.5, Math.E, 1e10]) {
      expect(Math.abs(portableLog(x) - Math.log(x))).toBeLessThanOrEqual(1e-15 * Math.max(1, Math.abs(Math.log(x))));
    }
  });
});

const moments = (t: Tensor): { mean: number; variance: number; skew: number } => {
  const v = Array.from(t.data);
  const mean = v.reduce((a, b) => a + b, 0) / v.length;
  const central = (k: number): number => v.reduce((a, b) => a + (b - mean) ** k, 0) / v.length;
  return { mean, variance: central(2), skew: central(3) / central(2) ** 1.5 };
};

describe('distributions', () => {
  const n = 100_000;
  test('uniform: range and moments', () => {
    const t = uniform([n], { generator: new Generator(1) });
    expect(t.data.every((v) => v >= 0 && v < 1)).toBe(true);
    const { mean, variance } = moments(t);
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * n));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.002);
    const u = uniform([n], { generator: new Generator(1), low: -2, high: 3 });
    expect(u.data.every((v) => v >= -2 && v < 3)).toBe(true);
    expect(u.data[17]).toBeCloseTo(-2 + 5 * t.data[17]!, 14);
  });

  test('normal: moments', () => {
    const { mean, variance, skew } = moments(normal([n], { generator: new Generator(2) }));
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
    expect(Math.abs(skew)).toBeLessThan(0.05);
    const t = normal([n], { generator: new Generator(2), mean: 10, std: 0.5 });
    expect(Math.abs(moments(t).mean - 10)).toBeLessThan(0.01);
    expect(Math.abs(moments(t).variance - 0.25)).toBeLessThan(0.01);
  });

  test('randint: every value of the range, none outside, evenly', () => {
    const t = randint(-2, 3, [n], { generator: new Generator(3) });
    expect(t.dtype).toBe('int32');
    const counts = new Map<number, number>();
    for (const v of t.data) counts.set(v, (counts.get(v) ?? 0) + 1);
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    for (const c of counts.values()) expect(Math.abs(c - n / 5)).toBeLessThan(800);
  });

  test('permutation: every number once, all positions alike', () => {
    const generator = new Generator(4);
    const t = permutation(1000, { generator });
    expect(t.dtype).toBe('int32');
    expect(Array.from(t.data).sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(Array.from(t.data)).not.toEqual(Array.from({ length: 1000 }, (_, i) => i));
    const seen = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const key = permutation(3, { generator }).toArray().toString();
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    for (const c of seen.values()) expect(Math.abs(c - 1000)).toBeLessThan(150);
    expect(permutation(0, { generator }).shape).toEqual([0]);
  });

  test('dropoutMask: zeros with probability p, the mean stays 1', () => {
    const t = dropoutMask([n], { p: 0.2, generator: new Generator(5) });
    expect(new Set(t.data)).toEqual(new Set([0, 1.25]));
    expect(Math.abs(moments(t).mean - 1)).toBeLessThan(0.01);
  });

  test('float32', () => {
    const t = uniform([n], { generator: new Generator(6), dtype: 'float32' });
    expect(t.dtype).toBe('float32');
    expect(t.data.every((v) => v >= 0 && v < 1)).toBe(true);
    expect(normal([2], { generator: new Generator(6), dtype: 'float32' }).dtype).toBe('float32');
    // [low, high) holds after rounding, too
    expect(uniform([n], { generator: new Generator(6), dtype: 'float32', low: 1000, high: 1001 }).data.every((v) => v < 1001)).toBe(true);
  });
});

// the first values of seed 42: a change of these changes every seeded result
const GOLDEN_UNIFORM = [0.8690483965743594, 0.1506324111875399, 0.5203206621592672];
const GOLDEN_NORMAL = [1.1219041244277284, -1.0337248287329701, 0.05095839217295022];
const GOLDEN_INTEGERS = [86, 15, 52, 24, 62];
const GOLDEN_PERMUTATION = [2, 7, 5, 0, 3, 1, 6, 4];

describe('streams', () => {
  test('the same seed gives the same bits', () => {
    const draw = (): unknown => {
      const generator = new Generator(99);
      return [
        uniform([3], { generator }),
        normal([3], { generator }),
        randint(0, 9, [3], { generator }),
        permutation(5, { generator }),
      ].map((t) => t.toArray());
    };
    expect(draw()).toEqual(draw());
  });

  test('counters continue: two draws of 3 are one draw of 6', () => {
    const a = new Generator(7);
    const two = [...uniform([3], { generator: a }).data, ...uniform([3], { generator: a }).data];
    expect(two).toEqual([...uniform([6], { generator: new Generator(7) }).data]);
    expect(a.counter).toBe(6);
    const b = new Generator(7);
    b.counter = 3;
    expect([...uniform([3], { generator: b }).data]).toEqual(two.slice(3));
  });

  test('seeds differ, also in their high bits', () => {
    const first = (seed: number): number => uniform([1], { generator: new Generator(seed) }).item();
    const seeds = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1];
    expect(new Set(seeds.map(first)).size).toBe(seeds.length);
  });

  test('counters beyond 32 bits', () => {
    const generator = new Generator(1);
    generator.counter = 2 ** 32 - 1;
    const [a, b] = uniform([2], { generator }).data;
    const expected = (c: readonly [number, number]): number => {
      const [hi, lo] = reference(c, [1, 0]);
      return ((hi >>> 5) * 2 ** 26 + (lo >>> 6)) / 2 ** 53;
    };
    expect(a).toBe(expected([0xffffffff, 0]));
    expect(b).toBe(expected([0, 1]));
  });

  test('golden values', () => {
    const expected = [0, 1, 2].map((c) => {
      const [hi, lo] = reference([c, 0], [42, 0]);
      return ((hi >>> 5) * 2 ** 26 + (lo >>> 6)) / 2 ** 53;
    });
    expect([...uniform([3], { generator: new Generator(42) }).data]).toEqual(expected);
    expect(expected).toEqual(GOLDEN_UNIFORM);
    expect([...normal([3], { generator: new Generator(42) }).data]).toEqual(GOLDEN_NORMAL);
    expect([...randint(0, 100, [5], { generator: new Generator(42) }).data]).toEqual(GOLDEN_INTEGERS);
    expect([...permutation(8, { generator: new Generator(42) }).data]).toEqual(GOLDEN_PERMUTATION);
  });
});

describe('bad input', () => {
  const generator = new Generator(0);
  test.each([
    ['a fraction as seed', () => new Generator(0.5), /^Generator: seed must be a whole number/],
    ['a negative seed', () => new Generator(-1), /^Generator: seed must be a whole number/],
    ['no generator', () => uniform([2], {} as never), /^uniform: needs a generator: uniform\(…, \{ generator: new Generator\(seed\) \}\)$/],
    ['no options', () => (normal as unknown as (shape: number[]) => Tensor)([2]), /^normal: needs a generator/],
    ['an empty range', () => randint(3, 3, [1], { generator }), /^randint: needs whole numbers low < high: 3, 3$/],
    ['a range that int32 cannot hold', () => randint(0, 2 ** 40, [1], { generator }), /^randint: /],
    ['a misspelt option', () => uniform([1], { generator, lwo: 1 } as never), /^uniform: unknown option 'lwo': did you mean 'low'\?$/],
    ['p = 1', () => dropoutMask([1], { p: 1, generator }), /^dropoutMask: p must be at least 0 and less than 1: 1$/],
  ] as const)('%s', (_, call, message) => {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });

  test('a failed call draws nothing', () => {
    const g = new Generator(0);
    expect(() => uniform([-1], { generator: g })).toThrow();
    expect(() => randint(3, 3, [1], { generator: g })).toThrow();
    expect(g.counter).toBe(0);
    expect(tensor(1).item()).toBe(1);
  });
});
