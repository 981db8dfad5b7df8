/**
 * @file Ops that a kernel of src/kernels/assembly computes inside a program: for each how the kernel is called.
 */
import { type DType, isFloat } from '../graph/dtype.js';
import { type Shape, sizeOf } from '../graph/shape.js';
import type { Entry, Tensor } from '../graph/tensor.js';
import type { StreamPosition } from '../kernels/random.js';
import type { PartKernel } from '../kernels/wasm.js';
import { planWindows, type WindowAttrs } from '../kernels/windows.js';
import type { Definition } from '../ops/define.js';
import { BYTES } from './reads.js';
import { type Planner, readKey } from './planner.js';
import type { Argument, Call, KernelCall, Operand } from './steps.js';
import { broadcast, cut, whole } from './view.js';

/** Kernels that compute are called after the type they compute with. */
const NUMBERS = { float32: 'F32', float64: 'F64', int32: 'I32', bool: 'U8' } as const;

const floats = (dtype: DType): 'F32' | 'F64' => (dtype === 'float32' ? 'F32' : 'F64');

/** Kernels that only move elements are called after their bytes. */
const bytes = (dtype: DType): 1 | 4 | 8 => BYTES[dtype] as 1 | 4 | 8;

/** A step that calls a kernel for all parts of an output; equal calls are one. */
function call(
  planner: Planner,
  kernel: PartKernel,
  parts: number,
  { dtype, shape }: { readonly dtype: DType; readonly shape: Shape },
  args: readonly Argument[],
  more: Pick<KernelCall, 'otherwise' | 'draw'> = {},
): Operand {
  const text = (x: Argument): string => (typeof x === 'object' && 'float' in x ? `${x.float}` : readKey(x));
  return planner.once(`${kernel} ${parts} [${shape.join()}] ${args.map(text).join(' ')}`, () =>
    planner.step(dtype, shape, (value) => ({ kind: 'kernel', kernel, parts, arguments: args, value, ...more })),
  );
}

/** Sizes around an axis: elements outside it, along it, inside it. */
function around(shape: Shape, axis: number): [outer: number, n: number, inner: number] {
  return [sizeOf(shape.slice(0, axis)), shape[axis]!, sizeOf(shape.slice(axis + 1))];
}

/** The op call itself, for what it throws. */
function itself(planner: Planner, { definition, inputs, attrs, output }: Entry): Call {
  return { definition: definition as Definition, inputs: inputs.map((t) => planner.ordered(t)), attrs, shape: output.shape };
}

/** Indices as int32 from 0 to n − 1, checked. */
function positions(planner: Planner, entry: Entry, indices: Tensor, n: number, negative: boolean): Operand {
  const dtype = indices.dtype === 'bool' ? 'int32' : indices.dtype;
  const args = [planner.ordered(indices, dtype), n, Number(negative)];
  const otherwise = itself(planner, entry);
  return call(planner, `positions${NUMBERS[dtype]}`, indices.size, { dtype: 'int32', shape: indices.shape }, args, { otherwise });
}

type Lowering = (planner: Planner, entry: Entry) => Operand;

/** Along the last axis row by row. What is not float32 throughout is computed in float64, as the reference does. */
const rows: Lowering = (planner, { op, inputs, output }) => {
  const name = op as 'logsumexp' | 'argmax' | 'argmin' | 'recurrence';
  const { shape } = inputs[0]!;
  const float = inputs.every((t) => t.dtype === 'float32') ? 'float32' : 'float64';
  const dtype = isFloat(output.dtype) ? float : output.dtype;
  const args = [...inputs.map((t) => planner.ordered(t, float)), shape.at(-1)!];
  const made = call(planner, `${name}${NUMBERS[float]}`, sizeOf(shape.slice(0, -1)), { dtype, shape: output.shape }, args);
  return dtype === output.dtype ? made : planner.copied(made, output.dtype);
};

