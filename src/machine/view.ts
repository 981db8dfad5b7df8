/**
 * @file How an array in memory is read: a shape with a stride an axis. Moving axes, repeating and cutting out are views; nothing is copied.
 */
import { sameShape, type Shape, sizeOf, stridesOf } from '../graph/shape.js';
import { broadcastStrides } from '../kernels/nd.js';
import { countOf, type WindowAttrs } from '../kernels/windows.js';
import type { Span } from '../kernels/movement.js';

/** A way to read a buffer; strides and offset are in elements and never negative. */
export interface View {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** The whole buffer in order. */
export function whole(shape: Shape): View {
  return { shape, strides: stridesOf(shape), offset: 0 };
}

/** Are the elements side by side in order? */
export function inOrder({ shape, strides }: View): boolean {
  const own = stridesOf(shape);
  return shape.every((n, i) => n <= 1 || strides[i] === own[i]);
}

/** The same elements under another shape, or null where they would have to be moved. */
export function reshaped(v: View, shape: Shape): View | null {
  if (sameShape(v.shape, shape)) return v;
  if (inOrder(v)) return { ...whole(shape), offset: v.offset };
  // axes of length 1 come and go anywhere
  const long = (s: Shape): number[] => s.filter((n) => n !== 1);
  if (!sameShape(long(v.shape), long(shape))) return null;
  const steps = v.strides.filter((_, i) => v.shape[i] !== 1);
  let k = 0;
  return { shape, strides: shape.map((n) => (n === 1 ? 0 : steps[k++]!)), offset: v.offset };
}

/** Axes in another order. */
export function permuted(v: View, perm: readonly number[]): View {
  return { shape: perm.map((p) => v.shape[p]!), strides: perm.map((p) => v.strides[p]!), offset: v.offset };
}

/** Repeated along new axes and axes of length 1. */
export function broadcast(v: View, shape: Shape): View {
  if (sameShape(v.shape, shape)) return v;
  const lead = shape.length - v.shape.length;
  const repeats = broadcastStrides(v.shape, shape);
  return { shape, strides: shape.map((_, i) => (i < lead || repeats[i] === 0 ? 0 : v.strides[i - lead]!)), offset: v.offset };
}

/** Elements start, start + step, … of each axis; steps are positive. */
export function cut(v: View, spans: readonly Span[]): View {
  return {
    shape: spans.map((s) => s.count),
    strides: v.strides.map((s, i) => s * spans[i]!.step),
    offset: v.offset + (sizeOf(spans.map((s) => s.count)) === 0 ? 0 : v.strides.reduce((a, s, i) => a + s * spans[i]!.start, 0)),
  };
}

/** Overlapping windows: elements of several windows are the same memory. */
export function windowed({ shape, strides, offset }: View, { axis, windows }: WindowAttrs): View {
  const end = axis + windows.length;
  const along = (list: readonly number[], inside: readonly number[], counted: readonly number[]): number[] =>
    [...list.slice(0, axis), ...inside, ...counted, ...list.slice(end)]; // prettier-ignore
  return {
    shape: along(shape, windows.map((w) => w.size), windows.map((w, i) => countOf(shape[axis + i]!, w))), // prettier-ignore
    strides: along(strides, windows.map((w, i) => strides[axis + i]! * w.dilation), windows.map((w, i) => strides[axis + i]! * w.step)), // prettier-ignore
    offset,
  };
}

/** Spans that go forward over the same elements, and the axes that are then the wrong way round. */
export function forward(spans: readonly Span[]): { readonly spans: readonly Span[]; readonly turned: readonly number[] } {
  return {
    spans: spans.map((s) => (s.step < 0 ? { start: s.start + (s.count - 1) * s.step, count: s.count, step: -s.step } : s)),
    turned: [...spans.keys()].filter((axis) => spans[axis]!.step < 0 && spans[axis]!.count > 1),
  };
}
