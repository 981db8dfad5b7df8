/** Order: what the oracles of single functions do not say. Ties, NaN, types, gradients where elements are equal, errors. */
import { argsort, at, grad, hessian, jacobian, max, median, min, mul, quantile, registry, sort, square, sum, take, type Tensor, tensor, topk } from 'chainrule'; // prettier-ignore
import { describe, expect, test } from 'vitest';

const list = (x: Tensor): unknown => x.toArray();

describe('order', () => {
  test('equal elements keep theirs, in descending order too', () => {
    const x = [2, 1, 2, 1, 2];
    expect(list(argsort(x))).toEqual([1, 3, 0, 2, 4]);
    expect(list(argsort(x, { descending: true }))).toEqual([0, 2, 4, 1, 3]);
    expect(list(argsort([0, -0, 0, -0]))).toEqual([0, 1, 2, 3]);
  });

  test('long rows, with many equals: as the stable sort of the language', () => {
    for (const n of [0, 1, 7, 8, 9, 16, 17, 100, 1000]) {
      const values = Array.from({ length: n }, (_, i) => ((i * 7919) % 101) - 50);
      const order = values.map((_, i) => i);
      expect(list(argsort(tensor(Float64Array.from(values))))).toEqual(order.toSorted((a, b) => values[a]! - values[b]!));
      expect(list(argsort(tensor(Float64Array.from(values)), { descending: true }))).toEqual(order.toSorted((a, b) => values[b]! - values[a]!)); // prettier-ignore
    }
  });

  test('NaN is the greatest', () => {
    expect(list(sort([NaN, 1, Infinity, NaN, -Infinity]))).toEqual([-Infinity, 1, Infinity, NaN, NaN]);
    expect(list(argsort([NaN, 1, Infinity, NaN]))).toEqual([1, 2, 0, 3]);
    expect(list(argsort([NaN, 1, Infinity, NaN], { descending: true }))).toEqual([0, 3, 2, 1]);
    expect(list(topk([1, NaN, 3], 2).values)).toEqual([NaN, 3]);
    expect(list(topk([1, NaN, 3], 2, { largest: false }).values)).toEqual([1, 3]);
  });

  test('types stay; indices are int32', () => {
    for (const dtype of ['float64', 'float32', 'int32', 'bool'] as const) {
      const x = tensor([1, 0, 1], { dtype });
      expect([sort(x).dtype, argsort(x).dtype, topk(x, 1).values.dtype, topk(x, 1).indices.dtype]).toEqual([
        dtype,
        'int32',
        dtype,
        'int32',
      ]);
      expect(median(x).dtype).toBe(dtype === 'float32' ? 'float32' : 'float64');
      expect(median(x).item()).toBe(1);
    }
    expect(list(sort(tensor([2147483647, -2147483648, 0], { dtype: 'int32' }), { descending: true }))).toEqual([
      2147483647, 0, -2147483648,
    ]);
  });

  test('topk along an axis', () => {
    const x = [[3, 1, 4], [1, 5, 9]]; // prettier-ignore
    const { values, indices } = topk(x, 2);
    expect([list(values), list(indices)]).toEqual([[[4, 3], [9, 5]], [[2, 0], [2, 1]]]); // prettier-ignore
    expect(list(topk(x, 1, { axis: 0, largest: false, sorted: false }).values)).toEqual([[1, 1, 4]]);
    expect(list(topk(x, 1, { axis: 0 }).indices)).toEqual([[0, 1, 1]]);
    expect(topk(x, 0).values.shape).toEqual([2, 0]);
  });

  test('topk of few and of many, with ties and NaN: the first of the order', () => {
    const row = Array.from({ length: 200 }, (_, i) => (i % 31 === 7 ? NaN : ((i * 7919) % 37) - 18));
    for (const k of [1, 3, 10, 64, 65, 199, 200])
      for (const largest of [true, false])
        expect(list(topk(row, k, { largest }).indices)).toEqual((list(argsort(row, { descending: largest })) as number[]).slice(0, k));
  });

  test('median and quantile of equal numbers are that number', () => {
    for (const q of [0, 0.1, 0.3, 0.7, 1]) expect(quantile([0.1, 0.1, 0.1, 0.1], q).item()).toBe(0.1);
    expect(median([Infinity, Infinity]).item()).toBe(Infinity);
    expect(median([-Infinity, Infinity]).item()).toBeNaN();
  });

  test('the ends of quantile are min and max', () => {
    const x = tensor([[0.3, -1], [2, 0.7]]); // prettier-ignore
    expect(list(quantile(x, [0, 1], { axis: 0 }))).toEqual([list(min(x, { axis: 0 })), list(max(x, { axis: 0 }))]);
  });
});

