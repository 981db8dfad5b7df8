/**
 * @file Typed reading of an entry's inputs: a recomputation sees nothing else of its entry.
 */
import { tensor, type Tensor } from 'chainrule';
import { isList, type Json, numberOf, show } from './value.js';

/** The named inputs of one entry, references resolved. */
export type Inputs = Readonly<Record<string, Json>>;

/** A file that does not have the form of a numbers file: reported in one line. */
export class IllFormed extends Error {
  override readonly name = 'IllFormed';
}

/** An input that a recomputation needs and the entry does not give: the entry cannot be recomputed, but the file is in order. */
export class Missing extends Error {
  override readonly name = 'Missing';
}

function expected(key: string, what: string, got: Json | undefined): Error {
  if (got === undefined) return new Missing(`the entry gives no ${key}`);
  const text = show(got);
  return new IllFormed(`inputs.${key}: expected ${what}, got ${text.length > 40 ? `${text.slice(0, 39)}…` : text}`);
}

/** A number. */
export function numberIn(inputs: Inputs, key: string): number {
  const value = numberOf(inputs[key]);
  if (value === undefined) throw expected(key, 'a number', inputs[key]);
  return value;
}

/** A number, or `fallback` where the entry does not give one. */
export function numberOr(inputs: Inputs, key: string, fallback: number): number {
  return inputs[key] === undefined ? fallback : numberIn(inputs, key);
}

/** A whole number that is not negative: a count or a size. */
export function countIn(inputs: Inputs, key: string): number {
  const value = numberIn(inputs, key);
  if (!Number.isSafeInteger(value) || value < 0) throw expected(key, 'a whole number', value);
  return value;
}

/** A list of counts: a shape, or orders. */
export function countsIn(inputs: Inputs, key: string): number[] {
  const list = inputs[key];
  if (!isList(list)) throw expected(key, 'a list of whole numbers', list);
  return list.map((item) => countIn({ [key]: item }, key));
}

/** A text. */
export function textIn(inputs: Inputs, key: string): string {
  const value = inputs[key];
  if (typeof value !== 'string') throw expected(key, 'a text', value);
  return value;
}

type Nested = number | Nested[];

/** Numbers nested evenly, as the library takes them; undefined if anything else is among them. */
function nested(x: Json | undefined): Nested | undefined {
  const value = numberOf(x);
  if (value !== undefined) return value;
  if (x === undefined || !isList(x) || x.length === 0) return undefined;
  const items: Nested[] = [];
  for (const item of x) {
    const inner = nested(item);
    if (inner === undefined) return undefined;
    items.push(inner);
  }
  return items;
}

/** Numbers as a tensor, with the number of axes (or one of the numbers of axes) that the entry needs. */
export function tensorIn(inputs: Inputs, key: string, ...axes: number[]): Tensor {
  const data = nested(inputs[key]);
  if (data === undefined) throw expected(key, 'numbers', inputs[key]);
  const t = tensor(data, { dtype: 'float64' });
  if (axes.length > 0 && !axes.includes(t.ndim)) {
    throw expected(key, `numbers with ${axes.join(' or ')} ${axes.at(-1) === 1 ? 'axis' : 'axes'}`, inputs[key]);
  }
  return t;
}

/** A class as the files write it: 1, or "class 2 of 10 (index 1)". Classes are counted from 0, but people count from 1. */
function classOf(key: string, x: Json | undefined): number {
  if (typeof x === 'string') {
    const index = /index (\d+)/.exec(x);
    const ordinal = /class (\d+)/.exec(x);
    if (index) return Number(index[1]);
    if (ordinal) return Number(ordinal[1]) - 1;
  }
  if (typeof x === 'number' && Number.isSafeInteger(x) && x >= 0) return x;
  throw expected(key, 'a class', x);
}

/** One class. */
export function classIn(inputs: Inputs, key: string): number {
  const y = inputs[key];
  return classOf(key, isList(y) && y.length === 1 ? y[0] : y);
}

/** A class per row; null marks a row without one. */
export function classesIn(inputs: Inputs, key: string): (number | null)[] {
  const list = inputs[key];
  if (!isList(list)) throw expected(key, 'a list of classes', list);
  return list.map((item) => (item === null ? null : classOf(key, item)));
}

/** Examples as a batch of rows with a class each; `single` remembers that the entry gave one example, not a list. */
export interface Examples {
  rows: Tensor;
  labels: number[];
  single: boolean;
}

/**
 * The rows of `inputs[key]`, one example or a batch, with their classes `y`: one for each, or one for all. A table of scores without
 * `y` has example i in class i: the lectures' tables list cat, car and frog in the order of their classes.
 */
export function examplesIn(inputs: Inputs, key = 'scores', labelKey = 'y'): Examples {
  const values = tensorIn(inputs, key, 1, 2);
  if (values.ndim === 1) return { rows: values.reshape([1, values.size]), labels: [classIn(inputs, labelKey)], single: true };
  const y = inputs[labelKey];
  const n = values.shape[0]!;
  if (y === undefined) return { rows: values, labels: Array.from({ length: n }, (_, i) => i), single: false };
  const labels = isList(y) ? y.map((item) => classOf(labelKey, item)) : Array.from({ length: n }, () => classOf(labelKey, y));
  if (labels.length !== n) throw expected(labelKey, `${n} classes, one for each row`, y);
  return { rows: values, labels, single: false };
}
