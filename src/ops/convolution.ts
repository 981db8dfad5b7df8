/**
 * @file Convolutions, as in torch: the windows of the padded input, laid out by `unfold`, times the weight as one matrix product.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { showShape, sizeOf } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Window } from '../kernels/windows.js';
import { add } from './arithmetic.js';
import { matmul } from './matmul.js';
import { expandDims, reshape, squeeze } from './shaping.js';
import { checkPerAxis, type PerAxis, padded } from './spatial.js';
import { checkFits, checkPositive, windowsOf } from './windows.js';

/** Options of `conv1d` and `conv2d`; numbers stand for every spatial axis, pairs for rows and columns. */
export interface ConvOptions {
  /** From one window to the next; default 1. */
  stride?: PerAxis;
  /** Zeros at both ends of an axis, default 0; 'same': as many as keep its length (stride 1, more at the end); 'valid': none. */
  padding?: PerAxis | 'same' | 'valid';
  /** From one element of a window to the next; default 1. */
  dilation?: PerAxis;
  /** Parts of the channels that are convolved on their own; default 1. */
  groups?: number;
}

/** Zeros before and after each axis. */
function margins(op: string, windows: readonly Window[], padding: PerAxis | 'same' | 'valid'): [number, number][] {
  if (padding === 'valid') return windows.map(() => [0, 0]);
  if (padding !== 'same') {
    if (typeof padding === 'string') throw new UsageError(op, `unknown padding '${String(padding)}'`, undefined, "a number, 'same' or 'valid'"); // prettier-ignore
    return checkPerAxis(op, 'padding', padding, windows.length, 0).map((n) => [n, n]);
  }
  return windows.map(({ size, step, dilation }) => {
    if (step !== 1) throw new UsageError(op, "padding 'same' needs stride 1", `got ${step}`);
    const total = dilation * (size - 1);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
}

/** The convolution over the last `rank` axes of input [N, C, …] with weight [O, C/groups, …]. */
function convolution(
  op: string,
  rank: 1 | 2,
  input: TensorLike,
  weight: TensorLike,
  bias: TensorLike | null | undefined,
  options: ConvOptions,
): Tensor {
  const given = toTensor(input, op);
  const w = toTensor(weight, op);
  checkOptions(op, options, ['stride', 'padding', 'dilation', 'groups']);
  const { padding = 0, groups = 1 } = options;
  checkPositive(op, 'groups', groups);
  const axes = rank === 1 ? 'L' : 'H, W';
  if (given.ndim !== rank + 1 && given.ndim !== rank + 2)
    throw new ShapeError(op, `input must be [N, C, ${axes}] or [C, ${axes}]`, `got ${showShape(given.shape)}`);
  if (w.ndim !== rank + 2) throw new ShapeError(op, `weight must be [O, C/groups, ${axes} of the kernel]`, `got ${showShape(w.shape)}`);
  const x = given.ndim === rank + 1 ? expandDims(given, 0) : given;
  const [n, channels] = x.shape as [number, number];
  const [out, own] = w.shape as [number, number];
  if (own * groups !== channels || out % groups !== 0) {
    const wanted = groups === 1 ? '' : `, ${groups} groups`;
    throw new ShapeError(op, 'channels do not fit', `input ${showShape(given.shape)}, weight ${showShape(w.shape)}${wanted}`);
  }
  const [strides, dilations] = [options.stride ?? 1, options.dilation ?? 1].map((v, i) => checkPerAxis(op, i === 0 ? 'stride' : 'dilation', v, rank, 1)) as [number[], number[]]; // prettier-ignore
  const windows = w.shape.slice(2).map((size, i): Window => ({ size, step: strides[i]!, dilation: dilations[i]! }));
  const wide = padded(x, margins(op, windows, padding), 0);
  windows.forEach((window, i) => {
    checkPositive(op, 'the size of the kernel', window.size);
    checkFits(op, wide.shape[2 + i]!, window);
  });
  // [N, C, k…, p…] with a column for every place: C·k… numbers meet a row of the weight
  const laid = windowsOf(wide, 2, windows);
  const places = laid.shape.slice(2 + rank);
  const depth = own * sizeOf(w.shape.slice(2));
  const grouped = groups === 1 ? [] : [groups];
  const columns = reshape(laid, [n, ...grouped, depth, sizeOf(places)]);
  const rows = reshape(w, [...grouped, out / groups, depth]);
  const products: Tensor = matmul(rows, columns);
  const product = reshape(products, [n, out, ...places]);
  const y = bias === undefined || bias === null ? product : add(product, alongChannels(op, bias, out, rank));
  return given.ndim === rank + 1 ? squeeze(y, 0) : y;
}

function alongChannels(op: string, bias: TensorLike, out: number, rank: number): Tensor {
  if (Object.getPrototypeOf(bias) === Object.prototype)
    throw new UsageError(
      op,
      'the third argument is the bias',
      'got an object',
      `options are the fourth: ${op}(x, w, null, { padding: 1 })`,
    );
  const b = toTensor(bias, op);
  if (b.ndim !== 1 || b.size !== out) throw new ShapeError(op, `bias must be [${out}]`, `got ${showShape(b.shape)}`);
  return reshape(b, [out, ...Array<number>(rank).fill(1)]);
}

/**
 * Convolution along one axis (without flipping the kernel, as everywhere in machine learning): input [N, C, L] or [C, L], weight
 * [O, C/groups, k], bias [O] or none → [N, O, L′] with L′ = ⌊(L + 2·padding − dilation·(k − 1) − 1)/stride⌋ + 1.
 * @throws ShapeError for shapes that do not fit; UsageError for options out of range.
 * @see torch.nn.functional.conv1d
 * @example
 * conv1d([[1, 2, 3, 4]], [[[1, -1]]]); // → [[-1, -1, -1]]
 * conv1d([[1, 2, 3, 4]], [[[1, 0, 1]]], [10], { padding: 'same' }); // → [[12, 14, 16, 13]]
 */
export function conv1d(input: TensorLike, weight: TensorLike, bias?: TensorLike | null, options: ConvOptions = {}): Tensor {
  return convolution('conv1d', 1, input, weight, bias, options);
}

/**
 * Convolution of images (without flipping the kernel, as everywhere in machine learning):
 * y[n, o, r, s] = b[o] + Σ_{c,i,j} x[n, c, r·stride + i·dilation, s·stride + j·dilation]·w[o, c, i, j] on x framed by `padding` zeros.
 * Input [N, C, H, W] or [C, H, W], weight [O, C/groups, kh, kw], bias [O] or none → [N, O, H′, W′] with
 * H′ = ⌊(H + 2·padding − dilation·(kh − 1) − 1)/stride⌋ + 1. Gradients of any order.
 * @throws ShapeError for shapes that do not fit; UsageError for options out of range.
 * @see torch.nn.functional.conv2d
 * @example
 * conv2d([[[1, 2, 3], [4, 5, 6], [7, 8, 9]]], [[[[1, 0], [0, 1]]]]); // → [[[6, 8], [12, 14]]]
 * conv2d(ones([2, 3, 8, 8]), ones([6, 1, 3, 3]), null, { groups: 3, stride: 2, padding: 1 }).shape; // → [2, 6, 4, 4]
 */
export function conv2d(input: TensorLike, weight: TensorLike, bias?: TensorLike | null, options: ConvOptions = {}): Tensor {
  return convolution('conv2d', 2, input, weight, bias, options);
}
