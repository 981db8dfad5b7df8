/**
 * @file Index notation: `sum_{j != y} max(0, s_j - s_y + 1)`. Entries with an index are tensors with an axis for it, the last axes in the
 * order in which the indices were introduced; what does not depend on an index is broadcast along its axis. Axes before those are batches.
 */
import { toTensor } from '../graph/create.js';
import { ShapeError } from '../graph/errors.js';
import { broadcastShapes, showShape } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import { div } from '../ops/arithmetic.js';
import { prod } from '../ops/cumulative.js';
import { arange } from '../ops/create.js';
import { max, min } from '../ops/extrema.js';
import { pick, take } from '../ops/indexing.js';
import { ge, logicalAnd, where } from '../ops/logic.js';
import { broadcastTo, expandDims, transpose } from '../ops/shaping.js';
import { logsumexp } from '../ops/softmax.js';
import { mean } from '../ops/statistics.js';
import { type ReduceOptions, sum } from '../ops/sum.js';
import { type Code, type Frame, type Index, type Value, weakType } from './code.js';
import type { Binder } from './notation.js';

/** All indices of some codes, oldest first. */
export function union(codes: readonly Code[]): readonly Index[] {
  const [first] = codes;
  if (codes.every((c) => c.indices.length === 0)) return first?.indices ?? [];
  const all = new Map(codes.flatMap((c) => c.indices.map((i) => [i.id, i] as const)));
  return [...all.values()].sort((a, b) => a.id - b.id);
}

/** Where axes of length 1 stand for those of `indices` that a value lacks, counted from the end. */
function missing(own: readonly Index[], indices: readonly Index[]): readonly number[] {
  const has = new Set(own.map((i) => i.id));
  return indices.flatMap((index) => (has.has(index.id) ? [] : [-1 - own.filter((o) => o.id > index.id).length]));
}

/** Gives a value with axes for `own` indices one for each of `indices`. */
export function lifting(own: readonly Index[], indices: readonly Index[]): (x: Value) => Value {
  const axes = missing(own, indices);
  return (x) => (typeof x === 'number' || x.ndim === 0 ? x : axes.reduce((t, axis) => expandDims(t, axis), x));
}

/** The code with an axis for each of `indices`: of length 1 where it does not depend on one. */
export function lift(code: Code, indices: readonly Index[]): (f: Frame) => Value {
  const { run } = code;
  if (code.indices.length === indices.length) return run;
  const widen = lifting(code.indices, indices);
  return (f) => widen(run(f));
}

/** An index as a number: 0, 1, 2, … along its axis. */
export function indexValue(index: Index): Code {
  return { indices: [index], run: (f) => arange(index.extent!(f), { dtype: weakType(f) }) };
}

/** One subscript: an index that is summed over, a whole number, or a tensor of labels. */
export type Subscript = { readonly index: Index } | { readonly code: Code };

const isIndex = (s: Subscript): s is { readonly index: Index } => 'index' in s;

/** Entries of a tensor: `x_j`, `x_{i,j}`, `s_y`, `s_{i,y_i}`, `w_0`. */
export function entries(base: Code, name: string, subscripts: readonly Subscript[], place: number): Code {
  const n = subscripts.length;
  const own = subscripts.filter(isIndex).map((s) => s.index);
  const last = subscripts.at(-1)!;
  const labels = isIndex(last) ? undefined : last.code;
  const sorted = [...own].sort((a, b) => a.id - b.id);
  const order = sorted.map((i) => own.indexOf(i));
  const turned = order.some((at, k) => at !== k);
  const indices = labels === undefined ? sorted : union([{ run: base.run, indices: sorted }, labels]);
  subscripts.forEach((s, k) => {
    if (isIndex(s)) s.index.extent ??= (f) => axisLength(name, base.run(f), n, k);
  });
  const at = labels === undefined ? undefined : lift(labels, indices);
  const axes = missing(sorted, indices);
  const run = (f: Frame): Value => {
    const x = base.run(f);
    f.at = place;
    const t = x instanceof Tensor ? x : undefined;
    if (t === undefined || t.ndim < n)
      throw new ShapeError(
        'formula',
        `${name} has fewer axes than subscripts`,
        t === undefined ? 'a number' : showShape(t.shape),
        `${n} subscripts`,
      );
    subscripts.forEach((s, k) => {
      if (isIndex(s) && t.shape[t.ndim - n + k] !== s.index.extent!(f))
        throw new ShapeError(
          'formula',
          `index ${s.index.name} runs over different lengths`,
          `${t.shape[t.ndim - n + k]} and ${s.index.extent!(f)}`,
        );
    });
    const lead = t.ndim - n;
    const rest = labels === undefined ? [] : [t.ndim - 1];
    const x1 = turned ? transpose(t, [...Array(lead).keys(), ...order.map((k) => lead + k), ...rest]) : t;
    if (at === undefined) return x1;
    const label = at(f);
    f.at = place;
    try {
      return lookUp(x1, label, axes, indices.length);
    } catch (error) {
      // an index runs over all of its values, also those that a condition leaves out
      if (!(error instanceof ShapeError) || labels!.indices.length === 0) throw error;
      throw new ShapeError(error.message, 'looked up also where a condition fails');
    }
  };
  return { run, indices };
}

