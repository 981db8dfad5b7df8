/** Kernels inside compiled programs: the same as the reference kernels, in value, gradient, error and random bits. */
import fc from 'fast-check';
import { add, argmax, argmin, cast, compile, type Compiled, concat, crossEntropy, cumprod, cumsum, dropoutMask, type DType, flip, full, gather, Generator, grad, logsumexp, matmul, mul, normal, oneHot, permutation, pick, randint, scatterAdd, slice, square, stack, sum, take, type Tensor, tensor, uniform } from 'chainrule'; // prettier-ignore
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { kernelsIn, type PartKernel } from '../../../src/kernels/wasm.js';
import { checkCompiled, expectSame, numbersOf } from './agree.js';

const floats = ['float32', 'float64'] as const;
const types: readonly DType[] = ['float32', 'float64', 'int32', 'bool'];

/** Numbers in [−4, 4], as every type has them. */
function values(shape: readonly number[], dtype: DType, seed: number): Tensor {
  const t = uniform(shape, { generator: new Generator(seed), low: -4, high: 4 });
  return dtype === 'float64' ? t : cast(dtype === 'bool' ? cast(t, 'int32') : t, dtype);
}

/** Indices from `low` to n − 1. */
const indices = (shape: readonly number[], n: number, dtype: DType, seed: number, low = -n): Tensor =>
  cast(randint(low, n, shape, { generator: new Generator(seed) }), dtype);

/** Compiled beside eager, twice, and not by the reference kernel, which would be compared with itself. */
function checkKernel<P extends readonly unknown[]>(f: (...args: P) => unknown, args: P): void {
  const compiled = compile(f as never) as unknown as Compiled<P, unknown>;
  const text = compiled.explain(...args);
  expect(text).not.toContain('reference');
  const want = f(...args);
  for (let run = 0; run < 2; run++) expectSame(compiled(...args), want, text);
}

const sizes = fc.record({ outer: fc.integer({ min: 1, max: 4 }), n: fc.integer({ min: 1, max: 40 }), inner: fc.integer({ min: 1, max: 9 }), seed: fc.nat(999) }); // prettier-ignore

function everySize(check: (size: { outer: number; n: number; inner: number; seed: number }) => void, numRuns = 25): void {
  fc.assert(fc.property(sizes, check), { numRuns, seed: 5 });
}

describe.each(types)('%s', (dtype) => {
  test('rows: log-sum-exp, where the extremes are, running sums and products', () => {
    everySize(({ outer, n, seed }) => {
      const x = values([outer, n], dtype, seed);
      checkKernel((t: Tensor) => [logsumexp(t, { axis: -1 }), argmax(t), argmin(t), cumsum(t), cumprod(mul(t, 0.5))], [x]);
    });
  });

  test('reading and writing at indices of every type', () => {
    everySize(({ outer, n, inner, seed }) => {
      const x = values([outer, n, inner], dtype, seed);
      for (const type of types) {
        const low = type === 'bool' ? 0 : -n;
        const among = type === 'bool' ? Math.min(2, n) : n;
        const of = (shape: number[], s: number): Tensor => indices(shape, among, type, s, low);
        const rows = of([7], seed);
        const each = of([outer, 5, inner], seed + 1);
        const updates = values([outer, 7, inner], dtype, seed + 2);
        checkKernel((t: Tensor, i: Tensor, j: Tensor) => [take(t, i, { axis: 1 }), take(t, j, { axis: 1 })], [x, rows, of([2, 2], 3)]);
        checkKernel((t: Tensor, i: Tensor) => gather(t, i, { axis: 1 }), [x, each]);
        checkKernel((t: Tensor, i: Tensor, u: Tensor) => scatterAdd(t, i, u, { axis: 1 }), [x, rows, updates]);
        checkKernel((t: Tensor, i: Tensor, u: Tensor) => scatterAdd(t, i, slice(u, [[], [0, 5]]), { axis: 1 }), [x, each, updates]);
        checkKernel((l: Tensor) => oneHot(l, n, { dtype }), [indices([outer, inner], among, type, seed, 0)]);
      }
    }, 6);
  });

  test('axes the other way round, and their transposes', () => {
    everySize(({ outer, n, inner, seed }) => {
      const x = values([outer, n, inner], dtype, seed);
      checkKernel((t: Tensor) => [flip(t, 0), flip(t, -1), slice(t, [[null, null, -1], [null, null, -3], [0]]), slice(t, [[], [0, 0, -1]])], [x]); // prettier-ignore
    });
  });

  test('casts', () => {
    everySize(({ outer, n, seed }) => {
      checkKernel((t: Tensor) => [cast(t, 'int32'), cast(t, 'bool'), cast(t, 'float32')], [values([outer, n], dtype, seed)]);
    });
    if (dtype === 'float32' || dtype === 'float64')
      checkKernel((t: Tensor) => [cast(t, 'int32'), cast(mul(t, 0), 'bool')], [tensor([-2147483648, 2147483520, -0.7, -0], { dtype })]);
  });
});

