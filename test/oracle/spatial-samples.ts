/**
 * @file Calls of windows, convolutions, poolings and linear algebra. No two numbers of an image are nearer than 0.05, so that maxima stay
 * where they are; matrices are far from singular.
 */
import type { CompositeSample } from './samples.js';

type Nested = number | Nested[];

/** Numbers in [−2.5, 2.5] that never tie, as nested arrays. */
function image(shape: readonly number[], seed = 0): Nested {
  let k = seed;
  const fill = ([n, ...rest]: readonly number[]): Nested =>
    n === undefined ? ((k++ * 37) % 101) / 20 - 2.5 : Array.from({ length: n }, () => fill(rest));
  return fill(shape);
}

const call = (label: string, args: readonly unknown[], differentiable: readonly number[] = [0]): CompositeSample['cases'][number] => ({
  label,
  args,
  differentiable,
});
const all = [0, 1, 2];

const regular = [
  [0.3, 2.1, -0.4],
  [1.9, -0.2, 0.6],
  [0.5, 0.8, -2.4],
];
const batch = [regular, regular.map((row) => row.map((v) => -0.5 * v))];
const triangular = [
  [1.5, 0.4, -0.7],
  [0.9, -2.1, 0.3],
  [0.2, 0.8, 1.2],
];

/** Rows of compositeSamples. */
export const spatialSamples: readonly CompositeSample[] = [
  {
    name: 'unfold',
    cases: [
      call('vector', [image([5]), 2]),
      call('step and dilation', [image([7]), 2, { step: 3, dilation: 2 }]),
      call('axis 0', [image([4, 2]), 3, { axis: 0 }]),
    ],
  },
  {
    name: 'fold',
    cases: [
      call('vector', [image([4, 2]), 5]),
      call('gaps and overlaps', [image([2, 2]), 8, { step: 3, dilation: 2 }]),
      call('axis 0', [image([2, 2, 3]), 4, { axis: 0 }]),
    ],
  },
  {
    name: 'conv1d',
    cases: [
      call('plain', [image([2, 2, 5]), image([3, 2, 2], 50)], [0, 1]),
      call('one sample, bias', [image([2, 5]), image([3, 2, 2], 50), [0.3, -1, 0.7]], all),
      call('stride, padding, dilation', [image([1, 1, 6]), image([2, 1, 2], 50), null, { stride: 2, padding: 1, dilation: 3 }], [0, 1]),
      call('same', [image([1, 1, 4]), image([1, 1, 4], 50), [0.5], { padding: 'same' }], all),
    ],
  },
  {
    name: 'conv2d',
    cases: [
      call('plain', [image([2, 2, 3, 4]), image([2, 2, 2, 2], 50)], [0, 1]),
      call('one image, bias', [image([1, 4, 3]), image([2, 1, 2, 3], 50), [0.3, -1]], all),
      call('stride, padding', [image([1, 2, 4, 3]), image([1, 2, 3, 2], 50), [0.4], { stride: 2, padding: [1, 0] }], all),
      call('pairs', [image([1, 1, 5, 4]), image([2, 1, 2, 2], 50), null, { stride: [1, 2], dilation: [3, 1], padding: [0, 1] }], [0, 1]),
      call('groups', [image([2, 4, 2, 3]), image([2, 2, 2, 2], 50), [0.1, 0.2], { groups: 2 }], all),
      call('a group for every channel', [image([1, 2, 3, 3]), image([4, 1, 2, 2], 50), null, { groups: 2 }], [0, 1]),
      call('same, even kernel', [image([1, 1, 3, 3]), image([1, 1, 2, 2], 50), null, { padding: 'same', dilation: [1, 2] }], [0, 1]),
      call('valid', [image([1, 1, 3, 3]), image([1, 1, 1, 1], 50), null, { padding: 'valid' }], [0, 1]),
    ],
  },
  {
    name: 'maxPool1d',
    cases: [call('halves', [image([2, 2, 4]), 2]), call('padding, dilation', [image([1, 6]), 2, { stride: 1, padding: 1, dilation: 2 }])],
  },
  {
    name: 'maxPool2d',
    cases: [
      call('halves', [image([1, 2, 4, 5]), 2]),
      call('overlapping, padding', [image([1, 5, 4]), [3, 2], { stride: [2, 1], padding: 1 }]),
      call('dilation', [image([2, 1, 4, 4]), 2, { stride: 1, dilation: [2, 1] }]),
    ],
  },
  {
    name: 'avgPool1d',
    cases: [
      call('halves', [image([2, 2, 4]), 2]),
      call('padding is counted', [image([1, 5]), 3, { stride: 2, padding: 1 }]),
      call('padding is not counted', [image([1, 5]), 3, { stride: 2, padding: 1, countIncludePad: false }]),
    ],
  },
  {
    name: 'avgPool2d',
    cases: [
      call('halves', [image([1, 2, 4, 5]), 2]),
      call('padding is counted', [image([1, 3, 4]), [3, 2], { stride: [2, 1], padding: 1 }]),
      call('padding is not counted', [image([1, 3, 4]), [3, 2], { stride: [2, 1], padding: 1, countIncludePad: false }]),
    ],
  },
  { name: 'inv', cases: [call('3 × 3', [regular]), call('batch', [batch]), call('1 × 1', [[[0.4]]])] },
  {
    name: 'solve',
    cases: [
      call('a vector', [regular, [0.4, -1.2, 0.9]], [0, 1]),
      call('a matrix', [regular, image([3, 2])], [0, 1]),
      call('a batch and a vector', [batch, [0.4, -1.2, 0.9]], [0, 1]),
      call('one matrix, a batch of right sides', [regular, image([2, 3, 1])], [0, 1]),
    ],
  },
  {
    name: 'solveTriangular',
    cases: [
      call('upper', [triangular, [0.4, -1.2, 0.9]], [0, 1]),
      call('lower', [triangular, image([3, 2]), { lower: true }], [0, 1]),
      call('transposed', [triangular, image([2, 3, 2]), { transposed: true }], [0, 1]),
      call('lower, transposed', [triangular, image([3, 1]), { lower: true, transposed: true }], [0, 1]),
    ],
  },
];
