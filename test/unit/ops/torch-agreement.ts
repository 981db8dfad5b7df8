/** The library beside torch: value, and gradients of Σ_i (i + 1)/10·y_i. */
import { arange, div, grad, mul, reshape, sum, type Tensor } from 'chainrule';
import { expect } from 'vitest';
import { torchValues } from './torch-values.js';

/** Fails unless a function has torch's value and gradients, to the twelve digits that are kept. */
export function expectTorch(name: string, f: (...xs: Tensor[]) => Tensor, inputs: readonly Tensor[]): void {
  const { value, gradients } = torchValues[name]!;
  const y = f(...inputs);
  const loss = (...xs: Tensor[]): Tensor => {
    const out = f(...xs);
    return sum(mul(out, reshape(div(arange(1, out.size + 1), 10), out.shape)));
  };
  const found = [y, ...(grad(loss, { argnums: inputs.map((_, i) => i) })(...inputs) as unknown as Tensor[])];
  [value, ...gradients].forEach((want, i) => {
    const got = Array.from(found[i]!.data);
    expect(got).toHaveLength(want.length);
    want.forEach((w, k) => expect(Math.abs(got[k]! - w), `${name} ${i === 0 ? 'value' : `gradient ${i - 1}`} [${k}]`).toBeLessThanOrEqual(1e-11 * Math.max(1, Math.abs(w)))); // prettier-ignore
  });
}
