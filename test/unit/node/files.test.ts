/** Files of npy, npz and CSV, and folders of CIFAR-10. (IDX and PNG are in ../data/idx.test.ts.) */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DataError, tensor } from 'chainrule';
import { readCifar10Folder, readCsvFile, readNpyFile, readNpzFile, writeNpyFile } from 'chainrule/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'files-'));
});
afterAll(() => rmSync(root, { recursive: true }));

/** A folder of these files. */
function folder(name: string, files: Readonly<Record<string, Uint8Array | string>>): string {
  const path = join(root, name);
  mkdirSync(path);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return path;
}

describe('npy files', () => {
  test('written and read again, gzipped too; folders are made', () => {
    const path = join(root, 'a', 'b', 'x.npy');
    writeNpyFile(path, tensor(new Float32Array([1.5, -2]), { shape: [2, 1] }));
    const again = readNpyFile(path);
    expect(again.dtype).toBe('float32');
    expect(again.toArray()).toEqual([[1.5], [-2]]);
    writeNpyFile(path, [1, 2, 3]);
    expect(readNpyFile(path).toArray()).toEqual([1, 2, 3]);
    expect(readdirSync(join(root, 'a', 'b'))).toEqual(['x.npy']);
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
    expect(readNpyFile(`${path}.gz`).toArray()).toEqual([1, 2, 3]);
  });

  test('what cannot be written leaves nothing behind', () => {
    const path = folder('full', { kept: 'x' });
    expect(() => writeNpyFile(path, [1])).toThrow(DataError);
    expect(() => writeNpyFile(path, [1])).toThrow(`${path}: cannot be written: EISDIR`);
    expect(readdirSync(path)).toEqual(['kept']);
    expect(readdirSync(root).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(() => writeNpyFile(join(path, 'kept', 'x.npy'), [1])).toThrow(/x\.npy: cannot be written: E/);
  });

  test('errors name the file', () => {
    expect(() => readNpyFile(join(root, 'none.npy'))).toThrow(DataError);
    expect(() => readNpyFile(join(root, 'none.npy'))).toThrow(`${join(root, 'none.npy')}: cannot be read: ENOENT`);
    const path = folder('damaged', { 'x.npy': 'no array', 'x.npy.gz': gzipSync('no array').subarray(0, 12) });
    expect(() => readNpyFile(join(path, 'x.npy'))).toThrow(/x\.npy: wrong magic number: /);
    expect(() => readNpyFile(join(path, 'x.npy.gz'))).toThrow(/x\.npy\.gz: damaged gzip data: /);
  });
});

describe('npz files', () => {
  /** np.savez_compressed(o, X=np.zeros((50, 20), 'f4'), y=np.arange(3)) of NumPy 2.4 */
  const numpy = Buffer.from(
    [
      'UEsDBC0AAAAIAAAAIQBQxn6v//////////8FABQAWC5ucHkBABAAIBAAAAAAAABjAAAAAAAAAO3IsQ5AMBRG4Vo9xd0uSQcRFjHbiMVgkkYrBkFasYin8MJ4',
      'BYvl/7Zzrqop69YTuzhYG9dbzojzIWFJPCx2s2ruFqvN+ws1OfN8N6rVPB2kkaQ4CiWd9JEvAAAAAAAAAOB3N1BLAwQtAAAACAAAACEA90AS6v//////////',
      'BQAUAHkubnB5AQAQAJgAAAAAAAAATAAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOpo6',
      'CrUKFAAuBihghNJMUBoAUEsBAi0DLQAAAAgAAAAhAFDGfq9jAAAAIBAAAAUAAAAAAAAAAAAAAIABAAAAAFgubnB5UEsBAi0DLQAAAAgAAAAhAPdAEupMAAAA',
      'mAAAAAUAAAAAAAAAAAAAAIABmgAAAHkubnB5UEsFBgAAAAACAAIAZgAAAB0BAAAAAA==',
    ].join(''),
    'base64',
  );

  test('by name', async () => {
    const { X, y } = await readNpzFile(join(folder('npz', { 'x.npz': numpy }), 'x.npz'));
    expect(X!.shape).toEqual([50, 20]);
    expect(y!.toArray()).toEqual([0, 1, 2]);
  });

  test('errors name the file', async () => {
    const path = join(folder('cut npz', { 'x.npz': numpy.subarray(0, 300) }), 'x.npz');
    await expect(readNpzFile(path)).rejects.toThrow(`${path}: is no zip archive, or truncated: no end record in 300 bytes`);
    await expect(readNpzFile(join(root, 'none.npz'))).rejects.toThrow(DataError);
  });
});

describe('CSV files', () => {
  test('with options, gzipped too', () => {
    const path = folder('csv', { 'x.csv': 'a;b\n1;x\n', 'x.csv.gz': gzipSync('a,b\n1,2\n') });
    expect(readCsvFile(join(path, 'x.csv'), { separator: ';' }).data['b']).toEqual(['x']);
    expect(readCsvFile(join(path, 'x.csv.gz')).matrix('b', 'a').toArray()).toEqual([[2, 1]]);
  });

  test('errors name the file', () => {
    const path = join(folder('ragged', { 'x.csv': 'a,b\n1\n' }), 'x.csv');
    expect(() => readCsvFile(path)).toThrow(`${path}: ragged row in line 2: expected 2 fields, found 1`);
    expect(() => readCsvFile(path, { name: 'table' })).toThrow(/^table: ragged row/);
    expect(() => readCsvFile(join(root, 'none.csv'))).toThrow(DataError);
  });
});

describe('folders of CIFAR-10', () => {
  /** Records of these labels; every pixel is ten times the label. */
  const batch = (...labels: readonly number[]): Uint8Array => {
    const bytes = new Uint8Array(labels.length * 3073);
    labels.forEach((label, i) => bytes.fill(10 * label, i * 3073, (i + 1) * 3073).fill(label, i * 3073, i * 3073 + 1));
    return bytes;
  };
  const official = {
    'data_batch_1.bin': batch(1, 2),
    'data_batch_2.bin': batch(3),
    'data_batch_3.bin': batch(4),
    'data_batch_4.bin': batch(5),
    'data_batch_5.bin': batch(6),
    'test_batch.bin': batch(9),
    'batches.meta.txt': 'airplane\n',
    'readme.html': '',
  };

  test('as it comes', () => {
    const { train, test: held } = readCifar10Folder(folder('official', official));
    expect(train.images.shape).toEqual([6, 3, 32, 32]);
    expect(train.labels.toArray()).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...train.images.data].every((v, i) => v === 10 * (Math.floor(i / 3072) + 1))).toBe(true);
    expect(held.labels.toArray()).toEqual([9]);
  });

  test('files of other names, in order', () => {
    const path = folder('subset', { 'train_b.bin': batch(2), 'train_a.bin': batch(1, 0), 'test3.bin': batch(3), 'train.txt': '' });
    const { train, test: held } = readCifar10Folder(path);
    expect(train.labels.toArray()).toEqual([1, 0, 2]);
    expect(held.labels.toArray()).toEqual([3]);
  });

  test('what is missing is named, with what was found', () => {
    const { 'data_batch_3.bin': _, ...four } = official;
    const { 'test_batch.bin': __, ...untested } = official;
    const places = {
      four: folder('four', four),
      untested: folder('untested', untested),
      pickles: folder('pickles', { data_batch_1: '', test_batch: '' }),
      empty: folder('empty', {}),
      none: join(root, 'nowhere'),
      file: join(root, 'four', 'readme.html'),
    };
    const message = (path: string): string => {
      try {
        readCifar10Folder(path);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
        return (error as Error).message.replace(path, 'folder');
      }
      return 'nothing thrown';
    };
    expect(message(places.four)).toBe(
      'folder: no file data_batch_3.bin: found batches.meta.txt, data_batch_1.bin, data_batch_2.bin, data_batch_4.bin, ' +
        'data_batch_5.bin, readme.html, test_batch.bin',
    );
    expect(message(places.untested)).toMatch(/^folder: no file test_batch\.bin or test\*\.bin: found batches\.meta\.txt, /);
    expect(message(places.pickles)).toBe(
      'folder: no file data_batch_1.bin or train*.bin: found data_batch_1, test_batch: ' +
        'these are pickles of Python: take the binary version',
    );
    expect(message(places.empty)).toBe('folder: no file data_batch_1.bin or train*.bin: found an empty folder');
    expect(message(places.none)).toBe('folder: no file data_batch_1.bin or train*.bin: found no such folder');
    expect(message(places.file)).toMatch(/^folder: cannot be read: ENOTDIR.*: it must be a folder$/);
  });

  test('damaged files are named', () => {
    const cut = folder('cut', { ...official, 'data_batch_2.bin': batch(3).slice(0, -1) });
    expect(() => readCifar10Folder(cut)).toThrow(
      `${join(cut, 'data_batch_2.bin')}: truncated, or not CIFAR-10 binary: ` +
        'expected a multiple of 3073 bytes, found 3072: record 0 has 3072',
    );
    const mislabelled = folder('mislabelled', { ...official, 'test_batch.bin': batch(1, 12) });
    expect(() => readCifar10Folder(mislabelled)).toThrow(/test_batch\.bin: a label is out of range: .* found 12 in record 1/);
  });

  const real = resolve(import.meta.dirname, '../../../../shared/data/cifar10-subset');
  test.skipIf(!existsSync(real))('the real images', () => {
    const { train, test: held } = readCifar10Folder(real);
    expect(train.images.shape).toEqual([4000, 3, 32, 32]);
    expect(held.images.shape).toEqual([1000, 3, 32, 32]);
    // The first record is a frog; its first pixels are red 59 and 43.
    expect(train.labels.data[0]).toBe(6);
    expect([...train.images.data.subarray(0, 2)]).toEqual([0x3b, 0x2b]);
  });
});
