/**
 * `npm run generate`: writes what is made from the code, the pages of docs/ that say so and the formulas in the docstrings of losses.
 * `-- --check` writes nothing, names what is stale and ends with status 1.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { generated } from './pages/pages.js';

const unknown = process.argv.slice(2).find((word) => word !== '--check');
if (unknown !== undefined) throw new Error(`generate: unknown argument '${unknown}': known options: --check`);
const check = process.argv.includes('--check');

for (const [name, text] of Object.entries(generated)) {
  const file = new URL(`../${name}`, import.meta.url);
  const [before, after] = [existsSync(file) ? readFileSync(file, 'utf8') : '', text()];
  if (before === after) console.log(`${name} is up to date`);
  else if (check) {
    console.error(`${name} is stale: npm run generate`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, after);
    console.log(`${name} is written`);
  }
}
