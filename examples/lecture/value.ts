/**
 * @file Values as the number files write them: numbers, texts, lists and objects, with infinity as "inf".
 */
import { type Tensor } from 'chainrule';

/** Anything a JSON file can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object, and not a list. */
export function isObject(x: unknown): x is { readonly [key: string]: Json } {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

/** A JSON list. Keeps the element type, which `Array.isArray` forgets for readonly lists. */
export function isList(x: Json | undefined): x is readonly Json[] {
  return Array.isArray(x);
}

/** The values of a tensor, nested as its shape says. */
export function valueOf(t: Tensor): Json {
  return t.toArray();
}

/** JSON has no word for infinity or NaN; the files write "inf". */
export function writable(x: Json): Json {
  if (typeof x === 'number') return Number.isFinite(x) ? x : Number.isNaN(x) ? 'nan' : x > 0 ? 'inf' : '-inf';
  if (isList(x)) return x.map(writable);
  return isObject(x) ? Object.fromEntries(Object.entries(x).map(([key, item]) => [key, writable(item)])) : x;
}

/** The number a leaf stands for, or undefined if it is a text. */
export function numberOf(x: Json | undefined): number | undefined {
  if (x === 'inf' || x === '-inf') return x === 'inf' ? Infinity : -Infinity;
  return typeof x === 'number' ? x : undefined;
}

// `exact` has ten significant digits; 1e-8 leaves room for their rounding and for ours.
const RTOL = 1e-8;
const ATOL_AT_ZERO = 1e-12;

/** Equal to a relative 1e-8, so that 3e-48 and 0 differ; only against an exact 0 is rounding noise let pass. */
export function closeTo(ours: number, exact: number): boolean {
  if (ours === exact) return true;
  return Number.isFinite(exact) && Math.abs(ours - exact) <= (exact === 0 ? ATOL_AT_ZERO : RTOL * Math.abs(exact));
}

/** Same structure, same texts, and numbers equal to a relative 1e-8. */
export function sameValue(ours: Json, exact: Json): boolean {
  const [a, b] = [numberOf(ours), numberOf(exact)];
  if (a !== undefined && b !== undefined) return closeTo(a, b);
  if (isList(ours) && isList(exact)) return ours.length === exact.length && ours.every((x, i) => sameValue(x, exact[i]!));
  if (isObject(ours) && isObject(exact)) {
    const keys = Object.keys(exact);
    return keys.length === Object.keys(ours).length && keys.every((key) => key in ours && sameValue(ours[key]!, exact[key]!));
  }
  return ours === exact;
}

/** Five significant digits, but whole numbers in full. */
function showNumber(x: number): string {
  if (Number.isSafeInteger(x)) return String(x);
  return x !== 0 && Math.abs(x) < 1e-3 ? x.toExponential(4).replace(/\.?0+e/, 'e') : String(Number(x.toPrecision(5)));
}

/** Short text for tables and reasons. */
export function show(x: Json | undefined): string {
  if (x === undefined || x === null) return '–';
  if (typeof x === 'number') return showNumber(x);
  if (isList(x)) return `[${x.map(show).join(', ')}]`;
  return isObject(x)
    ? Object.entries(x)
        .map(([key, item]) => `${key} ${show(item)}`)
        .join(', ')
    : String(x);
}
