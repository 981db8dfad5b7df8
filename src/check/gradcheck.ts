/**
 * @file Is a derivative right? Analytic Jacobian against central differences, with PyTorch's options and pass rule.
 */
import { convert, toTensor, type TensorLike } from '../graph/create.js';
import { isFloat } from '../graph/dtype.js';
import { ChainruleError, checkOptions, GradcheckError, UsageError } from '../graph/errors.js';
import { formatNumber } from '../graph/format.js';
import { collect } from '../graph/tape.js';
import { Tensor } from '../graph/tensor.js';
import { flattenTree } from '../graph/tree.js';
import { linearizeAll } from '../transforms/vjp.js';
import { zeros } from '../ops/create.js';
import { noGrad } from '../transforms/custom.js';
import { vjp } from '../transforms/vjp.js';
import { Generator, uniform } from '../ops/random.js';
import { hintsFor } from './hints.js';
import { nudge } from './numerical.js';
import { checkStep, checkSwitches, checkTolerances } from './options.js';

/** Options of `gradcheck`; names and defaults of torch.autograd.gradcheck. */
export interface GradcheckOptions {
  /** Step of the central differences; default 1e-6. */
  eps?: number;
  /** Absolute tolerance; default 1e-5. */
  atol?: number;
  /** Relative tolerance; default 1e-3. */
  rtol?: number;
  /** Throw (default) or return false? */
  raiseException?: boolean;
  /** Largest difference allowed between two analytic runs; default 0. */
  nondetTol?: number;
  /** Return a report instead of true or false? Default false. */
  report?: boolean;
}

/** The worst element of a gradient check. */
export interface GradcheckElement {
  /** Position of the input. */
  readonly input: number;
  /** Position of the output leaf. */
  readonly output: number;
  /** Flat indices into input and output. */
  readonly index: readonly [input: number, output: number];
  readonly analytic: number;
  readonly numeric: number;
  readonly abs: number;
  readonly rel: number;
}

/** What a gradient check found. */
export interface GradcheckReport {
  readonly ok: boolean;
  /** The element farthest from passing; null when there was nothing to compare. */
  readonly worst: GradcheckElement | null;
  /** Guesses at the cause. */
  readonly hints: readonly string[];
}

const KNOWN = ['eps', 'atol', 'rtol', 'raiseException', 'nondetTol', 'report'] as const;

type AnyFunction = (...args: never[]) => unknown;

/** Float inputs in float64: the check is about rules, not about rounding. */
function inDouble(op: string, inputs: unknown): Tensor[] {
  const list = Array.isArray(inputs) ? inputs : [inputs];
  return list.map((x: unknown) => {
    const t = toTensor(x as TensorLike, op);
    return isFloat(t.dtype) ? new Tensor(t.shape, 'float64', convert(t.data, 'float64'), null) : t;
  });
}

/** Output leaves as numbers. */
function evaluate(f: AnyFunction, inputs: readonly Tensor[]): Float64Array[] {
  return noGrad(() => flattenTree('gradcheck', f(...(inputs as never[]))).leaves.map((t) => Float64Array.from(t.data)));
}

/** The same where one element of one input was moved: what f says against that is not about f, but about the move. */
function evaluateMoved(name: string, f: AnyFunction, inputs: readonly Tensor[], k: number, i: number, by: number): Float64Array[] {
  try {
    return evaluate(
      f,
      inputs.map((t, j) => (j === k ? nudge(t, i, by) : t)),
    );
  } catch (error) {
    if (!(error instanceof ChainruleError)) throw error;
    const hint = inputs[k]!.data.every(Number.isInteger)
      ? 'whole numbers do not move: hold labels in a closure, or give an Int32Array'
      : 'is the input at the edge of its domain?';
    const wrong = `f fails where element ${i} of input ${k} is moved by ${formatNumber(by)}`;
    throw Object.assign(new UsageError(name, wrong, error.message, hint), { cause: error });
  }
}

/**
 * Throws where f never reads the inputs beyond the parameters it names: a vector was written as a list of numbers. A rest or a default
 * parameter does not count in `f.length`, so it looks whether f reads them: no op does, and no element of them moves the value.
 */
function checkArguments(name: string, f: AnyFunction, inputs: readonly Tensor[], eps: number): void {
  const extra = inputs.flatMap((t, i) => (i >= f.length && isFloat(t.dtype) ? [i] : []));
  if (f.length === 0 || extra.length === 0) return;
  const { result, entries } = collect(() => f(...(inputs as never[])));
  const outputs = flattenTree(name, result).leaves;
  const read = new Set([...entries.flatMap((entry) => entry.inputs), ...outputs]);
  if (extra.some((i) => read.has(inputs[i]!))) return;
  const values = outputs.map((t) => t.data);
  const moves = (k: number, i: number): boolean =>
    evaluateMoved(name, f, inputs, k, i, eps).some((moved, o) => moved.some((v, j) => !Object.is(v, values[o]![j])));
  if (extra.some((k) => Array.from(inputs[k]!.data).some((_, i) => moves(k, i)))) return;
  const takes = `f takes ${f.length} argument${f.length === 1 ? '' : 's'} and never reads the others`;
  throw new UsageError(name, takes, `got ${inputs.length} inputs`, 'inputs is the list of arguments; one vector is [tensor([…])]');
}

