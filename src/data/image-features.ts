/**
 * @file Features of images that count: colour histograms and histograms of oriented gradients. Counting has no derivative, so what comes
 * out is a constant on the tape.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions, DataError, ShapeError, UsageError } from '../graph/errors.js';
import { showShape } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import { add, mul } from '../ops/arithmetic.js';
import { take } from '../ops/indexing.js';

/** Options of `colorHistogram`. */
export interface HistogramFeatureOptions {
  /** Bins a channel; default 8. */
  bins?: number;
  /** Values from the first up to, not including, the second; default [0, 256]. */
  range?: readonly [low: number, high: number];
  /** Divide by the number of pixels? Default false. */
  normalize?: boolean;
}

function count(op: string, name: string, n: number): void {
  if (!Number.isInteger(n) || n < 1) throw new UsageError(op, `${name} must be a whole number from 1`, String(n));
}

function images(op: string, x: TensorLike): { t: Tensor; n: number; channels: number; h: number; w: number } {
  const t = toTensor(x, op);
  if (t.ndim !== 3 && t.ndim !== 4) throw new ShapeError(op, 'images must be [N,H,W] or [N,C,H,W]', `got ${showShape(t.shape)}`);
  const [h, w] = t.shape.slice(-2) as [number, number];
  return { t, n: t.shape[0]!, channels: t.ndim === 4 ? t.shape[1]! : 1, h, w };
}

/**
 * How many pixels of each channel fall into each of `bins` equal intervals: images [N, C, H, W] (or [N, H, W]) → [N, C·bins],
 * channel by channel. Counts have no derivative: they are constants on the tape.
 * @throws ShapeError for other shapes; UsageError for bins or a range that make no sense; DataError for a value outside the range.
 * @see lecture 001:976; system 36
 * @example
 * colorHistogram([[[0, 100], [200, 255]]], { bins: 2 }); // → [[2, 2]]
 */
export function colorHistogram(x: TensorLike, options: HistogramFeatureOptions = {}): Tensor {
  checkOptions('colorHistogram', options, ['bins', 'range', 'normalize']);
  const { bins = 8, range = [0, 256], normalize = false } = options;
  count('colorHistogram', 'bins', bins);
  const [low, high] = range;
  if (!(low < high && high - low < Infinity))
    throw new UsageError('colorHistogram', 'range must be [low, high] with low < high, both finite', `[${range.join(', ')}]`);
  const { t, n, channels, h, w } = images('colorHistogram', x);
  const out = new Float64Array(n * channels * bins);
  t.data.forEach((v: number, i: number) => {
    if (!(v >= low && v < high))
      throw new DataError('colorHistogram', 'a pixel is outside the range', `${v} is not in [${low}, ${high})`, 'pass { range }');
    // The quotient of a value just below the end may round up to 1.
    const bin = Math.min(bins - 1, Math.floor(((v - low) / (high - low)) * bins));
    out[Math.floor(i / (h * w)) * bins + bin]! += 1;
  });
  // Counts are divided, not shares added: whole numbers add up without rounding.
  if (normalize) for (let i = 0; i < out.length; i++) out[i]! /= h * w;
  return new Tensor([n, channels * bins], 'float64', out, null);
}

/**
 * Histograms [N, C·bins] smoothed along their bins by a kernel of odd length, default [0.25, 0.5, 0.25]. At the ends the histogram is
 * reflected, so that the total stays where the kernel is symmetric and adds up to 1.
 * An expression: it has gradients.
 * @throws UsageError for a kernel of even length or bins that do not divide the columns.
 * @see lecture 001:994; system 37
 * @example
 * smoothHistogram([[4, 0, 0, 0]], { bins: 4 }); // → [[3, 1, 0, 0]]
 */
