/**
 * @file No function of the library computes NaN or an infinity on its way at ordinary points, to second order: where `detectAnomaly` stops,
 * the user's numbers are to blame.
 */
import * as chainrule from 'chainrule';
import { AnomalyError, type ArrayData, detectAnomaly, grad, mul, sum, type Tensor, tensor } from 'chainrule';
import { describe, expect, it } from 'vitest';
import { compositeSamples } from './samples.js';

const api = chainrule as unknown as Readonly<Record<string, (...args: unknown[]) => Tensor>>;

/** Functions whose first argument is a list of tensors, not a tensor: they only move numbers. */
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
      return sum(api[name]!(...all));
    };
    const argnums = differentiable.map((_at, i) => i);
    const gradient = grad(f, { argnums }) as (...xs: Tensor[]) => Tensor[];
    const squares = (...xs: Tensor[]): Tensor => gradient(...xs).reduce<Tensor>((total, g) => total.add(sum(mul(g, g))), tensor(0));
    const inputs = differentiable.map((at) => tensor(args[at] as ArrayData));
    const odd = inputs.some((x) => x.data.some((v) => !Number.isFinite(v)));
    let seconds: Tensor[] = [];
    try {
      seconds = detectAnomaly(grad(squares, { argnums }) as (...xs: Tensor[]) => Tensor[])(...inputs);
    } catch (error) {
      // samples that hold NaN or an infinity themselves
      if (!(odd && error instanceof AnomalyError)) throw error;
    }
    for (const g of seconds) expect(g.data.every(Number.isFinite)).toBe(true);
  });
});
