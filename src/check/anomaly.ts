/**
 * @file Where did the NaN come from? The first op call, forward or backward, that makes a value that is not finite out of finite ones.
 */
import { Debugger, originOf } from '../graph/debug.js';
import { isFloat } from '../graph/dtype.js';
import { AnomalyError, type AnomalyInput, type AnomalyRule, checkOptions, UsageError } from '../graph/errors.js';
import { stackHere, userLine } from '../graph/origin.js';
import { formatNumber } from '../graph/format.js';
import { showShape, stridesOf } from '../graph/shape.js';
import { state } from '../graph/state.js';
import { Batched, type OpLike, type Tensor } from '../graph/tensor.js';
import { isPlainObject, leavesOf } from '../graph/tree.js';
import { keepWatch, withWatch } from '../graph/watch.js';
import { checkSwitches } from './options.js';

/** What counts as an anomaly. */
export interface AnomalyOptions {
  /** Is NaN one? Default true. */
  checkNan?: boolean;
  /** Is an infinity one? Default true. */
  checkInf?: boolean;
}

/** Why a tensor is not finite: an op made it so (the error says which), or it came in from outside (where from, in words). */
type Cause = AnomalyError | string;

/** A tensor, or inside `vmap` the values of all examples. */
function wholeOf(t: Tensor): Tensor {
  let whole = t;
  while (whole.storage instanceof Batched) whole = whole.storage.whole;
  return whole;
}

/** Values of a tensor that are known: one number may stand for all. Values inside `compile` are not. */
function valuesOf(t: Tensor): ArrayLike<number> {
  const { storage } = wholeOf(t);
  return typeof storage === 'number' ? [storage] : storage;
}

/** What an input holds. */
function summary(name: string, t: Tensor, from: string | undefined): AnomalyInput {
  const values = valuesOf(t);
  const { size } = wholeOf(t);
  const each = size === values.length ? 1 : size; // elements that a value stands for
  let [min, max, nan, infinite] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (Number.isFinite(v)) [min, max] = [Math.min(min, v), Math.max(max, v)];
    else if (Number.isNaN(v)) nan += each;
    else infinite += each;
  }
  if (min > max) [min, max] = [NaN, NaN];
  return { name, shape: t.shape, min, max, count: values.length * each, nan, infinite, from };
}

const counted = (n: number, what: string): string[] => (n === 0 ? [] : [`${n} ${what}`]);

/** Such a summary in words: `x [3] from 0 to 2, 1 NaN (argument 0)`. */
function inWords({ name, shape, min, max, count, nan, infinite, from }: AnomalyInput): string {
  const range =
    count === 0
      ? 'of values that are not known'
      : Number.isNaN(min)
        ? 'without a finite value'
        : min === max
          ? `of ${formatNumber(min)}`
          : `from ${formatNumber(min)} to ${formatNumber(max)}`;
  const odd = [...counted(nan, 'NaN'), ...counted(infinite, 'infinite')].join(', ');
  return `${name} ${showShape(shape)} ${range}${odd === '' ? '' : `, ${odd}`}${from === undefined ? '' : ` (${from})`}`;
}

/** Name of an input; those of a variadic op share one. */
const nameOf = (op: OpLike, i: number): string => op.inputs[i] ?? `${op.inputs.at(-1) ?? 'input'}[${i}]`;

/** A rule that runs: of input `i` of the op call that made `t`, which may have run in a rule itself. */
interface Running {
  readonly t: Tensor;
  readonly i: number;
  readonly within: Running | undefined;
}

/** What the error says of it. */
function described({ t, i, within }: Running): AnomalyRule {
  const { op } = t.node!;
  return { op: op.name, input: nameOf(op, i), line: originOf(t), within: within && described(within) };
}

/** A rule in words, from the inside out: `the rule of div for 'b' in the rule of sqrt for 'x'`. */
function ruleInWords({ op, input, within }: AnomalyRule): string {
  return `the rule of ${op} for '${input}'${within === undefined ? '' : ` in ${ruleInWords(within)}`}`;
}

/** The forward op call at the bottom of rules of rules. */
function forwardOf(rule: AnomalyRule): AnomalyRule {
  let inner = rule;
  while (inner.within !== undefined) inner = inner.within;
  return inner;
}

/** Is a number in this argument, or in arrays and objects in it, not finite? Tensors are recognised wherever they are read. */
function isOdd(arg: unknown): boolean {
  if (typeof arg === 'number') return !Number.isFinite(arg);
  if (arg instanceof Float64Array || arg instanceof Float32Array) return arg.some((v) => !Number.isFinite(v));
  if (Array.isArray(arg)) return arg.some(isOdd);
  return isPlainObject(arg) && Object.values(arg).some(isOdd);
}

