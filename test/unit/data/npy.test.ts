/** The npy format. Headers, elements and whole files are what NumPy 2.4 wrote, in base64. */
import fc from 'fast-check';
import { DataError, type DType, tensor } from 'chainrule';
import { describe, expect, test } from 'vitest';
import { readNpy, writeNpy } from '../../../src/data/npy.js';

const decode = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** A file of NumPy again, from its header and its elements: NumPy pads short headers of version 1 to 128 bytes in all. */
function npy(header: string, base64 = ''): Uint8Array {
  return new Uint8Array([...bytesOf(`\x93NUMPY\x01\x00v\x00${header.padEnd(117)}\n`), ...decode(base64)]);
}

const header = (descr: string, shape: string, fortran = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

describe('readNpy', () => {
  test.each([
    ['<f8', 'mpmZmZmZuT+cdQCIPOQ3/gAAAAAAAPB/', 'float64', [0.1, -1e300, Infinity]],
    ['>f8', 'P7mZmZmZmZr+N+Q8iAB1nH/wAAAAAAAA', 'float64', [0.1, -1e300, Infinity]],
    ['<f4', 'AAAAPwAAoL/5AhVQ', 'float32', [0.5, -1.25, 1e10]],
    ['>f4', 'PwAAAL+gAABQFQL5', 'float32', [0.5, -1.25, 1e10]],
    ['<i8', 'AAAAgP////8BAAAAAAAAAP///38AAAAA', 'int32', [-2147483648, 1, 2147483647]],
    ['>i8', '/////4AAAAAAAAAAAAAAAQAAAAB/////', 'int32', [-2147483648, 1, 2147483647]],
    ['<i4', 'AAAAgAEAAAD///9/', 'int32', [-2147483648, 1, 2147483647]],
    ['>i4', 'gAAAAAAAAAF/////', 'int32', [-2147483648, 1, 2147483647]],
    ['<i2', 'AIAAAP9/', 'int32', [-32768, 0, 32767]],
    ['>u2', 'AAAAAf//', 'int32', [0, 1, 65535]],
    ['|i1', 'gAB/', 'int32', [-128, 0, 127]],
    ['|u1', 'AID/', 'int32', [0, 128, 255]],
    ['<u8', 'AAAAAAAAAAABAAAAAAAAAP///38AAAAA', 'int32', [0, 1, 2147483647]],
    ['<u4', 'AAAAAAEAAAD///9/', 'int32', [0, 1, 2147483647]],
    ['|b1', 'AQAB', 'bool', [true, false, true]],
  ] as const)('%s', (descr, base64, dtype, values) => {
    const t = readNpy(npy(header(descr, '(3,)'), base64));
    expect(t.dtype).toBe(dtype);
    expect(t.toArray()).toEqual(dtype === 'float32' ? (values as readonly number[]).map(Math.fround) : values);
  });

  test('integers that int32 cannot hold become float64, exactly or not at all', () => {
    const wide = readNpy(npy(header('<i8', '(2,)'), 'AAAAgAAAAAABAAAAAADg/w=='));
    expect(wide.dtype).toBe('float64');
    expect(wide.toArray()).toEqual([2 ** 31, -(2 ** 53) + 1]);
    expect(readNpy(npy(header('<u4', '(1,)'), '/////w==')).toArray()).toEqual([4294967295]);
    const values = (descr: string, n: number, base64: string) => () => readNpy(npy(header(descr, `(${n},)`), base64), 'ids.npy');
    const hint = 'save it as float64 if rounding is meant';
    expect(values('<i8', 2, 'AQAAAAAAAAABAAAAAAAgAA==')).toThrow(DataError);
    expect(values('<i8', 2, 'AQAAAAAAAAABAAAAAAAgAA==')).toThrow(
      `ids.npy: an integer is too large: float64 cannot hold 9007199254740993 at index 1: ${hint}`,
    );
    expect(values('<i8', 1, '////////3/8=')).toThrow('float64 cannot hold -9007199254740993 at index 0');
    expect(values('<u8', 1, '//////////8=')).toThrow('float64 cannot hold 18446744073709551615 at index 0');
  });

  test('Fortran order', () => {
    const base64 = 'AAAMAAQAEAAIABQAAQANAAUAEQAJABUAAgAOAAYAEgAKABYAAwAPAAcAEwALABcA';
    const t = readNpy(npy(header('<i2', '(2, 3, 4)', 'True'), base64));
    expect(t.shape).toEqual([2, 3, 4]);
    expect([...t.data]).toEqual(Array.from({ length: 24 }, (_, i) => i));
    expect(readNpy(npy(header('|b1', '(2, 3)', 'True'), 'AQEAAQAA')).toArray()).toEqual([
      [true, false, false],
      [true, true, false],
    ]);
    expect(readNpy(npy(header('|u1', '(3,)', 'True'), 'AID/')).toArray()).toEqual([0, 128, 255]);
  });

  test.each([
    [
      '2.0',
      [
        'k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAg',
        'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADwPwAAAAAAAABA',
      ].join(''),
    ],
    [
      '3.0',
      [
        'k05VTVBZAwB0AAAAeydkZXNjcic6ICc8ZjgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAg',
        'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADwPwAAAAAAAABA',
      ].join(''),
    ],
  ])('version %s', (_, base64) => {
    expect(readNpy(decode(base64)).toArray()).toEqual([1, 2]);
  });

  test('scalars, empty arrays, other spellings of the header, bytes that are a part of a larger buffer', () => {
    expect(readNpy(npy(header('<f8', '()'), 'AAAAAAAABEA=')).item()).toBe(2.5);
    expect(readNpy(npy(header('<f8', '(0, 3)'))).shape).toEqual([0, 3]);
    // Keys in another order, no comma at the end, the long integers of Python 2.
    expect(readNpy(npy("{'shape': (1L, 3L), 'fortran_order':False,'descr': '|u1'}", 'AID/')).toArray()).toEqual([[0, 128, 255]]);
    const file = npy(header('<f8', '()'), 'AAAAAAAABEA=');
    const padded = new Uint8Array(file.length + 8);
    padded.set(file, 3);
    expect(readNpy(padded.subarray(3, 3 + file.length)).item()).toBe(2.5);
  });

  const good = npy(header('|u1', '(3,)'), 'AID/');
  const unsupported = (descr: string): string =>
    `npy data: unsupported dtype: '${descr}': save it as float64, float32, bool or integers, with a byte order`;
  const malformed = (at: string): string => `npy data: malformed header: ${at}`;
  const keys = "'descr', 'fortran_order' or 'shape'";
  test.each([
    ['nothing', new Uint8Array(0), 'npy data: wrong magic number: expected \\x93NUMPY, found no bytes'],
    ['another format', bytesOf('x,y\n'), 'npy data: wrong magic number: expected \\x93NUMPY, found 0x78 0x2c 0x79 0x0a'],
    ['gzip', new Uint8Array([31, 139, 8]), /found 0x1f 0x8b 0x08: it is gzipped: gunzip it first$/],
    ['npz', bytesOf('PK\x03\x04'), /found 0x50 0x4b 0x03 0x04: it is a zip archive: read it with readNpz$/],
    ['version 0', bytesOf('\x93NUMPY\x00\x00v\x00'), 'npy data: unknown version of the npy format: expected 1, 2 or 3, found 0'],
    ['version 4', bytesOf('\x93NUMPY\x04\x00v\x00'), 'npy data: unknown version of the npy format: expected 1, 2 or 3, found 4'],
    ['magic number only', good.slice(0, 6), 'npy data: truncated header: expected 10 bytes, found 6'],
    ['header cut off', good.slice(0, 100), 'npy data: truncated header: expected 128 bytes, found 100'],
    ['version 2 cut off', bytesOf('\x93NUMPY\x02\x00v\x00'), 'npy data: truncated header: expected 12 bytes, found 10'],
    ['values cut off', good.slice(0, 130), "npy data: truncated: shape [3] of '|u1' needs 131 bytes, found 130"],
    [
      'bytes left over',
      new Uint8Array([...good, 0]),
      "npy data: longer than its header says: shape [3] of '|u1' needs 131 bytes, found 132",
    ],
    [
      'a shape that lies',
      npy(header('<f8', '(99999999, 99999999)')),
      /^npy data: truncated: shape \[99999999,99999999\] of '<f8' needs 79/,
    ],
    ['complex', npy(header('<c16', '(1,)'), 'AAAAAAAAAAAAAAAAAADwPw=='), unsupported('<c16')],
    ['text', npy(header('<U2', '(1,)'), 'YQAAAGIAAAA='), unsupported('<U2')],
    ['bytes', npy(header('|S2', '(1,)'), 'YWI='), unsupported('|S2')],
    ['objects', npy(header('|O', '(1,)'), 'gASV'), unsupported('|O')],
    ['half floats', npy(header('<f2', '(1,)'), 'ADw='), unsupported('<f2')],
    ['dates', npy(header('<M8[D]', '(1,)'), 'VkcAAAAAAAA='), unsupported('<M8[D]')],
    ['no byte order', npy(header('|f8', '(1,)'), 'AAAAAAAABEA='), unsupported('|f8')],
    ['order of some machine', npy(header('=f8', '(1,)'), 'AAAAAAAABEA='), unsupported('=f8')],
    ['a name of every object', npy(header('<constructor', '(1,)')), unsupported('<constructor')],
    [
      'structured',
      npy("{'descr': [('a', '<i4'), ('b', '<f8')], 'fortran_order': False, 'shape': (1,), }", 'AQAAAAAAAAAAAABA'),
      'npy data: unsupported dtype: a structured array: save each field as an array of its own',
    ],
    ['no dictionary', npy('[]'), malformed("expected '{' at character 0, found \"[]")],
    ['unknown key', npy("{'colour': 1}"), malformed(`expected ${keys} at character 1, found "'colour': 1}`)],
    ['code', npy("{'descr': print(1)}"), malformed('expected a dtype at character 10, found "print(1)}')],
    ['no boolean', npy("{'fortran_order': 1}"), malformed('expected True or False at character 18, found "1}')],
    ['a list for a shape', npy("{'shape': [1]}"), malformed('expected a tuple of lengths at character 10, found "[1]}')],
    ['a number for a shape', npy("{'shape': (3)}"), malformed('expected a tuple of lengths at character 10, found "(3)}')],
    ['negative lengths', npy("{'shape': (-3,)}"), malformed('expected a tuple of lengths at character 10, found "(-3,)}')],
    ['no comma', npy("{'shape': (3,) 'descr': '<f8'}"), malformed(`expected ',' or '}' at character 14, found " 'descr': '<f8'}`)],
    ['no end', npy("{'shape': (3,),"), malformed(`expected ${keys} at character 117, found "\\n"`)],
    ['more after the end', npy("{'shape': (3,)} x"), malformed('expected the end of the header at character 14, found "} x')],
    ['a key twice', npy("{'shape': (3,), 'shape': (3,)}"), malformed("'shape' is there twice")],
    ['no dtype', npy("{'fortran_order': False, 'shape': (3,)}"), malformed("no 'descr'")],
    ['no order', npy("{'descr': '<f8', 'shape': (3,)}"), malformed("no 'fortran_order'")],
    ['no shape', npy("{'descr': '<f8', 'fortran_order': False}"), malformed("no 'shape'")],
    ['huge lengths', npy(header('<f8', '(0, 99999999999999999999)')), malformed('shape [0,100000000000000000000] is too large')],
  ] as const)('%s', (_, bytes, message) => {
    expect(() => readNpy(bytes)).toThrow(DataError);
    expect(() => readNpy(bytes)).toThrow(message);
  });

  test('damaged bytes are a DataError or another array, never another error', () => {
    const file = npy(header('<i4', '(2, 1)'), 'AAAAgAEAAAA=');
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), fc.nat(file.length), (at, byte, length) => {
        const damaged = file.slice(0, length);
        if (at < length) damaged[at] = byte;
        try {
          readNpy(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

describe('writeNpy', () => {
  test.each([
    [
      '<f8',
      tensor([
        [1, 2],
        [3, 4],
      ]),
      [
        'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAg',
        'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADwPwAAAAAAAABAAAAAAAAACEAAAAAAAAAQQA==',
      ].join(''),
    ],
    [
      '<f4',
      tensor(new Float32Array([1.5])),
      [
        'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAg',
        'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/',
      ].join(''),
    ],
    [
      '<i4',
      tensor(7, { dtype: 'int32' }),
      [
        'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAg',
        'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoHAAAA',
      ].join(''),
    ],
    [
      '|b1',
      tensor([], { dtype: 'bool', shape: [0, 2] }),
      [
        'k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAg',
        'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=',
      ].join(''),
    ],
  ] as const)('the bytes that NumPy writes: %s', (_, t, base64) => {
    expect(btoa(String.fromCharCode(...writeNpy(t)))).toBe(base64);
  });

  test('what is written is read again, with type and shape; elements begin at a multiple of 64', () => {
    const shapes = fc.array(fc.nat(4), { maxLength: 5 });
    const dtypes = fc.constantFrom<DType>('float64', 'float32', 'int32', 'bool');
    const values = fc.infiniteStream(fc.double());
    fc.assert(
      fc.property(shapes, dtypes, values, (shape, dtype, stream) => {
        const n = shape.reduce((a, b) => a * b, 1);
        const drawn = [...stream.take(n)].map((v) => (dtype === 'int32' ? v | 0 : v));
        const t = tensor(drawn, { shape, dtype });
        const bytes = writeNpy(t);
        const again = readNpy(bytes);
        expect(again.dtype).toBe(dtype);
        expect(again.shape).toEqual(shape);
        expect(again.data).toEqual(t.data);
        expect((bytes.length - n * t.data.BYTES_PER_ELEMENT) % 64).toBe(0);
      }),
      { seed: 1 },
    );
  });

  test('arrays are tensors too', () => {
    expect(readNpy(writeNpy([[1], [2]])).toArray()).toEqual([[1], [2]]);
  });
});
