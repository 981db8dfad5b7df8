/** What `npm pack` and `npm publish` put into the tarball. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

interface Manifest {
  scripts: Record<string, string>;
  files: string[];
}

test('a clone without dist builds before it packs: no tarball without code', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-prepack-'));
  try {
    // The project's own manifest, with a build that takes no time.
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
    expect(manifest.scripts['build']).toContain('tsc -p tsconfig.build.json');
    manifest.scripts['build'] = 'node build.mjs';
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    writeFileSync(
      join(folder, 'build.mjs'),
      "import { mkdirSync, writeFileSync } from 'node:fs'; mkdirSync('dist'); writeFileSync('dist/index.js', '');",
    );
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'src/index.ts'), '');
    const output = execFileSync(npm, ['pack', '--dry-run', '--json'], {
      cwd: folder,
      env: { ...process.env, npm_config_ignore_scripts: 'false' }, // `npm run check` sets it, so as not to build twice
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // Before it stands what the script prints.
    const [{ files }] = JSON.parse(output.slice(output.indexOf('[\n'))) as [{ files: { path: string }[] }];
    expect(files.map(({ path }) => path).sort()).toEqual(['dist/index.js', 'package.json', 'src/index.ts']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
