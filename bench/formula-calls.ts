/** In a process of its own: 100,000 calls of formulas and of the same ops written by hand, in turns. Prints milliseconds and ratios as JSON. */
import type * as FormulaRoom from '../src/formula/index.js';
import { Lcg } from './inputs.js';
import { place } from './libraries/ours.js';
import { median } from './run.js';
import type { Chainrule } from './workload.js';

type Tensor = Chainrule.Tensor;

const [library, calls, rounds] = [process.argv[2]!, Number(process.argv[3]), Number(process.argv[4])];
const cr = (await import(library)) as typeof Chainrule & typeof FormulaRoom;
const { abs, add, formula, grad, logSoftmax, matmul, maximum, mean, mul, neg, pick, relu, square, sub, sum, tensor } = cr;

const random = new Lcg(1);
const [X, w, y] = [[8, 4], [4], [8]].map((shape) => place(cr, random.float64(shape))) as [Tensor, Tensor, Tensor];
const [s, labels] = [place(cr, random.float64([8, 3])), place(cr, random.labels([8], 3))];
const [L, lambda, tau, b] = [tensor([1, 3, 2]), 0.1, 0.9, 0.5];

/** A name, the formula as called, and the same ops by hand. */
const pairs: readonly [name: string, text: () => Tensor, hand: () => Tensor][] = [];
const pair = (name: string, text: () => Tensor, hand: () => Tensor): void => {
  (pairs as [string, () => Tensor, () => Tensor][]).push([name, text, hand]);
};

const objective = formula('mean(L) + lambda * sum(W^2)');
pair(
  String(objective),
  () => objective({ L, lambda, W: w }),
  () => add(mean(L), mul(lambda, sum(square(w)))),
);
const squared = formula('mean((X * w + b - y)^2)');
pair(
  String(squared),
  () => squared({ X, w, b, y }),
  () => mean(square(sub(add(matmul(X, w), b), y))),
);
pair(
  '`mean((${X} @ ${w} + ${b} - ${y})^2)`',
  () => formula`mean((${X} @ ${w} + ${b} - ${y})^2)`,
  () => mean(square(sub(add(matmul(X, w), b), y))),
);
const pinball = formula('d = y - s; mean(max(tau * d, (tau - 1) * d))');
pair(
  String(pinball),
  () => pinball({ y, s: y, tau }),
  () => {
    const d = sub(y, y);
    return mean(maximum(mul(tau, d), mul(tau - 1, d)));
  },
);
const entropy = formula('mean(-pick(logSoftmax(s), y))');
pair(
  String(entropy),
  () => entropy({ s, y: labels }),
  () => mean(neg(pick(logSoftmax(s), labels))),
);
const robust = formula('mean(|y| + max(0, 1 - y)^2)');
pair(
  String(robust),
  () => robust({ y }),
  () => mean(add(abs(y), square(relu(sub(1, y))))),
);
// operands of no axes: an op is so short that a call counts
const [sa, sb, sc] = [tensor(0.5), tensor(2), tensor(3)];
const scalar = formula('max(0, 1 - a * b + c)');
const byHand = (): Tensor => relu(add(sub(1, mul(sa, sb)), sc));
pair(`${String(scalar)} of scalars`, () => scalar({ a: sa, b: sb, c: sc }), byHand);
pair('`max(0, 1 - ${a} * ${b} + ${c})` of scalars', () => formula`max(0, 1 - ${sa} * ${sb} + ${sc})`, byHand);
// with a gradient every op is a tensor with a node
const slope = (f: (a: Tensor) => Tensor): (() => Tensor) => {
  const g = grad(f);
  return () => g(sa);
};
const slopeByHand = slope((a) => relu(add(sub(1, mul(a, sb)), sc)));
pair(
  `gradient of ${String(scalar)} of scalars`,
  slope((a) => scalar({ a, b: sb, c: sc })),
  slopeByHand,
);
pair(
  'gradient of `max(0, 1 - ${a} * ${b} + ${c})` of scalars',
  slope((a) => formula`max(0, 1 - ${a} * ${sb} + ${sc})`),
  slopeByHand,
);

const time = (f: () => Tensor): number => {
  const start = performance.now();
  for (let k = 0; k < calls; k++) f();
  return performance.now() - start;
};
console.log(
  JSON.stringify(
    pairs.map(([name, text, hand]) => {
      if (Math.abs(text().item() - hand().item()) > 1e-12) throw new Error(`${name}: ${text().item()} and by hand ${hand().item()}`);
      [text, hand].forEach(time);
      // neighbours in time, so that their ratio is of one moment
      const times = Array.from({ length: rounds }, () => ({ text: time(text), hand: time(hand) }));
      return { name, handMs: median(times.map((t) => t.hand)), ratio: median(times.map((t) => t.text / t.hand)) };
    }),
  ),
);
