/**
 * @file A formula that was read and lowered: what is behind the function that the user holds.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { Tensor } from '../graph/tensor.js';
import { type Frame, located, type Value } from './code.js';
import { type Inlined, type Interpolated, Lowering } from './lower.js';
import type { Program } from './tree.js';

/** Names of targets: with one of them among two symbols it is clear which is which. */
export const TARGETS: ReadonlySet<string> = new Set(['y', 't', 'labels', 'target', 'targets']);

/** A formula ready to run. */
export interface Compiled extends Inlined {
  /** Free symbols: parameters of the last line first, then in order of appearance. */
  readonly symbols: readonly string[];
  /** Parameters of a last line `L(s, y) = …`. */
  readonly header: readonly string[] | null;
  readonly ops: readonly string[];
  /** Symbols in order, interpolated values in order. */
  run(symbols: readonly Value[], slots: readonly Value[]): Tensor;
}

/** Which symbols positional arguments stand for: the parameters, or (input, target), or the only one; null where it is not clear. */
export function positional(symbols: readonly string[], header: readonly string[] | null): readonly string[] | null {
  if (header !== null) return header;
  if (symbols.length < 2) return symbols;
  const targets = symbols.filter((s) => TARGETS.has(s));
  if (symbols.length !== 2 || targets.length !== 1) return null;
  return [...symbols.filter((s) => !TARGETS.has(s)), ...targets];
}

/** What ops take: a plain number stays weak, a parameter gives its value of the moment. */
export function valueOf(x: TensorLike): Value {
  if (typeof x === 'number') return x;
  return x instanceof Tensor ? x.current : toTensor(x, 'formula');
}

const NONE: Value[] = [];

/** Lowers a formula. */
export function compile(program: Program, slots: readonly Interpolated[]): Compiled {
  const lowering = new Lowering(slots);
  const { code, params: header } = lowering.program(program);
  const { symbols, places, locals } = lowering;
  const { run } = code;
  return {
    program,
    slots,
    symbols: Object.freeze(symbols),
    header,
    params: positional(symbols, header),
    ops: Object.freeze([...lowering.ops]),
    run: (values, interpolated) => {
      const frame: Frame = { at: -1, symbols: values, slots: interpolated, locals: locals === 0 ? NONE : new Array<Value>(locals) };
      try {
        const value = run(frame);
        return typeof value === 'number' ? toTensor(value) : value;
      } catch (error) {
        throw located(error, places[frame.at]);
      }
    },
  };
}
