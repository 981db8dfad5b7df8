/**
 * @file Which weights a regulariser prefers, of those that give the same score. Lecture 001:1447–1477, 004:677–708, 002:55–77,
 * 000:405–431; rows 79–81, 87, 88.
 *
 *   npx tsx examples/stories/weight-preference.ts
 */
import {
  add,
  dot,
  elasticNet,
  hvp,
  l1,
  l2,
  linearSchedule,
  linspace,
  minimize,
  mul,
  ones,
  sgd,
  square,
  sub,
  tensor,
  type Tensor,
} from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

const W1 = tensor([1, 0, 0, 0]);
const W2 = tensor([0.25, 0.25, 0.25, 0.25]);
const LAMBDA = 0.1;
const BETA = 0.5;

export interface Result {
  /** w₁·x and w₂·x, then R(w₁) and R(w₂), by regulariser. */
  readonly scores: readonly number[];
  readonly penalties: Readonly<Record<'l2' | 'l1' | 'elastic', readonly number[]>>;
  /** Where gradient descent on (w·x − 1)² + λ·R(w) ends, from w₁ and from w₂. */
  readonly l2: readonly (readonly number[])[];
  readonly l1: readonly (readonly number[])[];
  /** The same for x = [1, 2, 1, 1], from w₂. */
  readonly unequalL2: readonly number[];
  readonly unequalL1: readonly number[];
  /** Curvature of the loss along [1, −1, 0, 0], without and with λ·ΣW². */
  readonly curvature: readonly number[];
}

export async function story({ budget = 'full', out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const x = ones([4]);
  const elastic = (w: Tensor): Tensor => elasticNet(w, { beta: BETA });
  const both = (f: (w: Tensor) => Tensor): number[] => [f(W1).item(), f(W2).item()];
  const scores = both((w) => dot(w, x));
  const penalties = { l2: both(l2), l1: both(l1), elastic: both(elastic) };
  console.log('\nWhich weights does a regulariser prefer?\n');
  table([
    ['x = [1, 1, 1, 1]', 'w₁ = [1, 0, 0, 0]', 'w₂ = [¼, ¼, ¼, ¼]', 'prefers', 'lecture'],
    ['score w·x', ...scores, '', '1 and 1'],
    ['L2, Σw²', ...penalties.l2, 'w₂', 'w₂; notes 002 print "W"'],
    ['L1, Σ|w|', ...penalties.l1, 'neither', 'notes 000: w₁'],
    [`elastic net, Σ ${BETA}·w² + |w|`, ...penalties.elastic, 'w₂', ''],
  ]);
  console.log('  For L1 it is a tie. (The notes print the spread weights with three entries; the score would be 0.75.)\n');

  const loss = (w: Tensor, at: Tensor = x): Tensor => square(sub(dot(w, at), 1));
  const steps = budget === 'full' ? 4000 : 1000;
  // the rate falls to 0, so that the last steps settle on the kinks of |w|
  const optimizer = sgd({ lr: linearSchedule(0.02, 0, steps), momentum: 0.9 });
  const descend = (R: (w: Tensor) => Tensor, start: Tensor, at: Tensor = x): number[] => [
    ...minimize((w: Tensor) => add(loss(w, at), mul(LAMBDA, R(w))), start, { optimizer, steps }).params.data,
  ];
  const unequal = tensor([1, 2, 1, 1]);
  const found = { l2: [descend(l2, W1), descend(l2, W2)], l1: [descend(l1, W1), descend(l1, W2)] };
  const [unequalL2, unequalL1] = [descend(l2, W2, unequal), descend(l1, W2, unequal)];
  const show = (w: readonly number[]): string => `[${w.map((v) => v.toFixed(3)).join(', ')}]`;
  console.log(`gradient descent on (w·x − 1)² + ${LAMBDA}·R(w)`);
  table([
    ['', 'from w₁', 'from w₂'],
    ['L2', ...found.l2.map(show)],
    ['L1', ...found.l1.map(show)],
    ['L2, x = [1, 2, 1, 1]', '', show(unequalL2)],
    ['L1, x = [1, 2, 1, 1]', '', show(unequalL1)],
  ]);
  const total = (w: readonly number[]): string =>
    add(loss(tensor(w)), mul(LAMBDA, l1(w)))
      .item()
      .toFixed(4);
  console.log(`  L2 spreads: it ends at 1/(4 + λ) in every place, wherever it began. L1 stays near where it began, for both
  have the loss ${found.l1.map(total).join(' and ')}. It concentrates only when x differs: then all weight goes where x is largest.`);

  // "improve optimization by adding curvature": w₁ − w₂ is flat for the loss alone, and a bowl of curvature 2λ with L2
  const flat = tensor([1, -1, 0, 0]);
  const along = (f: (w: Tensor) => Tensor): number => dot(hvp(f, [W2], [flat])[1][0], flat).item();
  const curvature = [along((w) => loss(w)), along((w) => add(loss(w), mul(LAMBDA, l2(w))))];
  console.log(`  Curvature along [1, -1, 0, 0]: ${curvature[0]!.toFixed(1)} for the loss alone, ${curvature[1]!.toFixed(1)} with λ·Σw².`);

  const t = linspace(0, 1, 101);
  const path = (R: (w: Tensor) => Tensor): number[] => Array.from(t.data, (s) => R(add(mul(1 - s, W1), mul(s, W2))).item());
  await picture(out, 'weight-preference', () =>
    lines(
      [
        { name: 'L2', x: t, y: path(l2) },
        { name: 'L1', x: t, y: path(l1) },
        { name: 'elastic net', x: t, y: path(elastic) },
      ],
      { title: 'From w₁ to w₂, all with w·x = 1', xLabel: '(1 − t)·w₁ + t·w₂', yLabel: 'R(w)' },
    ),
  );
  return { scores, penalties, l2: found.l2, l1: found.l1, unequalL2, unequalL1, curvature };
}

await tell(import.meta.url, story);
