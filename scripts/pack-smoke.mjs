/**
 * Packs the package as npm would publish it, installs the tarball into an empty folder, trains a line with it, and
 * compiles a strict TypeScript consumer that checks the library's own declarations too. Needs `npm run build` first.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
if (!existsSync(join(root, 'dist/index.js'))) {
  console.error('pack smoke: there is no dist: run npm run build first');
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'chainrule-pack-'));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

function run(command, args, cwd) {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    console.error(`${command} ${args.join(' ')}\n${error.stdout ?? ''}${error.stderr ?? ''}`);
    throw error;
  }
}

const trainsALine = `
import { parameter, tensor, SGD, mseLoss, add, mul } from 'chainrule';

const x = tensor([2, 4, 6, 8]);
const y = tensor([3, 4, 5, 6]);
const w = parameter(0, { name: 'w' });
const b = parameter(0, { name: 'b' });
const opt = new SGD([w, b], { lr: 0.02 });
for (let step = 0; step < 4000; step++) opt.minimize(() => mseLoss(add(mul(w, x), b), y));

const found = [w.value.item(), b.value.item()];
if (!(Math.abs(found[0] - 0.5) < 1e-3 && Math.abs(found[1] - 2) < 1e-2)) throw new Error('found ' + found + ' instead of 0.5,2');
console.log('y = ' + found[0].toFixed(3) + ' x + ' + found[1].toFixed(3));
`;

const draws = `
import { readFileSync } from 'node:fs';
import { mul, record } from 'chainrule';
import { writeSvgAsPng } from 'chainrule/node';
import { lines, toSVG } from 'chainrule/viz';

await writeSvgAsPng('line.png', await lines([{ name: 'y', y: [1, 2, 4] }], { title: 'a chart' }));
const graph = await toSVG(record((x) => mul(x, 2), 3), { values: true });
console.log('a chart of ' + readFileSync('line.png').length + ' bytes, a graph of ' + graph.length + ' characters');
`;

const consumer = `
import { grad, mul, tensor, type Tensor } from 'chainrule';
import { formula } from 'chainrule/formula';
import { scatter } from 'chainrule/viz';

export const nine: Tensor = formula('x^2')({ x: 3 });
const square = (x: Tensor): Tensor => mul(x, x);
const slope: Tensor = grad(square)(tensor(3));
export const six: number = slope.item();
export const picture: Promise<string> = scatter([[0, 1]], { title: 'one point' });
`;

try {
  run(npm, ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], root);
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const tarball = join(folder, `${name}-${version}.tgz`);
  const user = join(folder, 'user');
  mkdirSync(user);
  run(npm, ['init', '--yes', '--silent'], user);
  run(npm, ['pkg', 'set', 'type=module'], user);
  run(npm, ['install', tarball, '--ignore-scripts', '--no-audit', '--no-fund', '--omit=peer', '--prefer-offline'], user);

  writeFileSync(join(user, 'train.js'), trainsALine);
  process.stdout.write(run(process.execPath, ['train.js'], user));

  writeFileSync(join(user, 'draw.js'), draws);
  process.stdout.write(run(process.execPath, ['draw.js'], user));

  // Every entry point that needs no peer can be imported; each file named in exports is in the tarball.
  run(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      "await import('chainrule'); await import('chainrule/formula'); await import('chainrule/node'); await import('chainrule/viz');",
    ],
    user,
  );

  writeFileSync(join(user, 'consumer.ts'), consumer);
  const options = { target: 'ES2022', module: 'NodeNext', strict: true, skipLibCheck: false, noEmit: true, types: [] };
  writeFileSync(join(user, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['consumer.ts'] }));
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], user);
  console.log('a strict consumer compiles');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
