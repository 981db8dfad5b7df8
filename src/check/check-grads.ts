/**
 * @file Derivatives of several orders and both modes along random directions.
 */
import { convert } from '../graph/create.js';
import { isFloat } from '../graph/dtype.js';
import { checkOptions, GradcheckError, UsageError } from '../graph/errors.js';
import { formatNumber } from '../graph/format.js';
import { Tensor } from '../graph/tensor.js';
import { flattenTree } from '../graph/tree.js';
import { Generator, normal } from '../ops/random.js';
import { noGrad } from '../transforms/custom.js';
import type { Arguments } from '../transforms/types.js';
import { jvp, primalList, vjp } from '../transforms/vjp.js';
import { checkStep, checkTolerances } from './options.js';
import { excess } from './report.js';

/** Options of `checkGrads`; names and defaults of jax.test_util.check_grads in float64. */
export interface CheckGradsOptions {
  /** Derivatives up to this order; default 2. */
  order?: number;
  /** Forward mode (`jvp`), reverse mode (`vjp`), or both (default), mixed at higher orders. */
  modes?: readonly ('fwd' | 'rev')[];
  /** Absolute tolerance; default 1e-5. */
  atol?: number;
  /** Relative tolerance; default 1e-5. */
  rtol?: number;
  /** Step of the central differences; default 1/2048. */
  eps?: number;
}

/** A function of tensors to tensors: trees are taken apart. */
type Flat = (...xs: Tensor[]) => readonly Tensor[];

/** One value compared with another. */
type Compare = (what: string, where: string, analytic: number, numeric: number) => void;

const inner = (xs: readonly Tensor[], ys: readonly Tensor[]): number =>
  xs.reduce((total, x, k) => total + Array.from(x.data).reduce((sum, v, i) => sum + v * ys[k]!.data[i]!, 0), 0);

/** A check of one call: how values are compared, and where directions come from. */
class Checker {
  readonly #generator = new Generator(0);

  constructor(
    readonly modes: readonly string[],
    readonly eps: number,
    readonly compare: Compare,
  ) {}

  #random(like: readonly Tensor[]): Tensor[] {
    return like.map((t) => normal(t.shape, { generator: this.#generator }));
  }

  /** J·t by central differences. */
  #numeric(f: Flat, xs: readonly Tensor[], ts: readonly Tensor[]): Tensor[] {
    const moved = (by: number): readonly Tensor[] =>
      noGrad(() =>
        f(
          ...xs.map(
            (x, k) =>
              new Tensor(
                x.shape,
                'float64',
                Float64Array.from(x.data, (v, i) => v + by * ts[k]!.data[i]!),
                null,
              ),
          ),
        ),
      );
    const [up, down] = [moved(this.eps), moved(-this.eps)];
    return up.map((y, o) => {
      const slopes = Float64Array.from(y.data, (v, j) => (v === down[o]!.data[j]! ? 0 : (v - down[o]!.data[j]!) / (2 * this.eps)));
      return new Tensor(y.shape, 'float64', slopes, null);
    });
  }

  #same(what: string, got: readonly Tensor[], expected: readonly Tensor[]): void {
    got.forEach((t, o) =>
      t.data.forEach((v: number, j: number) => this.compare(what, `output ${o}, element ${j}`, v, expected[o]!.data[j]!)),
    );
  }

  /** Checks f at xs up to an order; `name` says what f is: nothing, or 'the JVP of the VJP of '. */
  run(f: Flat, xs: readonly Tensor[], order: number, name = ''): void {
    if (this.modes.includes('fwd')) this.#forward(f, xs, order, name);
    if (this.modes.includes('rev')) this.#reverse(f, xs, order, name);
  }

