import { add, annulus, Generator, noisyPolynomial, normal, spirals, threeModes, uniform, xor, UsageError } from 'chainrule';
import { describe, expect, test } from 'vitest';

const make = { annulus, threeModes, xor, spirals };

describe.each(Object.entries(make))('%s', (name, f) => {
  test('the same seed gives the same points, another seed others; both classes come', () => {
    const [a, b, c] = [1, 1, 2].map((seed) => f(200, { generator: new Generator(seed) }));
    expect(a!.X.toArray()).toEqual(b!.X.toArray());
    expect(a!.X.toArray()).not.toEqual(c!.X.toArray());
    expect([a!.X.shape, a!.X.dtype, a!.y.shape, a!.y.dtype]).toEqual([[200, 2], 'float64', [200], 'int32']);
    const ones = [...a!.y.data].filter((v) => v === 1).length;
    expect(ones).toBeGreaterThan(30);
    expect(ones).toBeLessThan(170);
  });

  test('noise moves points, not classes', () => {
    const clean = f(50, { generator: new Generator(3) });
    const noisy = f(50, { generator: new Generator(3), noise: 0.1 });
    expect(noisy.y.toArray()).toEqual(clean.y.toArray());
    expect(noisy.X.toArray()).not.toEqual(clean.X.toArray());
  });

  test('what it refuses', () => {
    expect(() => f(5, {} as never)).toThrow(`${name}: needs a generator: ${name}(n, { generator: new Generator(seed) })`);
    expect(() => f(0, { generator: new Generator(1) })).toThrow(`${name}: n must be a whole number of points from 1: 0`);
    expect(() => f(5, { generator: new Generator(1), noise: -1 })).toThrow(UsageError);
    expect(() => f(5, { generator: new Generator(1), Noise: 1 } as never)).toThrow("unknown option 'Noise': did you mean 'noise'?");
  });
});

test('noise is added: the points are uniform numbers, then normal ones, from one stream', () => {
  const { X } = annulus(20, { generator: new Generator(6), noise: 0.1 });
  const generator = new Generator(6);
  const clean = uniform([20, 2], { generator, low: -2.5, high: 2.5 });
  expect(X.toArray()).toEqual(add(clean, normal([20, 2], { generator, std: 0.1 })).toArray());
});

describe('regions', () => {
  test('annulus by the norm, modes by the nearest centre', () => {
    const ring = annulus(500, { generator: new Generator(5) });
    const modes = threeModes(500, { generator: new Generator(5) });
    for (let i = 0; i < 500; i++) {
      const [x, y] = [ring.X.data[2 * i]!, ring.X.data[2 * i + 1]!];
      expect(ring.y.data[i]).toBe(Math.hypot(x, y) >= 1 && Math.hypot(x, y) <= 2 ? 1 : 0);
      const [p, q] = [modes.X.data[2 * i]!, modes.X.data[2 * i + 1]!];
      const near = Math.min(
        ...[0, 1, 2].map((k) => Math.hypot(p - 1.6 * Math.sin((2 * Math.PI * k) / 3), q - 1.6 * Math.cos((2 * Math.PI * k) / 3))),
      );
      if (Math.abs(near - 0.8) > 1e-9) expect(modes.y.data[i]).toBe(near < 0.8 ? 1 : 0);
    }
  });

  test('an arm of a spiral is the other one turned', () => {
    const { X, y } = spirals(400, { generator: new Generator(5), classes: 2 });
    for (let i = 0; i < 400; i++) {
      const [r, angle] = [Math.hypot(X.data[2 * i]!, X.data[2 * i + 1]!), Math.atan2(X.data[2 * i + 1]!, X.data[2 * i]!)];
      const expected = 4 * r + Math.PI * y.data[i]!;
      expect(Math.cos(angle - expected)).toBeCloseTo(1, 9);
    }
    expect(() => spirals(4, { generator: new Generator(1), classes: 0 })).toThrow('classes must be a whole number from 1: 0');
  });
});

describe('noisyPolynomial', () => {
  test('values and noise', () => {
    const generator = new Generator(1);
    const { x, y } = noisyPolynomial(2000, { generator, coefficients: [1, -2, 3], noise: 0.5, low: 2, high: 4 });
    const rest = Array.from(x.data, (v, i) => y.data[i]! - (1 - 2 * v + 3 * v * v));
    expect(Math.min(...x.data)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...x.data)).toBeLessThan(4);
    expect(rest.reduce((a, b) => a + b, 0) / 2000).toBeCloseTo(0, 1);
    expect(Math.sqrt(rest.reduce((a, b) => a + b * b, 0) / 2000)).toBeCloseTo(0.5, 1);
    expect(() => noisyPolynomial(3, { generator, low: 1, high: 1 })).toThrow('uniform: needs low < high: 1, 1');
    expect(() => noisyPolynomial(3, { generator, coefficients: [] })).toThrow('noisyPolynomial: needs coefficients: []');
    expect(() => noisyPolynomial(3, { generator, coefficients: [1, NaN] })).toThrow(
      'noisyPolynomial: coefficients must be finite numbers: [1, NaN]',
    );
    expect(() => noisyPolynomial(3, {} as never)).toThrow(
      'noisyPolynomial: needs a generator: noisyPolynomial(n, { generator: new Generator(seed) })',
    );
    expect(() => noisyPolynomial(3, { generator, degree: 2 } as never)).toThrow(/^noisyPolynomial: unknown option 'degree': /);
  });
});
