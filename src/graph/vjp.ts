/**
 * @file Reverse mode of any function: run it on fresh roots, keep what was recorded, sweep back on demand.
 */
import { isFloat } from './dtype.js';
import { AnomalyError, ChainruleError, GradError, UsageError } from './errors.js';
import { showShape } from './shape.js';
import { asForward, state } from './state.js';
import { type Algebra, sweep } from './sweep.js';
import { Batched, Node, type OpLike, Tensor } from './tensor.js';
import { type FlatTree, flattenTree, mapTensors } from './tree.js';

/** The identity that every differentiated argument goes through, so that nested derivatives never mix up their variables. */
const alias: OpLike = {
  name: 'alias',
  inputs: ['x'],
  broadcasts: false,
  rule: () => (context: { g: Tensor }) => context.g,
  context: (_inputs, _attrs, _out, g) => ({ g }) as never,
};

/** A fresh root with the value of `x`; it points back to `x` only where somebody outside differentiates too. */
export function rootOf(x: Tensor): Tensor {
  const root = x.share(new Node(alias, state.recording && x.node !== null ? [x] : [], undefined));
  if (!(x.storage instanceof Batched))
    state.tape?.push({ op: alias.name, definition: alias, inputs: [x], attrs: undefined, shape: x.shape, output: root });
  return root;
}

/** The root of one leaf of argument `n`, which must be a float. */
function differentiable(op: string, x: Tensor, n: number): Tensor {
  if (isFloat(x.dtype)) return rootOf(x);
  throw new GradError(
    op,
    `argument ${n} has dtype ${x.dtype}`,
    showShape(x.shape),
    'derivatives exist with respect to float64 and float32 only',
  );
}

/** A function that was run once on roots. */
export class Linearized {
  constructor(
    /** What it returned, without its graph unless an outer transform may need it. */
    readonly out: unknown,
    /** Second part of the result when `hasAux`, treated likewise. */
    readonly aux: unknown,
    /** Leaves of `out`, tracked. */
    readonly outputs: readonly Tensor[],
    private readonly trees: readonly FlatTree[],
    private readonly targets: readonly Tensor[],
    private readonly algebra: Algebra,
  ) {}

  /** Cotangents of the leaves of the chosen arguments (one list an argument), given one for each output. */
  pull(seeds: readonly Tensor[]): Tensor[][] {
    const all = sweep(this.outputs, seeds, this.targets, this.algebra);
    if (this.trees.length === 1) return [all];
    let from = 0;
    return this.trees.map(({ leaves }) => all.slice(from, (from += leaves.length)));
  }

  /** Puts such lists back into trees shaped like the arguments. */
  rebuild(lists: readonly (readonly unknown[])[]): unknown[] {
    const rebuilt = new Array<unknown>(lists.length);
    for (let i = 0; i < rebuilt.length; i++) rebuilt[i] = this.trees[i]!.rebuild(lists[i]!);
    return rebuilt;
  }
}

/** What a transform is told. */
export interface LinearizeOptions {
  /** Name of the transform, for messages. */
  readonly op: string;
  /** Positions of the arguments to differentiate. */
  readonly argnums: readonly number[];
  /** Does `f` return `[out, aux]`? */
  readonly hasAux: boolean;
  /** Arithmetic of cotangents. */
  readonly algebra: Algebra;
}

const NONE: readonly never[] = [];

/** A tensor without its node, and one example of many without those of the batch. */
function withoutNode(t: Tensor): Tensor {
  const { storage } = t;
  if (!(storage instanceof Batched)) return t.node === null ? t : t.share(null);
  return new Tensor(t.shape, t.dtype, new Batched(withoutNode(storage.whole), storage.level), null);
}

/** A number, or numbers nested to any depth, as a user writes a vector. */
const isNumbers = (x: unknown): boolean => typeof x === 'number' || (Array.isArray(x) && x.every(isNumbers));

/** Runs f; where it fails on an array of numbers, the error says that such an array is a tree of scalars here, not a vector. */
function run(
  op: string,
  f: (...args: never[]) => unknown,
  inputs: unknown[],
  args: readonly unknown[],
  argnums: readonly number[],
): unknown {
  try {
    return asForward(f, inputs);
  } catch (error) {
    const list = argnums.map((n) => args[n]).find((x) => Array.isArray(x) && isNumbers(x));
    const told = error instanceof AnomalyError || !(error instanceof ChainruleError || error instanceof TypeError);
    if (list === undefined || told) throw error;
    const { message } = error;
    const text = JSON.stringify(list);
    const hint = `${op} takes an array as a tree of scalars: for a vector write tensor(${text.length > 40 ? '…' : text})`;
    const explained =
      error instanceof ChainruleError ? new (error.constructor as typeof ChainruleError)(message, hint) : new UsageError(op, message, hint);
    explained.cause = error;
    throw explained;
  }
}

/** Runs `f` on roots in place of the chosen arguments. The pullback may be called any number of times, each under its caller's state. */
export function linearize(f: (...args: never[]) => unknown, args: readonly unknown[], options: LinearizeOptions): Linearized {
  const { op, argnums, hasAux, algebra } = options;
  const inputs = args.slice();
  const trees = new Array<FlatTree>(argnums.length);
  let roots: readonly Tensor[] = NONE;
  for (let i = 0; i < argnums.length; i++) {
    const n = argnums[i]!;
    if (!Number.isInteger(n) || n < 0 || n >= args.length) {
      throw new UsageError(op, `argnums ${n} is out of range`, `f was called with ${args.length} argument${args.length === 1 ? '' : 's'}`);
    }
    const tree = flattenTree(op, args[n]);
    trees[i] = tree;
    const own = new Array<Tensor>(tree.leaves.length);
    for (let k = 0; k < own.length; k++) own[k] = differentiable(op, tree.leaves[k]!, n);
    inputs[n] = tree.rebuild(own);
    roots = i === 0 ? own : [...roots, ...own];
  }
  const result = run(op, f, inputs, args, argnums);
  if (result instanceof Promise)
    throw new UsageError(op, 'f returned a Promise', undefined, 'functions that are differentiated are synchronous');
  if (hasAux && !(Array.isArray(result) && result.length === 2)) throw new UsageError(op, 'with hasAux, f must return [value, aux]');
  const [value, aux] = hasAux ? (result as [unknown, unknown]) : [result, undefined];
  const flat = flattenTree(op, value);
  // a tape that is being recorded names its tensors, so they stay the ones it saw
  const free = state.tape === null && (state.depth === 0 || !state.recording);
  const out = flat.rebuild(free ? flat.leaves.map(withoutNode) : flat.leaves);
  return new Linearized(out, free ? mapTensors(aux, withoutNode) : aux, flat.leaves, trees, roots, algebra);
}
