/**
 * @file L-BFGS: Newton's method with a Hessian that is remembered from the last gradients.
 */
import { checkOptions, ShapeError, UsageError } from '../graph/errors.js';
import { sameShape } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import { type FlatTree, flattenTree } from '../graph/tree.js';
import { allocate } from '../graph/dtype.js';
import { noGrad } from '../transforms/custom.js';
import type { Tree } from '../transforms/types.js';
import type { Params } from './groups.js';
import { type LinePoint, strongWolfe } from './line-search.js';
import { Optimizer, type OptimizerStateDict } from './optimizer.js';
import { checkNumbers, type Numeric, Settings } from './settings.js';
import type { GradientTransform, Objective } from './transform.js';

/** Options of L-BFGS; PyTorch's names and defaults. */
export interface LBFGSOptions {
  /** Step length, and the first one that a line search tries; default 1. */
  lr?: Numeric;
  /** Iterations a step; default 20. */
  maxIter?: number;
  /** Evaluations of the loss a step; default 1.25·maxIter. */
  maxEval?: number;
  /** Stop when no element of the gradient is larger; default 1e-7. */
  toleranceGrad?: number;
  /** Stop when parameters or loss change less; default 1e-9. */
  toleranceChange?: number;
  /** Updates remembered; default 100. */
  historySize?: number;
  /** null (default: steps of length lr) or 'strong_wolfe'. */
  lineSearchFn?: 'strong_wolfe' | null;
}

const NOT_FINITE = "nothing was changed; lower the learning rate or set lineSearchFn: 'strong_wolfe'";

/** What L-BFGS remembers of one iteration: y, the change of the gradient, and s, the change of the parameters. */
interface Pair {
  readonly y: Float64Array;
  readonly s: Float64Array;
  readonly rho: number;
}

/** State of L-BFGS. */
export interface LBFGSState {
  /** Steps taken. */
  readonly step: number;
  /** Rate of the latest step. */
  readonly lr: number;
  /** Iterations in all. */
  readonly iterations: number;
  /** Evaluations of the loss in all. */
  readonly evaluations: number;
  /** Length of the latest step along its direction. */
  readonly stepLength: number;
  /** Scale of the first guess of the inverse Hessian. */
  readonly scale: number;
  /** Latest direction and the gradient it began with, and the remembered changes, each a vector of all parameters. */
  readonly memory: {
    readonly direction: Tensor;
    readonly gradient: Tensor;
    readonly y: readonly Tensor[];
    readonly s: readonly Tensor[];
  } | null;
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
};
const axpy = (t: number, x: Float64Array, y: Float64Array): void => {
  for (let i = 0; i < y.length; i++) y[i]! += t * x[i]!;
};
const largest = (a: Float64Array, t = 1): number => a.reduce((m, v) => Math.max(m, Math.abs(v * t)), 0);

function flatten(tree: FlatTree): Float64Array {
  const out = new Float64Array(tree.leaves.reduce((n, t) => n + t.size, 0));
  let at = 0;
  for (const { data } of tree.leaves) {
    out.set(data, at);
    at += data.length;
  }
  return out;
}

function unflatten(values: Float64Array, like: FlatTree): Tree {
  let at = 0;
  return like.rebuild(
    like.leaves.map(({ shape, dtype, size }) => {
      const data = allocate(dtype, size);
      data.set(values.subarray(at, (at += size)));
      return new Tensor(shape, dtype, data, null);
    }),
  ) as Tree;
}

const vector = (data: Float64Array): Tensor => new Tensor([data.length], 'float64', data, null);

/** −H·g by the two-loop recursion. */
function direction(g: Float64Array, pairs: readonly Pair[], scale: number): Float64Array {
  const d = g.map((v) => -v);
  const alphas = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { y, s, rho } = pairs[i]!;
    alphas[i] = dot(s, d) * rho;
    axpy(-alphas[i]!, y, d);
  }
  for (let i = 0; i < d.length; i++) d[i]! *= scale;
  pairs.forEach(({ y, s, rho }, i) => axpy(alphas[i]! - dot(y, d) * rho, s, d));
  return d;
}

