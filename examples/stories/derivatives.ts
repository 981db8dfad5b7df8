/**
 * @file Derivative, gradient, Jacobian, Hessian and chain rule: every example of the lecture, by the tape. Lecture 003:911–974;
 * rows 104–108.
 *
 *   npx tsx examples/stories/derivatives.ts
 */
import { add, div, grad, hessian, hvp, jacfwd, jacobian, linspace, minimize, mul, numericalGradient, square, stack, sub } from 'chainrule';
import { sum, take, tensor, type Tensor } from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

/** (4 − 2.1x₁² + x₁⁴/3)·x₁² + x₁x₂ + (−4 + 4x₂²)·x₂². */
const sixHumps = (x: Tensor): Tensor => {
  const [a, b] = [square(take(x, 0)), square(take(x, 1))];
  const along = mul(add(sub(4, mul(2.1, a)), div(square(a), 3)), a);
  return add(add(along, mul(take(x, 0), take(x, 1))), mul(sub(mul(4, b), 4), b));
};

/** (2x₁ + x₂², −x₁² + 3x₂, 4x₁x₂). */
const three = (x: Tensor): Tensor => {
  const [a, b] = [take(x, 0), take(x, 1)];
  return stack([add(mul(2, a), square(b)), sub(mul(3, b), square(a)), mul(4, mul(a, b))]);
};

// f(x) = g(h(x)) = 3·(2x² − 1)² − 2·(2x² − 1) + 5, and h itself as a chain
const g = (u: Tensor): Tensor => add(sub(mul(3, square(u)), mul(2, u)), 5);
const h = (x: Tensor): Tensor => sub(mul(2, square(x)), 1);
const f = (x: Tensor): Tensor => g(h(x));

export interface Result {
  /** The gradient of the six-hump function at (0, 1) and (2, 1). */
  readonly gradients: readonly (readonly number[])[];
  /** Its value before and after a step of 0.01 along −∇ from (0, 1), and its lowest value. */
  readonly descent: readonly [before: number, after: number, lowest: number];
  /** J of the three functions at (2, 1), row by row, and the largest difference between reverse and forward mode. */
  readonly jacobian: readonly number[];
  readonly modes: number;
  /** H of the six-hump function at (0, 1), and H·(1, 1) without H. */
  readonly hessian: readonly number[];
  readonly product: readonly number[];
  /** f′(1), and g′(h(1)) and h′(1), whose product it is. */
  readonly chain: readonly [whole: number, outer: number, inner: number];
  /** The derivative of g(h(h(1))), and its three factors. */
  readonly threeLevels: readonly [whole: number, ...factors: number[]];
  /** Coefficients of f′: of 1, x, x², x³, x⁴. */
  readonly coefficients: readonly number[];
}

export async function story({ out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const list = (t: Tensor): number[] => [...t.data];
  const text = (t: Tensor): string =>
    JSON.stringify(t.toArray(), (_, v: unknown) => (typeof v === 'number' ? Number(v.toPrecision(6)) : v));
  const [start, other] = [tensor([0, 1]), tensor([2, 1])];
  const slope = grad(sixHumps);
  const gradients = [list(slope(start)), list(slope(other))];
  const J = jacobian(three)(other);
  const forward = jacfwd(three)(other);
  const H = hessian(sixHumps)(start);
  console.log('\nDerivatives\n');
  table([
    ['', 'ours', 'lecture'],
    ['∇f of the six humps at (0, 1)', text(slope(start)), '(2x₁⁵ − 8.4x₁³ + 8x₁ + x₂, 16x₂³ − 8x₂ + x₁) = (1, 8)'],
    ['∇f at (2, 1)', text(slope(other)), 'the same formula = (13.8, 10)'],
    ['J of three functions at (2, 1)', text(J), '(2 2; −4 3; 4 8)'],
    ['H of the six humps at (0, 1)', text(H), '(8 1; 1 40)'],
  ]);
  const modes = Math.max(...list(sub(J, forward)).map(Math.abs));
  const [, Hv] = hvp(sixHumps, start, tensor([1, 1]));
  console.log(
    `  J has a row an output, m × d; reverse mode pulls three rows, forward mode pushes two columns: the same. H·(1, 1) = ${text(Hv)} came without H.`,
  );

  const before = sixHumps(start).item();
  const after = sixHumps(sub(start, mul(0.01, slope(start)))).item();
  const lowest = minimize(sixHumps, tensor([0, 0.5])).value;
  console.log(
    `  "The minima may exist in the direction of −f′": a step of 0.01·∇f from (0, 1) goes from ${before} to ${after.toFixed(4)}, minimize to ${lowest.toFixed(4)}.\n`,
  );

  // the limit of its definition: (f(x + Δx) − f(x)) / Δx at x = 1
  const quotients = [1, 0.1, 0.01, 0.001].map((d) => [String(d), numericalGradient(f, 1, { h: d, scheme: 'forward' }).item()] as const);
  table([['Δx', 'quotient at x = 1'], ...quotients, ['→ 0', grad(f)(1).item()]]);
  const [whole, outer, inner] = [grad(f)(1).item(), grad(g)(h(tensor(1))).item(), grad(h)(1).item()];
  const deep = (x: Tensor): Tensor => g(h(h(x)));
  const one = tensor(1.5);
  const threeLevels = [grad(deep)(one), grad(g)(h(h(one))), grad(h)(h(one)), grad(h)(one)].map((t) => t.item()) as [number, ...number[]];
  console.log(`  Chain rule: f′(1) = g′(h(1))·h′(1) = ${outer}·${inner} = ${whole}; the lecture's 48x³ − 32x is ${48 - 32} there.
  Three levels, g(h(h(x))) at 1.5: ${threeLevels.slice(1).join(' · ')} = ${threeLevels[0]}.`);

  // f′ is a polynomial: its k-th coefficient is f⁽ᵏ⁺¹⁾(0)/k!
  let derivative: (x: Tensor) => Tensor = grad(f);
  const coefficients: number[] = [];
  for (let k = 0, factorial = 1; k <= 4; k++, factorial *= k) {
    coefficients.push(derivative(tensor(0)).item() / factorial);
    derivative = grad(derivative);
  }
  console.log(
    `  By nested grad, the coefficients of f′ are ${coefficients.join(', ')} for 1, x, x², x³, x⁴: the lecture's formula is right.`,
  );
  const xs = linspace(-1.1, 1.1, 200);
  const slopes = grad((x: Tensor) => sum(f(x)))(xs); // each f(x) reads its own x only
  await picture(out, 'derivatives', () =>
    lines(
      [
        { name: 'f', x: xs, y: f(xs) },
        { name: 'f′', x: xs, y: slopes },
      ],
      { title: 'f = 3(2x² − 1)² − 2(2x² − 1) + 5', xLabel: 'x' },
    ),
  );
  const result = { gradients, jacobian: list(J), modes, hessian: list(H), product: list(Hv), threeLevels, coefficients };
  return { ...result, descent: [before, after, lowest], chain: [whole, outer, inner] };
}

await tell(import.meta.url, story);
