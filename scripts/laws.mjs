/**
 * `npm run laws` runs the generated laws of every op; `npm run laws -- --op=mul` those of one, `--op=mul,div` of two.
 * `--nightly` draws at least 200,000 calls in all, each law 1,000 of each op, to order 3, with a seed of its own; `--seed=7` draws with
 * that one. They reach the tests as CHAINRULE_OP, CHAINRULE_NIGHTLY and CHAINRULE_SEED. Every other argument goes to vitest. A wrong name is
 * one line and exit code 2.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';

function refuse(message) {
  console.error(`laws: ${message}`);
  process.exit(2);
}

const ops = [];
let nightly = false;
let seed;
const rest = [];
const filters = []; // what vitest would take for part of a file name
const args = process.argv.slice(2);
for (let i = 0; i < args.length; i++) {
  const arg = args[i];
  if (/^--ops\b/.test(arg)) refuse(`unknown option ${arg.split('=')[0]}: did you mean --op?`);
  if (!arg.startsWith('-') && !args[i - 1]?.startsWith('-')) filters.push(arg);
  if (arg.startsWith('--op=')) ops.push(...arg.slice('--op='.length).split(','));
  else if (arg === '--op') ops.push(...(args[++i] ?? '').split(','));
  else if (arg === '--nightly') nightly = true;
  else if (/^--seed\b/.test(arg)) {
    seed = /^--seed=(-?\d{1,9})$/.exec(arg)?.[1];
    if (seed === undefined) refuse('--seed needs an integer: --seed=42');
  } else rest.push(arg);
}
if (ops.includes('')) refuse('--op needs the name of an op: --op=mul');
if (ops.length > 0 || filters.length > 0) {
  register(); // so that the sources can be asked
  const { registry } = await import('../src/index.ts');
  const { closest } = await import('../examples/command-line.ts');
  for (const op of ops) {
    if (registry.has(op)) continue;
    const near = closest(op, [...registry.keys()]);
    const hint =
      near === undefined ? 'npm run laws -- --op=mul runs the laws of one, without --op those of all' : `did you mean '${near}'?`;
    refuse(`no op named '${op}': ${hint}`);
  }
  for (const name of filters) if (registry.has(name)) refuse(`unexpected argument '${name}': did you mean --op=${name}?`);
}

const env = { ...process.env };
if (ops.length > 0) env.CHAINRULE_OP = ops.join(',');
if (nightly) {
  env.CHAINRULE_NIGHTLY = '1';
  seed ??= String(Math.floor(Math.random() * 1e9)); // each night other draws: the seed is printed
}
if (seed !== undefined) env.CHAINRULE_SEED = seed;
const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/laws', ...rest], { cwd: root, env, stdio: 'inherit' });
process.exit(status ?? 1);