  #forward(f: Flat, xs: readonly Tensor[], order: number, name: string): void {
    const ts = this.#random(xs);
    const push: Flat = (...all) => jvp(f, all.slice(0, xs.length), all.slice(xs.length)).flat();
    const pushed = push(...xs, ...ts);
    const n = pushed.length / 2;
    this.#same(`the value of ${name}f under jvp`, pushed.slice(0, n), noGrad(() => f(...xs))); // prettier-ignore
    this.#same(`the JVP of ${name}f`, pushed.slice(n), this.#numeric(f, xs, ts));
    if (order > 1) this.run(push, [...xs, ...ts], order - 1, `the JVP of ${name}`);
  }

  #reverse(f: Flat, xs: readonly Tensor[], order: number, name: string): void {
    const [out, pull] = vjp(f, [...xs]);
    this.#same(`the value of ${name}f under vjp`, out, noGrad(() => f(...xs))); // prettier-ignore
    const [ts, g] = [this.#random(xs), this.#random(out)];
    // gᵀ(Jt) = (gᵀJ)t
    this.compare(`the VJP of ${name}f`, 'projection on a random direction', inner(pull(g), ts), inner(g, this.#numeric(f, xs, ts)));
    const pullback: Flat = (...all) => {
      const [y, back] = vjp(f, all.slice(0, xs.length));
      return back(y); // JAX's choice: y as its own cotangent, so that what f computes on the way is differentiated too
    };
    if (order > 1) this.run(pullback, xs, order - 1, `the VJP of ${name}`);
  }
}

/**
 * Checks derivatives of f in forward and reverse mode and, up to `order`, all mixtures of the two, against central differences along random
 * directions in float64: |analytic − numeric| ≤ atol + rtol·|numeric|. Calls f(...args); arguments and results are trees of tensors, of
 * which what is no float stays. A direction costs two calls of f, however large the arguments; `gradcheck` looks at every element instead.
 * @returns true.
 * @throws GradcheckError that says which derivative differs; UsageError for options that make no sense.
 * @see jax.test_util.check_grads
 * @example
 * checkGrads((x) => sum(mul(x, sin(x))), [tensor([1, 2, 3])]); // → true
 */
export function checkGrads<P extends readonly unknown[] = Tensor[]>(
  f: (...args: P) => unknown,
  args: NoInfer<Arguments<P>>,
  options: CheckGradsOptions = {},
): true {
  checkOptions('checkGrads', options, ['order', 'modes', 'atol', 'rtol', 'eps']);
  const { order = 2, modes = ['fwd', 'rev'], atol = 1e-5, rtol = 1e-5, eps = 1 / 2048 } = options;
  checkStep('checkGrads', 'eps', eps);
  checkTolerances('checkGrads', { atol, rtol });
  if (!(Number.isInteger(order) && order > 0)) throw new UsageError('checkGrads', 'order must be a whole number from 1 on', String(order));
  if (!Array.isArray(modes) || modes.length === 0 || modes.some((mode) => mode !== 'fwd' && mode !== 'rev'))
    throw new UsageError('checkGrads', "modes must be a list of 'fwd' and 'rev'", JSON.stringify(modes));
  const tree = flattenTree('checkGrads', primalList('checkGrads', args));
  const floats = tree.leaves.flatMap((t, i) => (isFloat(t.dtype) ? [i] : []));
  if (floats.length === 0) throw new UsageError('checkGrads', 'no argument is a float', undefined, 'derivatives exist with respect to floats only'); // prettier-ignore
  const flat: Flat = (...xs) => {
    const all = tree.leaves.map((t, i) => (floats.includes(i) ? xs[floats.indexOf(i)]! : t));
    const { leaves } = flattenTree('checkGrads', f(...(tree.rebuild(all) as P)));
    return leaves.filter((t) => isFloat(t.dtype));
  };
  const point = floats.map((i) => inDouble(tree.leaves[i]!));
  const checker = new Checker(modes, eps, (what, where, analytic, numeric) => {
    if (excess(analytic, numeric, atol + rtol * Math.abs(numeric)) <= 0) return;
    const error = `absolute error ${formatNumber(Math.abs(analytic - numeric), 3)}`;
    const values = `${where}: ${formatNumber(analytic, 9)}, expected ${formatNumber(numeric, 9)}, ${error}`;
    throw new GradcheckError('checkGrads', `${what} is wrong`, values, Number.isNaN(analytic) ? 'it is NaN' : undefined);
  });
  checker.run(flat, point, order);
  return true;
}

const inDouble = (t: Tensor): Tensor => new Tensor(t.shape, 'float64', convert(t.data, 'float64'), null);
