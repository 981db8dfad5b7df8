/**
 * @file Text to syntax tree. mathjs parses; the tree it gives is copied node by node, and what is not named here is refused.
 * Nothing is ever evaluated by mathjs.
 */
import { create, type MathNode, parseDependencies } from 'mathjs';
import { type Notation, rewrite } from './notation.js';
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
  if (/column dimensions/i.test(message)) return 'rows of different lengths';
  if (/unexpected end/i.test(message) || token === undefined) return 'the text ends too early';
  const bracket = /(Parenthesis|End of matrix) (\S) expected/.exec(message);
  if (bracket !== null) return `expected '${bracket[2]}'`;
  if (/value expected/i.test(message)) return 'a value is missing';
  if (/invalid left hand side/i.test(message)) return "what stands before '=' is neither a name nor f(x)";
  if (/false part/i.test(message)) return "a conditional needs ':'";
  return `unexpected '${token.text}'`;
}

/** Throws if the tree is too deep for recursion: a loop, not a recursion. */
function checkDepth(text: string, root: MathNode): void {
  let level = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw errorAt(text, { start: 0, end: 1 }, 'nested too deeply', `more than ${MAX_DEPTH} levels`);
    const below: MathNode[] = [];
    for (const node of level) node.forEach((child) => below.push(child));
    level = below;
  }
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
    throw errorAt(text, token ?? { start: last.end, end: last.end + 1 }, explain(message, token));
  }
}

/** Reads a formula. `slots` are the places of interpolated values. Throws a `FormulaError` that points at what it cannot read. */
export function parse(text: string, slots: readonly Span[] = []): Program {
  const tokens = tokenize(text, slots);
  const notation = rewrite(text, tokens);
  if (notation.text === '') throw errorAt(text, { start: 0, end: 1 }, 'the text is empty');
  const root = parseTree(text, tokens, notation);
  checkDepth(text, root);
  return new Converter(text, tokens, notation).program(root);
}
