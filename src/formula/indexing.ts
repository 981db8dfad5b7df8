/**
 * @file `x[i]`, `x[1:3]`, `x[:, -1]`, `x[labels]`: 0-based, −1 is the last, a range stops before its end; with gradients.
 */
import { ShapeError, UsageError } from '../graph/errors.js';
import { showShape } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import { take } from '../ops/indexing.js';
import { type Range, slice } from '../ops/slicing.js';
import { toTensor } from '../graph/create.js';
import type { Frame, Value } from './code.js';

/** One axis of an index: an entry, entries at labels, or a range. */
export type Axis = { readonly entry: (f: Frame) => Value } | { readonly range: readonly ((f: Frame) => Value | null)[] };

const bound = (x: Value | null): number | null => {
  if (x === null || typeof x === 'number') return x;
  if (x.ndim === 0) return x.item();
  throw new UsageError('index', 'a bound of a range is one number');
};

/** The function that indexes a value. */
export function indexed(object: (f: Frame) => Value, axes: readonly Axis[], place: number): (f: Frame) => Value {
  const ranges = axes.some((a) => 'range' in a);
  return (f) => {
    const x = object(f);
    f.at = place;
    let t = toTensor(x, 'index');
    const entries = axes.map((a) => ('range' in a ? null : a.entry(f)));
    f.at = place;
    if (axes.length > t.ndim) throw new ShapeError('index', `${axes.length} indices for ${t.ndim} axes`, showShape(t.shape));
    if (ranges) {
      const spans: Range[] = axes.map((a) => ('range' in a ? a.range.map((b) => bound(b(f))) : []));
      f.at = place;
      t = slice(t, spans);
    }
    if (entries.filter((e) => e instanceof Tensor && e.ndim > 0).length > 1)
      throw new UsageError('index', 'two lists of indices', undefined, 'pick(x, labels) and gather(x, indices, axis) take one a row');
    // from the last axis, so that the axes that are left keep their numbers
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const entry = entries[axis] ?? null;
      if (entry === null) continue;
      if (entry instanceof Tensor && entry.dtype === 'bool')
        throw new UsageError('index', 'a condition is no index', undefined, 'use where(cond, x, 0) or 1(cond) * x');
      t = take(t, entry, { axis });
    }
    return t;
  };
}
