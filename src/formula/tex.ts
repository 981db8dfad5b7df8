/**
 * @file A formula as LaTeX, as the lectures write it: fractions, sums, norms, bars, cases.
 */
import { Tensor } from '../graph/tensor.js';
import type { Interpolated } from './lower.js';
import type { BinaryOperator, CallTree, Comparison, Program, ReduceTree, Statement, Tree } from './tree.js';

/** What is printed: the lines, and what stands at the places of a template. */
interface Printed {
  readonly program: Program;
  readonly slots: readonly Interpolated[];
}

// how tightly parts bind; brackets are written around what binds less than its place asks for
const [CASES, OR, AND, COMPARE, SUM, BIG, PRODUCT, PREFIX, POWER, ATOM] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
type Level = number;
interface Tex {
  readonly tex: string;
  readonly level: Level;
}

const GREEK = new Set(
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega'.split(' '), // prettier-ignore
);
const OPERATORS: ReadonlySet<string> = new Set('exp log ln sin cos tan sinh cosh tanh max min'.split(' '));
/** Functions that are written under another name, with their argument in brackets. */
const WRITTEN: ReadonlyMap<string, string> = new Map([
  ['asin', '\\arcsin'],
  ['acos', '\\arccos'],
  ['atan', '\\arctan'],
  ['asinh', '\\operatorname{arsinh}'],
  ['acosh', '\\operatorname{arcosh}'],
  ['atanh', '\\operatorname{artanh}'],
  ['digamma', '\\psi'],
  ['sigmoid', '\\sigma'],
]);
const COMPARISONS: Readonly<Record<Comparison, string>> = { '==': '=', '!=': '\\ne', '<': '<', '<=': '\\le', '>': '>', '>=': '\\ge' };
const BINARY: Readonly<Record<Exclude<BinaryOperator, '*' | '/' | '^'>, readonly [sign: string, level: Level]>> = {
  '+': ['+', SUM],
  '-': ['-', SUM],
  '.*': ['\\odot', PRODUCT],
  './': ['\\oslash', PRODUCT],
  '.^': ['^', POWER],
  and: ['\\land', AND],
  or: ['\\lor', OR],
};

const escaped = (text: string): string => text.replace(/_/g, '\\_');

/** One word of a name: a letter, a Greek letter, or upright text. */
function word(text: string): string {
  if (GREEK.has(text)) return `\\${text}`;
  if (/^(.|\d+)$/u.test(text)) return escaped(text);
  const [, letter, digits] = /^(\p{L})([\d₀-₉]+)$/u.exec(text) ?? [];
  return letter === undefined ? `\\mathrm{${escaped(text)}}` : `${letter}_{${digits!.normalize('NFKC')}}`;
}

/** A name; what stands behind an underline is a subscript. */
export function nameTex(name: string): string {
  if (name === 'infinity' || name === 'inf' || name === 'Infinity') return '\\infty';
  if (name === 'true' || name === 'false') return `\\mathrm{${name}}`;
  const cut = name.indexOf('_');
  if (cut <= 0 || cut === name.length - 1) return word(name);
  const [base, below] = [word(name.slice(0, cut)), name.slice(cut + 1)];
  const inner = below.split('_').map(word).join('\\,');
  return base.includes('_') ? `{${base}}_{${inner}}` : `${base}_{${inner}}`;
}

const bracketed = (tex: string): string => `\\left(${tex}\\right)`;

class Printer {
  private readonly slots: readonly Interpolated[];
  /** Names that mean something else in this text than in the library. */
  private readonly own: ReadonlySet<string>;

  constructor({ program, slots }: Printed) {
    this.slots = slots;
    this.own = new Set(
      program.statements.flatMap((s) => (s.kind === 'value' ? [] : s.kind === 'define' ? [s.name] : [s.name, ...s.params])),
    );
  }

  private at(tree: Tree, level: Level): string {
    const { tex, level: own } = this.print(tree);
    return own < level ? bracketed(tex) : tex;
  }

  private list(trees: readonly Tree[]): string {
    return trees.map((t) => this.at(t, CASES)).join(', ');
  }

