/**
 * @file A loop as WebAssembly: vector code over merged axes, straight-line code for scalars; reductions are collected along the way.
 */
import type { DType } from '../graph/dtype.js';
import { keepAsOnes } from '../graph/shape.js';
import type { Body, Instruction, WasmType } from './encode.js';
import { exp32 } from './exponential.js';
import type { Imports } from './imports.js';
import { BYTES, loopReads } from './layout.js';
import type { Input, Lanes, Loop, Node, Operand, Reduction, Value } from './steps.js';
import { broadcast, type View, whole } from './view.js';

/** Math's own functions are known to engines: they are called without a detour. */
const MATH: Readonly<Record<string, (x: number) => number>> = {
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  sin: Math.sin,
  cos: Math.cos,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
};

/** What a loop reads or writes along its axes. */
interface Stream {
  readonly base: number;
  readonly dtype: DType;
  /** In bytes, of the merged axes. */
  strides: readonly number[];
  /** The local that counts its bytes; −1 where it stays in one place. */
  index: number;
}

/** A value in a local. Bools are masks in vectors, 0 or 1 in an i32 otherwise. */
interface Held {
  readonly type: WasmType;
  readonly local: number;
  readonly bool: boolean;
}

/** Ops that are one instruction. */
const SINGLE: ReadonlyMap<string, string> = new Map([
  ...['neg', 'abs', 'sqrt', 'add', 'sub', 'mul', 'div', 'eq', 'ne', 'lt', 'le', 'gt', 'ge'].map((name) => [name, name] as const),
  ['maximum', 'max'],
  ['minimum', 'min'],
]);

/** Emits one loop. */
export class LoopEmitter {
  readonly #body: Body;
  readonly #loop: Loop;
  readonly #address: (v: Value) => number;
  readonly #imports: Imports;
  readonly #lanes: Lanes;
  /** Merged axes. */
  #lengths: readonly number[] = [];
  readonly #loads = new Map<string, Stream>();
  readonly #stores = new Map<Node, Stream>();
  readonly #sums = new Map<Reduction, Stream>();
  /** Is vector code being written? */
  #vector = false;
  /** What is in locals: loads of one pass through the loop, nodes, and what was loaded before the loop. */
  #held = new Map<string, Held>();
  #before = new Map<string, Held>();
  #nodes = new Map<Node, Held>();
  readonly #uses = new Map<Node, number>();
  readonly #temporaries: Held[] = [];

  constructor(body: Body, loop: Loop, address: (v: Value) => number, imports: Imports) {
    this.#body = body;
    this.#loop = loop;
    this.#address = address;
    this.#imports = imports;
    this.#lanes = loop.lanes;
  }

