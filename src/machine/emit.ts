/**
 * @file From steps to WebAssembly: loops, calls of kernels, and of what stays in JavaScript, one function a step.
 */
import { UsageError } from '../graph/errors.js';
import { emitCarry } from './carry.js';
import { Body, encodeModule, type WasmType } from './encode.js';
import type { Layout } from './layout.js';
import { IMPORTED, Imports, type NumberFunction } from './imports.js';
import { LoopEmitter } from './loop.js';
import { nestOf } from './nest.js';
import { BYTES, readsOf, writesOf } from './reads.js';
import { type Range, schedule, type Unit } from './schedule.js';
import type { KernelCall, Operand, Plan, Product, Step, Value } from './steps.js';

/** A program as bytes, and what it calls. */
export interface Emitted {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly functions: readonly NumberFunction[];
  /** Is its memory shared by threads? Only where there is work for several. */
  readonly shared: boolean;
}

/** Least number of multiplications of a product that threads share: some 10 µs of work, when a barrier takes one. */
const WORTH = 1 << 18;
/** Least number of elements that a kernel's parts make together for threads to share them. */
const LEAST_ELEMENTS = 1 << 13;

/** Engines take modules of up to 1,000,000 functions, imports among them. */
const MOST_FUNCTIONS = 990_000;

/**
 * Emits the steps of a plan for one thread, or for several.
 * @throws UsageError for more steps than a module has functions.
 */
export function emitProgram(plan: Plan, layout: Layout, pages: number, threads: number): Emitted {
  const imports = new Imports();
  const units = plan.steps.flatMap((step, i) => unitsOf(step, i, layout, imports));
  if (units.length > MOST_FUNCTIONS) {
    const hint = 'compile a part of it, or use ops of whole tensors instead of loops over elements';
    throw new UsageError('compile', 'the program has more steps than WebAssembly has functions', `${units.length}`, hint);
  }
  const shared = threads > 1 && units.some((u) => u.divided);
  const barrier = shared ? imports.barrier() : null;
  const run = new Body();
  schedule(run, units, imports.list.length, barrier);
  const functions = [...units.map(({ body }) => body), run];
  return { bytes: encodeModule(imports.list, functions, pages, shared), functions: imports.functions, shared };
}

/** What a step does, as functions. */
function unitsOf(step: Step, i: number, layout: Layout, imports: Imports): Unit[] {
  const address = (v: Value): number => layout.addresses.get(v)!;
  const range = (v: Value): Range => [address(v), address(v) + v.size * (v.kind === 'number' ? 8 : BYTES[v.dtype])];
  const reads = readsOf(step).map(range);
  const writes = writesOf(step).map(range);
  const unit = (write: (body: Body) => void, divided: boolean): Unit => {
    const body = new Body();
    write(body);
    return { body, divided: divided && !body.calls(imports.foreign), reads, writes };
  };
  switch (step.kind) {
    case 'loop': {
      const room = layout.rooms.get(step) ?? 0;
      const nest = nestOf(step, address, room);
      const own: Range[] = nest.room > 0 ? [[room, room + nest.room]] : [];
      const body = new Body();
      const emitter = new LoopEmitter(body, step, nest, address, imports);
      emitter.emit();
      const [before, after] = [new Body(), new Body()];
      emitter.clear(before);
      if (nest.partial.size > 0) emitter.combine(after);
      return [
        ...(before.empty ? [] : [{ body: before, divided: false, reads: [], writes: [...writes, ...own] }]),
        { body, divided: nest.divided && !body.calls(imports.foreign), reads, writes: [...writes, ...own] },
        ...(after.empty ? [] : [{ body: after, divided: false, reads: own, writes }]),
      ];
    }
    case 'product':
      return [unit((body) => emitProduct(body, step, layout), isLarge(step))];
    case 'kernel':
      return [unit((body) => emitKernel(body, step, i, address, imports), isDivided(step))];
    case 'clear':
      return [unit((body) => body.i32(address(step.value)).i32(0).i32(step.value.size * BYTES[step.value.dtype]).fill(), false)]; // prettier-ignore
    case 'carry':
      return [unit((body) => emitCarry(body, step, address), true)];
    default:
      return [unit((body) => body.i32(i).call(IMPORTED.step), false)];
  }
}

