/**
 * @file Optimizers as pure pairs: `init` makes a state, `update` turns gradients into updates. They chain.
 */
import { UsageError } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import { flattenTree } from '../graph/tree.js';
import { add } from '../ops/arithmetic.js';
import { noGrad } from '../transforms/custom.js';
import type { TensorTree, Tree } from '../transforms/types.js';

/** The loss that is minimised: what a line search asks for. */
export interface Objective {
  /** The loss where the step begins. */
  readonly value: number;
  /** The loss and its gradients at other parameters. */
  at(params: Tree): [value: number, grads: Tree];
}

/** A gradient transformation: a pair of pure functions. State is a named record of plain data and tensors. */
export interface GradientTransform<State = unknown> {
  /** Are all parameters one vector to it? Then a missing gradient is zero; else its parameter sits the step out. Default false. */
  readonly joint?: boolean;
  /** The state before the first step. */
  init(params: Tree): State;
  /** Updates (to be added to the parameters) and the next state. `objective` is for those that look at the loss itself: L-BFGS. */
  update(grads: Tree, state: State, params: Tree, objective?: Objective): [updates: Tree, state: State];
}

/** Applies `f` to the leaves of several trees of one structure. */
export function zipTrees(op: string, f: (...leaves: never[]) => unknown, first: Tree, ...rest: readonly Tree[]): Tree {
  const flat = [first, ...rest].map((t) => flattenTree(op, t));
  const n = flat[0]!.leaves.length;
  if (flat.some((t) => t.leaves.length !== n))
    throw new UsageError(op, 'trees must have the same structure', flat.map((t) => t.leaves.length).join(' and ') + ' leaves');
  return flat[0]!.rebuild(Array.from({ length: n }, (_, i) => f(...(flat.map((t) => t.leaves[i]!) as never[])))) as Tree;
}

/**
 * Parameters plus updates, leaf by leaf.
 * @throws UsageError when the trees differ in structure.
 * @example
 * applyUpdates({ w: 1 }, { w: -0.5 }); // → { w: 0.5 }
 */
export function applyUpdates<const T>(params: T, updates: unknown): TensorTree<T> {
  return noGrad(() =>
    zipTrees('applyUpdates', (w: Tensor, u: Tensor): Tensor => add(w, u), params as Tree, updates as Tree),
  ) as unknown as TensorTree<T>;
}

/**
 * Transformations one after another: each takes the updates of the one before.
 * @example
 * const clipped = chain(clipByGlobalNorm(1), sgd({ lr: 0.5 }));
 * clipped.update([6, 8], clipped.init([0, 0]), [0, 0])[0]; // → [-0.3, -0.4]
 */
export function chain(...transforms: readonly GradientTransform[]): GradientTransform<readonly unknown[]> {
  return {
    joint: transforms.some((t) => t.joint === true),
    init: (params) => transforms.map((t) => t.init(params)),
    update(grads, state, params, objective) {
      let updates = grads;
      const next = transforms.map((t, i) => {
        const [u, s] = t.update(updates, state[i], params, objective);
        updates = u;
        return s;
      });
      return [updates, next];
    },
  };
}
