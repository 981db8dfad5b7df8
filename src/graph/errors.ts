/**
 * @file Every error of the library. Grammar: `op: what is wrong: values: hint` (parts that say nothing are left out).
 */
import { watching } from './watch.js';

/** Base class of all errors that chainrule throws on purpose. */
export class ChainruleError extends Error {
  /** Joins the parts of the grammar `op: what is wrong: values: hint`; missing parts are left out. In debug mode places follow. */
  constructor(op: string, wrong: string, values?: string, hint?: string) {
    super([op, wrong, values, hint, watching.by?.places(op)].filter((part) => part !== undefined && part !== '').join(': '));
    this.name = new.target.name;
  }
}

/** Shapes, ranks or axes that do not fit together. */
export class ShapeError extends ChainruleError {}

/** A value of the wrong type: a dtype, a label that is not an integer, something that is no tensor. */
export class DTypeError extends ChainruleError {}

/** A derivative that does not exist, or that was asked for in a way that cannot work. */
export class GradError extends ChainruleError {}

/** A call that makes no sense: unknown options, options out of range, a Promise where a value is due. */
export class UsageError extends ChainruleError {}

/** Where in a text something is wrong. Lines and columns count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
  /** The line, and below it carets under what is meant. */
  readonly excerpt: string;
}

/** A formula that cannot be read or makes no sense; the message shows the place with a caret. */
export class FormulaError extends ChainruleError {
  /** Line of the formula, from 1. */
  readonly line: number | undefined;
  /** Column of that line, from 1. */
  readonly column: number | undefined;

  constructor(wrong: string, values?: string, hint?: string, place?: TextPlace) {
    const where = place && `line ${place.line}, column ${place.column}\n${place.excerpt}`;
    super('formula', wrong, values, [hint, where].filter((part) => part !== undefined).join(': '));
    this.line = place?.line;
    this.column = place?.column;
  }
}

/** Data that is damaged or unusable: truncated files, wrong magic numbers, NaN in training data. */
export class DataError extends ChainruleError {}

/** A model was used before it was fitted. */
export class NotFittedError extends ChainruleError {}

/** `gradcheck` or `gradgradcheck` found a derivative that differs from the numerical one. */
export class GradcheckError extends ChainruleError {}

/** An input of an op call that went wrong: what is in it. */
export interface AnomalyInput {
  /** Name of the input. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Smallest and largest finite value; NaN where there is none. */
  readonly min: number;
  readonly max: number;
  /** How many values it has, and how many of them are NaN or infinite. */
  readonly count: number;
  readonly nan: number;
  readonly infinite: number;
  /** Where values that are not finite came from: an argument, a parameter, a line. */
  readonly from: string | undefined;
}

/** A backward rule that ran. */
export interface AnomalyRule {
  /** The op whose rule it is. */
  readonly op: string;
  /** The input whose cotangent it gives. */
  readonly input: string;
  /** The user's line that called the op. */
  readonly line: string | undefined;
  /** The rule in which the op itself ran, in a derivative of higher order. */
  readonly within: AnomalyRule | undefined;
}

/** An op call that made NaN or an infinity. */
export interface Anomaly {
  /** The op that was called. */
  readonly op: string;
  readonly phase: 'forward' | 'backward';
  /** The rule that called it, backward. */
  readonly rule: AnomalyRule | undefined;
  readonly inputs: readonly AnomalyInput[];
  /** Index of the first bad element, and its value. */
  readonly index: readonly number[];
  readonly value: number;
  /** The user's line, `file:line:column`; undefined in a bundle. */
  readonly line: string | undefined;
}

/** `detectAnomaly` found the op call that made NaN or an infinity of finite values; its parts are fields. */
export class AnomalyError extends ChainruleError implements Anomaly {
  readonly op: string;
  readonly phase: 'forward' | 'backward';
  readonly rule: AnomalyRule | undefined;
  readonly inputs: readonly AnomalyInput[];
  readonly index: readonly number[];
  readonly value: number;
  readonly line: string | undefined;

  constructor(op: string, wrong: string, values?: string, hint?: string, found?: Omit<Anomaly, 'op'>) {
    super(op, wrong, values, hint);
    this.op = op;
    this.phase = found?.phase ?? 'forward';
    this.rule = found?.rule;
    this.inputs = found?.inputs ?? [];
    this.index = found?.index ?? [];
    this.value = found?.value ?? NaN;
    this.line = found?.line;
  }
}

/** Levenshtein distance, for did-you-mean. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The known name that `name` was meant to be, if one is close. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const near = Array.from(known, (k) => [distance(name.toLowerCase(), k.toLowerCase()), k] as const).sort((p, q) => p[0] - q[0])[0];
  return near && near[0] <= Math.max(2, name.length / 2) ? near[1] : undefined;
}

/** Throws a `UsageError` with a did-you-mean for the first key of `options` that is not in `known`. */
export function checkOptions(op: string, options: object | undefined, known: readonly string[]): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new UsageError(op, 'options must be an object', String(options), `known options: ${known.join(', ')}`);
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = nearestName(key, known);
    const hint = near !== undefined ? `did you mean '${near}'?` : `known options: ${known.join(', ') || 'none'}`;
    throw new UsageError(op, `unknown option '${key}'`, undefined, hint);
  }
}

/** Throws a `UsageError` unless an argument is a list: who writes no types is told which one is missing, and how the call looks. */
export function checkList(op: string, name: string, value: unknown, example: string): void {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return;
  const got = value === null ? 'null' : typeof value === 'object' ? 'an object' : String(value);
  throw new UsageError(op, `${name} must be a list`, `got ${got}`, example);
}
