import { Lcg } from '../inputs.js';
import * as place from '../place.js';
import { workload, type Chainrule, type JaxJs } from '../workload.js';

/** Arrays so small that the cost of a call is the library's own. */
export const smallFunction = workload({
  name: 'small function',
  about: 'value and gradient of Σ(Xw − y)², X 50×10 constant, w the 10 parameters',
  dtype: 'float64',
  targets: { 'jax-js': 8, 'tfjs-cpu': 16 },
  setup() {
    const random = new Lcg(1);
    return { X: random.float64([50, 10]), y: random.float64([50]), w: random.float64([10]) };
  },

  ours(inputs, cr, jit) {
    const [X, y, w] = [place.ours(cr, inputs.X), place.ours(cr, inputs.y), place.ours(cr, inputs.w)];
    // by name, as a program imports them: a call through a namespace that is a value is never inlined
    const { matmul, square, sub, sum, valueAndGrad } = cr;
    const f = jit(valueAndGrad((w: Chainrule.Tensor) => sum(square(sub(matmul(X, w), y)))));
    return {
      call: () => f(w)[0].item(),
      result: () => {
        const [value, gradient] = f(w);
        return { value: [value.item()], gradient: gradient.data };
      },
    };
  },

  tfjs(inputs, tf) {
    // matMul of columns, which is what tf.dot comes down to after two reshapes
    const X = place.tfjs(tf, inputs.X);
    const y = place.tfjs(tf, { ...inputs.y, shape: [50, 1] });
    const w = place.tfjs(tf, { ...inputs.w, shape: [10, 1] });
    const { matMul, square, sub, sum, valueAndGrad } = tf;
    const f = valueAndGrad((w) => sum(square(sub(matMul(X, w), y))));
    return {
      call: () => tf.tidy(() => f(w).value.dataSync()),
      result: () =>
        tf.tidy(() => {
          const { value, grad } = f(w);
          return { value: value.dataSync(), gradient: grad.dataSync() };
        }),
    };
  },

  jaxjs(inputs, jax) {
    const { numpy: np } = jax;
    const [X, y, w] = [place.jaxjs(jax, inputs.X), place.jaxjs(jax, inputs.y), place.jaxjs(jax, inputs.w)];
    const f = jax.jit(jax.valueAndGrad((w: JaxJs.Array) => np.square(np.matmul(X.ref, w).sub(y.ref)).sum()));
    return {
      call() {
        const [value, gradient] = f(w.ref);
        value.dataSync();
        gradient.dispose();
      },
      result() {
        const [value, gradient] = f(w.ref);
        return { value: value.dataSync(), gradient: gradient.dataSync() };
      },
    };
  },
});
