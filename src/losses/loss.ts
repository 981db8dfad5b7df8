/**
 * @file What all losses share: a per-example expression, then the reduction.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { sameShape, showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { isLeaf } from '../graph/tree.js';
import { checkLabelValues } from '../kernels/indexing.js';
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

/** What an expression returned, as a tensor; a body in braces without `return` gives undefined. */
function returned(name: string, losses: unknown): Tensor {
  if (isLeaf(losses) || Array.isArray(losses) || losses instanceof Promise) return toTensor(losses as TensorLike, name);
  const got = losses === null ? 'null' : typeof losses;
  throw new UsageError(name, 'the expression must return a tensor', `got ${got}`, 'return the loss of every example');
}

/**
 * Makes a loss of a per-example expression: options are checked, inputs become tensors, the result is reduced.
 * @throws UsageError for arguments of another kind.
 */
export function loss<O extends LossOptions>(
  name: string,
  known: readonly (keyof O & string)[],
  expression: (input: Tensor, target: Tensor, options: O) => Tensor,
): Loss<O> {
  const refuse = (wrong: string, got: unknown): never => {
    throw new UsageError('loss', wrong, `got ${typeof got}`, `loss('${typeof name === 'string' ? name : 'name'}', [], (s, y) => …)`);
  };
  if (typeof name !== 'string') refuse('the name must be a text', name);
  if (!Array.isArray(known)) refuse('known must be a list of the names of its options', known);
  if (typeof expression !== 'function') refuse('the expression must be a function', expression);
  return (input, target, options) => {
    checkOptions(name, options, ['reduction', ...known]);
    const o = (options ?? {}) as O;
    return reduceLoss(name, returned(name, expression(toTensor(input, name), toTensor(target, name), o)), o.reduction);
  };
}

/** Throws unless there is one label for every row of classes, and each is one of them. */
export function checkLabels(name: string, scores: Tensor, labels: Tensor): void {
  const rows = scores.shape.slice(0, -1);
  if (!sameShape(labels.shape, rows)) {
    throw new ShapeError(name, 'needs one label per row', `input ${showShape(scores.shape)}, labels ${showShape(labels.shape)}`);
  }
  checkLabelValues(name, labels.data, scores.shape[scores.ndim - 1]!);
}

/** Throws unless both have the same shape. */
export function sameShapes(name: string, input: Tensor, target: Tensor): void {
  if (!sameShape(input.shape, target.shape)) {
    throw new ShapeError(name, 'input and target must have the same shape', `${showShape(input.shape)} and ${showShape(target.shape)}`);
  }
}
