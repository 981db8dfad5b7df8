/**
 * @file vmap: a function of one example becomes a function of a batch. It runs once, on tensors that stand for all examples.
 */
import { toTensor } from '../graph/create.js';
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { normalizeAxis, showShape } from '../graph/shape.js';
import { state, withState } from '../graph/state.js';
import type { Tensor } from '../graph/tensor.js';
import { flattenTree, isLeaf, isPlainObject } from '../graph/tree.js';
import { Examples, exampleOf, type Randomness, wholeOf } from '../ops/batching.js';
import { repeatable } from '../ops/repeatable.js';
import { broadcastTo, transpose } from '../ops/shaping.js';
import { concat, slice } from '../ops/slicing.js';
import type { Arguments, TensorTree } from './types.js';

/** Which axis is the batch: a number, null for what all examples share, or a tree of them (one an argument, one a leaf). */
export type MapAxes = number | null | readonly MapAxes[] | { readonly [key: string]: MapAxes };

/** Options of `vmap`. */
export interface VmapOptions {
  /** Axis of the batch in the arguments: one for all, or a list with one an argument; null for an argument that all examples share. Default 0. */
  inAxes?: MapAxes;
  /** Axis of the batch in the results; null for what does not differ from example to example. Default 0. */
  outAxes?: MapAxes;
  /** Most examples at a time; default null: all of them. */
  chunkSize?: number | null;
  /** Random numbers inside f: 'error' (default), the 'same' for every example, or 'different'. A generator made inside f begins anew in every chunk. */
  randomness?: Randomness;
}

/** One axis for every leaf of a tree. */
function axesOf(what: string, tree: unknown, axes: MapAxes | undefined): (number | null)[] {
  if (axes === null || typeof axes === 'number') return flattenTree('vmap', tree).leaves.map(() => axes);
  const parts =
    isLeaf(tree) || axes === undefined ? undefined : Array.isArray(tree) ? tree : isPlainObject(tree) ? Object.values(tree) : undefined;
  const keys = parts === undefined ? [] : Array.isArray(tree) ? [...tree.keys()] : Object.keys(tree as object);
  if (parts === undefined || Object.keys(axes as object).length !== keys.length)
    throw new UsageError(
      'vmap',
      `${what} must be a number, null, or a list like what it is for`,
      JSON.stringify(axes),
      parts === undefined ? undefined : `expected ${keys.length} entries`,
    );
  return parts.flatMap((part, i) => axesOf(what, part, (axes as Readonly<Record<string | number, MapAxes>>)[keys[i]!]));
}

/** x with one axis at another place. */
function moved(x: Tensor, from: number, to: number): Tensor {
  if (from === to) return x;
  const order = [...x.shape.keys()].filter((a) => a !== from);
  order.splice(to, 0, from);
  return transpose(x, order);
}

/** Leaves of the arguments with the examples along axis 0; null where all examples share one. */
function batches(leaves: readonly Tensor[], axes: readonly (number | null)[]): { wholes: (Tensor | null)[]; size: number } {
  let size: number | undefined;
  const wholes = leaves.map((x, i) => {
    const axis = axes[i]!;
    if (axis === null) return null;
    if (x.ndim === 0)
      throw new ShapeError('vmap', 'a scalar has no axis to map over', `inAxes ${axis}`, 'say null for what all examples share');
    const whole = moved(x, normalizeAxis('vmap', axis, x.ndim), 0);
    const n = whole.shape[0]!;
    if (size !== undefined && n !== size)
      throw new ShapeError(
        'vmap',
        'the arguments have different numbers of examples',
        `${size} and ${n}`,
        `x ${showShape(x.shape)}, inAxes ${axis}`,
      );
    size = n;
    return whole;
  });
  if (size === undefined)
    throw new UsageError('vmap', 'no argument is mapped over', undefined, 'inAxes must name an axis of at least one argument');
  return { wholes, size };
}

/** Runs f on one example that stands for all; leaves of the result with the examples along axis 0 (null: the same for all). */
function mapped(
  f: (...args: unknown[]) => unknown,
  rebuild: (leaves: readonly Tensor[]) => unknown[],
  leaves: readonly Tensor[],
  wholes: readonly (Tensor | null)[],
  size: number,
  randomness: Randomness,
): { out: unknown; leaves: readonly Tensor[]; results: (Tensor | null)[] } {
  const examples = new Examples(size, randomness, state.batching);
  const { level } = examples;
  try {
    const args = rebuild(leaves.map((x, i) => (wholes[i] ? exampleOf(wholes[i], level) : x)));
    const out = withState({ batching: examples }, () => f(...args));
    if (out instanceof Promise)
      throw new UsageError('vmap', 'f returned a Promise', undefined, 'functions that are mapped are synchronous');
    const flat = flattenTree('vmap', out);
    return { out, leaves: flat.leaves, results: flat.leaves.map((t) => wholeOf(t, level)) };
  } finally {
    level.open = false;
  }
}