/** Elements read at indices along an axis, or added there. */
const indexed: Lowering = (planner, entry) => {
  const { op, inputs, output } = entry;
  const [x, indices] = inputs as readonly [Tensor, Tensor];
  const { axis, what } = entry.attrs as { readonly axis: number; readonly what?: 'indices' | 'labels' };
  const adds = op === 'indexAdd' || op === 'scatter';
  const [outer, n, inner] = around(adds ? output.shape : x.shape, axis);
  const at = positions(planner, entry, indices, n, what !== 'labels');
  // one index for everything inside the axis, or one for each element
  const count = op === 'take' || op === 'indexAdd' ? indices.size : indices.shape[axis]!;
  const args = [planner.ordered(x), at, n, count, inner];
  if (adds) return call(planner, `${op}${NUMBERS[x.dtype]}`, outer, output, args);
  return op === 'take'
    ? call(planner, `take${bytes(x.dtype)}`, outer * count, output, args)
    : call(planner, `gather${bytes(x.dtype)}`, indices.size, output, args);
};

const oneHot: Lowering = (planner, entry) => {
  const labels = entry.inputs[0]!;
  const { n } = entry.attrs as { readonly n: number };
  const at = positions(planner, entry, labels, n, false);
  return call(planner, `oneHot${NUMBERS[entry.output.dtype]}`, labels.size, entry.output, [at, n]);
};

/** The indices that sort each row; behind them lies room in which the row and its indices are merged, twice each. */
const argsort: Lowering = (planner, { inputs, attrs, output: { shape } }) => {
  const x = inputs[0]!;
  const { descending, count } = attrs as { readonly descending: boolean; readonly count: number };
  const dtype = x.dtype === 'bool' ? 'int32' : x.dtype;
  const n = x.shape.at(-1)!;
  const rows = sizeOf(shape.slice(0, -1));
  const args = [planner.ordered(x, dtype), n, rows, count, Number(descending)];
  const room = (n * (2 * BYTES[dtype] + 8)) / BYTES.int32;
  const made = call(planner, `argsort${NUMBERS[dtype]}`, rows, { dtype: 'int32', shape: [rows * (count + room)] }, args);
  return { ...made, view: whole(shape) };
};

/** To int32, rounded towards 0, or to bool. */
const truncate: Lowering = (planner, entry) => {
  const x = entry.inputs[0]!;
  const { output } = entry;
  if (output.dtype === 'bool' || !isFloat(x.dtype)) return planner.copied(planner.operand(x), output.dtype);
  return call(planner, `truncate${floats(x.dtype)}`, x.size, output, [planner.ordered(x)], { otherwise: itself(planner, entry) });
};

/** A draw reads its counter from a cell of its own, and is therefore never the same as another. */
const random: Lowering = (planner, { op, attrs, output }) => {
  const { key, low, high } = attrs as StreamPosition & { readonly low: number; readonly high: number };
  const cell = planner.value('int32', 2, 'constant', new Int32Array(2));
  cell.stored = true;
  const args = [{ value: cell, view: whole([2]), dtype: 'int32' as const }, ...key, { float: low }, { float: high }];
  const kernel: PartKernel = op === 'randint' ? 'randintI32' : `${op as 'uniform' | 'normal'}${floats(output.dtype)}`;
  return call(planner, kernel, output.size, output, args, { draw: { cell, attrs } });
};

/** Windows added up where they came from. */
const fold: Lowering = (planner, { inputs, attrs, output }) => {
  const { outer, height, width, inner, rows, columns, down, across } = planWindows(output.shape, attrs as WindowAttrs);
  const [r, c] = [rows, columns].map((w) => [w.size, w.step, w.dilation]) as [number[], number[]];
  const args = [planner.ordered(inputs[0]!, output.dtype), height, width, inner, down, across, ...r, ...c];
  return call(planner, `fold${floats(output.dtype)}`, outer, output, args);
};

// Square matrices are float64 in the kernels, as in the reference, whatever type they have.

const as = (planner: Planner, x: Operand, dtype: DType): Operand => (x.dtype === dtype ? x : planner.copied(x, dtype));

/** P·A = L·U of every matrix and its determinant, each in a row of numbers; whoever needs them of the same matrix shares them. */
function factors(planner: Planner, a: Tensor): Operand {
  const [batch, n] = [a.shape.slice(0, -2), a.shape.at(-1)!];
  const shape = [...batch, n * n + n + 3];
  return call(planner, 'factoriseF64', sizeOf(batch), { dtype: 'float64', shape }, [planner.ordered(a, 'float64'), n]);
}

