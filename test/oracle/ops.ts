/**
 * @file What every op of the registry computes, a second time: by index tuples and textbook formulas, from the op's definition alone.
 */
import { matrixOracles } from './matrices.js';
import { at, axesOf, broadcast, broadcastShape, build, type Index, indices, item, line, mapLines, type Nd, reduceOver, total, zip } from './nd.js'; // prettier-ignore
import { windowOracles } from './windows.js';

/** Attributes of an op, types erased. */
export type Attrs = Readonly<Record<string, unknown>>;
/** The value of an op for inputs and attributes. */
export type Oracle = (inputs: readonly Nd[], attrs: Attrs) => Nd;

const pointwise =
  (f: (...values: number[]) => number): Oracle =>
  (inputs) =>
    zip(f, ...inputs);
const test = (f: (a: number, b: number) => boolean): Oracle => pointwise((a, b) => (f(a, b) ? 1 : 0));
const numbers = (value: unknown): number[] => (value as readonly number[]).slice();

// Elementary functions in other words than Math's own.
const exp = (x: number): number => Math.E ** x;
const log = (x: number): number => Math.log2(x) * Math.LN2;
/** Σ x^k / k! over the k that `keep` selects with sign. */
function series(x: number, keep: (k: number) => number): number {
  let [term, sum] = [1, 0];
  for (let k = 0; k < 60; k++) {
    sum += keep(k) * term;
    term *= x / (k + 1);
  }
  return sum;
}
/** Kahan: the rounding error of 1 + x cancels. */
const log1p = (x: number): number => (1 + x === 1 ? x : (log(1 + x) * x) / (1 + x - 1));
const tanh = (x: number): number => 1 - 2 / (exp(2 * x) + 1);
/** Heron's iteration. */
function sqrt(x: number): number {
  let r = (1 + x) / 2;
  for (let k = 0; k < 60; k++) r = (r + x / r) / 2;
  return r;
}

/** Gregory’s series for what six halvings leave of the angle: arctan x = 2·arctan(x/(1 + √(1 + x²))). */
function atan(x: number, halvings = 6): number {
  if (halvings > 0) return 2 * atan(x / (1 + sqrt(1 + x * x)), halvings - 1);
  let sum = 0;
  for (let k = 0; k < 12; k++) sum += ((-1) ** k * x ** (2 * k + 1)) / (2 * k + 1);
  return sum;
}
/** The largest whole number that is not above x. */
const below = (x: number): number => (Math.trunc(x) > x ? Math.trunc(x) - 1 : Math.trunc(x));
/** The nearest whole number, of two the even one. */
function nearest(x: number): number {
  if (x - x !== 0) return x;
  const [low, high] = [below(x), below(x) + 1];
  return x - low === high - x ? (low % 2 === 0 ? low : high) : x - low < high - x ? low : high;
}
/** f(x) with f(x + 1) = f(x) + step(x), from a formula for large arguments. */
function farFrom(x: number, step: (x: number) => number, far: (y: number) => number): number {
  let [y, sum] = [x, 0];
  for (; y < 40; y++) sum += step(y);
  return far(y) - sum;
}
/** (−1)^(n+1) n! Σ 1/(x + k)^(n+1); of the terms from 2000 on the integral with its first correction. */
function polygamma(n: number, x: number): number {
  const s = n + 1;
  const from = x + 2000 - 0.5;
  let sum = from ** (1 - s) / n - (s * from ** (-s - 1)) / 24;
  for (let k = 1999; k >= 0; k--) sum += (x + k) ** -s;
  for (let k = 2; k <= n; k++) sum *= k;
  return n % 2 === 0 ? -sum : sum;
}

const reduction =
  (f: (values: number[]) => number): Oracle =>
  ([x], { axes, keepdims }) =>
    reduceOver(x!, numbers(axes), keepdims === true, f);
/** Without its last axis, each row turned into a number. */
const rowwise =
  (f: (values: number[]) => number): Oracle =>
  ([x]) =>
    reduceOver(x!, [x!.shape.length - 1], false, f);
const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

interface Span {
  readonly start: number;
  readonly count: number;
  readonly step: number;
}
const spansOf = (attrs: Attrs): readonly Span[] => attrs['spans'] as readonly Span[];
/** Where element `index` of the slice lies in the whole. */
const inWhole = (spans: readonly Span[], index: Index): number[] =>
  index.map((i, axis) => item(spans, axis).start + i * item(spans, axis).step);
