/** Every op of the registry, compiled: on its own samples, in float64 and float32, forward and through gradients of both orders. */
import fc from 'fast-check';
import { add, cast, type Definition, grad, mul, registry, sum, type Tensor } from 'chainrule';
import { choices, drawFrom } from 'chainrule/testing';
import { describe, expect, test } from 'vitest';
import { checkCompiled } from './agree.js';

/** Inputs that have a derivative. */
function differentiable(op: Definition, inputs: readonly Tensor[]): number[] {
  return inputs.flatMap((x, i) => {
    const r = op.rule(Math.min(i, op.spec.inputs.length - 1));
    return typeof r === 'function' && (x.dtype === 'float64' || x.dtype === 'float32') ? [i] : [];
  });
}

const ops = [...registry.values()].filter((op) => op.spec.inputs.length > 0);

describe.each(ops.map((op) => [op.name, op] as const))('%s', (_, op) => {
  const cases = (runs: number, check: (inputs: readonly Tensor[], attrs: unknown) => void): void =>
    fc.assert(
      fc.property(choices, fc.boolean(), (tape, single) => {
        const { inputs, attrs } = op.spec.sample(drawFrom(tape));
        check(single ? inputs.map((x) => (x.dtype === 'float64' ? cast(x, 'float32') : x)) : inputs, attrs);
      }),
      { numRuns: runs, seed: 7 },
    );

  test('forward', () => {
    cases(20, (inputs, attrs) => checkCompiled((...xs: Tensor[]) => op.apply(xs, attrs), [...inputs]));
  });

  test('gradient, and the gradient of it', () => {
    cases(8, (inputs, attrs) => {
      const at = differentiable(op, inputs);
      if (at.length === 0) return;
      const total = (...xs: Tensor[]): Tensor => {
        const y = op.apply(xs, attrs);
        return sum(mul(y, y));
      };
      const first = grad(total, { argnums: at });
      checkCompiled((...xs: Tensor[]) => first(...xs), [...inputs], 'gradient');
      if (inputs.some((x) => x.dtype === 'float32')) return;
      const squares = (...xs: Tensor[]): Tensor =>
        first(...xs)
          .map((g: Tensor): Tensor => sum(mul(g, g)))
          .reduce((a, b) => add(a, b));
      const second = grad(squares, { argnums: at });
      checkCompiled((...xs: Tensor[]) => second(...xs), [...inputs], 'second order');
    });
  });
});

test('the registry is there', () => {
  expect(ops.length).toBeGreaterThan(50);
});
