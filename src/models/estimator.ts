/**
 * @file What model selection needs of a model.
 */
import type { TensorLike } from '../graph/create.js';
import type { Tensor } from '../graph/tensor.js';
import type { Labels } from './examples.js';

/** A model that can be fitted, asked, and made again with other settings. */
export interface Estimator {
  /** Learns from X [N, D] and labels or targets. */
  fit(X: TensorLike, y: Labels): unknown;
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
