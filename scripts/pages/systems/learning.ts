/**
 * @file Rows 92 to 123: optimisation; calculus and backpropagation; neural networks.
 */
import type { Rows } from './row.js';

export const learningRows: Rows = {
  92: { offers: '{minimize}' },
  93: { offers: '{randomSearch}' },
  94: { offers: '{numericalGradient} with `scheme: "forward"`', shows: ['check-a-gradient.md#numerical-gradients'] },
  95: { offers: '{numericalGradient}, central by default', shows: ['check-a-gradient.md#numerical-gradients'] },
  96: { offers: '{gradcheck}, {gradgradcheck}: they reject the wrong sign of text 003', shows: ['check-a-gradient.md#gradcheck'] },
  97: { offers: '{grad}, {valueAndGrad}, {jacobian}, {hessian}', shows: ['concepts.md#derivatives'] },
  98: { offers: '{SGD}, {sgd}; losses of the epochs in `history_`', shows: ['concepts.md#parameters-and-training', 'train.md#optimizers'] },
  99: { offers: '{minibatches}, {DataLoader}, `batchSize` of every {TrainedModel}; without replacement unless `replacement: true`' },
  100: { offers: '{DataLoader} with `shuffle`, or {randint} and {take}' },
  101: { offers: '{grad}, {hessian}, {trajectory} of x² − y²' },
  102: {
    offers:
      '{cosineSchedule}, {warmupSchedule}, {stepSchedule} and others, {reduceOnPlateau}; momentum of {SGD}; {Adam}, {RMSprop}, {LBFGS} …',
    shows: ['train.md#schedules-groups-projections'],
  },
  103: { offers: '{trajectory}: points and values, to be drawn' },
  104: { offers: '{grad}, with `argnums` for partial derivatives', shows: ['concepts.md#derivatives'] },
  105: { offers: '{grad}: (1, 8) at (0, 1)', shows: ['lecture/recompute/calculus.ts'] },
  106: { offers: '{jacobian}, {jacfwd}: m × d', shows: ['lecture/recompute/calculus.ts'] },
  107: { offers: '{hessian}', shows: ['lecture/recompute/calculus.ts'] },
  108: { offers: '{grad} of compositions: 48x³ − 32x', shows: ['lecture/recompute/calculus.ts'] },
  109: { offers: '`backward()` of a {Tensor}, `grad` of a {Parameter}; the {Tape}', shows: ['concepts.md#the-tape'] },
  110: { offers: '{trace}: every value on the way and its gradient; {toSVG} draws it', shows: ['check-a-gradient.md#a-worked-example'] },
  111: { offers: '{jacobian} of {linear} or {matmul}; in its layout the slides’ matrices are transposed' },
  112: { offers: '{sigmoid}' },
  113: { offers: '{jacobian} of {softmax}', shows: ['lecture/recompute/softmax.ts'] },
  114: { offers: '{binaryHinge}, {multiclassHinge}: strict indicators, 0 at the kink', shows: ['concepts.md#kinks-and-ties'] },
  115: { offers: '{nllLoss}' },
  116: { offers: '{oneVsRestCrossEntropy}: +1/(1 − p_j) off the row of y; the slide prints a minus' },
  117: { offers: '{mseLoss}' },
  118: { offers: '{grad} of mean loss + λ·R(W)', shows: ['concepts.md#parameters-and-training'] },
  119: { offers: '{sigmoid}, finite on both tails' },
  120: { offers: '{neuron}' },
  121: { offers: '{dense}' },
  122: { offers: '{Sequential}, {sequential}, {MLPClassifier}, {MLPRegressor}', shows: ['train.md#layers', 'training/main.ts'] },
  123: { offers: '{relu}, {tanh}, {softplus}; {activation} makes a layer of any function', shows: ['train.md#layers'] },
};
