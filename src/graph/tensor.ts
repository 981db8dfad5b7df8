/**
 * @file Tensor: an immutable handle of values, with the node that says how it was made.
 */
import { allocate, type DType, type TypedArray } from './dtype.js';
import { ShapeError, UsageError } from './errors.js';
import { formatTensor, nest, type NestedArray } from './format.js';
import { type Shape, showShape, sizeOf } from './shape.js';
import { watching } from './watch.js';

/** What the graph needs to know of an op; the rest of its definition belongs to `ops`. */
export interface OpLike {
  /** Name on the tape and in messages. */
  readonly name: string;
  /** Names of the inputs; a variadic op has one name for all of them. */
  readonly inputs: readonly string[];
  /** What to use where a derivative is wanted and this op has none. */
  readonly instead?: string | undefined;
  /** Do inputs of different shapes broadcast? Only then does the sweep reduce a cotangent to the shape of its input. */
  readonly broadcasts: boolean;
  /** Rule of input `i`: a function of the context, `'zero'` (blocks silently) or `null` (not differentiable: an error). */
  rule(i: number): ((context: never, i: number) => Tensor) | 'zero' | null;
  /** What the rules of one call see: inputs by name, attrs, `out` and the cotangent `g`. */
  context(inputs: readonly Tensor[], attrs: unknown, out: Tensor, g: Tensor): never;
}

/** How a tracked tensor was made. Marks belong to one sweep at a time: they are read before any rule runs. */
export class Node {
  /** Number of the sweep that saw this node last. */
  mark = 0;
  /** Position in that sweep's order. */
  slot = 0;
  /** The parameter this node is the value of, if it is a leaf. */
  owner: unknown = null;
  readonly op: OpLike;
  readonly inputs: readonly Tensor[];
  readonly attrs: unknown;

  constructor(op: OpLike, inputs: readonly Tensor[], attrs: unknown) {
    this.op = op;
    this.inputs = inputs;
    this.attrs = attrs;
  }
}

/** Stands for values that are not known yet: a function that is being compiled is recorded without computing. Each is another value. */
export class Pending extends Float64Array {
  constructor() {
    super(0);
  }
}

/** Such a value that is a plain number: it takes its type from what it meets. */
export class PendingNumber extends Pending {}

/** One call of `vmap` that is running. */
export interface Level {
  /** How many such calls it is inside of. */
  readonly depth: number;
  /** Examples in its batch. */
  readonly size: number;
  /** Is it still running? */
  open: boolean;
}

/** Stands for the value of one example inside `vmap`: the function sees its shape, every op computes all examples at once. */
export class Batched extends Float64Array {
  constructor(
    /** The values of all examples, along a leading axis. */
    readonly whole: Tensor,
    readonly level: Level,
  ) {
    super(0);
  }
}

/** Throws for a value that is not known yet, or that is many. */
function mustBeKnown(values: TypedArray, shape: Shape): void {
  if (values instanceof Batched)
    throw new UsageError(
      'vmap',
      'the function sees one example of many, so there is no value to read',
      `tensor ${showShape(shape)} of ${values.level.size} examples`,
      'compute with ops, where(cond, a, b) instead of if, and read what the mapped function returns',
    );
  if (values instanceof Pending)
    throw new UsageError(
      'compile',
      'a value cannot be read while it is being compiled',
      `tensor ${showShape(shape)}`,
      'compute with ops, where(cond, a, b) instead of if, and read what the compiled function returns',
    );
}

let nextId = 0;

/** A creation number: tensors that there are have smaller ones, tensors to come larger ones. */
export function now(): number {
  return nextId++;
}

/** Values of any shape: immutable, owned by the garbage collector, readable in the console. */
export class Tensor<S extends Shape = Shape> {
  /** Creation number: inputs are always older than outputs, so ids are a topological order. */
  readonly id: number;
  /** Lengths of the axes, outermost first. */
  readonly shape: S;
  /** Element type. */
  readonly dtype: DType;
  /** How it was made, if a derivative may be asked through it. */
  readonly node: Node | null;
  /** A name for printing and pictures. */
  name: string | undefined;
  // A number stands for every element: scalars, zeros, ones and the gradient of a sum have no array until somebody asks for one.
  private values: TypedArray | number;

