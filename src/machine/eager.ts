/**
 * @file Elementwise ops on large arrays outside of programs: each is a program for one block, and arrays go through it block by block. It is made
 * known to the kernels when it is imported, which src/index.ts does.
 */
import { allocate, type DType, type TypedArray } from '../graph/dtype.js';
import { sameShape, type Shape, sizeOf } from '../graph/shape.js';
import { Pending, Tensor } from '../graph/tensor.js';
import { expand, LEAST_FOR_VECTORS, onVectors, type ScalarFunction } from '../kernels/elementwise.js';
import { dtypeOf, inMemory, type NdArray } from '../kernels/nd.js';
import { type Repeats, repeatsOf, writeRepeated } from '../kernels/repeats.js';
import { TEAM_BYTES } from '../kernels/team.js';
import { hasKernels, once, PAGE } from '../kernels/wasm.js';
import { type Definition, registry } from '../ops/define.js';
import { emitProgram } from './emit.js';
import { layOut } from './layout.js';
import { VECTOR_FUNCTIONS } from './node.js';
import { plan } from './plan.js';
import { pending } from './record.js';

/** Elements a block: as many as the least array that comes here has; in and out they stay in the first cache. */
const BLOCK = LEAST_FOR_VECTORS;
/** Pages of the memory that all of these programs work in, one at a time: room for four arrays of one block. */
const PAGES = Math.ceil((TEAM_BYTES + 4 * 8 * BLOCK) / PAGE);

const memory = once(() => (hasKernels() ? new WebAssembly.Memory({ initial: PAGES, maximum: PAGES }) : null));

/** An op on one block: where it reads, where it writes. */
interface BlockProgram {
  readonly inputs: readonly TypedArray[];
  readonly output: TypedArray;
  readonly run: (thread: number, threads: number) => void;
}

/**
 * The op on a block, each input a whole block or one number for all of it; null where that is no vector code, or where its numbers would not be
 * those of Math: functions of float64 keep their bits. It is not recorded: somebody else may be recording.
 */
function blockProgram(definition: Definition, shapes: readonly Shape[], types: readonly DType[], type: DType): BlockProgram | null {
  const room = memory();
  const { name } = definition;
  if (room === null || (VECTOR_FUNCTIONS.has(name) && [...types, type].some((t) => t !== 'float32'))) return null;
  const inputs = shapes.map((shape, i) => pending(shape, types[i]!));
  const output = new Tensor([BLOCK], type, new Pending(), null);
  const entry = { op: name, definition, inputs, attrs: undefined, shape: output.shape, output };
  const recording = { entries: [entry], parameters: new Map(), assigned: new Map(), checks: [], draws: [], result: output };
  const planned = plan(recording, inputs, [output]);
  const layout = layOut(planned, 1);
  if (planned.steps.some((step) => step.kind !== 'loop') || layout.bytes > PAGES * PAGE) return null;
  const { bytes, functions } = emitProgram(planned, layout, PAGES, 1);
  // an op that calls its function for every element gains nothing; vector functions do so only beyond their range
  if (functions.length > 0 && !VECTOR_FUNCTIONS.has(name)) return null;
  const none = (): void => undefined;
  const env: Record<string, WebAssembly.ImportValue> = { memory: room, matmul32: none, matmul64: none, step: none };
  for (const { name: unique, run } of functions) env[unique] = run;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
  const lies = (value: (typeof planned.values)[number]): TypedArray =>
    inMemory(room.buffer, value.dtype, layout.addresses.get(value)!, value.size);
  return { inputs: planned.given.map(lies), output: lies(planned.outputs[0]!.value), run: exports['run'] as BlockProgram['run'] };
}

/** What was made, by the op and by the types of what it reads and writes. */
const programs = new Map<ScalarFunction | string, Map<string, BlockProgram | null>>();

function programFor(f: ScalarFunction | string, inputs: readonly TypedArray[], out: TypedArray): BlockProgram | null {
  let made = programs.get(f);
  if (made === undefined) programs.set(f, (made = new Map<string, BlockProgram | null>()));
  const types = inputs.map(dtypeOf);
  const key = `${types.map((t, i) => (inputs[i]!.length === 1 ? `one ${t}` : t)).join()} ${dtypeOf(out)}`;
  let program = made.get(key);
  if (program === undefined) {
    const definition = typeof f === 'string' ? registry.get(f) : [...registry.values()].find((d) => d.spec.scalar === f);
    const shapes = inputs.map(({ length }) => (length === 1 ? [] : [BLOCK]));
    made.set(key, (program = definition === undefined ? null : blockProgram(definition, shapes, types, dtypeOf(out))));
  }
  return program;
}

/** What an input is: one number, elements in the order of the result, or some that repeat. */
interface Source {
  readonly data: TypedArray;
  readonly repeats: Repeats | null;
}

function sourceOf({ data, shape }: NdArray, full: Shape): Source {
  if (data.length === 1 || sameShape(shape, full)) return { data, repeats: null };
  const repeats = repeatsOf(shape, full);
  if (repeats !== null) return { data, repeats: repeats.period === sizeOf(full) ? null : repeats };
  const whole = { data: allocate(dtypeOf(data), sizeOf(full)), shape: full };
  expand({ data, shape }, whole);
  return { data: whole.data, repeats: null };
}

/** Copies some elements; then ones follow, because leftovers of other ops may be numbers that are slow to compute with. */
function copyIn(to: TypedArray, { data, repeats }: Source, at: number, count: number): void {
  if (repeats !== null) writeRepeated(to, data, repeats, at, count);
  else to.set(count === data.length ? data : data.subarray(at, at + count));
  if (count < BLOCK) to.fill(1, count);
}

onVectors.run = (f, inputs, { data: out, shape }): boolean => {
  const data = inputs.map((x) => x.data);
  const program = programFor(f, data, out);
  if (program === null) return false;
  const sources = inputs.map((x) => sourceOf(x, shape));
  // rows that repeat within a block are the same in every one if it has whole rows
  const row = sources.find(({ repeats }) => repeats?.times === 1 && repeats.period <= BLOCK)?.repeats?.period ?? 1;
  const block = BLOCK - (BLOCK % row);
  const stays = ({ data, repeats }: Source): boolean => data.length === 1 || (repeats?.times === 1 && block % repeats.period === 0);
  sources.forEach((x, i) => {
    if (stays(x)) copyIn(program.inputs[i]!, x, 0, x.data.length === 1 ? 1 : block);
  });
  const moving = [...sources.keys()].filter((i) => !stays(sources[i]!));
  for (let at = 0; at < out.length; at += block) {
    const count = Math.min(block, out.length - at);
    for (const i of moving) copyIn(program.inputs[i]!, sources[i]!, at, count);
    program.run(0, 1);
    out.set(count === BLOCK ? program.output : program.output.subarray(0, count), at);
  }
  return true;
};
