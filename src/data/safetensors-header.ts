/**
 * @file The header of the safetensors format: 8 bytes of length, then JSON that says where which tensor stands. Checked from end to end.
 */
import { DataError } from '../graph/errors.js';
import { type Shape, showShape, sizeOf } from '../graph/shape.js';

/** The longest header, in bytes; every reader of the format has this limit. */
export const LONGEST_HEADER = 100_000_000;

/** The key of the header under which texts about the file stand; no tensor can have this name. */
export const METADATA = '__metadata__';

/** What the header says of one tensor. Bytes are counted from the end of the header. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: string;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

/** A header that was read. */
export interface Header {
  readonly metadata: Record<string, string>;
  readonly infos: readonly TensorInfo[];
  /** Where the elements begin. */
  readonly begin: number;
}

const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);

/** A JSON value for messages: in full unless it is long or deep. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (isObject(value)) return 'an object';
  if (Array.isArray(value) && (value.length > 9 || value.some((x) => typeof x === 'object' && x !== null))) return 'an array';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Throws for a key that an object of this valid JSON text has twice: `JSON.parse` would keep the last without a word. */
function checkKeys(text: string, what: string, name: string): void {
  // Keys of the objects around; null for an array.
  const around: (Set<string> | null)[] = [];
  let keyNext = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '{' || c === '[') around.push(c === '{' ? new Set() : null);
    else if (c === '}' || c === ']') around.pop();
    if (c === '{' || c === ',') keyNext = true;
    if (c !== '"') continue;
    const begin = i++;
    while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
    const keys = around.at(-1);
    if (keyNext && keys) {
      const key = JSON.parse(text.slice(begin, i + 1)) as string;
      if (keys.has(key)) throw new DataError(name, `${what} has a key twice`, show(key));
      keys.add(key);
    }
    keyNext = false;
  }
}

/** JSON in which no object has a key twice. A key `__proto__` is a key like any other. */
export function parseJson(text: string, what: string, name: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DataError(name, `${what} is not JSON`, error instanceof Error ? error.message : String(error));
  }
  checkKeys(text, what, name);
  return value;
}

/** The text of the header, and where it ends. */
function headerText(bytes: Uint8Array, name: string): readonly [string, number] {
  if (bytes.length < 8) throw new DataError(name, 'too short for a safetensors file', `expected at least 8 bytes, found ${bytes.length}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > LONGEST_HEADER) {
    const values = `expected at most ${LONGEST_HEADER} bytes, found a length of ${length}`;
    throw new DataError(name, 'the header is too long', values, 'is it a safetensors file?');
  }
  const end = 8 + Number(length);
  if (end > bytes.length) throw new DataError(name, 'truncated header', `expected ${end} bytes, found ${bytes.length}`);
  try {
    return [new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, end)), end];
  } catch {
    throw new DataError(name, 'the header is not UTF-8');
  }
}

function metadataOf(value: unknown, name: string): Record<string, string> {
  if (!isObject(value)) throw new DataError(name, `${METADATA} must be an object of strings`, `found ${show(value)}`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw new DataError(name, `${METADATA} must be an object of strings`, `${show(key)} is ${show(text)}`);
  }
  return value as Record<string, string>;
}

const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;

function infoOf(tensor: string, value: unknown, name: string): TensorInfo {
  const place = `${name}, ${tensor}`;
  const damaged = (expected: string, found: unknown): DataError =>
    new DataError(place, 'malformed header', `expected ${expected}, found ${show(found)}`);
  if (!isObject(value)) throw damaged('an object', value);
  // Only its own: a prototype must not speak for the file.
  const [dtype, shape, offsets] = ['dtype', 'shape', 'data_offsets'].map((key) => (Object.hasOwn(value, key) ? value[key] : undefined));
  if (typeof dtype !== 'string') throw damaged('a dtype', dtype);
  if (!Array.isArray(shape) || !shape.every(isCount)) throw damaged('a shape of lengths from 0 on', shape);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) throw damaged('data_offsets [begin, end]', offsets);
  const [begin, end] = offsets as [number, number];
  if (begin > end) throw damaged('data_offsets [begin, end]', offsets);
  return { name: tensor, dtype, shape: Object.freeze(shape), begin, end };
}

/** Throws unless the tensors fill the bytes after the header, one after the other. */
function checkLayout(infos: readonly TensorInfo[], found: number, name: string): void {
  let at = 0;
  let before = 'the header';
  for (const info of [...infos].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (info.begin !== at) {
      const wrong = info.begin < at ? 'tensors overlap' : 'bytes between tensors belong to none';
      throw new DataError(name, wrong, `${before} ends at byte ${at}, ${info.name} begins at ${info.begin}`);
    }
    at = info.end;
    before = info.name;
  }
  if (found !== at)
    throw new DataError(name, found < at ? 'truncated' : 'longer than its header says', `expected ${at} bytes of elements, found ${found}`);
}

/**
 * Reads and checks the header of a whole file: it is JSON without a key that comes twice, the metadata are strings, and the tensors fill
 * the rest of the file without overlap, hole or remainder. Whether a dtype is known, and its size fits, is left to who reads elements.
 */
export function readHeader(bytes: Uint8Array, name: string): Header {
  const [text, begin] = headerText(bytes, name);
  const header = parseJson(text, 'the header', name);
  if (!isObject(header)) throw new DataError(name, 'the header is not an object', `found ${show(header)}`);
  const entries = Object.entries(header);
  const infos = entries.filter(([key]) => key !== METADATA).map(([key, value]) => infoOf(key, value, name));
  const metadata = Object.hasOwn(header, METADATA) ? metadataOf(header[METADATA], name) : {};
  checkLayout(infos, bytes.length - begin, name);
  return { metadata, infos, begin };
}

/** Throws unless shape and dtype make exactly the bytes between the offsets. */
export function checkSize({ name: tensor, dtype, shape, begin, end }: TensorInfo, elementBytes: number, name: string): void {
  const needed = sizeOf(shape) * elementBytes;
  if (needed === end - begin) return;
  throw new DataError(
    `${name}, ${tensor}`,
    'offsets do not fit the shape',
    `${showShape(shape)} of ${dtype} needs ${needed} bytes, [${begin},${end}] are ${end - begin}`,
  );
}
