/**
 * @file What is said where a symbol of a formula has no value, or a value no symbol.
 */
import { nearestName, UsageError } from '../graph/errors.js';
import { TARGETS } from './compiled.js';
import { constant, namedFunction } from './names.js';

/** What is wrong with the names that were given. */
export function mismatch(symbols: readonly string[], given: readonly string[]): UsageError {
  const missing = symbols.filter((s) => !given.includes(s));
  const extra = given.filter((g) => !symbols.includes(g));
  const list = `the formula has ${symbols.length === 0 ? 'no symbols' : symbols.join(', ')}`;
  if (extra.length > 0) {
    const near = nearestName(extra[0]!, missing);
    const hint = constant(extra[0]!) !== undefined ? `'${extra[0]}' is a constant` : near === undefined ? list : `did you mean '${near}'?`;
    return new UsageError('formula', `unknown symbol '${extra[0]}'`, undefined, hint);
  }
  return missingSymbol(missing[0]!, list);
}

/** The i of y_i, a symbol like any other where no sum runs over i; undefined for other names. */
function indexOf(name: string): string | undefined {
  const [target, index] = name.split('_');
  return TARGETS.has(target!) && index !== '' ? index : undefined;
}

/** A symbol without a value, and what may be meant: a function, the slide's y_i, or what the caller knows. */
function missingSymbol(name: string, hint: string): UsageError {
  const index = indexOf(name);
  const target = name.split('_')[0]!;
  const better = namedFunction(name)
    ? `as a function it is called: ${name}(x)`
    : index === undefined
      ? hint
      : `${name} is a symbol of its own: write ${target}, as in s_${target}, or sum over ${index}`;
  return new UsageError('formula', `missing symbol '${name}'`, undefined, better);
}

/** Usual names of what a loss is given first. */
const INPUTS: ReadonlySet<string> = new Set(['s', 'p', 'q', 'x', 'scores', 'input']);

/** Input and target by their usual names, for messages; null where that is a guess. */
function inputAndTarget(symbols: readonly string[]): readonly string[] | null {
  const found = [symbols.filter((s) => INPUTS.has(s)), symbols.filter((s) => TARGETS.has(s))];
  return found.every((names) => names.length === 1) ? found.flat() : null;
}

/** Throws where tensors stand for the arguments, null where their order is not clear, and a symbol beside them has no value: it is an option. */
export function checkOthers(
  symbols: readonly string[],
  order: readonly string[] | null,
  count: number,
  named: Readonly<Record<string, unknown>>,
): void {
  const slide = order === null ? symbols.find((s) => indexOf(s) !== undefined) : undefined;
  if (slide !== undefined) throw missingSymbol(slide, '');
  const args = order ?? inputAndTarget(symbols);
  if (args?.length !== count || Object.keys(named).some((s) => !symbols.includes(s))) return;
  const others = symbols.filter((s) => !args.includes(s));
  const missing = others.find((s) => !Object.hasOwn(named, s));
  if (missing !== undefined) throw missingSymbol(missing, `give it as an option: f(${args.join(', ')}, { ${others.join(', ')} })`);
}
