/** mathjs's symbolic derivative: for reading, and an oracle that shares no code with our rules. */
import { FormulaError, grad, gradcheck, type Tensor, tensor, UsageError } from 'chainrule';
import { derivative, type Formula, formula } from 'chainrule/formula';
import { describe, expect, test } from 'vitest';

test.each([
  ['x^3 + 2x', '3 * x ^ 2 + 2'],
  ['x^2 * y', '2 * y * x'],
  ['a * x + b', 'a'],
  ['e^x', 'e ^ x'],
  ['log(1 + exp(-x))', '-(exp(-x) / (exp(-x) + 1))'],
  ['sin(pi * x)', 'pi * cos(pi * x)'],
  ['h = x^2; f(t) = t * h; f(f(x))', '5 * x ^ 4'],
  ['L(x, y) = (x - y)^2', '2 * (x - y)'],
  ['|x|', 'abs(x) / x'],
  ['y^2 + x - x', '0'],
  // functions see what was defined before them
  ['f(x) = x; g(x) = f(x); f(x) = x^2; g(x)', '1'],
  ['f(x) = x + 1; f(x) = f(x) * 2; f(x)', '2'],
  ['1e-15 * x^2', '2e-15 * x'],
  ['1e-300 * x', '1e-300'],
])('d/dx %s = %s', (text, expected) => {
  const d = derivative(formula(text), 'x');
  expect(d.toString()).toBe(expected);
  expect(derivative(text, 'x').toTex()).toBe(formula(expected).toTex());
});

describe('where mathjs can derive, the gradient on the tape is the same', () => {
  test.each([
    ['3*(2*x^2-1)^2 - 2*(2*x^2-1) + 5', [-1.5, 0.3, 2]],
    ['exp(-x^2) .* sin(3x)', [-1, 0.2, 1.7]],
    ['log(1 + x^2) / (2 + cos(x))', [-2, 0.4, 3]],
    ['tanh(x) * cosh(x) - sinh(x)^2', [-0.9, 0.1, 1.1]],
    ['sigmoid(2x - 1)', [-3, 0, 2]],
    ['asin(x / 3) + acos(x^2 / 9) - atan(2x)', [-2, 0.4, 2.5]],
    ['asinh(x) * acosh(x^2 + 2) + atanh(x / 4)', [-2, 0.4, 3]],
    ['tan(x / 2) * rsqrt(x^2 + 1) + reciprocal(x + 9)', [-2, 0.4, 2.5]],
    ['x^2 - logSigmoid(3x)', [-2, 0.4, 2.5]],
    ['softplus(-x) + log1p(x^2) - expm1(x / 2)', [-2, 0.5, 3]],
    ['sqrt(x^2 + 1) - x^3 / 7', [-2, 0.5, 4]],
    ['|x|^3 + abs(x - 5) * square(x)', [-2, 0.5, 4]],
    ['x^x', [0.5, 1, 2]],
    ['pow(x, 2) * 2^x + ln(x)', [0.5, 1, 2]],
    ['m = x * c; log(1 + exp(-m))', [-2, 0.1, 2]],
    ['rho(d) = c^2 / 2 * log(1 + (d / c)^2); rho(x - 1)', [-2, 0.1, 2]],
    ['k(z) = 1 / cosh(z); k(x)^2 + k(2x)', [-1, 0, 0.5]],
    ['-neg(x) + +x - -x', [-1, 2]],
    ['1 - exp(-(x / 2)^2 / 2)', [-1, 0.3, 2]],
    ['x^2 / (1 + x^2)', [-1, 0.3, 2]],
    ['tanh(x)^3 / (1 + sin(x)^2)', [-1, 0.3, 2]],
    // rules that hold for positive numbers only are left out
    ['((1 - x)^2)^(c / 2)', [-2, 0.5, 3]],
    ['(x^2)^0.5', [-2, 2]],
    ['(-x * c)^0.5', [-2, -0.5]],
  ] as const)('%s', (text, points) => {
    const f = formula<string>(text as string);
    const d = derivative(f, 'x');
    const d2 = derivative(d.symbols.includes('x') ? d : formula(`${d.toString()} + 0 * x`), 'x');
    const at = (g: Formula, x: Tensor | number): Tensor => g(Object.fromEntries(g.symbols.map((s) => [s, s === 'x' ? x : 1.5])));
    for (const x of points) {
      const ours = [grad((t) => at(f, t))(x).item(), grad(grad((t) => at(f, t)))(x).item()];
      [at(d, x).item(), at(d2, x).item()].forEach((v, k) =>
        expect(Math.abs(ours[k]! - v)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(v))),
      );
    }
  });
});

