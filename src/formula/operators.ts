/**
 * @file Operators on codes: arithmetic, comparisons, logic, conditionals, arrays, and max and min of several values.
 */
import { toTensor } from '../graph/create.js';
import { DTypeError } from '../graph/errors.js';
import { Tensor } from '../graph/tensor.js';
import { relu } from '../ops/activations.js';
import { add, div, maximum, minimum, mul, neg, square, sub } from '../ops/arithmetic.js';
import { pow } from '../ops/exponential.js';
import { eq, ge, gt, le, logicalAnd, logicalNot, logicalOr, lt, ne, where } from '../ops/logic.js';
import { registry } from '../ops/define.js';
import { matmul } from '../ops/matmul.js';
import { transpose } from '../ops/shaping.js';
import { stack } from '../ops/slicing.js';
import type { Builder, Op2 } from './builder.js';
import { arithmetic, closed, type Code, type Frame, type Gated, type Index, type Value, weakType } from './code.js';
import { lift, lifting, union } from './indices.js';
import type { Span } from './source.js';
import type { BinaryOperator, Comparison } from './tree.js';

interface Arithmetic {
  readonly name: string;
  readonly op: Op2;
  /** The same for plain numbers, which stay plain. */
  readonly numbers?: (a: number, b: number) => number;
}
const times: Arithmetic = { name: 'mul', op: mul, numbers: arithmetic.mul };
const over: Arithmetic = { name: 'div', op: div, numbers: arithmetic.div };
const power: Arithmetic = { name: 'pow', op: pow, numbers: (a, b) => a ** b };
const ARITHMETIC: Readonly<Record<BinaryOperator, Arithmetic>> = {
  '+': { name: 'add', op: add, numbers: arithmetic.add },
  '-': { name: 'sub', op: sub, numbers: arithmetic.sub },
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

/** What may stand in an indicator. */
function condition(cond: Value): Tensor {
  if (typeof cond === 'number' || cond.dtype !== 'bool')
    throw new DTypeError(
      '1(…)',
      'needs a condition',
      `got ${typeof cond === 'number' ? 'a number' : cond.dtype}`,
      '1(x > 0) counts; for a product write 1 * (…)',
    );
  return cond;
}

/** A condition counted: 1 where it holds, else 0. */
export function indicator(build: Builder, cond: Code, span: Span): Code {
  const at = build.place(span);
  const gated = (f: Frame): Gated => {
    const value = cond.run(f);
    f.at = at;
    return { cond: condition(value), value: 1 };
  };
  build.ops.add('cast');
  return { indices: cond.indices, gated, run: (f) => closed(f, gated(f)) };
}

export function unary(build: Builder, op: '-' | '+' | 'not' | "'", arg: Code, span: Span): Code {
  if (op === '+') return arg;
  if (op === '-') {
    const { gated } = arg;
    const minus = build.map1('neg', neg, arg, span, (x) => -x);
    if (gated === undefined) return minus;
    const parts = (f: Frame): Gated => {
      const { cond, value } = gated(f);
      return { cond, value: typeof value === 'number' ? -value : neg(value) };
    };
    return { ...minus, gated: parts };
  }
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
  const elementwise = op === '.*' || left.constant !== undefined || right.constant !== undefined || union([left, right]).length > 0;
  if (left.gated !== undefined || right.gated !== undefined) return bracket(build, !elementwise, left, right, span);
  if (elementwise) return build.map2(name, apply, left, right, span, numbers);
  build.ops.add('matmul');
  return build.map2('mul', product, left, right, span, times.numbers, productOfTensors);
}

const mulOfTensors = registry.get('mul')!.direct!;

/** The matrix product where both have axes, else elementwise. */
function product(x: Value, y: Value): Value {
  const matrices = typeof x !== 'number' && typeof y !== 'number' && x.shape.length > 0 && y.shape.length > 0;
  return matrices ? (matmul as Op2)(x, y) : (mul as Op2)(x, y);
}
const productOfTensors = (x: Tensor, y?: Tensor): Value =>
  x.shape.length > 0 && y!.shape.length > 0 ? (matmul as Op2)(x, y!) : mulOfTensors(x, y);

type Run = (f: Frame) => Value;
const rank = (x: Value | undefined): number => (x instanceof Tensor ? x.ndim : 0);

/** A code in two parts, with an axis for each of the indices. */
function parts(code: Code, indices: readonly Index[]): (f: Frame) => Gated {
  const { gated } = code;
  const run = lift(code, indices);
  if (gated === undefined) return (f) => ({ cond: undefined, value: run(f) });
  const widen = lifting(code.indices, indices);
  return (f) => {
    const { cond, value } = gated(f);
    return { cond: cond && widen(cond), value: widen(value) };
  };
}

/** Iverson's bracket: where its condition fails an elementwise product is 0, whatever the other factors are. `dots`: may it be a matrix product? */
function bracket(build: Builder, dots: boolean, left: Code, right: Code, span: Span): Code {
  for (const name of dots ? ['matmul', 'mul', 'where'] : ['mul', 'where']) build.ops.add(name);
  const at = build.place(span);
  const indices = union([left, right]);
  const [a, b] = [parts(left, indices), parts(right, indices)];
  const gated = (f: Frame): Gated => {
    const [x, y] = [a(f), b(f)];
    f.at = at;
    if (dots && Math.max(rank(x.cond), rank(x.value)) > 0 && Math.max(rank(y.cond), rank(y.value)) > 0)
      return { cond: undefined, value: matmul(closed(f, x), closed(f, y)) };
    const cond = x.cond === undefined ? y.cond : y.cond === undefined ? x.cond : logicalAnd(x.cond, y.cond);
    return { cond, value: factors(x.value, y.value) };
  };
  return { indices, gated, run: (f) => closed(f, gated(f)) };
}

/** A product in which the 1 of an indicator is nothing. */
function factors(a: Value, b: Value): Value {
  if (a === 1) return b;
  if (b === 1) return a;
  return typeof a === 'number' && typeof b === 'number' ? a * b : (mul as Op2)(a, b);
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
  build.ops.add('where');
  const at = build.place(span);
  const indices = union(codes);
  const [test, a, b] = codes.map((c) => lift(c, indices)) as [Run, Run, Run];
  const run = (f: Frame): Value => {
    const [c, x, y] = [test(f), a(f), b(f)];
    f.at = at;
    // two numbers take the type of the formula's tensors
    return where(c, typeof x === 'number' && typeof y === 'number' ? toTensor(x, 'where', weakType(f)) : x, y);
  };
  return { indices, run };
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
    return { run: () => fixed, indices: [], flow: { kind: 'known', value: fixed } };
  }
  return build.mapAll('stack', (...xs) => stacked(xs), items, span);
}