describe.each(floats)('%s', (dtype) => {
  test('gradients through all of them', () => {
    everySize(({ outer, n, inner, seed }) => {
      const x = values([outer, n, inner], dtype, seed);
      const rows = indices([7], n, 'int32', seed);
      const each = indices([outer, 5, inner], n, 'float64', seed + 1);
      const labels = indices([outer, inner], n, 'int32', seed, 0);
      const total = (t: Tensor): Tensor => {
        const along = logsumexp(t, { axis: 1 });
        const parts = [take(t, rows, { axis: 1 }), gather(t, each, { axis: 1 }), cumsum(t, { axis: 1 }), cumprod(mul(t, 0.3), { axis: 1 }), slice(t, [[], [null, null, -2]]), flip(t, 2)]; // prettier-ignore
        return [along, ...parts].map((y): Tensor => sum(square(y))).reduce((a, b) => add(a, b));
      };
      checkKernel((t: Tensor) => grad(total)(t), [x]);
      checkKernel((t: Tensor) => grad((u: Tensor) => sum(square(scatterAdd(u, rows, take(u, rows, { axis: 1 }), { axis: 1 }))))(t), [x]);
      const scores = x.transpose([0, 2, 1]).reshape([outer * inner, n]);
      checkKernel((t: Tensor, l: Tensor) => grad((u: Tensor) => crossEntropy(u, l.reshape([-1])))(t), [scores, labels]);
    }, 12);
  });

  test('log-sum-exp of rows with NaN, infinities, ties and huge differences', () => {
    const special = [NaN, Infinity, -Infinity, 0, -0, 1e30, -1e30, 88, -88, 700, -100];
    const row = fc.array(fc.oneof(fc.constantFrom(...special), fc.double({ min: -20, max: 20 })), { minLength: 1, maxLength: 19 });
    fc.assert(
      fc.property(row, (numbers) => {
        checkKernel((t: Tensor) => [logsumexp(t), argmax(t), argmin(t)], [tensor(numbers, { dtype })]);
        checkKernel((t: Tensor) => [argmax(t), argmin(t)], [tensor([...numbers, ...numbers, ...numbers], { dtype })]);
      }),
      { numRuns: 150, seed: 6 },
    );
    checkKernel((t: Tensor) => logsumexp(t, { axis: 1 }), [tensor([], { shape: [3, 0], dtype })]);
  });

  test('tiny rests beside the largest are kept to the last digits', () => {
    const [n, least] = [20_000, dtype === 'float32' ? -87 : -708];
    const d = cast(uniform([n], { generator: new Generator(3), low: least, high: 0 }), dtype);
    const x = stack([full([n], 0, { dtype }), d], { axis: 1 });
    const got = compile((t: Tensor) => logsumexp(t, { axis: 1 }))(x).data;
    const epsilon = dtype === 'float32' ? 2 ** -23 : 2 ** -52;
    // the exponential is good to 2 ulp, then log1p and rounding
    const errors = numbersOf(d).map((v, i) => Math.abs(got[i]! / Math.log1p(Math.exp(v)) - 1));
    expect(errors.reduce((a, b) => Math.max(a, b))).toBeLessThan(3 * epsilon);
  });
});