/** Looks at what every op call makes. Forward it throws at once; what a rule computes on its way may be infinite, if its result is not. */
class AnomalyWatch extends Debugger {
  override readonly needsValues: boolean = true;
  readonly #nan: boolean;
  readonly #inf: boolean;
  readonly #causes = new WeakMap<Tensor, Cause>();
  /** The rule in which a tensor was made. */
  readonly #rules = new WeakMap<Tensor, Running>();
  readonly #running: Running[] = [];
  #excused = false;
  /** Arguments that are no tensors, so that they cannot be recognised, and are not finite. */
  readonly #plain: string | undefined;

  constructor({ checkNan = true, checkInf = true }: AnomalyOptions, args: readonly unknown[]) {
    super();
    [this.#nan, this.#inf] = [checkNan, checkInf];
    const plain: string[] = [];
    args.forEach((arg, i) => {
      for (const t of leavesOf(arg)) this.#causes.set(t, `argument ${i}`);
      if (isOdd(arg)) plain.push(`argument ${i}`);
    });
    this.#plain = plain.length === 0 ? undefined : plain.join(' or ');
  }

  override shared(t: Tensor, from: Tensor): void {
    super.shared(t, from);
    const cause = this.#causes.get(from);
    if (cause !== undefined) this.#causes.set(t, cause);
  }

  override made(op: OpLike, inputs: readonly Tensor[], out: Tensor): void {
    super.made(op, inputs, out);
    const rule = this.#running.at(-1);
    if (rule !== undefined) this.#rules.set(out, rule);
    const at = isFloat(out.dtype) ? this.#firstBad(out) : -1;
    if (at < 0) return;
    const cause = this.#causeOf(op, inputs, out, at);
    this.#causes.set(out, cause);
    if (rule === undefined && !this.#excused && cause instanceof AnomalyError) throw cause;
  }

  override rule<T extends object>(t: Tensor, i: number, run: () => T): T {
    this.#running.push({ t, i, within: this.#rules.get(t) });
    let given: T;
    try {
      given = run();
    } finally {
      this.#running.pop();
    }
    const g = given as unknown as Tensor;
    const cause = this.#firstBad(g) < 0 ? undefined : this.#causes.get(g);
    // where a rule of one's own differentiates, the outermost rule has the last word
    if (cause instanceof AnomalyError && this.#running.length === 0) throw cause;
    return given;
  }

  override excused<T>(run: () => T): T {
    const before = this.#excused;
    this.#excused = true;
    try {
      return run();
    } finally {
      this.#excused = before;
    }
  }

  /** Position of the first value that is an anomaly, −1 if there is none. */
  #firstBad(t: Tensor): number {
    const values = valuesOf(t);
    for (let i = 0; i < values.length; i++) {
      const v = values[i]!;
      if (!Number.isFinite(v) && (Number.isNaN(v) ? this.#nan : this.#inf)) return i;
    }
    return -1;
  }

  /**
   * NaN is made where no input has any, an infinity where all inputs are finite; what else is not finite was so before. NaN that came in is
   * an anomaly of the op that passes it on; an infinity that came in, as in a mask, is none.
   */
  #causeOf(op: OpLike, inputs: readonly Tensor[], out: Tensor, at: number): Cause {
    const value = valuesOf(out)[at]!;
    const isNan = Number.isNaN(value);
    const carriers = inputs.filter((x) => {
      const { nan, infinite } = summary('', x, undefined);
      return (isNan ? nan : infinite) > 0; // what is infinite was not made of NaN
    });
    if (carriers.length === 0) return this.#error(op, `made ${value}`, inputs, out, at);
    const known = carriers.map((x) => this.#causes.get(x)).find((cause) => cause !== undefined);
    const cause = known ?? this.#source(carriers[0]!);
    return isNan && typeof cause === 'string' ? this.#error(op, 'passes NaN on that came in', inputs, out, at) : cause;
  }

  /** Where a tensor that no op made came from, in words. */
  #source(x: Tensor): string {
    const owner = x.node?.owner as Tensor | null | undefined;
    if (owner !== null && owner !== undefined) return owner.name === undefined ? 'a parameter' : `parameter ${owner.name}`;
    if (this.#plain !== undefined) return this.#plain;
    const line = originOf(x);
    return line === undefined ? 'from outside' : `made at ${line}`;
  }

  #error(op: OpLike, wrong: string, inputs: readonly Tensor[], out: Tensor, at: number): AnomalyError {
    const running = this.#running.at(-1);
    const rule = running && described(running);
    const phase = rule === undefined ? 'forward' : 'backward';
    const line = userLine(stackHere());
    const held = inputs.map((x, i) => {
      const found = summary(nameOf(op, i), x, undefined);
      if (found.nan + found.infinite === 0) return found;
      const cause = this.#causes.get(x) ?? this.#source(x);
      return { ...found, from: typeof cause === 'string' ? cause : undefined };
    });
    const index = stridesOf(out.shape).map((stride, axis) => Math.floor(at / stride) % out.shape[axis]!);
    const element = index.length === 0 ? '' : `element ${showShape(index)} of ${showShape(out.shape)}`;
    const where = rule === undefined ? '' : `in ${ruleInWords(rule)}`;
    const values = [where, element, held.map(inWords).join('; ')].filter((part) => part !== '').join(': ');
    const forward = rule && forwardOf(rule);
    const hint = [
      ...(forward?.line === undefined ? [] : [`${forward.op} was called at ${forward.line}`]),
      ...(line === undefined ? [] : [`${rule === undefined ? 'called' : 'the derivative was asked for'} at ${line}`]),
    ].join(', ');
    return new AnomalyError(op.name, wrong, values, hint, {
      phase,
      rule,
      inputs: held,
      index,
      value: valuesOf(out)[at]!,
      line,
    });
  }
}

function checkAnomalyOptions(op: string, options: AnomalyOptions): void {
  checkOptions(op, options, ['checkNan', 'checkInf']);
  checkSwitches(op, { checkNan: options.checkNan, checkInf: options.checkInf });
}

/** Runs f; where a transform has explained an error, as it does for arrays of numbers, an anomaly is thrown as it was found. */
function found<R>(f: () => R): R {
  try {
    return f();
  } catch (error) {
    let inner = error;
    while (inner instanceof AnomalyError && inner.cause instanceof AnomalyError) inner = inner.cause;
    throw inner;
  }
}

/**
 * `f` with a look at every op call in it, forward and backward: the first one that makes NaN or an infinity of finite values is an error
 * that names the op, what its inputs hold, the element, and the line of your program; backward also the rule and the line of the forward
 * call. `f` may hold anything: `grad`, `backward()`, steps of optimizers, compiled functions (which run op by op).
 *
 * What a backward rule computes on its way may be infinite as long as the cotangent it gives is not, as in a branch that `where` left out.
 * NaN that came in by an argument or a constant is an error where it is first passed on. An infinity that came in, as in a mask, is none
 * until it makes NaN.
 * @typeParam F - The function's type.
 * @param options - `checkNan` and `checkInf`, both true: what counts.
 * @throws AnomalyError at the first such call; UsageError when f returns a Promise, or is being compiled.
 * @see docs/find-a-nan.md
 * @example
 * const root = detectAnomaly((x: Tensor) => sqrt(sub(x, 2)));
 * root(tensor(3)); // → 1
 * detectAnomaly((x: Tensor) => log(x), { checkInf: false })(tensor(0)); // → -Infinity
 */
export function detectAnomaly<const F extends (...args: never[]) => unknown>(
  f: F,
  options: AnomalyOptions = {},
): (...args: Parameters<F>) => ReturnType<F> {
  if (typeof f !== 'function') throw new UsageError('detectAnomaly', 'needs a function', `got ${String(f)}`);
  checkAnomalyOptions('detectAnomaly', options);
  return (...args) => {
    if (state.planning !== null)
      throw new UsageError(
        'detectAnomaly',
        'there are no values to look at while a function is compiled',
        undefined,
        'write detectAnomaly(compile(f)), which runs f op by op',
      );
    const result = withWatch(new AnomalyWatch(options, args), () => found(() => f(...args)));
    if (result instanceof Promise)
      throw new UsageError(
        'detectAnomaly',
        'f returned a Promise',
        undefined,
        'only functions that are synchronous can be watched: use setDetectAnomaly(true)',
      );
    return result as ReturnType<F>;
  };
}

/**
 * `detectAnomaly` for everything that runs from now on, or for nothing (false).
 * @throws UsageError for anything but true and false, and for unknown options.
 * @see docs/find-a-nan.md
 * @example
 * setDetectAnomaly(true);
 * sqrt(tensor(4)); // → 2
 * setDetectAnomaly(false);
 */
export function setDetectAnomaly(on: boolean, options: AnomalyOptions = {}): void {
  if (typeof on !== 'boolean') throw new UsageError('setDetectAnomaly', 'needs true or false', `got ${String(on)}`);
  checkAnomalyOptions('setDetectAnomaly', options);
  keepWatch('anomaly', on ? new AnomalyWatch(options, []) : null);
}
