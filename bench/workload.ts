/** What a workload is, and what a contender is: somebody's way of doing its work. */
import type * as TF from '@tensorflow/tfjs';
import type * as JaxJs from '@jax-js/jax';
import type * as Chainrule from '../src/index.js';
import type { Inputs } from './inputs.js';
import type { Mode } from './libraries/ours.js';

export type { TF, JaxJs, Chainrule };
export type Precision = 'float64' | 'float32';

/** Numbers by name: what a contender computed, for the check. */
export type Result = Record<string, ArrayLike<number>>;

export interface Contender {
  /** The work that is timed, on the next of its inputs: complete when it returns, with the result where JavaScript, or Python, can read it. */
  call(): void;
  /** What the calls compute, from the initial state; leaves the timed state alone. */
  result(): Result;
  /** Back to the initial state, before every round, so that all train from the same point. */
  reset?(): void;
}

export interface Workload<I extends Inputs = Inputs> {
  name: string;
  /** One line: the work of one call. */
  about: string;
  /** The precision that is asked for. The JavaScript peers compute in float32 all the same; see libraries/. */
  dtype: Precision;
  /** What a reader of the table has to know about a peer. */
  notes?: Partial<Record<ContenderName, string>>;
  /** Tolerances other than the default, by name of the result. */
  tolerance?: Partial<Record<string, number>>;
  /** What varies from call to call has one more axis, the first: see `variants`. */
  setup(): I;
  ours(inputs: I, cr: typeof Chainrule, mode: Mode): Contender;
  /** One text for both backends. Absent, or null for a backend, where it cannot do the work in reasonable time. */
  tfjs?(inputs: I, tf: typeof TF): Contender | null;
  jaxjs?(inputs: I, jax: typeof JaxJs): Contender;
  // PyTorch, JAX and faiss: the function of this name in peers/*_peer.py.
}

/** Ours, in the order of the table: op by op; compiled, by threads; and compiled with two threads without relaxed SIMD. */
export const ourNames = ['eager', '1 thread', '2 threads', 'plain SIMD'] as const;
export const javascriptPeers = ['tfjs-cpu', 'tfjs-wasm', 'jax-js'] as const;
export const pythonPeers = ['torch', 'jax', 'faiss'] as const;
export const contenderNames = [...ourNames, ...javascriptPeers, ...pythonPeers] as const;

export type OurName = (typeof ourNames)[number];
export type JavaScriptPeer = (typeof javascriptPeers)[number];
export type PythonPeer = (typeof pythonPeers)[number];
export type ContenderName = OurName | JavaScriptPeer | PythonPeer;

/** Largest difference that passes, relative to the largest magnitude of the reference array. */
export const tolerance: Record<Precision, number> = { float64: 1e-9, float32: 1e-4 };

/** Keeps the type of the inputs inside a workload, forgets it outside. */
export function workload<I extends Inputs>(w: Workload<I>): Workload {
  return w as unknown as Workload;
}
