/**
 * @file A planned program in memory, ready to run: what is given is copied in, one call does the work, results are copied out.
 */
import { type DType, type TypedArray } from '../graph/dtype.js';
import { UsageError } from '../graph/errors.js';
import { sizeOf } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import type { NdArray } from '../kernels/nd.js';
import { kernelsIn, PAGE } from '../kernels/wasm.js';
import { emitProgram } from './emit.js';
import { type Layout, layOut } from './layout.js';
import type { Plan, Reference, Value } from './steps.js';
import type { Drawn } from './record.js';

/** Offsets of a program have 31 bits. */
const MOST_BYTES = 2 ** 31 - PAGE;

function view(buffer: ArrayBuffer, dtype: DType, at: number, n: number): TypedArray {
  switch (dtype) {
    case 'float64':
      return new Float64Array(buffer, at, n);
    case 'float32':
      return new Float32Array(buffer, at, n);
    case 'int32':
      return new Int32Array(buffer, at, n);
    case 'bool':
      return new Uint8Array(buffer, at, n);
  }
}

function memoryOf(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch {
    throw new UsageError('compile', 'the engine has no memory left for the program', `${Math.ceil((pages * PAGE) / 2 ** 20)} MiB`, 'compile a smaller batch, or fewer functions'); // prettier-ignore
  }
}

/** A program that runs again and again. */
export class Program {
  readonly plan: Plan;
  readonly layout: Layout;
  readonly #run: () => void;
  readonly #buffer: ArrayBuffer;
  readonly #inputs: readonly { readonly to: TypedArray; last: TypedArray | null }[];
  readonly #outputs: readonly TypedArray[];
  readonly #draws: readonly Drawn[];

  constructor(plan: Plan, draws: readonly Drawn[]) {
    this.plan = plan;
    this.#draws = draws;
    const layout = layOut(plan);
    this.layout = layout;
    if (layout.bytes > MOST_BYTES)
      throw new UsageError('compile', 'the program needs more memory than WebAssembly has', `${(layout.bytes / 2 ** 30).toFixed(1)} GiB`, 'compile a smaller batch'); // prettier-ignore
    const pages = Math.max(1, Math.ceil(layout.bytes / PAGE));
    const memory = memoryOf(pages);
    this.#buffer = memory.buffer;
    const kernels = kernelsIn(memory)!;
    const { bytes, functions } = emitProgram(plan, layout, pages);
    const steps = plan.steps.map(
      (step) =>
      step.kind === 'reference' ? this.#reference(step) : step.kind === 'verify' ? this.#check(step.operand.value, sizeOf(step.operand.view.shape), step.check) : null, // prettier-ignore
    );
    const env: Record<string, WebAssembly.ImportValue> = {
      memory,
      matmul32: kernels.matmul32,
      matmul64: kernels.matmul64,
      step: (i: number) => steps[i]!(),
    };
    for (const { name, run } of functions) env[name] = run;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
    this.#run = exports['run'] as () => void;
    for (const value of plan.values) if (value.kind === 'constant' && value.stored) this.#view(value).set(value.data!);
    this.#inputs = plan.given.map((value) => ({ to: this.#view(value), last: null }));
    this.#outputs = plan.outputs.map((x) => this.#view(x.value, sizeOf(x.view.shape)));
  }

  /** A buffer; numbers that are given lie there as float64. */
  #view(value: Value, n = value.size): TypedArray {
    return view(this.#buffer, value.kind === 'number' ? 'float64' : value.dtype, this.layout.addresses.get(value)!, n);
  }

  #reference({ definition, inputs, attrs, shape, value }: Reference): () => void {
    const read = inputs.map((x): NdArray => ({ data: this.#view(x.value, sizeOf(x.view.shape)), shape: x.view.shape }));
    const out: NdArray = { data: this.#view(value), shape };
    const { kernel } = definition.spec;
    const clear = (): void => void out.data.fill(0);
    const { generator, counter } = (attrs ?? {}) as { generator?: { counter: number }; counter?: number };
    const drawn = this.#draws.find((d) => d.generator === generator);
    if (drawn === undefined)
      return () => {
        clear();
        kernel(read, out, attrs);
      };
    const offset = counter! - drawn.from;
    const own = { ...(attrs as object), counter: 0 };
    return () => {
      clear();
      own.counter = drawn.generator.counter + offset;
      kernel(read, out, own);
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
    this.#run();
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

  /** Makes a result what is given to the next run. */
  carry(output: number, input: number): void {
    const own = this.#inputs[input]!;
    own.to.set(this.#outputs[output]!);
    own.last = null;
  }

  /** What is given to the next run, as a fresh array. */
  input(i: number): TypedArray {
    return this.#inputs[i]!.to.slice();
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
