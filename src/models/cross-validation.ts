/**
 * @file Cross-validation and the search for hyperparameters.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions, NotFittedError, UsageError } from '../graph/errors.js';
import { Tensor } from '../graph/tensor.js';
import { type Estimator, fitNow } from './estimator.js';
import type { Labels } from './examples.js';
import { type Scorer, scorerOf } from './metrics.js';
import { type Fold, KFold, rowsOf, type Splitter, StratifiedKFold } from './split.js';

/** Options of cross-validation. */
export interface CrossValidationOptions {
  /** Folds, or their number (stratified for classifiers, not shuffled); default 5. */
  cv?: number | Splitter;
  /** A name ('accuracy', 'f1_macro', 'r2', 'neg_mean_squared_error', …), a function, or null: the model's own score. */
  scoring?: string | Scorer | null;
  /** Score the training folds too? Default false. */
  returnTrainScore?: boolean;
  /** Called after every fold of every setting: for progress bars. */
  onFold?: (progress: { fold: number; folds: number; setting: number; settings: number }) => void;
}

const KNOWN = ['cv', 'scoring', 'returnTrainScore', 'onFold'];

/** Data of one fold, cut once for all settings. */
interface FoldData {
  readonly X: Tensor;
  readonly y: Labels;
  readonly testX: Tensor;
  readonly testY: Labels;
  readonly fold: Fold;
}

function* foldsOf(op: string, kind: Estimator['kind'], X: Tensor, y: Labels, cv: number | Splitter): Generator<FoldData> {
  const splitter =
    typeof cv === 'number' ? (kind === 'classifier' ? new StratifiedKFold({ nSplits: cv }) : new KFold({ nSplits: cv })) : cv;
  if (typeof splitter !== 'object' || typeof splitter?.split !== 'function')
    throw new UsageError(op, 'cv must be a number of folds or a splitter', String(cv));
  for (const fold of splitter.split(X, y)) {
    yield {
      X: rowsOf(X, fold.train) as Tensor,
      y: rowsOf(y, fold.train),
      testX: rowsOf(X, fold.test) as Tensor,
      testY: rowsOf(y, fold.test),
      fold,
    };
  }
}

/** Scores and times, one a fold. */
export interface CrossValidation {
  readonly testScore: number[];
  /** With `returnTrainScore`. */
  readonly trainScore?: number[];
  /** Milliseconds. */
  readonly fitTime: number[];
  /** Milliseconds. */
  readonly scoreTime: number[];
}

/** Cross-validates copies for several settings; folds outside, so that copies which share work can. */
function validateAll(
  op: string,
  estimator: Estimator,
  settings: readonly Readonly<Record<string, unknown>>[],
  X: TensorLike,
  y: Labels,
  options: CrossValidationOptions,
): CrossValidation[] {
  const { cv = 5, scoring = null, returnTrainScore = false, onFold } = options;
  const scorer = scorerOf(op, scoring);
  const models = estimator.family?.(settings) ?? settings.map((s) => estimator.clone(s));
  const results = settings.map(() => ({
    testScore: [] as number[],
    trainScore: [] as number[],
    fitTime: [] as number[],
    scoreTime: [] as number[],
  }));
  const folds = [...foldsOf(op, estimator.kind, toTensor(X, op), y, cv)];
  folds.forEach((data, f) => {
    models.forEach((model, i) => {
      const begin = performance.now();
      fitNow(op, model, data.X, data.y);
      const fitted = performance.now();
      const result = results[i]!;
      result.testScore.push(scorer(model, data.testX, data.testY));
      result.fitTime.push(fitted - begin);
      result.scoreTime.push(performance.now() - fitted);
      if (returnTrainScore) result.trainScore.push(scorer(model, data.X, data.y));
      onFold?.({ fold: f + 1, folds: folds.length, setting: i + 1, settings: models.length });
    });
  });
  return returnTrainScore ? results : results.map(({ testScore, fitTime, scoreTime }) => ({ testScore, fitTime, scoreTime }));
}

