/**
 * @file The lecture's notation for mathjs: what its grammar lacks (`@ |x| ||w|| 1(cond) sum_j`, s_{y}, x[::2]) is rewritten to calls.
 *
 * Every name becomes `_k` and every number 1000 + k, where k is the place of its token. So the syntax tree knows where each leaf stands,
 * and no name of the text ever reaches mathjs, whatever it may be.
 */
import { errorAt, type Span } from './source.js';
import type { Token } from './tokens.js';

/** Numbers below this in the syntax tree are mathjs's own: bounds of a range that were left out. */
export const FIRST_NUMBER = 1000;
/** The name of a bound that was left out. */
export const LEFT_OUT = 'left_out';
/** Deepest nesting of brackets. */
const MAX_BRACKETS = 64;

/** Sums and other reductions over a named index. */
export const BINDERS = ['sum', 'mean', 'prod', 'max', 'min', 'logsumexp'] as const;
export type Binder = (typeof BINDERS)[number];
const BINDER = new RegExp(`^(${BINDERS.join('|')})_(.+)$`, 'u');

/** What a token stands for where it is more than a name, a number or an operator. */
export type Role =
  | { readonly kind: 'abs' | 'indicator' }
  | { readonly kind: 'norm'; readonly ord: number }
  /** Arguments: the subscripts. */
  | { readonly kind: 'subscript'; readonly base: string }
  /** Arguments: what stands in braces, then the body; without braces the index is in the name. */
  | { readonly kind: 'binder'; readonly op: Binder; readonly index?: string };

/** A text as mathjs reads it, and the way back. */
export interface Notation {
  readonly text: string;
  readonly roles: ReadonlyMap<number, Role>;
  /** Names that the text itself defines, and parameters of its functions. */
  readonly given: ReadonlySet<string>;
  /** For an opening token the place of its closing one. */
  readonly matching: ReadonlyMap<number, number>;
  /** The token that stands at a character of the rewritten text. */
  tokenAt(character: number): number;
}

/** An open bracket, or the reach of a prefix that ends by itself: a sum before + and −, a `not` before `and` and `or`. */
interface Open {
  readonly kind: '(' | '[' | '{' | '|' | '||' | 'sum' | 'not' | 'group';
  readonly at: number;
  /** What is written when it closes. */
  readonly close: string;
}

const CLOSING: ReadonlyMap<string, string> = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
]);
const COMPARISONS = new Set(['==', '!=', '<', '>', '<=', '>=']);
/** Operators that need a value on both sides: a line may end or begin with one. */
const INFIX = new Set(['*', '/', '^', '@', '.*', './', '.^', '=', '?', ':', ',', 'and', 'or', ...COMPARISONS]);

/** Where an index without braces no longer reaches, outside of brackets and bars. */
const ENDS = new Set(['+', '-', ';', '\n', '=', '?', ':', ',', 'and', 'or', ...COMPARISONS]);

/** Names of definitions `a = …`, and the parameters of `f(a, b) = …`, which begin a line. */
function givenNames(tokens: readonly Token[]): Set<string> {
  const given = new Set<string>();
  tokens.forEach((token, at) => {
    const before = tokens[at - 1];
    if (token.kind !== 'name' || (before !== undefined && before.text !== ';' && before.kind !== 'newline')) return;
    const close = tokens[at + 1]?.text === '(' ? tokens.findIndex((t, k) => k > at && t.text === ')') : at;
    if (close < at || tokens[close + 1]?.text !== '=') return;
    for (const { kind, text } of close === at ? [token] : tokens.slice(at + 2, close)) if (kind === 'name') given.add(text);
  });
  return given;
}

class Rewriting {
  readonly pieces: { readonly text: string; readonly at: number }[] = [];
  readonly roles = new Map<number, Role>();
  readonly matching = new Map<number, number>();
  private readonly given: ReadonlySet<string>;
  private readonly open: Open[] = [];
  /** Is what was written last a complete value? */
  private value = false;

