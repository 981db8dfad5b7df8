/**
 * @file The symbolic derivative of a scalar formula, by mathjs, for reading. Who imports only `formula` does not get this file's packages.
 */
import {
  create,
  derivativeDependencies,
  type MathNode,
  type OperatorNode,
  type ParenthesisNode,
  parseDependencies,
  simplifyDependencies,
} from 'mathjs';
import { FormulaError, UsageError } from '../graph/errors.js';
import { behind, type Formula, formula, type FormulaText } from './formula.js';
import { constant } from './names.js';
import { errorAt } from './source.js';
import { MAX_LENGTH } from './tokens.js';
import type { Program, Tree } from './tree.js';

/** A rule of mathjs, as a text or with what it assumes. */
type Rule = string | { readonly s?: string } | ((node: MathNode) => MathNode);

interface Algebra {
  parse(text: string): MathNode;
  derivative(node: MathNode, variable: string, options: { simplify: boolean }): MathNode;
  simplify: { (node: MathNode, rules: readonly Rule[]): MathNode; readonly rules: readonly Rule[] };
}
let algebra: Algebra | undefined;

/** The parts of mathjs that differentiate and simplify; made when the first derivative is asked for. */
const mathjs = (): Algebra =>
  (algebra ??= create(
    { ...parseDependencies, ...derivativeDependencies, ...simplifyDependencies },
    // small factors do not count as 0, and roots of negative numbers are NaN
    { absTol: 0, predictable: true },
  ) as unknown as Algebra);

/** Rules of mathjs that hold for positive numbers only. */
const POSITIVE: ReadonlySet<string> = new Set(['(n1*n2)^n3 -> n1^n3 * n2^n3', '(n ^ n1) ^ n2 -> n ^ (n1 * n2)']);

/** What holds of them for all numbers: powers of powers with whole exponents. */
const WHOLE: readonly Rule[] = ['(n ^ n1) ^ 2 -> n ^ (2 * n1)', '(n ^ n1) ^ (-1) -> n ^ (-n1)'];

/** How many levels a syntax tree has, and how many nodes. */
function extentOf(root: MathNode): { depth: number; size: number } {
  let [depth, size] = [0, 0];
  for (let level = [root]; level.length > 0; depth++) {
    size += level.length;
    const below: MathNode[] = [];
    for (const node of level) node.forEach((child) => below.push(child));
    level = below;
  }
  return { depth, size };
}

/** The tree says what belongs together: brackets are printed where they are needed. */
const bare = (node: MathNode): MathNode =>
  node.type === 'ParenthesisNode' ? bare((node as ParenthesisNode).content) : (node as OperatorNode).map(bare);

/** The derivative, simplified where its size allows it: the time that takes doubles with a level. */
function derived(text: string, variable: string): MathNode {
  const math = mathjs();
  const raw = math.derivative(bare(math.parse(text)), variable, { simplify: false });
  // mathjs applies its rules until nothing changes, and some go round in circles or make the tree larger and larger
  let steps = 0;
  const guard = (node: MathNode): MathNode => {
    const { depth, size } = extentOf(node);
    if (depth > MAX_DEPTH || size > MAX_SIZE || ++steps > MAX_STEPS) throw new TooLarge();
    return node;
  };
  const rules = math.simplify.rules.filter((rule) => !POSITIVE.has(typeof rule === 'string' ? rule : ((rule as { s?: string }).s ?? '')));
  try {
    return math.simplify(guard(raw), [...rules, ...WHOLE].flatMap((rule) => [rule, guard])); // prettier-ignore
  } catch (error) {
    if (error instanceof TooLarge) return raw;
    throw error;
  }
}

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
    tan: 'tan(z)',
    asin: 'asin(z)',
    acos: 'acos(z)',
    atan: 'atan(z)',
    asinh: 'asinh(z)',
    acosh: 'acosh(z)',
    atanh: 'atanh(z)',
    rsqrt: '(1 / sqrt(z))',
    reciprocal: '(1 / z)',
    logSigmoid: '(-log(1 + exp(-z)))',
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
  ['cot', '(cos(z) / sin(z))'],
]);

/** What names mean at a place of the text: written-out values, and functions with what they saw when they were defined. */
interface Defined {
  readonly values: ReadonlyMap<string, string>;
  readonly functions: ReadonlyMap<string, { readonly params: readonly string[]; readonly body: Tree; readonly scope: Defined }>;
}
/** Longest formula with its definitions written out, in characters. */
const MAX_WRITTEN = 4_000;
/** Deepest and largest derivative that is simplified, in levels and nodes of the syntax tree. */
const [MAX_DEPTH, MAX_SIZE] = [18, 120];
/** Most applications of a rule. */
const MAX_STEPS = 1_500;
/** Ends what would take too long. */
class TooLarge extends Error {}

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
    let scope: Defined = { values: new Map(), functions: new Map() };
    let text = '';
    for (const statement of this.program.statements) {
      if (statement.kind === 'function') {
        const params = statement.params.map((p): [string, string] => [p, this.symbol(p)]);
        text = `(${this.expr(statement.body, { ...scope, values: new Map([...scope.values, ...params]) })})`;
        scope = { ...scope, functions: new Map([...scope.functions, [statement.name, { ...statement, scope }]]) };
        continue;
      }
      text = `(${this.expr(statement.value, scope)})`;
      if (statement.kind === 'define') scope = { ...scope, values: new Map([...scope.values, [statement.name, text]]) };
    }
    return text;
  }

  /** Definitions written out may double with every line. */
  private expr(tree: Tree, scope: Defined): string {
    const text = this.written(tree, scope);
    if (text.length > MAX_WRITTEN) throw this.none(tree, 'a formula of this size');
    return text;
  }

  private written(tree: Tree, scope: Defined): string {
    const { values: defined, functions } = scope;
    const inner = (t: Tree): string => this.expr(t, scope);
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
      const found = tree.slot === null ? functions.get(tree.name) : undefined;
      if (found !== undefined) {
        const args = found.params.map((p, k): [string, string] => [p, `(${inner(tree.args[k]!)})`]);
        return `(${this.expr(found.body, { ...found.scope, values: new Map([...found.scope.values, ...args]) })})`;
      }
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
  const taken = scalar.symbols.find((name) => constant(name) !== undefined);
  if (taken !== undefined)
    throw new FormulaError('no symbolic derivative', `'${taken}' is a constant outside of this formula`, 'give the parameter another name');
  let result: string;
  try {
    // a symbol that was defined away, and never used, is still known to the formula
    const at = scalar.symbols.indexOf(symbol);
    result = at < 0 ? '0' : writtenOut(derived(text, `v${at}`)).toString();
  } catch (error) {
    throw new FormulaError(
      'no symbolic derivative',
      error instanceof Error ? error.message : String(error),
      'grad(…) of the formula works all the same',
    );
  }
  if (result.length > MAX_LENGTH)
    throw new FormulaError('no symbolic derivative', `${result.length} characters`, 'grad(…) of the formula works all the same');
  return formula(result.replace(/\bv(\d+)\b/g, (_, k: string) => scalar.symbols[Number(k)]!));
}
