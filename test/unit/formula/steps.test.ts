/** Formulas of ops alone run as steps, and single numbers as numbers: the same values to the last bit, and on the tape nothing is missing. */
import fc from 'fast-check';
import { cast, compile, detectAnomaly, grad, parameter, record, ShapeError, Tensor, tensor, vmap } from 'chainrule';
import { formula } from 'chainrule/formula';
import { describe, expect, test } from 'vitest';
import { functionNames, namedFunction } from '../../../src/formula/names.js';
import { scalarFunction, scalarFunction2 } from '../../../src/formula/plain-functions.js';

type Call = (...values: Tensor[]) => Tensor;

/** What the ops give: they are on a tape, so that every one of them is called. */
function byOps(f: Call, values: readonly Tensor[]): { value: Tensor; ops: number } {
  let value: Tensor | undefined;
  const tape = record(() => (value = f(...values)));
  return { value: value!, ops: tape.entries.length };
}

/** How many tensors a call makes. */
function tensorsMade(f: () => unknown): number {
  const before = tensor(0).id;
  f();
  return tensor(0).id - before - 1;
}

const special = [0, -0, 1, -1, 0.5, 2, 3, -2.5, 1e-9, 700, -700, 1e300, NaN, Infinity, -Infinity, 1e-310];
const number = fc.oneof(fc.constantFrom(...special), fc.double({ min: -50, max: 50 }));

describe('of single numbers', () => {
  const unary = functionNames.filter((name) => scalarFunction(namedFunction(name)!.name) !== undefined);
  const binary = functionNames.filter((name) => scalarFunction2(namedFunction(name)!.name) !== undefined);

  test('there are such functions', () => {
    expect(unary).toEqual(expect.arrayContaining(['exp', 'sigmoid', 'erf', 'sum', 'mean', 'norm', 'silu', 'ln']));
    expect(binary).toEqual(expect.arrayContaining(['add', 'pow', 'atan2', 'mod']));
    expect(unary).not.toContain('logicalNot');
    expect(binary).not.toContain('lt');
  });

  test.each(unary)('%s gives the number of its ops', (name) => {
    const f = formula<string>(`${name}(x)`);
    const check = (v: number): void => {
      expect(f({ x: tensor(v) }).item()).toBe(byOps((x) => f({ x }), [tensor(v)]).value.item());
    };
    special.forEach(check);
    fc.assert(fc.property(number, check), { numRuns: 100, seed: 3 });
  });

  test.each(binary)('%s gives the number of its ops', (name) => {
    const f = formula<string>(`${name}(x, z)`);
    const check = (u: number, v: number): void => {
      const values = [tensor(u), tensor(v)] as const;
      expect(f({ x: values[0], z: values[1] }).item()).toBe(byOps((x, z) => f({ x, z }), values).value.item());
    };
    for (const u of special) for (const v of special) check(u, v);
    fc.assert(fc.property(number, number, check), { numRuns: 100, seed: 4 });
  });

  test('random formulas give the number of their ops', () => {
    const text: fc.Arbitrary<string> = fc.letrec<{ e: string }>((tie) => ({
      e: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('a', 'b', 'c', '0', '1', '2', '0.5', '1e-3'),
        fc.tuple(tie('e'), fc.constantFrom('+', '-', '*', '/', '^', '.*', '@'), tie('e')).map(([l, op, r]) => `(${l} ${op} ${r})`),
        fc.tuple(fc.constantFrom('-', 'exp', 'tanh', 'softplus', 'sum', 'abs'), tie('e')).map(([f, x]) => `${f}(${x})`),
        fc.tuple(fc.constantFrom('max', 'min', 'atan2'), tie('e'), tie('e')).map(([f, x, y]) => `${f}(${x}, ${y})`),
      ),
    })).e;
    const definitions = text.map((t) => `d = ${t}; f(x, y) = x * d - y / (1 + d^2); f(d + a, b - d) + f(c, d)`);
    const call = fc.tuple(fc.oneof(text, definitions), number, number, number);
    fc.assert(
      fc.property(call, ([t, ...numbers]) => {
        const f = formula<string>(t);
        const values = numbers.map((x) => tensor(x));
        const given = (xs: readonly Tensor[]): Record<string, Tensor> =>
          Object.fromEntries(f.symbols.map((s) => [s, xs['abc'.indexOf(s)]!]));
        const value = f(given(values));
        const ops = byOps((...xs) => f(given(xs)), values).value;
        expect([value.dtype, value.shape]).toEqual([ops.dtype, ops.shape]);
        expect(value.item()).toBe(ops.item());
      }),
      { numRuns: 500, seed: 5 },
    );
  });

  test('no tensors are made on the way, but where a tape or a derivative wants them', () => {
    const f = formula('max(0, 1 - a * b + c)');
    const [a, b, c] = [tensor(0.5), tensor(2), tensor(3)];
    expect(tensorsMade(() => f({ a, b, c }))).toBe(1);
    const template = (): Tensor => formula`max(0, 1 - ${a} * ${b} + ${c})`;
    template(); // read once
    expect(tensorsMade(template)).toBe(1);
    expect(byOps(() => f({ a, b, c }), []).ops).toBe(4);
    expect(grad((x: Tensor) => f({ a: x, b, c }))(a).item()).toBe(-2);
    expect(grad((x: Tensor) => formula`max(0, 1 - ${x} * ${b} + ${c})`)(a).item()).toBe(-2);
    expect(() => detectAnomaly(() => formula('log(x) + 1')({ x: tensor(-1) }))()).toThrow(/^log: made NaN/);
    const p = parameter(tensor(0.5));
    expect(f({ a: p, b, c }).node).not.toBeNull();
  });

  test('types and shapes are those of the ops', () => {
    const f = formula('a * b + 1');
    const single = cast(tensor(0.1), 'float32');
    expect(f({ a: single, b: 2 }).dtype).toBe('float32');
    expect(f({ a: single, b: 2 }).item()).toBe(Math.fround(Math.fround(Math.fround(0.1) * 2) + 1));
    expect(f({ a: single, b: tensor(2) }).dtype).toBe('float64');
    expect(f({ a: tensor(2, { dtype: 'int32' }), b: tensor(3) }).dtype).toBe('float64');
    expect(f({ a: tensor([2]), b: tensor(3) }).shape).toEqual([1]);
    expect(compile((x: Tensor) => f({ a: x, b: f({ a: tensor(3), b: tensor(4) }) }))(tensor(2)).item()).toBe(27);
    expect(vmap((a: Tensor) => f({ a, b: 2 }))(tensor([1, 2])).toArray()).toEqual([3, 5]);
  });
});

