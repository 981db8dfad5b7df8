/** Each loss of the gallery in plain numbers beside its formula; its gradient, its sign, its zeros. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { gradcheck, gradgradcheck, sum, type Tensor, tensor, type TensorLike } from 'chainrule';
import { formula } from 'chainrule/formula';
import { tensors } from 'chainrule/testing';
import { describe, expect, test } from 'vitest';
import { galleryGuide, galleryLosses } from '../../../scripts/pages/loss-gallery.js';

type Values = Readonly<Record<string, number>>;
type Row = readonly number[];
/** One number, one a row, or one an element. */
type Plain = number | readonly number[];

interface Case {
  /** Arguments away from kinks. */
  readonly at: readonly (Row | readonly Row[])[];
  /** The loss in plain numbers; elementwise ones get one element of each argument. */
  readonly each?: (o: Values, ...x: number[]) => number;
  readonly whole?: (o: Values, ...x: never[]) => Plain;
  /** Arguments for which it is 0. */
  readonly zero?: readonly (Row | readonly Row[])[];
  /** Is it never negative? Then of which arguments: any numbers, positive ones, probabilities. */
  readonly domain?: 'reals' | 'positive' | 'unit' | 'signed';
  /** Which arguments are differentiated; the first when left out. */
  readonly by?: readonly number[];
}

const { abs, exp, log, log1p, max, min, sqrt } = Math;
const total = (xs: Row): number => xs.reduce((a, b) => a + b, 0);
const softmax = (s: Row): number[] => s.map((v) => exp(v) / total(s.map(exp)));
const distance = (a: Row, b: Row): number => sqrt(total(a.map((v, k) => (v - b[k]!) ** 2)));
const dot = (a: Row, b: Row): number => total(a.map((v, k) => v * b[k]!));

const s = [0.3, -1.4, 2.2, 0.7];
const y = [1.1, -0.6, 2.9, -2.3];
const same = [s, s];
const sign = [1, -1, -1, 1];
const positive = [0.4, 1.3, 2.5, 0.9];
const counts = [1, 2, 0.5, 3];
const rows = [[2, -1, 0.5], [0.3, 0.2, -0.4]]; // prettier-ignore
const labels = [0, 2];
const certain = [[800, 0, 0], [0, 0, 800]]; // prettier-ignore
const a = [[1, 0.5], [-0.3, 0.8], [0.2, -1]]; // prettier-ignore
const b = [[0.7, 0.1], [0.4, 1.2], [-1, 0.3]]; // prettier-ignore
const far = [[5, 5], [-6, 4], [3, -7]]; // prettier-ignore
const p = [0.2, 0.7, 0.9, 0.4];
const mask = [0, 1, 1, 0];
const elementwise = (each: Case['each'], more: Partial<Case> = {}): Case => ({
  at: [s, y],
  each: each!,
  zero: same,
  domain: 'reals',
  ...more,
});
const margin = (of: (m: number) => number, zero?: Row): Case => ({
  at: [s, sign],
  each: (_, v, t) => of(v * t),
  domain: 'signed',
  ...(zero && { zero: [zero, sign] }),
});
const perRow = (of: (o: Values, row: Row, label: number) => number, zero?: readonly Row[]): Case => ({
  at: [rows, labels],
  whole: (o, ss: Row[], l: number[]) => ss.map((row, i) => of(o, row, l[i]!)),
  ...(zero && { zero: [zero, labels] }),
});
const region = (of: (t: number, falsePositive: number, falseNegative: number, o: Values) => number): Case => ({
  at: [p, mask],
  whole: (o, ps: number[], ms: number[]) => of(dot(ps, ms), dot(ps, ms.map((m) => 1 - m)), dot(ps.map((v) => 1 - v), ms), o), // prettier-ignore
  zero: [mask, mask],
  domain: 'unit',
});

