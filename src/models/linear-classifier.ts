/**
 * @file Linear classifiers: any loss of (scores, labels), softmax, logistic regression, support vectors. Only the loss differs.
 */
import type { TensorLike } from '../graph/create.js';
import { UsageError } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import { binaryCrossEntropyWithLogits, crossEntropy } from '../losses/classification.js';
import { binaryHinge, type HingeOptions, multiclassHinge } from '../losses/hinge.js';
import { sigmoid } from '../ops/activations.js';
import { mul, neg, square, sub } from '../ops/arithmetic.js';
import { reshape } from '../ops/shaping.js';
import { softmax } from '../ops/softmax.js';
import { stack } from '../ops/slicing.js';
import { mean } from '../ops/statistics.js';
import { adam } from '../optim/adam.js';
import { lbfgs } from '../optim/lbfgs.js';
import { sgd } from '../optim/sgd.js';
import type { ClassInfo, TrainedClassifierOptions } from './classifier.js';
import { LinearModel } from './linear-model.js';
import type { TrainingLoss } from './trained-model.js';

/** Throws for a margin among the options of a model: it is an option of the loss. */
function refuseMargin(name: string, options: object | undefined): void {
  const margin = ['delta', 'margin'].find((key) => options !== undefined && options !== null && Object.hasOwn(options, key));
  if (margin === undefined) return;
  const hint = 'it is an option of the loss: new LinearClassifier({ loss: (s, y) => multiclassHinge(s, y, { delta: 2 }) })';
  throw new UsageError(name, `unknown option '${margin}'`, undefined, hint);
}

/** What a linear classifier is told. */
export interface LinearClassifierOptions extends TrainedClassifierOptions {
  /**
   * Data loss of scores [N, C] and labels [N], for example `crossEntropy` or `multiclassHinge`. Its own options go into a closure:
   * `(s, y) => multiclassHinge(s, y, { delta: 2 })`.
   */
  loss: TrainingLoss;
}

/**
 * A linear classifier x·Wᵀ + b trained on mean(loss) + λ·R(W), with any loss. Defaults: SGD with rate 0.1, 10 epochs, batches of 128.
 * @throws UsageError for unknown options, or without a loss; NotFittedError when used before `fit`.
 * @see lectures 001:887, 004:86; systems 26–30
 * @example
 * const model = new LinearClassifier({ loss: multiclassHinge, lambda: 1e-3, epochs: 50, batchSize: 2 });
 * await model.fit([[0, 1], [1, 0], [0, 2], [2, 0]], ['up', 'right', 'up', 'right']);
 * model.predict([[0, 3], [3, 0]]); // → ['up', 'right']
 */
export class LinearClassifier extends LinearModel<LinearClassifierOptions> {
  constructor(options: LinearClassifierOptions) {
    refuseMargin('LinearClassifier', options);
    if (typeof options?.loss !== 'function') throw new UsageError('LinearClassifier', 'needs a loss', undefined, '{ loss: crossEntropy }');
    super('LinearClassifier', ['loss', 'classWeight'], options, { ...options, optimizer: sgd({ lr: 0.1 }), epochs: 10, batchSize: 128 });
  }

  protected dataLoss(scores: Tensor, labels: Tensor, _: ClassInfo, options: { reduction: 'mean' | 'none' }): Tensor {
    const { loss } = this.options;
    return options.reduction === 'mean' ? loss(scores, labels) : loss(scores, labels, options);
  }

  clone(changes: Partial<LinearClassifierOptions> = {}): LinearClassifier {
    return new LinearClassifier({ ...this.options, ...changes });
  }
}

/**
 * The softmax classifier: cross-entropy of x·Wᵀ + b. Defaults: SGD with rate 0.1, 10 epochs, batches of 128.
 * @throws UsageError for unknown options; NotFittedError when used before `fit`.
 * @see lectures 001:1493, 003:643, 004:744; system 58
 * @example
 * const model = new SoftmaxClassifier({ epochs: 100 });
 * await model.fit([[0], [1], [2]], ['low', 'middle', 'high']);
 * model.predictProba([[0]]).shape; // → [1, 3]
 * model.classes_; // → ['high', 'low', 'middle']
 */
export class SoftmaxClassifier extends LinearModel<TrainedClassifierOptions> {
  constructor(options: TrainedClassifierOptions = {}) {
    super('SoftmaxClassifier', ['classWeight'], options, { optimizer: sgd({ lr: 0.1 }), epochs: 10, batchSize: 128 });
  }

  protected dataLoss(scores: Tensor, labels: Tensor, _: ClassInfo, options: { reduction: 'mean' | 'none' }): Tensor {
    return crossEntropy(scores, labels, options);
  }

