/** Inverse, rounding and special functions and activations: edges, ends of ranges, orders beyond what the laws draw. */
import {
  acosh, asin, asinh, atan2, ceil, cos, digamma, elu, erf, erfc, exp, floor, gelu, grad, GradError, gt, hessian, leakyRelu, lgamma, log,
  logSigmoid, mish, mod, mul, polygamma, round, rsqrt, selu, silu, softplus, sub, sum, tanh, type Tensor, tensor, UsageError, where, xlogy,
} from 'chainrule'; // prettier-ignore
import { describe, expect, test } from 'vitest';

const d = (f: (x: Tensor) => Tensor): ((x: Tensor) => Tensor) => grad((x: Tensor) => sum(f(x)));
const at = (f: (x: Tensor) => Tensor, x: number): number => f(tensor(x)).item();

describe('rounding and remainders', () => {
  test('halves go to even numbers; zeros keep their sign; large numbers are whole', () => {
    expect([...round([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2 ** 52 + 1, -Infinity]).data]).toEqual([
      -2,
      -2,
      -0,
      0,
      2,
      2,
      2 ** 52 + 1,
      -Infinity,
    ]);
    expect(round(0.49999999999999994).item()).toBe(0);
    expect([...floor([-0.5, 1e300]).data]).toEqual([-1, 1e300]);
    expect([...ceil([-0.5, 0.5]).data]).toEqual([-0, 1]);
  });

  test('mod has the sign of the divisor, as NumPy has it', () => {
    const a = [7, -7, 7, -7, 6, -6, 6, 0, 5, -5, 5.5, -1e-20, 5];
    const b = [3, 3, -3, -3, 3, 3, -3, -3, Infinity, Infinity, -2, 1, 0];
    expect([...mod(a, b).data]).toEqual([1, 2, -2, -1, 0, 0, -0, -0, 5, Infinity, -0.5, 1, NaN]);
  });

  test.each([
    [7.5, 2, -3],
    [-7.5, 2, 4],
    [7.5, -2, 4],
    [-7.5, -2, -3],
    // a/b rounds to 3 and the remainder is no zero
    [0.3, 0.1, -2],
  ])('the derivative of mod(%d, b) at %d is %d', (a, b, slope) => {
    expect(
      at(
        d((x) => mod(a, x)),
        b,
      ),
    ).toBe(slope);
    expect(
      at(
        d((x) => mod(x, b)),
        a,
      ),
    ).toBe(1);
  });
});

describe('inverse functions', () => {
  test('atan2 in every quadrant, on the axes and at the origin', () => {
    const half = Math.PI / 2;
    expect([...atan2([0, 1, 0, -1, 0, -0], [1, 0, -1, 0, 0, -1]).data]).toEqual([0, half, Math.PI, -half, 0, -Math.PI]);
    for (const [y, x] of [
      [0.3, 1.2],
      [2, -0.4],
      [-1.1, -0.7],
      [-0.2, 3],
      [0, 2],
      [1e-3, 1e-3],
    ] as const) {
      // prettier-ignore
      const r = x * x + y * y;
      expect(
        at(
          d((t) => atan2(t, x)),
          y,
        ),
      ).toBeCloseTo(x / r, 12);
      expect(
        at(
          d((t) => atan2(y, t)),
          x,
        ),
      ).toBeCloseTo(-y / r, 12);
      const both = hessian((p: Tensor) => atan2(p.slice([[0, 1]]), p.slice([[1, 2]])).sum())(tensor([y, x]));
      [-2 * x * y, y * y - x * x, y * y - x * x, 2 * x * y].forEach((v, i) => {
        expect(both.data[i]! / (v / r / r || 1)).toBeCloseTo(v === 0 ? 0 : 1, 12);
      });
    }
  });

  test('derivatives of atan2 where squares overflow or vanish, and 0 at the origin', () => {
    for (const scale of [1e-200, 1e200]) {
      expect(
        at(
          d((t) => atan2(t, 4 * scale)),
          3 * scale,
        ) * scale,
      ).toBeCloseTo(0.16, 14);
      expect(
        at(
          d((t) => atan2(3 * scale, t)),
          4 * scale,
        ) * scale,
      ).toBeCloseTo(-0.12, 14);
    }
    expect(hessian((p: Tensor) => atan2(p.slice([[0, 1]]), p.slice([[1, 2]])).sum())(tensor([0, 0])).toArray()).toEqual([[0, 0], [0, 0]]); // prettier-ignore
  });

  test('infinite derivatives say so, and are harmless in a branch that is not taken', () => {
    expect(at(d(asin), 1)).toBe(Infinity);
    expect(at(d(acosh), 1)).toBe(Infinity);
    expect(at(d(acosh), 1e200)).toBe(1e-200);
    expect(at(d(rsqrt), 0)).toBe(-Infinity);
    for (const f of [asin, acosh, asinh, rsqrt]) {
      const guarded = (x: Tensor): Tensor => where(gt(x, 9), f(x), mul(x, 2));
      expect(at(d(guarded), 1)).toBe(2);
      expect(at(d(d(guarded)), 1)).toBe(0);
    }
  });
});

