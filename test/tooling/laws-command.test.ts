/** `npm run laws`: a wrong name of an op is one line, before any test runs. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const laws = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/laws.mjs', ...args], { cwd: root, encoding: 'utf8' });
  return { status, stdout, stderr };
};

test.each([
  [['--op=nosuch'], "laws: no op named 'nosuch': npm run laws -- --op=mul runs the laws of one, without --op those of all\n"],
  [['--op=mul,matmull'], "laws: no op named 'matmull': did you mean 'matmul'?\n"],
  [['--op', 'Exp'], "laws: no op named 'Exp': did you mean 'exp'?\n"],
  [['--op='], 'laws: --op needs the name of an op: --op=mul\n'],
  [['--op'], 'laws: --op needs the name of an op: --op=mul\n'],
  [['--ops=mul'], 'laws: unknown option --ops: did you mean --op?\n'],
  [['mul'], "laws: unexpected argument 'mul': did you mean --op=mul?\n"],
])(
  '%j',
  (args, stderr) => {
    expect(laws(...args)).toEqual({ status: 2, stdout: '', stderr });
  },
  30_000,
);

test('laws of one op run', () => {
  const { status, stdout } = laws('--op=neg');
  expect(status).toBe(0);
  expect(stdout).toMatch(/\n[1-9]\d* passed, 0 failed\n$/);
}, 60_000);
