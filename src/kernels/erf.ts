/**
 * @file The error function and its complement, each to 1 ulp.
 *
 * Four ranges with the rational approximations of FreeBSD's msun (s_erf.c, Sun Microsystems 1993, "freely granted"); their coefficients
 * are checked by the grid of test/oracle/accuracy.json.
 */
import { polynomial } from './elementary.js';

/** (erf x)/x = 1 + P(x²)/Q(x²) up to 0.84375. */
const NEAR = [
  [1.28379167095512558561e-1, -3.25042107247001499370e-1, -2.84817495755985104766e-2, -5.77027029648944159157e-3, -2.37630166566501626084e-5],
  [1, 3.97917223959155352819e-1, 6.50222499887672944485e-2, 5.08130628187576562776e-3, 1.32494738004321644526e-4, -3.96022827877536812320e-6],
] as const; // prettier-ignore

/** erf x = 0.845… + P(s)/Q(s) with s = x − 1, up to 1.25. */
const MIDDLE = [
  [-2.36211856075265944077e-3, 4.14856118683748331666e-1, -3.72207876035701323847e-1, 3.18346619901161753674e-1, -1.10894694282396677476e-1, 3.54783043256182359371e-2, -2.16637559486879084300e-3],
  [1, 1.06420880400844228286e-1, 5.40397917702171048937e-1, 7.18286544141962662868e-2, 1.26171219808761642112e-1, 1.36370839120290507362e-2, 1.19844998467991074170e-2],
] as const; // prettier-ignore
const AT_ONE = 8.45062911510467529297e-1;

/** erfc x = e^(−x² − 0.5625 + P(1/x²)/Q(1/x²))/x up to 1/0.35. */
const FAR = [
  [-9.86494403484714822705e-3, -6.93858572707181764372e-1, -1.05586262253232909814e1, -6.23753324503260060396e1, -1.62396669462573470355e2, -1.84605092906711035994e2, -8.12874355063065934246e1, -9.81432934416914548592],
  [1, 1.96512716674392571292e1, 1.37657754143519042600e2, 4.34565877475229228821e2, 6.45387271733267880336e2, 4.29008140027567833386e2, 1.08635005541779435134e2, 6.57024977031928170135, -6.04244152148580987438e-2],
] as const; // prettier-ignore

/** The same beyond. */
const FARTHEST = [
  [-9.86494292470009928597e-3, -7.99283237680523006574e-1, -1.77579549177547519889e1, -1.60636384855821916062e2, -6.37566443368389627722e2, -1.02509513161107724954e3, -4.83519191608651397019e2],
  [1, 3.03380607434824582924e1, 3.25792512996573918826e2, 1.53672958608443695994e3, 3.19985821950859553908e3, 2.55305040643316442583e3, 4.74528541206955367215e2, -2.24409524465858183362e1],
] as const; // prettier-ignore

function quotient(x: number, [above, below]: readonly [readonly number[], readonly number[]]): number {
  return polynomial(x, above) / polynomial(x, below);
}

/** erfc x for x ≥ 1.25. */
function tail(x: number): number {
  if (x > 28) return 0;
  // x² rounded would cost e^−x² its last digits: the square of 24 bits is exact, and what is missing is (z − x)(z + x)
  const z = Math.fround(x);
  const rest = quotient(1 / (x * x), x < 1 / 0.35 ? FAR : FARTHEST);
  return (Math.exp(-z * z - 0.5625) * Math.exp((z - x) * (z + x) + rest)) / x;
}

/** erf x = 2/√π ∫₀ˣ e^−t² dt. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size < 0.84375) return x + x * quotient(x * x, NEAR);
  const value = size < 1.25 ? AT_ONE + quotient(size - 1, MIDDLE) : 1 - tail(size);
  return x < 0 ? -value : value;
}

/** erfc x = 1 − erf x, precise where erf x is nearly 1. */
export function erfc(x: number): number {
  const size = Math.abs(x);
  if (size < 0.84375) {
    const more = x * quotient(x * x, NEAR);
    return x < 0.25 ? 1 - (x + more) : 0.5 - (x - 0.5 + more);
  }
  if (size < 1.25) return x < 0 ? 1 + (AT_ONE + quotient(size - 1, MIDDLE)) : 1 - AT_ONE - quotient(size - 1, MIDDLE);
  return x < 0 ? 2 - tail(size) : tail(size);
}
