/** What people see: text of tensors and parameters, and values as plain JavaScript. */
import { inspect } from 'node:util';
import { arange, mul, ones, parameter, reshape, ShapeError, tensor, zeros } from 'chainrule';
import { describe, expect, test } from 'vitest';

describe('toString', () => {
  test.each([
    ['a scalar', tensor(3), 'Tensor float64 3'],
    ['a computed scalar', mul(tensor(2), 3), 'Tensor float64 6'],
    ['a vector', tensor([1, 2.5, -3]), 'Tensor float64[3] [1, 2.5, -3]'],
    ['float32 shows six digits', tensor(new Float32Array([0.1])), 'Tensor float32[1] [0.1]'],
    ['six significant digits', tensor([Math.PI, 1 / 3, 1e-20, 123456789]), 'Tensor float64[4] [3.14159, 0.333333, 1e-20, 123457000]'],
    ['infinities and NaN', tensor([Infinity, -Infinity, NaN]), 'Tensor float64[3] [inf, -inf, NaN]'],
    ['booleans', tensor([true, false]), 'Tensor bool[2] [true, false]'],
    ['integers', tensor(new Uint8Array([1, 255])), 'Tensor int32[2] [1, 255]'],
    ['an empty vector', tensor([]), 'Tensor float64[0] []'],
    ['a name', tensor([1], { name: 'x' }), "Tensor 'x' float64[1] [1]"],
    ['a parameter', parameter([1, 2], { name: 'w' }), "Parameter 'w' float64[2] [1, 2]"],
    ['a parameter without a name', parameter(1), 'Parameter float64 1'],
  ])('%s', (_, t, text) => {
    expect(t.toString()).toBe(text);
    expect(String(t)).toBe(text);
    expect(inspect(t)).toBe(text);
  });

  test('rows of a matrix stand below each other', () => {
    expect(
      tensor([
        [1, 2],
        [3, 4],
      ]).toString(),
    ).toBe('Tensor float64[2,2]\n       [[1, 2],\n        [3, 4]]');
  });

  test('big tensors show their first and last three entries', () => {
    expect(arange(1000).toString()).toBe('Tensor float64[1000] [0, 1, 2, …, 997, 998, 999]');
    const lines = reshape(arange(10_000), [100, 100]).toString().split('\n');
    expect(lines).toHaveLength(8);
    expect(lines[1]!.trim()).toBe('[[0, 1, 2, …, 97, 98, 99],');
    expect(lines[4]!.trim()).toBe('…,');
    expect(lines[7]!.trim()).toBe('[9900, 9901, 9902, …, 9997, 9998, 9999]]');
    expect(zeros([1000, 1000, 10]).toString().length).toBeLessThan(5000);
  });

  test('inspection inside other values', () => {
    expect(inspect({ w: tensor([1, 2]) })).toBe('{ w: Tensor float64[2] [1, 2] }');
    expect(`${tensor(2)}`).toBe('Tensor float64 2');
  });

  test('a parameter shows what it holds now', () => {
    const w = parameter(1, { name: 'w' });
    w.value = tensor(2);
    expect(String(w)).toBe("Parameter 'w' float64 2");
    expect(String(w.value)).toBe("Tensor 'w' float64 2");
  });
});

describe('values', () => {
  test('item', () => {
    expect(tensor(3).item()).toBe(3);
    expect(tensor([[[4]]]).item()).toBe(4);
    expect(mul(2, 3).item()).toBe(6);
    expect(() => tensor([1, 2]).item()).toThrow(ShapeError);
    expect(() => tensor([1, 2]).item()).toThrow('item: the tensor must have exactly one element: got [2]');
    expect(() => tensor([]).item()).toThrow('got [0]');
  });

  test('toArray', () => {
    expect(tensor(3).toArray()).toBe(3);
    expect(tensor(true).toArray()).toBe(true);
    expect(tensor([[1, 2]]).toArray()).toEqual([[1, 2]]);
    expect(tensor([[true], [false]]).toArray()).toEqual([[true], [false]]);
    expect(zeros([2, 0]).toArray()).toEqual([[], []]);
    expect(zeros([0, 2]).toArray()).toEqual([]);
    expect(reshape(arange(8), [2, 2, 2]).toArray()).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
      [
        [4, 5],
        [6, 7],
      ],
    ]);
  });

  test('shape, size, ndim, dtype, data', () => {
    const t = ones([2, 3]);
    expect([t.shape, t.size, t.ndim, t.dtype]).toEqual([[2, 3], 6, 2, 'float64']);
    expect(t.data).toEqual(new Float64Array(6).fill(1));
    expect(tensor(5).data).toEqual(new Float64Array([5]));
    expect(mul(2, 3).data).toEqual(new Float64Array([6]));
    expect(Object.isFrozen(t.shape)).toBe(true);
  });
});
