/**
 * @file What the functions that order, select, move and contract compute: element by element, from NumPy's description alone.
 */
import type { CompositeOracle } from './composites.js';
import { at, axesOf, axisOf, broadcastAt, broadcastShape, build, type Index, indices, item, mapLines, nd, type Nd, reduceOver, total } from './nd.js'; // prettier-ignore

type Options = Readonly<Record<string, unknown>>;
const options = (x: unknown): Options => (x ?? {}) as Options;
const numberOf = (x: unknown, otherwise: number): number => (typeof x === 'number' ? x : otherwise);
const modulo = (a: number, n: number): number => a - n * Math.floor(a / n);
const listOf = (x: unknown): number[] => (typeof x === 'number' ? [x] : [...(x as readonly number[])]);
/** Nested arrays, or rows that are typed arrays. */
const array = (x: unknown): Nd => (ArrayBuffer.isView(x) ? nd(Array.from(x as Int32Array)) : nd(x));

/** How many elements stand before element i: those that are less, and equals in front of it. NaN is greater than all. */
function rank(values: readonly number[], i: number, descending: boolean): number {
  const key = (v: number): number => (Number.isNaN(v) ? 2 : v === Infinity ? 1 : v === -Infinity ? -1 : Math.atan(v) / 2);
  const own = key(item(values, i));
  return values.filter((v, j) => (key(v) === own ? j < i : descending ? key(v) > own : key(v) < own)).length;
}
const orderOf = (values: readonly number[], descending: boolean): number[] => {
  const ranks = values.map((_, i) => rank(values, i, descending));
  return values.map((_, place) => ranks.indexOf(place));
};
const lines =
  (f: (values: number[], o: Options) => number[]): CompositeOracle =>
  ([data, rest]) => {
    const [x, o] = [nd(data), options(rest)];
    return mapLines(x, axisOf(o['axis'] ?? -1, x.shape.length), (values) => f(values, o));
  };

/** Place q·(n − 1) among the sorted values, on the line between its neighbours. */
function quantileOf(values: readonly number[], q: number): number {
  if (values.some(Number.isNaN)) return NaN;
  const sorted = orderOf(values, false).map((i) => item(values, i));
  const place = q * (values.length - 1);
  const below = Math.floor(place);
  const share = place - below;
  return share === 0 ? item(sorted, below) : (1 - share) * item(sorted, below) + share * item(sorted, below + 1);
}

function quantile([data, q, rest]: readonly unknown[]): Nd {
  const [x, o] = [nd(data), options(rest)];
  const axes = axesOf(o['axis'], x.shape.length);
  const each = listOf(q).map((p) => reduceOver(x, axes, o['keepdims'] === true, (values) => quantileOf(values, p)));
  return { shape: [...(typeof q === 'number' ? [] : [each.length]), ...each[0]!.shape], data: each.flatMap((m) => m.data) };
}

function roll([data, shift, rest]: readonly unknown[]): Nd {
  const [x, { axis }] = [nd(data), options(rest)];
  if (axis === undefined) {
    const n = x.data.length;
    return { shape: x.shape, data: x.data.map((_, i) => item(x.data, modulo(i - (shift as number), n))) };
  }
  const axes = listOf(axis).map((a) => axisOf(a, x.shape.length));
  return build(x.shape, (index) => {
    const from = [...index];
    axes.forEach((a, k) => (from[a] = modulo(from[a]! - listOf(shift)[k]!, item(x.shape, a))));
    return at(x, from);
  });
}

function tile([data, reps]: readonly unknown[]): Nd {
  const [x, counts] = [nd(data), listOf(reps)];
  const axes = Math.max(x.shape.length, counts.length);
  const shape = Array.from({ length: axes }, (_, a) => (x.shape[a - axes + x.shape.length] ?? 1) * (counts[a - axes + counts.length] ?? 1));
  return build(shape, (index) => at(x, x.shape.map((n, a) => modulo(index[a + axes - x.shape.length]!, n)))); // prettier-ignore
}

function repeat([data, repeats, rest]: readonly unknown[]): Nd {
  const given = nd(data);
  const { axis } = options(rest);
  const x = axis === undefined ? { shape: [given.data.length], data: given.data } : given;
  const along = axisOf(axis ?? 0, x.shape.length);
  const n = item(x.shape, along);
  const sources = Array.from({ length: n }, (_, i) =>
    Array<number>(typeof repeats === 'number' ? repeats : listOf(repeats)[i]!).fill(i),
  ).flat();
  return build(x.shape.with(along, sources.length), (index) => at(x, index.with(along, item(sources, index[along]!))));
}

