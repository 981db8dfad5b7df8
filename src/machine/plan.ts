/**
 * @file From a recording to steps: dead code is out, moved axes are views, and every op becomes a node, a reduction, a product, a call of a
 * kernel, or is left to its reference kernel.
 */
import { isFloat } from '../graph/dtype.js';
import { keepAsOnes, sameShape, type Shape } from '../graph/shape.js';
import { type Entry, Pending, type Tensor } from '../graph/tensor.js';
import type { MatmulAttrs } from '../kernels/matmul.js';
import type { Span } from '../kernels/movement.js';
import type { WindowAttrs } from '../kernels/windows.js';
import type { Definition } from '../ops/define.js';
import { flipped, KERNELS } from './kernels.js';
import { Planner, readKey } from './planner.js';
import type { Check, Recording } from './record.js';
import type { BatchAxis, Node, Operand, Plan, Product, Reduction } from './steps.js';
import { broadcast, cut, forward, permuted, reshaped, type View, whole, windowed } from './view.js';

/** Up to so many multiplications a loop takes less time than packing. */
const SMALL_PRODUCT = 64;

const isScalarOp = (definition: Definition): boolean => definition.spec?.scalar !== undefined;

/** Attributes as text: equal texts, equal attributes; null for those that hold more than plain data. */
function attrsKey(attrs: unknown): string | null {
  try {
    return JSON.stringify(attrs, (_, v: unknown) => {
      if (typeof v === 'function' || typeof v === 'symbol') throw new TypeError('not plain data');
      return typeof v === 'number' && !Number.isFinite(v) ? String(v) : v;
    });
  } catch {
    return null;
  }
}

/** Entries that somebody needs. */
function live(recording: Recording, outputs: readonly Tensor[]): Set<Entry> {
  const needed = new Set<unknown>([...outputs, ...recording.checks.map((c) => c.tensor)].map((t) => t.storage));
  const entries = new Set<Entry>();
  for (let k = recording.entries.length - 1; k >= 0; k--) {
    const entry = recording.entries[k]!;
    const { storage } = entry.output;
    // what only gives its input another shape has no values of its own
    if (!needed.has(storage) || !(storage instanceof Pending) || entry.inputs.some((t) => t.storage === storage)) continue;
    entries.add(entry);
    for (const t of entry.inputs) needed.add(t.storage);
  }
  return entries;
}

/** Plans a recording whose results are `outputs`; `given` stand for what it is given. */
export function plan(recording: Recording, given: readonly Tensor[], outputs: readonly Tensor[]): Plan {
  const planner = new Planner();
  const values = given.map((t) => planner.give(t));
  const marks = new Set<unknown>(given.map((t) => t.storage));
  const needed = live(recording, outputs);
  const checks = new Map<unknown, Check[]>();
  for (const check of recording.checks) {
    const { storage } = check.tensor;
    if (marks.has(storage)) add(planner, check);
    else checks.set(storage, [...(checks.get(storage) ?? []), check]);
  }
  for (const entry of recording.entries) {
    if (!needed.has(entry) || planner.has(entry.output.storage as Pending)) continue;
    planner.define(entry.output, lower(planner, entry));
    // a check comes before whatever reads what it looks at
    for (const check of checks.get(entry.output.storage) ?? []) add(planner, check);
  }
  const read = outputs.map((t) => planner.ordered(t));
  return { steps: planner.steps, values: planner.values, given: values, outputs: read };
}

function add(planner: Planner, { tensor, check }: Check): void {
  const operand = planner.ordered(tensor);
  planner.steps.push({ kind: 'verify', operand, check });
}

