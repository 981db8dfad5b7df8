/** The library works in a browser. Skipped where Chromium is missing. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, '.cache', `browser-${process.pid}`);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test.skipIf(!existsSync('/usr/bin/chromium'))(
  'a gradient and two training steps in Chromium',
  async () => {
    // One file each, as tsc would write them, so that nothing needs to be built before.
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => /\.[jt]s$/.test(name) && !name.includes('assembly'),
    );
    await build({
      entryPoints: sources.map((name) => join(root, 'src', name)),
      outbase: join(root, 'src'),
      outdir: folder,
      format: 'esm',
      target: 'es2022',
      logLevel: 'silent',
    });
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/browser-smoke.mjs', folder], {
      cwd: root,
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/slope 6, loss 1\.0986 → /);
    expect(status).toBe(0);
  },
  90_000,
);
