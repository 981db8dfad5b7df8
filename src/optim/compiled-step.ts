/**
 * @file A whole training step as one program: loss, gradients and update. Parameters and state stay in its memory from step to step.
 */
import { UsageError } from '../graph/errors.js';
import type { TypedArray } from '../graph/dtype.js';
import type { Parameter } from '../graph/parameter.js';
import { type Entry, PendingNumber, Tensor } from '../graph/tensor.js';
import { arrayOf, standIns } from '../machine/compile.js';
import { type Pair, withCarries } from '../machine/carry.js';
import { plan } from '../machine/plan.js';
import { Program, resultTensor } from '../machine/program.js';
import { recordPending } from '../machine/record.js';
import { mapTree, type Taken } from '../machine/trees.js';
import { add, mul } from '../ops/arithmetic.js';
import { zeros } from '../ops/create.js';
import { sum } from '../ops/sum.js';
import { COUNTS } from './rule.js';

/** Loss and gradients of all parameters; null for one that the loss does not depend on. */
export interface Evaluated {
  readonly loss: Tensor;
  readonly gradients: readonly (Tensor | null)[];
}

/** What a step makes of gradients: new values and states, nothing written yet. */
export interface Advanced<State> {
  readonly moved: readonly Tensor[];
  readonly states: readonly State[];
}

/** What an optimizer lends to its compiled steps. */
export interface Stepping<State> {
  readonly name: string;
  readonly params: readonly Parameter[];
  evaluate(loss: () => unknown): Evaluated;
  advance(gradients: readonly (Tensor | null)[], values: readonly Tensor[], states: readonly State[]): Advanced<State>;
}

/** The same states with others in the places of their buffers: tensors, but for counts. */
function mapBuffers<T>(states: T, f: (buffer: Tensor) => unknown): T {
  return mapTree(states, (leaf, key) => (COUNTS.has(key) ? leaf : f(leaf as Tensor)), false) as T;
}

function buffersOf(states: unknown): Tensor[] {
  const found: Tensor[] = [];
  mapBuffers(states, (t) => found.push(t));
  return found;
}

/** Σ 0·x over all elements: 0, or NaN where one is not finite. */
function soundness(tensors: readonly Tensor[]): Tensor {
  return tensors.map((t) => sum(mul(t, 0))).reduce((a, b) => add(a, b), zeros([]));
}

/** A number that the update computed outside of the program: a rate, a correction. It may be another at the next step. */
const isNumber = (t: Tensor): boolean => typeof t.storage === 'number' && (t.dtype === 'float64' || t.dtype === 'float32');

const numbersOf = (entries: readonly Entry[]): number[] =>
  entries.flatMap((e) => e.inputs.filter(isNumber).map((t) => t.storage as number));

/** Entries with marks in the places of their numbers. */
function lifted(entries: readonly Entry[]): { entries: Entry[]; numbers: Tensor[] } {
  const numbers: Tensor[] = [];
  const stand = (t: Tensor): Tensor => {
    if (!isNumber(t)) return t;
    const number = new Tensor(t.shape, t.dtype, new PendingNumber(), null);
    numbers.push(number);
    return number;
  };
  return { entries: entries.map((e) => ({ ...e, inputs: e.inputs.map(stand) })), numbers };
}

/** A step for batches of one shape. */
export class CompiledStep<State> {
  readonly #stepping: Stepping<State>;
  readonly #program: Program;
  readonly #loss: Tensor;
  readonly #gradients: readonly (Tensor | null)[];
  readonly #values: readonly Tensor[];
  readonly #buffers: readonly Tensor[];
  /** Ops of the update, for they must stay the same. */
  readonly #ops: readonly string[];
  /** Results that the next step is given, and those of them that the program does not move itself. */
  readonly #pairs: readonly Pair[];
  readonly #left: readonly Pair[];
  /** Other parameters that the loss reads. */
  readonly #read: readonly Parameter[];
  /** Where the inputs begin: the batch at 0. */
  readonly #from: { readonly buffers: number; readonly values: number; readonly read: number; readonly numbers: number };
  /** Fetches the value of each parameter from memory, and what was fetched last. */
  readonly #fetch: readonly (() => TypedArray)[];
  readonly #fetched: TypedArray[] = [];
  /** The states of the moment, with marks for buffers, and the states that are known outside and lie in memory too. */
  #now: readonly State[];
  #shown: readonly State[] | null = null;