const same = (a: Index, b: Index): boolean => a.length === b.length && a.every((v, i) => v === b[i]);
const fromEnd = (i: number, n: number): number => (i < 0 ? i + n : i);

// Random numbers: Threefry-2x32-20 on integers without limit.
const WORD = 32;
const word = (x: bigint): bigint => BigInt.asUintN(WORD, x);

/** The two words of Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw 2011). */
export function threefry(counter: readonly [bigint, bigint], key: readonly [bigint, bigint]): [bigint, bigint] {
  const schedule = [key[0], key[1], 0x1bd11bdan ^ key[0] ^ key[1]];
  const turns = [13n, 15n, 26n, 6n, 17n, 29n, 16n, 24n];
  let [x, y] = [word(counter[0] + key[0]), word(counter[1] + key[1])];
  for (let round = 1; round <= 20; round++) {
    const by = item(turns, (round - 1) % 8);
    x = word(x + y);
    y = word(word(y << by) | (y >> (32n - by))) ^ x;
    if (round % 4 === 0) {
      const s = round / 4;
      x = word(x + item(schedule, s % 3));
      y = word(y + item(schedule, (s + 1) % 3) + BigInt(s));
    }
  }
  return [x, y];
}

/** Draw i of a stream, on [0, 1). */
function draw(attrs: Attrs, i: number): number {
  const [k0, k1] = numbers(attrs['key']);
  const c = BigInt(attrs['counter'] as number) + BigInt(i);
  const [high, low] = threefry([word(c), word(c >> 32n)], [word(BigInt(k0!)), word(BigInt(k1!))]);
  return Number(((high >> 5n) << 26n) | (low >> 6n)) / 2 ** 53;
}

/** P(Z < −x) for x ≥ 0: a series near 0, the continued fraction of the Mills ratio in the tail. */
export function tail(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (x > 3) {
    let fraction = x;
    for (let k = 300; k >= 1; k--) fraction = x + k / fraction;
    return density / fraction;
  }
  let [term, sum] = [x, 0];
  for (let k = 1; k < 120; k++) {
    sum += term;
    term *= (x * x) / (2 * k + 1);
  }
  return 0.5 - density * sum;
}

/** The z with P(Z < z) = p, by halving. */
export function normalQuantile(p: number): number {
  const small = Math.min(p, 1 - p);
  let [near, far] = [0, 40];
  for (let k = 0; k < 200; k++) {
    const middle = (near + far) / 2;
    if (tail(middle) > small) near = middle;
    else far = middle;
  }
  return p < 0.5 ? -near : near;
}

const stored = (value: number, dtype: unknown): number => (dtype === 'float32' ? Math.fround(value) : value);
const random =
  (value: (u: number, low: number, high: number, dtype: unknown) => number): Oracle =>
  (_, attrs) => {
    let i = 0;
    return build(numbers(attrs['shape']), () =>
      stored(value(draw(attrs, i++), attrs['low'] as number, attrs['high'] as number, attrs['dtype']), attrs['dtype']),
    );
  };

/** One oracle an op, by name. */
const rowOf = (x: Nd, i: number): number[] => Array.from({ length: x.shape[1]! }, (_, j) => at(x, [i, j]));

/** Distance of two rows, each metric by its own formula. */
export function distanceOf(a: readonly number[], b: readonly number[], metric: unknown, p = 2): number {
  const d = a.map((v, i) => Math.abs(v - b[i]!));
  const dot = (x: readonly number[], y: readonly number[]): number => total(x.map((v, i) => v * y[i]!));
  switch (metric) {
    case 'l1':
      return total(d);
    case 'l2':
      return sqrt(dot(d, d));
    case 'sqeuclidean':
      return dot(d, d);
    case 'chebyshev':
      return sorted(d).at(-1)!;
    case 'minkowski':
      return p === Infinity ? sorted(d).at(-1)! : total(d.map((v) => v ** p)) ** (1 / p);
    default:
      return 1 - dot(a, b) / (sqrt(dot(a, a)) * sqrt(dot(b, b)));
  }
}

