import { linearStep } from './linear-step.js';

/** The softmax step with the multiclass hinge in the place of cross-entropy, composed of ops in every library. */
export const svmStep = linearStep({
  name: 'svm step',
  about: 'multiclass hinge + 1e-3·ΣW² of XW + b, X 256×3072, W 3072×10: value, gradients, SGD update',

  ours: (cr) => (scores, labels) => cr.multiclassHinge(scores, labels),

  // Σ_{j≠y} max(0, s_j − s_y + 1): the correct class contributes 1 to the full sum
  tfjs: (tf) => (scores, oneHot) => {
    const correct = tf.sum(tf.mul(scores, oneHot), 1, true);
    const margins = tf.relu(tf.add(tf.sub(scores, correct), 1));
    return tf.mean(tf.sub(tf.sum(margins, 1), 1));
  },

  // At its kink jax-js's relu has slope 1 where the others have 0, but only a tie of float32 scores would land there,
  // and the correct class, which does not: its margin is exactly 1.
  jaxjs:
    ({ numpy: np, nn }) =>
    (scores, oneHot) => {
      const correct = scores.ref.mul(oneHot).sum(-1, { keepdims: true });
      const margins = nn.relu(scores.sub(correct).add(1));
      return np.mean(margins.sum(-1).sub(1));
    },
});
