/**
 * @file erf and erfc as formulas on vectors. Bounds as in `functions.ts`.
 */
import { abs, exponential, type Formula, precisionOf, withSign } from './functions.js';
import type { Term, Writer } from './writer.js';

/** Below, erf is a polynomial; above, erfc is e^−x² times one of (|x| − 2)/(|x| + 2), over 1 + 2|x|. */
const SMALL = 0.5;

/** erf x for |x| < ½. */
function near(w: Writer, x: Term): Term {
  return w.add(x, w.mul(x, w.polynomial(w.keep(w.mul(x, x)), precisionOf(w).errorNear)));
}

/** erfc |x| for |x| ≥ ½. */
function far(w: Writer, x: Term): Term {
  const { fraction, exponents, errorEnd, errorFar } = precisionOf(w);
  const size = w.keep(w.do('pmin', abs(w, x), errorEnd));
  // the square of the upper half of the digits is exact: x² = high² + (x − high)(x + high)
  const lower = (1n << BigInt(Math.ceil((fraction + 1) / 2))) - 1n;
  const high = w.keep(w.plain('v128.and', size, ~lower));
  // 2^more times as large: rounded into the subnormal numbers once, at the end
  const more = fraction + 3;
  const most = exponential(w, w.keep(w.do('pmax', w.do('neg', w.mul(high, high)), exponents[0])), BigInt(more));
  const rest = exponential(w, w.keep(w.mul(w.sub(high, size), w.add(high, size))), 0n);
  const t = w.keep(w.div(w.sub(size, 2), w.add(size, 2)));
  return w.mul(w.div(w.mul(w.mul(most, rest), w.polynomial(t, errorFar)), w.add(1, w.add(size, size))), 2 ** -more);
}

const isSmall = (w: Writer, x: Term): Term => w.do('lt', abs(w, x), SMALL);

/** erf x, to 2.5 ulp. */
function erf(w: Writer, x: Term): Term {
  return w.where(isSmall(w, x), near(w, x), withSign(w, w.sub(1, far(w, x)), x));
}

/** 1 − erf x, to 4 ulp. */
function erfc(w: Writer, x: Term): Term {
  const tail = w.keep(far(w, x));
  return w.where(isSmall(w, x), w.sub(1, near(w, x)), w.where(w.do('lt', x, 0), w.sub(2, tail), tail));
}

/** By the names of ops. */
export const ERROR_FUNCTIONS: Readonly<Record<string, Formula>> = { erf, erfc };
