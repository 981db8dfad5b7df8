/**
 * @file exp, log and their kin, sin and cos as formulas on vectors, the same for float32 and float64.
 *
 * Bounds are in ulp, units in the last place of the exact result, over all arguments: NaN, ±0, ±∞ and subnormal numbers give what
 * Math gives. `test/unit/machine/functions.test.ts` measures them, docs/compile.md has what it found.
 */
import { FLOAT32, FLOAT64, type Precision } from './precision.js';
import type { Term, Writer } from './writer.js';

/** A function of a vector that may be pushed more than once. `each` is the same value, computed by Math lane by lane. */
export type Formula = (w: Writer, x: Term, each: Term) => Term;

export const precisionOf = (w: Writer): Precision => (w.single ? FLOAT32 : FLOAT64);

export const abs = (w: Writer, x: Term): Term => w.do('abs', x);

/** A magnitude with the sign of x, that of zero too. */
export const withSign = (w: Writer, magnitude: Term, x: Term): Term => w.plain('v128.or', magnitude, w.plain('v128.and', x, -0));

/** x no less than `from` and no more than `to`; NaN stays NaN. */
const clamp = (w: Writer, x: Term, from: number, to: number): Term => w.do('pmax', w.do('pmin', x, to), from);

/** 2^(n + more) where the low bits of `n` are the whole number n, and its others are shifted out. */
function power(w: Writer, n: Term, more: number): Term {
  const { bias, fraction } = precisionOf(w);
  return w.shift('shl', w.bits('add', n, BigInt(bias + more)), fraction);
}

/** A number whose unit in the last place is 1: added, it rounds to a whole number and leaves it in the low bits. */
const rounder = (w: Writer): number => 1.5 * 2 ** precisionOf(w).fraction;

/** x = n·ln 2 + r, and e^r − 1 = first + second, the first being r but for its rounding. */
function reduceExponent(w: Writer, x: Term): { n: Term; first: Term; second: Term } {
  const { ln2, exponential } = precisionOf(w);
  const n = w.keep(w.add(w.mul(x, Math.LOG2E), rounder(w)));
  const whole = w.keep(w.sub(n, rounder(w)));
  const first = w.keep(w.sub(x, w.mul(whole, ln2[0])));
  const low = w.keep(w.mul(whole, ln2[1]));
  const r = w.keep(w.sub(first, low));
  const square = w.keep(w.mul(r, r));
  const c = w.keep(w.sub(r, w.mul(square, w.polynomial(square, exponential))));
  // e^r − 1 = r + r·c / (2 − c)
  return { n, first, second: w.keep(w.sub(w.div(w.mul(r, c), w.sub(2, c)), low)) };
}

/** e^x·2^more for an x between the ends of exponents, rounded into the subnormal numbers too. */
export function exponential(w: Writer, x: Term, more: bigint): Term {
  const { n, first, second } = reduceExponent(w, x);
  // 2^n in two factors: n goes further than exponents do
  const all = more === 0n ? n : w.keep(w.bits('add', n, more));
  const half = w.keep(w.shift('shr_u', all, 1));
  return w.mul(w.mul(w.add(1, w.add(first, second)), power(w, half, 0)), power(w, w.bits('sub', all, half), 0));
}

/** e^−|x|, to 1 ulp: its exponents end on one side only. */
export function decay(w: Writer, x: Term): Term {
  const { fraction, exponents } = precisionOf(w);
  const { n, first, second } = reduceExponent(w, w.keep(w.do('pmax', w.do('neg', abs(w, x)), exponents[0])));
  const more = fraction + 3;
  return w.mul(w.mul(w.add(1, w.add(first, second)), power(w, n, more)), 2 ** -more);
}

/** (e^x − 1)·2^more for an x not above the end of exponents: precise near 0. */
function exponentialLessOne(w: Writer, x: Term, more: number): Term {
  const { n, first, second } = reduceExponent(w, x);
  const s = w.keep(power(w, n, more));
  return w.add(w.add(w.mul(s, first), w.sub(s, 2 ** more)), w.mul(s, second));
}

/** x itself where it is so small that the function's next term is lost, else y. */
function unlessTiny(w: Writer, x: Term, y: Term): Term {
  return w.where(w.do('lt', abs(w, x), 2 ** (-precisionOf(w).fraction - 3)), x, y);
}

/** ln(1 + f) + n·ln 2 with |f| up to √2 − 1: with s = f/(2 + f), ln(1 + f) = 2s + s³·… (msun). */
function logarithm(w: Writer, f: Term, n: Term): Term {
  const { ln2, logarithm: coefficients } = precisionOf(w);
  const s = w.keep(w.div(f, w.add(2, f)));
  const square = w.keep(w.mul(s, s));
  const half = w.keep(w.mul(w.mul(0.5, f), f));
  const rest = w.mul(square, w.polynomial(square, coefficients));
  const low = w.add(w.mul(s, w.add(half, rest)), w.mul(n, ln2[1]));
  return w.sub(w.mul(n, ln2[0]), w.sub(w.sub(half, low), f));
}

