/** What a snippet's `// → text` and `// throws text` compare: the text a value shows, with numbers to 6 significant digits. */

export function shown(value: unknown): string {
  return typeof value === 'string' ? value : show(value);
}

function show(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `[Function ${value.name}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (isTensorLike(value)) return show(value.toArray());
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (ArrayBuffer.isView(value) && Symbol.iterator in value) return show(Array.from(value as Iterable<number>));
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  const writesItself = prototype !== null && prototype !== Object.prototype && value.toString !== Object.prototype.toString;
  if (writesItself) return (value as { toString(): string }).toString();
  const fields = Object.entries(value).map(
    ([key, field]) => `${/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? key : `'${key}'`}: ${show(field)}`,
  );
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function isTensorLike(value: object): value is { toArray(): unknown } {
  return 'shape' in value && 'toArray' in value && typeof value.toArray === 'function';
}

export function collapse(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

const reached = new Set<string>();

/** Called in place of an expression that is followed by `// → expected`; `place` is its file and line. */
export function expectShown(place: string, expected: string, ...values: unknown[]): void {
  reached.add(place);
  const found = collapse(values.map(shown).join(' '));
  if (found !== collapse(expected)) throw new Error(`${place} shows\n  ${found}\nbut its comment says\n  ${collapse(expected)}`);
}

/** Called with a statement that is followed by `// throws expected`. */
export function expectThrow(place: string, expected: string, statement: () => void): void {
  reached.add(place);
  try {
    statement();
  } catch (error) {
    return expectMessage(place, expected, error);
  }
  throw new Error(`${place} throws nothing, but its comment says\n  throws ${expected}`);
}

/** The same for a statement that awaits. */
export async function expectReject(place: string, expected: string, statement: () => Promise<void>): Promise<void> {
  reached.add(place);
  try {
    await statement();
  } catch (error) {
    return expectMessage(place, expected, error);
  }
  throw new Error(`${place} throws nothing, but its comment says\n  throws ${expected}`);
}

/** Called at the end of a snippet: a claim in a branch or callback that never ran was not tested. */
export function expectReached(...places: string[]): void {
  const missed = places.filter((place) => !reached.has(place));
  if (missed.length > 0) throw new Error(`${missed.join(', ')}: this line never ran, so its comment was not checked`);
}

function expectMessage(place: string, expected: string, error: unknown): void {
  const found = error instanceof Error ? collapse(`${error.name}: ${error.message}`) : undefined;
  if (found === undefined) throw new Error(`${place} throws something that is not an Error: ${String(error)}`);
  if (!found.includes(collapse(expected)))
    throw new Error(`${place} throws\n  ${found}\nbut its comment says\n  throws ${collapse(expected)}`);
}