  emit(): void {
    const { shape, nodes, reductions } = this.#loop;
    this.#makeStreams();
    const empty = shape.includes(0);
    this.#clearSums(empty);
    if (empty) return;
    for (const x of [...nodes.flatMap((n) => n.inputs), ...reductions.map((r) => r.input)])
      if ('node' in x) this.#uses.set(x.node, (this.#uses.get(x.node) ?? 0) + 1);
    const streams = this.#streams();
    // streams that move together share an index
    const byStrides = new Map<string, number>();
    for (const s of streams) {
      if (s.strides.every((d) => d === 0)) continue;
      const key = s.strides.join();
      let index = byStrides.get(key);
      if (index === undefined) {
        byStrides.set(key, (index = this.#body.local('i32')));
        this.#body.i32(0).set(index);
      }
      s.index = index;
    }
    this.#nest(0, [...byStrides].map(([key, index]) => ({ index, strides: key.split(',').map(Number) }))); // prettier-ignore
  }

  #streams(): Stream[] {
    return [...this.#loads.values(), ...this.#stores.values(), ...this.#sums.values()];
  }

  #makeStreams(): void {
    const { shape, nodes, reductions } = this.#loop;
    const views: [Stream, View][] = [];
    const stream = (value: Value, view: View, dtype: DType): Stream => {
      const s: Stream = { base: this.#address(value) + view.offset * BYTES[dtype], dtype, strides: [], index: -1 };
      views.push([s, view]);
      return s;
    };
    for (const x of loopReads(this.#loop)) {
      if (x.value.kind === 'number' || this.#loads.has(loadKey(x))) continue;
      this.#loads.set(loadKey(x), stream(x.value, x.view, x.dtype));
    }
    for (const node of nodes)
      if (node.target !== undefined) this.#stores.set(node, stream(node.value, node.target, node.dtype));
      else if (node.value.stored) this.#stores.set(node, stream(node.value, whole(shape), node.dtype));
    for (const r of reductions) this.#sums.set(r, stream(r.value, broadcast(whole(keepAsOnes(shape, r.axes)), shape), r.value.dtype));
    // axes that all cross in one go are one axis
    const lengths: number[] = [];
    const kept: number[][] = [];
    shape.forEach((n, axis) => {
      if (n === 1) return;
      const strides = views.map(([s, v]) => v.strides[axis]! * BYTES[s.dtype]);
      const last = kept.length - 1;
      if (last >= 0 && strides.every((d, i) => kept[last]![i] === d * n)) {
        lengths[last]! *= n;
        kept[last] = strides;
      } else {
        lengths.push(n);
        kept.push(strides);
      }
    });
    this.#lengths = lengths;
    views.forEach(([s], i) => (s.strides = kept.map((strides) => strides[i]!)));
  }

  /** The stride along the innermost axis. */
  #inner(s: Stream): number {
    return s.strides.at(-1) ?? 0;
  }

  /** Does a reduction get one number for each run of the innermost axis, which it then need not add to others? */
  #writtenOnce(s: Stream): boolean {
    return s.strides.every((d, i) => d !== 0 || i === s.strides.length - 1) && (this.#lengths.length === 0 || this.#inner(s) === 0);
  }

  #clearSums(empty: boolean): void {
    const body = this.#body;
    for (const [{ op, value }, s] of this.#sums) {
      if (value.size === 0 || (!empty && this.#writtenOnce(s))) continue;
      if (op === 'sum') {
        body
          .i32(s.base)
          .i32(0)
          .i32(value.size * BYTES[value.dtype])
          .fill();
        continue;
      }
      const first = op === 'max' ? -Infinity : Infinity;
      const at = body.local('i32');
      body.i32(0).set(at);
      body.loop(() => {
        body.get(at);
        this.#storeNumber(s.dtype, s.base, () => body.f64(first));
        body
          .get(at)
          .i32(BYTES[s.dtype])
          .do('i32.add')
          .tee(at)
          .i32(value.size * BYTES[s.dtype])
          .do('i32.ne');
      });
      body.release('i32', at);
    }
  }

  /** Stores a float64 as a type; its address lies on the stack. */
  #storeNumber(dtype: DType, base: number, push: () => void): void {
    const body = this.#body;
    push();
    if (dtype === 'float64') body.at('f64.store', base);
    else if (dtype === 'float32') body.do('f32.demote').at('f32.store', base);
    else if (dtype === 'int32') body.truncate().at('i32.store', base);
    else body.f64(0).do('f64.ne').at('i32.store8', base);
  }

  /** The loops over the axes from `axis` on. */
  #nest(axis: number, indices: readonly { index: number; strides: readonly number[] }[]): void {
    const body = this.#body;
    const last = this.#lengths.length - 1;
    if (axis >= last) {
      this.#innermost(indices);
      return;
    }
    const counter = body.local('i32');
    body.i32(this.#lengths[axis]!).set(counter);
    body.loop(() => {
      this.#nest(axis + 1, indices);
      for (const { index, strides } of indices) {
        const step = strides[axis]! - this.#lengths[axis + 1]! * strides[axis + 1]!;
        if (step !== 0) body.get(index).i32(step).do('i32.add').set(index);
      }
      body.get(counter).i32(1).do('i32.sub').tee(counter);
    });
    body.release('i32', counter);
  }

  #innermost(indices: readonly { index: number; strides: readonly number[] }[]): void {
    const length = this.#lengths.at(-1) ?? 1;
    const width = this.#vectorWidth();
    const vectors = width === 0 ? 0 : Math.floor(length / width);
    const totals = new Map<Reduction, Held>();
    for (const [r, s] of this.#sums) if (this.#inner(s) === 0) totals.set(r, this.#total(r, vectors > 0));
    const pass = (times: number, vector: boolean): void => {
      if (times === 0) return;
      this.#vector = vector;
      this.#before = new Map();
      this.#held = new Map();
      this.#hoist(times > 1);
      const step = vector ? width : 1;
      const once = (): void => {
        this.#pass(totals);
        for (const { index, strides } of indices) {
          const by = (strides.at(-1) ?? 0) * step;
          if (by !== 0) this.#body.get(index).i32(by).do('i32.add').set(index);
        }
      };
      if (times === 1) once();
      else {
        const counter = this.#body.local('i32');
        this.#body.i32(times).set(counter);
        this.#body.loop(() => {
          once();
          this.#body.get(counter).i32(1).do('i32.sub').tee(counter);
        });
        this.#body.release('i32', counter);
      }
      for (const { type, local } of this.#before.values()) this.#body.release(type, local);
    };
    pass(vectors, true);
    pass(length - vectors * width, false);
    for (const [r, total] of totals) this.#finish(r, total, vectors > 0);
  }

  /** Elements at once, 0 where they are computed one by one. */
  #vectorWidth(): number {
    if (this.#lanes === 'mixed' || this.#lengths.length === 0) return 0;
    const ok = this.#streams().every((s) => [0, BYTES[s.dtype]].includes(this.#inner(s)));
    const stores = [...this.#stores.values()].every((s) => this.#inner(s) !== 0);
    return ok && stores ? (this.#lanes === 'float32' ? 4 : 2) : 0;
  }

  /** Loads what stays the same along the innermost axis, and the numbers that are known. */
  #hoist(worth: boolean): void {
    const numbers = new Set<string>();
    for (const x of loopReads(this.#loop)) {
      if (x.value.kind === 'number' || (worth && this.#inner(this.#loads.get(loadKey(x))!) === 0)) {
        if (!this.#before.has(loadKey(x))) this.#before.set(loadKey(x), this.#load(x));
      }
    }
    if (!worth || !this.#vector) return;
    for (const { inputs } of this.#loop.nodes) {
      for (const x of inputs) {
        if (!('number' in x) || x.dtype === 'bool' || numbers.size >= 8 || numbers.has(numberKey(x.number))) continue;
        numbers.add(numberKey(x.number));
        this.#number(x.number);
        this.#before.set(numberKey(x.number), this.#set('v128', false));
      }
    }
  }

  /** Puts what lies on the stack into a local. */
  #set(type: WasmType, bool: boolean): Held {
    const local = this.#body.local(type);
    this.#body.set(local);
    return { type, local, bool };
  }

  /** The type of floats in the code that is being written. */
  get #float(): WasmType {
    return this.#vector ? 'v128' : this.#lanes === 'float32' ? 'f32' : 'f64';
  }

  get #boolType(): WasmType {
    return this.#vector ? 'v128' : 'i32';
  }

  /** An instruction of the type of floats: `add` is f32x4.add, f64x2.add, f32.add or f64.add. */
  #do(name: string): void {
    const single = this.#lanes === 'float32';
    const prefix = this.#vector ? (single ? 'f32x4' : 'f64x2') : single ? 'f32' : 'f64';
    this.#body.do(`${prefix}.${name}` as Instruction);
  }

  /** A known number. */
  #number(x: number): void {
    if (this.#lanes === 'float32') this.#body.f32(x);
    else this.#body.f64(x);
    if (this.#vector) this.#do('splat');
  }

  #load(x: Operand): Held {
    const body = this.#body;
    const single = this.#lanes === 'float32';
    if (x.value.kind === 'number') {
      body.i32(0).at('f64.load', this.#address(x.value));
      if (single) body.do('f32.demote');
      else if (x.dtype === 'float32') body.do('f32.demote', 'f64.promote');
      if (this.#vector) this.#do('splat');
      return this.#set(this.#float, false);
    }
    const s = this.#loads.get(loadKey(x))!;
    this.#at(s);
    const one = !this.#vector || this.#inner(s) === 0;
    if (s.dtype === 'bool') {
      if (one) body.at('i32.load8_u', s.base);
      if (this.#vector && one) {
        const local = body.local('i32');
        body.set(local).i32(0).get(local).do('i32.sub', 'i32x4.splat');
        body.release('i32', local);
      } else if (this.#vector && single) body.at('v128.load32_zero', s.base).do('i16x8.extend_low_u8', 'i32x4.extend_low_u16', 'i32x4.neg');
      else if (this.#vector) {
        body
          .at('i32.load16_u', s.base)
          .do('i32x4.splat', 'i16x8.extend_low_u8', 'i32x4.extend_low_u16', 'i64x2.extend_low_u32', 'i64x2.neg');
      }
      return this.#set(this.#boolType, true);
    }
    if (this.#vector) body.at(one ? (single ? 'v128.load32_splat' : 'v128.load64_splat') : 'v128.load', s.base);
    else if (s.dtype === 'float32') body.at('f32.load', s.base);
    else if (s.dtype === 'float64') body.at('f64.load', s.base);
    else body.at('i32.load', s.base).do('f64.convert_i32');
    if (this.#lanes === 'mixed' && s.dtype === 'float32') body.do('f64.promote');
    return this.#set(this.#float, false);
  }

  /** The place of a stream, without its base. */
  #at(s: Stream): void {
    if (s.index < 0) this.#body.i32(0);
    else this.#body.get(s.index);
  }

  /** What a node reads, in a local: as a float, or as a mask. */
  #input(x: Input, as: 'float' | 'mask'): Held {
    let held: Held;
    if ('node' in x) held = this.#nodes.get(x.node)!;
    else if ('operand' in x) {
      const key = loadKey(x.operand);
      held = this.#before.get(key) ?? this.#held.get(key) ?? this.#load(x.operand);
      if (!this.#before.has(key)) this.#held.set(key, held);
    } else if (as === 'mask') {
      this.#body.i32(x.number === 0 ? 0 : this.#vector ? -1 : 1);
      if (this.#vector) this.#body.do('i32x4.splat');
      return this.#temporary(true);
    } else {
      const before = this.#before.get(numberKey(x.number));
      if (before !== undefined) return before;
      this.#number(x.number);
      return this.#temporary(false);
    }
    if (held.bool === (as === 'mask')) return held;
    this.#body.get(held.local);
    if (as === 'mask') {
      this.#number(0);
      this.#do('ne');
      return this.#temporary(true);
    }
    if (this.#vector) {
      this.#number(1);
      this.#body.do('v128.and');
    } else {
      this.#body.do('f64.convert_i32');
      if (this.#lanes === 'float32') this.#body.do('f32.demote');
    }
    return this.#temporary(false);
  }

  /** Puts what lies on the stack into a local that is free again behind the node that is being computed. */
  #temporary(bool: boolean): Held {
    const held = this.#set(bool ? this.#boolType : this.#float, bool);
    this.#temporaries.push(held);
    return held;
  }

  #free(): void {
    for (const { type, local } of this.#temporaries.splice(0)) this.#body.release(type, local);
  }

  /** All nodes once, then the reductions. */
  #pass(totals: ReadonlyMap<Reduction, Held>): void {
    const left = new Map(this.#uses);
    this.#nodes = new Map();
    this.#held = new Map();
    const done = (x: Input): void => {
      if (!('node' in x)) return;
      const n = left.get(x.node)! - 1;
      left.set(x.node, n);
      const held = this.#nodes.get(x.node)!;
      if (n === 0) this.#body.release(held.type, held.local);
    };
    for (const node of this.#loop.nodes) {
      const held = this.#node(node);
      this.#nodes.set(node, held);
      const s = this.#stores.get(node);
      if (s !== undefined) this.#store(s, held);
      for (const x of node.inputs) done(x);
      if (!left.has(node)) this.#body.release(held.type, held.local);
      this.#free();
    }
    for (const r of this.#loop.reductions) {
      this.#reduce(r, totals.get(r));
      this.#free();
    }
    for (const { type, local } of this.#held.values()) this.#body.release(type, local);
  }

  #store(s: Stream, held: Held): void {
    const body = this.#body;
    this.#at(s);
    body.get(held.local);
    if (held.bool && s.dtype !== 'bool') throw new Error('machine: a mask is stored as a float');
    if (this.#vector) {
      if (s.dtype !== 'bool') body.at('v128.store', s.base);
      else {
        const first = this.#lanes === 'float32' ? [0, 4, 8, 12] : [0, 8, 0, 8];
        body
          .get(held.local)
          .shuffle([...first, ...first, ...first, ...first])
          .lane('i32x4.extract', 0)
          .i32(0x01010101)
          .do('i32.and');
        body.at(this.#lanes === 'float32' ? 'i32.store' : 'i32.store16', s.base);
      }
    } else if (s.dtype === 'bool') {
      body.at('i32.store8', s.base);
    } else if (s.dtype === 'int32') body.truncate().at('i32.store', s.base);
    else if (s.dtype === 'float64') body.at('f64.store', s.base);
    else {
      if (this.#lanes === 'mixed') body.do('f32.demote');
      body.at('f32.store', s.base);
    }
  }

  /** Computes one node into a local. */
  #node(node: Node): Held {
    const body = this.#body;
    const [a, b] = node.inputs;
    const get = (x: Input | undefined, as: 'float' | 'mask' = 'float'): void => void body.get(this.#input(x!, as).local);
    const bool = node.dtype === 'bool';
    const { op } = node;
    if (op === 'copy' || op === 'cast') get(a, bool ? 'mask' : 'float');
    else if (SINGLE.has(op)) {
      const [x, y] = [this.#input(a!, 'float'), b && this.#input(b, 'float')];
      body.get(x.local);
      if (y !== undefined) body.get(y.local);
      this.#do(SINGLE.get(op)!);
    } else this.#special(node);
    if (!bool && this.#lanes === 'mixed' && node.dtype === 'float32') body.do('f32.demote', 'f64.promote');
    return this.#set(bool ? this.#boolType : this.#float, bool);
  }

  #select(): void {
    this.#body.do(this.#vector ? 'v128.bitselect' : 'select');
  }

  /** Nodes that are more than one instruction. */
  #special(node: Node): void {
    const body = this.#body;
    const [a, b, c] = node.inputs;
    const float = (x: Input | undefined): number => this.#input(x!, 'float').local;
    const mask = (x: Input | undefined): number => this.#input(x!, 'mask').local;
    switch (node.op) {
      case 'square': {
        const x = float(a);
        body.get(x).get(x);
        this.#do('mul');
        return;
      }
      case 'gmul': {
        const [g, d] = [float(a), float(b)];
        this.#number(0);
        body.get(g).get(d);
        this.#do('mul');
        body.get(g);
        this.#number(0);
        this.#do('eq');
        body.get(d);
        this.#number(0);
        this.#do('eq');
        body.do(this.#vector ? 'v128.or' : 'i32.or');
        this.#select();
        return;
      }
      case 'relu': {
        const x = float(a);
        this.#number(0);
        body.get(x).get(x);
        this.#number(0);
        this.#do('le');
        this.#select();
        return;
      }
      case 'sign': {
        const x = float(a);
        this.#number(1);
        this.#number(-1);
        body.get(x).get(x);
        this.#number(0);
        this.#do('lt');
        this.#select();
        body.get(x);
        this.#number(0);
        this.#do('gt');
        this.#select();
        return;
      }
      case 'where': {
        const kind = node.dtype === 'bool' ? mask : float;
        const [test, x, y] = [mask(a), kind(b), kind(c)];
        body.get(x).get(y).get(test);
        this.#select();
        return;
      }
      case 'isNaN': {
        const x = float(a);
        body.get(x).get(x);
        this.#do('ne');
        return;
      }
      case 'isFinite':
        body.get(float(a));
        this.#do('abs');
        this.#number(Infinity);
        this.#do('lt');
        return;
      case 'logicalAnd':
      case 'logicalOr': {
        const [x, y] = [mask(a), mask(b)];
        const name = node.op === 'logicalAnd' ? 'and' : 'or';
        body
          .get(x)
          .get(y)
          .do(this.#vector ? `v128.${name}` : `i32.${name}`);
        return;
      }
      case 'logicalNot':
        body.get(mask(a)).do(this.#vector ? 'v128.not' : 'i32.eqz');
        return;
      case 'sigmoid': {
        // e^−|x| / (1 + e^−|x|) where x < 0, else 1 / (1 + e^−|x|)
        const x = float(a);
        const e = this.#exponential(a!, x);
        body.get(e.local);
        this.#number(1);
        body.get(x);
        this.#number(0);
        this.#do('lt');
        this.#select();
        this.#number(1);
        body.get(e.local);
        this.#do('add');
        this.#do('div');
        return;
      }
      case 'softplus': {
        const x = float(a);
        const e = this.#exponential(a!, x);
        body.get(x);
        this.#number(0);
        this.#do('max');
        this.#function('log1p', Math.log1p, [e.local]);
        this.#do('add');
        return;
      }
      default:
        this.#function(node.op, MATH[node.op] ?? node.scalar!, node.inputs.map(float));
    }
  }

  /** e^−|x| of an input in a local; x and −x share it, as σ(x) and the σ(−x) of its derivative do. */
  #exponential(input: Input, x: number): Held {
    const from = 'node' in input && input.node.op === 'neg' ? input.node.inputs[0]! : input;
    const key = `e ${'node' in from ? from.node.value.id : 'operand' in from ? loadKey(from.operand) : numberKey(from.number)}`;
    const known = this.#held.get(key);
    if (known !== undefined) return known;
    this.#body.get(x);
    this.#do('abs');
    this.#do('neg');
    const minus = this.#set(this.#float, false);
    this.#function('exp', Math.exp, [minus.local]);
    this.#body.release(minus.type, minus.local);
    const e = this.#set(this.#float, false);
    this.#held.set(key, e);
    return e;
  }

  /** A function of numbers, of every element in turn. */
  #function(name: string, run: (...x: number[]) => number, locals: readonly number[]): void {
    const body = this.#body;
    if (this.#vector && this.#lanes === 'float32' && run === Math.exp) {
      exp32(body, locals[0]!);
      return;
    }
    const index = this.#imports.number(name, run, locals.length);
    const single = this.#lanes === 'float32';
    if (!this.#vector) {
      for (const x of locals) {
        body.get(x);
        if (single) body.do('f64.promote');
      }
      body.call(index);
      if (single) body.do('f32.demote');
      return;
    }
    for (let lane = 0; lane < (single ? 4 : 2); lane++) {
      for (const x of locals) {
        body.get(x).lane(single ? 'f32x4.extract' : 'f64x2.extract', lane);
        if (single) body.do('f64.promote');
      }
      body.call(index);
      if (single) body.do('f32.demote');
      if (lane === 0) this.#do('splat');
      else body.lane(single ? 'f32x4.replace' : 'f64x2.replace', lane);
    }
  }

  /** Where a reduction along the innermost axis is collected: sums of float32 in float64. */
  #total(r: Reduction, vectors: boolean): Held {
    const body = this.#body;
    const first = r.op === 'sum' ? 0 : r.op === 'max' ? -Infinity : Infinity;
    if (!vectors) {
      body.f64(first);
      return this.#set('f64', false);
    }
    body.f64(first);
    if (this.#lanes === 'float32' && r.op !== 'sum') body.do('f32.demote', 'f32x4.splat');
    else body.do('f64x2.splat');
    const total = this.#set('v128', false);
    body.f64(first);
    this.#scalarTotals.set(total.local, this.#set('f64', false).local);
    return total;
  }

  /** The float64 that collects what vectors leave over, by the local of the vector. */
  readonly #scalarTotals = new Map<number, number>();

  #reduce(r: Reduction, total: Held | undefined): void {
    const body = this.#body;
    const x = this.#input(r.input, 'float').local;
    const combine = r.op === 'sum' ? 'add' : r.op;
    const single = this.#lanes === 'float32';
    if (total === undefined) {
      // one more term for each element of the result
      const s = this.#sums.get(r)!;
      this.#at(s);
      if (this.#vector) {
        this.#at(s);
        body.at('v128.load', s.base).get(x);
        this.#do(combine);
        body.at('v128.store', s.base);
        return;
      }
      this.#storeNumber(s.dtype, s.base, () => {
        this.#at(s);
        this.#loadNumber(s);
        this.#pushNumber(x);
        body.do(`f64.${combine}` as Instruction);
      });
      return;
    }
    if (!this.#vector) {
      const to = total.type === 'f64' ? total.local : this.#scalarTotals.get(total.local)!;
      body.get(to);
      this.#pushNumber(x);
      body.do(`f64.${combine}` as Instruction).set(to);
      return;
    }
    body.get(total.local).get(x);
    if (single && r.op === 'sum') {
      body.do('f64x2.promote_low', 'f64x2.add').get(x).get(x).shuffle([8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]);
      body.do('f64x2.promote_low', 'f64x2.add');
    } else this.#do(combine);
    body.set(total.local);
  }

  /** A float in a local as a float64. */
  #pushNumber(x: number): void {
    this.#body.get(x);
    if (this.#lanes === 'float32') this.#body.do('f64.promote');
  }

  /** A number from memory as a float64; its address lies on the stack. */
  #loadNumber(s: Stream): void {
    const body = this.#body;
    if (s.dtype === 'float64') body.at('f64.load', s.base);
    else if (s.dtype === 'float32') body.at('f32.load', s.base).do('f64.promote');
    else body.at(s.dtype === 'int32' ? 'i32.load' : 'i32.load8_u', s.base).do('f64.convert_i32');
  }

  /** Writes what was collected along the innermost axis. */
  #finish(r: Reduction, total: Held, vectors: boolean): void {
    const body = this.#body;
    const s = this.#sums.get(r)!;
    const combine = `f64.${r.op === 'sum' ? 'add' : r.op}` as Instruction;
    let sum = total.local;
    if (vectors) {
      sum = this.#scalarTotals.get(total.local)!;
      const single = this.#lanes === 'float32' && r.op !== 'sum';
      body.get(sum);
      for (let lane = 0; lane < (single ? 4 : 2); lane++) {
        body.get(total.local).lane(single ? 'f32x4.extract' : 'f64x2.extract', lane);
        if (single) body.do('f64.promote');
        body.do(combine);
      }
      body.set(sum);
    }
    // the indices have gone on: the place is the same, as the stride along this axis is 0
    this.#at(s);
    this.#storeNumber(s.dtype, s.base, () => {
      if (!this.#writtenOnce(s)) {
        this.#at(s);
        this.#loadNumber(s);
        body.get(sum).do(combine);
      } else body.get(sum);
    });
    if (vectors) body.release('f64', sum);
    body.release(total.type, total.local);
  }
}

function loadKey({ value, view, dtype }: Operand): string {
  return `${value.id} ${view.strides.join()} ${view.offset} ${dtype}`;
}

const numberKey = (x: number): string => `#${Object.is(x, -0) ? '-0' : x}`;
