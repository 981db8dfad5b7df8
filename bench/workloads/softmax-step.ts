import { linearStep } from './linear-step.js';

/** One training step of the softmax classifier on CIFAR-sized rows. */
export const softmaxStep = linearStep({
  name: 'softmax step',
  about: 'cross-entropy + 1e-3·ΣW² of XW + b, X 256×3072, W 3072×10: value, gradients, SGD update',

  ours: (cr) => (scores, labels) => cr.crossEntropy(scores, labels),

  tfjs: (tf) => (scores, oneHot) => tf.losses.softmaxCrossEntropy(oneHot, scores),

  jaxjs:
    ({ numpy: np, nn }) =>
    (scores, oneHot) =>
      np.mean(nn.logSoftmax(scores).mul(oneHot).sum(-1)).neg(),
});
