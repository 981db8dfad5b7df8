/**
 * @file Operators on codes: arithmetic, comparisons, logic, conditionals, arrays, and max and min of several values.
 */
import { toTensor } from '../graph/create.js';
import { DTypeError } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import { relu } from '../ops/activations.js';
import { add, div, maximum, minimum, mul, neg, square, sub } from '../ops/arithmetic.js';
import { cast } from '../ops/casting.js';
import { pow } from '../ops/exponential.js';
import { eq, ge, gt, le, logicalAnd, logicalNot, logicalOr, lt, ne, where } from '../ops/logic.js';
import { matmul } from '../ops/matmul.js';
import { transpose } from '../ops/shaping.js';
import { stack } from '../ops/slicing.js';
import type { Builder, Op2 } from './builder.js';
import type { Code, Value } from './code.js';
import { lift, union } from './indices.js';
import type { Span } from './source.js';
import type { BinaryOperator, Comparison } from './tree.js';

interface Arithmetic {
  readonly name: string;
  readonly op: Op2;
  /** The same for plain numbers, which stay plain. */
  readonly numbers?: (a: number, b: number) => number;
}
const times: Arithmetic = { name: 'mul', op: mul, numbers: (a, b) => a * b };
const over: Arithmetic = { name: 'div', op: div, numbers: (a, b) => a / b };
const power: Arithmetic = { name: 'pow', op: pow, numbers: (a, b) => a ** b };
const ARITHMETIC: Readonly<Record<BinaryOperator, Arithmetic>> = {
  '+': { name: 'add', op: add, numbers: (a, b) => a + b },
  '-': { name: 'sub', op: sub, numbers: (a, b) => a - b },
  '*': times,
  '.*': times,
  '/': over,
  './': over,
  '^': power,
  '.^': power,
  and: { name: 'logicalAnd', op: logicalAnd },
  or: { name: 'logicalOr', op: logicalOr },
};
const COMPARE: Readonly<Record<Comparison, { readonly name: string; readonly op: Op2 }>> = {
  '==': { name: 'eq', op: eq },
  '!=': { name: 'ne', op: ne },
  '<': { name: 'lt', op: lt },
  '<=': { name: 'le', op: le },
  '>': { name: 'gt', op: gt },
  '>=': { name: 'ge', op: ge },
};

/** The transpose: of a matrix, or of each matrix of a batch; a vector is its own. */
function transposed(x: Value): Value {
  if (typeof x === 'number' || x.ndim < 2) return x;
  if (x.ndim === 2) return transpose(x);
  return transpose(x, [...x.shape.keys()].slice(0, -2).concat(x.ndim - 1, x.ndim - 2));
}

/** Values as the rows of a new tensor; plain numbers take the type of the others. */
function stacked(items: readonly Value[]): Tensor {
  const weak = items.some((x) => typeof x !== 'number' && x.dtype === 'float32') ? 'float32' : 'float64';
  return stack(items.map((x) => toTensor(x, 'stack', weak)));
}

/** A condition counted: 1 where it holds, else 0, as an integer that takes the type of what it meets. */
export function indicator(cond: Value): Tensor {
  if (typeof cond === 'number' || cond.dtype !== 'bool')
    throw new DTypeError(
      '1(…)',
      'needs a condition',
      `got ${typeof cond === 'number' ? 'a number' : cond.dtype}`,
      '1(x > 0) counts; for a product write 1 * (…)',
    );
  return cast(cond, 'int32');
}

export function unary(build: Builder, op: '-' | '+' | 'not' | "'", arg: Code, span: Span): Code {
  if (op === '+') return arg;
  if (op === '-') return build.map1('neg', neg, arg, span, (x) => -x);
  if (op === 'not') return build.map1('logicalNot', logicalNot, arg, span);
  build.whole("x'", [arg], span);
  return build.map1('transpose', transposed, arg, span);
}

export function binary(build: Builder, op: BinaryOperator, left: Code, right: Code, span: Span): Code {
  const { name, op: apply, numbers } = ARITHMETIC[op];
  if (op !== '*' && op !== '.*') {
    if (name === 'pow' && right.constant === 2) return build.map1('square', square, left, span, (x) => x * x);
    return build.map2(name, apply, left, right, span, numbers);
  }
  const product = op === '.*' || left.constant !== undefined || right.constant !== undefined || union([left, right]).length > 0;
  // Iverson's bracket: where the condition fails the product is 0, whatever the other factor is
  const [cond, factor] = left.cond !== undefined ? [left.cond, right] : right.cond !== undefined ? [right.cond, left] : [];
  const bracket = (c: Value, x: Value): Value => where(c, x, 0);
  if (product)
    return cond === undefined ? build.map2(name, apply, left, right, span, numbers) : build.map2('where', bracket, cond, factor!, span);
  build.ops.add('matmul');
  const at = build.place(span);
  const [a, b] = [left.run, right.run];
  build.ops.add('mul');
  return {
    indices: [],
    run: (f) => {
      const x = a(f);
      const y = b(f);
      if (typeof x === 'number') {
        if (typeof y === 'number') return x * y;
      } else if (typeof y !== 'number' && x.shape.length > 0 && y.shape.length > 0) {
        f.at = at;
        return (matmul as Op2)(x, y);
      }
      f.at = at;
      if (cond === undefined) return (mul as Op2)(x, y);
      return bracket(cond.run(f), cond === left.cond ? y : x);
    },
  };
}

export function compare(build: Builder, ops: readonly Comparison[], args: readonly Code[], span: Span): Code {
  const indices = union(args);
  const runs = args.map((a) => lift(a, indices));
  ops.forEach((op) => build.ops.add(COMPARE[op].name));
  if (ops.length === 1) return build.map2(COMPARE[ops[0]!].name, COMPARE[ops[0]!].op, args[0]!, args[1]!, span);
  build.ops.add('logicalAnd');
  const at = build.place(span);
  return {
    indices,
    run: (f) => {
      const values = runs.map((run) => run(f));
      f.at = at;
      return ops.map((op, k) => COMPARE[op].op(values[k]!, values[k + 1]!)).reduce((a, b) => logicalAnd(a, b));
    },
  };
}

export function conditional(build: Builder, codes: readonly Code[], span: Span): Code {
  const [cond, yes, no] = codes as [Code, Code, Code];
  if (typeof cond.constant === 'boolean') return cond.constant ? yes : no;
  return build.map3('where', where, codes, span);
}

/** `max(a, b)`, elementwise; beside a literal 0 the relu of the lectures, whose derivative at 0 is 0. */
export function extremum(build: Builder, name: 'max' | 'min', args: readonly Code[], span: Span): Code {
  const [op, numbers] = name === 'max' ? [maximum as Op2, Math.max] : [minimum as Op2, Math.min];
  return args.reduce((a, b) => {
    const kept = name === 'max' ? (a.constant === 0 ? b : b.constant === 0 ? a : undefined) : undefined;
    if (kept !== undefined) return build.map1('relu', relu, kept, span, (x) => Math.max(x, 0));
    return build.map2(name === 'max' ? 'maximum' : 'minimum', op, a, b, span, (x, y) => numbers(x, y));
  });
}

export function array(build: Builder, items: readonly Code[], span: Span): Code {
  build.whole('an array', items, span);
  if (items.every((i) => typeof i.constant === 'number')) {
    const fixed = toTensor(items.map((i) => i.constant as number));
    return { run: () => fixed, indices: [] };
  }
  return build.map3('stack', (...xs) => stacked(xs), items, span);
}
