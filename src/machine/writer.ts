/**
 * @file Formulas written as WebAssembly: terms are put together as one writes mathematics, and push what they say when they are pushed.
 */
import type { Body, Instruction, WasmType } from './encode.js';
import type { Lanes } from './steps.js';

/** A value in a local. Bools are masks in vectors, 0 or 1 in an i32 otherwise. */
export interface Held {
  readonly type: WasmType;
  readonly local: number;
  readonly bool: boolean;
}

/** Something to compute: a number, the bits of every lane of a vector (bigint), or code that leaves one value on the stack. */
export type Term = number | bigint | (() => void);

/** Writes code for elements: vectors of them where `vector` is set, one otherwise. */
export class Writer {
  readonly body: Body;
  readonly lanes: Lanes;
  readonly single: boolean;
  /** Is vector code being written? */
  vector = false;
  readonly #kept: Held[] = [];

  constructor(body: Body, lanes: Lanes) {
    this.body = body;
    this.lanes = lanes;
    this.single = lanes === 'float32';
  }

  /** The type of floats in the code that is being written. */
  get float(): WasmType {
    return this.vector ? 'v128' : this.single ? 'f32' : 'f64';
  }

  /** The type of bools. */
  get bool(): WasmType {
    return this.vector ? 'v128' : 'i32';
  }

  push(...terms: readonly Term[]): void {
    for (const x of terms) {
      if (typeof x === 'function') x();
      else if (this.vector) this.body.get(this.body.constant(`${typeof x === 'bigint' ? 'i' : 'f'}${this.single ? 32 : 64}`, x));
      else if (this.single) this.body.f32(Number(x));
      else this.body.f64(Number(x));
    }
  }

  /** An instruction of the type of floats: `add` is f32x4.add, f64x2.add, f32.add or f64.add. */
  do(name: string, ...terms: readonly Term[]): Term {
    const prefix = this.vector ? (this.single ? 'f32x4' : 'f64x2') : this.float;
    return this.plain(`${prefix}.${name}` as Instruction, ...terms);
  }

  /** An instruction on the lanes of a vector as whole numbers. */
  bits(name: 'add' | 'sub' | 'eq', a: Term, b: Term): Term {
    return this.plain(`${this.single ? 'i32x4' : 'i64x2'}.${name}`, a, b);
  }

  /** The bits of every lane moved by a number of places. */
  shift(name: 'shl' | 'shr_u', x: Term, places: number): Term {
    return this.plain(`${this.single ? 'i32x4' : 'i64x2'}.${name}`, x, () => this.body.i32(places));
  }

  /** An instruction by its full name. */
  plain(name: Instruction, ...terms: readonly Term[]): Term {
    return () => {
      this.push(...terms);
      this.body.do(name);
    };
  }

  add(a: Term, b: Term): Term {
    return this.do('add', a, b);
  }

  sub(a: Term, b: Term): Term {
    return this.do('sub', a, b);
  }

  mul(a: Term, b: Term): Term {
    return this.do('mul', a, b);
  }

  div(a: Term, b: Term): Term {
    return this.do('div', a, b);
  }

  /** `a` where the mask is set, else `b`. */
  where(mask: Term, a: Term, b: Term): Term {
    return this.plain(this.vector ? 'v128.bitselect' : 'select', a, b, mask);
  }

  /** c₀ + x·(c₁ + x·(c₂ + …)) */
  polynomial(x: Term, coefficients: readonly number[]): Term {
    return coefficients.slice(0, -1).reduceRight<Term>((inner, c) => this.add(this.mul(inner, x), c), coefficients.at(-1)!);
  }

  /** Puts what lies on the stack into a local. */
  set(type: WasmType, bool: boolean): Held {
    const local = this.body.local(type);
    this.body.set(local);
    return { type, local, bool };
  }

  /** Computes a term now, and keeps it in a local until `release`. */
  keep(term: Term, bool = false): Term {
    this.push(term);
    const held = this.set(bool ? this.bool : this.float, bool);
    this.#kept.push(held);
    return this.read(held);
  }

  /** A value in a local as a term. */
  read(held: Held): Term {
    return () => void this.body.get(held.local);
  }

  /** Gives the locals of `keep` back. */
  release(): void {
    for (const { type, local } of this.#kept.splice(0)) this.body.release(type, local);
  }
}
