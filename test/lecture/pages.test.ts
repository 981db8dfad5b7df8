/**
 * @file The generated pages of the lectures: complete, up to date, and every link leads somewhere.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as chainrule from 'chainrule';
import * as node from 'chainrule/node';
import * as viz from 'chainrule/viz';
import { describe, expect, test } from 'vitest';
import { loadEntries } from '../../examples/lecture/load.js';
import { errata } from '../../examples/lecture/reasons.js';
import { kinds, misread, wordings } from '../../scripts/pages/errata-kinds.js';
import { publicNames } from '../../scripts/pages/exports.js';
import { rows, storyRows, systems, testedRows } from '../../scripts/pages/lectures.js';
import { anchorOf } from '../../scripts/pages/markdown.js';
import { generated, pages } from '../../scripts/pages/pages.js';

const root = new URL('../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');
const written = Object.keys(pages)
  .filter((name) => name.includes('lecture'))
  .map((name): [string, string] => [name, read(name)]);
const [systemsPage, errataPage] = [read('docs/lectures.md'), read('docs/lecture-errata.md')];

/** Anchors of the headings of a page. */
const anchorsOf = (markdown: string): string[] => [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));

describe('generated pages', () => {
  test.each(Object.entries(generated))('%s is up to date: npm run generate', (name, text) => {
    expect(read(name)).toBe(text());
  });

  test.each(written)('every link of %s leads to a file, and to a heading of it', (_, text) => {
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => to!);
    expect(links.length).toBeGreaterThan(20);
    const broken = [...new Set(links)].filter((to) => {
      const [path, anchor] = to.split('#') as [string, string?];
      const file = new URL(path === '' ? '.' : path, new URL('docs/', root));
      if (path !== '' && !existsSync(file)) return true;
      return anchor !== undefined && !anchorsOf(path === '' ? text : readFileSync(file, 'utf8')).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test.each(written)('no row of a table of %s has a cell too many or too few', (_, text) => {
    let columns = 0;
    for (const line of text.split('\n')) {
      const cells = line.startsWith('|') ? line.split(/(?<!\\)\|/).length : 0;
      if (cells > 0 && columns > 0) expect(cells, line).toBe(columns);
      columns = cells;
    }
  });

  const program = (...args: string[]): string => {
    const command = ['--import', 'tsx', fileURLToPath(new URL('scripts/generate.ts', root)), ...args];
    return execFileSync(process.execPath, command, { cwd: fileURLToPath(root), encoding: 'utf8', stdio: 'pipe' });
  };

  test('--check says that nothing is stale; another argument is a mistake', () => {
    expect(program('--check')).toBe(
      Object.keys(generated)
        .map((name) => `${name} is up to date\n`)
        .join(''),
    );
    expect(() => program('--chek')).toThrow(/unknown argument '--chek': known options: --check/);
  }, 180_000); // measures every law and function again
});

describe('docs/lectures.md', () => {
  const numbers = Array.from({ length: 123 }, (_, i) => i + 1);

  test('has all 123 rows, in order', () => {
    expect(systems().map(({ number }) => number)).toEqual(numbers);
    expect(Object.keys(rows).map(Number)).toEqual(numbers);
    const lines = [...systemsPage.matchAll(/^\| (\d+) \| (.+?) \| .*$/gm)];
    expect(lines.map(([, number]) => Number(number))).toEqual(numbers);
  });

  test('every row is tried by a test, and every core row works', () => {
    const tested = testedRows();
    const words = numbers.filter((n) => rows[n]!.words === true);
    expect(numbers.filter((n) => !tested.has(n))).toEqual(words);
    expect(words).toEqual([12, 13, 14, 22, 40]);
    const core = systems().filter(({ status }) => status.startsWith('core'));
    expect(core.filter(({ number }) => rows[number]!.words === true)).toEqual([]);
    expect(core.length).toBeGreaterThan(90);
  });

  test('the names are public, and the files they are linked to declare them', () => {
    const names = publicNames();
    const modules: readonly object[] = [chainrule, viz, node];
    const values = modules.flatMap((module) => Object.keys(module));
    expect(values.filter((name) => !names.has(name))).toEqual([]);
    for (const [, name, file] of systemsPage.matchAll(/\[`(\w+)`\]\(\.\.\/(src\/[^)]+)\)/g)) {
      expect(names.get(name!), name).toBe(file);
      expect(values.includes(name!) || new RegExp(`export (interface|type) ${name!}\\b`).test(read(file!)), name).toBe(true);
      expect(read(file!), name).toMatch(new RegExp(`export (abstract |async )?(function\\*?|const|class|interface|type) ${name!}\\b`));
    }
  });

  test('every story is on the page, beside the rows it names', () => {
    const files = readdirSync(new URL('examples/stories/', root)).filter((name) => name !== 'tell.ts');
    expect([...storyRows().keys()].map((name) => `${name}.ts`)).toEqual(files.sort());
    for (const [story, list] of storyRows()) {
      for (const n of list) expect(systemsPage, `${story}, row ${n}`).toMatch(new RegExp(`^\\| ${n} \\|.*/stories/${story}\\.ts\\)`, 'm'));
    }
  });
});

describe('docs/lecture-errata.md', () => {
  const entries = loadEntries(new URL('numbers.json', import.meta.url));

  test('every wrong entry is of one kind', () => {
    expect(kinds.flatMap(({ entries: ids }) => ids).sort()).toEqual(Object.keys(errata).sort());
    expect(Object.keys(wordings).filter((id) => errata[id] === undefined)).toEqual([]);
    for (const id of Object.keys(errata)) expect(errataPage).toContain(`[\`${id}\`](../examples/lecture/`);
  });

  test('every entry with a flag is on the page, but for those that only explain others', () => {
    const missing = entries.filter(({ id, flag }) => flag !== '' && !errataPage.includes(`\`${id}\``));
    expect(missing.filter(({ flag }) => !flag.startsWith('explains:')).map(({ id }) => id)).toEqual(['knn-k-values']); // "1, 3, 5" is right
    expect(Object.keys(misread).every((id) => entries.some((entry) => entry.id === id && entry.flag !== ''))).toBe(true);
  });

  test('says where, what is printed, what is right and why', () => {
    const row = (id: string): string => errataPage.split('\n').find((line) => line.includes(`[\`${id}\`]`))!;
    expect(row('linear4px-ship')).toMatch(/^\| 001:920–952 \| `61\.95` \| `60\.75` \| The ship score leaves out its bias of −1\.2,/);
    expect(row('softmax-loss-log10')).toMatch(/^\| 003:720 \| `−log\(0\.13\) = 0\.89` \| `2\.04` \| 0\.89 is the base-10 logarithm;/);
    expect(row('mixture-laplace-integral')).toContain('the printed density integrates to 2');
    expect(row('grad-ce-general')).toContain('the gradient check rejects the printed sign');
    expect(row('reg-l1')).toContain('a tie and no preference');
    for (const text of ['000', '001', '002', '003', '004']) expect(errataPage).toMatch(new RegExp(`^\\| ${text} \\| .+ \\| \\d`, 'm'));
  });
});
