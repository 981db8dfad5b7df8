/** The npz format, and gunzip. Archives are what NumPy 2.4 wrote, in base64, or made here by another writer of zip. */
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { DataError, readIdx, tensor } from 'chainrule';
import { describe, expect, test } from 'vitest';
import { gunzip } from '../../../src/data/gzip.js';
import { writeNpy } from '../../../src/data/npy.js';
import { readNpz } from '../../../src/data/npz.js';

const decode = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/** np.savez(o, X=np.array([[1., 2.], [3., 4.]]), y=np.array([0, 1])) */
const stored = decode(
  [
    'UEsDBC0AAAAAAAAAIQAhNYtp//////////8FABQAWC5ucHkBABAAoAAAAAAAAACgAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmOCcsICdmb3J0cmFu',
    'X29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAyKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg',
    'ICAKAAAAAAAA8D8AAAAAAAAAQAAAAAAAAAhAAAAAAAAAEEBQSwMELQAAAAAAAAAhAH5q+8n//////////wUAFAB5Lm5weQEAEACQAAAAAAAAAJAAAAAAAAAA',
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAg',
    'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAEAAAAAAAAAUEsBAi0DLQAAAAAAAAAhACE1i2mgAAAAoAAAAAUAAAAAAAAA',
    'AAAAAIABAAAAAFgubnB5UEsBAi0DLQAAAAAAAAAhAH5q+8mQAAAAkAAAAAUAAAAAAAAAAAAAAIAB1wAAAHkubnB5UEsFBgAAAAACAAIAZgAAAJ4BAAAAAA==',
  ].join(''),
);
/** np.savez_compressed(o, X=np.zeros((50, 20), 'f4'), y=np.arange(3)) */
const deflated = decode(
  [
    'UEsDBC0AAAAIAAAAIQBQxn6v//////////8FABQAWC5ucHkBABAAIBAAAAAAAABjAAAAAAAAAO3IsQ5AMBRG4Vo9xd0uSQcRFjHbiMVgkkYrBkFasYin8MJ4',
    'BYvl/7Zzrqop69YTuzhYG9dbzojzIWFJPCx2s2ruFqvN+ws1OfN8N6rVPB2kkaQ4CiWd9JEvAAAAAAAAAOB3N1BLAwQtAAAACAAAACEA90AS6v//////////',
    'BQAUAHkubnB5AQAQAJgAAAAAAAAATAAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOpo6',
    'CrUKFAAuBihghNJMUBoAUEsBAi0DLQAAAAgAAAAhAFDGfq9jAAAAIBAAAAUAAAAAAAAAAAAAAIABAAAAAFgubnB5UEsBAi0DLQAAAAgAAAAhAPdAEupMAAAA',
    'mAAAAAUAAAAAAAAAAAAAAIABmgAAAHkubnB5UEsFBgAAAAACAAIAZgAAAB0BAAAAAA==',
  ].join(''),
);

interface File {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  /** What the directory says in place of the truth. */
  readonly size?: number;
  readonly packed?: number;
  readonly crc?: number;
  readonly flags?: number;
}

/** A zip archive, written independently of the reader. */
function zip(files: readonly File[], comment = ''): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, data, method = 8, ...said } of files) {
    const packed = method === 8 ? deflateRawSync(data) : Buffer.from(data);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(said.flags ?? 0, 2);
    head.writeUInt16LE(method, 4);
    head.writeUInt32LE(said.crc ?? crc32(data), 10);
    head.writeUInt32LE(said.packed ?? packed.length, 14);
    head.writeUInt32LE(said.size ?? data.length, 18);
    head.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), head, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), head, rest, Buffer.from(name)]));
    parts.push(local);
    at += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(Buffer.byteLength(comment), 20);
  return new Uint8Array(Buffer.concat([...parts, entries, end, Buffer.from(comment)]));
}

