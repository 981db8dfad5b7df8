/**
 * @file Features, then an estimator, as one estimator.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { UsageError } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import type { Features } from '../data/features.js';
import type { Estimator } from './estimator.js';
import type { Labels } from './examples.js';

/** An estimator behind features. */
export interface Pipeline<E extends Estimator> extends Estimator {
  /** The estimator that sees the features. */
  readonly estimator: E;
  /** X as the estimator sees it. */
  transform(X: TensorLike): Tensor;
  fit(X: TensorLike, y: Labels): Pipeline<E>;
  predict(X: TensorLike): ReturnType<E['predict']>;
  clone(changes?: Readonly<Record<string, unknown>>): Pipeline<E>;
}

/**
 * scores = W·φ(x) + b: X goes through the features (one function, or several in turn), then to the estimator. Features of a tensor are
 * computed once, for copies too, so cross-validation of many settings computes those of a fold once.
 * @throws UsageError unless features are functions and the estimator can fit and predict.
 * @see lectures 001:970, 001:1025; system 35
 * @example
 * const model = pipeline(separateXor, new LinearClassifier({ loss: crossEntropy, lr: 1, epochs: 200, batchSize: 4 }));
 * model.fit([[0, 0], [1, 0], [0, 1], [1, 1]], [0, 1, 1, 0]).score([[0, 0], [1, 0], [0, 1], [1, 1]], [0, 1, 1, 0]); // → 1
 */
export function pipeline<E extends Estimator>(features: Features | readonly Features[], estimator: E): Pipeline<E> {
  const list: readonly Features[] = typeof features === 'function' ? [features] : features;
  if (list.length === 0 || list.some((f) => typeof f !== 'function'))
    throw new UsageError('pipeline', 'features must be a function or a list of functions');
  if (typeof estimator?.fit !== 'function' || typeof estimator.predict !== 'function')
    throw new UsageError('pipeline', 'the estimator must have fit and predict', String(estimator));
  return behind(list, estimator, new WeakMap());
}

/** `known` holds the features of tensors that were seen, for all copies. */
function behind<E extends Estimator>(features: readonly Features[], estimator: E, known: WeakMap<Tensor, Tensor>): Pipeline<E> {
  const transform = (X: TensorLike): Tensor => {
    const x = toTensor(X);
    const found = known.get(x) ?? features.reduce((rows, f) => f(rows), x);
    known.set(x, found);
    return found;
  };
  const self: Pipeline<E> = {
    kind: estimator.kind,
    estimator,
    transform,
    fit(X, y) {
      estimator.fit(transform(X), y);
      return self;
    },
    predict: (X) => estimator.predict(transform(X)) as ReturnType<E['predict']>,
    score: (X, y) => estimator.score(transform(X), y),
    clone: (changes) => behind(features, estimator.clone(changes) as E, known),
    family: (settings) =>
      (estimator.family?.(settings) ?? settings.map((s) => estimator.clone(s))).map((e) => behind(features, e as E, known)),
  };
  return self;
}
