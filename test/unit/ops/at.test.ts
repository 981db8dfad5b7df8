/** Indexing, masks, movement: what the oracles do not say. Types, gradients at indices that repeat, errors, values that are not known. */
import { at, bmm, compile, diag, diagonal, grad, gt, maskedFill, maskedSelect, mul, noGrad, parameter, repeat, roll, sum, swapaxes, type Tensor, tensor, tile, trace, triu, vmap } from 'chainrule'; // prettier-ignore
import { describe, expect, test } from 'vitest';

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
const list = (t: Tensor): unknown => t.toArray();

describe('at', () => {
  test('gradients add up at indices that repeat', () => {
    const f = (t: Tensor): Tensor => sum(mul(at(t, tensor([0, 0, 1]), tensor([1, 1, 2])), [1, 10, 100]));
    expect(list(grad(f)(x))).toEqual([[0, 11, 0], [0, 0, 100]]); // prettier-ignore
  });

  test('gradients through a mask', () => {
    const f = (t: Tensor): Tensor => sum(mul(maskedSelect(t, gt(t, 2)), [1, 2, 3, 4]));
    expect(list(grad(f)(x))).toEqual([[0, 0, 1], [2, 3, 4]]); // prettier-ignore
    expect(list(grad((t: Tensor) => sum(at(t, gt(t, 2))))(x))).toEqual([[0, 0, 1], [1, 1, 1]]); // prettier-ignore
  });

  test('types, parameters, methods', () => {
    const p = parameter([[1, 2], [3, 4]]); // prettier-ignore
    expect(list(p.at(0))).toEqual([1, 2]);
    sum(at(p, [], 1)).backward();
    expect(list(p.grad!)).toEqual([[0, 1], [0, 1]]); // prettier-ignore
    for (const dtype of ['float32', 'int32', 'bool'] as const) expect(at(tensor([1, 0], { dtype }), tensor([1])).dtype).toBe(dtype);
    for (const dtype of ['float64', 'float32', 'int32'] as const) expect(list(at(x, tensor([1], { dtype })))).toEqual([[4, 5, 6]]);
    noGrad(() => expect(list(x.at('...', -1))).toEqual([3, 6]));
  });

  test.each([
    [() => at(x, 2), /^at: index 2 is out of range: axis 0 has 2 entries: -2 … 1$/],
    [() => at(x, 0, -4), /^at: index -4 is out of range: axis 1 has 3 entries: -3 … 2$/],
    [() => at(x, 0.5), /^at: an index is an integer: got 0.5 for axis 0$/],
    [() => at(x, 0, 0, 0), /^at: 3 axes are indexed: x \[2,3\] has 2$/],
    [
      () => at(x, [0]),
      /^at: a flat list is a range \[start, stop, step\]: got \[0\]: a list of indices is a tensor: tensor\(\[0, 2, 5\]\)$/,
    ],
    [() => at(x, [0, 1, 0, 1]), /^at: a flat list is a range/],
    [() => at(x, [0, 2, 0]), /^slice: step must be an integer other than 0: 0$/],
    [() => at(x, '...', '...'), /^at: '...' can stand at one place only$/],
    [() => at(x, tensor([0, 2])), /^at: index 2 is out of range: indices\[1\]: the axis has 2 entries: -2 … 1$/],
    [() => at(x, tensor([0.5])), /^at: indices must be integers: indices\[0\] is 0.5$/],
    [() => at(x, tensor([0, 1]), tensor([0, 1, 2])), /^at: cannot broadcast \[2\] with \[3\]/],
    [() => at(x, tensor([true, false, true])), /^at: a mask has the shape of the axes that it selects from: mask \[3\], axes \[2\]$/],
    [() => at(x, gt([[[1]]], 0)), /^at: 3 axes are indexed: x \[2,3\] has 2$/],
    [() => at(x, tensor(true)), /^at: a mask has the shape of the axes that it selects from: mask \[\], axes \[\]$/],
    [() => at(x, 'all' as never), /^at: values must be numbers or booleans: got string/],
  ])('errors %#', (f, message) => {
    expect(f).toThrow(message);
  });

  test('an index that is not known before the program runs is looked at then', () => {
    const f = compile((t: Tensor, i: Tensor, j: Tensor) => at(t, i, j));
    expect(list(f(x, tensor([0, -1]), tensor([2, 0])))).toEqual([3, 4]);
    expect(() => f(x, tensor([0, 2]), tensor([2, 0]))).toThrow(/index 2 is out of range: indices\[1\]: the axis has 2 entries/);
    expect(() => f(x, tensor([0, 1]), tensor([2, -4]))).toThrow(/index -4 is out of range: indices\[1\]: the axis has 3 entries/);
  });

  test('a mask must be known where a function is compiled or mapped', () => {
    const refused = /: how many elements a mask selects is not known while it is compiled: mask \[2,3\]: keep the shape with where/;
    expect(() => compile((t: Tensor) => at(t, gt(t, 2)))(x)).toThrow(refused);
    expect(() => compile((t: Tensor) => maskedSelect(t, gt(t, 2)))(x)).toThrow(/^maskedSelect: how many/);
    const rows = vmap((t: Tensor) => at(t, gt(t, 2)));
    expect(() => rows(x)).toThrow(/^at: how many elements a mask selects is not known inside vmap: mask \[3\]: keep the shape/);
    expect(() => vmap((t: Tensor) => maskedSelect(t, gt(t, 2)))(x)).toThrow(/^maskedSelect: how many/);
    expect(list(vmap((t: Tensor) => at(t, tensor([true, false, true])))(x))).toEqual([[1, 3], [4, 6]]); // prettier-ignore
    const mask = gt(x, 2);
    expect(list(compile((t: Tensor) => mul(at(t, mask), 2))(x))).toEqual([6, 8, 10, 12]);
  });
});

