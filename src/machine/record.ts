/**
 * @file A function recorded without computing: every op call is an entry, every value that is known only when the program runs a mark.
 */
import { SCALAR } from '../graph/create.js';
import type { DType, TypedArray } from '../graph/dtype.js';
import { UsageError } from '../graph/errors.js';
import type { Shape } from '../graph/shape.js';
import { Parameter, parameterLeaf } from '../graph/parameter.js';
import { type Planning, withState } from '../graph/state.js';
import { collect } from '../graph/tape.js';
import { type Entry, Pending, PendingNumber, Tensor } from '../graph/tensor.js';

/** A check of values that the program makes. */
export interface Check {
  readonly tensor: Tensor;
  readonly check: (data: TypedArray) => void;
}

/** Where random numbers come from: counts of draws are kept from where the generator stands when the program runs. */
export interface Drawn {
  readonly generator: { counter: number };
  /** Where it stood when the recording began. */
  readonly from: number;
  /** Draws a run. */
  total: number;
}

/** What recording a function gives. */
export interface Recording<R = unknown> {
  readonly entries: readonly Entry[];
  /** Parameters that are read, and what stands for their values. */
  readonly parameters: ReadonlyMap<Parameter, Tensor>;
  readonly assigned: ReadonlyMap<Parameter, Tensor>;
  readonly checks: readonly Check[];
  readonly draws: readonly Drawn[];
  readonly result: R;
}

/** A tensor of values that are not known yet. */
export function pending(shape: Shape, dtype: DType): Tensor {
  return new Tensor(shape, dtype, new Pending(), null);
}

/** A number that is not known yet. */
export function pendingNumber(): Tensor {
  return new Tensor(SCALAR, 'float64', new PendingNumber(), null);
}

const isParameter = (t: Tensor): t is Parameter => t instanceof Parameter;

/** The graph's state knows no parameters, only tensors. */
function asParameter(cell: Tensor): Parameter {
  if (isParameter(cell)) return cell;
  throw new TypeError('machine: only parameters have values that are read and written');
}

/** Asked for what is known only when the program runs. */
class Recorder implements Planning {
  readonly parameters = new Map<Parameter, Tensor>();
  readonly assigned = new Map<Parameter, Tensor>();
  readonly checks: Check[] = [];
  readonly draws = new Map<{ counter: number }, Drawn>();
  /** Generators that the function makes: every run draws the same from them. */
  readonly #own = new Set<{ counter: number }>();

  read(cell: Tensor): Tensor {
    const parameter = asParameter(cell);
    let value = this.assigned.get(parameter) ?? this.parameters.get(parameter);
    if (value === undefined) {
      value = parameterLeaf(parameter, new Pending());
      this.parameters.set(parameter, value);
    }
    return value;
  }

  assign(cell: Tensor, value: Tensor): void {
    const parameter = asParameter(cell);
    this.read(parameter);
    const leaf = parameterLeaf(parameter, value.pending ? (value.storage as TypedArray) : value.data);
    this.assigned.set(parameter, leaf);
  }

  verify(tensor: Tensor, check: (data: TypedArray) => void): void {
    this.checks.push({ tensor, check });
  }

  create(generator: { counter: number }): void {
    this.#own.add(generator);
  }

  draw(generator: { counter: number }): void {
    if (!this.#own.has(generator) && !this.draws.has(generator))
      this.draws.set(generator, { generator, from: generator.counter, total: 0 });
  }
}

/** Records a run of `f`, which is given pending tensors. Generators and parameters are left as they are. */
export function recordPending<R>(f: () => R): Recording<R> {
  const recorder = new Recorder();
  try {
    const { result, entries } = withState({ planning: recorder, depth: 0, recording: true }, () => collect(f));
    if (result instanceof Promise)
      throw new UsageError('compile', 'f returned a Promise', undefined, 'functions that are compiled are synchronous');
    for (const drawn of recorder.draws.values()) drawn.total = drawn.generator.counter - drawn.from;
    return {
      entries,
      parameters: recorder.parameters,
      assigned: recorder.assigned,
      checks: recorder.checks,
      draws: [...recorder.draws.values()],
      result,
    };
  } finally {
    for (const { generator, from } of recorder.draws.values()) generator.counter = from;
  }
}
