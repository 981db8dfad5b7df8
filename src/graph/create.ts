/**
 * @file Numbers, nested arrays and typed arrays become tensors.
 */
import { allocate, type DType, isDType, type TypedArray } from './dtype.js';
import { checkOptions, DTypeError, ShapeError, UsageError } from './errors.js';
import { checkShape, type Shape, showShape, sizeOf } from './shape.js';
import { state } from './state.js';
import { PendingNumber, Tensor } from './tensor.js';
import { watching } from './watch.js';

/** Any array of numbers JavaScript has a type for. */
export type NumericArray =
  Float64Array | Float32Array | Int32Array | Int16Array | Int8Array | Uint8Array | Uint8ClampedArray | Uint16Array | Uint32Array;

/** Numbers or booleans nested to any depth; rows may be typed arrays. */
export type ArrayData = number | boolean | NumericArray | readonly ArrayData[];

/** Whatever an op takes as a tensor. A plain number is weak: it takes the type of what it meets. */
export type TensorLike<S extends Shape = Shape> = Tensor<S> | ArrayData;

/** How a tensor is made. */
export interface TensorOptions<S extends Shape = Shape> {
  /** Element type; found from the data when left out. */
  dtype?: DType;
  /** Shape of a flat array; found from the nesting when left out. */
  shape?: S;
  /** A name for printing and pictures. */
  name?: string;
}

/** The shape of every scalar. */
export const SCALAR: readonly [] = Object.freeze<[]>([]);

/** A number as a 0-d tensor. */
export function scalar(value: number, dtype: DType = 'float64'): Tensor<readonly []> {
  return new Tensor(SCALAR, dtype, dtype === 'float64' ? value : dtype === 'float32' ? Math.fround(value) : value | 0, null);
}

/** Throws unless `dtype` is one of the four names (or left out). */
export function checkDType(op: string, dtype: unknown): void {
  if (dtype !== undefined && !isDType(dtype)) {
    throw new DTypeError(op, `unknown dtype '${String(dtype)}'`, undefined, 'float64, float32, int32 or bool');
  }
}

function isNumericArray(x: unknown): x is NumericArray {
  return ArrayBuffer.isView(x) && !(x instanceof DataView) && !(x instanceof BigInt64Array) && !(x instanceof BigUint64Array);
}

/** float arrays keep their type; 8-, 16- and 32-bit integers become int32 (so an image minus another never wraps). */
function dtypeOfArray(x: NumericArray): DType {
  if (x instanceof Float32Array) return 'float32';
  return x instanceof Float64Array || x instanceof Uint32Array ? 'float64' : 'int32';
}

/** Shape of nested arrays by their first rows; raggedness is found while copying. */
function shapeOfNested(data: ArrayData): number[] {
  const shape: number[] = [];
  for (let level: ArrayData | null | undefined = data; typeof level === 'object' && level !== null;) {
    shape.push(level.length);
    level = level[0];
  }
  return shape;
}

const RAGGED = 'rows must be equally long: fill short ones, or stack tensors that were padded';

/** Flat values and shape of nested arrays. */
function flatten(op: string, data: ArrayData): { values: number[]; shape: number[]; bool: boolean } {
  const shape = shapeOfNested(data);
  const values: number[] = [];
  let bools = 0;
  const visit = (x: unknown, axis: number): void => {
    if (typeof x === 'number' || typeof x === 'boolean') {
      if (axis !== shape.length)
        throw new ShapeError(op, 'ragged nested array', `a ${typeof x} where a row of ${shape[axis]} was expected`, RAGGED);
      if (typeof x === 'boolean') bools++;
      values.push(Number(x));
    } else if (Array.isArray(x) || isNumericArray(x)) {
      if (axis >= shape.length || x.length !== shape[axis]) {
        throw new ShapeError(
          op,
          'ragged nested array',
          `a row of ${x.length} where ${axis >= shape.length ? 'a number' : shape[axis]} was expected`,
          RAGGED,
        );
      }
      for (const row of x as readonly unknown[]) visit(row, axis + 1);
    } else {
      const what = x === null ? 'null' : x instanceof Tensor ? 'a Tensor inside an array' : x instanceof Promise ? 'a Promise' : typeof x;
      throw new DTypeError(
        op,
        'values must be numbers or booleans',
        `got ${what}`,
        x instanceof Tensor ? 'join tensors with stack or concat' : axis === 0 && x === undefined ? 'is an argument missing?' : undefined,
      );
    }
  };
  visit(data, 0);
  if (bools > 0 && bools < values.length)
    throw new DTypeError(op, 'numbers and booleans are mixed', undefined, 'write 1 and 0, or only booleans');
  return { values, shape, bool: bools > 0 };
}

