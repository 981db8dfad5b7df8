/**
 * @file The memory that neighbour models share: rows that were remembered, and what is near them.
 */
import type { TensorLike } from '../graph/create.js';
import { tensor } from '../graph/create.js';
import type { DType } from '../graph/dtype.js';
import { checkOptions, DataError, NotFittedError, UsageError } from '../graph/errors.js';
import { Tensor } from '../graph/tensor.js';
import type { Metric } from '../kernels/distances.js';
import { kNearest, type Neighbors } from '../ops/neighbors.js';
import { checkX } from './examples.js';

/** How neighbours are found. */
export interface NearestNeighborsOptions {
  /** How many neighbours; default 5. */
  nNeighbors?: number;
  /** How far `radiusNeighbors` looks; default 1. */
  radius?: number;
  /**
   * 'minkowski' (default), 'euclidean' = 'l2', 'manhattan' = 'cityblock' = 'l1', 'chebyshev' = 'infinity', 'sqeuclidean',
   * 'cosine', or a function of two rows.
   */
  metric?: Metric | 'euclidean' | 'manhattan' | 'cityblock' | 'infinity';
  /** Power of 'minkowski'; default 2. */
  p?: number;
}

const METRICS: readonly string[] = ['minkowski', 'l1', 'l2', 'sqeuclidean', 'chebyshev', 'cosine'];
const OTHER_NAMES: Readonly<Record<string, Metric>> = { euclidean: 'l2', manhattan: 'l1', cityblock: 'l1', infinity: 'chebyshev' };

/** Checked options, all there. */
export type NeighborSettings = Required<NearestNeighborsOptions>;

/** Options of a neighbour model with defaults; `others` are its own. */
export function neighborSettings(op: string, options: NearestNeighborsOptions, others: readonly string[] = []): NeighborSettings {
  checkOptions(op, options, ['nNeighbors', 'radius', 'metric', 'p', ...others]);
  const { nNeighbors = 5, radius = 1, metric = 'minkowski', p = 2 } = options;
  if (!Number.isInteger(nNeighbors) || nNeighbors < 1)
    throw new UsageError(op, 'nNeighbors must be a whole number from 1', String(nNeighbors));
  const known = [...METRICS, ...Object.keys(OTHER_NAMES)];
  if (typeof metric !== 'function' && !known.includes(metric))
    throw new UsageError(op, `unknown metric '${metric}'`, `${known.join(', ')} or a function of two rows`);
  if (typeof p !== 'number' || !(p >= 1)) throw new UsageError(op, 'p must be a number from 1', String(p));
  if (!(radius >= 0)) throw new UsageError(op, 'radius must not be negative', String(radius));
  return { nNeighbors, radius, metric, p };
}

/** What was found before, shared by models that differ in nNeighbors alone: distances are computed once for the largest. */
export interface NeighborCache {
  readonly nNeighbors: number;
  found: { rows: Tensor; queries: Tensor; neighbors: Neighbors }[];
}

/** Rows that were remembered. */
export class NeighborMemory {
  constructor(
    readonly op: string,
    readonly settings: NeighborSettings,
    readonly cache: NeighborCache | null = null,
  ) {}

  #rows: Tensor | null = null;

