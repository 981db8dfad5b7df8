/**
 * @file What model selection needs of a model.
 */
import type { TensorLike } from '../graph/create.js';
import { UsageError } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import type { Labels } from './examples.js';

/** A model that can be fitted, asked, and made again with other settings. */
export interface Estimator {
  /** Learns from X [N, D] and labels or targets: at once, or as a promise. */
  fit(X: TensorLike, y: Labels): unknown;
  /** As `fit`, at once: what models have whose `fit` is a promise. */
  fitSync?(X: TensorLike, y: Labels): unknown;
  /** Labels or targets for X. */
  predict(X: TensorLike): Tensor | readonly string[];
  /** How good predictions for X are: accuracy, or R² of a regressor. */
  score(X: TensorLike, y: Labels): number;
  /** An unfitted copy, some settings changed. */
  clone(changes?: Readonly<Record<string, unknown>>): Estimator;
  /** Unfitted copies for several settings that share work where they can. */
  family?(settings: readonly Readonly<Record<string, unknown>>[]): Estimator[];
  /** 'classifier' or 'regressor': how folds are made when nobody says. */
  readonly kind: 'classifier' | 'regressor';
}

/** An estimator as those call it who pass on what they were given. */
export interface Fittable {
  fit(X: TensorLike, y: Labels, ...rest: readonly unknown[]): unknown;
  fitSync?(X: TensorLike, y: Labels, ...rest: readonly unknown[]): unknown;
}

/** Fits it at once; `rest` goes to its `fit` behind X and y. Throws a `UsageError` where it can only promise. */
export function fitNow(op: string, estimator: Fittable, X: TensorLike, y: Labels, ...rest: readonly unknown[]): void {
  const result = estimator.fitSync === undefined ? estimator.fit(X, y, ...rest) : estimator.fitSync(X, y, ...rest);
  if (!(result instanceof Promise)) return;
  result.catch(() => undefined); // nobody waits for it, so nobody would hear of its failure
  throw new UsageError(op, 'fit returned a Promise', undefined, 'the estimator needs fitSync');
}
