/**
 * @file The laws every op must pass, as functions of its record. They know nothing of any single op.
 */
import { convert } from '../graph/create.js';
import { isFloat } from '../graph/dtype.js';
import { GradcheckError } from '../graph/errors.js';
import { sameShape, showShape } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import { ones } from '../ops/create.js';
import { type Definition, makeDefinition, type Sample } from '../ops/define.js';
import { add, mul } from '../ops/arithmetic.js';
import { stopGradient } from '../ops/casting.js';
import { sum } from '../ops/sum.js';
import { sumToShape } from '../ops/sum.js';
import { broadcastTo } from '../ops/shaping.js';
import { linearizeAll } from '../transforms/vjp.js';

/** Step and tolerance of the central differences over four points: their error is O(h⁴) + O(1e-16/h), about 1e-11 for values of size 1. */
const H = 1e-5;
const TOLERANCE = 1e-6;

/** Draws of cotangents and directions: the laws only need numbers. */
export type Numbers = (n: number) => readonly number[];

const like = (x: Tensor, numbers: Numbers): Tensor => new Tensor(x.shape, 'float64', convert(numbers(x.size), 'float64'), null);
const inner = (a: readonly Tensor[], b: readonly Tensor[]): number => {
  let total = 0;
  a.forEach((x, i) => {
    x.data.forEach((v, j) => (total += v * b[i]!.data[j]!));
  });
  return total;
};

/** x + step·direction, in float64. */
const along = (x: Tensor, direction: Tensor, step: number): Tensor =>
  new Tensor(
    x.shape,
    'float64',
    Float64Array.from(x.data, (v, i) => v + step * direction.data[i]!),
    null,
  );

/** Positions of the inputs that have a rule. */
export function differentiable({ spec }: Definition, inputs: readonly Tensor[]): number[] {
  return inputs.flatMap((x, i) =>
    typeof spec.vjp[spec.inputs[Math.min(i, spec.inputs.length - 1)]!] === 'function' && isFloat(x.dtype) ? [i] : [],
  );
}

/** The op as a function of its differentiable inputs alone. */
function restricted(op: Definition, { inputs, attrs }: Sample<unknown>): { f: (...xs: Tensor[]) => Tensor; primals: Tensor[] } {
  const active = differentiable(op, inputs);
  return {
    primals: active.map((i) => inputs[i]!),
    f: (...xs) =>
      op.apply(
        inputs.map((x, i) => (active.includes(i) ? xs[active.indexOf(i)]! : x)),
        attrs,
      ),
  };
}

/** ⟨w, J·u⟩ by central differences against ⟨Jᵀ·w, u⟩ by the pullback: the difference, relative to the size of the terms. */
function agree(law: string, name: string, f: (...xs: Tensor[]) => Tensor[], primals: readonly Tensor[], numbers: Numbers): number {
  const directions = primals.map((x) => like(x, numbers));
  const run = linearizeAll(law, (...xs: Tensor[]) => f(...xs), primals);
  const cotangents = run.outputs.map((y) => like(y, numbers));
  const analytic = inner(run.pull(cotangents).flat(), directions);
  const moved = (steps: number): Tensor[] => f(...primals.map((x, k) => along(x, directions[k]!, steps * H)));
  const [up, down, above, below] = [moved(1), moved(-1), moved(2), moved(-2)];
  const numeric = inner(
    up.map((y, i) => {
      const [a, b, c] = [down[i]!.data, above[i]!.data, below[i]!.data];
      const d = Float64Array.from(y.data, (v, j) => (8 * (v - a[j]!) - (b[j]! - c[j]!)) / (12 * H));
      return new Tensor(y.shape, 'float64', d, null);
    }),
    cotangents,
  );
  // sums of large terms that cancel are compared to the size of the terms
  const scale = Math.max(1, ...up.flatMap((y, i) => [...y.data].map((v, j) => Math.abs(v * cotangents[i]!.data[j]!))));
  const error = Math.abs(analytic - numeric) / Math.max(scale, Math.abs(numeric));
  if (!(error <= TOLERANCE)) throw new GradcheckError(name, law, `analytic ${analytic}, numeric ${numeric}`);
  return error;
}

/** A law: throws where an op breaks it. Those that compare derivatives give the relative error. */
export type Law = (op: Definition, sample: Sample<unknown>, numbers: Numbers) => unknown;