/** The diagonal, found by looking at all entries. */
function diagonal([data, rest]: readonly unknown[]): Nd {
  const [x, o] = [nd(data), options(rest)];
  const axes = x.shape.length;
  const [rows, columns] = [axisOf(o['axis1'] ?? 0, axes), axisOf(o['axis2'] ?? 1, axes)];
  const offset = numberOf(o['offset'], 0);
  const places: [number, number][] = [];
  for (let i = 0; i < item(x.shape, rows); i++) for (let j = 0; j < item(x.shape, columns); j++) if (j - i === offset) places.push([i, j]);
  const others = [...x.shape.keys()].filter((a) => a !== rows && a !== columns);
  return build([...others.map((a) => item(x.shape, a)), places.length], (index) => {
    const [i, j] = item(places, index.at(-1)!);
    return at(x, x.shape.map((_, a) => (a === rows ? i : a === columns ? j : index[others.indexOf(a)]!))); // prettier-ignore
  });
}

/** Positions of a Python range, counted one by one. */
function rangeOf([start, stop, step]: readonly (number | null)[], n: number): number[] {
  const by = step ?? 1;
  const bound = (v: number): number => (v < 0 ? v + n : v);
  const [first, last] = [bound(start ?? (by > 0 ? 0 : n - 1)), stop === undefined || stop === null ? null : bound(stop)];
  const inside = (i: number): boolean => last === null || (by > 0 ? i < last : i > last);
  const found: number[] = [];
  for (let i = by > 0 ? Math.max(first, 0) : Math.min(first, n - 1); i >= 0 && i < n && inside(i); i += by) found.push(i);
  return found;
}

/** What one axis is read at: positions along a range, or an array of indices that meets others. */
type Reader = { readonly kind: 'range'; readonly positions: number[] } | { readonly kind: 'array'; readonly indices: Nd };

function readersOf(x: Nd, given: readonly unknown[]): { readers: Reader[]; advanced: boolean; dotsAt: number } {
  const isMask = (i: unknown): boolean => Array.isArray(i) && i.length > 0 && typeof i.flat(9)[0] === 'boolean';
  const isRange = (i: unknown): i is (number | null)[] => Array.isArray(i) && i.every((v) => v === null || typeof v === 'number');
  const width = (i: unknown): number => (i === '...' ? 0 : isMask(i) ? nd(i).shape.length : 1);
  const left = x.shape.length - total(given.map(width));
  const dots = given.includes('...') ? given : [...given, '...'];
  const items = dots.flatMap((i) => (i === '...' ? Array<unknown>(left).fill([]) : [i]));
  const advanced = items.some((i) => typeof i !== 'number' && !isRange(i));
  const readers: Reader[] = [];
  for (const i of items) {
    const n = x.shape[readers.length]!;
    if (isMask(i)) {
      const mask = nd(i);
      const places = indices(mask.shape).filter((p) => at(mask, p) === 1);
      mask.shape.forEach((_, a) => readers.push({ kind: 'array', indices: { shape: [places.length], data: places.map((p) => p[a]!) } }));
    } else if (isRange(i)) readers.push({ kind: 'range', positions: rangeOf(i, n) });
    else {
      const own = array(i);
      readers.push({ kind: 'array', indices: { shape: own.shape, data: own.data.map((v) => (v < 0 ? v + n : v)) } });
    }
  }
  return { readers, advanced, dotsAt: total(dots.slice(0, dots.indexOf('...')).map(width)) };
}

/** NumPy's rules: arrays broadcast, their axes stand where the first of them stood, or in front if something separates them. */
function indexed([data, ...items]: readonly unknown[]): Nd {
  const x = nd(data);
  const { readers, advanced, dotsAt } = readersOf(x, items);
  const arrays = readers.flatMap((r, a) => (r.kind === 'array' ? [a] : []));
  const shape = broadcastShape(readers.flatMap((r) => (r.kind === 'array' ? [r.indices.shape] : [])));
  const joined = !advanced || arrays.every((a, k) => k === 0 || (a === arrays[k - 1]! + 1 && a !== dotsAt));
  const front = joined ? (arrays[0] ?? 0) : 0;
  const ranges = readers.flatMap((r) => (r.kind === 'range' ? [r.positions] : []));
  const lengths = ranges.map((p) => p.length);
  return build([...lengths.slice(0, front), ...shape, ...lengths.slice(front)], (index) => {
    const meeting = index.slice(front, front + shape.length);
    const free = [...index.slice(0, front), ...index.slice(front + shape.length)];
    let k = 0;
    return at(x, readers.map((r) => (r.kind === 'array' ? broadcastAt(r.indices, meeting) : item(r.positions, free[k++]!)))); // prettier-ignore
  });
}

function maskedSelect([data, condition]: readonly unknown[]): Nd {
  const [x, mask] = [nd(data), nd(condition)];
  const found = indices(broadcastShape([x.shape, mask.shape])).filter((p) => broadcastAt(mask, p) === 1);
  return { shape: [found.length], data: found.map((p) => broadcastAt(x, p)) };
}

function maskedFill([data, condition, filling]: readonly unknown[]): Nd {
  const [x, mask, value] = [nd(data), nd(condition), nd(filling)];
  return build(broadcastShape([x.shape, mask.shape, value.shape]), (p) =>
    broadcastAt(mask, p) === 1 ? broadcastAt(value, p) : broadcastAt(x, p),
  );
}

