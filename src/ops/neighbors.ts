/**
 * @file Nearest neighbours as ops without a derivative, and pairwise distances as an expression that has one.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { promote, promoteFloat } from '../graph/dtype.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { showShape, sizeOf } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Metric } from '../kernels/distances.js';
import { distancesTo, type NeighborAttrs } from '../kernels/neighbors.js';
import type { NdArray } from '../kernels/nd.js';
import { simdNearest } from '../kernels/simd-neighbors.js';
import { div, square, sub } from './arithmetic.js';
import { everywhere } from './batching.js';
import { defineOp, type Draw, type Op, reals, type Sample } from './define.js';
import { eq, where } from './logic.js';
import { matmul } from './matmul.js';
import { expandDims, reshape, transpose } from './shaping.js';
import { norm } from './statistics.js';
import { sum } from './sum.js';

/** Options of `pairwiseDistance`. */
export interface DistanceOptions {
  /** 'l1', 'l2' (default), 'sqeuclidean' (l2 squared), 'chebyshev', 'minkowski' or 'cosine'. */
  metric?: Exclude<Metric, (...args: never[]) => number>;
  /** Power of 'minkowski', at least 1; default 2. */
  p?: number;
}

/** Options of `kNearest`. */
export interface KNearestOptions {
  /** How many neighbours. */
  k: number;
  /** As in `pairwiseDistance`, or a function of two rows. */
  metric?: Metric;
  /** Power of 'minkowski', at least 1; default 2. */
  p?: number;
}

const METRICS: readonly unknown[] = ['l1', 'l2', 'sqeuclidean', 'chebyshev', 'minkowski', 'cosine'];

function checkMetric(op: string, metric: unknown, p: number, callable: boolean): void {
  if (!METRICS.includes(metric) && !(callable && typeof metric === 'function'))
    throw new UsageError(op, `unknown metric '${String(metric)}'`, undefined, METRICS.join(', ') + (callable ? ' or a function' : ''));
  if (!(p >= 1)) throw new UsageError(op, 'p must be at least 1', String(p));
}

function checkRows(op: string, a: Tensor, b: Tensor, names: readonly [string, string]): void {
  if (a.ndim !== 2 || b.ndim !== 2)
    throw new ShapeError(
      op,
      'needs two matrices, a row an example',
      `${names[0]} ${showShape(a.shape)}, ${names[1]} ${showShape(b.shape)}`,
    );
  if (a.shape[1] !== b.shape[1])
    throw new ShapeError(
      op,
      'widths differ',
      `${names[0]} ${showShape(a.shape)}, ${names[1]} ${showShape(b.shape)}`,
      `${a.shape[1]} ≠ ${b.shape[1]}`,
    );
}

const INSTEAD = 'which neighbours are nearest does not change smoothly: use pairwiseDistance and a softmax of −distance as soft weights';

/** Runs a kernel of matrices on every matrix of a batch, whose arrays have as many leading axes. */
function ofEachMatrix(arrays: readonly NdArray[], run: (matrices: readonly NdArray[]) => void): void {
  const lead = arrays[0]!.shape.slice(0, -2);
  for (let i = 0; i < sizeOf(lead); i++) {
    run(
      arrays.map(({ data, shape }) => {
        const matrix = shape.slice(lead.length);
        return lead.length === 0 ? { data, shape } : { data: data.subarray(i * sizeOf(matrix), (i + 1) * sizeOf(matrix)), shape: matrix };
      }),
    );
  }
}

function sampleRows(draw: Draw, attrs: (m: number) => NeighborAttrs): Sample<NeighborAttrs> {
  const [n, m, d] = [draw.int(1, 3), draw.int(1, 5), draw.int(1, 3)];
  return { inputs: [draw.values([n, d], reals), draw.values([m, d], reals)], attrs: attrs(m) };
}

const kNearestOp: Op<['queries', 'points'], NeighborAttrs> = defineOp({
  name: 'kNearest',
  inputs: ['queries', 'points'],
  doc: 'indices of the k nearest rows of points for every row of queries, nearest first; of equals the lowest index first',
  instead: INSTEAD,
  shape: ([q], { k }) => [...q!.shape.slice(0, -1), k],
  dtype: () => 'int32',
  kernel: (inputs, out, attrs) => ofEachMatrix([...inputs, out], ([q, p, o]) => simdNearest(q!, p!, o!, attrs)),
  vjp: { queries: null, points: null },
  batch: (inputs, attrs, lead) => {
    const [q, p] = inputs as [Tensor, Tensor];
    // one set of points for all: the queries of all examples are one list
    if (lead.mapped[1] !== true)
      return reshape(kNearestOp(reshape(q, [-1, q.shape[q.ndim - 1]!]), p, attrs), [...q.shape.slice(0, -1), attrs.k]);
    return kNearestOp(...(everywhere(inputs, lead) as [Tensor, Tensor]), attrs);
  },
  sample: (draw) =>
    sampleRows(draw, (m) => ({
      k: draw.int(1, m),
      metric: draw.pick<Metric>(['l1', 'l2', 'sqeuclidean', 'chebyshev', 'minkowski', 'cosine']),
      p: draw.pick([1, 2, 3, Infinity]),
    })),
  errors: [
    { call: () => kNearest([[1, 2]], [[1, 2]], { k: 2 }), message: /^kNearest: k is more than there are points: k 2, points \[1,2\]$/ },
    { call: () => kNearest([[1, 2]], [[1]], { k: 1 }), message: /^kNearest: widths differ: queries \[1,2\], points \[1,1\]: 2 ≠ 1$/ },
  ],
});

