/**
 * @file Cross-validation of k: every fold validates once, the average chooses, the test data are looked at once. Lecture 001:523–684,
 * 004:64–74; rows 8–11.
 *
 *   npx tsx examples/stories/cross-validation.ts
 */
import { Generator, GridSearchCV, KFold, KNeighborsClassifier, threeModes, zeros } from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

const FOLDS = 5;

export interface Result {
  readonly ks: readonly number[];
  /** Mean and standard deviation (population) of the accuracy on the fold left out, by place of k. */
  readonly means: readonly number[];
  readonly deviations: readonly number[];
  /** The same mean on the folds that were remembered. */
  readonly onTrain: readonly number[];
  readonly bestK: number;
  /** Accuracy of the best k on new data. */
  readonly test: number;
  /** Images in a fold of CIFAR-10's 50,000. */
  readonly cifarFold: number;
}

export async function story({ budget = 'full', out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const full = budget === 'full';
  const ks = full ? [1, 3, 5, 7, 9, 12, 15, 20, 30, 50, 100, 200] : [1, 3, 7, 15, 30, 60];
  // three discs against the rest; the noise is added after the label, so that borders are blurred
  const { X, y } = threeModes(full ? 1000 : 200, { generator: new Generator(1), noise: 0.35 });
  const test = threeModes(full ? 5000 : 500, { generator: new Generator(2), noise: 0.35 });

  const search = new GridSearchCV(
    new KNeighborsClassifier(),
    { nNeighbors: ks },
    { cv: new KFold({ nSplits: FOLDS }), returnTrainScore: true },
  ).fit(X, y);
  const column = (name: string): number[] => search.cvResults_![name] as number[];
  const [means, deviations, onTrain] = [column('mean_test_score'), column('std_test_score'), column('mean_train_score')];
  const folds = Array.from({ length: FOLDS }, (_, f) => column(`split${f}_test_score`));
  const bestK = search.bestParams_!['nNeighbors'] as number;
  const testScore = search.score(test.X, test.y);

  console.log(`\nCross-validation of k: ${y.size} noisy points, ${FOLDS} folds\n`);
  table([
    ['k', 'mean', '± std', 'on what it remembers'],
    ...ks.map((k, i) => [`${k}${k === bestK ? '  ←' : ''}`, ...[means[i]!, deviations[i]!, onTrain[i]!].map((v) => v.toFixed(3))]),
  ]);
  const [atOne, best] = [means[0]!, means[ks.indexOf(bestK)]!];
  const near = ks.filter((_, i) => means[i]! >= best - deviations[ks.indexOf(bestK)]!);
  console.log(`
  Idea 1, choose on the training data: k = 1, always right there (${onTrain[0]!.toFixed(3)}), but ${atOne.toFixed(3)} on a fold it has not seen.
  Idea 4, cross-validation: k = ${bestK} with ${best.toFixed(3)}; small k follows the noise, large k smooths the discs away.
  Within one standard deviation of it are k = ${near.join(', ')}: the folds do not tell them apart.
  On ${test.y.size} test points, looked at once: ${testScore.toFixed(3)}.
  The lecture reads k ≈ 7 off its CIFAR-10 figure; its points are not in the text, so this number cannot be recomputed.`);
  const cifarFold = new KFold({ nSplits: FOLDS }).split(zeros([50_000]))[0]!.test.size;
  console.log(`  A fold of its 50,000 images has ${cifarFold}.`);

  await picture(out, 'cross-validation', () =>
    lines(
      [
        { name: 'a fold', x: ks.flatMap((k) => folds.map(() => k)), y: ks.flatMap((_, i) => folds.map((f) => f[i]!)), mark: 'points' },
        { name: 'mean ± std', x: ks, y: means, error: deviations },
      ],
      { title: `${FOLDS}-fold cross-validation of k`, xLabel: 'k', yLabel: 'accuracy', xScale: 'log' },
    ),
  );
  return { ks, means, deviations, onTrain, bestK, test: testScore, cifarFold };
}

await tell(import.meta.url, story);
