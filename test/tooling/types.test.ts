/** The type tests compile: each `@ts-expect-error` of test/types stands over an error, and there is no other. */
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { fileErrors } from './snippet-program.js';

const folder = resolve(import.meta.dirname, '../types');
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.ts')) : [];

test.skipIf(files.length === 0)(
  `test/types: ${files.length} files`,
  () => {
    expect(fileErrors(files.map((name) => `test/types/${name}`))).toEqual([]);
  },
  60_000,
);
