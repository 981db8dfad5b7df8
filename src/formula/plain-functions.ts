/**
 * @file Functions on plain numbers, so that a number stays one: numbers take the type of what they meet.
 */
import * as plain from '../kernels/elementary.js';
import { erf, erfc } from '../kernels/erf.js';
import { digamma, lgamma, polygamma } from '../kernels/gamma.js';

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Of one number. */
const scalars: Readonly<Record<string, (x: number) => number>> = Object.freeze(
  Object.assign(Object.create(null) as Record<string, (x: number) => number>, {
    neg: (x: number) => -x,
    square: (x: number) => x * x,
    abs: Math.abs,
    exp: Math.exp,
    log: Math.log,
    log1p: Math.log1p,
    expm1: Math.expm1,
    sqrt: Math.sqrt,
    sin: Math.sin,
    cos: Math.cos,
    sinh: Math.sinh,
    cosh: Math.cosh,
    tanh: plain.tanh,
    tan: Math.tan,
    asin: Math.asin,
    acos: Math.acos,
    atan: Math.atan,
    asinh: Math.asinh,
    acosh: Math.acosh,
    atanh: Math.atanh,
    floor: Math.floor,
    ceil: Math.ceil,
    round: plain.roundToEven,
    rsqrt: (x: number) => 1 / Math.sqrt(x),
    reciprocal: (x: number) => 1 / x,
    erf,
    erfc,
    lgamma,
    digamma,
    sigmoid: plain.sigmoid,
    softplus,
    logSigmoid: (x: number) => -softplus(-x),
    silu: (x: number) => x * plain.sigmoid(x),
    mish: (x: number) => x * plain.tanh(softplus(x)),
    relu: (x: number) => Math.max(x, 0),
    sign: Math.sign,
    stopGradient: (x: number) => x,
    sum: (x: number) => x,
    mean: (x: number) => x,
    prod: (x: number) => x,
    amax: (x: number) => x,
    max: (x: number) => x,
    min: (x: number) => x,
    logsumexp: (x: number) => x,
    norm: Math.abs,
  }),
);

/** Of two numbers. */
const scalars2: Readonly<Record<string, (a: number, b: number) => number>> = Object.freeze(
  Object.assign(Object.create(null) as Record<string, (a: number, b: number) => number>, {
    add: (a: number, b: number) => a + b,
    sub: (a: number, b: number) => a - b,
    mul: (a: number, b: number) => a * b,
    div: (a: number, b: number) => a / b,
    pow: (a: number, b: number) => a ** b,
    maximum: Math.max,
    minimum: Math.min,
    mod: plain.modulo,
    atan2: Math.atan2,
    polygamma,
  }),
);

/** A function of two plain numbers, where there is one. */
export function scalarFunction2(name: string): ((a: number, b: number) => number) | undefined {
  return Object.hasOwn(scalars2, name) ? scalars2[name] : undefined;
}

/** A function of one plain number, where there is one. */
export function scalarFunction(name: string): ((x: number) => number) | undefined {
  return Object.hasOwn(scalars, name) ? scalars[name] : undefined;
}
