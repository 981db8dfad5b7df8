/**
 * @file The linear layer y = x·Wᵀ + b, its weight stored as in torch.
 */
import { checkOptions, ShapeError } from '../../graph/errors.js';
import { showShape } from '../../graph/shape.js';
import type { Tensor } from '../../graph/tensor.js';
import { add } from '../../ops/arithmetic.js';
import { inner } from '../../ops/matmul.js';
import { kaimingUniform, uniform } from '../init.js';
import { checkCount, defineLayer, type Empty, type Layer, tensorOf } from './layer.js';

/** Parameters of `linear`: weight [out, in] and, unless switched off, bias [out]. */
export type LinearParams<B extends boolean = true> = B extends true ? { weight: Tensor; bias: Tensor } : { weight: Tensor };

/** Options of `linear`. */
export interface LinearOptions<B extends boolean = boolean> {
  /** Is there a bias? Default true. */
  bias?: B;
}

/**
 * y = x·Wᵀ + b on the last axis: x [..., in] → y [..., out]. The weight is [out, in] as torch stores it, so files of weights
 * move across unchanged. First values as torch: both uniform on ±1/√in (`kaimingUniform` with a = √5).
 * @throws UsageError unless the sizes are positive integers; ShapeError for an x, a weight or a bias of another size.
 * @see torch.nn.Linear; lectures 000:60, 003:406
 * @example
 * const { apply } = linear(2, 3);
 * const params = { weight: tensor([[1, 0], [0, 1], [1, 1]]), bias: tensor([0, 0, 10]) };
 * apply(params, [[2, 3]], { train: false, state: {} })[0]; // → [[2, 3, 15]]
 */
export function linear<B extends boolean = true>(
  inFeatures: number,
  outFeatures: number,
  options: LinearOptions<B> = {},
): Layer<LinearParams<B>, Empty> {
  checkOptions('linear', options, ['bias']);
  checkCount('linear', 'inFeatures', inFeatures);
  checkCount('linear', 'outFeatures', outFeatures);
  const hasBias = options.bias !== false;
  return defineLayer<LinearParams<B>, Empty>({
    name: 'linear',
    draws: true,
    init(from) {
      const weight = kaimingUniform([outFeatures, inFeatures], { ...from, a: Math.sqrt(5) });
      const bound = 1 / Math.sqrt(inFeatures);
      const params = hasBias ? { weight, bias: uniform([outFeatures], { ...from, a: -bound, b: bound }) } : { weight };
      return { params: params as LinearParams<B>, state: {} };
    },
    apply(params, x, { state }) {
      const weight = tensorOf('linear', 'params', params, 'weight', [outFeatures, inFeatures]);
      if (x.shape.at(-1) !== inFeatures)
        throw new ShapeError('linear', `x must have ${inFeatures} features on its last axis`, `got ${showShape(x.shape)}`);
      const y = inner(x, weight);
      return [hasBias ? add(y, tensorOf('linear', 'params', params, 'bias', [outFeatures])) : y, state];
    },
  });
}