/** One op call: a view, a node, a reduction, a product, a kernel, or the reference kernel. */
function lower(planner: Planner, entry: Entry): Operand {
  const definition = entry.definition as Definition;
  const { inputs, output, attrs } = entry;
  const [x] = inputs;
  switch (entry.op) {
    case 'transpose': {
      const from = planner.operand(x!);
      return { ...from, view: permuted(from.view, (attrs as { perm: readonly number[] }).perm) };
    }
    // a value of its own behind all steps so far: what a checkpoint computes again is no expression that is known, and joins no earlier loop
    case 'afterwards':
      return planner.copied(planner.operand(x!), x!.dtype, planner.steps.length);
    case 'broadcastTo': {
      const from = planner.operand(x!);
      return { ...from, view: broadcast(from.view, output.shape) };
    }
    case 'spread': {
      const from = planner.operand(x!);
      const kept = reshaped(from.view, keepAsOnes(output.shape, (attrs as { axes: readonly number[] }).axes));
      const at = kept === null ? planner.copied(from) : { ...from, view: kept };
      return {
        ...at,
        view: broadcast(reshaped(at.view, keepAsOnes(output.shape, (attrs as { axes: readonly number[] }).axes))!, output.shape),
      };
    }
    case 'slice': {
      const from = planner.operand(x!);
      const { spans, turned } = forward((attrs as { spans: readonly Span[] }).spans);
      return flipped(planner, { ...from, view: cut(from.view, spans) }, turned);
    }
    case 'unfold': {
      const from = planner.operand(x!);
      return { ...from, view: windowed(from.view, attrs as WindowAttrs) };
    }
    case 'embed': {
      const { spans, turned } = forward((attrs as { spans: readonly Span[] }).spans);
      const from = turned.length === 0 ? planner.input(x!) : flipped(planner, planner.operand(x!), turned);
      return written(planner, output, [[from, cut(whole(output.shape), spans)]], true);
    }
    case 'concat': {
      const { axis } = attrs as { axis: number };
      let start = 0;
      const parts = inputs.map((part): readonly [Operand | number, View] => {
        const spans = part.shape.map((count, i) => ({ start: i === axis ? start : 0, count, step: 1 }));
        start += part.shape[axis]!;
        return [planner.input(part), cut(whole(output.shape), spans)];
      });
      return written(planner, output, parts, false);
    }
    case 'sum':
    case 'max':
    case 'min': {
      const { axes } = attrs as { axes: readonly number[] };
      const from = planner.operand(x!);
      const key = `${entry.op} ${axes.join()} ${readKey(from)}`;
      const made = planner.once(key, () => planner.reduce(entry.op as Reduction['op'], from, axes, output.dtype));
      return { ...made, view: reshaped(made.view, output.shape)! };
    }
    case 'matmul':
      if (isFloat(output.dtype)) return product(planner, x!, inputs[1]!, attrs as MatmulAttrs, output);
      break;
    case 'cast':
    case 'where':
      return node(planner, entry, undefined);
  }
  const kernel = KERNELS.get(entry.op);
  if (kernel !== undefined) return kernel(planner, entry);
  if (isScalarOp(definition)) return node(planner, entry, definition.spec.scalar);
  const operands = inputs.map((t) => planner.ordered(t));
  const { dtype, shape } = output;
  const make = (): Operand =>
    planner.step(dtype, shape, (value) => ({ kind: 'reference', definition, inputs: operands, attrs, shape, value }));
  const key = inputs.length === 0 ? null : attrsKey(attrs ?? null);
  return key === null ? make() : planner.once(`${entry.op} ${key} ${operands.map(readKey).join(' ')}`, make);
}

/** Elements of some tensors, each written to its place in the output. */
function written(planner: Planner, output: Tensor, parts: readonly (readonly [Operand | number, View])[], clear: boolean): Operand {
  const value = planner.computed(output.dtype, output.shape);
  value.stored = true;
  if (clear) {
    planner.steps.push({ kind: 'clear', value });
    value.step = planner.steps.length - 1;
  }
  for (const [from, target] of parts)
    planner.elementwise({ op: 'copy', scalar: undefined, inputs: [from], dtype: output.dtype, value, target }, target.shape);
  return { value, view: whole(output.shape), dtype: output.dtype };
}

/** The identity of a sum or a product leaves the other operand as it is. */
function trivial(op: string, inputs: readonly (Operand | number)[], output: Tensor): Operand | undefined {
  const [a, b] = inputs;
  const same = (x: Operand | number | undefined): x is Operand =>
    typeof x === 'object' && x.dtype === output.dtype && sameShape(x.view.shape, output.shape) && x.value.kind !== 'number';
  if (op === 'cast' && same(a)) return a;
  if (op === 'mul' && b === 1 && same(a)) return a;
  if (op === 'mul' && a === 1 && same(b)) return b;
  if (op === 'div' && b === 1 && same(a)) return a;
  if (op === 'sub' && b === 0 && same(a)) return a;
  return undefined;
}

function node(planner: Planner, { op, inputs, output }: Entry, scalar: Node['scalar']): Operand {
  const reads = inputs.map((t) => planner.input(t));
  const short = trivial(op, reads, output);
  if (short !== undefined) return short;
  return planner.once(`${op} ${output.dtype} ${output.shape.join()} ${reads.map(readKey).join(' ')}`, () => {
    const value = planner.computed(output.dtype, output.shape);
    planner.elementwise({ op, scalar, inputs: reads, dtype: output.dtype, value, types: inputs.map((t) => t.dtype) }, output.shape);
    return { value, view: whole(output.shape), dtype: output.dtype };
  });
}

