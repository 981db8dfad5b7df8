import { DTypeError, Generator, grad, logsumexp, tensor, uniform, UsageError } from 'chainrule';
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
});
