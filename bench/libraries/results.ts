/** Numbers of several calls, one after the other, for the check. */
import type { Result } from '../workload.js';

export type ValueAndGradient = readonly [value: number, gradient: ArrayLike<number>];

export function joined(parts: readonly ArrayLike<number>[]): Float64Array {
  const all = new Float64Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Value and gradient at every point. */
export function atAll(points: readonly ValueAndGradient[]): Result {
  return { value: points.map(([value]) => value), gradient: joined(points.map(([, gradient]) => gradient)) };
}

/** What a training workload shows: the first loss and its gradients, and the loss that two updates led to. */
export function trained(names: readonly string[], loss: number, gradients: readonly ArrayLike<number>[], later: number): Result {
  return {
    loss: [loss],
    ...Object.fromEntries(gradients.map((g, i) => [`g${names[i]}`, g])),
    'loss after 2 updates': [later],
  };
}
