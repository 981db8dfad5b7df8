/**
 * @file `compile`: a function of tensors that is recorded once and then run as a program.
 */
import { UsageError } from '../graph/errors.js';
import type { Parameter } from '../graph/parameter.js';
import { state } from '../graph/state.js';
import { watching } from '../graph/watch.js';
import { Batched, type Tensor } from '../graph/tensor.js';
import type { TypedArray } from '../graph/dtype.js';
import { explain } from './explain.js';
import { plan } from './plan.js';
import { hasKernels } from '../kernels/wasm.js';
import { Program, resultTensor } from './program.js';
import { pending, pendingNumber, recordPending } from './record.js';
import { mapTree, type Taken, takeApart, tensorsOf } from './trees.js';

/** A compiled function: called like the function itself. */
export interface Compiled<P extends readonly unknown[], R> {
  (...args: P): R;
  /** What a call with these arguments runs, as text: steps, bytes, floating-point operations. It is compiled if it has not been. */
  explain(...args: P): string;
}

/** Programs that are kept for one function: one for each combination of shapes, types and other arguments. */
const MOST_PROGRAMS = 32;

/** One compiled call: fixed shapes and types. */
class Call {
  readonly program: Program;
  readonly #result: unknown;
  readonly #outputs: readonly Tensor[];
  readonly #parameters: readonly Parameter[];
  readonly #assigned: readonly Parameter[];

  constructor(f: (...args: never[]) => unknown, args: readonly unknown[], leaves: readonly (Tensor | number)[]) {
    const stands = standIns(leaves);
    let i = 0;
    const own = args.map((arg) => mapTree(arg, () => stands[i++], true));
    const recording = recordPending(() => f(...(own as never[])));
    this.#parameters = [...recording.parameters.keys()];
    this.#assigned = [...recording.assigned.keys()];
    this.#result = recording.result;
    this.#outputs = [...tensorsOf(recording.result), ...recording.assigned.values()];
    this.program = new Program(plan(recording, [...stands, ...recording.parameters.values()], this.#outputs), recording.draws);
  }

  run(leaves: readonly (Tensor | number)[]): unknown {
    const { program } = this;
    const given = leaves.map(arrayOf);
    for (const p of this.#parameters) given.push(arrayOf(p.held));
    given.forEach((values, i) => program.give(i, values));
    program.run();
    const tensors = this.#outputs.map((like, i) => resultTensor(program.output(i), like));
    const results = tensors.length - this.#assigned.length;
    this.#assigned.forEach((p, i) => (p.value = tensors[results + i]!));
    let i = 0;
    return mapTree(this.#result, () => tensors[i++], false);
  }
}

/** What stands for tensors and numbers while a function is recorded. */
export function standIns(leaves: readonly (Tensor | number)[]): Tensor[] {
  return leaves.map((leaf) => {
    if (typeof leaf === 'number') return pendingNumber();
    const t = pending(leaf.shape, leaf.dtype);
    t.name = leaf.name;
    return t;
  });
}

/** What a program is given for an argument: the array that it is, or a number. */
export function arrayOf(leaf: Tensor | number): TypedArray | number {
  if (typeof leaf === 'number') return leaf;
  return leaf.storage instanceof Batched ? leaf.data : leaf.storage; // one example of many has no array: asking for it says so
}

let warned = false;

/** May programs run? Who looks for the first NaN needs the values of every op. Without WebAssembly everything works, slower: said once. */
export function mayRun(): boolean {
  if (watching.by?.needsValues === true) return false;
  if (hasKernels()) return true;
  // eslint-disable-next-line no-console -- slower than it looks is worth a line, once
  if (!warned) console.warn('chainrule: no WebAssembly with SIMD here: compiled functions run uncompiled');
  warned = true;
  return false;
}

/**
 * The same function, recorded once for each combination of shapes and types, planned, and then run as a WebAssembly program: forward,
 * gradients and updates inside it too. Numbers among the arguments may change from call to call; what is no tensor and no number is
 * recorded as it is. Results are fresh values without a graph: put `grad` inside, `compile(grad(f))`. Inside a derivative, `vmap`, another
 * recording or another `compile` the function itself is called.
 * @typeParam F - The function's type.
 * @throws UsageError when `f` reads a value while it is recorded (`item`, `data`, `if (x > 0)`): the program has only ops.
 * @see docs/compile.md
 * @example
 * const step = compile(valueAndGrad((w, x) => mean(square(matmul(x, w)))));
 * const [loss, g] = step(tensor([1, -1]), tensor([[1, 2], [3, 4]]));
 * loss; // → 1
 * g; // → [-4, -6]
 */
export function compile<const F extends (...args: never[]) => unknown>(f: F): Compiled<Parameters<F>, ReturnType<F>> {
  if (typeof f !== 'function') throw new UsageError('compile', 'needs a function', `got ${String(f)}`);
  const calls = new Map<string, Call>();
  const callFor = (args: readonly unknown[], { key, leaves }: Taken): Call => {
    let call = calls.get(key);
    if (call === undefined) {
      call = new Call(f, args, leaves);
      if (calls.size >= MOST_PROGRAMS) calls.delete(calls.keys().next().value!);
    } else calls.delete(key);
    calls.set(key, call);
    return call;
  };
  const run = (...args: never[]): unknown => {
    const inside = state.depth > 0 || state.tape !== null || state.planning !== null || state.batching !== null;
    if (inside || !mayRun()) return f(...args);
    const taken = takeApart(args);
    return callFor(args, taken).run(taken.leaves);
  };
  return Object.assign(run, {
    explain: (...args: never[]): string => explain(callFor(args, takeApart(args)).program),
  }) as unknown as Compiled<Parameters<F>, ReturnType<F>>;
}
