/**
 * @file Images as tensors, the linear classifier, and counts of parameters: sizes are read off tensors that are really made.
 */
import {
  add,
  arange,
  clip,
  eq,
  ge,
  lt,
  matmul,
  max,
  mean,
  min,
  mul,
  ones,
  outer,
  pow,
  reshape,
  sum,
  type Tensor,
  triu,
  zeros,
} from 'chainrule';
import { countIn, countsIn, IllFormed, type Inputs, numberIn, tensorIn } from '../inputs.js';
import { type Json, valueOf } from '../value.js';
import { type Recompute } from './recompute.js';

const PIXEL = { min: 0, max: 255 };

/** The range a block of pixels needs: 0 to 255, unless a pixel lies outside. */
function pixelRange(inputs: Inputs): Json {
  const grid = tensorIn(inputs, 'grid');
  const fits = sum(eq(clip(grid, PIXEL.min, PIXEL.max), grid)).item() === grid.size;
  if (fits) return { min_allowed: PIXEL.min, max_allowed: PIXEL.max };
  return { min_allowed: Math.min(PIXEL.min, min(grid).item()), max_allowed: Math.max(PIXEL.max, max(grid).item()) };
}

function gridStatistics(inputs: Inputs): Json {
  const grid = tensorIn(inputs, 'grid', 2);
  const [rows, cols] = grid.shape;
  return { rows: rows!, cols: cols!, sum: sum(grid).item(), mean: mean(grid).item(), min: min(grid).item(), max: max(grid).item() };
}

/** Counts in equal bins; the upper end of the range belongs to no bin, as in "[0, 256)". */
function histogram(inputs: Inputs): Json {
  const grid = reshape(tensorIn(inputs, 'grid'), [-1]);
  const bins = countIn(inputs, 'bins');
  const [low, high] = tensorIn(inputs, 'range', 1).data;
  if (low === undefined || high === undefined || !(low < high)) throw new IllFormed('inputs.range: expected [low, high]');
  const from = (i: number): number => sum(ge(grid, low + ((high - low) * i) / bins)).item();
  return Array.from({ length: bins }, (_, i) => from(i) - from(i + 1));
}

/** The number of elements of a tensor of this shape. */
function sizeOf(shape: number[]): number {
  return reshape(zeros(shape, { dtype: 'bool' }), [-1]).shape[0];
}

function product(inputs: Inputs): Tensor {
  return matmul(tensorIn(inputs, 'W', 2), tensorIn(inputs, 'x', 1));
}

/** Score number `i` of Wx + b; the lecture's classes are cat, dog, ship in this order. */
function score(i: number): Recompute {
  return (inputs) => {
    const value = add(product(inputs), tensorIn(inputs, 'b', 1)).data[i];
    if (value === undefined) throw new IllFormed(`inputs.W: expected more than ${i} rows`);
    return value;
  };
}

/**
 * Weights of a polynomial of degree 2 in d variables. With z = (1, x₁ … x_d) its terms are the different products z_a z_b: one for
 * each entry on or above the diagonal of the outer product of z with itself.
 */
export function quadraticTerms(d: number): Tensor {
  const z = ones([d + 1]);
  return triu(outer(z, z));
}

export const linear: Readonly<Record<string, Recompute>> = {
  'image-grid-24x16': pixelRange,
  'image-grid-24x16-stats': gridStatistics,
  'image-grid-8bin-histogram': histogram,
  'image-size-1920x1080x3': (inputs) => sizeOf(countsIn(inputs, 'shape')),
  'cifar-flat-3072': (inputs) => sizeOf(countsIn(inputs, 'shape')),
  'linear-param-count-cifar': (inputs) => {
    const W = sizeOf(countsIn(inputs, 'W'));
    return { W, W_plus_b: W + sizeOf(countsIn(inputs, 'b')) };
  },
  'mnist-784': (inputs) => sizeOf([countIn(inputs, 'h'), countIn(inputs, 'w')]),
  'mnist-2pow784': (inputs) => pow(numberIn(inputs, 'base'), numberIn(inputs, 'exp')).item(),
  'vars-linear-d+1': (inputs) => sizeOf([countIn(inputs, 'd')]) + sizeOf([1]),
  'vars-quadratic-d1': (inputs) => sum(quadraticTerms(countIn(inputs, 'd'))).item(),
  'vars-quadratic-d2': (inputs) => sum(quadraticTerms(countIn(inputs, 'd'))).item(),
  'vars-quadratic-d3': (inputs) => sum(quadraticTerms(countIn(inputs, 'd'))).item(),
  'vars-quadratic-d784': (inputs) => sum(quadraticTerms(countIn(inputs, 'd'))).item(),
  // A polynomial of order n is Σ a_k x^k with k = 0 … n: one coefficient for each power.
  'poly12-coefficients': (inputs) => countsIn(inputs, 'orders').map((order) => arange(order + 1).size),
  'linear4px-cat': score(0),
  'linear4px-dog': score(1),
  'linear4px-ship': score(2),
  'linear4px-Wx-without-bias': (inputs) => valueOf(product(inputs)),
  // Fold 0 holds the examples i with ⌊i · folds / N⌋ = 0.
  'cv-fold-size-cifar': (inputs) => {
    const N = countIn(inputs, 'N');
    return sum(lt(mul(arange(N), countIn(inputs, 'folds')), N)).item();
  },
};