  constructor(
    private readonly source: string,
    private readonly tokens: readonly Token[],
  ) {
    this.given = givenNames(tokens);
  }

  private fail(at: Span, wrong: string, values?: string, hint?: string): never {
    throw errorAt(this.source, at, wrong, values, hint);
  }

  private write(text: string, at: number, value: boolean): void {
    this.pieces.push({ text, at });
    this.value = value;
  }

  private push(kind: Open['kind'], at: number, close: string): void {
    this.open.push({ kind, at, close });
    if (this.open.length > MAX_BRACKETS) this.fail(this.tokens[at]!, 'nested too deeply', undefined, `at most ${MAX_BRACKETS} brackets`);
  }

  /** Ends the prefixes whose reach ends before a token. */
  private endPrefixes(at: number, kinds: readonly Open['kind'][]): void {
    for (let top = this.open.at(-1); top !== undefined && kinds.includes(top.kind); top = this.open.at(-1)) {
      this.open.pop();
      this.write(top.close, at, true);
    }
  }

  /** The innermost bracket. */
  private bracket(): Open['kind'] | undefined {
    return this.open.findLast(({ kind }) => kind !== 'sum' && kind !== 'not' && kind !== 'group')?.kind;
  }

  /** Closes the innermost bracket and says where it was opened. */
  private closeBracket(at: number, text: string): number {
    this.endPrefixes(at, ['sum', 'not']);
    const top = this.open.pop();
    if (top === undefined) this.fail(this.tokens[at]!, `'${text}' closes nothing`);
    if (top.kind !== (CLOSING.get(text) ?? text)) {
      const opener = this.tokens[top.at]!;
      this.fail(this.tokens[at]!, `'${text}' does not close '${top.kind}'`, undefined, `opened at character ${opener.start + 1}`);
    }
    this.matching.set(top.at, at);
    this.write(top.close, at, true);
    if (top.kind === '(') this.endPrefixes(at, ['group']);
    return top.at;
  }

  /** Does a value begin at this token? */
  private begins(token: Token | undefined): boolean {
    if (token === undefined || token.kind === 'newline') return false;
    return token.kind === 'symbol' ? '(|||['.includes(token.text) : token.text !== 'and' && token.text !== 'or';
  }

  /** Does `sum_j` bind j? Before a sign or a bracket only where an entry with the index follows: `mean_x - 1` has a symbol. */
  private binds(at: number, op: Binder, index: string): boolean {
    const next = this.tokens[at + 1];
    const sign = (op === 'sum' || op === 'mean') && next?.text === '-';
    if (!sign && (!this.begins(next) || next!.text === 'not')) return false;
    return sign || next!.text === '(' || next!.text === '[' ? this.carried(at, op, index) : true;
  }

  /** Does an entry with this index, `x_j` or `x_{i,j}`, stand within the reach of a sum? */
  private carried(at: number, op: Binder, index: string): boolean {
    let [depth, braces, bars] = [0, 0, false];
    for (let k = at + 1; k < this.tokens.length; k++) {
      const { kind, text } = this.tokens[k]!;
      if (kind === 'name' && (text.endsWith(`_${index}`) || (braces > 0 && text === index))) return true;
      if (text === '(' || text === '[' || text === '{') depth++;
      if (CLOSING.has(text)) depth--;
      braces += text === '{' ? 1 : text === '}' ? -1 : 0;
      if (text === '|' || text === '||') bars = !bars;
      const ends = depth === 0 && !bars && k > at + 1 && (ENDS.has(text) || (op !== 'sum' && op !== 'mean'));
      if (depth < 0 || ends) return false;
    }
    return false;
  }

