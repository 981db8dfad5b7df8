/** CIFAR-10's binary format: generated records, and real ones where they are. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { DataError } from 'chainrule';
import { describe, expect, test } from 'vitest';
import { cifar10Classes, readCifar10 } from '../../../src/data/cifar.js';

const RECORD = 3073;

/** n records whose pixel at (plane, row, column) of image i is (37i + 101·plane + 7·row + column) mod 256, of class i mod 10. */
function generated(n: number): Uint8Array {
  const bytes = new Uint8Array(n * RECORD);
  let at = 0;
  for (let i = 0; i < n; i++) {
    bytes[at++] = i % 10;
    for (let plane = 0; plane < 3; plane++)
      for (let row = 0; row < 32; row++) for (let column = 0; column < 32; column++) bytes[at++] = 37 * i + 101 * plane + 7 * row + column;
  }
  return bytes;
}

describe('readCifar10', () => {
  test('planes, rows and columns are where they belong', () => {
    const { images, labels } = readCifar10(generated(12));
    expect([images.dtype, labels.dtype]).toEqual(['int32', 'int32']);
    expect(images.shape).toEqual([12, 3, 32, 32]);
    expect(labels.toArray()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    const pixels = images.toArray() as number[][][][];
    fc.assert(
      fc.property(fc.nat(11), fc.nat(2), fc.nat(31), fc.nat(31), (i, plane, row, column) => {
        expect(pixels[i]![plane]![row]![column]).toBe((37 * i + 101 * plane + 7 * row + column) % 256);
      }),
      { seed: 1 },
    );
  });

  test('bytes that are a part of a larger buffer', () => {
    const padded = new Uint8Array(RECORD + 7);
    padded.set(generated(2).subarray(RECORD), 5);
    const { images, labels } = readCifar10(padded.subarray(5, 5 + RECORD));
    expect(labels.toArray()).toEqual([1]);
    expect([...images.data.subarray(0, 3)]).toEqual([37, 38, 39]);
  });

  const labelled = generated(3);
  labelled[2 * RECORD] = 10;
  test.each([
    ['nothing', new Uint8Array(0), 'CIFAR-10 data: is empty: expected records of 3073 bytes, found 0 bytes'],
    [
      'cut off',
      generated(3).slice(0, -1),
      'CIFAR-10 data: truncated, or not CIFAR-10 binary: expected a multiple of 3073 bytes, found 9218: record 2 has 3072',
    ],
    [
      'one byte too long',
      new Uint8Array(RECORD + 1),
      'CIFAR-10 data: truncated, or not CIFAR-10 binary: expected a multiple of 3073 bytes, found 3074: record 1 has 1',
    ],
    ['a label', labelled, 'CIFAR-10 data: a label is out of range: expected 0 … 9, found 10 in record 2: is it CIFAR-10 binary?'],
  ] as const)('%s', (_, bytes, message) => {
    expect(() => readCifar10(bytes)).toThrow(DataError);
    expect(() => readCifar10(bytes)).toThrow(expect.objectContaining({ message }) as Error);
    expect(() => readCifar10(bytes, 'batch.bin')).toThrow(/^batch\.bin: /);
  });

  test('ten classes', () => {
    expect(cifar10Classes).toHaveLength(10);
    expect(new Set(cifar10Classes).size).toBe(10);
    expect(Object.isFrozen(cifar10Classes)).toBe(true);
    expect([cifar10Classes[0], cifar10Classes[3], cifar10Classes[9]]).toEqual(['airplane', 'cat', 'truck']);
  });

  test('real images, or generated ones where they are absent', () => {
    const path = resolve(import.meta.dirname, '../../../../shared/data/cifar10-subset/test1000.bin'); // beside the project, where there is one
    const bytes = existsSync(path) ? new Uint8Array(readFileSync(path)) : generated(1000);
    const { images, labels } = readCifar10(bytes, path);
    expect(images.shape).toEqual([1000, 3, 32, 32]);
    const counts = new Array<number>(10).fill(0);
    for (const label of labels.data) counts[label]!++;
    // Chosen at random of balanced classes: four standard deviations of 100.
    for (const count of counts) expect(Math.abs(count - 100)).toBeLessThan(40);
    expect(images.data.every((v) => v >= 0 && v <= 255)).toBe(true);
    const mean = [...images.data].reduce((a, b) => a + b, 0) / images.size;
    expect(mean).toBeGreaterThan(100);
    expect(mean).toBeLessThan(140);
  });
});