export function smoothHistogram(x: TensorLike, options: { bins?: number; kernel?: readonly number[] } = {}): Tensor {
  checkOptions('smoothHistogram', options, ['bins', 'kernel']);
  const t = toTensor(x, 'smoothHistogram');
  const { bins = 8, kernel = [0.25, 0.5, 0.25] } = options;
  count('smoothHistogram', 'bins', bins);
  if (t.ndim !== 2 || t.shape[1]! % bins !== 0)
    throw new ShapeError('smoothHistogram', `histograms must be [N, C·${bins}]`, `got ${showShape(t.shape)}`, 'pass { bins }');
  if (kernel.length % 2 === 0 || kernel.length > 2 * bins)
    throw new UsageError('smoothHistogram', 'the kernel must have odd length, less than twice the bins', `[${kernel.join(', ')}]`);
  const half = (kernel.length - 1) / 2;
  const reflected = (i: number): number => (i < 0 ? -1 - i : i >= bins ? 2 * bins - 1 - i : i);
  const terms = kernel.map((weight, k) => {
    const from = Int32Array.from({ length: t.shape[1]! }, (_, j) => Math.floor(j / bins) * bins + reflected((j % bins) + k - half));
    return mul(take(t, from, { axis: 1 }), weight);
  });
  return terms.reduce((a, b) => add(a, b));
}

/** Options of `hog`. */
export interface HogOptions {
  /** Side of a cell in pixels; default 8. Pixels beyond the last whole cell are left out. */
  cell?: number;
  /** Orientations from 0° up to 180°; default 9. */
  bins?: number;
}

/**
 * Histogram of oriented gradients: in every cell each pixel votes for the orientation of its gradient (centred differences, the channel
 * with the largest), by its magnitude, shared between the two nearest orientations; each cell is then scaled to length 1.
 * Images [N, H, W] or [N, C, H, W] → [N, cells·bins].
 * @throws ShapeError for other shapes or images smaller than a cell; UsageError for a cell or bins that are no positive whole numbers;
 * DataError for NaN or infinite pixels.
 * @see Dalal & Triggs 2005; lectures 001:999, 003:360; system 38
 * @example
 * const edge = [Array.from({ length: 8 }, () => [0, 0, 0, 0, 1, 1, 1, 1])]; // brighter to the right: a gradient of 0°
 * hog(edge, { bins: 4 }); // → [[1, 0, 0, 0]]
 */
export function hog(x: TensorLike, options: HogOptions = {}): Tensor {
  checkOptions('hog', options, ['cell', 'bins']);
  const { cell = 8, bins = 9 } = options;
  count('hog', 'cell', cell);
  count('hog', 'bins', bins);
  const { t, n, channels, h, w } = images('hog', x);
  const [rows, columns] = [Math.floor(h / cell), Math.floor(w / cell)];
  if (rows * columns === 0) throw new ShapeError('hog', `images are smaller than a cell of ${cell} × ${cell}`, showShape(t.shape));
  // A NaN is larger than nothing, so it would pass for a pixel without a gradient.
  const bad = t.data.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) throw new DataError('hog', `images hold ${t.data[bad]}`, `element ${bad}`, 'clean the data');
  const out = new Float64Array(n * rows * columns * bins);
  for (let i = 0; i < n; i++) {
    for (let y = 0; y < rows * cell; y++) {
      for (let c = 0; c < columns * cell; c++) {
        const [gx, gy] = steepest(t.data, i * channels, channels, h, w, y, c);
        const at = ((((Math.atan2(gy, gx) / Math.PI) * bins) % bins) + bins) % bins; // in bins; opposite directions count alike
        const first = Math.floor(at) % bins;
        const base = ((i * rows + Math.floor(y / cell)) * columns + Math.floor(c / cell)) * bins;
        const size = Math.hypot(gx, gy);
        out[base + first]! += size * (1 - (at - Math.floor(at)));
        out[base + ((first + 1) % bins)]! += size * (at - Math.floor(at));
      }
    }
  }
  for (let base = 0; base < out.length; base += bins) {
    const norm = Math.hypot(...out.subarray(base, base + bins));
    if (norm > 0) for (let b = base; b < base + bins; b++) out[b]! /= norm;
  }
  return new Tensor([n, rows * columns * bins], 'float64', out, null);
}

/** Centred differences at one pixel (one-sided at the border), of the channel where they are largest. */
function steepest(data: ArrayLike<number>, plane: number, channels: number, h: number, w: number, y: number, x: number): [number, number] {
  let best: [number, number] = [0, 0];
  for (let c = 0; c < channels; c++) {
    const at = (row: number, column: number): number =>
      data[((plane + c) * h + Math.min(h - 1, Math.max(0, row))) * w + Math.min(w - 1, Math.max(0, column))]!;
    const gradient: [number, number] = [at(y, x + 1) - at(y, x - 1), at(y + 1, x) - at(y - 1, x)];
    if (Math.hypot(...gradient) > Math.hypot(...best)) best = gradient;
  }
  return best;
}
