/** The line search on lines whose minimum is known: what it returns satisfies both Wolfe conditions, or there was no time for it. */
import { describe, expect, test } from 'vitest';
import { cubicMinimum, type LinePoint, strongWolfe } from '../../../src/optim/line-search.js';

type Line = readonly [name: string, f: (t: number) => number, slope: (t: number) => number];

const point = (t: number, f: number, slope: number): LinePoint => ({ t, f, g: new Float64Array([slope]), slope });

function search([, f, slope]: Line, first: number, most = 25): { point: LinePoint; evaluations: number; calls: number[] } {
  const calls: number[] = [];
  const at = (t: number): LinePoint => {
    calls.push(t);
    return point(t, f(t), slope(t));
  };
  const start = point(0, f(0), slope(0));
  return { ...strongWolfe({ at, start, first, scale: 1, toleranceChange: 1e-9, most }), calls };
}

/** The two conditions, from their definition: c₁ = 1e-4, c₂ = 0.9. */
function wolfe([, f, slope]: Line, t: number): readonly [descent: boolean, flat: boolean] {
  return [f(t) <= f(0) + 1e-4 * t * slope(0), Math.abs(slope(t)) <= 0.9 * Math.abs(slope(0))];
}

const smooth: readonly Line[] = [
  ['a parabola', (t) => (t - 3) ** 2, (t) => 2 * (t - 3)],
  ['flat: 1e-12 times a parabola', (t) => 1e-12 * (t - 3) ** 2, (t) => 2e-12 * (t - 3)],
  ['steep: 1e12 times a parabola', (t) => 1e12 * (t - 3) ** 2, (t) => 2e12 * (t - 3)],
  ['a quartic', (t) => (t - 2) ** 4, (t) => 4 * (t - 2) ** 3],
  ['an exponential and a line', (t) => Math.exp(-t) + 0.01 * t, (t) => 0.01 - Math.exp(-t)],
  ['waves', (t) => (t - 3) ** 2 + Math.sin(5 * t), (t) => 2 * (t - 3) + 5 * Math.cos(5 * t)],
  ['a minimum that is near', (t) => t * t - 1e-9 * t, (t) => 2 * t - 1e-9],
];

const walls: readonly Line[] = [
  ['−log(1 − t) − 2t, NaN beyond 1', (t) => -Math.log(1 - t) - 2 * t, (t) => 1 / (1 - t) - 2],
  ['a wall at 1e-3', (t) => -Math.log(1e-3 - t) - 1e4 * t, (t) => 1 / (1e-3 - t) - 1e4],
  ['a wall of NaN', (t) => (t > 1 ? NaN : (t - 0.7) ** 2), (t) => (t > 1 ? NaN : 2 * (t - 0.7))],
  ['a wall of +∞', (t) => (t > 1 ? Infinity : (t - 0.7) ** 2), (t) => (t > 1 ? Infinity : 2 * (t - 0.7))],
  ['an abyss of −∞', (t) => (t > 1 ? -Infinity : (t - 0.7) ** 2), (t) => (t > 1 ? -Infinity : 2 * (t - 0.7))],
  ['a slope that is NaN', (t) => (t - 0.7) ** 2, (t) => (t > 1 ? NaN : 2 * (t - 0.7))],
];

const firsts = [1e-8, 1e-4, 0.01, 1, 7, 1e3, 1e8];
const cases = [...smooth, ...walls].flatMap((line) => firsts.map((first) => [line[0], first, line] as const));

test.each(cases)('%s, first step %d: both Wolfe conditions', (_, first, line) => {
  const found = search(line, first);
  expect(wolfe(line, found.point.t)).toEqual([true, true]);
  expect([found.point.f, found.point.slope]).toEqual([line[1](found.point.t), line[2](found.point.t)]);
  expect(found.evaluations).toBe(found.calls.length);
  expect(found.evaluations).toBeLessThanOrEqual(26);
});

test.each([1, 10, 1e3])('values that are all the same but for rounding, first step %d: the slopes decide', (first) => {
  const line: Line = ['1e6 + 1e-14·(t − 1)²', (t) => 1e6 + 1e-14 * (t - 1) ** 2, (t) => 2e-14 * (t - 1)];
  expect(new Set([0, 0.5, 1, 10].map(line[1])).size).toBe(1);
  const found = search(line, first);
  expect(wolfe(line, found.point.t)[1]).toBe(true);
  expect(found.evaluations).toBeLessThan(10);
});

describe('where there is no such point, or no time', () => {
  test('a line without a minimum: the search goes on to the last evaluation, downhill', () => {
    const line: Line = ['−t', (t) => -t, () => -1];
    const found = search(line, 1);
    expect(found.evaluations).toBe(26);
    expect(wolfe(line, found.point.t)).toEqual([true, false]);
    expect(found.calls).toEqual(found.calls.toSorted((a, b) => a - b));
  });

  test('|t − 1|: its slope is never flat; the bracket closes around the kink', () => {
    const line: Line = ['|t − 1|', (t) => Math.abs(t - 1), (t) => Math.sign(t - 1)];
    const found = search(line, 0.01);
    expect(Math.abs(found.point.t - 1)).toBeLessThan(1e-9);
    expect(found.evaluations).toBeLessThan(26);
  });

  test('NaN everywhere but at the start: it stays there', () => {
    const found = search(['NaN', (t) => (t === 0 ? 0 : NaN), (t) => (t === 0 ? -1 : NaN)], 1);
    expect([found.point.t, found.point.f]).toEqual([0, 0]);
  });

  test.each([0, 1, 2, 5])('%d rounds: the lowest of the points it has seen, and the start', (most) => {
    for (const line of [...smooth, ...walls.slice(0, 4)]) {
      const found = search(line, 7, most);
      expect(found.evaluations).toBeLessThanOrEqual(most + 1);
      const seen = [0, ...found.calls].map((t) => line[1](t)).filter((f) => Number.isFinite(f));
      if (!wolfe(line, found.point.t).every(Boolean)) expect(found.point.f).toBe(Math.min(...seen));
    }
  });
});

describe('the cubic through two points', () => {
  // p(t) = t³ − 3t has its minimum −2 at 1
  const at = (t: number): LinePoint => point(t, t ** 3 - 3 * t, 3 * t * t - 3);

  test.each([
    [0, 2],
    [2, 0],
    [-0.5, 3],
  ])('a cubic from %d to %d: exact, in either order', (a, b) => {
    expect(cubicMinimum(at(a), at(b), -1, 4)).toBeCloseTo(1, 14);
  });

  test('it is kept within its bounds', () => {
    expect(cubicMinimum(at(0), at(2), 1.5, 2)).toBe(1.5);
    expect(cubicMinimum(at(0), at(2), 0, 0.5)).toBe(0.5);
  });

  test('the middle where there is no minimum, or a value that is no number', () => {
    expect(cubicMinimum(point(0, 0, -1), point(1, -1, -1), 2, 4)).toBe(3);
    expect(cubicMinimum(point(0, 0, -2), point(1, -1.2, -2), 2, 4)).toBe(3);
    expect(cubicMinimum(point(0, 0, -1), point(1, Infinity, NaN), 0, 1)).toBe(0.5);
    expect(cubicMinimum(point(0, 0, -1), point(0, 0, -1), 0, 0)).toBe(0);
  });
});
