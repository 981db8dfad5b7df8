/**
 * @file Gauss–Newton: a curve is fitted by a row of linear least-squares problems. Near the answer the residuals are r + J·δ, so the step
 * solves JᵀJ·δ = −Jᵀr. J has many rows and few columns, which is what forward mode is for: `jacfwd` is one push a parameter.
 *
 *   npx tsx examples/beyond/gauss-newton.ts
 */
import { add, jacfwd, matmul, neg, norm, solve, square, sub, sum, type Tensor, tensor, transpose } from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, type StoryOptions, table, tell } from '../stories/tell.js';
import { digits, misra1a, type Problem } from './nist.js';

/** How a fit went. */
export interface Fit {
  readonly parameters: readonly number[];
  /** Sum of squared residuals, at the start and after each step. */
  readonly squares: readonly number[];
  /** Digits that agree with the certified parameters, likewise. */
  readonly digits: readonly number[];
}

/** Gauss–Newton without any damping: it stops when a step no longer changes the parameters, or after `most` steps. */
export function gaussNewton({ model, x, y, certified }: Problem, start: readonly number[], most = 30): Fit {
  const residuals = (b: Tensor): Tensor => sub(model(b, x), y);
  const jacobian = jacfwd(residuals);
  let b = tensor(start);
  const squares = [sum(square(residuals(b))).item()];
  const agreed = [digits([...b.data], certified)];
  for (let k = 0; k < most; k++) {
    const J = jacobian(b);
    const Jt = transpose(J);
    const step = solve(matmul(Jt, J), neg(matmul(Jt, residuals(b))));
    b = add(b, step);
    squares.push(sum(square(residuals(b))).item());
    agreed.push(digits([...b.data], certified));
    if (!(norm(step).item() > 1e-11 * norm(b).item())) break;
  }
  return { parameters: [...b.data], squares, digits: agreed };
}

export async function story({ out = 'out/beyond' }: StoryOptions = {}): Promise<Readonly<Record<'far' | 'near', Fit>>> {
  const [far, near] = misra1a.starts.map((start) => gaussNewton(misra1a, start)) as [Fit, Fit];
  console.log('\nGauss–Newton on Misra1a of NIST: y = b₁(1 − e^(−b₂x))\n');
  table([
    ['from', 'steps', 'b₁', 'b₂', 'Σ r²', 'certified digits'],
    ...([['far', far], ['near', near]] as const).map(([name, fit]) => [name, fit.squares.length - 1, ...fit.parameters, fit.squares.at(-1)!, fit.digits.at(-1)!.toFixed(1)]), // prettier-ignore
    ['certified', '', ...misra1a.certified, misra1a.squares, ''],
  ]);
  table([
    ['', ...near.squares.map((_, k) => `step ${k}`)],
    ['digits, from near', ...near.digits.map((d) => d.toFixed(1))],
  ]);
  console.log(`  The residuals at the answer are small, so the digits grow by a nearly constant, large number a step. From far the first step makes Σ r²
  ${(far.squares[1]! / far.squares[0]!).toPrecision(2)} times what it was: nothing stops an undamped step from being too long. Levenberg–Marquardt does.\n`);
  await picture(out, 'gauss-newton', () =>
    lines(
      [far, near].map((fit, i) => ({ name: i === 0 ? 'from far' : 'from near', x: fit.squares.map((_, k) => k), y: fit.squares })),
      { title: 'Gauss–Newton on Misra1a', xLabel: 'step', yLabel: 'sum of squared residuals', yScale: 'log' },
    ),
  );
  return { far, near };
}

await tell(import.meta.url, story);
