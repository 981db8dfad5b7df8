import { cycle, Lcg } from '../inputs.js';
import * as jaxjs from '../libraries/jaxjs.js';
import * as ours from '../libraries/ours.js';
import * as tfjs from '../libraries/tfjs.js';
import { joined } from '../libraries/results.js';
import { type Chainrule, workload, type JaxJs, type TF } from '../workload.js';

const [M, N, D, K] = [10_000, 1_000, 784, 5];
/** Two blocks of queries in turn: some peers need a minute for one. */
const variants = 2;

/** Rows that crowd as random numbers do (the worst case for pruning), or that differ as images do: smooth patches of a few kinds. */
function rows(random: Lcg, n: number, kind: 'random' | 'images'): Float32Array {
  const data = random.float32([n, D]).data as Float32Array;
  if (kind === 'random') return data;
  const side = 28;
  for (let r = 0; r < n; r++) {
    const noise = data.slice(r * D, (r + 1) * D);
    for (let i = 0; i < D; i++) {
      const [y, x] = [Math.floor(i / side), i % side];
      // one random level a 7×7 patch, and a tenth of the noise on top
      const patch = noise[Math.floor(y / 7) * 7 * side + Math.floor(x / 7) * 7]!;
      data[r * D + i] = patch + 0.1 * noise[i]!;
    }
  }
  return data;
}

const make = (kind: 'random' | 'images', metric: 'l2' | 'l1') =>
  workload({
    name: `knn ${metric} ${kind}`,
    about: `${K} nearest of ${M} points for ${N} queries of ${D} numbers, exact, ${metric}; ${kind === 'random' ? 'uniform random numbers' : 'smooth patches, as images are'}`,
    dtype: 'float32',
    tolerance: { distances: 1e-3 },
    setup() {
      const random = new Lcg(3);
      return {
        points: { data: rows(random, M, kind), shape: [M, D] },
        queries: { data: rows(random, variants * N, kind), shape: [variants, N, D] },
      };
    },

    // no program of ours: eager and compiled are the same call
    ours(inputs, cr) {
      const [P, blocks] = [ours.place(cr, inputs.points), ours.placeEach(cr, inputs.queries)];
      const next = cycle(blocks);
      const search = (Q: Chainrule.Tensor) => cr.kNearest(Q, P, { k: K, metric }).distances.data;
      return { call: () => search(next()), result: () => ({ distances: joined(blocks.map(search)) }) };
    },

    tfjs(inputs, tf) {
      if (tf.getBackend() !== 'wasm') return null; // a minute a call
      const [P, blocks] = [tfjs.place(tf, inputs.points), tfjs.placeEach(tf, inputs.queries)];
      const next = cycle(blocks);
      // L2: |q|² + |p|² − 2·q·p by one matrix product. L1 has no such form: one query at a time, so that memory stays bounded.
      const l2 = (Q: TF.Tensor) => {
        const squares = tf.sub(
          tf.add(tf.sum(tf.square(Q), 1, true), tf.sum(tf.square(P), 1)),
          tf.mul(2, tf.matMul(Q as never, P as never, false, true)),
        );
        return tf.sqrt(tf.relu(tf.neg(tf.topk(tf.neg(squares), K).values))).dataSync();
      };
      const l1 = (Q: TF.Tensor) =>
        joined(
          Array.from({ length: N }, (_, q) =>
            tf.tidy(() => {
              const far = tf.sum(tf.abs(tf.sub(P, tf.slice(Q as never, [q, 0], [1, D]))), 1);
              return tf.neg(tf.topk(tf.neg(far), K).values).dataSync() as unknown as TF.Tensor; // tidy passes on what is no tensor
            }),
          ) as unknown as Float32Array[],
        );
      const search = (Q: TF.Tensor) => tf.tidy(() => (metric === 'l2' ? l2 : l1)(Q) as unknown as TF.Tensor) as unknown as Float32Array;
      return { call: () => search(next()), result: () => ({ distances: joined(blocks.map(search)) }) };
    },

    jaxjs(inputs, jax) {
      const { numpy: np, lax } = jax;
      const [P, blocks] = [jaxjs.place(jax, inputs.points), jaxjs.placeEach(jax, inputs.queries)];
      const next = cycle(blocks);
      const nearest = (far: JaxJs.Array) => {
        const [values, indices] = lax.topK(far.neg(), K);
        indices.dispose();
        return values.neg();
      };
      // as above
      const l2 = jax.jit((Q: JaxJs.Array, P: JaxJs.Array) => {
        const squares = np.square(Q.ref).sum(1, { keepdims: true }).add(np.square(P.ref).sum(1)).sub(np.matmul(Q, P.transpose()).mul(2));
        return np.sqrt(nearest(np.maximum(squares, 0)));
      });
      const l1 = jax.jit((q: JaxJs.Array, P: JaxJs.Array) => nearest(np.abs(P.sub(q)).sum(1)));
      const search = (Q: JaxJs.Array) =>
        metric === 'l2'
          ? l2(Q.ref, P.ref).dataSync()
          : joined(Array.from({ length: N }, (_, q) => l1(Q.ref.slice(q), P.ref).dataSync() as Float32Array));
      return { call: () => search(next()), result: () => ({ distances: joined(blocks.map(search)) }) };
    },
  });

export const knnL2 = make('images', 'l2');
export const knnL2Random = make('random', 'l2');
export const knnL1 = make('images', 'l1');
