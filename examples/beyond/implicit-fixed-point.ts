/**
 * @file Implicit differentiation: the derivative of a fixed point z = step(z, θ) without the way that led there. From dz = J·dz + ∂θ·dθ follows
 * θ̄ = ∂θᵀ·u with u = Jᵀ·u + z̄, which is a fixed point again. So `customVjp` needs no matrix, keeps no iterate, and calls itself: every order works.
 *
 *   npx tsx examples/beyond/implicit-fixed-point.ts
 */
import {
  abs,
  add,
  cos,
  customVjp,
  Generator,
  grad,
  gradcheck,
  gradgradcheck,
  matmul,
  max,
  mul,
  noGrad,
  norm,
  normal,
  parameter,
  square,
  sub,
} from 'chainrule';
import { sum, tanh, type Tensor, tensor, vjp, zeros } from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, type StoryOptions, table, tell } from '../stories/tell.js';

type Step = (z: Tensor, ...theta: Tensor[]) => Tensor;

/** Iterates z ← step(z) until it moves less than `tolerance`. */
function iterate(step: (z: Tensor) => Tensor, start: Tensor, tolerance = 1e-15, most = 2000): Tensor {
  let z = start;
  for (let k = 0; k < most; k++) {
    const next = step(z);
    const moved = norm(sub(next, z)).item();
    z = next;
    if (moved <= tolerance * Math.max(1, norm(z).item())) break;
  }
  return z;
}

/** θ → the z with z = step(z, θ), for a step that contracts; differentiable in θ, to any order. */
export function fixedPoint(step: Step, start: Tensor): (...theta: Tensor[]) => Tensor {
  const solve = (...theta: Tensor[]): Tensor => noGrad(() => iterate((z) => step(z, ...theta), start));
  const solution: (...theta: Tensor[]) => Tensor = customVjp(solve, {
    fwd: (...theta: Tensor[]) => [solve(...theta), theta],
    bwd: (theta: Tensor[], g) => {
      const z = solution(...theta);
      // u = Jᵀ·u + g, whose parameters are g, z and θ
      const adjoint = fixedPoint(
        (u, c, at, ...t) =>
          add(
            c,
            pullOne((v) => step(v, ...t), at, u),
          ),
        zeros(z.shape),
      );
      const u = adjoint(g, z, ...theta);
      const [, pull] = vjp((...t: Tensor[]) => step(z, ...t), theta);
      return pull(u);
    },
  });
  return solution;
}

/** Jᵀ·u of a function of one tensor. */
function pullOne(f: (x: Tensor) => Tensor, x: Tensor, u: Tensor): Tensor {
  const [, pull] = vjp(f, [x]);
  return pull(u)[0];
}

/** How many results the graph of a tensor keeps for its derivative. */
function kept(of: Tensor): number {
  const seen = new Set([of]);
  for (const { node } of seen) for (const input of node?.inputs ?? []) if (input.node !== null) seen.add(input);
  return seen.size;
}

/** What the story found. */
export interface Result {
  /** x = cos(θx) at θ = 1: x, dx/dθ and d²x/dθ². */
  readonly cosine: readonly [x: number, first: number, second: number];
  /** Of the layer: gradcheck and gradgradcheck. */
  readonly checked: readonly [first: boolean, second: boolean];
  /** Largest difference from the gradient through that many unrolled steps. */
  readonly unrolled: readonly { readonly steps: number; readonly difference: number; readonly kept: number }[];
  /** Results that the implicit loss keeps. */
  readonly kept: number;
}

export async function story({ out = 'out/beyond' }: StoryOptions = {}): Promise<Result> {
  const root = fixedPoint((x, theta) => cos(mul(theta, x)), tensor(0.5));
  const first = grad((theta: Tensor) => root(theta));
  const cosine = [root(tensor(1)).item(), first(1).item(), grad((theta: Tensor) => first(theta))(1).item()] as const;
  console.log('\nImplicit differentiation of a fixed point\n\nx = cos(θx) at θ = 1');
  const [x, s] = [cosine[0], Math.sin(cosine[0])];
  table([
    ['', 'x', 'dx/dθ'],
    ['ours', ...cosine.slice(0, 2).map((v) => v.toFixed(14))],
    ['by hand: −x·sin x / (1 + sin x)', x.toFixed(14), ((-x * s) / (1 + s)).toFixed(14)],
  ]);

  // a layer of infinite depth: z = tanh(W·z + V·x + b), with W small enough to contract
  const generator = new Generator(7);
  const n = 8;
  const W = normal([n, n], { generator, std: 0.45 / Math.sqrt(n) });
  const V = normal([n, 3], { generator });
  const b = normal([n], { generator });
  const input = tensor([1, -0.5, 2]);
  const layer: Step = (z, w, v, c) => tanh(add(add(matmul(w, z), matmul(v, input)), c));
  const equilibrium = fixedPoint(layer, zeros([n]));
  const loss = (w: Tensor): Tensor => sum(square(equilibrium(w, V, b)));
  const checked = [gradcheck(equilibrium, [W, V, b]), gradgradcheck((c: Tensor) => equilibrium(W, V, c), [b]) === true] as const;
  const implicit = grad(loss)(W);
  const deep = (steps: number) => (w: Tensor): Tensor => {
    let z: Tensor = zeros([n]);
    for (let k = 0; k < steps; k++) z = layer(z, w, V, b);
    return sum(square(z));
  }; // prettier-ignore
  const size = (f: (w: Tensor) => Tensor): number => kept(f(parameter(W)));
  const unrolled = [1, 2, 5, 10, 20, 40].map((steps) => ({
    steps,
    difference: max(abs(sub(grad(deep(steps))(W), implicit))).item(),
    kept: size(deep(steps)),
  }));
  const implicitly = size(loss);
  console.log(`\nz = tanh(W·z + V·x + b): gradcheck ${checked[0] ? 'ok' : 'FAILED'}, gradgradcheck ${checked[1] ? 'ok' : 'FAILED'}`);
  table([
    ['gradient of Σ z² in W', 'largest difference', 'results kept'],
    ...unrolled.map((row) => [`through ${row.steps} steps`, row.difference.toExponential(1), row.kept]),
    ['implicit', '', implicitly],
  ]);
  console.log('  Unrolling goes to the same gradient, and keeps what every step made; the implicit one keeps the answer.\n');
  await picture(out, 'implicit-fixed-point', () =>
    lines([{ name: 'unrolled', x: unrolled.map((r) => r.steps), y: unrolled.map((r) => r.difference) }], {
      title: 'Gradient through unrolled steps',
      xLabel: 'steps',
      yLabel: 'difference from the implicit gradient',
      yScale: 'log',
    }),
  );
  return { cosine, checked, unrolled, kept: implicitly };
}

await tell(import.meta.url, story);
