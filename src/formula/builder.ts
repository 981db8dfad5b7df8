/**
 * @file What lowering is made of: closures of one, two or more values, places for errors, symbols and local values.
 */
import { scalar } from '../graph/create.js';
import { state } from '../graph/state.js';
import type { Tensor } from '../graph/tensor.js';
import { registry } from '../ops/define.js';
import { closed, type Code, type Frame, type Index, known, type Place, type Value } from './code.js';
import { lift, union } from './indices.js';
import type { OwnFunction, Scope, Source } from './scope.js';
import { errorAt, type Span } from './source.js';
import type { Tree } from './tree.js';

/** An op of one value. */
export type Op1 = (x: Value) => Value;
/** An op of two values. */
export type Op2 = (a: Value, b: Value) => Value;

/** How an operand is read: a number that is known, a symbol in its place, or what runs. */
interface Reader {
  readonly number: number | undefined;
  readonly symbol: number | undefined;
  readonly run: (f: Frame) => Value;
}

/** Symbols are read in place, unless they need an axis for an index. */
export function reader(code: Code, indices: readonly Index[]): Reader {
  const number = typeof code.constant === 'number' ? code.constant : undefined;
  return { number, symbol: indices.length === 0 ? code.symbol : undefined, run: lift(code, indices) };
}

/**
 * An op of two values; numbers that meet stay numbers. What stands here counts nanoseconds: symbols are read in place, numbers that are known
 * were made tensors of either type before, and between tensors it is the op itself that is called, whose public function would look once more
 * at what it is given. (What is being compiled it must look at.)
 */
export function run2(
  name: string,
  op: Op2,
  at: number,
  left: Reader,
  right: Reader,
  numbers?: (a: number, b: number) => number,
): (f: Frame) => Value {
  const [a, b, i, j] = [left.run, right.run, left.symbol ?? -1, right.symbol ?? -1];
  const direct = (numbers && registry.get(name)?.direct) ?? (op as (x: Tensor, y?: Tensor) => Tensor);
  if (numbers !== undefined && left.number !== undefined) {
    const x = left.number;
    const [double, single] = [scalar(x), scalar(x, 'float32')];
    return (f) => {
      const y = b(f);
      if (typeof y === 'number') return numbers(x, y);
      f.at = at;
      return state.planning === null ? direct(y.dtype === 'float32' ? single : double, y) : op(x, y);
    };
  }
  if (numbers !== undefined && right.number !== undefined) {
    const y = right.number;
    const [double, single] = [scalar(y), scalar(y, 'float32')];
    return (f) => {
      const x = a(f);
      if (typeof x === 'number') return numbers(x, y);
      f.at = at;
      return state.planning === null ? direct(x, x.dtype === 'float32' ? single : double) : op(x, y);
    };
  }
  return (f) => {
    const x = i >= 0 ? f.symbols[i]! : a(f);
    const y = j >= 0 ? f.symbols[j]! : b(f);
    f.at = at;
    if (typeof x !== 'number' && typeof y !== 'number' && state.planning === null) return direct(x, y);
    return numbers !== undefined && typeof x === 'number' && typeof y === 'number' ? numbers(x, y) : op(x, y);
  };
}

/** Makes the closures of one formula. */
export abstract class Builder {
  /** Free symbols in order of appearance. */
  readonly symbols: string[] = [];
  /** Names of the library functions that are called. */
  readonly ops: Set<string> = new Set();
  readonly places: Place[] = [];
  /** Number of local values. */
  locals = 0;
  /** The text that is being lowered. */
  source: Source = { text: '' };
  /** Names of the formula's own functions that are being lowered. */
  inside: readonly string[] = [];
  /** Symbols of an interpolated formula that have a value here. */
  bound: ReadonlyMap<string, Code> = new Map();
  private readonly symbolCodes = new Map<string, Code>();

  /** The code of an expression. */
  abstract expr(tree: Tree, scope: Scope): Code;

