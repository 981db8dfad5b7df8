/**
 * @file Ops on all examples of a batch at once: what runs inside `vmap`. The function sees one example; what it holds stands for all of
 * them along a leading axis, and every op call becomes one op call on whole batches.
 */
import { UsageError } from '../graph/errors.js';
import { type Shape, showShape } from '../graph/shape.js';
import type { Batching } from '../graph/state.js';
import { emit } from '../graph/tape.js';
import { Batched, type Level, type OpLike, Tensor } from '../graph/tensor.js';
import type { Definition, Lead } from './define.js';
import { broadcastTo, reshape } from './shaping.js';

/** What `vmap` does about random numbers: refuse them, draw the same for every example, or others for each. */
export type Randomness = 'error' | 'same' | 'different';

/** Every input with the leading axis, those that have none repeated along it. */
export function everywhere(inputs: readonly Tensor[], { size, mapped }: Lead): Tensor[] {
  return inputs.map((x, i) => (mapped[i] === true ? x : broadcastTo(x, [size, ...x.shape])));
}

/** Inputs whose axes behind the leading one line up as they do in one example: NumPy's rule adds axes of length 1 in front. */
function aligned(inputs: readonly Tensor[], { size, mapped }: Lead): Tensor[] {
  const rank = Math.max(...inputs.map((x, i) => x.ndim - Number(mapped[i])));
  return inputs.map((x, i) => {
    const missing = rank + 1 - x.ndim;
    return mapped[i] !== true || missing === 0 ? x : reshape(x, [size, ...Array<number>(missing).fill(1), ...x.shape.slice(1)]);
  });
}

/** The op on the batch, by its own rule or, where it broadcasts, by itself. */
function onBatch(op: Definition, inputs: readonly Tensor[], attrs: unknown, lead: Lead): Tensor {
  const { spec } = op;
  if (spec.batch !== undefined) return spec.batch(inputs, attrs, lead);
  if (spec.broadcasts === true) return op.apply(aligned(inputs, lead), attrs);
  throw new UsageError(op.name, 'has no batch rule for vmap', undefined, 'add `batch: (inputs, attrs, lead) => …` to its record');
}

/** The innermost level that some of the tensors belong to. */
function levelOf(tensors: readonly Tensor[]): Level | null {
  let level: Level | null = null;
  for (let i = 0; i < tensors.length; i++) {
    const { storage } = tensors[i]!;
    if (storage instanceof Batched && (level === null || storage.level.depth > level.depth)) level = storage.level;
  }
  if (level?.open === false)
    throw new UsageError(
      'vmap',
      'a value of one example was kept beyond the call that it belongs to',
      undefined,
      'return it from the mapped function',
    );
  return level;
}

/** The values of all examples, where a tensor differs from example to example; null where it does not. */
export function wholeOf(t: Tensor, level: Level): Tensor | null {
  return t.storage instanceof Batched && t.storage.level === level ? t.storage.whole : null;
}

/** One example's tensor for the values of all. */
export function exampleOf(whole: Tensor, level: Level): Tensor {
  return new Tensor(whole.shape.slice(1), whole.dtype, new Batched(whole, level), null);
}

/** A call of `vmap` that is running, as ops see it. */
export class Examples implements Batching {
  readonly level: Level;
  /** The call of vmap that it is inside of. */
  readonly outer: Batching | null;
  readonly #randomness: Randomness;

  constructor(size: number, randomness: Randomness, outer: Batching | null) {
    this.level = { depth: outer instanceof Examples ? outer.level.depth + 1 : 0, size, open: true };
    this.outer = outer;
    this.#randomness = randomness;
  }

  apply(op: OpLike, inputs: readonly Tensor[], attrs: unknown, shape: Shape, dtype: Tensor['dtype']): Tensor | null {
    const level = levelOf(inputs);
    if (level === null) return null;
    const wholes = inputs.map((t) => wholeOf(t, level));
    const lead = { size: level.size, mapped: wholes.map((w) => w !== null) };
    const values = inputs.map((t, i) => wholes[i] ?? t);
    const out = onBatch(op as Definition, values, attrs, lead);
    return emit(op, inputs, attrs, new Batched(out, level), shape, dtype);
  }

  draw(op: string, shape: Shape, from: (shape: Shape) => Tensor): Tensor {
    const outside = (s: Shape): Tensor => (this.outer === null ? from(s) : this.outer.draw(op, s, from));
    if (this.#randomness === 'same') return outside(shape);
    if (this.#randomness === 'different') return exampleOf(outside([this.level.size, ...shape]), this.level);
    throw new UsageError(
      op,
      'random numbers inside vmap',
      showShape(shape),
      "say vmap(f, { randomness: 'different' }) for other numbers in every example, or 'same'",
    );
  }
}
