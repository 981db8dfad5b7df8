/** How a workload's work is done with jax-js. An array is used up by what it is given to: `ref` keeps it. */
import { cycle, split, zip, type Input, type Inputs } from '../inputs.js';
import type { Contender, JaxJs } from '../workload.js';
import { adamCorrections, adamSettings, sgdRate } from './rules.js';
import { atAll, trained, type ValueAndGradient } from './results.js';

type Arrays = JaxJs.Array[];

/**
 * jax-js has float64, but on Node 20 it asks for Float16Array on the way to it, its exp has nine digits there, and its
 * jitted Hessian of softplus is wrong; float32 is its default.
 */
export function place(jax: typeof JaxJs, { data, shape }: Input): JaxJs.Array {
  return jax.numpy.array(data instanceof Int32Array ? Int32Array.from(data) : Float32Array.from(data)).reshape(shape);
}

export function placeEach(jax: typeof JaxJs, input: Input): Arrays {
  return split(input).map((each) => place(jax, each));
}

/** Value and gradient of f, at one point after the other. */
export function gradient(
  jax: typeof JaxJs,
  f: (x: JaxJs.Array) => JaxJs.Array,
  points: Input,
  { jit = true }: { jit?: boolean } = {},
): Contender {
  const xs = placeEach(jax, points);
  const next = cycle(xs);
  const g = jit ? jax.jit(jax.valueAndGrad(f)) : jax.valueAndGrad(f);
  const at = (x: JaxJs.Array): ValueAndGradient => {
    const [value, gradient] = g(x.ref);
    return [value.dataSync()[0]!, gradient.dataSync()];
  };
  return { call: () => at(next()), result: () => atAll(xs.map(at)) };
}

/** An update rule: what it remembers, a list for each parameter, and what it makes of gradients, given numbers of update t = 1, 2, … */
interface Rule {
  init(params: Arrays): Arrays[];
  numbers(t: number): number[];
  update(params: Arrays, grads: Arrays, state: Arrays[], numbers: Arrays): { params: Arrays; state: Arrays[] };
}

export const sgd: Rule = {
  init: () => [],
  numbers: () => [],
  update: (params, grads) => ({ params: params.map((p, i) => p.sub(grads[i]!.mul(sgdRate))), state: [] }),
};

export const adam = ({ numpy: np }: typeof JaxJs): Rule => ({
  init: (params) => [params.map((p) => np.zeros(p.shape)), params.map((p) => np.zeros(p.shape))],
  numbers: adamCorrections,
  update(params, grads, [ms, vs], [c1, c2]) {
    const { rate, beta1, beta2, epsilon } = adamSettings;
    const m = grads.map((g, i) => ms![i]!.mul(beta1).add(g.ref.mul(1 - beta1)));
    const v = grads.map((g, i) => vs![i]!.mul(beta2).add(g.ref.mul(g).mul(1 - beta2)));
    const moved = params.map((p, i) =>
      p.sub(
        m[i]!.ref.mul(c1!.ref)
          .mul(rate)
          .div(np.sqrt(v[i]!.ref.mul(c2!.ref)).add(epsilon)),
      ),
    );
    c1!.dispose();
    c2!.dispose();
    return { params: moved, state: [m, v] };
  },
});

export interface Training {
  parameters: Inputs;
  /** What the loss gets beside the parameters: a batch for each index of the first axis. */
  batches: Input[];
  rule: Rule;
  /** Uses up all that it is given. */
  loss(parameters: Arrays, ...batch: Arrays): JaxJs.Array;
}

/** Training steps, jitted whole, on one batch after the other; the loss is read. */
export function training(jax: typeof JaxJs, { parameters, batches, rule, loss }: Training): Contender {
  const names = Object.keys(parameters);
  const initial = names.map((name) => place(jax, parameters[name]!));
  const data = zip(batches.map((input) => placeEach(jax, input)));
  const next = cycle(data);
  const lossAndGrads = (params: Arrays, batch: Arrays) => jax.valueAndGrad((own: Arrays) => loss(own, ...batch))(params);
  type State = { params: Arrays; state: Arrays[] };
  const step = jax.jit(({ params, state }: State, batch: Arrays, numbers: Arrays) => {
    const [value, grads] = lossAndGrads(jax.tree.ref(params), batch);
    return { loss: value, next: rule.update(params, grads, state, numbers) };
  });
  const update = (from: State, batch: Arrays, t: number) =>
    step(
      from,
      jax.tree.ref(batch),
      rule.numbers(t).map((c) => jax.numpy.array(c)),
    );
  const start = (): State => ({ params: jax.tree.ref(initial), state: rule.init(initial) });
  let now = start();
  let t = 0;
  return {
    reset() {
      jax.tree.dispose(now);
      [now, t] = [start(), 0];
    },
    call() {
      t += 1;
      const { loss, next: after } = update(now, next(), t);
      now = after;
      loss.dataSync();
    },
    result() {
      const [value, grads] = jax.jit(lossAndGrads)(jax.tree.ref(initial), jax.tree.ref(data[0]!));
      const batch = cycle(data);
      const one = update(start(), batch(), 1);
      const two = update(one.next, batch(), 2);
      return trained(
        names,
        value.dataSync()[0]!,
        grads.map((g) => g.dataSync()),
        update(two.next, batch(), 3).loss.dataSync()[0]!,
      );
    },
  };
}
