/** Who imports two names does not pay for the rest. */
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type BuildResult } from 'esbuild';
import { describe, expect, test } from 'vitest';

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

describe('formulas', () => {
  /** mathjs's files in a bundle that brings it along, and the size of the whole. */
  async function withMathjs(contents: string): Promise<{ files: string[]; gzipped: number }> {
    const { outputFiles, metafile } = await build({
      stdin: { contents, resolveDir: root, sourcefile: 'entry.ts', loader: 'ts' },
      absWorkingDir: root,
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      treeShaking: true,
      minify: true,
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const [output] = Object.values(metafile.outputs);
    const files = Object.entries(output!.inputs).flatMap(([path, { bytesInOutput }]) =>
      path.includes('/mathjs/') && bytesInOutput > 0 ? [path] : [],
    );
    return { files, gzipped: gzipSync(outputFiles[0]!.contents).length };
  }
  const derives = (files: readonly string[]): boolean => files.some((f) => f.endsWith('/function/algebra/derivative.js'));

  test('formula brings the parser of mathjs, not its functions nor its algebra', async () => {
    const { files, gzipped } = await withMathjs("import { formula } from './src/formula/index.ts';\nconsole.log(formula('1'));");
    expect(files.some((f) => f.endsWith('/expression/parse.js'))).toBe(true);
    expect(derives(files)).toBe(false);
    expect(files.some((f) => f.includes('simplify'))).toBe(false);
    // 40 kB of it are the kernels in WebAssembly; formulas name every op, so every op is in it
    expect(gzipped).toBeLessThan(195_000);
  });

  test('who takes the derivative brings it', async () => {
    const { files } = await withMathjs("import { derivative } from './src/formula/index.ts';\nconsole.log(derivative('x', 'x'));");
    expect(derives(files)).toBe(true);
  });
});
