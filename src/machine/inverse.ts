/**
 * @file Inverse sines, cosines and tangents, and those of the hyperbolic functions, as formulas on vectors. Bounds as in `functions.ts`.
 */
import { abs, type Formula, log1p, precisionOf, withSign } from './functions.js';
import type { Term, Writer } from './writer.js';

/** arctan x, to 2 ulp: |x| beyond tan π/8 or tan 3π/8 is turned back by π/4 or π/2. */
export function atan(w: Writer, x: Term): Term {
  const { arctangent, quarterTurnLow } = precisionOf(w);
  const size = w.keep(abs(w, x));
  const middle = w.keep(w.do('gt', size, Math.SQRT2 - 1), true);
  const large = w.keep(w.do('gt', size, Math.SQRT2 + 1), true);
  const above = w.where(large, -1, w.where(middle, w.sub(size, 1), size));
  const below = w.where(large, size, w.where(middle, w.add(size, 1), 1));
  const r = w.keep(w.div(above, below));
  const square = w.keep(w.mul(r, r));
  const rest = w.mul(w.mul(r, square), w.polynomial(square, arctangent));
  const turned = (quarter: number): Term => w.where(large, quarter, w.plain('v128.and', middle, quarter / 2));
  return withSign(w, w.add(turned(Math.PI / 2), w.add(r, w.add(rest, turned(quarterTurnLow)))), x);
}

/** arcsin s as s + more, where s is |x|, or √((1 − |x|)/2) beyond ½: the half of what is missing to π/2. */
function arcsine(w: Writer, x: Term): { beyond: Term; s: Term; more: Term } {
  const size = w.keep(abs(w, x));
  const beyond = w.keep(w.do('gt', size, 0.5), true);
  const square = w.keep(w.where(beyond, w.mul(w.sub(1, size), 0.5), w.mul(size, size)));
  const s = w.keep(w.where(beyond, w.do('sqrt', square), size));
  return { beyond, s, more: w.keep(w.mul(s, w.mul(square, w.polynomial(square, precisionOf(w).arcsine)))) };
}

/** arcsin x, to 2 ulp. */
export function asin(w: Writer, x: Term): Term {
  const { beyond, s, more } = arcsine(w, x);
  const { quarterTurnLow } = precisionOf(w);
  const large = w.sub(w.sub(Math.PI / 2, w.add(s, s)), w.sub(w.add(more, more), quarterTurnLow));
  return withSign(w, w.where(beyond, large, w.add(s, more)), x);
}

/** arccos x, to 2 ulp. */
export function acos(w: Writer, x: Term): Term {
  const { beyond, s, more } = arcsine(w, x);
  const { quarterTurnLow } = precisionOf(w);
  const twice = w.keep(w.add(w.add(s, s), w.add(more, more)));
  const negative = w.do('lt', x, 0);
  const large = w.where(negative, w.sub(Math.PI, w.sub(twice, 2 * quarterTurnLow)), twice);
  const sign = w.plain('v128.and', x, -0);
  const [signed, rest] = [w.plain('v128.xor', s, sign), w.plain('v128.xor', more, sign)];
  return w.where(beyond, large, w.sub(Math.PI / 2, w.add(signed, w.sub(rest, quarterTurnLow))));
}

/** From here on √(x² ± 1) is x. */
const isLarge = (w: Writer, x: Term): Term => w.keep(w.do('gt', x, 2 ** Math.ceil(precisionOf(w).fraction / 2 + 2)), true);

/** arsinh |x| = ln(1 + t) with t = |x| + x²/(1 + √(1 + x²)), or ln 2|x|: to 3 ulp. */
export function asinh(w: Writer, x: Term): Term {
  const size = w.keep(abs(w, x));
  const large = isLarge(w, size);
  const square = w.keep(w.mul(size, size));
  const t = w.add(size, w.div(square, w.add(1, w.do('sqrt', w.add(1, square)))));
  return withSign(w, w.add(log1p(w, w.keep(w.where(large, w.sub(size, 1), t))), w.plain('v128.and', large, Math.LN2)), x);
}

/** arcosh x = ln(1 + t + √(t² + 2t)) with t = x − 1, or ln 2x: to 3 ulp. */
export function acosh(w: Writer, x: Term): Term {
  const large = isLarge(w, x);
  const t = w.keep(w.sub(x, 1));
  const u = w.where(large, t, w.add(t, w.do('sqrt', w.mul(t, w.add(t, 2)))));
  const y = w.add(log1p(w, w.keep(u)), w.plain('v128.and', large, Math.LN2));
  return w.where(w.do('lt', x, 1), NaN, y);
}

/** artanh |x| = ln(1 + 2|x|/(1 − |x|))/2, to 3 ulp. */
export function atanh(w: Writer, x: Term): Term {
  const size = w.keep(abs(w, x));
  const t = w.keep(w.div(w.add(size, size), w.sub(1, size)));
  return withSign(w, w.mul(0.5, log1p(w, t)), x);
}

/** By the names of ops. */
export const INVERSES: Readonly<Record<string, Formula>> = { atan, asin, acos, asinh, acosh, atanh };
