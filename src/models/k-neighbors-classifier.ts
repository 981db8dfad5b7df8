/**
 * @file Classification by the vote of the nearest neighbours.
 */
import { tensor, type TensorLike } from '../graph/create.js';
import type { DType } from '../graph/dtype.js';
import { DataError, NotFittedError } from '../graph/errors.js';
import { Tensor } from '../graph/tensor.js';
import { argmax } from '../ops/extrema.js';
import type { Neighbors } from '../ops/neighbors.js';
import type { Estimator } from './estimator.js';
import { checkX, encodeLabels, type EncodedLabels, isStrings, type Labels } from './examples.js';
import { accuracy } from './metrics.js';
import {
  fromPlain,
  type NeighborCache,
  NeighborMemory,
  neighborSettings,
  type NearestNeighborsOptions,
  plainSettings,
  toPlain,
} from './nearest-neighbors.js';
import { checkWeights, type NeighborWeights, weightsOf } from './neighbor-weights.js';

/** Options of `KNeighborsClassifier` and `KNeighborsRegressor`. */
export interface KNeighborsOptions extends NearestNeighborsOptions {
  /** 'uniform' (default), 'distance' (by 1/distance; neighbours at distance 0 outvote all others), or a function of the distances. */
  weights?: NeighborWeights;
}

const NAME = 'KNeighborsClassifier';

/**
 * k nearest neighbours: `fit` remembers, `predict` looks at every remembered row. A tied vote goes to the smallest class.
 * Labels are whole numbers or strings, and predictions are of the same kind.
 * @throws UsageError for unknown options; NotFittedError before `fit`.
 * @see lectures 001:138, 001:467, 004:77; systems 16–20
 * @example
 * const model = new KNeighborsClassifier({ nNeighbors: 3 }).fit([[0], [1], [2], [10]], ['near', 'near', 'near', 'far']);
 * model.predict([[1.5], [9]]); // → ['near', 'near']
 * model.clone({ nNeighbors: 1 }).fit([[0], [10]], [7, 8]).predict([[9]]); // → [8]
 */
export class KNeighborsClassifier implements Estimator {
  readonly kind = 'classifier';
  /** The classes, sorted, after `fit`. */
  classes_: readonly number[] | readonly string[] | null = null;
  readonly #memory: NeighborMemory;
  readonly #weights: NeighborWeights;
  #labels: (EncodedLabels & { dtype: DType | 'string' }) | null = null;