/**
 * Fits a copy of the estimator on every fold but one and scores it on that one, in turn.
 * @throws UsageError for unknown options or scoring; DataError for more folds than rows or members of a class.
 * @see lecture 001:589; system 10
 * @example
 * const X = [[0], [1], [2], [10], [11], [12]];
 * crossValidate(new KNeighborsClassifier({ nNeighbors: 1 }), X, [0, 0, 0, 1, 1, 1], { cv: 3 }).testScore; // → [1, 1, 1]
 */
export function crossValidate(estimator: Estimator, X: TensorLike, y: Labels, options: CrossValidationOptions = {}): CrossValidation {
  checkOptions('crossValidate', options, KNOWN);
  return validateAll('crossValidate', estimator, [{}], X, y, options)[0]!;
}

/**
 * The test scores of `crossValidate`, one a fold.
 * @throws the errors of `crossValidate`.
 * @example
 * crossValScore(new KNeighborsClassifier({ nNeighbors: 1 }), [[0], [1], [10], [11]], ['a', 'a', 'b', 'b'], { cv: 2 }); // → [1, 1]
 */
export function crossValScore(estimator: Estimator, X: TensorLike, y: Labels, options: CrossValidationOptions = {}): number[] {
  checkOptions('crossValScore', options, KNOWN);
  return validateAll('crossValScore', estimator, [{}], X, y, options)[0]!.testScore;
}

/**
 * For every row the prediction of the copy that did not see it.
 * @throws the errors of `crossValidate`.
 * @example
 * crossValPredict(new KNeighborsRegressor({ nNeighbors: 1 }), [[0], [1], [10], [11]], [5, 6, 7, 8], { cv: 2 }); // → [7, 7, 6, 6]
 */
export function crossValPredict(
  estimator: Estimator,
  X: TensorLike,
  y: Labels,
  options: Pick<CrossValidationOptions, 'cv'> = {},
): Tensor | readonly string[] {
  checkOptions('crossValPredict', options, ['cv']);
  const found: (number | string)[] = [];
  for (const { X: rows, y: labels, testX, fold } of foldsOf(
    'crossValPredict',
    estimator.kind,
    toTensor(X, 'crossValPredict'),
    y,
    options.cv ?? 5,
  )) {
    const model = estimator.clone();
    fitNow('crossValPredict', model, rows, labels);
    const predicted = model.predict(testX);
    const values: ArrayLike<number | string> = predicted instanceof Tensor ? predicted.data : predicted;
    fold.test.data.forEach((row, i) => (found[row] = values[i]!));
  }
  return typeof found[0] === 'string' ? (found as string[]) : toTensor(found as number[]);
}

/** Values to try, by name of the option. */
export type ParameterGrid = Readonly<Record<string, readonly unknown[]>>;

/**
 * Every combination of the values of a grid, the last name changing fastest (names in alphabetical order, as in scikit-learn).
 * @throws UsageError for an empty list.
 * @example
 * parameterGrid({ k: [1, 3], metric: ['l1'] }); // → [{ k: 1, metric: 'l1' }, { k: 3, metric: 'l1' }]
 */
export function parameterGrid(grid: ParameterGrid | readonly ParameterGrid[]): Record<string, unknown>[] {
  if (Array.isArray(grid)) return (grid as readonly ParameterGrid[]).flatMap((g) => parameterGrid(g));
  return Object.keys(grid)
    .sort()
    .reduce<Record<string, unknown>[]>(
      (all, name) => {
        const values = (grid as ParameterGrid)[name]!;
        if (!Array.isArray(values) || values.length === 0)
          throw new UsageError('parameterGrid', 'needs a list of values for every name', name);
        return all.flatMap((rest) => values.map((value: unknown) => ({ ...rest, [name]: value })));
      },
      [{}],
    );
}

/** Options of `GridSearchCV`. */
export interface GridSearchOptions extends CrossValidationOptions {
  /** Fit the best setting on all data at the end? Default true. */
  refit?: boolean;
}

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
const std = (xs: readonly number[]): number => Math.sqrt(mean(xs.map((x) => (x - mean(xs)) ** 2)));