function checkReport(name: string, f: AnyFunction, rawInputs: unknown, options: GradcheckOptions): GradcheckReport {
  checkOptions(name, options, KNOWN);
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3, nondetTol = 0 } = options;
  checkStep(name, 'eps', eps);
  checkTolerances(name, { atol, rtol, nondetTol });
  checkSwitches(name, { raiseException: options.raiseException, report: options.report });
  const inputs = inDouble(name, rawInputs);
  const active = inputs.flatMap((t, i) => (isFloat(t.dtype) ? [i] : []));
  if (active.length === 0) throw new UsageError(name, 'no input is a float', undefined, 'derivatives exist with respect to floats only');
  checkArguments(name, f, inputs, eps);
  const call = (...xs: Tensor[]): unknown => f(...(inputs.map((t, i) => (active.includes(i) ? xs[active.indexOf(i)]! : t)) as never[]));
  const primals = active.map((i) => inputs[i]!);
  const [first, again] = [analyticJacobians(call, primals), analyticJacobians(call, primals)];
  let worst: GradcheckElement | null = null;
  let badness = -Infinity;
  const hints = new Set<string>();
  active.forEach((position, k) => {
    const x = primals[k]!;
    for (let i = 0; i < x.size; i++) {
      const [up, down] = [eps, -eps].map((by) => evaluateMoved(name, f, inputs, position, i, by)) as [Float64Array[], Float64Array[]];
      up.forEach((values, o) => {
        values.forEach((v, j) => {
          const numeric = (v - down[o]![j]!) / (2 * eps);
          const analytic = first[o]![k]![j]![i]!;
          const abs = Math.abs(analytic - numeric);
          const excess = abs - (atol + rtol * Math.abs(numeric));
          // equal infinities agree; anything else not finite fails, NaN against NaN too: there is no derivative to compare
          const bad = analytic === numeric ? -Infinity : Number.isNaN(excess) ? Infinity : excess;
          // a NaN in one output makes every difference of it NaN: the element with a NaN on both sides is the one to name
          if (worst === null || bad > badness || (bad === Infinity && Number.isNaN(analytic) && !Number.isNaN(worst.analytic))) {
            badness = bad;
            worst = { input: position, output: o, index: [i, j], analytic, numeric, abs, rel: abs === 0 ? 0 : abs / Math.abs(numeric) };
          }
          if (Math.abs(analytic - again[o]![k]![j]![i]!) > nondetTol) {
            hints.add('two runs of the backward pass differ: is f random or does it keep state?');
            badness = Infinity;
          }
        });
      });
    }
  });
  // a backward pass that forgets its cotangent looks right for a cotangent of 1
  if (!vanishesAtZero(call, primals)) {
    hints.add('the backward pass is not multiplied by the cotangent: it must be 0 for a cotangent of 0');
    badness = Infinity;
  }
  const ok = badness <= 0;
  if (!ok && worst !== null) for (const hint of hintsAbout(call, primals, active, worst, eps)) hints.add(hint);
  return { ok, worst, hints: ok ? [] : [...hints] };
}

/** The guesses of `hintsFor` about one element. */
function hintsAbout(f: AnyFunction, primals: readonly Tensor[], active: readonly number[], worst: GradcheckElement, eps: number): string[] {
  const k = active.indexOf(worst.input);
  const [i, j] = worst.index;
  const output = (by: number): number =>
    evaluate(
      f,
      primals.map((t, n) => (n === k ? nudge(t, i, by) : t)),
    )[worst.output]![j]!;
  const places = primals.flatMap((t, n) => [...t.data].flatMap((value, e) => (Number.isFinite(value) ? [] : [{ n, e, value }])));
  const place = places.find(({ n, e }) => n === k && e === i) ?? places[0];
  const odd = place === undefined ? null : `element ${place.e} of input ${active[place.n]} is ${place.value}`;
  return hintsFor({ worst, odd, output, eps });
}

/** Is the pullback of 0 exactly 0? */
function vanishesAtZero(f: AnyFunction, primals: readonly Tensor[]): boolean {
  const run = linearizeAll('gradcheck', f, primals);
  const zero = run.outputs.map((y) => zeros(y.shape, { dtype: y.dtype }));
  return run
    .pull(zero)
    .flat()
    .every((g) => !g.data.some((v: number) => v !== 0 && !Number.isNaN(v))); // a NaN fails by itself, and for another reason
}

