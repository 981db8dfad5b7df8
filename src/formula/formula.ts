/**
 * @file `formula`: infix mathematics as a function of its symbols, or of the values that stand in a template.
 */
import type { TensorLike } from '../graph/create.js';
import { UsageError } from '../graph/errors.js';
import { Tensor } from '../graph/tensor.js';
import { type LossOptions, reduceLoss } from '../losses/loss.js';
import type { Value } from './code.js';
import { type Compiled, compile, positional, valueOf } from './compiled.js';
import { checkOthers, mismatch } from './missing.js';
import { parse } from './parse.js';
import type { Span } from './source.js';
import { texOf } from './tex.js';
import type { Interpolated } from './lower.js';
import type { FormulaSymbols } from './types.js';

/** What all formulas have. */
export interface FormulaText {
  /** Names of the free symbols, in order of appearance; parameters of a last line `L(s, y) = …` first. */
  readonly symbols: readonly string[];
  /** Names of the functions of the library it is made of. */
  readonly ops: readonly string[];
  /** The formula as LaTeX. */
  toTex(): string;
  /** The text. */
  toString(): string;
}

/** Options of a formula that is used as a loss: the reduction, and values of symbols that are not positional. */
export type FormulaOptions = LossOptions & { readonly [symbol: string]: TensorLike | LossOptions['reduction'] };

/**
 * A formula: a function of its free symbols by name; of (input, target) as a loss, which is then reduced ('mean' unless told otherwise);
 * of one tensor as a regulariser.
 */
export interface Formula<S extends string = string> extends FormulaText {
  (symbols: { readonly [K in S]: TensorLike }): Tensor;
  (input: TensorLike, options?: FormulaOptions): Tensor;
  (input: TensorLike, target: TensorLike, options?: FormulaOptions): Tensor;
  readonly symbols: readonly S[];
}

const compiledOf = new WeakMap<object, Compiled>();

/** What is behind a formula, or undefined for anything else. */
export function behind(x: unknown): Compiled | undefined {
  return typeof x === 'function' ? compiledOf.get(x) : undefined;
}

type Named = Readonly<Record<string, TensorLike>>;

function isNamed(x: unknown): x is Named {
  if (typeof x !== 'object' || x === null) return false;
  const prototype: unknown = Object.getPrototypeOf(x);
  return prototype === Object.prototype || prototype === null;
}

/** Reads the values of the symbols by name. It remembers the order in which the names came last: the next call is a walk along it. */
class ByName {
  private keys: readonly string[] = [];
  private places: readonly number[] = [];

  constructor(
    private readonly symbols: readonly string[],
    /** How long the list of values becomes. */
    private readonly room: number,
  ) {}

  read(given: Named): Value[] {
    const { keys, places } = this;
    const values = new Array<Value>(this.room);
    let n = 0;
    for (const key in given) {
      const x = given[key];
      if (key !== keys[n] || x === undefined) return this.first(given);
      values[places[n]!] = typeof x === 'number' ? x : x instanceof Tensor ? x.current : valueOf(x);
      n++;
    }
    return n === this.symbols.length ? values : this.first(given);
  }

  private first(given: Named): Value[] {
    const keys = Object.keys(given).filter((k) => given[k] !== undefined);
    const places = keys.map((k) => this.symbols.indexOf(k));
    if (keys.length !== this.symbols.length || places.includes(-1)) throw mismatch(this.symbols, keys);
    [this.keys, this.places] = [keys, places];
    const values = new Array<Value>(this.room);
    keys.forEach((k, n) => (values[places[n]!] = valueOf(given[k]!)));
    return values;
  }
}

/** Gives one number where a number an example is due? The target has an axis, the value none. */
function checkReduction(value: Tensor, target: TensorLike, reduction: LossOptions['reduction']): void {
  if (reduction === undefined || reduction === 'mean' || value.ndim > 0) return;
  const t = valueOf(target);
  if (typeof t === 'number' || t.ndim === 0) return;
  throw new UsageError(
    'formula',
    `gives one number, so that nothing is left for reduction '${reduction}'`,
    undefined,
    'leave out the mean: the reduction takes it',
  );
}

