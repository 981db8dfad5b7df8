import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { shown } from './shown.js';
import { lackingImports, missingImports, typeErrors } from './snippet-program.js';
import { docstringSnippets, executable, markdownSnippets } from './snippets.js';

const folder = resolve(import.meta.dirname, '../../.cache', `snippets-${process.pid}`);
let count = 0;
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function run(code: string, line = 1): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `case-${count++}.ts`);
  writeFileSync(path, executable({ file: 'guide.md', line, code }, '', '../../test/tooling/shown.ts'));
  await import(/* @vite-ignore */ pathToFileURL(path).href);
}

describe('markdown', () => {
  test('fenced blocks of TypeScript and JavaScript are found, with the line they begin on', () => {
    const text = [
      '# Title',
      '```ts',
      'a;',
      '',
      'b;',
      '```',
      '```sh',
      'npm test',
      '```',
      '- item',
      '  ~~~~js title="x"',
      '  c;',
      '  ```',
      '  ~~~~',
    ];
    expect(markdownSnippets('guide.md', text.join('\n'))).toEqual([
      { file: 'guide.md', line: 3, code: 'a;\n\nb;' },
      { file: 'guide.md', line: 12, code: 'c;\n```' },
    ]);
  });

  test('a fence inside a longer fence is text', () => {
    expect(markdownSnippets('guide.md', '````md\n```ts\na;\n```\n````')).toEqual([]);
  });

  test('an open fence is an error', () => {
    expect(() => markdownSnippets('guide.md', 'text\n```ts\na;')).toThrow('guide.md:2: this fence is never closed');
  });
});

describe('docstrings', () => {
  test('examples with and without a fence, of any node', () => {
    const text = `/** File.
 * \`\`\`ts
 * top;
 * \`\`\`
 */

/**
 * Doubles.
 * @example
 * twice(2); // → 4
 * twice(3); // → 6
 * @returns the double
 */
export function twice(x: number): number { return 2 * x; }

export const record = {
  /** @example one(); */
  one: 1,
  /**
   * @example With a title
   * \`\`\`ts
   * two();
   * \`\`\`
   */
  two: '/** @example not a comment */',
};
/* @example not a docstring */
`;
    expect(docstringSnippets('src/twice.ts', text)).toEqual([
      { file: 'src/twice.ts', line: 3, code: 'top;' },
      { file: 'src/twice.ts', line: 9, code: '\ntwice(2); // → 4\ntwice(3); // → 6' },
      { file: 'src/twice.ts', line: 17, code: 'one(); ' },
      { file: 'src/twice.ts', line: 22, code: 'two();' },
    ]);
  });

  test('an empty example is an error', () => {
    expect(() => docstringSnippets('src/a.ts', '/**\n * @example\n */\nexport const a = 1;')).toThrow('src/a.ts:2: this @example is empty');
  });
});

describe('shown text', () => {
  const tensorLike = { shape: [2, 2], toArray: () => [[1, 2], [3, 1 / 3]] }; // prettier-ignore
  test.each([
    [1 / 3, '0.333333'],
    [1.5, '1.5'],
    [-0, '0'],
    [0.1 + 0.2, '0.3'],
    [1e21, '1e+21'],
    [123456789, '123457000'],
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    ['a b', 'a b'],
    [['a', 1], "['a', 1]"],
    [[[1, 2], [3, 4]], '[[1, 2], [3, 4]]'], // prettier-ignore
    [new Float32Array([0.1, 2]), '[0.1, 2]'],
    [{ a: 1, 'b c': { d: true } }, "{ a: 1, 'b c': { d: true } }"],
    [{}, '{}'],
    [[], '[]'],
    [null, 'null'],
    [undefined, 'undefined'],
    [tensorLike, '[[1, 2], [3, 0.333333]]'],
    [{ shape: [], toArray: () => 2 }, '2'],
    [{ W: tensorLike }, '{ W: [[1, 2], [3, 0.333333]] }'],
    [new RangeError('no'), 'RangeError: no'],
  ])('%o', (value, text) => {
    expect(shown(value)).toBe(text);
  });
});

