/**
 * @file ln |Γ| and its derivatives: Stirling's series far out, a series about 2 near its roots, recurrence between, reflection below 0.
 *
 * Formulas are those of the Digital Library of Mathematical Functions (NIST), chapter 5.
 */
import { polynomial } from './elementary.js';

/** ζ(k) − 1 for k = 2, 3, … */
const ZETA_LESS_ONE = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914, 0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853, 0.0004941886041194645,
  0.0002460865533080483, 0.00012271334757848915, 6.124813505870483e-5, 3.058823630702049e-5, 1.528225940865187e-5, 7.637197637899763e-6, 3.81729326499984e-6, 1.908212716553939e-6, 9.539620338727962e-7, 4.769329867878064e-7,
  2.38450502727733e-7, 1.1921992596531106e-7, 5.960818905125948e-8, 2.980350351465228e-8, 1.4901554828365043e-8, 7.45071178983543e-9, 3.725334024788457e-9, 1.862659723513049e-9,
]; // prettier-ignore

/** 1 − γ with Euler's γ. */
const ONE_LESS_EULER = 0.42278433509846713;

/** (ln 2π − 1)/2 */
const HALF_LOG_TURN = 0.4189385332046727;

/** What π has beyond Math.PI. */
const PI_BEYOND = 1.2246467991473532e-16;

/** Bernoulli's numbers B₂, B₄, … */
const BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330];

/** Of z: ψ(2 + z) = 1 − γ + Σ (−1)^k (ζ(k) − 1) z^(k−1), |z| < 2 (DLMF 5.7.4). */
const DIGAMMA_AT_TWO = [ONE_LESS_EULER, ...ZETA_LESS_ONE.map((c, i) => (i % 2 === 0 ? c : -c))];

/** Of z: its integral ln Γ(2 + z)/z (DLMF 5.7.3). */
const LOG_GAMMA_AT_TWO = DIGAMMA_AT_TWO.map((c, i) => c / (i + 1));

/** Of 1/x²: Stirling's series (DLMF 5.11.1), and that of ψ (5.11.2). */
const STIRLING = BERNOULLI.map((b, i) => b / ((2 * i + 2) * (2 * i + 1)));
const DIGAMMA_FAR = BERNOULLI.map((b, i) => b / (2 * i + 2));

/** ln Γ(x) for x around 2, where it has a root: z = x − 2, |z| ≤ ½. */
const logGammaAtTwo = (z: number): number => z * polynomial(z, LOG_GAMMA_AT_TWO);

/** ln Γ(x), x > 0. */
function logGammaOfPositive(x: number): number {
  if (x < 0.5) return logGammaAtTwo(x) - Math.log(x * (1 + x));
  // the root at 1: Γ(x) = Γ(x + 1)/x
  if (x < 1.5) return logGammaAtTwo(x - 1) - Math.log1p(x - 1);
  if (x >= 10) return (x - 0.5) * (Math.log(x) - 1) + HALF_LOG_TURN + polynomial(1 / (x * x), STIRLING) / x;
  let [rest, factor] = [x, 1];
  while (rest >= 2.5) factor *= --rest;
  return Math.log(factor) + logGammaAtTwo(rest - 2);
}

/** x less the whole number that is nearest: exact. */
const fraction = (x: number): number => x - Math.round(x);

/** ln |Γ(x)|; ∞ at 0, −1, −2, … */
export function lgamma(x: number): number {
  if (x > 0) return logGammaOfPositive(x);
  if (Number.isInteger(x) || x === -Infinity) return Infinity;
  // Γ(x)Γ(1 − x) = π/sin πx; lower than this, two floats no longer enclose a root of ln |Γ|
  if (x < -18) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * fraction(x)))) - logGammaOfPositive(1 - x);
  // Γ(x) = Γ(x + n)/(x·(x + 1) ⋯): near a root of ln |Γ| both logarithms are small
  let [y, product] = [x, 1];
  while (y < 1.5) product *= y++;
  return logGammaAtTwo(y - 2) - Math.log(Math.abs(product));
}

/** ψ(x) − less for x > 0: what cancels does so before small terms are rounded to the size of large ones. */
function digammaOfPositive(x: number, less = 0): number {
  if (x >= 10) return Math.log(x) - less - 0.5 / x - polynomial(1 / (x * x), DIGAMMA_FAR) / (x * x);
  if (x < 0.5) return polynomial(x, DIGAMMA_AT_TWO) - (1 / (1 + x) + 1 / x);
  if (x < 1.5) return polynomial(x - 1, DIGAMMA_AT_TWO) - 1 / x - less;
  let [rest, sum] = [x, -less];
  while (rest >= 2.5) sum += 1 / --rest;
  return polynomial(rest - 2, DIGAMMA_AT_TWO) + sum;
}

