/**
 * @file Regression by the mean of the nearest neighbours.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { DataError, DTypeError, NotFittedError, ShapeError } from '../graph/errors.js';
import { showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { div, mul } from '../ops/arithmetic.js';
import { take } from '../ops/indexing.js';
import type { Neighbors } from '../ops/neighbors.js';
import { reshape } from '../ops/shaping.js';
import { sum } from '../ops/sum.js';
import type { Estimator } from './estimator.js';
import { checkX, isStrings } from './examples.js';
import { familyOf, type KNeighborsOptions, readSettings } from './k-neighbors-classifier.js';
import { r2Score } from './metrics.js';
import { fromPlain, type NeighborCache, NeighborMemory, neighborSettings, plainSettings, toPlain } from './nearest-neighbors.js';
import { checkWeights, type NeighborWeights, weightsOf } from './neighbor-weights.js';

const NAME = 'KNeighborsRegressor';

/**
 * k nearest neighbours for numbers: the (weighted) mean of the targets of the nearest rows.
 * @throws UsageError for unknown options; NotFittedError before `fit`.
 * @see scikit-learn's KNeighborsRegressor
 * @example
 * const model = new KNeighborsRegressor({ nNeighbors: 2 }).fit([[0], [1], [2], [3]], [0, 0, 1, 1]);
 * model.predict([[1.5]]); // → [0.5]
 */
export class KNeighborsRegressor implements Estimator {
  readonly kind = 'regressor';
  readonly #memory: NeighborMemory;
  readonly #weights: NeighborWeights;
  #targets: Tensor | null = null;

  constructor(options: KNeighborsOptions = {}, cache: NeighborCache | null = null) {
    this.#memory = new NeighborMemory(NAME, neighborSettings(NAME, options, ['weights']), cache);
    this.#weights = options.weights ?? 'uniform';
    checkWeights(NAME, this.#weights);
  }

  /**
   * Remembers X [N, D] and targets y [N] or [N, T].
   * @throws ShapeError for shapes that do not fit; DTypeError for strings; DataError for NaN or empty data. The model stays as it was.
   */
  fit(X: TensorLike, y: TensorLike | readonly string[]): this {
    const rows = checkX(`${NAME}.fit`, X);
    if (isStrings(y)) throw new DTypeError(`${NAME}.fit`, 'targets must be numbers', 'got strings', 'for classes use KNeighborsClassifier');
    const targets = toTensor(y, `${NAME}.fit`);
    if (targets.ndim < 1 || targets.ndim > 2 || targets.shape[0] !== rows.shape[0])
      throw new ShapeError(`${NAME}.fit`, 'y needs one target a row of X', `X ${showShape(rows.shape)}, y ${showShape(targets.shape)}`);
    const bad = targets.data.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0) throw new DataError(`${NAME}.fit`, `y holds ${targets.data[bad]}`, `element ${bad}`);
    this.#memory.remember(rows);
    this.#targets = targets;
    return this;
  }

  /** As `NearestNeighbors.kneighbors`. */
  kneighbors(X?: TensorLike | null, nNeighbors?: number): Neighbors {
    return this.#memory.kneighbors(X, nNeighbors);
  }

  /** Means of the neighbours' targets: [N] or [N, T], as y was. */
  predict(X: TensorLike): Tensor {
    if (this.#targets === null) throw new NotFittedError(NAME, 'is not fitted yet', undefined, 'call fit first');
    const { indices, distances } = this.#memory.nearTo(X);
    const weights = weightsOf(NAME, this.#weights, distances);
    const share = div(weights, sum(weights, { axis: 1, keepdims: true }));
    const near = take(this.#targets, indices); // [N, k] or [N, k, T]
    return sum(mul(near, near.ndim === 2 ? share : reshape(share, [...share.shape, 1])), { axis: 1 });
  }

  /** R² on X and y. */
  score(X: TensorLike, y: TensorLike | readonly string[]): number {
    return r2Score(y as TensorLike, this.predict(X));
  }

  /** Its settings. */
  get settings(): Required<KNeighborsOptions> {
    return { ...this.#memory.settings, weights: this.#weights };
  }

  /** An unfitted copy, some settings changed. */
  clone(changes: KNeighborsOptions = {}): KNeighborsRegressor {
    return new KNeighborsRegressor({ ...this.settings, ...changes });
  }

  /** As `KNeighborsClassifier.family`. */
  family(changes: readonly KNeighborsOptions[]): KNeighborsRegressor[] {
    return familyOf(this.settings, changes, (options, cache) => new KNeighborsRegressor(options, cache));
  }

  /** Settings and memory as plain data. */
  toJSON(): unknown {
    if (this.#targets === null) throw new NotFittedError(NAME, 'is not fitted yet', undefined, 'call fit first');
    return { type: NAME, settings: plainSettings(NAME, this.settings), X: toPlain(this.#memory.rows), y: toPlain(this.#targets) };
  }

  /**
   * The regressor that `toJSON` saved.
   * @throws DataError for anything else.
   */
  static fromJSON(json: unknown): KNeighborsRegressor {
    const { type, settings, X, y } = (json ?? {}) as Record<string, unknown>;
    if (type !== NAME) throw new DataError(`${NAME}.fromJSON`, `not a saved ${NAME}`, `type is ${String(type)}`);
    return new KNeighborsRegressor(readSettings(settings)).fit(fromPlain(`${NAME}.fromJSON`, X), fromPlain(`${NAME}.fromJSON`, y));
  }
}
