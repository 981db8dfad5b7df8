/**
 * @file Indexing as in NumPy: integers, ranges, arrays of indices and masks together.
 */
import { type ArrayData, tensor, toTensor, type TensorLike } from '../graph/create.js';
import { ShapeError, UsageError } from '../graph/errors.js';
import { broadcastShapes, sameShape, type Shape, showShape, stridesOf } from '../graph/shape.js';
import { Batched, Tensor } from '../graph/tensor.js';
import { checkIndexValues } from '../kernels/indexing.js';
import { add } from './arithmetic.js';
import { take } from './indexing.js';
import { truePositions } from './masks.js';
import { broadcastTo, reshape, transpose } from './shaping.js';
import { type Range, slice } from './slicing.js';

/**
 * What stands at one place of an index: an integer; a range `[start, stop, step?]` as in `slice`, `[]` for a whole axis; `'...'` for as many
 * whole axes as are left; indices as a tensor, a typed array or nested arrays; a mask as a bool tensor or arrays of booleans.
 */
export type Index = number | '...' | Range | TensorLike;

/** What is taken from one axis. */
type Part = { readonly range: Range } | { readonly integer: number } | { readonly indices: Tensor };

/** A flat list of numbers is a range; every other list is an array of indices or booleans. */
function isRange(item: Index): item is Range {
  return Array.isArray(item) && item.every((v) => v === null || typeof v === 'number');
}

function checkedRange(range: Range): Range {
  if (range.length === 1 || range.length > 3)
    throw new UsageError(
      'at',
      'a flat list is a range [start, stop, step]',
      `got [${range.join()}]`,
      'a list of indices is a tensor: tensor([0, 2, 5])',
    );
  return range;
}

/** An integer from 0 to n − 1. */
function checkedInteger(i: number, n: number, axis: number): number {
  if (!Number.isInteger(i)) throw new UsageError('at', 'an index is an integer', `got ${i} for axis ${axis}`);
  if (i < -n || i >= n) throw new ShapeError('at', `index ${i} is out of range`, `axis ${axis} has ${n} entries`, `${-n} … ${n - 1}`);
  return i < 0 ? i + n : i;
}

/** A mask of several axes as one array of indices for each of them. */
function partsOfMask(mask: Tensor, shape: Shape, axis: number): Part[] {
  const own = shape.slice(axis, axis + mask.ndim);
  if (mask.ndim === 0 || !sameShape(own, mask.shape))
    throw new ShapeError(
      'at',
      'a mask has the shape of the axes that it selects from',
      `mask ${showShape(mask.shape)}, axes ${showShape(own)}`,
    );
  const places = truePositions('at', mask);
  return stridesOf(mask.shape).map((stride, k) => ({
    indices: tensor(places.map((p) => Math.floor(p / stride) % mask.shape[k]!)),
  }));
}

/** How many axes an item stands for. */
function axesOf(item: Index | Tensor): number {
  return item instanceof Tensor && item.dtype === 'bool' ? item.ndim : item === '...' ? 0 : 1;
}

/** One part an axis, and the axis where `'...'` begins. */
function partsOf(x: Tensor, given: readonly Index[]): { parts: readonly Part[]; dots: number } {
  const items = given.map((item) =>
    typeof item === 'number' || item === '...' || isRange(item) ? item : toTensor(item as ArrayData | Tensor, 'at'),
  );
  const used = items.reduce<number>((n, item) => n + axesOf(item), 0);
  if (used > x.ndim) throw new ShapeError('at', `${used} axes are indexed`, `x ${showShape(x.shape)} has ${x.ndim}`);
  if (items.filter((item) => item === '...').length > 1) throw new UsageError('at', "'...' can stand at one place only");
  const open: Part[] = Array.from({ length: x.ndim - used }, () => ({ range: [] }));
  const parts: Part[] = [];
  let dots = 0;
  for (const item of items.includes('...') ? items : [...items, '...' as const]) {
    const axis = parts.length;
    if (item === '...') {
      dots = axis;
      parts.push(...open);
    } else if (typeof item === 'number') parts.push({ integer: checkedInteger(item, x.shape[axis]!, axis) });
    else if (!(item instanceof Tensor)) parts.push({ range: checkedRange(item) });
    else if (item.dtype === 'bool') parts.push(...partsOfMask(item, x.shape, axis));
    else parts.push({ indices: checked(item, x.shape[axis]!) });
  }
  return { parts, dots };
}

