/** Arrays of every type for the kernels' tests, and elements by index, the slow way. */
import type { DType, TypedArray } from '../../../src/graph/dtype.js';
import { allocate } from '../../../src/graph/dtype.js';
import { type Shape, sizeOf, stridesOf } from '../../../src/graph/shape.js';
import type { NdArray } from '../../../src/kernels/nd.js';
import { uniformAt } from '../../../src/kernels/random.js';

export const dtypes: readonly DType[] = ['float64', 'float32', 'int32', 'bool'];

let counter = 0;
/** A number in [0, 1). */
export const next = (): number => uniformAt({ key: [11, 0], counter: counter++ }, 0);
/** A whole number, both ends included. */
export const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));

const ODD = [0, -0, Infinity, -Infinity, NaN, 1e-40, -1e-310, 3e38];
const POOL = 5003;
const pools = new Map(dtypes.map((dtype) => [dtype, allocate(dtype, POOL).map(() => drawn(dtype))]));

function drawn(dtype: DType): number {
  if (dtype === 'bool') return int(0, 1);
  if (dtype === 'int32') return int(-9, 9);
  if (int(0, 9) === 0) return ODD[int(0, ODD.length - 1)]!;
  return int(0, 2) === 0 ? int(-2, 2) : next() * 8 - 4;
}

/** Numbers with ties; floats with both zeros, infinities and NaN among them. */
export function array(shape: Shape, dtype: DType): NdArray {
  const pool = pools.get(dtype)!;
  const data = allocate(dtype, sizeOf(shape));
  for (let i = 0, k = int(0, POOL - 1); i < data.length; i++, k++) data[i] = pool[k % POOL]!;
  return { data, shape };
}

/** Whole numbers from `low` to `high`. */
export function integers(shape: Shape, low: number, high: number, dtype: DType = 'int32'): NdArray {
  return { data: allocate(dtype, sizeOf(shape)).map(() => int(low, high)), shape };
}

/** A zeroed array. */
export const zeros = (shape: Shape, dtype: DType): NdArray => ({ data: allocate(dtype, sizeOf(shape)), shape });

/** Where every element of `full` lies in an array of a shape that broadcasts to it. */
export function positions(shape: Shape, full: Shape): Int32Array {
  const [own, all] = [stridesOf(shape), stridesOf(full)];
  const lead = full.length - shape.length;
  return Int32Array.from({ length: sizeOf(full) }, (_, i) =>
    own.reduce((sum, stride, a) => sum + (shape[a] === 1 ? 0 : stride * (Math.floor(i / all[a + lead]!) % full[a + lead]!)), 0),
  );
}

/** The same numbers, NaN and both zeros told apart. */
export function same(got: TypedArray, want: TypedArray): string {
  if (got.length !== want.length) return `${got.length} elements instead of ${want.length}`;
  const i = got.findIndex((v: number, k: number) => !Object.is(v, want[k]));
  return i < 0 ? '' : `[${i}] is ${got[i]} instead of ${want[i]}`;
}
