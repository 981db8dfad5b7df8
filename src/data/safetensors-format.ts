/**
 * @file The safetensors format: named tensors to bytes and back. What users call is in `safetensors.ts` and `state.ts`.
 */
import type { DType } from '../graph/dtype.js';
import { checkOptions, DataError, UsageError } from '../graph/errors.js';
import { sizeOf } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import { isPlainObject } from '../graph/tree.js';
import { type ElementType, ELEMENTS, readElements, writeElements } from './elements.js';
import { checkSize, LONGEST_HEADER, METADATA, readHeader } from './safetensors-header.js';

/** Half precision: 1 bit of sign, 5 of exponent, 10 of mantissa. */
const half: ElementType = {
  bytes: 2,
  dtype: 'float32',
  read: (view, at, le) => {
    const bits = view.getUint16(at, le);
    const exponent = (bits >>> 10) & 31;
    const mantissa = bits & 1023;
    // 2⁻²⁴·m below 2⁻¹⁴, else 2ᵉ⁻²⁵·(1024 + m)
    const size =
      exponent === 31 ? (mantissa === 0 ? Infinity : NaN) : exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
    return bits >>> 15 === 0 ? size : -size;
  },
};

const scratch = new DataView(new ArrayBuffer(4));

/** bfloat16: the upper half of a float32. */
const brain: ElementType = {
  bytes: 2,
  dtype: 'float32',
  read: (view, at, le) => {
    scratch.setUint16(0, view.getUint16(at, le));
    return scratch.getFloat32(0);
  },
};

/** The dtypes of the format that tensors can hold. */
const TYPES: Readonly<Record<string, ElementType>> = {
  F64: ELEMENTS.f8,
  F32: ELEMENTS.f4,
  F16: half,
  BF16: brain,
  I64: ELEMENTS.i8,
  I32: ELEMENTS.i4,
  I16: ELEMENTS.i2,
  I8: ELEMENTS.i1,
  U64: ELEMENTS.u8,
  U32: ELEMENTS.u4,
  U16: ELEMENTS.u2,
  U8: ELEMENTS.u1,
  BOOL: ELEMENTS.b1,
};

/** What is written for a dtype, in the order in which tensors stand: the largest alignment first. */
const CODES: Readonly<Record<DType, string>> = { float64: 'F64', float32: 'F32', int32: 'I32', bool: 'BOOL' };
const ORDER: readonly string[] = Object.keys(CODES);

/** Texts about a file, for who reads it. */
export type Metadata = Readonly<Record<string, string>>;

/** What a thing is, for messages. */
export function kindOf(x: unknown): string {
  if (x === undefined || x === null) return String(x);
  if (Array.isArray(x) && Object.getPrototypeOf(x) === Array.prototype) return 'an array';
  if (typeof x !== 'object') return `a ${typeof x}`;
  const maker = x.constructor as unknown;
  return isPlainObject(x) || typeof maker !== 'function' ? 'an object' : `an instance of ${maker.name || 'a class without a name'}`;
}

/** Is it a model or an optimizer, whose state is plain where it is not? */
export function hasStateDict(x: unknown): boolean {
  return typeof x === 'object' && x !== null && 'stateDict' in x;
}

/** Throws for a name or text with half a surrogate pair: UTF-8 has no bytes for it, and other readers refuse the file. */
function checkUnicode(op: string, what: string, text: string): void {
  if (/\p{Surrogate}/u.test(text)) throw new UsageError(op, `${what} is not valid Unicode`, JSON.stringify(text));
}

/** Throws unless metadata are strings under strings. */
export function checkMetadata(op: string, metadata: unknown): void {
  if (metadata === undefined) return;
  if (!isPlainObject(metadata)) throw new UsageError(op, 'metadata must be an object of strings', `got ${kindOf(metadata)}`);
  for (const [key, text] of Object.entries(metadata)) {
    if (typeof text !== 'string')
      throw new UsageError(op, 'metadata must be an object of strings', `'${key}' is ${kindOf(text)}`, 'JSON.stringify it');
    checkUnicode(op, 'a key of metadata', key);
    checkUnicode(op, `metadata '${key}'`, text);
  }
}

