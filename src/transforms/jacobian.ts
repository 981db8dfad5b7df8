/**
 * @file Whole Jacobians and Hessians: the basis is pushed or pulled as one batch.
 */
import type { TensorLike } from '../graph/create.js';
import { checkOptions, UsageError } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import { flattenTree } from '../graph/tree.js';
import { linearize } from '../graph/vjp.js';
import { algebra } from '../ops/algebra.js';
import { zeros } from '../ops/create.js';
import { reshape, transpose } from '../ops/shaping.js';
import { concat, slice } from '../ops/slicing.js';
import { differentiate, positions } from './grad.js';
import type { ArgnumsOptions, Arguments, GradOf, TensorTree } from './types.js';
import { mapRows } from './vmap.js';
import { linearizeAll, matching, primalList, pushforward } from './vjp.js';

/** Options of `jacobian`, `jacfwd` and `hessian`. */
export interface JacobianOptions extends ArgnumsOptions {
  /** Most rows (columns of `jacfwd`) at a time; default null: all at once, which takes the most memory. */
  chunkSize?: number | null;
}

/** The standard basis of the space of `leaves`, vectors `from` to `to` of it: for every leaf its part of all of them, along a leading axis. */
function basis(leaves: readonly Tensor[], from: number, to: number): Tensor[] {
  let before = 0;
  return leaves.map(({ shape, size, dtype }) => {
    const part = zeros([to - from, ...shape], { dtype });
    // element e of this leaf is number before + e of them all
    for (let e = Math.max(0, from - before); e < size && before + e < to; e++) part.data[(before + e - from) * size + e] = 1;
    before += size;
    return part;
  });
}

/** A linear function of tensors like `leaves` applied to their whole basis, at most `chunkSize` vectors at a time. */
function onBasis(f: (...leaves: Tensor[]) => readonly Tensor[], leaves: readonly Tensor[], chunkSize: number | null): readonly Tensor[] {
  const total = leaves.reduce((sum, t) => sum + t.size, 0);
  if (total === 0) return [];
  const step = chunkSize ?? total;
  const chunks = Array.from({ length: Math.ceil(total / step) }, (_, i) =>
    mapRows(f, basis(leaves, i * step, Math.min(total, (i + 1) * step))),
  );
  return chunks.length === 1 ? chunks[0]! : chunks[0]!.map((_, k) => concat(chunks.map((rows) => rows[k]!)));
}

const empty = (a: Tensor, b: Tensor): Tensor => zeros([...a.shape, ...b.shape], { dtype: a.dtype });

/** The rows of a batch that belong to one leaf, as a block. */
function block(rows: Tensor | undefined, from: number, count: number): Tensor | undefined {
  return rows === undefined || count === 0 ? undefined : slice(rows, [[from, from + count]]);
}

/** Runs f on the chosen arguments and builds the tree out × argument of blocks [...outShape, ...inShape]: the whole basis at once. */
function jacobianBy(
  op: string,
  mode: 'reverse' | 'forward',
  f: (...args: never[]) => unknown,
  options: JacobianOptions,
  args: readonly unknown[],
): unknown {
  const { list, single } = positions(op, options.argnums);
  const { chunkSize = null } = options;
  if (chunkSize !== null && !(Number.isInteger(chunkSize) && chunkSize > 0))
    throw new UsageError(op, 'chunkSize must be a positive whole number or null', String(chunkSize));
  const run = linearize(f, args, { op, argnums: list, hasAux: false, algebra });
  const inputs = list.map((n) => flattenTree(op, args[n]).leaves);
  const flat = inputs.flat();
  // blocks[o][i]: output leaf o by input leaf i
  let blocks: Tensor[][];
  let at = 0;
  if (mode === 'reverse') {
    const rows = onBasis((...seeds) => run.pull(seeds).flat(), run.outputs, chunkSize);
    blocks = run.outputs.map((y) => {
      const from = at;
      at += y.size;
      return flat.map((x, i) => {
        const own = block(rows[i], from, y.size);
        return own === undefined ? empty(y, x) : reshape(own, [...y.shape, ...x.shape]);
      });
    });
  } else {
    const push = pushforward(op, run);
    const columns = onBasis((...tangents) => push(tangents), flat, chunkSize);
    const starts = flat.map((x) => (at += x.size) - x.size);
    blocks = run.outputs.map((y, o) =>
      flat.map((x, i) => {
        const own = block(columns[o], starts[i]!, x.size);
        // one push an element of x: its axis goes behind those of the output
        return own === undefined ? empty(y, x) : reshape(transpose(own, [...y.shape.map((_, a) => a + 1), 0]), [...y.shape, ...x.shape]);
      }),
    );
  }
  const perOutput = blocks.map((row) => {
    let at = 0;
    const perArgument = run.rebuild(inputs.map((leaves) => row.slice(at, (at += leaves.length))));
    return single ? perArgument[0] : perArgument;
  });
  return flattenTree(op, run.out).rebuild(perOutput);
}

/** The Jacobian of a function of tensors; trees of outputs and arguments give trees of blocks. */
export type Jacobian<P extends readonly unknown[], O> = GradOf<P, O>;

/**
 * Jacobian by reverse mode, one pull per output element, all in one batch: shape [...out, ...argument], rows by outputs (the m × d layout of lecture 003:946).
 * @throws the errors of `grad`, but f may return any shape.
 * @example
 * jacobian((x) => mul(x, x))(tensor([1, 2])); // → [[2, 0], [0, 4]]
 */
