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
export function isFloat(dtype: DType): boolean {
  return dtype === 'float64' || dtype === 'float32';
}

/** Fresh zeroed storage for `n` elements. */
export function allocate(dtype: DType, n: number): TypedArray {
  switch (dtype) {
    case 'float64':
      return new Float64Array(n);
    case 'float32':
      return new Float32Array(n);
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
