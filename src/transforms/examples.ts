/**
 * @file Calls inside vmap that keep a graph of their own. What `vmap` returns is the values of all examples, so it is these that a derivative
 * outside of it goes through: a rule, or a checkpoint, belongs to them, not only to the one example that the function sees.
 */
import { state, withState } from '../graph/state.js';
import { Batched, type Tensor } from '../graph/tensor.js';
import { exampleOf, Examples, wholeOf } from '../ops/batching.js';
import { broadcastTo } from '../ops/shaping.js';
import { sum } from '../ops/sum.js';

/** The innermost call of vmap that is running. */
export interface Batch {
  /** Is a tensor another in each example? */
  maps(t: Tensor): boolean;
  /** The values of all examples; a tensor that they share, as it is. */
  spread(t: Tensor): Tensor;
  /** The same, with the leading axis in any case. */
  whole(t: Tensor): Tensor;
  /** One example that stands for all. */
  example(whole: Tensor): Tensor;
  /** Runs f as in that call, even when it is over: what f kept of it may be read again. */
  within<R>(f: () => R): R;
  /** Runs f as outside of that call. */
  outside<R>(f: () => R): R;
  /** What a cotangent means for all examples: their sum, for an input that they share. */
  cotangent(g: Tensor, of: Tensor): Tensor;
}

/** The call of vmap that is running; null outside of it. Arguments alone do not say: a function may close over what differs in each example. */
export function runningBatch(): Batch | null {
  const { batching } = state;
  if (!(batching instanceof Examples)) return null;
  const { level, outer } = batching;
  const maps = (t: Tensor): boolean => wholeOf(t, level) !== null;
  const whole = (t: Tensor): Tensor => wholeOf(t, level) ?? broadcastTo(t, [level.size, ...t.shape]);
  return {
    maps,
    whole,
    spread: (t) => wholeOf(t, level) ?? t,
    example: (t) => exampleOf(t, level),
    cotangent: (g, of) => (maps(of) ? whole(g) : sum(whole(g), { axis: 0 })),
    outside: (f) => withState({ batching: outer }, f),
    within(f) {
      const { open } = level;
      level.open = true;
      try {
        return withState({ batching }, f);
      } finally {
        level.open = open;
      }
    },
  };
}

/** Does a derivative go through a tensor, or, inside vmap, through the values of all examples? */
export function isTracked(t: Tensor): boolean {
  const { node, storage } = t;
  return node !== null || (storage instanceof Batched && isTracked(storage.whole));
}