/** A memory as pairs. */
const remembered = ({ memory }: LBFGSState): Pair[] =>
  (memory?.y ?? []).map((y, i) => {
    const [a, b] = [y.data as Float64Array, memory!.s[i]!.data as Float64Array];
    return { y: a, s: b, rho: 1 / dot(a, b) };
  });

/**
 * L-BFGS as a pure pair. One update makes up to `maxIter` iterations, so it asks for the loss elsewhere: `update` needs the objective.
 * All arithmetic is in float64.
 * @throws UsageError for options out of range, without an objective, or where, without a line search, the loss becomes NaN or infinite.
 * @see Liu, Nocedal 1989; torch.optim.LBFGS
 * @example
 * const { init, update } = lbfgs({ maxIter: 5 });
 * const slope = valueAndGrad(square);
 * const at = (x: unknown): [number, Tensor] => { const [value, g] = slope(x as Tensor); return [value.item(), g]; };
 * update(6, init(3), 3, { value: 9, at })[0]; // → -3
 */
export function lbfgs(options: LBFGSOptions = {}): GradientTransform<LBFGSState> {
  checkOptions('LBFGS', options, ['lr', 'maxIter', 'maxEval', 'toleranceGrad', 'toleranceChange', 'historySize', 'lineSearchFn']);
  const { lr = 1, maxIter = 20, toleranceGrad = 1e-7, toleranceChange = 1e-9, historySize = 100, lineSearchFn = null } = options;
  const maxEval = options.maxEval ?? Math.floor((maxIter * 5) / 4);
  const settings = new Settings('LBFGS', { lr: [lr, 'nonnegative'] });
  checkNumbers('LBFGS', { toleranceGrad: [toleranceGrad, 'nonnegative'], toleranceChange: [toleranceChange, 'nonnegative'] });
  for (const [name, value] of Object.entries({ maxIter, maxEval, historySize }))
    if (!Number.isInteger(value) || value < 1) throw new UsageError('LBFGS', `${name} must be a positive whole number`, String(value));
  if (lineSearchFn !== null && lineSearchFn !== 'strong_wolfe')
    throw new UsageError('LBFGS', `unknown lineSearchFn '${String(lineSearchFn)}'`, undefined, "null or 'strong_wolfe'");

  function update(grads: Tree, state: LBFGSState, params: Tree, objective?: Objective): [Tree, LBFGSState] {
    if (objective === undefined)
      throw new UsageError(
        'LBFGS',
        'needs to evaluate the loss elsewhere',
        undefined,
        'minimize(() => loss), step(closure), or the fourth argument of update',
      );
    const { lr: rate } = settings.at(state.step);
    const tree = flattenTree('LBFGS', params);
    const x0 = flatten(tree);
    const x = x0.slice();
    let g = flatten(flattenTree('LBFGS', grads));
    const pairs = remembered(state);
    let { iterations, stepLength, scale } = state;
    let d = (state.memory?.direction.data ?? new Float64Array(x.length)) as Float64Array;
    let previous = (state.memory?.gradient.data ?? g) as Float64Array;
    let evaluations = 1;
    let loss = objective.value;
    const lookAt = (at: Float64Array): readonly [number, Float64Array] => {
      const [value, gradient] = objective.at(unflatten(at, tree));
      evaluations++;
      return [value, flatten(flattenTree('LBFGS', gradient))];
    };
    if (largest(g) > toleranceGrad) {
      for (let n = 1; n <= maxIter; n++) {
        iterations++;
        if (iterations === 1) {
          d = direction(g, [], 1);
        } else {
          const y = g.map((v, i) => v - previous[i]!);
          const s = d.map((v) => v * stepLength);
          const curvature = dot(y, s);
          if (curvature > 1e-10) {
            if (pairs.length === historySize) pairs.shift();
            pairs.push({ y, s, rho: 1 / curvature });
            scale = curvature / dot(y, y);
          }
          d = direction(g, pairs, scale);
        }
        previous = g;
        const lossBefore = loss;
        stepLength = iterations === 1 ? Math.min(1, 1 / g.reduce((sum, v) => sum + Math.abs(v), 0)) * rate : rate;
        const slope = dot(g, d);
        if (slope > -toleranceChange) break;
        if (lineSearchFn === 'strong_wolfe') {
          const along = d;
          const at = (t: number): LinePoint => {
            const there = x.slice();
            axpy(t, along, there);
            const [f, gradient] = lookAt(there);
            return { t, f, g: gradient, slope: dot(gradient, along) };
          };
          const start: LinePoint = { t: 0, f: loss, g, slope };
          const { point } = strongWolfe({ at, start, first: stepLength, scale: largest(d), toleranceChange, most: maxEval - evaluations });
          [loss, g, stepLength] = [point.f, point.g, point.t];
          axpy(stepLength, d, x);
        } else {
          axpy(stepLength, d, x);
          if (n !== maxIter) [loss, g] = lookAt(x) as [number, Float64Array];
          if (!Number.isFinite(loss))
            throw new UsageError('LBFGS', `the loss is not finite at iteration ${n} of the step`, String(loss), NOT_FINITE);
        }
        if (n === maxIter || evaluations >= maxEval || largest(g) <= toleranceGrad) break;
        if (largest(d, stepLength) <= toleranceChange || Math.abs(loss - lossBefore) < toleranceChange) break;
      }
    }
    return [
      unflatten(
        x.map((v, i) => v - x0[i]!),
        tree,
      ),
      {
        step: state.step + 1,
        lr: rate,
        iterations,
        evaluations: state.evaluations + evaluations,
        stepLength,
        scale,
        memory: {
          direction: vector(d),
          gradient: vector(previous),
          y: pairs.map(({ y }) => vector(y)),
          s: pairs.map(({ s }) => vector(s)),
        },
      },
    ];
  }

  return {
    joint: true,
    init: () => ({ step: 0, lr: settings.at(0).lr, iterations: 0, evaluations: 0, stepLength: 0, scale: 1, memory: null }),
    update: (grads, state, params, objective) => noGrad(() => update(grads, state, params, objective)),
  };
}