const neighborDistancesOp: Op<['queries', 'points', 'indices'], NeighborAttrs> = defineOp({
  name: 'kNearestDistances',
  inputs: ['queries', 'points', 'indices'],
  doc: 'distances of every row of queries to the rows of points that its row of indices names',
  instead: INSTEAD,
  shape: ([, , i]) => i!.shape,
  dtype: ([q, p]) => promoteFloat(promote(q!.dtype, p!.dtype)),
  kernel: (inputs, out, attrs) => ofEachMatrix([...inputs, out], ([q, p, i, o]) => distancesTo(q!, p!, i!, o!, attrs)),
  vjp: { queries: null, points: null, indices: null },
  batch: (inputs, attrs, lead) => neighborDistancesOp(...(everywhere(inputs, lead) as [Tensor, Tensor, Tensor]), attrs),
  sample: (draw) => {
    const sample = sampleRows(draw, (m) => ({ k: draw.int(1, m), metric: draw.pick<Metric>(['l1', 'l2', 'chebyshev', 'cosine']), p: 2 }));
    return { ...sample, inputs: [...sample.inputs, kNearestOp(sample.inputs[0]!, sample.inputs[1]!, sample.attrs)] };
  },
});

/** Neighbours of every query, nearest first. */
export interface Neighbors {
  /** Row numbers in points, int32 [N, k]. */
  readonly indices: Tensor;
  /** Their distances, [N, k]. */
  readonly distances: Tensor;
}

/**
 * The k nearest rows of `points` [M, D] for every row of `queries` [N, D], exactly; of equal distances the lowest index comes first.
 * An op like any other, but without a derivative: for one use `pairwiseDistance`. Memory does not grow with N·M.
 *
 * A soft vote, which has a gradient: softmax(−distance / τ) weighs every point, and with τ → 0 the nearest one wins.
 * @throws UsageError for a k that is no whole number from 1 to M, an unknown metric or p < 1; ShapeError for widths that differ.
 * @see lectures 001:183, 001:497; systems 16–19
 * @example
 * const { indices, distances } = kNearest([[0, 0]], [[3, 4], [1, 0], [0, 1]], { k: 2 });
 * indices; // → [[1, 2]]
 * distances; // → [[1, 1]]
 * const [points, ones] = [tensor([[0, 1], [5, 5]]), tensor([1, 0])];
 * const vote = (x: Tensor) => sum(mul(softmax(neg(pairwiseDistance(x, points))), ones)); // how much the class of point 0 gets
 * grad(vote)(tensor([[2, 2]])).shape; // → [1, 2]
 */
export function kNearest(queries: TensorLike, points: TensorLike, options: KNearestOptions): Neighbors {
  checkOptions('kNearest', options, ['k', 'metric', 'p']);
  const { k, metric = 'l2', p = 2 } = options ?? {};
  checkMetric('kNearest', metric, p, true);
  const [q, x] = [toTensor(queries, 'kNearest'), toTensor(points, 'kNearest')];
  checkRows('kNearest', q, x, ['queries', 'points']);
  if (!Number.isInteger(k) || k < 1) throw new UsageError('kNearest', 'k must be a whole number from 1', String(k));
  if (k > x.shape[0]!) throw new UsageError('kNearest', 'k is more than there are points', `k ${k}, points ${showShape(x.shape)}`);
  const attrs = { k, metric, p };
  const indices = kNearestOp(q, x, attrs);
  return { indices, distances: neighborDistancesOp(q, x, indices, attrs) };
}

/**
 * Distances between every row of a [N, D] and every row of b [M, D]: [N, M]. An ordinary expression, so it has gradients of any order;
 * the gradient of a distance of 0 is 0. It holds N·M·D numbers: for many rows where no gradient is needed, use `kNearest`.
 * 'cosine' is 1 − cos; a zero row is 1 away from everything.
 * @throws UsageError for an unknown metric or p < 1; ShapeError for widths that differ.
 * @see lectures 001:183, 001:497; systems 17, 18
 * @example
 * pairwiseDistance([[0, 0]], [[3, 4], [1, 1]], { metric: 'l1' }); // → [[7, 2]]
 * grad((x) => sum(pairwiseDistance(x, [[3, 4]])))(tensor([[0, 0]])); // → [[-0.6, -0.8]]
 */
export function pairwiseDistance(a: TensorLike, b: TensorLike, options: DistanceOptions = {}): Tensor {
  checkOptions('pairwiseDistance', options, ['metric', 'p']);
  const { metric = 'l2', p = 2 } = options;
  checkMetric('pairwiseDistance', metric, p, false);
  const [x, y] = [toTensor(a, 'pairwiseDistance'), toTensor(b, 'pairwiseDistance')];
  checkRows('pairwiseDistance', x, y, ['a', 'b']);
  if (metric === 'cosine') return sub(1, matmul(unitRows(x), transpose(unitRows(y))));
  const difference = sub(expandDims(x, 1), expandDims(y, 0));
  if (metric === 'sqeuclidean') return sum(square(difference), { axis: -1 });
  return norm(difference, { ord: { l1: 1, l2: 2, chebyshev: Infinity, minkowski: p }[metric], axis: -1 });
}

function unitRows(x: Tensor): Tensor {
  const length = norm(x, { axis: -1, keepdims: true });
  return div(x, where(eq(length, 0), 1, length));
}
