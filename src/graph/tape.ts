/**
 * @file The tape: every op call makes a tensor, a node if a derivative may be asked through it, and an entry if somebody records.
 */
import type { DType, TypedArray } from './dtype.js';
import type { Shape } from './shape.js';
import { state, withState } from './state.js';
import { Batched, type Entry, Node, type OpLike, Tensor } from './tensor.js';
import { printTape } from './print.js';
import { leavesOf } from './tree.js';
import { watching } from './watch.js';

/** A recorded run of a function: op calls in creation order, which is a topological order. */
export class Tape {
  constructor(
    /** Every op call, oldest first. */
    readonly entries: readonly Entry[],
    /** The tensors among the arguments, in tree order. */
    readonly inputs: readonly Tensor[],
    /** The tensors in the result, in tree order. */
    readonly outputs: readonly Tensor[],
  ) {}

  /** Stable text: one line an op call, inputs by number. */
  print(): string {
    return printTape(this);
  }
}

/** The result of an op call. Every op of the library ends here. */
export function emit(
  op: OpLike,
  inputs: readonly Tensor[],
  attrs: unknown,
  values: TypedArray | number,
  shape: Shape,
  dtype: DType,
): Tensor {
  let tracked = false;
  if (state.recording) {
    for (let i = 0; i < inputs.length; i++) {
      if (inputs[i]!.node !== null) {
        tracked = true;
        break;
      }
    }
  }
  const out = new Tensor(shape, dtype, values, tracked ? new Node(op, inputs, attrs) : null);
  // the op on the whole batch is an entry of its own
  if (state.tape !== null && !(values instanceof Batched))
    state.tape.push({ op: op.name, definition: op, inputs, attrs, shape, output: out });
  if (watching.by !== null) watching.by.made(op, inputs, out);
  return out;
}

/** Looks at values: now, or, while a function is compiled, whenever the program runs. */
export function verify(t: Tensor, check: (data: TypedArray) => void): void {
  if (t.storage instanceof Batched) verify(t.storage.whole, check);
  else if (state.planning !== null && t.pending) state.planning.verify(t, check);
  else check(t.data);
}

/** Runs `f()` and collects every op call in it; an outer recording sees the entries too. */
export function collect<R>(f: () => R): { result: R; entries: Entry[] } {
  const entries: Entry[] = [];
  const outer = state.tape;
  const result = withState({ tape: entries }, f);
  if (outer !== null) for (const entry of entries) outer.push(entry);
  return { result, entries };
}

/** The tape of a finished run. */
export function makeTape(entries: readonly Entry[], args: unknown, result: unknown): Tape {
  return new Tape(entries, leavesOf(args), leavesOf(result));
}
