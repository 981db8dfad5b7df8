/**
 * @file Numbers that should be the same.
 */
import { stopGradient, type TensorLike } from 'chainrule';
import { expect } from 'vitest';

/** The same shape and the same numbers, to ten digits (below 1: to 1e-10). */
export function near(x: TensorLike, expected: TensorLike): void {
  const [a, b] = [stopGradient(x), stopGradient(expected)];
  expect(a.shape).toEqual(b.shape);
  a.data.forEach((v: number, i: number) => {
    const e = b.data[i]!;
    if (Number.isFinite(e)) expect(Math.abs(v - e), `${v} is not ${e}`).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(e)));
    else expect(v).toBe(e);
  });
}