const cases: Readonly<Record<string, Case>> = {
  Pinball: elementwise(({ tau }, v, t) => (t > v ? tau! * (t - v) : (1 - tau!) * (v - t))),
  Expectile: elementwise(({ tau }, v, t) => (t > v ? tau! : 1 - tau!) * (t - v) ** 2),
  'Quantile Huber': elementwise(({ tau, kappa }, v, t) => {
    const d = abs(t - v);
    return ((t > v ? tau! : 1 - tau!) * (d <= kappa! ? (d * d) / 2 : kappa! * (d - kappa! / 2))) / kappa!;
  }),
  'Epsilon-insensitive': elementwise(({ epsilon }, v, t) => max(0, abs(v - t) - epsilon!)),
  'Log-cosh': elementwise((_, v, t) => log(Math.cosh(v - t)), { domain: 'reals' }),
  'Pseudo-Huber': elementwise(({ delta }, v, t) => delta! * (Math.hypot(delta!, v - t) - delta!)),
  Cauchy: elementwise(({ c }, v, t) => (c! ** 2 / 2) * log(1 + ((v - t) / c!) ** 2)),
  'Geman–McClure': elementwise(({ c }, v, t) => 1 - c! ** 2 / (c! ** 2 + (v - t) ** 2)),
  Welsch: elementwise(({ c }, v, t) => (c! ** 2 / 2) * (1 - exp(-(((v - t) / c!) ** 2)))),
  'Tukey biweight': elementwise(({ c }, v, t) => (c! ** 2 / 6) * (1 - max(0, 1 - ((v - t) / c!) ** 2) ** 3)),
  // alpha = 1 is the pseudo-Huber loss
  'General robust': elementwise((_, v, t) => Math.hypot(1, v - t) - 1),
  Wing: elementwise(({ w, epsilon }, v, t) => min(w! * log(1 + abs(v - t) / epsilon!), Infinity) * Number(abs(v - t) < w!) + Number(abs(v - t) >= w!) * (abs(v - t) - (w! - w! * log(1 + w! / epsilon!)))), // prettier-ignore
  'Squared logarithmic': elementwise((_, v, t) => log((1 + v) / (1 + t)) ** 2, { at: [positive, counts], zero: [counts, counts], domain: 'positive' }), // prettier-ignore
  'Absolute percentage': elementwise((_, v, t) => abs(v / t - 1), { at: [positive, counts], zero: [counts, counts], domain: 'positive' }),
  'Gaussian NLL': { at: [s, y, positive], each: (_, m, t, v) => -log(exp(-((t - m) ** 2) / (2 * v)) / sqrt(v)), by: [0, 1, 2] },
  'Poisson NLL': { at: [s, counts], each: (_, v, t) => exp(v) - t * v },
  'Gamma deviance': {
    at: [positive, counts],
    each: (_, m, t) => 2 * (-log(t / m) + (t - m) / m),
    zero: [counts, counts],
    domain: 'positive',
  },
  'Tweedie deviance': {
    // the integral of 2 (y − t)/t^p from μ to y is the deviance: Simpson's rule
    at: [positive, counts],
    each: ({ p: power }, m, t) => {
      const [n, f] = [2000, (v: number): number => (2 * (t - v)) / v ** power!];
      const h = (t - m) / n;
      let value = f(m) + f(t);
      for (let k = 1; k < n; k++) value += f(m + k * h) * (k % 2 === 1 ? 4 : 2);
      return (value * h) / 3;
    },
    zero: [counts, counts],
    domain: 'positive',
  },
  'KL of a variational autoencoder': {
    at: [rows, [[0.1, -0.2, 0.3], [-1, 0.5, 0]]], // prettier-ignore
    whole: (_, m: Row[], v: Row[]) => m.map((row, i) => total(row.map((mu, j) => (exp(v[i]![j]!) + mu * mu - 1) / 2 - v[i]![j]! / 2))),
    zero: [[[0, 0]], [[0, 0]]],
    domain: 'reals',
    by: [0, 1],
  },
  Logistic: margin((m) => log1p(exp(-m))),
  'Exponential (AdaBoost)': margin((m) => exp(-m)),
  'Squared hinge': margin((m) => (m < 1 ? (1 - m) ** 2 : 0), [1, -3, -2, 1.5]),
  'Modified Huber': margin((m) => (m < -1 ? -4 * m : m < 1 ? (1 - m) ** 2 : 0), [1, -3, -2, 1.5]),
  'Smooth hinge': margin((m) => (m <= 0 ? 0.5 - m : m < 1 ? (1 - m) ** 2 / 2 : 0), [1, -3, -2, 1.5]),
  Savage: margin((m) => 1 / (1 + exp(2 * m)) ** 2),
  Focal: perRow(({ gamma }, row, l) => -((1 - softmax(row)[l]!) ** gamma!) * log(softmax(row)[l]!), certain),
  'Crammer–Singer hinge': perRow((_, row, l) => max(0, 1 + max(...row.filter((__, j) => j !== l)) - row[l]!), certain),
  Brier: perRow((_, row, l) => total(softmax(row).map((v, j) => (v - Number(j === l)) ** 2)), certain),
  'Generalized cross-entropy': perRow(({ q }, row, l) => (1 - softmax(row)[l]! ** q!) / q!, certain),
  'Poly-1': perRow(({ epsilon }, row, l) => -log(softmax(row)[l]!) + epsilon! * (1 - softmax(row)[l]!), certain),
  Contrastive: {
    at: [a, b, [1, 0, 1]],
    whole: (o, u: Row[], v: Row[], t: number[]) =>
      u.map((r, i) => (t[i] === 1 ? distance(r, v[i]!) ** 2 : max(0, o['margin']! - distance(r, v[i]!)) ** 2) / 2),
    zero: [a, [a[0]!, far[1]!, a[2]!], [1, 0, 1]],
    by: [0, 1],
  },
  Triplet: {
    at: [a, b, [[0.5, 0.4], [-0.2, 0.9], [0, 0]]], // prettier-ignore
    whole: (o, u: Row[], v: Row[], w: Row[]) => u.map((r, i) => max(0, distance(r, v[i]!) ** 2 - distance(r, w[i]!) ** 2 + o['margin']!)),
    zero: [a, a, far],
    domain: 'reals',
    by: [0, 1, 2],
  },
  InfoNCE: {
    at: [a, b],
    whole: (o, u: Row[], v: Row[]) => total(u.map((r, i) => -log(softmax(v.map((w) => dot(r, w) / o['tau']!))[i]!))) / u.length,
    domain: 'reals',
    zero: [[[50, 0], [0, 50]], [[50, 0], [0, 50]]], // prettier-ignore
    by: [0, 1],
  },
  'Cosine embedding': {
    at: [a, b, sign.slice(0, 3)],
    whole: (o, u: Row[], v: Row[], t: number[]) => u.map((r, i) => { const c = dot(r, v[i]!) / (Math.hypot(...r) * Math.hypot(...v[i]!)); return t[i] === 1 ? 1 - c : max(0, c - o['margin']!); }), // prettier-ignore
    zero: [[[3, 4], [1, 0]], [[6, 8], [-1, 0]], [1, -1]], // prettier-ignore
    by: [0, 1],
  },
  'Margin ranking': { at: [s, y, sign], each: (o, u, v, t) => max(0, -t * (u - v) + o['margin']!), zero: [[2, 1], [1, 2], [1, -1]], domain: 'reals', by: [0, 1] }, // prettier-ignore
  'Bayesian personalized ranking': { at: [s, y], each: (_, u, v) => -log(1 / (1 + exp(v - u))), domain: 'reals', by: [0, 1] },
  Dice: { at: [p, mask], whole: (_, ps: number[], ms: number[]) => total(ps.map((v, k) => (v - ms[k]!) ** 2)) / (dot(ps, ps) + dot(ms, ms)), zero: [mask, mask], domain: 'unit' }, // prettier-ignore
  Jaccard: region((t, fp, fn) => (fp + fn) / (t + fp + fn)),
  Tversky: region((t, fp, fn, { alpha, beta }) => (alpha! * fp + beta! * fn) / (t + alpha! * fp + beta! * fn)),
  'Focal Tversky': region(
    (t, fp, fn, { alpha, beta, gamma }) => ((alpha! * fp + beta! * fn) / (t + alpha! * fp + beta! * fn)) ** (1 / gamma!),
  ),
  'Group lasso': { at: [rows], whole: (o, w: Row[]) => sqrt(o['p']!) * total(w.map((r) => Math.hypot(...r))), zero: [[[0, 0], [0, 0]]], domain: 'reals' }, // prettier-ignore
  'Total variation': {
    at: [s],
    whole: (_, v: number[]) => total(v.slice(1).map((x, k) => abs(x - v[k]!))),
    zero: [[2, 2, 2]],
    domain: 'reals',
  },
  Orthogonality: { at: [a], whole: (_, w: Row[]) => total([0, 1].flatMap((i) => [0, 1].map((j) => (total(w.map((r) => r[i]! * r[j]!)) - Number(i === j)) ** 2))), zero: [[[0, 1], [1, 0]]] }, // prettier-ignore
};