/**
 * Cross-validates every setting of a grid and keeps the best (the first of equals). Models that can share work between settings do:
 * for k nearest neighbours the distances of a fold are computed once for all k.
 * @throws the errors of `crossValidate`; NotFittedError before `fit`.
 * @see scikit-learn's GridSearchCV; lecture 001:589; systems 8, 10
 * @example
 * const search = new GridSearchCV(new KNeighborsClassifier(), { nNeighbors: [1, 3] }, { cv: 2 });
 * search.fit([[0], [1], [2], [10], [11], [12]], [0, 0, 0, 1, 1, 1]);
 * search.bestParams_; // → { nNeighbors: 1 }
 * search.predict([[9]]); // → [1]
 */
export class GridSearchCV {
  /** The winning settings, after `fit`. */
  bestParams_: Record<string, unknown> | null = null;
  /** Their mean test score. */
  bestScore_: number | null = null;
  /** Their place in `cvResults_.params`. */
  bestIndex_: number | null = null;
  /** The winner, fitted on all data, with `refit`. */
  bestEstimator_: Estimator | null = null;
  /** Scores of all settings: params, split<i>_test_score, mean_test_score, std_test_score (population), rank_test_score, mean_fit_time … */
  cvResults_: Record<string, unknown[]> | null = null;
  /** Number of folds. */
  nSplits_: number | null = null;

  constructor(
    private readonly estimator: Estimator,
    private readonly grid: ParameterGrid | readonly ParameterGrid[],
    private readonly options: GridSearchOptions = {},
  ) {
    checkOptions('GridSearchCV', options, [...KNOWN, 'refit']);
    parameterGrid(grid);
  }

  /** Tries everything. What was found before stays if it fails. */
  fit(X: TensorLike, y: Labels): this {
    const settings = parameterGrid(this.grid);
    const results = validateAll('GridSearchCV', this.estimator, settings, X, y, this.options);
    const means = results.map(({ testScore }) => mean(testScore));
    const best = means.reduce((b, m, i) => (m > means[b]! || Number.isNaN(means[b]) ? i : b), 0);
    let winner: Estimator | null = null;
    if (this.options.refit !== false) {
      winner = this.estimator.clone(settings[best]);
      fitNow('GridSearchCV.fit', winner, X, y);
    }
    const folds = results[0]!.testScore.length;
    this.cvResults_ = {
      params: settings,
      ...Object.fromEntries([...new Set(settings.flatMap(Object.keys))].map((name) => [`param_${name}`, settings.map((s) => s[name])])),
      ...scoresOf(
        'test',
        results.map((r) => r.testScore),
      ),
      rank_test_score: means.map((m) => 1 + means.filter((other) => other > m).length),
      ...(this.options.returnTrainScore === true
        ? scoresOf(
            'train',
            results.map((r) => r.trainScore!),
          )
        : {}),
      mean_fit_time: results.map((r) => mean(r.fitTime)),
      std_fit_time: results.map((r) => std(r.fitTime)),
      mean_score_time: results.map((r) => mean(r.scoreTime)),
      std_score_time: results.map((r) => std(r.scoreTime)),
    };
    this.nSplits_ = folds;
    this.bestIndex_ = best;
    this.bestScore_ = means[best]!;
    this.bestParams_ = settings[best]!;
    this.bestEstimator_ = winner;
    return this;
  }

  /** Predictions of the winner. */
  predict(X: TensorLike): Tensor | readonly string[] {
    return this.#winner().predict(X);
  }

  /** Score of the winner. */
  score(X: TensorLike, y: Labels): number {
    return scorerOf('GridSearchCV', this.options.scoring ?? null)(this.#winner(), toTensor(X, 'GridSearchCV'), y);
  }

  #winner(): Estimator {
    if (this.bestEstimator_ === null)
      throw new NotFittedError(
        'GridSearchCV',
        'has no fitted winner',
        undefined,
        this.bestIndex_ === null ? 'call fit first' : 'refit is off',
      );
    return this.bestEstimator_;
  }
}

function scoresOf(part: string, scores: readonly (readonly number[])[]): Record<string, unknown[]> {
  const folds = scores[0]!.length;
  return {
    ...Object.fromEntries(Array.from({ length: folds }, (_, f) => [`split${f}_${part}_score`, scores.map((s) => s[f])])),
    [`mean_${part}_score`]: scores.map(mean),
    [`std_${part}_score`]: scores.map(std),
  };
}