  /** For the library's own use: make tensors with `tensor(…)`. */
  constructor(shape: S, dtype: DType, values: TypedArray | number, node: Node | null) {
    this.id = nextId++;
    this.shape = shape;
    this.dtype = dtype;
    this.node = node;
    this.name = undefined;
    this.values = values;
    if (watching.by !== null) watching.by.born(this);
  }

  /** The elements in row-major order. Do not write to it: tensors share buffers. */
  get data(): TypedArray {
    if (typeof this.values === 'number') {
      const array = allocate(this.dtype, this.size);
      this.values = this.values === 0 ? array : array.fill(this.values);
    } else if (this.values.length === 0) mustBeKnown(this.values, this.shape);
    return this.values;
  }

  /** What it is made of, for ops that pass it on unread: an array, or the number that every element is. */
  get storage(): TypedArray | number {
    return this.values;
  }

  /** Is it a value that is not known yet, of a function that is being compiled? */
  get pending(): boolean {
    return this.storage instanceof Pending;
  }

  /** What ops take it as: itself, and for a parameter its value of the moment. */
  // eslint-disable-next-line @typescript-eslint/prefer-return-this-type -- a parameter gives another tensor
  get current(): Tensor<S> {
    return this;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Number of axes. */
  get ndim(): number {
    return this.shape.length;
  }

  /** The only element of a tensor of size 1, as a number. Throws a `ShapeError` for any other size. */
  item(): number {
    if (this.size !== 1) throw new ShapeError('item', 'the tensor must have exactly one element', `got ${showShape(this.shape)}`);
    return this.first();
  }

  /** The first element, unchecked: what scalar kernels read. */
  first(): number {
    if (typeof this.values === 'number') return this.values;
    if (this.values.length === 0) mustBeKnown(this.values, this.shape);
    return this.values[0]!;
  }

  /** The same values under another node (or none): how roots are made and graphs are dropped. */
  share(node: Node | null): Tensor<S> {
    const t = new Tensor(this.shape, this.dtype, this.values, node);
    t.name = this.name;
    if (watching.by !== null) watching.by.shared(t, this);
    return t;
  }

  /** The values as nested arrays (a plain number or boolean for a scalar). */
  toArray(): NestedArray {
    return nest(this.data, this.shape, this.dtype);
  }

  /** Readable text: dtype, shape and values, long axes shortened; inside `vmap` the values of all examples. */
  toString(): string {
    const { values } = this;
    return values instanceof Batched ? `${values.level.size} examples of ${showShape(this.shape)}: ${values.whole}` : formatTensor(this);
  }

  /**
   * Text where JavaScript wants text, an error where it wants a number: `x * x` would be NaN, and its gradient 0, without a word.
   * `x + 1` and `x == 1` do not say which they want and are errors too.
   * @throws UsageError for operators and functions of numbers.
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    const text = this.toString().split('\n')[0]!;
    throw new UsageError(
      'Tensor',
      'JavaScript cannot compute with a tensor',
      `got ${text.length > 60 ? `${text.slice(0, 59)}…` : text}`,
      `write ${hint === 'number' ? 'mul(x, x), sub(x, 1), where(gt(x, 0), a, b)' : 'add(x, 1), eq(x, 1); as text `${x}`'}; x.item() is a number`,
    );
  }
}

/** One op call on a recorded tape. */
export interface Entry {
  /** Name of the op. */
  readonly op: string;
  /** Its definition. */
  readonly definition: OpLike;
  /** What it read, in order. */
  readonly inputs: readonly Tensor[];
  /** Its canonical attributes; undefined when it has none. */
  readonly attrs: unknown;
  /** Shape of the result. */
  readonly shape: Shape;
  /** What it made. */
  readonly output: Tensor;
}
