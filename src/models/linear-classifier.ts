/**
 * @file Scores = X·W + b, trained by minibatch SGD on any loss of (scores, labels): softmax, SVM or one's own.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { checkOptions, DataError, NotFittedError, ShapeError, UsageError } from '../graph/errors.js';
import type { Parameter } from '../graph/parameter.js';
import { showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { minibatches } from '../data/batches.js';
import { l2 } from '../losses/regularisers.js';
import { add, mul } from '../ops/arithmetic.js';
import { take } from '../ops/indexing.js';
import { matmul } from '../ops/matmul.js';
import { parameter } from '../ops/parameter.js';
import { Generator, normal } from '../ops/random.js';
import { argmax, max } from '../ops/extrema.js';
import { zeros } from '../ops/create.js';
import { SGD } from '../optim/sgd.js';
import { noGrad } from '../transforms/custom.js';
import type { Estimator } from './estimator.js';
import { checkX, isStrings, type Labels } from './examples.js';
import { accuracy } from './metrics.js';

/** A loss of scores [N, C] and labels [N], as one scalar. */
export type ClassificationLoss = (scores: Tensor, labels: Tensor) => Tensor;

/** What a linear classifier is told. */
export interface LinearClassifierOptions {
  /** Data loss, for example `crossEntropy` or `multiclassHinge`. */
  loss: ClassificationLoss;
  /** Regulariser R(W); default `l2`. The bias is not regularised. */
  regulariser?: (W: Tensor) => Tensor;
  /** Its weight λ; default 0. */
  lambda?: number;
  /** Learning rate; default 0.1. */
  lr?: number | ((step: number) => number);
  /** Momentum of SGD; default 0. */
  momentum?: number;
  /** Passes over the data; default 10. */
  epochs?: number;
  /** Examples a step; default 128. */
  batchSize?: number;
  /** Seed of initialisation and shuffling; default 0. */
  seed?: number;
  /** Called after every step: for progress bars and curves. */
  onStep?: (progress: { step: number; steps: number; epoch: number; loss: number }) => void;
}

/**
 * A linear classifier trained by minibatch SGD on mean(loss) + λ·R(W).
 * @throws UsageError for unknown options; NotFittedError when used before `fit`.
 * @see lectures 001:887, 004:86; systems 26–30
 * @example
 * const model = new LinearClassifier({ loss: crossEntropy, epochs: 50, batchSize: 2 });
 * model.fit([[0, 1], [1, 0], [0, 2], [2, 0]], [0, 1, 0, 1]);
 * model.predict([[0, 3], [3, 0]]); // → [0, 1]
 */
export class LinearClassifier implements Estimator {
  readonly kind = 'classifier';
  /** Weights [D, C] and bias [C], after `fit`. */
  weights_: Parameter | null = null;
  /** Bias [C], after `fit`. */
  bias_: Parameter | null = null;
  readonly #options: Required<LinearClassifierOptions>;

