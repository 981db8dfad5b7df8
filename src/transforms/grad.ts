/**
 * @file Gradients of scalar functions.
 */
import { toTensor } from '../graph/create.js';
import { checkOptions, GradError, UsageError } from '../graph/errors.js';
import { isFloat } from '../graph/dtype.js';
import { showShape } from '../graph/shape.js';
import { linearize } from '../graph/vjp.js';
import type { Tensor } from '../graph/tensor.js';
import { algebra } from '../ops/algebra.js';
import { full } from '../ops/create.js';
import type { Arguments, GradOptions, GradResult, TensorFunction, ValueAndGradResult } from './types.js';

/** Positions of the arguments to differentiate, and whether one was asked for or a list. */
export function positions(op: string, argnums: number | readonly number[] | undefined): { list: readonly number[]; single: boolean } {
  if (argnums === undefined || typeof argnums === 'number') return { list: [argnums ?? 0], single: true };
  if (argnums.length === 0) throw new UsageError(op, 'argnums is empty', undefined, 'name at least one argument');
  if (new Set(argnums).size !== argnums.length) throw new UsageError(op, 'argnums names an argument twice', `[${argnums.join(', ')}]`);
  return { list: argnums, single: false };
}

/** The cotangent every scalar starts from. */
const ONE = { float64: full([], 1), float32: full([], 1, { dtype: 'float32' }) };

/** The function `(...args) => [[value, aux], gradient]` behind `grad` and `valueAndGrad`. */
export function differentiate(
  op: string,
  f: (...args: never[]) => unknown,
  options: GradOptions,
): (...args: unknown[]) => { value: unknown; aux: unknown; gradient: unknown } {
  if (typeof f !== 'function') throw new UsageError(op, 'f must be a function', `got ${typeof f}`);
  checkOptions(op, options, ['argnums', 'hasAux']);
  const { list, single } = positions(op, options.argnums);
  const how = { op, argnums: list, hasAux: options.hasAux === true, algebra };
  return (...args) => {
    const run = linearize(f, args, how);
    const [y] = run.outputs as readonly [Tensor];
    if (run.outputs.length !== 1 || y.size !== 1) {
      const got = run.outputs.length === 1 ? showShape(y.shape) : `a tree of ${run.outputs.length} tensors`;
      throw new GradError(op, 'f must return a scalar', `got ${got}`, 'use vjp, or sum the result');
    }
    if (!isFloat(y.dtype)) throw new GradError(op, 'f must return a float', `got ${y.dtype}`, 'integers and booleans have no gradient');
    const gradients = run.rebuild(run.pull([y.ndim === 0 ? ONE[y.dtype] : full(y.shape, 1, { dtype: y.dtype })]));
    return { value: typeof run.out === 'number' ? toTensor(run.out) : run.out, aux: run.aux, gradient: single ? gradients[0] : gradients };
  };
}

/**
 * Gradient of a scalar function: `grad(f)(...args)` = ∂f/∂args[argnums], a tree like the argument. Nests to any order.
 *
 * In the arguments an array or a plain object is a tree, and a number a scalar leaf. With `hasAux`, f returns [value, aux]
 * and the result is [gradient, aux].
 * @throws GradError when f does not return a scalar, or an argument is not float; UsageError when f returns a Promise.
 * @example
 * grad((x) => mul(x, x))(3); // → 6
 * grad(grad((x) => pow(x, 3)))(2); // → 12
 * grad((p: { w: Tensor; b: Tensor }) => add(mul(p.w, 2), p.b))({ w: 1, b: 5 }); // → { w: 2, b: 1 }
 */
export function grad<R, const O extends GradOptions = object>(
  f: TensorFunction<R>,
  options?: O,
): (...args: Arguments<Tensor[]>) => GradResult<Tensor[], R, O>;
export function grad<P extends readonly unknown[], R, const O extends GradOptions = object>(
  f: (...args: P) => R,
  options?: O,
): (...args: Arguments<P>) => GradResult<P, R, O>;
export function grad(f: (...args: never[]) => unknown, options: GradOptions = {}): (...args: never[]) => unknown {
  const run = differentiate('grad', f, options);
  return (...args) => {
    const { gradient, aux } = run(...args);
    return options.hasAux === true ? [gradient, aux] : gradient;
  };
}

/**
 * Value and gradient of a scalar function in one pass: [value, gradient], or [[value, aux], gradient] with `hasAux`.
 * @throws the errors of `grad`.
 * @example
 * valueAndGrad((x) => mul(x, x))(3); // → [9, 6]
 */
export function valueAndGrad<R, const O extends GradOptions = object>(
  f: TensorFunction<R>,
  options?: O,
): (...args: Arguments<Tensor[]>) => ValueAndGradResult<Tensor[], R, O>;
export function valueAndGrad<P extends readonly unknown[], R, const O extends GradOptions = object>(
  f: (...args: P) => R,
  options?: O,
): (...args: Arguments<P>) => ValueAndGradResult<P, R, O>;
export function valueAndGrad(f: (...args: never[]) => unknown, options: GradOptions = {}): (...args: never[]) => unknown {
  const run = differentiate('valueAndGrad', f, options);
  return (...args) => {
    const { value, gradient, aux } = run(...args);
    return [options.hasAux === true ? [value, aux] : value, gradient];
  };
}
