/** Whatever the text is, there is a formula or a FormulaError; whatever the values are, a tensor or an error of the library. */
import fc from 'fast-check';
import { ChainruleError, FormulaError, grad, Tensor, tensor } from 'chainrule';
import { type Formula, formula } from 'chainrule/formula';
import { describe, expect, test } from 'vitest';
import { functionNames } from '../../../src/formula/names.js';

const values = [2, -0.5, tensor([1, 2, 3]), tensor([[1, 2], [3, 4]]), tensor([true, false]), [0, 1], new Float32Array([1, 2])]; // prettier-ignore

/** Reads a text, calls what it gives, prints it. Anything but the two outcomes fails. */
function survives(text: string, pick = 0): void {
  let f: Formula;
  try {
    f = formula<string>(text);
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    expect(error.line).toBeGreaterThan(0);
    return;
  }
  expect(f.toTex()).toEqual(expect.any(String));
  try {
    const symbols = Object.fromEntries(f.symbols.map((name, k) => [name, values[(pick + k) % values.length]!]));
    expect(f(symbols)).toBeInstanceOf(Tensor);
  } catch (error) {
    if (!(error instanceof ChainruleError)) throw error;
  }
}

const words = ['x', 'y', 's', 'W', 'lambda', 'i', 'j', 'e', 'pi', '0', '1', '2', '-1', '0.5', '1e-3', '+', '-', '*', '/', '^', '.*', './', '.^', '@', '(', ')', '(', ')', '[', ']', '{', '}', ',', ';', '\n', ':', '?', '=', '==', '!=', '<', '<=', '>', '|', '||', "'", 'and', 'or', 'not', 'sum_j', 'sum_{j}', 'sum_{j != y}', 'max_j', 'mean_', 's_j', 's_{y}', '1(', 'f(x) =', 'f(', 'true', 'axis=0', 'keepdims=true', '#', '.', '!', '²', 'constructor', '__proto__', ...functionNames.map((n) => `${n}(`)]; // prettier-ignore
const valid = ['mean(L) + lambda * sum(W^2)', 'sum_{j != y} max(0, s_j - s_y + 1)', 's = X * W + b; p = softmax(s); mean(-log(pick(p, y)))', "x' * A * x + ||x||_1^2", 'f(a, b) = a > b ? |a| : 2b; f(x, 1) + f(y, x)', 'x[1:, -1] + x[::2][0]', 'sum(x, axis=0, keepdims=true) / norm(x, ord=1)', '1(0 < x <= 1) * log(x)', '[a, b; b, a] @ [1, 2]', 'crossEntropy(s, y, weight=[1, 2], reduction=sum)', 'mean_i sum_{j} W_{i,j} * z_j']; // prettier-ignore

describe('never anything else', () => {
  test('random characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.nat(6), survives), { numRuns: 1000, seed: 1 });
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...Array.from("xy12.+-*/^()[]{},;:?=<>|!'_ \nsum_j@")), maxLength: 30 }), fc.nat(6), survives), { numRuns: 3000, seed: 2 }); // prettier-ignore
  });

  test('random words', () => {
    const text = fc.array(fc.constantFrom(...words), { maxLength: 14 }).map((ws) => ws.join(' '));
    fc.assert(fc.property(text, fc.nat(6), survives), { numRuns: 3000, seed: 2 });
    const joined = fc.array(fc.constantFrom(...words), { maxLength: 14 }).map((ws) => ws.join(''));
    fc.assert(fc.property(joined, fc.nat(6), survives), { numRuns: 3000, seed: 2 });
  });

  test('valid formulas with a part cut out, doubled, or another put in', () => {
    const mutated = fc
      .tuple(fc.constantFrom(...valid), fc.nat(60), fc.nat(12), fc.oneof(fc.constantFrom(...words), fc.constant('')), fc.nat(60))
      .map(([text, at, length, put, other]) => {
        const a = at % text.length;
        const b = other % text.length;
        return text.slice(0, a) + put + text.slice(a + length) + text.slice(b, b + length);
      });
    fc.assert(fc.property(mutated, fc.nat(6), survives), { numRuns: 4000, seed: 3 });
  });

  test('deep, long and repeated', () => {
    for (const part of [
      '(',
      ')',
      '[',
      '|',
      '||',
      '-',
      'not ',
      'x^',
      'x+',
      'x?',
      'x:',
      'f(',
      'sum_j ',
      'sum_{j} x_j ',
      "'",
      '1(',
      '=',
      'x=',
      ';',
      '\n',
      'a(x)=x;',
      '[[',
      'x[',
      's_{',
      '2 ',
      '.',
      '²',
      '#',
    ])
      for (const n of [1, 3, 50, 500, 3000]) survives(part.repeat(n).slice(0, 9_999));
  });
});