  /** The rows, after `remember`. */
  get rows(): Tensor {
    if (this.#rows === null) throw new NotFittedError(this.op, 'is not fitted yet', undefined, 'call fit first');
    return this.#rows;
  }

  /** Keeps X, if there are enough rows. */
  remember(X: Tensor): void {
    this.#rows = X;
  }

  /** The k nearest remembered rows of every row of X. */
  near(X: Tensor, k: number): Neighbors {
    const { rows, cache } = this;
    const { metric, p } = this.settings;
    const samples = rows.shape[0]!;
    if (k > samples)
      throw new UsageError(
        this.op,
        'Expected n_neighbors <= n_samples_fit, but',
        `n_neighbors = ${k}, n_samples_fit = ${samples}, n_samples = ${X.shape[0]}`,
      );
    const find = (n: number): Neighbors => kNearest(X, rows, { k: n, metric: (OTHER_NAMES[metric as string] ?? metric) as Metric, p });
    if (cache === null || k > cache.nNeighbors) return find(k);
    let known = cache.found.find((f) => f.rows === rows && f.queries === X);
    if (known === undefined) {
      known = { rows, queries: X, neighbors: find(Math.min(cache.nNeighbors, samples)) };
      cache.found = [...cache.found.slice(-3), known];
    }
    return { indices: firstColumns(known.neighbors.indices, k), distances: firstColumns(known.neighbors.distances, k) };
  }

  /** The k nearest of every remembered row, itself left out (or, among more duplicates than k, the first of them). */
  nearOthers(k: number): Neighbors {
    const { rows } = this;
    const { indices, distances } = this.near(rows, k + 1);
    const n = rows.shape[0]!;
    const [i, d] = [new Int32Array(n * k), distances.data.slice(0, n * k)];
    for (let r = 0; r < n; r++) {
      const row = indices.data.subarray(r * (k + 1), (r + 1) * (k + 1));
      const self = Math.max(0, row.indexOf(r));
      for (let j = 0; j < k; j++) {
        const from = j < self ? j : j + 1;
        i[r * k + j] = row[from]!;
        d[r * k + j] = distances.data[r * (k + 1) + from]!;
      }
    }
    return { indices: new Tensor([n, k], 'int32', i, null), distances: new Tensor([n, k], distances.dtype, d, null) };
  }

  /** Answer to `kneighbors(X?, nNeighbors?)`. */
  kneighbors(X: TensorLike | null | undefined, nNeighbors: number = this.settings.nNeighbors): Neighbors {
    if (!Number.isInteger(nNeighbors) || nNeighbors < 1)
      throw new UsageError(this.op, 'nNeighbors must be a whole number from 1', String(nNeighbors));
    return X === undefined || X === null ? this.nearOthers(nNeighbors) : this.nearTo(X, nNeighbors);
  }

  /** The neighbours of rows that must be given: a prediction for nothing is a mistake. */
  nearTo(X: TensorLike, nNeighbors: number = this.settings.nNeighbors): Neighbors {
    const width = this.rows.shape[1]!;
    return this.near(checkX(this.op, X, width), nNeighbors);
  }
}

function firstColumns(x: Tensor, k: number): Tensor {
  const [n, width] = x.shape as readonly [number, number];
  if (k === width) return x;
  const data = x.data.slice(0, n * k);
  for (let r = 0; r < n; r++) for (let j = 0; j < k; j++) data[r * k + j] = x.data[r * width + j]!;
  return new Tensor([n, k], x.dtype, data, null);
}

/** A tensor as plain data for JSON. */
export interface PlainTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** A tensor as plain data. */
export const toPlain = (t: Tensor): PlainTensor => ({ dtype: t.dtype, shape: t.shape, data: [...t.data] });

/** Plain data as a tensor; throws a DataError for anything else. */
export function fromPlain(op: string, value: unknown): Tensor {
  const { dtype, shape, data } = (value ?? {}) as Partial<PlainTensor>;
  if (dtype === undefined || !Array.isArray(shape) || !Array.isArray(data))
    throw new DataError(op, 'no saved tensor', JSON.stringify(value)?.slice(0, 60) ?? 'undefined', 'pass what toJSON gave');
  return tensor(Float64Array.from(data as number[]), { shape: shape as number[], dtype });
}

/** Settings as JSON: functions cannot be saved. */
export function plainSettings<T extends object>(op: string, settings: T): T {
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === 'function') throw new UsageError(op, 'a function cannot be saved', name, 'use a metric or weights with a name');
  }
  return settings;
}

/**
 * Neighbours without labels.
 * @throws UsageError for unknown options; NotFittedError before `fit`.
 * @see scikit-learn's NearestNeighbors; systems 16, 19
 * @example
 * const near = new NearestNeighbors({ nNeighbors: 1 }).fit([[0, 0], [1, 1], [5, 5]]);
 * near.kneighbors([[4, 4]]).indices; // → [[2]]
 * near.kneighbors().indices; // → [[1], [0], [1]]
 */
export class NearestNeighbors {
  readonly #memory: NeighborMemory;

  constructor(options: NearestNeighborsOptions = {}) {
    this.#memory = new NeighborMemory('NearestNeighbors', neighborSettings('NearestNeighbors', options));
  }

  /**
   * Remembers X [N, D].
   * @throws ShapeError unless X is a matrix; DataError for empty data, NaN and infinite values.
   */
  fit(X: TensorLike): this {
    this.#memory.remember(checkX('NearestNeighbors.fit', X));
    return this;
  }

  /**
   * The nearest remembered rows of every row of X; without X those of the remembered rows themselves, each left out of its own.
   * @throws UsageError when more neighbours are asked for than there are rows; ShapeError for another width; NotFittedError.
   */
  kneighbors(X?: TensorLike | null, nNeighbors?: number): Neighbors {
    return this.#memory.kneighbors(X, nNeighbors);
  }

  /** All remembered rows within `radius` of every row of X, nearest first: a list a row. */
  radiusNeighbors(X: TensorLike, radius: number = this.#memory.settings.radius): { indices: Int32Array[]; distances: Float64Array[] } {
    const { rows } = this.#memory;
    const { indices, distances } = this.#memory.near(checkX('NearestNeighbors', X, rows.shape[1]), rows.shape[0]!);
    const [n, m] = indices.shape as readonly [number, number];
    const counts = Array.from({ length: n }, (_, r) => {
      let count = 0;
      while (count < m && distances.data[r * m + count]! <= radius) count++;
      return count;
    });
    return {
      indices: counts.map((c, r) => Int32Array.from(indices.data.subarray(r * m, r * m + c))),
      distances: counts.map((c, r) => Float64Array.from(distances.data.subarray(r * m, r * m + c))),
    };
  }

  /** The neighbours as a matrix [N, M]: 1 (or the distance) where a remembered row is a neighbour. */
  kneighborsGraph(X?: TensorLike | null, nNeighbors?: number, mode: 'connectivity' | 'distance' = 'connectivity'): Tensor {
    const { indices, distances } = this.kneighbors(X, nNeighbors);
    const [n, k] = indices.shape as readonly [number, number];
    const m = this.#memory.rows.shape[0]!;
    const graph = new Float64Array(n * m);
    indices.data.forEach((point, i) => (graph[Math.floor(i / k) * m + point] = mode === 'distance' ? distances.data[i]! : 1));
    return new Tensor([n, m], 'float64', graph, null);
  }
}
