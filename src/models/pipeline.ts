/**
 * @file Features, then an estimator, as one estimator.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { UsageError } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import type { Features } from '../data/features.js';
import { type Estimator, type Fittable, fitNow } from './estimator.js';
import type { Labels } from './examples.js';

type Settings = Readonly<Record<string, unknown>>;

/** What an estimator may have beyond `Estimator`: a pipeline has it exactly if its estimator does. */
const optional = ['predictProba', 'decisionFunction', 'objective'] as const;

/** What `fit` of a pipeline gives: the pipeline, or a promise of it where the estimator's `fit` is one. */
export type Fitting<E extends Estimator> = ReturnType<E['fit']> extends Promise<unknown> ? Promise<Pipeline<E>> : Pipeline<E>;

/** What a method of the estimator takes after X and y. */
export type FitRest<F> = F extends (X: TensorLike, y: Labels, ...rest: infer R) => unknown ? R : [];

/** An estimator behind features, with predictProba, decisionFunction and objective where the estimator has them. */
export type Pipeline<E extends Estimator> = Omit<Estimator, 'fit' | 'fitSync' | 'predict' | 'clone'> & {
  /** The estimator that sees the features. */
  readonly estimator: E;
  /** X as the estimator sees it. */
  transform(X: TensorLike): Tensor;
  /** Fits the estimator on the features of X; validation data goes through the features too. */
  fit(X: TensorLike, y: Labels, ...rest: FitRest<E['fit']>): Fitting<E>;
  /** As `fit`, at once. */
  fitSync(X: TensorLike, y: Labels, ...rest: FitRest<E extends { fitSync: infer F } ? F : E['fit']>): Pipeline<E>;
  /** What the estimator predicts for the features of X. */
  predict(X: TensorLike): ReturnType<E['predict']>;
  /** The same features before an unfitted copy of the estimator. */
  clone(changes?: Readonly<Record<string, unknown>>): Pipeline<E>;
} & Pick<E, Extract<keyof E, 'predictProba' | 'decisionFunction' | 'objective'>>;

/**
 * scores = W·φ(x) + b: X goes through the features (one function, or several in turn), then to the estimator. In cross-validation of many
 * settings the features of a fold are computed once; everywhere else anew, since features may be learned.
 * @throws UsageError unless features are functions and the estimator can fit and predict.
 * @see lectures 001:970, 001:1025; system 35
 * @example
 * const model = pipeline(separateXor, new LogisticRegression({ lambda: 1e-3 }));
 * await model.fit([[0, 0], [1, 0], [0, 1], [1, 1]], [0, 1, 1, 0]);
 * model.score([[0, 0], [1, 0], [0, 1], [1, 1]], [0, 1, 1, 0]); // → 1
 */
export function pipeline<E extends Estimator>(features: Features | readonly Features[], estimator: E): Pipeline<E> {
  const list: readonly Features[] = typeof features === 'function' ? [features] : features;
  if (!Array.isArray(list) || list.length === 0 || list.some((f) => typeof f !== 'function'))
    throw new UsageError('pipeline', 'features must be a function or a list of functions');
  if (typeof estimator?.fit !== 'function' || typeof estimator.predict !== 'function')
    throw new UsageError('pipeline', 'the estimator must have fit and predict', String(estimator));
  return behind(list, estimator, null);
}

/** `known` holds the features of tensors that a family of copies has seen: nothing trains features while settings are compared. */
function behind<E extends Estimator>(features: readonly Features[], estimator: E, known: WeakMap<Tensor, Tensor> | null): Pipeline<E> {
  const transform = (X: TensorLike): Tensor => {
    const x = toTensor(X, 'pipeline');
    const found = known?.get(x) ?? features.reduce((rows, f) => f(rows), x);
    known?.set(x, found);
    return found;
  };
  const through = (rest: readonly unknown[]): unknown[] =>
    rest.map((options) => {
      const data = (options as { validationData?: unknown } | undefined)?.validationData;
      if (!Array.isArray(data)) return options; // what it refuses, it refuses itself
      const [X, ...others] = data as [TensorLike, ...unknown[]];
      return { ...(options as object), validationData: [transform(X), ...others] };
    });
  const self: Pipeline<E> = Object.assign(
    {
      kind: estimator.kind,
      estimator,
      transform,
      fit(X: TensorLike, y: Labels, ...rest: FitRest<E['fit']>): Fitting<E> {
        // Features first: what they refuse does not reach the estimator.
        const result = (estimator as Fittable).fit(transform(X), y, ...through(rest));
        return (result instanceof Promise ? result.then(() => self) : self) as Fitting<E>;
      },
      fitSync(X: TensorLike, y: Labels, ...rest: FitRest<E extends { fitSync: infer F } ? F : E['fit']>): Pipeline<E> {
        fitNow('pipeline', estimator, transform(X), y, ...through(rest));
        return self;
      },
      predict: (X: TensorLike) => estimator.predict(transform(X)) as ReturnType<E['predict']>,
      score: (X: TensorLike, y: Labels) => estimator.score(transform(X), y),
      clone: (changes?: Settings) => behind(features, estimator.clone(changes) as E, null),
      family: (settings: readonly Settings[]) => {
        const seen = new WeakMap<Tensor, Tensor>();
        return (estimator.family?.(settings) ?? settings.map((s) => estimator.clone(s))).map((e) =>
          behind(features, e as E, seen),
        ) as unknown as Estimator[];
      },
    },
    optionalOf(estimator, transform),
  );
  return self;
}

/** The optional methods that this estimator has, behind the features. */
function optionalOf<E extends Estimator>(
  estimator: E,
  transform: (X: TensorLike) => Tensor,
): Pick<E, Extract<keyof E, 'predictProba' | 'decisionFunction' | 'objective'>> {
  const methods = optional.flatMap((name) => {
    const method = (estimator as Partial<Record<typeof name, unknown>>)[name];
    if (typeof method !== 'function') return [];
    return [[name, (X: TensorLike, ...rest: unknown[]) => method.call(estimator, transform(X), ...rest) as unknown] as const];
  });
  return Object.fromEntries(methods) as Pick<E, Extract<keyof E, 'predictProba' | 'decisionFunction' | 'objective'>>;
}