  constructor(options: KNeighborsOptions = {}, cache: NeighborCache | null = null) {
    this.#memory = new NeighborMemory(NAME, neighborSettings(NAME, options, ['weights']), cache);
    this.#weights = options.weights ?? 'uniform';
    checkWeights(NAME, this.#weights);
  }

  /**
   * Remembers X [N, D] and y [N].
   * @throws ShapeError for shapes that do not fit; DataError for NaN, empty data or labels of two types. The model stays as it was.
   */
  fit(X: TensorLike, y: Labels): this {
    const rows = checkX(`${NAME}.fit`, X);
    const labels = encodeLabels(`${NAME}.fit`, y, rows.shape[0]!);
    this.#memory.remember(rows);
    this.#labels = { ...labels, dtype: isStrings(y) ? 'string' : y instanceof Tensor ? y.dtype : 'float64' };
    this.classes_ = labels.classes;
    return this;
  }

  /** As `NearestNeighbors.kneighbors`. */
  kneighbors(X?: TensorLike | null, nNeighbors?: number): Neighbors {
    return this.#memory.kneighbors(X, nNeighbors);
  }

  /** Share of every class in the vote, [N, C] in the order of `classes_`. */
  predictProba(X: TensorLike): Tensor {
    const { classes, codes } = this.#fitted();
    const { indices, distances } = this.#memory.nearTo(X);
    const weights = weightsOf(NAME, this.#weights, distances).data;
    const [n, k] = indices.shape as readonly [number, number];
    const votes = new Float64Array(n * classes.length);
    for (let r = 0; r < n; r++) {
      let all = 0;
      for (let j = r * k; j < (r + 1) * k; j++) {
        votes[r * classes.length + codes[indices.data[j]!]!]! += weights[j]!;
        all += weights[j]!;
      }
      for (let c = r * classes.length; c < (r + 1) * classes.length; c++) votes[c]! /= all;
    }
    return new Tensor([n, classes.length], 'float64', votes, null);
  }

  /** The class with most votes, a label a row: a tensor, or an array if labels are strings. */
  predict(X: TensorLike): Tensor | readonly string[] {
    const { classes, dtype } = this.#fitted();
    const winners = [...argmax(this.predictProba(X)).data].map((c) => classes[c]!);
    return dtype === 'string' ? (winners as string[]) : tensor(Float64Array.from(winners as number[]), { dtype });
  }

  /** Accuracy on X and y. */
  score(X: TensorLike, y: Labels): number {
    return accuracy(y, this.predict(X));
  }

  /** Its settings. */
  get settings(): Required<KNeighborsOptions> {
    return { ...this.#memory.settings, weights: this.#weights };
  }

  /** An unfitted copy, some settings changed. */
  clone(changes: KNeighborsOptions = {}): KNeighborsClassifier {
    return new KNeighborsClassifier({ ...this.settings, ...changes });
  }

  /** Unfitted copies that find neighbours once for the largest of their nNeighbors: what cross-validation of k needs. */
  family(changes: readonly KNeighborsOptions[]): KNeighborsClassifier[] {
    return familyOf(this.settings, changes, (options, cache) => new KNeighborsClassifier(options, cache));
  }

  /** Settings and memory as plain data. */
  toJSON(): unknown {
    const { classes, codes, dtype } = this.#fitted();
    return {
      type: NAME,
      settings: plainSettings(NAME, this.settings),
      X: toPlain(this.#memory.rows),
      y: [...codes].map((c) => classes[c]!),
      dtype,
    };
  }

  /**
   * The classifier that `toJSON` saved.
   * @throws DataError for anything else.
   */
  static fromJSON(json: unknown): KNeighborsClassifier {
    const { type, settings, X, y, dtype } = (json ?? {}) as Record<string, unknown>;
    if (type !== NAME) throw new DataError(`${NAME}.fromJSON`, `not a saved ${NAME}`, `type is ${String(type)}`);
    const labels = dtype === 'string' ? (y as string[]) : tensor(y as number[], { dtype: dtype as DType });
    return new KNeighborsClassifier(readSettings(settings)).fit(fromPlain(`${NAME}.fromJSON`, X), labels);
  }

  #fitted(): EncodedLabels & { dtype: DType | 'string' } {
    if (this.#labels === null) throw new NotFittedError(NAME, 'is not fitted yet', undefined, 'call fit first');
    return this.#labels;
  }
}

/** Settings from JSON, which has no infinity. */
export function readSettings(settings: unknown): KNeighborsOptions {
  const entries = Object.entries((settings ?? {}) as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, value]) => [name, value === null ? Infinity : value]));
}

/** Copies with a shared cache among those that measure alike. */
export function familyOf<T>(
  settings: Required<KNeighborsOptions>,
  changes: readonly KNeighborsOptions[],
  make: (options: Required<KNeighborsOptions>, cache: NeighborCache) => T,
): T[] {
  const all = changes.map((change) => ({ ...settings, ...change }));
  const caches = new Map<string, NeighborCache>();
  const metrics = new Map<unknown, number>(); // functions by identity
  return all.map((options) => {
    if (!metrics.has(options.metric)) metrics.set(options.metric, metrics.size);
    const key = `${metrics.get(options.metric)} ${options.p}`;
    const alike = all.filter((o) => o.metric === options.metric && o.p === options.p);
    if (!caches.has(key)) caches.set(key, { nNeighbors: Math.max(...alike.map((o) => o.nNeighbors)), found: [] });
    return make(options, caches.get(key)!);
  });
}
