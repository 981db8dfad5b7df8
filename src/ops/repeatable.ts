/**
 * @file Random numbers drawn again: generators back to where a function found them.
 */
import { state, withState } from '../graph/state.js';

/** Runs f; `again(g)` runs g with the generators that f drew from standing where f found them, and leaves them as they are. */
export function repeatable<R>(f: () => R): { result: R; again: <T>(g: () => T) => T } {
  const draws = new Map<{ counter: number }, number>();
  const result = withState({ draws }, f);
  for (const [generator, counter] of draws) if (state.draws?.has(generator) === false) state.draws.set(generator, counter);
  const again = <T>(g: () => T): T => {
    const now = [...draws.keys()].map((generator) => [generator, generator.counter] as const);
    for (const [generator, counter] of draws) generator.counter = counter;
    try {
      return g();
    } finally {
      for (const [generator, counter] of now) generator.counter = counter;
    }
  };
  return { result, again };
}
