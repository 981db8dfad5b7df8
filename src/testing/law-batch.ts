/**
 * @file L11, the law of batches: vmap(op) = stack(op), in value and in pullback, whichever inputs differ from example to example.
 */
import { convert } from '../graph/create.js';
import { GradcheckError } from '../graph/errors.js';
import { sameShape, showShape } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import type { Definition, Sample } from '../ops/define.js';
import { flip, stack } from '../ops/slicing.js';
import { linearizeAll } from '../transforms/vjp.js';
import { vmap } from '../transforms/vmap.js';
import { differentiable, type Numbers } from './laws.js';

/** Sums of a product may be taken in another order, nothing else differs. */
const TOLERANCE = 1e-10;

function mustAgree(op: Definition, what: string, mapped: readonly boolean[], got: Tensor, expected: Tensor): void {
  const where = `mapped inputs: ${op.inputs.length === 0 ? 'none' : mapped.map((m, i) => (m ? i : '')).join(' ')}`;
  if (!sameShape(got.shape, expected.shape) || got.dtype !== expected.dtype)
    throw new GradcheckError(
      op.name,
      `L11: vmap of the ${what} has another shape or type`,
      `${got.dtype}${showShape(got.shape)} and ${expected.dtype}${showShape(expected.shape)}`,
      where,
    );
  expected.data.forEach((v, i) => {
    const w = got.data[i]!;
    if (!Object.is(v, w) && !(Math.abs(v - w) <= TOLERANCE * Math.max(1, Math.abs(v))))
      throw new GradcheckError(op.name, `L11: vmap of the ${what} differs from its examples`, `${w} and ${v} at ${i}`, where);
  });
}

/** L11: over two examples, for every choice of inputs that differ, the batch gives what the examples give one by one. */
export function lawBatch(op: Definition, { inputs, attrs }: Sample<unknown>, numbers: Numbers): void {
  // the second example holds the same numbers backwards: whatever the domain is, they lie in it
  const others = inputs.map((x) => flip(x));
  const active = differentiable(op, inputs);
  for (let choice = 1; choice < 1 << inputs.length; choice++) {
    const mapped = inputs.map((_, i) => (choice & (1 << i)) !== 0);
    const examples = [inputs, inputs.map((x, i) => (mapped[i] === true ? others[i]! : x))];
    const whole = inputs.map((x, i) => (mapped[i] === true ? stack([x, others[i]!]) : x));
    const inAxes = mapped.map((m) => (m ? 0 : null));
    const outputs = examples.map((xs) => op.apply(xs, attrs));
    mustAgree(op, 'value', mapped, vmap((...xs: Tensor[]) => op.apply(xs, attrs), { inAxes })(...whole), stack(outputs));
    if (active.length === 0) continue;
    const seeds = outputs.map((y) => new Tensor(y.shape, 'float64', convert(numbers(y.size), 'float64'), null));
    const pulled = (g: Tensor, ...xs: Tensor[]): Tensor[] => {
      const f = (...own: Tensor[]): Tensor => op.apply(xs.map((x, i) => (active.includes(i) ? own[active.indexOf(i)]! : x)), attrs); // prettier-ignore
      return linearizeAll('L11', f, active.map((i) => xs[i]!)).pull([g]).flat(); // prettier-ignore
    };
    const each = examples.map((xs, i) => pulled(seeds[i]!, ...xs));
    const all = vmap(pulled, { inAxes: [0, ...inAxes] })(stack(seeds), ...whole);
    active.forEach((_, k) => mustAgree(op, 'pullback', mapped, all[k]!, stack(each.map((gs) => gs[k]!))));
  }
}
