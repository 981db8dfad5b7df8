/**
 * @file Every composed function and loss under vmap: the batch gives what its examples give one by one, in value and gradient.
 */
import * as chainrule from 'chainrule';
import { type ArrayData, flip, grad, stack, sum, type Tensor, tensor, vmap } from 'chainrule';
import { describe, expect, it } from 'vitest';
import { compositeSamples } from './samples.js';

const api = chainrule as unknown as Readonly<Record<string, (...args: unknown[]) => Tensor>>;

function near(got: Tensor, expected: Tensor): void {
  expect(got.shape).toEqual(expected.shape);
  expect(got.dtype).toBe(expected.dtype);
  expected.data.forEach((v, i) => {
    const w = got.data[i]!;
    if (!Object.is(v, w)) expect(Math.abs(v - w), `${w} and ${v} at ${i}`).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(v)));
  });
}

/** Functions whose first argument is a list of tensors, not a tensor: the laws of `concat` are theirs. */
const OF_LISTS = ['stack', 'concat', 'cat'];

const samples = compositeSamples
  .filter(({ name }) => !OF_LISTS.includes(name))
  .map(({ name, cases }) => [name, cases.filter((c) => c.differentiable.length > 0)] as const)
  .filter(([, cases]) => cases.length > 0);

describe.each(samples)('%s', (name, cases) => {
  it.each(cases.map((c) => [c.label, c] as const))('%s', (_, { args, differentiable }) => {
    const f = (...xs: Tensor[]): Tensor => {
      const all = [...args];
      differentiable.forEach((at, i) => (all[at] = xs[i]!));
      return api[name]!(...all);
    };
    const first = differentiable.map((at) => tensor(args[at] as ArrayData));
    // the second example holds the same numbers backwards: rows of probabilities stay such rows, positive definite matrices stay positive definite
    const second = first.map((x) => flip(x));
    const whole = first.map((x, i) => stack([x, second[i]!]));
    near(vmap(f)(...whole), stack([f(...first), f(...second)]));
    const loss = grad((...xs: Tensor[]) => sum(f(...xs)), { argnums: first.map((_x, i) => i) }) as (...xs: Tensor[]) => Tensor[];
    const each = [loss(...first), loss(...second)];
    const all = vmap(loss)(...whole) as Tensor[];
    all.forEach((g, i) => near(g, stack(each.map((gs) => gs[i]!))));
  });
});