  print(tree: Tree): Tex {
    switch (tree.kind) {
      case 'number':
        return number(tree.text);
      case 'name':
        return { tex: nameTex(tree.name), level: ATOM };
      case 'slot':
        return this.slot(tree.slot);
      case 'unary':
        if (tree.op === "'") return { tex: `${this.at(tree.arg, ATOM)}^{\\top}`, level: POWER };
        if (tree.op === 'not') return { tex: `\\lnot ${this.at(tree.arg, ATOM)}`, level: COMPARE };
        return { tex: `${tree.op}${this.at(tree.arg, BIG)}`, level: SUM };
      case 'binary':
        return this.binary(tree.op, tree.left, tree.right);
      case 'compare':
        return {
          tex: tree.args.map((a, k) => `${this.at(a, SUM)}${k < tree.ops.length ? ` ${COMPARISONS[tree.ops[k]!]} ` : ''}`).join(''),
          level: COMPARE,
        };
      case 'if':
        return {
          tex: `\\begin{cases} ${this.at(tree.yes, OR)} & \\text{if } ${this.at(tree.cond, OR)} \\\\ ${this.at(tree.no, OR)} & \\text{otherwise} \\end{cases}`,
          level: COMPARE,
        };
      case 'abs':
        return { tex: `\\left|${this.at(tree.arg, CASES)}\\right|`, level: ATOM };
      case 'norm':
        return this.norm(tree.arg, tree.ord);
      case 'indicator':
        return { tex: `\\mathbb{1}\\left[${this.at(tree.arg, CASES)}\\right]`, level: ATOM };
      case 'array': {
        const rows = tree.items.map((i) => (i.kind === 'array' ? i.items.map((x) => this.at(x, CASES)).join(' & ') : this.at(i, CASES)));
        const matrix = tree.items.some((i) => i.kind === 'array');
        return { tex: `\\begin{bmatrix} ${rows.join(matrix ? ' \\\\ ' : ' & ')} \\end{bmatrix}`, level: ATOM };
      }
      case 'index': {
        const at = tree.at.map((a) =>
          a.kind === 'range' ? a.bounds.map((b) => (b === null ? '' : this.at(b, SUM))).join(':') : this.at(a, CASES),
        );
        return { tex: `${this.at(tree.object, ATOM)}\\left[${at.join(', ')}\\right]`, level: ATOM };
      }
      case 'subscript': {
        const base = nameTex(tree.base);
        return { tex: `${base.includes('_') ? `{${base}}` : base}_{${this.list(tree.at)}}`, level: ATOM };
      }
      case 'reduce':
        return this.reduce(tree);
      case 'call':
        return this.call(tree);
    }
  }

  private slot(slot: number): Tex {
    const interpolated = this.slots[slot]!;
    if (interpolated !== 'open' && 'formula' in interpolated) {
      const { statements } = interpolated.formula.program;
      const last = statements.at(-1)!;
      if (statements.length === 1 && last.kind !== 'function') return new Printer(interpolated.formula).print(last.value);
      if (last.kind !== 'function') return { tex: bracketed(texOf(interpolated.formula)), level: ATOM };
    }
    if (interpolated !== 'open' && 'held' in interpolated) {
      const { held } = interpolated;
      if (typeof held === 'number') return number(String(held));
      if (held instanceof Tensor && held.name !== undefined && /^[\p{L}_][\p{L}\d_]*$/u.test(held.name))
        return { tex: nameTex(held.name), level: ATOM };
    }
    return { tex: `\\square_{${slot + 1}}`, level: ATOM };
  }

  private binary(op: BinaryOperator, left: Tree, right: Tree): Tex {
    if (op === '/') return { tex: `\\frac{${this.at(left, CASES)}}{${this.at(right, CASES)}}`, level: PREFIX };
    if (op === '^' || op === '.^') return { tex: `${this.at(left, ATOM)}^{${this.at(right, CASES)}}`, level: POWER };
    const [sign, level] = op === '*' ? ['', PRODUCT] : BINARY[op];
    if (level !== PRODUCT) return { tex: `${this.at(left, level)} ${sign} ${this.at(right, op === '-' ? BIG : level)}`, level };
    // a sign in front needs no brackets, and a sum at the end reaches over nothing more
    const signed = left.kind === 'unary' && left.op === '-';
    // printed once: twice a level would be exponential
    const { tex: factor, level: tight } = this.print(right);
    const big = tight === BIG;
    const b = big || tight >= PREFIX ? factor : bracketed(factor);
    // a ⊙ B x reads a ⊙ (B x), and the sum in −Σ x y reaches over y
    const dotted = op === '*' && left.kind === 'binary' && (left.op === '.*' || left.op === './');
    const a = signed ? `-${this.at(left.arg, PRODUCT)}` : this.at(left, dotted ? ATOM : PRODUCT);
    const own = signed ? SUM : big ? BIG : PRODUCT;
    if (sign !== '') return { tex: `${a} ${sign} ${b}`, level: own };
    // two numbers side by side would read as one
    return { tex: /^[\d.]/.test(b) ? `${a} \\cdot ${b}` : `${a} ${b}`, level: own };
  }

  private norm(arg: Tree, ord: number): Tex {
    const below = ord === 2 ? '' : `_{${ord === Infinity ? '\\infty' : ord}}`;
    return { tex: `\\left\\lVert ${this.at(arg, CASES)}\\right\\rVert${below}`, level: ATOM };
  }

  private reduce(tree: ReduceTree): Tex {
    const free = tree.indices.filter(({ name }) => !tree.conditions.some((c) => c.kind === 'compare' && c.args[0]!.kind === 'name' && c.args[0]!.name === name)); // prettier-ignore
    const below = [...free.map(({ name }) => nameTex(name)), ...tree.conditions.map((c) => this.at(c, CASES))].join(', ');
    if (tree.op === 'sum' || tree.op === 'prod') {
      return { tex: `\\${tree.op}_{${below}} ${this.at(tree.body, BIG)}`, level: BIG };
    }
    const name = tree.op === 'mean' || tree.op === 'logsumexp' ? `\\operatorname*{${tree.op}}` : `\\${tree.op}`;
    return { tex: `${name}_{${below}} ${this.at(tree.body, BIG)}`, level: BIG };
  }

