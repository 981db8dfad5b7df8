/**
 * @file From a recording to steps: dead code is out, equal expressions are one, moved axes are views, and elementwise runs with the
 * reductions behind them are one loop.
 */
import { convert } from '../graph/create.js';
import { type DType, isFloat, type TypedArray } from '../graph/dtype.js';
import { keepAsOnes, sameShape, type Shape, sizeOf, stridesOf } from '../graph/shape.js';
import { type Entry, Pending, PendingNumber, type Tensor } from '../graph/tensor.js';
import type { MatmulAttrs } from '../kernels/matmul.js';
import type { Span } from '../kernels/movement.js';
import type { Definition } from '../ops/define.js';
import type { Check, Recording } from './record.js';
import { broadcast, cut, inOrder, permuted, reshaped, type View, whole } from './view.js';

/** A buffer in memory. */
export interface Value {
  readonly id: number;
  readonly dtype: DType;
  readonly size: number;
  /** given: copied in before a run; constant: copied in once; computed: by steps. */
  readonly kind: 'given' | 'number' | 'constant' | 'computed';
  readonly data?: TypedArray;
  /** The node of a loop that computes it, and the position of the loop. */
  node?: Node;
  /** The step after which it is there; −1 before the first. */
  step: number;
  /** Must it be in memory, because another step or the caller reads it? */
  stored: boolean;
}

/** A value as it is read. A given number is read as any type. */
export interface Operand {
  readonly value: Value;
  readonly view: View;
  readonly dtype: DType;
}

/** What a node of a loop reads: another node of it, memory, or a number that is known. */
export type Input = { readonly node: Node } | { readonly operand: Operand } | { readonly number: number; readonly dtype: DType };

/** One elementwise operation in a loop. */
export interface Node {
  readonly op: string;
  readonly scalar: ((...x: number[]) => number) | undefined;
  readonly inputs: readonly Input[];
  readonly dtype: DType;
  readonly value: Value;
  /** Where its elements go, if not to a buffer of its own in order. */
  readonly target?: View;
}

/** A reduction at the end of a loop. */
export interface Reduction {
  readonly op: 'sum' | 'max' | 'min';
  readonly input: Input;
  readonly axes: readonly number[];
  readonly value: Value;
}

/** What elements are computed as: four or two at once, or one by one in float64 where types are mixed. */
export type Lanes = 'float32' | 'float64' | 'mixed';

/** A loop over a shape that computes nodes and reductions. */
export interface Loop {
  readonly kind: 'loop';
  readonly shape: Shape;
  readonly lanes: Lanes;
  readonly nodes: Node[];
  readonly reductions: Reduction[];
}

/** Matrix products, one for each pair of offsets. */
export interface Product {
  readonly kind: 'product';
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly a: Operand;
  readonly b: Operand;
  /** Strides in elements: rows and columns of op(A) and op(B). */
  readonly strides: readonly [ar: number, ac: number, br: number, bc: number];
  readonly offsets: readonly (readonly [a: number, b: number])[];
  readonly value: Value;
}

/** An op that is left to its reference kernel. */
export interface Reference {
  readonly kind: 'reference';
  readonly definition: Definition;
  readonly inputs: readonly Operand[];
  readonly attrs: unknown;
  readonly shape: Shape;
  readonly value: Value;
}

/** A check of values. */
export interface Verify {
  readonly kind: 'verify';
  readonly operand: Operand;
  readonly check: (data: TypedArray) => void;
}

/** A buffer filled with zeros. */
export interface Clear {
  readonly kind: 'clear';
  readonly value: Value;
}

export type Step = Loop | Product | Reference | Verify | Clear;

/** A planned program. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly values: readonly Value[];
  /** What is given, in order. */
  readonly given: readonly Value[];
  /** What the caller reads, in order. */
  readonly outputs: readonly Operand[];
}

/** Most products of a batch that are written out one by one. */
const MOST_PRODUCTS = 512;

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

class Planner {
  readonly values: Value[] = [];
  readonly steps: Step[] = [];
  /** How each mark is read: its buffer under the shape it was made with. */
  readonly #operands = new Map<Pending, Operand>();
  readonly #constants = new Map<TypedArray, Value>();
  /** Loops that may take more nodes: positions of steps by shape and lanes. */
  readonly #open = new Map<string, number[]>();
  readonly #known = new Map<string, Operand>();

  value(dtype: DType, size: number, kind: Value['kind'], data?: TypedArray): Value {
    const value: Value = { id: this.values.length, dtype, size, kind, step: -1, stored: false, ...(data && { data }) };
    this.values.push(value);
    return value;
  }

  computed(dtype: DType, shape: Shape): Value {
    return this.value(dtype, sizeOf(shape), 'computed');
  }

