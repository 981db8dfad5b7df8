/**
 * @file Puts steps together: an elementwise operation joins the first loop that can take it, equal expressions are one.
 */
import { convert } from '../graph/create.js';
import { type DType, isFloat, type TypedArray } from '../graph/dtype.js';
import { keepAsOnes, sameShape, type Shape, sizeOf } from '../graph/shape.js';
import { Pending, PendingNumber, type Tensor } from '../graph/tensor.js';
import type { Input, Lanes, Loop, Node, Operand, Reduction, Step, Value } from './steps.js';
import { broadcast, inOrder, reshaped, type View, whole } from './view.js';

/** Most nodes of a loop: engines limit the size of a function, and take long for large ones. */
const MOST_NODES = 4096;

export class Planner {
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
    return this.inOrder(this.operand(t), dtype);
  }

  /** An operand in memory with its elements in order and from a buffer's beginning, as a type. */
  inOrder(x: Operand, dtype: DType = x.dtype): Operand {
    const asItIs = x.dtype === dtype && x.value.kind !== 'number' && inOrder(x.view) && x.view.offset === 0;
    return this.stored(asItIs ? x : this.copied(x, dtype));
  }

  stored(x: Operand): Operand {
    x.value.stored = true;
    return x;
  }

  /** A copy, made no sooner than step `least`. */
  copied(x: Operand, dtype: DType = x.dtype, least = 0): Operand {
    return least === 0 ? this.once(`copy ${dtype} ${readKey(x)}`, () => this.#copy(x, dtype, 0)) : this.#copy(x, dtype, least);
  }

  #copy(x: Operand, dtype: DType, least: number): Operand {
    const value = this.computed(dtype, x.view.shape);
    this.elementwise({ op: 'copy', scalar: undefined, inputs: [x], dtype, value, least }, x.view.shape);
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
      least?: number;
    },
    shape: Shape,
  ): Node {
    const reads = call.inputs.filter((x): x is Operand => typeof x !== 'number');
    const types = call.inputs.map((x, i) => (typeof x === 'number' ? (call.types?.[i] ?? call.dtype) : x.dtype));
    const lanes = this.#lanes(reads, types, call.dtype, shape);
    // what is written by several nodes is written by one after the other
    const at = this.#place(shape, lanes, reads, call.target === undefined ? (call.least ?? 0) : call.value.step + 1);
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
    const found = firstFrom(open, need);
    if (found !== undefined) {
      if ((this.steps[found] as Loop).nodes.length >= MOST_NODES - 1) open.splice(open.indexOf(found), 1);
      return found;
    }
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

  /** Adds a step that computes a buffer of its own. */
  step(dtype: DType, shape: Shape, make: (value: Value) => Step): Operand {
    const value = this.computed(dtype, shape);
    value.stored = true;
    this.steps.push(make(value));
    value.step = this.steps.length - 1;
    return { value, view: whole(shape), dtype };
  }

  /** Runs `make` once for each key. */
  once(key: string, make: () => Operand): Operand {
    let found = this.#known.get(key);
    if (found === undefined) this.#known.set(key, (found = make()));
    return found;
  }
}

/** The first of ascending numbers that is at least `need`. */
function firstFrom(ascending: readonly number[], need: number): number | undefined {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < need) low = middle + 1;
    else high = middle;
  }
  return ascending[low];
}

/** Types that fit into vectors stay there; bool goes along with either. */
function lanesOf(inputs: readonly DType[], output: DType): Lanes {
  const floats = [...inputs, output].filter((d) => d !== 'bool');
  if (floats.length === 0) return 'float32';
  return floats.every((d) => d === floats[0]) && isFloat(floats[0]!) ? floats[0] : 'mixed';
}

/** How an operand reads, as text: equal texts, equal values. */
export function readKey(x: Operand | number): string {
  return typeof x === 'number'
    ? `${Object.is(x, -0) ? '-0' : x}`
    : `%${x.value.id}${x.dtype}[${x.view.shape.join()}](${x.view.strides.join()})+${x.view.offset}`;
}
