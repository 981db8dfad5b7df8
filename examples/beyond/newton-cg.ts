/**
 * @file Newton-CG: Newton's method for many variables. The step solves H·p = −∇f by conjugate gradients, which needs H only as a product
 * with vectors: `hvp`, one gradient more and no matrix. It is stopped early far from the minimum, and where the curvature is negative.
 * Nocedal and Wright, Numerical Optimization, algorithm 7.1.
 *
 *   npx tsx examples/beyond/newton-cg.ts
 */
import { add, full, grad, hvp, mul, neg, norm, slice, square, sub, sum, type Tensor, zeros } from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, type StoryOptions, table, tell } from '../stories/tell.js';

type Objective = (x: Tensor) => Tensor;

/** What was found, and what it took. */
export interface Newton {
  readonly x: readonly number[];
  /** Value and length of the gradient, at the start and after each step. */
  readonly values: readonly number[];
  readonly gradients: readonly number[];
  /** Products of the Hessian with a vector. */
  readonly products: number;
}

const inner = (a: Tensor, b: Tensor): number => sum(mul(a, b)).item();

/** A direction p with H·p ≈ −g, downhill even where H is not positive definite; and how many products it took. */
function direction(f: Objective, x: Tensor, g: Tensor, tolerance: number): [p: Tensor, products: number] {
  let [p, r]: Tensor[] = [zeros(x.shape), g];
  let d = neg(g);
  for (let k = 0; k < 2 * x.size; k++) {
    const [, Hd] = hvp(f, [x], [d]);
    const curvature = inner(d, Hd[0]);
    if (curvature <= 0) return [k === 0 ? neg(g) : p!, k + 1];
    const rr = inner(r!, r!);
    const alpha = rr / curvature;
    p = add(p!, mul(alpha, d));
    r = add(r!, mul(alpha, Hd[0]));
    if (norm(r).item() <= tolerance) return [p, k + 1];
    d = add(neg(r), mul(inner(r, r) / rr, d));
  }
  return [p!, 2 * x.size];
}

/** Minimizes f from x until the gradient is shorter than 1e-9; each step is halved until f falls by Armijo's rule. */
export function newtonCg(f: Objective, start: Tensor, most = 500): Newton {
  const gradient = grad(f);
  let x = start;
  const values: number[] = [];
  const gradients: number[] = [];
  let products = 0;
  for (let k = 0; k <= most; k++) {
    const g = gradient(x);
    const length = norm(g).item();
    values.push(f(x).item());
    gradients.push(length);
    if (length < 1e-9) break;
    // the nearer the minimum, the more exactly: this is what makes the convergence faster than linear
    const [p, count] = direction(f, x, g, Math.min(0.5, Math.sqrt(length)) * length);
    products += count;
    const slope = inner(g, p);
    let t = 1;
    while (t > 1e-12 && !(f(add(x, mul(t, p))).item() <= values.at(-1)! + 1e-4 * t * slope)) t /= 2;
    x = add(x, mul(t, p));
  }
  return { x: [...x.data], values, gradients, products };
}

/** Rosenbrock's valley in n dimensions: Σ 100·(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)², smallest, 0, where all are 1. */
export const rosenbrock: Objective = (x) => {
  const [head, tail] = [slice(x, [[0, -1]]), slice(x, [[1, null]])];
  return sum(add(mul(100, square(sub(tail, square(head)))), square(sub(1, head))));
};

export async function story({ budget = 'full', out = 'out/beyond' }: StoryOptions = {}): Promise<Readonly<Record<number, Newton>>> {
  const sizes = budget === 'full' ? [10, 100, 1000] : [10, 100];
  const found = Object.fromEntries(sizes.map((n) => [n, newtonCg(rosenbrock, full([n], 0.5))]));
  console.log("\nNewton-CG on Rosenbrock's valley from 0.5, 0.5, …\n");
  table([
    ['variables', 'steps', 'products H·v', 'f at the end', '‖∇f‖', 'largest |xᵢ − 1|', 'a whole Hessian at each step'],
    ...sizes.map((n) => {
      const { x, values, gradients, products } = found[n]!;
      const off = Math.max(...x.map((v) => Math.abs(v - 1)));
      const whole = `${((values.length - 1) * n).toLocaleString('en')} products`;
      return [
        String(n),
        values.length - 1,
        products,
        values.at(-1)!.toExponential(1),
        gradients.at(-1)!.toExponential(1),
        off.toExponential(1),
        whole,
      ];
    }),
  ]);
  const { gradients } = found[100]!;
  table([
    ['last gradients, 100 variables', ...gradients.slice(-5).map((g) => g.toExponential(0))],
  ]); // prettier-ignore
  console.log('  The gradient falls faster with every step. Memory: a few vectors, never the n × n matrix.\n');
  await picture(out, 'newton-cg', () =>
    lines(
      sizes.map((n) => ({ name: `${n} variables`, x: found[n]!.gradients.map((_, k) => k), y: found[n]!.gradients })),
      { title: 'Newton-CG on Rosenbrock', xLabel: 'step', yLabel: 'length of the gradient', yScale: 'log' },
    ),
  );
  return found;
}

await tell(import.meta.url, story);
