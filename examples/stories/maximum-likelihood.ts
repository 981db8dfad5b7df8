/**
 * @file Maximum likelihood: which density gives which loss. argmax Π p(yᵢ | xᵢ, w) = argmin Σ −log p. Lecture 000:226–360, 001:1519–1555,
 * 003:581; rows 57, 66–71, 73–76.
 *
 *   npx tsx examples/stories/maximum-likelihood.ts
 */
import { bernoulli, binaryCrossEntropy, categorical, crossEntropy, type Density, gaussian, l1Loss, laplace, type Loss } from 'chainrule';
import { mseLoss, negativeLogLikelihood, nllLoss } from 'chainrule';
import { add, div, linearSchedule, log, mean, minimize, mul, neg, sgd, sigmoid, softmax, tensor, type Tensor, zeros } from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

// softmax outputs as the notes print them (000:354), and as they were before a row and some digits were lost
const PRINTED = '.3792 .3104 .3104  .2698 .4147 .3156  .2698 .2978 .4541';
const SOURCE = '.3792 .3104 .3104  .3072 .4147 .2780  .4263 .2248 .3490  .2668 .2978 .4354';
const rows = (text: string): Tensor => tensor(text.split(/ +/).map(Number)).reshape([-1, 3]);

export interface Result {
  /** −log p minus the loss, at two predictions: the same number means the same minimum. */
  readonly differences: Readonly<Record<string, readonly number[]>>;
  /** [w, b] of the lines through five points, one of them an outlier. */
  readonly gaussianLine: readonly number[];
  readonly laplaceLine: readonly number[];
  /** The likeliest probability of heads, of 7 in 10, and of three classes seen 5, 3 and 2 times. */
  readonly heads: number;
  readonly classes: readonly number[];
  /** log p of the Gaussian at its mean, for σ = 2. */
  readonly normaliser: number;
  /** Mean loss of the notes' table: of the three rows they print, and of the four rows it was copied from. */
  readonly printedTable: number;
  readonly sourceTable: number;
}

/** A density around a prediction s, the loss it should give, two predictions, and targets. */
const pairs: readonly (readonly [name: string, density: (s: Tensor) => Density, its: string, loss: Loss, s: Tensor[], y: number[]])[] = [
  ['gaussian', (s) => gaussian(s), '½·squared error', (s, y) => div(mseLoss(s, y), 2), [tensor([0.1, 0.7]), tensor([3, -4])], [0, 1]],
  ['laplace', (s) => laplace(s), 'absolute error', l1Loss, [tensor([0.1, 0.7]), tensor([3, -4])], [0, 1]],
  ['bernoulli', (s) => bernoulli({ probs: s }), 'binary CE', binaryCrossEntropy, [tensor([0.1, 0.7]), tensor([0.9, 0.5])], [0, 1]],
  ['categorical', (s) => categorical({ logits: s }), 'softmax CE', crossEntropy, [tensor([[3.2, 5.1, -1.7]]), zeros([1, 3])], [0]],
];

export async function story({ budget = 'full', out = PICTURES }: StoryOptions = {}): Promise<Result> {
  console.log('\nMaximum likelihood: which density gives which loss?\n');
  const difference = (density: (s: Tensor) => Density, loss: Loss, s: Tensor, y: number[]): number =>
    negativeLogLikelihood(density)(s, y).item() - loss(s, y).item();
  const differences = Object.fromEntries(pairs.map(([name, p, , loss, at, y]) => [name, at.map((s) => difference(p, loss, s, y))]));
  const constants = ['½·log 2π', 'log 2', '0', '0'];
  table([
    ['density', 'its loss', '−log p − loss at one prediction', 'at another', 'constant'],
    ...pairs.map(([name, , its], i) => [name, its, ...differences[name]!.map((v) => v.toFixed(6)), constants[i]!]),
  ]);
  const normaliser = gaussian(0, { std: 2 }).logProb(0).item();
  console.log(`  A constant moves no minimum. The notes print that of the Gaussian as +½·log σ² (0.693 for σ = 2); it is −½·log 2πσ²
  (${normaliser.toFixed(3)}). For Laplace they lose a minus: argmax Σ|f − y| has no end; the argmin of their last line is right.\n`);

  // the four points of lecture 003:78, which lie on y = 0.5·x + 2, and one that does not
  const [x, y] = [tensor([2, 4, 6, 8, 10]), tensor([3, 4, 5, 6, 17])];
  const steps = budget === 'full' ? 20_000 : 5000;
  const line = (density: (s: Tensor) => Density): number[] => {
    const nll = negativeLogLikelihood(density);
    const optimizer = sgd({ lr: linearSchedule(0.01, 0, steps), momentum: 0.9 });
    const { params } = minimize(({ w, b }) => nll(add(mul(w, x), b), y), { w: 0, b: 0 }, { optimizer, steps });
    return [params.w.item(), params.b.item()];
  };
  const [gaussianLine, laplaceLine] = [line((s) => gaussian(s)), line((s) => laplace(s))];
  console.log('A line through (2, 3), (4, 4), (6, 5), (8, 6) and an outlier (10, 17)');
  table([
    ['', 'w', 'b'],
    ['gaussian', ...gaussianLine.map((v) => v.toFixed(3))],
    ['laplace', ...laplaceLine.map((v) => v.toFixed(3))],
    ['lecture, without the outlier', '0.5', '2.0'],
  ]);
  console.log(
    '  The thin tails of the Gaussian pull the line to the outlier; the heavy ones of Laplace let it be: "more robust than L2".\n',
  );

  // counts: 7 heads in 10; three classes seen 5, 3 and 2 times
  const likeliest = (density: (s: Tensor) => Density, start: Tensor, seen: readonly number[]): Tensor =>
    minimize((s: Tensor) => neg(mean(density(s).logProb(seen))), start).params;
  const heads = sigmoid(likeliest((s) => bernoulli({ logits: s }), zeros([]), [1, 1, 1, 1, 1, 1, 1, 0, 0, 0])).item();
  const classes = [...softmax(likeliest((s) => categorical({ logits: s }), zeros([3]), [0, 0, 0, 0, 0, 1, 1, 1, 2, 2])).data];
  console.log('The likeliest probabilities are the frequencies');
  console.log(`  7 heads in 10: ${heads.toFixed(4)}; classes seen 5, 3 and 2 times: ${classes.map((p) => p.toFixed(4)).join(', ')}`);
  const [printedTable, sourceTable] = [nllLoss(log(rows(PRINTED)), [0, 1, 2]).item(), nllLoss(log(rows(SOURCE)), [0, 1, 2, 2]).item()];
  console.log(`  The notes give their table of softmax outputs a mean loss of 0.9335. Its three rows have ${printedTable.toFixed(4)}; the four rows of the
  program it was copied from have ${sourceTable.toFixed(4)}: a row and some digits were lost.`);

  await picture(out, 'maximum-likelihood', () => {
    const at = ([w, b]: readonly number[]): Tensor => add(mul(w!, x), b!);
    const series = [{ name: 'gaussian (L2)', x, y: at(gaussianLine) }, { name: 'laplace (L1)', x, y: at(laplaceLine) }]; // prettier-ignore
    const title = 'The likeliest line, with one outlier';
    return lines([...series, { name: 'points', x, y, mark: 'points' }], { title, xLabel: 'x', yLabel: 'y' });
  });
  return { differences, gaussianLine, laplaceLine, heads, classes, normaliser, printedTable, sourceTable };
}

await tell(import.meta.url, story);