/** L2: the shape rule is the shape of the data, and the dtype rule its type. */
export function lawShape(op: Definition, sample: Sample<unknown>): void {
  const out = op.apply(sample.inputs, sample.attrs);
  if (out.data.length !== out.size)
    throw new GradcheckError(op.name, 'L2: shape and data differ', `${showShape(out.shape)} and ${out.data.length} values`);
}

/** Some functions of tensors. */
type Several = (...xs: Tensor[]) => Tensor[];

/** The pullback as a function of what `f` takes and of a cotangent for each of its `n` results. */
function pullbackOf(f: Several, n: number): Several {
  return (...args) =>
    linearizeAll('laws', (...xs: Tensor[]) => f(...xs), args.slice(0, args.length - n))
      .pull(args.slice(args.length - n))
      .flat();
}

/** Derivatives of an order against central differences of the order below: in every input and in every cotangent. */
function agreeToOrder(order: number, law: string, op: Definition, sample: Sample<unknown>, numbers: Numbers): number {
  const { f, primals } = restricted(op, sample);
  if (primals.length === 0) return 0;
  let g: Several = (...xs) => [f(...xs)];
  let at: Tensor[] = primals;
  for (let k = 1; k < order; k++) {
    const results = g(...at);
    at = [...at, ...results.map((y) => like(y, numbers))];
    g = pullbackOf(g, results.length);
  }
  return agree(law, op.name, g, at, numbers);
}

/** L3: the vjp agrees with central differences. Gives the relative error. */
export function lawVjp(op: Definition, sample: Sample<unknown>, numbers: Numbers): number {
  return agreeToOrder(1, 'L3: the vjp differs from central differences', op, sample, numbers);
}

/** L4: so does the vjp of the pullback, in every input and in the cotangent. Gives the relative error. */
export function lawOrder2(op: Definition, sample: Sample<unknown>, numbers: Numbers): number {
  return agreeToOrder(2, 'L4: the derivative of the vjp differs from central differences', op, sample, numbers);
}

/** L4 to order 3: so does the vjp of the pullback of the pullback. Gives the relative error. */
export function lawOrder3(op: Definition, sample: Sample<unknown>, numbers: Numbers): number {
  return agreeToOrder(3, 'L4: the third derivative differs from central differences', op, sample, numbers);
}

/** L5: the pullback is linear in the cotangent, and exactly 0 at 0. */
export function lawLinear(op: Definition, sample: Sample<unknown>, numbers: Numbers): void {
  const { f, primals } = restricted(op, sample);
  if (primals.length === 0) return;
  const run = linearizeAll('L5', (...xs: Tensor[]) => f(...xs), primals);
  const pull = (g: Tensor): Tensor[] => run.pull([g]).flat();
  const [y] = run.outputs as readonly [Tensor];
  const [v, w] = [like(y, numbers), like(y, numbers)];
  const [a, b] = [2, -3];
  const left = pull(add(mul(v, a), mul(w, b)));
  const [pv, pw, p0] = [pull(v), pull(w), pull(mul(v, 0))];
  left.forEach((g, i) => {
    g.data.forEach((value, j) => {
      const right = a * pv[i]!.data[j]! + b * pw[i]!.data[j]!;
      const size = Math.max(1, Math.abs(a * pv[i]!.data[j]!), Math.abs(b * pw[i]!.data[j]!));
      if (!(Math.abs(value - right) <= 1e-12 * size))
        throw new GradcheckError(op.name, 'L5: the vjp is not linear in the cotangent', `${value} and ${right}`);
      if (p0[i]!.data[j] !== 0) throw new GradcheckError(op.name, 'L5: the vjp of 0 is not 0', String(p0[i]!.data[j]));
    });
  });
}

/** L6: inputs are unchanged, and two runs give the same bits. */
export function lawPure(op: Definition, { inputs, attrs }: Sample<unknown>): void {
  const before = inputs.map((x) => [...x.data]);
  const [first, second] = [op.apply(inputs, attrs), op.apply(inputs, attrs)];
  inputs.forEach((x, i) => {
    if (!before[i]!.every((v, j) => Object.is(v, x.data[j]))) throw new GradcheckError(op.name, 'L6: an input was changed');
  });
  if (![...first.data].every((v, i) => Object.is(v, second.data[i]))) throw new GradcheckError(op.name, 'L6: two runs differ');
}

