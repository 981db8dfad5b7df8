import { Lcg, variants } from '../inputs.js';
import * as jaxjs from '../libraries/jaxjs.js';
import * as ours from '../libraries/ours.js';
import * as tfjs from '../libraries/tfjs.js';
import { workload, type Chainrule, type JaxJs, type TF } from '../workload.js';

const length = 1_000_000;

const formulas = {
  ours: (cr: typeof Chainrule) => (x: Chainrule.Tensor) => cr.sum(cr.sigmoid(cr.add(cr.mul(x, x), x))),
  tfjs: (tf: typeof TF) => (x: TF.Tensor) => tf.sum(tf.sigmoid(tf.add(tf.mul(x, x), x))),
  jaxjs: (jax: typeof JaxJs) => (x: JaxJs.Array) => jax.nn.sigmoid(x.ref.mul(x.ref).add(x)).sum(),
};

/** Memory traffic: three elementwise ops, a sum, and their pullbacks. Arrays go in, and the gradient is read as an array. */
export const elementwise = workload({
  name: 'elementwise 1M',
  about: 'value and gradient of Σ sigmoid(x·x + x), a million numbers, arrays in and out',
  dtype: 'float32',
  // A million float32 numbers added up one after the other, as jax-js does, lose more than the default allows.
  tolerance: { value: 1e-3 },
  setup: () => ({ x: new Lcg(2).float32([variants, length], 2) }),
  ours: ({ x }, cr, mode) => ours.gradient(cr, mode, formulas.ours(cr), x),
  tfjs: ({ x }, tf) => tfjs.gradient(tf, formulas.tfjs(tf), x),
  jaxjs: ({ x }, jax) => jaxjs.gradient(jax, formulas.jaxjs(jax), x),
});

/** The same million numbers, as a parameter that every library keeps where it wants and moves down the gradient: only the loss is read. */
export const elementwiseResident = workload({
  name: 'elementwise 1M resident',
  about: 'x ← x − 0.01·gradient of Σ sigmoid(x·x + x), a million numbers that stay in the library; the loss is read',
  dtype: 'float32',
  tolerance: { loss: 1e-3, 'loss after 2 updates': 1e-3 }, // as above
  setup: () => ({ x: new Lcg(2).float32([length], 2) }),
  ours: ({ x }, cr, mode) =>
    ours.training(cr, mode, {
      parameters: { x },
      batches: [],
      optimizer: ours.sgd(cr),
      loss: ([x]) => formulas.ours(cr)(x!),
    }),
  tfjs: ({ x }, tf) =>
    tfjs.training(tf, {
      parameters: { x },
      batches: [],
      rule: tfjs.sgd(tf),
      loss: ([x]) => formulas.tfjs(tf)(x!),
    }),
  jaxjs: ({ x }, jax) =>
    jaxjs.training(jax, {
      parameters: { x },
      batches: [],
      rule: jaxjs.sgd,
      loss: ([x]) => formulas.jaxjs(jax)(x!),
    }),
});
