import * as chainrule from 'chainrule';
import { type Definition, type Domain, type Draw, registry, type Sample, type Shape, tensor, type Tensor } from 'chainrule';
import { describe, expect, it } from 'vitest';
import { expectAgreement, ndOf } from './agree.js';
import { type Attrs, normalQuantile, opOracles, threefry } from './ops.js';

const SAMPLES = 30;
const APART = 0.01;
const api = chainrule as unknown as Readonly<Record<string, (...args: unknown[]) => Tensor>>;

/** Numbers on [0, 1) by a small linear congruence; nothing here needs more. */
function stream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What `sample` of an op's record draws from: values inside the domain, off the points it avoids, apart where it wants them distinct. */
function drawFrom(random: () => number): Draw {
  const used: number[] = [];
  const int = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const value = ({ min, max, avoid = [], distinct = false, integers = false }: Domain): number => {
    for (let attempt = 0; attempt < 10_000; attempt++) {
      const v = integers ? int(min, max) : min + random() * (max - min);
      if ([...avoid, ...(distinct ? used : [])].some((a) => Math.abs(a - v) < APART)) continue;
      used.push(v);
      return v;
    }
    throw new Error('the domain has too few values');
  };
  return {
    int,
    pick: (values) => values[int(0, values.length - 1)]!,
    values: (shape: Shape, domain) => {
      const n = shape.reduce((a, b) => a * b, 1);
      return tensor(
        Array.from({ length: n }, () => value(domain)),
        { shape: [...shape], dtype: 'float64' },
      );
    },
  };
}

const seedOf = (name: string): number => Array.from(name, (c) => c.charCodeAt(0)).reduce((h, c) => Math.imul(h, 31) + c, 7);

function samples(op: Definition): Sample<unknown>[] {
  const random = stream(seedOf(op.name));
  return Array.from({ length: SAMPLES }, () => op.spec.sample(drawFrom(random)) as Sample<unknown>);
}

it('has an oracle for every op, and no more', () => {
  expect(Object.keys(opOracles).sort()).toEqual([...registry.keys()].sort());
});

describe.each([...registry.values()].map((op) => [op.name, op] as const))('%s', (name, op) => {
  // two quantile algorithms, one of them a bisection: nine digits
  const tolerance = name === 'normal' ? 1e-9 : undefined;

  it(`agrees with its oracle on ${SAMPLES} samples`, () => {
    for (const { inputs, attrs } of samples(op)) {
      const expected = opOracles[name]!(inputs.map(ndOf), (attrs ?? {}) as Attrs);
      expectAgreement(op.apply(inputs, attrs), expected, tolerance, tolerance);
      // the public function has its own path for scalars
      if (op.broadcasts && attrs === undefined) expectAgreement(api[name]!(...inputs), expected);
    }
  });
});

describe('special values', () => {
  const grid = [-Infinity, -1.5, -1, 0, 0.5, 1, Infinity, NaN];
  const unary = ['logicalNot', 'isFinite', 'isNaN', 'abs', 'sign', 'relu', 'neg', 'floor', 'ceil', 'round'];
  const binary = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'logicalAnd', 'logicalOr', 'maximum', 'minimum', 'gmul', 'add', 'sub', 'mul'];

  it.each(unary)('%s: infinities, NaN and 0', (name) => {
    const x = tensor(grid);
    expectAgreement(api[name]!(x), opOracles[name]!([ndOf(x)], {}), 0, 0);
    for (const v of grid) expectAgreement(api[name]!(v), opOracles[name]!([ndOf(tensor(v))], {}), 0, 0);
  });

  it.each(binary)('%s: infinities, NaN, 0 and ties, in every pair', (name) => {
    const [a, b] = [tensor(grid.map((v) => [v])), tensor(grid)];
    expectAgreement(api[name]!(a, b), opOracles[name]!([ndOf(a), ndOf(b)], {}), 0, 0);
    for (const v of grid)
      for (const w of grid) expectAgreement(api[name]!(v, w), opOracles[name]!([tensor(v), tensor(w)].map(ndOf), {}), 0, 0);
  });

  it.each(['max', 'min', 'argmax', 'argmin'])('%s: ties', (name) => {
    const x = tensor([
      [2, 5, 5],
      [1, 1, 3],
      [4, 4, 4],
    ]);
    expectAgreement(api[name]!(x, { axis: -1 }), opOracles[name]!([ndOf(x)], { axes: [1], keepdims: false }), 0, 0);
  });

  it.each(['take', 'indexAdd', 'gather', 'scatter'])('%s: indices from the end', (name) => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const elementwise = name === 'gather' || name === 'scatter';
    const where = tensor(
      elementwise
        ? [
            [-1, 0, -3],
            [-2, -2, 1],
          ]
        : name === 'take'
          ? [-1, 0, -3]
          : [-1, 0, -1],
    );
    const attrs = { axis: 1, shape: [2, 3], op: name, what: 'indices' };
    expectAgreement(registry.get(name)!.apply([x, where], attrs), opOracles[name]!([ndOf(x), ndOf(where)], attrs), 0, 0);
  });
});

describe('the random oracle itself', () => {
  it('Threefry-2x32-20 gives the published answers', () => {
    const ones = 0xffffffffn;
    expect(threefry([0n, 0n], [0n, 0n])).toEqual([0x6b200159n, 0x99ba4efen]);
    expect(threefry([ones, ones], [ones, ones])).toEqual([0x1cb996fcn, 0xbb002be7n]);
    expect(threefry([0x243f6a88n, 0x85a308d3n], [0x13198a2en, 0x03707344n])).toEqual([0xc4923a9cn, 0x483df7a0n]);
  });

  it('the normal quantile gives tabulated values', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 11);
    expect(normalQuantile(0.5)).toBeCloseTo(0, 11);
    expect(normalQuantile(1e-6)).toBeCloseTo(-4.753424308822899, 9);
    expect(normalQuantile(0.8413447460685429)).toBeCloseTo(1, 11);
  });

  it.each(['uniform', 'normal', 'randint', 'permutation'])('%s: keys of 64 bits, counters over 2^32, a large sample', (name) => {
    const whole = name === 'randint' || name === 'permutation';
    for (const [key, counter] of [
      [[-1, 2_000_000_000], 0],
      [[123_456_789 | 0, -5], 2 ** 32 - 100],
      [[7, 0], 2 ** 40 + 3],
    ] as const) {
      const attrs = { shape: [400], dtype: whole ? 'int32' : 'float64', low: 1, high: 3, key, counter };
      const tolerance = name === 'normal' ? 1e-9 : 0;
      expectAgreement(registry.get(name)!.apply([], attrs), opOracles[name]!([], attrs), tolerance, tolerance);
    }
  });

  it('uniform in float32', () => {
    const attrs = { shape: [200], dtype: 'float32', low: 0, high: 1, key: [3, 0], counter: 5 };
    expectAgreement(registry.get('uniform')!.apply([], attrs), opOracles['uniform']!([], attrs), 0, 0);
  });
});
