/**
 * @file Public functions that are made of ops: what they compute, by their docstrings, and of which ops, by recorded calls.
 */
import * as chainrule from 'chainrule';
import { readFileSync } from 'node:fs';
import { compositeSamples } from '../../test/oracle/samples.js';
import { publicNames } from './exports.js';
import { code, plain, table } from './markdown.js';

const { record, registry } = chainrule;
const api = chainrule as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>;
const files = publicNames();

/** The first sentence of a function's docstring. */
function saidOf(name: string): string {
  const file = files.get(name);
  if (file === undefined) return '';
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  // of overloads the last that has a docstring: the first of `trace` is another function
  const declared = [...text.matchAll(new RegExp(`\\*/\\nexport (?:const|function) ${name}\\b`, 'g'))].at(-1);
  if (declared === undefined) return '';
  const doc = text.slice(text.lastIndexOf('/**', declared.index) + 3, declared.index).replace(/^ *\* ?/gm, '');
  const [first] = doc.split(/\n *@/);
  return first!
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/(?<=[^.]\.)\s.*$/, '')
    .replace(/\.$/, '');
}

/** A docstring in the cell of a table: what it writes as code stays code. */
function markdown(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 0 ? plain(part) : code(part.slice(1, -1))))
    .join('');
}

/** Names of the ops that a function calls, in the order of their first calls. */
function opsOf(name: string): string[] {
  const found = new Set<string>();
  for (const { args } of compositeSamples.find((s) => s.name === name)!.cases)
    for (const { op } of record(() => api[name]!(...args)).entries) if (registry.has(op)) found.add(op);
  return [...found];
}

/** The table of composed functions, in the order of their samples. */
export function composedTable(): string {
  const names = compositeSamples.map((s) => s.name).filter((name) => typeof api[name] === 'function');
  return table(
    ['function', 'computes', 'made of'],
    names.map((name) => [code(name), markdown(saidOf(name)), opsOf(name).map(code).join(' ')]),
  );
}
