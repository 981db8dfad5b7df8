/**
 * @file The npy format of NumPy: one array, from bytes and to bytes. Archives of several are in `npz.ts`.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import type { DType } from '../graph/dtype.js';
import { DataError } from '../graph/errors.js';
import { type Shape, showShape, sizeOf } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import { transpose } from '../ops/shaping.js';
import { ELEMENTS, readElements, writeElements } from './elements.js';

/** What is written for a dtype. */
const DESCR: Readonly<Record<DType, string>> = { float64: '<f8', float32: '<f4', int32: '<i4', bool: '|b1' };

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: Shape;
}

/** The Python dictionary of a header, by its own small grammar: nothing is evaluated. */
function parseHeader(text: string, name: string): Header {
  let at = 0;
  const take = (token: RegExp, what: string): string => {
    const sticky = new RegExp(token, 'y');
    sticky.lastIndex = at;
    const found = sticky.exec(text);
    if (found === null)
      throw new DataError(
        name,
        'malformed header',
        `expected ${what} at character ${at}, found ${JSON.stringify(text.slice(at, at + 24))}`,
      );
    at = sticky.lastIndex;
    return found[1] ?? found[0];
  };
  const fields: { descr?: string; fortran?: boolean; shape?: Shape } = {};
  const seen = new Set<string>();
  take(/\{ */, "'{'");
  while (text[at] !== '}') {
    const key = take(/'(descr|fortran_order|shape)' *: */, "'descr', 'fortran_order' or 'shape'");
    if (seen.has(key)) throw new DataError(name, 'malformed header', `'${key}' is there twice`);
    seen.add(key);
    if (key === 'descr') {
      if (text[at] === '[') throw new DataError(name, 'unsupported dtype', 'a structured array', 'save each field as an array of its own');
      fields.descr = take(/'([^']*)'/, 'a dtype');
    } else if (key === 'fortran_order') {
      fields.fortran = take(/True|False/, 'True or False') === 'True';
    } else {
      // Python 2 wrote 3L; one axis is (3,), so that it is a tuple.
      const inside = take(/\(((?:\d+L?, *)*(?:\d+L?, *\d+L?)?) *\)/, 'a tuple of lengths');
      fields.shape = Object.freeze((inside.match(/\d+/g) ?? []).map(Number));
    }
    take(/ *(?:, *|(?=\}))/, "',' or '}'");
  }
  take(/\} *\n?$/, 'the end of the header');
  const { descr, fortran, shape } = fields;
  if (descr === undefined || fortran === undefined || shape === undefined) {
    const missing = descr === undefined ? 'descr' : fortran === undefined ? 'fortran_order' : 'shape';
    throw new DataError(name, 'malformed header', `no '${missing}'`);
  }
  if (!shape.every(Number.isSafeInteger)) throw new DataError(name, 'malformed header', `shape ${showShape(shape)} is too large`);
  return { descr, fortran, shape };
}

/** Where the header's text begins and ends, by the version of the format. */
function headerBounds(bytes: Uint8Array, view: DataView, name: string): readonly [number, number] {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
  const found = [...bytes.subarray(0, 6)];
  if (magic.some((byte, i) => byte !== found[i])) {
    const show = found.map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(' ') || 'no bytes';
    const hint =
      found[0] === 0x1f && found[1] === 0x8b
        ? 'it is gzipped: gunzip it first'
        : found[0] === 0x50 && found[1] === 0x4b
          ? 'it is a zip archive: read it with readNpz'
          : undefined;
    throw new DataError(name, 'wrong magic number', `expected \\x93NUMPY, found ${show}`, hint);
  }
  const version = bytes[6] ?? 1;
  if (version < 1 || version > 3) throw new DataError(name, 'unknown version of the npy format', `expected 1, 2 or 3, found ${version}`);
  const begin = version === 1 ? 10 : 12;
  const end = bytes.length < begin ? begin : begin + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < end) throw new DataError(name, 'truncated header', `expected ${end} bytes, found ${bytes.length}`);
  return [begin, end];
}

/**
 * Reads an array that NumPy saved: versions 1, 2 and 3, either byte order, C or Fortran order. float64, float32 and bool
 * keep their type, integers become int32. 64-bit and unsigned 32-bit integers that do not all fit become float64, if it holds
 * them exactly. `name` stands in messages.
 * @throws DataError for a wrong magic number, a malformed header, objects, strings, complex and other dtypes that tensors do
 * not have, an integer beyond ±2⁵³, and bytes that are fewer or more than the header says.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @example
 * readNpy(writeNpy([[1, 2], [3, 4]])); // → [[1, 2], [3, 4]]
 */
export function readNpy(bytes: Uint8Array, name = 'npy data'): Tensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [begin, end] = headerBounds(bytes, view, name);
  const { descr, fortran, shape } = parseHeader(new TextDecoder().decode(bytes.subarray(begin, end)), name);
  const [, order, code] = /^([<>|=])([a-z]\d+)$/.exec(descr) ?? [];
  const type = code !== undefined && Object.hasOwn(ELEMENTS, code) ? ELEMENTS[code as keyof typeof ELEMENTS] : undefined;
  // Without a byte order ('|') an element is one byte; '=' would be the order of the machine that wrote it.
  if (type === undefined || order === '=' || (order === '|' && type.bytes > 1)) {
    throw new DataError(name, 'unsupported dtype', `'${descr}'`, 'save it as float64, float32, bool or integers, with a byte order');
  }
  const n = sizeOf(shape);
  const expected = end + n * type.bytes;
  if (bytes.length !== expected) {
    throw new DataError(
      name,
      bytes.length < expected ? 'truncated' : 'longer than its header says',
      `shape ${showShape(shape)} of '${descr}' needs ${expected} bytes, found ${bytes.length}`,
    );
  }
  const [dtype, data] = readElements(type, view, end, n, order !== '>', name);
  // Fortran order is C order of the axes reversed.
  return fortran ? transpose(new Tensor(Object.freeze([...shape].reverse()), dtype, data, null)) : new Tensor(shape, dtype, data, null);
}

/**
 * The bytes of an npy file, version 1.0, C order, little-endian: float64 is written as `<f8`, float32 as `<f4`, int32 as
 * `<i4`, bool as `|b1`. The header is padded, so that the elements begin at a multiple of 64.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @example
 * writeNpy([1, 2, 3]).length; // → 152
 */
export function writeNpy(x: TensorLike): Uint8Array {
  const { shape, dtype, data } = toTensor(x, 'writeNpy');
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const header = `{'descr': '${DESCR[dtype]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const begin = Math.ceil((10 + header.length + 1) / 64) * 64;
  const bytes = new Uint8Array(begin + data.length * data.BYTES_PER_ELEMENT);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  view.setUint16(8, begin - 10, true);
  bytes.set(new TextEncoder().encode(`${header.padEnd(begin - 11)}\n`), 10);
  writeElements(data, bytes, begin);
  return bytes;
}