  constructor(
    stepping: Stepping<State>,
    states: readonly State[],
    lossFn: (...batch: never[]) => unknown,
    batch: readonly unknown[],
    { leaves }: Taken,
  ) {
    this.#stepping = stepping;
    const stands = standIns(leaves);
    const forward = recordPending((): Evaluated => {
      let i = 0;
      const own = batch.map((arg) => mapTree(arg, () => stands[i++], true));
      return stepping.evaluate(() => lossFn(...(own as never[])));
    });
    const { loss, gradients } = forward.result;
    const shapes = standIns(stepping.params.map((p) => p.held));
    // a parameter that the loss does not read is given as well: the update may move it
    this.#values = stepping.params.map((p, i) => forward.parameters.get(p) ?? shapes[i]!);
    const buffers = buffersOf(states);
    this.#buffers = standIns(buffers);
    [this.#loss, this.#gradients, this.#now] = [loss, gradients, this.#marked(states)];
    const update = this.#advance();
    if (update.draws.length > 0) throw new UsageError(`${stepping.name}.compile`, 'an update that draws random numbers cannot be compiled');
    const { moved, states: after } = update.result;
    const check = recordPending(() => soundness([...gradients.filter((g) => g !== null), ...moved, ...buffersOf(after)]));
    const { entries, numbers } = lifted(update.entries);
    this.#ops = update.entries.map((e) => e.op);
    const own = new Set<Parameter>(stepping.params);
    this.#read = [...forward.parameters.keys()].filter((p) => !own.has(p));
    const given = [...stands, ...this.#buffers, ...this.#values, ...this.#read.map((p) => forward.parameters.get(p)!), ...numbers];
    const values = stands.length + buffers.length;
    const read = values + this.#values.length;
    this.#from = { buffers: stands.length, values, read, numbers: read + this.#read.length };
    const whole = plan({ ...forward, entries: [...forward.entries, ...entries, ...check.entries] }, given, [
      loss,
      check.result,
      ...buffersOf(after),
      ...moved,
    ]);
    this.#pairs = [
      ...buffers.map((_, i) => ({ output: 2 + i, input: stands.length + i })),
      ...moved.flatMap((t, i) => (t === this.#values[i] ? [] : [{ output: 2 + buffers.length + i, input: values + i }])),
    ];
    const ending = withCarries(whole, this.#pairs, [0, 1]);
    this.#left = ending.left;
    this.#program = new Program(ending.plan, forward.draws);
    this.#fetch = stepping.params.map((_, i) => () => (this.#fetched[i] = this.#program.input(values + i)));
  }

  #marked(states: readonly State[]): readonly State[] {
    let i = 0;
    return mapBuffers(states, () => this.#buffers[i++]);
  }

  #advance(): ReturnType<typeof recordPending<Advanced<State>>> {
    return recordPending(() => this.#stepping.advance(this.#gradients, this.#values, this.#now));
  }

  /** Takes the states from outside, unless they lie in memory already. */
  take(states: readonly State[]): void {
    if (states === this.#shown) return;
    this.#now = this.#marked(states);
    buffersOf(states).forEach((t, i) => this.#program.give(this.#from.buffers + i, arrayOf(t)));
  }

  /** The states of the moment, as tensors. */
  show(): readonly State[] {
    let i = 0;
    this.#shown = mapBuffers(this.#now, () => {
      const at = this.#from.buffers + i;
      const like = this.#buffers[i++]!;
      return resultTensor(this.#program.input(at), like);
    });
    return this.#shown;
  }

  /** One step: the loss before it; null, and nothing is changed, if something is not finite; 'other' if the update is another by now. */
  run({ leaves }: Taken): Tensor | null | 'other' {
    const { params } = this.#stepping;
    const program = this.#program;
    const update = this.#advance();
    if (update.entries.length !== this.#ops.length || update.entries.some((e, i) => e.op !== this.#ops[i])) return 'other';
    leaves.forEach((leaf, i) => program.give(i, arrayOf(leaf)));
    params.forEach((p, i) => {
      if (p.lentTo === this.#fetch[i] || p.held.storage === this.#fetched[i]) return;
      program.give(this.#from.values + i, arrayOf(p.held));
    });
    this.#read.forEach((p, i) => program.give(this.#from.read + i, arrayOf(p.held)));
    numbersOf(update.entries).forEach((x, i) => program.give(this.#from.numbers + i, x));
    program.run();
    const [loss, sound] = [program.output(0), program.output(1)];
    if (sound !== 0 || !Number.isFinite(loss)) {
      program.unwind();
      return null;
    }
    const { moved, states } = update.result;
    for (const { input } of this.#pairs) program.moved(input);
    for (const { output, input } of this.#left) program.carry(output, input);
    params.forEach((p, i) => {
      if (moved[i] !== this.#values[i]) p.lend(this.#fetch[i]!);
    });
    this.#now = this.#marked(states);
    this.#shown = null;
    return resultTensor(loss, this.#loss);
  }
}
