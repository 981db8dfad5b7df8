/**
 * @file The global state, but for who watches (`watch.ts`): is a derivative being recorded, and by how many transforms?
 * Every change is undone in a `finally`, so an error in user code leaves it as it was.
 */
import type { TypedArray } from './dtype.js';
import type { DType } from './dtype.js';
import type { Shape } from './shape.js';
import type { Entry, OpLike, Tensor } from './tensor.js';

/** A function that is being compiled: it is recorded without computing, and asks here for what is known only when it runs. */
export interface Planning {
  /** What stands for the value of a parameter. */
  read(parameter: Tensor): Tensor;
  /** A parameter gets another value. */
  assign(parameter: Tensor, value: Tensor): void;
  /** A check of values that are not known yet: it is made whenever the program runs. */
  verify(t: Tensor, check: (data: TypedArray) => void): void;
  /** A generator was made: whenever the program runs it is made anew. */
  create(generator: { counter: number }): void;
  /** A generator is about to make draws, from where its counter stands. */
  draw(generator: { counter: number }): void;
}

/** A function that is mapped over the examples of a batch: its ops ask here what they do to all of them. */
export interface Batching {
  /** The op on all examples; null where no input differs from example to example. */
  apply(op: OpLike, inputs: readonly Tensor[], attrs: unknown, shape: Shape, dtype: DType): Tensor | null;
  /** Random numbers for one example, given how they are drawn for a shape. */
  draw(op: string, shape: Shape, from: (shape: Shape) => Tensor): Tensor;
}

/** What op calls look at. */
export interface State {
  /** Number of transforms (`vjp`, `grad`, …) whose function is being run. */
  depth: number;
  /** Do results of tracked inputs get a node? False inside `noGrad` and in a backward pass nobody differentiates. */
  recording: boolean;
  /** Where `record` collects every op call; null when nobody listens. */
  tape: Entry[] | null;
  /** The function that is being compiled; null when none is. */
  planning: Planning | null;
  /** The function that is being mapped over a batch; null when none is. */
  batching: Batching | null;
  /** Where each generator stood before it drew, for somebody who will draw the same again; null when nobody will. */
  draws: Map<{ counter: number }, number> | null;
}

/** The current state; read by every op call, written in this file only. */
export const state: State = { depth: 0, recording: true, tape: null, planning: null, batching: null, draws: null };

/** Runs `f` under a changed state and restores the old one, whatever happens. */
export function withState<R>(change: Partial<State>, f: () => R): R {
  const { depth, recording, tape, planning, batching, draws } = state;
  state.depth = change.depth ?? depth;
  state.recording = change.recording ?? recording;
  state.tape = change.tape ?? tape;
  state.planning = change.planning ?? planning;
  state.batching = change.batching === undefined ? batching : change.batching;
  state.draws = change.draws ?? draws;
  try {
    return f();
  } finally {
    state.depth = depth;
    state.recording = recording;
    state.tape = tape;
    state.planning = planning;
    state.batching = batching;
    state.draws = draws;
  }
}

/** Runs `f` on `args` as the function of a transform: whatever it does with tracked inputs gets nodes. */
export function asForward<R>(f: (...args: never[]) => R, args: readonly unknown[]): R {
  const { depth, recording } = state;
  state.depth = depth + 1;
  state.recording = true;
  try {
    return f(...(args as never[]));
  } finally {
    state.depth = depth;
    state.recording = recording;
  }
}

/**
 * Begins a backward pass: recorded only while another transform is active (and `noGrad` is off), so first-order results
 * carry no graph and one training step never chains to the next. What it returns belongs to `endBackward`, in a `finally`.
 */
export function beginBackward(): boolean {
  const { recording } = state;
  state.recording = recording && state.depth > 0;
  return recording;
}

/** Ends the backward pass that `beginBackward` began. */
export function endBackward(recording: boolean): void {
  state.recording = recording;
}
