/**
 * @file Cutting data: train and test, folds. Always seeded, so that every run sees the same parts.
 */
import { toTensor } from '../graph/create.js';
import { checkOptions, DataError, ShapeError, UsageError } from '../graph/errors.js';
import { Tensor } from '../graph/tensor.js';
import { take } from '../ops/indexing.js';
import { Generator, permutation } from '../ops/random.js';
import { isStrings, type Labels } from './examples.js';

/** Rows of data (a tensor or an array of strings) by number. */
export function rowsOf<T extends Labels>(data: T, indices: Tensor): Tensor | readonly string[] {
  return isStrings(data) ? [...indices.data].map((i) => data[i]!) : take(data, indices);
}

/** How many rows there are. */
export function lengthOf(op: string, data: Labels): number {
  if (isStrings(data)) return data.length;
  const t = toTensor(data, op);
  if (t.ndim === 0) throw new ShapeError(op, 'a scalar has no rows');
  return t.shape[0]!;
}

const asIndices = (list: readonly number[]): Tensor => new Tensor([list.length], 'int32', Int32Array.from(list), null);

function shuffled(list: readonly number[], generator: Generator): number[] {
  return [...permutation(list.length, { generator }).data].map((i) => list[i]!);
}

/** Positions of every label, in order of first appearance. */
function byClass(y: Labels): Map<number | string, number[]> {
  const values: readonly (number | string)[] = isStrings(y) ? y : [...toTensor(y).data];
  const groups = new Map<number | string, number[]>();
  values.forEach((v, i) => {
    const group = groups.get(v);
    if (group === undefined) groups.set(v, [i]);
    else group.push(i);
  });
  return groups;
}

/** Options of `trainTestSplit`. */
export interface SplitOptions {
  /** Fraction (below 1) or number of test rows; default a quarter. */
  testSize?: number;
  /** Fraction or number of training rows; default the rest. */
  trainSize?: number;
  /** Seed of the shuffle; default 0. */
  randomState?: number;
  /** Shuffle first? Default true. */
  shuffle?: boolean;
  /** Labels whose shares both parts keep. */
  stratify?: Labels;
}

function count(op: string, name: string, size: number, n: number): number {
  const rows = size < 1 ? size * n : size;
  if (!(size > 0) || rows > n || (size >= 1 && !Number.isInteger(size)))
    throw new UsageError(op, `${name} must be a fraction below 1 or a number of rows up to ${n}`, String(size));
  return rows;
}

/** Row numbers for parts of given sizes. */
function cut(op: string, n: number, sizes: readonly number[], { randomState = 0, shuffle = true, stratify }: SplitOptions): number[][] {
  const generator = new Generator(randomState);
  if (stratify === undefined) {
    const order = Array.from({ length: n }, (_, i) => i);
    const mixed = shuffle ? shuffled(order, generator) : order;
    let at = 0;
    return sizes.map((size) => mixed.slice(at, (at += size)));
  }
  if (lengthOf(op, stratify) !== n)
    throw new ShapeError(op, 'stratify needs one label a row', `${n} rows, ${lengthOf(op, stratify)} labels`);
  // Classes are laid out evenly along one line, then the line is cut: every part gets its share of each, up to rounding.
  const placed: { at: number; row: number }[] = [];
  for (const [label, rows] of byClass(stratify)) {
    if (rows.length < sizes.length)
      throw new DataError(op, 'a class has fewer members than there are parts', `'${label}' has ${rows.length}, parts ${sizes.length}`);
    shuffled(rows, generator).forEach((row, i) => placed.push({ at: (i + 0.5) / rows.length, row }));
  }
  placed.sort((p, q) => p.at - q.at || p.row - q.row);
  let at = 0;
  return sizes.map((size) =>
    shuffled(
      placed.slice(at, (at += size)).map(({ row }) => row),
      generator,
    ),
  );
}

/** What a split gives back for one array. */
export type Part<T> = T extends readonly string[] ? readonly string[] : Tensor;
/** Train and test part of every array, in their order. */
export type SplitResult<A extends readonly Labels[]> = A extends readonly [infer H, ...infer R extends readonly Labels[]]
  ? [train: Part<H>, test: Part<H>, ...SplitResult<R>]
  : [];

/**
 * Cuts arrays of equally many rows in two: [X_train, X_test, y_train, y_test, …].
 * @throws UsageError for sizes that do not fit; ShapeError for arrays of different lengths; DataError for a class too small to stratify.
 * @see lectures 001:532, 004:64; system 9
 * @example
 * const [train, test] = trainTestSplit([[1], [2], [3], [4]], { testSize: 1 });
 * [train.shape, test.shape]; // → [[3, 1], [1, 1]]
 */