/**
 * L-BFGS plugged onto parameters: `minimize(() => loss)`, or `step(closure)` where the closure clears the gradients, computes the loss,
 * calls `backward()` and returns it.
 * @throws UsageError for options out of range, an empty list of parameters, or groups of them.
 * @example
 * const x = parameter([-1.2, 1]);
 * const rosenbrock = () => { const [a, b] = split(x, 2) as [Tensor, Tensor]; return sum(add(square(sub(1, a)), mul(100, square(sub(b, square(a)))))); };
 * const optimizer = new LBFGS([x], { lineSearchFn: 'strong_wolfe', toleranceChange: 0 });
 * for (let i = 0; i < 5; i++) optimizer.minimize(rosenbrock);
 * x.value; // → [1, 1]
 */
export class LBFGS extends Optimizer<LBFGSState, LBFGSOptions> {
  constructor(params: Params<LBFGSOptions>, options: LBFGSOptions = {}) {
    super('LBFGS', params, lbfgs, options);
    if (this.paramGroups.length > 1)
      throw new UsageError('LBFGS', 'has one group: its Hessian ties all parameters together', `got ${this.paramGroups.length}`);
  }

  override loadStateDict(saved: OptimizerStateDict): void {
    const size = this.params.reduce((n, p) => n + p.size, 0);
    const memory = saved?.paramGroups?.[0]?.shared?.['memory'] as LBFGSState['memory'] | undefined;
    if (typeof memory === 'object' && memory !== null)
      for (const v of [memory.direction, memory.gradient, memory.y, memory.s].flat())
        if (!(v instanceof Tensor) || v.dtype !== 'float64' || !sameShape(v.shape, [size]))
          throw new ShapeError('LBFGS.loadStateDict', `its memory must be of float64 vectors of all ${size} elements`, `got ${String(v)}`);
    super.loadStateDict(saved);
  }
}
