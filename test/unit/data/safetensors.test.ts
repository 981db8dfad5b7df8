/** The safetensors format. Files in base64 are what the Python package safetensors 0.8.0 wrote from arrays of NumPy 2.4. */
import fc from 'fast-check';
import { DataError, type DType, DTypeError, Linear, Generator, safetensors, tensor, type Tensor, UsageError } from 'chainrule';
import { describe, expect, test } from 'vitest';

const decode = (...base64: string[]): Uint8Array => Uint8Array.from(atob(base64.join('')), (c) => c.charCodeAt(0));

/** A file by hand: a header as JSON, or as a text, and the bytes behind it. */
function file(header: unknown, elements: readonly number[] = [], length?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array([...new Uint8Array(8), ...text, ...elements]);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  return bytes;
}

const one = { dtype: 'U8', shape: [1], data_offsets: [0, 1] };
const headerOf = (bytes: Uint8Array): string =>
  new TextDecoder().decode(bytes.subarray(8, 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))));

/** save({'b': [1.5, -2] f4, 'mask': bool, '10': int32, '9': 0.1, '\uff5e': zeros((0, 3)) f4, '😀': [-0.0] f4, 'z': [3.0]}, metadata={'who': …}) */
const python = decode(
  'wAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJ3aG8iOiJhIFwicXVvdGVkXCJcbuKAqCBuYW1lIn0sIjkiOnsiZHR5cGUiOiJGNjQiLCJzaGFwZSI6W10sImRh',
  'dGFfb2Zmc2V0cyI6WzAsOF19LCJ6Ijp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbOCwxNl19LCJiIjp7ImR0eXBlIjoiRjMy',
  'Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMTYsMjRdfSwi772eIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlswLDNdLCJkYXRhX29mZnNldHMiOlsy',
  'NCwyNF19LCLwn5iAIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbMjQsMjhdfSwiMTAiOnsiZHR5cGUiOiJJMzIiLCJzaGFw',
  'ZSI6WzEsMl0sImRhdGFfb2Zmc2V0cyI6WzI4LDM2XX0sIm1hc2siOnsiZHR5cGUiOiJCT09MIiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbMzYsMzld',
  'fX0gICAgmpmZmZmZuT8AAAAAAAAIQAAAwD8AAADAAAAAgAEAAAD+////AQAB',
);
const pythonTensors: Readonly<Record<string, Tensor>> = {
  b: tensor(new Float32Array([1.5, -2])),
  mask: tensor([true, false, true]),
  '10': tensor([[1, -2]], { dtype: 'int32' }),
  '9': tensor(0.1),
  '\uff5e': tensor([], { dtype: 'float32', shape: [0, 3] }),
  '😀': tensor([-0], { dtype: 'float32' }),
  z: tensor([3]),
};
const pythonMetadata = { who: 'a "quoted"\n\u2028 name' };

/** Each dtype of the format that is not ours, by the same package; bfloat16 by ml_dtypes 0.6. */
const others = decode(
  'wAIAAAAAAAB7InU2NCI6eyJkdHlwZSI6IlU2NCIsInNoYXBlIjpbMV0sImRhdGFfb2Zmc2V0cyI6WzAsOF19LCJ1NjR3aWRlIjp7ImR0eXBlIjoiVTY0Iiwi',
  'c2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbOCwxNl19LCJpNjQiOnsiZHR5cGUiOiJJNjQiLCJzaGFwZSI6WzJdLCJkYXRhX29mZnNldHMiOlsxNiwzMl19',
  'LCJpNjR3aWRlIjp7ImR0eXBlIjoiSTY0Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMzIsNDhdfSwidTMyIjp7ImR0eXBlIjoiVTMyIiwic2hhcGUi',
  'OlsxXSwiZGF0YV9vZmZzZXRzIjpbNDgsNTJdfSwidTMyd2lkZSI6eyJkdHlwZSI6IlUzMiIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzUyLDYwXX0s',
  'ImJmMTYiOnsiZHR5cGUiOiJCRjE2Iiwic2hhcGUiOls4XSwiZGF0YV9vZmZzZXRzIjpbNjAsNzZdfSwiZjE2Ijp7ImR0eXBlIjoiRjE2Iiwic2hhcGUiOlsx',
  'MF0sImRhdGFfb2Zmc2V0cyI6Wzc2LDk2XX0sInUxNiI6eyJkdHlwZSI6IlUxNiIsInNoYXBlIjpbMV0sImRhdGFfb2Zmc2V0cyI6Wzk2LDk4XX0sImkxNiI6',
  'eyJkdHlwZSI6IkkxNiIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6Wzk4LDEwMl19LCJpOCI6eyJkdHlwZSI6Ikk4Iiwic2hhcGUiOlsyXSwiZGF0YV9v',
  'ZmZzZXRzIjpbMTAyLDEwNF19LCJ1OCI6eyJkdHlwZSI6IlU4Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMTA0LDEwNl19fSAgICAgIAcAAAAAAAAA',
  'AAAAgAAAAAAAAACA/////////38AAAAA////////HwABAAAAAADg/////3//////AQAAAAEAgD/AP0nAf3+A/8B/AIABAP8DAARVNf97AHwA/AB+AIAAwP//',
  'AID/f4B/AP8=',
);