/** Every assignment of numbers to letters, one after the other. */
function einsum([text, ...given]: readonly unknown[]): Nd {
  const xs = given.map(nd);
  const [left, right] = (text as string).replaceAll(' ', '').split('->') as [string, string | undefined];
  const terms = left.split(',');
  const open = Math.max(...terms.map((t, i) => (t.includes('...') ? xs[i]!.shape.length - (t.length - 3) : 0)));
  // digits name the axes of dots, aligned at the right
  const digits = (n: number): string => '0123456789'.slice(open - n, open);
  const named = terms.map((t, i) => t.replace('...', digits(xs[i]!.shape.length - (t.length - 3))));
  const letters = [...new Set(named.join(''))];
  const once = letters.filter((l) => /[a-z]/i.test(l) && named.join('').split(l).length === 2).sort();
  const output = Array.from(right === undefined ? digits(open) + once.join('') : right.replace('...', digits(open)));
  const lengthOf = (l: string): number => {
    const found = named.flatMap((t, i) => Array.from(t).flatMap((m, a) => (m === l ? [xs[i]!.shape[a]!] : [])));
    return found.find((n) => n !== 1) ?? 1;
  };
  const summed = letters.filter((l) => !output.includes(l));
  return build(output.map(lengthOf), (place) =>
    total(
      indices(summed.map(lengthOf)).map((inner) => {
        const value = (l: string): number => (output.includes(l) ? place[output.indexOf(l)]! : inner[summed.indexOf(l)]!);
        const factor = (t: string, x: Nd): number => at(x, Array.from(t).map((l, a) => (x.shape[a] === 1 ? 0 : value(l)))); // prettier-ignore
        return named.map((t, i) => factor(t, xs[i]!)).reduce((p, v) => p * v, 1);
      }),
    ),
  );
}

/** A triangle of the last two axes. */
export const triangle =
  (keeps: (above: number) => boolean): CompositeOracle =>
  ([data, rest]) => {
    const x = nd(data);
    const k = numberOf(options(rest)['k'], 0);
    return build(x.shape, (index) => (keeps(index.at(-1)! - index.at(-2)! - k) ? at(x, index) : 0));
  };

/** A vector on a diagonal, or a diagonal as a vector. */
export const diag: CompositeOracle = ([data, rest]) => {
  const x = nd(data);
  const k = numberOf(options(rest)['k'], 0);
  if (x.shape.length === 2) return diagonal([data, { offset: k }]);
  const n = x.data.length + Math.abs(k);
  return build([n, n], ([i, j]) => (j! - i! === k ? item(x.data, Math.min(i!, j!)) : 0));
};

/** One oracle a function. */
export const movementOracles: Readonly<Record<string, CompositeOracle>> = {
  sort: lines((values, o) => orderOf(values, o['descending'] === true).map((i) => item(values, i))),
  argsort: lines((values, o) => orderOf(values, o['descending'] === true)),
  quantile,
  median: ([data, rest]) => quantile([data, 0.5, rest]),
  roll,
  tile,
  repeat,
  any: ([data, rest]) => {
    const x = nd(data);
    return reduceOver(x, axesOf(options(rest)['axis'], x.shape.length), options(rest)['keepdims'] === true, (v) =>
      v.some((w) => w !== 0) ? 1 : 0,
    );
  },
  all: ([data, rest]) => {
    const x = nd(data);
    return reduceOver(x, axesOf(options(rest)['axis'], x.shape.length), options(rest)['keepdims'] === true, (v) => (v.includes(0) ? 0 : 1));
  },
  diagonal,
  trace: ([data, rest]) => {
    const d = diagonal([data, rest]);
    return reduceOver(d, [d.shape.length - 1], false, total);
  },
  at: indexed,
  maskedSelect,
  maskedFill,
  einsum,
  swapaxes: ([data, first, second]) => {
    const x = nd(data);
    const [a, b] = [axisOf(first, x.shape.length), axisOf(second, x.shape.length)];
    const swap = (index: Index): number[] => index.with(a, index[b]!).with(b, index[a]!);
    return build(swap(x.shape), (index) => at(x, swap(index)));
  },
  bmm: ([first, second]) => {
    const [a, b] = [nd(first), nd(second)];
    const [size, m, k] = a.shape as [number, number, number];
    return build([size, m, b.shape[2]!], ([s, i, j]) =>
      total(Array.from({ length: k }, (_, l) => at(a, [s!, i!, l]) * at(b, [s!, l, j!]))),
    );
  },
  isnan: ([data]) => ({ ...nd(data), data: nd(data).data.map((v) => (v === v ? 0 : 1)) }), // eslint-disable-line no-self-compare -- what NaN is
  isfinite: ([data]) => ({ ...nd(data), data: nd(data).data.map((v) => (v - v === 0 ? 1 : 0)) }),
};

/** Names that mean the function of another oracle. */
export const aliases: Readonly<Record<string, string>> = {
  view: 'reshape',
  permute: 'transpose',
  unsqueeze: 'expandDims',
  cat: 'concat',
  clamp: 'clip',
  var: 'variance',
  indexSelect: 'take',
};