/** Rejects with a DataError of this message. */
async function rejects(result: Promise<unknown>, message: string | RegExp): Promise<void> {
  const error: unknown = await result.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  if (typeof message === 'string') expect((error as Error).message).toBe(message);
  else expect((error as Error).message).toMatch(message);
}

describe('readNpz', () => {
  test('numpy.savez', async () => {
    const { X, y, ...rest } = await readNpz(stored);
    expect(X!.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(y!.dtype).toBe('int32');
    expect(y!.toArray()).toEqual([0, 1]);
    expect(rest).toEqual({});
  });

  test('numpy.savez_compressed, as a part of a larger buffer', async () => {
    const padded = new Uint8Array(deflated.length + 9);
    padded.set(deflated, 4);
    const { X, y } = await readNpz(padded.subarray(4, 4 + deflated.length));
    expect(X!.dtype).toBe('float32');
    expect(X!.shape).toEqual([50, 20]);
    expect(X!.data.every((v) => v === 0)).toBe(true);
    expect(y!.toArray()).toEqual([0, 1, 2]);
  });

  test('any arrays of any names, stored or deflated, with a comment or none', async () => {
    const array = fc.array(fc.double(), { maxLength: 50 });
    const names = fc.uniqueArray(fc.string({ maxLength: 8, unit: 'grapheme' }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        names,
        fc.array(array, { minLength: 4, maxLength: 4 }),
        fc.constantFrom(0, 8),
        fc.string(),
        async (keys, values, method, comment) => {
          const files = keys.map((key, i) => ({
            name: `${key}.npy`,
            data: writeNpy(tensor(values[i]!, { shape: [values[i]!.length] })),
            method,
          }));
          const arrays = await readNpz(zip(files, comment));
          expect(Object.keys(arrays).sort()).toEqual([...keys].sort());
          keys.forEach((key, i) => expect([...arrays[key]!.data]).toEqual(values[i]));
        },
      ),
      { seed: 1, numRuns: 50 },
    );
    expect(await readNpz(zip([]))).toEqual({});
    const odd = await readNpz(zip([{ name: '__proto__.npy', data: writeNpy([1]) }]));
    expect(Object.keys(odd)).toEqual(['__proto__']);
  });

  const data = writeNpy([1, 2]);
  const one = (change: Partial<File> = {}): Uint8Array => zip([{ name: 'x.npy', data, ...change }]);
  const changed = (bytes: Uint8Array, at: number, ...values: number[]): Uint8Array => {
    const copy = bytes.slice();
    copy.set(values, at < 0 ? copy.length + at : at);
    return copy;
  };
  const zip64 = 'save arrays of less than 4 GB, and fewer than 65535 of them';
  test.each([
    ['nothing', new Uint8Array(0), 'npz data: is no zip archive, or truncated: no end record in 0 bytes'],
    ['an npy file', data, 'npz data: is no zip archive, or truncated: no end record in 144 bytes'],
    ['cut off', one().slice(0, -1), /^npz data: is no zip archive, or truncated: no end record in \d+ bytes$/],
    ['bytes left over', new Uint8Array([...one(), 0]), /^npz data: is no zip archive, or truncated/],
    [
      'bytes missing inside',
      new Uint8Array([...stored.slice(0, 100), ...stored.slice(101)]),
      'npz data: damaged zip directory: expected entry 0 of 2 at byte 414',
    ],
    [
      'a directory that is longer',
      changed(one(), -22 - 51 + 28, 255),
      /^npz data: damaged zip directory: entry 0 ends at byte \d+, the directory at \d+$/,
    ],
    [
      'zip64 directory',
      changed(one(), -6, 255, 255, 255, 255),
      `npz data: zip64 archives are not supported: its directory is zip64: ${zip64}`,
    ],
    ['zip64 entry', one({ size: 0xffffffff }), `npz data: zip64 archives are not supported: x.npy is: ${zip64}`],
    ['several parts', changed(one(), -18, 1), 'npz data: archives in several parts are not supported'],
    ['encrypted', one({ flags: 1 }), 'npz data: encrypted archives are not supported: x.npy'],
    [
      'another compression',
      one({ method: 12 }),
      'npz data, x.npy: unsupported compression: method 12: use numpy.savez or numpy.savez_compressed',
    ],
    ['no file where it should be', changed(one(), 0, 0), 'npz data, x.npy: damaged zip archive: no file at byte 0'],
    ['too few bytes', one({ packed: 10_000 }), /^npz data, x\.npy: truncated: expected 10000 bytes from byte 35 on, found \d+$/],
    ['deflate cut off', one({ packed: 20 }), /^npz data, x\.npy: damaged compressed data: /],
    ['damaged deflate', changed(one(), 35, 255), /^npz data, x\.npy: damaged compressed data: /],
    ['more than it says', one({ size: 100 }), 'npz data, x.npy: longer than its header says: expected 100 bytes, found more'],
    ['less than it says', one({ size: 200 }), 'npz data, x.npy: length differs from its header: expected 200 bytes, found 144'],
    [
      'stored, of another length',
      one({ method: 0, size: 9 }),
      'npz data, x.npy: length differs from its header: expected 9 bytes, found 144',
    ],
    ['another checksum', one({ crc: 0xabc }), /^npz data, x\.npy: damaged: checksums differ: expected abc, found [0-9a-f]+$/],
    ['a damaged value', changed(one({ method: 0 }), 35 + 140, 7), /^npz data, x\.npy: damaged: checksums differ: /],
    ['no npy inside', zip([{ name: 'x.txt', data }]), 'npz data: holds a file that is not npy: x.txt'],
    ['a damaged npy inside', one({ data: data.slice(0, -1) }), "npz data, x.npy: truncated: shape [2] of '<f8' needs 144 bytes, found 143"],
    [
      'one name twice',
      zip([
        { name: 'x.npy', data },
        { name: 'x.npy', data },
      ]),
      'npz data: holds two files of one name: x.npy',
    ],
  ] as const)('%s', async (_, bytes, message) => {
    await rejects(readNpz(bytes), message);
  });

  test('a small archive that decompresses to much is stopped at the length it says', async () => {
    const bomb = zip([{ name: 'x.npy', data: new Uint8Array(200_000_000), size: 1000, crc: 0 }]);
    expect(bomb.length).toBeLessThan(300_000);
    const before = process.memoryUsage().arrayBuffers;
    await rejects(readNpz(bomb, 'bomb.npz'), 'bomb.npz, x.npy: longer than its header says: expected 1000 bytes, found more');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });

  test('damaged bytes are a DataError or other arrays, never another error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(deflated.length - 1), fc.nat(255), fc.integer({ min: -3, max: 0 }), async (at, byte, cut) => {
        const damaged = deflated.slice(0, deflated.length + (cut === -3 ? -at : 0));
        if (at < damaged.length) damaged[at] = byte;
        const error: unknown = await readNpz(damaged).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error !== undefined) expect(error).toBeInstanceOf(DataError);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe('gunzip', () => {
  const idx = new Uint8Array([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]);

  test('bytes as they were, long ones too', async () => {
    expect(readIdx(await gunzip(gzipSync(idx))).toArray()).toEqual([7, 9]);
    const long = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 7);
    expect(await gunzip(gzipSync(long))).toEqual(long);
    expect(await gunzip(gzipSync(new Uint8Array(0)))).toEqual(new Uint8Array(0));
  });

  test('errors', async () => {
    await rejects(gunzip(idx), 'gzip data: is not gzipped: expected 0x1f 0x8b, found 0x00 0x00');
    await rejects(gunzip(new Uint8Array(0), 'x.gz'), 'x.gz: is not gzipped: expected 0x1f 0x8b, found no bytes');
    await rejects(gunzip(gzipSync(idx).subarray(0, 20), 'x.gz'), /^x\.gz: damaged compressed data: /);
    const damaged = gzipSync(idx);
    damaged[damaged.length - 8]! ^= 1;
    await rejects(gunzip(damaged), /^gzip data: damaged compressed data: /);
  });
});
