/**
 * @file Four ideas of setting hyperparameters, on real digits (lectures 001:532–597, 004:64–74): which k should nearest neighbours use?
 *
 *   npx tsx examples/hyperparameters.ts
 */
import { crossValScore, KNeighborsClassifier, trainValidationTestSplit } from 'chainrule';
import { packagedDigits } from './digits/data.js';

const ks = [1, 3, 5, 9, 15];
const { train: all } = packagedDigits(0);
// a hard case, so that the ideas differ: few examples
const { train, validation, test } = trainValidationTestSplit(all.X.slice([[0, 1500]]), all.y.slice([[0, 1500]]), {
  validationSize: 500,
  testSize: 500,
});

const model = (k: number): KNeighborsClassifier => new KNeighborsClassifier({ nNeighbors: k }).fit(train.X, train.y);
const best = (scores: readonly number[]): number => ks[scores.indexOf(Math.max(...scores))]!;
const show = (idea: string, scores: readonly number[], moral: string): void => {
  console.log(`${idea}\n  ${ks.map((k, i) => `k ${k}: ${scores[i]!.toFixed(3)}`).join('   ')}\n  chooses k = ${best(scores)}. ${moral}\n`);
};

const onTrain = ks.map((k) => model(k).score(train.X, train.y));
show('1. Choose what is best on the training data', onTrain, 'Bad: with k = 1 every image is its own nearest neighbour, always right.');

const onTest = ks.map((k) => model(k).score(test.X, test.y));
show('2. Choose what is best on the test data', onTest, 'Bad: then nothing is left that says how it does on new data.');

const onValidation = ks.map((k) => model(k).score(validation.X, validation.y));
show('3. Choose on validation data, look at the test data once', onValidation, 'Better.');
console.log(`  accuracy on the test data: ${model(best(onValidation)).score(test.X, test.y).toFixed(3)}\n`);

const folds = ks.map((k) => crossValScore(new KNeighborsClassifier({ nNeighbors: k }), train.X, train.y));
const means = folds.map((scores) => scores.reduce((a, b) => a + b, 0) / scores.length);
show('4. Choose by 5-fold cross-validation', means, 'Best where data are few: every example validates once.');
console.log(`  accuracy on the test data: ${model(best(means)).score(test.X, test.y).toFixed(3)}`);
