/** Everything measured as a page of Markdown: what the console shows, and what results.md is. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import { format, resolveConfig } from 'prettier';
import { relaxedFlags } from './flags.js';
import type { FormulaResult } from './formula.js';
import { timeOf, verdicts, type Verdict } from './goals.js';
import type { MemoryResult } from './memory.js';
import type { Row } from './run.js';
import type { Sweep } from './sweep.js';
import { contenderNames, javascriptPeers, pythonPeers, tolerance, type ContenderName, type Workload } from './workload.js';

export interface Measurements {
  date: string;
  rounds: number;
  /** The version of each peer that took part. */
  versions: Partial<Record<ContenderName, string>>;
  /** Why the others did not. */
  absent: Partial<Record<ContenderName, string>>;
  workloads: readonly Pick<Workload, 'name' | 'about' | 'dtype' | 'notes'>[];
  rows: Row[];
  formula: FormulaResult | null;
  memory: MemoryResult | null;
  sweeps: Sweep[] | null;
  /** Workloads during which other processes were at work, and on how many cores. */
  disturbed: { workload: string; cores: number }[];
}

const peers = [...javascriptPeers, ...pythonPeers];

/** Formatted as prettier does it: the columns stand in line on a console too. */
export async function page(m: Measurements): Promise<string> {
  const parts = [
    `# Results of \`npm run bench\``,
    machine(m),
    warnings(m),
    ...(m.rows.length > 0 ? [medians(m), ratios(m), goalTable(verdicts(m.rows))] : []),
    m.formula && formulaTable(m.formula),
    m.memory && `## Memory\n\n${m.memory.text}`,
    m.sweeps &&
      `## Sweeps\n\nCompiled, 1 thread. The slope is that of log time over log size: 1 is linear.\n\n${m.sweeps.map(sweepTable).join('\n\n')}`,
  ];
  const config = await resolveConfig(import.meta.filename);
  return format(parts.filter(Boolean).join('\n\n'), { ...config, parser: 'markdown' });
}

function machine({ date, rounds, versions, absent, rows }: Measurements): string {
  const machine = [cpus()[0]?.model ?? 'unknown processor', `${availableParallelism()} cores`, `${Math.round(totalmem() / 2 ** 30)} GB`];
  const lines = [
    [date.slice(0, 10), ...machine, process.platform, `median of ${rounds} rounds`].join(' · '),
    `Node ${process.version} ${relaxedFlags.join(' ')}`,
  ];
  if (rows.length > 0) {
    const taking = peers.filter((name) => name in versions).map((name) => `${name} ${versions[name]}`);
    lines.push(
      `Peers: ${taking.join(' · ') || 'none'}`,
      ...Object.entries(absent).map(([name, reason]) => `Not measured: ${name}: ${reason}`),
      `Results agree with \`eager\` to ${tolerance.float32} (float32), ${tolerance.float64} (float64), where no line below says otherwise.`,
    );
  }
  return lines.map((line) => `- ${line}`).join('\n');
}

/** What nobody should overlook. */
function warnings({ rows, disturbed }: Measurements): string {
  return [
    ...rows.flatMap(({ workload, contender, problem }) => (problem ? [`**${workload} · ${contender}: ${problem}**`] : [])),
    ...disturbed.map(
      ({ workload, cores }) =>
        `**${workload}: other processes kept ${cores.toFixed(1)} cores busy meanwhile: do not believe it, run again when they are done**`,
    ),
  ].join('\n\n');
}