/** One result leaf with the batch at its axis. */
function placed(shared: Tensor, whole: Tensor | null, axis: number | null, size: number): Tensor {
  if (axis === null) {
    if (whole === null) return shared;
    throw new UsageError('vmap', 'a result with outAxes null differs from example to example', showShape(shared.shape), 'give it an axis');
  }
  const all = whole ?? broadcastTo(shared, [size, ...shared.shape]);
  return moved(all, 0, normalizeAxis('vmap', axis, all.ndim));
}

/**
 * A function of one example as a function of a batch: `vmap(f)(xs)` is f of every row of xs, stacked. f runs once, every op computes all
 * examples together, and the number of recorded ops does not depend on how many there are. It nests with itself and with `grad`, `jvp`,
 * `hessian`, `compile` in any order: `vmap(grad(loss), { inAxes: [null, 0, 0] })` gives the gradient of every example.
 *
 * f cannot look at values (`item`, `if`): `where` chooses in each example.
 * @throws ShapeError when the arguments have different numbers of examples; UsageError when nothing is mapped over, when f reads a value,
 * or draws random numbers without `randomness`.
 * @see jax.vmap, torch.func.vmap
 * @example
 * vmap((x) => sum(mul(x, x)))(tensor([[1, 2], [3, 4]])); // → [5, 25]
 * const loss = (w: Tensor, x: Tensor, y: Tensor) => square(sub(dot(w, x), y));
 * vmap(grad(loss), { inAxes: [null, 0, 0] })(tensor([1, 1]), tensor([[1, 2], [3, 4]]), tensor([0, 1])); // → [[6, 12], [36, 48]]
 */
export function vmap<R>(f: (...args: Tensor[]) => R, options?: VmapOptions): (...args: Arguments<Tensor[]>) => TensorTree<R>;
export function vmap<P extends readonly unknown[], R>(
  f: (...args: P) => R,
  options?: VmapOptions,
): (...args: Arguments<P>) => TensorTree<R>;
export function vmap(f: (...args: never[]) => unknown, options: VmapOptions = {}): (...args: never[]) => unknown {
  if (typeof f !== 'function') throw new UsageError('vmap', 'f must be a function', `got ${typeof f}`);
  checkOptions('vmap', options, ['inAxes', 'outAxes', 'chunkSize', 'randomness']);
  const { inAxes = 0, outAxes = 0, chunkSize = null, randomness = 'error' } = options;
  if (!['error', 'same', 'different'].includes(randomness))
    throw new UsageError('vmap', `unknown randomness '${randomness}'`, undefined, 'error, same or different');
  if (chunkSize !== null && !(Number.isInteger(chunkSize) && chunkSize > 0))
    throw new UsageError('vmap', 'chunkSize must be a positive whole number or null', String(chunkSize));
  return (...args: unknown[]) => {
    if (args.length === 0)
      throw new UsageError('vmap', 'no argument is mapped over', undefined, 'the function was called without arguments');
    const tree = flattenTree('vmap', args);
    const { wholes, size } = batches(tree.leaves, axesOf('inAxes', args, inAxes));
    const rebuild = (leaves: readonly Tensor[]): unknown[] => tree.rebuild(leaves) as unknown[];
    const run = (parts: readonly (Tensor | null)[], n: number): { out: unknown; leaves: Tensor[]; axes: (number | null)[] } => {
      const { out, leaves, results } = mapped(f as (...args: unknown[]) => unknown, rebuild, tree.leaves, parts, n, randomness);
      const axes = axesOf('outAxes', out, outAxes);
      return { out, axes, leaves: leaves.map((t, i) => placed(t, results[i]!, axes[i]!, n)) };
    };
    const finished = (out: unknown, leaves: readonly Tensor[]): unknown => flattenTree('vmap', out).rebuild(leaves);
    if (chunkSize === null || size <= chunkSize) {
      const { out, leaves } = run(wholes, size);
      return finished(out, leaves);
    }
    const chunk = (i: number): ReturnType<typeof run> => {
      const [from, to] = [i * chunkSize, Math.min(size, (i + 1) * chunkSize)];
      const parts = wholes.map((w) => w && slice(w, [[from, to]]));
      return run(parts, to - from);
    };
    // the same numbers for every example are the same for every chunk
    const first = repeatable(() => chunk(0));
    const next = (i: number): ReturnType<typeof run> => (randomness === 'same' ? first.again(() => chunk(i)) : chunk(i));
    const chunks = Array.from({ length: Math.ceil(size / chunkSize) }, (_, i) => (i === 0 ? first.result : next(i)));
    const [{ out, axes }] = chunks as [(typeof chunks)[number]];
    return finished(
      out,
      axes.map((axis, i) =>
        axis === null
          ? chunks[0]!.leaves[i]!
          : concat(
              chunks.map(({ leaves }) => leaves[i]!),
              { axis },
            ),
      ),
    );
  };
}

/** Values of all examples made one of each: what `jacobian` pushes and pulls its basis with. */
export function mapRows(f: (...leaves: Tensor[]) => readonly Tensor[], rows: readonly Tensor[]): readonly Tensor[] {
  const size = rows[0]!.shape[0]!;
  const { leaves, results } = mapped(
    (...args) => f(...(args as Tensor[])),
    (list) => [...list],
    rows,
    rows,
    size,
    'error',
  );
  return leaves.map((t, i) => placed(toTensor(t), results[i]!, 0, size));
}
