/** Files of tensors and states: what is read, and that writing leaves the old file or the new one, whole. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, DTypeError, safetensors, saveState, tensor, type Tensor, UsageError } from 'chainrule';
import { loadCheckpoint, loadFile, saveCheckpoint, saveFile } from 'chainrule/node';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

// The real thing, until a test says what fails.
vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof fs>();
  return { ...actual, open: vi.fn(actual.open), rename: vi.fn(actual.rename), rm: vi.fn(actual.rm) };
});
const actual = await vi.importActual<typeof fs>('node:fs/promises');

let root = '';
let folder = '';
let count = 0;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'checkpoint-'));
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  folder = join(root, String(count++));
  mkdirSync(folder);
  vi.mocked(fs.open).mockReset().mockImplementation(actual.open);
  vi.mocked(fs.rename).mockReset().mockImplementation(actual.rename);
  vi.mocked(fs.rm).mockReset().mockImplementation(actual.rm);
});

const tree = (value: number): unknown => ({ model: { 'w.0': tensor([value, -0, NaN]) }, step: value });
const failure = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

/** Calls on the handles that `open` gives, in their order; `fail` says which of them throws. */
function watch(fail?: 'writeFile' | 'sync' | 'close'): string[] {
  const calls: string[] = [];
  vi.mocked(fs.open).mockImplementation(async (path, flags) => {
    const handle = await actual.open(path, flags);
    const kind = String(path).endsWith('.tmp') ? 'draft' : 'folder';
    calls.push(`open ${kind}`);
    const [writeFile, sync, close] = [handle.writeFile.bind(handle), handle.sync.bind(handle), handle.close.bind(handle)];
    handle.writeFile = async (bytes) => {
      calls.push('writeFile');
      if (fail !== 'writeFile') return writeFile(bytes);
      await handle.write((bytes as Uint8Array).subarray(0, 20));
      throw failure;
    };
    handle.sync = async () => {
      calls.push(`sync ${kind}`);
      if (fail === 'sync' && kind === 'draft') throw failure;
      return sync();
    };
    handle.close = async () => {
      calls.push(`close ${kind}`);
      await close();
      if (fail === 'close' && kind === 'draft') throw failure;
    };
    return handle;
  });
  vi.mocked(fs.rename).mockImplementation(async (from, to) => {
    calls.push('rename');
    return actual.rename(from, to);
  });
  return calls;
}

describe('files of tensors', () => {
  test('written and read again, with metadata', async () => {
    const path = join(folder, 'w.safetensors');
    await saveFile(path, { b: new Float32Array([1.5]), a: [[true]] }, { metadata: { epoch: '7' } });
    const loaded = await loadFile(path);
    expect(Object.entries(loaded).map(([name, t]) => [name, t.dtype, t.toArray()])).toEqual([
      ['b', 'float32', [1.5]],
      ['a', 'bool', [[true]]],
    ]);
    expect(safetensors.metadata(readFileSync(path))).toEqual({ epoch: '7' });
    expect(readdirSync(folder)).toEqual(['w.safetensors']);
  });

  test('a header whose length looks like the mark of gzip', async () => {
    // 35615 = 0x8b1f; other writers do not pad.
    const header = '{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'.padEnd(0x8b1f);
    const path = join(folder, 'odd.safetensors');
    writeFileSync(path, Buffer.concat([Buffer.from([0x1f, 0x8b, 0, 0, 0, 0, 0, 0]), Buffer.from(header), Buffer.from([7])]));
    expect((await loadFile(path))['x']!.toArray()).toEqual([7]);
  });

  test('errors name the file', async () => {
    const path = join(folder, 'x.safetensors');
    await expect(loadFile(path)).rejects.toThrow(DataError);
    await expect(loadFile(path)).rejects.toThrow(`${path}: cannot be read: ENOENT`);
    writeFileSync(path, 'x');
    await expect(loadFile(path)).rejects.toThrow(`${path}: too short for a safetensors file: expected at least 8 bytes, found 1`);
    await expect(loadFile(folder)).rejects.toThrow(`${folder}: cannot be read: EISDIR`);
  });

  test('what cannot be saved is an error before anything is written', async () => {
    const path = join(folder, 'w.safetensors');
    await saveFile(path, { w: [1] });
    await expect(saveFile(path, { w: 'text' as never })).rejects.toThrow(DTypeError);
    await expect(saveFile(path, {}, { meta: {} } as never)).rejects.toThrow(UsageError);
    expect((await loadFile(path))['w']!.toArray()).toEqual([1]);
    expect(readdirSync(folder)).toEqual(['w.safetensors']);
  });
});

