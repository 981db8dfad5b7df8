/**
 * @file What all losses share: a per-example expression, then the reduction.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { sameShape, showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { mean } from '../ops/statistics.js';
import { sum } from '../ops/sum.js';

/** How per-example (or per-element) losses become one number. */
export type Reduction = 'mean' | 'sum' | 'none';

/** Options of every loss. */
export interface LossOptions {
  /** 'mean' (default), 'sum' or 'none'. */
  reduction?: Reduction;
}

/** A loss: (input, target, options) → tensor. */
export type Loss<O extends LossOptions = LossOptions> = (input: TensorLike, target: TensorLike, options?: O) => Tensor;

/** Mean, sum, or the losses themselves. An empty batch has no mean. */
export function reduceLoss(name: string, losses: Tensor, reduction: Reduction = 'mean'): Tensor {
  if (reduction === 'none') return losses;
  if (reduction === 'sum') return sum(losses);
  if (reduction !== 'mean') throw new UsageError(name, `unknown reduction '${String(reduction)}'`, undefined, "'mean', 'sum' or 'none'");
  if (losses.size === 0) throw new ShapeError(name, 'an empty batch has no mean loss', showShape(losses.shape));
  return mean(losses);
}

/** Makes a loss of a per-example expression: options are checked, inputs become tensors, the result is reduced. */
export function loss<O extends LossOptions>(
  name: string,
  known: readonly (keyof O & string)[],
  expression: (input: Tensor, target: Tensor, options: O) => Tensor,
): Loss<O> {
  return (input, target, options) => {
    checkOptions(name, options, ['reduction', ...known]);
    const o = (options ?? {}) as O;
    return reduceLoss(name, expression(toTensor(input), toTensor(target), o), o.reduction);
  };
}

/** Throws unless there is one label for every row of classes. */
export function checkLabels(name: string, scores: Tensor, labels: Tensor): void {
  const rows = scores.shape.slice(0, -1);
  if (!sameShape(labels.shape, rows)) {
    throw new ShapeError(name, 'needs one label per row', `input ${showShape(scores.shape)}, labels ${showShape(labels.shape)}`);
  }
}

/** Throws unless both have the same shape. */
export function sameShapes(name: string, input: Tensor, target: Tensor): void {
  if (!sameShape(input.shape, target.shape)) {
    throw new ShapeError(name, 'input and target must have the same shape', `${showShape(input.shape)} and ${showShape(target.shape)}`);
  }
}
