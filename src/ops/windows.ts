/**
 * @file Overlapping windows along axes, and their transpose, the overlapping sum: what convolution and pooling are made of.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { normalizeAxis, type Shape, showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { countOf, foldWindows, unfoldWindows, type Window, type WindowAttrs } from '../kernels/windows.js';
import { defineOp, type Draw, floatOf, type Op, reals, sameDType } from './define.js';
import { reshape, transpose } from './shaping.js';

interface FoldAttrs extends WindowAttrs {
  /** The shape of what the windows are added up to. */
  readonly shape: Shape;
}

/** Shape of the windows: window axes stand before the axes that count them, so that a convolution is one matrix product. */
function windowsShape(shape: Shape, { axis, windows }: WindowAttrs): number[] {
  const counts = windows.map((w, i) => countOf(shape[axis + i]!, w));
  return [...shape.slice(0, axis), ...windows.map((w) => w.size), ...counts, ...shape.slice(axis + windows.length)];
}

/** A shape and windows that fit in it. */
function sampleWindows(draw: Draw): { shape: number[]; attrs: WindowAttrs } {
  const windows = Array.from({ length: draw.int(1, 2) }, () => ({ size: draw.int(1, 3), step: draw.int(1, 3), dilation: draw.int(1, 2) }));
  const lengths = windows.map(({ size, dilation }) => dilation * (size - 1) + draw.int(1, 4));
  const [outer, inner] = [draw.pick<number[]>([[], [2]]), draw.pick<number[]>([[], [2]])];
  return { shape: [...outer, ...lengths, ...inner], attrs: { axis: outer.length, windows } };
}

const unfoldOp: Op<['x'], WindowAttrs> = defineOp({
  name: 'unfold',
  inputs: ['x'],
  doc: 'overlapping windows along one axis or two: out[…, i, j, r, s, …] = x[…, r·step + i·dilation, s·step + j·dilation, …]',
  shape: ([x], attrs) => windowsShape(x!.shape, attrs),
  dtype: sameDType,
  kernel: ([x], out, attrs) => unfoldWindows(x!, out, attrs),
  vjp: { x: ({ g, x, attrs }) => foldOp(g, { ...attrs, shape: x.shape }) },
  batch: ([x], attrs) => unfoldOp(x!, { ...attrs, axis: attrs.axis + 1 }),
  sample: (draw) => {
    const { shape, attrs } = sampleWindows(draw);
    return { inputs: [draw.values(shape, reals)], attrs };
  },
  errors: [
    { call: () => unfold([1, 2, 3], 4), message: /^unfold: no window fits: size 4, dilation 1 on an axis of 3$/ },
    { call: () => unfold([1, 2, 3], 2, { step: 0 }), message: /^unfold: step must be a positive integer: got 0$/ },
  ],
});

const foldOp: Op<['x'], FoldAttrs> = defineOp({
  name: 'fold',
  inputs: ['x'],
  doc: 'windows added up where they came from: the transpose of unfold',
  shape: (_, { shape }) => shape,
  dtype: floatOf,
  kernel: ([x], out, attrs) => foldWindows(x!, out, attrs),
  vjp: { x: ({ g, attrs: { axis, windows } }) => unfoldOp(g, { axis, windows }) },
  batch: ([x], attrs, { size }) => foldOp(x!, { ...attrs, axis: attrs.axis + 1, shape: [size, ...attrs.shape] }),
  sample: (draw) => {
    const { shape, attrs } = sampleWindows(draw);
    return { inputs: [draw.values(windowsShape(shape, attrs), reals)], attrs: { ...attrs, shape } };
  },
  errors: [
    {
      call: () =>
        fold(
          [
            [1, 2],
            [3, 4],
          ],
          4,
        ),
      message: /^fold: an axis of 4 has 3 windows of 2: got 2: \[2,2\]$/,
    },
  ],
});

