/**
 * @file What lowering is made of: closures of one, two or more values, places for errors, symbols and local values.
 */
import type { Tensor } from '../graph/tensor.js';
import { registry } from '../ops/define.js';
import { closed, type Code, type Flow, type Frame, known, type Place, type Store, type Value } from './code.js';
import { lift, union } from './indices.js';
import type { OwnFunction, Scope, Source } from './scope.js';
import { errorAt, type Span } from './source.js';
import type { Tree } from './tree.js';

/** An op of one value. */
export type Op1 = (x: Value) => Value;
/** An op of two values. */
export type Op2 = (a: Value, b: Value) => Value;
type Op2Numbers = (a: number, b: number) => number;
type Op2Tensors = (a: Tensor, b?: Tensor) => Value;

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
    const code: Code = { run: (f) => f.values[at]!, indices: [], flow: { kind: 'value', at } };
    this.symbolCodes.set(name, code);
    return code;
  }

  /** A value that is computed once and used by name: what computes it, and what reads it. */
  local(code: Code): { readonly store: Store | null; readonly read: Code } {
    if (code.constant !== undefined || code.flow?.kind === 'value') return { store: null, read: code };
    const at = this.locals++;
    const { run, gated, indices, flow } = code;
    const read: Code = { run: (f) => f.locals[at]!, indices, flow };
    if (gated === undefined) return { store: { run: (f) => void (f.locals[at] = run(f)), flow }, read };
    const condAt = this.locals++;
    const both = (f: Frame): void => {
      const parts = gated(f);
      f.locals[condAt] = parts.cond;
      f.locals[at] = closed(f, parts);
    };
    return { store: { run: both, flow: undefined }, read: { ...read, gated: (f) => ({ cond: f.locals[condAt], value: f.locals[at]! }) } };
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

  /** A function of one value; `numbers` is it for plain numbers, which stay plain. */
  map1(name: string, call: Op1, code: Code, span: Span, numbers?: (x: number) => number, direct?: (x: Tensor) => Tensor): Code {
    const { run, indices, constant: value } = code;
    if (numbers !== undefined && typeof value === 'number') return known(numbers(value));
    this.ops.add(name);
    const at = this.place(span);
    const apply = (f: Frame): Value => {
      const x = run(f);
      f.at = at;
      return numbers !== undefined && typeof x === 'number' ? numbers(x) : call(x);
    };
    return { run: apply, indices, flow: this.flow(name, call, [code], at, numbers, direct) };
  }

  /** A function of two values. `direct` is it between tensors, if the op `name` is not. */
  map2(name: string, call: Op2, left: Code, right: Code, span: Span, numbers?: Op2Numbers, direct?: Op2Tensors): Code {
    if (numbers !== undefined && typeof left.constant === 'number' && typeof right.constant === 'number')
      return known(numbers(left.constant, right.constant));
    this.ops.add(name);
    const at = this.place(span);
    const indices = union([left, right]);
    const [a, b] = [lift(left, indices), lift(right, indices)];
    const run = (f: Frame): Value => {
      const [x, y] = [a(f), b(f)];
      f.at = at;
      return numbers !== undefined && typeof x === 'number' && typeof y === 'number' ? numbers(x, y) : call(x, y);
    };
    return { indices, run, flow: this.flow(name, call, [left, right], at, numbers, direct) };
  }

  /** A function of any number of values. */
  mapAll(name: string, call: (...xs: readonly Value[]) => Value, codes: readonly Code[], span: Span): Code {
    this.ops.add(name);
    const at = this.place(span);
    const indices = union(codes);
    const runs = codes.map((c) => lift(c, indices));
    const run = (f: Frame): Value => {
      const values = runs.map((run) => run(f));
      f.at = at;
      return call(...values);
    };
    return { indices, run, flow: this.flow(name, call, codes, at) };
  }

  /** A function of up to three whole values as a step. */
  private flow(
    name: string,
    call: (...xs: Value[]) => Value,
    codes: readonly Code[],
    at: number,
    numbers?: (...xs: number[]) => number,
    direct: Op2Tensors | undefined = numbers && registry.get(name)?.direct,
  ): Flow | undefined {
    const args = codes.flatMap((c) => (c.indices.length === 0 && c.flow) || []);
    return args.length === codes.length && args.length <= 3 ? { kind: 'op', op: { call, direct, numbers, at }, args } : undefined;
  }
}