/** Its UTF-8 bytes as characters, so that `<` compares as other writers do: UTF-16 sorts what lies beyond U+FFFF too early. */
function sortKey(name: string): string {
  return Array.from(new TextEncoder().encode(name), (byte) => String.fromCharCode(byte)).join('');
}

/** The bytes of a file. Errors name `op`. */
export function writeTensors(op: string, tensors: readonly (readonly [name: string, t: Tensor])[], metadata?: Metadata): Uint8Array {
  checkMetadata(op, metadata);
  const entries = tensors.map(([name, t]) => {
    if (name === METADATA) throw new UsageError(op, `a tensor cannot be named '${METADATA}'`, 'the format keeps its texts there');
    checkUnicode(op, 'the name of a tensor', name);
    return { name, t, rank: ORDER.indexOf(t.dtype), key: sortKey(name) };
  });
  entries.sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : 1));
  let size = 0;
  // Put together by hand: an object would move names that are numbers to the front.
  const fields = entries.map(({ name, t: { dtype, shape, data } }) => {
    const begin = size;
    size += data.byteLength;
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype: CODES[dtype], shape, data_offsets: [begin, size] })}`;
  });
  if (metadata !== undefined) fields.unshift(`"${METADATA}":${JSON.stringify(metadata)}`);
  const header = new TextEncoder().encode(`{${fields.join(',')}}`);
  const length = Math.ceil(header.length / 8) * 8;
  if (length > LONGEST_HEADER) {
    const values = `${length} bytes of names, shapes and metadata, at most ${LONGEST_HEADER} can be read`;
    throw new UsageError(op, 'the header is too long', values, 'keep long lists of numbers as tensors');
  }
  const bytes = new Uint8Array(8 + length + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.fill(0x20, 8, 8 + length).set(header, 8);
  let at = 8 + length;
  for (const { t } of entries) {
    writeElements(t.data, bytes, at);
    at += t.data.byteLength;
  }
  return bytes;
}

/** What messages call the bytes, once they and the options of who reads them were checked. */
export function nameFor(op: string, bytes: unknown, options: { readonly name?: string }, otherwise: string): string {
  checkOptions(op, options, ['name']);
  if (!(bytes instanceof Uint8Array)) {
    const hint = typeof bytes === 'string' ? 'chainrule/node reads files' : undefined;
    throw new UsageError(op, 'needs the bytes of a file, a Uint8Array', `got ${kindOf(bytes)}`, hint);
  }
  return options.name ?? otherwise;
}

/** What a file holds. */
export interface TensorFile {
  readonly metadata: Record<string, string>;
  /** In the order of the header. */
  readonly tensors: readonly (readonly [name: string, t: Tensor])[];
}

/** Reads and checks a file. `name` stands in messages. */
export function readTensors(bytes: Uint8Array, name: string): TensorFile {
  const { metadata, infos, begin } = readHeader(bytes, name);
  const typed = infos.map((info) => {
    const type = Object.hasOwn(TYPES, info.dtype) ? TYPES[info.dtype] : undefined;
    if (type === undefined)
      throw new DataError(`${name}, ${info.name}`, 'unsupported dtype', `'${info.dtype}'`, `known: ${Object.keys(TYPES).join(', ')}`);
    checkSize(info, type.bytes, name);
    return { info, type };
  });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tensors = typed.map(({ info, type }) => {
    const [dtype, data] = readElements(type, view, begin + info.begin, sizeOf(info.shape), true, `${name}, ${info.name}`);
    return [info.name, new Tensor(info.shape, dtype, data, null)] as const;
  });
  return { metadata, tensors };
}