describe('claims', () => {
  test.each([
    ['an expression', '1 + 1; // → 2'],
    ['without a semicolon', '1 + 1 // → 2'],
    ['a logged value', "console.log('a', [1, 2]); // → a [1, 2]"],
    ['a declaration', 'const x = { a: 1 / 3 }; // → { a: 0.333333 }'],
    ['an assignment', 'let x = 1;\nx += 1; // → 2'],
    ['white space', '[1,\n  2]; // →   [1,   2]'],
    ['the next line', '[1, 2];\n// → [1, 2]'],
    ['several lines', "['a', 'b'];\n// → ['a',\n//    'b']\n// an ordinary comment"],
    ['inside a block', 'for (let i = 0; i < 3; i++) {\n  i * 0; // → 0\n}'],
    ['inside a callback', '[1].map((x) => {\n  x + 1; // → 2\n});'],
    ['an awaited value', 'await Promise.resolve(3); // → 3'],
    ['an error', "(() => { throw new RangeError('too far: 3 > 2'); })(); // throws too far: 3 > 2"],
    ['the class of an error', "(() => { throw new RangeError('too far'); })(); // throws RangeError: too"],
    ['an error in a declaration', "const x = JSON.parse('{'); // throws JSON"],
    ['a rejection', "await Promise.reject(new Error('later')); // throws later"],
  ])('%s holds', async (_, code) => {
    await expect(run(code)).resolves.toBeUndefined();
  });

  test.each([
    ['a wrong value', '1 + 1; // → 3', 'guide.md:7 shows\n  2\nbut its comment says\n  3'],
    ['a wrong logged value', '\nconsole.log(1 + 1) // → 3', 'guide.md:8 shows\n  2\n'],
    ['a wrong declaration', 'const x = [1]; // → [2]', 'guide.md:7 shows\n  [1]\n'],
    ['a prefix', '[1, 2]; // → [1', 'guide.md:7 shows'],
    ['a wrong line of several', "['a', 'b'];\n// → ['a',\n//    'c']", "guide.md:7 shows\n  ['a', 'b']"],
    ['a wrong value in a block', 'if (true) {\n  2; // → 3\n}', 'guide.md:8 shows'],
    ['a wrong awaited value', 'await Promise.resolve(3); // → 4', 'guide.md:7 shows'],
    [
      'a wrong message',
      "(() => { throw new Error('a'); })(); // throws b",
      'guide.md:7 throws\n  Error: a\nbut its comment says\n  throws b',
    ],
    ['no error', '1; // throws b', 'guide.md:7 throws nothing'],
    ['no rejection', 'await Promise.resolve(); // throws b', 'guide.md:7 throws nothing'],
    ['something thrown that is no error', "(() => { throw 'b'; })(); // throws b", 'guide.md:7 throws something that is not an Error'],
    ['an error that no comment announces', "throw new Error('surprise');", 'surprise'],
    ['an arrow after nothing', '// → 3', 'guide.md:7: // →: it follows no statement'],
    ['an arrow two lines below', '3;\n\n// → 3', 'guide.md:9: // →: it follows no statement'],
    ['an arrow inside an expression', '[\n  1, // → 1\n];', 'guide.md:8: // →: it follows no statement'],
    ['an arrow after a loop', 'for (;;) {\n  break;\n} // → 1', 'guide.md:9: // →: it follows no statement'],
    ['an arrow of another kind', '1 + 1; // => 3', 'guide.md:7: // =>: write // →'],
    ['an empty claim', '1 + 1; // →', 'guide.md:7: this comment claims nothing'],
    ['a claim about a destructuring', 'const [x] = [1]; // → 1', 'guide.md:7: the comment follows a destructuring'],
    ['a claim about a return', 'const f = () => {\n  return 1; // → 1\n};', 'guide.md:8: the comment follows neither'],
  ])('%s fails', async (_, code, message) => {
    await expect(run(code, 7)).rejects.toThrow(message);
  });
});

test('a claim that is never reached fails', async () => {
  await expect(run('[].map((x) => {\n  x; // → 1\n});', 900)).rejects.toThrow(
    'guide.md:901: this line never ran, so its comment was not checked',
  );
});

describe('imports and types', () => {
  const snippet = (code: string) => ({ file: 'guide.md', line: 7, code });

  test('names of the library that a snippet neither imports nor declares are imported', () => {
    const found = missingImports([
      snippet('grad((x: Tensor) => mul(x, x))(3);'),
      snippet("import { grad } from 'chainrule';\nconst mul = 1;\ngrad;\nmul;"),
      snippet('function f(add: number) { return add; }\nconst o = { grad: 1, tensor };\no.grad; notOfTheLibrary;'),
    ]);
    expect(found).toEqual(["import { grad, Tensor, mul } from 'chainrule';", '', "import { tensor } from 'chainrule';"]);
  });

  test('what a guide lacks, so that its snippets can be pasted as they stand', () => {
    const guides = [
      snippet("import { grad } from 'chainrule';\ngrad((x: Tensor) => mul(x, x))(3);"),
      { ...snippet('tensor(1);'), file: 'src/file.ts' }, // examples of docstrings stand under what they import
      snippet("import { tensor } from 'chainrule';\ntensor(1);"),
    ];
    expect(lackingImports(guides, missingImports(guides))).toEqual(["guide.md:7: import { Tensor, mul } from 'chainrule';"]);
  });

  test('an import that is not used is an error, a local name is not', () => {
    const found = typeErrors(
      [
        snippet("import { grad, mul, type Tensor } from 'chainrule';\nconst unused = grad((x: Tensor) => x);"),
        snippet("import {\n  add,\n  sub,\n} from 'chainrule';\n((add: number) => add)(1);"),
        snippet("import fc from 'fast-check';\nimport { type Op } from 'chainrule';\nimport * as all from 'chainrule';"),
      ],
      ['', '', ''],
    );
    expect(found).toEqual([
      "guide.md:7: 'mul' is declared but its value is never read.",
      'guide.md:7: All imports in import declaration are unused.',
      "guide.md:7: 'fc' is declared but its value is never read.",
      "guide.md:8: 'Op' is declared but its value is never read.",
      "guide.md:9: 'all' is declared but its value is never read.",
    ]);
  }, 60_000);

  test('type errors name the file and the line', () => {
    const found = typeErrors(
      [snippet('const a = 1;\nconst b: string = a;'), snippet('const unused = grad;'), snippet('nowhere;')],
      ['', "import { grad } from 'chainrule';", ''],
    );
    expect(found).toEqual(["guide.md:8: Type 'number' is not assignable to type 'string'.", "guide.md:7: Cannot find name 'nowhere'."]);
  }, 60_000);
});
