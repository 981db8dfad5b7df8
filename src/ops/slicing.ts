/**
 * @file Parts of a tensor, and tensors put together.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { promote } from '../graph/dtype.js';
import { checkList, checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { normalizeAxes, normalizeAxis, sameShape, type Shape, showShape } from '../graph/shape.js';
import type { FitsJoin, FitsStack, Joined, Stacked } from '../graph/axis-types.js';
import type { Tensor } from '../graph/tensor.js';
import { embedSpans, join, sliceSpans, type Span } from '../kernels/movement.js';
import { everywhere } from './batching.js';
import { full } from './create.js';
import { defineOp, type Draw, type Op, reals, sameDType } from './define.js';
import { where } from './logic.js';
import { someShape } from './samples.js';
import { expandDims } from './shaping.js';

interface SpanAttrs {
  readonly spans: readonly Span[];
}

/** The whole of an axis. */
const all = (count: number): Span => ({ start: 0, count, step: 1 });

function sampleSpans(draw: Draw): { full: number[]; spans: Span[] } {
  const full = someShape(draw, 1);
  const spans = full.map((n) => {
    const span = { start: draw.int(0, n - 1), count: 1, step: draw.pick([1, 2, -1]) };
    const most = span.step > 0 ? Math.ceil((n - span.start) / span.step) : span.start + 1;
    return { ...span, count: draw.int(1, most) };
  });
  return { full, spans };
}

const sliceOp: Op<['x'], SpanAttrs> = defineOp({
  name: 'slice',
  inputs: ['x'],
  doc: 'elements start, start + step, … of each axis',
  shape: (_, { spans }) => spans.map((s) => s.count),
  dtype: sameDType,
  kernel: ([x], out, { spans }) => sliceSpans(x!, out, spans),
  vjp: { x: ({ g, x, attrs }) => embedOp(g, { ...attrs, shape: x.shape }) },
  batch: ([x], { spans }, { size }) => sliceOp(x!, { spans: [all(size), ...spans] }),
  sample: (draw) => {
    const { full, spans } = sampleSpans(draw);
    return { inputs: [draw.values(full, reals)], attrs: { spans } };
  },
  errors: [
    {
      call: () =>
        slice(
          [1, 2],
          [
            [0, 1],
            [0, 1],
          ],
        ),
      message: /^slice: 2 ranges for 1 axis/,
    },
  ],
});

const embedOp: Op<['x'], SpanAttrs & { readonly shape: Shape }> = defineOp({
  name: 'embed',
  inputs: ['x'],
  doc: 'x written into a slice of zeros: the transpose of slice',
  shape: (_, { shape }) => shape,
  dtype: sameDType,
  kernel: ([x], out, { spans }) => embedSpans(x!, out, spans),
  vjp: { x: ({ g, attrs }) => sliceOp(g, { spans: attrs.spans }) },
  batch: ([x], { spans, shape }, { size }) => embedOp(x!, { spans: [all(size), ...spans], shape: [size, ...shape] }),
  sample: (draw) => {
    const { full, spans } = sampleSpans(draw);
    return {
      inputs: [
        draw.values(
          spans.map((s) => s.count),
          reals,
        ),
      ],
      attrs: { spans, shape: full },
    };
  },
});

/** One axis of a slice: [start, stop, step?] with Python's meaning (null: the default); an empty list is the whole axis. */
export type Range = readonly (number | null)[];

function spanOf(range: Range, n: number): Span {
  if (range.length > 3) throw new UsageError('slice', 'a range is [start, stop, step]', `got ${range.length} numbers`);
  const [start, stop, step] = range;
  const by = step ?? 1;
  if (by === 0 || !Number.isInteger(by)) throw new UsageError('slice', 'step must be an integer other than 0', String(by));
  const clampTo = (v: number, low: number, high: number): number => {
    if (!Number.isInteger(v)) throw new UsageError('slice', 'start and stop must be integers', String(v));
    return Math.min(Math.max(v < 0 ? v + n : v, low), high);
  };
  const first = by > 0 ? clampTo(start ?? 0, 0, n) : clampTo(start ?? n - 1, -1, n - 1);
  const last = by > 0 ? clampTo(stop ?? n, 0, n) : (stop ?? null) === null ? -1 : clampTo(stop!, -1, n - 1);
  return { start: first, count: Math.max(0, Math.ceil((last - first) / by)), step: by };
}

