/** An input as a value of each library. */
import type { Input } from './inputs.js';
import type { Chainrule, JaxJs, TF } from './workload.js';

export function ours(cr: typeof Chainrule, { data, shape }: Input): Chainrule.Tensor {
  return cr.tensor(data, { shape });
}

/** tfjs has no float64. */
export function tfjs(tf: typeof TF, input: Input): TF.Tensor {
  return tf.tensor(single(input), input.shape);
}

/**
 * jax-js has float64, but on Node 20 it asks for Float16Array on the way to it, its exp has nine digits there, and its
 * jitted Hessian of softplus is wrong; float32 is its default.
 */
export function jaxjs(jax: typeof JaxJs, input: Input): JaxJs.Array {
  return jax.numpy.array(single(input)).reshape(input.shape);
}

const single = ({ data }: Input) => (data instanceof Int32Array ? Int32Array.from(data) : Float32Array.from(data));
