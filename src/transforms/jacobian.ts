/**
 * @file Whole Jacobians and Hessians: one push or pull an element.
 */
import type { TensorLike } from '../graph/create.js';
import { checkOptions } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import { flattenTree } from '../graph/tree.js';
import { linearize } from '../graph/vjp.js';
import { algebra } from '../ops/algebra.js';
import { zeros } from '../ops/create.js';
import { reshape } from '../ops/shaping.js';
import { stack } from '../ops/slicing.js';
import { differentiate, positions } from './grad.js';
import type { ArgnumsOptions, Arguments, GradOf, TensorTree } from './types.js';
import { linearizeAll, matching, primalList, pushforward } from './vjp.js';

/** One tensor per element of the leaves, each with a single 1: the standard basis of the space of `leaves`. */
function* basis(leaves: readonly Tensor[]): Generator<Tensor[]> {
  for (let k = 0; k < leaves.length; k++) {
    for (let i = 0; i < leaves[k]!.size; i++) {
      yield leaves.map((t, j) => {
        const e = zeros(t.shape, { dtype: t.dtype });
        if (j === k) e.data[i] = 1;
        return e;
      });
    }
  }
}

const empty = (a: Tensor, b: Tensor): Tensor => zeros([...a.shape, ...b.shape], { dtype: a.dtype });

/** Runs f on the chosen arguments and builds the tree out × argument of blocks [...outShape, ...inShape]. */
function jacobianBy(
  op: string,
  mode: 'reverse' | 'forward',
  f: (...args: never[]) => unknown,
  options: ArgnumsOptions,
  args: readonly unknown[],
): unknown {
  const { list, single } = positions(op, options.argnums);
  const run = linearize(f, args, { op, argnums: list, hasAux: false, algebra });
  const inputs = list.map((n) => flattenTree(op, args[n]).leaves);
  const flat = inputs.flat();
  // blocks[o][i]: output leaf o by input leaf i
  let blocks: Tensor[][];
  if (mode === 'reverse') {
    const rows = [...basis(run.outputs)].map((seeds) => run.pull(seeds).flat());
    let at = 0;
    blocks = run.outputs.map((y) => {
      const own = rows.slice(at, (at += y.size));
      return flat.map((x, i) => (own.length === 0 ? empty(y, x) : reshape(stack(own.map((r) => r[i]!)), [...y.shape, ...x.shape])));
    });
  } else {
    const push = pushforward(op, run);
    const columns = [...basis(flat)].map((tangents) => push(tangents));
    blocks = run.outputs.map((y, o) => {
      let at = 0;
      return flat.map((x) => {
        const own = columns.slice(at, (at += x.size)).map((c) => c[o]!);
        return own.length === 0 ? empty(y, x) : reshape(stack(own, { axis: -1 }), [...y.shape, ...x.shape]);
      });
    });
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
 * Jacobian by reverse mode, one pull per output element: shape [...out, ...argument], rows by outputs (the m × d layout of lecture 003:946).
 * @throws the errors of `grad`, but f may return any shape.
 * @example
 * jacobian((x) => mul(x, x))(tensor([1, 2])); // → [[2, 0], [0, 4]]
 */
export function jacobian<const O extends ArgnumsOptions = object>(
  f: (...args: Tensor[]) => unknown,
  options?: O,
): (...args: Arguments<Tensor[]>) => Jacobian<Tensor[], O>;
// library functions with options, softmax among them
export function jacobian(f: (x: Tensor) => unknown): (x: TensorLike) => Tensor;
export function jacobian<P extends readonly unknown[], const O extends ArgnumsOptions = object>(
  f: (...args: P) => unknown,
  options?: O,
): (...args: Arguments<P>) => Jacobian<P, O>;
export function jacobian(f: (...args: never[]) => unknown, options: ArgnumsOptions = {}): (...args: never[]) => unknown {
  checkOptions('jacobian', options, ['argnums']);
  return (...args) => jacobianBy('jacobian', 'reverse', f, options, args);
}

/** Another name of `jacobian`. */
export const jacrev: typeof jacobian = jacobian;

/**
 * Jacobian by forward mode, one push per argument element: better than `jacobian` where there are more outputs than inputs.
 * @throws the errors of `jacobian`.
 * @example
 * jacfwd((x) => mul(x, x))(tensor([1, 2])); // → [[2, 0], [0, 4]]
 */
export function jacfwd<const O extends ArgnumsOptions = object>(
  f: (...args: Tensor[]) => unknown,
  options?: O,
): (...args: Arguments<Tensor[]>) => Jacobian<Tensor[], O>;
// library functions with options, softmax among them
export function jacfwd(f: (x: Tensor) => unknown): (x: TensorLike) => Tensor;
export function jacfwd<P extends readonly unknown[], const O extends ArgnumsOptions = object>(
  f: (...args: P) => unknown,
  options?: O,
): (...args: Arguments<P>) => Jacobian<P, O>;
export function jacfwd(f: (...args: never[]) => unknown, options: ArgnumsOptions = {}): (...args: never[]) => unknown {
  checkOptions('jacfwd', options, ['argnums']);
  return (...args) => jacobianBy('jacfwd', 'forward', f, options, args);
}

/**
 * Hessian of a scalar function, reverse over reverse: shape [...argument, ...argument]. The Hessian is symmetric, so pulling its rows
 * needs no forward mode, and the strong zeros of the rules keep dead branches out of it.
 * @throws the errors of `grad`.
 * @example
 * hessian((x) => prod(x))(tensor([2, 3])); // → [[0, 1], [1, 0]]
 */
export function hessian<const O extends ArgnumsOptions = object>(
  f: (...args: Tensor[]) => unknown,
  options?: O,
): (...args: Arguments<Tensor[]>) => Jacobian<Tensor[], O>;
export function hessian<P extends readonly unknown[], const O extends ArgnumsOptions = object>(
  f: (...args: P) => unknown,
  options?: O,
): (...args: Arguments<P>) => Jacobian<P, O>;
export function hessian(f: (...args: never[]) => unknown, options: ArgnumsOptions = {}): (...args: never[]) => unknown {
  checkOptions('hessian', options, ['argnums']);
  const run = differentiate('hessian', f, options);
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
