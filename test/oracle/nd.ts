/**
 * @file Arrays for the oracles: a shape and flat numbers, read by index tuples. Slow and plain on purpose; shares nothing with the library.
 */

/** An array of numbers; bools are 0 and 1. */
export interface Nd {
  readonly shape: readonly number[];
  readonly data: number[];
}

/** One integer an axis. */
export type Index = readonly number[];

/** Every index tuple of a shape, last axis fastest. */
export function indices(shape: readonly number[]): number[][] {
  let tuples: number[][] = [[]];
  for (const n of shape) {
    const longer: number[][] = [];
    for (const head of tuples) for (let i = 0; i < n; i++) longer.push([...head, i]);
    tuples = longer;
  }
  return tuples;
}

/** The array whose element at each index is `f(index)`. */
export function build(shape: readonly number[], f: (index: Index) => number): Nd {
  return { shape: [...shape], data: indices(shape).map(f) };
}

/** The element at an index. */
export function at(x: Nd, index: Index): number {
  if (index.length !== x.shape.length) throw new Error(`index of ${index.length} numbers for ${x.shape.length} axes`);
  let flat = 0;
  for (const [axis, n] of x.shape.entries()) {
    const i = index[axis] ?? NaN;
    if (!(i >= 0 && i < n)) throw new Error(`index ${i} on an axis of length ${n}`);
    flat = flat * n + i;
  }
  const value = x.data[flat];
  if (value === undefined) throw new Error('the array is shorter than its shape');
  return value;
}

/** Element `i` of a list that must be there. */
export function item<T>(list: readonly T[], i: number): T {
  const value = list[i];
  if (value === undefined) throw new Error(`nothing at ${i} of ${list.length}`);
  return value;
}

/** A number as an array without axes. */
export function scalar(value: number): Nd {
  return { shape: [], data: [value] };
}

function isNd(x: unknown): x is Nd {
  return typeof x === 'object' && x !== null && 'shape' in x && 'data' in x;
}

/** Numbers, booleans, nested arrays or an array of this file. */
export function nd(x: unknown): Nd {
  if (isNd(x)) return x;
  if (typeof x === 'number' || typeof x === 'boolean') return scalar(Number(x));
  if (!Array.isArray(x)) throw new Error(`no array: ${typeof x}`);
  const rows = x.map(nd);
  return { shape: [rows.length, ...(rows[0]?.shape ?? [])], data: rows.flatMap((r) => r.data) };
}

/** The element that stands at `index` after broadcasting: missing axes are dropped, axes of length 1 stay at 0. */
export function broadcastAt(x: Nd, index: Index): number {
  const own = index.slice(index.length - x.shape.length);
  return at(
    x,
    own.map((i, axis) => (x.shape[axis] === 1 ? 0 : i)),
  );
}

/** The common shape of broadcast arrays. */
export function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = shapes.map((s) => s[axis - (rank - s.length)] ?? 1).filter((n) => n !== 1);
    if (new Set(lengths).size > 1) throw new Error(`lengths ${lengths.join(' and ')} do not broadcast`);
    return lengths[0] ?? 1;
  });
}

/** An array repeated to a shape. */
export function broadcast(x: Nd, shape: readonly number[]): Nd {
  return build(shape, (index) => broadcastAt(x, index));
}

/** A function of numbers over broadcast arrays. */
export function zip(f: (...values: number[]) => number, ...xs: readonly Nd[]): Nd {
  return build(broadcastShape(xs.map((x) => x.shape)), (index) => f(...xs.map((x) => broadcastAt(x, index))));
}

/** One axis counted from the front. */
export function axisOf(axis: unknown, rank: number): number {
  if (typeof axis !== 'number') throw new Error('axis is no number');
  return axis < 0 ? axis + rank : axis;
}

/** The axes that `axis: undefined | number | number[]` means. */
export function axesOf(axis: unknown, rank: number): number[] {
  if (axis === undefined) return Array.from({ length: rank }, (_, i) => i);
  return (Array.isArray(axis) ? axis : [axis]).map((a: unknown) => axisOf(a, rank));
}

/** `f` of all values that share their place outside `axes`. */
export function reduceOver(x: Nd, axes: readonly number[], keepdims: boolean, f: (values: number[]) => number): Nd {
  const kept = [...x.shape.keys()].filter((a) => !axes.includes(a));
  const all = indices(x.shape);
  const result = build(
    kept.map((a) => item(x.shape, a)),
    (place) => f(all.filter((index) => kept.every((a, k) => index[a] === place[k])).map((index) => at(x, index))),
  );
  return keepdims ? { shape: x.shape.map((n, a) => (axes.includes(a) ? 1 : n)), data: result.data } : result;
}

/** The values along one axis through an index. */
export function line(x: Nd, index: Index, axis: number): number[] {
  return Array.from({ length: item(x.shape, axis) }, (_, i) => at(x, index.with(axis, i)));
}

/** Every line along an axis replaced by `f(line)`, of the same length. */
export function mapLines(x: Nd, axis: number, f: (values: number[]) => number[]): Nd {
  return build(x.shape, (index) => item(f(line(x, index, axis)), item(index, axis)));
}

/** Σ of a list. */
export function total(values: readonly number[]): number {
  let s = 0;
  for (const v of values) s += v;
  return s;
}
