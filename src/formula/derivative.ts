/**
 * @file The symbolic derivative of a scalar formula, by mathjs, for reading. Who imports only `formula` does not get this file's packages.
 */
import { create, derivativeDependencies, type MathNode, parseDependencies, simplifyDependencies } from 'mathjs';
import { FormulaError, UsageError } from '../graph/errors.js';
import { behind, type Formula, formula, type FormulaText } from './formula.js';
import { constant } from './names.js';
import { errorAt } from './source.js';
import type { Program, Tree } from './tree.js';

interface Algebra {
  parse(text: string): MathNode;
  derivative(node: MathNode, variable: string): MathNode;
}
let algebra: Algebra | undefined;

/** The parts of mathjs that differentiate and simplify; made when the first derivative is asked for. */
const mathjs = (): Algebra =>
  (algebra ??= create({ ...parseDependencies, ...derivativeDependencies, ...simplifyDependencies }, {}) as unknown as Algebra);

/** Functions that mathjs can derive, as it writes them; `z` is the argument. */
const FUNCTIONS: Readonly<Record<string, string>> = Object.freeze(
  Object.assign(Object.create(null) as Record<string, string>, {
    exp: 'exp(z)',
    log: 'log(z)',
    ln: 'log(z)',
    log1p: 'log(1 + z)',
    expm1: '(exp(z) - 1)',
    sqrt: 'sqrt(z)',
    sin: 'sin(z)',
    cos: 'cos(z)',
    sinh: 'sinh(z)',
    cosh: 'cosh(z)',
    tanh: 'tanh(z)',
    abs: 'abs(z)',
    neg: '(-z)',
    square: '(z ^ 2)',
    sigmoid: '(1 / (1 + exp(-z)))',
    softplus: 'log(1 + exp(z))',
  }),
);
/** Functions that a derivative may contain and formulas do not have. */
const WRITTEN_OUT: ReadonlyMap<string, string> = new Map([
  ['sech', '(1 / cosh(z))'],
  ['csch', '(1 / sinh(z))'],
  ['coth', '(cosh(z) / sinh(z))'],
  ['sec', '(1 / cos(z))'],
  ['csc', '(1 / sin(z))'],
  ['tan', '(sin(z) / cos(z))'],
  ['cot', '(cos(z) / sin(z))'],
]);

/** A scalar formula as a text for mathjs: every free symbol is a `v0`, `v1`, …, definitions are written out. */
class Scalar {
  readonly symbols: string[] = [];

  constructor(private readonly program: Program) {}

  private none(tree: Tree, what: string): Error {
    return errorAt(
      this.program.text,
      tree.span,
      `${what} has no symbolic derivative`,
      undefined,
      'grad(…) of the formula works all the same',
    );
  }

  private symbol(name: string): string {
    const at = this.symbols.indexOf(name);
    return `v${at >= 0 ? at : this.symbols.push(name) - 1}`;
  }

  write(): string {
    const defined = new Map<string, string>();
    const own = new Map<string, { params: readonly string[]; body: Tree; outer: ReadonlyMap<string, string> }>();
    let text = '';
    for (const statement of this.program.statements) {
      if (statement.kind === 'function') {
        text = `(${this.expr(statement.body, new Map([...defined, ...statement.params.map((p): [string, string] => [p, this.symbol(p)])]), own)})`;
        own.set(statement.name, { ...statement, outer: new Map(defined) });
        continue;
      }
      text = `(${this.expr(statement.value, defined, own)})`;
      if (statement.kind === 'define') defined.set(statement.name, text);
    }
    return text;
  }