  /** Probability of each class, [N, C] in the order of `classes_`. */
  predictProba(X: TensorLike): Tensor {
    return softmax(this.outputs('predictProba', X));
  }

  clone(changes: Partial<TrainedClassifierOptions> = {}): SoftmaxClassifier {
    return new SoftmaxClassifier({ ...this.options, ...changes });
  }
}

/**
 * Logistic regression: for two classes one score and p = σ(w·x + b), for more softmax. Defaults: L-BFGS with line search, 40 steps of up
 * to 5 iterations on all examples, which move no more once no element of the gradient is above 1e-7; λ = 0.
 * @throws UsageError for unknown options; NotFittedError when used before `fit`.
 * @see lecture 000:330; system 70
 * @example
 * const model = new LogisticRegression({ lambda: 0.01 });
 * await model.fit([[1], [2], [3], [4]], [0, 0, 1, 1]);
 * model.predictProba([[2.5]]); // → [[0.5, 0.5]]
 */
export class LogisticRegression extends LinearModel<TrainedClassifierOptions> {
  constructor(options: TrainedClassifierOptions = {}) {
    super('LogisticRegression', ['classWeight'], options, {
      optimizer: lbfgs({ lineSearchFn: 'strong_wolfe', maxIter: 1000, toleranceGrad: 1e-9, toleranceChange: 1e-14 }),
      epochs: 1,
      batchSize: Infinity,
    });
  }

  protected override scoresFor(classes: number): number {
    return classes === 2 ? 1 : classes;
  }

  protected dataLoss(scores: Tensor, labels: Tensor, { classes }: ClassInfo, options: { reduction: 'mean' | 'none' }): Tensor {
    if (classes.length > 2) return crossEntropy(scores, labels, options);
    return binaryCrossEntropyWithLogits(reshape(scores, [-1]), labels, options);
  }

  /** Probability of each class, [N, C] in the order of `classes_`. */
  predictProba(X: TensorLike): Tensor {
    const scores = this.outputs('predictProba', X);
    if (scores.shape[1] !== 1) return softmax(scores);
    const s = reshape(scores, [-1]);
    return stack([sigmoid(neg(s)), sigmoid(s)], { axis: 1 }); // not 1 − p, which is 0 for a large s
  }

  clone(changes: Partial<TrainedClassifierOptions> = {}): LogisticRegression {
    return new LogisticRegression({ ...this.options, ...changes });
  }
}

/** Options of the linear support vector machine. */
export interface LinearSVCOptions extends TrainedClassifierOptions {
  /** Hinge to this power: 1 (default), or 2 for the squared hinge. */
  power?: 1 | 2;
}

/**
 * The linear support vector machine: for two classes one score and the binary hinge, for more the lectures' multiclass hinge. Defaults:
 * Adam with rate 0.01, 100 epochs, batches of 128.
 * @throws UsageError for unknown options; NotFittedError when used before `fit`.
 * @see lectures 003:483 and 001:1119; systems 43, 44, 52
 * @example
 * const model = new LinearSVC({ lambda: 1e-3, epochs: 500 });
 * await model.fit([[0, 0], [0, 1], [2, 0], [2, 1]], [-1, -1, 1, 1]);
 * model.predict([[0, 5], [2, -5]]); // → [-1, 1]
 * model.boundaries()[0]!.classes; // → [1, -1]
 */
export class LinearSVC extends LinearModel<LinearSVCOptions> {
  constructor(options: LinearSVCOptions = {}) {
    refuseMargin('LinearSVC', options);
    super('LinearSVC', ['classWeight', 'power'], options, { power: 1, optimizer: adam({ lr: 0.01 }), epochs: 100, batchSize: 128 });
    const { power } = this.options;
    if (power !== 1 && power !== 2) throw new UsageError('LinearSVC', 'power must be 1 or 2', String(power));
  }

  protected override scoresFor(classes: number): number {
    return classes === 2 ? 1 : classes;
  }

  protected dataLoss(scores: Tensor, labels: Tensor, { classes }: ClassInfo, options: { reduction: 'mean' | 'none' }): Tensor {
    const power = this.options.power ?? 1;
    if (classes.length > 2) return multiclassHinge(scores, labels, { ...options, power } satisfies HingeOptions);
    const margins = binaryHinge(reshape(scores, [-1]), sub(mul(labels, 2), 1), { reduction: 'none' });
    const losses = power === 2 ? square(margins) : margins;
    return options.reduction === 'none' ? losses : mean(losses);
  }

  clone(changes: Partial<LinearSVCOptions> = {}): LinearSVC {
    return new LinearSVC({ ...this.options, ...changes });
  }
}
