/**
 * @file The tape as a value: every op call of a run, and every intermediate value and gradient of a worked example.
 */
import { GradError, UsageError } from '../graph/errors.js';
import { isFloat } from '../graph/dtype.js';
import { showShape } from '../graph/shape.js';
import { sweep } from '../graph/sweep.js';
import { collect, makeTape, type Tape } from '../graph/tape.js';
import type { Tensor } from '../graph/tensor.js';
import { flattenTree, isLeaf, mapLeaves } from '../graph/tree.js';
import { linearize } from '../graph/vjp.js';
import { toTensor, type TensorLike } from '../graph/create.js';
import { algebra } from '../ops/algebra.js';
import { full } from '../ops/create.js';
import { type DiagonalOptions, trace as traceOfMatrix } from '../ops/diagonals.js';
import type { Arguments } from './types.js';

/** Arguments with every number and array leaf as a tensor, so that the tape can name them; what is no tree stays. */
function asTensors(args: readonly unknown[]): unknown[] {
  return args.map((a) => (isLeaf(a) || typeof a === 'object' ? mapLeaves('record', a, (leaf: TensorLike) => toTensor(leaf)) : a));
}

/**
 * Runs f and keeps every op call: a tape whose entries can be walked and printed. Backward passes inside f are on it too.
 * @example
 * record((x) => mul(x, 2), tensor([1, 2])).print(); // → %0 = input : float64[2] %1 = mul(%0, 2) : float64[2] return %1
 */
export function record<P extends readonly unknown[] = Tensor[]>(f: (...args: P) => unknown, ...args: Arguments<P>): Tape {
  const inputs = asTensors(args);
  const { result, entries } = collect(() => f(...(inputs as unknown as P)));
  if (result instanceof Promise)
    throw new UsageError('record', 'f returned a Promise', undefined, 'functions that are recorded are synchronous');
  return makeTape(entries, inputs, result);
}

/** One row of a worked example. */
export interface TraceRow {
  /** The op, or `input`. */
  readonly op: string;
  /** Positions of the rows it read; −1 for constants. */
  readonly inputs: readonly number[];
  /** What it computed. */
  readonly value: Tensor;
  /** Derivative of the final scalar with respect to this value; zeros where it does not matter. */
  readonly grad: Tensor;
}

/**
 * Every intermediate value of a scalar function and the derivative of the result with respect to it: backpropagation as it is
 * worked out on paper (lecture 003:1001). Rows in order of computation, inputs first.
 * @throws GradError when f does not return a scalar.
 * @example
 * const rows = trace((x, y) => mul(add(x, 1), y), 2, 5);
 * rows.map((r) => r.op); // → ['input', 'input', 'add', 'mul']
 * rows.map((r) => r.grad); // → [5, 3, 5, 1]
 */
export function trace<P extends readonly unknown[] = Tensor[]>(f: (...args: P) => unknown, ...args: Arguments<P>): TraceRow[];

/**
 * Sum of a diagonal of the matrices on two axes (default 0 and 1): Σ x_ii. The word means both; what is no function is a matrix.
 * @throws ShapeError when x has fewer than two axes.
 * @see numpy.trace
 * @example
 * trace([[1, 2], [3, 4]]); // → 5
 */
export function trace(x: TensorLike, options?: DiagonalOptions): Tensor;

export function trace(first: ((...args: never[]) => unknown) | TensorLike, ...rest: readonly unknown[]): TraceRow[] | Tensor {
  return typeof first === 'function'
    ? rowsOf(first as (...args: unknown[]) => unknown, rest as Arguments<unknown[]>)
    : traceOfMatrix(first, ...(rest as [DiagonalOptions?]));
}

function rowsOf<P extends readonly unknown[]>(f: (...args: P) => unknown, args: Arguments<P>): TraceRow[] {
  const list = asTensors(args);
  let roots: readonly Tensor[] = [];
  const rows: { op: string; inputs: readonly Tensor[]; value: Tensor }[] = [];
  const run = linearize(
    (...inputs: never[]) => {
      roots = flattenTree('trace', inputs).leaves;
      for (const value of roots) rows.push({ op: 'input', inputs: [], value });
      const { result, entries } = collect(() => f(...(inputs as unknown as P)));
      for (const e of entries) rows.push({ op: e.op, inputs: e.inputs, value: e.output });
      return result;
    },
    list,
    {
      op: 'trace',
      argnums: list.flatMap((a, i) => (flattenTree('trace', a).leaves.every((t) => isFloat(t.dtype)) ? [i] : [])),
      hasAux: false,
      algebra,
    },
  );
  const [y] = run.outputs;
  if (run.outputs.length !== 1 || y!.size !== 1)
    throw new GradError('trace', 'f must return a scalar', `got ${y === undefined ? 'nothing' : showShape(y.shape)}`, 'sum the result');
  const gradients = sweep(
    [y!],
    [full(y!.shape, 1, { dtype: y!.dtype })],
    rows.map((r) => r.value),
    algebra,
  );
  const position = new Map(rows.map((r, i) => [r.value, i]));
  return rows.map((r, i) => ({
    op: r.op,
    inputs: r.inputs.map((t) => position.get(t) ?? -1),
    value: r.value.share(null),
    grad: gradients[i]!,
  }));
}