/** tan πx for |x| ≤ ¼: what rounding πx loses, found with π and x in halves whose products are exact, counts by the slope 1 + tan². */
function tangentOfTurn(x: number): number {
  const [pi, high] = [Math.fround(Math.PI), Math.fround(x)];
  const angle = Math.PI * x;
  const lost = pi * high - angle + pi * (x - high) + (Math.PI - pi) * high + (Math.PI - pi) * (x - high) + PI_BEYOND * x;
  const tangent = Math.tan(angle);
  return tangent + (1 + tangent * tangent) * lost;
}

/** π·cot πx: by the tangent of the smaller of πx and its complement. */
function cotangent(x: number): number {
  const part = fraction(x);
  return Math.abs(part) <= 0.25 ? Math.PI / tangentOfTurn(part) : Math.sign(part) * Math.PI * tangentOfTurn(0.5 - Math.abs(part));
}

/** ψ(x) = Γ′(x)/Γ(x); −∞ at 0 and ∞ at −0, its limits there, and NaN at −1, −2, … */
export function digamma(x: number): number {
  if (x > 0) return digammaOfPositive(x);
  if (x === 0) return -1 / x;
  if (Number.isInteger(x)) return NaN;
  // ψ(1 − x) − ψ(x) = π cot πx
  return digammaOfPositive(1 - x, cotangent(x));
}

/** (−1)^(n+1) ψ⁽ⁿ⁾(x) = n!·Σ 1/(x + k)^(n+1) for x > 0, n ≥ 1: the first terms one by one, the others by Euler and Maclaurin (DLMF 5.15.8). */
function polygammaOfPositive(n: number, x: number): number {
  let factorial = 1;
  for (let k = 2; k < n; k++) factorial *= k;
  let [sum, from] = [0, x];
  for (; from < n + 10; from++) sum += from ** -(n + 1);
  // (n − 1)!/x^n + n!/2x^(n+1) + Σ B₂ₖ (2k + n − 1)!/(2k)! /x^(2k+n)
  let [rest, rising] = [1 + n / (2 * from), 1];
  BERNOULLI.forEach((b, i) => {
    const k = 2 * (i + 1);
    rising *= ((n + k - 1) * (n + k - 2)) / (k * (k - 1) * from * from);
    rest += b * rising;
  });
  return factorial * (n * sum + rest * from ** -n);
}

/** Coefficients of the polynomial in c = cot πx that is (d/dx)ⁿ cot πx / πⁿ: c′ = −π(1 + c²). */
function derivedCotangent(n: number): number[] {
  let p = [0, 1];
  for (let order = 0; order < n; order++) {
    const slope = p.slice(1).map((c, i) => -c * (i + 1));
    p = Array.from({ length: slope.length + 2 }, (_, i) => (slope[i] ?? 0) + (slope[i - 2] ?? 0));
  }
  return p;
}

/** From here on (n − 1)! is no float64 any more. */
const MOST_DERIVATIVES = 170;

/** ψ⁽ⁿ⁾(x), the nth derivative of ψ, n = 0, 1, 2, … 170; NaN for any other n. */
export function polygamma(n: number, x: number): number {
  if (!(n >= 0 && n <= MOST_DERIVATIVES && Number.isInteger(n)) || Number.isNaN(x)) return NaN;
  if (n === 0) return digamma(x);
  const sign = n % 2 === 0 ? -1 : 1;
  if (x > 0) return x === Infinity ? sign * 0 : sign * polygammaOfPositive(n, x);
  // a pole, the same from both sides where n is odd
  if (Number.isInteger(x)) return sign > 0 ? Infinity : x === 0 ? -1 / x : NaN;
  if (x === -Infinity) return NaN;
  // ψ⁽ⁿ⁾(1 − x) + (−1)^(n+1) ψ⁽ⁿ⁾(x) = (−1)ⁿ π (d/dx)ⁿ cot πx, with ψ⁽ⁿ⁾(1 − x) = (−1)^(n+1)·the sum
  const reflected = Math.PI ** (n + 1) * polynomial(cotangent(x) / Math.PI, derivedCotangent(n));
  return -polygammaOfPositive(n, 1 - x) - reflected;
}