export const opOracles: Readonly<Record<string, Oracle>> = {
  ...matrixOracles,
  ...windowOracles,
  eq: test((a, b) => a <= b && a >= b),
  ne: test((a, b) => !(a <= b && a >= b)),
  lt: test((a, b) => b > a),
  le: test((a, b) => b > a || a === b),
  gt: test((a, b) => b < a),
  ge: test((a, b) => b < a || a === b),
  logicalAnd: test((a, b) => !(a === 0 || b === 0)),
  logicalOr: test((a, b) => !(a === 0 && b === 0)),
  logicalNot: pointwise((x) => (x === 0 ? 1 : 0)),
  isFinite: pointwise((x) => (x - x === 0 ? 1 : 0)),
  isNaN: pointwise((x) => (Number.isNaN(x) ? 1 : 0)),
  where: pointwise((c, a, b) => (c === 0 ? b : a)),

  add: pointwise((a, b) => a - -b),
  sub: pointwise((a, b) => a + -b),
  mul: pointwise((a, b) => b * a),
  gmul: pointwise((g, d) => ([g, d].some((v) => Math.abs(v) === 0) ? 0 : d * g)),
  div: pointwise((a, b) => a * b ** -1),
  pow: pointwise((a, b) => exp(b * log(a))),
  maximum: pointwise((a, b) => ([a, b].some(Number.isNaN) ? NaN : a > b ? a : b)),
  minimum: pointwise((a, b) => ([a, b].some(Number.isNaN) ? NaN : a > b ? b : a)),
  neg: pointwise((x) => 0 - x),
  square: pointwise((x) => x ** 2),
  exp: pointwise((x) => exp(x)),
  log: pointwise((x) => log(x)),
  log1p: pointwise((x) => log1p(x)),
  expm1: pointwise((x) => series(x, (k) => (k === 0 ? 0 : 1))),
  sqrt: pointwise((x) => sqrt(x)),
  abs: pointwise((x) => (x < 0 ? -x : x)),
  sign: pointwise((x) => (x > 0 ? 1 : x < 0 ? -1 : x)),
  sin: pointwise((x) => series(x, (k) => item([0, 1, 0, -1], k % 4))),
  cos: pointwise((x) => series(x, (k) => item([1, 0, -1, 0], k % 4))),
  tan: pointwise((x) => series(x, (k) => item([0, 1, 0, -1], k % 4)) / series(x, (k) => item([1, 0, -1, 0], k % 4))),
  asin: pointwise((x) => atan(x / sqrt(1 - x * x))),
  acos: pointwise((x) => Math.PI / 2 - atan(x / sqrt(1 - x * x))),
  atan: pointwise((x) => atan(x)),
  // half of the angle lies between the point and the positive axis
  atan2: pointwise((y, x) => 2 * atan(y / (sqrt(x * x + y * y) + x))),
  asinh: pointwise((x) => log(x + sqrt(x * x + 1))),
  acosh: pointwise((x) => log(x + sqrt(x * x - 1))),
  atanh: pointwise((x) => log((1 + x) / (1 - x)) / 2),
  floor: pointwise(below),
  ceil: pointwise((x) => 0 - below(0 - x)),
  round: pointwise(nearest),
  mod: pointwise((a, b) => a - b * below(a / b)),
  // Φ is half of 1 + erf(x/√2)
  erf: pointwise((x) => (x < 0 ? 2 * tail(-x * Math.SQRT2) - 1 : 1 - 2 * tail(x * Math.SQRT2))),
  erfc: pointwise((x) => (x < 0 ? 2 - 2 * tail(-x * Math.SQRT2) : 2 * tail(x * Math.SQRT2))),
  lgamma: pointwise((x) =>
    farFrom(x, log, (y) => (y - 0.5) * log(y) - y + log(2 * Math.PI) / 2 + 1 / (12 * y) - 1 / (360 * y ** 3) + 1 / (1260 * y ** 5)),
  ),
  digamma: pointwise((x) =>
    farFrom(
      x,
      (v) => 1 / v,
      (y) => log(y) - 1 / (2 * y) - 1 / (12 * y ** 2) + 1 / (120 * y ** 4) - 1 / (252 * y ** 6),
    ),
  ),
  polygamma: pointwise((n, x) => (n === 0 ? opOracles['digamma']!([{ shape: [], data: [x] }], {}).data[0]! : polygamma(n, x))),
  sinh: pointwise((x) => series(x, (k) => k % 2)),
  cosh: pointwise((x) => (exp(x) + exp(-x)) / 2),
  tanh: pointwise((x) => tanh(x)),
  sigmoid: pointwise((x) => (1 + tanh(x / 2)) / 2),
  softplus: pointwise((x) => log(1 + exp(x))),
  relu: pointwise((x) => (x <= 0 ? 0 : x)),

  sum: reduction(total),
  max: reduction((values) => sorted(values).at(-1)!),
  min: reduction((values) => sorted(values).at(0)!),
  argmax: rowwise((row) => row.findIndex((v) => row.every((w) => w <= v))),
  argmin: rowwise((row) => row.findIndex((v) => row.every((w) => w >= v))),
  // each place in the order: the first element that as many others are in front of
  argsort: ([x], { descending, count }) => {
    const last = x!.shape.length - 1;
    const whole = mapLines(x!, last, (row) => {
      const before = (a: number, b: number): boolean => (descending === true ? a > b : a < b);
      const places = row.map((v, i) => row.filter((w, j) => before(w, v) || (w === v && j < i)).length);
      return row.map((_, place) => places.indexOf(place));
    });
    return build(x!.shape.with(last, count as number), (index) => at(whole, index));
  },
  logsumexp: rowwise((row) => log(total(row.map(exp)))),
  // s_k = Σ_{j ≤ k} b_j · Π_{j < i ≤ k} a_i
  recurrence: ([a, b]) => {
    const last = b!.shape.length - 1;
    return build(b!.shape, (index) => {
      const k = item(index, last);
      const factors = line(a!, index, last);
      return total(
        line(b!, index, last)
          .slice(0, k + 1)
          .map((v, j) => factors.slice(j + 1, k + 1).reduce((p, f) => p * f, v)),
      );
    });
  },
  spread: ([x], attrs) => {
    const axes = axesOf(attrs['axes'], numbers(attrs['shape']).length);
    const kept = x!.shape.length === numbers(attrs['shape']).length;
    return build(numbers(attrs['shape']), (index) =>
      at(x!, kept ? index.map((i, a) => (axes.includes(a) ? 0 : i)) : index.filter((_, a) => !axes.includes(a))),
    );
  },

  reshape: ([x], { shape }) => ({ shape: numbers(shape), data: [...x!.data] }),
  transpose: ([x], { perm }) => {
    const order = numbers(perm);
    return build(
      order.map((p) => item(x!.shape, p)),
      (index) =>
        at(
          x!,
          order.map((_, axis) => item(index, order.indexOf(axis))),
        ),
    );
  },
  broadcastTo: ([x], { shape }) => broadcast(x!, numbers(shape)),
  slice: ([x], attrs) => {
    const spans = spansOf(attrs);
    return build(
      spans.map((s) => s.count),
      (index) => at(x!, inWhole(spans, index)),
    );
  },
  embed: ([x], attrs) => {
    const spans = spansOf(attrs);
    return build(numbers(attrs['shape']), (place) => {
      const source = indices(x!.shape).find((index) => same(inWhole(spans, index), place));
      return source === undefined ? 0 : at(x!, source);
    });
  },
  concat: (xs, { axis }) => {
    const along = axis as number;
    const owners = xs.flatMap((x) => Array.from({ length: item(x.shape, along) }, (_, i) => ({ x, i })));
    return build(xs[0]!.shape.with(along, owners.length), (index) => {
      const { x, i } = item(owners, item(index, along));
      return at(x, index.with(along, i));
    });
  },
  cast: ([x], { dtype }) => build(x!.shape, (index) => stored(at(x!, index), dtype)),
  truncate: ([x], { dtype }) =>
    build(x!.shape, (index) => {
      const v = at(x!, index);
      return dtype === 'bool' ? Math.min(1, Math.abs(Math.sign(v))) : v < 0 ? Math.ceil(v) : Math.floor(v);
    }),
  stopGradient: ([x]) => build(x!.shape, (index) => at(x!, index)),

  take: ([x, where], attrs) => {
    const axis = attrs['axis'] as number;
    const rank = where!.shape.length;
    return build([...x!.shape.slice(0, axis), ...where!.shape, ...x!.shape.slice(axis + 1)], (index) => {
      const chosen = fromEnd(at(where!, index.slice(axis, axis + rank)), item(x!.shape, axis));
      return at(x!, [...index.slice(0, axis), chosen, ...index.slice(axis + rank)]);
    });
  },
  indexAdd: ([x, where], attrs) => {
    const axis = attrs['axis'] as number;
    return build(numbers(attrs['shape']), (place) =>
      total(
        indices(where!.shape)
          .filter((k) => fromEnd(at(where!, k), item(numbers(attrs['shape']), axis)) === place[axis])
          .map((k) => at(x!, [...place.slice(0, axis), ...k, ...place.slice(axis + 1)])),
      ),
    );
  },
  gather: ([x, where], attrs) => {
    const axis = attrs['axis'] as number;
    return build(where!.shape, (index) => at(x!, index.with(axis, fromEnd(at(where!, index), item(x!.shape, axis)))));
  },
  scatter: ([x, where], attrs) => {
    const axis = attrs['axis'] as number;
    return build(numbers(attrs['shape']), (place) =>
      total(
        indices(x!.shape)
          .filter((from) => same(from.with(axis, fromEnd(at(where!, from), item(numbers(attrs['shape']), axis))), place))
          .map((from) => at(x!, from)),
      ),
    );
  },
  oneHot: ([labels], { n }) =>
    build([...labels!.shape, n as number], (index) => (at(labels!, index.slice(0, -1)) === index.at(-1) ? 1 : 0)),

  // every distance, then a sort
  kNearest: ([q, p], { k, metric, p: power }) =>
    build([q!.shape[0]!, k as number], ([row, j]) => {
      const far = Array.from({ length: p!.shape[0]! }, (_, i) => distanceOf(rowOf(q!, row!), rowOf(p!, i), metric, power as number));
      const order = far.map((_, i) => i).sort((a, b) => (Math.abs(far[a]! - far[b]!) < 1e-12 ? a - b : far[a]! - far[b]!));
      return order[j!]!;
    }),
  kNearestDistances: ([q, p, indices], { metric, p: power }) =>
    build(indices!.shape, (index) => distanceOf(rowOf(q!, index[0]!), rowOf(p!, at(indices!, index)), metric, power as number)),

  matmul: ([first, second], { ta, tb }) => {
    // a vector is a matrix of one row (left) or one column (right) that leaves no axis behind
    const rowVector = first!.shape.length === 1;
    const columnVector = second!.shape.length === 1;
    const a = rowVector ? { ...first!, shape: ta === true ? [first!.shape[0]!, 1] : [1, first!.shape[0]!] } : first;
    const b = columnVector ? { ...second!, shape: tb === true ? [1, second!.shape[0]!] : [second!.shape[0]!, 1] } : second;
    const factor = (
      x: Nd,
      transposed: unknown,
    ): { rows: number; columns: number; entry: (batch: Index, i: number, j: number) => number } => {
      const [r, c] = x.shape.slice(-2);
      return {
        rows: transposed === true ? c! : r!,
        columns: transposed === true ? r! : c!,
        entry: (batch, i, j) => {
          const own = x.shape.slice(0, -2);
          const place = batch.slice(batch.length - own.length).map((p, axis) => (own[axis] === 1 ? 0 : p));
          return at(x, [...place, ...(transposed === true ? [j, i] : [i, j])]);
        },
      };
    };
    const [left, right] = [factor(a!, ta), factor(b!, tb)];
    const product = build([...broadcastShape([a!.shape.slice(0, -2), b!.shape.slice(0, -2)]), left.rows, right.columns], (index) => {
      const batch = index.slice(0, -2);
      const [i, j] = index.slice(-2);
      let s = 0;
      for (let k = 0; k < left.columns; k++) s += left.entry(batch, i!, k) * right.entry(batch, k, j!);
      return s;
    });
    const rank = product.shape.length;
    return {
      ...product,
      shape: product.shape.filter((_, axis) => !(rowVector && axis === rank - 2) && !(columnVector && axis === rank - 1)),
    };
  },

  uniform: random((u, low, high, dtype) => low + (high - low) * (dtype === 'float32' ? Math.floor(u * 2 ** 24) / 2 ** 24 : u)),
  normal: random((u, mean, std) => mean + std * normalQuantile(Math.max(u, 2 ** -54))),
  randint: random((u, low, high) => low + Math.floor(u * (high - low))),
  // Fisher–Yates from the back, draw k for place k
  permutation: (_, attrs) => {
    const n = item(numbers(attrs['shape']), 0);
    const order = Array.from({ length: n }, (_unused, i) => i);
    for (let k = n - 1; k > 0; k--) {
      const j = Math.floor(draw(attrs, k) * (k + 1));
      [order[j], order[k]] = [item(order, k), item(order, j)];
    }
    return { shape: [n], data: order };
  },
};
