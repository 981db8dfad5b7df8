/** A training step of a linear classifier; what the softmax and the SVM step share. */
import { Lcg, zeros32 } from '../inputs.js';
import * as place from '../place.js';
import { workload, type Chainrule, type JaxJs, type TF, type Workload } from '../workload.js';

const [rows, features, classes] = [256, 3072, 10];
const rate = 0.01;
const lambda = 1e-3;

/** The mean loss of scores [256, 10]. Ours takes class numbers, the JavaScript peers one-hot rows. */
interface Losses extends Pick<Workload, 'name' | 'about' | 'targets'> {
  ours(cr: typeof Chainrule): (scores: Chainrule.Tensor, labels: Chainrule.Tensor) => Chainrule.Tensor;
  tfjs(tf: typeof TF): (scores: TF.Tensor, oneHot: TF.Tensor) => TF.Tensor;
  jaxjs(jax: typeof JaxJs): (scores: JaxJs.Array, oneHot: JaxJs.Array) => JaxJs.Array;
}

export function linearStep({ name, about, targets, ...losses }: Losses): Workload {
  return workload({
    name,
    about,
    ...(targets && { targets }),
    dtype: 'float32',
    setup() {
      const random = new Lcg(5);
      const X = random.float32([rows, features]);
      const labels = random.labels(rows, classes);
      const oneHot = zeros32([rows, classes]);
      labels.data.forEach((label, i) => (oneHot.data[i * classes + label] = 1));
      return { X, labels, oneHot, W: random.float32([features, classes], 0.01), b: zeros32([classes]) };
    },

    ours(inputs, cr, jit) {
      const [X, labels] = [place.ours(cr, inputs.X), place.ours(cr, inputs.labels)];
      const initial = [place.ours(cr, inputs.W), place.ours(cr, inputs.b)] as const;
      const dataLoss = losses.ours(cr);
      const lossAndGrads = cr.valueAndGrad(
        (W: Chainrule.Tensor, b: Chainrule.Tensor) =>
          cr.add(dataLoss(cr.add(cr.matmul(X, W), b), labels), cr.mul(lambda, cr.sum(cr.mul(W, W)))),
        { argnums: [0, 1] },
      );
      const step = jit((W: Chainrule.Tensor, b: Chainrule.Tensor) => {
        const [loss, [gW, gb]] = lossAndGrads(W, b);
        return { loss, W: cr.sub(W, cr.mul(rate, gW)), b: cr.sub(b, cr.mul(rate, gb)) };
      });
      let [W, b]: Chainrule.Tensor[] = [...initial];
      return {
        reset: () => ([W, b] = [...initial]),
        call() {
          const next = step(W!, b!);
          [W, b] = [next.W, next.b];
          next.loss.item();
        },
        result() {
          const [loss, [gW, gb]] = lossAndGrads(...initial);
          const one = step(...initial);
          const two = step(one.W, one.b);
          return { loss: [loss.item()], gW: gW.data, gb: gb.data, 'loss after 2 updates': [step(two.W, two.b).loss.item()] };
        },
      };
    },

    tfjs(inputs, tf) {
      const [X, oneHot] = [place.tfjs(tf, inputs.X), place.tfjs(tf, inputs.oneHot)];
      const initial = [place.tfjs(tf, inputs.W), place.tfjs(tf, inputs.b)];
      const dataLoss = losses.tfjs(tf);
      const lossAndGrads = tf.valueAndGrads((W, b) =>
        tf.add(dataLoss(tf.add(tf.matMul(X, W), b), oneHot), tf.mul(lambda, tf.sum(tf.mul(W, W)))),
      );
      const step = (params: TF.Tensor[]) => {
        const { value, grads } = lossAndGrads(params);
        return { loss: value.dataSync(), params: params.map((p, i) => tf.sub(p, tf.mul(rate, grads[i]!))) };
      };
      let params = initial.map((p) => p.clone());
      return {
        reset() {
          tf.dispose(params);
          params = initial.map((p) => p.clone());
        },
        call() {
          const previous = params;
          params = tf.tidy(() => step(previous).params);
          tf.dispose(previous);
        },
        result: () =>
          tf.tidy(() => {
            const { value, grads } = lossAndGrads(initial);
            const later = step(step(step(initial).params).params);
            return {
              loss: value.dataSync(),
              gW: grads[0]!.dataSync(),
              gb: grads[1]!.dataSync(),
              'loss after 2 updates': later.loss,
            };
          }),
      };
    },

    jaxjs(inputs, jax) {
      const { numpy: np } = jax;
      const [X, oneHot] = [place.jaxjs(jax, inputs.X), place.jaxjs(jax, inputs.oneHot)];
      const initial = { W: place.jaxjs(jax, inputs.W), b: place.jaxjs(jax, inputs.b) };
      const dataLoss = losses.jaxjs(jax);
      type Params = { W: JaxJs.Array; b: JaxJs.Array };
      const lossAndGrads = jax.valueAndGrad(({ W, b }: Params) => {
        const penalty = W.ref.mul(W.ref).sum().mul(lambda);
        return dataLoss(np.matmul(X.ref, W).add(b), oneHot.ref).add(penalty);
      });
      const compiledLossAndGrads = jax.jit(lossAndGrads);
      const step = jax.jit(({ W, b }: Params) => {
        const [loss, g] = lossAndGrads({ W: W.ref, b: b.ref });
        return { loss, params: { W: W.sub(g.W.mul(rate)), b: b.sub(g.b.mul(rate)) } };
      });
      let params = jax.tree.ref(initial);
      return {
        reset() {
          jax.tree.dispose(params);
          params = jax.tree.ref(initial);
        },
        call() {
          const next = step(params);
          params = next.params;
          next.loss.dataSync();
        },
        result() {
          const [loss, g] = compiledLossAndGrads(jax.tree.ref(initial));
          const one = step(jax.tree.ref(initial));
          const two = step(one.params);
          const three = step(two.params);
          return { loss: loss.dataSync(), gW: g.W.dataSync(), gb: g.b.dataSync(), 'loss after 2 updates': three.loss.dataSync() };
        },
      };
    },
  });
}
