/**
 * @file Walking several arrays of one shape at once: axes are merged where memory allows, the innermost run goes to a loop.
 */
import type { TypedArray } from '../graph/dtype.js';
import { type Shape, stridesOf } from '../graph/shape.js';

/** What kernels read and write: plain storage with a shape. */
export interface NdArray {
  readonly data: TypedArray;
  readonly shape: Shape;
}

/** Strides of `shape` seen as `full`: 0 along broadcast axes. */
export function broadcastStrides(shape: Shape, full: Shape): number[] {
  const own = stridesOf(shape);
  const lead = full.length - shape.length;
  return full.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : own[i - lead]!));
}

/** A walk over `shape`: outer axes as an odometer, the innermost merged run of `inner` elements at given strides. */
export interface Walk {
  readonly inner: number;
  /** Stride of each operand along the inner run. */
  readonly steps: readonly number[];
  /** Offsets of each operand at every start of an inner run. */
  each(visit: (offsets: readonly number[]) => void): void;
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
  const inner = lengths.pop() ?? 1;
  const steps = kept.pop() ?? strides.map(() => 0);
  return {
    inner,
    steps,
    each(visit) {
      if (inner === 0 || lengths.includes(0)) return;
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
