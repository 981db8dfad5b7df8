/**
 * @file Calls of every composed function and loss, away from kinks: the differences that decide a branch are greater than 0.05.
 */

import { movementSamples } from './movement-samples.js';
import { spatialSamples } from './spatial-samples.js';

/** One call. */
export interface CompositeCase {
  readonly label: string;
  /** Numbers, nested arrays and options, as the public function takes them. */
  readonly args: readonly unknown[];
  /** Positions of the arguments to differentiate in. */
  readonly differentiable: readonly number[];
}

/** The calls of one function. */
export interface CompositeSample {
  readonly name: string;
  readonly cases: readonly CompositeCase[];
}

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
const scores = [
  [3.2, 5.1, -1.7],
  [1.3, 4.9, 2.05],
  [2.2, 2.5, -3.1],
  [0.4, -0.6, 0.15],
];
const labels = [0, 1, 2, 2];
const probabilities = [
  [0.1, 0.7, 0.2],
  [0.25, 0.35, 0.4],
];
const logProbabilities = probabilities.map((row) => row.map(Math.log));
const soft = [
  [0.2, 0.5, 0.3],
  [0.6, 0.15, 0.25],
];
const rowsOfScores = cube;
const rowsOfLabels = [
  [2, 0],
  [1, 1],
];

/** Every axis form of a reduction. */
const reductions = (extra: Readonly<Record<string, unknown>> = {}): CompositeCase[] => [
  call('all of a vector', [vector, extra]),
  call('axis 0', [matrix, { axis: 0, ...extra }]),
  call('last axis, kept', [matrix, { axis: -1, keepdims: true, ...extra }]),
  call('axes [0, 2]', [cube, { axis: [0, 2], ...extra }]),
  call('axes [-1, 1], kept', [cube, { axis: [-1, 1], keepdims: true, ...extra }]),
];
/** Every axis form of a function along one axis. */
const alongAxis: readonly CompositeCase[] = [
  call('a vector', [vector]),
  call('the last axis', [matrix]),
  call('axis 0', [matrix, { axis: 0 }]),
  call('axis -2 of three', [cube, { axis: -2 }]),
];
/** The three reductions of an elementwise loss. */
const elementwiseLoss = (
  input: unknown,
  target: unknown,
  at: readonly number[],
  extra: Readonly<Record<string, unknown>> = {},
): CompositeCase[] =>
  (['mean', 'sum', 'none'] as const).map((reduction) =>
    call([reduction, ...Object.keys(extra)].join(' '), [input, target, { reduction, ...extra }], at),
  );

