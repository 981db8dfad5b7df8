/**
 * @file Element types: which exist, how they are stored, and what two of them make together.
 */

/** Element type of a tensor. */
export type DType = 'float64' | 'float32' | 'int32' | 'bool';

/** How elements are stored: `bool` lives in a `Uint8Array` of 0 and 1. */
export type TypedArray = Float64Array | Float32Array | Int32Array | Uint8Array;

const RANK: Readonly<Record<DType, number>> = { bool: 0, int32: 1, float32: 2, float64: 3 };

/** Is it one of the four names? */
export function isDType(name: unknown): name is DType {
  return typeof name === 'string' && Object.hasOwn(RANK, name);
}

/** Is it a floating-point type, one that carries gradients? */
export function isFloat(dtype: DType): dtype is 'float64' | 'float32' {
  return dtype === 'float64' || dtype === 'float32';
}

const SLAB_BYTES = 65536;
const LARGEST_IN_SLAB = 2048;
const SMALLEST_IN_SLAB = 64;
let slab = new ArrayBuffer(0);
let used = 0;

/**
 * Room for `bytes` bytes in the current slab: an array of its own costs an engine more than the arithmetic on it, so small
 * ones share one. A slab is never written twice (its zeros are fresh) and goes when the last array in it goes.
 */
function room(bytes: number): number {
  const at = used;
  used = at + ((bytes + 7) & ~7);
  if (used <= slab.byteLength) return at;
  slab = new ArrayBuffer(SLAB_BYTES);
  used = (bytes + 7) & ~7;
  return 0;
}

/** Fresh zeroed storage for `n` elements; small arrays share a buffer, so `.buffer` is not theirs alone. */
export function allocate(dtype: DType, n: number): TypedArray {
  switch (dtype) {
    case 'float64': {
      const bytes = 8 * n;
      if (bytes <= SMALLEST_IN_SLAB || bytes > LARGEST_IN_SLAB) return new Float64Array(n);
      const at = room(bytes);
      return new Float64Array(slab, at, n);
    }
    case 'float32': {
      const bytes = 4 * n;
      if (bytes <= SMALLEST_IN_SLAB || bytes > LARGEST_IN_SLAB) return new Float32Array(n);
      const at = room(bytes);
      return new Float32Array(slab, at, n);
    }
    case 'int32':
      return new Int32Array(n);
    case 'bool':
      return new Uint8Array(n);
  }
}

/** The wider of the two types: bool < int32 < float32 < float64. */
export function promote(a: DType, b: DType): DType {
  return a === b ? a : RANK[a] > RANK[b] ? a : b;
}

/** Type of `a ∘ b` for + − ×: like `promote`, but two int32 make a float64, so that nothing wraps; two bool count as int32. */
export function promoteArithmetic(a: DType, b: DType): DType {
  const wide = promote(a, b);
  return wide === 'int32' ? 'float64' : wide === 'bool' ? 'int32' : wide;
}

/** Type of a real-valued function: floats keep theirs, int32 and bool become float64. */
export function promoteFloat(a: DType, b: DType = a): DType {
  const wide = promote(a, b);
  return isFloat(wide) ? wide : 'float64';
}
