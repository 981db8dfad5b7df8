/** How a workload's work is done with tfjs. */
import { cycle, split, zip, type Input, type Inputs } from '../inputs.js';
import type { Contender, TF } from '../workload.js';
import { adamCorrections, adamSettings, sgdRate } from './rules.js';
import { atAll, trained, type ValueAndGradient } from './results.js';

/** tfjs has no float64. */
export function place(tf: typeof TF, { data, shape }: Input): TF.Tensor {
  return tf.tensor(data instanceof Int32Array ? Int32Array.from(data) : Float32Array.from(data), shape);
}

export function placeEach(tf: typeof TF, input: Input): TF.Tensor[] {
  return split(input).map((each) => place(tf, each));
}

/** Value and gradient of f, at one point after the other. */
export function gradient(tf: typeof TF, f: (x: TF.Tensor) => TF.Tensor, points: Input): Contender {
  const xs = placeEach(tf, points);
  const next = cycle(xs);
  const g = tf.valueAndGrad((x) => f(x) as TF.Scalar);
  const at = (x: TF.Tensor): ValueAndGradient => {
    const { value, grad } = g(x);
    const read = [value.dataSync()[0]!, grad.dataSync()] as const;
    tf.dispose([value, grad]);
    return read;
  };
  return { call: () => at(next()), result: () => atAll(xs.map(at)) };
}

/** An update rule: what it remembers, a list for each parameter, and what it makes of gradients at update t = 1, 2, … */
interface Rule {
  init(params: TF.Tensor[]): TF.Tensor[][];
  update(params: TF.Tensor[], grads: TF.Tensor[], state: TF.Tensor[][], t: number): { params: TF.Tensor[]; state: TF.Tensor[][] };
}

export const sgd = (tf: typeof TF): Rule => ({
  init: () => [],
  update: (params, grads) => ({ params: params.map((p, i) => tf.sub(p, tf.mul(sgdRate, grads[i]!))), state: [] }),
});

export const adam = (tf: typeof TF): Rule => ({
  init: (params) => [params.map((p) => tf.zerosLike(p)), params.map((p) => tf.zerosLike(p))],
  update(params, grads, [ms, vs], t) {
    const { rate, beta1, beta2, epsilon } = adamSettings;
    const [c1, c2] = adamCorrections(t);
    const m = grads.map((g, i) => tf.add(tf.mul(beta1, ms![i]!), tf.mul(1 - beta1, g)));
    const v = grads.map((g, i) => tf.add(tf.mul(beta2, vs![i]!), tf.mul(1 - beta2, tf.mul(g, g))));
    const moved = params.map((p, i) => tf.sub(p, tf.div(tf.mul(rate * c1, m[i]!), tf.add(tf.sqrt(tf.mul(c2, v[i]!)), epsilon))));
    return { params: moved, state: [m, v] };
  },
});

export interface Training {
  parameters: Inputs;
  /** What the loss gets beside the parameters: a batch for each index of the first axis. */
  batches: Input[];
  rule: Rule;
  loss(parameters: TF.Tensor[], ...batch: TF.Tensor[]): TF.Tensor;
}

/** Training steps, on one batch after the other; the loss is read. */
export function training(tf: typeof TF, { parameters, batches, rule, loss }: Training): Contender {
  const names = Object.keys(parameters);
  const initial = names.map((name) => place(tf, parameters[name]!));
  const data = zip(batches.map((input) => placeEach(tf, input)));
  const next = cycle(data);
  const lossAndGrads = (params: TF.Tensor[], batch: TF.Tensor[]) => tf.valueAndGrads((...own) => loss(own, ...batch) as TF.Scalar)(params);
  const start = () => tf.tidy(() => ({ params: initial.map(tf.clone), state: rule.init(initial) }));
  type State = ReturnType<typeof start>;
  const step = ({ params, state }: State, batch: TF.Tensor[], t: number) => {
    const { value, grads } = lossAndGrads(params, batch);
    return { loss: value.dataSync()[0]!, next: rule.update(params, grads, state, t) };
  };
  let now = start();
  let t = 0;
  return {
    reset() {
      tf.dispose(now);
      [now, t] = [start(), 0];
    },
    call() {
      const previous = now;
      t += 1;
      now = tf.tidy(() => step(previous, next(), t).next);
      tf.dispose(previous);
    },
    result() {
      const { value, grads } = lossAndGrads(initial, data[0]!);
      const batch = cycle(data);
      const one = step(start(), batch(), 1);
      const two = step(one.next, batch(), 2);
      return trained(
        names,
        value.dataSync()[0]!,
        grads.map((g) => g.dataSync()),
        step(two.next, batch(), 3).loss,
      );
    },
  };
}
