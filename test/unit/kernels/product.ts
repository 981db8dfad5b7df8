/** What a product of matrices must be. */
import type { Tensor } from 'chainrule';
import { expect } from 'vitest';

/** C = A·B by the definition, and Σ|aᵢₗ·bₗⱼ|, which bounds the rounding: |error| ≤ K·ε·Σ|ab|. What is not finite is the same. */
export function expectProduct(A: Tensor, B: Tensor, C: Tensor, epsilon: number): void {
  const [m, k, n] = [A.shape[0]!, A.shape[1]!, B.shape[1]!];
  expect(C.shape).toEqual([m, n]);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let [s, size] = [0, 0];
      for (let l = 0; l < k; l++) {
        const p = A.data[i * k + l]! * B.data[l * n + j]!;
        s += p;
        size += Math.abs(p);
      }
      const c = C.data[i * n + j]!;
      if (!(Number.isFinite(s) ? Math.abs(c - s) <= k * epsilon * size : Object.is(c, s)))
        expect.fail(`${m}·${k}·${n} [${i},${j}]: ${c} for ${s}`);
    }
  }
}
