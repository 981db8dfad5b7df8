/**
 * @file Multilayer perceptrons: linear layers and activations in turn, with dropout and batch normalisation between them if asked.
 */
import type { TensorLike } from '../graph/create.js';
import { UsageError } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import { crossEntropy } from '../losses/classification.js';
import { mseLoss } from '../losses/regression.js';
import type { Generator } from '../ops/random.js';
import { softmax } from '../ops/softmax.js';
import { adam } from '../optim/adam.js';
import { type ClassInfo, TrainedClassifier, type TrainedClassifierOptions } from './classifier.js';
import { BatchNorm1d, Dropout, Linear, ReLU, Sequential, Sigmoid, Softplus, Tanh } from './layers/faces.js';
import type { Module } from './layers/module.js';
import { TrainedRegressor, type TrainedRegressorOptions } from './regressor.js';

const ACTIVATIONS = { relu: ReLU, tanh: Tanh, sigmoid: Sigmoid, softplus: Softplus } as const;

/** How a multilayer perceptron is built. */
export interface MLPOptions {
  /** Widths of the hidden layers; default [100]. */
  hiddenLayerSizes?: readonly number[];
  /** Between layers; default 'relu'. */
  activation?: 'relu' | 'tanh' | 'sigmoid' | 'softplus';
  /** Probability with which a hidden value is dropped in training; default 0. */
  dropout?: number;
  /** Batch normalisation before each activation? Default false. */
  batchNorm?: boolean;
}

/** Options of `MLPClassifier`. */
export interface MLPClassifierOptions extends TrainedClassifierOptions, MLPOptions {}

/** Options of `MLPRegressor`. */
export interface MLPRegressorOptions extends TrainedRegressorOptions, MLPOptions {}

const KNOWN = ['hiddenLayerSizes', 'activation', 'dropout', 'batchNorm'];
const DEFAULTS: Required<MLPOptions> = { hiddenLayerSizes: [100], activation: 'relu', dropout: 0, batchNorm: false };

function checkMLP(name: string, { hiddenLayerSizes: sizes = [], activation = 'relu', dropout = 0 }: MLPOptions): void {
  if (!Array.isArray(sizes) || sizes.some((size) => !Number.isInteger(size) || size < 1))
    throw new UsageError(name, 'hiddenLayerSizes must be a list of positive whole numbers', String(sizes));
  if (!Object.hasOwn(ACTIVATIONS, activation))
    throw new UsageError(name, `unknown activation '${activation}'`, undefined, Object.keys(ACTIVATIONS).join(', '));
  if (!(dropout >= 0 && dropout < 1)) throw new UsageError(name, 'dropout must be at least 0 and less than 1', String(dropout));
}

function network(inputs: number, outputs: number, o: MLPOptions, init: { generator: Generator; dtype: 'float64' | 'float32' }): Sequential {
  const { hiddenLayerSizes, activation, dropout, batchNorm } = { ...DEFAULTS, ...o };
  const layers: Module[] = [];
  let width = inputs;
  for (const size of hiddenLayerSizes) {
    layers.push(new Linear(width, size, init));
    if (batchNorm) layers.push(new BatchNorm1d(size, { dtype: init.dtype }));
    layers.push(new ACTIVATIONS[activation]());
    if (dropout > 0) layers.push(new Dropout(dropout, { generator: init.generator }));
    width = size;
  }
  return new Sequential(...layers, new Linear(width, outputs, init));
}

/**
 * A multilayer perceptron that classifies: cross-entropy of its outputs. Defaults: Adam with rate 1e-3, 100 epochs, batches of 32.
 * @throws UsageError for unknown options; NotFittedError when used before `fit`.
 * @see lecture 003:418; systems 121–123
 * @example
 * const model = new MLPClassifier({ hiddenLayerSizes: [8], activation: 'tanh', optimizer: adam({ lr: 0.05 }), epochs: 200 });
 * await model.fit([[0, 0], [1, 0], [0, 1], [1, 1]], [0, 1, 1, 0]);
 * model.predict([[0, 0], [1, 0], [0, 1], [1, 1]]); // → [0, 1, 1, 0]
 */
export class MLPClassifier extends TrainedClassifier<MLPClassifierOptions> {
  constructor(options: MLPClassifierOptions = {}) {
    super('MLPClassifier', ['classWeight', ...KNOWN], options, { ...DEFAULTS, optimizer: adam(), epochs: 100, batchSize: 32 });
    checkMLP('MLPClassifier', this.options);
  }

  protected build(inputs: number, outputs: number, init: { generator: Generator; dtype: 'float64' | 'float32' }): Module {
    return network(inputs, outputs, this.options, init);
  }

  protected dataLoss(scores: Tensor, labels: Tensor, _: ClassInfo, options: { reduction: 'mean' | 'none' }): Tensor {
    return crossEntropy(scores, labels, options);
  }

  /** Probability of each class, [N, C] in the order of `classes_`. */
  predictProba(X: TensorLike): Tensor {
    return softmax(this.outputs('predictProba', X));
  }

  clone(changes: Partial<MLPClassifierOptions> = {}): MLPClassifier {
    return new MLPClassifier({ ...this.options, ...changes });
  }
}

/**
 * A multilayer perceptron for real targets, with any loss; default `mseLoss`. Defaults: Adam with rate 1e-3, 100 epochs, batches of 32.
 * @throws UsageError for unknown options; NotFittedError when used before `fit`.
 * @see lecture 003:418
 * @example
 * const model = new MLPRegressor({ hiddenLayerSizes: [16], activation: 'tanh', optimizer: adam({ lr: 0.05 }), epochs: 300 });
 * await model.fit([[-1], [-0.5], [0], [0.5], [1]], [1, 0.25, 0, 0.25, 1]);
 * model.score([[-1], [-0.5], [0], [0.5], [1]], [1, 0.25, 0, 0.25, 1]) > 0.99; // → true
 */
export class MLPRegressor extends TrainedRegressor<MLPRegressorOptions> {
  constructor(options: MLPRegressorOptions = {}) {
    super('MLPRegressor', ['loss', ...KNOWN], options, { ...DEFAULTS, loss: mseLoss, optimizer: adam(), epochs: 100, batchSize: 32 });
    checkMLP('MLPRegressor', this.options);
  }

  protected build(inputs: number, outputs: number, init: { generator: Generator; dtype: 'float64' | 'float32' }): Module {
    return network(inputs, outputs, this.options, init);
  }

  clone(changes: Partial<MLPRegressorOptions> = {}): MLPRegressor {
    return new MLPRegressor({ ...this.options, ...changes });
  }
}
