/** JavaScript's operators do not compute with tensors: they would give NaN without a word, so a tensor refuses to become a number. */
import { inspect } from 'node:util';
import { add, arange, grad, mul, parameter, sum, tensor, type Tensor, UsageError } from 'chainrule';
import { describe, expect, test } from 'vitest';

/** A function as a user of plain JavaScript writes it: the type that would stand in the way of its operators is taken away. */
const plain = (f: (x: number) => unknown): ((x: Tensor) => Tensor) => f as never;

const x = tensor([1, 2]);
const w = parameter(3, { name: 'w' });

/* eslint-disable @typescript-eslint/no-unnecessary-type-conversion -- what is tested */
const numeric: readonly (readonly [string, (x: number) => unknown])[] = [
  ['x * x', (x) => x * x],
  ['x * 2', (x) => x * 2],
  ['2 - x', (x) => 2 - x],
  ['-x', (x) => -x],
  ['+x', (x) => +x],
  ['x ** 2', (x) => x ** 2],
  ['x / 3', (x) => x / 3],
  ['x % 2', (x) => x % 2],
  ['x < 1', (x) => x < 1],
  ['1 >= x', (x) => 1 >= x],
  ['Math.exp(x)', (x) => Math.exp(x)],
  ['Number(x)', (x) => Number(x)],
  ['isNaN(x)', (x) => isNaN(x)],
];
/* eslint-enable @typescript-eslint/no-unnecessary-type-conversion */
// + and == with a number do not say whether a number or a text is wanted: a text would go on as NaN
const either: typeof numeric = [
  ['x + x', (x) => x + x],
  ['x + 1', (x) => x + 1],
  ['1 + x', (x) => 1 + x],
  ["'loss ' + x", (x) => 'loss ' + x],
  ['x == 2', (x) => x == 2], // eslint-disable-line eqeqeq -- what is tested
];

describe('a tensor is no number', () => {
  test.each(numeric)('%s', (_, f) => {
    expect(() => plain(f)(x)).toThrow(UsageError);
    expect(() => plain(f)(x)).toThrow(
      'Tensor: JavaScript cannot compute with a tensor: got Tensor float64[2] [1, 2]: write mul(x, x), sub(x, 1), where(gt(x, 0), a, b); x.item() is a number',
    );
    expect(() => plain(f)(w)).toThrow("Tensor: JavaScript cannot compute with a tensor: got Parameter 'w' float64 3: write mul(x, x)");
  });

  test.each(either)('%s', (_, f) => {
    expect(() => plain(f)(x)).toThrow(UsageError);
    expect(() => plain(f)(x)).toThrow(
      'Tensor: JavaScript cannot compute with a tensor: got Tensor float64[2] [1, 2]: write add(x, 1), eq(x, 1); as text `${x}`; x.item() is a number',
    );
  });

  test('a long tensor is cut', () => {
    expect(() => +plain((x) => x)(arange(100))).toThrow(/got Tensor float64\[100\] \[0, 1, [\d, ]*…: write/);
  });

  test('inside a transform, and in arrays', () => {
    expect(() => grad(plain((x) => x * x))(3)).toThrow('write mul(x, x)');
    expect(() => grad(plain((x) => (x + 1) * (x + 2)))(3)).toThrow('write add(x, 1)');
    expect(() => new Float64Array([x as never])).toThrow('write mul(x, x)');
    // nothing is left behind
    expect(grad((v) => mul(v, v))(3).item()).toBe(6);
  });
});

describe('what is no arithmetic goes on', () => {
  test('text', () => {
    expect(`${x} ${w}`).toBe("Tensor float64[2] [1, 2] Parameter 'w' float64 3");
    expect(String(x)).toBe('Tensor float64[2] [1, 2]');
    expect([x, w].join('; ')).toBe("Tensor float64[2] [1, 2]; Parameter 'w' float64 3");
    expect('a'.concat(x as never)).toBe('aTensor float64[2] [1, 2]');
    expect(inspect([x])).toBe('[ Tensor float64[2] [1, 2] ]');
    expect({ [x as never]: 1 }).toEqual({ 'Tensor float64[2] [1, 2]': 1 });
  });

  test('identity, truth, null and types', () => {
    const [same, other, none]: unknown[] = [x, tensor([1, 2]), undefined];
    /* eslint-disable eqeqeq -- what is tested */
    expect([x == same, x == other, x != none, x == null]).toEqual([true, false, true, false]);
    /* eslint-enable eqeqeq */
    expect([Boolean(x), typeof x, same === 3]).toEqual([true, 'object', false]);
    expect(new Map([[x, 1]]).get(x)).toBe(1);
  });

  test('JSON, copies and matchers', () => {
    expect(JSON.parse(JSON.stringify({ x: x.toArray() }))).toEqual({ x: [1, 2] });
    expect(() => JSON.stringify({ x, w })).not.toThrow();
    expect(x).toEqual(x);
    expect([x]).not.toEqual([tensor([1, 3])]);
    expect(x).toMatchObject({ shape: [2], dtype: 'float64' });
    expect(() => expect(x).toEqual(3)).toThrow(/expected/);
    expect(() => expect(x).toBe(tensor([1, 2]))).toThrow(/expected/);
  });

  test('item is how a number comes out', () => {
    expect(sum(add(x, 1)).item() * 2).toBe(10);
  });
});
