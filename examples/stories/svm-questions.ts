/**
 * @file The multiclass SVM loss and the lecture's six questions. Lecture 001:1119–1291, 004:214–526, 000:60–141; rows 42–52.
 *
 *   npx tsx examples/stories/svm-questions.ts
 */
import { type HingeOptions, linspace, multiclassHinge, stack, tensor, type TensorLike, zeros } from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

// a row an image, a column a class; the right classes are cat, car, frog
const SCORES = tensor([
  [3.2, 5.1, -1.7],
  [1.3, 4.9, 2.0],
  [2.2, 2.5, -3.1],
]);
const CLASSES = [0, 1, 2];

export interface Result {
  /** L_i of the three images, and their mean. */
  readonly losses: readonly number[];
  readonly mean: number;
  /** Q1: the loss of the car image after its car score fell by 0.5, 1.9 and 2. */
  readonly q1: readonly number[];
  /** Q2: the loss when the right score is large, and when it is −10⁶. */
  readonly q2: readonly number[];
  /** Q3: the loss where all scores are 0, for 3 and 10 classes. */
  readonly q3: readonly number[];
  /** Q4 to Q6: means over all classes counted, over means of classes (C − 1, C), of squares. */
  readonly q4: number;
  readonly q5: readonly number[];
  readonly q6: number;
  /** Q6: hinge and squared hinge of margins (2, 2) and (0, 3): they disagree on which is worse. */
  readonly disagreement: readonly (readonly number[])[];
}

export async function story({ out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const losses = multiclassHinge(SCORES, CLASSES, { reduction: 'none' });
  const loss = (options?: HingeOptions, s: TensorLike = SCORES): number => multiclassHinge(s, CLASSES, options).item();
  const one = (s: readonly number[], y: number, options?: HingeOptions): number => multiclassHinge(s, y, options).item();
  console.log('\nThe SVM loss L_i = Σ_{j≠y} max(0, s_j − s_y + 1), and its questions\n');
  table([
    ['', 'cat', 'car', 'frog', 'mean'],
    ['ours', ...losses.data, loss()],
    ['lectures 001–004', '2.9', '0', '12.9', '5.27'],
    ['notes 000', '2.9', '0', '2.9', '1.97'],
  ]);
  console.log('  The notes lost a digit of 12.9, and their sum 5.9 is not even that of their own parts.\n');

  const q1 = [0.5, 1.9, 2].map((d) => one([1.3, 4.9 - d, 2.0], 1));
  console.log(`Q1 the car score falls by 0.5, 1.9, 2: the loss of the car image is ${q1.map((v) => v.toFixed(1)).join(', ')}. It has 1.9 to spare.
   The notes answer "losses must be positive": they are at least 0, and this one stays 0.`);
  const q2 = [one([10, 0, 0], 0), one([-1e6, 0, 0], 0)];
  console.log(`Q2 least and most: ${q2[0]}, and no bound: ${q2[1]} for a right score of −10⁶. [0, ∞), as the lecture says.`);
  const q3 = [3, 10].map((c) => multiclassHinge(zeros([c]), 0).item());
  console.log(`Q3 all scores about 0: ${q3[0]} for 3 classes, ${q3[1]} for 10. C − 1: look for it when training begins.`);
  const q4 = loss({ includeCorrect: true });
  console.log(`Q4 summed over all classes: ${q4.toFixed(2)}, which is 1 more for every image. The best W is the same.`);
  const q5 = [loss({ reduceClasses: 'meanOthers' }), loss({ reduceClasses: 'mean' })];
  console.log(`Q5 a mean instead of the sum: ${q5[0]!.toFixed(2)} over the C − 1 others, ${q5[1]!.toFixed(2)} over all C. Only a scale;
   with a regulariser the same W needs a smaller λ.`);
  const q6 = loss({ power: 2 });
  console.log(`Q6 squared: ${q6.toFixed(2)}. The notes lost the exponent and ask about the same loss again.`);
  // scores of the others that leave margins of (2, 2) and (0, 3)
  const [even, odd] = [
    [0, 1, 1],
    [0, -1, 2],
  ] as const;
  const disagreement = [even, odd].map((s) => [one(s, 0), one(s, 0, { power: 2 })]);
  table([
    ['   margins', 'hinge', 'squared'],
    ['   2 and 2', ...disagreement[0]!],
    ['   0 and 3', ...disagreement[1]!],
  ]);
  console.log('   They disagree on which is worse, so this is another loss, not a scale. The square minds one large mistake more.');

  const right = linspace(-1, 3, 121);
  const curve = (options?: HingeOptions): Float64Array =>
    Float64Array.from(right.data, (s) => multiclassHinge(stack([s, 0.5, 0]), 0, options).item());
  await picture(out, 'svm-questions', () =>
    lines(
      [
        { name: 'hinge', x: right, y: curve() },
        { name: 'mean (Q5)', x: right, y: curve({ reduceClasses: 'meanOthers' }) },
        { name: 'all classes (Q4)', x: right, y: curve({ includeCorrect: true }) },
        { name: 'squared (Q6)', x: right, y: curve({ power: 2 }) },
      ],
      { title: 'Loss for other scores 0.5 and 0', xLabel: 'score of the right class', yLabel: 'loss' },
    ),
  );
  return { losses: [...losses.data], mean: loss(), q1, q2, q3, q4, q5, q6, disagreement };
}

await tell(import.meta.url, story);
