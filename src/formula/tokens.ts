/**
 * @file Text to tokens. Every character is known or an error: what no rule below names never reaches the parser.
 */
import { errorAt, type Span } from './source.js';

/** A word of the text. */
export interface Token extends Span {
  readonly kind: 'number' | 'name' | 'slot' | 'symbol' | 'newline';
  /** The characters; for a symbol its plain spelling (`≤` is `<=`). */
  readonly text: string;
  /** Number of an interpolated value. */
  readonly slot?: number;
}

/** Longest text of a formula, in characters. */
export const MAX_LENGTH = 10_000;
/** Most tokens of a formula. */
export const MAX_TOKENS = 4_000;

const NUMBER = /(?:\d+(?:\.(?![*/^])\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const NAME = /[\p{L}_][\p{L}\p{M}\p{Nd}_₀-₉]*/uy;
const SYMBOLS = ['.*', './', '.^', '==', '!=', '<=', '>=', '||', ...Array.from("+-*/^@()[]{},;:?=<>|'")];
/** Other spellings of the same. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['−', '-'],
  ['≤', '<='],
  ['≥', '>='],
  ['≠', '!='],
  ['∥', '||'],
  ['‖', '||'],
  ['⊙', '.*'],
]);
/** Exponents: digits in a row are one number. */
const POWER = /[⁰¹²³⁴⁵⁶⁷⁸⁹]+/y;
const HINTS: ReadonlyMap<string, string> = new Map([
  ['!', "write 'not x' or 'a != b'"],
  ['&', "write 'a and b'"],
  ['%', 'there is no remainder'],
  ['"', 'a formula has no texts'],
  ['`', 'a formula has no texts'],
  ['\\', 'write sum, alpha: names without a backslash'],
  ['$', 'values are interpolated in a tagged template: formula`${x} + 1`'],
  ['·', 'write * for a matrix product, .* for elements'],
  ['×', 'write * for a matrix product, .* for elements'],
  ['~', "write 'not x'"],
  ['.', 'write .* ./ .^ for elementwise operators; a value has no properties'],
  ['∑', 'write sum_j …, or sum(x, axis)'],
  ['Σ', 'write sum_j …, or sum(x, axis)'],
]);

/** The tokens of a text. `slots` are the places of interpolated values, in order. */
export function tokenize(text: string, slots: readonly Span[] = []): Token[] {
  if (text.length > MAX_LENGTH) {
    throw errorAt(
      text,
      { start: MAX_LENGTH, end: MAX_LENGTH + 1 },
      'the text is too long',
      `${text.length} characters`,
      `at most ${MAX_LENGTH}`,
    );
  }
  const tokens: Token[] = [];
  let next = 0;
  const push = (kind: Token['kind'], length: number, plain?: string): void => {
    tokens.push({ kind, text: plain ?? text.slice(next, next + length), start: next, end: next + length });
    next += length;
    if (tokens.length > MAX_TOKENS) throw errorAt(text, tokens.at(-1)!, 'the text is too long', `more than ${MAX_TOKENS} words`);
  };
  let slot = 0;
  while (next < text.length) {
    const place = slots[slot];
    if (place !== undefined && place.start === next) {
      tokens.push({ kind: 'slot', text: text.slice(place.start, place.end), slot, ...place });
      next = place.end;
      slot++;
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(next)!);
    if (character === '\n') push('newline', 1);
    else if (/\s/u.test(character)) next += character.length;
    else if (character === '#') {
      while (next < text.length && text[next] !== '\n') next++;
      while (slot < slots.length && slots[slot]!.start < next) slot++;
    } else if (character === '𝟙') push('number', 2, '1');
    else if (character === '∞') push('name', 1, 'infinity');
    else if (SPELLINGS.has(character)) push('symbol', 1, SPELLINGS.get(character));
    else {
      NUMBER.lastIndex = NAME.lastIndex = POWER.lastIndex = next;
      const power = POWER.exec(text)?.[0];
      const number = NUMBER.exec(text)?.[0];
      const name = number === undefined ? NAME.exec(text)?.[0] : undefined;
      const symbol = SYMBOLS.find((s) => text.startsWith(s, next));
      if (/^0[xob][\da-f]/i.test(text.slice(next, next + 3))) throw errorAt(text, { start: next, end: next + 2 }, 'numbers are decimal');
      if (power !== undefined) {
        tokens.push({ kind: 'symbol', text: '^', start: next, end: next + 1 });
        push('number', power.length, power.normalize('NFKC'));
      } else if (number !== undefined) push('number', number.length);
      else if (name !== undefined && !HINTS.has(name)) push('name', name.length, name === 'π' ? 'pi' : name);
      else if (symbol !== undefined && !text.startsWith('=>', next)) push('symbol', symbol.length);
      else throw errorAt(text, { start: next, end: next + character.length }, 'unexpected character', character, HINTS.get(character));
    }
  }
  return tokens;
}