function medians({ workloads, rows, absent }: Measurements): string {
  const shown = contenderNames.filter((name) => name in absent || rows.some(({ contender }) => contender === name));
  const cell = (workload: Measurements['workloads'][number], name: ContenderName): string => {
    const row = rows.find(({ workload: w, contender }) => w === workload.name && contender === name);
    if (row === undefined) return absent[name] === 'not built' ? 'not built' : '';
    if (row.problem !== null) return row.problem.slice(0, row.problem.indexOf(':'));
    const notes = [row.dtype === workload.dtype ? '' : row.dtype, workload.notes?.[name] ?? ''].filter(Boolean);
    return `${digits(row.ms!)}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
  };
  const about = workloads.map(({ name, about, dtype }) => `- **${name}** (${dtype}): ${about}`);
  return [
    '## Milliseconds a call',
    'Ours: op by op; compiled, by threads; `plain SIMD` compiled, 2 threads, without relaxed SIMD. In brackets what differs from the workload.',
    table(
      ['', ...shown],
      workloads.map((workload) => [workload.name, ...shown.map((name) => cell(workload, name))]),
    ),
    about.join('\n'),
  ].join('\n\n');
}

/** How many times as long as ours each peer takes. */
function ratios({ workloads, rows }: Measurements): string {
  const ours = rows.some(({ contender }) => contender === '2 threads') ? '2 threads' : '1 thread';
  const shown = contenderNames.filter((name) => name !== ours && rows.some(({ contender }) => contender === name));
  const cell = (workload: string, name: ContenderName): string => {
    const [own, other] = [timeOf(rows, workload, ours), timeOf(rows, workload, name)];
    return own === null || other === null ? '' : `${digits(other / own)}×`;
  };
  return [
    `## Time over ours, compiled, ${ours}`,
    'Above 1 ours is faster.',
    table(
      ['', ...shown],
      workloads.map(({ name: workload }) => [workload, ...shown.map((name) => cell(workload, name))]),
    ),
  ].join('\n\n');
}

function goalTable(list: Verdict[]): string {
  const who = ({ ours, rival, beside }: Verdict): string[] => [
    ours,
    rival === 'Python' && beside !== rival ? `${beside} (fastest)` : beside,
  ];
  const body = list.map((goal) => [
    goal.workload,
    ...who(goal),
    wanted(goal.factor),
    goal.measured === null ? '' : reached(goal.measured),
    goal.met === null ? 'not measured' : goal.met ? 'met' : '**NOT MET**',
  ]);
  const count = list.filter(({ met }) => met).length;
  return `## Goals\n\n${count} of ${list.length} met. What bounds the others stands in [README.md](README.md#what-bounds-the-goals-that-are-not-met).\n\n${table(['', 'ours', 'beside', 'goal', 'measured', ''], body, '---')}`;
}

const wanted = (factor: number): string =>
  factor > 1 ? `${digits(factor)}× faster` : factor === 1 ? 'no slower' : `within ${digits(1 / factor)}×`;
const reached = (ratio: number): string => (ratio >= 1 ? `${digits(ratio)}× faster` : `${digits(1 / ratio)}× slower`);

function formulaTable({ formulas, calls, allowance }: FormulaResult): string {
  const body = formulas.map(({ name, handMs, ratio }) => [
    `\`${name.replaceAll('`', '').replaceAll('|', '\\|')}\``,
    ((handMs / calls) * 1e3).toFixed(2),
    `${ratio.toFixed(2)}×`,
    ratio <= allowance ? 'met' : '**NOT MET**',
  ]);
  return `## Formulas\n\n${calls} calls beside the same ops by hand; allowed ${allowance}×.\n\n${table(['', 'µs by hand', 'formula', ''], body)}`;
}

function sweepTable({ name, unit, points, slope }: Sweep): string {
  const nanoseconds = points.map(({ ms, size }) => digits((ms * 1e6) / size));
  return [
    `Slope **${slope.toFixed(2)}** · ${name}`,
    table(
      ['', ...points.map(({ label }) => label)],
      [
        ['ms', ...points.map(({ ms }) => digits(ms))],
        [`ns a ${unit}`, ...nanoseconds],
      ],
    ),
  ].join('\n\n');
}

/** A table whose first column is text; the others are aligned as it is said. */
function table(header: string[], body: string[][], others: '---' | '---:' = '---:'): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map((_, i) => (i === 0 ? '---' : others))), ...body.map(line)].join('\n');
}

/** Three digits. */
const digits = (x: number): string => (x >= 100 ? x.toFixed(0) : x.toPrecision(3));