/**
 * Part of a tensor: one [start, stop, step?] an axis as in Python (negative numbers count from the end, steps may be
 * negative, null stands for the default); axes that are left out stay whole.
 * @throws ShapeError for more ranges than axes; UsageError for a step of 0.
 * @example
 * slice([[1, 2, 3], [4, 5, 6]], [[0, 2], [1, null]]); // → [[2, 3], [5, 6]]
 */
export function slice(x: TensorLike, ranges: readonly Range[]): Tensor {
  const t = toTensor(x, 'slice');
  checkList('slice', 'ranges', ranges, 'slice(x, [[0, 2], []])');
  if (ranges.length > t.ndim)
    throw new ShapeError('slice', `${ranges.length} ranges for ${t.ndim} ${t.ndim === 1 ? 'axis' : 'axes'}`, showShape(t.shape));
  return sliceOp(t, { spans: t.shape.map((n, i) => spanOf(ranges[i] ?? [], n)) });
}

/**
 * Elements before and after each axis, zeros or `value`.
 * @throws ShapeError unless there is one pair of non-negative integers an axis.
 * @example
 * pad([1, 2], [[1, 2]]); // → [0, 1, 2, 0, 0]
 */
export function pad(x: TensorLike, widths: readonly (readonly [number, number])[], options: { value?: number } = {}): Tensor {
  checkOptions('pad', options, ['value']);
  const t = toTensor(x, 'pad');
  checkList('pad', 'widths', widths, 'pad(x, [[1, 1], [0, 2]])');
  if (widths.length !== t.ndim) throw new ShapeError('pad', `${widths.length} pairs for ${t.ndim} axes`, showShape(t.shape));
  for (const n of widths.flat())
    if (!Number.isInteger(n) || n < 0) throw new ShapeError('pad', 'widths are non-negative integers', String(n));
  const shape = t.shape.map((n, i) => n + widths[i]![0] + widths[i]![1]);
  const spans = t.shape.map((count, i) => ({ start: widths[i]![0], count, step: 1 }));
  const { value = 0 } = options;
  if (value === 0) return embedOp(t, { spans, shape });
  // x − value framed by zeros, plus value everywhere, would round: choose instead
  const inside = embedOp(full(t.shape, 1, { dtype: 'bool' }), { spans, shape });
  return where(inside, embedOp(t, { spans, shape }), value);
}

/**
 * Elements in reverse order along the given axes (all of them when left out).
 * @example
 * flip([1, 2, 3]); // → [3, 2, 1]
 */
export function flip(x: TensorLike, axes?: number | readonly number[]): Tensor {
  const t = toTensor(x, 'flip');
  const reversed = normalizeAxes('flip', axes, t.ndim);
  return slice(
    t,
    t.shape.map((_, i) => (reversed.includes(i) ? [null, null, -1] : [])),
  );
}

/** Where each part of a tensor that was joined begins; kept, because the rule is asked for one part at a time. */
const starts = new WeakMap<readonly Tensor[], { readonly axis: number; readonly at: readonly number[] }>();

function startsOf(parts: readonly Tensor[], axis: number): readonly number[] {
  let known = starts.get(parts);
  if (known?.axis !== axis) {
    let end = 0;
    known = { axis, at: parts.map(({ shape }) => (end += shape[axis]!) - shape[axis]!) };
    starts.set(parts, known);
  }
  return known.at;
}

const concatOp: Op<['xs'], { axis: number }> = defineOp<['xs'], { axis: number }>({
  name: 'concat',
  inputs: ['xs'],
  doc: 'tensors joined along an axis',
  variadic: true,
  shape: (xs, { axis }) => {
    const shapes = xs.map((x) => x.shape);
    const [first] = shapes;
    for (const s of shapes) {
      if (s.length !== first!.length || s.some((n, i) => i !== axis && n !== first![i])) {
        throw new ShapeError('concat', `shapes differ outside axis ${axis}`, shapes.map(showShape).join(' '));
      }
    }
    return first!.map((n, i) => (i === axis ? shapes.reduce((a, s) => a + s[axis]!, 0) : n));
  },
  dtype: (xs) => xs.map((x) => x.dtype).reduce(promote),
  kernel: (xs, out, { axis }) => join(xs, out, axis),
  vjp: {
    xs: ({ g, inputs, attrs: { axis } }, i) => {
      const start = startsOf(inputs, axis)[i]!;
      const { shape } = inputs[i]!;
      return slice(
        g,
        shape.map((n, k) => (k === axis ? [start, start + n] : [])),
      );
    },
  },
  batch: (inputs, { axis }, lead) => concatOp.definition.apply(everywhere(inputs, lead), { axis: axis + 1 }),
  sample: (draw) => {
    const shape = someShape(draw, 1);
    const axis = draw.int(0, shape.length - 1);
    const inputs = Array.from({ length: draw.int(1, 3) }, () =>
      draw.values(
        shape.map((n, i) => (i === axis ? draw.int(1, 3) : n)),
        reals,
      ),
    );
    return { inputs, attrs: { axis } };
  },
  errors: [{ call: () => concat([[[1, 2]], [[1], [2]]], { axis: 1 }), message: /^concat: shapes differ outside axis 1: \[1,2\] \[2,1\]/ }],
});

