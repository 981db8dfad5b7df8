import { add, cast, DTypeError, exp, full, Generator, grad, hessian, logsumexp, max, min, mul, ones, reshape } from 'chainrule';
import { std, sub, sum, tensor, type Tensor, transpose, uniform, UsageError, zeros } from 'chainrule';
import { describe, expect, it } from 'vitest';

describe('limits', () => {
  it('int32 never wraps', () => {
    expect(() => tensor([3e9], { dtype: 'int32' })).toThrow('tensor: int32 cannot hold the value: 3000000000 at index 0: use float64');
    expect(() => tensor([NaN], { dtype: 'int32' })).toThrow(DTypeError);
    expect(tensor([1.7, -1.7], { dtype: 'int32' }).toArray()).toEqual([1, -1]);
  });
  it('uniform draws floats from a range that is not empty', () => {
    const generator = new Generator(1);
    expect(() => uniform([1], { generator, dtype: 'int32' })).toThrow(DTypeError);
    expect(() => uniform([1], { generator, low: 2, high: 1 })).toThrow(UsageError);
  });
  it('logsumexp of an infinite entry never claims an infinite gradient', () => {
    const g = grad((x) => logsumexp(x))(tensor([Infinity, 0]));
    expect(g.data[0]).toBeNaN();
    expect(g.data[1]).toBe(0);
  });

  it('cast to int32 never wraps, nor full', () => {
    expect(() => cast(3e9, 'int32')).toThrow(/^cast: int32 cannot hold the value: 3000000000 at index 0: use float64$/);
    expect(() => cast([1, NaN], 'int32')).toThrow(/^cast: int32 cannot hold the value: NaN at index 1/);
    expect(() => full([2], 3e9, { dtype: 'int32' })).toThrow(/int32 cannot hold the value: 3000000000/);
  });

  it('equal values deviate by exactly 0, although their mean is rounded', () => {
    const x = tensor([0.1, 0.1, 0.1]);
    expect(std(x).item()).toBe(0);
    expect(grad(std)(x).toArray()).toEqual([0, 0, 0]);
    expect(hessian((v: Tensor) => std(v))(x).data.every((h) => h === 0)).toBe(true);
  });

  it('NaN wins max and min and keeps its gradient', () => {
    expect(grad(max)(tensor([NaN, 1])).toArray()).toEqual([1, 0]);
    expect(grad(min)(tensor([1, NaN])).toArray()).toEqual([0, 1]);
  });
});

describe('one number for every element', () => {
  it('is what zeros, ones, full and the gradient of a sum hold; arrays come when asked for', () => {
    const g = grad((x: Tensor) => sum(mul(x, 3)))(zeros([2, 3]));
    expect(g.storage).toBe(3);
    expect(g.toArray()).toEqual([
      [3, 3, 3],
      [3, 3, 3],
    ]);
    expect(typeof g.storage).toBe('object');
  });

  it('computes like an array: rounding, broadcasting, dtypes, empty shapes', () => {
    const tenth = full([2], 0.1, { dtype: 'float32' });
    expect(mul(tenth, tenth).toArray()).toEqual([Math.fround(Math.fround(0.1) ** 2), Math.fround(Math.fround(0.1) ** 2)]);
    expect(add(ones([2, 1]), tensor([1, 2])).toArray()).toEqual([
      [2, 3],
      [2, 3],
    ]);
    expect(sub(tensor([1, 2]), ones([2, 1])).toArray()).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(add(ones([2, 1]), ones([3])).shape).toEqual([2, 3]);
    expect(exp(zeros([0, 2])).data.length).toBe(0);
    expect(transpose(reshape(ones([6]), [2, 3])).toArray()).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
    expect(full([2], 7, { dtype: 'bool' }).toArray()).toEqual([true, true]);
  });

  it('writing to the array of one leaves the others alone', () => {
    const a = ones([2]);
    const b = reshape(a, [2, 1]);
    a.data[0] = 5;
    expect(b.toArray()).toEqual([[1], [1]]);
  });
});
