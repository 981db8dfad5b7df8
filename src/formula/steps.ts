/**
 * @file A formula as a list of ops, run one after the other: what a call costs beside the ops themselves is a loop. Single numbers that
 * nobody looks at are computed with as numbers, without a tensor for each op.
 */
import { scalar } from '../graph/create.js';
import { state } from '../graph/state.js';
import type { Tensor } from '../graph/tensor.js';
import { watching } from '../graph/watch.js';
import { arithmetic, type Flow, type Operation, type Value } from './code.js';

/** An argument that is known, if it is a number as a tensor of the type of what it meets too. */
interface Known {
  readonly value: Value;
  readonly float64: Tensor | undefined;
  readonly float32: Tensor | undefined;
}

/** One op. Its arguments are values before it, by number, or known. */
interface Step extends Operation {
  readonly count: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly left: Known | undefined;
  readonly right: Known | undefined;
  readonly last: Known | undefined;
}

/** The same on numbers. */
interface NumberStep {
  /** Which of `INLINE`, or none of them. */
  readonly code: number;
  readonly f: (...xs: number[]) => number;
  readonly a: number;
  readonly b: number;
  readonly to: number;
}

/** What needs no call. */
const INLINE: readonly unknown[] = [arithmetic.add, arithmetic.sub, arithmetic.mul, arithmetic.div];

/** An argument as a tensor, beside another one. */
function beside(x: Value, known: Known | undefined, other: Value): Tensor {
  if (typeof x !== 'number') return x;
  const type = (other as Tensor).dtype === 'float32' ? 'float32' : 'float64';
  return known === undefined ? scalar(x, type) : known[type]!;
}

/** An op of two values: numbers that meet stay numbers, and between tensors the public function need not look at what it is given. */
function apply({ call, direct, numbers, left, right }: Step, x: Value, y: Value, plainly: boolean): Value {
  if (typeof x === 'number' && typeof y === 'number') return numbers === undefined ? call(x, y) : numbers(x, y);
  return plainly && direct !== undefined ? direct(beside(x, left, y), beside(y, right, x)) : call(x, y);
}

/** Is it one float64 through which no derivative is asked for? What stands for values to come has no element. */
function isSingle(x: Value): boolean {
  if (typeof x === 'number') return true;
  if (x.shape.length > 0 || x.dtype !== 'float64' || x.node !== null) return false;
  return typeof x.storage === 'number' || x.storage.length === 1;
}

/** The ops of an expression, each after those that it reads. */
export class Steps {
  private readonly steps: Step[] = [];
  /** Number of the result, or the result itself. */
  private readonly result: number | Known;
  /** Values of the formula that are read. */
  private readonly reads: number[] = [];
  private readonly numberSteps: NumberStep[] = [];
  /** Values, results of steps and known numbers, if all are numbers where the values are. */
  private readonly registers: Float64Array | undefined;

  constructor(
    flow: Flow,
    /** How many values the formula has. */
    private readonly given: number,
  ) {
    const places = new Map<Flow, number | Known>();
    const place = (x: Flow): number | Known => {
      let at = places.get(x);
      if (at === undefined) places.set(x, (at = this.add(x, place)));
      return at;
    };
    this.result = place(flow);
    const known: number[] = [];
    const register = (at: number, k: Known | undefined): number =>
      k === undefined ? at : given + this.steps.length + known.push(k.value as number) - 1;
    const isNumber = ({ numbers, left, right, last }: Step): boolean =>
      numbers !== undefined && [left, right, last].every((k) => k === undefined || typeof k.value === 'number');
    if (typeof this.result !== 'number' || !this.steps.every(isNumber)) return;
    this.steps.forEach(({ numbers, a, b, left, right }, k) => {
      const code = INLINE.indexOf(numbers);
      this.numberSteps.push({
        code,
        f: numbers!,
        a: register(a, left),
        b: b < 0 && right === undefined ? 0 : register(b, right),
        to: given + k,
      });
    });
    this.registers = new Float64Array(given + this.steps.length + known.length);
    this.registers.set(known, given + this.steps.length);
  }

  /** The number of what an expression gives, or what is known. */
  private add(x: Flow, place: (x: Flow) => number | Known): number | Known {
    if (x.kind === 'value') {
      this.reads.push(x.at);
      return x.at;
    }
    if (x.kind === 'known') {
      const { value } = x;
      const number = typeof value === 'number';
      return { value, float64: number ? scalar(value) : undefined, float32: number ? scalar(value, 'float32') : undefined };
    }
    if (x.kind === 'after') {
      x.first.forEach(place);
      return place(x.last);
    }
    const args = x.args.map(place);
    const [a, b, c] = args.map((at) => (typeof at === 'number' ? at : -1));
    const [left, right, last] = args.map((at) => (typeof at === 'number' ? undefined : at));
    const { call, direct, numbers, at } = x.op;
    this.steps.push({ call, direct, numbers, at, count: args.length, a: a ?? -1, b: b ?? -1, c: c ?? -1, left, right, last });
    return this.given + this.steps.length - 1;
  }

  /** How long a list of values becomes. */
  get room(): number {
    return this.given + this.steps.length;
  }

  /** The number that the ops would give; undefined where values are not all single numbers, or where somebody looks at ops. */
  number(values: readonly Value[]): number | undefined {
    const { registers, reads, numberSteps } = this;
    if (registers === undefined) return undefined;
    for (let k = 0; k < reads.length; k++) {
      const x = values[reads[k]!]!;
      if (!isSingle(x)) return undefined;
      registers[reads[k]!] = typeof x === 'number' ? x : x.first();
    }
    if (state.tape !== null || watching.by !== null) return undefined;
    for (let k = 0; k < numberSteps.length; k++) {
      const { code, f, a, b, to } = numberSteps[k]!;
      const x = registers[a]!;
      const y = registers[b]!;
      registers[to] = code === 0 ? x + y : code === 1 ? x - y : code === 2 ? x * y : code === 3 ? x / y : f(x, y);
    }
    return registers[this.result as number]!;
  }

  /** Runs the ops and adds what they give to the list. What they throw is given to `fail` with the place of the op. */
  run(values: Value[], fail: (error: unknown, at: number) => never): Value {
    const { steps, given } = this;
    // what is being compiled the public function must look at
    const plainly = state.planning === null;
    let k = 0;
    try {
      for (; k < steps.length; k++) {
        const s = steps[k]!;
        const x = s.left === undefined ? values[s.a]! : s.left.value;
        let out: Value;
        if (s.count === 1) {
          if (typeof x === 'number') out = s.numbers === undefined ? s.call(x) : s.numbers(x);
          else out = plainly && s.direct !== undefined ? s.direct(x) : s.call(x);
        } else if (s.count === 2) out = apply(s, x, s.right === undefined ? values[s.b]! : s.right.value, plainly);
        else if (s.count === 0) out = s.call();
        else out = s.call(x, s.right === undefined ? values[s.b]! : s.right.value, s.last === undefined ? values[s.c]! : s.last.value);
        values[given + k] = out;
      }
    } catch (error) {
      fail(error, steps[k]!.at);
    }
    return typeof this.result === 'number' ? values[this.result]! : this.result.value;
  }
}
