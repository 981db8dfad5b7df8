/**
 * @file Levenberg–Marquardt: Gauss–Newton that may not go too far. The step solves (JᵀJ + λ·diag JᵀJ)·δ = −Jᵀr; a step that makes the sum
 * of squares smaller is taken and λ falls, any other is refused and λ grows, towards short steps of steepest descent.
 *
 *   npx tsx examples/beyond/levenberg-marquardt.ts
 */
import { add, diag, jacfwd, matmul, mul, neg, norm, solve, square, sub, sum, type Tensor, tensor, transpose } from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, type StoryOptions, table, tell } from '../stories/tell.js';
import { gaussNewton } from './gauss-newton.js';
import { digits, misra1a, type Problem, thurber } from './nist.js';

/** How a fit went. */
export interface DampedFit {
  readonly parameters: readonly number[];
  /** Sum of squared residuals, at the start and after each step that was taken. */
  readonly squares: readonly number[];
  /** Steps that were refused. */
  readonly refused: number;
  /** Digits that agree with the certified parameters. */
  readonly digits: number;
}

/** Marquardt's method with λ from 0.001, a tenth after a success and ten times after a failure. */
export function levenbergMarquardt({ model, x, y, certified }: Problem, start: readonly number[], most = 200): DampedFit {
  const residuals = (b: Tensor): Tensor => sub(model(b, x), y);
  const jacobian = jacfwd(residuals);
  const squaresAt = (b: Tensor): number => sum(square(residuals(b))).item();
  let b = tensor(start);
  const squares = [squaresAt(b)];
  let [lambda, refused] = [1e-3, 0];
  let J = jacobian(b);
  for (let k = 0; k < most; k++) {
    const Jt = transpose(J);
    const JtJ = matmul(Jt, J);
    const step = solve(add(JtJ, diag(mul(lambda, diag(JtJ)))), neg(matmul(Jt, residuals(b))));
    const next = add(b, step);
    // sums that agree in 13 digits are equal but for rounding: near the minimum a refusal would stop at half of the digits
    const better = squaresAt(next) <= squares.at(-1)! * (1 + 1e-13);
    if (better) {
      b = next;
      squares.push(squaresAt(b));
      J = jacobian(b);
      lambda /= 10;
    } else {
      refused++;
      lambda *= 10;
    }
    if (norm(step).item() <= 1e-12 * norm(b).item()) break;
  }
  return { parameters: [...b.data], squares, refused, digits: digits([...b.data], certified) };
}

export async function story({ out = 'out/beyond' }: StoryOptions = {}): Promise<readonly DampedFit[]> {
  const cases = [misra1a, thurber].flatMap((problem) =>
    problem.starts.map((start, i) => ({ problem, start, from: i === 0 ? 'far' : 'near' })),
  );
  const fits = cases.map(({ problem, start }) => levenbergMarquardt(problem, start));
  console.log('\nLevenberg–Marquardt on two problems of NIST\n');
  table([
    ['problem', 'from', 'taken', 'refused', 'Σ r²', 'certified', 'digits of the parameters', 'without damping'],
    ...cases.map(({ problem, start, from }, i) => {
      const { squares, refused, digits: agreed } = fits[i]!;
      const undamped = gaussNewton(problem, start, 200).digits.at(-1)!;
      return [problem.name, from, squares.length - 1, refused, squares.at(-1)!, problem.squares, agreed.toFixed(1), undamped.toFixed(1)];
    }),
  ]);
  console.log(`  Certified are eleven digits. λ·diag JᵀJ and not λ·I, so that a parameter of 0.05 and one of 1,500 are damped alike.
  Near the minimum the sum of squares is flat: were steps refused for its last three digits, the parameters would end with eight.\n`);
  await picture(out, 'levenberg-marquardt', () =>
    lines(
      cases.map(({ problem, from }, i) => ({
        name: `${problem.name}, ${from}`,
        x: fits[i]!.squares.map((_, k) => k),
        y: fits[i]!.squares,
      })),
      { title: 'Levenberg–Marquardt', xLabel: 'step taken', yLabel: 'sum of squared residuals', yScale: 'log' },
    ),
  );
  return fits;
}

await tell(import.meta.url, story);