/** Copies values into storage of a type; bool keeps only zero or not zero. */
export function convert(values: ArrayLike<number>, dtype: DType, op = 'tensor'): TypedArray {
  const out = allocate(dtype, values.length);
  if (dtype === 'bool') for (let i = 0; i < values.length; i++) out[i] = values[i] === 0 ? 0 : 1;
  else out.set(values);
  if (dtype === 'int32' && !(values instanceof Int32Array)) {
    for (let i = 0; i < values.length; i++) {
      // rounding towards 0 is meant; wrapping never is
      if (out[i] !== Math.trunc(values[i]!))
        throw new DTypeError(op, 'int32 cannot hold the value', `${values[i]} at index ${i}`, 'use float64');
    }
  }
  return out;
}

/**
 * Makes a tensor of numbers, booleans, nested arrays or a typed array (which is copied).
 *
 * Numbers and nested arrays become float64, a Float32Array float32, 8-, 16- and 32-bit integer arrays int32, booleans bool.
 *
 * @throws DTypeError for values that are no numbers; ShapeError for ragged arrays or a shape that does not fit.
 * @example
 * tensor([[1, 2], [3, 4]]).shape; // → [2, 2]
 * tensor(new Float32Array([1, 2, 3, 4]), { shape: [2, 2] }).dtype; // → float32
 */
export function tensor<const S extends Shape = Shape>(data: TensorLike, options: TensorOptions<S> = {}): Tensor<S> {
  checkOptions('tensor', options, ['dtype', 'shape', 'name']);
  checkDType('tensor', options.dtype);
  return fromData('tensor', data, options);
}

/** The tensor of `tensor`, for the op that messages are to name. */
function fromData<const S extends Shape = Shape>(op: string, data: TensorLike, options: TensorOptions<S>): Tensor<S> {
  let values: ArrayLike<number>;
  let natural: Shape;
  let found: DType;
  if (data instanceof Tensor) {
    values = data.data;
    natural = data.shape;
    found = data.dtype;
  } else if (isNumericArray(data)) {
    values = data;
    natural = [data.length];
    found = dtypeOfArray(data);
  } else {
    const flat = flatten(op, data);
    values = flat.values;
    natural = flat.shape;
    found = flat.bool ? 'bool' : 'float64';
  }
  const shape = options.shape ?? natural;
  checkShape(op, shape);
  if (sizeOf(shape) !== values.length) {
    throw new ShapeError(
      op,
      `shape ${showShape(shape)} needs ${sizeOf(shape)} values`,
      `got ${values.length}`,
      'one number for all of them is full(shape, value)',
    );
  }
  const t = new Tensor(
    Object.freeze([...shape]) as unknown as S,
    options.dtype ?? found,
    convert(values, options.dtype ?? found, op),
    null,
  );
  t.name = options.name;
  return t;
}

/** Any accepted value as a tensor: a parameter gives its current value, a plain number a scalar of type `weak`. Errors name `op`. */
export function toTensor(x: TensorLike, op = 'tensor', weak: DType = 'float64'): Tensor {
  if (x instanceof Tensor) return watching.by === null ? x.current : watched(x, op);
  if (typeof x === 'number') return scalar(x, weak);
  if (x instanceof Promise) throw new UsageError(op, 'got a Promise', undefined, 'await it first: ops are synchronous');
  return fromData(op, x, {});
}

/** The same for an argument, which is made known to who watches: errors of the op say where it was made. */
function watched(x: Tensor, op: string): Tensor {
  watching.by?.read(op, x);
  return x.current;
}

/** `toTensor` for one of two operands of an op: a plain number takes its type from the other. */
export function operand(x: TensorLike, other: TensorLike, op: string): Tensor {
  if (x instanceof Tensor) {
    const value = watching.by === null ? x.current : watched(x, op);
    return state.planning === null ? value : besides(value, other);
  }
  return toTensor(x, op, typeof x === 'number' ? weakType(other) : undefined);
}

/** A number that is not known yet is as weak as one that is. */
function besides(x: Tensor, other: TensorLike): Tensor {
  if (!(x.storage instanceof PendingNumber) || x.node !== null) return x;
  const weak = other instanceof Tensor && other.storage instanceof PendingNumber ? 'float64' : weakType(other);
  return weak === x.dtype ? x : new Tensor(SCALAR, weak, x.storage, null);
}

/** The type a plain number takes beside `other`: float32 beside a float32 tensor, else float64. */
function weakType(other: TensorLike): DType {
  if (other instanceof Tensor) return other.dtype === 'float32' ? 'float32' : 'float64';
  return other instanceof Float32Array ? 'float32' : 'float64';
}
