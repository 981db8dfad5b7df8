/** Mistakes on the command line of the examples: one line, with what was probably meant. */
import { UsageError } from 'chainrule';
import { describe, expect, test } from 'vitest';
import { readOptions } from '../../examples/command-line.js';

const read = (...args: string[]) =>
  readOptions(
    'npm start',
    '--epochs 3',
    {
      data: { type: 'string' },
      epochs: { type: 'string', default: '10' },
      json: { type: 'boolean', default: false },
      out: { type: 'string', short: 'o' },
    },
    args,
  );

describe('options', () => {
  test('are read as parseArgs reads them', () => {
    expect({ ...read() }).toEqual({ epochs: '10', json: false });
    expect({ ...read('--epochs', '3', '--data=DIR', '--json', '-o', 'out') }).toEqual({ epochs: '3', data: 'DIR', json: true, out: 'out' });
    expect(read('--data', '').data).toBe('');
  });

  test.each([
    [['--epoch', '3'], 'npm start: unknown option --epoch: did you mean --epochs?'],
    [['--Epochs=3'], 'npm start: unknown option --Epochs: did you mean --epochs?'],
    [['--dtaa', 'DIR'], 'npm start: unknown option --dtaa: did you mean --data?'],
    [['--no-json'], 'npm start: unknown option --no-json: did you mean --json?'],
    [['-x'], 'npm start: unknown option -x: known options: --data, --epochs, --json, --out'],
    [['--learningrate', '1'], 'npm start: unknown option --learningrate: known options: --data, --epochs, --json, --out'],
    [['--epochs'], 'npm start: --epochs needs a value'],
    [['--data', '--epochs', '3'], 'npm start: --data needs a value'],
    [['--json=yes'], 'npm start: --json takes no value: got yes'],
    [['3'], "npm start: unexpected argument '3': options come after --, as in npm start -- --epochs 3"],
  ])('%j', (args, message) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(new UsageError(message.split(': ')[0]!, message.split(': ').slice(1).join(': ')));
  });
});
