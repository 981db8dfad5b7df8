/** A plan whose steps reach beyond their buffers is refused, wherever that is. */
import { add, concat, matmul, oneHot, relu, reshape, sum, Tensor, tensor, zeros } from 'chainrule';
import { expect, test } from 'vitest';
import { checkBounds } from '../../../src/machine/bounds.js';
import { standIns } from '../../../src/machine/compile.js';
import { withEpilogues } from '../../../src/machine/epilogue.js';
import { plan } from '../../../src/machine/plan.js';
import { recordPending } from '../../../src/machine/record.js';
import type { Plan, Value } from '../../../src/machine/steps.js';
import { tensorsOf } from '../../../src/machine/trees.js';

function planOf(f: (...xs: Tensor[]) => Tensor, inputs: readonly Tensor[]): Plan {
  const stands = standIns(inputs);
  const recording = recordPending(() => f(...stands));
  return withEpilogues(plan(recording, stands, tensorsOf(recording.result)));
}

const X = zeros([9, 8]);
const programs: readonly Plan[] = [
  planOf((x) => sum(add(x, x), { axis: 0 }), [X]),
  planOf((x, w, b) => relu(add(matmul(x, w), b)), [X, zeros([8, 7]), zeros([7])]),
  planOf((x, w) => matmul(x, w), [zeros([3, 9, 8]), zeros([3, 8, 7])]),
  planOf((x, y) => concat([x, reshape(y, [1, 8])]), [X, zeros([8])]),
  planOf((y) => oneHot(y, 4), [tensor([0, 1, 2], { dtype: 'int32' })]),
];

test('plans keep to their buffers', () => {
  for (const p of programs) expect(() => checkBounds(p)).not.toThrow();
});

test('every buffer is needed to its last element', () => {
  let refused = 0;
  for (const p of programs) {
    for (const value of p.values.filter((v) => v.stored && v.size > 1)) {
      const { size } = value;
      (value as { size: number } & Value).size = size - 1;
      expect(() => checkBounds(p), `${value.kind} of ${size}`).toThrow(/^machine: .* of a buffer of \d+ elements$/);
      (value as { size: number } & Value).size = size;
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(10);
});