export function trainTestSplit<const A extends readonly Labels[]>(...arrays: A): SplitResult<A>;
export function trainTestSplit<const A extends readonly Labels[]>(...args: [...arrays: A, options: SplitOptions]): SplitResult<A>;
export function trainTestSplit(...args: readonly unknown[]): unknown {
  const [arrays, options] = arraysAndOptions('trainTestSplit', args, ['testSize', 'trainSize', 'randomState', 'shuffle', 'stratify']);
  const n = commonLength('trainTestSplit', arrays);
  const { testSize, trainSize } = options;
  const test =
    testSize === undefined && trainSize !== undefined
      ? n - Math.floor(count('trainTestSplit', 'trainSize', trainSize, n))
      : Math.ceil(count('trainTestSplit', 'testSize', testSize ?? 0.25, n));
  const train = trainSize === undefined ? n - test : Math.floor(count('trainTestSplit', 'trainSize', trainSize, n));
  if (train < 1 || test < 1 || train + test > n)
    throw new UsageError(
      'trainTestSplit',
      'both parts need a row, and together no more than there are',
      `train ${train}, test ${test} of ${n}`,
    );
  const parts = cut('trainTestSplit', n, [train, test], options).map(asIndices);
  return arrays.flatMap((a) => parts.map((rows) => rowsOf(a, rows)));
}

/** Options of `trainValidationTestSplit`. */
export interface ThreeWayOptions extends Pick<SplitOptions, 'randomState' | 'shuffle' | 'stratify'> {
  /** Fraction or number of rows to choose hyperparameters with; default 0.2. */
  validationSize?: number;
  /** Fraction or number of rows to be looked at once, at the end; default 0.2. */
  testSize?: number;
}

/** Three parts of a data set. */
export interface ThreeParts<X, Y> {
  readonly train: { readonly X: Part<X>; readonly y: Part<Y> };
  readonly validation: { readonly X: Part<X>; readonly y: Part<Y> };
  readonly test: { readonly X: Part<X>; readonly y: Part<Y> };
}

/**
 * Idea 3 of the lecture: train on one part, choose hyperparameters on the second, look at the third once.
 * @throws the errors of `trainTestSplit`.
 * @see lectures 001:532, 004:64; system 9
 * @example
 * const { validation } = trainValidationTestSplit([[1], [2], [3], [4], [5]], [0, 0, 1, 1, 1]);
 * validation.X.shape; // → [1, 1]
 */
export function trainValidationTestSplit<X extends Labels, Y extends Labels>(X: X, y: Y, options: ThreeWayOptions = {}): ThreeParts<X, Y> {
  const op = 'trainValidationTestSplit';
  checkOptions(op, options, ['validationSize', 'testSize', 'randomState', 'shuffle', 'stratify']);
  const n = commonLength(op, [X, y]);
  const validation = Math.ceil(count(op, 'validationSize', options.validationSize ?? 0.2, n));
  const test = Math.ceil(count(op, 'testSize', options.testSize ?? 0.2, n));
  const train = n - validation - test;
  if (train < 1) throw new UsageError(op, 'nothing is left to train on', `validation ${validation}, test ${test} of ${n}`);
  const parts = cut(op, n, [train, validation, test], options).map(asIndices);
  const [a, b, c] = parts.map((rows) => ({ X: rowsOf(X, rows) as Part<X>, y: rowsOf(y, rows) as Part<Y> }));
  return { train: a!, validation: b!, test: c! };
}

function arraysAndOptions(op: string, args: readonly unknown[], known: readonly string[]): [readonly Labels[], SplitOptions] {
  const last = args.at(-1);
  const isOptions = typeof last === 'object' && last !== null && Object.getPrototypeOf(last) === Object.prototype;
  const options = isOptions ? (last as SplitOptions) : {};
  checkOptions(op, options, known);
  return [(isOptions ? args.slice(0, -1) : args) as readonly Labels[], options];
}

function commonLength(op: string, arrays: readonly Labels[]): number {
  if (arrays.length === 0) throw new UsageError(op, 'needs at least one array');
  const lengths = arrays.map((a) => lengthOf(op, a));
  if (lengths.some((l) => l !== lengths[0])) throw new ShapeError(op, 'arrays have different numbers of rows', lengths.join(', '));
  if (lengths[0] === 0) throw new DataError(op, 'no data', '0 rows');
  return lengths[0]!;
}

/** Row numbers of one fold. */
export interface Fold {
  readonly train: Tensor;
  readonly test: Tensor;
}

/** Whatever makes folds. */
export interface Splitter {
  /** Folds of data with n rows. */
  split(X: Labels, y?: Labels): Fold[];
  readonly nSplits: number;
}

