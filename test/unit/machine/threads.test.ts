/** Several threads: the same bits as one, errors that leave everything usable, and processes that end. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { add, argsort, conv2d, crossEntropy, Generator, getThreads, grad, kNearest, logsumexp, matmul, max, mean, mul, normal, oneHot, relu, setThreads, sigmoid, softmax, sort, square, sub, sum, Tensor, tensor, topk, transpose, valueAndGrad } from 'chainrule'; // prettier-ignore
import { afterAll, describe, expect, test } from 'vitest';
import { canShare } from '../../../src/kernels/team.js';
import { arrayOf, standIns } from '../../../src/machine/compile.js';
import { plan } from '../../../src/machine/plan.js';
import { Program } from '../../../src/machine/program.js';
import { recordPending } from '../../../src/machine/record.js';
import { tensorsOf } from '../../../src/machine/trees.js';

afterAll(() => setThreads(1));

/** A program, and what it gives for some inputs. */
function programOf(f: (...xs: never[]) => unknown, inputs: readonly Tensor[]): { program: Program; run: () => Float64Array[] } {
  const stands = standIns(inputs);
  const recording = recordPending(() => f(...(stands as never[])));
  const outputs = tensorsOf(recording.result);
  const program = new Program(plan(recording, stands, outputs), recording.draws);
  const run = (): Float64Array[] => {
    inputs.forEach((x, i) => program.give(i, arrayOf(x)));
    program.run();
    return outputs.map((_, i) => {
      const x = program.output(i);
      return typeof x === 'number' ? Float64Array.of(x) : Float64Array.from(x);
    });
  };
  return { program, run };
}

