/** The IDX format, from bytes and from folders. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DataError, Generator, labelledImages, minibatches, readIdx, splitIndices, tensor, UsageError } from 'chainrule';
import { readIdxFile, readIdxFolder, writePng } from 'chainrule/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** IDX bytes, written independently of the reader. */
function idx(code: number, shape: readonly number[], values: readonly number[]): Uint8Array {
  const size = { 0x08: 1, 0x09: 1, 0x0b: 2, 0x0c: 4, 0x0d: 4, 0x0e: 8 }[code]!;
  const bytes = new Uint8Array(4 + 4 * shape.length + size * values.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(2, code);
  view.setUint8(3, shape.length);
  shape.forEach((n, i) => view.setUint32(4 + 4 * i, n));
  values.forEach((v, i) => {
    const at = 4 + 4 * shape.length + size * i;
    if (code === 0x08) view.setUint8(at, v);
    if (code === 0x09) view.setInt8(at, v);
    if (code === 0x0b) view.setInt16(at, v);
    if (code === 0x0c) view.setInt32(at, v);
    if (code === 0x0d) view.setFloat32(at, v);
    if (code === 0x0e) view.setFloat64(at, v);
  });
  return bytes;
}

describe('readIdx', () => {
  test.each([
    ['unsigned bytes', 0x08, [0, 128, 255], 'int32'],
    ['signed bytes', 0x09, [-128, 0, 127], 'int32'],
    ['16-bit integers', 0x0b, [-32768, 0, 32767], 'int32'],
    ['32-bit integers', 0x0c, [-2147483648, 1, 2147483647], 'int32'],
    ['floats', 0x0d, [0.5, -1.25, 1e10], 'float32'],
    ['doubles', 0x0e, [0.1, -1e300, 0], 'float64'],
  ] as const)('%s', (_, code, values, dtype) => {
    const t = readIdx(idx(code, [3], values));
    expect(t.dtype).toBe(dtype);
    expect(t.toArray()).toEqual([...values].map((v) => (dtype === 'float32' ? Math.fround(v) : v)));
  });

  test('any rank, and bytes that are a part of a larger buffer', () => {
    expect(readIdx(idx(8, [2, 1, 3], [1, 2, 3, 4, 5, 6])).toArray()).toEqual([[[1, 2, 3]], [[4, 5, 6]]]);
    expect(readIdx(idx(8, [0, 28, 28], [])).shape).toEqual([0, 28, 28]);
    expect(readIdx(idx(8, [], [7])).item()).toBe(7);
    const padded = new Uint8Array(20);
    padded.set(idx(8, [2], [7, 9]), 5);
    expect(readIdx(padded.subarray(5, 15)).toArray()).toEqual([7, 9]);
  });

  const good = idx(8, [2, 2], [1, 2, 3, 4]);
  test.each([
    ['nothing', new Uint8Array(0), 'IDX data: too short for an IDX header: expected at least 4 bytes, found 0'],
    ['a header cut off', good.slice(0, 9), 'IDX data: truncated header: expected 12 bytes, found 9'],
    ['values cut off', good.slice(0, 15), 'IDX data: truncated: shape [2,2] needs 16 bytes, found 15'],
    ['bytes left over', new Uint8Array([...good, 0]), 'IDX data: longer than its header says: shape [2,2] needs 16 bytes, found 17'],
    [
      'a wrong magic number',
      new Uint8Array([1, 0, 8, 1, 0, 0, 0, 0]),
      /^IDX data: wrong magic number: expected 0x00 0x00, .* found 0x01 0x00 0x08 0x01$/,
    ],
    ['an unknown type', new Uint8Array([0, 0, 10, 1, 0, 0, 0, 0]), /^IDX data: wrong magic number: .* found 0x00 0x00 0x0a 0x01$/],
    [
      'gzipped bytes',
      new Uint8Array(gzipSync(good)),
      /^IDX data: is gzipped: decompress it first, or read it with readIdxFile from chainrule\/node$/,
    ],
    ['a length that overflows', idx(8, [4294967295, 4294967295], []), /^IDX data: truncated: shape \[4294967295,4294967295\] needs /],
  ] as const)('%s', (_, bytes, message) => {
    expect(() => readIdx(bytes)).toThrow(DataError);
    expect(() => readIdx(bytes)).toThrow(message);
  });

  test('the name is in the message', () => {
    expect(() => readIdx(new Uint8Array(0), 'train.idx')).toThrow(/^train\.idx: too short/);
  });
});

describe('labelledImages', () => {
  const images = readIdx(idx(8, [2, 1, 2], [0, 51, 102, 255]));
  const labels = readIdx(idx(8, [2], [3, 9]));

  test('rows in [0, 1], float32', () => {
    const { X, y, imageShape } = labelledImages(images, labels);
    expect(X.shape).toEqual([2, 2]);
    expect(X.dtype).toBe('float32');
    expect([...X.data]).toEqual([0, 0.2, 0.4, 1].map(Math.fround));
    expect(y.dtype).toBe('int32');
    expect(y.toArray()).toEqual([3, 9]);
    expect(imageShape).toEqual([1, 2]);
  });

  test.each([
    [() => labelledImages(labels, labels), 'images must have 3 axes: found [2]'],
    [() => labelledImages(images, images), 'labels must have 1 axis: found [2,1,2]'],
    [() => labelledImages(images, readIdx(idx(8, [3], [0, 1, 2]))), 'images and labels differ in number: 2 images, 3 labels'],
    [() => labelledImages(images, readIdx(idx(9, [2], [0, -1]))), 'a label is negative'],
  ])('%#', (call, message) => {
    expect(call).toThrow(DataError);
    expect(call).toThrow(message);
  });
});

describe('files and folders', () => {
  let root = '';
  beforeAll(() => (root = mkdtempSync(join(tmpdir(), 'idx-'))));
  afterAll(() => rmSync(root, { recursive: true }));

  const files = (): Readonly<Record<string, Uint8Array>> => ({
    'train-images-idx3-ubyte': idx(8, [3, 2, 2], [0, 255, 0, 0, 51, 51, 51, 51, 1, 2, 3, 4]),
    'train-labels-idx1-ubyte': idx(8, [3], [0, 1, 2]),
    't10k-images-idx3-ubyte': idx(8, [1, 2, 2], [255, 0, 0, 255]),
    't10k-labels-idx1-ubyte': idx(8, [1], [2]),
  });
  const folder = (name: string, change: (stem: string, bytes: Uint8Array) => readonly [string, Uint8Array] | null): string => {
    const path = join(root, name);
    mkdirSync(path);
    for (const [stem, bytes] of Object.entries(files())) {
      const file = change(stem, bytes);
      if (file !== null) writeFileSync(join(path, file[0]), file[1]);
    }
    return path;
  };

  test.each([
    ['plain', (stem: string, bytes: Uint8Array) => [stem, bytes] as const],
    ['gzipped', (stem: string, bytes: Uint8Array) => [`${stem}.gz`, gzipSync(bytes)] as const],
    ['with dots', (stem: string, bytes: Uint8Array) => [stem.replace('-idx', '.idx'), bytes] as const],
    ['gzipped under plain names', (stem: string, bytes: Uint8Array) => [stem, gzipSync(bytes)] as const],
  ])('%s', (name, change) => {
    const { train, test: held } = readIdxFolder(folder(name, change));
    expect(train.X.shape).toEqual([3, 4]);
    expect([...train.X.data.slice(0, 5)]).toEqual([0, 1, 0, 0, Math.fround(0.2)]);
    expect(train.y.toArray()).toEqual([0, 1, 2]);
    expect(train.imageShape).toEqual([2, 2]);
    expect(held.X.toArray()).toEqual([[1, 0, 0, 1]]);
  });

  test('a missing file is named, with what was found', () => {
    const path = folder('missing', (stem, bytes) => (stem.startsWith('t10k-labels') ? null : [stem, bytes]));
    expect(() => readIdxFolder(path)).toThrow(DataError);
    expect(() => readIdxFolder(path)).toThrow(
      `${path}: no file t10k-labels-idx1-ubyte (or t10k-labels-idx1-ubyte.gz): found t10k-images-idx3-ubyte`,
    );
    expect(() => readIdxFolder(join(root, 'nowhere'))).toThrow(/no file train-images-idx3-ubyte .*found no such folder$/);
    mkdirSync(join(root, 'empty'));
    expect(() => readIdxFolder(join(root, 'empty'))).toThrow(/found an empty folder$/);
    expect(() => readIdxFile(join(root, 'nothing'))).toThrow(DataError);
    expect(() => readIdxFile(join(root, 'nothing'))).toThrow(/nothing: cannot be read: ENOENT/);
  });

  test('damaged files are named', () => {
    const cut = folder('cut', (stem, bytes) => [stem, stem === 'train-images-idx3-ubyte' ? bytes.slice(0, -1) : bytes]);
    expect(() => readIdxFolder(cut)).toThrow(/train-images-idx3-ubyte: truncated: shape \[3,2,2\] needs 28 bytes, found 27$/);
    const damaged = folder('damaged', (stem, bytes) => [`${stem}.gz`, gzipSync(bytes).subarray(0, 20)]);
    expect(() => readIdxFolder(damaged)).toThrow(DataError);
    expect(() => readIdxFolder(damaged)).toThrow(/train-images-idx3-ubyte\.gz: damaged gzip data/);
    const swapped = folder('swapped', (stem, bytes) => [stem, stem === 'train-labels-idx1-ubyte' ? idx(8, [2], [0, 1]) : bytes]);
    expect(() => readIdxFolder(swapped)).toThrow(/images and labels differ in number: 3 images, 2 labels$/);
  });

  test('writePng makes folders, and takes matrices only', () => {
    const path = join(root, 'a', 'b', 'image.png');
    writePng(path, tensor([[0, 1]]), { scale: 2 });
    expect(() => readIdxFile(path)).toThrow(/wrong magic number: .*found 0x89 0x50 0x4e 0x47$/);
    expect(() => writePng(path, tensor([1, 2]))).toThrow('writePng: an image is a matrix [height, width]: got [2]');
  });
});

describe('batches', () => {
  test('every example once, in order or shuffled by seed', () => {
    expect([...minibatches(5, { batchSize: 2 })].map((b) => b.toArray())).toEqual([[0, 1], [2, 3], [4]]);
    expect([...minibatches(5, { batchSize: 2, dropLast: true })].map((b) => b.size)).toEqual([2, 2]);
    const shuffled = (seed: number): number[] =>
      [...minibatches(50, { batchSize: 7, generator: new Generator(seed) })].flatMap((b) => [...b.data]);
    expect(shuffled(1)).toEqual(shuffled(1));
    expect(shuffled(1)).not.toEqual(shuffled(2));
    expect(shuffled(1).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect([...minibatches(0, { batchSize: 2 })]).toEqual([]);
    expect(() => [...minibatches(5, { batchSize: 0 })]).toThrow(UsageError);
    expect(() => [...minibatches(2.5, { batchSize: 1 })]).toThrow('minibatches: n must be a whole number of examples: 2.5');
    expect(() => [...minibatches(5, { batchsize: 2 } as never)]).toThrow(
      "minibatches: unknown option 'batchsize': did you mean 'batchSize'?",
    );
  });

  test('splitIndices', () => {
    const parts = splitIndices(10, [7, 2, 1], new Generator(1));
    expect(parts.map((p) => p.size)).toEqual([7, 2, 1]);
    expect(parts.flatMap((p) => [...p.data]).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(() => splitIndices(10, [5, 4], new Generator(1))).toThrow(
      'splitIndices: lengths must be whole and add up to 10: [5, 4] add up to 9',
    );
  });
});