describe('checkpoints', () => {
  test('written and read again; the bytes are those of saveState', async () => {
    const path = join(folder, 'last.safetensors');
    await saveCheckpoint(path, tree(3), { metadata: { note: 'best' } });
    expect(new Uint8Array(readFileSync(path))).toEqual(saveState(tree(3), { metadata: { note: 'best' } }));
    const { model, step } = (await loadCheckpoint(path)) as { model: Record<string, Tensor>; step: number };
    expect([...model['w.0']!.data, step]).toEqual([3, -0, NaN, 3]);
  });

  test('errors name the file', async () => {
    const path = join(folder, 'w.safetensors');
    await expect(loadCheckpoint(path)).rejects.toThrow(`${path}: cannot be read: ENOENT`);
    await saveFile(path, { w: [1] });
    await expect(loadCheckpoint(path)).rejects.toThrow(DataError);
    await expect(loadCheckpoint(path)).rejects.toThrow(`${path}: is no saved state: its metadata have no 'chainrule.state'`);
  });

  test('truncated anywhere, or with another length of its header, it is a DataError that names the file', async () => {
    const bytes = saveState({ w: tensor([1]), n: -0 });
    const path = join(folder, 'cut.safetensors');
    const expectDamaged = async (damaged: Uint8Array, what: string): Promise<void> => {
      writeFileSync(path, damaged);
      const error: unknown = await loadCheckpoint(path).catch((e: unknown) => e);
      expect(error, what).toBeInstanceOf(DataError);
      expect((error as DataError).message.startsWith(`${path}: `), what).toBe(true);
    };
    for (let n = 0; n < bytes.length; n++) await expectDamaged(bytes.subarray(0, n), `${n} bytes`);
    await expectDamaged(Buffer.concat([bytes, Buffer.from([0])]), 'one byte more');
    for (let at = 0; at < 8; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const damaged = bytes.slice();
        damaged[at]! ^= 1 << bit;
        await expectDamaged(damaged, `bit ${bit} of byte ${at}`);
      }
    }
    // Every length that the header could be said to have.
    for (let length = 0; length < bytes.length; length++) {
      const damaged = bytes.slice();
      new DataView(damaged.buffer).setBigUint64(0, BigInt(length), true);
      if (damaged.some((byte, i) => byte !== bytes[i])) await expectDamaged(damaged, `length ${length}`);
    }
  });
});

describe('writing whole or not at all', () => {
  test('a draft in the same folder reaches the disk before it takes the name', async () => {
    const calls = watch();
    await saveCheckpoint(join(folder, 'x'), tree(1));
    expect(calls).toEqual(['open draft', 'writeFile', 'sync draft', 'close draft', 'rename', 'open folder', 'sync folder', 'close folder']);
    const [draft] = vi.mocked(fs.open).mock.calls[0]!;
    expect(String(draft).startsWith(join(folder, 'x.'))).toBe(true);
    expect(readdirSync(folder)).toEqual(['x']);
  });

  test.each(['writeFile', 'sync', 'close', 'rename', 'open'] as const)('%s fails: the old file stays, and no draft', async (step) => {
    const path = join(folder, 'last.safetensors');
    await saveCheckpoint(path, tree(1));
    const before = readFileSync(path);
    if (step === 'rename') vi.mocked(fs.rename).mockRejectedValue(failure);
    else if (step === 'open') vi.mocked(fs.open).mockRejectedValue(failure);
    else watch(step);
    const saving = saveCheckpoint(path, tree(2));
    await expect(saving).rejects.toThrow(DataError);
    await expect(saving).rejects.toThrow(`${path}: cannot be written: ENOSPC: no space left on device, write`);
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder)).toEqual(['last.safetensors']);
  });

  test('a draft that cannot be removed does not hide the first error', async () => {
    watch('writeFile');
    vi.mocked(fs.rm).mockRejectedValue(new Error('EPERM'));
    await expect(saveCheckpoint(join(folder, 'x'), tree(1))).rejects.toThrow('cannot be written: ENOSPC');
  });

  test('where a folder cannot be synced the file is written all the same', async () => {
    vi.mocked(fs.open).mockImplementation(async (path, flags) => {
      if (path === folder) throw new Error('EISDIR');
      return actual.open(path, flags);
    });
    await saveCheckpoint(join(folder, 'x'), tree(1));
    expect(await loadCheckpoint(join(folder, 'x'))).toHaveProperty('step', 1);
  });

  test('a tree that cannot be saved leaves the old file', async () => {
    const path = join(folder, 'last.safetensors');
    await saveCheckpoint(path, tree(1));
    const saving = saveCheckpoint(path, { model: tensor([2]), act: Math.tanh });
    await expect(saving).rejects.toThrow(UsageError);
    await expect(saving).rejects.toThrow(/^saveState: .*: got a function at act$/);
    expect(await loadCheckpoint(path)).toHaveProperty('step', 1);
    expect(readdirSync(folder)).toEqual(['last.safetensors']);
  });

  test('a folder that is missing is not made; a folder in the place of the file stays', async () => {
    const path = join(folder, 'none', 'x.safetensors');
    await expect(saveFile(path, { w: [1] })).rejects.toThrow(`${path}: cannot be written: ENOENT`);
    expect(existsSync(join(folder, 'none'))).toBe(false);
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    writeFileSync(join(inner, 'kept'), 'x');
    await expect(saveFile(inner, { w: [1] })).rejects.toThrow(DataError);
    expect(readdirSync(folder)).toEqual(['inner']);
    expect(readdirSync(inner)).toEqual(['kept']);
  });

  test('saves at the same time do not mix: the file is always one of them, whole', async () => {
    const path = join(folder, 'last.safetensors');
    const size = 20_000;
    await saveCheckpoint(path, tensor(new Float64Array(size)));
    let writing = true;
    const saves = Promise.all(
      Array.from({ length: 12 }, (_, i) => saveCheckpoint(path, tensor(new Float64Array(size + 100 * i).fill(i)))),
    ).finally(() => (writing = false));
    let reads = 0;
    while (writing) {
      const { data } = (await loadCheckpoint(path)) as Tensor;
      expect(new Set(data).size).toBe(1);
      expect(data.length).toBe(size + 100 * data[0]!);
      reads++;
    }
    await saves;
    expect(reads).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual(['last.safetensors']);
  });

  test('what is saved is what there was when it was called', async () => {
    const path = join(folder, 'x');
    const state = { step: 1, list: [1] };
    const saving = saveCheckpoint(path, state);
    state.step = 2;
    state.list.push(2);
    await saving;
    expect(await loadCheckpoint(path)).toEqual({ step: 1, list: [1] });
  });
});
