/**
 * @file What a check looks at: the function and its inputs in float64, its outputs as numbers.
 */
import { convert, toTensor, type TensorLike } from '../graph/create.js';
import { isFloat } from '../graph/dtype.js';
import { ChainruleError, UsageError } from '../graph/errors.js';
import { formatNumber } from '../graph/format.js';
import { collect } from '../graph/tape.js';
import { Tensor } from '../graph/tensor.js';
import { flattenTree } from '../graph/tree.js';
import { noGrad } from '../transforms/custom.js';
import { nudge } from './numerical.js';

/** A function that is checked. */
export type AnyFunction = (...args: never[]) => unknown;

/** Float inputs in float64: the check is about rules, not about rounding. */
export function inDouble(op: string, inputs: unknown): Tensor[] {
  const list = Array.isArray(inputs) ? inputs : [inputs];
  return list.map((x: unknown) => {
    const t = toTensor(x as TensorLike, op);
    return isFloat(t.dtype) ? new Tensor(t.shape, 'float64', convert(t.data, 'float64'), null) : t;
  });
}

/** Output leaves as numbers. */
export function evaluate(f: AnyFunction, inputs: readonly Tensor[]): Float64Array[] {
  return noGrad(() => flattenTree('gradcheck', f(...(inputs as never[]))).leaves.map((t) => Float64Array.from(t.data)));
}

/** The same where one input is another: what f says against that is not about f, but about the move. */
export function evaluateAt(
  name: string,
  f: AnyFunction,
  inputs: readonly Tensor[],
  k: number,
  moved: Tensor,
  move: string,
): Float64Array[] {
  try {
    return evaluate(
      f,
      inputs.map((t, j) => (j === k ? moved : t)),
    );
  } catch (error) {
    if (!(error instanceof ChainruleError)) throw error;
    const hint = inputs[k]!.data.every(Number.isInteger)
      ? 'whole numbers do not move: hold labels in a closure, or give an Int32Array'
      : 'is the input at the edge of its domain?';
    throw Object.assign(new UsageError(name, `f fails where ${move}`, error.message, hint), { cause: error });
  }
}

/** The same where one element of one input was moved. */
export function evaluateMoved(name: string, f: AnyFunction, inputs: readonly Tensor[], k: number, i: number, by: number): Float64Array[] {
  return evaluateAt(name, f, inputs, k, nudge(inputs[k]!, i, by), `element ${i} of input ${k} is moved by ${formatNumber(by)}`);
}

/**
 * Throws where f never reads the inputs beyond the parameters it names: a vector was written as a list of numbers. A rest or a default
 * parameter does not count in `f.length`, so it looks whether f reads them: no op does, and no element of them moves the value.
 */
export function checkArguments(name: string, f: AnyFunction, inputs: readonly Tensor[], eps: number): void {
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

/** A function at a point. */
export interface Subject {
  /** Name of the check, for messages. */
  readonly name: string;
  readonly f: AnyFunction;
  readonly inputs: readonly Tensor[];
  /** Positions of the inputs that are floats. */
  readonly active: readonly number[];
  /** These inputs. */
  readonly primals: readonly Tensor[];
  /** f of these alone. */
  readonly call: (...xs: Tensor[]) => unknown;
  /** Step of the differences. */
  readonly eps: number;
}

/** Where the floats among the inputs are, and f of them. */
export function subject(name: string, f: AnyFunction, inputs: readonly Tensor[], eps: number): Subject {
  const active = inputs.flatMap((t, i) => (isFloat(t.dtype) ? [i] : []));
  if (active.length === 0) throw new UsageError(name, 'no input is a float', undefined, 'derivatives exist with respect to floats only');
  const call = (...xs: Tensor[]): unknown => f(...(inputs.map((t, i) => (active.includes(i) ? xs[active.indexOf(i)]! : t)) as never[]));
  return { name, f, inputs, active, primals: active.map((i) => inputs[i]!), call, eps };
}

/** Output leaves as tensors. */
export function flattenLeaves(f: AnyFunction, xs: readonly Tensor[]): readonly Tensor[] {
  return flattenTree('gradcheck', f(...(xs as never[]))).leaves;
}
