/**
 * @file The command line of the lecture program: its two forms of output and its errors.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { run } from '../../examples/lecture/cli.js';
import { errata, lost } from '../../examples/lecture/reasons.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'lecture-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(content: unknown): string {
  const path = join(directory, 'numbers.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

interface Line {
  id: string;
  value: unknown;
  verdict: string;
}

describe('output', () => {
  test('the table names every entry and ends with the counts', () => {
    const { code, out, err } = run([]);
    expect([code, err]).toEqual([0, '']);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^id +lecture +printed +ours +verdict$/);
    const ids = (JSON.parse(run(['--json']).out) as Line[]).map(({ id }) => id);
    const rows = lines.slice(1, -7).filter((line) => !line.startsWith(' '));
    expect(rows.map((line) => line.split(' ')[0])).toEqual(ids);
    expect(lines.find((line) => line.startsWith('linear4px-cat'))).toMatch(/^linear4px-cat +001:920-947 +-96\.8 +-96\.8 +agrees$/);
    expect(out).toMatch(
      /\n\n162 entries\n59 agrees\n54 computed, the lecture prints none\n45 the lecture is wrong\n4 cannot be recomputed\n$/,
    );
  });

  test('a value that the lecture does not print is computed: there is nothing it could agree with', () => {
    const [head, ...rows] = run([]).out.split('\n') as [string, ...string[]];
    const printed = (line: string): string => line.slice(head.indexOf('printed'), head.indexOf('ours')).trim();
    const unprinted = rows.filter((line) => !line.startsWith(' ') && printed(line) === '–');
    expect(unprinted).toHaveLength(54);
    for (const line of unprinted) expect(line).toMatch(/ {2}computed$/);
    expect(rows.filter((line) => line.endsWith('  agrees'))).toHaveLength(59);
  });

  test('no line is wider than 160 columns, and a reason goes on below its row', () => {
    const { out } = run([]);
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(160);
    const text = out.replace(/\s+/g, ' ');
    for (const { because } of Object.values(errata)) expect(text).toContain(`because ${because.replace(/\s+/g, ' ')}`);
    for (const reason of Object.values(lost)) expect(text).toContain(`because ${reason}`);
    expect(out).toMatch(/\nlinear4px-ship +001:920-952 +61\.95 +60\.75 +the lecture is wrong\n +because the ship score leaves out/);
    // every place where a number stands is named, on lines of its own if need be
    expect(out).toMatch(/\nsvm-cat +001:1185-1198 002:35 +2\.9 +2\.9 +agrees\n +003:565-571 004:302\n/);
  });

  test('--json is one list of id, value and verdict, with infinity as "inf"', () => {
    const { code, out, err } = run(['--json']);
    expect([code, err]).toEqual([0, '']);
    const list = JSON.parse(out) as Line[];
    expect(list).toHaveLength(162);
    for (const line of list) expect(Object.keys(line)).toEqual(['id', 'value', 'verdict']);
    expect(list.find(({ id }) => id === 'svm-q2-minmax')).toEqual({ id: 'svm-q2-minmax', value: [0, 'inf'], verdict: 'agrees' });
    expect(list.find(({ id }) => id === 'cifar10-sizes')).toEqual({ id: 'cifar10-sizes', value: null, verdict: 'agrees' });
  });

  test('--numbers reads another file', () => {
    const { code, out } = run(['--json', '--numbers', at('other-inputs.json')]);
    expect(code).toBe(0);
    const list = JSON.parse(out) as Line[];
    expect(list.find(({ id }) => id === 'svm-q3-C10')?.value).toBe(3);
    expect(list.find(({ id }) => id === 'kl-onehot')?.value).toBe('inf');
  });

  test('as a program', () => {
    const args = ['--import', 'tsx', at('../../examples/lecture/main.ts'), '--json'];
    const out = execFileSync(process.execPath, args, { encoding: 'utf8', cwd: at('../..') });
    expect(JSON.parse(out)).toEqual(JSON.parse(run(['--json']).out));
  });
});

describe('errors are one line and exit code 2', () => {
  function errorOf(args: string[]): string {
    const { code, out, err } = run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^(npm run )?lecture: [^\n]+\n$/);
    return err;
  }
  const errorIn = (content: unknown): string => errorOf(['--numbers', file(content)]).replace(`${directory}/numbers.json`, 'FILE');

  test('flags', () => {
    expect(errorOf(['--jsn'])).toBe('npm run lecture: unknown option --jsn: did you mean --json?\n');
    expect(errorOf(['--zzzzzzzz'])).toBe('npm run lecture: unknown option --zzzzzzzz: known options: --json, --numbers\n');
    expect(errorOf(['file.json'])).toBe(
      "npm run lecture: unexpected argument 'file.json': options come after --, as in npm run lecture -- --numbers FILE\n",
    );
    expect(errorOf(['--numbers'])).toBe('npm run lecture: --numbers needs a value\n');
  });

  test('files', () => {
    expect(errorOf(['--numbers', join(directory, 'none.json')])).toContain('none.json: no such file');
    expect(errorOf(['--numbers', directory])).toContain('cannot be read (EISDIR)');
    expect(errorIn('[{')).toBe('lecture: FILE: is not JSON\n');
    expect(errorIn({})).toBe('lecture: FILE: expected a list of entries\n');
  });

  test.each([
    [['svm-cat'], 'entry 1: expected an object'],
    [[{ inputs: {} }], 'entry 1: id: expected a text'],
    [[{ id: 'a' }, { id: 'a' }], 'entry 2: the id a is already taken'],
    [[{ id: 'a', inputs: [] }], 'entry 1: inputs: expected an object'],
    [[{ id: 'a', agrees: 'yes' }], 'entry 1: agrees: expected true, false or null'],
    [[{ id: 'a', lines: { '001': 5 } }], 'entry 1: 001: expected a text'],
    [[{ id: 'a', kind: 5 }], 'entry 1: kind: expected a text'],
    [[{ id: 'a', inputs: { grid: 'see b' } }], 'a: inputs.grid: refers to b, which has no such input'],
    [
      [
        { id: 'a', inputs: { grid: 'see b' } },
        { id: 'b', inputs: { grid: 'see a' } },
      ],
      'a: inputs.grid: the reference to a goes round in a circle',
    ],
    [[{ id: 'svm-cat', inputs: { scores: 'high', y: 0 } }], 'svm-cat: inputs.scores: expected numbers, got high'],
    [[{ id: 'svm-cat', inputs: { scores: [[[1]]], y: 0 } }], 'svm-cat: inputs.scores: expected numbers with 1 or 2 axes'],
    [[{ id: 'svm-cat', inputs: { scores: [[1, 2], [3]], y: 0 } }], 'svm-cat: tensor: ragged nested array'],
    [[{ id: 'svm-cat', inputs: { scores: [1, 2], y: 'cat' } }], 'svm-cat: inputs.y: expected a class, got cat'],
    [[{ id: 'svm-cat', inputs: { scores: [1, 2], y: 7 } }], 'svm-cat: '],
    [[{ id: 'chain-rule-48x3-32x', inputs: { f: '3(x' } }], "chain-rule-48x3-32x: '3(x' is not a formula"],
    [[{ id: 'chain-rule-48x3-32x', inputs: { f: 'x y' } }], "chain-rule-48x3-32x: 'x y' has more than one variable: x, y"],
    [[{ id: 'chain-rule-48x3-32x', inputs: { f: '(x^2)^7' } }], 'chain-rule-48x3-32x: inputs.f: expected a degree of at most 12'],
    [[{ id: 'chain-rule-48x3-32x', inputs: { f: 'exp(x)' } }], "chain-rule-48x3-32x: 'exp(x)' is not a polynomial"],
  ])('%j', (content, message) => {
    expect(errorIn(content)).toContain(`FILE: ${message}`);
  });
});
