/** Random graphs: compiled equals eager, in value and gradient. */
import fc from 'fast-check';
import * as cr from 'chainrule';
import { abs, add, broadcastTo, cast, concat, type DType, exp, grad, gt, log1p, matmul, max, maximum, mean, mul, neg, reshape, sigmoid, slice, square, sub, sum, type Tensor, tensor, tanh, transpose, where } from 'chainrule'; // prettier-ignore
import { expect, test } from 'vitest';
import { checkCompiled } from './agree.js';

/** Numbers from a drawn tape. */
class Draws {
  #at = 0;
  constructor(readonly tape: readonly number[]) {}
  int(n: number): number {
    return this.tape[this.#at++ % this.tape.length]! % n;
  }
  pick<T>(xs: readonly T[]): T {
    return xs[this.int(xs.length)]!;
  }
}

/** A function that builds a graph by draws: the same graph whenever it is called. */
function graph(tape: readonly number[], single: boolean): { f: (...xs: Tensor[]) => Tensor; inputs: Tensor[] } {
  const setup = new Draws(tape);
  const [n, m] = [1 + setup.int(6), 1 + setup.int(6)];
  const dtype: DType = single ? 'float32' : 'float64';
  const values = (shape: number[]): Tensor =>
    tensor(
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (setup.int(2001) - 1000) / 700),
      { shape, dtype },
    );
  const inputs = [values([n, m]), values([m]), values([n, 1]), values([]), values([m, n])];
  const constant = values([n, m]);
  const steps = 3 + setup.int(14);
  const f = (...xs: Tensor[]): Tensor => {
    const draws = new Draws(tape.slice(40));
    const pool: Tensor[] = [...xs, constant];
    const like = (shape: readonly number[]): Tensor => draws.pick(pool.filter((t) => String(t.shape) === String(shape)));
    for (let k = 0; k < steps; k++) {
      const x = draws.pick(pool.slice(-8));
      const unary = [neg, square, sigmoid, tanh, abs, (t: Tensor) => log1p(abs(t)), (t: Tensor) => exp(neg(abs(t))), (t: Tensor) => mul(t, 0.5), (t: Tensor) => sub(1, t)]; // prettier-ignore
      const made = [
        () => draws.pick(unary)(x),
        () => draws.pick(unary)(x),
        () => draws.pick([add, sub, mul, maximum])(x, like(x.shape)),
        () => draws.pick([add, sub, mul])(x, like([])),
        () => (x.ndim === 2 && x.shape[1] === m ? draws.pick([add, mul])(x, like([m])) : neg(x)),
        () => where(gt(x, 0.1), x, draws.pick([0, 2])),
        () => (x.ndim === 0 ? x : sum(x, { axis: draws.int(x.ndim), keepdims: draws.int(2) === 0 })),
        () => (x.ndim === 0 ? x : draws.pick([mean, max])(x)),
        () => transpose(x),
        () => reshape(x, [-1]),
        () => (x.ndim === 2 ? matmul(x, transpose(like(x.shape))) : x),
        () => (x.ndim === 0 ? x : slice(x, [[0, null, 1 + draws.int(2)]])),
        () => (x.ndim === 0 ? x : concat([x, like(x.shape)], { axis: draws.int(x.ndim) })),
        () => (x.ndim === 1 ? broadcastTo(x, [3, ...x.shape]) : x),
        () => (x.ndim === 2 ? cr.softmax(x) : cr.relu(x)),
        () => cast(cast(x, 'float64'), x.dtype),
      ];
      const y = draws.pick(made)();
      if (y.size <= 4096) pool.push(tanh(y)); // so that nothing grows without bound
    }
    return pool.slice(-3).map((t) => sum(t)).reduce((a, b) => add(a, b)); // prettier-ignore
  };
  return { f, inputs };
}

test('500 random graphs: value and gradient', () => {
  let programs = 0;
  fc.assert(
    fc.property(fc.array(fc.nat(9999), { minLength: 120, maxLength: 120 }), fc.boolean(), (tape, single) => {
      const { f, inputs } = graph(tape, single);
      checkCompiled(f, inputs, 'value');
      checkCompiled((...xs: Tensor[]) => grad(f, { argnums: [0, 1, 2, 3, 4] })(...xs), inputs, 'gradient');
      programs++;
    }),
    { numRuns: 500, seed: 11 },
  );
  expect(programs).toBe(500);
}, 120_000);
