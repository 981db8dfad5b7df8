/**
 * @file From an update rule, the formula for one tensor, to a transform of trees. What all optimizers share is here, once: schedules,
 * the step count, coupled weight decay, maximising.
 */
import { tensor } from '../graph/create.js';
import { ShapeError, UsageError } from '../graph/errors.js';
import { sameShape, showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { flattenTree } from '../graph/tree.js';
import { add, mul, neg } from '../ops/arithmetic.js';
import { noGrad } from '../transforms/custom.js';
import type { Tree } from '../transforms/types.js';
import { type Numeric, type Setting, Settings } from './settings.js';
import type { GradientTransform } from './transform.js';

/** Options that every optimizer has. */
export interface OptimizerOptions {
  /** Learning rate: a number or a schedule. */
  lr?: Numeric;
  /** Weight decay: a number or a schedule. */
  weightDecay?: Numeric;
  /** Climb instead of descend? Default false. */
  maximize?: boolean;
}

/** The settings that every optimizer has. */
export function shared(lr: Numeric, weightDecay: Numeric): { lr: Setting; weightDecay: Setting } {
  return { lr: [lr, 'nonnegative'], weightDecay: [weightDecay, 'nonnegative'] };
}

/** State of an optimizer: what it counts, and its buffers, each a tree like the parameters. */
export type RuleState<B extends string> = {
  /** Steps taken. */
  readonly step: number;
  /** Rate of the latest step. */
  readonly lr: number;
  /** Steps that each parameter has taken part in, where the formula asks for them. */
  readonly age?: Tree;
} & { readonly [K in B]: Tree };

/** Names of entries of a state that are counts: like numbers they are known before a step. */
export const COUNTS: ReadonlySet<string> = new Set(['age']);

/** The formula for one tensor. */
export interface UpdateRule<K extends string, B extends string> {
  readonly name: string;
  readonly settings: Readonly<Record<K | 'lr' | 'weightDecay', Setting>>;
  readonly maximize: boolean;
  /** Is weight decay left to the formula? Else weightDecay·w is added to the gradient. */
  readonly decoupled?: boolean;
  /** Does the formula look at the step count? A parameter that sits out a step, as its gradient is missing, is not older after it. */
  readonly ages?: boolean;
  /** Buffers before the first step, for one parameter. */
  readonly buffers: (w: Tensor) => Readonly<Record<B, Tensor>>;
  /** What is added to w, and the next buffers. `step` counts the steps of w from 1, as the papers do. */
  readonly update: (
    g: Tensor,
    buffers: Readonly<Record<B, Tensor>>,
    now: Readonly<Record<K | 'lr' | 'weightDecay', number>>,
    step: number,
    w: Tensor,
  ) => readonly [update: Tensor, buffers: Readonly<Record<B, Tensor>>];
}

/** A pure pair from a rule. */
export function fromRule<K extends string, B extends string>(rule: UpdateRule<K, B>): GradientTransform<RuleState<B>> {
  const { name, maximize, decoupled = false, ages = false } = rule;
  const settings = new Settings(name, rule.settings);
  return {
    init(params) {
      const tree = flattenTree(name, params);
      const each = tree.leaves.map((w) => rule.buffers(w));
      const names = Object.keys(each[0] ?? {}) as B[];
      const buffers = names.map((b) => [b, tree.rebuild(each.map((leaf) => leaf[b]))]);
      const age = ages && { age: tree.rebuild(tree.leaves.map(() => tensor(0))) };
      return { step: 0, lr: settings.at(0).lr, ...age, ...Object.fromEntries(buffers) } as RuleState<B>;
    },
    update: (grads, state, params) =>
      noGrad(() => {
        const now = settings.at(state.step);
        const weights = flattenTree(name, params);
        const names = Object.keys(state).filter((k) => k !== 'step' && k !== 'lr' && k !== 'age') as B[];
        const [gradients, ...stored] = [grads, ...names.map((b) => state[b])].map((tree) => leavesLike(name, tree, weights.leaves));
        const steps = ages && flattenTree(name, state.age).leaves.map((age) => age.item() + 1);
        const results = weights.leaves.map((w, i) => {
          let g = gradients![i]!;
          if (maximize) g = neg(g);
          if (!decoupled && now.weightDecay !== 0) g = add(g, mul(w, now.weightDecay));
          const buffers = Object.fromEntries(names.map((b, j) => [b, stored[j]![i]!])) as Record<B, Tensor>;
          return rule.update(g, buffers, now, steps ? steps[i]! : state.step + 1, w);
        });
        const next = names.map((b) => [b, weights.rebuild(results.map(([, buffers]) => buffers[b]))]);
        return [
          weights.rebuild(results.map(([update]) => update)) as Tree,
          {
            step: state.step + 1,
            lr: now.lr,
            ...(steps && { age: weights.rebuild(steps.map((age) => tensor(age))) }),
            ...Object.fromEntries(next),
          } as RuleState<B>,
        ];
      }),
  };
}

function leavesLike(name: string, tree: Tree, like: readonly Tensor[]): readonly Tensor[] {
  const { leaves } = flattenTree(name, tree);
  if (leaves.length !== like.length)
    throw new UsageError(name, 'trees must have the same structure', `${leaves.length} and ${like.length} leaves`);
  leaves.forEach((leaf, i) => {
    if (!sameShape(leaf.shape, like[i]!.shape))
      throw new ShapeError(
        name,
        'gradients, state and parameters differ in shape',
        `${showShape(leaf.shape)} and ${showShape(like[i]!.shape)}`,
      );
  });
  return leaves;
}
