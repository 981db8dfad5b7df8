/**
 * @file What a formula is lowered to: closures that call ops, made once and called often.
 */
import { toTensor } from '../graph/create.js';
import { ChainruleError, FormulaError } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import { placeOf, quoted, type Span } from './source.js';

/** What an expression gives: plain numbers stay weak until they meet a tensor. */
export type Value = number | Tensor;

/** One call of a formula. */
export interface Frame {
  /** Number of the place that is being computed: errors name it. */
  at: number;
  /** Free symbols, in order. */
  readonly symbols: readonly Value[];
  /** Interpolated values, in order. */
  readonly slots: readonly Value[];
  /** Named definitions and arguments of the formula's own functions. */
  readonly locals: Value[];
}

/** A named index that is summed over. While it is, entries with it have an axis for it, behind the axes of the values themselves. */
export interface Index {
  readonly id: number;
  readonly name: string;
  /** How many entries it runs over: known once a tensor carries it. */
  extent: ((f: Frame) => number) | undefined;
}

/** An expression, ready to run. */
export interface Code {
  readonly run: (f: Frame) => Value;
  /** The indices it depends on, oldest first: its last axes. */
  readonly indices: readonly Index[];
  /** What it is, if that is known without running it. */
  readonly constant?: number | boolean;
  /** The number of the symbol that it is: read without a call. */
  readonly symbol?: number;
  /** The condition of an indicator. */
  readonly cond?: Code;
}

/** A part of a text that errors can name. */
export interface Place {
  readonly text: string;
  readonly span: Span;
}

/** An error of an op, with the part of the formula it happened in. */
export function located(error: unknown, place: Place | undefined): unknown {
  if (place === undefined || error instanceof FormulaError) return error;
  const { text, span } = place;
  if (error instanceof RangeError)
    return new FormulaError('too large to compute', error.message, `in ${quoted(text, span)}`, placeOf(text, span));
  if (!(error instanceof ChainruleError)) return error;
  // the same class, so that who catches a ShapeError still does
  const Class = error.constructor as new (message: string, wrong?: string) => ChainruleError;
  const again = new Class(`${error.message} in ${quoted(text, span)}`);
  again.cause = error;
  return again;
}

/** A value that is known. */
export function known(value: number | boolean): Code {
  const fixed: Value = typeof value === 'number' ? value : toTensor(value);
  return { run: () => fixed, indices: [], constant: value };
}

/** Runs some steps, then the last. */
export function sequence(stores: readonly ((f: Frame) => void)[], run: (f: Frame) => Value): (f: Frame) => Value {
  if (stores.length === 1) {
    const [only] = stores as [(f: Frame) => void];
    return (f) => {
      only(f);
      return run(f);
    };
  }
  return (f) => {
    for (const store of stores) store(f);
    return run(f);
  };
}
