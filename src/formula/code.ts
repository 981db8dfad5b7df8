/**
 * @file What a formula is lowered to: closures that call ops, made once and called often.
 */
import { toTensor } from '../graph/create.js';
import type { DType } from '../graph/dtype.js';
import { ChainruleError, FormulaError } from '../graph/errors.js';
import { Tensor } from '../graph/tensor.js';
import { cast } from '../ops/casting.js';
import { where } from '../ops/logic.js';
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
  readonly locals: (Value | undefined)[];
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
  /** A product with an indicator, in two parts. */
  readonly gated?: (f: Frame) => Gated;
}

/** A product with an indicator: `value` where `cond` holds, else 0. A value everywhere where there is no condition. */
export interface Gated {
  readonly cond: Value | undefined;
  readonly value: Value;
}

/** The type of numbers that become tensors beside no other: float32 where that is the type of all tensors of floats. */
export function weakType(f: Frame): DType {
  const types = [...f.symbols, ...f.slots].map((x) => (x instanceof Tensor ? x.dtype : undefined));
  return types.includes('float32') && !types.includes('float64') ? 'float32' : 'float64';
}

/** The product as one value. The indicator alone is an integer, which takes the type of what it meets. */
export function closed(f: Frame, { cond, value }: Gated): Value {
  if (cond === undefined) return value;
  if (value === 1) return cast(cond, 'int32');
  return where(cond, typeof value === 'number' ? toTensor(value, 'where', weakType(f)) : value, 0);
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
function sequence<T>(stores: readonly ((f: Frame) => void)[], run: (f: Frame) => T): (f: Frame) => T {
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

/** A code that runs after definitions were stored. */
export function after(stores: readonly ((f: Frame) => void)[], code: Code): Code {
  if (stores.length === 0) return code;
  const { run, indices, gated } = code;
  return { run: sequence(stores, run), indices, ...(gated && { gated: sequence(stores, gated) }) };
}
