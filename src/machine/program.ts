/**
 * @file A planned program in memory, ready to run: what is given is copied in, one call does the work, results are copied out.
 */
import type { TypedArray } from '../graph/dtype.js';
import { UsageError } from '../graph/errors.js';
import { sizeOf } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import { inMemory, type NdArray } from '../kernels/nd.js';
import type { StreamPosition } from '../kernels/random.js';
import { canShare, getThreads, Lockstep, napIn } from '../kernels/team.js';
import { barrierIn, kernelsIn, PAGE } from '../kernels/wasm.js';
import { checkBounds } from './bounds.js';
import { withEpilogues } from './epilogue.js';
import { emitProgram } from './emit.js';
import { type Layout, layOut } from './layout.js';
import type { Call, KernelCall, Plan, Step, Value } from './steps.js';
import type { Drawn } from './record.js';

/** Offsets of a program have 31 bits. */
const MOST_BYTES = 2 ** 31 - PAGE;

function memoryOf(pages: number, shared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  } catch {
    throw new UsageError('compile', 'the engine has no memory left for the program', `${Math.ceil((pages * PAGE) / 2 ** 20)} MiB`, 'compile a smaller batch, or fewer functions'); // prettier-ignore
  }
}

/** A program that runs again and again. */
export class Program {
  readonly plan: Plan;
  readonly layout: Layout;
  readonly #run: (thread: number, threads: number) => void;
  /** By all threads; null where there is one. */
  readonly #lockstep: Lockstep | null;
  readonly #buffer: ArrayBufferLike;
  readonly #inputs: readonly { readonly to: TypedArray; last: TypedArray | null }[];
  readonly #outputs: readonly TypedArray[];
  readonly #draws: readonly Drawn[];
  readonly #cells: readonly (() => void)[];

  constructor(planned: Plan, draws: readonly Drawn[]) {
    const plan = withEpilogues(planned);
    checkBounds(plan);
    this.plan = plan;
    this.#draws = draws;
    const threads = canShare() ? getThreads() : 1;
    const layout = layOut(plan, threads);
    this.layout = layout;
    if (layout.bytes > MOST_BYTES)
      throw new UsageError('compile', 'the program needs more memory than WebAssembly has', `${(layout.bytes / 2 ** 30).toFixed(1)} GiB`, 'compile a smaller batch'); // prettier-ignore
    const pages = Math.max(1, Math.ceil(layout.bytes / PAGE));
    const { bytes, functions, shared } = emitProgram(plan, layout, pages, threads);
    const memory = memoryOf(pages, shared);
    this.#buffer = memory.buffer;
    const kernels = kernelsIn(memory)!;
    const steps = plan.steps.map((step) => this.#outside(step));
    const env: Record<string, WebAssembly.ImportValue> = {
      memory,
      matmul32: kernels.matmul32,
      matmul64: kernels.matmul64,
      step: (i: number) => steps[i]!(),
    };
    for (const { name, run } of functions) env[name] = run;
    for (const step of plan.steps) if (step.kind === 'kernel') env[step.kernel] = kernels.parts[step.kernel];
    const module = new WebAssembly.Module(bytes);
    if (shared) env['barrier'] = barrierIn(memory, napIn(memory));
    const { exports } = new WebAssembly.Instance(module, { env });
    this.#run = exports['run'] as (thread: number, threads: number) => void;
    const math = functions.map(({ name, math: of }) => [name, of] as const);
    this.#lockstep = shared ? new Lockstep({ module, memory, functions: math }, threads) : null;
    for (const value of plan.values) if (value.kind === 'constant' && value.stored) this.#view(value).set(value.data!);
    this.#cells = plan.steps.flatMap((step) => (step.kind === 'kernel' && step.draw ? [this.#cell(step.draw)] : []));
    this.#inputs = plan.given.map((value) => ({ to: this.#view(value), last: null }));
    this.#outputs = plan.outputs.map((x) => this.#view(x.value, sizeOf(x.view.shape)));
  }

  /** A buffer; numbers that are given lie there as float64. */
  #view(value: Value, n = value.size): TypedArray {
    return inMemory(this.#buffer, value.kind === 'number' ? 'float64' : value.dtype, this.layout.addresses.get(value)!, n);
  }

  /** What a step does outside of the program. */
  #outside(step: Step): () => void {
    if (step.kind === 'verify') return this.#check(step.operand.value, sizeOf(step.operand.view.shape), step.check);
    if (step.kind === 'kernel' && step.otherwise !== undefined) return this.#refused(step.otherwise);
    if (step.kind !== 'reference') return () => undefined;
    const data = this.#view(step.value);
    const run = this.#call(step, data);
    return () => {
      data.fill(0);
      run();
    };
  }

