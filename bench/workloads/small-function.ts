import { Lcg, variants } from '../inputs.js';
import * as jaxjs from '../libraries/jaxjs.js';
import * as ours from '../libraries/ours.js';
import * as tfjs from '../libraries/tfjs.js';
import { workload } from '../workload.js';

/** Arrays so small that the cost of a call is the library's own. */
export const smallFunction = workload({
  name: 'small function',
  about: 'value and gradient of Σ(Xw − y)², X 50×10 constant, w the 10 parameters',
  dtype: 'float64',
  setup() {
    const random = new Lcg(1);
    return { X: random.float64([50, 10]), y: random.float64([50]), w: random.float64([variants, 10]) };
  },

  ours(inputs, cr, mode) {
    const [X, y] = [ours.place(cr, inputs.X), ours.place(cr, inputs.y)];
    // by name, as a program imports them: a call through a namespace that is a value is never inlined
    const { matmul, square, sub, sum } = cr;
    return ours.gradient(cr, mode, (w) => sum(square(sub(matmul(X, w), y))), inputs.w);
  },

  tfjs(inputs, tf) {
    // matMul of columns, which is what tf.dot comes down to after two reshapes
    const column = { data: inputs.w.data, shape: [...inputs.w.shape, 1] };
    const [X, y] = [tfjs.place(tf, inputs.X), tfjs.place(tf, { ...inputs.y, shape: [50, 1] })];
    const { matMul, square, sub, sum } = tf;
    return tfjs.gradient(tf, (w) => sum(square(sub(matMul(X, w), y))), column);
  },

  jaxjs(inputs, jax) {
    const { numpy: np } = jax;
    const [X, y] = [jaxjs.place(jax, inputs.X), jaxjs.place(jax, inputs.y)];
    return jaxjs.gradient(jax, (w) => np.square(np.matmul(X.ref, w).sub(y.ref)).sum(), inputs.w);
  },
});