  private expr(
    tree: Tree,
    defined: ReadonlyMap<string, string>,
    own: ReadonlyMap<string, { params: readonly string[]; body: Tree; outer: ReadonlyMap<string, string> }>,
  ): string {
    const inner = (t: Tree): string => this.expr(t, defined, own);
    if (tree.kind === 'number') return tree.text;
    if (tree.kind === 'name') {
      const value = constant(tree.name);
      if (defined.has(tree.name)) return defined.get(tree.name)!;
      if (value === undefined) return this.symbol(tree.name);
      if (tree.name === 'pi' || tree.name === 'e') return tree.name;
      throw this.none(tree, tree.name);
    }
    if (tree.kind === 'unary' && (tree.op === '-' || tree.op === '+')) return `(${tree.op}${inner(tree.arg)})`;
    if (tree.kind === 'binary' && tree.op !== 'and' && tree.op !== 'or')
      return `(${inner(tree.left)} ${tree.op.replace('.', '')} ${inner(tree.right)})`;
    if (tree.kind === 'abs') return `abs(${inner(tree.arg)})`;
    if (tree.kind === 'call') {
      const found = tree.slot === null ? own.get(tree.name) : undefined;
      if (found !== undefined && found.params.length === tree.args.length)
        return `(${this.expr(found.body, new Map([...found.outer, ...found.params.map((p, k): [string, string] => [p, `(${inner(tree.args[k]!)})`])]), own)})`;
      if (tree.name === 'pow' && tree.args.length === 2) return `(${inner(tree.args[0]!)} ^ ${inner(tree.args[1]!)})`;
      const pattern = Object.hasOwn(FUNCTIONS, tree.name) && tree.args.length === 1 ? FUNCTIONS[tree.name] : undefined;
      if (pattern !== undefined) return pattern.replace('z', () => `(${inner(tree.args[0]!)})`);
      throw this.none(tree, tree.slot === null ? tree.name : 'an interpolated formula');
    }
    const what = { unary: 'an operator', binary: 'a condition', compare: 'a comparison', if: 'a conditional', indicator: 'an indicator', norm: 'a norm', array: 'an array', index: 'an index', subscript: 'a subscript', reduce: 'a sum over an index', slot: 'an interpolated value' }; // prettier-ignore
    throw this.none(tree, what[tree.kind]);
  }
}

/** Functions that formulas do not have, written out. */
function writtenOut(node: MathNode): MathNode {
  return node.transform((n) => {
    const { fn, args } = n as unknown as { fn?: { name?: string }; args?: MathNode[] };
    const pattern = n.type === 'FunctionNode' ? WRITTEN_OUT.get(fn?.name ?? '') : undefined;
    if (pattern === undefined) return n;
    return mathjs()
      .parse(pattern)
      .transform((m) => ((m as unknown as { name?: string }).name === 'z' && m.type === 'SymbolNode' ? args![0]! : m));
  });
}

/**
 * The derivative of a scalar formula with respect to a symbol, simplified, as a formula to read (or to call). Symbols count as numbers.
 * Where there is none (max, conditionals, norms, sums, arrays) the gradient on the tape exists all the same.
 * @throws FormulaError where a part has no symbolic derivative; UsageError for a symbol that the formula does not have.
 * @example
 * derivative('x^3 + 2x', 'x').toString(); // → 3 * x ^ 2 + 2
 * derivative(formula('log(1 + exp(-m))'), 'm')({ m: 0 }); // → -0.5
 */
export function derivative(of: FormulaText | string, symbol: string): Formula {
  const compiled = behind(typeof of === 'string' ? formula(of) : of);
  if (compiled === undefined) throw new UsageError('derivative', 'takes a formula', `got ${typeof of}`, "derivative(formula('x^2'), 'x')");
  if (!compiled.symbols.includes(symbol))
    throw new UsageError('derivative', `the formula has no symbol '${symbol}'`, undefined, compiled.symbols.join(', ') || 'it has none');
  const scalar = new Scalar(compiled.program);
  const text = scalar.write();
  let result: string;
  try {
    const math = mathjs();
    // a symbol that was defined away, and never used, is still known to the formula
    const at = scalar.symbols.indexOf(symbol);
    result = at < 0 ? '0' : writtenOut(math.derivative(math.parse(text), `v${at}`)).toString();
  } catch (error) {
    throw new FormulaError(
      'no symbolic derivative',
      error instanceof Error ? error.message : String(error),
      'grad(…) of the formula works all the same',
    );
  }
  return formula(result.replace(/\bv(\d+)\b/g, (_, k: string) => scalar.symbols[Number(k)]!));
}
