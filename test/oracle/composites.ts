/**
 * @file What every exported function that is composed of ops computes, from its definition alone: arguments as the public function
 * takes them, naive formulas, no stabilisation.
 */
import {
  at,
  axesOf,
  axisOf,
  broadcastAt,
  build,
  type Index,
  indices,
  item,
  line,
  mapLines,
  nd,
  type Nd,
  reduceOver,
  scalar,
  total,
  zip,
} from './nd.js';

import { aliases, diag, movementOracles, triangle } from './movement.js';
import { inverseOf, solutionOf } from './matrices.js';
import { distanceOf, tail } from './ops.js';
import { convolution, foldedOf, largest as largestInside, mean, pooling, windowsOf } from './windows.js';

type Options = Readonly<Record<string, unknown>>;
/** The value of a public function for its arguments. */
export type CompositeOracle = (args: readonly unknown[]) => Nd;

const options = (x: unknown): Options => (x ?? {}) as Options;
const lengthOf = (x: Nd, axis: number): number => item(x.shape, axisOf(axis, x.shape.length));
const product = (values: readonly number[]): number => values.reduce((p, v) => p * v, 1);
const largest = (values: readonly number[]): number => [...values].sort((a, b) => b - a)[0]!;
const smallest = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[0]!;
const logSumExp = (values: readonly number[]): number => Math.log(total(values.map((v) => Math.exp(v))));

/** A function of each element, and of the options. */
const pointwise =
  (f: (x: number, o: Options) => number): CompositeOracle =>
  ([data, rest]) =>
    zip((x) => f(x, options(rest)), nd(data));
const reduction =
  (f: (values: number[], o: Options) => number): CompositeOracle =>
  ([data, rest]) => {
    const [x, o] = [nd(data), options(rest)];
    return reduceOver(x, axesOf(o['axis'], x.shape.length), o['keepdims'] === true, (values) => f(values, o));
  };
/** A function of lines along an axis, the last unless told otherwise. */
const lines =
  (f: (values: number[]) => number[]): CompositeOracle =>
  ([data, rest]) => {
    const x = nd(data);
    return mapLines(x, axisOf(options(rest)['axis'] ?? -1, x.shape.length), f);
  };
const argument =
  (wins: (v: number, w: number) => boolean): CompositeOracle =>
  ([data, rest]) => {
    const x = nd(data);
    const axis = axisOf(options(rest)['axis'] ?? -1, x.shape.length);
    return reduceOver(x, [axis], false, (values) => values.findIndex((v) => values.every((w) => v === w || wins(v, w))));
  };

/** Σ_{i<j} (x_i − x_j)² / (n·(n − ddof)): the variance without a mean. */
function variance(values: readonly number[], o: Options): number {
  const n = values.length;
  let s = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) s += (values[i]! - values[j]!) ** 2;
  return s / (n * (n - ((o['ddof'] as number | undefined) ?? 0)));
}

function norm(values: readonly number[], o: Options): number {
  const ord = (o['ord'] as number | undefined) ?? 2;
  const sizes = values.map((v) => (v < 0 ? -v : v));
  return ord === Infinity ? largest(sizes) : total(sizes.map((v) => v ** ord)) ** (1 / ord);
}

/** Positions that Python's range selects on an axis of length n. */
function positions([start, stop, step]: readonly (number | null)[], n: number): number[] {
  const by = step ?? 1;
  const front = (v: number): number => (v < 0 ? v + n : v);
  let i = front(start ?? (by > 0 ? 0 : n - 1));
  if (by > 0 && i < 0) i = 0;
  if (by < 0 && i > n - 1) i = n - 1;
  const end = typeof stop === 'number' ? front(stop) : by * Infinity;
  const found: number[] = [];
  for (; by > 0 ? i < end && i < n : i > end && i >= 0; i += by) found.push(i);
  return found;
}

/** The transpose of take and of gather, by looking at every update. */
function scatterAdd([data, where, updates, rest]: readonly unknown[]): Nd {
  const [x, to, u] = [nd(data), nd(where), nd(updates)];
  const axis = axisOf(options(rest)['axis'] ?? 0, x.shape.length);
  const n = lengthOf(x, axis);
  const rank = to.shape.length;
  const likeGather = rank > 1 && rank === x.shape.length && u.shape.length === rank;
  const target = (from: Index): number[] => {
    const i = at(to, likeGather ? from : from.slice(axis, axis + rank));
    const chosen = i < 0 ? i + n : i;
    return likeGather ? from.with(axis, chosen) : [...from.slice(0, axis), chosen, ...from.slice(axis + rank)];
  };
  const result = { shape: x.shape, data: [...x.data] };
  const places = indices(x.shape).map((p) => p.join());
  for (const from of indices(u.shape)) {
    const flat = places.indexOf(target(from).join());
    result.data[flat] = item(result.data, flat) + at(u, from);
  }
  return result;
}

