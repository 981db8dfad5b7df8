/** Who imports two names does not pay for the rest. */
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

async function bundle(contents: string): Promise<{ code: string; imports: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root, sourcefile: 'entry.ts', loader: 'ts' },
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    packages: 'external',
    external: ['node:*'],
    treeShaking: true,
    minify: false,
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  return { code: outputFiles[0]!.text, imports };
}

/** Text that only losses, optim, models and data contain. */
const elsewhere = ['multiclassHinge', 'crossEntropy', 'class SGD', 'SGD = class', 'LinearClassifier', 'readIdx'];

test('tensor and grad bring in neither losses, optimizers, models nor data, and no package', async () => {
  const { code, imports } = await bundle("import { tensor, grad } from './src/index.ts';\nconsole.log(grad((x) => x)(tensor(1)));");
  expect(elsewhere.filter((text) => code.includes(text))).toEqual([]);
  expect(imports).toEqual([]);
});

test('those texts are in the bundle of everything, which imports no package either', async () => {
  const { code, imports } = await bundle("import * as all from './src/index.ts';\nconsole.log(all);");
  const missing = elsewhere.filter((text) => !code.includes(text));
  // A class is written in one of two ways.
  expect(missing).toHaveLength(1);
  expect(missing[0]).toMatch(/SGD/);
  expect(imports).toEqual([]);
});

test('methods stay: a tensor is useless without them', async () => {
  const { code } = await bundle("import { tensor } from './src/index.ts';\nconsole.log(tensor(1));");
  expect(code).toContain('src/ops/methods.ts');
});