/** A matrix product: by the kernel, or where one side is a vector as a loop with a sum behind it. */
function product(planner: Planner, a: Tensor, b: Tensor, { ta, tb }: MatmulAttrs, output: Tensor): Operand {
  const { dtype, shape } = output;
  const side = (t: Tensor): Operand => {
    const x = planner.operand(t);
    return x.dtype === dtype && x.value.kind !== 'number' ? x : planner.copied(x, dtype);
  };
  const [A, B] = [side(a), side(b)];
  // vectors as a row and a column
  const av = a.ndim === 1 ? { ...A.view, shape: [1, ...A.view.shape], strides: [0, ...A.view.strides] } : ta ? turned(A.view) : A.view;
  const bv = b.ndim === 1 ? { ...B.view, shape: [...B.view.shape, 1], strides: [...B.view.strides, 0] } : tb ? turned(B.view) : B.view;
  const batch = shape.slice(0, output.ndim - (a.ndim === 1 ? 0 : 1) - (b.ndim === 1 ? 0 : 1));
  const key = `matmul ${dtype} ${readKey({ ...A, view: av })} ${readKey({ ...B, view: bv })} ${shape.join()}`;
  return planner.once(key, () => {
    const sizes = sizesOf(batch, av, bv);
    const { m, k, n, strides } = sizes;
    // a loop reads in order; where it would not, the kernel packs
    const reads = n === 1 ? strides[1] === 1 || k === 1 : m === 1 && strides[3] === 1;
    if (reads || m * k * n <= SMALL_PRODUCT) return asLoop(planner, { ...A, view: av }, { ...B, view: bv }, batch, output);
    return planner.step(dtype, shape, (value) => ({ kind: 'product', ...sizes, a: located(planner, A, av), b: located(planner, B, bv), value })); // prettier-ignore
  });
}

const located = (planner: Planner, x: Operand, view: View): Operand => planner.stored({ ...x, view });

/** The product as a loop over [batch, m, k, n] with a sum behind it: Σ_k a[…, i, k]·b[…, k, j]. */
function asLoop(planner: Planner, a: Operand, b: Operand, batch: Shape, { dtype, shape }: Tensor): Operand {
  const [ar, ac, br, bc] = [...a.view.strides.slice(-2), ...b.view.strides.slice(-2)] as [number, number, number, number];
  const all = [...batch, ...a.view.shape.slice(-2), b.view.shape.at(-1)!];
  const read = (x: Operand, last: readonly number[]): Operand => ({
    ...x,
    view: { shape: all, strides: [...batchStrides(x.view, batch), ...last], offset: x.view.offset },
  });
  const value = planner.computed(dtype, all);
  planner.elementwise({ op: 'mul', scalar: undefined, inputs: [read(a, [ar, ac, 0]), read(b, [0, br, bc])], dtype, value }, all);
  const total = planner.reduce('sum', { value, view: whole(all), dtype }, [batch.length + 1], dtype);
  return { ...total, view: whole(shape) };
}

/** Sizes and steps of a batch of products. Rows of a that all meet one matrix b are rows of one product. */
function sizesOf(batch: Shape, a: View, b: View): Pick<Product, 'm' | 'k' | 'n' | 'strides' | 'batch'> {
  const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  const [ar, ac, br, bc] = [...a.strides.slice(-2), ...b.strides.slice(-2)] as [number, number, number, number];
  const [as, bs] = [batchStrides(a, batch), batchStrides(b, batch)];
  const axes: BatchAxis[] = [];
  batch.forEach((length, i) => {
    if (length === 1) return;
    const last = axes.at(-1);
    if (last?.a === as[i]! * length && last.b === bs[i]! * length)
      axes[axes.length - 1] = { length: last.length * length, a: as[i]!, b: bs[i]! }; // prettier-ignore
    else axes.push({ length, a: as[i]!, b: bs[i]! });
  });
  const last = axes.at(-1);
  if (last?.b === 0 && (m === 1 || last.a === m * ar))
    return { m: m * last.length, k, n, strides: [m === 1 ? last.a : ar, ac, br, bc], batch: axes.slice(0, -1) };
  return { m, k, n, strides: [ar, ac, br, bc], batch: axes };
}

const turned = (v: View): View => permuted(v, [...v.shape.keys()].map((i, _, all) => (i === all.length - 1 ? all.length - 2 : i === all.length - 2 ? all.length - 1 : i))); // prettier-ignore

/** The strides of a matrix's batch axes under the whole batch. */
function batchStrides(v: View, batch: Shape): readonly number[] {
  return broadcast({ shape: v.shape.slice(0, -2), strides: v.strides.slice(0, -2), offset: 0 }, batch).strides;
}