  /** A call by the reference kernel of its op. */
  #call({ definition, inputs, attrs, shape }: Call, data: TypedArray): () => void {
    const read = inputs.map((x): NdArray => ({ data: this.#view(x.value, sizeOf(x.view.shape)), shape: x.view.shape }));
    const { kernel } = definition.spec;
    const counter = this.#counter(attrs);
    if (counter === undefined) return () => kernel(read, { data, shape }, attrs);
    return () => kernel(read, { data, shape }, { ...(attrs as object), counter: counter() });
  }

  /** What a kernel cannot take, the op itself refuses in its own words. */
  #refused(call: Call): () => never {
    return () => {
      this.#call(call, new Float64Array(sizeOf(call.shape)))();
      throw new Error(`machine: ${call.definition.name} takes what its kernel refuses`);
    };
  }

  /** Where the draws of an op begin: as far from where their generator stands as when they were recorded. */
  #counter(attrs: unknown): (() => number) | undefined {
    const { generator, counter } = (attrs ?? {}) as { generator?: object; counter?: number };
    const drawn = this.#draws.find((d) => d.generator === generator);
    if (drawn === undefined) return undefined;
    const offset = counter! - drawn.from;
    return () => drawn.generator.counter + offset;
  }

  /** Writes the number of a draw, 64 bits, to the cell where its kernel reads it. */
  #cell({ cell, attrs }: NonNullable<KernelCall['draw']>): () => void {
    const words = this.#view(cell);
    const counter = this.#counter(attrs) ?? ((): number => (attrs as StreamPosition).counter);
    return () => {
      const first = counter();
      // what is stored in an int32 is taken modulo 2^32
      words[0] = first;
      words[1] = Math.floor(first / 2 ** 32);
    };
  }

  #check(value: Value, n: number, check: (data: TypedArray) => void): () => void {
    const data = this.#view(value, n);
    return () => check(data);
  }

  /** Copies in what is given: an array, or the number that every element is. */
  give(i: number, values: TypedArray | number): void {
    const input = this.#inputs[i]!;
    if (typeof values === 'number') {
      input.to.fill(values);
      input.last = null;
    } else if (input.last !== values) {
      // tensors are immutable: what was copied in last time is still there
      input.to.set(values);
      input.last = values;
    }
  }

  /** Runs once. Generators go on as the function itself would have made them. */
  run(): void {
    for (const write of this.#cells) write();
    if (this.#lockstep === null) this.#run(0, 1);
    else this.#lockstep.run(this.#run);
    for (const { generator, total } of this.#draws) generator.counter += total;
  }

  /** Puts generators back to where they stood before the last run. */
  unwind(): void {
    for (const { generator, total } of this.#draws) generator.counter -= total;
  }

  /** A result: a fresh array, or the number that a scalar is. */
  output(i: number): TypedArray | number {
    const data = this.#outputs[i]!;
    return data.length === 1 ? data[0]! : data.slice();
  }

  /** Copies in what is given, or the beginning of it, without remembering where it came from. */
  copyIn(i: number, values: TypedArray): void {
    const input = this.#inputs[i]!;
    input.to.set(values);
    input.last = null;
  }

  /** Copies a result, or as much of it as there is room for. */
  copyOut(i: number, to: TypedArray): void {
    const data = this.#outputs[i]!;
    to.set(to.length < data.length ? data.subarray(0, to.length) : data);
  }

  /** Makes a result what is given to the next run. */
  carry(output: number, input: number): void {
    const own = this.#inputs[input]!;
    own.to.set(this.#outputs[output]!);
    own.last = null;
  }

  /** The program has moved a result to this input itself: what was given before is no longer there. */
  moved(input: number): void {
    this.#inputs[input]!.last = null;
  }

  /** What is given to the next run, as a fresh array. */
  input(i: number): TypedArray {
    return this.#inputs[i]!.to.slice();
  }

  /** How many threads run it now. */
  get threads(): number {
    return this.#lockstep?.threads ?? 1;
  }

  /** Bytes of memory. */
  get bytes(): number {
    return this.#buffer.byteLength;
  }
}

/** A result of a program as a tensor. */
export function resultTensor(values: TypedArray | number, like: Tensor): Tensor {
  return new Tensor(like.shape, like.dtype, values, null);
}
