/** `npm run bench [-- --only=tape --rounds=7 --sweep --write --json FILE]`: the workloads beside the peers. See README.md. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formulas } from './formula.js';
import { coresBusyElsewhere } from './idle.js';
import { buildOurs } from './library.js';
import { memory } from './memory.js';
import { isolated } from './peers/isolated.js';
import { NotInstalled, type Peer } from './peers/peer.js';
import { loadPython } from './peers/python.js';
import { page, type Measurements } from './report.js';
import { runWorkload } from './run.js';
import { sweeps } from './sweep.js';
import { ourNames, pythonPeers, type ContenderName } from './workload.js';
import { workloads } from './workloads/all.js';

const folder = fileURLToPath(new URL('.', import.meta.url));

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '7' },
    sweep: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const only = [...options.only, ...(options.sweep ? ['sweep'] : [])];
const whole = only.length === 0;
const selected = (name: string) => whole || only.some((part) => name.includes(part));
if (!(rounds >= 1) || ![...workloads.map((w) => w.name), 'formula', 'memory', 'sweep'].some(selected)) {
  console.error(`bench: nothing to do: --only=${only.join()} --rounds=${options.rounds}`);
  console.error(`workloads: ${workloads.map((w) => w.name).join(' · ')} · formula · memory · sweep`);
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
const chosen = workloads.filter((w) => selected(w.name));
const measured: Measurements = {
  date: new Date().toISOString(),
  rounds,
  versions: {},
  absent: {},
  workloads: chosen,
  rows: [],
  formula: null,
  memory: null,
  sweeps: null,
  disturbed: [],
};
let failed = false;

if (chosen.length > 0) {
  const contenders = await allContenders();
  for (const workload of chosen) {
    process.stderr.write(`  ${workload.name}: ${workload.about}\n`);
    measured.rows.push(...(await runWorkload(workload, contenders, { rounds, warmupMs: 300, roundMs: 120, patienceMs: 15_000 })));
    const cores = coresBusyElsewhere();
    if (cores !== null) measured.disturbed.push({ workload: workload.name, cores });
  }
  for (const contender of contenders) await contender.close();
}
if (selected('formula')) measured.formula = await alone('formula', () => formulas(rounds));
if (selected('memory')) measured.memory = await alone('memory', () => memory(library));
if (selected('sweep')) measured.sweeps = await alone('sweep', () => sweeps(library, rounds));

const text = await page(measured);
console.log(text);
if (whole || options.write) writeFileSync(`${folder}results.md`, text);
if (options.json) writeFileSync(options.json, `${JSON.stringify(measured, null, 2)}\n`);
process.exitCode = failed || measured.rows.some(({ problem }) => problem !== null) ? 1 : 0;

/** Those that are here; it is noted why the others are not. The first, `eager`, is the reference. */
async function allContenders(): Promise<Peer[]> {
  const loaders: [ContenderName, () => Promise<Peer>][] = [
    ...ourNames.map((name) => [name, () => isolated(name, library)] as [ContenderName, () => Promise<Peer>]),
    ['tfjs-cpu', () => isolated('tfjs-cpu')],
    ['tfjs-wasm', () => isolated('tfjs-wasm')],
    ['jax-js', () => isolated('jax-js', lockedVersion('@jax-js/jax'))],
    ...pythonPeers.map((name) => [name, () => loadPython(name)] as [ContenderName, () => Promise<Peer>]),
  ];
  const here: Peer[] = [];
  for (const [name, load] of loaders) {
    try {
      const contender = await load();
      here.push(contender);
      measured.versions[name] = contender.version;
    } catch (error) {
      if (!(error instanceof NotInstalled)) throw error;
      measured.absent[name] = error.message;
    }
  }
  return here;
}

/** A workload without peers. */
async function alone<R>(name: string, run: () => Promise<R>): Promise<R | null> {
  process.stderr.write(`  ${name}\n`);
  try {
    return await run();
  } catch (error) {
    failed = true;
    console.log(`\n!!! ${name}: FAILED: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

function lockedVersion(name: string): string {
  const manifest = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as { dependencies: Record<string, string> };
  return manifest.dependencies[name] ?? '';
}