  /** A value that is given: a mark that nothing computes. */
  give({ shape, dtype, storage }: Tensor): Value {
    const mark = storage as Pending;
    const number = mark instanceof PendingNumber;
    const value = this.value(dtype, number ? 1 : sizeOf(shape), number ? 'number' : 'given');
    value.stored = true;
    this.#operands.set(mark, { value, view: number ? broadcast(whole([]), shape) : whole(shape), dtype });
    return value;
  }

  has(mark: Pending): boolean {
    return this.#operands.has(mark);
  }

  define(t: Tensor, operand: Operand): void {
    this.#operands.set(t.storage as Pending, operand);
  }

  /** A tensor as it is read, or the number that every element of it is. */
  input(t: Tensor): Operand | number {
    const { storage, shape, dtype } = t;
    if (typeof storage === 'number') return storage;
    if (storage instanceof Pending) {
      const found = this.#operands.get(storage)!;
      const view = reshaped(found.view, shape);
      return view === null ? { ...this.copied(found), view: whole(shape), dtype } : { value: found.value, view, dtype };
    }
    if (storage.length === 1) return storage[0]!;
    let value = this.#constants.get(storage);
    if (value === undefined) {
      value = this.value(dtype, storage.length, 'constant', storage);
      value.stored = true;
      this.#constants.set(storage, value);
    }
    return { value, view: whole(shape), dtype };
  }

  /** A tensor in memory, in its own shape. */
  operand(t: Tensor): Operand {
    const x = this.input(t);
    if (typeof x !== 'number') return x;
    const value = this.value(t.dtype, 1, 'constant', convert([x], t.dtype));
    value.stored = true;
    return { value, view: broadcast(whole([]), t.shape), dtype: t.dtype };
  }

  /** A tensor in memory with its elements in order and from a buffer's beginning, as a type. */
  ordered(t: Tensor, dtype: DType = t.dtype): Operand {
    const x = this.operand(t);
    const asItIs = x.dtype === dtype && x.value.kind !== 'number' && inOrder(x.view) && x.view.offset === 0;
    return this.stored(asItIs ? x : this.copied(x, dtype));
  }

  stored(x: Operand): Operand {
    x.value.stored = true;
    return x;
  }

  copied(x: Operand, dtype: DType = x.dtype): Operand {
    const value = this.computed(dtype, x.view.shape);
    this.elementwise({ op: 'copy', scalar: undefined, inputs: [x], dtype, value }, x.view.shape);
    return { value, view: whole(x.view.shape), dtype };
  }

