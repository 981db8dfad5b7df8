/**
 * @file What all losses share: a per-example expression, then the reduction.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { checkOptions, DTypeError, ShapeError, UsageError } from '../graph/errors.js';
import { sameShape, showShape } from '../graph/shape.js';
import { verify } from '../graph/tape.js';
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

/** A target as a tensor. Labels that are strings are refused: classifiers number them, a loss of scores cannot. */
export function toTarget(name: string, target: TensorLike): Tensor {
  const text: unknown = Array.isArray(target) ? (target as unknown[]).find((v) => typeof v === 'string') : target;
  if (typeof text === 'string')
    throw new DTypeError(name, 'targets are numbers', `got '${text}'`, 'labels are 0 … C − 1; LinearClassifier takes strings');
  return toTensor(target, name);
}

/**
 * Makes a loss of a per-example expression: options are checked, inputs become tensors, the result is reduced. Shapes are the
 * expression's business: it broadcasts, as ops do.
 * @param name What errors begin with.
 * @param known Names of the options that may be given besides `reduction`; any other is an error with a did-you-mean.
 * @param expression One value an example or an element, of input, target and options; it does not average.
 * @returns A function of (input, target, options) that takes arrays and tensors and reduces: 'mean' unless `reduction` says otherwise.
 * @throws UsageError for arguments of another kind; what it returns throws UsageError for unknown options.
 * @see docs/write-a-loss.md
 * @example
 * interface TubeOptions extends LossOptions {
 *   epsilon?: number;
 * }
 * const tube = loss<TubeOptions>('tube', ['epsilon'], (s, y, { epsilon = 0.1 }) => relu(sub(abs(sub(s, y)), epsilon)));
 * tube([1, 2], [1, 4]); // → 0.95
 * tube([1, 2], [1, 4], { epsilon: 1, reduction: 'none' }); // → [0, 1]
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
    return reduceLoss(name, returned(name, expression(toTensor(input, name), toTarget(name, target), o)), o.reduction);
  };
}

/** Throws unless there is one label for every row of classes, and each is one of them. */
export function checkLabels(name: string, scores: Tensor, labels: Tensor): void {
  const rows = scores.shape.slice(0, -1);
  if (!sameShape(labels.shape, rows)) {
    throw new ShapeError(name, 'needs one label per row', `input ${showShape(scores.shape)}, labels ${showShape(labels.shape)}`);
  }
  verify(labels, (values) => checkLabelValues(name, values, scores.shape[scores.ndim - 1]!));
}

/** Throws unless both have the same shape. */
export function sameShapes(name: string, input: Tensor, target: Tensor): void {
  if (!sameShape(input.shape, target.shape)) {
    throw new ShapeError(name, 'input and target must have the same shape', `${showShape(input.shape)} and ${showShape(target.shape)}`);
  }
}