  /** `sum_j …` and `sum_{j != y} …`: after the index comes the body. A sum reaches over the product that follows it. */
  private body(op: Binder, at: number, next: Token | undefined): void {
    if (op === 'sum' || op === 'mean') {
      if (!this.begins(next) && next?.text !== '-') this.fail(this.tokens[at]!, `${op} of nothing`, undefined, `write ${op}_j x_j`);
      this.write('(', at, false);
      this.push('sum', at, '))');
    } else {
      if (next?.text !== '(') this.fail(this.tokens[at]!, `${op} over an index needs brackets`, undefined, `write ${op}_j(x_j)`);
      this.push('group', at, ')');
    }
  }

  private name(at: number, token: Token): void {
    const next = this.tokens[at + 1];
    if (token.text === 'and' || token.text === 'or') {
      this.endPrefixes(at, ['sum', 'not']);
      this.write(token.text, at, false);
    } else if (token.text === 'not') {
      this.write('not (', at, false);
      this.push('not', at, ')');
    } else if (next?.text === '{' && next.start === token.end) {
      if (!token.text.endsWith('_') || token.text === '_') this.fail(next, "unexpected '{'", undefined, 'subscripts are written s_{y}');
      const base = token.text.slice(0, -1);
      const binder = BINDERS.find((b) => b === base);
      this.roles.set(at, binder === undefined ? { kind: 'subscript', base } : { kind: 'binder', op: binder });
      this.write(`_${at}`, at, true);
    } else {
      const [, op, index] = BINDER.exec(token.text) ?? [];
      const binds = index !== undefined && !this.given.has(token.text) && this.binds(at, op as Binder, index);
      this.write(`_${at}`, at, true);
      if (!binds) return;
      this.roles.set(at, { kind: 'binder', op: op as Binder, index });
      this.write('(', at, false);
      this.body(op as Binder, at, next);
    }
  }

  private bar(at: number, token: Token): number {
    const top = this.open.findLast(({ kind }) => kind !== 'sum' && kind !== 'not');
    const closes = this.value && (top?.kind === '|' || top?.kind === '||');
    if (!closes) {
      if (this.value && this.tokens[at - 1]?.kind !== 'number')
        this.fail(token, "unexpected '|'", undefined, "write a * |b|, and 'a or b'");
      this.roles.set(at, token.text === '|' ? { kind: 'abs' } : { kind: 'norm', ord: 2 });
      this.write(`_${at} (`, at, false);
      this.push(token.text as '|' | '||', at, ')');
      return at;
    }
    if (top.kind === '||' && token.text === '|')
      this.fail(token, "'|' does not close '||'", undefined, 'between nested bars write a blank: | |x| - 1 |');
    this.closeBracket(at, top.kind);
    if (top.kind === '||') {
      const next = this.tokens[at + 1];
      const ord = next?.kind === 'name' && next.start === token.end ? /^_(1|2|inf|infinity)$/.exec(next.text)?.[1] : undefined;
      if (ord === undefined) return at;
      this.roles.set(top.at, { kind: 'norm', ord: ord.startsWith('inf') ? Infinity : Number(ord) });
      this.matching.set(top.at, at + 1);
      return at + 1;
    }
    // `||` after `|x` closes one bar and then another
    if (token.text === '||') {
      const outer = this.open.findLast(({ kind }) => kind !== 'sum' && kind !== 'not');
      if (outer?.kind !== '|') this.fail(token, "'||' closes only one '|'", undefined, 'write a blank between two bars');
      this.closeBracket(at, '|');
    }
    return at;
  }

  private newline(at: number): void {
    if (this.bracket() !== undefined || !this.value) return;
    const next = this.tokens.find((t, k) => k > at && t.kind !== 'newline');
    // a line that begins with an operator goes on with the line before: nobody writes a sign to throw its value away
    if (next === undefined || next.text === ';' || next.text === '+' || next.text === '-' || INFIX.has(next.text)) return;
    this.separate(at);
  }

  private separate(at: number): void {
    this.endPrefixes(at, ['sum', 'not']);
    this.write(';', at, false);
  }