// Losses: rows of the last axis, one number a row; then the reduction.

/** 'mean' (default), 'sum' or 'none'. */
function reduceLoss(losses: Nd, o: Options): Nd {
  if (o['reduction'] === 'none') return losses;
  const sum = total(losses.data);
  return scalar(o['reduction'] === 'sum' ? sum : sum / losses.data.length);
}

/** A loss of one element of input and target. */
const elementLoss =
  (f: (s: number, y: number, o: Options) => number): CompositeOracle =>
  ([input, target, rest]) => {
    const [s, y, o] = [nd(input), nd(target), options(rest)];
    return reduceLoss(
      build(s.shape, (index) => {
        const weight = o['weight'] === undefined ? 1 : broadcastAt(nd(o['weight']), index);
        const posWeight = o['posWeight'] === undefined ? 1 : broadcastAt(nd(o['posWeight']), index);
        return weight * f(at(s, index), at(y, index), { ...o, posWeight });
      }),
      o,
    );
  };

const rowOf = (x: Nd, place: Index): number[] => line(x, [...place, 0], place.length);

/** A loss of one row of scores and its label. */
const labelLoss =
  (f: (row: number[], label: number, o: Options) => number): CompositeOracle =>
  ([input, target, rest]) => {
    const [s, y, o] = [nd(input), nd(target), options(rest)];
    return reduceLoss(
      build(y.shape, (place) => f(rowOf(s, place), at(y, place), o)),
      o,
    );
  };

/** A loss of rows whose weighted mean over labels divides by the weights of the labels. */
const weightedByClass =
  (f: (row: number[], target: number | number[], weights: number[], o: Options) => number): CompositeOracle =>
  ([input, target, rest]) => {
    const [s, y, o] = [nd(input), nd(target), options(rest)];
    const labels = y.shape.length < s.shape.length;
    const weights = o['weight'] === undefined ? Array.from({ length: lengthOf(s, -1) }, () => 1) : nd(o['weight']).data;
    const losses = build(s.shape.slice(0, -1), (place) => f(rowOf(s, place), labels ? at(y, place) : rowOf(y, place), weights, o));
    if (!labels || (o['reduction'] ?? 'mean') !== 'mean') return reduceLoss(losses, o);
    return scalar(total(losses.data) / total(y.data.map((label) => item(weights, label))));
  };

function crossEntropy(row: number[], target: number | number[], weights: number[], o: Options): number {
  const smoothing = (o['labelSmoothing'] as number | undefined) ?? 0;
  const all = total(row.map((v) => Math.exp(v)));
  return total(
    row.map((v, j) => {
      const given = typeof target === 'number' ? (target === j ? 1 : 0) : item(target, j);
      return -weights[j]! * ((1 - smoothing) * given + smoothing / row.length) * Math.log(Math.exp(v) / all);
    }),
  );
}

function multiclassHinge(row: number[], label: number, o: Options): number {
  const {
    delta = 1,
    power = 1,
    includeCorrect = false,
    reduceClasses = 'sum',
  } = o as {
    delta?: number;
    power?: number;
    includeCorrect?: boolean;
    reduceClasses?: string;
  };
  let sum = 0;
  for (const [j, score] of row.entries()) {
    if (j === label && !includeCorrect) continue;
    const margin = score + delta - item(row, label);
    if (margin > 0) sum += power === 2 ? margin * margin : margin;
  }
  if (reduceClasses === 'mean') return sum / row.length;
  return reduceClasses === 'meanOthers' ? sum / (row.length - 1) : sum;
}

/** −log p, at most 100. */
const surprise = (p: number): number => Math.min(100, Math.log(1 / p));

