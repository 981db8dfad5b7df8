/**
 * @file Does a value agree with what the text prints, at the precision it prints?
 */
import { tensor, type Tensor } from 'chainrule';
import { lower, parseFormula } from './expression.js';
import { IllFormed, type Inputs } from './inputs.js';
import { closeTo, isList, isObject, type Json, numberOf } from './value.js';

const DECIMAL = /^[+-]?\d+(?:\.(\d+))?(?:e([+-]?\d+))?$/i;

/**
 * A printed decimal agrees if our value rounds to it. A number printed without a decimal point is a whole number and is taken at its
 * word: 0.18 does not agree with "0".
 */
function agreesWithDecimal(text: string, decimals: string | undefined, exponent: string | undefined, ours: number): boolean {
  if (decimals === undefined) return closeTo(ours, Number(text));
  const halfUnit = 0.5 * 10 ** (Number(exponent ?? 0) - decimals.length);
  return Math.abs(ours - Number(text)) <= halfUnit * (1 + 1e-9);
}

/** The notation of the slides as a formula: "log 0.7", "|0 − 0.1|". */
function asFormula(text: string): string {
  return text.replace(/\blog\s+([\w.]+)/g, 'log($1)').replace(/\|([^|]+)\|/g, 'abs($1)');
}

/** The names a printed formula may use: the numbers among the inputs, and C, the number of classes. */
function symbolsOf(inputs: Inputs): Record<string, Tensor> {
  const symbols: Record<string, Tensor> = {};
  const scores = inputs['scores'];
  if (isList(scores)) symbols['C'] = tensor(isList(scores[0]) ? scores[0].length : scores.length);
  for (const [name, x] of Object.entries(inputs)) if (typeof x === 'number') symbols[name] = tensor(x);
  return symbols;
}

/** The value of a printed formula, or undefined if the text is none. */
function evaluate(text: string, symbols: Record<string, Tensor>): number | undefined {
  try {
    const value = lower(parseFormula(asFormula(text)), symbols);
    return value.size === 1 ? value.item() : undefined;
  } catch (error) {
    if (error instanceof IllFormed) return undefined;
    throw error;
  }
}

/** Splits at the commas outside parentheses. */
function splitList(text: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const c of text) {
    depth += c === '(' ? 1 : c === ')' ? -1 : 0;
    if (c === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts.map((part) => part.trim());
}

/** "−(0, 1/0.7, 0, …, 0)": a list of formulas, where dots repeat the item before them until the list has `length` items. */
function evaluateList(text: string, length: number, symbols: Record<string, Tensor>): number[] | undefined {
  const match = /^(-?)\((.*)\)$/.exec(text);
  if (!match) return undefined;
  const items = splitList(match[2]!);
  const dots = items.indexOf('...');
  if (dots > 0) items.splice(dots, 1, ...Array.from({ length: Math.max(0, length - items.length + 1) }, () => items[dots - 1]!));
  const values = items.map((item) => evaluate(`${match[1]!}(${item})`, symbols));
  return values.includes(undefined) ? undefined : (values as number[]);
}

function agreesWithText(text: string, ours: Json, inputs: Inputs): boolean {
  if (text === ours) return true;
  if (isList(ours)) {
    const values = evaluateList(text, ours.length, symbolsOf(inputs));
    return values?.length === ours.length && values.every((x, i) => closeTo(numberOf(ours[i]) ?? NaN, x));
  }
  const value = numberOf(ours);
  if (value === undefined) return false;
  const decimal = DECIMAL.exec(text);
  if (decimal) return agreesWithDecimal(text, decimal[1], decimal[2], value);
  const formula = evaluate(text, symbolsOf(inputs));
  return formula !== undefined && closeTo(value, formula);
}

/** True if every printed leaf agrees with ours; null stands where the text prints nothing. */
export function agreesWithPrint(printed: Json, ours: Json, inputs: Inputs): boolean {
  if (printed === null) return true;
  if (typeof printed === 'string') return agreesWithText(printed, ours, inputs);
  if (typeof printed === 'number') return closeTo(numberOf(ours) ?? NaN, printed);
  if (isList(printed)) {
    return isList(ours) && printed.length === ours.length && printed.every((item, i) => agreesWithPrint(item, ours[i]!, inputs));
  }
  if (isObject(printed)) {
    return isObject(ours) && Object.keys(printed).every((key) => key in ours && agreesWithPrint(printed[key]!, ours[key]!, inputs));
  }
  return printed === ours;
}
