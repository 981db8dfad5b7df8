/** `npm run bench [-- --only=tape --rounds=7 --json FILE]`: the workloads beside the peers. See README.md. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formulas, type FormulaResult } from './formula.js';
import { coresBusyElsewhere } from './idle.js';
import { buildOurs } from './library.js';
import { memory, type MemoryResult } from './memory.js';
import { isolated } from './peers/isolated.js';
import { NotInstalled, type Peer } from './peers/peer.js';
import { loadPython } from './peers/python.js';
import { linesOf, table, type Line } from './report.js';
import { runWorkload, type Row } from './run.js';
import { tolerance, type PeerName } from './workload.js';
import { workloads } from './workloads/all.js';

const folder = fileURLToPath(new URL('.', import.meta.url));

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '7' },
    json: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const selected = (name: string) => options.only.length === 0 || options.only.some((part) => name.includes(part));
if (!(rounds >= 1) || ![...workloads.map((w) => w.name), 'formula', 'memory'].some(selected)) {
  console.error(`bench: nothing to do: --only=${options.only.join()} --rounds=${options.rounds}`);
  console.error(`workloads: ${workloads.map((w) => w.name).join(' · ')} · formula · memory`);
  process.exit(1);
}

if (!existsSync(`${folder}node_modules`)) {
  console.log('bench: the JavaScript peers are not here yet: npm ci in bench/');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) console.log('bench: npm ci failed; going on without them');
}

const library = await buildOurs();
const rows: Row[] = [];
const lines: Line[] = [];
let memoryResult: MemoryResult | null = null;
let formulaResult: FormulaResult | null = null;
const disturbed: { workload: string; cores: number }[] = [];
let failed = false;

const chosen = workloads.filter((w) => selected(w.name));
const peers: Peer[] = [];
const absent = new Map<string, string>();
if (chosen.length > 0) {
  const jaxJsVersion = lockedVersion('@jax-js/jax');
  await join('eager', () => isolated('eager', library));
  await join('tfjs-cpu', () => isolated('tfjs-cpu'));
  await join('tfjs-wasm', () => isolated('tfjs-wasm'));
  await join('jax-js', () => isolated('jax-js', jaxJsVersion));
  await join('torch', () => loadPython('torch'));
  await join('jax', () => loadPython('jax'));
  console.log(`chainrule beside ${peers.map((peer) => `${peer.name} ${peer.version}`).join(' · ') || 'nobody'}`);
  for (const [name, reason] of absent) console.log(`${name}: not installed (${reason})`);
  console.log(`Node ${process.version} · ${cpus()[0]?.model ?? 'unknown processor'} · ${availableParallelism()} cores`);
  console.log(`median of ${rounds} interleaved rounds · results agree to ${tolerance.float32} (float32), ${tolerance.float64} (float64)\n`);
}

const ours = chosen.length > 0 ? await isolated('ours', library) : null;
const contenders = ours ? [ours, ...peers] : peers;
for (const workload of chosen) {
  process.stderr.write(`  ${workload.name}: ${workload.about}\n`);
  const measured = await runWorkload(workload, contenders, { rounds, warmupMs: 300, roundMs: 120 });
  const cores = coresBusyElsewhere();
  if (cores !== null) disturbed.push({ workload: workload.name, cores });
  rows.push(...measured);
  lines.push(...linesOf(workload, measured, absent));
}
for (const peer of contenders) await peer.close();
if (lines.length > 0) console.log(`\n${table(lines)}`);

for (const { workload, contender, problem } of rows) {
  if (!problem) continue;
  failed = true;
  console.log(`\n!!! ${workload} · ${contender}: ${problem}`);
}

if (selected('formula')) formulaResult = await alone('formula', () => formulas(rounds));
if (selected('memory')) memoryResult = await alone('memory', () => memory(library));

for (const { workload, cores } of disturbed) {
  console.log(
    `\n!!! ${workload}: other processes kept ${cores.toFixed(1)} cores busy meanwhile: do not believe it, run again when they are done`,
  );
}

if (options.json) {
  const machine = { node: process.version, processor: cpus()[0]?.model, cores: availableParallelism() };
  const versions = Object.fromEntries(peers.map((peer) => [peer.name, peer.version]));
  writeFileSync(
    options.json,
    `${JSON.stringify({ date: new Date().toISOString(), machine, versions, disturbed, lines, rows, memory: memoryResult, formula: formulaResult }, null, 2)}\n`,
  );
}
process.exitCode = failed ? 1 : 0;

/** A workload without peers. */
async function alone<R extends { text: string }>(name: string, run: () => Promise<R>): Promise<R | null> {
  try {
    const result = await run();
    console.log(`\n${result.text}`);
    return result;
  } catch (error) {
    failed = true;
    console.log(`\n!!! ${name}: FAILED: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

async function join(name: PeerName, load: () => Promise<Peer>): Promise<void> {
  try {
    peers.push(await load());
  } catch (error) {
    if (!(error instanceof NotInstalled)) throw error;
    absent.set(name, error.message);
  }
}

function lockedVersion(name: string): string {
  const manifest = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as { dependencies: Record<string, string> };
  return manifest.dependencies[name] ?? '';
}
