/**
 * @file The report for people: one line for each entry, then a count of each verdict.
 */
import { show } from './value.js';
import { type Verdict, VERDICTS } from './verdict.js';

const WIDEST = 36;

function cut(text: string): string {
  return text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text;
}

/** "001:19-42 003:440": the texts and their lines. */
function where(lines: Readonly<Record<string, string>>): string {
  return Object.entries(lines)
    .map(([seed, range]) => `${seed}:${range.replaceAll(', ', ',')}`)
    .join(' ');
}

/** How many entries have each verdict, those that occur. */
export function counts(verdicts: readonly Verdict[]): [string, number][] {
  const count = (start: string): number => verdicts.filter(({ verdict }) => verdict.startsWith(start)).length;
  return VERDICTS.map((start): [string, number] => [start, count(start)]).filter(([, n]) => n > 0);
}

/** The whole report. */
export function report(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ entry, value, verdict }) => [
    entry.id,
    where(entry.lines),
    cut(show(entry.printed)),
    cut(show(value)),
    verdict,
  ]);
  const all = [['id', 'lecture', 'printed', 'ours', 'verdict'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const totals = counts(verdicts).map(([verdict, n]) => `${n} ${verdict}`);
  return [...lines, '', `${verdicts.length} entries`, ...totals].join('\n');
}
