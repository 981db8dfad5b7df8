/**
 * @file The text of a formula, and errors that point into it.
 */
import { FormulaError, type TextPlace } from '../graph/errors.js';

/** Part of a text: from `start` up to and without `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Line, column and excerpt of a part of the text; long lines are shown around it. */
export function placeOf(text: string, { start, end }: Span): TextPlace {
  const begin = start === 0 ? 0 : text.lastIndexOf('\n', start - 1) + 1;
  const newline = text.indexOf('\n', start);
  const lineEnd = newline < 0 ? text.length : newline;
  const line = text.slice(0, begin).split('\n').length;
  const from = Math.max(begin, start - 60);
  const to = Math.min(lineEnd, Math.max(from + 120, start + 20));
  // other blanks than the space would shift the caret
  const shown = text.slice(from, to).replace(/\s/g, ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(end, to) - start));
  return { line, column: start - begin + 1, excerpt: `  ${shown}\n  ${' '.repeat(start - from)}${carets}` };
}

/** An error that points at a part of the text. */
export function errorAt(text: string, span: Span, wrong: string, values?: string, hint?: string): FormulaError {
  return new FormulaError(wrong, values, hint, placeOf(text, span));
}

/** A part of the text as it stands in messages: one line, not too long. */
export function quoted(text: string, { start, end }: Span): string {
  const part = text.slice(start, end).replace(/\s+/g, ' ');
  return `"${part.length > 80 ? `${part.slice(0, 79)}…` : part}"`;
}
