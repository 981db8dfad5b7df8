/** Every op of the registry, compiled: on its own samples, in float64 and float32, forward and through gradients of both orders. */
import fc from 'fast-check';
import { add, cast, compile, type Definition, exp, grad, mul, registry, sum, type Tensor, tensor } from 'chainrule';
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

test('the exponential of float32 is within 2 ulp of the rounded one, at its ends too', () => {
  const f = compile((t: Tensor) => exp(t));
  const bits = (x: Float32Array): Int32Array => new Int32Array(x.buffer, x.byteOffset, x.length);
  const n = 1 << 16;
  for (const [from, to] of [
    [-86.5, 88.72],
    [-2, 2],
    [-1e-3, 1e-3],
  ] as const) {
    // prettier-ignore
    const x = Float32Array.from({ length: n }, (_, i) => from + ((to - from) * i) / n);
    const [got, want] = [bits(f(tensor(x)).data as Float32Array), bits(Float32Array.from(x, Math.exp))];
    let worst = 0;
    got.forEach((b, i) => (worst = Math.max(worst, Math.abs(b - want[i]!))));
    expect(worst).toBeLessThanOrEqual(2);
  }
  const ends = [-Infinity, -200, -86.7, 88.8, Infinity, NaN, 0, -0];
  expect(Array.from(f(tensor(Float32Array.from(ends))).data)).toEqual([0, 0, 0, Infinity, Infinity, NaN, 1, 1]);
});

test('the registry is there', () => {
  expect(ops.length).toBeGreaterThan(50);
});
