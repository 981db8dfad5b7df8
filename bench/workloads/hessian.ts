import { Lcg } from '../inputs.js';
import * as place from '../place.js';
import { workload, type Chainrule, type JaxJs } from '../workload.js';

/** Second derivatives: the 50×50 Hessian of the logistic loss. tfjs has no Hessian. */
export const hessian = workload({
  name: 'hessian 50',
  about: 'Hessian of mean softplus(−y ⊙ Xw) in w, X 200×50, y = ±1',
  dtype: 'float64',
  setup() {
    const random = new Lcg(4);
    const X = random.float64([200, 50]);
    const w = random.float64([50], 0.3);
    const y = { data: Float64Array.from(random.labels(200, 2).data, (label) => 2 * label - 1), shape: [200] };
    return { X, y, w };
  },

  ours(inputs, cr, jit) {
    const [X, y, w] = [place.ours(cr, inputs.X), place.ours(cr, inputs.y), place.ours(cr, inputs.w)];
    const f = jit(cr.hessian((w: Chainrule.Tensor) => cr.mean(cr.softplus(cr.neg(cr.mul(y, cr.matmul(X, w)))))));
    return {
      call: () => f(w).data,
      result: () => ({ hessian: f(w).data }),
    };
  },

  jaxjs(inputs, jax) {
    const { numpy: np, nn } = jax;
    const [X, y, w] = [place.jaxjs(jax, inputs.X), place.jaxjs(jax, inputs.y), place.jaxjs(jax, inputs.w)];
    const f = jax.jit(jax.hessian((w: JaxJs.Array) => np.mean(nn.softplus(np.matmul(X.ref, w).mul(y.ref).neg()))));
    return {
      call: () => f(w.ref).dataSync(),
      result: () => ({ hessian: f(w.ref).dataSync() }),
    };
  },
});