/** Waits until so many threads have a program. */
async function joined(program: Program, threads: number): Promise<void> {
  for (let i = 0; program.threads < threads; i++) {
    if (i > 5000) throw new Error('the workers do not come');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const g = new Generator(5);
const values = (shape: number[], dtype: 'float32' | 'float64' = 'float32'): Tensor => normal(shape, { generator: g, dtype });
const labels = (n: number, classes: number): Tensor => tensor(Int32Array.from({ length: n }, (_, i) => (i * 7) % classes));

type F = (...xs: Tensor[]) => unknown;
const cases: Record<string, [f: F, inputs: Tensor[]]> = {
  'a sum over one axis cut into blocks': [(x) => sum(sigmoid(add(mul(x, x), x))), [values([60_000])]],
  'its gradient': [valueAndGrad(((x: Tensor) => sum(sigmoid(add(mul(x, x), x)))) as never), [values([60_000])]],
  'sums of rows, of columns, maxima': [
    (x) => [sum(square(x), { axis: 1 }), sum(square(x), { axis: 0 }), max(sub(x, 1), { axis: 0 }), max(x), mean(x)],
    [values([300, 130], 'float64')],
  ],
  'columns in float32': [(x) => [sum(square(x), { axis: 0 }), mean(x)], [values([300, 132])]],
  'products by rows and by columns': [
    (a, b, c) => [matmul(a, b), matmul(b, transpose(c)), matmul(transpose(b), transpose(a))],
    [values([203, 70]), values([70, 90]), values([301, 90])],
  ],
  'a batch of products': [(a, b) => matmul(a, b), [values([3, 65, 70], 'float64'), values([70, 41], 'float64')]],
  'a classifier': [
    grad(((W: Tensor, X: Tensor, y: Tensor) =>
      crossEntropy(
        matmul(relu(matmul(X, W)), transpose(W)).slice([
          [0, null],
          [0, 10],
        ]),
        y,
      )) as never),
    [values([96, 64]), values([128, 96]), labels(128, 10)],
  ],
  'order of rows, and of one': [
    (x) => [argsort(x), sort(x, { axis: 0, descending: true }), argsort(x.reshape([-1])), topk(x, 3)],
    [values([200, 80])],
  ],
  'rows by kernels': [(x, y) => [logsumexp(x, { axis: 1 }), softmax(x), mul(oneHot(y, 80), x)], [values([200, 80]), labels(200, 80)]],
  'a convolution': [
    grad(((x: Tensor, w: Tensor) => sum(square(conv2d(x, w, null, { padding: 1 })))) as never, { argnums: [0, 1] }),
    [values([4, 6, 20, 20]), values([8, 6, 3, 3])],
  ],
};

describe.skipIf(!canShare())('threads', () => {
  test.each(Object.entries(cases))('%s: 2 and 3 threads give the bits of one', async (_, [f, inputs]) => {
    setThreads(1);
    const want = programOf(f, inputs).run();
    for (const threads of [2, 3]) {
      setThreads(threads);
      const { program, run } = programOf(f, inputs);
      expect(run()).toEqual(want); // perhaps alone
      await joined(program, threads);
      for (let i = 0; i < 5; i++) expect(run()).toEqual(want);
    }
  });

  test('neighbours by several threads are those of one', async () => {
    const [Q, P] = [values([203, 70]), values([3000, 70])];
    const all = (): number[][] =>
      (['l2', 'l1', 'cosine'] as const).map((metric) => Array.from(kNearest(Q, P, { k: 4, metric }).indices.data));
    setThreads(1);
    const want = all();
    for (const threads of [2, 3]) {
      setThreads(threads);
      for (let i = 0; i < 10; i++) {
        expect(all()).toEqual(want);
        await new Promise((resolve) => setTimeout(resolve, 20)); // workers come in
      }
    }
  });

  test('an error in the middle of a run stops all threads, and the next run is right', async () => {
    setThreads(3);
    const [x, W] = [values([200, 100]), values([100, 50])];
    const y = labels(200, 50).data as Int32Array;
    const f = (x: Tensor, y: Tensor): unknown => {
      const scores = matmul(x, W);
      return [sum(square(scores)), crossEntropy(relu(scores), y), sum(sigmoid(scores), { axis: 1 })];
    };
    const bad = y.slice();
    bad[150] = 50;
    const [right, wrong] = [tensor(y), tensor(bad)];
    const { program, run } = programOf(f, [x, right]);
    await joined(program, 3);
    const want = run();
    for (let i = 0; i < 10; i++) {
      program.give(1, wrong.data);
      expect(() => program.run()).toThrow('label 50 is out of range');
      expect(run()).toEqual(want);
    }
  });

  test('what is too small for several threads, or cannot be cut into equal blocks, runs in one', () => {
    setThreads(2);
    expect(programOf((x: Tensor) => sum(square(x)), [values([40_009])]).program.threads).toBe(1);
    expect(programOf((x: Tensor) => sum(square(x)), [values([100])]).program.threads).toBe(1);
  });

  test('a process ends when its work ends, with workers and without waiting for them', async () => {
    const script = `
      import { compile, getThreads, Generator, normal, setThreads, square, sum } from 'chainrule';
      setThreads(3);
      const x = normal([100000], { generator: new Generator(1), dtype: 'float32' });
      const f = compile((x) => sum(square(x)));
      const first = f(x).item();
      const again = async () => { for (let i = 0; i < 100; i++) { await new Promise((r) => setTimeout(r, 5)); if (f(x).item() !== first) throw new Error('other bits'); } };
      if (process.argv[1] === 'wait') again().then(() => console.log('done', getThreads()));
      else console.log('done', getThreads());
    `;
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const run = async (how: string): Promise<string> => {
      const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, how], {
        cwd: root,
        timeout: 60_000,
      });
      return stdout.trim();
    };
    expect(await Promise.all([run('wait'), run('go')])).toEqual(['done 3', 'done 3']);
  }, 90_000);
});

test('setThreads refuses what is no number of threads', () => {
  for (const n of [0, -1, 1.5, NaN, 65, '2' as unknown as number])
    expect(() => setThreads(n)).toThrow(/^setThreads: needs a whole number from 1 to 64/);
  setThreads(4);
  expect(getThreads()).toBe(4);
  setThreads(1);
  expect(getThreads()).toBe(1);
});
