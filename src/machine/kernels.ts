/**
 * @file Ops that a kernel of src/kernels/assembly computes inside a program: for each how the kernel is called.
 */
import { type DType, isFloat } from '../graph/dtype.js';
import { type Shape, sizeOf } from '../graph/shape.js';
import type { Entry, Tensor } from '../graph/tensor.js';
import type { StreamPosition } from '../kernels/random.js';
import type { PartKernel } from '../kernels/wasm.js';
import type { Definition } from '../ops/define.js';
import { BYTES } from './reads.js';
import { type Planner, readKey } from './planner.js';
import type { Argument, Call, KernelCall, Operand } from './steps.js';
import { whole } from './view.js';

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

/** Ops that have a kernel, by name. */
export const KERNELS: ReadonlyMap<string, Lowering> = new Map([
  ...['logsumexp', 'argmax', 'argmin', 'recurrence'].map((name) => [name, rows] as const),
  ...['take', 'indexAdd', 'gather', 'scatter'].map((name) => [name, indexed] as const),
  ...['uniform', 'normal', 'randint'].map((name) => [name, random] as const),
  ['oneHot', oneHot],
  ['truncate', truncate],
]);

/** An operand with some axes the other way round. */
export function flipped(planner: Planner, x: Operand, axes: readonly number[]): Operand {
  return axes.reduce((from, axis) => {
    const { dtype, view } = from;
    const [outer, n, inner] = around(view.shape, axis);
    return call(planner, `flip${bytes(dtype)}`, outer, { dtype, shape: view.shape }, [planner.inOrder(from), n, inner]);
  }, x);
}