describe('where it cannot, ours works all the same', () => {
  const w = [0.5, -1.25, 2];
  test.each([
    ['max(0, 1 - x)', 'max', [0.3]],
    ['x > 0 ? x^2 : -x', 'a conditional', [0.3]],
    ['sum(x^2)', 'sum', w],
    ['||x||', 'a norm', w],
    ['1(x > 0) * x', 'an indicator', [0.3]],
    ['sum([x, x^2])', 'sum', [0.3]],
    ['[x, x^2]', 'an array', [0.3]],
    ['x[0]^2', 'an index', w],
    ['sum_j x_j^2', 'a sum over an index', w],
    ['sign(x) * x', 'sign', [0.3]],
    ["x' * x", 'an operator', w],
    ['x + infinity', 'infinity', w],
  ] as const)('%s', (text, what, at) => {
    const f = formula(text as string);
    expect(() => derivative(f, 'x')).toThrow(FormulaError);
    expect(() => derivative(f, 'x')).toThrow(
      `formula: ${what} has no symbolic derivative: grad(…) of the formula works all the same: line 1, column`,
    );
    const scalar = at.length === 1 ? tensor(at[0]) : tensor(at);
    if (what !== 'infinity') expect(gradcheck((x) => formula`sum(${f}(${x}))`({}), [scalar])).toBe(true);
  });

  test('an interpolated value', () => {
    expect(() => derivative(formula`${formula('x')} + ${2}`, 'x')).toThrow('an interpolated value has no symbolic derivative');
    expect(() => derivative(formula`${formula('x')}(x)`, 'x')).toThrow('an interpolated formula has no symbolic derivative');
  });
});

test('names are written for mathjs so that none has a meaning to it', () => {
  const d = derivative('i^2 * cm + constructor * i + end', 'i');
  expect(d.symbols).toEqual(['cm', 'i', 'constructor']);
  expect(d({ i: 2, cm: 3, constructor: 4 } as never).item()).toBe(16);
  expect(derivative('v1^2 + v0', 'v0').toString()).toBe('1');
  expect(derivative('v1^2 + v0', 'v1').toString()).toBe('2 * v1');
});

test('a large one is not simplified, a huge one refused: none takes long', () => {
  const value = (text: string): number => derivative(text, 'x')({ x: 1.01 } as never).item();
  expect(value(Array(30).fill('x').join('*'))).toBeCloseTo(30 * 1.01 ** 29, 10);
  const powers = (n: number): string => `a0 = x*x; ${Array.from({ length: n }, (_, k) => `a${k + 1} = a${k}*a${k}`).join('; ')}; a${n}`;
  expect(value(powers(4))).toBeCloseTo(32 * 1.01 ** 31, 10);
  expect(() => derivative(powers(20), 'x')).toThrow('a formula of this size has no symbolic derivative');
  expect(() => derivative(Array(200).fill('x').join('*'), 'x')).toThrow(/^formula: no symbolic derivative: \d+ characters/);
}, 2_000);

test('what makes no sense', () => {
  expect(() => derivative('L(e) = e^2', 'e')).toThrow(
    "no symbolic derivative: 'e' is a constant outside of this formula: give the parameter another name",
  );
  expect(() => derivative('x^2', 'y')).toThrow(new UsageError('derivative', "the formula has no symbol 'y': x"));
  expect(() => derivative('3', 'y')).toThrow("the formula has no symbol 'y': it has none");
  expect(() => derivative(3 as never, 'x')).toThrow("derivative: takes a formula: got number: derivative(formula('x^2'), 'x')");
  expect(() => derivative('x +', 'x')).toThrow(FormulaError);
  expect(derivative('unused = x^2; y + 1', 'x').toString()).toBe('0');
});
