/**
 * @file Elements of arrays in files, as the dtypes that tensors have: what the npy and the safetensors format share.
 */
import { allocate, type DType, type TypedArray } from '../graph/dtype.js';
import { DataError } from '../graph/errors.js';

/** How the elements of a type are read. `le`: are they little-endian? */
export interface ElementType {
  readonly bytes: number;
  readonly dtype: DType;
  readonly read: (view: DataView, at: number, le: boolean) => number;
  /** Are little-endian elements the very bytes that the dtype has in memory? Then they are copied with all bits, NaN's too. */
  readonly same?: true;
  /** Integers that int32 may not hold: float64 where it holds them all exactly. For messages, the value in full. */
  readonly wide?: (view: DataView, at: number, le: boolean) => string;
}

// A 64-bit integer from its halves: one rounding at most, and then the result is no safe integer.
const halves =
  (high: 'getInt32' | 'getUint32') =>
  (v: DataView, at: number, le: boolean): number =>
    v[high](at + (le ? 4 : 0), le) * 4294967296 + v.getUint32(at + (le ? 0 : 4), le);

/** Types by the letter and the number of bytes that NumPy writes for them: float, integer, unsigned, bool. */
export const ELEMENTS: Readonly<Record<'f8' | 'f4' | 'i8' | 'u8' | 'i4' | 'u4' | 'i2' | 'u2' | 'i1' | 'u1' | 'b1', ElementType>> = {
  f8: { bytes: 8, dtype: 'float64', read: (v, at, le) => v.getFloat64(at, le), same: true },
  f4: { bytes: 4, dtype: 'float32', read: (v, at, le) => v.getFloat32(at, le), same: true },
  i8: { bytes: 8, dtype: 'int32', read: halves('getInt32'), wide: (v, at, le) => String(v.getBigInt64(at, le)) },
  u8: { bytes: 8, dtype: 'int32', read: halves('getUint32'), wide: (v, at, le) => String(v.getBigUint64(at, le)) },
  i4: { bytes: 4, dtype: 'int32', read: (v, at, le) => v.getInt32(at, le), same: true },
  u4: { bytes: 4, dtype: 'int32', read: (v, at, le) => v.getUint32(at, le), wide: (v, at, le) => String(v.getUint32(at, le)) },
  i2: { bytes: 2, dtype: 'int32', read: (v, at, le) => v.getInt16(at, le) },
  u2: { bytes: 2, dtype: 'int32', read: (v, at, le) => v.getUint16(at, le) },
  i1: { bytes: 1, dtype: 'int32', read: (v, at) => v.getInt8(at) },
  u1: { bytes: 1, dtype: 'int32', read: (v, at) => v.getUint8(at) },
  b1: { bytes: 1, dtype: 'bool', read: (v, at) => (v.getUint8(at) === 0 ? 0 : 1) },
};

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Turns little-endian elements of `size` bytes into this machine's, or back. */
function turn(bytes: Uint8Array, size: number): void {
  if (!LITTLE_ENDIAN) for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/**
 * `n` elements in the order of the bytes. 64-bit and unsigned 32-bit integers become int32 if all fit, else float64 if it
 * holds them all exactly; else a DataError, which `name` begins.
 */
export function readElements(
  type: ElementType,
  view: DataView,
  begin: number,
  n: number,
  le: boolean,
  name: string,
): readonly [DType, TypedArray] {
  let dtype = type.dtype;
  if (type.wide !== undefined) {
    for (let i = 0; i < n; i++) {
      const at = begin + i * type.bytes;
      const v = type.read(view, at, le);
      if (!Number.isSafeInteger(v)) {
        const values = `float64 cannot hold ${type.wide(view, at, le)} at index ${i}`;
        throw new DataError(name, 'an integer is too large', values, 'save it as float64 if rounding is meant');
      }
      if (v !== (v | 0)) dtype = 'float64';
    }
  }
  const out = allocate(dtype, n);
  if (type.same === true && le) {
    const memory = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
    memory.set(new Uint8Array(view.buffer, view.byteOffset + begin, out.byteLength));
    turn(memory, type.bytes);
  } else {
    for (let i = 0; i < n; i++) out[i] = type.read(view, begin + i * type.bytes, le);
  }
  return [dtype, out];
}

/** Writes elements little-endian into `bytes`, from `at` on. */
export function writeElements(data: TypedArray, bytes: Uint8Array, at: number): void {
  const place = bytes.subarray(at, at + data.byteLength);
  place.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  turn(place, data.BYTES_PER_ELEMENT);
}
