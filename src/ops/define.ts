/**
 * @file One definition per op. From the record follow the function, the registry entry, the laws, the row in the docs.
 */
import { allocate, type DType, isFloat, promote, promoteArithmetic, promoteFloat } from '../graph/dtype.js';
import { UsageError } from '../graph/errors.js';
import { broadcastShapes, sameShape, type Shape, sizeOf } from '../graph/shape.js';
import { emit } from '../graph/tape.js';
import type { Tensor } from '../graph/tensor.js';
import { state } from '../graph/state.js';
import { type OpLike, Pending } from '../graph/tensor.js';
import { SCALAR } from '../graph/create.js';
import { LEAST_BEYOND_LOOPS, type Loop1, type Loop2, map1, map2, type ScalarFunction } from '../kernels/elementwise.js';
import type { NdArray } from '../kernels/nd.js';

/** What the rules of an op see: its inputs by name, its attributes, its tracked output and the cotangent. */
export type Context<N extends readonly string[], A> = { readonly [K in N[number]]: Tensor } & {
  /** The cotangent: has the shape of `out`. */
  readonly g: Tensor;
  /** The tracked output itself, never a copy. */
  readonly out: Tensor;
  readonly attrs: A;
  /** All inputs in order, for variadic ops. */
  readonly inputs: readonly Tensor[];
};

/** Cotangent of one input; `'zero'` blocks silently, `null` says "not differentiable". */
export type Rule<N extends readonly string[], A> = ((context: Context<N, A>, i: number) => Tensor) | 'zero' | null;

/** Where samples come from: the laws hand an adapter over their random generator. */
export interface Draw {
  /** An integer, both ends included. */
  int(low: number, high: number): number;
  /** One of the values. */
  pick<T>(values: readonly T[]): T;
  /** A float64 tensor with values of a domain. */
  values(shape: Shape, domain: Domain): Tensor;
}

/** Values that an input is sampled from. */
export interface Domain {
  readonly min: number;
  readonly max: number;
  /** Points that samples keep away from (kinks, poles), by 0.01 at least. */
  readonly avoid?: readonly number[];
  /** Are all values of a call at least 0.01 apart (so that no two tie)? */
  readonly distinct?: boolean;
  /** Are values whole numbers? */
  readonly integers?: boolean;
}

/** Any real number of moderate size. */
export const reals: Domain = { min: -3, max: 3 };
/** Positive numbers away from 0. */
export const positive: Domain = { min: 0.1, max: 4 };
/** Reals away from 0, where a function has a kink or a pole. */
export const nonzero: Domain = { min: -3, max: 3, avoid: [0] };
/** Reals that never tie. */
export const distinct: Domain = { min: -3, max: 3, distinct: true };

/** One sampled call. */
export interface Sample<A> {
  readonly inputs: readonly Tensor[];
  readonly attrs: A;
}

/** A call that must throw. */
export interface ErrorSample {
  /** The call. */
  readonly call: () => unknown;
  /** What its message must match. */
  readonly message: RegExp;
}

/** A leading axis that `vmap` added to some inputs. */
export interface Lead {
  /** Its length. */
  readonly size: number;
  /** Which inputs have it. */
  readonly mapped: readonly boolean[];
}

