/**
 * @file Functions of numbers that Math lacks, or has to more than 2 ulp: what rounding loses on the way is made up for.
 */

/** c₀ + x·(c₁ + x·(c₂ + …)) */
export function polynomial(x: number, coefficients: readonly number[]): number {
  let sum = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) sum = sum * x + coefficients[k]!;
  return sum;
}

/** t/(t + k) for t, k ≥ 0: with d the rounded t + k and what it lost, t/(d + lost) = q − q·lost/d to first order. */
function share(t: number, k: number): number {
  const d = t + k;
  const q = t / d;
  const lost = t > k ? k - (d - t) : t - (d - k);
  return q - (q * lost) / d;
}

/** 1/(1 + e^−x), stable on both tails. */
export function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x < 0 ? share(e, 1) : 1 / (1 + e);
}

/** tanh |x| = t/(t + 2) with t = e^2|x| − 1. */
export function tanh(x: number): number {
  const size = Math.abs(x);
  const value = size > 20 ? 1 : share(Math.expm1(2 * size), 2);
  return x < 0 || Object.is(x, -0) ? -value : value;
}

/** The nearest whole number, of two that are equally near the even one. */
export function roundToEven(x: number): number {
  // from 2^52 on every number is whole; below, adding it leaves no room for a fraction
  const size = Math.abs(x);
  if (!(size < 2 ** 52)) return x;
  const whole = size + 2 ** 52 - 2 ** 52;
  return x < 0 || Object.is(x, -0) ? -whole : whole;
}

/** a − ⌊a/b⌋·b, which has the sign of b: `%` is exact, but has the sign of a. */
export function modulo(a: number, b: number): number {
  const rest = a % b;
  if (rest === 0) return b < 0 ? -0 : 0;
  return rest < 0 === b < 0 ? rest : rest + b;
}
