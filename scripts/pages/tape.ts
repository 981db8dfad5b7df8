/**
 * @file Choices that samples of ops are drawn from: the same ones whenever a page is made.
 */

/** A tape of choices for `drawFrom`. */
export function tape(seed: number): number[] {
  let state = seed;
  return Array.from({ length: 200 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 16;
  });
}