/** What shape and type rules see of an input: never its values. */
export interface Typed {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** The record of an op. */
export interface OpSpec<N extends readonly string[], A> {
  readonly name: string;
  readonly inputs: N;
  /** One line: what it computes, as a formula. */
  readonly doc: string;
  /** What to use where a derivative is wanted and a rule is null; stands in the error. */
  readonly instead?: string;
  /** Do inputs of different shapes broadcast? */
  readonly broadcasts?: boolean;
  /** Number of last axes that do not take part in broadcasting (2 for a matrix product); default 0. */
  readonly core?: number;
  /** Is the output the input's own buffer under another shape? Then eager calls share it instead of running the kernel. */
  readonly view?: boolean;
  /** Does the output only repeat elements of its one input? Then one number stays one number. */
  readonly repeats?: boolean;
  /** Does the last input name stand for any number of inputs? */
  readonly variadic?: boolean;
  /** Shape of the output; throws a ShapeError for inputs that do not fit. */
  readonly shape: (inputs: readonly Typed[], attrs: A) => Shape;
  /** Type of the output. */
  readonly dtype: (inputs: readonly Typed[], attrs: A) => DType;
  /** The function of numbers that an elementwise op applies. */
  readonly scalar?: ScalarFunction;
  /** Reference kernel: reads plain buffers, writes the zeroed buffer `out`. */
  readonly kernel: (inputs: readonly NdArray[], out: NdArray, attrs: A) => void;
  /** One rule an input, written in ops. */
  readonly vjp: { readonly [K in N[number]]: Rule<N, A> };
  /**
   * The op on a whole batch: some inputs have one more leading axis, the result has it too. Written in ops; ops that broadcast need none.
   */
  readonly batch?: (inputs: readonly Tensor[], attrs: A, lead: Lead) => Tensor;
  /** A random valid call inside the domain of differentiability. */
  readonly sample: (draw: Draw) => Sample<A>;
  /** Points checked one by one to order 2: no NaN in value, gradient and Hessian. */
  readonly special?: readonly (readonly number[])[];
  /** Calls that must throw. */
  readonly errors?: readonly ErrorSample[];
}

/** Arguments of an op: one tensor an input (or a list, if variadic), then the attributes if it has any. */
export type OpArguments<N extends readonly string[], A> = [...{ [K in keyof N]: Tensor }, ...(A extends undefined ? [] : [attrs: A])];

/** An op: a function of tensors with its record. */
export type Op<N extends readonly string[], A = undefined> = ((...args: OpArguments<N, A>) => Tensor) & {
  readonly definition: Definition;
};

/** An op as the graph, the laws and the docs see it: types of inputs and attributes erased. */
export interface Definition extends OpLike {
  readonly spec: OpSpec<readonly string[], any>;
  /** Runs the op on any inputs. */
  apply(inputs: readonly Tensor[], attrs: unknown): Tensor;
  /** The same of an elementwise op without a list of inputs: for callers that count nanoseconds. */
  direct?: (a: Tensor, b?: Tensor) => Tensor;
}

/** Every op, by name, in order of definition. */
export const registry: Map<string, Definition> = new Map();

// Cells that are used again, for scalar operands and scalar results, of their own types: loops of float32 arrays meet float32 arrays only, which engines compile best.
const cellsOf = (): Readonly<Record<DType, NdArray>> => ({
  float64: { data: allocate('float64', 1), shape: SCALAR },
  float32: { data: allocate('float32', 1), shape: SCALAR },
  int32: { data: allocate('int32', 1), shape: SCALAR },
  bool: { data: allocate('bool', 1), shape: SCALAR },
});
const [LEFT, RIGHT, OUT] = [cellsOf(), cellsOf(), cellsOf()];

/** Is every element of x the same number, and known to be? */
function isNumber(x: Tensor): boolean {
  return x.shape.length === 0 || typeof x.storage === 'number';
}

/** Such an operand as an array without making one. */
function inCell(cells: Readonly<Record<DType, NdArray>>, x: Tensor): NdArray {
  const cell = cells[x.dtype];
  cell.data[0] = x.first();
  return cell;
}

/** A definition without a registry entry: for the registry itself, and for the mutants of the laws. */
export function makeDefinition(spec: OpSpec<readonly string[], any>): Definition {
  const rules = spec.inputs.map((name) => spec.vjp[name]!);
  // The rules read inputs by name: one prototype an op with a getter an input is much faster than building records.
  class OpContext {
    constructor(
      readonly inputs: readonly Tensor[],
      readonly attrs: unknown,
      readonly out: Tensor,
      readonly g: Tensor,
    ) {}
  }
  spec.inputs.forEach((name, i) => {
    // a variadic op and an input called g (gmul) read `inputs` instead
    if (spec.variadic !== true && name !== 'g') Object.defineProperty(OpContext.prototype, name, { get: getter(i) });
  });
  const definition: Definition = {
    name: spec.name,
    inputs: spec.inputs,
    instead: spec.instead,
    broadcasts: spec.broadcasts === true,
    spec,
    rule: (i) => rules[i < rules.length ? i : rules.length - 1] as ReturnType<OpLike['rule']>,
    context: (inputs, attrs, out, g) => new OpContext(inputs, attrs, out, g) as never,
    apply(inputs, attrs) {
      const shape = spec.shape(inputs, attrs);
      const dtype = spec.dtype(inputs, attrs);
      const mapped = state.batching === null ? null : state.batching.apply(definition, inputs, attrs, shape, dtype);
      if (mapped !== null) return mapped;
      if (spec.view === true || (spec.repeats === true && typeof inputs[0]!.storage === 'number'))
        return emit(definition, inputs, attrs, inputs[0]!.storage, shape, dtype);
      if (notYet(inputs)) return emit(definition, inputs, attrs, new Pending(), shape, dtype);
      if (shape.length === 0) {
        // a scalar is held as a number: kernels write it to a cell that is used again
        const cell = OUT[dtype];
        cell.data[0] = 0;
        spec.kernel(inputs, cell, attrs);
        return emit(definition, inputs, attrs, cell.data[0], SCALAR, dtype);
      }
      const out = { data: allocate(dtype, sizeOf(shape)), shape };
      spec.kernel(inputs, out, attrs);
      return emit(definition, inputs, attrs, out.data, shape, dtype);
    },
  };
  return definition;
}

/** Is an op only recorded, because what it reads is not known yet or it draws anew whenever the program runs? */
function notYet(inputs: readonly Tensor[]): boolean {
  return state.planning !== null && (inputs.length === 0 || inputs.some((t) => t.pending));
}

function getter(i: number): (this: { inputs: readonly Tensor[] }) => Tensor {
  return function (this: { inputs: readonly Tensor[] }): Tensor {
    return this.inputs[i]!;
  };
}

function register(definition: Definition): Definition {
  if (registry.has(definition.name))
    throw new UsageError('defineOp', `there is an op '${definition.name}' already`, undefined, 'give it another name');
  registry.set(definition.name, definition);
  return definition;
}

/** Defines an op of any kind. */
export function defineOp<const N extends readonly string[], A = undefined>(spec: OpSpec<N, NoInfer<A>>): Op<N, A> {
  const definition = register(makeDefinition(spec as unknown as OpSpec<readonly string[], any>));
  const n = spec.inputs.length;
  // one and two inputs are nearly all of them: no list of arguments is made for these
  const one = (x: Tensor, attrs: unknown): Tensor => definition.apply([x], attrs);
  const two = (a: Tensor, b: Tensor, attrs: unknown): Tensor => definition.apply([a, b], attrs);
  const any = (...args: any[]): Tensor => definition.apply(args.slice(0, n), args[n]);
  return Object.assign(n === 1 ? one : n === 2 ? two : any, { definition }) as unknown as Op<N, A>;
}

/** A random call of an elementwise op: shapes that broadcast, scalars and axes of length 1 included. */
function sampleElementwise(draw: Draw, domains: readonly Domain[]): Sample<undefined> {
  const rank = draw.int(0, 3);
  const full = Array.from({ length: rank }, () => draw.int(1, 3));
  const inputs = domains.map((domain) => {
    const lead = domains.length > 1 ? draw.int(0, rank) : 0;
    const shape = full.slice(draw.pick([0, 0, lead])).map((m) => (domains.length > 1 && draw.int(0, 3) === 0 ? 1 : m));
    return draw.values(shape, domain);
  });
  return { inputs, attrs: undefined };
}

/** Type rule of an elementwise op. */
const TYPES: Readonly<Record<'arithmetic' | 'float' | 'widest' | 'bool', (a: DType, b: DType) => DType>> = {
  arithmetic: promoteArithmetic,
  float: promoteFloat,
  widest: promote,
  bool: () => 'bool',
};

/** The short form for elementwise ops of one or two inputs: shape rule and kernel follow from the scalar function. */
export interface ElementwiseSpec<N extends readonly string[]> {
  readonly name: string;
  readonly inputs: N;
  readonly doc: string;
  readonly scalar: ScalarFunction;
  /** A hand-written loop for hot functions; must equal `scalar`. */
  readonly loop?: Loop1 | Loop2;
  /** arithmetic (int32 ∘ int32 → float64), float (default), widest, or bool. */
  readonly type?: keyof typeof TYPES;
  readonly vjp: { readonly [K in N[number]]: Rule<N, undefined> };
  readonly samples: { readonly [K in N[number]]: Domain };
  readonly special?: readonly (readonly number[])[];
  readonly errors?: readonly ErrorSample[];
}

/** Defines an elementwise op of one or two inputs. */
export function elementwise<const N extends readonly string[]>(spec: ElementwiseSpec<N>): Op<N> {
  const { scalar, loop } = spec;
  const type = TYPES[spec.type ?? 'float'];
  const unary = spec.inputs.length === 1;
  const domains = spec.inputs.map((name) => spec.samples[name as N[number]]);
  const definition = register(
    makeDefinition({
      name: spec.name,
      inputs: spec.inputs,
      doc: spec.doc,
      broadcasts: true,
      scalar,
      shape: ([a, b]) => (b === undefined ? a!.shape : broadcastShapes(spec.name, a!.shape, b.shape)),
      dtype: ([a, b]) => type(a!.dtype, (b ?? a!).dtype),
      kernel: ([a, b], out) =>
        b === undefined ? map1(scalar, loop as Loop1 | undefined, a!.data, out.data) : map2(scalar, loop, a!, b, out),
      vjp: spec.vjp as OpSpec<readonly string[], any>['vjp'],
      sample: (draw) => sampleElementwise(draw, domains),
      ...(spec.special && { special: spec.special }),
      ...(spec.errors && { errors: spec.errors }),
    }),
  );
  const store = (value: number, dtype: DType): number => (dtype === 'float32' ? Math.fround(value) : value);
  // One number for every element skips buffers altogether: a tape of scalars is a chain of numbers.
  const one = (x: Tensor): Tensor => {
    const dtype = type(x.dtype, x.dtype);
    const mapped = state.batching === null ? null : state.batching.apply(definition, [x], undefined, x.shape, dtype);
    if (mapped !== null) return mapped;
    if (state.planning !== null && x.pending) return emit(definition, [x], undefined, new Pending(), x.shape, dtype);
    if (isNumber(x)) return emit(definition, [x], undefined, store(scalar(x.first()), dtype), x.shape, dtype);
    const out = allocate(dtype, x.data.length);
    map1(scalar, loop as Loop1 | undefined, x.data, out);
    return emit(definition, [x], undefined, out, x.shape, dtype);
  };
  const overExamples = (a: Tensor, b: Tensor, dtype: DType): Tensor | null =>
    state.batching!.apply(definition, [a, b], undefined, broadcastShapes(spec.name, a.shape, b.shape), dtype);
  const two = (a: Tensor, b: Tensor): Tensor => {
    const dtype = type(a.dtype, b.dtype);
    const mapped = state.batching === null ? null : overExamples(a, b, dtype);
    if (mapped !== null) return mapped;
    if (state.planning !== null && (a.pending || b.pending))
      return emit(definition, [a, b], undefined, new Pending(), broadcastShapes(spec.name, a.shape, b.shape), dtype);
    const x = isNumber(a);
    const y = isNumber(b);
    const same = sameShape(a.shape, b.shape);
    if (same && loop !== undefined && !x && !y && a.data.length < LEAST_BEYOND_LOOPS) {
      const { data } = a;
      const values = allocate(dtype, data.length);
      loop(values, 0, data.length, data, 0, 1, b.data, 0, 1);
      return emit(definition, [a, b], undefined, values, a.shape, dtype);
    }
    const shape = same ? a.shape : broadcastShapes(spec.name, a.shape, b.shape);
    if (x && y) return emit(definition, [a, b], undefined, store(scalar(a.first(), b.first()), dtype), shape, dtype);
    const out = { data: allocate(dtype, sizeOf(shape)), shape };
    map2(scalar, loop, x ? inCell(LEFT, a) : a, y ? inCell(RIGHT, b) : b, out);
    return emit(definition, [a, b], undefined, out.data, shape, dtype);
  };
  definition.direct = unary ? one : (two as (a: Tensor, b?: Tensor) => Tensor);
  definition.apply = (inputs): Tensor => (unary ? one(inputs[0]!) : two(inputs[0]!, inputs[1]!));
  return Object.assign(unary ? one : two, { definition }) as unknown as Op<N>;
}

/** Type rule: the one input's, made a float if it is none. */
export const floatOf = ([x]: readonly Typed[]): DType => (isFloat(x!.dtype) ? x!.dtype : 'float64');
/** Type rule: the one input's. */
export const sameDType = ([x]: readonly Typed[]): DType => x!.dtype;
