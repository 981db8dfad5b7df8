/**
 * @file Fractional max pooling: an image shrinks by a factor that need not be whole, over windows that lie unevenly.
 */
import { checkOptions, ShapeError, UsageError } from '../../graph/errors.js';
import { type Shape, showShape } from '../../graph/shape.js';
import type { Tensor } from '../../graph/tensor.js';
import { max } from '../../ops/extrema.js';
import { take } from '../../ops/indexing.js';
import { uniform } from '../../ops/random.js';
import { reshape } from '../../ops/shaping.js';
import { checkCount, defineLayer, drawnFrom, type Empty, type FixedLayer } from './layer.js';

/** Two numbers, for rows and columns, or one for both. */
export type Pair = number | readonly [rows: number, columns: number];

/** How far `fractionalMaxPool2d` shrinks: one of the two must be said. */
export interface FractionalPoolOptions {
  /** Rows and columns of the output. */
  outputSize?: Pair;
  /** Output size as a share of the input's, between 0 and 1; rounded down. */
  outputRatio?: Pair;
}

const OP = 'fractionalMaxPool2d';

/** Both numbers of a pair, each checked. */
function pairOf(name: string, value: Pair, check: (name: string, v: number) => void): readonly [number, number] {
  const pair = Array.isArray(value) ? (value as readonly number[]) : [value as number, value as number];
  if (pair.length !== 2) throw new UsageError(OP, `${name} must be a number or a pair`, `got [${pair.join(', ')}]`);
  for (const v of pair) check(name, v);
  return [pair[0]!, pair[1]!];
}

/**
 * Where the windows of size k begin on an axis: ⌊(i + u)·α⌋ − ⌊u·α⌋ with α = (n − k)/(out − 1), the last one at n − k, so that
 * the first window begins at 0 and the last ends at the end.
 */
function starts(n: number, out: number, k: number, u: number): number[] {
  const alpha = (n - k) / (out - 1);
  return Array.from({ length: out }, (_, i) => (i === out - 1 ? n - k : Math.floor((i + u) * alpha) - Math.floor(u * alpha)));
}

/** Throws unless windows of size k, each beginning after the one before, fit the axis. */
function checkFit(shape: Shape, n: number, out: number, k: number): void {
  const x = `x ${showShape(shape)}`;
  if (out < 1) throw new ShapeError(OP, `the ratio leaves nothing of an axis of ${n}`, x);
  if (k > n) throw new ShapeError(OP, `an axis of ${n} has no room for a window of ${k}`, x);
  if (out + k - 1 > n) throw new ShapeError(OP, `an axis of ${n} has no room for ${out} windows of ${k}`, x, `1 … ${n - k + 1} fit`);
}

/**
 * Maxima over windows of kernelSize that begin at a pseudo-random sequence of steps of two sizes: x [N, C, H, W] or [C, H, W] →
 * the same with H and W shrunk. One u on [0, 1) is drawn an axis and call, rows first, and shared by all samples and channels (torch
 * draws one for each of them). It is drawn from the generator wherever one is given; evaluation without one takes u = ½, so that
 * it is deterministic (torch draws in evaluation too). Ties share the gradient evenly.
 * @throws UsageError unless one of the two sizes is said, and in training without a generator; ShapeError for x of another rank or
 * too small for the windows.
 * @see Graham 2014, fractional max-pooling; torch.nn.FractionalMaxPool2d; lectures 001:1445, 004:658
 * @example
 * const pool = fractionalMaxPool2d(2, { outputSize: [1, 3] });
 * const x = tensor([[[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]]);
 * pool.apply({}, x, { train: false, state: {} })[0]; // → [[[7, 9, 11]]]
 */
export function fractionalMaxPool2d(kernelSize: Pair, options: FractionalPoolOptions): FixedLayer<Empty, Empty> {
  checkOptions(OP, options, ['outputSize', 'outputRatio']);
  const { outputSize, outputRatio } = options ?? {};
  if ((outputSize === undefined) === (outputRatio === undefined))
    throw new UsageError(OP, 'needs either outputSize or outputRatio', outputSize === undefined ? 'got neither' : 'got both');
  const positive = (name: string, v: number): void => checkCount(OP, name, v);
  const kernel = pairOf('kernelSize', kernelSize, positive);
  const size = outputSize === undefined ? undefined : pairOf('outputSize', outputSize, positive);
  const ratio =
    outputRatio === undefined
      ? undefined
      : pairOf('outputRatio', outputRatio, (name, v) => {
          if (!(v > 0 && v < 1)) throw new UsageError(OP, `${name} must be between 0 and 1`, `got ${String(v)}`);
        });
  return defineLayer<Empty, Empty>({
    name: OP,
    init: () => ({ params: {}, state: {} }),
    apply(_params, x, own) {
      if (x.ndim !== 3 && x.ndim !== 4) throw new ShapeError(OP, 'x must be [N, C, H, W] or [C, H, W]', `got ${showShape(x.shape)}`);
      const lead = x.shape.slice(0, -2);
      const from = x.shape.slice(-2) as [number, number];
      const to = [0, 1].map((a) => size?.[a] ?? Math.floor(from[a]! * ratio![a]!)) as [number, number];
      from.forEach((n, a) => checkFit(x.shape, n, to[a]!, kernel[a]!));
      const draws = own.train || own.generator !== undefined;
      const u = draws ? uniform([2], { generator: drawnFrom(OP, own) }).data : [0.5, 0.5];
      let windows: Tensor = x;
      from.forEach((n, a) => {
        const indices = starts(n, to[a]!, kernel[a]!, u[a]!).flatMap((s) => Array.from({ length: kernel[a]! }, (_, j) => s + j));
        windows = take(windows, indices, { axis: a - 2 });
      });
      const split = reshape(windows, [...lead, to[0], kernel[0], to[1], kernel[1]]);
      return [max(split, { axis: [-3, -1] }), own.state];
    },
  });
}
