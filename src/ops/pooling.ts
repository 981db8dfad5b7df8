/**
 * @file Pooling: the largest element or the mean of the windows of an image.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { showShape, sizeOf } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Window } from '../kernels/windows.js';
import { div } from './arithmetic.js';
import { ones } from './create.js';
import { floatOf } from './define.js';
import { max } from './extrema.js';
import { checkPerAxis, type PerAxis, padded } from './spatial.js';
import { sum } from './sum.js';
import { checkFits, windowsOf } from './windows.js';

/** Options of `maxPool1d` and `maxPool2d`; numbers stand for every spatial axis, pairs for rows and columns. */
export interface MaxPoolOptions {
  /** From one window to the next; default the size of a window. */
  stride?: PerAxis;
  /** Elements −∞ at both ends of an axis; default 0. */
  padding?: PerAxis;
  /** From one element of a window to the next; default 1. */
  dilation?: PerAxis;
}

/** Options of `avgPool1d` and `avgPool2d`; numbers stand for every spatial axis, pairs for rows and columns. */
export interface AvgPoolOptions {
  /** From one window to the next; default the size of a window. */
  stride?: PerAxis;
  /** Zeros at both ends of an axis; default 0. */
  padding?: PerAxis;
  /** Do these zeros count as elements of a window? Default true. */
  countIncludePad?: boolean;
}

/** What a pooling reads: its checked input, the windows and the margins of its spatial axes. */
interface Pool {
  readonly x: Tensor;
  readonly windows: readonly Window[];
  readonly margins: readonly [number, number][];
}

function poolOf(op: string, rank: 1 | 2, input: TensorLike, kernelSize: PerAxis, options: MaxPoolOptions): Pool {
  const x = toTensor(input, op);
  const axes = rank === 1 ? 'L' : 'H, W';
  if (x.ndim !== rank + 1 && x.ndim !== rank + 2)
    throw new ShapeError(op, `input must be [N, C, ${axes}] or [C, ${axes}]`, `got ${showShape(x.shape)}`);
  const sizes = checkPerAxis(op, 'kernelSize', kernelSize, rank, 1);
  const strides = checkPerAxis(op, 'stride', options.stride ?? sizes, rank, 1);
  const dilations = checkPerAxis(op, 'dilation', options.dilation ?? 1, rank, 1);
  const paddings = checkPerAxis(op, 'padding', options.padding ?? 0, rank, 0);
  const windows = sizes.map((size, i): Window => ({ size, step: strides[i]!, dilation: dilations[i]! }));
  windows.forEach((window, i) => {
    const reach = window.dilation * (window.size - 1) + 1;
    if (2 * paddings[i]! > reach) throw new UsageError(op, 'padding is at most half of a window', `got ${paddings[i]!} for ${reach}`);
    checkFits(op, x.shape[x.ndim - rank + i]! + 2 * paddings[i]!, window);
  });
  return { x, windows, margins: paddings.map((n) => [n, n]) };
}

/** The windows of the spatial axes, framed by `value`, and the axes of their elements. */
function laidOut(x: Tensor, { windows, margins }: Pool, value: number): { laid: Tensor; axes: number[] } {
  const first = x.ndim - windows.length;
  return { laid: windowsOf(padded(x, margins, value), first, windows), axes: windows.map((_, i) => first + i) };
}

function maxPool(op: string, rank: 1 | 2, input: TensorLike, kernelSize: PerAxis, options: MaxPoolOptions): Tensor {
  toTensor(input, op);
  checkOptions(op, options, ['stride', 'padding', 'dilation']);
  const pool = poolOf(op, rank, input, kernelSize, options);
  const { laid, axes } = laidOut(pool.x, pool, -Infinity);
  return max(laid, { axis: axes });
}

function avgPool(op: string, rank: 1 | 2, input: TensorLike, kernelSize: PerAxis, options: AvgPoolOptions): Tensor {
  toTensor(input, op);
  checkOptions(op, options, ['stride', 'padding', 'countIncludePad']);
  const { countIncludePad = true, ...rest } = options;
  const pool = poolOf(op, rank, input, kernelSize, rest);
  const total = (x: Tensor): Tensor => {
    const { laid, axes } = laidOut(x, pool, 0);
    return sum(laid, { axis: axes });
  };
  // how many elements each window has is a constant of the shapes
  const count = countIncludePad
    ? sizeOf(pool.windows.map((w) => w.size))
    : total(ones(pool.x.shape.slice(-rank), { dtype: floatOf([pool.x]) }));
  return div(total(pool.x), count);
}

/**
 * The largest element of each window along the last axis: input [N, C, L] or [C, L]. Ties share the gradient evenly, as those of `max`
 * (torch gives all of it to the first).
 * @throws ShapeError for an input of another rank or too short for a window; UsageError for options out of range.
 * @see torch.nn.functional.max_pool1d
 * @example
 * maxPool1d([[1, 5, 2, 4]], 2); // → [[5, 4]]
 */
export function maxPool1d(input: TensorLike, kernelSize: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return maxPool('maxPool1d', 1, input, kernelSize, options);
}

/**
 * The largest element of each window of an image: input [N, C, H, W] or [C, H, W] → the same with
 * H′ = ⌊(H + 2·padding − dilation·(kernelSize − 1) − 1)/stride⌋ + 1; the padding is −∞. Ties share the gradient evenly, as those of `max`
 * (torch gives all of it to the first).
 * @throws ShapeError for an input of another rank or too small for a window; UsageError for options out of range.
 * @see torch.nn.functional.max_pool2d
 * @example
 * maxPool2d([[[1, 2, 3, 4], [5, 6, 7, 8]]], 2); // → [[[6, 8]]]
 * maxPool2d([[[1, 2, 3], [4, 5, 6], [7, 8, 9]]], 2, { stride: 1 }); // → [[[5, 6], [8, 9]]]
 */
export function maxPool2d(input: TensorLike, kernelSize: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return maxPool('maxPool2d', 2, input, kernelSize, options);
}

/**
 * The mean of each window along the last axis: input [N, C, L] or [C, L]. The zeros of the padding count as elements unless
 * countIncludePad is false.
 * @throws ShapeError for an input of another rank or too short for a window; UsageError for options out of range.
 * @see torch.nn.functional.avg_pool1d
 * @example
 * avgPool1d([[1, 5, 2, 4]], 2); // → [[3, 3]]
 */
export function avgPool1d(input: TensorLike, kernelSize: PerAxis, options: AvgPoolOptions = {}): Tensor {
  return avgPool('avgPool1d', 1, input, kernelSize, options);
}

/**
 * The mean of each window of an image: input [N, C, H, W] or [C, H, W] → the same with H′ = ⌊(H + 2·padding − kernelSize)/stride⌋ + 1.
 * The zeros of the padding count as elements unless countIncludePad is false.
 * @throws ShapeError for an input of another rank or too small for a window; UsageError for options out of range.
 * @see torch.nn.functional.avg_pool2d
 * @example
 * avgPool2d([[[1, 2], [3, 6]]], 2); // → [[[3]]]
 * avgPool2d([[[4, 4], [4, 4]]], 2, { stride: 1, padding: 1 }); // → [[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]
 */
export function avgPool2d(input: TensorLike, kernelSize: PerAxis, options: AvgPoolOptions = {}): Tensor {
  return avgPool('avgPool2d', 2, input, kernelSize, options);
}
