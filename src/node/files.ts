/**
 * @file Reading and writing files: IDX folders in, PNG images out. The core takes bytes; paths are only here.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { encode } from 'fast-png';
import { labelledImages, type LabelledImages, readIdx } from '../data/idx.js';
import { DataError, ShapeError } from '../graph/errors.js';
import { showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';

/**
 * An IDX file as a tensor, gzipped or not.
 * @throws DataError when the file is missing, truncated, too long or no IDX file; the message names it.
 */
export function readIdxFile(path: string): Tensor {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new DataError(path, 'cannot be read', error instanceof Error ? error.message : String(error));
  }
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      bytes = gunzipSync(bytes);
    } catch (error) {
      throw new DataError(path, 'damaged gzip data', error instanceof Error ? error.message : String(error));
    }
  }
  return readIdx(bytes, path);
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
