/** Builds ours from its sources. */
import { build } from 'esbuild';
import { copyFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Chainrule } from './workload.js';

/**
 * The sources as one module, as a user's bundler would make it. Importing them through tsx would not be the same: it
 * keeps the name of every function by a call of defineProperty whenever a closure is made, which the package does not.
 * `rooms` are entry points, all behind the one module.
 */
export async function buildOurs(rooms: readonly string[] = ['index']): Promise<string> {
  const folder = new URL('../.cache/bench/', import.meta.url);
  const outfile = fileURLToPath(new URL(`${rooms.at(-1)!.replace('/', '-')}.mjs`, folder));
  await build({
    stdin: {
      contents: rooms.map((room) => `export * from './src/${room}.ts';`).join('\n'),
      resolveDir: fileURLToPath(new URL('..', import.meta.url)),
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  // a worker is a file of its own, which bundlers put beside the module
  await copyFile(new URL('../src/kernels/worker.js', import.meta.url), new URL('worker.js', folder));
  return outfile;
}

export async function loadOurs(path: string): Promise<typeof Chainrule> {
  return (await import(path)) as typeof Chainrule;
}
