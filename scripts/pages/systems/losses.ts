/**
 * @file Rows 42 to 91: losses of classes; losses and densities of numbers; regularisation.
 */
import type { Rows } from './row.js';

const DENSITIES = ['train.md#densities'];

export const lossRows: Rows = {
  42: {
    offers: '`reduction` of every {Loss}: `mean` (default), `sum` or `none`',
    shows: ['write-a-loss.md#then-options-and-the-reduction'],
  },
  43: { offers: '{binaryHinge}; its gradient is 0 at the kink' },
  44: { offers: '{multiclassHinge}, `delta: 1`: 2.9, 0, 12.9, mean 5.27', shows: ['write-a-loss.md#the-expression-first'] },
  45: { offers: '{multiclassHinge}: the same number at the kink' },
  46: { offers: '{multiclassHinge}, {where} and {oneHot} in place of a write', shows: ['instead-of-assignment.md'] },
  47: { offers: '{multiclassHinge}: inside the margin nothing changes' },
  48: { offers: '{multiclassHinge}: from 0 without bound' },
  49: {
    offers: '{multiclassHinge} of {zeros}: C − 1; `npm start` prints the expected first losses beside the real ones',
    shows: ['digits/main.ts'],
  },
  50: { offers: '`includeCorrect: true` of {multiclassHinge}' },
  51: { offers: '`reduceClasses: "meanOthers"` (C − 1) or `"mean"` (C) of {multiclassHinge}' },
  52: { offers: '`power: 2` of {multiclassHinge} and {LinearSVC}' },
  53: { offers: '{multiclassHinge} of W and 2W: 0 stays 0, the whole table goes from 5.27 to 9.53' },
  54: { offers: '{softmax}, {logSoftmax}, stable, along any axis' },
  55: { offers: '{softmax}: the largest score is subtracted inside', shows: ['write-a-loss.md#numerical-habits'] },
  56: { offers: '{softmax} and {sigmoid}', shows: ['lecture/recompute/softmax.ts'] },
  57: { offers: '{nllLoss}, natural logarithm' },
  58: { offers: '{crossEntropy} of scores, gradient p − z; {SoftmaxClassifier}', shows: ['digits/main.ts'] },
  59: { offers: '{crossEntropy} of {zeros}: log C', shows: ['digits/main.ts'] },
  60: {
    offers: '{oneVsRestCrossEntropy}: a name of its own; p_y = 1 gives 0 and a finite gradient',
    shows: ['stories/slide-gradients.ts', 'lecture/recompute/softmax.ts'],
  },
  61: {
    offers: '{crossEntropy} takes probabilities as targets; `crossEntropy(log(Q), P)` is H(P, Q); 0·log 0 = 0',
    shows: ['lecture/recompute/probabilities.ts'],
  },
  62: { offers: '{entropy}', shows: ['lecture/recompute/probabilities.ts'] },
  63: { offers: '{klDiv}: infinite where P > 0 and Q = 0', shows: ['lecture/recompute/probabilities.ts'] },
  64: { offers: '{entropy} + {klDiv} = {crossEntropy}', shows: ['lecture/recompute/probabilities.ts'] },
  65: {
    offers: '{oneHot}; a label that is no class is refused',
    shows: ['instead-of-assignment.md#one-column-a-row-pick-reads-it-a-one-hot-mask-writes-it'],
  },
  66: { offers: '{logsumexp}, {log} and {sum}: no underflow', shows: ['write-a-loss.md#numerical-habits'] },
  67: { offers: '{negativeLogLikelihood}: a loss from any {Density}', shows: DENSITIES },
  68: { offers: '{bernoulli}', shows: DENSITIES },
  69: { offers: '{binaryCrossEntropy}, {binaryCrossEntropyWithLogits}' },
  70: { offers: '{LogisticRegression}', shows: ['train.md#estimators'] },
  71: { offers: '{categorical}; the table of four rows gives 0.9335', shows: DENSITIES },
  72: { offers: '{multiclassHinge} and {crossEntropy} of the same scores: 1.58 and 1.040' },
  73: { offers: '{l1Loss}; slope 0 at 0', shows: ['lecture/recompute/regression.ts'] },
  74: { offers: '{mseLoss} with `reduction: "sum"`: no factor ½', shows: ['lecture/recompute/regression.ts'] },
  75: { offers: '{gaussian}, with the whole constant', shows: DENSITIES },
  76: { offers: '{laplace}; the median, where the Gaussian has the mean', shows: DENSITIES },
  77: { offers: '{mixture} of {laplace}: integrates to 1, where the printed one has 2' },
  78: { offers: '`add(loss, mul(lambda, l2(W)))`; `lambda` and `regulariser` of every {TrainedModel}', shows: ['digits/train.ts'] },
  79: { offers: '{l2}: no ½, gradient 2W' },
  80: { offers: '{l1}: gradient sign(W), 0 at 0' },
  81: { offers: '{elasticNet}: β on the squares alone' },
  82: { offers: '{maxNorm}, as `project` of a group of parameters', shows: ['train.md#schedules-groups-projections'] },
  83: { offers: '{dropout}, {Dropout}: what is kept is divided by 1 − p', shows: ['train.md#layers'] },
  84: { offers: '{batchNorm1d}, {BatchNorm1d}: running statistics in evaluation', shows: ['train.md#layers'] },
  85: { offers: '{residual}, {Residual} with `survival`' },
  86: { offers: '{fractionalMaxPool2d}, {FractionalMaxPool2d}: windows from a generator' },
  87: { offers: '{l2} 1 and 0.25, {l1} a tie, {elasticNet} β + 1 and β/4 + 1' },
  88: { offers: '{hessian}, {hvp}: λ·ΣW² adds 2λ to every curvature' },
  89: { offers: '{polynomialRegression} with `lambda`; {noisyPolynomial}' },
  90: { offers: '{polynomialRegression}, {polynomialFeatures}; order 12 goes through 13 points' },
  91: {
    offers: '{LinearRegression}, closed form or descent; {minimize}',
    shows: ['train.md#optimizers', 'lecture/recompute/regression.ts'],
  },
};
