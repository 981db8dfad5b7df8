import * as chainrule from 'chainrule';
import { grad, hvp, stack, sum, mul, tensor, take, type Tensor } from 'chainrule';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary, type Jet, unary } from './jet.js';

/** One node of a random graph: an op and the nodes it reads (any of those before it, so values are shared freely). */
interface Step {
  readonly op: string;
  readonly reads: readonly number[];
}

const UNARY = Object.keys(unary);
const BINARY = Object.keys(binary);
const table = chainrule as unknown as Record<string, (...x: Tensor[]) => Tensor>;

const step = fc.record({ kind: fc.nat(UNARY.length + BINARY.length - 1), a: fc.nat(1000), b: fc.nat(1000) });
const graphs = fc.record({
  inputs: fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 4 }),
  direction: fc.array(fc.integer({ min: -16, max: 16 }), { minLength: 4, maxLength: 4 }),
  steps: fc.array(step, { minLength: 1, maxLength: 24 }),
});

/** Reads are taken modulo the number of nodes before; results are kept small by tanh so that nothing overflows. */
function stepsOf(raw: readonly { kind: number; a: number; b: number }[], inputs: number): Step[] {
  return raw.map(({ kind, a, b }, i) => {
    const n = inputs + i;
    return kind < UNARY.length ? { op: UNARY[kind]!, reads: [a % n] } : { op: BINARY[kind - UNARY.length]!, reads: [a % n, b % n] };
  });
}

function evaluate<T>(inputs: readonly T[], steps: readonly Step[], call: (op: string, args: readonly T[]) => T): T {
  const nodes = [...inputs];
  for (const { op, reads } of steps) {
    nodes.push(
      call(
        op,
        reads.map((r) => nodes[r]!),
      ),
    );
  }
  return nodes[nodes.length - 1]!;
}

/** Divisors are moved away from 0 and every result squeezed by tanh, the same in both worlds. */
function jetOf(op: string, args: readonly Jet[]): Jet {
  const raw =
    args.length === 1
      ? unary[op]!(args[0]!)
      : op === 'div'
        ? binary['div']!(args[0]!, binary['add']!(unary['square']!(args[1]!), [1, 0, 0]))
        : binary[op]!(args[0]!, args[1]!);
  return unary['tanh']!(raw);
}

function tensorOf(op: string, args: readonly Tensor[]): Tensor {
  const raw = op === 'div' ? chainrule.div(args[0]!, chainrule.add(chainrule.square(args[1]!), 1)) : table[op]!(...args);
  return chainrule.tanh(raw);
}

describe('random graphs', () => {
  it('agree with a scalar oracle in value, first and second derivative along a line (1,000 graphs)', () => {
    fc.assert(
      fc.property(graphs, ({ inputs, direction, steps: raw }) => {
        const x = inputs.map((v) => v / 20);
        const u = x.map((_, i) => direction[i]! / 16);
        const steps = stepsOf(raw, x.length);
        const f = (v: Tensor): Tensor =>
          evaluate(
            x.map((_, i) => take(v, i)),
            steps,
            tensorOf,
          );
        const expected = evaluate<Jet>(
          x.map((v, i) => [v, u[i]!, 0]),
          steps,
          jetOf,
        );
        const [at, along] = [tensor(x), tensor(u)];
        const close = (ours: number, theirs: number): void => {
          expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(theirs)));
        };
        close(f(at).item(), expected[0]);
        close(sum(mul(grad(f)(at), along)).item(), expected[1]);
        const [, hv] = hvp(f, [at], along);
        close(sum(mul(hv, along)).item(), expected[2]);
      }),
      { seed: 42, numRuns: 1000 },
    );
  });

  it('a node read many times gets the sum of its cotangents', () => {
    const f = (x: Tensor): Tensor => sum(stack(Array.from({ length: 7 }, (_, i) => mul(x, i))));
    expect(grad(f)(2).item()).toBe(21);
  });
});
