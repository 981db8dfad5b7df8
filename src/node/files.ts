/**
 * @file Reading and writing files: IDX folders, npy, npz and CSV in; npy and PNG images out. The core takes bytes.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { encode } from 'fast-png';
import { type CsvOptions, type CsvTable, readCsv } from '../data/csv.js';
import { labelledImages, type LabelledImages, readIdx } from '../data/idx.js';
import { readNpy, writeNpy } from '../data/npy.js';
import { readNpz } from '../data/npz.js';
import type { TensorLike } from '../graph/create.js';
import { DataError, ShapeError } from '../graph/errors.js';
import { showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The bytes of a file, decompressed if it is gzipped. */
export function readBytes(path: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new DataError(path, 'cannot be read', messageOf(error));
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new DataError(path, 'damaged gzip data', messageOf(error));
  }
}

/**
 * An IDX file as a tensor, gzipped or not.
 * @throws DataError when the file is missing, truncated, too long or no IDX file; the message names it.
 */
export function readIdxFile(path: string): Tensor {
  return readIdx(readBytes(path), path);
}

/** A folder of IDX files: images and labels for training, and for testing. */
export interface IdxFolder {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}

/**
 * A folder as MNIST and Fashion-MNIST come (train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-…; gzipped or not).
 * @throws DataError when a file is missing or damaged, or images and labels do not belong together.
 */
export function readIdxFolder(folder: string): IdxFolder {
  const find = (stem: string): string => {
    const names = [stem, `${stem}.gz`, stem.replace('-idx', '.idx'), `${stem.replace('-idx', '.idx')}.gz`];
    const found = names.find((name) => existsSync(join(folder, name)));
    if (found === undefined) {
      const seen = existsSync(folder) ? readdirSync(folder).slice(0, 8).join(', ') || 'an empty folder' : 'no such folder';
      throw new DataError(folder, `no file ${stem} (or ${stem}.gz)`, `found ${seen}`);
    }
    return join(folder, found);
  };
  const pair = (stem: string): LabelledImages => {
    const images = find(`${stem}-images-idx3-ubyte`);
    const labels = find(`${stem}-labels-idx1-ubyte`);
    return labelledImages(readIdxFile(images), readIdxFile(labels), `${images} and ${labels}`);
  };
  return { train: pair('train'), test: pair('t10k') };
}

/**
 * An npy file of NumPy as a tensor, gzipped or not; types and shapes as in `readNpy`.
 * @throws DataError when the file is missing, damaged or of an unsupported dtype; the message names it.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @example
 * readNpyFile('nowhere/weights.npy'); // throws DataError: nowhere/weights.npy: cannot be read
 */
export function readNpyFile(path: string): Tensor {
  return readNpy(readBytes(path), path);
}

/**
 * Writes a tensor as an npy file, which `numpy.load` reads; makes folders that are missing. The file appears complete or not at
 * all: it is written under another name and renamed.
 * @throws DataError when it cannot be written; a file that was there is left as it was.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @example
 * writeNpyFile('out/docs/weights.npy', [[1, 2], [3, 4]]);
 * readNpyFile('out/docs/weights.npy'); // → [[1, 2], [3, 4]]
 */
export function writeNpyFile(path: string, x: TensorLike): void {
  const bytes = writeNpy(x);
  // In the same folder: a rename is atomic only within one file system.
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(draft, bytes);
    renameSync(draft, path);
  } catch (error) {
    if (existsSync(draft)) rmSync(draft);
    throw new DataError(path, 'cannot be written', messageOf(error));
  }
}

/**
 * The arrays of an npz file by their names: what `numpy.savez` and `numpy.savez_compressed` write; see `readNpz`.
 * @throws DataError when the file is missing or damaged; the message names it, and the array.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.savez.html
 * @example
 * await readNpzFile('nowhere/model.npz'); // throws DataError: nowhere/model.npz: cannot be read
 */
export async function readNpzFile(path: string): Promise<Record<string, Tensor>> {
  return readNpz(readBytes(path), path);
}

/**
 * A CSV file with a header row as a table, gzipped or not; see `readCsv`.
 * @throws DataError when the file is missing or damaged; the message names it, and the line.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 * @example
 * readCsvFile('nowhere/flowers.csv'); // throws DataError: nowhere/flowers.csv: cannot be read
 */
export function readCsvFile(path: string, options: CsvOptions = {}): CsvTable {
  return readCsv(readBytes(path), { name: path, ...options });
}

/**
 * Writes a matrix [h, w] with values in [0, 1] as a grey PNG, magnified by whole pixels.
 * @throws ShapeError unless the image is a matrix.
 */
export function writePng(path: string, image: Tensor, options: { scale?: number } = {}): void {
  if (image.ndim !== 2) throw new ShapeError('writePng', 'an image is a matrix [height, width]', `got ${showShape(image.shape)}`);
  const scale = options.scale ?? 1;
  const [h, w] = image.shape as readonly [number, number];
  const pixels = new Uint8Array(h * w * scale * scale);
  for (let y = 0; y < h * scale; y++) {
    for (let x = 0; x < w * scale; x++) {
      const v = image.data[Math.floor(y / scale) * w + Math.floor(x / scale)]!;
      pixels[y * w * scale + x] = Math.round(255 * Math.min(1, Math.max(0, v)));
    }
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, encode({ width: w * scale, height: h * scale, data: pixels, channels: 1 }));
}
