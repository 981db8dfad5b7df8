/**
 * The published formulas, one number at a time, against the library: 30 steps on w⁴ − w² from two starts. Adam: Kingma, Ba 2015, algorithm 1;
 * amsgrad: Reddi et al. 2018; AdamW: Loshchilov, Hutter 2019, algorithm 2; Adagrad: Duchi et al. 2011; RMSprop: Tieleman, Hinton 2012 and
 * Graves 2013, eq. 38–45 with ε outside the root, as torch has it; Adadelta: Zeiler 2012, algorithm 1.
 */
import {
  Adadelta,
  type AdadeltaOptions,
  Adagrad,
  type AdagradOptions,
  Adam,
  type AdamOptions,
  AdamW,
  type Optimizer,
  parameter,
  type Parameter,
  RMSprop,
  type RMSpropOptions,
  square,
  sub,
  sum,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

/** Options without schedules. */
type Plain<O> = { readonly [K in keyof O]: K extends 'betas' ? readonly [number, number] : Extract<O[K], number | boolean> };

/** A formula: it is handed gradient and weight, remembers what it likes, and gives the next weight. */
type Formula = (g: number, w: number, t: number) => number;

function adam(o: Plain<AdamOptions>, decoupled = false): Formula {
  const {
    lr = 1e-3,
    betas: [b1, b2] = [0.9, 0.999],
    eps = 1e-8,
    weightDecay = decoupled ? 1e-2 : 0,
    amsgrad = false,
    maximize = false,
  } = o;
  let [m, v, most] = [0, 0, 0];
  return (gradient, w, t) => {
    let g = maximize ? -gradient : gradient;
    if (!decoupled) g += weightDecay * w;
    m = b1 * m + (1 - b1) * g;
    v = b2 * v + (1 - b2) * g * g;
    most = Math.max(most, v);
    const mHat = m / (1 - b1 ** t);
    const vHat = (amsgrad ? most : v) / (1 - b2 ** t);
    return w - (lr * mHat) / (Math.sqrt(vHat) + eps) - (decoupled ? lr * weightDecay * w : 0);
  };
}

function adagrad({ lr = 1e-2, lrDecay = 0, initialAccumulatorValue = 0, eps = 1e-10, weightDecay = 0 }: Plain<AdagradOptions>): Formula {
  let squares = initialAccumulatorValue;
  return (gradient, w, t) => {
    const g = gradient + weightDecay * w;
    squares += g ** 2;
    return w - ((lr / (1 + (t - 1) * lrDecay)) * g) / (Math.sqrt(squares) + eps);
  };
}

function rmsprop({ lr = 1e-2, alpha = 0.99, eps = 1e-8, weightDecay = 0, momentum = 0, centered = false }: Plain<RMSpropOptions>): Formula {
  let [squares, mean, velocity] = [0, 0, 0];
  return (gradient, w) => {
    const g = gradient + weightDecay * w;
    squares = alpha * squares + (1 - alpha) * g ** 2;
    mean = alpha * mean + (1 - alpha) * g;
    velocity = momentum * velocity + g / (Math.sqrt(centered ? squares - mean ** 2 : squares) + eps);
    return w - lr * velocity;
  };
}

function adadelta({ lr = 1, rho = 0.9, eps = 1e-6, weightDecay = 0 }: Plain<AdadeltaOptions>): Formula {
  let [squares, steps] = [0, 0];
  const rms = (x: number): number => Math.sqrt(x + eps);
  return (gradient, w) => {
    const g = gradient + weightDecay * w;
    squares = rho * squares + (1 - rho) * g ** 2;
    const delta = -(rms(steps) / rms(squares)) * g;
    steps = rho * steps + (1 - rho) * delta ** 2;
    return w + lr * delta;
  };
}

const starts = [1.7, -0.4];
const slope = (w: number): number => 4 * w ** 3 - 2 * w;

type Row = readonly [options: object, formula: () => Formula, make: (params: Parameter[]) => Pick<Optimizer, 'minimize'>];

const rows = [
  ...[
    {},
    { lr: 0.1 },
    { lr: 0.1, betas: [0.5, 0.6], eps: 0.1 } as const,
    { lr: 0.1, betas: [0, 0.99] } as const,
    { lr: 0.1, weightDecay: 0.3 },
    { lr: 0.2, betas: [0.9, 0.5], amsgrad: true } as const,
    { lr: 0.01, maximize: true },
  ].flatMap((o): Row[] => [
    [{ Adam: o }, () => adam(o), (params) => new Adam(params, o)],
    [{ AdamW: o }, () => adam(o, true), (params) => new AdamW(params, o)],
  ]),
  ...[{}, { lr: 0.5, lrDecay: 0.1 }, { lr: 0.5, initialAccumulatorValue: 2, eps: 0.01, weightDecay: 0.3 }].map((o): Row => [
    { Adagrad: o },
    () => adagrad(o),
    (params) => new Adagrad(params, o),
  ]),
  ...[
    {},
    { alpha: 0.5, eps: 0.01, weightDecay: 0.3 },
    { alpha: 0.9, momentum: 0.5 },
    { lr: 0.001, alpha: 0.9, centered: true, momentum: 0.5 },
  ].map((o): Row => [{ RMSprop: o }, () => rmsprop(o), (params) => new RMSprop(params, o)]),
  ...[{}, { lr: 2, rho: 0.5, eps: 0.01, weightDecay: 0.3 }].map((o): Row => [
    { Adadelta: o },
    () => adadelta(o),
    (params) => new Adadelta(params, o),
  ]),
];

test.each(rows)('%j', (_, formula, make) => {
  const w = parameter(starts);
  const optimizer = make([w]);
  const expected = [...starts];
  const formulas = starts.map(formula);
  for (let t = 1; t <= 30; t++) {
    optimizer.minimize(() => sum(sub(square(square(w)), square(w))));
    formulas.forEach((next, i) => (expected[i] = next(slope(expected[i]!), expected[i]!, t)));
    // roundings of 30 steps, in another order
    expected.forEach((e, i) => expect(Math.abs(w.data[i]! - e)).toBeLessThanOrEqual(1e-12 * Math.abs(e)));
  }
});

describe('by hand', () => {
  test('the first step of Adam, RMSprop and Adagrad is lr long in every direction, however steep', () => {
    for (const make of [
      (w: Parameter) => new Adam([w], { lr: 0.125, eps: 0 }),
      (w: Parameter) => new RMSprop([w], { lr: 0.0625, alpha: 0.75, eps: 0 }), // lr/√(1 − α)
      (w: Parameter) => new Adagrad([w], { lr: 0.125, eps: 0 }),
    ]) {
      const w = parameter([1, 1, 1]);
      make(w).minimize(() => sum(w.mul([4, -1024, 2 ** -20])));
      for (const [i, v] of [0.875, 1.125, 0.875].entries()) expect(w.data[i]).toBeCloseTo(v, 14);
    }
  });

  test('AdamW without a gradient shrinks only; Adam with coupled decay moves by lr', () => {
    const [a, b] = [parameter(2), parameter(2)];
    new AdamW([a], { lr: 0.5, weightDecay: 0.5 }).minimize(() => a.mul(0));
    new Adam([b], { lr: 0.5, weightDecay: 0.5 }).minimize(() => b.mul(0));
    expect([a.item(), b.item()]).toEqual([1.5, expect.closeTo(1.5, 7)]); // eps
    const c = parameter(20);
    new Adam([c], { lr: 0.5, weightDecay: 0.5 }).minimize(() => c.mul(0));
    expect(c.item()).toBeCloseTo(19.5, 7);
  });
});
