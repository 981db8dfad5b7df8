/** `node scripts/clean.mjs dist …` removes build outputs named on the command line, on every platform. */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const outputs = new Set(['dist', 'docs/api', 'out', '.cache', 'coverage']);
for (const name of process.argv.slice(2)) {
  if (!outputs.has(name)) throw new Error(`clean: ${name} is not a build output: one of ${[...outputs].join(', ')}`);
  rmSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), { recursive: true, force: true });
}