test('masks', () => {
  expect(() => maskedSelect(x, [0, 1, 0])).toThrow(/^maskedSelect: a mask must be bool: got float64: compare first/);
  expect(() => maskedSelect(x, [true, false])).toThrow(/^maskedSelect: cannot broadcast \[2,3\] with \[2\]/);
  expect(() => maskedFill(x, [0, 1, 0], 1)).toThrow(/^maskedFill: a mask must be bool: got float64/);
  expect(maskedFill(tensor([1, 2], { dtype: 'float32' }), [true, false], 0.5).dtype).toBe('float32');
});

test('diagonals and trace', () => {
  expect(trace(x).item()).toBe(6);
  expect(x.trace({ offset: 1 }).item()).toBe(8);
  expect(trace((a, b) => mul(a, b), 2, 5).map((row) => row.op)).toEqual(['input', 'input', 'mul']);
  expect(list(triu(x, { k: -1 }))).toEqual(list(x));
  expect(() => trace([1, 2])).toThrow(/^trace: needs a matrix: \[2\]$/);
  expect(() => diagonal(x, { axis1: 0, axis2: -2 })).toThrow(/^diagonal: axis1 and axis2 must differ: both are axis 0$/);
  expect(() => diagonal(x, { offset: 0.5 })).toThrow(/^diagonal: offset must be an integer: 0.5$/);
  expect(() => diag(x, { k: NaN })).toThrow(/^diag: k must be an integer: NaN$/);
  expect(() => diag([[[1]]])).toThrow(/^diag: needs a vector or a matrix: \[1,1,1\]$/);
  expect(diag(tensor([1, 2], { dtype: 'int32' }), { k: 1 }).dtype).toBe('int32');
});

test('movement', () => {
  expect(() => roll(x, 0.5)).toThrow(/^roll: a shift is an integer: 0.5$/);
  expect(() => roll(x, [1, 2])).toThrow(/^roll: needs one shift an axis: 2 shifts, 1 axis$/);
  expect(() => roll(x, 1, { axis: 2 })).toThrow(/^roll: axis 2 is out of range: x has 2 axes$/);
  expect(roll(tensor([], { shape: [0, 2] }), 1, { axis: 0 }).shape).toEqual([0, 2]);
  expect(() => tile(x, -1)).toThrow(/^tile: repetitions are non-negative integers: \[-1\]$/);
  expect(() => repeat(x, 1.5)).toThrow(/^repeat: repetitions are non-negative integers: \[1.5\]$/);
  expect(() => repeat(x, [1, 2, 3], { axis: 0 })).toThrow(
    /^repeat: needs one number for each entry of the axis: 3 numbers, x \[2,3\], axis 0$/,
  );
  expect(list(grad((t: Tensor) => sum(mul(tile(t, 2), [1, 2, 3, 4])))(tensor([5, 6])))).toEqual([4, 6]);
  expect(list(grad((t: Tensor) => sum(mul(repeat(t, [1, 3]), [1, 2, 3, 4])))(tensor([5, 6])))).toEqual([1, 9]);
  expect(() => swapaxes(x, 0, 2)).toThrow(/^swapaxes: axis 2 is out of range: x has 2 axes$/);
  expect(() => bmm(x, x)).toThrow(/^bmm: needs two batches of as many matrices: a \[2,3\] · b \[2,3\]: use matmul$/);
});