/** One oracle a public function. */
export const compositeOracles: Readonly<Record<string, CompositeOracle>> = {
  // the bounds and x in order: the one in the middle
  clip: ([x, lo, hi]) => zip((...three) => [...three].sort((a, b) => a - b)[1]!, nd(x), nd(lo), nd(hi)),
  rsqrt: pointwise((x) => x ** -0.5),
  reciprocal: pointwise((x) => x ** -1),
  xlogy: ([a, b]) => zip((x, y) => (x === 0 && !Number.isNaN(y) ? 0 : x * Math.log(y)), nd(a), nd(b)),
  logSigmoid: pointwise((x) => -Math.log(1 + Math.exp(-x))),
  silu: pointwise((x) => x / (1 + Math.exp(-x))),
  mish: pointwise((x) => x * (1 - 2 / (1 + (1 + Math.exp(x)) ** 2))),
  leakyRelu: pointwise((x, o) => (x > 0 ? x : x * ((o['negativeSlope'] as number | undefined) ?? 0.01))),
  elu: pointwise((x, o) => (x > 0 ? x : ((o['alpha'] as number | undefined) ?? 1) * (Math.exp(x) - 1))),
  selu: pointwise((x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.exp(x) - 1))),
  gelu: pointwise((x, o) =>
    o['approximate'] === 'tanh'
      ? (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : x * (x < 0 ? tail(-x) : 1 - tail(x)),
  ),
  expandDims: ([data, axis]) => {
    const x = nd(data);
    return { shape: x.shape.toSpliced(axisOf(axis, x.shape.length + 1), 0, 1), data: x.data };
  },
  squeeze: ([data, axis]) => {
    const x = nd(data);
    const gone = axis === undefined ? [...x.shape.keys()] : axesOf(axis, x.shape.length);
    return { shape: x.shape.filter((n, a) => !(n === 1 && gone.includes(a))), data: x.data };
  },
  pad: ([data, widths, rest]) => {
    const x = nd(data);
    const pairs = widths as readonly (readonly [number, number])[];
    const value = (options(rest)['value'] as number | undefined) ?? 0;
    return build(
      x.shape.map((n, a) => pairs[a]![0] + n + pairs[a]![1]),
      (index) => {
        const inner = index.map((i, a) => i - pairs[a]![0]);
        return inner.every((i, a) => i >= 0 && i < item(x.shape, a)) ? at(x, inner) : value;
      },
    );
  },
  flip: ([data, axes]) => {
    const x = nd(data);
    const reversed = axesOf(axes, x.shape.length);
    return build(x.shape, (index) =>
      at(
        x,
        index.map((i, a) => (reversed.includes(a) ? item(x.shape, a) - 1 - i : i)),
      ),
    );
  },
  stack: ([data, rest]) => {
    const xs = (data as readonly unknown[]).map(nd);
    const axis = axisOf(options(rest)['axis'] ?? 0, xs[0]!.shape.length + 1);
    return build(xs[0]!.shape.toSpliced(axis, 0, xs.length), (index) => at(item(xs, item(index, axis)), index.toSpliced(axis, 1)));
  },

  mean: reduction((values) => total(values.map((v) => v / values.length))),
  variance: reduction(variance),
  std: reduction((values, o) => variance(values, o) ** 0.5),
  norm: reduction(norm),
  pairwiseDistance: ([a, b, rest]) => {
    const [x, y] = [nd(a), nd(b)];
    const row = (m: Nd, i: number): number[] => Array.from({ length: item(m.shape, 1) }, (_, j) => at(m, [i, j]));
    const { metric, p } = options(rest);
    return build([item(x.shape, 0), item(y.shape, 0)], ([i, j]) => distanceOf(row(x, i!), row(y, j!), metric, p as number | undefined));
  },
  prod: reduction(product),
  logsumexp: reduction(logSumExp),
  amax: reduction(largest),
  cumsum: lines((values) => values.map((_, k) => total(values.slice(0, k + 1)))),
  cumprod: lines((values) => values.map((_, k) => product(values.slice(0, k + 1)))),
  softmax: lines((values) => values.map((v) => 1 / total(values.map((w) => Math.exp(w - v))))),
  logSoftmax: lines((values) => values.map((v) => -logSumExp(values.map((w) => w - v)))),

  dot: ([a, b]) => scalar(total(zip((x, y) => x * y, nd(a), nd(b)).data)),
  inner: ([a, b]) => {
    const [x, y] = [nd(a), nd(b)];
    const [left, right] = [x.shape.slice(0, -1), y.shape.slice(0, -1)];
    return build([...left, ...right], (place) => {
      const [i, j] = [place.slice(0, left.length), place.slice(left.length)];
      return total(Array.from({ length: x.shape.at(-1)! }, (_, k) => at(x, [...i, k]) * at(y, [...j, k])));
    });
  },
  outer: ([a, b]) => {
    const [x, y] = [nd(a), nd(b)];
    return build([...x.shape, ...y.shape], ([i, j]) => at(x, [i!]) * at(y, [j!]));
  },
  pick: ([data, labels]) => {
    const [x, y] = [nd(data), nd(labels)];
    return build(y.shape, (place) => item(rowOf(x, place), at(y, place)));
  },
  scatterAdd,
  triu: triangle((above) => above >= 0),
  tril: triangle((above) => above <= 0),
  diag,
  ...movementOracles,
  unfold: windowsOf,
  fold: foldedOf,
  conv1d: (args) => convolution(1, args),
  conv2d: (args) => convolution(2, args),
  maxPool1d: (args) => pooling(1, largestInside, args),
  maxPool2d: (args) => pooling(2, largestInside, args),
  avgPool1d: (args) => pooling(1, mean, args),
  avgPool2d: (args) => pooling(2, mean, args),
  inv: ([a]) => inverseOf(a),
  solve: ([a, b]) => solutionOf(a, b),
  solveTriangular: ([a, b, o]) =>
    solutionOf(a, b, (m) => {
      const { lower, transposed } = options(o);
      const entry = (i: number, j: number): number => ((lower === true ? j <= i : j >= i) ? m[i]![j]! : 0);
      return m.map((row, i) => row.map((_, j) => (transposed === true ? entry(j, i) : entry(i, j))));
    }),
  ...Object.fromEntries(
    Object.entries(aliases).map(([name, known]) => [name, (args: readonly unknown[]) => compositeOracles[known]!(args)]),
  ),

  // Ops whose public function has more to say than their attributes: default and negative axes, ranges, vectors.
  sum: reduction(total),
  max: reduction(largest),
  min: reduction(smallest),
  argmax: argument((v, w) => v > w),
  argmin: argument((v, w) => v < w),
  reshape: ([data, lengths]) => {
    const x = nd(data);
    const shape = lengths as readonly number[];
    return { shape: shape.map((n) => (n === -1 ? -x.data.length / product(shape) : n)), data: x.data };
  },
  transpose: ([data, perm]) => {
    const x = nd(data);
    const order = perm === undefined ? [...x.shape.keys()].reverse() : axesOf(perm, x.shape.length);
    return build(
      order.map((p) => item(x.shape, p)),
      (index) =>
        at(
          x,
          x.shape.map((_, a) => item(index, order.indexOf(a))),
        ),
    );
  },
  slice: ([data, ranges]) => {
    const x = nd(data);
    const chosen = x.shape.map((n, a) => positions((ranges as readonly (readonly (number | null)[])[])[a] ?? [], n));
    return build(
      chosen.map((c) => c.length),
      (index) =>
        at(
          x,
          index.map((i, a) => item(item(chosen, a), i)),
        ),
    );
  },
  concat: ([data, rest]) => {
    const xs = (data as readonly unknown[]).map(nd);
    const axis = axisOf(options(rest)['axis'] ?? 0, xs[0]!.shape.length);
    return build(xs[0]!.shape.with(axis, total(xs.map((x) => item(x.shape, axis)))), (index) => {
      let i = item(index, axis);
      let k = 0;
      while (i >= item(item(xs, k).shape, axis)) i -= item(item(xs, k++).shape, axis);
      return at(item(xs, k), index.with(axis, i));
    });
  },
  take: ([data, where, rest]) => {
    const [x, w] = [nd(data), nd(where)];
    const axis = axisOf(options(rest)['axis'] ?? 0, x.shape.length);
    const end = axis + w.shape.length;
    return build(x.shape.toSpliced(axis, 1, ...w.shape), (index) => {
      const i = at(w, index.slice(axis, end));
      return at(x, [...index.slice(0, axis), i < 0 ? lengthOf(x, axis) + i : i, ...index.slice(end)]);
    });
  },
  gather: ([data, where, rest]) => {
    const [x, w] = [nd(data), nd(where)];
    const axis = axisOf(options(rest)['axis'], x.shape.length);
    return build(w.shape, (index) => item(line(x, index.with(axis, 0), axis), (at(w, index) + lengthOf(x, axis)) % lengthOf(x, axis)));
  },
  matmul: ([left, right]) => {
    const [a, b] = [nd(left), nd(right)];
    // a vector is a row on the left and a column on the right
    const rows = a.shape.length === 1 ? [] : a.shape.slice(-2, -1);
    const columns = b.shape.length === 1 ? [] : b.shape.slice(-1);
    const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
    const batch = zip(
      () => 0,
      build(batchA, () => 0),
      build(batchB, () => 0),
    ).shape;
    const own = (place: Index, lengths: readonly number[]): number[] =>
      place.slice(place.length - lengths.length).map((p, axis) => (lengths[axis] === 1 ? 0 : p));
    return build([...batch, ...rows, ...columns], (index) => {
      const place = index.slice(0, batch.length);
      const i = index.slice(batch.length, batch.length + rows.length);
      const j = index.slice(batch.length + rows.length);
      return total(
        Array.from(
          { length: lengthOf(a, -1) },
          (_, k) => at(a, [...own(place, batchA), ...i, k]) * at(b, [...own(place, batchB), k, ...j]),
        ),
      );
    });
  },

  binaryHinge: elementLoss((s, y) => (y === 1 ? (s < 1 ? 1 - s : 0) : s > -1 ? 1 + s : 0)),
  multiclassHinge: labelLoss(multiclassHinge),
  crossEntropy: weightedByClass(crossEntropy),
  nllLoss: weightedByClass((row, label, weights) => -item(row, label as number) * item(weights, label as number)),
  oneVsRestCrossEntropy: labelLoss((row, label) => Math.log(1 / product(row.map((p, j) => (j === label ? p : 1 - p))))),
  binaryCrossEntropy: elementLoss((p, y) => (y === 0 ? 0 : y * surprise(p)) + (y === 1 ? 0 : (1 - y) * surprise(1 - p))),
  binaryCrossEntropyWithLogits: elementLoss((s, y, { posWeight }) => {
    const p = 1 / (1 + Math.exp(-s));
    return -(posWeight as number) * y * Math.log(p) - (1 - y) * Math.log(1 - p);
  }),
  mseLoss: elementLoss((s, y) => s * s - 2 * s * y + y * y),
  l1Loss: elementLoss((s, y) => (s > y ? s - y : y - s)),
  huberLoss: elementLoss((s, y, { delta = 1 }) => {
    const d = delta as number;
    // min over z of (s − y − z)²/2 + δ|z|, whose minimiser shrinks s − y by δ
    const z = Math.sign(s - y) * Math.max(Math.abs(s - y) - d, 0);
    return (s - y - z) ** 2 / 2 + d * Math.abs(z);
  }),
  klDiv: ([input, target, rest]) => {
    const [q, p, o] = [nd(input), nd(target), options(rest)];
    const terms = zip(
      (logQ, t) => {
        const share = o['logTarget'] === true ? Math.exp(t) : t;
        return share === 0 ? 0 : share * Math.log(share / Math.exp(logQ));
      },
      q,
      p,
    );
    return o['reduction'] === 'batchmean' ? scalar(total(terms.data) / (p.shape[0] ?? 1)) : reduceLoss(terms, o);
  },
  entropy: ([data, rest]) => {
    const p = nd(data);
    return reduceLoss(
      reduceOver(p, [p.shape.length - 1], false, (row) => total(row.map((v) => (v === 0 ? 0 : v * Math.log(1 / v))))),
      options(rest),
    );
  },
  l1: ([w]) => scalar(total(nd(w).data.map((v) => (v ** 2) ** 0.5))),
  maxNorm: ([w, o]) => {
    const x = nd(w);
    const { max, axis } = options(o) as { max: number; axis?: number };
    return mapLines(x, axisOf(axis ?? -1, x.shape.length), (values) => {
      const length = norm(values, {});
      return length > max ? values.map((v) => (v * max) / length) : values;
    });
  },
  signedDistance: ([plane, points]) => {
    const { normal, offset } = plane as { normal: number[]; offset: number };
    const x = nd(points);
    const length = norm(normal, {});
    const distance = (row: readonly number[]): number => {
      // from the point of the plane nearest to 0, along the unit normal
      const foot = normal.map((c) => (-offset * c) / length ** 2);
      return total(row.map((v, i) => ((v - item(foot, i)) * item(normal, i)) / length));
    };
    return reduceOver(x, [x.shape.length - 1], false, distance);
  },
  l2: ([w]) => scalar(total(nd(w).data.map((v) => v ** 2))),
  elasticNet: ([w, o]) => scalar(total(nd(w).data.map((v) => Math.abs(v) * (1 + (options(o)['beta'] as number) * Math.abs(v))))),
};
