/**
 * @file Kernels that lay out overlapping windows of an array side by side, and add them up again where they came from.
 */
import type { TypedArray } from '../graph/dtype.js';
import { type Shape, sizeOf } from '../graph/shape.js';
import type { NdArray } from './nd.js';

/** Windows along one axis: `size` elements, `dilation` apart, a window every `step` elements. */
export interface Window {
  readonly size: number;
  readonly step: number;
  readonly dilation: number;
}

/** Windows along one axis, or along two that follow one another, from `axis` on. */
export interface WindowAttrs {
  readonly axis: number;
  readonly windows: readonly Window[];
}

/** How many windows an axis of length n holds; 0 or less where none fits. */
export function countOf(n: number, { size, step, dilation }: Window): number {
  return Math.floor((n - dilation * (size - 1) - 1) / step) + 1;
}

const SINGLE: Window = { size: 1, step: 1, dilation: 1 };

/** Both kernels see an array as [outer, height, width, inner] with a window along height and along width. */
export interface WindowPlan {
  readonly outer: number;
  readonly height: number;
  readonly width: number;
  readonly inner: number;
  readonly rows: Window;
  readonly columns: Window;
  /** Windows from top to bottom and from left to right. */
  readonly down: number;
  readonly across: number;
}

/** The plan for windows of an array of `shape`: along one axis they are windows of a single row. */
export function planWindows(shape: Shape, { axis, windows }: WindowAttrs): WindowPlan {
  const [rows, columns] = windows.length === 1 ? [SINGLE, windows[0]!] : [windows[0]!, windows[1]!];
  const height = windows.length === 1 ? 1 : shape[axis]!;
  const width = shape[axis + windows.length - 1]!;
  const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + windows.length))];
  return { outer, height, width, inner, rows, columns, down: countOf(height, rows), across: countOf(width, columns) };
}

/** Visits the runs of `across` elements that both arrays have in a row: where each begins in the windows and in the whole. */
function runs(plan: WindowPlan, visit: (inWindows: number, inWhole: number) => void): void {
  const { outer, height, width, inner, rows, columns, down, across } = plan;
  const line = width * inner;
  let w = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < rows.size; i++) {
      for (let j = 0; j < columns.size; j++) {
        let x = (o * height + i * rows.dilation) * line + j * columns.dilation * inner;
        for (let r = 0; r < down; r++, w += across * inner, x += rows.step * line) visit(w, x);
      }
    }
  }
}

/** n elements of the whole, `by` apart, to the windows, where they lie side by side. */
function copyRun(windows: TypedArray, w: number, whole: TypedArray, x: number, n: number, by: number): void {
  const end = w + n;
  if (by === 1) for (let k = w, i = x; k < end; k++, i++) windows[k] = whole[i]!;
  else for (let k = w, i = x; k < end; k++, i += by) windows[k] = whole[i]!;
}

/** The transpose: n elements of the windows are added to those of the whole. */
function addRun(windows: TypedArray, w: number, whole: TypedArray, x: number, n: number, by: number): void {
  const end = w + n;
  if (by === 1) for (let k = w, i = x; k < end; k++, i++) whole[i]! += windows[k]!;
  else for (let k = w, i = x; k < end; k++, i += by) whole[i]! += windows[k]!;
}

/** Moves all elements, run by run: elements inside the axes of the windows stay together. */
function move(plan: WindowPlan, windows: TypedArray, whole: TypedArray, run: typeof copyRun): void {
  const { inner, across, columns } = plan;
  if (columns.step === 1) runs(plan, (w, x) => run(windows, w, whole, x, across * inner, 1));
  else if (inner === 1) runs(plan, (w, x) => run(windows, w, whole, x, across, columns.step));
  else
    runs(plan, (w, x) => {
      for (let s = 0; s < across; s++) run(windows, w + s * inner, whole, x + s * columns.step * inner, inner, 1);
    });
}

/** out[o, i, j, r, s, e] = x[o, r·step + i·dilation, s·step + j·dilation, e]. */
export function unfoldWindows(x: NdArray, out: NdArray, attrs: WindowAttrs): void {
  move(planWindows(x.shape, attrs), out.data, x.data, copyRun);
}

/** The transpose of `unfoldWindows`: every element of a window is added to where it came from; `out` is zeroed. */
export function foldWindows(x: NdArray, out: NdArray, attrs: WindowAttrs): void {
  move(planWindows(out.shape, attrs), x.data, out.data, addRun);
}
