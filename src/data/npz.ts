/**
 * @file The npz format of NumPy: a zip archive of npy files, from bytes.
 */
import { DataError } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import { inflate } from './gzip.js';
import { readNpy } from './npy.js';

/** Where an archive keeps a file, by the central directory. */
interface Entry {
  readonly file: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly header: number;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_LENGTH = 22;

const CRC: Uint32Array = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = CRC[(c ^ bytes[i]!) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}

/** Where the end record begins: the last place that fits, since a comment of up to 65535 bytes may follow it. */
function findEnd(view: DataView, name: string): number {
  const last = view.byteLength - END_LENGTH;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) === END && at + END_LENGTH + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  throw new DataError(name, 'is no zip archive, or truncated', `no end record in ${view.byteLength} bytes`);
}

/** The central directory. NumPy marks the sizes beside each file as zip64 at all times: only those of the directory count. */
function entries(bytes: Uint8Array, view: DataView, name: string): Entry[] {
  const end = findEnd(view, name);
  const count = view.getUint16(end + 10, true);
  const directory = view.getUint32(end + 16, true);
  const zip64 = (of: string): DataError =>
    new DataError(name, 'zip64 archives are not supported', of, 'save arrays of less than 4 GB, and fewer than 65535 of them');
  if (count === 0xffff || directory === 0xffffffff) throw zip64('its directory is zip64');
  if (view.getUint16(end + 4, true) !== 0 || view.getUint16(end + 8, true) !== count)
    throw new DataError(name, 'archives in several parts are not supported');
  const found: Entry[] = [];
  let at = directory;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL)
      throw new DataError(name, 'damaged zip directory', `expected entry ${i} of ${count} at byte ${at}`);
    const fileEnd = at + 46 + view.getUint16(at + 28, true);
    const next = fileEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) throw new DataError(name, 'damaged zip directory', `entry ${i} ends at byte ${next}, the directory at ${end}`);
    const file = new TextDecoder().decode(bytes.subarray(at + 46, fileEnd));
    const [crc, packed, size] = [16, 20, 24].map((k) => view.getUint32(at + k, true)) as [number, number, number];
    const header = view.getUint32(at + 42, true);
    if (packed === 0xffffffff || size === 0xffffffff || header === 0xffffffff) throw zip64(`${file} is`);
    if (view.getUint16(at + 8, true) & 1) throw new DataError(name, 'encrypted archives are not supported', file);
    found.push({ file, method: view.getUint16(at + 10, true), crc, packed, size, header });
    at = next;
  }
  return found;
}

/** The bytes of one file, decompressed and checked. */
async function unpack(bytes: Uint8Array, view: DataView, entry: Entry, name: string): Promise<Uint8Array> {
  const { file, method, crc, packed, size, header } = entry;
  const place = `${name}, ${file}`;
  if (method !== 0 && method !== 8)
    throw new DataError(place, 'unsupported compression', `method ${method}`, 'use numpy.savez or numpy.savez_compressed');
  if (header + 30 > bytes.length || view.getUint32(header, true) !== LOCAL)
    throw new DataError(place, 'damaged zip archive', `no file at byte ${header}`);
  const begin = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
  if (begin + packed > bytes.length)
    throw new DataError(place, 'truncated', `expected ${packed} bytes from byte ${begin} on, found ${Math.max(0, bytes.length - begin)}`);
  const raw = bytes.subarray(begin, begin + packed);
  const out = method === 0 ? raw : await inflate(raw, 'deflate-raw', place, size);
  if (out.length !== size) throw new DataError(place, 'length differs from its header', `expected ${size} bytes, found ${out.length}`);
  const found = crc32(out);
  if (found !== crc) throw new DataError(place, 'damaged: checksums differ', `expected ${crc.toString(16)}, found ${found.toString(16)}`);
  return out;
}

/**
 * Reads the arrays that `numpy.savez` or `numpy.savez_compressed` saved, by their names. Types as in `readNpy`. `name` stands
 * in messages. (Node 20 has the decompression from 20.12 on.)
 * @throws DataError for bytes that are no zip archive, damaged, truncated, encrypted or zip64 ones, a file that decompresses to
 * another length or checksum than the archive says, and a file that is not npy.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 * @see https://numpy.org/doc/stable/reference/generated/numpy.savez.html
 * @example
 * await readNpz(writeNpy([1, 2]), 'two.npz'); // throws DataError: two.npz: is no zip archive
 */
export async function readNpz(bytes: Uint8Array, name = 'npz data'): Promise<Record<string, Tensor>> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const arrays = new Map<string, Tensor>();
  for (const entry of entries(bytes, view, name)) {
    const { file } = entry;
    if (!file.endsWith('.npy')) throw new DataError(name, 'holds a file that is not npy', file);
    const key = file.slice(0, -'.npy'.length);
    if (arrays.has(key)) throw new DataError(name, 'holds two files of one name', file);
    arrays.set(key, readNpy(await unpack(bytes, view, entry, name), `${name}, ${file}`));
  }
  return Object.fromEntries(arrays);
}