/** Options of `concat` and `stack`. */
export interface JoinOptions<A extends number = number> {
  /** The axis; default 0. */
  axis?: A;
}

function listOf(op: string, xs: readonly TensorLike[]): Tensor[] {
  if (typeof xs !== 'object' || !(xs.length > 0)) throw new UsageError(op, 'needs a list of at least one tensor');
  return xs.map((x) => toTensor(x, op));
}

/**
 * Tensors joined along an existing axis.
 * @throws ShapeError when other axes differ; UsageError for an empty list.
 * @example
 * concat([[1, 2], [3]]); // → [1, 2, 3]
 */
export function concat<L extends readonly TensorLike[], A extends number = 0>(
  xs: readonly [...L] & FitsJoin<L, A>,
  options?: JoinOptions<A>,
): Tensor<Joined<L, A>>;
export function concat(xs: readonly TensorLike[], options: JoinOptions = {}): Tensor {
  checkOptions('concat', options, ['axis']);
  const list = listOf('concat', xs);
  return concatOp.definition.apply(list, { axis: normalizeAxis('concat', options.axis ?? 0, list[0]!.ndim) });
}

/**
 * Tensors of one shape joined along a new axis.
 * @throws ShapeError when shapes differ; UsageError for an empty list.
 * @example
 * stack([[1, 2], [3, 4]]); // → [[1, 2], [3, 4]]
 */
export function stack<L extends readonly TensorLike[], A extends number = 0>(
  xs: readonly [...L] & FitsStack<L, A>,
  options?: JoinOptions<A>,
): Tensor<Stacked<L, A>>;
export function stack(xs: readonly TensorLike[], options: JoinOptions = {}): Tensor {
  checkOptions('stack', options, ['axis']);
  const list = listOf('stack', xs);
  const odd = list.find((t) => !sameShape(t.shape, list[0]!.shape));
  if (odd) throw new ShapeError('stack', 'shapes differ', `${showShape(list[0]!.shape)} ${showShape(odd.shape)}`);
  const axis = normalizeAxis('stack', options.axis ?? 0, list[0]!.ndim + 1);
  return concat(
    list.map((t) => expandDims(t, axis)),
    { axis },
  );
}

/**
 * Parts along an axis: a number of equal parts, or the lengths of the parts.
 * @throws ShapeError when the axis cannot be divided so.
 * @example
 * split([1, 2, 3, 4], 2)[1]; // → [3, 4]
 */
export function split(x: TensorLike, parts: number | readonly number[], options: { axis?: number } = {}): Tensor[] {
  checkOptions('split', options, ['axis']);
  const t = toTensor(x, 'split');
  const axis = normalizeAxis('split', options.axis ?? 0, t.ndim);
  const n = t.shape[axis]!;
  if (typeof parts !== 'number') checkList('split', 'parts', parts, 'split(x, 2) or split(x, [1, 3])');
  const lengths = typeof parts === 'number' ? Array.from({ length: Math.max(0, Math.floor(parts)) }, () => n / parts) : [...parts];
  if (lengths.some((l) => !Number.isInteger(l) || l < 0) || lengths.reduce((a, b) => a + b, 0) !== n) {
    throw new ShapeError(
      'split',
      `axis ${axis} of length ${n} cannot be split`,
      typeof parts === 'number' ? `${parts} parts` : showShape(parts),
    );
  }
  let start = 0;
  return lengths.map((l) => {
    const from = start;
    start += l;
    return slice(
      t,
      t.shape.map((_, i) => (i === axis ? [from, from + l] : [])),
    );
  });
}
