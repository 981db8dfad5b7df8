/**
 * The published grid: every function of numbers beside values that are right to the last bit.
 *
 * accuracy.json was made with mpmath, at 140 bits and up to 1400 where a formula cancels (`log1p`, `asinh`, `ln |Γ|` near its roots, …): for
 * each function 92 random arguments from all of its ranges, ends of ranges and neighbours of roots and poles chosen by hand, and the 12 points
 * that were worst for this library among 8,000. A row has the arguments, the value y = float(v) and (v − y)/ulp(y) to three decimals:
 *
 *     v = f(*[mpf(x) for x in arguments]); y = float(v); row = [*arguments, y, round(float((v - mpf(y)) / numpy.spacing(abs(y))), 3)]
 *
 * docs/accuracy.md has what is measured here.
 */
import { expect, test } from 'vitest';
import { ABSOLUTE, measured, RELATIVE, ULPS } from '../../scripts/pages/accuracy.js';

const all = measured();

test.each(all.filter((a) => !a.special).map((a) => [a.name, a] as const))('%s: within 2 units in the last place', (_, { ulps, at }) => {
  expect(ulps, `at ${at.join(', ')}`).toBeLessThanOrEqual(ULPS);
});

test.each(all.filter((a) => a.special).map((a) => [a.name, a] as const))('%s: 14 digits', (_, { relative, absolute }) => {
  expect(relative).toBeLessThanOrEqual(RELATIVE);
  if (absolute !== null) expect(absolute).toBeLessThanOrEqual(ABSOLUTE);
});

test('the grid has every function, and enough points of each', () => {
  expect(all.length).toBe(28);
  expect(Math.min(...all.map((a) => a.points))).toBeGreaterThanOrEqual(100);
});
