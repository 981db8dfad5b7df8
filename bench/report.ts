/** Rows of measurements as a table. */
import type { Row } from './run.js';
import type { PeerName, Workload } from './workload.js';

export interface Line {
  workload: string;
  peer: string;
  oursMs: number | null;
  peerMs: number | null;
  /** peer's time / our time: above 1, ours is faster. */
  ratio: number | null;
  target: number | null;
  met: boolean | null;
  note: string;
}

/** One line for every peer that was measured on a workload, and one for every target, measured or not. */
export function linesOf(workload: Workload, rows: Row[], absent: Map<string, string>): Line[] {
  const ours = rows.find((row) => row.contender === 'ours');
  const targets: Partial<Record<string, number>> = workload.targets ?? {};
  const names = new Set([...rows.map((row) => row.contender), ...Object.keys(targets)]);
  if (names.size > 1) names.delete('ours');
  return [...names].map((peer) => {
    const row = rows.find((row) => row.contender === peer);
    const [oursMs, peerMs] = [ours?.ms ?? null, row?.ms ?? null];
    const ratio = oursMs !== null && peerMs !== null ? peerMs / oursMs : null;
    const target = targets[peer as PeerName] ?? null;
    const met = target === null || ratio === null ? null : ratio >= target;
    const note = [
      row && row.dtype !== workload.dtype ? row.dtype : '',
      row?.problem ? firstWord(row.problem) : '',
      workload.notes?.[peer as PeerName] ?? '',
      absent.has(peer) ? 'not installed' : '',
    ];
    return { workload: workload.name, peer, oursMs, peerMs, ratio, target, met, note: note.filter(Boolean).join(', ') };
  });
}

const firstWord = (text: string) => text.slice(0, text.indexOf(':'));

export function table(lines: Line[]): string {
  const header = ['workload', 'ours ms', 'peer', 'peer ms', 'peer/ours', 'target', '', ''];
  let previous = '';
  const body = lines.map((line) => {
    const first = line.workload !== previous;
    previous = line.workload;
    return [
      first ? line.workload : '',
      first ? milliseconds(line.oursMs) : '',
      line.peer,
      milliseconds(line.peerMs),
      line.ratio === null ? '-' : `${digits(line.ratio)}×`,
      line.target === null ? '' : `≥ ${line.target}×`,
      line.target === null ? '' : line.met === null ? 'not measured' : line.met ? 'met' : 'NOT MET',
      line.note,
    ];
  });
  const widths = header.map((_, column) => Math.max(...[header, ...body].map((cells) => cells[column]!.length)));
  const right = new Set([1, 3, 4, 5]);
  const row = (cells: string[]) =>
    cells
      .map((cell, i) => (right.has(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  return [row(header), rule, ...body.map(row)].join('\n');
}

function milliseconds(ms: number | null): string {
  return ms === null ? '-' : digits(ms);
}

/** Three digits, without an exponent. */
const digits = (x: number) => (x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x >= 1 ? x.toFixed(2) : x.toFixed(4));