export function jacobian<const O extends JacobianOptions = object>(
  f: (...args: Tensor[]) => unknown,
  options?: O,
): (...args: Arguments<Tensor[]>) => Jacobian<Tensor[], O>;
// library functions with options, softmax among them
export function jacobian(f: (x: Tensor) => unknown): (x: TensorLike) => Tensor;
export function jacobian<P extends readonly unknown[], const O extends JacobianOptions = object>(
  f: (...args: P) => unknown,
  options?: O,
): (...args: Arguments<P>) => Jacobian<P, O>;
export function jacobian(f: (...args: never[]) => unknown, options: JacobianOptions = {}): (...args: never[]) => unknown {
  checkOptions('jacobian', options, ['argnums', 'chunkSize']);
  return (...args) => jacobianBy('jacobian', 'reverse', f, options, args);
}

/** Another name of `jacobian`. */
export const jacrev: typeof jacobian = jacobian;

/**
 * Jacobian by forward mode, one push per argument element, all in one batch: better than `jacobian` where there are more outputs than inputs.
 * @throws the errors of `jacobian`.
 * @example
 * jacfwd((x) => mul(x, x))(tensor([1, 2])); // → [[2, 0], [0, 4]]
 */
export function jacfwd<const O extends JacobianOptions = object>(
  f: (...args: Tensor[]) => unknown,
  options?: O,
): (...args: Arguments<Tensor[]>) => Jacobian<Tensor[], O>;
// library functions with options, softmax among them
export function jacfwd(f: (x: Tensor) => unknown): (x: TensorLike) => Tensor;
export function jacfwd<P extends readonly unknown[], const O extends JacobianOptions = object>(
  f: (...args: P) => unknown,
  options?: O,
): (...args: Arguments<P>) => Jacobian<P, O>;
export function jacfwd(f: (...args: never[]) => unknown, options: JacobianOptions = {}): (...args: never[]) => unknown {
  checkOptions('jacfwd', options, ['argnums', 'chunkSize']);
  return (...args) => jacobianBy('jacfwd', 'forward', f, options, args);
}

/**
 * Hessian of a scalar function, reverse over reverse: shape [...argument, ...argument]. The Hessian is symmetric, so pulling its rows
 * needs no forward mode, and the strong zeros of the rules keep dead branches out of it.
 * @throws the errors of `grad`.
 * @example
 * hessian((x) => prod(x))(tensor([2, 3])); // → [[0, 1], [1, 0]]
 */
export function hessian<const O extends JacobianOptions = object>(
  f: (...args: Tensor[]) => unknown,
  options?: O,
): (...args: Arguments<Tensor[]>) => Jacobian<Tensor[], O>;
export function hessian<P extends readonly unknown[], const O extends JacobianOptions = object>(
  f: (...args: P) => unknown,
  options?: O,
): (...args: Arguments<P>) => Jacobian<P, O>;
export function hessian(f: (...args: never[]) => unknown, options: JacobianOptions = {}): (...args: never[]) => unknown {
  checkOptions('hessian', options, ['argnums', 'chunkSize']);
  const { chunkSize: _, ...how } = options;
  const run = differentiate('hessian', f, how);
  const gradient = (...args: unknown[]): unknown => run(...args).gradient;
  return (...args) => jacobianBy('hessian', 'reverse', gradient, options, args);
}

/**
 * Product of the Hessian with a vector, without the Hessian: [value, H·v]. `v` is a list like the primals (or one bare tensor
 * where there is one primal, and then so is H·v).
 * @throws the errors of `grad`; ShapeError for a v of another shape.
 * @example
 * hvp((x) => sum(pow(x, 3)), [tensor([1, 2])], [tensor([1, 0])]); // → [9, [[6, 0]]]
 */
export function hvp(
  f: (x: Tensor) => TensorLike,
  primal: TensorLike | readonly [TensorLike],
  v: Tensor | number,
): [value: Tensor, product: Tensor];
export function hvp<P extends readonly unknown[] = Tensor[]>(
  f: (...args: P) => TensorLike,
  primals: NoInfer<Arguments<P>>,
  v: NoInfer<Arguments<P>>,
): [value: Tensor, product: TensorTree<P>];
export function hvp(f: (...args: never[]) => unknown, primals: readonly unknown[], v: unknown): [value: Tensor, product: unknown];
export function hvp(f: (...args: never[]) => unknown, primals: unknown, v: unknown): [value: Tensor, product: unknown] {
  const list = primalList('hvp', primals);
  const both = differentiate('hvp', f, { argnums: list.map((_, i) => i) });
  // the value rides along as aux: it is computed once, and not differentiated
  const gradients = (...args: unknown[]): unknown => {
    const { value, gradient } = both(...args);
    return [gradient, value];
  };
  const run = linearizeAll('hvp', gradients, list, true);
  const bare = list.length === 1 && !Array.isArray(v);
  // H is symmetric: Hv = (vᵀH)ᵀ, one pull
  const cotangents = matching('hvp', 'v', bare ? [v] : v, flattenTree('hvp', list).leaves);
  const product = run.rebuild(run.pull(cotangents));
  return [run.aux as Tensor, bare ? product[0] : product];
}
