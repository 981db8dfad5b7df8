import { Lcg } from '../inputs.js';
import * as place from '../place.js';
import { workload, type Chainrule, type JaxJs } from '../workload.js';

/** Memory traffic: three elementwise ops, a sum, and their pullbacks. */
export const elementwise = workload({
  name: 'elementwise 1M',
  about: 'gradient of Σ sigmoid(x·x + x), a million numbers',
  dtype: 'float32',
  // A million float32 numbers added up one after the other, as jax-js does, lose more than the default allows.
  tolerance: { value: 1e-3 },
  setup: () => ({ x: new Lcg(2).float32([1_000_000], 2) }),

  ours(inputs, cr, jit) {
    const x = place.ours(cr, inputs.x);
    const f = jit(cr.valueAndGrad((x: Chainrule.Tensor) => cr.sum(cr.sigmoid(cr.add(cr.mul(x, x), x)))));
    return {
      call: () => f(x)[0].item(),
      result: () => {
        const [value, gradient] = f(x);
        return { value: [value.item()], gradient: gradient.data };
      },
    };
  },

  tfjs(inputs, tf) {
    const x = place.tfjs(tf, inputs.x);
    const f = tf.valueAndGrad((x) => tf.sum(tf.sigmoid(tf.add(tf.mul(x, x), x))));
    return {
      call: () => tf.tidy(() => f(x).value.dataSync()),
      result: () =>
        tf.tidy(() => {
          const { value, grad } = f(x);
          return { value: value.dataSync(), gradient: grad.dataSync() };
        }),
    };
  },

  jaxjs(inputs, jax) {
    const x = place.jaxjs(jax, inputs.x);
    const f = jax.jit(jax.valueAndGrad((x: JaxJs.Array) => jax.nn.sigmoid(x.ref.mul(x.ref).add(x)).sum()));
    return {
      call() {
        const [value, gradient] = f(x.ref);
        value.dataSync();
        gradient.dispose();
      },
      result() {
        const [value, gradient] = f(x.ref);
        return { value: value.dataSync(), gradient: gradient.dataSync() };
      },
    };
  },
});