const flat = (x: Tensor): number[] => Array.from(x.data);

describe.each(galleryLosses.map((l) => [l.name, l] as const))('%s', (name, loss) => {
  const sample = cases[name]!;
  const o = loss.defaults ?? {};
  const f = formula<string>(loss.text);
  const params = f.symbols.filter((symbol) => !(symbol in o));
  const call = (...args: TensorLike[]): Tensor => f({ ...o, ...Object.fromEntries(params.map((symbol, k) => [symbol, args[k]!])) });

  test('the value in plain numbers', () => {
    const expected = sample.each
      ? (sample.at[0] as Row).map((_, i) => sample.each!(o, ...sample.at.map((x) => x[i] as number)))
      : [(sample.whole as (o: Values, ...x: unknown[]) => Plain)(o, ...sample.at)].flat();
    const found = flat(call(...(sample.at as TensorLike[])));
    expect(found.length).toBe(expected.length);
    found.forEach((v, i) => expect(Math.abs(v - expected[i]!)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(expected[i]!))));
  });

  test('gradient and second derivatives', () => {
    const by = sample.by ?? [0];
    const part = (...xs: Tensor[]): Tensor =>
      sum(call(...sample.at.map((x, k) => (by.includes(k) ? xs[by.indexOf(k)]! : (x as TensorLike)))));
    const inputs = by.map((k) => tensor(sample.at[k] as TensorLike));
    expect(gradcheck(part, inputs)).toBe(true);
    expect(gradgradcheck(part, inputs)).toBe(true);
  });

  test('as a loss it is the mean; the parameters are options', () => {
    const value = (f as unknown as (...x: unknown[]) => Tensor)(...sample.at, o);
    const each = flat(call(...(sample.at as TensorLike[])));
    expect(value.item()).toBeCloseTo(total(each) / each.length, 12);
  });

  if (sample.zero !== undefined)
    test('is 0 where it should be', () => {
      // rounded exponentials of large scores leave no more than this
      for (const v of flat(call(...(sample.zero as TensorLike[])))) expect(Math.abs(v)).toBeLessThanOrEqual(1e-14);
    });

  if (sample.domain !== undefined)
    test('is never negative', () => {
      const { domain, at } = sample;
      const draw = (x: Row | readonly Row[], k: number): fc.Arbitrary<Tensor> => {
        const shape = Array.isArray(x[0]) ? [x.length, x[0].length] : [x.length];
        const range = domain === 'positive' ? { min: 0.1, max: 4 } : domain === 'unit' ? { min: 0.01, max: 1 } : { min: -3, max: 3 };
        return (domain === 'signed' && k === 1) || (name === 'Margin ranking' && k === 2)
          ? fc.constant(tensor(sign))
          : tensors(shape, range);
      };
      const inputs = fc.tuple(...at.map(draw));
      fc.assert(
        fc.property(inputs, (xs) => flat(call(...xs)).every((v) => v >= -1e-12)),
        { numRuns: 50 },
      );
    });
});

test('there are at least 20, each with a case and no other', () => {
  expect(galleryLosses.length).toBeGreaterThanOrEqual(20);
  expect(Object.keys(cases).sort()).toEqual(galleryLosses.map((l) => l.name).sort());
  expect(galleryLosses.every((l) => l.source.length > 10 && !l.text.includes('\n'))).toBe(true);
});

test('docs/loss-gallery.md is written from them: npm run generate', () => {
  expect(readFileSync(resolve(import.meta.dirname, '../../../docs/loss-gallery.md'), 'utf8')).toBe(galleryGuide());
});
