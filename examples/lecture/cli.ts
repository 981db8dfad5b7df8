/**
 * @file The command line: `[--json] [--numbers FILE]`.
 */
import { UsageError } from 'chainrule';
import { readOptions } from '../command-line.js';
import { IllFormed } from './inputs.js';
import { loadEntries } from './load.js';
import { report } from './table.js';
import { verdictOn } from './verdict.js';

const NUMBERS = new URL('../../test/lecture/numbers.json', import.meta.url);

/** What a run leaves behind. */
export interface Result {
  code: 0 | 2;
  out: string;
  err: string;
}

const failed = (message: string): Result => ({ code: 2, out: '', err: `${message.split('\n')[0]!}\n` });

interface Options {
  json: boolean;
  numbers: string | undefined;
}

function optionsFrom(args: readonly string[]): Options {
  const known = { json: { type: 'boolean', default: false }, numbers: { type: 'string' } } as const;
  const values = readOptions('npm run lecture', '--numbers FILE', known, args);
  return { json: values.json, numbers: values.numbers };
}

/** Runs the program: a wrong flag or file is one line on the error stream and exit code 2. */
export function run(args: readonly string[]): Result {
  let options: Options;
  try {
    options = optionsFrom(args);
  } catch (error) {
    if (error instanceof UsageError) return failed(error.message);
    throw error;
  }
  try {
    const verdicts = loadEntries(options.numbers ?? NUMBERS).map(verdictOn);
    const out = options.json
      ? JSON.stringify(verdicts.map(({ entry, value, verdict }) => ({ id: entry.id, value, verdict })))
      : report(verdicts);
    return { code: 0, out: `${out}\n`, err: '' };
  } catch (error) {
    if (error instanceof IllFormed) return failed(`lecture: ${options.numbers ?? 'numbers.json'}: ${error.message}`);
    throw error;
  }
}