describe('special functions', () => {
  test('poles, ends and signs', () => {
    expect([...lgamma([0, -1, -2, Infinity, NaN, 1, 2]).data]).toEqual(
      [Infinity, Infinity, Infinity, Infinity, NaN, 0, 0].map((v) => v + 0),
    );
    expect([...digamma([0, -0, -1, Infinity, -Infinity, NaN]).data]).toEqual([-Infinity, Infinity, NaN, Infinity, NaN, NaN]);
    expect([...polygamma([1, 1, 2, 1, 1.5, -1], [0, -3, -3, Infinity, 1, 1]).data]).toEqual([Infinity, Infinity, NaN, 0, NaN, NaN]);
    expect([...erf([Infinity, -Infinity, -0, NaN]).data]).toEqual([1, -1, -0, NaN]);
    expect([...erfc([Infinity, -Infinity, 27.3, NaN]).data]).toEqual([0, 2, 0, NaN]);
  });

  test('known values', () => {
    expect(polygamma(1, 1).item()).toBeCloseTo(Math.PI ** 2 / 6, 14);
    expect(digamma(1).item()).toBeCloseTo(-0.5772156649015329, 15);
    expect(lgamma(-0.5).item()).toBeCloseTo(Math.log(2 * Math.sqrt(Math.PI)), 14);
    expect(exp(lgamma(6)).item()).toBeCloseTo(120, 11);
  });

  test('lgamma to order 5: Γ and its derivatives obey Γ(x + 1) = x·Γ(x)', () => {
    let [high, low] = [(x: Tensor): Tensor => lgamma(x.add(1)), (x: Tensor): Tensor => lgamma(x).add(log(x))];
    for (let order = 0; order <= 5; order++) {
      for (const x of [0.3, 1.7, 12.5]) expect(at(high, x) / at(low, x)).toBeCloseTo(1, 10);
      [high, low] = [d(high), d(low)];
    }
  });

  test('lgamma below 0: reflection to order 3', () => {
    const reflected = (x: Tensor): Tensor =>
      log(
        cos(mul(sub(x, 0.5), Math.PI))
          .abs()
          .pow(-1),
      )
        .add(Math.log(Math.PI))
        .sub(lgamma(sub(1, x)));
    let [f, g] = [lgamma as (x: Tensor) => Tensor, reflected];
    for (let order = 0; order <= 3; order++) {
      for (const x of [-0.3, -2.6, -7.2]) expect(at(f, x) / at(g, x)).toBeCloseTo(1, 9);
      [f, g] = [d(f), d(g)];
    }
  });

  test('the order of polygamma is a constant', () => {
    expect(() => grad((n: Tensor) => polygamma(n, 2))(tensor(1))).toThrow(GradError);
  });

  test('xlogy: 0 wins over ln 0, NaN is not hidden; derivatives at 0', () => {
    expect([...xlogy([0, 0, 0, 2, NaN], [0, -1, NaN, 0, 1]).data]).toEqual([0, 0, NaN, -Infinity, NaN]);
    expect(
      at(
        d((b) => xlogy(0, b)),
        0,
      ),
    ).toBe(0);
    expect(
      at(
        d((a) => xlogy(a, 0)),
        0,
      ),
    ).toBe(-Infinity);
    expect(
      at(
        d((a) => xlogy(a, 3)),
        0,
      ),
    ).toBe(Math.log(3));
  });
});

describe('activations', () => {
  const all = { elu, selu, silu, mish, leakyRelu, logSigmoid, gelu, gelu_tanh: (x: Tensor): Tensor => gelu(x, { approximate: 'tanh' }), erf, tanh }; // prettier-ignore

  test.each(Object.entries(all))('%s: finite far out and at 0, to order 3', (_, f) => {
    for (const x of [-1000, -40, 0, 40, 1000]) {
      for (const g of [f, d(f), d(d(f)), d(d(d(f)))]) expect(at(g, x)).toSatisfy(Number.isFinite);
    }
  });

  test('derivatives of torch at the kinks', () => {
    expect(at(d(elu), 0)).toBe(1);
    expect(
      at(
        d((x) => elu(x, { alpha: 0.5 })),
        0,
      ),
    ).toBe(0.5);
    expect(at(d(leakyRelu), 0)).toBe(0.01);
    expect(at(d(selu), 0)).toBeCloseTo(1.7580993408473766, 15);
    expect(at(d(elu), 1000)).toBe(1);
    expect(at(d(d(elu)), 1000)).toBe(0);
  });

  test('tails keep their relative precision', () => {
    expect(at(gelu, -10) / -7.619853024160593e-23).toBeCloseTo(1, 13);
    expect(at((x) => gelu(x, { approximate: 'tanh' }), -5) / (-5 / (1 + Math.exp(2 * Math.sqrt(2 / Math.PI) * (5 + 0.044715 * 125))))).toBeCloseTo(1, 12); // prettier-ignore
    expect(at(silu, -700) / (-700 * Math.exp(-700))).toBeCloseTo(1, 12);
    expect(at(logSigmoid, 700)).toBe(-softplus(-700).item());
  });

  test('types: weak numbers inside keep float32; bool and int32 become float64', () => {
    const x = tensor([0.5, -0.5], { dtype: 'float32' });
    for (const f of [gelu, elu, selu, silu, mish, leakyRelu, logSigmoid, rsqrt, lgamma, erf]) expect(f(x).dtype).toBe('float32');
    expect(gelu(tensor([1, 2], { dtype: 'int32' })).dtype).toBe('float64');
    expect(mod(tensor([1, 2], { dtype: 'int32' }), tensor([2, 2], { dtype: 'int32' })).dtype).toBe('float64');
    expect(polygamma(1, x).dtype).toBe('float32');
  });

  test('options are checked', () => {
    expect(() => gelu(1, { approximate: 'erf' } as never)).toThrow(
      new UsageError('gelu', "unknown approximation 'erf'", undefined, "'none' or 'tanh'"),
    );
    expect(() => elu(1, { alfa: 2 } as never)).toThrow(/^elu: unknown option 'alfa': did you mean 'alpha'\?/);
    expect(() => leakyRelu(1, { slope: 2 } as never)).toThrow(/^leakyRelu: unknown option 'slope'/);
  });
});
