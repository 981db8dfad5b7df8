/**
 * @file A loop as WebAssembly: vector code over merged axes, straight-line code for scalars; reductions are collected along the way.
 */
import type { DType } from '../graph/dtype.js';
import type { Body } from './encode.js';
import type { Imports } from './imports.js';
import { innerStride, type Nest, type Stream } from './nest.js';
import { NodeWriter } from './node.js';
import { BYTES, loopReads, operandKey } from './reads.js';
import type { Input, Lanes, Loop, Node, Operand, Reduction, Value } from './steps.js';
import { type Held, type Term, Writer } from './writer.js';

/** A local that counts the bytes of streams that move together. */
interface Index {
  readonly local: number;
  readonly strides: readonly number[];
}

/** Emits one loop. */
export class LoopEmitter {
  readonly #body: Body;
  readonly #loop: Loop;
  readonly #address: (v: Value) => number;
  readonly #imports: Imports;
  readonly #lanes: Lanes;
  readonly #writer: Writer;
  readonly #nest: Nest;
  /** What is in locals: loads of one pass through the loop, nodes, and what was loaded before the loop. */
  #held = new Map<string, Held>();
  #before = new Map<string, Held>();
  #nodes = new Map<Node, Held>();
  readonly #uses = new Map<Node, number>();

  constructor(body: Body, loop: Loop, nest: Nest, address: (v: Value) => number, imports: Imports) {
    this.#body = body;
    this.#loop = loop;
    this.#nest = nest;
    this.#address = address;
    this.#imports = imports;
    this.#lanes = loop.lanes;
    this.#writer = new Writer(body, loop.lanes);
  }

