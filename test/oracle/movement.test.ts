/** Random subscripts of einsum and random indices of `at`, beside their oracles. */
import fc from 'fast-check';
import { at, einsum, type Index, tensor } from 'chainrule';
import { expect, test } from 'vitest';
import { expectAgreement } from './agree.js';
import { movementOracles } from './movement.js';
import { build } from './nd.js';

/** Numbers that say where they stand. */
const numbered = (shape: readonly number[], seed = 0): { nd: ReturnType<typeof build>; tensor: ReturnType<typeof tensor> } => {
  let k = seed;
  const nd = build(shape, () => Math.sin(++k));
  return { nd, tensor: tensor(Float64Array.from(nd.data), { shape }) };
};

test('einsum', () => {
  const letters = ['a', 'b', 'c', 'd'];
  const call = fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 6, maxLength: 6 }),
    terms: fc.array(
      fc.record({
        letters: fc.array(fc.constantFrom(...letters), { maxLength: 3 }),
        dots: fc.option(fc.record({ place: fc.nat(3), ones: fc.array(fc.boolean(), { maxLength: 2 }) }), { freq: 3 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    kept: fc.option(fc.shuffledSubarray(letters), { freq: 2 }),
    dotsAt: fc.nat(4),
  });
  let products = 0;
  fc.assert(
    fc.property(call, ({ sizes, terms, kept, dotsAt }) => {
      const made = terms.map(({ letters: own, dots }) => {
        const shape = own.map((l) => sizes[letters.indexOf(l)]!);
        if (dots === null) return { text: own.join(''), shape };
        // axes of dots align at the right; some have length 1 and broadcast
        const open = dots.ones.map((one, i) => (one ? 1 : sizes[6 - dots.ones.length + i]!));
        return { text: own.toSpliced(dots.place, 0, '...').join(''), shape: shape.toSpliced(dots.place, 0, ...open) };
      });
      const all = made.map((t) => t.text).join();
      const output = kept?.filter((l) => all.includes(l)) ?? [];
      const right = kept === null ? '' : `->${(all.includes('...') ? output.toSpliced(dotsAt, 0, '...') : output).join('')}`;
      const xs = made.map(({ shape }, i) => numbered(shape, i));
      products += xs.length > 1 ? 1 : 0;
      expectAgreement(einsum(all + right, ...xs.map((x) => x.tensor)), movementOracles['einsum']!([all + right, ...xs.map((x) => x.nd)]));
    }),
    { numRuns: 300, seed: 11 },
  );
  expect(products).toBeGreaterThan(100);
});

test('at', () => {
  const end = fc.option(fc.integer({ min: -5, max: 5 }), { freq: 3 });
  const item = fc.oneof(
    fc.record({ integer: fc.integer({ min: -4, max: 3 }) }),
    fc.record({ range: fc.tuple(end, end, fc.constantFrom(null, 1, 2, -1, -2)) }),
    fc.record({ indices: fc.array(fc.integer({ min: -4, max: 3 }), { minLength: 2, maxLength: 2 }), column: fc.boolean() }),
    fc.record({ mask: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }) }),
    fc.constant('...' as const),
  );
  let advanced = 0;
  fc.assert(
    fc.property(fc.array(item, { maxLength: 4 }), (drawn) => {
      const x = numbered([4, 4, 4, 4]);
      // two true entries a mask, so that it broadcasts with the indices
      const twoTrue = (mask: readonly boolean[]): boolean[] => mask.map((_, i) => i === 3 - Number(mask[0]) || i === Number(mask[1]));
      const items = drawn
        .filter((i, k) => i !== '...' || drawn.indexOf('...') === k)
        .map((i): Index => {
          if (i === '...') return i;
          if ('integer' in i) return i.integer;
          if ('range' in i) return i.range;
          if ('mask' in i) return twoTrue(i.mask);
          return i.column ? i.indices.map((v) => [v]) : Int32Array.from(i.indices);
        });
      advanced += items.some((i) => typeof i === 'object' && !drawn.some((d) => d !== '...' && 'range' in d && d.range === i)) ? 1 : 0;
      expectAgreement(at(x.tensor, ...items), movementOracles['at']!([x.nd, ...items]));
    }),
    { numRuns: 300, seed: 12 },
  );
  expect(advanced).toBeGreaterThan(100);
});