describe('load', () => {
  test('a file of Python', () => {
    const loaded = safetensors.load(python);
    expect(Object.keys(loaded).sort()).toEqual(Object.keys(pythonTensors).sort());
    for (const [name, t] of Object.entries(pythonTensors)) {
      expect(loaded[name]!.dtype).toBe(t.dtype);
      expect(loaded[name]!.shape).toEqual(t.shape);
      expect(loaded[name]!.data).toEqual(t.data);
    }
    expect(safetensors.metadata(python)).toEqual(pythonMetadata);
  });

  test.each([
    [
      'f16',
      'float32',
      [5.960464477539063e-8, 6.097555160522461e-5, 6.103515625e-5, 0.333251953125, 65504, Infinity, -Infinity, NaN, -0, -2],
    ],
    ['bf16', 'float32', [9.183549615799121e-41, 1, 1.5, -3.140625, 3.3895313892515355e38, -Infinity, NaN, -0]],
    ['i8', 'int32', [-128, 127]],
    ['u8', 'int32', [0, 255]],
    ['i16', 'int32', [-32768, 32767]],
    ['u16', 'int32', [65535]],
    ['u32', 'int32', [2147483647]],
    ['u32wide', 'float64', [4294967295, 1]],
    ['i64', 'int32', [-2147483648, 2147483647]],
    ['i64wide', 'float64', [2 ** 53 - 1, -(2 ** 53) + 1]],
    ['u64', 'int32', [7]],
    ['u64wide', 'float64', [2147483648]],
  ] as const)('%s becomes %s', (name, dtype, values) => {
    const t = safetensors.load(others)[name]!;
    expect(t.dtype).toBe(dtype);
    expect([...t.data]).toEqual(values);
  });

  test('every half and brain float, against their definitions', () => {
    const n = 65536;
    const elements = Array.from({ length: n }, (_, i) => [i & 255, i >> 8]).flat();
    const read = (dtype: string): Tensor => safetensors.load(file({ x: { dtype, shape: [n], data_offsets: [0, 2 * n] } }, elements))['x']!;
    const bits = new Uint32Array(read('BF16').data.buffer);
    const halves = read('F16').data;
    const wrong: string[] = [];
    for (let i = 0; i < n; i++) {
      // NaN may lose its payload, never its being NaN
      const nan = (i & 0x7fff) > 0x7f80;
      if (nan ? (bits[i]! & 0x7fffffff) <= 0x7f800000 : bits[i] !== i * 65536) wrong.push(`BF16 ${i}`);
      const [sign, exponent, mantissa] = [i < 32768 ? 1 : -1, (i >> 10) % 32, i % 1024];
      const normal = exponent === 0 ? 2 ** -14 * (mantissa / 1024) : 2 ** (exponent - 15) * (1 + mantissa / 1024);
      if (!Object.is(halves[i], sign * (exponent < 31 ? normal : mantissa > 0 ? NaN : Infinity))) wrong.push(`F16 ${i}`);
    }
    expect(wrong).toEqual([]);
  });

  test('headers of other writers: any order, spaces, more fields, no padding, and bytes that are a part of a larger buffer', () => {
    const header =
      '  { "b": {"shape":[], "note":{}, "data_offsets":[2,3], "dtype":"I8"},\n "a" : {"dtype":"U8","shape":[2,1],"data_offsets":[0,2]} } ';
    const bytes = file(header, [1, 2, 255]);
    const padded = new Uint8Array(bytes.length + 16);
    padded.set(bytes, 5);
    const { a, b } = safetensors.load(padded.subarray(5, 5 + bytes.length));
    expect(a!.toArray()).toEqual([[1], [2]]);
    expect(b!.item()).toBe(-1);
    expect(safetensors.load(file('{}'))).toEqual({});
    expect(safetensors.metadata(file('{}'))).toEqual({});
    expect(safetensors.load(file({ x: { ...one, dtype: 'BOOL' } }, [2]))['x']!.toArray()).toEqual([true]);
  });

  test('elements that do not begin at a multiple of their size', () => {
    const a = { dtype: 'U8', shape: [1], data_offsets: [0, 1] };
    const x = { dtype: 'F64', shape: [1], data_offsets: [1, 9] };
    expect(safetensors.load(file({ a, x }, [7, 0, 0, 0, 0, 0, 0, 4, 64]))['x']!.toArray()).toEqual([2.5]);
  });

  test('keys that every object has pollute no prototype', () => {
    const names = ['__proto__', 'constructor', 'toString', 'dtype'];
    const infos = names.map((name, i) => `"${name}":{"dtype":"U8","shape":[1],"data_offsets":[${i},${i + 1}]}`);
    const bytes = file(`{"__metadata__":{"__proto__":"m"},${infos.join(',')}}`, [1, 2, 3, 4]);
    const loaded = safetensors.load(bytes);
    expect(Object.getPrototypeOf(loaded)).toBe(Object.prototype);
    expect(Object.keys(loaded)).toEqual(names);
    expect(Object.entries(loaded).map(([, t]) => t.item())).toEqual([1, 2, 3, 4]);
    expect(Object.entries(safetensors.metadata(bytes))).toEqual([['__proto__', 'm']]);
    expect(({} as Record<string, unknown>)['dtype']).toBeUndefined();
    // Nor does a prototype speak for a tensor.
    const odd = '{"x":{"__proto__":{"dtype":"U8","shape":[1]},"data_offsets":[0,1]}}';
    expect(() => safetensors.load(file(odd, [1]))).toThrow('safetensors data, x: malformed header: expected a dtype, found nothing');
    const again = safetensors.save(Object.fromEntries(Object.entries(loaded)));
    expect(Object.entries(safetensors.load(again)).map(([key, t]) => [key, t.item()])).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
      ['dtype', 4],
      ['toString', 3],
    ]);
  });

  const info = (change: object): Uint8Array => file({ x: { ...one, ...change } }, [1]);
  const two = (a: readonly number[], b: readonly number[], n: number): Uint8Array => {
    const u8 = (offsets: readonly number[]): object => ({ dtype: 'U8', shape: [offsets[1]! - offsets[0]!], data_offsets: offsets });
    return file(
      { a: u8(a), b: u8(b) },
      Array.from({ length: n }, () => 0),
    );
  };
  const malformed = (what: string): string => `w.safetensors, x: malformed header: expected ${what}`;
  const offsets = 'data_offsets [begin, end]';
  const lengths = 'a shape of lengths from 0 on';
  test.each([
    ['nothing', new Uint8Array(0), 'w.safetensors: too short for a safetensors file: expected at least 8 bytes, found 0'],
    ['7 bytes', new Uint8Array(7), 'w.safetensors: too short for a safetensors file: expected at least 8 bytes, found 7'],
    ['a header cut off', file('{}', [], 3n), 'w.safetensors: truncated header: expected 11 bytes, found 10'],
    [
      'a header over 100 MB',
      file('{}', [], 100_000_001n),
      'w.safetensors: the header is too long: expected at most 100000000 bytes, found a length of 100000001: is it a safetensors file?',
    ],
    ['the largest length', file('{}', [], 2n ** 64n - 1n), /the header is too long: .* found a length of 18446744073709551615: /],
    ['another format', new TextEncoder().encode('\x93NUMPY\x01\x00v\x00'), /^w\.safetensors: the header is too long: /],
    ['no UTF-8', new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0, 0xff]), 'w.safetensors: the header is not UTF-8'],
    ['no JSON', file('{'), /^w\.safetensors: the header is not JSON: ./],
    ['an empty header', file(''), /^w\.safetensors: the header is not JSON: ./],
    ['a byte order mark', file('\ufeff{}'), /^w\.safetensors: the header is not JSON: ./],
    ['a list', file('[1]'), 'w.safetensors: the header is not an object: found [1]'],
    ['null', file('null'), 'w.safetensors: the header is not an object: found null'],
    ['a text', file('"x"'), 'w.safetensors: the header is not an object: found "x"'],
    ['a name twice', file('{"a":1,"\\u0061":2}'), 'w.safetensors: the header has a key twice: "a"'],
    ['a field twice', file('{"x":{"dtype":"U8","dtype":"I8"}}'), 'w.safetensors: the header has a key twice: "dtype"'],
    ['metadata twice', file('{"__metadata__":{"a":"{","b":"\\",","a":""}}'), 'w.safetensors: the header has a key twice: "a"'],
    ['__proto__ twice', file('{"__proto__":1,"__proto__":1}'), 'w.safetensors: the header has a key twice: "__proto__"'],
    ['metadata null', file('{"__metadata__":null}'), 'w.safetensors: __metadata__ must be an object of strings: found null'],
    ['a list of metadata', file('{"__metadata__":["a"]}'), 'w.safetensors: __metadata__ must be an object of strings: found ["a"]'],
    ['metadata of numbers', file('{"__metadata__":{"a":1}}'), 'w.safetensors: __metadata__ must be an object of strings: "a" is 1'],
    ['deep metadata', file('{"__metadata__":{"a":{}}}'), 'w.safetensors: __metadata__ must be an object of strings: "a" is an object'],
    ['a number for a tensor', file({ x: 1 }), malformed('an object, found 1')],
    ['a list for a tensor', file({ x: [[1]] }), malformed('an object, found an array')],
    ['a long text for a tensor', file({ x: 'y'.repeat(99) }), malformed(`an object, found "${'y'.repeat(58)}…`)],
    ['no dtype', info({ dtype: undefined }), malformed('a dtype, found nothing')],
    ['a dtype that is no text', info({ dtype: 8 }), malformed('a dtype, found 8')],
    ['no shape', info({ shape: undefined }), malformed(`${lengths}, found nothing`)],
    ['a shape that is no list', info({ shape: 1 }), malformed(`${lengths}, found 1`)],
    ['negative lengths', info({ shape: [-1] }), malformed(`${lengths}, found [-1]`)],
    ['fractions', info({ shape: [0.5, 2] }), malformed(`${lengths}, found [0.5,2]`)],
    ['texts for lengths', info({ shape: ['1'] }), malformed(`${lengths}, found ["1"]`)],
    ['a deep shape', info({ shape: [[1]] }), malformed(`${lengths}, found an array`)],
    ['lengths beyond 2⁵³', info({ shape: [2 ** 53] }), malformed(`${lengths}, found [9007199254740992]`)],
    ['no offsets', info({ data_offsets: undefined }), malformed(`${offsets}, found nothing`)],
    ['one offset', info({ data_offsets: [1] }), malformed(`${offsets}, found [1]`)],
    ['three offsets', info({ data_offsets: [0, 1, 2] }), malformed(`${offsets}, found [0,1,2]`)],
    ['negative offsets', info({ data_offsets: [-1, 0] }), malformed(`${offsets}, found [-1,0]`)],
    ['offsets turned round', info({ data_offsets: [1, 0] }), malformed(`${offsets}, found [1,0]`)],
    ['overlap', two([0, 2], [1, 3], 3), 'w.safetensors: tensors overlap: a ends at byte 2, b begins at 1'],
    ['the same bytes', two([0, 2], [0, 2], 2), 'w.safetensors: tensors overlap: a ends at byte 2, b begins at 0'],
    ['an empty tensor inside another', two([0, 2], [1, 1], 2), 'w.safetensors: tensors overlap: a ends at byte 2, b begins at 1'],
    ['a hole', two([0, 1], [2, 3], 3), 'w.safetensors: bytes between tensors belong to none: a ends at byte 1, b begins at 2'],
    ['a hole at the start', two([2, 3], [1, 2], 3), /belong to none: the header ends at byte 0, b begins at 1$/],
    ['past the end', two([0, 1], [1, 3], 2), 'w.safetensors: truncated: expected 3 bytes of elements, found 2'],
    ['bytes left over', two([0, 1], [1, 2], 3), 'w.safetensors: longer than its header says: expected 2 bytes of elements, found 3'],
    ['bytes without a tensor', file('{}', [0]), 'w.safetensors: longer than its header says: expected 0 bytes of elements, found 1'],
    ['too large a shape', info({ shape: [2] }), 'w.safetensors, x: offsets do not fit the shape: [2] of U8 needs 2 bytes, [0,1] are 1'],
    ['too small a shape', info({ shape: [0] }), 'w.safetensors, x: offsets do not fit the shape: [0] of U8 needs 0 bytes, [0,1] are 1'],
    ['too large a dtype', info({ dtype: 'F64' }), 'w.safetensors, x: offsets do not fit the shape: [1] of F64 needs 8 bytes, [0,1] are 1'],
    [
      'lengths that overflow',
      info({ shape: Array.from({ length: 30 }, () => 2 ** 52) }),
      /x: offsets do not fit the shape: .* needs Infinity bytes, \[0,1\] are 1$/,
    ],
    [
      'lengths that overflow, and 0',
      file({ x: { ...one, shape: [...Array.from({ length: 30 }, () => 2 ** 52), 0], data_offsets: [0, 0] } }),
      /x: offsets do not fit the shape: .* needs NaN bytes, \[0,0\] are 0$/,
    ],
    [
      'an unknown dtype',
      info({ dtype: 'complex' }),
      "w.safetensors, x: unsupported dtype: 'complex': known: F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL",
    ],
    ['a dtype that every object has', info({ dtype: 'constructor' }), "w.safetensors, x: unsupported dtype: 'constructor': known: F64, "],
    [
      'float8 of Python',
      decode('QAAAAAAAAAB7IngiOnsiZHR5cGUiOiJGOF9FNE0zIiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbMCwxXX19ICAgICAgOA=='),
      "w.safetensors, x: unsupported dtype: 'F8_E4M3': known: F64, ",
    ],
    [
      'integers that float64 cannot hold',
      decode('QAAAAAAAAAB7ImlkcyI6eyJkdHlwZSI6Ikk2NCIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzAsMTZdfX0gICAgICAgAQAAAAAAAAABAAAAAAAgAA=='),
      'w.safetensors, ids: an integer is too large: float64 cannot hold 9007199254740993 at index 1: save it as float64 if rounding is meant',
    ],
  ] as const)('%s', (_, bytes, message) => {
    const load = (): unknown => safetensors.load(bytes, { name: 'w.safetensors' });
    expect(load).toThrow(DataError);
    expect(load).toThrow(message);
    // A hint may follow, but no message is the beginning of another.
    if (typeof message === 'string') expect(() => safetensors.load(bytes)).toThrow(message.replace('w.safetensors', 'safetensors data'));
  });

  test('a value that is nested a million times is an error as any other', () => {
    const deep = `${'['.repeat(1e6)}${']'.repeat(1e6)}`;
    expect(() => safetensors.load(file(deep))).toThrow('the header is not an object: found an array');
    expect(() => safetensors.load(file(`{"x":${deep}}`))).toThrow('x: malformed header: expected an object, found an array');
    expect(() => safetensors.load(file(`{"x":{"dtype":"U8","shape":${deep}}}`))).toThrow(DataError);
    expect(() => safetensors.load(file(`{"__metadata__":{"x":${deep}}}`))).toThrow('"x" is an array');
  });

  test('what is no file at all', () => {
    expect(() => safetensors.load('w.safetensors' as never)).toThrow(UsageError);
    expect(() => safetensors.load('w.safetensors' as never)).toThrow(
      'safetensors.load: needs the bytes of a file, a Uint8Array: got a string: chainrule/node reads files',
    );
    expect(() => safetensors.metadata(new ArrayBuffer(8) as never)).toThrow(
      'safetensors.metadata: needs the bytes of a file, a Uint8Array: got an instance of ArrayBuffer',
    );
    expect(() => safetensors.load(python, { nam: 'x' } as never)).toThrow("safetensors.load: unknown option 'nam': did you mean 'name'?");
  });

  test('every truncation is a DataError', () => {
    for (let n = 0; n < python.length; n++) expect(() => safetensors.load(python.slice(0, n)), `${n} bytes`).toThrow(DataError);
    expect(() => safetensors.load(new Uint8Array([...python, 0]))).toThrow(DataError);
  });

  test('damaged bytes are a DataError or other tensors, never another error', () => {
    const small = safetensors.save({ a: [1, 2], b: [true] }, { metadata: { k: '\\' } });
    for (let at = 0; at < small.length; at++) {
      for (const value of [0, 0x20, 0x22, 0x2c, 0x30, 0x5c, 0x7d, 0xff, small[at]! ^ 1, small[at]! ^ 2, small[at]! ^ 128]) {
        if (value === small[at]) continue;
        const damaged = small.slice();
        damaged[at] = value;
        let error: unknown;
        try {
          safetensors.load(damaged);
        } catch (e) {
          error = e;
        }
        // A wrong length of the header is always found out.
        if (error !== undefined || at < 8) expect(error, `byte ${at} as ${value}`).toBeInstanceOf(DataError);
      }
    }
  });
});

