/** A peer library, loaded, as the runner sees it. */
import type { Inputs } from '../inputs.js';
import type { ContenderName, Precision, Result, Workload } from '../workload.js';

export interface Peer {
  name: ContenderName;
  version: string;
  /** The peer's contender for a workload, or null where it cannot do the work. */
  prepare(workload: Workload, inputs: Inputs): Promise<Prepared | null>;
  close(): void | Promise<void>;
}

export interface Prepared {
  /** The precision it computes in. */
  dtype: Precision;
  result(): Promise<Result>;
  /** From the initial state, calls for about `ms` milliseconds, at least once: milliseconds a call. */
  time(ms: number): Promise<number>;
}

/** Why a peer cannot take part. Never an error. */
export class NotInstalled extends Error {}