describe('gradients', () => {
  test('go to the elements', () => {
    const weights = tensor([1, 10, 100]);
    expect(list(grad((x: Tensor) => sum(mul(sort(x), weights)))(tensor([3, 1, 2])))).toEqual([100, 1, 10]);
    expect(list(grad((x: Tensor) => sum(topk(x, 2).values))(tensor([3, 1, 2])))).toEqual([1, 0, 1]);
    expect(list(grad((x: Tensor) => median(x))(tensor([3, 1, 2])))).toEqual([0, 0, 1]);
    expect(list(grad((x: Tensor) => median(x))(tensor([3, 1, 2, 0])))).toEqual([0, 0.5, 0.5, 0]);
  });

  test('ties: each place belongs to the element that stands there, the first of equals in front', () => {
    const tied = tensor([2, 1, 2]);
    expect(list(jacobian((x: Tensor) => sort(x))(tied))).toEqual([[0, 1, 0], [1, 0, 0], [0, 0, 1]]); // prettier-ignore
    expect(list(grad((x: Tensor) => sum(topk(x, 1).values))(tied))).toEqual([1, 0, 0]);
    expect(list(grad((x: Tensor) => median(x))(tied))).toEqual([1, 0, 0]);
    // the mean of two equal elements is smooth
    expect(list(grad((x: Tensor) => median(x))(tensor([1, 1])))).toEqual([0.5, 0.5]);
    const h = hessian((x: Tensor) => sum(square(sort(x))))(tied);
    expect(list(h)).toEqual([[2, 0, 0], [0, 2, 0], [0, 0, 2]]); // prettier-ignore
  });

  test('NaN and infinities stay where they are', () => {
    expect(list(grad((x: Tensor) => take(sort(x), 0))(tensor([NaN, 1, Infinity])))).toEqual([0, 1, 0]);
    expect(list(grad((x: Tensor) => quantile(x, 0.25))(tensor([1, 2, Infinity])))).toEqual([0.5, 0.5, 0]);
    expect(list(grad((x: Tensor) => quantile(x, 0.75))(tensor([1, 2, Infinity])))).toEqual([0, 0.5, 0.5]);
    expect(list(grad((x: Tensor) => median(x))(tensor([1, NaN, 2])))).toEqual([0, 1, 0]);
  });

  test('through argsort there is none', () => {
    expect(registry.get('argsort')!.rule(0)).toBeNull();
    expect(() => grad((x: Tensor) => sum(mul(argsort(x), 1)))(tensor([1, 2]))).toThrow(/argsort.*sort\(x\)/s);
  });
});

describe('errors', () => {
  test.each([
    [() => sort(1), /^sort: axis -1 is out of range: x has 0 axes$/],
    [() => sort([1, 2], { axis: 1 }), /^sort: axis 1 is out of range: x has 1 axis$/],
    [() => sort([1, 2], { reverse: true } as never), /^sort: unknown option 'reverse'/],
    [() => topk([1, 2], 3), /^topk: k must be an integer from 0 to the length of the axis: k = 3, x \[2\]$/],
    [() => topk([1, 2], 0.5), /^topk: k must be an integer/],
    [() => topk([1, 2], -1), /^topk: k must be an integer/],
    [() => median([]), /^median: an empty axis has no value: \[0\]$/],
    [() => median([[1]], { axis: 2 }), /^median: axis 2 is out of range: x has 2 axes$/],
    [() => quantile([1], 1.5), /^quantile: q must be in \[0, 1\]: 1.5$/],
    [() => quantile([1], NaN), /^quantile: q must be in \[0, 1\]: NaN$/],
    [() => quantile([1], [0.5, -0.1]), /^quantile: q must be in \[0, 1\]: -0.1$/],
    [() => quantile([1], []), /^quantile: the list of q is empty$/],
    [() => quantile([1], 'half' as never), /^quantile: q must be a number or a list of numbers: got string$/],
    [() => quantile([], 0.5), /^quantile: an empty axis has no value/],
  ])('%#', (f, message) => {
    expect(f).toThrow(message);
  });
});

test('values at the places of argsort are those of sort', () => {
  const x = tensor([0.3, -2, 7, 0.3]);
  expect(list(at(x, argsort(x)))).toEqual(list(sort(x)));
});
