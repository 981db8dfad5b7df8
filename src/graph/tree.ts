/**
 * @file Trees: nested arrays and plain objects with tensors (or numbers, or typed arrays) as leaves.
 */
import { toTensor, type TensorLike } from './create.js';
import { UsageError } from './errors.js';
import { Tensor } from './tensor.js';

/** Is it an object literal, and not the instance of a class? */
export function isPlainObject(x: unknown): x is Record<string, unknown> {
  if (typeof x !== 'object' || x === null) return false;
  const proto: unknown = Object.getPrototypeOf(x);
  return proto === Object.prototype || proto === null;
}

/** Is `x` a leaf: a tensor, a number, a boolean or a typed array? */
export function isLeaf(x: unknown): x is TensorLike {
  return x instanceof Tensor || typeof x === 'number' || typeof x === 'boolean' || ArrayBuffer.isView(x);
}

/** The same tree with `f` of every leaf; `path` is where the leaf stands, for messages. Anything else throws. */
export function mapLeaves(op: string, tree: unknown, f: (leaf: TensorLike, path: string) => unknown, path = ''): unknown {
  if (isLeaf(tree)) return f(tree, path);
  if (tree instanceof Promise) throw new UsageError(op, 'got a Promise', undefined, 'functions that are differentiated are synchronous');
  if (Array.isArray(tree)) return tree.map((x, i) => mapLeaves(op, x, f, `${path}[${i}]`));
  if (isPlainObject(tree)) {
    return Object.fromEntries(Object.entries(tree).map(([k, x]) => [k, mapLeaves(op, x, f, path ? `${path}.${k}` : k)]));
  }
  const what = tree === null ? 'null' : typeof tree === 'object' ? `a ${tree.constructor.name}` : typeof tree;
  throw new UsageError(op, `a tree has tensors and numbers as leaves`, `got ${what}${path ? ` at ${path}` : ''}`);
}

/** A tree taken apart. */
export class FlatTree {
  /** Leaves as tensors, left to right. */
  readonly leaves: readonly Tensor[];
  private readonly op: string;
  /** The tree; undefined where it is one leaf. */
  private readonly tree: unknown;

  constructor(op: string, tree: unknown) {
    this.op = op;
    if (isLeaf(tree)) {
      this.tree = undefined;
      this.leaves = [toTensor(tree, op)];
    } else {
      this.tree = tree;
      const leaves: Tensor[] = [];
      mapLeaves(op, tree, (leaf) => leaves.push(toTensor(leaf, op)));
      this.leaves = leaves;
    }
  }

  /** The way back: the same tree with other values in the places of its leaves. */
  rebuild(values: readonly unknown[]): unknown {
    if (this.tree === undefined) return values[0];
    let i = 0;
    return mapLeaves(this.op, this.tree, () => values[i++]);
  }
}

/** Leaves as tensors, left to right, with the way back: `rebuild(values)` puts others in their places. */
export function flattenTree(op: string, tree: unknown): FlatTree {
  return new FlatTree(op, tree);
}

/** The same value with `f` of every tensor in it; what is no tree is passed over. */
export function mapTensors(value: unknown, f: (t: Tensor) => Tensor): unknown {
  if (value instanceof Tensor) return f(toTensor(value as Tensor));
  if (Array.isArray(value)) return value.map((x) => mapTensors(x, f));
  if (isPlainObject(value)) return Object.fromEntries(Object.entries(value).map(([k, x]) => [k, mapTensors(x, f)]));
  return value;
}

/** Every tensor in a value, left to right; what is no tree is passed over. Used for printing, never for derivatives. */
export function leavesOf(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [toTensor(value)];
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  if (isPlainObject(value)) return Object.values(value).flatMap(leavesOf);
  return [];
}
