/** Do two contenders agree? */
import { tolerance, type Precision, type Result, type Workload } from './workload.js';

export interface Difference {
  /** Largest |a − b| over an array, relative to the largest |b|; of all arrays, the worst. */
  worst: number;
  /** What does not agree, or null. */
  mismatch: string | null;
}

export interface Computed {
  result: Result;
  dtype: Precision;
}

/** Compares with the reference at the tolerance of the less precise of the two, unless the workload says otherwise. */
export function compare({ result, dtype }: Computed, reference: Computed, special: Workload['tolerance'] = {}): Difference {
  let worst = 0;
  for (const [name, expected] of Object.entries(reference.result)) {
    const actual = result[name];
    if (!actual) return { worst: Infinity, mismatch: `${name} is missing` };
    if (actual.length !== expected.length) {
      return { worst: Infinity, mismatch: `${name} has ${actual.length} numbers, not ${expected.length}` };
    }
    const limit = special[name] ?? Math.max(tolerance[dtype], tolerance[reference.dtype]);
    let scale = 0;
    let largest = 0;
    let at = 0;
    for (let i = 0; i < expected.length; i++) {
      scale = Math.max(scale, Math.abs(expected[i]!));
      const difference = Math.abs(actual[i]! - expected[i]!);
      if (difference > largest || Number.isNaN(difference)) [largest, at] = [difference, i];
      if (Number.isNaN(difference)) break;
    }
    const relative = largest === 0 ? 0 : largest / scale;
    if (!(relative <= limit)) {
      return {
        worst: relative,
        mismatch: `${name}[${at}] is ${actual[at]}, not ${expected[at]}: off by ${relative.toExponential(1)} of the largest, allowed ${limit}`,
      };
    }
    worst = Math.max(worst, relative);
  }
  return { worst, mismatch: null };
}
