/**
 * @file Is a derivative right? Analytic Jacobian against central differences, with PyTorch's options and pass rule.
 */
import type { TensorLike } from '../graph/create.js';
import { isFloat } from '../graph/dtype.js';
import { checkOptions } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import { flattenTree } from '../graph/tree.js';
import { Generator, uniform } from '../ops/random.js';
import { noGrad } from '../transforms/custom.js';
import { vjp } from '../transforms/vjp.js';
import { checkBatched } from './batched.js';
import { checkElements } from './elements.js';
import { type AnyFunction, checkArguments, inDouble, subject } from './inputs.js';
import { checkStep, checkSwitches, checkTolerances } from './options.js';
import { agreeAlong } from './projections.js';
import { failure, Findings, type GradcheckReport } from './report.js';

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
  /** Compare along a random direction instead of element by element? Two evaluations an input. Default false. */
  fastMode?: boolean;
  /** Check forward mode (`jvp`) too? Default false. */
  checkForwardAd?: boolean;
  /** Check that the backward pass gives the same under `vmap`, as batched Jacobians need it? Default false. */
  checkBatchedGrad?: boolean;
  /** Return a report instead of true or false? Default false. */
  report?: boolean;
}

const SWITCHES = ['raiseException', 'fastMode', 'checkForwardAd', 'checkBatchedGrad', 'report'] as const;

function check(name: string, f: AnyFunction, rawInputs: unknown, options: GradcheckOptions): Findings {
  checkOptions(name, options, ['eps', 'atol', 'rtol', 'nondetTol', ...SWITCHES]);
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3, nondetTol = 0 } = options;
  checkStep(name, 'eps', eps);
  checkTolerances(name, { atol, rtol, nondetTol });
  checkSwitches(name, Object.fromEntries(SWITCHES.map((key) => [key, options[key]])));
  const inputs = inDouble(name, rawInputs);
  const point = subject(name, f, inputs, eps);
  checkArguments(name, f, inputs, eps);
  const found = new Findings(atol, rtol);
  const how = { nondetTol, forward: options.checkForwardAd === true };
  // where the fast check fails, the slow one finds the element and decides
  if (options.fastMode !== true || !agreeAlong(point, found, how)) checkElements(point, found, how);
  if (options.checkBatchedGrad === true) checkBatched(point, found);
  return found;
}

/** What the user gets. */
function conclude(name: string, found: Findings, options: GradcheckOptions, note = ''): boolean | GradcheckReport {
  if (options.report === true) return found.report();
  if (found.ok || options.raiseException === false) return found.ok;
  throw failure(name, found, note);
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
  return conclude('gradcheck', check('gradcheck', f, inputs, options), options);
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
  const found = check('gradgradcheck', pullback, [...primals, ...seeds], options);
  return conclude('gradgradcheck', found, options, gradOutputs === null ? ', with random gradOutputs' : '');
}
