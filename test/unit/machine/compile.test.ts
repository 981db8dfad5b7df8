/** `compile`: any signature, any result, the same meaning as the function itself. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { add, cast, compile, crossEntropy, customVjp, Generator, grad, gt, hessian, kNearest, matmul, max, mean, mul, multiclassHinge, noGrad, normal, parameter, record, relu, SGD, slice, square, sub, sum, take, tensor, type Tensor, transpose, uniform, UsageError, valueAndGrad, where, zeros } from 'chainrule'; // prettier-ignore
import { describe, expect, test } from 'vitest';
import { checkCompiled, expectSame } from './agree.js';

const generator = new Generator(4);
const A = normal([6, 4], { generator });
const x = normal([4], { generator });

describe('arguments and results', () => {
  test('trees of tensors, several results, results that are no tensors', () => {
    const f = ({ w, b }: { w: Tensor; b: Tensor[] }, scale: number): unknown => ({
      y: add(matmul(A, w), b[0]!),
      list: [mul(w, scale), 'text', null],
      same: w,
    });
    const compiled = compile(f);
    const got = compiled({ w: x, b: [tensor(1)] }, 2) as ReturnType<typeof f> & { list: unknown[] };
    expectSame(got, f({ w: x, b: [tensor(1)] }, 2));
    expect(got.list.slice(1)).toEqual(['text', null]);
  });

  test('gradients inside, with aux', () => {
    const f = valueAndGrad((w: Tensor) => [mean(square(matmul(A, w))), { scores: matmul(A, w) }] as const, { hasAux: true });
    checkCompiled(f as (w: Tensor) => unknown, [x]);
    checkCompiled(hessian((w: Tensor) => mean(square(square(matmul(A, w))))) as (w: Tensor) => unknown, [x]);
  });

  test('numbers may change, and are as weak as they are outside', () => {
    const f = compile((t: Tensor, n: number) => mul(add(t, n), n));
    const single = cast(x, 'float32');
    for (const n of [1, -2.5, 0.1]) {
      expectSame(f(x, n), mul(add(x, n), n));
      expectSame(f(single, n), mul(add(single, n), n));
    }
  });

  test('typed arrays, and options that are no tensors', () => {
    const f = compile((scores: Tensor, labels: Int32Array, options: { reduction: 'sum' | 'mean' }) =>
      crossEntropy(scores, labels, options),
    );
    for (const reduction of ['sum', 'mean'] as const)
      expectSame(f(A, Int32Array.of(0, 1, 2, 3, 0, 1), { reduction }), crossEntropy(A, [0, 1, 2, 3, 0, 1], { reduction }));
  });

  test('results that are arguments, views and constants are fresh', () => {
    const f = compile((t: Tensor) => [t, transpose(t), slice(t, [[1, 3]]), tensor([7]), 2] as const);
    const [same, turned, part, seven, two] = f(A);
    expectSame([same, turned, part, seven], [A, transpose(A), slice(A, [[1, 3]]), tensor([7])]);
    expect(two).toBe(2);
    expect(same).not.toBe(A);
    (same.data as Float64Array).fill(0); // nobody else's
    expectSame(f(A)[0], A);
  });

  test('other shapes and types are other programs; many of them', () => {
    let recorded = 0;
    const f = compile((t: Tensor) => {
      recorded++;
      return sum(square(t));
    });
    for (let round = 0; round < 2; round++) for (let n = 1; n <= 40; n++) expect(f(tensor(new Float64Array(n).fill(2))).item()).toBe(4 * n);
    expect(recorded).toBe(80); // 32 are kept, the oldest go
    f(zeros([40]));
    expect(recorded).toBe(80);
    f(zeros([40], { dtype: 'float32' }));
    expect(recorded).toBe(81);
  });

  test('empty arrays', () => {
    checkCompiled((t: Tensor) => [sum(t), square(t), matmul(t, zeros([0, 2]))], [zeros([3, 0])]);
  });
});

describe('what a function captures', () => {
  test('constants are copied once, parameters are read at every call', () => {
    const w = parameter([1, 2]);
    const f = compile((t: Tensor) => sum(mul(w, t)));
    expect(f(tensor([1, 1])).item()).toBe(3);
    w.value = [10, 20];
    expect(f(tensor([1, 1])).item()).toBe(30);
  });

  test('parameters may be written', () => {
    const w = parameter([1, 2]);
    const f = compile((t: Tensor) => {
      w.value = add(w, t);
      return sum(w);
    });
    expect(f(tensor([1, 1])).item()).toBe(5);
    expect(f(tensor([1, 1])).item()).toBe(7);
    expect(w.value.toArray()).toEqual([3, 4]);
  });

  test('generators go on as they would', () => {
    const run = (compiled: boolean): number[] => {
      const g = new Generator(1);
      const f = (t: Tensor): Tensor => sum(mul(add(uniform([3], { generator: g }), normal([3], { generator: g, dtype: 'float64' })), t));
      const call = compiled ? compile(f) : f;
      const values = [1, 2, 3].map((n) => call(tensor([n, 1, 1])).item());
      return [...values, g.counter];
    };
    const [got, want] = [run(true), run(false)];
    got.forEach((v, i) => expect(v).toBeCloseTo(want[i]!, 12));
  });
});

describe('where the function itself is called', () => {
  const f = compile((t: Tensor) => sum(square(t)));

  test('in a derivative, a recording, another compile', () => {
    f(x); // there is a program for it
    expectSame(grad((t: Tensor) => f(t))(x), mul(x, 2));
    expect(record(f, x).entries.map((e) => e.op)).toEqual(['square', 'sum']);
    checkCompiled((t: Tensor) => f(mul(t, 2)), [x]);
  });

  test('in a loss that an optimizer minimizes', () => {
    const w = parameter([3]);
    const loss = compile(() => sum(square(w)));
    new SGD([w], { lr: 0.25 }).minimize(() => loss());
    expect(w.value.toArray()).toEqual([1.5]);
  });

  test('custom derivatives are part of the program', () => {
    const clipped = customVjp((t: Tensor) => square(t), { fwd: (t: Tensor) => [square(t), t], bwd: (t: Tensor, g) => [mul(g, where(gt(t, 1), 1, t))] }); // prettier-ignore
    checkCompiled(grad((t: Tensor) => sum(clipped(t))) as (t: Tensor) => unknown, [x]);
    checkCompiled((t: Tensor) => noGrad(() => mul(t, 3)), [x]);
  });
});

describe('what cannot be', () => {
  test('values are not known while a function is recorded', () => {
    const message =
      'compile: a value cannot be read while it is being compiled: tensor []: compute with ops, where(cond, a, b) instead of if, and read what the compiled function returns';
    expect(() => compile((t: Tensor) => (sum(t).item() > 0 ? t : mul(t, 2)))(x)).toThrow(new UsageError('compile', message.slice(9)));
    expect(() => compile((t: Tensor) => mul(t, t.data[0]!))(x)).toThrow(/^compile: a value cannot be read .*tensor \[4\]/);
    expect(() => compile((t: Tensor) => mul(t, max(t).first()))(x)).toThrow(/^compile: a value cannot be read/);
    expect(() => compile((t: Tensor) => sum(t).toString())(x)).toThrow(/^compile: a value cannot be read/);
    expect(() => compile((n: number) => tensor([n * 2]))(2)).toThrow(/^compile: a value cannot be read/);
    expect(() => compile(async (t: Tensor) => Promise.resolve(t))(x)).toThrow(/^compile: f returned a Promise/);
    expect(() => compile(3 as never)).toThrow('compile: needs a function: got 3');
  });

  test('afterwards everything is as before', () => {
    const g = new Generator(2);
    const w = parameter([1, 2]);
    const f = compile((t: Tensor) => {
      w.value = mul(uniform([2], { generator: g }), t);
      return w.data[0]!;
    });
    expect(() => f(tensor(2))).toThrow(/^compile:/);
    expect([g.counter, w.value.toArray(), sum(w).item()]).toEqual([0, [1, 2], 3]);
  });

  test('checks of values are made at every call', () => {
    const f = compile((s: Tensor, y: Tensor) => multiclassHinge(s, y));
    const labels = (y: number): Tensor => tensor([0, 1, 2, 3, 0, y]);
    expectSame(f(A, labels(1)), multiclassHinge(A, labels(1)));
    for (const bad of [4, -1, 0.5]) {
      let message = '';
      try {
        multiclassHinge(A, labels(bad));
      } catch (error) {
        ({ message } = error as Error);
      }
      expect(message).not.toBe('');
      expect(() => f(A, labels(bad))).toThrow(message);
    }
    expectSame(f(A, labels(2)), multiclassHinge(A, labels(2)));
    const g = compile((t: Tensor, at: Tensor) => take(t, at));
    g(A, tensor([0, 5]));
    expect(() => g(A, tensor([0, 6]))).toThrow('take: index 6 is out of range');
  });

  test('more memory than there is', () => {
    const f = compile((t: Tensor) => sum(exploded(t)));
    const exploded = (t: Tensor): Tensor =>
      sub(t, 1)
        .reshape([-1, 1])
        .mul(t.reshape([1, -1]))
        .relu()
        .matmul(zeros([20000, 20000]));
    expect(() => f(zeros([20000]))).toThrow(/^compile: the program needs more memory than WebAssembly has: .* GiB/);
  });
});

test('a generator that the function makes draws the same in every call, as it does uncompiled', () => {
  const f = (x: Tensor): Tensor => add(x, uniform([3], { generator: new Generator(9) }));
  const compiled = compile(f);
  for (let i = 0; i < 3; i++) expect(compiled(zeros([3])).toArray()).toEqual(f(zeros([3])).toArray());
});

describe('explain', () => {
  test('steps, loops, bytes and operations', () => {
    const f = compile(
      valueAndGrad((w: Tensor, b: Tensor) => crossEntropy(add(matmul(relu(A), w), b), [0, 1, 2, 0, 1, 2]), { argnums: [0, 1] }),
    );
    expect(f.explain(zeros([4, 3]), zeros([3]))).toMatchSnapshot();
    const nearest = compile((q: Tensor) => kNearest(q, A, { k: 2 }).indices);
    expect(nearest.explain(zeros([1, 4]))).toContain('by its reference kernel');
  });

  test('equal expressions are one, dead code is gone, a run of elementwise ops is one loop', () => {
    const f = compile((t: Tensor) => {
      sum(mul(t, 5)); // nobody reads it
      return add(mul(add(t, 1), 2), mul(add(t, 1), 2));
    });
    expect(f.explain(x)).toBe(
      [
        '  0  loop float64[4] (%0 = add(in0, 1)); (%1 = mul(%0, 2)); %2 = add(%1, %1)',
        'return %2',
        '1 steps, 12 operations, 1 buffers of 32 bytes in 65536 bytes of memory',
      ].join('\n'),
    );
  });
});

test('without WebAssembly the function itself is called, and that is said once', () => {
  const program = `
    const { compile, square, sum, tensor, parameter, SGD } = await import('./src/index.ts');
    delete globalThis.WebAssembly;
    const f = compile((x) => sum(square(x)));
    const w = parameter([2]);
    const step = new SGD([w], { lr: 0.25 }).compile((x) => sum(square(w.mul(x))));
    console.log(f(tensor([1, 2])).item(), f(tensor([3])).item(), step(tensor([1])).item(), w.value.item());`;
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const script = ['--import', 'tsx', '--input-type=module', '-e', program];
  const { stdout, stderr } = spawnSync(process.execPath, script, { cwd: root, encoding: 'utf8' });
  expect(stdout).toBe('5 9 4 1\n');
  expect(stderr.match(/no WebAssembly/g)).toHaveLength(1);
});