/** Windows along axes that follow one another, from `axis` on; the window axes stand before them. No checks: callers have made them. */
export function windowsOf(x: Tensor, axis: number, windows: readonly Window[]): Tensor {
  // windows of single elements, one after another, are the elements
  if (windows.every(({ size, step }) => size === 1 && step === 1)) return reshape(x, windowsShape(x.shape, { axis, windows }));
  return unfoldOp(x, { axis, windows });
}

/** Options of `unfold` and `fold`. */
export interface WindowOptions {
  /** The axis; default −1, the last. For `fold`, among the axes of the result. */
  axis?: number;
  /** From one window to the next; default 1. */
  step?: number;
  /** From one element of a window to the next; default 1. */
  dilation?: number;
}

/** Throws unless it is a positive integer. */
export function checkPositive(op: string, name: string, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) < 1)
    throw new UsageError(op, `${name} must be a positive integer`, `got ${String(value)}`);
}

function windowOf(op: string, size: number, options: WindowOptions): Window {
  checkOptions(op, options, ['axis', 'step', 'dilation']);
  const window = { size, step: options.step ?? 1, dilation: options.dilation ?? 1 };
  for (const [name, value] of Object.entries(window)) checkPositive(op, name, value);
  return window;
}

/** Throws unless at least one window fits. */
export function checkFits(op: string, n: number, window: Window): void {
  if (countOf(n, window) < 1)
    throw new ShapeError(op, 'no window fits', `size ${window.size}, dilation ${window.dilation} on an axis of ${n}`);
}

/** Where the axes of the op go, so that the window axis is the last: […, size, count, …] → […, count, …, size]. */
const windowLast = (rank: number, axis: number): number[] => [...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis), axis];

/**
 * All windows of `size` elements along an axis; the window is a new last axis, and the axis counts the windows:
 * out[…, r, …, i] = x[…, r·step + i·dilation, …].
 * @throws UsageError unless size, step and dilation are positive integers; ShapeError when no window fits.
 * @see torch.Tensor.unfold
 * @example
 * unfold([1, 2, 3, 4], 2); // → [[1, 2], [2, 3], [3, 4]]
 * unfold([1, 2, 3, 4, 5], 2, { step: 2, dilation: 2 }); // → [[1, 3], [3, 5]]
 */
export function unfold(x: TensorLike, size: number, options: WindowOptions = {}): Tensor {
  const t = toTensor(x, 'unfold');
  const window = windowOf('unfold', size, options);
  const axis = normalizeAxis('unfold', options.axis ?? -1, t.ndim);
  checkFits('unfold', t.shape[axis]!, window);
  return transpose(windowsOf(t, axis, [window]), windowLast(t.ndim + 1, axis));
}

/**
 * Windows added up where they came from, the transpose of `unfold`: an axis of `length` elements instead of the one that counts windows
 * and the last, which holds them. Elements in no window are 0.
 * @throws UsageError unless the numbers are positive integers; ShapeError when an axis of `length` has another number of windows.
 * @example
 * fold([[1, 2], [2, 3], [3, 4]], 4); // → [1, 4, 6, 4]
 */
export function fold(x: TensorLike, length: number, options: WindowOptions = {}): Tensor {
  const t = toTensor(x, 'fold');
  if (t.ndim < 2) throw new ShapeError('fold', 'needs an axis of windows and one inside them', showShape(t.shape));
  const size = t.shape[t.ndim - 1]!;
  const window = windowOf('fold', size, options);
  checkPositive('fold', 'length', length);
  const axis = normalizeAxis('fold', options.axis ?? -1, t.ndim - 1);
  const count = Math.max(0, countOf(length, window));
  if (t.shape[axis] !== count)
    throw new ShapeError('fold', `an axis of ${length} has ${count} windows of ${size}`, `got ${t.shape[axis]}`, showShape(t.shape));
  const order = windowLast(t.ndim, axis);
  const back = order.map((_, i) => order.indexOf(i));
  const shape = t.shape.slice(0, -1).map((n, i) => (i === axis ? length : n));
  return foldOp(transpose(t, back), { axis, windows: [window], shape });
}
