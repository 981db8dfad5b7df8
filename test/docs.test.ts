/** Every snippet of the guides and docstrings runs, keeps its claims and type-checks; those of the guides can be pasted. No exceptions. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { lackingImports, missingImports, typeErrors } from './tooling/snippet-program.js';
import { docstringSnippets, executable, markdownSnippets } from './tooling/snippets.js';

const root = resolve(import.meta.dirname, '..');

function filesBelow(folder: string, extension: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith(extension) && !name.startsWith('docs/api/'))
    .sort();
}

const guides = [
  ...['README.md', 'CONTRIBUTING.md'].filter((name) => existsSync(join(root, name))),
  ...filesBelow('docs', '.md'),
  ...filesBelow('src', '.md'),
  ...filesBelow('examples', '.md'),
];
const snippets = [
  ...guides.flatMap((file) => markdownSnippets(file, readFileSync(join(root, file), 'utf8'))),
  ...filesBelow('src', '.ts').flatMap((file) => docstringSnippets(file, readFileSync(join(root, file), 'utf8'))),
];
const imports = missingImports(snippets);

// Kept after the run, so that a failing snippet can be opened at the line the error names.
const folder = join(root, '.cache/snippets');
const fileOf = (i: number): string => join(folder, `${snippets[i]!.file.replace(/[^\w.]+/g, '-')}-L${snippets[i]!.line}.ts`);
mkdirSync(folder, { recursive: true });
const current = new Set(snippets.map((_, i) => fileOf(i)));
for (const name of readdirSync(folder)) if (!current.has(join(folder, name))) rmSync(join(folder, name), { recursive: true });

describe('snippets', () => {
  beforeEach(() => {
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('the guide of the project has some', () => {
    expect(snippets.filter(({ file }) => file === 'README.md')).not.toEqual([]);
  });

  test('those of the guides import what they use', () => {
    expect(lackingImports(snippets, imports)).toEqual([]);
  });

  test.each(snippets.map(({ file, line }, i) => [`${file}:${line}`, i] as const))('%s runs', async (_, i) => {
    writeFileSync(fileOf(i), executable(snippets[i]!, imports[i]!, '../../test/tooling/shown.ts'));
    await import(/* @vite-ignore */ pathToFileURL(fileOf(i)).href);
  });

  test('type-check', () => {
    expect(typeErrors(snippets, imports)).toEqual([]);
  }, 60_000);
});
