/**
 * @file Clipping of gradients, by value and by their norm over all parameters: as transforms that chain, and on `.grad` as in PyTorch.
 */
import { checkOptions, UsageError } from '../graph/errors.js';
import type { Parameter } from '../graph/parameter.js';
import type { Tensor } from '../graph/tensor.js';
import { flattenTree } from '../graph/tree.js';
import { abs, clip, div, mul } from '../ops/arithmetic.js';
import { max } from '../ops/extrema.js';
import { eq, le, logicalOr, where } from '../ops/logic.js';
import { norm } from '../ops/statistics.js';
import { stack } from '../ops/slicing.js';
import { noGrad } from '../transforms/custom.js';
import type { Tree } from '../transforms/types.js';
import { type Numeric, Settings } from './settings.js';
import { type GradientTransform, zipTrees } from './transform.js';

/** State of a clipping: it counts steps, for schedules. */
export interface ClipState {
  /** Steps taken. */
  readonly step: number;
}

function totalNorm(gradients: readonly Tensor[], ord: number): number {
  const norms = stack(gradients.map((g) => (ord === Infinity ? max(abs(g)) : norm(g, { ord }))));
  return (ord === Infinity ? max(norms) : norm(norms, { ord })).item();
}

/** Gradients scaled so that their norm, which is `total`, becomes `norm`; a norm that overflows is taken of g/max|g|. */
function rescaled(gradients: readonly Tensor[], total: number, norm: number, ord: number): readonly Tensor[] {
  if (total !== Infinity) return gradients.map((g) => mul(g, norm / total));
  const largest = totalNorm(gradients, Infinity);
  const units = gradients.map((g) => div(g, largest));
  const unitNorm = totalNorm(units, ord);
  return units.map((u) => mul(u, norm / unitNorm));
}

/** The same where the gradients are not known yet: in units of the largest element, so that no norm overflows. */
function clippedByOps(gradients: readonly Tensor[], c: number): readonly Tensor[] {
  const largest = max(stack(gradients.map((g) => max(abs(g)))));
  const units = gradients.map((g) => div(g, largest));
  const unitNorm = norm(stack(units.map((u) => norm(u))));
  const within = le(mul(unitNorm, largest), c);
  return gradients.map((g, i) => where(logicalOr(within, eq(largest, 0)), g, mul(units[i]!, div(c, unitNorm))));
}

/**
 * Scales all gradients together so that their joint norm, √Σg², is at most `maxNorm`: g ← g·min(1, maxNorm/‖g‖).
 * @throws UsageError unless maxNorm is positive.
 * @see Pascanu, Mikolov, Bengio 2013; optax.clip_by_global_norm
 * @example
 * const { init, update } = clipByGlobalNorm(1);
 * update({ a: [3], b: [4] }, init({}), {})[0]; // → { a: [0.6], b: [0.8] }
 */
export function clipByGlobalNorm(maxNorm: Numeric): GradientTransform<ClipState> {
  const settings = new Settings('clipByGlobalNorm', { maxNorm: [maxNorm, 'positive'] });
  return {
    init: () => ({ step: 0 }),
    update: (grads, { step }) =>
      noGrad(() => {
        const { maxNorm: c } = settings.at(step);
        const tree = flattenTree('clipByGlobalNorm', grads);
        if (tree.leaves.some((g) => g.pending)) return [tree.rebuild(clippedByOps(tree.leaves, c)) as Tree, { step: step + 1 }];
        const total = totalNorm(tree.leaves, 2);
        return [total <= c ? grads : (tree.rebuild(rescaled(tree.leaves, total, c, 2)) as Tree), { step: step + 1 }];
      }),
  };
}

/**
 * Clips every element of the gradients to [−maxValue, maxValue].
 * @throws UsageError unless maxValue is positive.
 * @see optax.clip, torch.nn.utils.clip_grad_value_
 * @example
 * const { init, update } = clipByValue(1);
 * update([0.5, -4], init([]), [])[0]; // → [0.5, -1]
 */
export function clipByValue(maxValue: Numeric): GradientTransform<ClipState> {
  const settings = new Settings('clipByValue', { maxValue: [maxValue, 'positive'] });
  return {
    init: () => ({ step: 0 }),
    update: (grads, { step }) =>
      noGrad((): [Tree, ClipState] => {
        const { maxValue: c } = settings.at(step);
        return [zipTrees('clipByValue', (g: Tensor) => clip(g, -c, c), grads), { step: step + 1 }];
      }),
  };
}

/** Options of `clipGradNorm`. */
export interface ClipGradNormOptions {
  /** Order of the norm; Infinity is the largest absolute value; default 2. */
  normType?: number;
  /** Throw when the norm is NaN or infinite? Default false: the gradients become NaN, and `step` refuses them. */
  errorIfNonfinite?: boolean;
}

function withGrad(op: string, params: readonly Parameter[]): Parameter[] {
  if (!Array.isArray(params)) throw new UsageError(op, 'needs a list of parameters', `got ${String(params)}`, '[w] for one');
  return (params as readonly Parameter[]).filter((p) => p.grad !== null);
}

/**
 * Scales the `.grad` of the parameters together so that their joint norm is at most `maxNorm`, and returns what it was.
 * @throws UsageError unless maxNorm and normType are positive, or with errorIfNonfinite for a norm that is not finite.
 * @see torch.nn.utils.clip_grad_norm_
 * @example
 * const w = parameter([3, 4]);
 * sum(mul(w, w)).backward();
 * clipGradNorm([w], 1); // → 10
 * w.grad; // → [0.6, 0.8]
 */
export function clipGradNorm(params: readonly Parameter[], maxNorm: number, options: ClipGradNormOptions = {}): number {
  checkOptions('clipGradNorm', options, ['normType', 'errorIfNonfinite']);
  const { normType = 2, errorIfNonfinite = false } = options;
  for (const [name, value] of Object.entries({ maxNorm, normType }))
    if (!(value > 0)) throw new UsageError('clipGradNorm', `${name} must be positive`, String(value));
  const moved = withGrad('clipGradNorm', params);
  if (moved.length === 0) return 0;
  const gradients = moved.map((p) => p.grad!);
  const total = noGrad(() => totalNorm(gradients, normType));
  if (errorIfNonfinite && !Number.isFinite(total))
    throw new UsageError('clipGradNorm', 'the norm of the gradients is not finite', String(total), 'they were left as they are');
  const guarded = total + 1e-6; // as torch does, against a norm of 0
  if (maxNorm / guarded >= 1) return total;
  const clipped = noGrad(() => rescaled(gradients, guarded, maxNorm, normType));
  moved.forEach((p, i) => (p.grad = clipped[i]!));
  return total;
}

/**
 * Clips every element of the `.grad` of the parameters to [−clipValue, clipValue].
 * @throws UsageError unless clipValue is positive.
 * @see torch.nn.utils.clip_grad_value_
 * @example
 * const w = parameter([3, -0.1]);
 * sum(mul(w, w)).backward();
 * clipGradValue([w], 1);
 * w.grad; // → [1, -0.2]
 */
export function clipGradValue(params: readonly Parameter[], clipValue: number): void {
  if (!(clipValue > 0)) throw new UsageError('clipGradValue', 'clipValue must be positive', String(clipValue));
  for (const p of withGrad('clipGradValue', params)) p.grad = noGrad(() => clip(p.grad!, -clipValue, clipValue));
}