/** Values in the order of the symbols, of tensors in the order of the arguments and options by name. */
function inOrder(compiled: Compiled, tensors: readonly TensorLike[], named: Named): Value[] {
  const { symbols, header, room } = compiled;
  const order = header ?? positional(symbols.filter((s) => !Object.hasOwn(named, s)), null); // prettier-ignore
  if (order === null) {
    checkOthers(symbols, null, tensors.length, named);
    throw new UsageError(
      'formula',
      'it is not clear which symbol is which argument',
      symbols.join(', '),
      "give them by name, or begin the text with 'L(s, y) = …'",
    );
  }
  if (tensors.length > order.length)
    throw new UsageError('formula', `got ${tensors.length} arguments for ${order.length}`, order.join(', '), 'others are given by name');
  // without a prototype, so that a symbol may have any name
  const given = Object.assign(Object.create(null) as Record<string, TensorLike>, named);
  tensors.forEach((x, k) => {
    if (Object.hasOwn(named, order[k]!)) throw new UsageError('formula', `symbol '${order[k]}' is given twice`);
    given[order[k]!] = x;
  });
  if (Object.keys(given).length < symbols.length) checkOthers(symbols, order, tensors.length, named);
  return new ByName(symbols, room).read(given);
}

/** A call with tensors in order: a loss of two or more, a regulariser of one. */
function byPosition(compiled: Compiled, args: readonly unknown[]): Tensor {
  const last = args.at(-1);
  const bare = isNamed(last) || last === undefined ? args.slice(0, -1) : args;
  const tensors = bare as readonly TensorLike[];
  const { reduction, ...named } = (isNamed(last) ? last : {}) as LossOptions & Record<string, TensorLike>;
  const { symbols, params } = compiled;
  // the common case: every symbol is an argument
  const values =
    params !== null && params.length === symbols.length && tensors.length === symbols.length && Object.keys(named).length === 0
      ? symbols.map((s) => valueOf(tensors[params.indexOf(s)]!))
      : inOrder(compiled, tensors, named);
  const value = compiled.run(values);
  if (tensors.length < 2) return reduction === undefined ? value : reduceLoss('formula', value, reduction);
  checkReduction(value, tensors.at(-1)!, reduction);
  return reduceLoss('formula', value, reduction);
}

function make<S extends string>(compiled: Compiled): Formula<S> {
  const { symbols, program, room } = compiled;
  const names = new ByName(symbols, room);
  const call = (first: unknown, ...others: readonly unknown[]): Tensor => {
    if (others.length === 0 && isNamed(first)) return compiled.run(names.read(first));
    if (others.length === 0 && first === undefined) return compiled.run(names.read({}));
    return byPosition(compiled, [first, ...others]);
  };
  compiledOf.set(call, compiled);
  return Object.assign(call, {
    symbols,
    ops: compiled.ops,
    toTex: () => texOf(compiled),
    toString: () => program.text.trim(),
  }) as unknown as Formula<S>;
}

/** A template, lowered for the formulas that stood in it last. */
interface CallSite {
  readonly formulas: readonly (Compiled | undefined)[];
  readonly compiled: Compiled;
  /** The same, where only values stood in it and it has no symbols: it runs with any others. */
  readonly ready: Compiled | undefined;
}
const callSites = new WeakMap<TemplateStringsArray, CallSite>();
/** The template that was called last: a loop asks for it again and again. */
const last: { text: TemplateStringsArray | undefined; ready: Compiled | undefined } = { text: undefined, ready: undefined };

/** The text of a template, with `${1}` for its first value. */
function templateText(strings: TemplateStringsArray): { text: string; slots: Span[] } {
  const slots: Span[] = [];
  let text = '';
  strings.forEach((part, k) => {
    text += (part as string | undefined) ?? strings.raw[k]!;
    if (k === strings.length - 1) return;
    const mark = `\${${k + 1}}`;
    slots.push({ start: text.length, end: text.length + mark.length });
    text += mark;
  });
  return { text, slots };
}

/** The values of a template made what ops take, in the list that the call made for them; undefined where a formula is among them. */
function plainValues(values: unknown[]): Value[] | undefined {
  for (let k = 0; k < values.length; k++) if (typeof values[k] === 'function') return undefined;
  for (let k = 0; k < values.length; k++) values[k] = valueOf(values[k] as TensorLike);
  return values as Value[];
}