/** Options of `KFold` and `StratifiedKFold`. */
export interface KFoldOptions {
  /** Number of folds, at least 2; default 5. */
  nSplits?: number;
  /** Shuffle before cutting? Default false. */
  shuffle?: boolean;
  /** Seed of the shuffle; default 0. */
  randomState?: number;
}

function foldOptions(op: string, options: KFoldOptions): Required<KFoldOptions> {
  checkOptions(op, options, ['nSplits', 'shuffle', 'randomState']);
  const { nSplits = 5, shuffle = false, randomState = 0 } = options;
  if (!Number.isInteger(nSplits) || nSplits < 2) throw new UsageError(op, 'nSplits must be a whole number from 2', String(nSplits));
  return { nSplits, shuffle, randomState };
}

/** Folds from the number of the fold that every row is tested in. */
function foldsOf(testFold: ArrayLike<number>, nSplits: number): Fold[] {
  const rows = Array.from({ length: testFold.length }, (_, i) => i);
  return Array.from({ length: nSplits }, (_, f) => ({
    train: asIndices(rows.filter((i) => testFold[i] !== f)),
    test: asIndices(rows.filter((i) => testFold[i] === f)),
  }));
}

/**
 * k folds of neighbouring rows (or shuffled ones): every row is tested once. The first n mod k folds have one row more.
 * @throws UsageError for fewer than 2 folds; DataError for more folds than rows.
 * @see lecture 001:589; system 10
 * @example
 * new KFold({ nSplits: 2 }).split([[1], [2], [3]]).map(({ test }) => test); // → [[0, 1], [2]]
 */
export class KFold implements Splitter {
  readonly nSplits: number;
  readonly #options: Required<KFoldOptions>;

  constructor(options: KFoldOptions = {}) {
    this.#options = foldOptions('KFold', options);
    this.nSplits = this.#options.nSplits;
  }

  /** The folds. */
  split(X: Labels): Fold[] {
    const n = lengthOf('KFold', X);
    const { nSplits, shuffle, randomState } = this.#options;
    if (nSplits > n) throw new DataError('KFold', 'more folds than rows', `nSplits ${nSplits}, rows ${n}`);
    const rows = Array.from({ length: n }, (_, i) => i);
    const order = shuffle ? shuffled(rows, new Generator(randomState)) : rows;
    const testFold = new Int32Array(n);
    for (let f = 0, at = 0; f < nSplits; f++) {
      const size = Math.floor(n / nSplits) + (f < n % nSplits ? 1 : 0);
      for (let i = 0; i < size; i++) testFold[order[at++]!] = f;
    }
    return foldsOf(testFold, nSplits);
  }
}

/**
 * k folds that keep the shares of the classes, as in scikit-learn.
 * @throws UsageError for fewer than 2 folds or without labels; DataError for a class with fewer members than folds.
 * @example
 * new StratifiedKFold({ nSplits: 2 }).split([[1], [2], [3], [4]], [0, 0, 1, 1]).map(({ test }) => test); // → [[0, 2], [1, 3]]
 */
export class StratifiedKFold implements Splitter {
  readonly nSplits: number;
  readonly #options: Required<KFoldOptions>;

  constructor(options: KFoldOptions = {}) {
    this.#options = foldOptions('StratifiedKFold', options);
    this.nSplits = this.#options.nSplits;
  }

  /** The folds. */
  split(X: Labels, y?: Labels): Fold[] {
    const { nSplits, shuffle, randomState } = this.#options;
    if (y === undefined) throw new UsageError('StratifiedKFold', 'needs labels', undefined, 'split(X, y)');
    const n = commonLength('StratifiedKFold', [X, y]);
    const groups = byClass(y);
    for (const [label, rows] of groups) {
      if (rows.length < nSplits)
        throw new DataError('StratifiedKFold', 'a class has fewer members than folds', `'${label}' has ${rows.length}, nSplits ${nSplits}`);
    }
    // the sorted labels are dealt out to the folds in turn: that says how many of each class a fold gets
    const dealt = new Map([...groups.keys()].map((label) => [label, new Int32Array(nSplits)]));
    let at = 0;
    for (const [label, rows] of groups) for (let i = 0; i < rows.length; i++) dealt.get(label)![at++ % nSplits]!++;
    const generator = new Generator(randomState);
    const testFold = new Int32Array(n);
    for (const [label, rows] of groups) {
      const order = shuffle ? shuffled(rows, generator) : rows;
      let i = 0;
      dealt.get(label)!.forEach((size, f) => {
        for (let j = 0; j < size; j++) testFold[order[i++]!] = f;
      });
    }
    return foldsOf(testFold, nSplits);
  }
}
