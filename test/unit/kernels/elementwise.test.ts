/** Elementwise ops on arrays of all sizes and types: the scalar function of every op, element by element. */
import { add, exp, mul, relu, sub, tensor, where } from 'chainrule';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { registry } from '../../../src/ops/define.js';
import { broadcastShapes } from '../../../src/graph/shape.js';
import { Tensor } from '../../../src/graph/tensor.js';
import { expand, LEAST_BEYOND_LOOPS, LEAST_FOR_VECTORS, onVectors } from '../../../src/kernels/elementwise.js';
import type { NdArray } from '../../../src/kernels/nd.js';
import { repeatsOf, writeRepeated } from '../../../src/kernels/repeats.js';
import { VECTOR_FUNCTIONS } from '../../../src/machine/node.js';
import { array, dtypes, positions, same, zeros } from './arrays.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const asTensor = ({ data, shape }: NdArray, dtype: (typeof dtypes)[number]): Tensor => new Tensor(shape, dtype, data, null);
const ops = [...registry.values()].filter((d) => d.spec.scalar !== undefined);
const sizes = [1, 7, LEAST_FOR_VECTORS, LEAST_FOR_VECTORS + 1, 3 * LEAST_FOR_VECTORS + 5];

describe.each(ops.filter((d) => d.inputs.length === 1).map((d) => [d.name, d] as const))('%s', (name, definition) => {
  test.each(dtypes)('%s', (dtype) => {
    if (dtype === 'float32' && VECTOR_FUNCTIONS.has(name)) return; // test/unit/machine/eager.test.ts holds their bounds
    for (const n of sizes) {
      const x = array([n], dtype);
      const got = definition.apply([asTensor(x, dtype)], undefined);
      const want = zeros([n], got.dtype).data.map((_: number, i: number) => definition.spec.scalar!(x.data[i]!));
      expect(same(got.data, want)).toBe('');
    }
  });
});

/** Pairs of shapes that broadcast, and what to: rows, columns, numbers, blocks in between, empty ones. */
const pairs = (
  [
    [[70, 60], [70, 60]],
    [[70, 60], [60]],
    [[70, 60], [70, 1]],
    [[70, 1], [60]],
    [[4200], []],
    [[1], [4200]],
    [[12, 1, 10, 10], [7, 1, 1]],
    [[3, 20, 80], [3, 1, 80]],
    [[6, 70, 10], [70, 1]],
    [[2, 2100], [2100]],
    [[1100, 4], [4]],
    [[1100, 4], [1100, 1]],
    [[0, 5], [5]],
    [[3, 4], [4]],
    [[1, 1], [1]],
  ] as [number[], number[]][]
).map(([p, q]) => {
  const full = [...broadcastShapes('test', p, q)];
  return { p, q, full, ofP: positions(p, full), ofQ: positions(q, full) };
}); // prettier-ignore

// the first input of polygamma is an order, which random numbers are not
const binary = ops.filter((d) => d.inputs.length === 2 && d.name !== 'polygamma');

describe.each(binary.map((d) => [d.name, d] as const))('%s', (_, definition) => {
  test.each(dtypes)('%s with every type', (left) => {
    for (const right of dtypes) {
      for (const { p, q, full, ofP, ofQ } of pairs) {
        const [a, b] = [array(p, left), array(q, right)];
        for (const turned of [false, true]) {
          const inputs = [asTensor(a, left), asTensor(b, right)];
          const got = definition.apply(turned ? inputs.reverse() : inputs, undefined);
          const want = zeros(full, got.dtype).data;
          for (let i = 0; i < want.length; i++) {
            const [x, y] = [a.data[ofP[i]!]!, b.data[ofQ[i]!]!];
            want[i] = turned ? definition.spec.scalar!(y, x) : definition.spec.scalar!(x, y);
          }
          expect(same(got.data, want), `${left} [${p}] ${right} [${q}]`).toBe('');
        }
      }
    }
  });
});

test.each(dtypes)('where of %s', (dtype) => {
  for (const { p, q, full, ofP, ofQ } of pairs) {
    const [cond, a, b] = [array(q, 'bool'), array(p, dtype), array(q, dtype)];
    const got = where(asTensor(cond, 'bool'), asTensor(a, dtype), asTensor(b, dtype));
    const want = zeros(full, dtype).data.map((_: number, i: number) => (cond.data[ofQ[i]!] === 1 ? a.data[ofP[i]!] : b.data[ofQ[i]!])!);
    expect(same(got.data, want), `[${p}] [${q}]`).toBe('');
  }
});

test.each(dtypes)('expand of %s', (dtype) => {
  for (const { q, full, ofQ } of pairs) {
    const [x, out] = [array(q, dtype), zeros(full, dtype)];
    expand(x, out);
    expect(same(out.data, ofQ.length === 0 ? out.data : out.data.map((_: number, i: number) => x.data[ofQ[i]!]!)), `[${q}]`).toBe('');
  }
});

test('what repeats is written from anywhere', () => {
  for (const [shape, full] of [
    [[5], [7, 5]],
    [
      [7, 1],
      [7, 5],
    ],
    [[70], [3, 70]],
    [
      [3, 1],
      [3, 70],
    ],
    [
      [4, 1],
      [3, 4, 6],
    ],
    [[], [9]],
  ] as const) {
    // prettier-ignore
    const x = array(shape, 'float64');
    const out = zeros(full, 'float64');
    expand(x, out);
    for (const from of [0, 1, 8]) {
      const part = new Float64Array(out.data.length - from);
      writeRepeated(part, x.data, repeatsOf(shape, full)!, from, part.length);
      expect(same(part, out.data.slice(from))).toBe('');
    }
  }
  expect(repeatsOf([3, 1, 4], [3, 2, 4])).toBeNull();
});

test('where an op goes to vector code', () => {
  const run = vi.spyOn(onVectors, 'run');
  const x = tensor(new Float64Array(LEAST_BEYOND_LOOPS).fill(2));
  const went = (): unknown => run.mock.results.at(-1)?.value;
  for (const f of [() => add(x, x), () => mul(x, 2), () => sub(3, x), () => relu(x), () => where(tensor([true]), x, 0)]) {
    run.mockClear();
    f();
    expect(went()).toBe(true);
  }
  exp(x); // float64 is left to Math
  expect(went()).toBe(false);
});

test('leftovers of another op, and what is behind the end, change nothing', () => {
  const big = tensor(new Float32Array(LEAST_BEYOND_LOOPS * 2 + 3).fill(1e-40));
  const first = mul(big, 0.5).data.slice();
  add(tensor(new Float32Array(LEAST_BEYOND_LOOPS).fill(NaN)), 1);
  expect(same(mul(big, 0.5).data, first)).toBe('');
});
