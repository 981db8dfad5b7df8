/** A training step of a linear classifier; what the softmax and the SVM step share. */
import { Lcg, oneHot, variants, zeros32 } from '../inputs.js';
import * as jaxjs from '../libraries/jaxjs.js';
import * as ours from '../libraries/ours.js';
import * as tfjs from '../libraries/tfjs.js';
import { workload, type Chainrule, type JaxJs, type TF, type Workload } from '../workload.js';

const [rows, features, classes] = [256, 3072, 10];
const lambda = 1e-3;

/** The mean loss of scores [256, 10]. Ours takes class numbers, the JavaScript peers one-hot rows. */
interface Losses extends Pick<Workload, 'name' | 'about'> {
  ours(cr: typeof Chainrule): (scores: Chainrule.Tensor, labels: Chainrule.Tensor) => Chainrule.Tensor;
  tfjs(tf: typeof TF): (scores: TF.Tensor, oneHot: TF.Tensor) => TF.Tensor;
  jaxjs(jax: typeof JaxJs): (scores: JaxJs.Array, oneHot: JaxJs.Array) => JaxJs.Array;
}

export function linearStep({ name, about, ...losses }: Losses): Workload {
  return workload({
    name,
    about,
    dtype: 'float32',
    setup() {
      const random = new Lcg(5);
      const X = random.float32([variants, rows, features]);
      const labels = random.labels([variants, rows], classes);
      return { X, labels, oneHot: oneHot(labels, classes), W: random.float32([features, classes], 0.01), b: zeros32([classes]) };
    },

    ours({ X, labels, W, b }, cr, mode) {
      const dataLoss = losses.ours(cr);
      return ours.training(cr, mode, {
        parameters: { W, b },
        batches: [X, labels],
        optimizer: ours.sgd(cr),
        loss: ([W, b], X, labels) => cr.add(dataLoss(cr.add(cr.matmul(X!, W!), b!), labels!), cr.mul(lambda, cr.sum(cr.mul(W!, W!)))),
      });
    },

    tfjs({ X, oneHot, W, b }, tf) {
      const dataLoss = losses.tfjs(tf);
      return tfjs.training(tf, {
        parameters: { W, b },
        batches: [X, oneHot],
        rule: tfjs.sgd(tf),
        loss: ([W, b], X, oneHot) => tf.add(dataLoss(tf.add(tf.matMul(X!, W!), b!), oneHot!), tf.mul(lambda, tf.sum(tf.mul(W!, W!)))),
      });
    },

    jaxjs({ X, oneHot, W, b }, jax) {
      const dataLoss = losses.jaxjs(jax);
      return jaxjs.training(jax, {
        parameters: { W, b },
        batches: [X, oneHot],
        rule: jaxjs.sgd,
        loss([W, b], X, oneHot) {
          const penalty = W!.ref.mul(W!.ref).sum().mul(lambda);
          return dataLoss(jax.numpy.matmul(X!, W!).add(b!), oneHot!).add(penalty);
        },
      });
    },
  });
}
