/**
 * @file Calls of the functions that order, select, move and contract: values are far enough apart that no order depends on rounding.
 */
import type { CompositeCase, CompositeSample } from './samples.js';

const call = (label: string, args: readonly unknown[], differentiable: readonly number[] = [0]): CompositeCase => ({
  label,
  args,
  differentiable,
});

const vector = [0.7, -1.2, 2.1, 0.3];
const matrix = [
  [0.7, -1.2, 2.1],
  [-0.4, 1.6, 0.25],
];
const square = [
  [0.3, -0.8, 1.2],
  [1.1, 0.4, -0.6],
  [-0.2, 0.9, 0.5],
];
const cube = [
  [
    [0.7, -1.2, 2.1],
    [-0.4, 1.6, 0.25],
  ],
  [
    [1.1, -2.3, -0.15],
    [0.5, -0.9, 1.3],
  ],
];
const ints = (...values: number[]): Int32Array => Int32Array.from(values);

const alongAxis = (name: string, options: Readonly<Record<string, unknown>>, differentiable: readonly number[] = [0]): CompositeCase[] => [
  call(`${name} of a vector`, [vector, options], differentiable),
  call(`${name} along the last axis`, [matrix, options], differentiable),
  call(`${name} along axis 0`, [square, { axis: 0, ...options }], differentiable),
  call(`${name} along axis -2 of three`, [cube, { axis: -2, ...options }], differentiable),
];
const reductions = (...more: readonly unknown[]): CompositeCase[] => [
  call('all of an even number', [vector, ...more]),
  call('all of an odd number', [square, ...more]),
  call('axis 0', [square, ...more, { axis: 0 }]),
  call('last axis, kept', [matrix, ...more, { axis: -1, keepdims: true }]),
  call('axes [0, 2]', [cube, ...more, { axis: [0, 2] }]),
  call('axes [-1, 1], kept', [cube, ...more, { axis: [-1, 1], keepdims: true }]),
  call('one element', [[0.7], ...more]),
];

