/** Windows, convolutions and poolings: beside torch, at ties and edges, in every type, and what they refuse. */
import { avgPool1d, avgPool2d, cast, conv1d, conv2d, fold, grad, maxPool1d, maxPool2d, mul, ones, ShapeError, sum, type Tensor, tensor, unfold, UsageError } from 'chainrule'; // prettier-ignore
import { describe, expect, test } from 'vitest';
import { expectTorch } from './torch-agreement.js';
import { numbers } from './torch-values.js';

describe('as torch', () => {
  test('conv2d: stride, padding, dilation and groups at once', () => {
    const options = { stride: [2, 1], padding: [1, 0], dilation: [1, 2], groups: 2 };
    expectTorch('conv2d', (x, w, b) => conv2d(x, w, b, options), [numbers([1, 2, 4, 4]), numbers([2, 1, 3, 2], 50), numbers([2], 90)]);
  });

  test("conv1d: 'same' with dilation", () => {
    const inputs = [numbers([1, 2, 5]), numbers([1, 2, 3], 50), numbers([1], 90)];
    expectTorch('conv1d', (x, w, b) => conv1d(x, w, b, { padding: 'same', dilation: 2 }), inputs);
  });

  test('maxPool2d with overlap and padding', () => {
    expectTorch('maxPool2d', (x) => maxPool2d(x, [3, 2], { stride: [2, 1], padding: 1 }), [numbers([1, 2, 4, 3])]);
  });

  test('avgPool2d without what is padded', () => {
    const options = { stride: [2, 1], padding: [1, 1], countIncludePad: false };
    expectTorch('avgPool2d', (x) => avgPool2d(x, [3, 2], options), [numbers([1, 2, 4, 3])]);
  });
});

test('ties of maxima share the gradient evenly', () => {
  const f = (x: Tensor): Tensor => sum(mul(maxPool1d(x, 2), [[6, 10]]));
  expect(grad(f)(tensor([[3, 3, 1, 2]])).toArray()).toEqual([[3, 3, 0, 10]]);
  // the maximum of a window of equal numbers, inside −∞
  const g = (x: Tensor): Tensor => sum(maxPool2d(x, 2, { stride: 1, padding: 1 }));
  expect(grad(g)(ones([1, 1, 1])).toArray()).toEqual([[[4]]]);
});

test('fold is the transpose of unfold', () => {
  const options = { axis: 0, step: 2, dilation: 2 };
  const x = numbers([9, 2]);
  const y = numbers([3, 2, 3], 20);
  const left = sum(mul(unfold(x, 3, options), y)).item();
  expect(left).toBeCloseTo(sum(mul(x, fold(y, 9, options))).item(), 12);
});

test('types: float32 stays, whole numbers and bools become what sums of them are', () => {
  const x = cast(numbers([1, 4, 4]), 'float32');
  const w = cast(numbers([2, 1, 2, 2]), 'float32');
  expect(conv2d(x, w, ones([2], { dtype: 'float32' }), { padding: 1 }).dtype).toBe('float32');
  expect(conv2d(x, numbers([2, 1, 2, 2])).dtype).toBe('float64');
  expect(maxPool2d(x, 2, { padding: 1 }).dtype).toBe('float32');
  expect(avgPool2d(x, 2, { padding: 1, countIncludePad: false }).dtype).toBe('float32');
  const whole = tensor([[1, 2, 3, 4]], { dtype: 'int32' });
  expect(unfold(whole, 2).dtype).toBe('int32');
  expect(fold(unfold(whole, 2), 4).toArray()).toEqual([[1, 4, 6, 4]]);
  expect(maxPool1d(whole, 2).toArray()).toEqual([[2, 4]]);
  expect(avgPool1d(whole, 2).toArray()).toEqual([[1.5, 3.5]]);
  expect(fold(tensor([[true, true], [true, true]]), 3).toArray()).toEqual([1, 2, 1]); // prettier-ignore
});

