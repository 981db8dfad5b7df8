/**
 * @file Along one direction an input: vᵀJu by a pull, by a push and by central differences.
 */
import { Tensor } from '../graph/tensor.js';
import { mul, sub } from '../ops/arithmetic.js';
import { Generator, randint, uniform } from '../ops/random.js';
import { zeros } from '../ops/create.js';
import { linearize } from '../transforms/linearize.js';
import { linearizeAll } from '../transforms/vjp.js';
import { checkAtZero, differ, type How } from './elements.js';
import { evaluateAt, flattenLeaves, type Subject } from './inputs.js';
import { excess, type Findings } from './report.js';

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((total, v, i) => total + v * b[i]!, 0);
const size1 = (a: Tensor): number => Array.from(a.data).reduce((total, v) => total + Math.abs(v), 0);

/** x + by·direction. */
function along(x: Tensor, direction: Tensor, by: number): Tensor {
  return new Tensor(
    x.shape,
    'float64',
    Float64Array.from(x.data, (v, i) => v + by * direction.data[i]!),
    null,
  );
}

/**
 * Do vᵀJu of all inputs and outputs agree, for random u and v? The error of vᵀJu is at most Σ|uᵢ||vⱼ| times that of an element, so its
 * absolute tolerance is that of an element times |u|₁·|v|₁.
 */
export function agreeAlong(point: Subject, found: Findings, { nondetTol, forward }: How): boolean {
  const { name, f, inputs, active, primals, call, eps } = point;
  const generator = new Generator(0);
  // of either sign, and none near 0: no element is overlooked
  const random = (like: Tensor): Tensor => {
    const signs = sub(mul(randint(0, 2, like.shape, { generator }), 2), 1);
    return mul(signs, uniform(like.shape, { generator, low: 0.5, high: 1 }));
  };
  const run = linearizeAll('gradcheck', call, primals);
  const again = linearizeAll('gradcheck', call, primals);
  const [us, vs] = [primals.map(random), run.outputs.map(random)];
  const push = forward ? linearize((...xs: Tensor[]) => flattenLeaves(call, xs), [...primals])[1] : undefined;
  const seeds = (o: number): Tensor[] => vs.map((v, i) => (i === o ? v : zeros(v.shape)));
  const [rows, second] = [run, again].map((r) => vs.map((_, o) => r.pull(seeds(o)).flat())) as [Tensor[][], Tensor[][]];
  let agree = true;
  active.forEach((input, k) => {
    const u = us[k]!;
    const moved = (by: number): Float64Array[] =>
      evaluateAt(name, f, inputs, input, along(primals[k]!, u, by), `input ${input} is moved along a random direction`);
    const [up, down] = [moved(eps), moved(-eps)];
    const pushed = push?.(...primals.map((x, i) => (i === k ? u : zeros(x.shape))));
    vs.forEach((v, o) => {
      const numeric = (dot(up[o]!, v.data) - dot(down[o]!, v.data)) / (2 * eps);
      const allowed = found.atol * size1(u) * size1(v) + found.rtol * Math.abs(numeric);
      const reverse = rows[o]![k]!.data;
      const analytic = [dot(reverse, u.data), ...(pushed === undefined ? [] : [dot(pushed[o]!.data, v.data)])];
      if (analytic.some((value) => excess(value, numeric, allowed) > 0)) agree = false;
      if (reverse.some((value: number, i) => Math.abs(value - second[o]![k]!.data[i]!) > nondetTol)) differ(found);
    });
  });
  if (agree) checkAtZero(point, found);
  return agree;
}