  private call(tree: CallTree): Tex {
    const { args, options } = tree;
    const [x] = args;
    const own = this.own.has(tree.name);
    const plain = options.length === 0 && args.length === 1 && x !== undefined && !own;
    if (plain && tree.name === 'sum') return { tex: `\\sum ${this.at(x, BIG)}`, level: BIG };
    if (plain && tree.name === 'mean') return { tex: `\\overline{${this.at(x, CASES)}}`, level: ATOM };
    if (plain && tree.name === 'sqrt') return { tex: `\\sqrt{${this.at(x, CASES)}}`, level: ATOM };
    if (plain && tree.name === 'abs') return { tex: `\\left|${this.at(x, CASES)}\\right|`, level: ATOM };
    if (plain && tree.name === 'norm') return this.norm(x, 2);
    if (plain && tree.name === 'exp' && !this.own.has('e')) return { tex: `e^{${this.at(x, CASES)}}`, level: POWER };
    if (plain && tree.name === 'square') return { tex: `${this.at(x, ATOM)}^{2}`, level: POWER };
    if (plain && (tree.name === 'floor' || tree.name === 'ceil'))
      return { tex: `\\left\\l${tree.name} ${this.at(x, CASES)}\\right\\r${tree.name}`, level: ATOM };
    if (plain && tree.name === 'reciprocal') return { tex: `\\frac{1}{${this.at(x, CASES)}}`, level: PREFIX };
    if (plain && tree.name === 'rsqrt') return { tex: `\\frac{1}{\\sqrt{${this.at(x, CASES)}}}`, level: PREFIX };
    if (plain && tree.name === 'lgamma') return { tex: `\\ln\\left|\\Gamma\\left(${this.at(x, CASES)}\\right)\\right|`, level: ATOM };
    const written = plain ? WRITTEN.get(tree.name) : undefined;
    if (written !== undefined) return { tex: `${written}\\left(${this.at(x!, CASES)}\\right)`, level: ATOM };
    if (plain && tree.name === 'transpose') return { tex: `${this.at(x, ATOM)}^{\\top}`, level: POWER };
    if (tree.name === 'pick' && args.length === 2 && options.length === 0 && !own)
      return { tex: `${this.at(x!, ATOM).replace(/^(.*_.*)$/s, '{$1}')}_{${this.at(args[1]!, CASES)}}`, level: ATOM };
    if (tree.name === 'where' && args.length === 3 && !own)
      return this.print({ kind: 'if', cond: args[0]!, yes: args[1]!, no: args[2]!, span: tree.span });
    const name = tree.slot !== null ? this.slot(tree.slot).tex : this.callee(tree.name);
    const inside = [this.list(args), ...options.map((o) => `\\mathrm{${escaped(o.name)}}=${this.at(o.value, COMPARE)}`)];
    return { tex: `${name}\\left(${inside.filter((s) => s !== '').join(', ')}\\right)`, level: ATOM };
  }

  private callee(name: string): string {
    if (OPERATORS.has(name)) return `\\${name}`;
    return /^.$/u.test(name) || GREEK.has(name) ? nameTex(name) : `\\operatorname{${escaped(name)}}`;
  }

  statement(statement: Statement): { readonly left: string | null; readonly tex: string } {
    if (statement.kind === 'value') return { left: null, tex: this.at(statement.value, CASES) };
    if (statement.kind === 'define') return { left: nameTex(statement.name), tex: this.at(statement.value, CASES) };
    const params = statement.params.map(nameTex).join(', ');
    return { left: `${this.callee(statement.name)}\\left(${params}\\right)`, tex: this.at(statement.body, CASES) };
  }
}

function number(text: string): Tex {
  if (text === 'Infinity' || text === '-Infinity')
    return { tex: text.replace('Infinity', '\\infty'), level: text.startsWith('-') ? SUM : ATOM };
  const [, mantissa, exponent] = /^(.*)[eE]\+?(-?\d+)$/.exec(text) ?? [];
  const level = text.startsWith('-') ? SUM : mantissa === undefined ? ATOM : mantissa === '1' ? POWER : PRODUCT;
  if (mantissa === undefined) return { tex: text, level };
  return { tex: mantissa === '1' ? `10^{${exponent}}` : `${mantissa} \\cdot 10^{${exponent}}`, level };
}

/** The formula as LaTeX; several lines are aligned at their equals signs. */
export function texOf(printed: Printed): string {
  const printer = new Printer(printed);
  const lines = printed.program.statements.map((s) => printer.statement(s));
  if (lines.length === 1) return lines.map(({ left, tex }) => (left === null ? tex : `${left} = ${tex}`))[0]!;
  return `\\begin{aligned} ${lines.map(({ left, tex }) => (left === null ? `& ${tex}` : `${left} &= ${tex}`)).join(' \\\\ ')} \\end{aligned}`;
}
