/** What a workload is, and what a contender is: somebody's way of doing its work. */
import type * as TF from '@tensorflow/tfjs';
import type * as JaxJs from '@jax-js/jax';
import type * as Chainrule from '../src/index.js';
import type { Inputs } from './inputs.js';

export type { TF, JaxJs, Chainrule };
export type Precision = 'float64' | 'float32';

/** Compiles a function, or does not. */
export type Jit = <F extends (...args: never[]) => unknown>(f: F) => F;

/** Numbers by name: what a contender computed, for the check. */
export type Result = Record<string, ArrayLike<number>>;

export interface Contender {
  /** The work that is timed: complete when it returns. */
  call(): void;
  /** Value and gradients (and the loss some updates later), from the initial state; leaves the timed state alone. */
  result(): Result;
  /** Back to the initial state, before every round, so that all train from the same point. */
  reset?(): void;
}

export interface Workload<I extends Inputs = Inputs> {
  name: string;
  /** One line: the work of one call. */
  about: string;
  /** The precision that is asked for. The JavaScript peers compute in float32 all the same; see place.ts. */
  dtype: Precision;
  /** By what factor ours is to be faster, by peer. */
  targets?: Partial<Record<PeerName, number>>;
  /** What a reader of the table has to know about a peer. */
  notes?: Partial<Record<PeerName, string>>;
  /** Tolerances other than the default, by name of the result. */
  tolerance?: Partial<Record<string, number>>;
  setup(): I;
  /** Ours, compiled or not: `jit` is `compile`, or leaves the function as it is. */
  ours(inputs: I, cr: typeof Chainrule, jit: Jit): Contender;
  /** One text for both backends. Absent, or null for a backend, where it cannot do the work in reasonable time. */
  tfjs?(inputs: I, tf: typeof TF): Contender | null;
  jaxjs?(inputs: I, jax: typeof JaxJs): Contender;
  // PyTorch and JAX: the function of this name in peers/torch_peer.py and peers/jax_peer.py.
}

export const peerNames = ['eager', 'tfjs-cpu', 'tfjs-wasm', 'jax-js', 'torch', 'jax'] as const;
export type PeerName = (typeof peerNames)[number];

/** Largest difference that passes, relative to the largest magnitude of the reference array. */
export const tolerance: Record<Precision, number> = { float64: 1e-9, float32: 1e-4 };

/** Keeps the type of the inputs inside a workload, forgets it outside. */
export function workload<I extends Inputs>(w: Workload<I>): Workload {
  return w as unknown as Workload;
}
