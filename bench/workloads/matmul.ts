import { cycle, Lcg, variants, zip } from '../inputs.js';
import * as jaxjs from '../libraries/jaxjs.js';
import * as ours from '../libraries/ours.js';
import * as tfjs from '../libraries/tfjs.js';
import { joined } from '../libraries/results.js';
import { type Chainrule, workload, type JaxJs, type TF } from '../workload.js';

/** The bare kernel: no gradient. 2·512³ = 0.27 GFLOP a call, 2·1024³ = 2.1. */
const matmul = (n: number) =>
  workload({
    name: `matmul ${n}`,
    about: `A·B, both ${n}×${n}`,
    dtype: 'float32',
    setup() {
      const random = new Lcg(3);
      return { A: random.float32([variants, n, n]), B: random.float32([variants, n, n]) };
    },

    ours(inputs, cr, { jit }) {
      const pairs = zip([ours.placeEach(cr, inputs.A), ours.placeEach(cr, inputs.B)]);
      const next = cycle(pairs);
      const f = jit((A: Chainrule.Tensor, B: Chainrule.Tensor) => cr.matmul(A, B));
      const product = ([A, B]: Chainrule.Tensor[]) => f(A!, B!).data;
      return { call: () => product(next()), result: () => ({ product: joined(pairs.map(product)) }) };
    },

    tfjs(inputs, tf) {
      if (n > 512 && tf.getBackend() === 'cpu') return null; // seconds a call
      const pairs = zip([tfjs.placeEach(tf, inputs.A), tfjs.placeEach(tf, inputs.B)]);
      const next = cycle(pairs);
      const product = ([A, B]: TF.Tensor[]) => {
        const C = tf.matMul(A as TF.Tensor2D, B as TF.Tensor2D);
        const read = C.dataSync();
        C.dispose();
        return read;
      };
      return { call: () => product(next()), result: () => ({ product: joined(pairs.map(product)) }) };
    },

    jaxjs(inputs, jax) {
      const pairs = zip([jaxjs.placeEach(jax, inputs.A), jaxjs.placeEach(jax, inputs.B)]);
      const next = cycle(pairs);
      const f = jax.jit((A: JaxJs.Array, B: JaxJs.Array) => jax.numpy.matmul(A, B));
      const product = ([A, B]: JaxJs.Array[]) => f(A!.ref, B!.ref).dataSync();
      return { call: () => product(next()), result: () => ({ product: joined(pairs.map(product)) }) };
    },
  });

export const matmul512 = matmul(512);
export const matmul1024 = matmul(1024);
