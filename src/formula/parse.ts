/**
 * @file Text to syntax tree. mathjs parses; the tree it gives is copied node by node, and what is not named here is refused.
 * Nothing is ever evaluated by mathjs.
 */
import { create, type MathNode, parseDependencies } from 'mathjs';
import { FIRST_NUMBER, type Notation, rewrite } from './notation.js';
import { Converter } from './convert.js';
import { errorAt, type Span } from './source.js';
import { type Token, tokenize } from './tokens.js';
import type { Program } from './tree.js';

/** Deepest syntax tree: everything below is recursion. */
const MAX_DEPTH = 400;

let parser: ((text: string) => MathNode) | undefined;

/** The parser alone: none of mathjs's functions. It is made when the first formula is read. */
function mathParse(text: string): MathNode {
  parser ??= create({ ...parseDependencies }, {}).parse as (text: string) => MathNode;
  return parser(text);
}

/** Messages of mathjs's parser in the words of formulas. */
function explain(message: string, token: Token | undefined): string {
  if (/unexpected end/i.test(message) || token === undefined) return 'the text ends too early';
  const bracket = /(Parenthesis|End of matrix) (\S) expected/.exec(message);
  if (bracket !== null) return `expected '${bracket[2]}'`;
  if (/value expected/i.test(message)) return 'a value is missing';
  if (/invalid left hand side/i.test(message)) return "what stands before '=' is neither a name nor f(x)";
  if (/false part/i.test(message)) return "a conditional needs ':'";
  return `unexpected '${token.text}'`;
}

/** The first word below a node. */
function leafOf(node: MathNode, tokens: readonly Token[]): Span {
  for (let next: MathNode | undefined = node; next !== undefined;) {
    const { name, value } = next as { name?: unknown; value?: unknown };
    if (next.type === 'SymbolNode') return tokens[Number(/^_(\d+)$/.exec(String(name))?.[1] ?? 0)]!;
    if (next.type === 'ConstantNode') return tokens[Number(value) - FIRST_NUMBER] ?? tokens[0]!;
    const children: MathNode[] = [];
    next.forEach((child) => children.push(child));
    next = children[0];
  }
  return tokens[0]!;
}

/** Throws if the tree is too deep for recursion: a loop, not a recursion. */
function checkDepth(text: string, tokens: readonly Token[], root: MathNode): void {
  let level = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw errorAt(text, leafOf(level[0]!, tokens), 'nested too deeply', `more than ${MAX_DEPTH} levels`);
    const below: MathNode[] = [];
    for (const node of level) node.forEach((child) => below.push(child));
    level = below;
  }
}

/** The array that ends last before a place. */
function bracketsBefore(place: number, tokens: readonly Token[], { matching }: Notation): Span {
  const [open, close] = [...matching].filter(([at, end]) => tokens[at]!.text === '[' && tokens[end]!.start <= place).reduce((a, b) => (b[1] > a[1] ? b : a)); // prettier-ignore
  return { start: tokens[open]!.start, end: tokens[close]!.end };
}

function parseTree(text: string, tokens: readonly Token[], notation: Notation): MathNode {
  try {
    return mathParse(notation.text);
  } catch (error) {
    if (error instanceof RangeError) throw errorAt(text, { start: 0, end: 1 }, 'nested too deeply');
    const { message, char } = error as Error & { char?: number };
    const ended = char === undefined || char > notation.text.length;
    const token = ended ? undefined : tokens[notation.tokenAt(char - 1)];
    const last = tokens.at(-1)!;
    if (/column dimensions/i.test(message))
      throw errorAt(text, bracketsBefore(token?.start ?? text.length, tokens, notation), 'rows of different lengths');
    // ** is the power of other languages
    const twice = token?.text === '*' && text[token.start - 1] === '*';
    const hint = twice ? 'write ^ for a power' : undefined;
    throw errorAt(text, token ?? { start: last.end, end: last.end + 1 }, explain(message, token), undefined, hint);
  }
}

/** Reads a formula. `slots` are the places of interpolated values. Throws a `FormulaError` that points at what it cannot read. */
export function parse(text: string, slots: readonly Span[] = []): Program {
  const tokens = tokenize(text, slots);
  const word = (name: string): Token | undefined => tokens.find((t) => t.kind === 'name' && t.text === name);
  if (word('if') && (word('then') || word('else'))) throw errorAt(text, word('if')!, "unexpected 'if'", undefined, 'write c ? a : b');
  const notation = rewrite(text, tokens);
  if (notation.text === '') throw errorAt(text, { start: 0, end: 1 }, 'the text is empty');
  const root = parseTree(text, tokens, notation);
  checkDepth(text, tokens, root);
  return new Converter(text, tokens, notation).program(root);
}