  constructor(options: LinearClassifierOptions) {
    checkOptions('LinearClassifier', options, ['loss', 'regulariser', 'lambda', 'lr', 'momentum', 'epochs', 'batchSize', 'seed', 'onStep']);
    if (typeof options?.loss !== 'function') throw new UsageError('LinearClassifier', 'needs a loss', undefined, '{ loss: crossEntropy }');
    this.#options = {
      regulariser: l2,
      lambda: 0,
      lr: 0.1,
      momentum: 0,
      epochs: 10,
      batchSize: 128,
      seed: 0,
      onStep: () => undefined,
      ...options,
    };
    if (!Number.isInteger(this.#options.epochs) || this.#options.epochs < 0)
      throw new UsageError('LinearClassifier', 'epochs must be a whole number', String(options.epochs));
  }

  /**
   * Trains on X [N, D] and labels y [N] (0 … C−1), in the dtype of X.
   * @throws DataError for NaN or infinite values or labels that are no class indices; ShapeError for shapes that do not fit. Whatever is
   * thrown, also by the loss, leaves the classifier as it was.
   */
  fit(X: TensorLike, y: Labels): this {
    const [data, labels] = checkTraining(X, y);
    const { seed } = this.#options;
    const d = data.shape[1]!;
    const classes = max(labels).item() + 1;
    const generator = new Generator(seed);
    const dtype = data.dtype === 'float32' ? 'float32' : 'float64';
    const W = parameter(normal([d, classes], { generator, std: 1e-3, dtype }), { name: 'W' });
    const b = parameter(zeros([classes], { dtype }), { name: 'b' });
    const before = [this.weights_, this.bias_] as const;
    this.weights_ = W;
    this.bias_ = b;
    try {
      this.#train(data, labels, generator);
    } catch (error) {
      [this.weights_, this.bias_] = before; // nothing half-fitted stays
      throw error;
    }
    return this;
  }

  #train(data: Tensor, labels: Tensor, generator: Generator): void {
    const { loss, epochs, batchSize, lr, momentum, onStep } = this.#options;
    const n = labels.size;
    const [W, b] = [this.weights_!, this.bias_!];
    const optimizer = new SGD([W, b], { lr, momentum });
    const steps = epochs * Math.ceil(n / batchSize);
    let step = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (const batch of minibatches(n, { batchSize, generator })) {
        const [xs, ys] = [take(data, batch), take(labels, batch)];
        const value = optimizer.minimize(() => this.#regularised(loss(this.#scores(xs), ys)));
        onStep({ step: ++step, steps, epoch, loss: value.item() });
      }
    }
  }

  /** An unfitted copy, some settings changed. */
  clone(changes: Partial<LinearClassifierOptions> = {}): LinearClassifier {
    return new LinearClassifier({ ...this.#options, ...changes });
  }

  /** Scores X·W + b, [N, C]. */
  scores(X: TensorLike): Tensor {
    return noGrad(() => this.#scores(toTensor(X)));
  }

  /** The class of the largest score, [N]; the first of equals. */
  predict(X: TensorLike): Tensor {
    return argmax(this.scores(X));
  }

  /** Accuracy on X and y. */
  score(X: TensorLike, y: Labels): number {
    return accuracy(y, this.predict(X));
  }

  /** mean(loss) + λ·R(W) on X and y. */
  objective(X: TensorLike, y: TensorLike): number {
    return noGrad(() => this.#regularised(this.#options.loss(this.#scores(toTensor(X)), toTensor(y)))).item();
  }

  #scores(X: Tensor): Tensor {
    if (this.weights_ === null || this.bias_ === null)
      throw new NotFittedError('LinearClassifier', 'is not fitted yet', undefined, 'call fit first');
    if (X.ndim !== 2 || X.shape[1] !== this.weights_.shape[0])
      throw new ShapeError('LinearClassifier', `X must be [N, ${this.weights_.shape[0]}]`, `got ${showShape(X.shape)}`);
    return add(matmul(X, this.weights_), this.bias_);
  }

  #regularised(value: Tensor): Tensor {
    const { lambda, regulariser } = this.#options;
    return lambda === 0 ? value : add(value, mul(lambda, regulariser(this.weights_!)));
  }
}

function checkTraining(data: TensorLike, classes: Labels): [Tensor, Tensor] {
  const X = checkX('fit', data);
  if (isStrings(classes)) throw new DataError('fit', 'labels must be whole numbers from 0', `y[0] is '${classes[0]}'`);
  const y = toTensor(classes);
  if (y.ndim !== 1 || y.size !== X.shape[0])
    throw new ShapeError('fit', 'y needs one label a row of X', `X ${showShape(X.shape)}, y ${showShape(y.shape)}`);
  const label = y.data.findIndex((v) => !Number.isInteger(v) || v < 0);
  if (label >= 0) throw new DataError('fit', 'labels must be whole numbers from 0', `y[${label}] is ${y.data[label]}`);
  return [X, y];
}
