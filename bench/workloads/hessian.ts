import { cycle, Lcg, variants } from '../inputs.js';
import * as jaxjs from '../libraries/jaxjs.js';
import * as ours from '../libraries/ours.js';
import { joined } from '../libraries/results.js';
import { workload, type Chainrule, type JaxJs } from '../workload.js';

/** Second derivatives: the 50×50 Hessian of the logistic loss. tfjs has no Hessian. */
export const hessian = workload({
  name: 'hessian 50',
  about: 'Hessian of mean softplus(−y ⊙ Xw) in w, X 200×50, y = ±1',
  dtype: 'float64',
  setup() {
    const random = new Lcg(4);
    const X = random.float64([200, 50]);
    const w = random.float64([variants, 50], 0.3);
    const y = { data: Float64Array.from(random.labels([200], 2).data, (label) => 2 * label - 1), shape: [200] };
    return { X, y, w };
  },

  ours(inputs, cr, { jit }) {
    const [X, y, ws] = [ours.place(cr, inputs.X), ours.place(cr, inputs.y), ours.placeEach(cr, inputs.w)];
    const next = cycle(ws);
    const f = jit(cr.hessian((w: Chainrule.Tensor) => cr.mean(cr.softplus(cr.neg(cr.mul(y, cr.matmul(X, w)))))));
    return {
      call: () => f(next()).data,
      result: () => ({ hessian: joined(ws.map((w) => f(w).data)) }),
    };
  },

  jaxjs(inputs, jax) {
    const { numpy: np, nn } = jax;
    const [X, y, ws] = [jaxjs.place(jax, inputs.X), jaxjs.place(jax, inputs.y), jaxjs.placeEach(jax, inputs.w)];
    const next = cycle(ws);
    const f = jax.jit(jax.hessian((w: JaxJs.Array) => np.mean(nn.softplus(np.matmul(X.ref, w).mul(y.ref).neg()))));
    return {
      call: () => f(next().ref).dataSync(),
      result: () => ({ hessian: joined(ws.map((w) => f(w.ref).dataSync())) }),
    };
  },
});
