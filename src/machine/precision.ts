/**
 * @file float32 and float64 as the formulas of `functions.ts` see them: bits, ends of ranges, constants in parts, coefficients.
 *
 * Coefficients: e^x, ln and float64's sine and cosine from FreeBSD's msun (Sun Microsystems 1993, "freely granted"), float32's sine
 * and cosine from Cephes.
 */

/** A type of floats. */
export interface Precision {
  /** Bits of the fraction. */
  readonly fraction: number;
  /** What is added to exponents. */
  readonly bias: number;
  /** The smallest number that is not subnormal. */
  readonly smallest: number;
  /** The bits of √½. */
  readonly rootHalf: bigint;
  /** ln 2 in two parts: whole numbers that exponents can be times the first are exact. */
  readonly ln2: readonly [high: number, low: number];
  /** e^x is 0 below, ∞ above, and so is cosh x. */
  readonly exponents: readonly [from: number, to: number];
  /** From here on tanh x is 1. */
  readonly saturated: number;
  /** Of r²: r·(e^r + 1)/(e^r − 1) = 2 + r²·…, |r| ≤ ln 2 / 2. */
  readonly exponential: readonly number[];
  /** Of s²: ln((1 + s)/(1 − s)) = 2s + s³·…, |s| ≤ 3 − √8. */
  readonly logarithm: readonly number[];
  /** sin and cos of larger angles are left to Math. */
  readonly angles: number;
  /** π/2 in parts: multiples that occur times all but the last are exact. */
  readonly quarterTurn: readonly number[];
  /** Of r²: sin r = r + r³·…, |r| ≤ π/4. */
  readonly sine: readonly number[];
  /** Of r²: cos r = 1 − r²/2 + r⁴·…, |r| ≤ π/4. */
  readonly cosine: readonly number[];
}

export const FLOAT32: Precision = {
  fraction: 23,
  bias: 127,
  smallest: 2 ** -126,
  rootHalf: 0x3f3504f3n,
  ln2: [6.9314575195e-1, 1.4286067653e-6],
  exponents: [-104, 89.5],
  saturated: 10,
  exponential: [1.6666625440e-1, -2.7667332906e-3],
  logarithm: [0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841],
  angles: 2 ** 13,
  quarterTurn: [1.5703125, 4.837512969970703e-4, 7.549533620476723e-8, 2.5633440682570896e-12],
  sine: [-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4],
  cosine: [4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5],
}; // prettier-ignore

export const FLOAT64: Precision = {
  fraction: 52,
  bias: 1023,
  smallest: 2 ** -1022,
  rootHalf: 0x3fe6a09e667f3bcdn,
  ln2: [6.93147180369123816490e-1, 1.90821492927058770002e-10],
  exponents: [-746, 710.5],
  saturated: 20,
  exponential: [1.66666666666666019037e-1, -2.77777777770155933842e-3, 6.61375632143793436117e-5, -1.65339022054652515390e-6, 4.13813679705723846039e-8],
  logarithm: [6.666666666666735130e-1, 3.999999999940941908e-1, 2.857142874366239149e-1, 2.222219843214978396e-1, 1.818357216161805012e-1, 1.531383769920937332e-1, 1.479819860511658591e-1],
  angles: 2 ** 20,
  quarterTurn: [1.57079632673412561417, 6.07710050630396597660e-11, 2.02226624879595063154e-21],
  sine: [-1.66666666666666324348e-1, 8.33333333332248946124e-3, -1.98412698298579493134e-4, 2.75573137070700676789e-6, -2.50507602534068634195e-8, 1.58969099521155010221e-10],
  cosine: [4.16666666666666019037e-2, -1.38888888888741095749e-3, 2.48015872894767294178e-5, -2.75573143513906633035e-7, 2.08757232129817482790e-9, -1.13596475577881948265e-11],
}; // prettier-ignore