/** `count` of the numbers in each row of what a kernel made, from number `start` on, under the shape of the op's output. */
function among(planner: Planner, made: Operand, start: number, count: number, { shape, dtype }: Tensor): Operand {
  const spans = made.view.shape.map((n, i, all) => (i === all.length - 1 ? { start, count, step: 1 } : { start: 0, count: n, step: 1 }));
  const { strides, offset } = cut(made.view, spans);
  const inside = whole(shape).strides.slice(strides.length - 1);
  return as(planner, { ...made, view: { shape, strides: [...strides.slice(0, -1), ...inside], offset } }, dtype);
}

/** X with A·X = B by a kernel that reads one row of numbers a matrix of A: one for all, or one for each matrix of the output. */
function solved(planner: Planner, kernel: 'solveF64' | 'triangleF64', entry: Entry, rows: Operand, more: readonly number[]): Operand {
  const { shape } = entry.output;
  const [batch, n, k] = [shape.slice(0, -2), shape.at(-2)!, shape.at(-1)!];
  const one = sizeOf(rows.view.shape.slice(0, -1)) === 1;
  const a = one ? rows : planner.inOrder({ ...rows, view: broadcast(rows.view, [...batch, rows.view.shape.at(-1)!]) });
  const b = planner.operand(entry.inputs[1]!);
  const right = planner.inOrder({ ...b, view: broadcast(b.view, shape) }, 'float64');
  const otherwise = itself(planner, entry);
  const made = call(planner, kernel, sizeOf(batch), { dtype: 'float64', shape }, [a, right, n, k, Number(!one), ...more], { otherwise });
  return as(planner, made, entry.output.dtype);
}

const solve: Lowering = (planner, entry) =>
  solved(planner, 'solveF64', entry, factors(planner, entry.inputs[0]!), [
    Number((entry.attrs as { readonly transposed: boolean }).transposed),
  ]);

const triangle: Lowering = (planner, entry) => {
  const { lower, transposed } = entry.attrs as { readonly lower: boolean; readonly transposed: boolean };
  const { view, ...a } = planner.ordered(entry.inputs[0]!, 'float64');
  const rows = { ...a, view: whole([...view.shape.slice(0, -2), sizeOf(view.shape.slice(-2))]) };
  return solved(planner, 'triangleF64', entry, rows, [Number(lower), Number(transposed)]);
};

const determinant: Lowering = (planner, { op, inputs, output }) => {
  const n = inputs[0]!.shape.at(-1)!;
  return among(planner, factors(planner, inputs[0]!), n * n + n + Number(op === 'slogdet'), op === 'slogdet' ? 2 : 1, output);
};

const cofactor: Lowering = (planner, { inputs: [x], output }) => {
  const [batch, n] = [output.shape.slice(0, -2), output.shape.at(-1)!];
  const shape = [...batch, 3 * n * n + 2 * n];
  const made = call(planner, 'cofactorF64', sizeOf(batch), { dtype: 'float64', shape }, [planner.ordered(x!, 'float64'), n]);
  return among(planner, made, 0, n * n, output);
};

const cholesky: Lowering = (planner, entry) => {
  const { shape, dtype } = entry.output;
  const args = [planner.ordered(entry.inputs[0]!, 'float64'), shape.at(-1)!];
  const otherwise = itself(planner, entry);
  const made = call(planner, 'choleskyF64', sizeOf(shape.slice(0, -2)), { dtype: 'float64', shape }, args, { otherwise });
  return as(planner, made, dtype);
};

/** Ops that have a kernel, by name. */
export const KERNELS: ReadonlyMap<string, Lowering> = new Map([
  ...['logsumexp', 'argmax', 'argmin', 'recurrence'].map((name) => [name, rows] as const),
  ...['take', 'indexAdd', 'gather', 'scatter'].map((name) => [name, indexed] as const),
  ...['uniform', 'normal', 'randint'].map((name) => [name, random] as const),
  ['oneHot', oneHot],
  ['argsort', argsort],
  ['truncate', truncate],
  ['fold', fold],
  ['solve', solve],
  ['solveTriangular', triangle],
  ['det', determinant],
  ['slogdet', determinant],
  ['cofactor', cofactor],
  ['cholesky', cholesky],
]);

/** An operand with some axes the other way round. */
export function flipped(planner: Planner, x: Operand, axes: readonly number[]): Operand {
  return axes.reduce((from, axis) => {
    const { dtype, view } = from;
    const [outer, n, inner] = around(view.shape, axis);
    return call(planner, `flip${bytes(dtype)}`, outer, { dtype, shape: view.shape }, [planner.inOrder(from), n, inner]);
  }, x);
}
