/**
 * @file Files of named tensors that other frameworks read and write. The public name is `safetensors.…`.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions, UsageError } from '../graph/errors.js';
import { Tensor } from '../graph/tensor.js';
import { isPlainObject } from '../graph/tree.js';
import { hasStateDict, kindOf, nameFor, readTensors, writeTensors } from './safetensors-format.js';
import { readHeader } from './safetensors-header.js';

const DEFAULT_NAME = 'safetensors data';

/** What is written beside the tensors. */
export interface SaveOptions {
  /** Texts about the file, by their names; none when left out. */
  metadata?: Readonly<Record<string, string>>;
}

/** How a file is read. */
export interface LoadOptions {
  /** What the bytes are, for messages: the path of a file. */
  name?: string;
}

/**
 * The bytes of a safetensors file of these tensors: float64 is written as F64, float32 as F32, int32 as I32, bool as BOOL, bit by bit.
 * As Python's writer does it, the widest types stand first, then names in the order of their UTF-8, and the header is a multiple of 8 long.
 * @throws UsageError unless both are objects, for metadata that are not strings, for the name `__metadata__` and for names or texts that
 * are not valid Unicode; DTypeError or ShapeError for what is no tensor.
 * @see https://github.com/huggingface/safetensors (the format)
 * @example
 * const bytes = safetensors.save({ weight: [[1, 2]], bias: [3] }, { metadata: { epoch: '7' } });
 * safetensors.load(bytes); // → { bias: [3], weight: [[1, 2]] }
 */
export function save(tensors: Readonly<Record<string, TensorLike>>, options: SaveOptions = {}): Uint8Array {
  const op = 'safetensors.save';
  checkOptions(op, options, ['metadata']);
  if (!isPlainObject(tensors)) {
    const given = tensors as unknown;
    const list = given instanceof Tensor || Array.isArray(given);
    const hint = list ? 'give each a name: { weight }' : hasStateDict(given) ? 'save its stateDict()' : undefined;
    throw new UsageError(op, 'needs an object of tensors', `got ${kindOf(given)}`, hint);
  }
  const entries = Object.entries(tensors).map(([name, x]) => [name, toTensor(x, `${op}, ${name}`)] as const);
  return writeTensors(op, entries, options.metadata);
}

/**
 * The tensors of a safetensors file by their names. F64, F32, I32 and BOOL keep their type and all bits, F16 and BF16 become float32,
 * I8, U8, I16, U16 int32; so do U32, I64 and U64 if all fit, else they become float64, if it holds them exactly.
 * @throws DataError for a file that is too short or too long, a header that is too long (over 100 MB), no JSON, no object or has a key
 * twice, dtypes that tensors do not have (F8, complex), shapes and offsets that are malformed, do not fit each other, overlap or leave
 * holes, metadata that are not strings, and an integer beyond ±2⁵³. The message begins with `name`.
 * @see https://github.com/huggingface/safetensors (the format)
 * @example
 * safetensors.load(safetensors.save({ on: [true, false] }))['on']!.dtype; // → bool
 * safetensors.load(new Uint8Array(3), { name: 'a.safetensors' });
 * // throws DataError: a.safetensors: too short for a safetensors file: expected at least 8 bytes, found 3
 */
export function load(bytes: Uint8Array, options: LoadOptions = {}): Record<string, Tensor> {
  const { tensors } = readTensors(bytes, nameFor('safetensors.load', bytes, options, DEFAULT_NAME));
  // A field `__proto__` is made here as any other, and changes no prototype.
  return Object.fromEntries(tensors);
}

/**
 * The texts that stand beside the tensors of a safetensors file; no element is read.
 * @throws DataError for a damaged file, as `load` does, but dtypes are not looked at.
 * @example
 * safetensors.metadata(safetensors.save({ x: 1 }, { metadata: { epoch: '7' } })); // → { epoch: '7' }
 */
export function metadata(bytes: Uint8Array, options: LoadOptions = {}): Record<string, string> {
  return readHeader(bytes, nameFor('safetensors.metadata', bytes, options, DEFAULT_NAME)).metadata;
}
