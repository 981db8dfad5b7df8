import * as place from '../place.js';
import { workload, type Chainrule, type JaxJs } from '../workload.js';

const repeats = 250;

/** 1,000 scalar operations: nothing but the cost of recording an op and sweeping it. */
export const tape = workload({
  name: 'tape 1000',
  about: 'v ← sigmoid(0.999·v + x); v ← v·v, 250 times from x = 0.5: value and gradient',
  dtype: 'float64',
  targets: { torch: 4, 'tfjs-cpu': 20 },
  notes: { 'jax-js': 'not jitted' },
  setup: () => ({ x: { data: Float64Array.of(0.5), shape: [] } }),

  ours({ x }, cr, jit) {
    const sigmoids = (x: Chainrule.Tensor) => {
      let v = x;
      for (let i = 0; i < repeats; i++) {
        v = cr.sigmoid(cr.add(cr.mul(v, 0.999), x));
        v = cr.mul(v, v);
      }
      return v;
    };
    const f = jit(cr.valueAndGrad(sigmoids));
    const at = place.ours(cr, x);
    return {
      call: () => f(at)[0].item(),
      result: () => {
        const [value, gradient] = f(at);
        return { value: [value.item()], gradient: [gradient.item()] };
      },
    };
  },

  tfjs({ x }, tf) {
    const f = tf.valueAndGrad((x) => {
      let v = x;
      for (let i = 0; i < repeats; i++) {
        v = tf.sigmoid(tf.add(tf.mul(v, 0.999), x));
        v = tf.mul(v, v);
      }
      return v;
    });
    const at = place.tfjs(tf, x);
    return {
      call: () => tf.tidy(() => f(at).value.dataSync()),
      result: () =>
        tf.tidy(() => {
          const { value, grad } = f(at);
          return { value: value.dataSync(), gradient: grad.dataSync() };
        }),
    };
  },

  jaxjs({ x }, jax) {
    const { nn } = jax;
    // Not jitted: its compiler writes v·v out as two copies of v's expression, so that every repeat doubles the program.
    const f = jax.valueAndGrad((x: JaxJs.Array) => {
      let v = x.ref;
      for (let i = 0; i < repeats; i++) {
        v = nn.sigmoid(v.mul(0.999).add(x.ref));
        v = v.ref.mul(v);
      }
      x.dispose();
      return v;
    });
    const at = place.jaxjs(jax, x);
    return {
      call() {
        const [value, gradient] = f(at.ref);
        value.dataSync();
        gradient.dispose();
      },
      result() {
        const [value, gradient] = f(at.ref);
        return { value: value.dataSync(), gradient: gradient.dataSync() };
      },
    };
  },
});
