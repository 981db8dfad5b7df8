/**
 * @file Reads a numbers file: checks its form and resolves what one entry says of another.
 */
import { readFileSync } from 'node:fs';
import { IllFormed, type Inputs, Missing } from './inputs.js';
import { isList, isObject, type Json } from './value.js';

/** One number, formula or fact of the lectures. */
export interface Entry {
  readonly id: string;
  /** Numbers of the texts it stands in, with the lines in each. */
  readonly lines: Readonly<Record<string, string>>;
  /** What is claimed, in words. */
  readonly what: string;
  readonly inputs: Inputs;
  /** What the text prints; null where it prints nothing. */
  readonly printed: Json;
  /** The value computed by hand; undefined where there is none. */
  readonly exact: Json | undefined;
  readonly agrees: boolean | null;
  readonly kind: string;
  readonly flag: string;
}

function text(raw: { readonly [key: string]: Json }, key: string): string {
  const value = raw[key];
  if (value !== undefined && value !== null && typeof value !== 'string') throw new IllFormed(`${key}: expected a text`);
  return value ?? '';
}

function readEntry(raw: Json): Entry {
  if (!isObject(raw)) throw new IllFormed('expected an object');
  const { id, lines = {}, inputs = {}, agrees = null, printed = null, exact } = raw;
  if (typeof id !== 'string' || id === '') throw new IllFormed('id: expected a text');
  if (!isObject(inputs)) throw new IllFormed('inputs: expected an object');
  if (agrees !== null && typeof agrees !== 'boolean') throw new IllFormed('agrees: expected true, false or null');
  if (!isObject(lines)) throw new IllFormed('lines: expected an object');
  const numbers = Object.fromEntries(Object.keys(lines).map((seed) => [seed, text(lines, seed)]));
  return { id, lines: numbers, what: text(raw, 'what'), inputs, printed, exact, agrees, kind: text(raw, 'kind'), flag: text(raw, 'flag') };
}

/** The input `key` of the entry `id`, followed through further references. */
function lookUp(entries: ReadonlyMap<string, Entry>, id: string, key: string, seen: readonly string[]): Json {
  const value = entries.get(id)?.inputs[key];
  if (value === undefined) throw new IllFormed(`inputs.${key}: refers to ${id}, which has no such input`);
  if (seen.includes(id)) throw new IllFormed(`inputs.${key}: the reference to ${id} goes round in a circle`);
  const next = referenceIn(value);
  return next === undefined ? value : lookUp(entries, next, key, [...seen, id]);
}

/** "see image-grid-24x16" stands for the input of the same name of that entry. */
function referenceIn(value: Json): string | undefined {
  return typeof value === 'string' ? /^see (\S+)$/.exec(value)?.[1] : undefined;
}

// One entry speaks "of the printed block" without repeating it: the only block of pixels the lectures print.
const PRINTED_BLOCK = 'image-grid-24x16';

function resolve(entry: Entry, entries: ReadonlyMap<string, Entry>): Entry {
  const inputs: Record<string, Json> = {};
  for (const [key, value] of Object.entries(entry.inputs)) {
    const id = referenceIn(value);
    inputs[key] = id === undefined ? value : lookUp(entries, id, key, [entry.id]);
  }
  const block = entries.get(PRINTED_BLOCK)?.inputs['grid'];
  if (inputs['grid'] === undefined && block !== undefined && entry.what.endsWith('of the printed block')) inputs['grid'] = block;
  return { ...entry, inputs };
}

/** Says which entry an error is about. */
export function within<T>(where: string, f: () => T): T {
  try {
    return f();
  } catch (error) {
    if (error instanceof Missing) throw error;
    throw new IllFormed(`${where}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The entries of a parsed numbers file, in its order. Throws an `IllFormed` that names the entry. */
export function readEntries(data: unknown): Entry[] {
  const list = data as Json;
  if (!isList(list)) throw new IllFormed('expected a list of entries');
  const entries = new Map<string, Entry>();
  for (const [i, raw] of list.entries()) {
    const entry = within(`entry ${i + 1}`, () => readEntry(raw));
    if (entries.has(entry.id)) throw new IllFormed(`entry ${i + 1}: the id ${entry.id} is already taken`);
    entries.set(entry.id, entry);
  }
  return [...entries.values()].map((entry) => within(entry.id, () => resolve(entry, entries)));
}

/** The entries of a numbers file on disk. */
export function loadEntries(path: string | URL): Entry[] {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new IllFormed(code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`);
  }
  let data: unknown;
  try {
    data = JSON.parse(content);
  } catch {
    throw new IllFormed('is not JSON');
  }
  return readEntries(data);
}
