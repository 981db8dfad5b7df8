/**
 * @file Parameter: the one mutable thing. A named cell whose `.value` is a tensor; optimizers write it.
 */
import { tensor, type TensorLike, toTensor } from './create.js';
import { DTypeError, ShapeError } from './errors.js';
import { isFloat, type TypedArray } from './dtype.js';
import { formatTensor } from './format.js';
import { sameShape, type Shape, showShape } from './shape.js';
import { state } from './state.js';
import { Node, type OpLike, Tensor } from './tensor.js';

/** The op of values that were not computed: parameters. It has no inputs, so no rule is ever asked for. */
const leaf: OpLike = { name: 'parameter', inputs: [], broadcasts: false, rule: () => null, context: () => undefined as never };

/** A value of a parameter, as graphs begin with it. */
export function parameterLeaf(owner: Tensor, values: TypedArray): Tensor {
  const node = new Node(leaf, [], undefined);
  node.owner = owner;
  const value = new Tensor(owner.shape, owner.dtype, values, node);
  value.name = owner.name;
  return value;
}

/** A named, trainable cell. Ops take it as a tensor: they read its current `.value`. */
export class Parameter<S extends Shape = Shape> extends Tensor<S> {
  /** Gradient accumulated by `backward()`, or null. */
  grad: Tensor | null = null;
  #value: Tensor<S>;
  #elsewhere: (() => TypedArray) | null = null;

  /** For the library's own use: make parameters with `parameter(…)`. */
  constructor(init: Tensor<S>, name: string | undefined) {
    if (!isFloat(init.dtype))
      throw new DTypeError('parameter', 'a parameter must be float64 or float32', `got ${init.dtype}`, 'cast it first');
    super(init.shape, init.dtype, 0, null);
    this.name = name;
    this.#value = this.#leaf(init);
  }

  /** The current value: an immutable tensor that graphs may keep while the parameter moves on. */
  get value(): Tensor<S> {
    return state.planning === null ? this.held : (state.planning.read(this) as Tensor<S>);
  }

  /** The value outside of what is being compiled. */
  get held(): Tensor<S> {
    const fetch = this.#elsewhere;
    if (fetch !== null) {
      this.#elsewhere = null;
      this.#value = this.#leaf(new Tensor(this.shape, this.dtype, fetch(), null));
    }
    return this.#value;
  }

  /** For compiled training steps: the value lies in a program's memory, until somebody asks for it. */
  lend(fetch: () => TypedArray): void {
    this.#elsewhere = fetch;
  }

  /** Who was lent the value; null where it is here. */
  get lentTo(): (() => TypedArray) | null {
    return this.#elsewhere;
  }

  /** Replaces the value by anything that is a tensor; shape and dtype stay what they were, and plain numbers take this dtype. */
  set value(given: TensorLike) {
    const next = this.#alike(given);
    if (!sameShape(next.shape, this.shape)) {
      throw new ShapeError(
        'parameter',
        `the value of ${this.name ?? 'a parameter'} must keep its shape`,
        `${showShape(this.shape)} → ${showShape(next.shape)}`,
        'another shape needs another parameter',
      );
    }
    if (next.dtype !== this.dtype) {
      throw new DTypeError(
        'parameter',
        `the value of ${this.name ?? 'a parameter'} must keep its dtype`,
        `${this.dtype} → ${next.dtype}`,
        `cast(value, '${this.dtype}')`,
      );
    }
    if (state.planning !== null) state.planning.assign(this, next);
    else {
      this.#elsewhere = null;
      this.#value = this.#leaf(next as Tensor<S>);
    }
  }

  override get current(): Tensor<S> {
    return this.value;
  }

  override get data(): TypedArray {
    return this.value.data;
  }

  override get storage(): TypedArray | number {
    return this.value.storage;
  }

  override first(): number {
    return this.value.first();
  }

  override toString(): string {
    return formatTensor(this, 'Parameter');
  }

  #alike(given: TensorLike): Tensor {
    const t = toTensor(given, 'parameter');
    const plain = !(given instanceof Tensor || ArrayBuffer.isView(given));
    return plain && t.dtype === 'float64' && this.dtype !== 'float64' ? tensor(t, { dtype: this.dtype }) : t;
  }

  #leaf(t: Tensor<S>): Tensor<S> {
    return parameterLeaf(this, t.data) as Tensor<S>;
  }
}