/** u = 2^n·m with m in [√½, √2), from the bits of a u > 0 that is not subnormal: n as a number, m, and the bits of 2^n. */
function split(w: Writer, u: Term): { n: Term; m: Term; power: Term } {
  const { fraction, bias, rootHalf } = precisionOf(w);
  const one = BigInt(bias) << BigInt(fraction);
  const shifted = w.keep(w.bits('add', u, one - rootHalf));
  const mask = (1n << BigInt(fraction)) - 1n;
  // the exponent in the low bits of 2^fraction is a whole number that one subtraction frees
  const n = w.sub(w.plain('v128.or', w.shift('shr_u', shifted, fraction), 2 ** fraction), 2 ** fraction + bias);
  return { n, m: w.bits('add', w.plain('v128.and', shifted, mask), rootHalf), power: w.plain('v128.and', shifted, ~mask) };
}

/** The logarithm y of u where 0 < u < ∞: else −∞ of 0, ∞ of ∞, NaN of all others. */
function inDomain(w: Writer, u: Term, y: Term): Term {
  const below = w.plain('v128.or', w.do('ne', u, 0), -Infinity); // a mask in the bits of −∞ is NaN
  return w.where(w.do('gt', u, 0), w.where(w.do('lt', u, Infinity), y, u), below);
}

/** ln x, to 1 ulp. */
function log(w: Writer, x: Term): Term {
  const { smallest, fraction } = precisionOf(w);
  const subnormal = w.keep(w.do('lt', x, smallest));
  const up = fraction + 2;
  const { n, m } = split(w, w.where(subnormal, w.mul(x, 2 ** up), x));
  const exponent = w.keep(w.sub(n, w.plain('v128.and', subnormal, up)));
  return inDomain(w, x, logarithm(w, w.keep(w.sub(m, 1)), exponent));
}

/** ln(1 + x), to 1.5 ulp, with f = x/2^n + (1/2^n − 1), which is x itself near 0: nothing that 1 + x rounds away is lost. */
export function log1p(w: Writer, x: Term): Term {
  const { fraction, bias } = precisionOf(w);
  const u = w.keep(w.add(1, x));
  const { n, power: two } = split(w, u);
  // four times 1/2^n: the inverse of the largest is no subnormal number
  const inverse = w.keep(w.bits('sub', BigInt(2 * bias + 2) << BigInt(fraction), two));
  const f = w.keep(w.add(w.mul(w.mul(x, inverse), 0.25), w.sub(w.mul(inverse, 0.25), 1)));
  return withSign(w, inDomain(w, u, logarithm(w, f, w.keep(n))), x);
}

/** ln(1 + e^x) = max(x, 0) + ln(1 + e^−|x|), given e = e^−|x|: to 2 ulp. */
export function softplus(w: Writer, x: Term, e: Term): Term {
  const above = w.keep(w.do('ge', e, Math.SQRT2 - 1), true);
  // 1 + e is 1 + f or 2·(1 + f)
  const f = w.keep(w.where(above, w.mul(w.sub(e, 1), 0.5), e));
  const n = w.keep(w.plain('v128.and', above, 1));
  return w.add(w.do('pmax', x, 0), logarithm(w, f, n));
}

/**
 * q = t/(t + k). In float64 what d = t + k rounds away, less − (d − more) where t and k are less and more, is made up for with
 * 1/d = (1 − q)/k, which keeps its users at 2 ulp; float32 is left at 2.5 and is a third faster.
 */
function share(w: Writer, t: Term, k: number, [less, more]: readonly [Term, Term] = [t, k]): Term {
  const d = w.keep(w.add(t, k));
  const q = w.keep(w.div(t, d));
  if (w.single) return q;
  const lost = w.sub(less, w.sub(d, more));
  return w.sub(q, w.mul(w.mul(q, lost), w.mul(w.sub(1, q), 1 / k)));
}

/** σ(−|x|) = e/(1 + e), given e = e^−|x|; σ(|x|) is what is missing to 1. To 2.5 ulp in float32, 2 in float64. */
export const sigmoidBelow = (w: Writer, e: Term): Term => share(w, e, 1);

/** tanh |x| = t/(t + 2) with t = e^2|x| − 1: to 2.5 ulp in float32, 2 in float64. */
function tanh(w: Writer, x: Term): Term {
  const { saturated } = precisionOf(w);
  const twice = w.do('pmin', abs(w, x), saturated);
  const t = w.keep(exponentialLessOne(w, w.keep(w.add(twice, twice)), 0));
  return withSign(w, share(w, t, 2, [w.do('pmin', t, 2), w.do('pmax', t, 2)]), x);
}