  /** The loop itself; of a divided one, the thread's part. */
  emit(): void {
    const { shape, nodes, reductions } = this.#loop;
    if (shape.includes(0)) return;
    for (const x of [...nodes.flatMap((n) => n.inputs), ...reductions.map((r) => r.input)])
      if ('node' in x) this.#uses.set(x.node, (this.#uses.get(x.node) ?? 0) + 1);
    // streams that move together share an index
    const byStrides = new Map<string, Index>();
    for (const s of this.#streams()) {
      if (s.strides.every((d) => d === 0)) continue;
      const key = s.strides.join();
      let index = byStrides.get(key);
      if (index === undefined) byStrides.set(key, (index = { local: this.#body.local('i32'), strides: s.strides }));
      s.index = index.local;
    }
    const indices = [...byStrides.values()];
    if (this.#nest.divided) {
      this.#ownPart(indices);
      return;
    }
    for (const { local } of indices) this.#body.i32(0).set(local);
    this.#axis(0, indices);
  }

  /** The thread's part of the outermost axis. */
  #ownPart(indices: readonly Index[]): void {
    const body = this.#body;
    const { from, count } = body.part(this.#nest.lengths[0]!);
    body.get(count);
    body.when(() => {
      for (const { local, strides } of indices) body.get(from).i32(strides[0]!).do('i32.mul').set(local);
      this.#outer(0, indices, count);
    });
  }

  #streams(): Stream[] {
    const { loads, stores, sums } = this.#nest;
    return [...loads.values(), ...stores.values(), ...sums.values()];
  }

  /** Does a reduction get one number for each run of the innermost axis, which it then need not add to others? */
  #writtenOnce(s: Stream): boolean {
    return s.strides.every((d, i) => d !== 0 || i === s.strides.length - 1) && (this.#nest.lengths.length === 0 || innerStride(s) === 0);
  }

  /** Numbers of results in a stream: of a block for each. */
  #results(r: Reduction): number {
    return r.value.size * (this.#nest.partial.has(r) ? this.#nest.lengths[0]! : 1);
  }

  /** What reductions begin with, where they are not written at once. */
  clear(body: Body): void {
    const empty = this.#loop.shape.includes(0);
    for (const [r, s] of this.#nest.sums) {
      const bytes = this.#results(r) * BYTES[s.dtype];
      if (bytes === 0 || (!empty && this.#writtenOnce(s))) continue;
      if (r.op === 'sum') {
        body.i32(s.base).i32(0).i32(bytes).fill();
        continue;
      }
      const at = body.local('i32');
      body.i32(0).set(at);
      body.loop(() => {
        body.get(at);
        storeNumber(body, s.dtype, s.base, () => body.f64(r.op === 'max' ? -Infinity : Infinity));
        body.get(at).i32(BYTES[s.dtype]).do('i32.add').tee(at).i32(bytes).do('i32.ne');
      });
      body.release('i32', at);
    }
  }

  /** Puts the results of blocks together, in their order. */
  combine(body: Body): void {
    const blocks = this.#nest.lengths[0]!;
    for (const r of this.#nest.partial) {
      const s = this.#nest.sums.get(r)!;
      const { dtype, size } = r.value;
      const [i, total] = [body.local('i32'), body.local('f64')];
      body.i32(0).set(i);
      body.loop(() => {
        for (let block = 0; block < blocks; block++) {
          if (block > 0) body.get(total);
          body.get(i).i32(BYTES[s.dtype]).do('i32.mul');
          loadNumber(body, s.dtype, s.base + block * size * BYTES[s.dtype]);
          if (block > 0) body.do(`f64.${combining(r)}`);
          body.set(total);
        }
        body.get(i).i32(BYTES[dtype]).do('i32.mul');
        storeNumber(body, dtype, this.#address(r.value), () => body.get(total));
        body.get(i).i32(1).do('i32.add').tee(i).i32(size).do('i32.ne');
      });
      body.release('i32', i);
      body.release('f64', total);
    }
  }

  /** The loops over the axes from `axis` on. */
  #axis(axis: number, indices: readonly Index[]): void {
    const body = this.#body;
    if (axis >= this.#nest.lengths.length - 1) {
      this.#innermost(indices);
      return;
    }
    const counter = body.local('i32');
    body.i32(this.#nest.lengths[axis]!).set(counter);
    this.#outer(axis, indices, counter);
  }

  /** The loop over an axis that has others inside, as often as the counter says. */
  #outer(axis: number, indices: readonly Index[], counter: number): void {
    const body = this.#body;
    const { lengths } = this.#nest;
    body.loop(() => {
      this.#axis(axis + 1, indices);
      for (const { local, strides } of indices) {
        const step = strides[axis]! - lengths[axis + 1]! * strides[axis + 1]!;
        if (step !== 0) body.get(local).i32(step).do('i32.add').set(local);
      }
      body.get(counter).i32(1).do('i32.sub').tee(counter);
    });
    body.release('i32', counter);
  }

  #innermost(indices: readonly Index[]): void {
    const length = this.#nest.lengths.at(-1) ?? 1;
    const width = this.#vectorWidth();
    const vectors = width === 0 ? 0 : Math.floor(length / width);
    const totals = new Map<Reduction, Held>();
    for (const [r, s] of this.#nest.sums) if (innerStride(s) === 0) totals.set(r, this.#total(r, vectors > 0));
    const pass = (times: number, vector: boolean): void => {
      if (times === 0) return;
      this.#writer.vector = vector;
      this.#before = new Map();
      this.#held = new Map();
      this.#hoist(times > 1);
      const step = vector ? width : 1;
      const once = (): void => {
        this.#pass(totals);
        for (const { local, strides } of indices) {
          const by = (strides.at(-1) ?? 0) * step;
          if (by !== 0) this.#body.get(local).i32(by).do('i32.add').set(local);
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
    if (this.#lanes === 'mixed' || this.#nest.lengths.length === 0) return 0;
    const ok = this.#streams().every((s) => [0, BYTES[s.dtype]].includes(innerStride(s)));
    const stores = [...this.#nest.stores.values()].every((s) => innerStride(s) !== 0);
    return ok && stores ? (this.#lanes === 'float32' ? 4 : 2) : 0;
  }

  /** Loads what stays the same along the innermost axis. */
  #hoist(worth: boolean): void {
    for (const x of loopReads(this.#loop)) {
      if (x.value.kind === 'number' || (worth && innerStride(this.#nest.loads.get(operandKey(x))!) === 0)) {
        if (!this.#before.has(operandKey(x))) this.#before.set(operandKey(x), this.#load(x));
      }
    }
  }

  #load(x: Operand): Held {
    const body = this.#body;
    const { single, vector } = this.#writer;
    const splat = single ? 'f32x4.splat' : 'f64x2.splat';
    if (x.value.kind === 'number') {
      body.i32(0).at('f64.load', this.#address(x.value));
      if (single) body.do('f32.demote');
      else if (x.dtype === 'float32') body.do('f32.demote', 'f64.promote');
      if (vector) body.do(splat);
      return this.#writer.set(this.#writer.float, false);
    }
    const s = this.#nest.loads.get(operandKey(x))!;
    this.#at(s);
    const one = !vector || innerStride(s) === 0;
    if (s.dtype === 'bool') {
      if (one) body.at('i32.load8_u', s.base);
      if (vector && one) {
        const local = body.local('i32');
        body.set(local).i32(0).get(local).do('i32.sub', 'i32x4.splat');
        body.release('i32', local);
      } else if (vector && single) body.at('v128.load32_zero', s.base).do('i16x8.extend_low_u8', 'i32x4.extend_low_u16', 'i32x4.neg');
      else if (vector) {
        body
          .at('i32.load16_u', s.base)
          .do('i32x4.splat', 'i16x8.extend_low_u8', 'i32x4.extend_low_u16', 'i64x2.extend_low_u32', 'i64x2.neg');
      }
      return this.#writer.set(this.#writer.bool, true);
    }
    if (vector) body.at(one ? (single ? 'v128.load32_splat' : 'v128.load64_splat') : 'v128.load', s.base);
    else if (s.dtype === 'float32') body.at('f32.load', s.base);
    else if (s.dtype === 'float64') body.at('f64.load', s.base);
    else body.at('i32.load', s.base).do('f64.convert_i32');
    if (this.#lanes === 'mixed' && s.dtype === 'float32') body.do('f64.promote');
    return this.#writer.set(this.#writer.float, false);
  }

  /** The place of a stream, without its base. */
  #at(s: Stream): void {
    if (s.index < 0) this.#body.i32(0);
    else this.#body.get(s.index);
  }

  /** What a node reads: as a float, or as a mask. */
  #input(x: Input, as: 'float' | 'mask'): Term {
    const w = this.#writer;
    if ('number' in x) {
      if (as === 'float') return x.number;
      if (w.vector) return x.number === 0 ? 0n : -1n;
      return () => void this.#body.i32(x.number === 0 ? 0 : 1);
    }
    const held = 'node' in x ? this.#nodes.get(x.node)! : this.#loaded(x.operand);
    const value = w.read(held);
    if (held.bool === (as === 'mask')) return value;
    if (as === 'mask') return w.keep(w.do('ne', value, 0), true);
    if (w.vector) return w.keep(w.plain('v128.and', value, 1));
    const number = w.plain('f64.convert_i32', value);
    return w.keep(w.single ? w.plain('f32.demote', number) : number);
  }

  /** An element in a local: loaded before the loop, before in this pass, or now. */
  #loaded(x: Operand): Held {
    const key = operandKey(x);
    let held = this.#before.get(key) ?? this.#held.get(key);
    if (held === undefined) this.#held.set(key, (held = this.#load(x)));
    return held;
  }

  /** All nodes once, then the reductions. */
  #pass(totals: ReadonlyMap<Reduction, Held>): void {
    const left = new Map(this.#uses);
    this.#nodes = new Map();
    this.#held = new Map();
    const nodes = new NodeWriter(this.#writer, this.#imports, (x, as) => this.#input(x, as));
    const done = (x: Input): void => {
      if (!('node' in x)) return;
      const n = left.get(x.node)! - 1;
      left.set(x.node, n);
      const held = this.#nodes.get(x.node)!;
      if (n === 0) this.#body.release(held.type, held.local);
    };
    for (const node of this.#loop.nodes) {
      const held = nodes.write(node);
      this.#nodes.set(node, held);
      const s = this.#nest.stores.get(node);
      if (s !== undefined) this.#store(s, held);
      for (const x of node.inputs) done(x);
      if (!left.has(node)) this.#body.release(held.type, held.local);
      this.#writer.release();
    }
    for (const r of this.#loop.reductions) {
      this.#reduce(r, totals.get(r));
      this.#writer.release();
    }
    nodes.release();
    for (const { type, local } of this.#held.values()) this.#body.release(type, local);
  }

  #store(s: Stream, held: Held): void {
    const body = this.#body;
    this.#at(s);
    body.get(held.local);
    if (held.bool && s.dtype !== 'bool') throw new Error('machine: a mask is stored as a float');
    if (this.#writer.vector) {
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

  /** Where a reduction along the innermost axis is collected: sums of float32 in float64. */
  #total(r: Reduction, vectors: boolean): Held {
    const body = this.#body;
    const first = r.op === 'sum' ? 0 : r.op === 'max' ? -Infinity : Infinity;
    if (!vectors) {
      body.f64(first);
      return this.#writer.set('f64', false);
    }
    body.f64(first);
    if (this.#lanes === 'float32' && r.op !== 'sum') body.do('f32.demote', 'f32x4.splat');
    else body.do('f64x2.splat');
    const total = this.#writer.set('v128', false);
    body.f64(first);
    this.#scalarTotals.set(total.local, this.#writer.set('f64', false).local);
    return total;
  }

  /** The float64 that collects what vectors leave over, by the local of the vector. */
  readonly #scalarTotals = new Map<number, number>();

  #reduce(r: Reduction, total: Held | undefined): void {
    const w = this.#writer;
    const body = this.#body;
    const x = this.#input(r.input, 'float');
    const combine = combining(r);
    const number = w.single ? w.plain('f64.promote', x) : x;
    if (total === undefined) {
      // one more term for each element of the result
      const s = this.#nest.sums.get(r)!;
      this.#at(s);
      if (w.vector) {
        this.#at(s);
        body.at('v128.load', s.base);
        w.push(w.do(combine, x));
        body.at('v128.store', s.base);
        return;
      }
      storeNumber(body, s.dtype, s.base, () => {
        this.#at(s);
        loadNumber(body, s.dtype, s.base);
        w.push(w.plain(`f64.${combine}`, number));
      });
      return;
    }
    if (!w.vector) {
      const to = total.type === 'f64' ? total.local : this.#scalarTotals.get(total.local)!;
      body.get(to);
      w.push(w.plain(`f64.${combine}`, number));
      body.set(to);
      return;
    }
    body.get(total.local);
    w.push(x);
    if (w.single && r.op === 'sum') {
      body.do('f64x2.promote_low', 'f64x2.add');
      w.push(x, x);
      body.shuffle([8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]).do('f64x2.promote_low', 'f64x2.add');
    } else w.push(w.do(combine));
    body.set(total.local);
  }

  /** Writes what was collected along the innermost axis. */
  #finish(r: Reduction, total: Held, vectors: boolean): void {
    const body = this.#body;
    const s = this.#nest.sums.get(r)!;
    const combine = `f64.${combining(r)}` as const;
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
    storeNumber(body, s.dtype, s.base, () => {
      if (!this.#writtenOnce(s)) {
        this.#at(s);
        loadNumber(body, s.dtype, s.base);
        body.get(sum).do(combine);
      } else body.get(sum);
    });
    if (vectors) body.release('f64', sum);
    body.release(total.type, total.local);
  }
}

/** The instruction that takes one more number into a reduction. */
const combining = ({ op }: Reduction): 'add' | 'max' | 'min' => (op === 'sum' ? 'add' : op);

/** Stores a float64 as a type; its address lies on the stack. */
function storeNumber(body: Body, dtype: DType, base: number, push: () => void): void {
  push();
  if (dtype === 'float64') body.at('f64.store', base);
  else if (dtype === 'float32') body.do('f32.demote').at('f32.store', base);
  else if (dtype === 'int32') body.truncate().at('i32.store', base);
  else body.f64(0).do('f64.ne').at('i32.store8', base);
}

/** A number from memory as a float64; its address lies on the stack. */
function loadNumber(body: Body, dtype: DType, base: number): void {
  if (dtype === 'float64') body.at('f64.load', base);
  else if (dtype === 'float32') body.at('f32.load', base).do('f64.promote');
  else body.at(dtype === 'int32' ? 'i32.load' : 'i32.load8_u', base).do('f64.convert_i32');
}
