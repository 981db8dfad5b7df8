/** Debug mode: errors name the lines that made the tensors an op was called with. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import {
  add,
  concat,
  grad,
  matmul,
  mul,
  parameter,
  pick,
  reshape,
  setDebug,
  setDetectAnomaly,
  type Shape,
  ShapeError,
  sum,
  type Tensor,
  tensor,
  UsageError,
  zeros,
} from 'chainrule';
import { afterEach, describe, expect, test } from 'vitest';
import { originOf } from '../../../src/graph/debug.js';
import { userLine } from '../../../src/graph/origin.js';

/** The line that calls this, plus some lines. */
function lineBelow(n: number): string {
  const frame = new Error().stack!.split('\n')[2]!;
  const [, file, line] = /(\/[^():]*):(\d+):\d+/.exec(frame)!;
  return `${file}:${Number(line) + n}:`;
}

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

/** Shapes that the compiler does not know, so that wrong ones compile. */
const loose = (shape: Shape): Tensor => zeros(shape);

afterEach(() => setDebug(false));

describe('with debug mode', () => {
  test('an error names the lines of both operands', () => {
    setDebug(true);
    const below = lineBelow(1);
    const a: Tensor = zeros([2, 3]);
    const b: Tensor = zeros([4, 5]);
    const message = messageOf(() => matmul(a, b));
    expect(message).toMatch(/^matmul: inner dimensions differ: a \[2,3\] · b \[4,5\]: 3 ≠ 4: tensor \[2,3\] made at /);
    expect(message).toContain(below);
    expect(message).toContain(`tensor [4,5] made at ${lineBelow(-4)}`);
    expect(message).toBe(
      `matmul: inner dimensions differ: a [2,3] · b [4,5]: 3 ≠ 4: tensor [2,3] made at ${originOf(a)}, tensor [4,5] made at ${originOf(b)}`,
    );
  });

  test.each<[string, (x: Tensor) => unknown]>([
    ['an axis', (x) => sum(x, { axis: 5 })],
    ['a shape', (x) => reshape(x, [7])],
    ['an unknown option', (x) => sum(x, { dim: 0 } as never)],
    ['one of a list', (x) => concat([x, loose([1, 1])])],
    ['a label', (x) => pick(x, [0, 1])],
    ['a method', (x) => x.add(loose([5]))],
    ['a constant beside it', (x) => add(x, [1, 2, 3, 4, 5])],
  ])('%s that does not fit: the tensor is named', (_, call) => {
    setDebug(true);
    const below = lineBelow(1);
    const x = tensor([[1, 2]], { name: 'scores' });
    expect(messageOf(() => call(x))).toContain(`scores [1,2] made at ${below}`);
  });

  test('a result has the line of its op, a parameter its own, an argument of grad the line where it was made', () => {
    setDebug(true);
    const below = lineBelow(1);
    const y = mul(loose([2]), 3);
    const w = parameter([1, 2], { name: 'w' });
    expect(originOf(y)).toContain(below);
    expect(messageOf(() => add(y, loose([3])))).toContain(`tensor [2] made at ${below}`);
    expect(messageOf(() => reshape(w, [3]))).toContain(`w [2] made at ${lineBelow(-3)}`);
    expect(messageOf(() => grad((x: Tensor) => sum(reshape(x, [3])))(y))).toContain(`tensor [2] made at ${below}`);
  });

  test('what another call read is not named', () => {
    setDebug(true);
    const x = loose([2]);
    add(x, 1);
    expect(messageOf(() => add([1, 2, 3], [1, 2]))).toBe(
      'add: cannot broadcast [3] with [2]: axis 0 is 3 and 2: lengths must be equal or 1',
    );
    expect(messageOf(() => sum([1], { axis: 1 }))).toBe('sum: axis 1 is out of range: x has 1 axis');
  });

  test('looking for anomalies includes it, and turning that off leaves it', () => {
    setDebug(true);
    setDetectAnomaly(true);
    const x = loose([2]);
    expect(messageOf(() => reshape(x, [3]))).toContain('made at');
    setDetectAnomaly(false);
    expect(messageOf(() => reshape(x, [3]))).toContain('made at');
    setDebug(false);
    expect(messageOf(() => reshape(x, [3]))).toBe('reshape: [2] has 2 elements, [3] needs 3');
  });
});

test('without it nothing is kept and nothing is said', () => {
  const x = loose([2]);
  expect(originOf(x)).toBeUndefined();
  expect(() => reshape(x, [3])).toThrow(new ShapeError('reshape', '[2] has 2 elements, [3] needs 3'));
});

test('it is on or off', () => {
  expect(() => setDebug(1 as never)).toThrow(UsageError);
  expect(() => setDebug(1 as never)).toThrow('setDebug: needs true or false: got 1');
});

test('the environment turns it on', () => {
  const root = resolve(import.meta.dirname, '../../..');
  const program = `import { reshape, tensor } from './src/index.ts';
try { reshape(tensor([1, 2]), [3]); } catch (error) { console.log(error.message); }`;
  const run = (env: NodeJS.ProcessEnv): string =>
    spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { cwd: root, encoding: 'utf8', env }).stdout;
  expect(run({ ...process.env, CHAINRULE_DEBUG: '1' })).toContain(': tensor [2] made at ');
  expect(run({ ...process.env, CHAINRULE_DEBUG: '0' })).toBe('reshape: [2] has 2 elements, [3] needs 3\n');
});

describe('stacks', () => {
  const stack = (text: string): Error => Object.assign(new Error(), { stack: text });

  test('are read as engines write them', () => {
    expect(userLine(stack('Error\n    at f (file:///a%20b/c.js:1:2)\n    at g (/d.js:3:4)'))).toBe('/a%20b/c.js:1:2');
    expect(userLine(stack('Error\n    at async Promise.all (index 0)\n    at async /d (1).js:3:4'))).toBe('/d (1).js:3:4');
    expect(userLine(stack('f@https://x.org/a.js:5:6\n@https://x.org/b.js:7:8'))).toBe('https://x.org/a.js:5:6');
    expect(userLine(stack('Error\n    at node:internal/main:1:2\n    at Array.map (<anonymous>)'))).toBeUndefined();
    expect(userLine(Object.assign(new Error(), { stack: undefined }))).toBeUndefined();
  });
});
