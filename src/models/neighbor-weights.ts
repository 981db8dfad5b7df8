/**
 * @file How much each neighbour counts.
 */
import { UsageError } from '../graph/errors.js';
import { sameShape, showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { ones } from '../ops/create.js';
import { div } from '../ops/arithmetic.js';
import { eq, where } from '../ops/logic.js';
import { max } from '../ops/extrema.js';
import { cast } from '../ops/casting.js';

/** All alike, by 1/distance, or a function of the distances [N, k]. */
export type NeighborWeights = 'uniform' | 'distance' | ((distances: Tensor) => Tensor);

/** Throws for anything else. */
export function checkWeights(op: string, weights: unknown): void {
  if (weights !== 'uniform' && weights !== 'distance' && typeof weights !== 'function')
    throw new UsageError(op, `unknown weights '${String(weights)}'`, undefined, "'uniform', 'distance' or a function of the distances");
}

/** Weights [N, k]; where a distance is 0, only the neighbours at distance 0 count. */
export function weightsOf(op: string, weights: NeighborWeights, distances: Tensor): Tensor {
  if (weights === 'uniform') return ones(distances.shape);
  if (weights === 'distance') {
    const zero = cast(eq(distances, 0), 'float64');
    return where(eq(max(zero, { axis: 1, keepdims: true }), 1), zero, div(1, distances));
  }
  const own = weights(distances);
  if (!sameShape(own.shape, distances.shape))
    throw new UsageError(op, 'weights must have the shape of the distances', `${showShape(own.shape)} and ${showShape(distances.shape)}`);
  return own;
}
