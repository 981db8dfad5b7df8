import {
  add,
  binaryCrossEntropy,
  diag,
  div,
  gt,
  hessian,
  hvp,
  log,
  log1p,
  lt,
  maximum,
  mul,
  neg,
  oneVsRestCrossEntropy,
  sqrt,
  sum,
  type Tensor,
  tensor,
  where,
} from 'chainrule';
import { describe, expect, it } from 'vitest';

// second derivatives of functions whose other branch is infinite at the point
const cases: readonly (readonly [string, (x: Tensor) => Tensor, at: number])[] = [
  ['log behind where', (x) => where(gt(x, 0), log(x), mul(x, x)), 0],
  ['sqrt behind where', (x) => where(gt(x, 0), sqrt(x), mul(x, x)), 0],
  ['a quotient behind where', (x) => where(gt(x, 0), div(1, x), mul(x, x)), 0],
  ['a clamped logarithm', (x) => add(maximum(log(x), -100), mul(x, x)), 0],
  ['log1p behind where', (x) => where(lt(x, 1), log1p(neg(x)), mul(x, x)), 1],
];

describe('dead branches stay dead at order 2', () => {
  it.each(cases)('%s', (_, f, at) => {
    expect(hessian(f)(at).item()).toBe(2);
    expect((hvp(f as (...x: never[]) => Tensor, [at], 3)[1] as Tensor).item()).toBe(6);
  });
  it('in losses of probabilities that are 0 and 1', () => {
    const bce = hessian((p) => binaryCrossEntropy(p, [0, 1, 1]))(tensor([0, 1, 0.5]));
    [1 / 3, 1 / 3, 4 / 3].forEach((v, i) => expect(diag(bce).data[i]).toBeCloseTo(v, 12));
    const ovr = hessian((p) => sum(oneVsRestCrossEntropy(p, 1)))(tensor([0, 1]));
    expect(ovr.toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });
});
