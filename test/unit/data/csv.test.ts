/** CSV with a header row. */
import fc from 'fast-check';
import { DataError, Tensor, UsageError } from 'chainrule';
import { describe, expect, test } from 'vitest';
import { type CsvOptions, readCsv } from '../../../src/data/csv.js';

const shown = (column: Tensor | readonly string[] | undefined): unknown => (column instanceof Tensor ? column.toArray() : column);

describe('readCsv', () => {
  test('columns of numbers are float64, others stay text', () => {
    const table = readCsv('sepal,petal,kind\n5.1,1.4,setosa\n7,4.7,versicolor\n');
    expect(table.columns).toEqual(['sepal', 'petal', 'kind']);
    expect(shown(table.data['sepal'])).toEqual([5.1, 7]);
    expect((table.data['petal'] as Tensor).dtype).toBe('float64');
    expect((table.data['petal'] as Tensor).shape).toEqual([2]);
    expect(table.data['kind']).toEqual(['setosa', 'versicolor']);
  });

  test.each([
    ['integers and decimals', ['1', '-2.5', '+.5', '3.', '1e3', '-2.5E-3'], [1, -2.5, 0.5, 3, 1000, -0.0025]],
    ['missing', ['', 'NA', 'NaN', 'nan', ' ', '1'], [NaN, NaN, NaN, NaN, NaN, 1]],
    ['infinite', ['inf', '-inf', 'Infinity', '-Infinity'], [Infinity, -Infinity, Infinity, -Infinity]],
    ['spaces', [' 1', '2 ', '\t3'], [1, 2, 3]],
    ['quoted', ['"1"', '"2.5"', '""'], [1, 2.5, NaN]],
    ['hexadecimal is text', ['0x10', '1'], ['0x10', '1']],
    ['dates are text', ['2020-01-01', ''], ['2020-01-01', '']],
    ['two dots are text', ['1.2.3'], ['1.2.3']],
    ['a lone sign is text', ['-', '.'], ['-', '.']],
    ['thousands are text', ['"1,000"'], ['1,000']],
  ] as const)('%s', (_, fields, values) => {
    const { data } = readCsv(`id,v\n${fields.map((field) => `0,${field}`).join('\n')}\n`);
    expect(shown(data['v'])).toEqual(values);
  });

  test.each([
    ['LF', 'a,b\n1,2\n3,4'],
    ['LF at the end', 'a,b\n1,2\n3,4\n'],
    ['CRLF', 'a,b\r\n1,2\r\n3,4\r\n'],
    ['CR', 'a,b\r1,2\r3,4\r'],
    ['empty lines at the end', 'a,b\n1,2\n3,4\n\n\r\n\n'],
    ['a byte order mark', '\ufeffa,b\n1,2\n3,4\n'],
    ['a quoted header', '"a","b"\n1,2\n3,4\n'],
  ])('%s', (_, text) => {
    for (const source of [text, new TextEncoder().encode(text)]) {
      const { columns, matrix } = readCsv(source);
      expect(columns).toEqual(['a', 'b']);
      expect(matrix().toArray()).toEqual([
        [1, 2],
        [3, 4],
      ]);
    }
  });

  test('quotes hold separators, quotes and line breaks', () => {
    const { data } = readCsv('text,n\n"a, ""b""\r\nc",1\n"",2\nit"s,3\n');
    expect(data['text']).toEqual(['a, "b"\r\nc', '', 'it"s']);
    expect(shown(data['n'])).toEqual([1, 2, 3]);
  });

  test.each([';', '\t', '|', ' ', '^', ']', '\\', '-', '.', 'd'])('separator %j', (separator) => {
    const { data } = readCsv(`a${separator}b\n1${separator}"x${separator}y"\n`, { separator });
    expect(data).toMatchObject({ b: [`x${separator}y`] });
    expect(shown(data['a'])).toEqual([1]);
  });

  test('one column, where an empty line is a missing value unless it is the last', () => {
    expect(shown(readCsv('a\n1\n\n3\n\n').data['a'])).toEqual([1, NaN, 3]);
  });

  test('what was written comes back', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '1', ',', '"', '\n', '\r', ' ', 'é', '.', '😀'), maxLength: 6 });
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const table = fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), (rows, end) => {
        // The last row keeps the columns text.
        const lines = [...rows, ['text', 'text']].map((row) => row.map(quoted).join(','));
        const { data } = readCsv(['p,q', ...lines].join(end));
        expect(data['p']).toEqual([...rows.map((row) => row[0]), 'text']);
        expect(data['q']).toEqual([...rows.map((row) => row[1]), 'text']);
      }),
      { seed: 1 },
    );
    fc.assert(
      fc.property(fc.array(fc.double(), { minLength: 1 }), (values) => {
        const { data } = readCsv(`id,v\n${values.map((v) => `0,${Object.is(v, -0) ? '-0' : v}`).join('\n')}`);
        expect([...(data['v'] as Tensor).data]).toEqual(values);
      }),
      { seed: 1 },
    );
  });

  test('chosen columns, in their order', () => {
    const table = readCsv('a,b,c\n1,2,x\n3,4,y\n', { columns: ['c', 'a'] });
    expect(table.columns).toEqual(['c', 'a']);
    expect(Object.keys(table.data)).toEqual(['c', 'a']);
    expect(table.matrix().toArray()).toEqual([[1], [3]]);
    expect(() => table.matrix('b')).toThrow("CSV data: no column 'b': found c, a");
    expect(Object.keys(readCsv('__proto__,b\n1,2\n').data)).toEqual(['__proto__', 'b']);
  });

  test('matrix', () => {
    const { matrix } = readCsv('a,b,kind\n1,2,x\n3,,y\n', { name: 'flowers.csv' });
    expect(matrix().dtype).toBe('float64');
    expect(matrix().toArray()).toEqual([
      [1, 2],
      [3, NaN],
    ]);
    expect(matrix('b', 'a', 'b').toArray()).toEqual([
      [2, 1, 2],
      [NaN, 3, NaN],
    ]);
    expect(() => matrix('a', 'kind')).toThrow(DataError);
    expect(() => matrix('a', 'kind')).toThrow('flowers.csv: column \'kind\' is text: "x" in line 2');
    expect(() => matrix('c')).toThrow("flowers.csv: no column 'c': found a, b, kind");
    expect(() => matrix('toString')).toThrow("flowers.csv: no column 'toString'");
    expect(() => readCsv('a\nx\n').matrix()).toThrow('CSV data: no column of numbers: found a');
    // The line is that of the text, although rows above it hold line breaks.
    expect(() => readCsv('t,a\n"1\n2",3\n\'\',x\n').matrix('a')).toThrow('column \'a\' is text: "x" in line 4');
  });

  test.each([
    ['a short row', 'a,b\n1,2\n3\n', 'CSV data: ragged row in line 3: expected 2 fields, found 1'],
    ['a long row', 'a,b\r\n1,2,3\r\n', 'CSV data: ragged row in line 2: expected 2 fields, found 3'],
    ['an empty line inside', 'a,b\n1,2\n\n3,4\n', 'CSV data: ragged row in line 3: expected 2 fields, found 1'],
    ['a ragged row after a line break', 'a,b\n"1\n\n2",2\n3\n', 'CSV data: ragged row in line 5: expected 2 fields, found 1'],
    ['an open quote', 'a,b\n1,2\n3,"4\n5,6\n', 'CSV data: unterminated quote: opened in line 3'],
    ['an open quote at the end', 'a\n"', 'CSV data: unterminated quote: opened in line 2'],
    ['a quote that ends within an escape', 'a\n"x""', 'CSV data: unterminated quote: opened in line 2'],
    ['text after a quote', 'a,b\n"1\n" x,2\n', 'CSV data: text after a closing quote: line 3, found " x,2\\n"'],
    ['one name twice', 'a,b,a\n1,2,3\n', "CSV data: duplicate column name 'a': column 3 in line 1"],
    ['an index of pandas', ',a\n0,1\n', 'CSV data: empty column name: column 1 in line 1: pandas writes its index so: use index=False'],
    ['a blank name', 'a, \n0,1\n', 'CSV data: empty column name: column 2 in line 1: pandas writes its index so: use index=False'],
    ['nothing', '', 'CSV data: is empty: a header row is needed'],
    ['empty lines', '\n\r\n', 'CSV data: is empty: a header row is needed'],
    ['no bytes', new Uint8Array(0), 'CSV data: is empty: a header row is needed'],
    ['a header only', 'a,b\n\n', 'CSV data: no rows: found a header of 2 columns only'],
    ['Latin-1', new Uint8Array([97, 10, 0xe9, 10]), 'CSV data: is not UTF-8: decode it first, and pass the text'],
    ['gzip', new Uint8Array([0x1f, 0x8b, 8]), 'CSV data: is gzipped: gunzip it first'],
  ] as const)('%s', (_, source, message) => {
    expect(() => readCsv(source)).toThrow(DataError);
    expect(() => readCsv(source)).toThrow(expect.objectContaining({ message }) as Error);
    expect(() => readCsv(source, { name: 'x.csv' })).toThrow(/^x\.csv: /);
  });

  test.each([
    [{ separater: ';' }, "readCsv: unknown option 'separater': did you mean 'separator'?"],
    [{ separator: '' }, 'readCsv: separator must be one character, no quote or line break: ""'],
    [{ separator: ', ' }, 'readCsv: separator must be one character, no quote or line break: ", "'],
    [{ separator: '"' }, 'readCsv: separator must be one character, no quote or line break: "\\""'],
  ])('%j', (options, message) => {
    expect(() => readCsv('a\n1\n', options as CsvOptions)).toThrow(UsageError);
    expect(() => readCsv('a\n1\n', options as CsvOptions)).toThrow(message);
  });

  test('a column that is not there', () => {
    expect(() => readCsv('a,b\n1,2\n', { columns: ['a', 'c'] })).toThrow("CSV data: no column 'c': found a, b");
  });
});
