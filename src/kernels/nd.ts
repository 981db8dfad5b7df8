/**
 * @file Walking several arrays of one shape at once: axes are merged where memory allows, the two innermost go to a loop.
 */
import type { DType, TypedArray } from '../graph/dtype.js';
import { type Shape, stridesOf } from '../graph/shape.js';

/** What kernels read and write: plain storage with a shape. */
export interface NdArray {
  readonly data: TypedArray;
  readonly shape: Shape;
}

/** The element type of storage. */
export function dtypeOf(data: TypedArray): DType {
  return data instanceof Float64Array
    ? 'float64'
    : data instanceof Float32Array
      ? 'float32'
      : data instanceof Int32Array
        ? 'int32'
        : 'bool';
}

/** So many elements of a memory as storage. */
export function inMemory(buffer: ArrayBufferLike, dtype: DType, at: number, n: number): TypedArray {
  switch (dtype) {
    case 'float64':
      return new Float64Array(buffer, at, n);
    case 'float32':
      return new Float32Array(buffer, at, n);
    case 'int32':
      return new Int32Array(buffer, at, n);
    case 'bool':
      return new Uint8Array(buffer, at, n);
  }
}

/** Strides of `shape` seen as `full`: 0 along broadcast axes. */
export function broadcastStrides(shape: Shape, full: Shape): number[] {
  const own = stridesOf(shape);
  const lead = full.length - shape.length;
  return full.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : own[i - lead]!));
}

/** A walk over `shape`: outer axes as an odometer, the two innermost merged ones as planes of `rows` runs of `inner` elements. */
export interface Walk {
  readonly rows: number;
  readonly inner: number;
  /** Stride of each operand from one run to the next. */
  readonly leaps: readonly number[];
  /** Stride of each operand along a run. */
  readonly steps: readonly number[];
  /** Offsets of each operand at the start of every plane. */
  readonly each: (visit: (offsets: readonly number[]) => void) => void;
}

/** Plans a walk for operands with the given strides; axes that every operand crosses contiguously are merged. */
export function walk(shape: Shape, strides: readonly (readonly number[])[]): Walk {
  const lengths: number[] = [];
  const kept: number[][] = [];
  for (let axis = 0; axis < shape.length; axis++) {
    const n = shape[axis]!;
    if (n === 1) continue;
    const last = lengths.length - 1;
    if (last >= 0 && strides.every((s, k) => kept[last]![k] === s[axis]! * n)) {
      lengths[last]! *= n;
      kept[last] = strides.map((s) => s[axis]!);
    } else {
      lengths.push(n);
      kept.push(strides.map((s) => s[axis]!));
    }
  }
  const still = strides.map(() => 0);
  const inner = lengths.pop() ?? 1;
  const steps = kept.pop() ?? still;
  const rows = lengths.pop() ?? 1;
  const leaps = kept.pop() ?? still;
  return {
    rows,
    inner,
    leaps,
    steps,
    each(visit) {
      if (inner === 0 || rows === 0 || lengths.includes(0)) return;
      const offsets = strides.map(() => 0);
      const index = lengths.map(() => 0);
      for (;;) {
        visit(offsets);
        let axis = lengths.length - 1;
        for (; axis >= 0; axis--) {
          const step = kept[axis]!;
          if (++index[axis]! < lengths[axis]!) {
            for (let k = 0; k < offsets.length; k++) offsets[k]! += step[k]!;
            break;
          }
          for (let k = 0; k < offsets.length; k++) offsets[k]! -= step[k]! * (lengths[axis]! - 1);
          index[axis] = 0;
        }
        if (axis < 0) return;
      }
    },
  };
}

/** The offsets of each operand at every element of a walk, for work that is a kernel of its own. The list is used again. */
export function everyElement(w: Walk, visit: (offsets: readonly number[]) => void): void {
  const at = w.steps.map(() => 0);
  w.each((start) => {
    for (let r = 0; r < w.rows; r++) {
      for (let c = 0; c < w.inner; c++) {
        for (let k = 0; k < at.length; k++) at[k] = start[k]! + r * w.leaps[k]! + c * w.steps[k]!;
        visit(at);
      }
    }
  });
}