describe('indices out of range throw what they throw outside', () => {
  const x = values([4, 3], 'float64', 1);
  const calls: readonly (readonly [string, (t: Tensor, at: Tensor) => Tensor])[] = [
    ['take', (t, at) => take(t, at)],
    ['take along 1', (t, at) => take(t, at, { axis: 1 })],
    ['gather', (t, at) => gather(t, at.reshape([1, 3]), { axis: 0 })],
    ['pick', (t, at) => pick(slice(t, [[0, 3]]), at)],
    ['scatterAdd', (t, at) => scatterAdd(t, at, slice(t, [[0, 3]]))],
    ['scatterAdd of elements', (t, at) => scatterAdd(t, at.reshape([1, 3]), slice(t, [[0, 1]]), { axis: 0 })],
    ['oneHot', (_, at) => oneHot(at, 3)],
    ['a gradient', (t, at) => grad((u: Tensor) => sum(square(take(u, at))))(t)],
  ];
  /** Class and text of what a call throws. */
  const thrown = (f: () => unknown): string => {
    try {
      f();
    } catch (error) {
      return `${(error as Error).name} ${(error as Error).constructor.name} ${(error as Error).message}`;
    }
    return 'nothing';
  };
  test.each(calls)('%s', (_, f) => {
    const compiled = compile(f);
    const good = tensor([0, 2, 1]);
    for (const dtype of ['float64', 'float32', 'int32'] as const) {
      for (const bad of [4, -1, -5, 2 ** 30, ...(dtype === 'int32' ? [] : [0.5, -0.5, NaN, Infinity, -Infinity, 1e300])]) {
        const at = tensor([1, bad, bad], { dtype });
        expect(thrown(() => compiled(x, at)), `${dtype} ${bad}`).toBe(thrown(() => f(x, at))); // prettier-ignore
      }
      const again = cast(good, dtype);
      expect(numbersOf(compiled(x, again))).toEqual(numbersOf(f(x, again)));
    }
  });

  test.each(floats)('numbers that int32 cannot hold, %s', (dtype) => {
    const f = (t: Tensor): Tensor => cast(t, 'int32');
    const compiled = compile(f);
    for (const bad of [2147483648, -2147483904, NaN, Infinity, 1e30]) {
      const t = tensor([1, bad, 3], { dtype });
      expect(thrown(() => f(t))).toMatch(/^DTypeError/);
      expect(thrown(() => compiled(t))).toBe(thrown(() => f(t)));
    }
  });
});

describe('random numbers', () => {
  const draws = (n: number, g: Generator): Tensor[] => [
    uniform([n], { generator: g }),
    uniform([n], { generator: g, dtype: 'float32', low: -0.1, high: 0.3 }),
    uniform([n], { generator: g, dtype: 'float32', low: 1, high: 1 + 2 ** -22 }), // a quarter rounds up to high, and becomes low
    normal([n], { generator: g, mean: 1, std: 3 }),
    normal([n], { generator: g, dtype: 'float32' }),
    randint(-7, 1e9, [n], { generator: g }),
    dropoutMask([n], { generator: g, p: 0.3 }),
    permutation(n, { generator: g }),
  ];

  test('the same bits, whatever the seed, the count and where the generator stands', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 5, 2 ** 32 - 3, 2 ** 40 + 1), (seed, n, start) => {
        const [own, outside] = [new Generator(seed * 2 ** 22 + 1), new Generator(seed * 2 ** 22 + 1)];
        own.counter = outside.counter = start;
        const f = compile(() => draws(n, own));
        for (let run = 0; run < 3; run++) {
          expect(f().map(numbersOf)).toEqual(draws(n, outside).map(numbersOf));
          expect(own.counter).toBe(outside.counter);
        }
        own.counter = outside.counter = 17; // set back
        expect(f().map(numbersOf)).toEqual(draws(n, outside).map(numbersOf));
      }),
      { numRuns: 30, seed: 8 },
    );
  });

  test('every branch of the quantile', () => {
    const n = 20_000;
    const [own, outside] = [new Generator(12), new Generator(12)];
    // a search found that this draw is uniform below 6.4e-12: its quantile lies in the far tail
    own.counter = outside.counter = 2 * 2 ** 32 + 732441512;
    const [got, want] = [compile(() => normal([n], { generator: own }))(), normal([n], { generator: outside })];
    expect(want.data[0]).toBeLessThan(-6.7);
    expect(got.data).toEqual(want.data);
  });

  test('the coefficients of the quantile are those of the reference: no draw that can be found reaches the highest of the far tail', () => {
    const read = (name: string): string => readFileSync(new URL(`../../../src/kernels/${name}`, import.meta.url), 'utf8');
    const numbers = (text: string): number[] => text.split(',').map((word) => word.trim()).filter((word) => word !== '').map(Number); // prettier-ignore
    const reference = [...read('random.ts').matchAll(/^const [A-F] = \[([^\]]*)\]/gm)].map(([, list]) => numbers(list!));
    const kernel = [...read('assembly/random.ts').matchAll(/polynomial\(r, (\d[^)]*)\)/g)].map(([, list]) => numbers(list!));
    expect(reference).toHaveLength(6);
    expect(kernel).toEqual(reference);
  });
});