describe('of tensors', () => {
  test('a definition that nothing reads is computed: its errors are seen', () => {
    expect(() => formula('d = X @ w; sum(w)')({ X: [[1, 2]], w: [1, 2, 3] })).toThrow(ShapeError);
    expect(byOps((w) => formula('d = exp(w); sum(w)')({ w }), [tensor([1, 2])]).ops).toBe(2);
  });

  test('what is defined once is computed once', () => {
    const text = formula('d = exp(x); f(a, b) = a * b + a; f(d, d) + d');
    expect(byOps((x) => text({ x }), [tensor([1, 2])]).ops).toBe(4);
    const e = Math.exp(1);
    expect(text({ x: tensor([1]) }).item()).toBeCloseTo(e * e + 2 * e, 12);
  });

  test('an error names the part where it happened', () => {
    const f = formula('s = X @ w; mean((s - y)^2)');
    expect(() => f({ X: [[1, 2], [3, 4]], w: [1, 2], y: [1, 2, 3] })).toThrow('in "s - y"'); // prettier-ignore
    expect(() => f({ X: [[1, 2], [3, 4]], w: [1, 2, 3], y: [1, 2] })).toThrow('in "X @ w"'); // prettier-ignore
  });

  test('the values of a template may come again', () => {
    const [x, y] = [tensor([1, 2]), tensor([3, 4])];
    const once = (a: Tensor, b: Tensor): number => formula`sum(${a} .* ${b} + ${a})`.item();
    expect([once(x, y), once(y, x), once(x, x)]).toEqual([14, 18, 8]);
  });

  test('options that are known, computed ones, and a number for every axis', () => {
    const x = tensor([[1, 2], [3, 4]]); // prettier-ignore
    expect(formula('sum((x - 1)^2, axis=1) + 1')({ x }).toArray()).toEqual([2, 14]);
    expect(formula('f(k) = sum(x, axis=k); f(0) - f(1)')({ x }).toArray()).toEqual([1, -1]);
    expect(() => formula('1 + sum(x, axis=2)')({ x })).toThrow('in "sum(x, axis=2)"');
  });

  test('formulas of three values, of constants and of formulas inside', () => {
    expect(formula('clip(x, 0, 1) + [1, 2]')({ x: [-1, 0.5] }).toArray()).toEqual([1, 2.5]);
    expect(formula('1 + 2 * 3')({}).item()).toBe(7);
    const w = parameter(tensor([2, 3]));
    const penalised = formula`${formula('mean(x^2)')} + 0.5 * sum(${w}^2)`;
    expect(penalised({ x: [1, 3] }).item()).toBe(11.5);
    w.value = tensor([0, 2]);
    expect(penalised({ x: [1, 3] }).item()).toBe(7);
  });
});
