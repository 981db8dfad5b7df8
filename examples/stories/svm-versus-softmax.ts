/**
 * @file SVM versus softmax: what happens to both losses when a score is jiggled? Lecture 001:1606–1614, 004:1289–1328, 000:179–218;
 * rows 54, 58, 72, 114.
 *
 *   npx tsx examples/stories/svm-versus-softmax.ts
 */
import { add, crossEntropy, grad, linspace, mean, multiclassHinge, softmax, stack, tensor, type Tensor } from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

const TRIPLES = tensor([
  [10, -2, 3],
  [10, 9, 9],
  [10, -100, -100],
]);
const RIGHT = [0, 0, 0];
const JIGGLE = 0.1;

export interface Result {
  /** Losses of the scores (−2.85, 0.86, 0.28), the third class being right. */
  readonly hinge: number;
  readonly softmax: number;
  /** Losses of the three triples; the first class is right. */
  readonly hinges: readonly number[];
  readonly softmaxes: readonly number[];
  /** Mean softmax loss of the triples. */
  readonly mean: number;
  /** Losses after the second score rose by 0.1. */
  readonly jiggledHinges: readonly number[];
  readonly jiggledSoftmaxes: readonly number[];
  /** Gradients in the scores of [10, 9, 9], which lies exactly on the kink of the hinge. */
  readonly hingeGradient: readonly number[];
  readonly softmaxGradient: readonly number[];
}

const each = (loss: typeof crossEntropy | typeof multiclassHinge, s: Tensor): number[] => [...loss(s, RIGHT, { reduction: 'none' }).data];

export async function story({ out = PICTURES }: StoryOptions = {}): Promise<Result> {
  console.log('\nSVM versus softmax\n\nscores (−2.85, 0.86, 0.28), the third is right');
  const s = [-2.85, 0.86, 0.28];
  const [hinge, softmaxLoss] = [multiclassHinge(s, 2).item(), crossEntropy(s, 2).item()];
  table([
    ['', 'ours', 'lecture 004'],
    ['hinge', hinge, '1.58'],
    ['softmax, −log p', softmaxLoss, 'a lost picture'],
  ]);
  console.log(`  p = ${[...softmax(s).data].map((p) => p.toFixed(3)).join(', ')}; with a logarithm to base 10 it would be 0.452.\n`);

  const jiggled = add(TRIPLES, [0, JIGGLE, 0]);
  const [hinges, softmaxes] = [each(multiclassHinge, TRIPLES), each(crossEntropy, TRIPLES)];
  const [jiggledHinges, jiggledSoftmaxes] = [each(multiclassHinge, jiggled), each(crossEntropy, jiggled)];
  const average = mean(softmaxes).item();
  console.log(`three triples, the first score is right; then the second score rises by ${JIGGLE}`);
  table([
    ['', 'hinge', 'jiggled', 'softmax', 'jiggled'],
    ...['[10, -2, 3]', '[10, 9, 9]', '[10, -100, -100]'].map((name, i) => [
      name,
      hinges[i]!,
      jiggledHinges[i]!,
      softmaxes[i]!,
      jiggledSoftmaxes[i]!,
    ]),
  ]);
  const slope = (loss: typeof crossEntropy | typeof multiclassHinge): number[] => [
    ...grad((t: Tensor) => loss(t, 0))(tensor([10, 9, 9])).data,
  ];
  const [hingeGradient, softmaxGradient] = [slope(multiclassHinge), slope(crossEntropy)];
  console.log(`
  The notes say that the hinge stays 0 under a jiggle. Two of three do; [10, 9, 9] lies exactly on the kink (9 − 10 + 1 = 0): up by 0.1 costs
  0.1, down costs nothing. Its gradient there is the lecture's strict indicator, [${hingeGradient.map((g) => g + 0).join(', ')}].
  Softmax is never content: its gradient at [10, 9, 9] is [${softmaxGradient.map((g) => g.toFixed(3)).join(', ')}], and even 3.4e-48 is not 0.
  Mean softmax loss of the three: ${average.toFixed(4)}. The notes print ≈ 0 for it, and 1.14 for nothing that these scores give.`);

  const other = linspace(4, 14, 201);
  const curve = (loss: typeof crossEntropy | typeof multiclassHinge): number[] =>
    Array.from(other.data, (t) => loss(stack([10, t, 9]), 0).item());
  await picture(out, 'svm-versus-softmax', () =>
    lines(
      [
        { name: 'hinge', x: other, y: curve(multiclassHinge) },
        { name: 'softmax', x: other, y: curve(crossEntropy) },
      ],
      { title: 'Scores [10, t, 9], the first is right', xLabel: 't', yLabel: 'loss' },
    ),
  );
  return { hinge, softmax: softmaxLoss, hinges, softmaxes, mean: average, jiggledHinges, jiggledSoftmaxes, hingeGradient, softmaxGradient };
}

await tell(import.meta.url, story);