/** Entries of x, [batch…, its indices…, classes], at labels, [batch…, indices…]. `axes` are those indices that x lacks. */
function lookUp(x: Tensor, label: Value, axes: readonly number[], n: number): Tensor {
  const lead = x.ndim - 1 - n + axes.length;
  // a label for all, or labels that look into each row in the same way
  if (typeof label === 'number' || label.ndim === 0 || x.ndim === 1 || (axes.length === n && label.ndim === n))
    return take(x, label, { axis: -1 });
  const rows = axes.reduce((t, axis) => expandDims(t, axis - 1), x);
  // of batches of different rank, `pick` says what it needs
  const batches = label.ndim - n;
  if (lead > 0 && batches > 0 && lead !== batches) return pick(rows, label);
  const shape = broadcastShapes('pick', rows.shape.slice(0, -1), label.shape);
  return pick(broadcastTo(rows, [...shape, rows.shape[rows.ndim - 1]!]), broadcastTo(label, shape));
}

function axisLength(name: string, x: Value, n: number, k: number): number {
  if (typeof x === 'number' || x.ndim < n)
    throw new ShapeError(
      'formula',
      `${name} has fewer axes than subscripts`,
      typeof x === 'number' ? 'a number' : showShape(x.shape),
      `${n} subscripts`,
    );
  return x.shape[x.ndim - n + k]!;
}

const REDUCE: Readonly<Record<Binder, (x: Value, options: ReduceOptions) => Tensor>> = { sum, mean, prod, max, min, logsumexp };
/** What an entry counts as where the condition does not hold. */
const NEUTRAL: Readonly<Record<Binder, number>> = { sum: 0, mean: 0, prod: 1, max: -Infinity, min: Infinity, logsumexp: -Infinity };

/** A reduction over indices. Every index must be carried by a tensor in it. */
export function reduceOver(op: Binder, over: readonly Index[], body: Code, conditions: readonly Code[], place: number): Code {
  // an entry that does not depend on an index counts once for each of its values
  const carried = new Set([body, ...conditions].flatMap((c) => c.indices.map((i) => i.id)));
  const all = [...conditions];
  for (const index of over) {
    if (carried.has(index.id)) continue;
    const { run } = indexValue(index);
    all.push({ indices: [index], run: (f) => ge(run(f), 0) });
  }
  const indices = union([body, ...all]);
  const gone = new Set(over.map((i) => i.id));
  const axis = indices.flatMap((index, k) => (gone.has(index.id) ? [k - indices.length] : []));
  const left = indices.filter((i) => !gone.has(i.id));
  const values = lift(body, indices);
  const tests = all.map((c) => lift(c, indices));
  const options = Object.freeze({ axis });
  const run = (f: Frame): Value => {
    let x = values(f);
    f.at = place;
    if (tests.length === 0) return REDUCE[op](x, options);
    let counted: Tensor | undefined;
    for (const test of tests) {
      const cond = test(f);
      f.at = place;
      x = where(cond, x, NEUTRAL[op]);
      counted = counted === undefined ? toTensor(cond) : logicalAnd(counted, cond);
    }
    if (op !== 'mean') return REDUCE[op](x, options);
    // a count is an integer, which takes the type of what it divides
    return div(sum(x, options), sum(broadcastTo(counted!, (x as Tensor).shape), options));
  };
  return { run, indices: left };
}