test('an empty batch stays empty', () => {
  expect(conv2d(ones([0, 2, 4, 4]), ones([3, 2, 2, 2])).shape).toEqual([0, 3, 3, 3]);
  expect(maxPool2d(ones([0, 2, 4, 4]), 2).shape).toEqual([0, 2, 2, 2]);
});

describe('refused', () => {
  const [x, w] = [ones([1, 2, 4, 4]), ones([3, 2, 2, 2])];
  test.each<[string, () => unknown, new (...args: never[]) => Error, RegExp]>([
    [
      'input of another rank',
      () => conv2d(ones([4, 4]), w),
      ShapeError,
      /^conv2d: input must be \[N, C, H, W\] or \[C, H, W\]: got \[4,4\]$/,
    ],
    ['weight of another rank', () => conv1d(ones([2, 4]), w), ShapeError, /^conv1d: weight must be \[O, C\/groups, L of the kernel\]: got \[3,2,2,2\]$/], // prettier-ignore
    ['channels', () => conv2d(ones([1, 3, 4, 4]), w), ShapeError, /^conv2d: channels do not fit: input \[1,3,4,4\], weight \[3,2,2,2\]$/],
    ['channels of groups', () => conv2d(x, ones([3, 1, 2, 2]), null, { groups: 2 }), ShapeError, /weight \[3,1,2,2\], 2 groups$/],
    ['bias', () => conv2d(x, w, [1, 2]), ShapeError, /^conv2d: bias must be \[3\]: got \[2\]$/],
    ['kernel larger than the input', () => conv2d(x, ones([1, 2, 5, 1])), ShapeError, /^conv2d: no window fits: size 5, dilation 1 on an axis of 4$/], // prettier-ignore
    ['stride', () => conv2d(x, w, null, { stride: 0 }), UsageError, /^conv2d: stride must be a positive integer: got 0$/],
    ['dilation', () => conv2d(x, w, null, { dilation: [1, 0.5] }), UsageError, /^conv2d: dilation must be a positive integer: got 0.5$/],
    [
      'a triple',
      () => conv2d(x, w, null, { stride: [1, 1, 1] }),
      UsageError,
      /^conv2d: stride must be a number or a pair: got \[1, 1, 1\]$/,
    ],
    ['padding', () => conv2d(x, w, null, { padding: -1 }), UsageError, /^conv2d: padding must be a non-negative integer: got -1$/],
    ['a word', () => conv2d(x, w, null, { padding: 'full' as never }), UsageError, /^conv2d: unknown padding 'full': a number, 'same' or 'valid'$/], // prettier-ignore
    ["'same' with a stride", () => conv2d(x, w, null, { padding: 'same', stride: 2 }), UsageError, /^conv2d: padding 'same' needs stride 1: got 2$/], // prettier-ignore
    ['groups', () => conv2d(x, w, null, { groups: 0 }), UsageError, /^conv2d: groups must be a positive integer: got 0$/],
    [
      'an option',
      () => conv2d(x, w, null, { strides: 2 } as never),
      UsageError,
      /^conv2d: unknown option 'strides': did you mean 'stride'\?$/,
    ],
    ['pooling of a matrix', () => maxPool2d(ones([4, 4]), 2), ShapeError, /^maxPool2d: input must be \[N, C, H, W\]/],
    ['too much padding', () => maxPool1d(ones([1, 4]), 2, { padding: 2 }), UsageError, /^maxPool1d: padding is at most half of a window: got 2 for 2$/], // prettier-ignore
    ['a window that does not fit', () => avgPool1d(ones([1, 2]), 3), ShapeError, /^avgPool1d: no window fits: size 3, dilation 1 on an axis of 2$/], // prettier-ignore
    [
      'an option of the other pooling',
      () => avgPool2d(x, 2, { dilation: 2 } as never),
      UsageError,
      /^avgPool2d: unknown option 'dilation'/,
    ],
    ['fold of a vector', () => fold([1, 2], 3), ShapeError, /^fold: needs an axis of windows and one inside them: \[2\]$/],
  ])('%s', (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });
});
