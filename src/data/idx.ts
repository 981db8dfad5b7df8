/**
 * @file The IDX format of MNIST and Fashion-MNIST, from bytes. Files and folders are read in `./node`.
 */
import type { DType, TypedArray } from '../graph/dtype.js';
import { DataError } from '../graph/errors.js';
import { type Shape, showShape, sizeOf } from '../graph/shape.js';
import { tensor } from '../graph/create.js';
import type { Tensor } from '../graph/tensor.js';

/** IDX type codes: bytes an element, how to read one, and the dtype it becomes. */
const TYPES: Readonly<Record<number, { bytes: number; dtype: DType; read: (v: DataView, at: number) => number }>> = {
  0x08: { bytes: 1, dtype: 'int32', read: (v, at) => v.getUint8(at) },
  0x09: { bytes: 1, dtype: 'int32', read: (v, at) => v.getInt8(at) },
  0x0b: { bytes: 2, dtype: 'int32', read: (v, at) => v.getInt16(at) },
  0x0c: { bytes: 4, dtype: 'int32', read: (v, at) => v.getInt32(at) },
  0x0d: { bytes: 4, dtype: 'float32', read: (v, at) => v.getFloat32(at) },
  0x0e: { bytes: 8, dtype: 'float64', read: (v, at) => v.getFloat64(at) },
};

const hex = (n: number): string => `0x${n.toString(16).padStart(2, '0')}`;

/**
 * Reads an IDX array: two zero bytes, a type code, the number of axes, their lengths (big-endian), then the elements.
 * Integers become int32. `name` stands in messages.
 * @throws DataError for a wrong magic number, an unknown type, or a file that is shorter or longer than its header says.
 * @see http://yann.lecun.com/exdb/mnist/ (the format's description)
 * @example
 * readIdx(new Uint8Array([0, 0, 8, 1, 0, 0, 0, 2, 7, 9])); // → [7, 9]
 */
export function readIdx(bytes: Uint8Array, name = 'IDX data'): Tensor {
  if (bytes.length < 4) throw new DataError(name, 'too short for an IDX header', `expected at least 4 bytes, found ${bytes.length}`);
  const [z0, z1, code, rank] = bytes as unknown as [number, number, number, number];
  if (z0 === 0x1f && z1 === 0x8b)
    throw new DataError(name, 'is gzipped', undefined, 'decompress it first, or read it with readIdxFile from chainrule/node');
  const type = TYPES[code];
  if (z0 !== 0 || z1 !== 0 || type === undefined) {
    throw new DataError(
      name,
      'wrong magic number',
      `expected 0x00 0x00, a type 0x08 … 0x0e and a rank, found ${[z0, z1, code, rank].map(hex).join(' ')}`,
    );
  }
  const header = 4 + 4 * rank;
  if (bytes.length < header) throw new DataError(name, 'truncated header', `expected ${header} bytes, found ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape: Shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const n = sizeOf(shape);
  const expected = header + n * type.bytes;
  if (bytes.length !== expected) {
    throw new DataError(
      name,
      bytes.length < expected ? 'truncated' : 'longer than its header says',
      `shape ${showShape(shape)} needs ${expected} bytes, found ${bytes.length}`,
    );
  }
  const data: TypedArray =
    type.dtype === 'int32' ? new Int32Array(n) : type.dtype === 'float32' ? new Float32Array(n) : new Float64Array(n);
  for (let i = 0; i < n; i++) data[i] = type.read(view, header + i * type.bytes);
  return tensor(data, { shape });
}

/** Images as rows of numbers in [0, 1], with their labels. */
export interface LabelledImages {
  /** float32 [N, height·width]. */
  readonly X: Tensor;
  /** int32 [N]. */
  readonly y: Tensor;
  /** Height and width of an image. */
  readonly imageShape: readonly [number, number];
}

/**
 * Checks that IDX images [N, h, w] and labels [N] belong together, and scales pixels to [0, 1].
 * @throws DataError when ranks or numbers differ, or a label is negative.
 */
export function labelledImages(images: Tensor, labels: Tensor, name = 'IDX data'): LabelledImages {
  if (images.ndim !== 3) throw new DataError(name, 'images must have 3 axes', `found ${showShape(images.shape)}`);
  if (labels.ndim !== 1) throw new DataError(name, 'labels must have 1 axis', `found ${showShape(labels.shape)}`);
  const [n, h, w] = images.shape as readonly [number, number, number];
  if (labels.size !== n) throw new DataError(name, 'images and labels differ in number', `${n} images, ${labels.size} labels`);
  if (labels.data.some((v) => v < 0)) throw new DataError(name, 'a label is negative');
  return {
    X: tensor(
      Float32Array.from(images.data, (v) => v / 255),
      { shape: [n, h * w] },
    ),
    y: labels,
    imageShape: [h, w],
  };
}