/** e^x − 1, to 1.5 ulp. */
function expm1(w: Writer, x: Term): Term {
  const { exponents, saturated } = precisionOf(w);
  const quarter = exponentialLessOne(w, w.keep(clamp(w, x, -2 * saturated, exponents[1])), -2);
  return unlessTiny(w, x, w.mul(quarter, 4));
}

/** sinh |x| = (t + t/(t + 1))/2 with t = e^|x| − 1: to 2.5 ulp in float32, 2 in float64. */
function sinh(w: Writer, x: Term): Term {
  const { exponents } = precisionOf(w);
  const quarter = w.keep(exponentialLessOne(w, w.keep(w.do('pmin', abs(w, x), exponents[1])), -2));
  const half = w.add(quarter, w.mul(share(w, quarter, 0.25), 0.25));
  return unlessTiny(w, x, withSign(w, w.mul(half, 2), x));
}

/** cosh x = h + 1/(4h) with h = e^|x|/2, to 1.5 ulp. */
function cosh(w: Writer, x: Term): Term {
  const { exponents } = precisionOf(w);
  const h = w.keep(exponential(w, w.keep(w.do('pmin', abs(w, x), exponents[1])), -1n));
  return w.add(h, w.div(0.25, h));
}

/** |x| = n·π/2 + r: n in the low bits, and sine and cosine of r. */
function quarterTurns(w: Writer, x: Term): { n: Term; sinR: Term; cosR: Term } {
  const { quarterTurn, sine, cosine } = precisionOf(w);
  const angle = w.keep(abs(w, x));
  const n = w.keep(w.add(w.mul(angle, 2 / Math.PI), rounder(w)));
  const whole = w.keep(w.sub(n, rounder(w)));
  const parts = quarterTurn.map((part) => w.mul(whole, part));
  const last = parts.pop()!;
  const small = w.keep(parts.pop()!);
  const rest = w.keep(parts.reduce<Term>((sum, part) => w.sub(sum, part), angle));
  // what the last part but one rounds away is made up for with the last
  const high = w.keep(w.sub(rest, small));
  const lost = w.sub(w.sub(rest, high), small);
  const r = w.keep(w.sub(high, w.sub(last, lost)));
  const square = w.keep(w.mul(r, r));
  const sinR = w.add(r, w.mul(w.mul(r, square), w.polynomial(square, sine)));
  const cosR = w.sub(1, w.sub(w.mul(square, 0.5), w.mul(w.mul(square, square), w.polynomial(square, cosine))));
  return { n, sinR, cosR };
}

/** sin |x| or, a quarter of a turn on, cos |x|, to 2 ulp: in each quarter it is ± the sine or cosine of r. */
function turn(w: Writer, x: Term, quarters: bigint): Term {
  const { n, sinR, cosR } = quarterTurns(w, x);
  const quarter = quarters === 0n ? n : w.keep(w.bits('add', n, quarters));
  const even = w.bits('eq', w.plain('v128.and', quarter, 1n), 0n);
  const negative = w.plain('v128.and', w.shift('shl', quarter, (w.single ? 31 : 63) - 1), -0);
  return w.plain('v128.xor', w.where(even, sinR, cosR), negative);
}

/** tan |x|, to 3.5 ulp: sine over cosine of r, and minus their inverse in odd quarters. */
function tangent(w: Writer, x: Term): Term {
  const { n, sinR, cosR } = quarterTurns(w, x);
  const [sine, cosine] = [w.keep(sinR), w.keep(cosR)];
  const odd = w.keep(w.bits('eq', w.plain('v128.and', n, 1n), 1n));
  const quotient = w.div(w.where(odd, cosine, sine), w.where(odd, sine, cosine));
  return w.plain('v128.xor', quotient, w.plain('v128.and', odd, -0));
}

/** Where an angle is too large for the parts of π/2, Math computes the vector. */
function unlessLarge(w: Writer, x: Term, each: Term, formula: () => Term): Term {
  return () => {
    w.push(w.plain('v128.any_true', w.do('gt', abs(w, x), precisionOf(w).angles)));
    w.body.choose(
      () => w.push(each),
      () => w.push(formula()),
    );
  };
}

/** e^x, to 1 ulp. */
const exp: Formula = (w, x) => exponential(w, w.keep(clamp(w, x, ...precisionOf(w).exponents)), 0n);

/** By the names of ops. */
export const FUNCTIONS: Readonly<Record<string, Formula>> = {
  exp,
  log,
  log1p,
  expm1,
  tanh,
  sinh,
  cosh,
  sin: (w, x, each) => unlessLarge(w, x, each, () => w.plain('v128.xor', turn(w, x, 0n), w.plain('v128.and', x, -0))),
  cos: (w, x, each) => unlessLarge(w, x, each, () => turn(w, x, 1n)),
  tan: (w, x, each) => unlessLarge(w, x, each, () => w.plain('v128.xor', tangent(w, x), w.plain('v128.and', x, -0))),
};
