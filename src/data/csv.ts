/**
 * @file Tables of comma-separated values with a header row, from text or bytes.
 */
import { checkOptions, DataError, UsageError } from '../graph/errors.js';
import { Tensor } from '../graph/tensor.js';

/** Options of `readCsv`. */
export interface CsvOptions {
  /** What stands between fields, one character. Default a comma. */
  separator?: string;
  /** Names of the columns to keep, in this order. Default all. */
  columns?: readonly string[];
  /** Stands in messages. */
  name?: string;
}

/** A table: columns of numbers are tensors, others stay text. */
export interface CsvTable {
  /** Names of the columns, in order. */
  readonly columns: readonly string[];
  /** By name: float64 [N] if every field is a number or missing, else the fields as they stand. */
  readonly data: Readonly<Record<string, Tensor | readonly string[]>>;
  /**
   * Columns of numbers side by side: float64 [N, D]. Without names, all columns of numbers.
   * @throws DataError for a column that does not exist or is text, and when there is none.
   */
  readonly matrix: (...names: readonly string[]) => Tensor;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const MISSING = /^(?:na|nan)?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/** The number a field is, NaN where it is missing, `undefined` for text. */
function numberIn(field: string): number | undefined {
  const text = field.trim();
  if (NUMBER.test(text)) return Number(text);
  if (MISSING.test(text)) return NaN;
  const sign = INFINITE.exec(text)?.[1];
  return sign === undefined ? undefined : sign === '-' ? -Infinity : Infinity;
}

interface Row {
  /** 1-based line it begins on: a quoted field may hold line breaks. */
  readonly line: number;
  readonly fields: string[];
}

/** The rows of a text by RFC 4180; a line break is CRLF, LF or CR. Empty lines at the end are no rows. */
function rowsOf(text: string, separator: string, name: string): Row[] {
  const rows: Row[] = [];
  const plain = new RegExp(`[^\\r\\n${/[\\\]^-]/.test(separator) ? '\\' : ''}${separator}]*`, 'y');
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const row: Row = { line, fields: [] };
    for (;;) {
      if (text[at] === '"') {
        let field = '';
        const from = line;
        for (at++; ; at += 2) {
          const close = text.indexOf('"', at);
          if (close < 0) throw new DataError(name, 'unterminated quote', `opened in line ${from}`);
          field += text.slice(at, close);
          at = close;
          if (text[close + 1] !== '"') break;
          field += '"';
        }
        at++;
        line += field.match(/\r\n|\n|\r/g)?.length ?? 0;
        if (at < text.length && ![separator, '\r', '\n'].includes(text[at]!))
          throw new DataError(name, 'text after a closing quote', `line ${line}, found ${JSON.stringify(text.slice(at, at + 12))}`);
        row.fields.push(field);
      } else {
        plain.lastIndex = at;
        row.fields.push(plain.exec(text)![0]);
        at = plain.lastIndex;
      }
      if (text[at] !== separator) break;
      at++;
    }
    at += text.startsWith('\r\n', at) ? 2 : 1;
    line++;
    rows.push(row);
  }
  while (rows.length > 0 && rows.at(-1)!.fields.length === 1 && rows.at(-1)!.fields[0] === '') rows.pop();
  return rows;
}

function textOf(source: string | Uint8Array, name: string): string {
  if (typeof source === 'string') return source;
  if (source[0] === 0x1f && source[1] === 0x8b) throw new DataError(name, 'is gzipped', undefined, 'gunzip it first');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(source);
  } catch {
    throw new DataError(name, 'is not UTF-8', undefined, 'decode it first, and pass the text');
  }
}

/** Names of all columns. */
function headerOf(row: Row | undefined, name: string): readonly string[] {
  if (row === undefined) throw new DataError(name, 'is empty', undefined, 'a header row is needed');
  row.fields.forEach((column, i) => {
    const place = `column ${i + 1} in line ${row.line}`;
    if (column.trim() === '') throw new DataError(name, 'empty column name', place, 'pandas writes its index so: use index=False');
    if (row.fields.indexOf(column) < i) throw new DataError(name, `duplicate column name '${column}'`, place);
  });
  return row.fields;
}

