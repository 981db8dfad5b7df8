/** Who imports two names does not pay for the rest. */
import { resolve } from 'node:path';
import { build, type BuildResult } from 'esbuild';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

type Bundle = Pick<BuildResult<{ write: false; metafile: true }>, 'outputFiles' | 'metafile'>;

function bundleOf(contents: string): Promise<Bundle> {
  return build({
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
}

async function bundle(contents: string): Promise<{ code: string; imports: string[] }> {
  const { outputFiles, metafile } = await bundleOf(contents);
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

test('the entry point for pictures loads its packages only when it draws', async () => {
  const { outputFiles, metafile } = await bundleOf("import * as viz from './src/viz/index.ts';\nconsole.log(viz);");
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  expect(outputFiles[0]!.text).toContain('decisionRegions');
  expect(new Set(imports.map(({ path }) => path))).toEqual(new Set(['vega', 'vega-lite', '@viz-js/viz', 'fast-png']));
  expect(new Set(imports.map(({ kind }) => kind))).toEqual(new Set(['dynamic-import']));
});

test('methods stay: a tensor is useless without them', async () => {
  const { code } = await bundle("import { tensor } from './src/index.ts';\nconsole.log(tensor(1));");
  expect(code).toContain('src/ops/methods.ts');
});