  /** A function of the formula applied to values. */
  abstract apply(own: OwnFunction, args: readonly Code[]): Code;

  /** An interpolated formula that is called. */
  abstract calledSlot(slot: number, args: readonly Code[], span: Span): Code;

  /** An error at a part of the text that is being lowered. */
  error(span: Span, wrong: string, values?: string, hint?: string): Error {
    return errorAt(this.source.text, span, wrong, values, hint);
  }

  /** A number for a place, which running code leaves behind for errors. */
  place(span: Span): number {
    return this.places.push({ text: this.source.text, span }) - 1;
  }

  /** A free symbol. */
  symbol(name: string): Code {
    const found = this.bound.get(name) ?? this.symbolCodes.get(name);
    if (found !== undefined) return found;
    const at = this.symbols.push(name) - 1;
    const code: Code = { run: (f) => f.symbols[at]!, indices: [], symbol: at };
    this.symbolCodes.set(name, code);
    return code;
  }

  /** A value that is computed once and used by name: what computes it, and what reads it. */
  local(code: Code): { readonly store: ((f: Frame) => void) | null; readonly read: Code } {
    if (code.constant !== undefined || code.symbol !== undefined) return { store: null, read: code };
    const at = this.locals++;
    const { run, gated, indices } = code;
    const read: Code = { run: (f) => f.locals[at]!, indices };
    if (gated === undefined) return { store: (f) => void (f.locals[at] = run(f)), read };
    const condAt = this.locals++;
    const store = (f: Frame): void => {
      const both = gated(f);
      f.locals[condAt] = both.cond;
      f.locals[at] = closed(f, both);
    };
    return { store, read: { ...read, gated: (f) => ({ cond: f.locals[condAt], value: f.locals[at]! }) } };
  }

  /** Throws if an argument is an entry with an index: only elementwise functions take those. */
  whole(name: string, args: readonly Code[], span: Span): void {
    const index = union(args)[0];
    if (index === undefined) return;
    throw this.error(
      span,
      `${name} of single entries`,
      `index ${index.name}`,
      `give it a name outside the sum: p = ${name}(s); … p_${index.name}`,
    );
  }

  /** An elementwise function of one value. */
  map1(name: string, op: Op1, { run, indices, constant: value }: Code, span: Span, number?: (x: number) => number): Code {
    if (number !== undefined && typeof value === 'number') return known(number(value));
    this.ops.add(name);
    const at = this.place(span);
    const direct = (number && registry.get(name)?.direct) ?? op;
    const apply = (f: Frame): Value => {
      const x = run(f);
      if (number !== undefined && typeof x === 'number') return number(x);
      f.at = at;
      return typeof x !== 'number' && state.planning === null ? direct(x) : op(x);
    };
    return { run: apply, indices };
  }

  /** An elementwise function of two values. */
  map2(name: string, op: Op2, left: Code, right: Code, span: Span, numbers?: (a: number, b: number) => number): Code {
    if (numbers !== undefined && typeof left.constant === 'number' && typeof right.constant === 'number')
      return known(numbers(left.constant, right.constant));
    this.ops.add(name);
    const at = this.place(span);
    const indices = union([left, right]);
    return { indices, run: run2(name, op, at, reader(left, indices), reader(right, indices), numbers) };
  }

  /** An elementwise function of any number of values. */
  mapAll(name: string, op: (...xs: readonly Value[]) => Value, codes: readonly Code[], span: Span): Code {
    this.ops.add(name);
    const at = this.place(span);
    const indices = union(codes);
    const runs = codes.map((c) => lift(c, indices));
    const [a, b, c] = runs;
    if (runs.length === 3)
      return {
        indices,
        run: (f) => {
          const x = a!(f);
          const y = b!(f);
          const z = c!(f);
          f.at = at;
          return op(x, y, z);
        },
      };
    return {
      indices,
      run: (f) => {
        const values = runs.map((run) => run(f));
        f.at = at;
        return op(...values);
      },
    };
  }
}
