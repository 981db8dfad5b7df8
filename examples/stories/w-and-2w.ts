/**
 * @file W and 2W: a loss of 0 does not say which weights, the regulariser does. Lecture 001:1293–1334, 003:785–804, 004:533–586,
 * 000:385–401; rows 53, 78, 79.
 *
 *   npx tsx examples/stories/w-and-2w.ts
 */
import { add, argmin, eye, grad, l1, l2, linspace, matmul, mul, multiclassHinge, tensor, type Tensor, type TensorLike } from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

const SCORES = tensor([
  [3.2, 5.1, -1.7],
  [1.3, 4.9, 2.0],
  [2.2, 2.5, -3.1],
]);
const CLASSES = [0, 1, 2];
const LAMBDA = 0.1;

export interface Result {
  /** L_i for W, for 2W, and where only the car's row of W is doubled. */
  readonly once: readonly number[];
  readonly twice: readonly number[];
  readonly carRow: readonly number[];
  /** Their means. */
  readonly means: readonly number[];
  /** R(2W) / R(W) for L2 and L1. */
  readonly ratios: readonly number[];
  /** L(W) and L(2W) of weights that classify with room to spare, then the same with λ·ΣW². */
  readonly free: readonly number[];
  readonly regularised: readonly number[];
  /** The c for which c·W is best with the regulariser. */
  readonly best: number;
}

export async function story({ out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const losses = (s: TensorLike): number[] => [...multiclassHinge(s, CLASSES, { reduction: 'none' }).data];
  // f(x, 2W) = 2·f(x, W): all scores double
  const [once, twice] = [losses(SCORES), losses(mul(2, SCORES))];
  const carRow = losses(mul(SCORES, [1, 2, 1]));
  const means = [once, twice, carRow].map((l) => l.reduce((s, v) => s + v, 0) / 3);
  console.log('\nW and 2W\n');
  table([
    ['', 'cat', 'car', 'frog', 'mean'],
    ['W', ...once, means[0]!],
    ['2W', ...twice, means[1]!],
    ["only the car's row twice", ...carRow, means[2]!],
    ['lecture 001, 2W', '2.9', '0', '12.9', ''],
  ]);
  console.log(`  The car is 0 with W and with 2W, as the lecture says. Its table doubles the scores of that image alone and keeps 2.9 and 12.9;
  with 2W the losses that are not 0 grow. "W for class 2" would be a row of W, and is something else again.\n`);

  // weights that are right with room to spare: scores (2, 0) and (0, 2)
  const [X, y] = [mul(2, eye(2)), [0, 1]];
  const data = (W: TensorLike): Tensor => multiclassHinge(matmul(X, W), y);
  const objective = (W: TensorLike): Tensor => add(data(W), mul(LAMBDA, l2(W)));
  const W = eye(2);
  const pair = (f: (W: TensorLike) => Tensor): number[] => [f(W).item(), f(mul(2, W)).item()];
  const [free, regularised] = [pair(data), pair(objective)];
  const ratios = [l2, l1].map((R) => R(mul(2, W)).item() / R(W).item());
  table([
    ['W = identity, two images', 'W', '2W'],
    ['data loss', ...free],
    [`data loss + ${LAMBDA}·ΣW²`, ...regularised],
  ]);
  console.log(`  R(2W)/R(W) is ${ratios[0]} for ΣW² and ${ratios[1]} for Σ|W|: the regulariser chooses W.`);
  const slope = grad((c: Tensor) => objective(mul(c, W)))(1).item();
  const cs = linspace(0, 2, 201);
  const along = (f: (W: TensorLike) => Tensor): number[] => Array.from(cs.data, (c) => f(mul(c, W)).item());
  const total = along(objective);
  const best = cs.data[argmin(total).item()]!;
  console.log(
    `  Along c·W the slope at c = 1 is ${slope.toFixed(1)}: downhill is towards 0. Best is c = ${best}, the smallest with a data loss of 0.`,
  );

  await picture(out, 'w-and-2w', () =>
    lines(
      [
        { name: 'data loss', x: cs, y: along(data) },
        { name: 'λ·ΣW²', x: cs, y: along((V) => mul(LAMBDA, l2(V))) },
        { name: 'sum', x: cs, y: total },
      ],
      { title: 'Which multiple of W?', xLabel: 'c, for c·W', yLabel: 'loss' },
    ),
  );
  return { once, twice, carRow, means, ratios, free, regularised, best };
}

await tell(import.meta.url, story);
