/**
 * @file When are a tensor and an oracle's value the same? And the bridge from tensors to the oracles' arrays.
 */
import type { Tensor } from 'chainrule';
import { expect } from 'vitest';
import type { Nd } from './nd.js';

/** The numbers of a tensor. */
export function ndOf(t: Tensor): Nd {
  return { shape: [...t.shape], data: Array.from(t.data) };
}

/** Fails unless shapes are equal and every element agrees: |found − expected| ≤ rtol·|expected| + atol. */
export function expectAgreement(found: Tensor, expected: Nd, rtol = 1e-10, atol = 1e-13): void {
  expect([...found.shape]).toEqual([...expected.shape]);
  expect(found.data.length).toBe(expected.data.length);
  const wrong = expected.data.flatMap((e, i) => {
    const f = found.data[i]!;
    const ok = f === e || (Number.isNaN(f) && Number.isNaN(e)) || Math.abs(f - e) <= rtol * Math.abs(e) + atol;
    return ok ? [] : [{ element: i, found: f, expected: e }];
  });
  expect(wrong.slice(0, 5)).toEqual([]);
}
