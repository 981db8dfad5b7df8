/**
 * @file A formula that was read and lowered: what is behind the function that the user holds.
 */
import { scalar, toTensor, type TensorLike } from '../graph/create.js';
import { Tensor } from '../graph/tensor.js';
import { type Code, type Frame, located, type Place, type Value } from './code.js';
import { type Inlined, type Interpolated, Lowering } from './lower.js';
import { Steps } from './steps.js';
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
  /** How long a list of values becomes. */
  readonly room: number;
  /** Runs it on the values of its symbols, or those that stand in the template: in order, in a list that is the call's own. */
  run(values: Value[]): Tensor;
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
  const given = Math.max(symbols.length, slots.length);
  const steps = code.flow && new Steps(code.flow, given);
  return {
    program,
    slots,
    symbols: Object.freeze(symbols),
    header,
    params: positional(symbols, header),
    ops: Object.freeze([...lowering.ops]),
    room: steps?.room ?? given,
    run: steps === undefined ? inFrame(code, places, locals) : inSteps(steps, places),
  };
}

/** A formula of ops alone. */
function inSteps(steps: Steps, places: readonly Place[]): (values: Value[]) => Tensor {
  const fail = (error: unknown, at: number): never => {
    throw located(error, places[at]);
  };
  return (values) => {
    const value = steps.number(values) ?? steps.run(values, fail);
    return typeof value === 'number' ? scalar(value) : value;
  };
}

/** A formula with indices, ranges or brackets. */
function inFrame({ run }: Code, places: readonly Place[], locals: number): (values: Value[]) => Tensor {
  return (values) => {
    const frame: Frame = { at: -1, values, locals: locals === 0 ? NONE : new Array<Value>(locals) };
    try {
      const value = run(frame);
      return typeof value === 'number' ? scalar(value) : value;
    } catch (error) {
      throw located(error, places[frame.at]);
    }
  };
}