describe('save', () => {
  test('the bytes that Python writes', () => {
    expect(safetensors.save(pythonTensors, { metadata: pythonMetadata })).toEqual(python);
    const plain = decode(
      'QAAAAAAAAAB7InciOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzIsMl0sImRhdGFfb2Zmc2V0cyI6WzAsMTZdfX0gICAgICAgAACAPwAAAEAAAEBAAACAQA==',
    );
    expect(safetensors.save({ w: tensor(new Float32Array([1, 2, 3, 4]), { shape: [2, 2] }) })).toEqual(plain);
    // save({}) of Python
    expect(safetensors.save({})).toEqual(file('{}      '));
    expect(headerOf(safetensors.save({}, { metadata: {} })).trimEnd()).toBe('{"__metadata__":{}}');
  });

  test('what is written is read again, with names, types, shapes and bits', () => {
    const name = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'constructor', '0', '9', '10', '', 'a.b'));
    const drawn = fc.record({
      dtype: fc.constantFrom<DType>('float64', 'float32', 'int32', 'bool'),
      shape: fc.array(fc.nat(3), { maxLength: 4 }),
      values: fc.infiniteStream(fc.double()),
    });
    const metadata = fc.option(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), { nil: undefined });
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, drawn), { selector: ([key]) => key }), metadata, (list, texts) => {
        const tensors = list.map(([key, { dtype, shape, values }]) => {
          const n = shape.reduce((a, b) => a * b, 1);
          const numbers = [...values.take(n)].map((v) => (dtype === 'int32' ? v | 0 : v));
          return [key, tensor(numbers, { shape, dtype })] as const;
        });
        const bytes = safetensors.save(Object.fromEntries(tensors), texts === undefined ? {} : { metadata: texts });
        const loaded = Object.entries(safetensors.load(bytes));
        expect(new Map(loaded).size).toBe(tensors.length);
        for (const [key, t] of tensors) {
          const again = new Map(loaded).get(key)!;
          expect([again.dtype, again.shape]).toEqual([t.dtype, t.shape]);
          expect(again.data).toEqual(t.data);
        }
        expect(safetensors.metadata(bytes)).toEqual(texts ?? {});
        expect(new TextEncoder().encode(headerOf(bytes)).length % 8).toBe(0);
      }),
      { seed: 1 },
    );
  });

  test('NaN keeps its payload', () => {
    const [f64, f32] = [new Float64Array(2), new Float32Array(3)];
    new BigUint64Array(f64.buffer).set([0x7ff0000000000001n, 0xfff8dead0000beefn]);
    new Uint32Array(f32.buffer).set([0x7f800001, 0xffc12345, 0x80000000]);
    const { a, b } = safetensors.load(safetensors.save({ a: tensor(f64), b: tensor(f32) }));
    expect([...new BigUint64Array(a!.data.buffer, a!.data.byteOffset, 2)]).toEqual([0x7ff0000000000001n, 0xfff8dead0000beefn]);
    expect([...new Uint32Array(b!.data.buffer, b!.data.byteOffset, 3)]).toEqual([0x7f800001, 0xffc12345, 0x80000000]);
  });

  test('the same for the same tensors, in whatever order they are given', () => {
    const a = safetensors.save({ x: [1], y: [true], z: new Float32Array(3) });
    expect(safetensors.save({ z: new Float32Array(3), y: [true], x: [1] })).toEqual(a);
  });

  test('parameters are saved by their values', () => {
    const layer = new Linear(2, 1, { generator: new Generator(1) });
    const { weight, bias } = safetensors.load(safetensors.save({ weight: layer.weight, bias: layer.bias! }));
    expect(weight!.data).toEqual(layer.weight.data);
    expect(bias!.data).toEqual(layer.bias!.data);
  });

  const metadata = (value: unknown) => (): unknown => safetensors.save({}, { metadata: value as never });
  test.each([
    ['one tensor', () => safetensors.save(tensor([1]) as never), /needs an object of tensors: got an instance of Tensor: give each a name/],
    ['a list', () => safetensors.save([1] as never), 'needs an object of tensors: got an array: give each a name: { weight }'],
    ['null', () => safetensors.save(null as never), /needs an object of tensors: got null$/],
    ['nothing', () => safetensors.save(undefined as never), 'needs an object of tensors: got undefined'],
    [
      'a model',
      () => safetensors.save(new Linear(1, 1, { generator: new Generator(1) }) as never),
      /got an instance of Linear: save its stateDict\(\)$/,
    ],
    ['an unknown option', () => safetensors.save({}, { meta: {} } as never), "unknown option 'meta'"],
    ['the name of the metadata', () => safetensors.save({ __metadata__: 1 }), "a tensor cannot be named '__metadata__': the format keeps"],
    ['half a surrogate pair', () => safetensors.save({ '\ud800': 1 }), 'the name of a tensor is not valid Unicode: "\\ud800"'],
    ['metadata of numbers', metadata({ epoch: 7 }), "metadata must be an object of strings: 'epoch' is a number: JSON.stringify it"],
    ['a list of metadata', metadata(['a']), 'metadata must be an object of strings: got an array'],
    ['a text for metadata', metadata('a'), 'metadata must be an object of strings: got a string'],
    ['metadata null', metadata(null), 'metadata must be an object of strings: got null'],
    ['half a pair in metadata', metadata({ a: 'x\udc00' }), `metadata 'a' is not valid Unicode: "x\\udc00"`],
    ['half a pair in a key', metadata({ '\udc00': 'x' }), 'a key of metadata is not valid Unicode: "\\udc00"'],
  ])('%s', (_, save, message) => {
    expect(save).toThrow(UsageError);
    expect(save).toThrow(message);
    expect(save).toThrow(/^safetensors\.save: /);
  });

  test('a header over 100 MB', () => {
    const text = 'x'.repeat(100_000_000);
    expect(metadata({ text })).toThrow(
      /^safetensors\.save: the header is too long: 100000032 bytes of names, shapes and metadata, at most 100000000 can be read: keep long/,
    );
  });

  test('what is no tensor is an error that names it', () => {
    expect(() => safetensors.save({ x: 'text' as never })).toThrow(DTypeError);
    expect(() => safetensors.save({ x: 'text' as never })).toThrow('safetensors.save, x: values must be numbers or booleans: got string');
  });
});