  private symbol(at: number, token: Token): number {
    const { text } = token;
    const next = this.tokens[at + 1];
    if (text === '|' || text === '||') return this.bar(at, token);
    if (text === '(' || text === '[') {
      this.write(text, at, false);
      this.push(text, at, text === '(' ? ')' : ']');
    } else if (text === '{') {
      const role = this.roles.get(at - 1);
      if (role === undefined) this.fail(token, "unexpected '{'", undefined, 'subscripts are written s_{y}');
      this.write('(', at, false);
      this.push('{', at, role.kind === 'binder' ? '' : ')');
    } else if (text === ')' || text === ']' || text === '}') {
      const opener = this.closeBracket(at, text);
      const role = text === '}' ? this.roles.get(opener - 1) : undefined;
      if (role?.kind === 'binder') {
        this.write(',', at, false);
        this.body(role.op, at, next);
      }
    } else if (text === ';') {
      if (this.bracket() === '[') {
        this.endPrefixes(at, ['sum', 'not']);
        this.write(';', at, false);
      } else if (this.bracket() !== undefined) this.fail(token, "';' inside brackets", undefined, "arguments are separated by ','");
      else if (this.value) this.separate(at);
      else if (this.pieces.length > 0 && this.pieces.at(-1)!.text !== ';') this.fail(token, 'a value is missing');
    } else if (text === "'") {
      if (!this.value) this.fail(token, "unexpected '", undefined, "x' is the transpose; a formula has no texts");
      this.write("'", at, true);
    } else this.operator(at, text, next);
    return at;
  }

  private operator(at: number, text: string, next: Token | undefined): void {
    const sign = (text === '-' || text === '+') && !this.value;
    if (COMPARISONS.has(text) || ((text === '-' || text === '+') && !sign)) this.endPrefixes(at, ['sum']);
    else if (text === '?' || text === ':' || text === ',' || text === '=') this.endPrefixes(at, ['sum', 'not']);
    if (text === ':' && this.bracket() === '[' && !this.value) this.write(LEFT_OUT, at, true);
    // the matrix product is `*` to mathjs: both mean the same
    this.write(text === '@' ? '*' : text, at, false);
    const last = next === undefined || next.text === ']' || next.text === ',';
    if (text === ':' && this.bracket() === '[' && last) this.write(LEFT_OUT, at, true);
  }

  run(): Notation {
    const { tokens } = this;
    for (let at = 0; at < tokens.length; at++) {
      const token = tokens[at]!;
      if (token.kind === 'newline') this.newline(at);
      else if (token.kind === 'symbol') at = this.symbol(at, token);
      else if (token.kind === 'name') this.name(at, token);
      else if (token.kind === 'number' && token.text === '1' && tokens[at + 1]?.text === '(') {
        this.roles.set(at, { kind: 'indicator' });
        this.write(`_${at}`, at, true);
      } else this.write(token.kind === 'slot' ? `_${at}` : String(FIRST_NUMBER + at), at, true);
    }
    this.endPrefixes(tokens.length - 1, ['sum', 'not']);
    const left = this.open.at(-1);
    if (left !== undefined) this.fail(tokens[left.at]!, `'${left.kind}' is never closed`);
    if (this.pieces.at(-1)?.text === ';') this.pieces.pop();
    const starts: number[] = [];
    let length = 0;
    for (const { text } of this.pieces) {
      starts.push(length);
      length += text.length + 1;
    }
    const { pieces, roles, matching, given } = this;
    return {
      given,
      text: pieces.map((p) => p.text).join(' '),
      roles,
      matching,
      tokenAt: (character) => pieces[starts.findLastIndex((start) => start <= character)]?.at ?? 0,
    };
  }
}

/** Rewrites tokens to what mathjs reads. */
export function rewrite(source: string, tokens: readonly Token[]): Notation {
  return new Rewriting(source, tokens).run();
}
