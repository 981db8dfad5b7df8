/**
 * @file A tensor whose derivative is one function of its cotangent: what rules of one's own and checkpoints are made of.
 */
import { isFloat } from '../graph/dtype.js';
import { emit } from '../graph/tape.js';
import type { OpLike, Tensor } from '../graph/tensor.js';

/** How a tensor was made, for its derivative. */
export interface Pulled {
  /** Name on the tape and in messages. */
  readonly name: string;
  /** What it depends on. */
  readonly inputs: readonly Tensor[];
  /** Cotangents of all inputs at once. */
  readonly pull: (g: Tensor) => readonly Tensor[];
  /** Tensors it depends on too, that no derivative may be asked for. */
  readonly refused?: readonly Tensor[];
  /** Names of these, and what to do instead. */
  readonly refusal?: { readonly name: string; readonly instead: string };
}

/**
 * The values of `out` as the result of one op. `pull` runs once a sweep: its cotangents wait in the context of that sweep for the rules of
 * the other inputs, and no longer, because the next sweep may be one that is differentiated itself.
 */
export function withPullback(out: Tensor, { name, inputs, pull, refused = [], refusal }: Pulled): Tensor {
  const rule = (context: { cotangents: () => readonly Tensor[] }, i: number): Tensor => context.cotangents()[i]!;
  const op: OpLike = {
    name,
    inputs: [...inputs.map((_, i) => `argument ${i}`), ...refused.map((t) => t.name ?? refusal!.name)],
    instead: refusal?.instead,
    broadcasts: false,
    rule: (i) => (i >= inputs.length ? null : isFloat(inputs[i]!.dtype) ? rule : 'zero'),
    context: (_inputs, _attrs, _out, g) => {
      let all: readonly Tensor[] | undefined;
      return { cotangents: () => (all ??= pull(g)) } as never;
    },
  };
  return emit(op, [...inputs, ...refused], undefined, out.storage, out.shape, out.dtype);
}
