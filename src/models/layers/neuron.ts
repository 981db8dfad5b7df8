/**
 * @file The neuron of the lectures, and a layer of them.
 */
import { checkOptions, ShapeError } from '../../graph/errors.js';
import { showShape } from '../../graph/shape.js';
import type { Tensor } from '../../graph/tensor.js';
import { sigmoid } from '../../ops/activations.js';
import { add } from '../../ops/arithmetic.js';
import { matmul } from '../../ops/matmul.js';
import { uniform } from '../init.js';
import { activation, type Activation } from './activation.js';
import { checkCount, defineLayer, type Empty, type Layer, tensorOf } from './layer.js';
import { linear, type LinearParams } from './linear.js';
import { sequential } from './sequential.js';

/** Options of `neuron` and `dense`. */
export interface NeuronOptions {
  /** The non-linearity; default `sigmoid`. */
  activation?: Activation;
}

/** Parameters of `neuron`: weights w [in] and the scalar b. */
export type NeuronParams = { w: Tensor; b: Tensor };

/**
 * One neuron: z = w·x + b, y = σ(z). x [..., in] → y [...]; a single x [in] gives a scalar. First values as `linear`.
 * @throws UsageError unless inFeatures is a positive integer; ShapeError for another number of features.
 * @see lecture 003:397
 * @example
 * const params = { w: tensor([1, -2]), b: tensor(0.5) };
 * neuron(2).apply(params, [1.5, 1], { train: false, state: {} })[0]; // → 0.5
 */
export function neuron(inFeatures: number, options: NeuronOptions = {}): Layer<NeuronParams, Empty> {
  checkOptions('neuron', options, ['activation']);
  checkCount('neuron', 'inFeatures', inFeatures);
  const f = activation(options.activation ?? sigmoid);
  return defineLayer<NeuronParams, Empty>({
    name: 'neuron',
    draws: true,
    init(from) {
      const bound = 1 / Math.sqrt(inFeatures);
      const drawn = { ...from, a: -bound, b: bound };
      return { params: { w: uniform([inFeatures], drawn), b: uniform([], drawn) }, state: {} };
    },
    apply(params, x, own) {
      const w = tensorOf('neuron', 'params', params, 'w', [inFeatures]);
      const b = tensorOf('neuron', 'params', params, 'b', []);
      if (x.shape.at(-1) !== inFeatures)
        throw new ShapeError('neuron', `x must have ${inFeatures} features on its last axis`, `got ${showShape(x.shape)}`);
      return f.apply({}, add(matmul(x, w), b), own);
    },
  });
}

/**
 * A layer of M neurons: z_m = w_m·x + b_m, y_m = σ(z_m); `linear` and then the activation. x [..., in] → y [..., units].
 * @throws as `linear`.
 * @see lecture 003:406
 * @example
 * const { params, state } = dense(2, 3).init({ generator: new Generator(1) });
 * dense(2, 3).apply(params, [1, 2], { train: true, state })[0].shape; // → [3]
 */
export function dense(
  inFeatures: number,
  units: number,
  options: NeuronOptions = {},
): Layer<{ 0: LinearParams; 1: Empty }, { 0: Empty; 1: Empty }> {
  checkOptions('dense', options, ['activation']);
  return sequential(linear(inFeatures, units), activation(options.activation ?? sigmoid));
}
