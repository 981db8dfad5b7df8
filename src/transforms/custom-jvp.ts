/**
 * @file Forward rules of one's own: how tangents move. The gradient is the transpose of that map.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { isFloat } from '../graph/dtype.js';
import { ShapeError, UsageError } from '../graph/errors.js';
import { sameShape, type Shape, showShape } from '../graph/shape.js';
import { state } from '../graph/state.js';
import { captured } from '../graph/sweep.js';
import { verify } from '../graph/tape.js';
import { now, type Tensor } from '../graph/tensor.js';
import { isLeaf } from '../graph/tree.js';
import { rootOf } from '../graph/vjp.js';
import { zeros } from '../ops/create.js';
import { repeatable } from '../ops/repeatable.js';
import { noGrad } from './custom.js';
import { type Batch, isTracked, runningBatch } from './examples.js';
import { linearizeAll } from './vjp.js';
import { withPullback } from './with-pullback.js';

/** A rule of tangents: value and tangent of the result, which is linear in the tangents of the arguments. */
export type CustomJvp<P extends readonly Tensor[]> = (primals: P, tangents: P) => readonly [out: Tensor, tangent: Tensor];

const REFUSAL = { name: 'a tensor of its closure', instead: 'the rule says nothing about it: make it an argument' };

/** The two halves of what a rule returned. */
function halves(result: unknown): readonly [out: Tensor, tangent: Tensor] {
  const list: readonly unknown[] = Array.isArray(result) ? result : [];
  if (list.length !== 2 || !list.every(isLeaf)) throw new UsageError('customJvp', 'the rule must return [out, tangent]');
  return [toTensor(list[0] as Tensor, 'customJvp'), toTensor(list[1] as Tensor, 'customJvp')];
}

/** Throws where a tangent of zeros does not give one: then the rule forgets to multiply by it, and its gradient would be 0. */
function mustVanish(tangent: Tensor): void {
  if (state.planning !== null) return;
  verify(tangent, (data) => {
    if (data.some((v: number) => v !== 0 && !Number.isNaN(v)))
      throw new UsageError('customJvp', 'the rule must be linear in the tangents', 'it gives something for tangents of zero');
  });
}

/**
 * f with a forward rule of one's own: `rule(primals, tangents)` gives value and tangent of the result. Written in ops, it serves every
 * transform: `jvp` runs it, `grad` transposes its map of tangents, higher orders differentiate it. Values come from f. Arguments are tensors.
 * @throws UsageError for a rule whose tangent is not linear in the tangents, ShapeError for a tangent of another shape than the value,
 * GradError where a derivative is asked for a tensor that f closes over.
 * @see jax.custom_jvp
 * @example
 * const log1pexp = customJvp((x) => log(add(1, exp(x))), ([x], [t]) => [log(add(1, exp(x))), mul(t, sub(1, div(1, add(1, exp(x)))))]);
 * grad(log1pexp)(1000); // → 1
 */
export function customJvp<P extends readonly Tensor[] = [Tensor]>(
  f: (...args: P) => Tensor,
  rule: CustomJvp<P>,
): (...args: { [K in keyof P]: TensorLike }) => Tensor {
  if (typeof f !== 'function' || typeof rule !== 'function') throw new UsageError('customJvp', 'needs f and a rule (primals, tangents)');
  return (...args) => {
    if (!args.every(isLeaf)) throw new UsageError('customJvp', 'arguments must be tensors, not trees', undefined, 'close over the rest');
    const primals = args.map((x) => toTensor(x));
    const run = (...xs: Tensor[]): Tensor => toTensor(f(...(xs as unknown as P)), 'customJvp');
    if (!state.recording) return run(...primals);
    return ruled(f.name ? `customJvp(${f.name})` : 'customJvp', run, rule as unknown as AnyRule, primals);
  };
}

type AnyRule = CustomJvp<readonly Tensor[]>;

/** A call whose derivative is the transpose of the rule's map of tangents. */
function ruled(name: string, f: (...xs: Tensor[]) => Tensor, rule: AnyRule, primals: readonly Tensor[]): Tensor {
  const batch = runningBatch();
  const outer = batch !== null && primals.some((x) => isTracked(batch.spread(x)));
  const example = repeatable(() => (outer ? overBatch(name, f, rule, primals, batch) : undefined));
  const since = now();
  const roots = noGrad(() => primals.map(rootOf));
  const value = example.again(() => f(...roots));
  const outside = captured([value], since);
  const active = primals.flatMap((x, i) => (x.node !== null && isFloat(x.dtype) ? [i] : []));
  const { shape } = value; // and nothing else of it: the pullback must not keep what f computed
  /** Tangent of the result for tangents of the active arguments. */
  const push = (...moving: Tensor[]): Tensor => {
    const tangents = primals.map((x, i) => (active.includes(i) ? moving[active.indexOf(i)]! : zeros(x.shape, { dtype: x.dtype })));
    const [out, tangent] = halves(rule(primals, tangents));
    mustHave(shape, 'value', out);
    mustHave(shape, 'tangent', tangent);
    return tangent;
  };
  const inputs = active.map((i) => primals[i]!);
  const pull = (g: Tensor): readonly Tensor[] => {
    const map = linearizeAll('customJvp', push, inputs.map((x) => zeros(x.shape, { dtype: x.dtype }))); // prettier-ignore
    mustVanish(map.outputs[0]!);
    return map.pull([g]).flat();
  };
  return withPullback(example.result ?? value, { name, inputs, pull, refused: outside, refusal: REFUSAL });
}

/** The call with all examples at once: rule and function of one example are those of a batch. */
function overBatch(name: string, f: (...xs: Tensor[]) => Tensor, rule: AnyRule, primals: readonly Tensor[], batch: Batch): Tensor {
  const examples = (wholes: readonly Tensor[]): Tensor[] => wholes.map((w, i) => (batch.maps(primals[i]!) ? batch.example(w) : w));
  const onWholes = (...wholes: Tensor[]): Tensor => batch.within(() => batch.whole(f(...examples(wholes))));
  const ruleOfWholes: AnyRule = (wholes, tangents) =>
    batch.within(() => {
      const [out, tangent] = halves(rule(examples(wholes), examples(tangents)));
      return [batch.whole(out), batch.whole(tangent)];
    });
  const spread = primals.map((x) => batch.spread(x));
  return batch.example(batch.outside(() => ruled(name, onWholes, ruleOfWholes, spread)));
}

function mustHave(shape: Shape, what: string, t: Tensor): void {
  if (!sameShape(t.shape, shape))
    throw new ShapeError('customJvp', `the rule gave a ${what} of shape ${showShape(t.shape)}`, `expected ${showShape(shape)}`);
}
