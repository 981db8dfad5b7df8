/**
 * @file CIFAR-10 as a folder of binary batches.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkCifar10, type Cifar10, readCifar10 } from '../data/cifar.js';
import { DataError } from '../graph/errors.js';
import { readBytes } from './files.js';

/** Images and labels for training, and for testing. */
export interface Cifar10Folder {
  readonly train: Cifar10;
  readonly test: Cifar10;
}

const BATCHES: readonly string[] = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);

function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    throw new DataError(folder, 'cannot be read', error instanceof Error ? error.message : String(error), 'it must be a folder');
  }
}

/**
 * A folder as CIFAR-10 comes (data_batch_1.bin … data_batch_5.bin and test_batch.bin), or any files train*.bin and test*.bin of
 * the same format, joined in the order of their names. The whole data set takes 737 MB of memory.
 * @throws DataError when a file is missing (the message lists what was found) or damaged (it names the file).
 * @see https://www.cs.toronto.edu/~kriz/cifar.html (binary version)
 * @example
 * readCifar10Folder('nowhere'); // throws DataError: nowhere: no file data_batch_1.bin or train*.bin: found no such folder
 */
export function readCifar10Folder(folder: string): Cifar10Folder {
  const names = namesIn(folder);
  const missing = (what: string): DataError => {
    const seen = existsSync(folder) ? names.slice(0, 8).join(', ') || 'an empty folder' : 'no such folder';
    const hint = names.includes('data_batch_1') ? 'these are pickles of Python: take the binary version' : undefined;
    return new DataError(folder, `no file ${what}`, `found ${seen}`, hint);
  };
  /** The official files, all of them; where there is none, whatever begins with `stem`. */
  const find = (official: readonly string[], stem: string): string[] => {
    const absent = official.filter((name) => !names.includes(name));
    if (absent.length === 0) return [...official];
    if (absent.length < official.length) throw missing(absent[0]!);
    const found = names.filter((name) => name.startsWith(stem) && name.endsWith('.bin'));
    if (found.length === 0) throw missing(`${official[0]} or ${stem}*.bin`);
    return found;
  };
  const read = (files: readonly string[]): Cifar10 => {
    const paths = files.map((file) => join(folder, file));
    const parts = paths.map((path) => {
      const bytes = readBytes(path);
      checkCifar10(bytes, path);
      return bytes;
    });
    return readCifar10(parts.length === 1 ? parts[0]! : Buffer.concat(parts), folder);
  };
  const train = find(BATCHES, 'train');
  // Looked for before anything is read: a missing file is said at once.
  const test = find(['test_batch.bin'], 'test');
  return { train: read(train), test: read(test) };
}
