/** Op by op, functions of large float32 arrays are computed by the vector code of programs, block by block. */
import { cos, exp, expm1, log, log1p, logsumexp, sigmoid, sin, softplus, tanh, type Tensor, tensor } from 'chainrule';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { onVectors } from '../../../src/kernels/elementwise.js';
import { wasmKernels } from '../../../src/kernels/wasm.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const functions = { cos, exp, expm1, log, log1p, sigmoid, sin, softplus, tanh } as const;
const values = (n: number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => [NaN, Infinity, 0, -0][i] ?? ((i * 7919) % 1000) / 50 - 8);

describe.each(Object.entries(functions))('%s', (_, f: (x: Tensor) => Tensor) => {
  test.each([1024, 4096, 4097, 10_000])('%i numbers: as in float64, but for rounding', (n) => {
    const run = vi.spyOn(onVectors, 'run');
    const x = values(n);
    const got = f(tensor(x)).data;
    expect(run.mock.results.map((r) => r.value)).toEqual([true]);
    const want = f(tensor(Float64Array.from(x))).data;
    expect(run.mock.results.at(-1)!.value).toBe(false); // float64 is left to Math
    got.forEach((v: number, i: number) => {
      const w = Math.fround(want[i]!);
      // 3 units in the last place of float32
      if (!Object.is(v, w)) expect(Math.abs(v - w), `${x[i]}`).toBeLessThanOrEqual(3 * 2 ** -23 * Math.abs(w));
    });
  });

  test('fewer than 1,024 numbers are left to Math', () => {
    const run = vi.spyOn(onVectors, 'run');
    f(tensor(values(1023)));
    expect(run).not.toHaveBeenCalled();
  });
});

test.each([
  [26, 10, true],
  [3000, 10, true],
  [2, 16_384, true],
  [2, 16_385, false],
  [25, 10, false],
])('logsumexp of [%i, %i]', (rows, n, byKernel) => {
  const kernel = vi.spyOn(wasmKernels()!.parts, 'logsumexpF32');
  const x = Float32Array.from({ length: rows * n }, (_, i) => ((i * 7919) % 1000) / 50 - 8);
  const got = logsumexp(tensor(x, { shape: [rows, n] }), { axis: 1 }).data;
  expect(kernel.mock.calls.length > 0).toBe(byKernel);
  const want = logsumexp(tensor(Float64Array.from(x), { shape: [rows, n] }), { axis: 1 }).data;
  got.forEach((v: number, i: number) => expect(Math.abs(v - want[i]!)).toBeLessThanOrEqual(2 * 2 ** -23 * Math.max(1, Math.abs(want[i]!))));
});
