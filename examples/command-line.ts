/**
 * @file The options of a command line. A mistake is one line that says what was probably meant, and exit code 2.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ChainruleError, UsageError } from 'chainrule';

/** Insertions, deletions and replacements between two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

/** The known word that was probably meant; undefined when none is near. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const found = known.map((k) => [distance(word.toLowerCase(), k.toLowerCase()), k] as const).sort((a, b) => a[0] - b[0])[0];
  // two edits are two letters exchanged; as many edits as letters would be another word
  return found !== undefined && found[0] < word.length && found[0] <= Math.max(2, word.length / 3) ? found[1] : undefined;
}

/** What `parseArgs` is told of the options. */
export type OptionsConfig = NonNullable<ParseArgsConfig['options']>;

/** The values of `parseArgs` with these options. */
export type Values<T extends OptionsConfig> = ReturnType<typeof parseArgs<{ options: T }>>['values'];

/**
 * Reads the options of a command; `sample` is how one writes some of them.
 * @throws UsageError for unknown options, missing values and arguments that belong to no option.
 */
export function readOptions<const T extends OptionsConfig>(
  command: string,
  sample: string,
  options: T,
  args: readonly string[] = process.argv.slice(2),
): Values<T> {
  const names = Object.keys(options);
  for (const token of parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens) {
    if (token.kind === 'positional')
      throw new UsageError(
        command,
        `unexpected argument '${token.value}'`,
        undefined,
        `options come after --, as in ${command} -- ${sample}`,
      );
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined) {
      const near = rawName.startsWith('--') ? (closest(name, names) ?? closest(name.replace(/^no-/, ''), names)) : undefined;
      throw new UsageError(
        command,
        `unknown option ${rawName}`,
        undefined,
        near === undefined ? `known options: ${names.map((n) => `--${n}`).join(', ')}` : `did you mean --${near}?`,
      );
    }
    // "--data --epochs 3": the next option is no value
    if (option.type === 'string' && (value === undefined || (!token.inlineValue && value.startsWith('--'))))
      throw new UsageError(command, `${rawName} needs a value`);
    if (option.type === 'boolean' && value !== undefined) throw new UsageError(command, `${rawName} takes no value`, `got ${value}`);
  }
  return parseArgs({ args: [...args], options }).values;
}

/** The value of an option that counts something. Throws a UsageError unless it is a whole number from 1. */
export function positiveWhole(command: string, option: string, text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new UsageError(command, `--${option} must be a positive whole number`, `got ${text}`);
  return n;
}

/** Runs a command: bad input is one readable line and exit code 2 (1 if the data is to blame); anything else keeps its stack. */
export async function runCommand(run: () => Promise<void> | void): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof ChainruleError)) throw error;
    console.error(error.message);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
