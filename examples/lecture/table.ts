/**
 * @file The report for people: a row for each entry, with its reason below it, then a count of each verdict.
 */
import { errata } from './reasons.js';
import { show } from './value.js';
import { type Verdict, VERDICTS } from './verdict.js';

/** The widest cell of a value, the widest cell of places, and the widest line. */
const WIDEST = 32;
const WIDEST_PLACES = 24;
const WIDEST_LINE = 160;

function cut(text: string): string {
  return text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text;
}

/** "001:19-42 003:440": the texts and their lines. */
function where(lines: Readonly<Record<string, string>>): string {
  return Object.entries(lines)
    .map(([seed, range]) => `${seed}:${range.replaceAll(', ', ',')}`)
    .join(' ');
}

/** Words in lines of at most `width` characters. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** What the table says where the lecture prints nothing: our value is the one worked out by hand, but there is no print to agree with. */
const COMPUTED = 'computed';
const COMPUTED_IN_FULL = `${COMPUTED}, the lecture prints none`;

/** What the text prints, or says in words that are wrong. */
function printedCell({ entry, verdict }: Verdict): string {
  const words = verdict === 'agrees' || entry.printed !== null ? undefined : errata[entry.id]?.says;
  return words === undefined ? show(entry.printed) : `"${words}"`;
}

/** The verdict as the table shows it: how it begins, and the reason. */
function inTable({ entry, verdict }: Verdict): [head: string, reason: string] {
  const head = VERDICTS.find((start) => verdict.startsWith(start)) ?? verdict;
  if (head === 'agrees' && entry.printed === null) return [COMPUTED, ''];
  return [head, verdict.slice(head.length).replace(/^:? /, '')];
}

/** How many rows of the table have each verdict, those that occur. */
export function counts(verdicts: readonly Verdict[]): [string, number][] {
  const heads = verdicts.map((verdict) => inTable(verdict)[0]);
  const [agrees, ...others] = VERDICTS;
  return [agrees, COMPUTED, ...others]
    .map((head): [string, number] => [head === COMPUTED ? COMPUTED_IN_FULL : head, heads.filter((h) => h === head).length])
    .filter(([, n]) => n > 0);
}

/** The whole report. */
export function report(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((verdict) => {
    const { entry, value } = verdict;
    const [head, reason] = inTable(verdict);
    const places = wrap(where(entry.lines), WIDEST_PLACES);
    return { cells: [entry.id, places[0]!, cut(printedCell(verdict)), cut(show(value)), head], places: places.slice(1), reason };
  });
  const all = [{ cells: ['id', 'lecture', 'printed', 'ours', 'verdict'], places: [], reason: '' }, ...rows];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...all.map(({ cells, places }) => Math.max(...[cells[column]!, ...(column === 1 ? places : [])].map((cell) => cell.length)))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const room = WIDEST_LINE - line(['', '', '|']).length + 1;
  const lines = all.flatMap(({ cells, places, reason }) => {
    const reasons = reason === '' ? [] : wrap(reason, room);
    const below = Array.from({ length: Math.max(places.length, reasons.length) }, (_, i) => line(['', places[i] ?? '', reasons[i] ?? '']));
    return [line(cells), ...below];
  });
  const totals = counts(verdicts).map(([verdict, n]) => `${n} ${verdict}`);
  return [...lines, '', `${verdicts.length} entries`, ...totals].join('\n');
}