/** [output][input][output element][input element]. */
function analyticJacobians(f: AnyFunction, primals: readonly Tensor[]): number[][][][] {
  const run = linearizeAll('gradcheck', f, primals);
  return run.outputs.map((y, o) => {
    const rows = Array.from({ length: y.size }, (_, j) => {
      const seeds = run.outputs.map((t) => zeros(t.shape, { dtype: t.dtype }));
      seeds[o]!.data[j] = 1;
      return run.pull(seeds).map((leaves) => [...leaves[0]!.data]);
    });
    return primals.map((_, k) => rows.map((row) => row[k]!));
  });
}

function conclude(name: string, report: GradcheckReport, options: GradcheckOptions, note = ''): boolean | GradcheckReport {
  if (options.report === true) return report;
  if (report.ok || options.raiseException === false) return report.ok;
  const w = report.worst;
  const hint = report.hints.join('; ') || undefined;
  if (w === null) throw new GradcheckError(name, 'the backward pass is wrong', undefined, hint);
  const which = `output ${w.output} with respect to input ${w.input}`;
  const values = `input element ${w.index[0]}, output element ${w.index[1]}: analytic ${formatNumber(w.analytic, 9)}, numeric ${formatNumber(w.numeric, 9)}`;
  if (Number.isNaN(w.abs) && (Number.isNaN(w.analytic) || Number.isNaN(w.numeric))) {
    const side = !Number.isNaN(w.numeric) ? 'analytic ' : !Number.isNaN(w.analytic) ? 'numeric ' : '';
    throw new GradcheckError(name, `the ${side}derivative of ${which} is NaN`, values, hint);
  }
  const errors = `absolute error ${formatNumber(w.abs, 3)}, relative error ${formatNumber(w.rel, 3)}`;
  throw new GradcheckError(name, `Jacobian mismatch for ${which}`, `${values}, ${errors}${note}`, hint);
}

/**
 * Compares the gradient of f at the inputs with central differences, element by element, in float64: passes where
 * |analytic − numeric| ≤ atol + rtol·|numeric|. Calls f(...inputs), so that one vector is `[tensor([…])]`; f may return any tree of tensors.
 * @returns true, or a report with `{ report: true }`.
 * @throws GradcheckError that names input, index, both values, both errors, and a hint (unless `raiseException: false`), also where a
 * derivative is NaN; UsageError for options that make no sense, for more inputs than f takes, and where f fails at a moved input.
 * @example
 * gradcheck((x) => sum(mul(x, x)), [tensor([1, 2, 3])]); // → true
 */
export function gradcheck(
  f: (...args: Tensor[]) => unknown,
  inputs: readonly TensorLike[] | TensorLike,
  options: GradcheckOptions & { report: true },
): GradcheckReport;
export function gradcheck(
  f: (...args: Tensor[]) => unknown,
  inputs: readonly TensorLike[] | TensorLike,
  options?: GradcheckOptions,
): boolean;
export function gradcheck(
  f: (...args: Tensor[]) => unknown,
  inputs: readonly TensorLike[] | TensorLike,
  options: GradcheckOptions = {},
): boolean | GradcheckReport {
  return conclude('gradcheck', checkReport('gradcheck', f, inputs, options), options);
}

/**
 * Checks second derivatives: `gradcheck` of the pullback of f, in the inputs and in its cotangents `gradOutputs`, one for each output of f
 * (random, in −1 … 1, unless given).
 * @returns true, or a report with `{ report: true }`.
 * @throws GradcheckError and UsageError as `gradcheck`.
 * @example
 * gradgradcheck((x) => sum(mul(mul(x, x), x)), [tensor([1, 2])]); // → true
 */
export function gradgradcheck(
  f: (...args: Tensor[]) => unknown,
  inputs: readonly TensorLike[] | TensorLike,
  gradOutputs: readonly TensorLike[] | null = null,
  options: GradcheckOptions = {},
): boolean | GradcheckReport {
  const primals = inDouble('gradgradcheck', inputs);
  checkArguments('gradgradcheck', f, primals, 1e-6);
  const active = primals.flatMap((t, i) => (isFloat(t.dtype) ? [i] : []));
  const outputs = flattenTree(
    'gradgradcheck',
    noGrad(() => f(...primals)),
  ).leaves;
  const generator = new Generator(0);
  const seeds = outputs.map((y, i) =>
    gradOutputs === null ? uniform(y.shape, { generator, low: -1, high: 1 }) : inDouble('gradgradcheck', [gradOutputs[i]!])[0]!,
  );
  const pullback = (...args: Tensor[]): unknown => {
    const xs = args.slice(0, primals.length);
    const call = (...free: Tensor[]): unknown => f(...xs.map((t, i) => (active.includes(i) ? free[active.indexOf(i)]! : t)));
    const [, pull] = vjp(
      (...free: Tensor[]) => flattenTree('gradgradcheck', call(...free)).leaves,
      active.map((i) => xs[i]!),
    );
    return pull(args.slice(primals.length));
  };
  const report = checkReport('gradgradcheck', pullback, [...primals, ...seeds], options);
  return conclude('gradgradcheck', report, options, gradOutputs === null ? ', with random gradOutputs' : '');
}