  /** The last step that must be over before `x` can be read from memory. */
  #ready(x: Operand): number {
    return x.value.step;
  }

  /** Adds a node to the first loop that can take it, or to a new one. */
  elementwise(
    call: {
      op: string;
      scalar: Node['scalar'];
      inputs: readonly (Operand | number)[];
      dtype: DType;
      value: Value;
      target?: View;
      types?: readonly DType[];
    },
    shape: Shape,
  ): Node {
    const reads = call.inputs.filter((x): x is Operand => typeof x !== 'number');
    const types = call.inputs.map((x, i) => (typeof x === 'number' ? (call.types?.[i] ?? call.dtype) : x.dtype));
    const lanes = this.#lanes(reads, types, call.dtype, shape);
    // what is written by several nodes is written by one after the other
    const at = this.#place(shape, lanes, reads, call.target === undefined ? 0 : call.value.step + 1);
    const loop = this.steps[at] as Loop;
    const inputs = call.inputs.map((x, i) => this.#asInput(x, shape, at, call.types?.[i] ?? call.dtype));
    const { op, scalar, dtype, value, target } = call;
    const node: Node = { op, scalar, inputs, dtype, value, ...(target && { target }) };
    loop.nodes.push(node);
    if (target === undefined) {
      value.node = node;
      value.step = at;
    } else value.step = Math.max(value.step, at);
    return node;
  }

  /** Masks alone stay in the loop that makes them. */
  #lanes(reads: readonly Operand[], types: readonly DType[], output: DType, shape: Shape): Lanes {
    if (output === 'bool' && types.every((d) => d === 'bool')) {
      const maker = reads.find((x) => this.#asNode(x, shape) !== undefined);
      if (maker !== undefined) return (this.steps[maker.value.step] as Loop).lanes;
    }
    return lanesOf(types, output);
  }

  /** The position of the first loop of a shape and type behind all that is read. */
  #place(shape: Shape, lanes: Lanes, reads: readonly Operand[], least: number): number {
    let need = least;
    for (const x of reads) {
      const inLoop = x.value.node !== undefined && this.#asNode(x, shape) !== undefined;
      need = Math.max(need, inLoop ? x.value.step : this.#ready(x) + 1);
    }
    const key = `${lanes} ${shape.join()}`;
    const open = this.#open.get(key) ?? [];
    const found = open.find((position) => position >= need);
    if (found !== undefined) return found;
    this.steps.push({ kind: 'loop', shape, lanes, nodes: [], reductions: [] });
    open.push(this.steps.length - 1);
    this.#open.set(key, open);
    return this.steps.length - 1;
  }

  /** The node that computes an operand, if it is read in the order in which it is computed, in a loop over `shape`. */
  #asNode(x: Operand, shape: Shape): Node | undefined {
    const { node, size } = x.value;
    if (node === undefined || size !== sizeOf(shape) || x.view.offset !== 0 || !inOrder(x.view)) return undefined;
    const loop = this.steps[x.value.step] as Loop;
    return sameShape(loop.shape, shape) ? node : undefined;
  }

  #asInput(x: Operand | number, shape: Shape, at: number, dtype: DType): Input {
    if (typeof x === 'number') return { number: x, dtype };
    const node = x.value.step === at ? this.#asNode(x, shape) : undefined;
    if (node !== undefined) return { node };
    x.value.stored = true;
    return { operand: { ...x, view: broadcast(x.view, shape) } };
  }

  /** A reduction behind the loop that computes what is reduced. */
  reduce(op: Reduction['op'], x: Operand, axes: readonly number[], dtype: DType): Operand {
    const { shape } = x.view;
    const value = this.computed(
      dtype,
      shape.filter((_, i) => !axes.includes(i)),
    );
    const lanes = x.dtype === 'bool' ? 'mixed' : lanesOf([x.dtype], dtype);
    const made = this.#asNode(x, shape) !== undefined && (this.steps[x.value.step] as Loop).lanes === lanes;
    const at = made ? x.value.step : this.#place(shape, lanes, [x], x.value.step + 1);
    (this.steps[at] as Loop).reductions.push({ op, input: this.#asInput(x, shape, at, dtype), axes, value });
    value.step = at;
    value.stored = true;
    return { value, view: whole(keepAsOnes(shape, axes)), dtype };
  }

  /** Runs `make` once for each key. */
  once(key: string, make: () => Operand): Operand {
    let found = this.#known.get(key);
    if (found === undefined) this.#known.set(key, (found = make()));
    return found;
  }
}

/** Types that fit into vectors stay there; bool goes along with either. */
function lanesOf(inputs: readonly DType[], output: DType): Lanes {
  const floats = [...inputs, output].filter((d) => d !== 'bool');
  if (floats.length === 0) return 'float32';
  return floats.every((d) => d === floats[0]) && isFloat(floats[0]!) ? floats[0] : 'mixed';
}

/** How an operand reads, as text: equal texts, equal values. */
function readKey(x: Operand | number): string {
  return typeof x === 'number'
    ? `${Object.is(x, -0) ? '-0' : x}`
    : `%${x.value.id}${x.dtype}[${x.view.shape.join()}](${x.view.strides.join()})+${x.view.offset}`;
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

/** One op call: a view, a node, a reduction, a product, or the reference kernel. */
function lower(planner: Planner, entry: Entry): Operand {
  const definition = entry.definition as Definition;
  const { inputs, output, attrs } = entry;
  const [x] = inputs;
  switch (entry.op) {
    case 'transpose': {
      const from = planner.operand(x!);
      return { ...from, view: permuted(from.view, (attrs as { perm: readonly number[] }).perm) };
    }
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
      const view = cut(from.view, (attrs as { spans: readonly Span[] }).spans);
      if (view !== null) return { ...from, view };
      break;
    }
    case 'embed': {
      const target = cut(whole(output.shape), (attrs as { spans: readonly Span[] }).spans);
      if (target !== null) return written(planner, output, [[x!, target]], true);
      break;
    }
    case 'concat': {
      const { axis } = attrs as { axis: number };
      let start = 0;
      const parts = inputs.map((part): readonly [Tensor, View] => {
        const spans = part.shape.map((count, i) => ({ start: i === axis ? start : 0, count, step: 1 }));
        start += part.shape[axis]!;
        return [part, cut(whole(output.shape), spans)!];
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
  if (isScalarOp(definition)) return node(planner, entry, definition.spec.scalar);
  const operands = inputs.map((t) => planner.ordered(t));
  const make = (): Operand => {
    const value = planner.computed(output.dtype, output.shape);
    value.stored = true;
    planner.steps.push({ kind: 'reference', definition, inputs: operands, attrs, shape: output.shape, value });
    value.step = planner.steps.length - 1;
    return { value, view: whole(output.shape), dtype: output.dtype };
  };
  const key = inputs.length === 0 ? null : attrsKey(attrs ?? null);
  return key === null ? make() : planner.once(`${entry.op} ${key} ${operands.map(readKey).join(' ')}`, make);
}

/** Elements of some tensors, each written to its place in the output. */
function written(planner: Planner, output: Tensor, parts: readonly (readonly [Tensor, View])[], clear: boolean): Operand {
  const value = planner.computed(output.dtype, output.shape);
  value.stored = true;
  if (clear) {
    planner.steps.push({ kind: 'clear', value });
    value.step = planner.steps.length - 1;
  }
  for (const [part, target] of parts) {
    const from = planner.input(part);
    planner.elementwise({ op: 'copy', scalar: undefined, inputs: [from], dtype: output.dtype, value, target, types: [part.dtype] }, part.shape); // prettier-ignore
  }
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
  const { dtype } = output;
  const side = (t: Tensor): Operand => {
    const x = planner.operand(t);
    return x.dtype === dtype && x.value.kind !== 'number' ? x : planner.copied(x, dtype);
  };
  const [A, B] = [side(a), side(b)];
  // vectors as a row and a column
  const av = a.ndim === 1 ? { ...A.view, shape: [1, ...A.view.shape], strides: [0, ...A.view.strides] } : ta ? turned(A.view) : A.view;
  const bv = b.ndim === 1 ? { ...B.view, shape: [...B.view.shape, 1], strides: [...B.view.strides, 0] } : tb ? turned(B.view) : B.view;
  const [m, k, n] = [av.shape.at(-2)!, av.shape.at(-1)!, bv.shape.at(-1)!];
  const batch = output.shape.slice(0, output.ndim - (a.ndim === 1 ? 0 : 1) - (b.ndim === 1 ? 0 : 1));
  const key = `matmul ${dtype} ${readKey({ ...A, view: av })} ${readKey({ ...B, view: bv })} ${output.shape.join()}`;
  return planner.once(key, () => {
    const pairs = sizeOf(batch);
    // a loop reads in order; where it would not, the kernel packs
    const reads = n === 1 ? av.strides.at(-1) === 1 || k === 1 : m === 1 && bv.strides.at(-1) === 1;
    if (reads || m * k * n <= 64 || pairs > MOST_PRODUCTS) {
      // Σ_k a[…, i, k]·b[…, k, j]: the loop runs over [batch, i, k, j]
      const shape = [...batch, m, k, n];
      const left = axesAdded(av, batch, [av.strides.at(-2)!, av.strides.at(-1)!, 0], shape);
      const right = axesAdded(bv, batch, [0, bv.strides.at(-2)!, bv.strides.at(-1)!], shape);
      const terms = planner.computed(dtype, shape);
      planner.elementwise(
        {
          op: 'mul',
          scalar: undefined,
          inputs: [
            { ...A, view: left },
            { ...B, view: right },
          ],
          dtype,
          value: terms,
        },
        shape,
      );
      const total = planner.reduce('sum', { value: terms, view: whole(shape), dtype }, [batch.length + 1], dtype);
      return { ...total, view: whole(output.shape) };
    }
    const value = planner.computed(dtype, output.shape);
    value.stored = true;
    planner.steps.push({
      kind: 'product',
      m,
      k,
      n,
      a: planner.stored(A),
      b: planner.stored(B),
      strides: [av.strides.at(-2)!, av.strides.at(-1)!, bv.strides.at(-2)!, bv.strides.at(-1)!],
      offsets: offsetsOf(batch, av, bv),
      value,
    });
    value.step = planner.steps.length - 1;
    return { value, view: whole(output.shape), dtype };
  });
}

const turned = (v: View): View => permuted(v, [...v.shape.keys()].map((i, _, all) => (i === all.length - 1 ? all.length - 2 : i === all.length - 2 ? all.length - 1 : i))); // prettier-ignore

/** The strides of a matrix's batch axes under the whole batch. */
function batchStrides(v: View, batch: Shape): readonly number[] {
  return broadcast({ shape: v.shape.slice(0, -2), strides: v.strides.slice(0, -2), offset: 0 }, batch).strides;
}

function axesAdded(v: View, batch: Shape, last: readonly number[], shape: Shape): View {
  return { shape, strides: [...batchStrides(v, batch), ...last], offset: v.offset };
}

/** Where the matrices of a batch begin in both operands. */
function offsetsOf(batch: Shape, a: View, b: View): [number, number][] {
  const [as, bs] = [batchStrides(a, batch), batchStrides(b, batch)];
  const own = stridesOf(batch);
  return Array.from({ length: sizeOf(batch) }, (_, i) => {
    let [x, y] = [a.offset, b.offset];
    batch.forEach((length, axis) => {
      const at = Math.floor(i / own[axis]!) % length;
      x += at * as[axis]!;
      y += at * bs[axis]!;
    });
    return [x, y];
  });
}