/** A kernel with what it is given behind its output: arrays lie in memory, numbers are themselves. */
interface Job {
  readonly kernel: PartKernel;
  readonly parts: number;
  /** Bytes of output. */
  readonly out: number;
  readonly args: readonly (Float32Array | Float64Array | Int32Array | Uint8Array | number)[];
}

test('parts may be computed in any split', () => {
  const of = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(i * i) * 3);
  const wide = (n: number): Float64Array => Float64Array.from(of(n));
  const at = (n: number, below: number): Int32Array => Int32Array.from({ length: n }, (_, i) => (i * 7) % below);
  const counter = Int32Array.of(-2, 3);
  const jobs: Job[] = [
    { kernel: 'logsumexpF32', parts: 9, out: 36, args: [of(99), 11] },
    { kernel: 'logsumexpF64', parts: 9, out: 72, args: [wide(99), 11] },
    { kernel: 'argmaxF32', parts: 9, out: 36, args: [of(99), 11] },
    { kernel: 'argminF64', parts: 9, out: 36, args: [wide(99), 11] },
    { kernel: 'recurrenceF32', parts: 9, out: 396, args: [of(99), of(99), 11] },
    { kernel: 'flip4', parts: 9, out: 9 * 12 * 4, args: [of(108), 4, 3] },
    { kernel: 'truncateF64', parts: 99, out: 396, args: [wide(99)] },
    { kernel: 'positionsF32', parts: 99, out: 396, args: [Float32Array.from(at(99, 13)), 13, 0] },
    { kernel: 'take8', parts: 3 * 5, out: 3 * 5 * 4 * 8, args: [wide(3 * 7 * 4), at(5, 7), 7, 5, 4] },
    { kernel: 'gather4', parts: 3 * 5 * 4, out: 3 * 5 * 4 * 4, args: [of(3 * 7 * 4), at(60, 7), 7, 5, 4] },
    { kernel: 'gather8', parts: 30, out: 240, args: [wide(30 * 7), at(30, 7), 7, 1, 1] },
    { kernel: 'indexAddF32', parts: 6, out: 6 * 7 * 5 * 4, args: [of(6 * 9 * 5), at(9, 7), 7, 9, 5] },
    { kernel: 'scatterF64', parts: 6, out: 6 * 7 * 5 * 8, args: [wide(6 * 9 * 5), at(6 * 9 * 5, 7), 7, 9, 5] },
    { kernel: 'oneHotU8', parts: 30, out: 30 * 7, args: [at(30, 7), 7] },
    { kernel: 'uniformF32', parts: 61, out: 244, args: [counter, 3, 4, -1, 1] },
    { kernel: 'normalF64', parts: 61, out: 488, args: [counter, 3, 4, 0, 1] },
    { kernel: 'randintI32', parts: 61, out: 244, args: [counter, 3, 4, 0, 99] },
    // windows of 2×3 with steps 2, 1 and dilations 1, 2 on 5×6, once of two elements each
    { kernel: 'foldF32', parts: 5, out: 5 * 30 * 4, args: [of(5 * 24), 5, 6, 1, 2, 2, 2, 2, 1, 3, 1, 2] },
    { kernel: 'foldF64', parts: 3, out: 3 * 60 * 8, args: [wide(3 * 48), 5, 6, 2, 2, 2, 2, 2, 1, 3, 1, 2] },
    { kernel: 'factoriseF64', parts: 4, out: 4 * 15 * 8, args: [wide(36), 3] },
    { kernel: 'triangleF64', parts: 4, out: 4 * 6 * 8, args: [wide(37).slice(1), wide(24), 3, 2, 1, 1, 0] },
    {
      kernel: 'choleskyF64',
      parts: 4,
      out: 4 * 9 * 8,
      args: [Float64Array.from({ length: 36 }, (_, i) => ((i % 9) % 4 === 0 ? 5 : 1)), 3],
    },
    { kernel: 'cofactorF64', parts: 4, out: 4 * 33 * 8, args: [wide(36), 3] },
  ];
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { parts: kernels } = kernelsIn(memory)!;
  const bytes = new Uint8Array(memory.buffer);
  for (const { kernel, parts, out, args } of jobs) {
    let end = 16384;
    const given = args.map((x) => {
      if (typeof x === 'number') return x;
      const from = end;
      bytes.set(new Uint8Array(x.buffer), from);
      end = from + Math.ceil(x.byteLength / 16) * 16;
      return from;
    });
    const run = (cuts: readonly number[]): Uint8Array => {
      bytes.fill(0xaa, 0, 16384);
      cuts.slice(1).forEach((to, i) => kernels[kernel](cuts[i]!, to, 0, ...given));
      expect(bytes.subarray(out, 16384).every((b) => b === 0xaa), `${kernel} writes past its output`).toBe(true); // prettier-ignore
      return bytes.slice(0, out);
    };
    const want = run([0, parts]);
    fc.assert(
      fc.property(fc.array(fc.nat(parts), { maxLength: 4 }), (cuts) => {
        expect(run([0, ...cuts.sort((a, b) => a - b), parts]), kernel).toEqual(want);
      }),
      { numRuns: 20, seed: 9 },
    );
  }
});

