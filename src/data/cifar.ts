/**
 * @file The binary format of CIFAR-10, from bytes. Folders of batches are read in `./node`.
 */
import { DataError } from '../graph/errors.js';
import { Tensor } from '../graph/tensor.js';

const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;
/** One byte of label, then the red, the green and the blue plane. */
const RECORD = 1 + PIXELS;

/** The ten classes of CIFAR-10: the name of label i is at i. */
export const cifar10Classes: readonly string[] = Object.freeze([
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
]);

/** Colour images with their labels, as CIFAR-10 stores them. */
export interface Cifar10 {
  /** int32 [N, 3, 32, 32], values 0 … 255: planes red, green, blue, each row by row. */
  readonly images: Tensor;
  /** int32 [N], values 0 … 9: the names are in `cifar10Classes`. */
  readonly labels: Tensor;
}

/**
 * Throws what `readCifar10` throws, and allocates nothing: a folder names the damaged file before it joins its batches.
 * @throws DataError for bytes that are no whole records, or a label above 9.
 */
export function checkCifar10(bytes: Uint8Array, name: string): void {
  const n = Math.floor(bytes.length / RECORD);
  const rest = bytes.length - n * RECORD;
  if (bytes.length === 0) throw new DataError(name, 'is empty', `expected records of ${RECORD} bytes, found 0 bytes`);
  if (rest !== 0)
    throw new DataError(
      name,
      'truncated, or not CIFAR-10 binary',
      `expected a multiple of ${RECORD} bytes, found ${bytes.length}: record ${n} has ${rest}`,
    );
  for (let i = 0; i < n; i++) {
    const label = bytes[i * RECORD]!;
    if (label > 9)
      throw new DataError(name, 'a label is out of range', `expected 0 … 9, found ${label} in record ${i}`, 'is it CIFAR-10 binary?');
  }
}

/**
 * Reads a batch of CIFAR-10 in its binary version: records of 3073 bytes. Images become int32 [N, 3, 32, 32], so that
 * differences never wrap; labels int32 [N]. `name` stands in messages.
 * @throws DataError for bytes that are no whole records, and for a label above 9.
 * @see https://www.cs.toronto.edu/~kriz/cifar.html (binary version)
 * @example
 * const { images, labels } = readCifar10(new Uint8Array(2 * 3073));
 * images.shape; // → [2, 3, 32, 32]
 * cifar10Classes[labels.data[0]!]; // → airplane
 */
export function readCifar10(bytes: Uint8Array, name = 'CIFAR-10 data'): Cifar10 {
  checkCifar10(bytes, name);
  const n = bytes.length / RECORD;
  const pixels = new Int32Array(n * PIXELS);
  const classes = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const at = i * RECORD;
    classes[i] = bytes[at]!;
    pixels.set(bytes.subarray(at + 1, at + RECORD), i * PIXELS);
  }
  // The constructor takes the arrays as they are: the whole data set is 737 MB, and `tensor` would copy it.
  return {
    images: new Tensor(Object.freeze([n, 3, SIDE, SIDE]), 'int32', pixels, null),
    labels: new Tensor(Object.freeze([n]), 'int32', classes, null),
  };
}
