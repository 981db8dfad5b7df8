/**
 * @file Formulas as text, lowered onto the library's ops. mathjs parses; it never computes.
 */
import { abs, add, cos, div, exp, log, mul, neg, pow, sin, sqrt, sub, tensor, type Tensor } from 'chainrule';
import {
  type ConstantNode,
  type FunctionNode,
  type MathNode,
  type OperatorNode,
  parse,
  type ParenthesisNode,
  type SymbolNode,
} from 'mathjs';
import { IllFormed } from './inputs.js';

const FUNCTIONS: Readonly<Record<string, (x: Tensor) => Tensor>> = { abs, cos, exp, log, ln: log, sin, sqrt };
const OPERATORS: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = { '+': add, '-': sub, '*': mul, '/': div };

// Which node is which is a type tag in mathjs, not a discriminated union.
type Known =
  | { kind: 'number'; value: number }
  | { kind: 'name'; name: string }
  | { kind: 'operator'; op: string; args: MathNode[] }
  | { kind: 'call'; name: string; args: MathNode[] };

function known(node: MathNode): Known {
  switch (node.type) {
    case 'ParenthesisNode':
      return known((node as ParenthesisNode).content);
    case 'ConstantNode': {
      const { value } = node as ConstantNode;
      if (typeof value === 'number') return { kind: 'number', value };
      break;
    }
    case 'SymbolNode':
      return { kind: 'name', name: (node as SymbolNode).name };
    case 'OperatorNode': {
      const { op, args } = node as OperatorNode;
      return { kind: 'operator', op, args };
    }
    case 'FunctionNode': {
      const { fn, args } = node as FunctionNode;
      return { kind: 'call', name: fn.name, args };
    }
  }
  throw new IllFormed(`'${node.toString()}' is not a formula this reader knows`);
}

/** The tree of a formula; a text that is not one is an ill-formed input. */
export function parseFormula(text: string): MathNode {
  try {
    return parse(text);
  } catch {
    throw new IllFormed(`'${text}' is not a formula`);
  }
}

/** x to a whole power as products: unlike `pow`, its derivatives of every order are polynomials, finite at 0. */
function wholePower(x: Tensor, n: number): Tensor {
  if (n < 2) return n === 1 ? x : tensor(1);
  const half = wholePower(x, Math.floor(n / 2));
  const square = mul(half, half);
  return n % 2 === 0 ? square : mul(square, x);
}

/** The exponent of `^` if it is a plain whole number. */
function wholeExponent(node: MathNode): number | undefined {
  const exponent = known(node);
  return exponent.kind === 'number' && Number.isSafeInteger(exponent.value) && exponent.value >= 0 ? exponent.value : undefined;
}

/** The value of a formula, as ops of its variables. */
export function lower(node: MathNode, variables: Readonly<Record<string, Tensor>>): Tensor {
  const part = known(node);
  if (part.kind === 'number') return tensor(part.value);
  if (part.kind === 'name') {
    const value = variables[part.name];
    if (value === undefined) throw new IllFormed(`the formula '${node.toString()}' uses the unknown name '${part.name}'`);
    return value;
  }
  const first = part.args[0]!;
  if (part.kind === 'call') {
    const f = FUNCTIONS[part.name];
    if (f === undefined || part.args.length !== 1) throw new IllFormed(`the formula uses the unknown function '${node.toString()}'`);
    return f(lower(first, variables));
  }
  const x = lower(first, variables);
  const second = part.args[1];
  if (second === undefined) {
    if (part.op === '-') return neg(x);
    if (part.op === '+') return x;
  } else if (part.op === '^') {
    const n = wholeExponent(second);
    return n === undefined ? pow(x, lower(second, variables)) : wholePower(x, n);
  } else {
    const binary = OPERATORS[part.op];
    if (binary !== undefined) return binary(x, lower(second, variables));
  }
  throw new IllFormed(`the formula uses the unknown operator '${part.op}'`);
}

/** An upper bound of the degree of a formula that is a polynomial in its names. */
export function degreeOf(node: MathNode): number {
  const part = known(node);
  if (part.kind === 'number') return 0;
  if (part.kind === 'name') return 1;
  const degrees = part.args.map(degreeOf);
  const [a = 0, b = 0] = degrees;
  if (degrees.every((degree) => degree === 0)) return 0;
  if (part.kind === 'operator') {
    if (part.op === '+' || part.op === '-') return Math.max(a, b);
    if (part.op === '*') return a + b;
    if (part.op === '/' && b === 0) return a;
    const n = part.op === '^' && part.args[1] !== undefined ? wholeExponent(part.args[1]) : undefined;
    if (n !== undefined) return a * n;
  }
  throw new IllFormed(`'${node.toString()}' is not a polynomial`);
}

/** The names a formula uses, each once, without its functions. */
export function namesIn(node: MathNode): string[] {
  const part = known(node);
  if (part.kind === 'number') return [];
  return part.kind === 'name' ? [part.name] : [...new Set(part.args.flatMap(namesIn))];
}
