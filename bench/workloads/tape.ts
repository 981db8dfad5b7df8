import * as jaxjs from '../libraries/jaxjs.js';
import * as ours from '../libraries/ours.js';
import * as tfjs from '../libraries/tfjs.js';
import { workload, type Chainrule } from '../workload.js';

const repeats = 250;

/** v ← sigmoid(0.999·v + x); v ← v·v, so many times from v = x: four scalar operations each. */
export function sigmoids(cr: typeof Chainrule, repeats: number): (x: Chainrule.Tensor) => Chainrule.Tensor {
  return (x) => {
    let v = x;
    for (let i = 0; i < repeats; i++) {
      v = cr.sigmoid(cr.add(cr.mul(v, 0.999), x));
      v = cr.mul(v, v);
    }
    return v;
  };
}

/** 1,000 scalar operations: nothing but the cost of recording an op and sweeping it. */
export const tape = workload({
  name: 'tape 1000',
  about: 'v ← sigmoid(0.999·v + x); v ← v·v, 250 times from v = x near 0.5: value and gradient',
  dtype: 'float64',
  notes: { 'jax-js': 'not jitted' },
  setup: () => ({ x: { data: Float64Array.of(0.5, 0.4, 0.6, 0.7), shape: [4] } }),

  ours: ({ x }, cr, mode) => ours.gradient(cr, mode, sigmoids(cr, repeats), x),

  tfjs({ x }, tf) {
    const f = (x: Parameters<Parameters<typeof tfjs.gradient>[1]>[0]) => {
      let v = x;
      for (let i = 0; i < repeats; i++) {
        v = tf.sigmoid(tf.add(tf.mul(v, 0.999), x));
        v = tf.mul(v, v);
      }
      return v;
    };
    return tfjs.gradient(tf, f, x);
  },

  jaxjs({ x }, jax) {
    const { nn } = jax;
    // Not jitted: its compiler writes v·v out as two copies of v's expression, so that every repeat doubles the program.
    return jaxjs.gradient(
      jax,
      (x) => {
        let v = x.ref;
        for (let i = 0; i < repeats; i++) {
          v = nn.sigmoid(v.mul(0.999).add(x.ref));
          v = v.ref.mul(v);
        }
        x.dispose();
        return v;
      },
      x,
      { jit: false },
    );
  },
});
