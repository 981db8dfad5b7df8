import { Lcg, oneHot, variants, type Inputs } from '../inputs.js';
import * as jaxjs from '../libraries/jaxjs.js';
import * as ours from '../libraries/ours.js';
import * as tfjs from '../libraries/tfjs.js';
import { workload } from '../workload.js';

const [rows, widths, classes] = [128, [784, 256, 128, 10], 10];
const names = ['W1', 'b1', 'W2', 'b2', 'W3', 'b3'];

/** One training step of a small network:  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  p ← p − rate · m̂ / (√v̂ + ε) */
export const mlpStep = workload({
  name: 'mlp step',
  about: '784-256-128-10, relu, batch 128, cross-entropy: value, gradients, Adam update',
  dtype: 'float32',
  setup(): Inputs {
    const random = new Lcg(6);
    const X = random.float32([variants, rows, widths[0]!]);
    const labels = random.labels([variants, rows], classes);
    const layer = (i: number) => random.float32([widths[i]!, widths[i + 1]!], Math.sqrt(6 / widths[i]!));
    const bias = (i: number) => random.float32([widths[i + 1]!], 0.1);
    const parameters = { W1: layer(0), b1: bias(0), W2: layer(1), b2: bias(1), W3: layer(2), b3: bias(2) };
    return { X, labels, oneHot: oneHot(labels, classes), ...parameters };
  },

  ours: (inputs, cr, mode) =>
    ours.training(cr, mode, {
      parameters: parametersOf(inputs),
      batches: [inputs.X!, inputs.labels!],
      optimizer: ours.adam(cr),
      loss([W1, b1, W2, b2, W3, b3], X, labels) {
        const h1 = cr.relu(cr.add(cr.matmul(X!, W1!), b1!));
        const h2 = cr.relu(cr.add(cr.matmul(h1, W2!), b2!));
        return cr.crossEntropy(cr.add(cr.matmul(h2, W3!), b3!), labels!);
      },
    }),

  tfjs: (inputs, tf) =>
    tfjs.training(tf, {
      parameters: parametersOf(inputs),
      batches: [inputs.X!, inputs.oneHot!],
      rule: tfjs.adam(tf),
      loss([W1, b1, W2, b2, W3, b3], X, oneHot) {
        const h1 = tf.relu(tf.add(tf.matMul(X!, W1!), b1!));
        const h2 = tf.relu(tf.add(tf.matMul(h1, W2!), b2!));
        return tf.losses.softmaxCrossEntropy(oneHot!, tf.add(tf.matMul(h2, W3!), b3!));
      },
    }),

  jaxjs(inputs, jax) {
    const { numpy: np, nn } = jax;
    return jaxjs.training(jax, {
      parameters: parametersOf(inputs),
      batches: [inputs.X!, inputs.oneHot!],
      rule: jaxjs.adam(jax),
      loss([W1, b1, W2, b2, W3, b3], X, oneHot) {
        const h1 = nn.relu(np.matmul(X!, W1!).add(b1!));
        const h2 = nn.relu(np.matmul(h1, W2!).add(b2!));
        const scores = np.matmul(h2, W3!).add(b3!);
        return np.mean(nn.logSoftmax(scores).mul(oneHot!).sum(-1)).neg();
      },
    });
  },
});

const parametersOf = (inputs: Inputs): Inputs => Object.fromEntries(names.map((name) => [name, inputs[name]!]));