/** Two to a dozen calls a function. */
export const compositeSamples: readonly CompositeSample[] = [
  {
    name: 'clip',
    cases: [
      call('numbers', [vector, -1, 1]),
      call('scalar inside', [0.4, -1, 1]),
      call('bounds as tensors', [matrix, [-0.5, -0.8, 0.1], [[1], [0.9]]], [0, 1, 2]),
    ],
  },
  { name: 'rsqrt', cases: [call('vector', [[0.7, 1.2, 2.1, 0.3]]), call('scalar', [0.4])] },
  { name: 'reciprocal', cases: [call('matrix', [matrix]), call('scalar', [-0.4])] },
  {
    name: 'xlogy',
    cases: [
      call('broadcast', [matrix, [[0.4], [2.5]]], [0, 1]),
      call('scalars', [0.7, 0.2], [0, 1]),
      call('zeros', [
        [0, 0, 0, 2],
        [0, 3, NaN, 0],
      ], []), // prettier-ignore
    ],
  },
  { name: 'logSigmoid', cases: [call('matrix', [matrix]), call('scalar', [-30])] },
  { name: 'silu', cases: [call('matrix', [matrix]), call('scalar', [-0.4])] },
  { name: 'mish', cases: [call('matrix', [matrix]), call('scalar', [-0.4])] },
  { name: 'leakyRelu', cases: [call('matrix', [matrix]), call('slope', [vector, { negativeSlope: 0.3 }])] },
  { name: 'elu', cases: [call('matrix', [matrix]), call('alpha', [vector, { alpha: 0.3 }])] },
  { name: 'selu', cases: [call('matrix', [matrix]), call('scalar', [-0.4])] },
  {
    name: 'gelu',
    cases: [
      call('matrix', [matrix]),
      call('tails', [[-5, -9, 7]]),
      call('tanh', [matrix, { approximate: 'tanh' }]),
      call('no approximation', [vector, { approximate: 'none' }]),
    ],
  },
  {
    name: 'expandDims',
    cases: [call('front', [matrix, 0]), call('end', [matrix, -1]), call('middle', [matrix, 1]), call('scalar', [0.7, 0])],
  },
  {
    name: 'squeeze',
    cases: [
      call('all', [[[[0.7], [1.2]]]]),
      call('one axis', [[[[0.7], [1.2]]], 0]),
      call('negative axis', [[[[0.7], [1.2]]], -1]),
      call('a list', [[[[0.7], [1.2]]], [0, -1]]),
    ],
  },
  {
    name: 'pad',
    cases: [
      call('vector', [vector, [[1, 2]]]),
      call('matrix', [
        matrix,
        [
          [0, 1],
          [2, 0],
        ],
      ]),
      call('a value', [
        matrix,
        [
          [1, 0],
          [0, 2],
        ],
        { value: 7.5 },
      ]),
      call('nothing', [
        matrix,
        [
          [0, 0],
          [0, 0],
        ],
        { value: -1 },
      ]),
    ],
  },
  { name: 'flip', cases: [call('vector', [vector]), call('all axes', [matrix]), call('one', [cube, -2]), call('a list', [cube, [0, -1]])] },
  {
    name: 'stack',
    cases: [
      call('vectors', [[vector, [1, 2, 3, 4]]]),
      call('scalars', [[0.5, 1.5, 2.5]]),
      call('last axis', [[matrix, cube[1]], { axis: -1 }]),
      call('axis 1', [[matrix, cube[1], matrix], { axis: 1 }]),
    ],
  },
  { name: 'mean', cases: reductions() },
  { name: 'sum', cases: [...reductions(), call('scalar', [0.7])] },
  {
    name: 'variance',
    cases: [
      ...reductions(),
      call('ddof 1', [vector, { ddof: 1 }]),
      call('ddof 1 over axes', [cube, { ddof: 1, axis: [0, -1], keepdims: true }]),
    ],
  },
  {
    name: 'std',
    cases: [...reductions(), call('ddof 1', [vector, { ddof: 1 }]), call('ddof 2 over an axis', [cube, { ddof: 2, axis: -1 }])],
  },
  {
    name: 'pairwiseDistance',
    cases: [
      ...['l1', 'l2', 'sqeuclidean', 'chebyshev', 'cosine'].map((metric) => call(metric, [scores, matrix, { metric }], [0, 1])),
      call('minkowski 3', [scores, matrix, { metric: 'minkowski', p: 3 }], [0, 1]),
    ],
  },
  {
    name: 'norm',
    cases: [1, 2, 3, Infinity, 1.5].flatMap((ord) => reductions({ ord }).map((c) => ({ ...c, label: `ord ${ord}, ${c.label}` }))),
  },
  {
    name: 'prod',
    cases: [
      ...reductions(),
      call('one zero', [[0.5, 0, 2, 3]]),
      call('two zeros', [
        [
          [0.5, 0],
          [0, 3],
        ],
        { axis: 1 },
      ]),
    ],
  },
  { name: 'logsumexp', cases: [...reductions(), call('scalar', [0.7]), call('one element', [[[0.7], [1.2]], { axis: -1 }])] },
  { name: 'amax', cases: reductions() },
  { name: 'max', cases: reductions() },
  { name: 'min', cases: reductions() },
  { name: 'argmax', cases: alongAxis.map((c) => ({ ...c, differentiable: [] })) },
  { name: 'argmin', cases: alongAxis.map((c) => ({ ...c, differentiable: [] })) },
  { name: 'cumsum', cases: alongAxis },
  {
    name: 'cumprod',
    cases: [
      ...alongAxis,
      call('zeros', [[0.5, 0, 2, 0, 3]]),
      call('zero at the front', [
        [
          [0, 1.5],
          [2, 0],
        ],
        { axis: 0 },
      ]),
    ],
  },
  { name: 'softmax', cases: alongAxis },
  { name: 'logSoftmax', cases: alongAxis },
  { name: 'dot', cases: [call('vectors', [vector, [0.2, 1.1, -0.6, 0.9]], [0, 1]), call('one element', [[2], [-3]], [0, 1])] },
  {
    name: 'inner',
    cases: [
      call('matrices', [matrix, [...matrix, [0.2, 1.1, -0.6]]], [0, 1]),
      call('vectors', [vector, vector], [0, 1]),
      call('a vector and a matrix', [matrix[0], matrix], [0, 1]),
      call('cubes', [cube, cube], [0, 1]),
    ],
  },
  { name: 'outer', cases: [call('two lengths', [vector, [0.2, 1.1, -0.6]], [0, 1]), call('one element', [[2], [-3, 0.5]], [0, 1])] },
  { name: 'pick', cases: [call('rows', [scores, labels]), call('one row', [vector, 2]), call('rows of rows', [cube, rowsOfLabels])] },
  {
    name: 'scatterAdd',
    cases: [
      call(
        'repeated indices',
        [
          [0.1, 0.2, 0.3],
          [2, 0, 2],
          [1, 2, 3],
        ],
        [0, 2],
      ),
      call(
        'rows',
        [
          matrix,
          [1, -1],
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ],
        [0, 2],
      ),
      call(
        'columns',
        [
          matrix,
          [2, 2],
          [
            [1, 2],
            [3, 4],
          ],
          { axis: 1 },
        ],
        [0, 2],
      ),
      call(
        'like gather',
        [
          matrix,
          [
            [2, 0],
            [1, 1],
          ],
          [
            [1, 2],
            [3, 4],
          ],
          { axis: -1 },
        ],
        [0, 2],
      ),
      call('one index', [matrix, 1, [1, 2, 3]], [0, 2]),
    ],
  },
  ...['triu', 'tril'].map((name) => ({
    name,
    cases: [
      call('wide', [matrix]),
      call('batch', [cube]),
      call('tall', [scores]),
      call('another diagonal', [scores, { k: 1 }]),
      call('another diagonal, below', [matrix, { k: -1 }]),
    ],
  })),
  {
    name: 'diag',
    cases: [
      call('of a vector', [vector]),
      call('of a wide matrix', [matrix]),
      call('of a tall matrix', [scores]),
      call('1 × 1', [[[0.4]]]),
      call('above', [vector, { k: 2 }]),
      call('below', [vector, { k: -1 }]),
      call('of a matrix, above', [matrix, { k: 1 }]),
      call('of a matrix, below', [scores, { k: -2 }]),
    ],
  },
  ...movementSamples,
  ...spatialSamples,
  { name: 'reshape', cases: [call('free length', [cube, [3, -1]]), call('flat', [matrix, [6]]), call('to one element', [[0.7], []])] },
  {
    name: 'transpose',
    cases: [
      call('reversed', [cube]),
      call('cycle', [cube, [1, 2, 0]]),
      call('negative axes', [cube, [-1, 0, 1]]),
      call('vector', [vector]),
    ],
  },
  {
    name: 'slice',
    cases: [
      call('ranges', [
        matrix,
        [
          [0, 2],
          [1, null],
        ],
      ]),
      call('from the end', [vector, [[-3, -1]]]),
      call('steps', [[1, 2, 3, 4, 5, 6, 7], [[1, null, 2]]]),
      call('back', [[1, 2, 3, 4, 5, 6, 7], [[null, null, -3]]]),
      call('back between', [[1, 2, 3, 4, 5, 6, 7], [[-2, 1, -2]]]),
      call('beyond the ends', [[1, 2, 3, 4, 5, 6, 7], [[-20, 20, 3]]]),
      call('back from beyond', [[1, 2, 3, 4, 5, 6, 7], [[20, -20, -2]]]),
      call('fewer ranges than axes', [cube, [[], [1, 2]]]),
      call('empty', [vector, [[3, 1]]], []),
    ],
  },
  {
    name: 'concat',
    cases: [
      call('vectors', [[vector, [1], [2, 3]]]),
      call('last axis', [[matrix, [[1], [2]]], { axis: -1 }]),
      call('axis 1 of three', [[cube, cube], { axis: 1 }]),
    ],
  },
  {
    name: 'take',
    cases: [
      call('rows', [matrix, [1, 0, -1]]),
      call('one column', [matrix, 2, { axis: -1 }]),
      call('indices of two axes', [
        cube,
        [
          [0, 1],
          [1, 1],
        ],
        { axis: 1 },
      ]),
    ],
  },
  {
    name: 'gather',
    cases: [
      call('columns', [
        matrix,
        [
          [2, 0],
          [-1, 1],
        ],
        { axis: 1 },
      ]),
      call('rows', [matrix, [[1, 0, 1]], { axis: 0 }]),
    ],
  },
  {
    name: 'matmul',
    cases: [
      call('matrices', [matrix, scores[0]!.map((v) => [v, v / 2])], [0, 1]),
      call('matrix and vector', [matrix, [0.5, -1, 2]], [0, 1]),
      call('vector and matrix', [[0.5, -1], matrix], [0, 1]),
      call('vectors', [vector, [0.2, 1.1, -0.6, 0.9]], [0, 1]),
      call(
        'batch and matrix',
        [
          cube,
          [
            [1, 0.5],
            [0.25, -1],
            [2, 0.75],
          ],
        ],
        [0, 1],
      ),
      call('vector and batch', [[0.5, -1], cube], [0, 1]),
      call('broadcast batches', [[[[0.5, -1]], [[2, 0.3]]], [cube[0]]], [0, 1]),
    ],
  },

  {
    name: 'binaryHinge',
    cases: [
      ...elementwiseLoss([0.5, 2, -0.3, 1.4], [1, -1, -1, 1], [0]),
      call('default', [
        matrix,
        [
          [1, -1, 1],
          [1, -1, -1],
        ],
      ]),
      call('scalar', [0.4, 1]),
    ],
  },
  {
    name: 'multiclassHinge',
    cases: [
      call('default', [scores, labels]),
      call('one row', [scores[1], 2]),
      call('sum', [scores, labels, { reduction: 'sum' }]),
      call('none', [scores, labels, { reduction: 'none' }]),
      call('delta', [scores, labels, { delta: 0.6 }]),
      call('squared', [scores, labels, { power: 2, reduction: 'none' }]),
      call('includeCorrect', [scores, labels, { includeCorrect: true }]),
      call('includeCorrect, squared, delta', [scores, labels, { includeCorrect: true, power: 2, delta: 2.2 }]),
      call('mean over classes', [scores, labels, { reduceClasses: 'mean' }]),
      call('mean over the others', [scores, labels, { reduceClasses: 'meanOthers', power: 2 }]),
      call('rows of rows', [rowsOfScores, rowsOfLabels, { reduction: 'none' }]),
    ],
  },
  {
    name: 'crossEntropy',
    cases: [
      call('labels', [scores, labels]),
      call('one row', [[3.2, 5.1, -1.7], 0]),
      call('sum', [scores, labels, { reduction: 'sum' }]),
      call('none', [scores, labels, { reduction: 'none' }]),
      call('weight', [scores, labels, { weight: [0.5, 2, 1.25] }]),
      call('weight, sum', [scores, labels, { weight: [0.5, 2, 1.25], reduction: 'sum' }]),
      call('weight, none', [scores, labels, { weight: [0.5, 2, 1.25], reduction: 'none' }]),
      call('labelSmoothing', [scores, labels, { labelSmoothing: 0.1 }]),
      call('labelSmoothing, weight', [scores, labels, { labelSmoothing: 0.1, weight: [0.5, 2, 1.25] }]),
      call('labelSmoothing, weight, none', [scores, labels, { labelSmoothing: 0.3, weight: [0.5, 2, 1.25], reduction: 'none' }]),
      call('soft targets', [matrix, soft], [0, 1]),
      call('soft targets, none', [matrix, soft, { reduction: 'none' }], [0, 1]),
      call('soft targets, weight', [matrix, soft, { weight: [0.5, 2, 1.25] }], [0, 1]),
      call('soft targets, labelSmoothing, sum', [matrix, soft, { labelSmoothing: 0.2, reduction: 'sum' }], [0, 1]),
      call('hard targets as probabilities', [
        matrix,
        [
          [0, 1, 0],
          [0, 0, 1],
        ],
      ]),
      call('one row of probabilities', [vector, [0.1, 0.2, 0.3, 0.4]], [0, 1]),
      call('rows of rows', [rowsOfScores, rowsOfLabels]),
      call('rows of rows, weight', [rowsOfScores, rowsOfLabels, { weight: [0.5, 2, 1.25] }]),
      call('one class', [[[0.4], [1.2]], [0, 0], { reduction: 'none' }]),
    ],
  },
  {
    name: 'nllLoss',
    cases: [
      call('mean', [logProbabilities, [1, 2]]),
      call('one row', [[-1, -0.5, -2], 2]),
      call('sum', [logProbabilities, [1, 2], { reduction: 'sum' }]),
      call('none', [logProbabilities, [1, 2], { reduction: 'none' }]),
      call('weight', [logProbabilities, [1, 2], { weight: [0.5, 2, 1.25] }]),
      call('weight, sum', [logProbabilities, [1, 0], { weight: [0.5, 2, 1.25], reduction: 'sum' }]),
      call('weight, none', [logProbabilities, [1, 0], { weight: [0.5, 2, 1.25], reduction: 'none' }]),
    ],
  },
  {
    name: 'oneVsRestCrossEntropy',
    cases: [
      call('one row', [[0.1, 0.7, 0.2], 1]),
      call('mean', [probabilities, [1, 0]]),
      call('sum', [probabilities, [2, 2], { reduction: 'sum' }]),
      call('none', [probabilities, [2, 1], { reduction: 'none' }]),
    ],
  },
  {
    name: 'binaryCrossEntropy',
    cases: [
      ...elementwiseLoss(probabilities, soft, [0, 1]),
      call('labels', [
        [0.8, 0.3],
        [1, 0],
      ]),
      call('weight', [probabilities, soft, { weight: [0.5, 2, 1.25] }], [0, 1]),
      call('weight, none', [probabilities, soft, { weight: [[0.5], [3]], reduction: 'none' }], [0, 1]),
      call('certainty', [[0, 1, 0, 1], [1, 1, 0, 0], { reduction: 'none' }], []),
    ],
  },
  {
    name: 'binaryCrossEntropyWithLogits',
    cases: [
      ...elementwiseLoss(matrix, soft, [0, 1]),
      call('labels', [
        [0.8, -0.3],
        [1, 0],
      ]),
      call('weight', [matrix, soft, { weight: [[0.5], [3]], reduction: 'none' }], [0, 1]),
      call('posWeight', [matrix, soft, { posWeight: [0.5, 2, 1.25] }], [0, 1]),
      call('a number as posWeight, and weight', [matrix, soft, { posWeight: 3, weight: 0.5, reduction: 'sum' }], [0, 1]),
    ],
  },
  {
    name: 'mseLoss',
    cases: [...elementwiseLoss(matrix, soft, [0, 1]), call('default', [cube, cube.map((m) => m.map((r) => r.map((v) => v / 3)))], [0, 1])],
  },
  {
    name: 'l1Loss',
    cases: [
      ...elementwiseLoss(matrix, probabilities, [0, 1]),
      call(
        'vector',
        [
          [0.1, 0.7, 0.2],
          [0, 1, 0],
        ],
        [0, 1],
      ),
    ],
  },
  {
    name: 'huberLoss',
    cases: [
      ...elementwiseLoss([0.5, 3, -1.2, -0.4], [0, 0, 0.3, -0.1], [0, 1]),
      ...elementwiseLoss(matrix, soft, [0, 1], { delta: 0.3 }),
      call(
        'delta 2.5',
        [
          matrix,
          [
            [4, 0, 2],
            [0, 0, -3],
          ],
          { delta: 2.5 },
        ],
        [0, 1],
      ),
    ],
  },
  {
    name: 'klDiv',
    cases: [
      ...elementwiseLoss(logProbabilities, soft, [0, 1]),
      call('batchmean', [logProbabilities, soft, { reduction: 'batchmean' }], [0, 1]),
      call('logTarget', [logProbabilities, soft.map((r) => r.map(Math.log)), { logTarget: true, reduction: 'sum' }], [0, 1]),
      call(
        'logTarget, batchmean',
        [logProbabilities, soft.map((r) => r.map(Math.log)), { logTarget: true, reduction: 'batchmean' }],
        [0, 1],
      ),
      call('a zero in the target', [[Math.log(0.5), Math.log(0.5)], [1, 0], { reduction: 'sum' }]),
    ],
  },
  {
    name: 'entropy',
    cases: [
      call('one row', [[0.5, 0.5]]),
      call('mean', [probabilities]),
      call('sum', [probabilities, { reduction: 'sum' }]),
      call('none', [soft, { reduction: 'none' }]),
      call('a zero', [[0.25, 0, 0.75]], []),
    ],
  },
  { name: 'l1', cases: [call('vector', [vector]), call('cube', [cube]), call('scalar', [-0.4])] },
  {
    name: 'maxNorm',
    cases: [
      call('vector', [vector, { max: 2 }]),
      call('one row short, one long', [matrix, { max: 2 }]),
      call('columns', [matrix, { max: 1.3, axis: 0 }]),
      call('cube, middle axis', [cube, { max: 1.5, axis: 1 }]),
    ],
  },
  {
    name: 'signedDistance',
    cases: [
      call('one point', [{ normal: vector, offset: -0.4 }, [1.2, 0.1, -0.7, 2]], [1]),
      call('rows', [{ normal: [0.3, -2, 1.1], offset: 1.5 }, matrix], [1]),
    ],
  },
  { name: 'l2', cases: [call('vector', [vector]), call('cube', [cube]), call('scalar', [-0.4])] },
  {
    name: 'elasticNet',
    cases: [call('half', [vector, { beta: 0.5 }]), call('cube', [cube, { beta: 2 }]), call('no square', [matrix, { beta: 0 }])],
  },
];
