import { Lcg } from '../inputs.js';
import * as place from '../place.js';
import { workload } from '../workload.js';

const [M, D, K] = [10_000, 784, 5];

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

const make = (kind: 'random' | 'images', metric: 'l2' | 'l1', N: number) =>
  workload({
    name: `knn ${metric} ${kind}`,
    about: `${K} nearest of ${M} points for ${N} queries of ${D} numbers, exact, ${metric}; ${kind === 'random' ? 'uniform random numbers' : 'smooth patches, as images are'}`,
    dtype: 'float32',
    targets: { 'tfjs-wasm': 1 },
    tolerance: { distances: 1e-3 },
    setup() {
      const random = new Lcg(3);
      return { points: { data: rows(random, M, kind), shape: [M, D] }, queries: { data: rows(random, N, kind), shape: [N, D] } };
    },
    ours(inputs, cr) {
      const [P, Q] = [place.ours(cr, inputs.points), place.ours(cr, inputs.queries)];
      return {
        call: () => void cr.kNearest(Q, P, { k: K, metric }).distances.data,
        result: () => ({ distances: cr.kNearest(Q, P, { k: K, metric }).distances.data }),
      };
    },
    tfjs(inputs, tf) {
      if (tf.getBackend() !== 'wasm') return null; // a minute a call
      const [P, Q] = [place.tfjs(tf, inputs.points), place.tfjs(tf, inputs.queries)];
      // L2: |q|² + |p|² − 2·q·p by one matrix product. L1 has no such form: one query at a time, so that memory stays bounded.
      const l2 = () => {
        const squares = tf.sub(
          tf.add(tf.sum(tf.square(Q), 1, true), tf.sum(tf.square(P), 1)),
          tf.mul(2, tf.matMul(Q as never, P as never, false, true)),
        );
        return tf.sqrt(tf.relu(tf.neg(tf.topk(tf.neg(squares), K).values))).dataSync();
      };
      const l1 = () => {
        const out = new Float32Array(N * K);
        for (let q = 0; q < N; q++) {
          tf.tidy(() => {
            const far = tf.sum(tf.abs(tf.sub(P, tf.slice(Q as never, [q, 0], [1, D]))), 1);
            out.set(tf.neg(tf.topk(tf.neg(far), K).values).dataSync(), q * K);
          });
        }
        return out;
      };
      const run = metric === 'l2' ? l2 : l1;
      return { call: () => void tf.tidy(run as never), result: () => ({ distances: tf.tidy(run as never) as unknown as Float32Array }) };
    },
  });

export const knnL2 = make('images', 'l2', 1000);
export const knnL2Random = make('random', 'l2', 1000);
/** A tenth of the queries: tfjs takes them one by one. */
export const knnL1 = make('images', 'l1', 100);
