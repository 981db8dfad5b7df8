/**
 * @file Features as expressions: each maps rows to longer rows on the tape, so gradients pass through them.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { add, div, mul } from '../ops/arithmetic.js';
import { ones } from '../ops/create.js';
import { take } from '../ops/indexing.js';
import { concat } from '../ops/slicing.js';

/** Rows to rows. */
export type Features = (X: Tensor) => Tensor;

function rows(op: string, X: TensorLike): Tensor {
  const t = toTensor(X, op);
  if (t.ndim !== 2) throw new ShapeError(op, 'X must be a matrix [N, D]', `got ${showShape(t.shape)}`);
  return t;
}

const columns = (X: Tensor, list: readonly number[]): Tensor => take(X, new Int32Array(list), { axis: 1 });

/** Options of `polynomialFeatures`. */
export interface PolynomialFeatureOptions {
  /** Largest total power, at least 1; default 2. */
  degree?: number;
  /** Begin with a column of ones? Default false: models have a bias of their own. */
  includeBias?: boolean;
}

/**
 * All products of up to `degree` columns of X [N, d], degree by degree: x₁ … x_d, x₁², x₁x₂, … (scikit-learn's order).
 * C(d + degree, degree) − 1 of them.
 * @throws ShapeError unless X is a matrix; UsageError for a degree that is no whole number from 1.
 * @see scikit-learn's PolynomialFeatures; lecture 003:186
 * @example
 * polynomialFeatures([[2, 3]], { degree: 2 }); // → [[2, 3, 4, 6, 9]]
 */
export function polynomialFeatures(X: TensorLike, options: PolynomialFeatureOptions = {}): Tensor {
  checkOptions('polynomialFeatures', options, ['degree', 'includeBias']);
  const { degree = 2, includeBias = false } = options;
  if (!Number.isInteger(degree) || degree < 1)
    throw new UsageError('polynomialFeatures', 'degree must be a whole number from 1', String(degree));
  const t = rows('polynomialFeatures', X);
  const d = t.shape[1]!;
  const parts: Tensor[] = includeBias ? [ones([t.shape[0]!, 1], { dtype: t.dtype === 'float32' ? 'float32' : 'float64' })] : [];
  let powers = t;
  // last[j]: the last factor of column j of `powers`; a product goes on with that column or a later one
  let last = Array.from({ length: d }, (_, i) => i);
  parts.push(powers);
  for (let k = 2; k <= degree; k++) {
    const pairs = last.flatMap((from, j) => Array.from({ length: d - from }, (_, i) => [j, from + i] as const));
    powers = mul(
      columns(
        powers,
        pairs.map(([j]) => j),
      ),
      columns(
        t,
        pairs.map(([, c]) => c),
      ),
    );
    last = pairs.map(([, c]) => c);
    parts.push(powers);
  }
  return concat(parts, { axis: 1 });
}

/**
 * Squares, cross terms, then X itself: d(d + 1)/2 + d columns, so a linear model on them has (d + 1)(d + 2)/2 parameters with its bias.
 * @throws ShapeError unless X is a matrix.
 * @see lecture 003:112; system 33
 * @example
 * quadraticFeatures([[2, 3]]); // → [[4, 9, 6, 2, 3]]
 */
export function quadraticFeatures(X: TensorLike): Tensor {
  const t = rows('quadraticFeatures', X);
  const d = t.shape[1]!;
  const each = Array.from({ length: d }, (_, i) => i);
  const pairs = [...each.map((i) => [i, i] as const), ...each.flatMap((i) => each.slice(i + 1).map((j) => [i, j] as const))];
  const products = mul(
    columns(
      t,
      pairs.map(([i]) => i),
    ),
    columns(
      t,
      pairs.map(([, j]) => j),
    ),
  );
  return concat([products, t], { axis: 1 });
}

/**
 * The lecture's toy transform: x → x / (2·x₁·x₂ + 0.5). It puts (0, 0) and (1, 1) on one side of a line, (1, 0) and (0, 1) on the other.
 * Infinite where x₁·x₂ = −1/4: made for the unit square, not for points of mixed signs.
 * @throws ShapeError unless X is [N, 2].
 * @see lecture 003:117; system 34
 * @example
 * separateXor([[0, 0], [1, 0], [0, 1], [1, 1]]); // → [[0, 0], [2, 0], [0, 2], [0.4, 0.4]]
 */
export function separateXor(X: TensorLike): Tensor {
  const t = rows('separateXor', X);
  if (t.shape[1] !== 2) throw new ShapeError('separateXor', 'X must be [N, 2]', `got ${showShape(t.shape)}`);
  return div(t, add(mul(2, mul(columns(t, [0]), columns(t, [1]))), 0.5));
}

/**
 * Several features side by side, as one.
 * @throws UsageError without features, or for one that is no function.
 * @see lecture 001:1016; system 39
 * @example
 * concatFeatures((X) => X, quadraticFeatures)(tensor([[2, 3]])); // → [[2, 3, 4, 9, 6, 2, 3]]
 */
export function concatFeatures(...features: readonly Features[]): Features {
  if (features.length === 0) throw new UsageError('concatFeatures', 'needs at least one function');
  const other = features.findIndex((f) => typeof f !== 'function');
  if (other >= 0) throw new UsageError('concatFeatures', 'features must be functions', `number ${other} is ${typeof features[other]}`);
  return (X) =>
    concat(
      features.map((f) => f(X)),
      { axis: 1 },
    );
}
