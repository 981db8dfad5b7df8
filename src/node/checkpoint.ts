/**
 * @file Files of tensors and of training states, written so that a crash at any moment leaves the old file or the new one, whole.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { load, save, type SaveOptions } from '../data/safetensors.js';
import { loadState, saveState } from '../data/state.js';
import type { TensorLike } from '../graph/create.js';
import { DataError } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The bytes as they are: the length that begins a safetensors file may look like the mark of gzip. */
async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new DataError(path, 'cannot be read', messageOf(error));
  }
}

/** Does this with a file, which is closed whatever happens. */
async function withFile(file: FileHandle, work: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(file);
  } finally {
    await file.close();
  }
}

/** Makes the renaming last through a power failure. Some systems cannot do it; there, too, the file is the old one or the new one. */
async function syncFolder(path: string): Promise<void> {
  try {
    await withFile(await open(path, 'r'), (folder) => folder.sync());
  } catch {
    // The file is written: an error now would say that it is not.
  }
}

/** Writes a file whole or not at all: under another name, which nobody else has, until its bytes are on the disk. */
async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  // In the same folder: a rename is atomic only within one file system.
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await withFile(await open(draft, 'wx'), async (file) => {
      await file.writeFile(bytes);
      await file.sync();
    });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw new DataError(path, 'cannot be written', messageOf(error));
  }
  await syncFolder(dirname(path));
}

/**
 * Writes tensors as a safetensors file, which other frameworks read; see `safetensors.save`. The file appears complete or not at all: it
 * is written under another name, brought to the disk and renamed. The values are those of the moment of the call. Of several calls at once
 * for one path, one wins whole: await each before the next if their order matters. The folder must exist. A process that is killed while
 * it writes may leave its unfinished `….tmp` beside the file.
 * @throws DataError when it cannot be written: a file that was there is left as it was. UsageError for what is no object of tensors.
 * @see https://github.com/huggingface/safetensors (the format)
 * @example
 * import { mkdirSync } from 'node:fs';
 * mkdirSync('out/docs', { recursive: true });
 * await saveFile('out/docs/weights.safetensors', { weight: [[1, 2]], bias: [3] }, { metadata: { epoch: '7' } });
 * await loadFile('out/docs/weights.safetensors'); // → { bias: [3], weight: [[1, 2]] }
 */
export async function saveFile(path: string, tensors: Readonly<Record<string, TensorLike>>, options: SaveOptions = {}): Promise<void> {
  await writeBytes(path, save(tensors, options));
}

/**
 * The tensors of a safetensors file by their names; see `safetensors.load`.
 * @throws DataError when the file is missing or damaged; the message names it.
 * @example
 * await loadFile('nowhere/weights.safetensors'); // throws DataError: nowhere/weights.safetensors: cannot be read
 */
export async function loadFile(path: string): Promise<Record<string, Tensor>> {
  return load(await readBytes(path), { name: path });
}

/**
 * Writes the state of a training, or any tree of tensors and plain values, to a file; see `saveState` for what it may hold and `saveFile`
 * for how it is written.
 * @throws UsageError for a tree that cannot be saved, DataError when the file cannot be written: one that was there is left as it was.
 * @example
 * import { mkdirSync } from 'node:fs';
 * mkdirSync('out/docs', { recursive: true });
 * const model = new Linear(2, 1, { generator: new Generator(1) });
 * const optimizer = new Adam(model.parameters(), { lr: 0.1 });
 * optimizer.minimize(() => sum(square(model.forward([1, 2]))));
 * await saveCheckpoint('out/docs/last.safetensors', { model: model.stateDict(), optimizer: optimizer.stateDict(), epoch: 1 });
 *
 * type Saved = { model: Record<string, Tensor>; optimizer: OptimizerStateDict; epoch: number };
 * const { model: weights, optimizer: state, epoch } = (await loadCheckpoint('out/docs/last.safetensors')) as Saved;
 * model.loadStateDict(weights); // → { missingKeys: [], unexpectedKeys: [] }
 * optimizer.loadStateDict(state);
 * epoch; // → 1
 */
export async function saveCheckpoint(path: string, tree: unknown, options: SaveOptions = {}): Promise<void> {
  await writeBytes(path, saveState(tree, options));
}

/**
 * The tree that `saveCheckpoint` wrote.
 * @throws DataError when the file is missing, damaged, truncated or no saved state; the message names it.
 * @example
 * await loadCheckpoint('nowhere/last.safetensors'); // throws DataError: nowhere/last.safetensors: cannot be read
 */
export async function loadCheckpoint(path: string): Promise<unknown> {
  return loadState(await readBytes(path), { name: path });
}
