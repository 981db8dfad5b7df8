/**
 * @file What a recomputation is, and the forms that several of them share.
 */
import { grad, mean, reshape, sum, type Tensor } from 'chainrule';
import { type Examples, examplesIn, type Inputs } from '../inputs.js';
import { type Json, valueOf } from '../value.js';

/** The value of an entry from its inputs and nothing else, in the shape of the entry's `exact`. */
export type Recompute = (inputs: Inputs) => Json;

/** A loss of a batch of rows: one number for each. */
export type RowLoss = (rows: Tensor, labels: number[]) => Tensor;

/** Takes the batch axis off again where the entry gave a single example. */
function unbatched(t: Tensor, { single }: Examples): Json {
  return valueOf(single ? reshape(t, t.shape.slice(1)) : t);
}

/** One loss for each example. */
export function each(loss: RowLoss, read: (inputs: Inputs) => Examples = examplesIn): Recompute {
  return (inputs) => {
    const examples = read(inputs);
    return unbatched(loss(examples.rows, examples.labels), examples);
  };
}

/** The mean of the losses of the examples. */
export function meanOf(loss: RowLoss, read: (inputs: Inputs) => Examples = examplesIn): Recompute {
  return (inputs) => {
    const { rows, labels } = read(inputs);
    return mean(loss(rows, labels)).item();
  };
}

/** The losses and their mean: `{ L, mean }`. */
export function table(loss: RowLoss): Recompute {
  return (inputs) => ({ L: each(loss)(inputs), mean: meanOf(loss)(inputs) });
}

/** The gradient of each example's loss in its own row. */
export function gradientOf(loss: RowLoss, read: (inputs: Inputs) => Examples = examplesIn): Recompute {
  return (inputs) => {
    const examples = read(inputs);
    const slope = grad((rows: Tensor) => sum(loss(rows, examples.labels)));
    return unbatched(slope(examples.rows), examples);
  };
}
