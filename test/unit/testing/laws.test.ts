/** The laws themselves: what they accept, what they reject, and what they report. */
import { elementwise, mul, type Op, reals, registry, stopGradient, type Tensor } from 'chainrule';
import { checkProperty, lawOrder2, lawOrder3, lawVjp, mutant, MUTATIONS } from 'chainrule/testing';
import { describe, expect, test } from 'vitest';

const options = { runs: 20, seed: 1, shrink: false };

/** x² whose derivative is right, and what that is differentiated to is not tracked: wrong from order 3 of x³ on. */
const untracked: Op<['x']> = elementwise({
  name: 'squareUntracked',
  inputs: ['x'],
  doc: 'x²',
  scalar: (x) => x * x,
  vjp: { x: ({ g, x }) => mul(g, stopGradient(mul(2, x))) },
  samples: { x: reals },
});
const cube: Op<['x']> = elementwise({
  name: 'cubeWrongAtOrder3',
  inputs: ['x'],
  doc: 'x³',
  scalar: (x) => x ** 3,
  vjp: { x: ({ g, x }): Tensor => mul(g, mul(3, untracked(x))) },
  samples: { x: reals },
});

describe('orders', () => {
  test('a rule that is right to order 2 alone is rejected at order 3', () => {
    expect(checkProperty(cube.definition, lawVjp, options).draws).toBe(20);
    checkProperty(cube.definition, lawOrder2, options);
    expect(() => checkProperty(cube.definition, lawOrder3, options)).toThrow('L4: the third derivative differs from central differences');
  });

  test('a right rule has small errors at every order, and they are reported', () => {
    for (const law of [lawVjp, lawOrder2, lawOrder3]) {
      const { draws, worst } = checkProperty(registry.get('mul')!, law, options);
      expect(draws).toBe(20);
      expect(worst).toBeGreaterThan(0);
      expect(worst).toBeLessThan(1e-9);
    }
  });

  test('laws that hold exactly report no error', () => {
    expect(checkProperty(registry.get('floor')!, lawVjp, options)).toEqual({ draws: 20, worst: 0 });
  });
});

describe('mutants', () => {
  const survives = (mutation: string): boolean => {
    const damaged = mutant(registry.get('mul')!, 'a', mutation);
    try {
      for (const law of [lawVjp, lawOrder2]) checkProperty(damaged, law, options);
      return true;
    } catch {
      return false;
    }
  };

  test('every way of damage is rejected', () => {
    expect(Object.keys(MUTATIONS).filter(survives)).toEqual([]);
    expect(Object.keys(MUTATIONS)).toHaveLength(5);
  });

  test('a mutant that changes nothing escapes: the check can fail', () => {
    const ways = MUTATIONS as Record<string, (typeof MUTATIONS)[string]>;
    ways['left alone'] = (rule) => rule;
    expect(survives('left alone')).toBe(true);
    delete ways['left alone'];
  });
});
