/**
 * @file Minimising a function of plain data, without parameters or classes: W* = argmin L(W), and the path on the way there.
 */
import { checkOptions, UsageError } from '../graph/errors.js';
import { toTensor, type TensorLike } from '../graph/create.js';
import type { Tensor } from '../graph/tensor.js';
import { flattenTree } from '../graph/tree.js';
import { firstNonFinite } from '../kernels/reduce.js';
import { reshape } from '../ops/shaping.js';
import { stack } from '../ops/slicing.js';
import { valueAndGrad } from '../transforms/grad.js';
import type { TensorTree, Tree } from '../transforms/types.js';
import { lbfgs } from './lbfgs.js';
import { applyUpdates, type GradientTransform, type Objective } from './transform.js';

/** Options of `minimize`. */
export interface MinimizeOptions<T = Tree> {
  /** Any pure pair; default L-BFGS with a line search. */
  optimizer?: GradientTransform;
  /** Steps at most; default 100. */
  steps?: number;
  /** Done when no element of the gradient is larger; default 1e-8. */
  tolerance?: number;
  /** Called before each step, and at the end: for curves, paths and progress bars. */
  onStep?: (at: { step: number; value: number; params: TensorTree<T> }) => void;
}

/** What `minimize` found. */
export interface Minimum<T = Tree> {
  /** Where. */
  readonly params: TensorTree<T>;
  /** The function there. */
  readonly value: number;
  /** Steps taken. */
  readonly steps: number;
  /** Is no element of the gradient larger than the tolerance? */
  readonly converged: boolean;
}

/**
 * Minimises f, from a start on: any tree of numbers and tensors.
 * @throws UsageError for unknown options, or when f or its gradient is not finite: the message says at which step.
 * @see lecture 004:1362: W* = argmin L(W); scipy.optimize.minimize
 * @example
 * const { params, converged } = minimize(({ x, y }) => add(square(sub(x, 1)), square(sub(y, 2))), { x: 5, y: 5 });
 * params; // → { x: 1, y: 2 }
 * converged; // → true
 */
export function minimize<const T>(f: (params: TensorTree<T>) => TensorLike, init: T, options: MinimizeOptions<T> = {}): Minimum<T> {
  checkOptions('minimize', options, ['optimizer', 'steps', 'tolerance', 'onStep']);
  if (typeof f !== 'function') throw new UsageError('minimize', 'f must be a function', `got ${typeof f}`);
  const { steps = 100, tolerance = 1e-8, onStep } = options;
  if (!Number.isInteger(steps) || steps < 0) throw new UsageError('minimize', 'steps must be a whole number', String(steps));
  if (typeof tolerance !== 'number' || Number.isNaN(tolerance))
    throw new UsageError('minimize', 'tolerance must be a number', String(tolerance));
  if (onStep !== undefined && typeof onStep !== 'function') throw new UsageError('minimize', 'onStep must be a function', String(onStep));
  // it stops where this function does, and otherwise only where nothing changes any more
  const tolerances = { toleranceGrad: Math.max(tolerance, 0), toleranceChange: Number.MIN_VALUE };
  const { optimizer = lbfgs({ lineSearchFn: 'strong_wolfe', ...tolerances }) } = options;
  if (typeof optimizer?.update !== 'function')
    throw new UsageError('minimize', 'optimizer must be a pure pair', undefined, 'sgd({ lr: 0.1 }), adam(), lbfgs(): in small letters');
  const slope = valueAndGrad(f as (params: unknown) => TensorLike) as unknown as (params: unknown) => [Tensor, Tree];
  const at: Objective['at'] = (params) => {
    const [value, gradient] = slope(params);
    return [value.item(), gradient];
  };
  const start = flattenTree('minimize', init);
  let params = start.rebuild(start.leaves) as Tree;
  let state = optimizer.init(params);
  for (let step = 0; ; step++) {
    const [value, gradient] = at(params);
    const { leaves } = flattenTree('minimize', gradient);
    const bad = [value, ...leaves.map((g) => firstNonFinite(g.storage))].find((v) => !Number.isFinite(v));
    if (bad !== undefined)
      throw new UsageError(
        'minimize',
        `f or its gradient is not finite at step ${step}`,
        String(bad),
        'start elsewhere, or take smaller steps',
      );
    onStep?.({ step, value, params: params as TensorTree<T> });
    const converged = leaves.every((g) => g.data.every((v: number) => Math.abs(v) <= tolerance));
    if (converged || step === steps) return { params: params as TensorTree<T>, value, steps: step, converged };
    const [updates, next] = optimizer.update(gradient, state, params, { value, at });
    params = applyUpdates(params, updates);
    state = next;
  }
}

/** A path on a surface. */
export interface Trajectory {
  /** Points [steps + 1, d], the start first. */
  readonly points: Tensor;
  /** The function at each of them. */
  readonly values: Tensor;
}

/**
 * The path that an optimizer takes on the surface of f from a vector on: to be drawn.
 * @throws UsageError when f or its gradient is not finite.
 * @see lecture 004:1824, 003:861
 * @example
 * const { points } = trajectory((x) => sum(square(x)), [1, -1], { optimizer: sgd({ lr: 0.25 }), steps: 2 });
 * points; // → [[1, -1], [0.5, -0.5], [0.25, -0.25]]
 */
export function trajectory(
  f: (x: Tensor) => TensorLike,
  start: TensorLike,
  options: { optimizer: GradientTransform; steps: number },
): Trajectory {
  checkOptions('trajectory', options, ['optimizer', 'steps']);
  const points: Tensor[] = [];
  const values: number[] = [];
  const x0 = reshape(toTensor(start), [-1]);
  minimize(f as (x: unknown) => TensorLike, x0, {
    optimizer: options?.optimizer,
    steps: options?.steps,
    tolerance: -1, // every step is taken, also on flat ground
    onStep: ({ value, params }) => {
      points.push(params);
      values.push(value);
    },
  });
  return { points: stack(points), values: toTensor(values) };
}