/** Values that are known are looked at here, in the name of `at`; `take` looks at all of them when it reads. */
function checked(indices: Tensor, n: number): Tensor {
  if (!indices.pending && !(indices.storage instanceof Batched)) checkIndexValues('at', indices.data, n);
  return indices;
}

/** Index arrays of several axes as one for their product: Σ index·stride, looked up, so that negative ones and those out of range are seen. */
function combined(parts: readonly Tensor[], lengths: Shape): Tensor {
  return stridesOf(lengths)
    .map((stride, k) => take(tensor(Float64Array.from({ length: lengths[k]! }, (_, i) => i * stride)), parts[k]!))
    .reduce((a, b) => add(a, b));
}

/**
 * Elements where arrays of indices meet. Axes that they leave behind stand where the first was, or in front if a range lies between them, or
 * `'...'`, even if it stands for no axis.
 */
function selected(x: Tensor, axes: readonly number[], indices: readonly Tensor[], dots: number): Tensor {
  const shape = indices.map((i): Shape => i.shape).reduce((a, b) => broadcastShapes('at', a, b));
  const each = indices.map((i) => broadcastTo(i, shape));
  if (axes.length === 1) return take(x, each[0]!, { axis: axes[0]! });
  const [first, last] = [axes[0]!, axes.at(-1)!];
  const together = last - first === axes.length - 1 && !(first < dots && dots <= last);
  const front = together ? first : 0;
  const others = [...x.shape.keys()].filter((a) => !axes.includes(a));
  const moved = transpose(x, [...others.slice(0, front), ...axes, ...others.slice(front)]);
  const lengths = axes.map((a) => x.shape[a]!);
  const flat = reshape(moved, [...moved.shape.slice(0, front), lengths.reduce((a, b) => a * b), ...moved.shape.slice(front + axes.length)]);
  return take(flat, combined(each, lengths), { axis: front });
}

/**
 * Part of a tensor by NumPy's rules of indexing, one item an axis; axes without one stay whole. An integer takes one entry and drops its
 * axis; a range `[start, stop, step?]` is that of `slice`, `[]` the whole axis, `'...'` as many whole axes as are left. Arrays of indices
 * (tensors, typed arrays, nested arrays) broadcast together, integers beside them too, and read where they meet; a bool mask stands for the
 * indices where it is true. Gradients add up at indices that repeat. A flat list of numbers is a range: write `tensor([0, 2])` for indices.
 * @throws ShapeError for more items than axes, an index out of range, arrays that do not broadcast, a mask of another shape;
 * DTypeError for indices that are not whole; UsageError for a mask that is not known yet (in `compile`, `vmap`).
 * @see the user guide of NumPy, Indexing on ndarrays
 * @example
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * at(x, 1); // → [4, 5, 6]
 * at(x, [], [0, 2]); // → [[1, 2], [4, 5]]
 * at(x, '...', -1); // → [3, 6]
 * at(x, tensor([0, 1]), tensor([2, 0])); // → [3, 4]
 * at(x, gt(x, 2)); // → [3, 4, 5, 6]
 */
export function at(x: TensorLike, ...items: readonly Index[]): Tensor {
  const t = toTensor(x, 'at');
  const { parts, dots } = partsOf(t, items);
  const arrays = parts.some((p) => 'indices' in p);
  // integers beside arrays are arrays of one index; without any they are ranges whose axis goes
  const ranges = parts.map((p) => ('range' in p ? p.range : 'integer' in p && !arrays ? [p.integer, p.integer + 1] : []));
  const whole = ranges.every((range) => range.length === 0) ? t : slice(t, ranges);
  if (!arrays) return reshape(whole, whole.shape.filter((_, a) => !('integer' in parts[a]!))); // prettier-ignore
  const axes = parts.flatMap((p, a) => ('range' in p ? [] : [a]));
  const indices = parts.flatMap((p) => ('indices' in p ? [p.indices] : 'integer' in p ? [toTensor(p.integer)] : []));
  return selected(whole, axes, indices, dots);
}
