/**
 * `npm run check` runs everything that must hold before a change is merged and shows the output of what failed.
 * `npm run check -- lint tests` runs only the steps of these names.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (path) => `node node_modules/${path}`;
const steps = [
  { name: 'types', run: bin('typescript/bin/tsc -p tsconfig.json') },
  { name: 'lint', run: bin('eslint/bin/eslint.js . --max-warnings 0') },
  {
    name: 'architecture',
    run: bin('dependency-cruiser/bin/dependency-cruise.mjs --config .dependency-cruiser.cjs --output-type err-long src examples'),
  },
  { name: 'dead exports', run: bin('knip/bin/knip.js') },
  { name: 'format', run: bin('prettier/bin/prettier.cjs --check --log-level warn .') },
  { name: 'kernels', run: 'node scripts/build-kernels.mjs --check' },
  { name: 'build', run: `node scripts/clean.mjs dist && ${bin('typescript/bin/tsc -p tsconfig.build.json')}` },
  { name: 'tests', run: bin('vitest/vitest.mjs run'), note: (output) => output.trimEnd().split('\n').at(-1) },
  { name: 'docs', run: bin('typedoc/bin/typedoc') },
  { name: 'package', run: bin('publint/src/cli.js --strict'), needs: 'build' },
  { name: 'package types', run: bin('@arethetypeswrong/cli/dist/index.js --pack . --profile esm-only --no-color'), needs: 'build' },
  { name: 'packed install', run: 'node scripts/pack-smoke.mjs', needs: 'build' },
  {
    name: 'browser',
    run: 'node scripts/browser-smoke.mjs',
    needs: 'build',
    note: (output) => (output.startsWith('skipped') ? output.trim() : undefined),
  },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`check: no step named ${unknown.join(', ')}: ${steps.map((step) => step.name).join(', ')}`);
  process.exit(2);
}

function execute(command) {
  return new Promise((done) => {
    // No FORCE_COLOR or NO_COLOR from outside: what is matched and shown is plain text.
    // The step `build` builds: npm pack, which several steps run, need not do it again (prepack).
    const env = { ...process.env, NO_COLOR: '1', npm_config_ignore_scripts: 'true' };
    delete env.FORCE_COLOR;
    const child = spawn(command, { cwd: root, env, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => done({ ok: code === 0, output }));
  });
}

const failed = new Set();
const begin = performance.now();
for (const { name, run, needs, note } of steps) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stdout.write(`${name.padEnd(16)}`);
  if (failed.has(needs)) {
    failed.add(name);
    console.log(`      -  FAILED  ${needs} failed`);
    continue;
  }
  const start = performance.now();
  const { ok, output } = await execute(run);
  const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(6);
  const remark = note?.(output);
  console.log(`${seconds} s  ${ok ? 'ok' : 'FAILED'}${remark ? `  ${remark}` : ''}`);
  if (!ok) {
    failed.add(name);
    console.log(`\n${output.trimEnd()}\n`);
  }
}
const total = ((performance.now() - begin) / 1000).toFixed(0);
console.log(failed.size === 0 ? `\nall ok in ${total} s` : `\nFAILED: ${[...failed].join(', ')} (${total} s)`);
process.exit(failed.size === 0 ? 0 : 1);
