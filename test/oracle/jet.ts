/**
 * @file Truncated Taylor series along a line: value, first and second derivative. Forward mode by hand, sharing nothing with the library.
 */

/** f(t), f'(t), f''(t). */
export type Jet = readonly [value: number, first: number, second: number];

const apply = ([, d, dd]: Jet, f: number, f1: number, f2: number): Jet => [f, f1 * d, f2 * d * d + f1 * dd];

const logistic = (x: number): number => 0.5 * (1 + Math.tanh(x / 2));

/** Functions of one jet, by the name of the op. */
export const unary: Readonly<Record<string, (x: Jet) => Jet>> = {
  sin: (x) => apply(x, Math.sin(x[0]), Math.cos(x[0]), -Math.sin(x[0])),
  cos: (x) => apply(x, Math.cos(x[0]), -Math.sin(x[0]), -Math.cos(x[0])),
  tanh: (x) => {
    const t = Math.tanh(x[0]);
    return apply(x, t, 1 - t ** 2, -2 * t * (1 - t ** 2));
  },
  sigmoid: (x) => {
    const s = logistic(x[0]);
    return apply(x, s, s - s ** 2, (s - s ** 2) * (1 - 2 * s));
  },
  softplus: (x) => {
    const s = logistic(x[0]);
    return apply(x, Math.log(1 + Math.exp(x[0])), s, s - s ** 2);
  },
  square: (x) => apply(x, x[0] ** 2, 2 * x[0], 2),
  neg: ([x, d, dd]) => [-x, -d, -dd],
};

/** Functions of two jets, by the name of the op. */
export const binary: Readonly<Record<string, (a: Jet, b: Jet) => Jet>> = {
  add: (a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2]],
  sub: (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]],
  mul: (a, b) => [a[0] * b[0], a[1] * b[0] + a[0] * b[1], a[2] * b[0] + 2 * a[1] * b[1] + a[0] * b[2]],
  div: (a, b) => {
    const q = a[0] / b[0];
    const q1 = (a[1] - q * b[1]) / b[0];
    return [q, q1, (a[2] - 2 * q1 * b[1] - q * b[2]) / b[0]];
  },
};
