/**
 * @file The main job: a softmax classifier and a multiclass SVM, each one loss expression plus λ·R(W), on the same digits.
 */
import {
  add,
  crossEntropy,
  Generator,
  gradcheck,
  type GradcheckReport,
  l2,
  LinearClassifier,
  linearSchedule,
  matmul,
  mul,
  multiclassHinge,
  normal,
  sgd,
  slice,
  type Tensor,
} from 'chainrule';
import { showProgress } from 'chainrule/node';
import type { Digits } from './data.js';

/** What is measured of one classifier. */
export interface Result {
  readonly initialLoss: number;
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  readonly validationAccuracy: number;
  readonly testAccuracy: number;
}

/** A classifier, how it came about, and what it reached. */
export interface Trained {
  readonly recipe: Recipe;
  readonly gradient: GradcheckReport;
  readonly model: LinearClassifier;
  readonly result: Result;
}

/** One of the two classifiers. */
export interface Recipe {
  readonly name: 'softmax' | 'svm';
  readonly loss: (scores: Tensor, labels: Tensor) => Tensor;
  readonly lr: number;
  readonly lambda: number;
  /** Its value for C equal scores: what training must start from. */
  readonly expected: (classes: number) => number;
}

/** Margin Δ of the SVM, by which the right score shall win. */
export const delta = 1;

/** Softmax and SVM: only the loss differs (and the rate that suits its scale). */
export const recipes: readonly Recipe[] = [
  { name: 'softmax', loss: (s, y) => crossEntropy(s, y), lr: 0.2, lambda: 1e-4, expected: Math.log },
  { name: 'svm', loss: (s, y) => multiclassHinge(s, y, { delta }), lr: 0.02, lambda: 1e-4, expected: (C) => delta * (C - 1) },
];

/** Examples a step, and how much of the last step is kept. */
export const batchSize = 128;
export const momentum = 0.9;

/** Compares the gradient of mean(loss) + λ·R(W) with respect to W and b with central differences, on a few real images. */
export function checkGradient({ loss, lambda }: Recipe, { train }: Digits): GradcheckReport {
  const generator = new Generator(1);
  const [X, y] = [
    slice(train.X, [
      [0, 4],
      [300, 312],
    ]),
    slice(train.y, [[0, 4]]),
  ];
  const objective = (W: Tensor, b: Tensor): Tensor => add(loss(add(matmul(X, W), b), y), mul(lambda, l2(W)));
  return gradcheck(objective, [normal([12, 10], { generator }), normal([10], { generator })], { report: true });
}

/** Trains one classifier, with a progress bar; the epochs are a budget. */
export async function trainOne(recipe: Recipe, digits: Digits, epochs: number): Promise<{ result: Result; model: LinearClassifier }> {
  const { train, validation, test } = digits;
  // the rate falls to 0 along a line, so that the last steps average out the noise of the minibatches
  const lr = linearSchedule(recipe.lr, 0, Math.max(1, epochs * Math.ceil(train.y.size / batchSize)));
  const model = new LinearClassifier({
    loss: recipe.loss,
    lambda: recipe.lambda,
    optimizer: sgd({ lr, momentum }),
    batchSize,
    epochs,
  });
  const initialLoss = model.clone({ epochs: 0 }).fitSync(train.X, train.y).objective(train.X, train.y);
  // a class that training did not see has no loss: such a folder gets no validation curve
  const seen = new Set(train.y.data);
  const watched = validation.y.data.every((label) => seen.has(label));
  await model.fit(train.X, train.y, {
    callbacks: [showProgress(recipe.name.padEnd(8))],
    ...(watched ? { validationData: [validation.X, validation.y] } : {}),
  });
  return {
    result: {
      initialLoss,
      trainLoss: model.objective(train.X, train.y),
      trainAccuracy: model.score(train.X, train.y),
      validationAccuracy: model.score(validation.X, validation.y),
      testAccuracy: model.score(test.X, test.y),
    },
    model,
  };
}
