import { Lcg } from '../inputs.js';
import * as place from '../place.js';
import { type Chainrule, workload, type JaxJs, type TF } from '../workload.js';

/** The bare kernel: no gradient. 2·512³ = 0.27 GFLOP a call. */
export const matmul = workload({
  name: 'matmul 512',
  about: 'A·B, both 512×512',
  dtype: 'float32',
  setup() {
    const random = new Lcg(3);
    return { A: random.float32([512, 512]), B: random.float32([512, 512]) };
  },

  ours(inputs, cr, jit) {
    const [A, B] = [place.ours(cr, inputs.A), place.ours(cr, inputs.B)];
    const product = jit((A: Chainrule.Tensor, B: Chainrule.Tensor) => cr.matmul(A, B));
    return {
      call: () => product(A, B).data,
      result: () => ({ product: product(A, B).data }),
    };
  },

  tfjs(inputs, tf) {
    const [A, B] = [place.tfjs(tf, inputs.A) as TF.Tensor2D, place.tfjs(tf, inputs.B) as TF.Tensor2D];
    return {
      call: () => tf.matMul(A, B).dispose(),
      result: () => tf.tidy(() => ({ product: tf.matMul(A, B).dataSync() })),
    };
  },

  jaxjs(inputs, jax) {
    const [A, B] = [place.jaxjs(jax, inputs.A), place.jaxjs(jax, inputs.B)];
    const f = jax.jit((A: JaxJs.Array, B: JaxJs.Array) => jax.numpy.matmul(A, B));
    return {
      call: () => f(A.ref, B.ref).dataSync(),
      result: () => ({ product: f(A.ref, B.ref).dataSync() }),
    };
  },
});
