/**
 * `npm run laws` runs the generated laws of every op; `npm run laws -- --op=mul` those of one, `--op=mul,div` of two.
 * The names reach the tests as CHAINRULE_OP. Every other argument goes to vitest.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ops = [];
const rest = [];
const args = process.argv.slice(2);
for (let i = 0; i < args.length; i++) {
  const arg = args[i];
  if (arg.startsWith('--op=')) ops.push(arg.slice('--op='.length));
  else if (arg === '--op') ops.push(args[++i] ?? '');
  else rest.push(arg);
}
if (ops.some((op) => op === '')) {
  console.error('laws: --op needs the name of an op: --op=mul');
  process.exit(2);
}

const env = { ...process.env };
if (ops.length > 0) env.CHAINRULE_OP = ops.join(',');
const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/laws', ...rest], { cwd: root, env, stdio: 'inherit' });
process.exit(status ?? 1);