/** L7: op(expand x) = expand(op x), and gradients sum back. */
export function lawBroadcast(op: Definition, { inputs, attrs }: Sample<unknown>): void {
  if (!op.broadcasts || inputs.length === 0 || inputs[0]!.ndim < (op.spec.core ?? 0)) return;
  const out = op.apply(inputs, attrs);
  const rank = Math.max(...inputs.map((x) => x.ndim));
  // a new leading axis on the first input alone spreads to the result
  const [x, ...rest] = inputs as [Tensor, ...Tensor[]];
  const padded = [2, ...new Array<number>(rank - x.ndim).fill(1), ...x.shape];
  const wide = op.apply([broadcastTo(x, padded), ...rest], attrs);
  const expected = broadcastTo(out, [2, ...out.shape]);
  if (
    !sameShape(wide.shape, expected.shape) ||
    !wide.data.every((v, i) => Object.is(v, expected.data[i]) || Math.abs(v - expected.data[i]!) <= 1e-12 * Math.abs(v))
  ) {
    throw new GradcheckError(
      op.name,
      'L7: op(expand x) differs from expand(op x)',
      `${showShape(wide.shape)} and ${showShape(expected.shape)}`,
    );
  }
  if (!differentiable(op, inputs).includes(0)) return;
  const gradient = (f: (t: Tensor) => Tensor, at: Tensor): Tensor => {
    const run = linearizeAll('L7', (t: Tensor) => sum(f(t)), [at]);
    return run.pull([ones([])]).flat()[0]!;
  };
  const narrow = gradient((t) => op.apply([broadcastTo(t, padded), ...rest], attrs), x);
  const summed = sumToShape(
    gradient((t) => op.apply([t, ...rest], attrs), broadcastTo(x, padded)),
    x.shape,
  );
  narrow.data.forEach((v, i) => {
    if (!(Math.abs(v - summed.data[i]!) <= 1e-10 * Math.max(1, Math.abs(v))))
      throw new GradcheckError(op.name, 'L7: gradients do not sum back', `${v} and ${summed.data[i]}`);
  });
}

/** L9: no NaN at the declared points: value, gradient and every second derivative. */
export function lawSpecial(op: Definition): void {
  for (const point of op.spec.special ?? []) {
    const inputs = point.map((v) => new Tensor([], 'float64', v, null));
    const { f, primals } = restricted(op, { inputs, attrs: undefined });
    const values: number[] = [f(...primals).first()];
    if (primals.length > 0) {
      const gradient = (...xs: Tensor[]): Tensor[] =>
        linearizeAll('L9', (...ys: Tensor[]) => f(...ys), xs)
          .pull([ones([])])
          .flat();
      const run = linearizeAll('L9', (...xs: Tensor[]) => gradient(...xs), primals);
      values.push(...run.outputs.map((t) => t.first()));
      run.outputs.forEach((_, k) => {
        const seeds = run.outputs.map((_y, j) => new Tensor([], 'float64', j === k ? 1 : 0, null));
        values.push(
          ...run
            .pull(seeds)
            .flat()
            .map((t) => t.first()),
        );
      });
    }
    if (values.some((v) => Number.isNaN(v)))
      throw new GradcheckError(op.name, 'L9: NaN at a special point', `at (${point.join(', ')}): ${values.join(', ')}`);
  }
}

/** The ways a rule is damaged: the laws must reject every one. */
export const MUTATIONS: Readonly<Record<string, (rule: (context: never, i: number) => Tensor) => (context: never, i: number) => Tensor>> = {
  'scaled by 1.001': (rule) => (c, i) => mul(rule(c, i), 1.001),
  negated: (rule) => (c, i) => mul(rule(c, i), -1),
  zeroed: (rule) => (c, i) => mul(rule(c, i), 0),
  detached: (rule) => (c, i) => stopGradient(rule(c, i)),
  'cotangent dropped': (rule) => (c: never, i) => {
    const context = c as { g: Tensor };
    const blind = Object.create(context, { g: { value: ones(context.g.shape) } }) as never;
    return rule(blind, i);
  },
};

/** The op with the rule of one input damaged. */
export function mutant(op: Definition, input: string, mutation: string): Definition {
  const rule = op.spec.vjp[input] as (context: never, i: number) => Tensor;
  const damaged = MUTATIONS[mutation]!(rule) as Definition['spec']['vjp'][string];
  return makeDefinition({ ...op.spec, vjp: { ...op.spec.vjp, [input]: damaged } });
}
