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
  /** Values of the free symbols, in order, or those that stand in a template. */
  readonly values: readonly Value[];
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

/** The four ops of numbers that everything is full of. */
export const arithmetic = {
  add: (a: number, b: number): number => a + b,
  sub: (a: number, b: number): number => a - b,
  mul: (a: number, b: number): number => a * b,
  div: (a: number, b: number): number => a / b,
};

/** An op at a place of a formula. */
export interface Operation {
  /** Its function of anything. */
  readonly call: (...xs: Value[]) => Value;
  /** The same between tensors, of an elementwise op of one or two: plain numbers take the type of what they meet. */
  readonly direct: ((x: Tensor, y?: Tensor) => Value) | undefined;
  /** The same for plain numbers, which stay plain. */
  readonly numbers: ((...xs: number[]) => number) | undefined;
  /** Number of the place. */
  readonly at: number;
}

/** What is made of ops on whole values alone, so that they can be run one after the other. What is used twice is the same object twice. */
export type Flow =
  | { readonly kind: 'known'; readonly value: Value }
  | { readonly kind: 'value'; readonly at: number }
  | { readonly kind: 'op'; readonly op: Operation; readonly args: readonly Flow[] }
  | { readonly kind: 'after'; readonly first: readonly Flow[]; readonly last: Flow };

/** An expression, ready to run. */
export interface Code {
  readonly run: (f: Frame) => Value;
  /** The indices it depends on, oldest first: its last axes. */
  readonly indices: readonly Index[];
  /** What it is, if that is known without running it. */
  readonly constant?: number | boolean;
  /** The same as ops alone, if it is. */
  readonly flow?: Flow | undefined;
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
  const types = f.values.map((x) => (x instanceof Tensor ? x.dtype : undefined));
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
  return { run: () => fixed, indices: [], constant: value, flow: { kind: 'known', value: fixed } };
}

/** Computes a named definition, or an argument of the formula's own functions. */
export interface Store {
  readonly run: (f: Frame) => void;
  readonly flow: Flow | undefined;
}

/** Runs some steps, then the last. */
function sequence<T>(stores: readonly Store[], run: (f: Frame) => T): (f: Frame) => T {
  if (stores.length === 1) {
    const [only] = stores as [Store];
    return (f) => {
      only.run(f);
      return run(f);
    };
  }
  return (f) => {
    for (const store of stores) store.run(f);
    return run(f);
  };
}

/** A code that runs after definitions were stored. */
export function after(stores: readonly Store[], code: Code): Code {
  if (stores.length === 0) return code;
  const { run, indices, gated } = code;
  const first = stores.flatMap((s) => s.flow ?? []);
  const flow: Flow | undefined = code.flow && first.length === stores.length ? { kind: 'after', first, last: code.flow } : undefined;
  return { run: sequence(stores, run), indices, flow, ...(gated && { gated: sequence(stores, gated) }) };
}