describe('batches of products', () => {
  const shapes: readonly (readonly [string, number[], number[], string])[] = [
    ['beyond every count', [1200, 7, 6], [1200, 6, 8], '1200 × [7,6]·[6,8]'],
    ['one matrix for all is one product', [300, 7, 6], [6, 8], '[2100,6]·[6,8]'],
    ['one matrix for all on the left', [7, 6], [40, 6, 8], '40 × [7,6]·[6,8]'],
    ['axes of length 1', [30, 1, 7, 6], [20, 6, 8], '600 × [7,6]·[6,8]'],
    ['one for each group', [5, 4, 7, 6], [5, 1, 6, 8], '5 × [28,6]·[6,8]'],
    ['rows', [30, 1, 9], [9, 8], '[30,9]·[9,8]'],
  ];
  test.each(shapes)('%s', (_, a, b, text) => {
    for (const dtype of floats) {
      const [A, B] = [values(a, dtype, 1), values(b, dtype, 2)];
      const f = (x: Tensor, y: Tensor): Tensor => matmul(x, y);
      expect(compile(f).explain(A, B)).toContain(`${text} ${dtype === 'float32' ? 'f32' : 'f64'}`);
      checkCompiled(f, [A, B]);
      checkCompiled(
        (x: Tensor, y: Tensor) => grad((u: Tensor, v: Tensor) => sum(square(matmul(u, v))), { argnums: [0, 1] })(x, y),
        [mul(A, 0.1), mul(B, 0.1)],
      );
    }
  });

  test('of what is a view: turned, cut out, joined', () => {
    const [A, B] = [values([9, 20, 8], 'float64', 3), values([9, 20, 7], 'float64', 4)];
    checkCompiled((x: Tensor, y: Tensor) => matmul(x.transpose([0, 2, 1]), y), [A, B]);
    checkCompiled((x: Tensor, y: Tensor) => matmul(slice(x, [[0, 9, 2], [3, 17]]).transpose([0, 2, 1]), slice(y, [[4, 9], [3, 17]])), [A, B]); // prettier-ignore
    checkCompiled((x: Tensor, y: Tensor) => matmul(x.transpose([0, 2, 1]), concat([y, y], { axis: 2 })), [A, B]);
    checkCompiled((x: Tensor, y: Tensor) => matmul(x.transpose([2, 0, 1]), slice(y, [[0, 1]]).reshape([20, 7])), [A, B]);
  });
});