function fromTemplate(strings: TemplateStringsArray, values: readonly unknown[]): Tensor | FormulaText {
  let site = callSites.get(strings);
  const formulas = values.map(behind);
  const isFormula = formulas.some((f) => f !== undefined);
  if (site === undefined || site.formulas.some((f, k) => f !== formulas[k]) || isFormula) {
    const { text, slots } = templateText(strings);
    const program = site?.compiled.program ?? parse(text, slots);
    const interpolated = formulas.map((f, k): Interpolated =>
      f !== undefined ? { formula: f } : isFormula ? { held: held(values[k]) } : 'open',
    );
    const compiled = compile(program, interpolated);
    site = { formulas, compiled, ready: isFormula || compiled.symbols.length > 0 ? undefined : compiled };
    callSites.set(strings, site);
    last.text = undefined;
  }
  const { compiled } = site;
  if (isFormula) return make(compiled);
  if (compiled.symbols.length > 0)
    throw new UsageError(
      'formula',
      `free symbol '${compiled.symbols[0]}' in a template`,
      undefined,
      `interpolate it as \${${compiled.symbols[0]}}, or write formula('…')`,
    );
  return compiled.run((values as readonly TensorLike[]).map(valueOf));
}

/** A value beside an interpolated formula: a parameter keeps moving. */
const held = (x: unknown): Value => (typeof x === 'number' || x instanceof Tensor ? x : valueOf(x as TensorLike));

/**
 * Infix mathematics, lowered onto ops: gradients of any order come from the tape. Parsed once, by mathjs; nothing is evaluated by it.
 *
 * As a function of a text it gives a function of the free symbols. As a tag, positions interpolate tensors, parameters, numbers and other
 * formulas: it gives the value, or a formula where a formula was interpolated.
 * @throws FormulaError for a text that cannot be read: it shows the place. UsageError for a symbol that is missing or unknown; errors of
 * ops name the part of the formula.
 * @see docs/formula.md
 * @example
 * const objective = formula('mean(L) + lambda * sum(W^2)');
 * objective.symbols; // → ['L', 'lambda', 'W']
 * objective({ L: [1, 3], W: [[1, 2]], lambda: 0.1 }); // → 2.5
 * objective.toTex(); // → \overline{L} + \lambda \sum W^{2}
 *
 * const [X, w, y] = [tensor([[1, 2], [3, 4]]), tensor([1, -1]), tensor([0, 1])];
 * formula`mean((${X} @ ${w} - ${y})^2)`; // → 2.5
 *
 * const hinge = formula('sum_{j != y} max(0, s_j - s_y + 1)');
 * hinge({ s: [[3.2, 5.1, -1.7], [1.3, 4.9, 2]], y: [0, 1] }); // → [2.9, 0]
 * hinge([[3.2, 5.1, -1.7], [1.3, 4.9, 2]], [0, 1]); // → 1.45
 */
export function formula<const T extends string>(text: T): Formula<FormulaSymbols<T>>;
export function formula(strings: TemplateStringsArray, ...values: readonly TensorLike[]): Tensor;
export function formula(strings: TemplateStringsArray, ...values: readonly (TensorLike | FormulaText)[]): Formula;
export function formula(text: string | TemplateStringsArray, ...values: unknown[]): unknown {
  // the common case first: a template that was read before, with values alone
  if (typeof text === 'object' && text !== null) {
    if (text !== last.text) [last.text, last.ready] = [text, callSites.get(text)?.ready];
    const plain = last.ready === undefined ? undefined : plainValues(values);
    if (plain !== undefined) return last.ready!.run(plain);
  }
  if (typeof text === 'string') {
    if (values.length > 0)
      throw new UsageError('formula', 'takes one text', `got ${values.length + 1} arguments`, 'symbols are given to the formula');
    return make(compile(parse(text), []));
  }
  if (Array.isArray(text) && Array.isArray(text.raw)) return fromTemplate(text, values);
  throw new UsageError(
    'formula',
    'takes a text',
    `got ${text === null ? 'null' : typeof text}`,
    "formula('mean(x^2)') or formula`mean(${x}^2)`",
  );
}