/** The table of its columns; a function of its own, so that `matrix` does not keep the text of all rows alive. */
function tableOf(columns: CsvTable['columns'], data: CsvTable['data'], lines: readonly number[], name: string): CsvTable {
  const numbers = (column: string): Tensor => {
    const found = Object.hasOwn(data, column) ? data[column] : undefined;
    if (found === undefined) throw new DataError(name, `no column '${column}'`, `found ${columns.join(', ')}`);
    if (found instanceof Tensor) return found;
    const i = found.findIndex((field) => numberIn(field) === undefined);
    throw new DataError(name, `column '${column}' is text`, `${JSON.stringify(found[i])} in line ${lines[i]}`);
  };
  const matrix = (...names: readonly string[]): Tensor => {
    const chosen = names.length > 0 ? names : columns.filter((column) => data[column] instanceof Tensor);
    if (chosen.length === 0) throw new DataError(name, 'no column of numbers', `found ${columns.join(', ')}`);
    const values = new Float64Array(lines.length * chosen.length);
    chosen.forEach((column, j) => {
      const { data: cells } = numbers(column);
      for (let i = 0; i < lines.length; i++) values[i * chosen.length + j] = cells[i]!;
    });
    return new Tensor(Object.freeze([lines.length, chosen.length]), 'float64', values, null);
  };
  return { columns, data, matrix };
}

/**
 * Reads a table with a header row: RFC 4180 with quotes, line breaks of any system, a byte order mark, empty lines at the end.
 * A quote inside a field that does not begin with one is an ordinary character.
 * A column is float64 [N] if each of its fields is a number or missing (empty, NA or NaN: they become NaN), else it stays text.
 * @throws DataError for rows of differing length, an unterminated quote, a header name that is empty or occurs twice, a column
 * that does not exist, no rows, and bytes that are not UTF-8; the message names the line.
 * @throws UsageError for unknown options, and a separator that is not one character.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 * @example
 * const flowers = readCsv('width,length,kind\n1.5,2,iris\n,4,"lily, white"\n');
 * flowers.data['kind']; // → ['iris', 'lily, white']
 * flowers.matrix('length', 'width'); // → [[2, 1.5], [4, NaN]]
 */
export function readCsv(source: string | Uint8Array, options: CsvOptions = {}): CsvTable {
  checkOptions('readCsv', options, ['separator', 'columns', 'name']);
  const { separator = ',', name = 'CSV data' } = options;
  if (separator.length !== 1 || /["\r\n]/.test(separator))
    throw new UsageError('readCsv', 'separator must be one character, no quote or line break', JSON.stringify(separator));
  const [first, ...rows] = rowsOf(textOf(source, name), separator, name);
  const header = headerOf(first, name);
  if (rows.length === 0) throw new DataError(name, 'no rows', `found a header of ${header.length} columns only`);
  for (const { line, fields } of rows) {
    if (fields.length !== header.length)
      throw new DataError(name, `ragged row in line ${line}`, `expected ${header.length} fields, found ${fields.length}`);
  }
  const indexOf = (column: string): number => {
    const i = header.indexOf(column);
    if (i < 0) throw new DataError(name, `no column '${column}'`, `found ${header.join(', ')}`);
    return i;
  };
  const columns = options.columns === undefined ? header : [...options.columns];
  const data = Object.fromEntries(
    columns.map((column): [string, Tensor | readonly string[]] => {
      const at = indexOf(column);
      const values = new Float64Array(rows.length);
      for (let i = 0; i < rows.length; i++) {
        const v = numberIn(rows[i]!.fields[at]!);
        if (v === undefined) return [column, rows.map((row) => row.fields[at]!)];
        values[i] = v;
      }
      return [column, new Tensor(Object.freeze([rows.length]), 'float64', values, null)];
    }),
  );
  return tableOf(
    columns,
    data,
    rows.map((row) => row.line),
    name,
  );
}