/** A scalar expression: how tightly it binds, its text, and its value and derivative by dual numbers. */
interface Scalar {
  readonly level: number;
  readonly text: string;
  /** Value and derivative in x. */
  at(x: number, y: number): readonly [value: number, slope: number];
}
const [SUM, PRODUCT, SIGN, POWER, ATOM] = [1, 2, 3, 4, 5];
const inside = (s: Scalar, level: number): string => (s.level < level ? `(${s.text})` : s.text);
const unary =
  (name: string, f: (v: number) => number, df: (v: number) => number) =>
  (a: Scalar): Scalar => ({
    level: ATOM,
    text: `${name}(${a.text})`,
    at: (x, y) => {
      const [v, d] = a.at(x, y);
      return [f(v), df(v) * d];
    },
  });
const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
const functions = [
  unary('sin', Math.sin, Math.cos),
  unary('tanh', Math.tanh, (v) => 1 - Math.tanh(v) ** 2),
  unary('sigmoid', sigmoid, (v) => sigmoid(v) * (1 - sigmoid(v))),
  unary('softplus', (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v))), sigmoid),
  unary('square', (v) => v * v, (v) => 2 * v), // prettier-ignore
];
const binary = (sign: string, level: number, right: number, f: (a: number, b: number) => number, df: (a: number, b: number) => readonly [number, number]) => (a: Scalar, b: Scalar): Scalar => ({ level, text: `${inside(a, level)} ${sign} ${inside(b, right)}`, at: (x, y) => { const [va, da] = a.at(x, y); const [vb, db] = b.at(x, y); const [ga, gb] = df(va, vb); return [f(va, vb), ga * da + gb * db]; } }); // prettier-ignore
const operators = [
  binary('+', SUM, PRODUCT, (a, b) => a + b, () => [1, 1]), // prettier-ignore
  binary('-', SUM, PRODUCT, (a, b) => a - b, () => [1, -1]), // prettier-ignore
  binary('*', PRODUCT, SIGN, (a, b) => a * b, (a, b) => [b, a]), // prettier-ignore
  binary('.*', PRODUCT, SIGN, (a, b) => a * b, (a, b) => [b, a]), // prettier-ignore
  binary('/', PRODUCT, SIGN, (a, b) => a / b, (a, b) => [1 / b, -a / b ** 2]), // prettier-ignore
];
const negated = (a: Scalar): Scalar => ({
  level: SIGN,
  text: `-${inside(a, SIGN)}`,
  at: (x, y) => a.at(x, y).map((v) => -v) as unknown as [number, number],
});
const power = (a: Scalar, n: number): Scalar => ({
  level: POWER,
  text: `${inside(a, ATOM)}^${n}`,
  at: (x, y) => {
    const [v, d] = a.at(x, y);
    return [v ** n, n * v ** (n - 1) * d];
  },
});
const leaf: fc.Arbitrary<Scalar> = fc.oneof(
  fc.constant<Scalar>({ level: ATOM, text: 'x', at: (x) => [x, 1] }),
  fc.constant<Scalar>({ level: ATOM, text: 'y', at: (_, y) => [y, 0] }),
  fc.integer({ min: 1, max: 40 }).map((n): Scalar => ({ level: ATOM, text: String(n / 8), at: () => [n / 8, 0] })),
);
const { scalar } = fc.letrec<{ scalar: Scalar }>((tie) => ({
  scalar: fc.oneof(
    { maxDepth: 5, depthSize: 'large', withCrossShrink: true },
    leaf,
    fc.tuple(fc.constantFrom(...operators), tie('scalar'), tie('scalar')).map(([op, a, b]) => op(a, b)),
    fc.tuple(fc.constantFrom(...functions), tie('scalar')).map(([f, a]) => f(a)),
    tie('scalar').map(negated),
    fc.tuple(tie('scalar'), fc.integer({ min: 2, max: 3 })).map(([a, n]) => power(a, n)),
  ),
}));

test('random scalar formulas have the value and the slope of a naive evaluator', () => {
  // near 0 the two slopes of x / x are ±1/x, and what stands beside them is lost in their sum
  const points = fc.double({ min: 0.1, max: 2, noNaN: true }).chain((v) => fc.constantFrom(v, -v));
  const close = (a: number, b: number): boolean => Object.is(a, b) || Math.abs(a - b) <= 1e-8 * Math.max(1, Math.abs(b));
  let compared = 0;
  fc.assert(
    fc.property(scalar, points, points, (s, x, y) => {
      const [value, slope] = s.at(x, y);
      if (!Number.isFinite(value) || !Number.isFinite(slope) || Math.abs(value) + Math.abs(slope) > 1e6) return;
      const f = formula<string>(s.text);
      const give = (t: Tensor): Record<string, Tensor | number> => Object.fromEntries(f.symbols.map((n) => [n, n === 'x' ? t : y]));
      compared++;
      expect(close(f(give(tensor(x))).item(), value), s.text).toBe(true);
      // the values in between may be so large that digits are lost
      const g = grad((t) => f(give(t)))(x).item();
      expect(Math.abs(g - slope) <= 1e-6 * Math.max(1, Math.abs(slope)), `${s.text}: ${g} ${slope}`).toBe(true);
    }),
    { numRuns: 2000, seed: 20 },
  );
  expect(compared).toBeGreaterThan(1000);
});
