/**
 * @file One node of a loop as code: an instruction, a few of them, a formula on vectors, or a call of a function of numbers.
 */
import { FORMULAS } from './formulas.js';
import { decay, sigmoidBelow, softplus } from './functions.js';
import type { Imports } from './imports.js';
import { operandKey } from './reads.js';
import type { Input, Node } from './steps.js';
import type { Held, Term, Writer } from './writer.js';

/** Math's own functions are known to engines: they are called without a detour. */
const MATH: Readonly<Record<string, (...x: number[]) => number>> = {
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  sin: Math.sin,
  cos: Math.cos,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  atan2: Math.atan2,
};

/** Ops that are one instruction. */
const SINGLE: ReadonlyMap<string, string> = new Map([
  ...['neg', 'abs', 'sqrt', 'floor', 'ceil', 'add', 'sub', 'mul', 'div', 'eq', 'ne', 'lt', 'le', 'gt', 'ge'].map(
    (name) => [name, name] as const,
  ),
  ['maximum', 'max'],
  ['minimum', 'min'],
  ['round', 'nearest'],
]);

/** Functions of numbers that are vector code. */
export const VECTOR_FUNCTIONS: ReadonlySet<string> = new Set([...Object.keys(FORMULAS), 'sigmoid', 'softplus']);

/** Writes the nodes of one pass through a loop. */
export class NodeWriter {
  readonly #w: Writer;
  readonly #imports: Imports;
  /** What a node reads: as a float, or as a mask. It may be pushed more than once. */
  readonly #input: (x: Input, as: 'float' | 'mask') => Term;
  /** Functions of |x|: x and −x share them, as σ(x) and the σ(−x) of its derivative do. */
  readonly #evens = new Map<string, Held>();

  constructor(writer: Writer, imports: Imports, input: (x: Input, as: 'float' | 'mask') => Term) {
    this.#w = writer;
    this.#imports = imports;
    this.#input = input;
  }

  /** Computes a node into a local. */
  write(node: Node): Held {
    const w = this.#w;
    const bool = node.dtype === 'bool';
    w.push(this.#term(node));
    if (!bool && w.lanes === 'mixed' && node.dtype === 'float32') w.body.do('f32.demote', 'f64.promote');
    return w.set(bool ? w.bool : w.float, bool);
  }

  /** Gives back what nodes shared. */
  release(): void {
    for (const { type, local } of this.#evens.values()) this.#w.body.release(type, local);
  }

  #term(node: Node): Term {
    const w = this.#w;
    const { op, inputs } = node;
    const float = (i: number): Term => this.#input(inputs[i]!, 'float');
    const mask = (i: number): Term => this.#input(inputs[i]!, 'mask');
    const kind = node.dtype === 'bool' ? mask : float;
    // the larger of two truth values is their or, the smaller their and
    if (node.dtype === 'bool' && (op === 'maximum' || op === 'minimum'))
      return this.#logical(op === 'maximum' ? 'or' : 'and', mask(0), mask(1));
    if (SINGLE.has(op)) return w.do(SINGLE.get(op)!, ...inputs.map((_, i) => float(i)));
    switch (op) {
      case 'copy':
      case 'cast':
        return kind(0);
      case 'square':
        return w.mul(float(0), float(0));
      case 'gmul': {
        const [g, d] = [float(0), float(1)];
        return w.where(this.#logical('or', w.do('eq', g, 0), w.do('eq', d, 0)), 0, w.mul(g, d));
      }
      case 'relu':
        return w.where(w.do('le', float(0), 0), 0, float(0));
      case 'sign':
        return w.where(w.do('gt', float(0), 0), 1, w.where(w.do('lt', float(0), 0), -1, float(0)));
      case 'where':
        return w.where(mask(0), kind(1), kind(2));
      case 'isNaN':
        return w.do('ne', float(0), float(0));
      case 'isFinite':
        return w.do('lt', w.do('abs', float(0)), Infinity);
      case 'logicalAnd':
        return this.#logical('and', mask(0), mask(1));
      case 'logicalOr':
        return this.#logical('or', mask(0), mask(1));
      case 'logicalNot':
        return w.plain(w.vector ? 'v128.not' : 'i32.eqz', mask(0));
      case 'sigmoid': {
        const e = this.#decay(inputs[0]!);
        const negative = w.do('lt', float(0), 0);
        if (!w.vector) return w.div(w.where(negative, e, 1), w.add(1, e));
        const q = this.#even('sigmoid', inputs[0]!, () => sigmoidBelow(w, e));
        return w.where(negative, q, w.sub(1, q));
      }
      case 'softplus': {
        const e = this.#decay(inputs[0]!);
        return w.vector ? softplus(w, float(0), e) : w.add(w.do('max', float(0), 0), this.#call('log1p', Math.log1p, [e]));
      }
      default: {
        const xs = inputs.map((_, i) => float(i));
        const calls = this.#call(op, MATH[op] ?? node.scalar!, xs);
        const formula = w.vector ? FORMULAS[op] : undefined;
        return formula === undefined ? calls : formula(w, xs[0]!, calls);
      }
    }
  }

  #logical(name: 'and' | 'or', a: Term, b: Term): Term {
    return this.#w.plain(this.#w.vector ? `v128.${name}` : `i32.${name}`, a, b);
  }

  /** e^−|x| of an input. */
  #decay(input: Input): Term {
    const w = this.#w;
    return this.#even('decay', input, (x) => (w.vector ? decay(w, x) : this.#call('exp', Math.exp, [w.do('neg', w.do('abs', x))])));
  }

  /** A function of |x|, computed once for x and −x. */
  #even(name: string, input: Input, of: (x: Term) => Term): Term {
    const w = this.#w;
    const key = `${name} ${inputKey('node' in input && input.node.op === 'neg' ? input.node.inputs[0]! : input)}`;
    let held = this.#evens.get(key);
    if (held === undefined) {
      w.push(of(this.#input(input, 'float')));
      this.#evens.set(key, (held = w.set(w.float, false)));
    }
    return w.read(held);
  }

  /** A function of numbers, of every element in turn. */
  #call(name: string, run: (...x: number[]) => number, inputs: readonly Term[]): Term {
    const { body, single, vector } = this.#w;
    const index = (): number => this.#imports.number(name, run, inputs.length);
    const one = (push: (x: Term) => void): void => {
      for (const x of inputs) {
        push(x);
        if (single) body.do('f64.promote');
      }
      body.call(index());
      if (single) body.do('f32.demote');
    };
    if (!vector) return () => one((x) => this.#w.push(x));
    const lanes = single ? 'f32x4' : 'f64x2';
    return () => {
      for (let lane = 0; lane < (single ? 4 : 2); lane++) {
        one((x) => {
          this.#w.push(x);
          body.lane(`${lanes}.extract`, lane);
        });
        if (lane === 0) body.do(`${lanes}.splat`);
        else body.lane(`${lanes}.replace`, lane);
      }
    };
  }
}

/** The same for inputs that are the same. */
export function inputKey(x: Input): string {
  if ('node' in x) return `node ${x.node.value.id}`;
  return 'operand' in x ? operandKey(x.operand) : `#${Object.is(x.number, -0) ? '-0' : x.number}`;
}
