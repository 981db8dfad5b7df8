/**
 * @file float32 and float64 as the formulas of `functions.ts` see them: bits, ends of ranges, constants in parts, coefficients.
 *
 * Coefficients: e^x, ln and float64's sine and cosine from FreeBSD's msun (Sun Microsystems 1993, "freely granted"), float32's sine
 * and cosine from Cephes. Those of inverse and error functions interpolate at Chebyshev's nodes, with a relative error below a tenth of an ulp.
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
  /** What π/2 has beyond its rounded value. */
  readonly quarterTurnLow: number;
  /** Of r²: arctan r = r + r³·…, |r| ≤ tan π/8. */
  readonly arctangent: readonly number[];
  /** Of s²: arcsin s = s + s³·…, |s| ≤ ½. */
  readonly arcsine: readonly number[];
  /** Of x²: erf x = x + x·…, |x| ≤ ½. */
  readonly errorNear: readonly number[];
  /** From here on erfc x is 0. */
  readonly errorEnd: number;
  /** Of t = (x − 2)/(x + 2): erfc x = e^−x²·…/(1 + 2x), ½ ≤ x ≤ errorEnd. */
  readonly errorFar: readonly number[];
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
  quarterTurnLow: -4.37113900018624283e-8,
  arctangent: [-0.333333313, 0.199995399, -0.142639503, 0.107436687, -0.0645171851],
  arcsine: [0.166666657, 0.0750009418, 0.0445994027, 0.0311006624, 0.0171492379, 0.0336908475],
  errorNear: [0.128379166, -0.376126081, 0.112828314, -0.026757732, 0.00471908273],
  errorEnd: 10.2,
  errorFar: [1.27697837, -0.0927637815, -0.166030899, 0.164049342, -0.0542101376, -0.0080111539, 0.00865411852, 0.00116507139, -0.00125852146, -0.000246739131],
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
  quarterTurnLow: 6.123233995736766e-17,
  arctangent: [-0.3333333333333333, 0.19999999999995516, -0.14285714284665682, 0.11111111015187018, -0.0909090457530649, 0.07692183125376892, -0.06664510525508936, 0.05858140904866328, -0.050854078345894844, 0.03923044778479309, -0.019175404711104935],
  arcsine: [0.16666666666666669, 0.07499999999998433, 0.04464285714635543, 0.030381944138531247, 0.02237217294214989, 0.017352392720869973, 0.013971212973552933, 0.011479177415184906, 0.01032281435018578, 0.005457506718640358, 0.01740087944269402, -0.014851887071247204, 0.028757851367421566],
  errorNear: [0.12837916709551256, -0.37612638903183476, 0.11283791670925353, -0.026866170632887928, 5.22397737302147e-3, -8.548297753674966e-4, 1.2053335124353741e-4, -1.4845849259707869e-5, 1.4725865480556744e-6],
  errorEnd: 27.5,
  errorFar: [1.2769783815525286, -9.27638265857457e-2, -0.1660303976152806, 0.16405128003338873, -5.422000099276522e-2, -8.034015079572788e-3, 8.72265389881357e-3, 1.2713388925534427e-3, -1.4568143128890084e-3, -4.543397542377178e-4, 2.0637044707935703e-4, 1.510294446890327e-4, -1.5263072510573141e-6, -3.6367399665255114e-5, -1.3447991197131981e-5, 3.5059978317243964e-6, 5.185347860126851e-6, 1.9656440281805526e-6, -8.105979841508775e-7, -1.4221986184304e-6, 7.661802714169179e-8, 4.7102875371651113e-7, -1.2296668597771919e-7],
}; // prettier-ignore
