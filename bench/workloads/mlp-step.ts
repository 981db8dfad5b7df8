import { Lcg, zeros32, type Inputs } from '../inputs.js';
import * as place from '../place.js';
import { workload, type Chainrule, type JaxJs, type TF } from '../workload.js';

const [rows, widths] = [128, [784, 256, 128, 10]];
const classes = 10;
const names = ['W1', 'b1', 'W2', 'b2', 'W3', 'b3'];
const [rate, beta1, beta2, epsilon] = [1e-3, 0.9, 0.999, 1e-8];

/** Corrections of Adam's moments for their start at zero, at update t. */
const corrections = (t: number) => [1 / (1 - beta1 ** t), 1 / (1 - beta2 ** t)] as const;

/**
 * One training step of a small network. Adam is written out from array operations in every library, so that all do the
 * same work:  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  p ← p − rate · m̂ / (√v̂ + ε)
 */
export const mlpStep = workload({
  name: 'mlp step',
  about: '784-256-128-10, relu, batch 128, cross-entropy: value, gradients, Adam update',
  dtype: 'float32',
  targets: { 'tfjs-cpu': 2 },
  setup(): Inputs {
    const random = new Lcg(6);
    const X = random.float32([rows, widths[0]!]);
    const labels = random.labels(rows, classes);
    const oneHot = zeros32([rows, classes]);
    labels.data.forEach((label, i) => (oneHot.data[i * classes + label] = 1));
    const layer = (i: number) => random.float32([widths[i]!, widths[i + 1]!], Math.sqrt(6 / widths[i]!));
    const bias = (i: number) => random.float32([widths[i + 1]!], 0.1);
    return { X, labels, oneHot, W1: layer(0), b1: bias(0), W2: layer(1), b2: bias(1), W3: layer(2), b3: bias(2) };
  },

  ours(inputs, cr, jit) {
    type Tensors = Chainrule.Tensor[];
    interface State {
      params: Tensors;
      m: Tensors;
      v: Tensors;
      t: number;
    }
    const [X, labels] = [place.ours(cr, inputs.X!), place.ours(cr, inputs.labels!)];
    const params = names.map((name) => place.ours(cr, inputs[name]!));
    const zeros = params.map((p) => cr.zeros(p.shape, { dtype: 'float32' }));
    const initial: State = { params, m: zeros, v: zeros, t: 0 };

    const lossAndGrads = cr.valueAndGrad((params: Tensors) => {
      const [W1, b1, W2, b2, W3, b3] = params as [...(Tensors & { length: 6 })];
      const h1 = cr.relu(cr.add(cr.matmul(X, W1!), b1!));
      const h2 = cr.relu(cr.add(cr.matmul(h1, W2!), b2!));
      return cr.crossEntropy(cr.add(cr.matmul(h2, W3!), b3!), labels);
    });
    const update = jit((s: Omit<State, 't'>, size: number, c2: number) => {
      const [loss, grads] = lossAndGrads(s.params);
      const m = grads.map((g, i) => cr.add(cr.mul(beta1, s.m[i]!), cr.mul(1 - beta1, g)));
      const v = grads.map((g, i) => cr.add(cr.mul(beta2, s.v[i]!), cr.mul(1 - beta2, cr.mul(g, g))));
      const params = s.params.map((p, i) => cr.sub(p, cr.div(cr.mul(size, m[i]!), cr.add(cr.sqrt(cr.mul(c2, v[i]!)), epsilon))));
      return { loss, params, m, v };
    });
    const step = ({ t, ...s }: State): State & { loss: number } => {
      const [c1, c2] = corrections(t + 1);
      const { loss, ...next } = update(s, rate * c1, c2);
      return { ...next, t: t + 1, loss: loss.item() };
    };
    let state = initial;
    return {
      reset: () => (state = initial),
      call: () => (state = step(state)),
      result() {
        const [loss, grads] = lossAndGrads(params);
        return {
          loss: [loss.item()],
          ...Object.fromEntries(grads.map((g, i) => [`g${names[i]}`, g.data])),
          'loss after 2 updates': [step(step(step(initial))).loss],
        };
      },
    };
  },

  tfjs(inputs, tf) {
    type State = { params: TF.Tensor[]; m: TF.Tensor[]; v: TF.Tensor[] };
    const [X, oneHot] = [place.tfjs(tf, inputs.X!), place.tfjs(tf, inputs.oneHot!)];
    const params = names.map((name) => place.tfjs(tf, inputs[name]!));
    const zeros = params.map((p) => tf.zerosLike(p));
    const initial: State = { params, m: zeros, v: zeros };

    const lossAndGrads = tf.valueAndGrads((W1, b1, W2, b2, W3, b3) => {
      const h1 = tf.relu(tf.add(tf.matMul(X, W1!), b1!));
      const h2 = tf.relu(tf.add(tf.matMul(h1, W2!), b2!));
      return tf.losses.softmaxCrossEntropy(oneHot, tf.add(tf.matMul(h2, W3!), b3!));
    });
    const step = (s: State, t: number) => {
      const { value, grads } = lossAndGrads(s.params);
      const [c1, c2] = corrections(t);
      const m = grads.map((g, i) => tf.add(tf.mul(beta1, s.m[i]!), tf.mul(1 - beta1, g)));
      const v = grads.map((g, i) => tf.add(tf.mul(beta2, s.v[i]!), tf.mul(1 - beta2, tf.mul(g, g))));
      const params = s.params.map((p, i) => tf.sub(p, tf.div(tf.mul(rate * c1, m[i]!), tf.add(tf.sqrt(tf.mul(c2, v[i]!)), epsilon))));
      return { loss: value.dataSync(), state: { params, m, v } };
    };
    const copy = ({ params, m, v }: State) => tf.tidy(() => ({ params: params.map(tf.clone), m: m.map(tf.clone), v: v.map(tf.clone) }));
    let state = copy(initial);
    let t = 0;
    return {
      reset() {
        tf.dispose(state);
        state = copy(initial);
        t = 0;
      },
      call() {
        const previous = state;
        t += 1;
        state = tf.tidy(() => step(previous, t).state);
        tf.dispose(previous);
      },
      result: () =>
        tf.tidy(() => {
          const { value, grads } = lossAndGrads(params);
          return {
            loss: value.dataSync(),
            ...Object.fromEntries(grads.map((g, i) => [`g${names[i]}`, g.dataSync()])),
            'loss after 2 updates': step(step(step(initial, 1).state, 2).state, 3).loss,
          };
        }),
    };
  },

  jaxjs(inputs, jax) {
    const { numpy: np, nn } = jax;
    type State = { params: JaxJs.Array[]; m: JaxJs.Array[]; v: JaxJs.Array[] };
    const [X, oneHot] = [place.jaxjs(jax, inputs.X!), place.jaxjs(jax, inputs.oneHot!)];
    const params = names.map((name) => place.jaxjs(jax, inputs[name]!));
    const zeros = () => params.map((p) => np.zeros(p.shape));
    const initial: State = { params, m: zeros(), v: zeros() };

    const lossAndGrads = jax.valueAndGrad((params: JaxJs.Array[]) => {
      const [W1, b1, W2, b2, W3, b3] = params;
      const h1 = nn.relu(np.matmul(X.ref, W1!).add(b1!));
      const h2 = nn.relu(np.matmul(h1, W2!).add(b2!));
      const scores = np.matmul(h2, W3!).add(b3!);
      return np.mean(nn.logSoftmax(scores).mul(oneHot.ref).sum(-1)).neg();
    });
    const compiledLossAndGrads = jax.jit(lossAndGrads);
    const step = jax.jit((s: State, c1: JaxJs.Array, c2: JaxJs.Array) => {
      const [loss, grads] = lossAndGrads(jax.tree.ref(s.params));
      const m = grads.map((g, i) => s.m[i]!.mul(beta1).add(g.ref.mul(1 - beta1)));
      const v = grads.map((g, i) => s.v[i]!.mul(beta2).add(g.ref.mul(g).mul(1 - beta2)));
      const params = s.params.map((p, i) =>
        p.sub(
          m[i]!.ref.mul(c1.ref)
            .mul(rate)
            .div(np.sqrt(v[i]!.ref.mul(c2.ref)).add(epsilon)),
        ),
      );
      c1.dispose();
      c2.dispose();
      return { loss, state: { params, m, v } };
    });
    const update = (s: State, t: number) => step(s, ...(corrections(t).map((c) => np.array(c)) as [JaxJs.Array, JaxJs.Array]));
    let state = jax.tree.ref(initial);
    let t = 0;
    return {
      reset() {
        jax.tree.dispose(state);
        state = jax.tree.ref(initial);
        t = 0;
      },
      call() {
        t += 1;
        const next = update(state, t);
        state = next.state;
        next.loss.dataSync();
      },
      result() {
        const [loss, grads] = compiledLossAndGrads(jax.tree.ref(params));
        const one = update(jax.tree.ref(initial), 1);
        const two = update(one.state, 2);
        const three = update(two.state, 3);
        return {
          loss: loss.dataSync(),
          ...Object.fromEntries(grads.map((g, i) => [`g${names[i]}`, g.dataSync()])),
          'loss after 2 updates': three.loss.dataSync(),
        };
      },
    };
  },
});