const isLarge = ({ m, k, n, batch }: Product): boolean =>
  Math.max(m, n) >= 16 && batch.reduce((size, { length }) => size * length, m * k * n) >= WORTH;

/** A kernel that may find a number that it cannot take calls JavaScript, as only the first thread can. */
const isDivided = ({ parts, value, otherwise }: KernelCall): boolean =>
  otherwise === undefined && parts > 1 && value.size >= LEAST_ELEMENTS;

/**
 * The products of a batch, one call each, in nested loops: code does not grow with the batch. Threads share the rows, or the columns where there
 * are more of them; whoever has none calls for none.
 */
function emitProduct(body: Body, step: Product, { addresses, panels }: Layout): void {
  const { m, n, k, a, b, strides, batch, value } = step;
  const size = BYTES[value.dtype];
  const address = (x: Operand): number => addresses.get(x.value)! + x.view.offset * size;
  const [A, B, C] = [body.local('i32'), body.local('i32'), body.local('i32')];
  body.i32(address(a)).set(A).i32(address(b)).set(B).i32(addresses.get(value)!).set(C);
  const bias = body.local('i32');
  if (step.bias !== undefined) body.i32(address(step.bias)).set(bias);
  const byRows = m >= n;
  // whole blocks of registers: 4 rows, 8 columns
  const { from, count } = isLarge(step) ? body.part(byRows ? m : n, byRows ? 4 : 8) : { from: -1, count: -1 };
  const skip = (local: number, elements: number): void =>
    void body
      .get(local)
      .get(from)
      .i32(elements * size)
      .do('i32.mul', 'i32.add')
      .set(local);
  if (from >= 0) {
    if (byRows) skip(A, strides[0]);
    else {
      skip(B, strides[3]);
      if (step.bias !== undefined) skip(bias, 1);
    }
    skip(C, byRows ? n : 1);
  }
  const length = (n: number, own: boolean): Body => (own && count >= 0 ? body.get(count) : body.i32(n));
  const move = (local: number, elements: number): void => {
    if (elements !== 0)
      body
        .get(local)
        .i32(elements * size)
        .do('i32.add')
        .set(local);
  };
  const nest = (axis: number): void => {
    const along = batch[axis];
    if (along === undefined) {
      length(m, byRows);
      length(n, !byRows);
      body.i32(k).get(A).i32(strides[0]).i32(strides[1]).get(B).i32(strides[2]).i32(strides[3]).get(C).i32(n);
      for (const panel of [panels.a, panels.b, panels.tile]) body.own(panel, panels.each);
      body.get(bias).i32(Number(step.relu === true));
      body.call(size === 4 ? IMPORTED.matmul32 : IMPORTED.matmul64);
      move(C, m * n);
      return;
    }
    const left = body.local('i32');
    body.i32(along.length).set(left);
    body.loop(() => {
      nest(axis + 1);
      move(A, along.a);
      move(B, along.b);
      body.get(left).i32(1).do('i32.sub').tee(left);
    });
    // the axis outside begins where this one began
    move(A, -along.a * along.length);
    move(B, -along.b * along.length);
  };
  if (value.size > 0) nest(0);
}

/** A kernel for all parts of its output; one that finds a number that it cannot take leaves it to the op itself. */
function emitKernel(body: Body, step: KernelCall, i: number, address: (v: Value) => number, imports: Imports): void {
  const { kernel, parts, value, otherwise } = step;
  const types: WasmType[] = ['i32', 'i32', 'i32'];
  if (isDivided(step)) {
    const { from, count } = body.part(parts);
    body.get(from).get(from).get(count).do('i32.add');
  } else body.i32(0).i32(parts);
  body.i32(address(value));
  for (const x of step.arguments) {
    const float = typeof x === 'object' && 'float' in x;
    types.push(float ? 'f64' : 'i32');
    if (float) body.f64(x.float);
    else body.i32(typeof x === 'number' ? x : address(x.value));
  }
  body.call(imports.kernel(kernel, types, otherwise === undefined ? [] : ['i32']));
  if (otherwise === undefined) return;
  body.i32(-1).do('i32.ne');
  body.when(() => body.i32(i).call(IMPORTED.step));
}