/** Four to two dozen calls a function. */
export const movementSamples: readonly CompositeSample[] = [
  {
    name: 'sort',
    cases: [
      ...alongAxis('up', {}),
      ...alongAxis('down', { descending: true }),
      call('ties and NaN', [[2, NaN, 1, 2, -0, 0, NaN, -Infinity, Infinity]], []),
      call('ties and NaN, down', [[2, NaN, 1, 2, -0, 0, NaN, -Infinity, Infinity], { descending: true }], []),
    ],
  },
  {
    name: 'argsort',
    cases: [
      ...alongAxis('up', {}, []),
      ...alongAxis('down', { descending: true }, []),
      call('ties and NaN', [[2, NaN, 1, 2, -0, 0, NaN, -Infinity, Infinity]], []),
      call('ties and NaN, down', [[2, NaN, 1, 2, -0, 0, NaN, -Infinity, Infinity], { descending: true }], []),
    ],
  },
  {
    name: 'median',
    cases: [
      ...reductions(),
      call('NaN', [
        [
          [1, NaN, 2],
          [1, 2, 3],
        ],
        { axis: 1 },
      ], []), // prettier-ignore
      call('infinite', [[Infinity, -Infinity, Infinity, Infinity]], []),
    ],
  },
  {
    name: 'quantile',
    cases: [
      ...reductions(0.3),
      ...reductions([0, 0.5, 0.9, 1]),
      call('a list of one', [matrix, [0.25], { axis: 0 }]),
      call(
        'NaN',
        [
          [1, NaN, 2],
          [0, 1],
        ],
        [],
      ),
      call(
        'infinite',
        [
          [Infinity, 1, 2, Infinity],
          [0, 0.4, 0.9, 1],
        ],
        [],
      ),
    ],
  },
  {
    name: 'roll',
    cases: [
      call('forwards', [vector, 1]),
      call('backwards, more than once around', [vector, -6]),
      call('as one row', [matrix, 2]),
      call('an axis', [matrix, 1, { axis: 1 }]),
      call('two axes', [cube, [1, -1], { axis: [0, -1] }]),
      call('one axis twice', [matrix, [1, 1], { axis: [1, 1] }]),
      call('nothing', [matrix, 3, { axis: 1 }]),
    ],
  },
  {
    name: 'tile',
    cases: [
      call('vector', [vector, 2]),
      call('new axes', [vector, [2, 1, 3]]),
      call('fewer numbers than axes', [cube, [2, 2]]),
      call('each axis', [matrix, [2, 3]]),
      call('none', [matrix, [2, 0]], []),
    ],
  },
  {
    name: 'repeat',
    cases: [
      call('vector', [vector, 2]),
      call('flattened', [matrix, 2]),
      call('axis 0', [matrix, 3, { axis: 0 }]),
      call('last axis', [cube, 2, { axis: -1 }]),
      call('a list', [matrix, [2, 0, 1], { axis: 1 }]),
    ],
  },
  {
    name: 'diagonal',
    cases: [
      call('square', [square]),
      call('wide, above', [matrix, { offset: 1 }]),
      call('wide, below', [matrix, { offset: -1 }]),
      call('beyond', [matrix, { offset: 7 }], []),
      call('other axes', [cube, { axis1: -1, axis2: 0 }]),
      call('other axes, above', [cube, { axis1: 1, axis2: 2, offset: 1 }]),
    ],
  },
  {
    name: 'trace',
    cases: [
      call('square', [square]),
      call('wide, above', [matrix, { offset: 1 }]),
      call('batch', [cube, { axis1: -2, axis2: -1 }]),
      call('beyond', [matrix, { offset: -2 }], []),
    ],
  },
  {
    name: 'at',
    cases: [
      call('an integer', [matrix, 1]),
      call('from the end', [cube, -1, [], -2]),
      call('one element', [cube, 1, 0, 2]),
      call('ranges', [cube, [], [1, null], [null, null, -2]]),
      call('dots in front', [cube, '...', 1]),
      call('dots between', [cube, 0, '...', [0, 2]]),
      call('dots for nothing', [matrix, 0, '...', 1]),
      call('nothing', [matrix]),
      call('indices', [square, ints(2, 0, 2)]),
      call('indices from the end along an axis', [matrix, [], ints(-1, 0)]),
      call('indices of two axes', [vector, [[0, 1], [3, 3]]]), // prettier-ignore
      call('indices that meet', [square, ints(0, 2, 0), ints(1, -1, 1)]),
      call('indices that broadcast', [square, [[0], [2]], ints(1, 0)]),
      call('an integer beside indices', [cube, 1, ints(0, 1), ints(2, 0)]),
      call('indices behind a range', [cube, [], ints(1, 0), ints(2, 0)]),
      call('a range between indices', [cube, ints(1, 0), [0, 2], ints(2, 0)]),
      call('an integer, a range, indices', [cube, 0, [], ints(2, 0)]),
      call('dots for no axis between indices', [cube, [], ints(1, 0), '...', ints(2, 0)]),
      call('a mask', [vector, [true, false, true, true]]),
      call('a mask of rows', [matrix, [false, true]]),
      call('a mask of two axes', [matrix, [[true, false, true], [false, true, false]]]), // prettier-ignore
      call('a mask behind a range', [cube, [], [[true, false, true], [false, true, false]]]), // prettier-ignore
      call('a mask beside indices', [square, [true, false, true], ints(1, 2)]),
      call('a mask of nothing', [vector, [false, false, false, false]], []),
      call('an empty range', [matrix, [], [2, 1]], []),
    ],
  },
  {
    name: 'maskedSelect',
    cases: [
      call('vector', [vector, [true, false, true, true]]),
      call('a mask of columns', [matrix, [true, false, true]]),
      call('x broadcast', [[0.7, -1.2], [[true, true], [false, true]]]), // prettier-ignore
      call('nothing', [vector, [false, false, false, false]], []),
    ],
  },
  {
    name: 'maskedFill',
    cases: [call('a number', [matrix, [true, false, true], 7]), call('a tensor', [matrix, [[true], [false]], [0.5, 0.25, 0.125]], [0, 2])],
  },
  {
    name: 'einsum',
    cases: [
      call('matrix product', ['ij,jk->ik', matrix, square], [1, 2]),
      call('its transpose', ['ij,kj->ki', matrix, square], [1, 2]),
      call('implicit output', ['kj,ik', square, matrix], [1, 2]),
      call('blanks', [' i j , j k -> i k ', matrix, square], [1, 2]),
      call('inner product', ['i,i', vector, [0.2, 1.1, -0.6, 0.9]], [1, 2]),
      call('outer product', ['i,j->ji', vector, [0.2, 1.1]], [1, 2]),
      call('product of elements', ['ij,ij->ij', matrix, matrix], [1, 2]),
      call('matrix and vector', ['ij,j->i', matrix, [0.2, 1.1, -0.6]], [1, 2]),
      call('vector and matrix', ['i,ij->j', [0.2, 1.1], matrix], [1, 2]),
      call('batch of products', ['bij,bkj->bik', cube, cube], [1, 2]),
      call('batch last', ['ijb,jkb->bik', cube, [[[1, 0.5, 2]], [[0.25, -1, 0.3]]]], [1, 2]), // prettier-ignore
      call('batch of inner products', ['bij,bij->b', cube, cube], [1, 2]),
      call('two sums at once', ['aij,bij->ab', cube, cube], [1, 2]),
      call('transpose', ['ij->ji', matrix], [1]),
      call('sum of all', ['ij->', matrix], [1]),
      call('sum over an axis', ['ijk->kj', cube], [1]),
      call('diagonal', ['ii->i', square], [1]),
      call('trace', ['ii', square], [1]),
      call('diagonal of a batch', ['bii->b', [square, square]], [1]),
      call('three times one letter', ['iii->i', [[[0.3, 2], [1, 5]], [[7, 1], [2, 0.4]]]], [1]), // prettier-ignore
      call('diagonal in a product', ['ii,ij->j', square, square], [1, 2]),
      call('bilinear form', ['i,ij,j', [0.2, 1.1], matrix, [0.3, -0.7, 0.9]], [1, 2, 3]),
      call('chain', ['ij,jk,kl,lm->im', matrix, square, square, [[0.5], [1.5], [-1]]], [1, 2, 3, 4]),
      call('a letter in three terms', ['i,i,i->i', [0.2, 1.1], [0.5, 2], [3, -1]], [1, 2, 3]),
      call('a letter in three terms, summed', ['ai,bi,ci->abc', matrix, square, [[0.5, 2, 1]]], [1, 2, 3]),
      call('a sum in one term only', ['ij,k->k', matrix, [0.2, 1.1]], [1, 2]),
      call('dots', ['...ij,...jk->...ik', cube, square], [1, 2]),
      call('dots that broadcast', ['...i,...i->...', [[[0.5, 2]], [[1, 0.25]]], [[1, 2], [3, 4], [5, 6]]], [1, 2]), // prettier-ignore
      call('dots without an arrow', ['b...,b...', matrix, matrix], [1, 2]),
      call('dots that are summed', ['...i->i', cube], [1]),
      call('an axis of length 1', ['ij,ij->ij', [[0.5], [2]], matrix], [1, 2]),
      call('a scalar', [',i->i', 2.5, vector], [1, 2]),
    ],
  },
  ...['any', 'all'].map((name) => ({
    name,
    cases: [
      call('numbers', [[0, NaN, 2, -0]], []),
      call('bools', [[[false, true], [false, false], [true, true]], { axis: 1 }], []), // prettier-ignore
      call('axes, kept', [[[[1, 0], [1, 1]], [[1, 0], [0, 0]]], { axis: [0, 1], keepdims: true }], []), // prettier-ignore
    ],
  })),
  { name: 'var', cases: [call('all', [vector]), call('an axis', [cube, { axis: -1, ddof: 1, keepdims: true }])] },
  { name: 'view', cases: [call('free length', [cube, [3, -1]]), call('flat', [matrix, [6]])] },
  { name: 'permute', cases: [call('cycle', [cube, [1, 2, 0]]), call('negative axes', [cube, [-1, 0, 1]])] },
  { name: 'unsqueeze', cases: [call('front', [matrix, 0]), call('end', [matrix, -1])] },
  { name: 'cat', cases: [call('vectors', [[vector, [1], [2, 3]]]), call('last axis', [[matrix, [[1], [2]]], { axis: -1 }])] },
  {
    name: 'clamp',
    cases: [call('numbers', [vector, -1, 1]), call('bounds as tensors', [matrix, [-0.5, -0.8, 0.1], [[1], [0.9]]], [0, 1, 2])],
  },
  { name: 'indexSelect', cases: [call('rows', [matrix, [1, 0, -1]]), call('columns', [matrix, [2, 2], { axis: 1 }])] },
  { name: 'isnan', cases: [call('vector', [[1, NaN, Infinity]], []), call('scalar', [NaN], [])] },
  { name: 'isfinite', cases: [call('vector', [[1, NaN, Infinity, -Infinity]], []), call('scalar', [0], [])] },
  {
    name: 'swapaxes',
    cases: [call('first and last', [cube, 0, -1]), call('neighbours', [cube, 2, 1]), call('the same', [matrix, 1, -1])],
  },
  { name: 'bmm', cases: [call('two', [cube, [square, square]], [0, 1]), call('one', [[matrix], [square]], [0, 1])] },
];
