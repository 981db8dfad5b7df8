/** What can be called by name: every op, loss and regulariser of the library, or a reason why not. */
import * as chainrule from 'chainrule';
import { FormulaError, registry } from 'chainrule';
import { formula } from 'chainrule/formula';
import { expect, test } from 'vitest';
import { located } from '../../../src/formula/code.js';
import { constant, functionNames, namedFunction } from '../../../src/formula/names.js';
import * as functions from '../../../src/ops/functions.js';

/** Functions that give no tensor, or need what a text cannot say. */
const unsaid: Record<string, string> = {
  kNearest: 'gives indices and distances',
  split: 'gives a list: use ranges, x[0:2]',
  topk: 'gives values and indices: use sort',
  at: 'use ranges, x[0:2], and take',
  slogdet: 'gives sign and logarithm',
  einsum: 'needs a text: use indices, sum_k A_ik B_kj',
  uniform: 'needs a generator',
  normal: 'needs a generator',
  randint: 'needs a generator',
  permutation: 'needs a generator',
  dropoutMask: 'needs a generator',
};

test('every op of the registry that is a function', () => {
  const left = [...registry.keys()].filter((name) => namedFunction(name) === undefined);
  const internal = left.filter((name) => !(name in functions));
  expect(left.filter((name) => name in functions && !(name in unsaid))).toEqual([]);
  // what is not public is written by no user: rules and compositions are made of it
  expect(internal.filter((name) => name in chainrule)).toEqual([]);
});

test('every public function of ops', () => {
  const all = Object.entries(functions).filter(([, f]) => typeof f === 'function' && !/^[A-Z]/.test(f.name));
  expect(all.map(([name]) => name).filter((name) => namedFunction(name) === undefined && !(name in unsaid))).toEqual([]);
});

test('every loss and regulariser', () => {
  const names = Object.keys(chainrule).filter((n) => /(Loss|Entropy|EntropyWithLogits|Hinge)$/.test(n) || ['klDiv', 'entropy', 'l1', 'l2', 'elasticNet'].includes(n)); // prettier-ignore
  expect(names.length).toBeGreaterThan(12);
  expect(names.filter((n) => namedFunction(n) === undefined)).toEqual([]);
});

test('each name is the function of that name in the library', () => {
  const aliases: Record<string, string> = { ln: 'log', amin: 'min' };
  for (const name of functionNames) {
    const known = aliases[name] ?? name;
    expect(namedFunction(name)!.name).toBe(known);
    expect(known in chainrule, known).toBe(true);
  }
  expect(functionNames.length).toBeGreaterThan(90);
  expect(new Set(functionNames).size).toBe(functionNames.length);
});

test('tables have no prototype', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    expect(namedFunction(name)).toBeUndefined();
    expect(constant(name)).toBeUndefined();
  }
});

test('elementwise functions take single entries; each gives what it gives by hand', () => {
  for (const name of functionNames) {
    const { elementwise, params, call } = namedFunction(name)!;
    if (!elementwise || name === 'cast' || params.length !== 1) continue;
    const x = name === 'logicalNot' ? chainrule.tensor([true, false]) : chainrule.tensor([0.3, 0.7]);
    expect(formula(`${name}(x)`)({ x }).toArray()).toEqual(call(x).toArray());
    expect(formula(`sum_j ${name}(x_j)`)({ x }).toArray()).toEqual(chainrule.sum(call(x)).toArray());
    if (!['logicalNot', 'isFinite', 'isNaN', 'stopGradient', 'sign'].includes(name))
      expect(formula(`${name}(0.3)`)({}).item()).toBe(call(0.3).item());
  }
});

test('memory that runs out is a FormulaError; errors of others pass', () => {
  const place = { text: 'a + outer(x, x)', span: { start: 4, end: 15 } };
  const error = located(new RangeError('Array buffer allocation failed'), place);
  expect(error).toBeInstanceOf(FormulaError);
  expect((error as Error).message).toMatch(
    /^formula: too large to compute: Array buffer allocation failed: in "outer\(x, x\)": line 1, column 5\n/,
  );
  const other = new TypeError('x');
  expect(located(other, place)).toBe(other);
  expect(located(other, undefined)).toBe(other);
});
