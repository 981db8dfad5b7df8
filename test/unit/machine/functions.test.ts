/** The functions of vectors beside Math and beside 64 digits: errors in ulp, signs of zero, ends of ranges. */
import { all, create, type BigNumber } from 'mathjs';
import { acos, acosh, asin, asinh, atan, atan2, atanh, ceil, compile, cos, cosh, digamma, erf, erfc, exp, expm1, floor, lgamma, log, log1p, mod, polygamma, round, sigmoid, sin, sinh, softplus, tan, tanh, type Tensor, tensor } from 'chainrule'; // prettier-ignore
import { describe, expect, test } from 'vitest';

const math = create(all!, { number: 'BigNumber', precision: 64 });
const one = math.bignumber(1);
const pi = one.neg().acos();

interface Case {
  readonly op: (x: Tensor) => Tensor;
  /** In float64, which is exact beside float32. */
  readonly double: (x: number) => number;
  readonly digits: (x: BigNumber) => BigNumber;
  /** Bounds in ulp, those of docs/compile.md. */
  readonly float32: number;
  readonly float64: number;
  /** Is it of interest beyond a thousand? */
  readonly far?: true;
}

const cases: Readonly<Record<string, Case>> = {
  exp: { op: exp, double: Math.exp, digits: (x) => x.exp(), float32: 1, float64: 1 },
  log: { op: log, double: Math.log, digits: (x) => x.ln(), float32: 1, float64: 1, far: true },
  log1p: { op: log1p, double: Math.log1p, digits: (x) => x.add(1).ln(), float32: 1.5, float64: 1.5, far: true },
  expm1: { op: expm1, double: Math.expm1, digits: (x) => x.exp().sub(1), float32: 1.5, float64: 1.5 },
  tanh: { op: tanh, double: Math.tanh, digits: (x) => x.tanh(), float32: 2.5, float64: 2 },
  sigmoid: {
    op: sigmoid,
    double: (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
    digits: (x) => one.div(x.neg().exp().add(1)),
    float32: 2.5,
    float64: 2,
  },
  softplus: {
    op: softplus,
    double: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    // far below 0 the logarithm would lose the digits of its argument: ln(1 + e) = e − e²/2 + …
    digits: (x) => (x.lt(-60) ? x.exp().sub(x.mul(2).exp().div(2)) : x.exp().add(1).ln()),
    float32: 2,
    float64: 2,
  },
  sin: { op: sin, double: Math.sin, digits: (x) => x.sin(), float32: 2, float64: 2, far: true },
  cos: { op: cos, double: Math.cos, digits: (x) => x.cos(), float32: 2, float64: 2, far: true },
  sinh: { op: sinh, double: Math.sinh, digits: (x) => x.sinh(), float32: 2.5, float64: 2 },
  cosh: { op: cosh, double: Math.cosh, digits: (x) => x.cosh(), float32: 1.5, float64: 1.5 },
  tan: { op: tan, double: Math.tan, digits: (x) => x.tan(), float32: 3.5, float64: 3.5, far: true },
  atan: { op: atan, double: Math.atan, digits: (x) => x.atan(), float32: 2, float64: 2, far: true },
  asin: { op: asin, double: Math.asin, digits: (x) => x.asin(), float32: 2, float64: 2 },
  acos: { op: acos, double: Math.acos, digits: (x) => x.acos(), float32: 2, float64: 2 },
  asinh: { op: asinh, double: Math.asinh, digits: (x) => x.asinh(), float32: 3, float64: 3, far: true },
  acosh: { op: acosh, double: Math.acosh, digits: (x) => x.acosh(), float32: 3, float64: 3, far: true },
  atanh: { op: atanh, double: Math.atanh, digits: (x) => x.atanh(), float32: 3, float64: 3 },
  // test/oracle/accuracy.test.ts has op by op what is taken for exact here, beside float32
  erf: { op: erf, double: (x) => erf(x).item(), digits: (x) => one.sub(complement(x)), float32: 2.5, float64: 2.5 },
  erfc: { op: erfc, double: (x) => erfc(x).item(), digits: complement, float32: 4, float64: 4 },
};

/** erfc x: 1 less 2/√π·e^−x²·Σ 2ⁿx²ⁿ⁺¹/(2n + 1)‼, from 6 on e^−x²/√π over the continued fraction x + ½/(x + 1/(x + (3/2)/(x + …))). */
function complement(x: BigNumber): BigNumber {
  if (x.isNegative()) return one.add(1).sub(complement(x.neg()));
  const bell = x.mul(x).neg().exp().div(pi.sqrt());
  if (x.gte(6)) {
    let fraction = x;
    for (let k = 60; k >= 1; k--) fraction = x.add(math.bignumber(k).div(2).div(fraction));
    return bell.div(fraction);
  }
  let [term, sum] = [x, x];
  for (let n = 1; term.gt(1e-40); n++) {
    term = term
      .mul(x)
      .mul(x)
      .mul(2)
      .div(2 * n + 1);
    sum = sum.add(term);
  }
  return one.sub(bell.mul(2).mul(sum));
}

/** The unit in the last place of a number of so many bits, the smallest of them 2^least. */
const ulp = (x: number, bits: number, least: number): number => 2 ** Math.max(Math.floor(Math.log2(Math.abs(x))) - bits + 1, least);

/** Beside a number that has no last place, or no error: 0 if it is the same, else ∞. */
const same = (got: number, want: number): number => (Object.is(got, want) ? 0 : Infinity);

/** Every `stride`th pattern of 32 bits, NaN and ∞ among them. */
function patterns(stride: number): Float32Array {
  const bits = Uint32Array.from({ length: Math.floor(2 ** 32 / stride / 4) * 4 }, (_, i) => i * stride);
  return new Float32Array(bits.buffer);
}

/** As many numbers as are asked for between two, evenly. */
const between = (from: number, to: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => from + ((to - from) * (i + 0.37)) / n);

const [tiny, most] = [2 ** -149, (2 - 2 ** -23) * 2 ** 127];
const edges = [0, tiny, 3 * tiny, 2 ** -126, 1e-30, 1e-8, 1, 0.70710677, 1.4142135, 87.4, 88.72283, 88.72284, 89.4159, 89.42, 103.9, 104, 8191.9995, 8192, 8193, 1e10, most, Infinity]; // prettier-ignore

describe.each(Object.entries(cases))('%s', (_, { op, double, digits, float32, float64, far }) => {
  const f = compile((x: Tensor) => op(x));

  test('float32, over two million patterns of bits, and where it is steep or small', () => {
    const near = [0, 1, 3, 20, 90].flatMap((to) => between(-to, to, 1 << 16));
    const ends = [...edges, ...edges.map((x) => -x), NaN].concat(Array<number>(3).fill(1));
    let [worst, at] = [0, 0];
    for (const x of [patterns(1999), Float32Array.from(near), Float32Array.from(ends)]) {
      expect(x.length % 4).toBe(0); // vectors only
      const y = f(tensor(x)).data;
      x.forEach((v, i) => {
        const [got, exact] = [y[i]!, double(v)];
        const want = Math.fround(exact);
        const smooth = Number.isFinite(want) && Number.isFinite(got) && want !== 0;
        const error = smooth ? Math.abs(got - exact) / ulp(exact, 24, -149) : same(got, want);
        if (error > worst) [worst, at] = [error, v];
      });
    }
    expect(worst, `at ${at}`).toBeLessThanOrEqual(float32);
  });

  test('float64, beside 64 digits', () => {
    const around = [1e-19, 1e-9, 1e-3, 0.03, 0.3, 1, 2, 5, 30, 700].flatMap((to) => [...between(-to, 0, 40), ...between(0, to, 40)]);
    // where tanh, sigmoid, sinh and log1p are at their worst among millions, or were before a correction
    const hard = [0.12279145237636979, 0.030657751420537505, -4.8458508499902537, -3.4435401021411405, -0.031076742397212358, 0.43600228271567537]; // prettier-ignore
    const points = Float64Array.from([
      ...hard,
      ...around,
      ...between(0.5, 2, 160),
      ...(far ? [...between(1e3, 1e6, 160), ...between(1e8, 1e12, 40)] : []),
    ]);
    expect(points.length % 2).toBe(0);
    const y = f(tensor(points)).data;
    let [worst, at] = [0, 0];
    points.forEach((v, i) => {
      const [got, want] = [y[i]!, double(v)];
      let error = same(got, want);
      if (Number.isFinite(want) && Number.isFinite(got) && want !== 0) {
        const exact = digits(exactly(v));
        error = exactly(got)
          .sub(exact)
          .abs()
          .div(ulp(want, 53, -1074))
          .toNumber();
      }
      if (error > worst) [worst, at] = [error, v];
    });
    expect(worst, `at ${at}`).toBeLessThanOrEqual(float64);
  });

  test('float64 at its ends', () => {
    const small = [0, 2 ** -1074, 3 * 2 ** -1074, 2 ** -1022, 1e-300];
    const large = [709.7, 709.79, 710.47, 710.48, 744, 745.2, 2 ** 20, 2 ** 20 + 0.5, 1e300, Number.MAX_VALUE, Infinity, NaN];
    const points = [...small, ...large].flatMap((v) => [v, -v]);
    const y = f(tensor(points)).data;
    points.forEach((v, i) => {
      const [got, want] = [y[i]!, double(v)];
      // Math's own error is within one more
      if (Number.isFinite(want) && want !== 0)
        expect(Math.abs(got - want) / ulp(want, 53, -1074), `at ${v}`).toBeLessThanOrEqual(float64 + 1);
      else expect(got, `at ${v}`).toBe(want);
    });
  });
});

/** A float64 with all its digits: a whole number of 53 bits times a power of 2. */
function exactly(x: number): BigNumber {
  if (x === 0) return math.bignumber(0);
  const unit = ulp(x, 53, -1074);
  return math.bignumber(String(x / unit)).mul(math.bignumber(2).pow(Math.log2(unit)));
}

test.each(['float32', 'float64'] as const)('%s: rounding is that of scalars, bit by bit', (dtype) => {
  const values = [
    0,
    -0,
    0.5,
    1.5,
    2.5,
    -0.5,
    -2.5,
    0.49999997,
    1e-40,
    -1e-40,
    8388607.5,
    4503599627370495.5,
    1e300,
    Infinity,
    -Infinity,
    NaN,
  ];
  const x = tensor([...values, ...between(-4, 4, 64)], { dtype });
  for (const op of [floor, ceil, round]) {
    const y = compile((t: Tensor) => op(t))(x).data;
    x.data.forEach((v, i) => expect(y[i], `at ${v}`).toBe(op(v).item()));
  }
});

test.each(['float32', 'float64'] as const)('%s: in loops, functions without a formula are called for every element', (dtype) => {
  const x = tensor(between(-3, 4, 64), { dtype });
  const [a, b] = [tensor(between(0.2, 9, 64), { dtype }), tensor(between(-2, 2, 64), { dtype })];
  for (const op of [lgamma, digamma]) expect([...compile((t: Tensor) => op(t))(x).data]).toEqual([...op(x).data]);
  for (const op of [mod, atan2]) expect([...compile((s: Tensor, t: Tensor) => op(s, t))(a, b).data]).toEqual([...op(a, b).data]);
  expect([...compile((t: Tensor) => polygamma(2, t))(x).data]).toEqual([...polygamma(2, x).data]);
});

test('relative precision is kept on the flat sides', () => {
  const single = (op: (x: Tensor) => Tensor, x: number): number => compile(op)(tensor([x, x, x, x], { dtype: 'float32' })).data[0]!;
  expect(single(softplus, -80) / 1.8048514e-35).toBeCloseTo(1, 6);
  expect(single(sigmoid, -80) / 1.8048514e-35).toBeCloseTo(1, 6);
  expect(single(sigmoid, -100)).toBe(Math.fround(Math.exp(-100))); // subnormal
  expect(single(exp, -87.4)).toBe(Math.fround(Math.exp(Math.fround(-87.4))));
});
