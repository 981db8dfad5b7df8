/**
 * @file The names a formula may use: ops, losses and regularisers as functions, and constants. A table without a prototype, read with
 * `Object.hasOwn`: nothing else can be reached by name.
 */
import { toTensor } from '../graph/create.js';
import { UsageError } from '../graph/errors.js';
import { type Shape, showShape, sizeOf } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import * as classification from '../losses/classification.js';
import { binaryHinge, multiclassHinge } from '../losses/hinge.js';
import { huberLoss, l1Loss, mseLoss } from '../losses/regression.js';
import { elasticNet, l1, l2 } from '../losses/regularisers.js';
import * as ops from '../ops/functions.js';

/** What an argument is: a tensor, or a value that must be known as a number, numbers, a truth value or one of some words. */
export type Kind = 'tensor' | 'integer' | 'integers' | 'row' | 'rows' | 'number' | 'boolean' | readonly string[];

/** A function of the library as formulas call it. */
export interface Named {
  /** Its name in the library. */
  readonly name: string;
  /** Takes the parameters in order, then an object with the options that were given. */
  readonly call: (...args: readonly unknown[]) => Tensor;
  /** What its parameters are; `variadic` repeats the first. */
  readonly params: readonly Kind[];
  /** How many of them are needed. */
  readonly needed: number;
  /** Takes any number of tensors as one list. */
  readonly variadic: boolean;
  /** Options, which may be given by name; in this order also after the parameters. */
  readonly options: Readonly<Record<string, Kind>>;
  /** Does it take each element by itself, so that entries with an index may be its arguments? */
  readonly elementwise: boolean;
}

type Library = (...args: never[]) => Tensor;
type Shaped = Partial<Pick<Named, 'params' | 'needed' | 'variadic' | 'options' | 'elementwise'>>;

const table: Record<string, Named> = Object.create(null) as Record<string, Named>;

function put(name: string, call: Library, shaped: Shaped = {}, known = name): void {
  const params = shaped.params ?? ['tensor'];
  const defaults = { needed: params.length, variadic: false, options: {}, elementwise: false };
  table[name] = Object.freeze({ ...defaults, ...shaped, params, name: known, call: call as unknown as Named['call'] });
}

const T = 'tensor';
const tensors = (n: number): Kind[] => Array.from({ length: n }, () => T);
const dtypes = ['float64', 'float32', 'int32', 'bool'];
const reduction = ['mean', 'sum', 'none'];
const reduces = { axis: 'integers', keepdims: 'boolean' } as const;

/** Most elements of a tensor that a formula makes out of nothing. */
const MAX_ELEMENTS = 1 << 24;

/** The shape, if a text may ask for so much. */
function affordable(name: string, shape: Shape): Shape {
  if (sizeOf(shape) > MAX_ELEMENTS)
    throw new UsageError(name, 'too large for a formula', showShape(shape), `at most ${MAX_ELEMENTS} elements`);
  return shape;
}
const list = (shape: number | readonly number[]): readonly number[] => (typeof shape === 'number' ? [shape] : shape);

const oneHot: typeof ops.oneHot = (labels, n, options) => {
  affordable('oneHot', [toTensor(labels, 'oneHot').size, n]);
  return ops.oneHot(labels, n, options);
};
const padded: typeof ops.pad = (x, widths, options) => {
  affordable('pad', toTensor(x, 'pad').shape.map((n, i) => n + (widths[i] ?? []).reduce((a, b) => a + b, 0))); // prettier-ignore
  return ops.pad(x, widths, options);
};

const elementwise1 = { sigmoid: ops.sigmoid, softplus: ops.softplus, relu: ops.relu, neg: ops.neg, square: ops.square, abs: ops.abs, sign: ops.sign, exp: ops.exp, log: ops.log, log1p: ops.log1p, expm1: ops.expm1, sqrt: ops.sqrt, sin: ops.sin, cos: ops.cos, sinh: ops.sinh, cosh: ops.cosh, tanh: ops.tanh, logicalNot: ops.logicalNot, isFinite: ops.isFinite, isNaN: ops.isNaN, stopGradient: ops.stopGradient }; // prettier-ignore
const elementwise2 = { add: ops.add, sub: ops.sub, mul: ops.mul, gmul: ops.gmul, div: ops.div, pow: ops.pow, maximum: ops.maximum, minimum: ops.minimum, eq: ops.eq, ne: ops.ne, lt: ops.lt, le: ops.le, gt: ops.gt, ge: ops.ge, logicalAnd: ops.logicalAnd, logicalOr: ops.logicalOr }; // prettier-ignore
for (const [name, f] of Object.entries(elementwise1)) put(name, f, { elementwise: true });
for (const [name, f] of Object.entries(elementwise2)) put(name, f, { params: tensors(2), elementwise: true });
put('ln', ops.log, { elementwise: true }, 'log');
put('clip', ops.clip, { params: tensors(3), elementwise: true });
put('where', ops.where, { params: tensors(3), elementwise: true });
put('cast', ops.cast, { params: [T, dtypes], elementwise: true });

for (const [name, f] of Object.entries({ sum: ops.sum, mean: ops.mean, prod: ops.prod, amax: ops.amax, logsumexp: ops.logsumexp, max: ops.max, min: ops.min })) put(name, f, { options: reduces }); // prettier-ignore
put('amin', ops.min, { options: reduces }, 'min');
put('variance', ops.variance, { options: { ...reduces, ddof: 'integer' } });
put('std', ops.std, { options: { ...reduces, ddof: 'integer' } });
put('norm', ops.norm, { options: { ...reduces, ord: 'number' } });
for (const [name, f] of Object.entries({ softmax: ops.softmax, logSoftmax: ops.logSoftmax, cumsum: ops.cumsum, cumprod: ops.cumprod, argmax: ops.argmax, argmin: ops.argmin })) put(name, f, { options: { axis: 'integer' } }); // prettier-ignore

for (const [name, f] of Object.entries({ matmul: ops.matmul, dot: ops.dot, inner: ops.inner, outer: ops.outer, pick: ops.pick })) put(name, f, { params: tensors(2) }); // prettier-ignore
for (const [name, f] of Object.entries({ triu: ops.triu, tril: ops.tril, diag: ops.diag })) put(name, f);
put('transpose', (x: Tensor, axes?: number | number[]) => ops.transpose(x, axes === undefined ? axes : list(axes)), {
  params: [T, 'integers'],
  needed: 1,
});
put('reshape', (x: Tensor, shape: number | number[]) => ops.reshape(x, list(shape)), { params: [T, 'integers'] });
put('broadcastTo', (x: Tensor, shape: number | number[]) => ops.broadcastTo(x, affordable('broadcastTo', list(shape))), {
  params: [T, 'integers'],
});
put('expandDims', ops.expandDims, { params: [T, 'integer'] });
put('squeeze', ops.squeeze, { params: [T, 'integers'], needed: 1 });
put('flip', ops.flip, { params: [T, 'integers'], needed: 1 });
put('slice', ops.slice, { params: [T, 'rows'] });
put('pad', padded, { params: [T, 'rows'], options: { value: 'number' } });
put('take', ops.take, { params: tensors(2), options: { axis: 'integer' } });
put('gather', (x: Tensor, indices: Tensor, options: { axis: number } = { axis: -1 }) => ops.gather(x, indices, options), {
  params: tensors(2),
  options: { axis: 'integer' },
});
put('scatterAdd', ops.scatterAdd, { params: tensors(3), options: { axis: 'integer' } });
put('oneHot', oneHot, { params: [T, 'integer'], options: { dtype: dtypes } });
put('concat', ops.concat, { variadic: true, options: { axis: 'integer' } });
put('stack', ops.stack, { variadic: true, options: { axis: 'integer' } });
put('pairwiseDistance', ops.pairwiseDistance, {
  params: tensors(2),
  options: { metric: ['l1', 'l2', 'sqeuclidean', 'chebyshev', 'cosine', 'minkowski'], p: 'number' },
});
put('zeros', (shape: number | number[]) => ops.zeros(affordable('zeros', list(shape))), { params: ['integers'] });
put('ones', (shape: number | number[]) => ops.ones(affordable('ones', list(shape))), { params: ['integers'] });
put('full', (shape: number | number[], value: number) => ops.full(affordable('full', list(shape)), value), {
  params: ['integers', 'number'],
});
put('eye', (n: number) => ops.eye(affordable('eye', [n, n])[0]!), { params: ['integer'] });
put('arange', (n: number) => ops.arange(affordable('arange', [n])[0]!), { params: ['integer'] });
put('linspace', (a: number, b: number, n: number) => ops.linspace(a, b, affordable('linspace', [n])[0]!), {
  params: ['number', 'number', 'integer'],
});

const pair = { params: tensors(2), needed: 2 };
put('mseLoss', mseLoss, { ...pair, options: { reduction } });
put('l1Loss', l1Loss, { ...pair, options: { reduction } });
put('huberLoss', huberLoss, { ...pair, options: { delta: 'number', reduction } });
put('crossEntropy', classification.crossEntropy, { ...pair, options: { weight: T, labelSmoothing: 'number', reduction } });
put('nllLoss', classification.nllLoss, { ...pair, options: { weight: T, reduction } });
put('oneVsRestCrossEntropy', classification.oneVsRestCrossEntropy, { ...pair, options: { reduction } });
put('binaryCrossEntropy', classification.binaryCrossEntropy, { ...pair, options: { weight: T, reduction } });
put('binaryCrossEntropyWithLogits', classification.binaryCrossEntropyWithLogits, {
  ...pair,
  options: { weight: T, posWeight: T, reduction },
});
put('klDiv', classification.klDiv, { ...pair, options: { reduction: [...reduction, 'batchmean'], logTarget: 'boolean' } });
put('entropy', classification.entropy, { options: { reduction } });
put('binaryHinge', binaryHinge, { ...pair, options: { reduction } });
put('multiclassHinge', multiclassHinge, {
  ...pair,
  options: { delta: 'number', power: 'integer', includeCorrect: 'boolean', reduceClasses: ['sum', 'mean', 'meanOthers'], reduction },
});
put('l1', l1);
put('l2', l2);
put('elasticNet', elasticNet, { options: { beta: 'number' } });
Object.freeze(table);

/** The function of this name, if formulas have one. */
export function namedFunction(name: string): Named | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Names of all functions. */
export const functionNames: readonly string[] = Object.freeze(Object.keys(table));

const constants: Record<string, number | boolean> = Object.freeze(
  Object.assign(Object.create(null) as Record<string, number | boolean>, {
    pi: Math.PI,
    e: Math.E,
    infinity: Infinity,
    Infinity,
    inf: Infinity,
    true: true,
    false: false,
  }),
);

/** The value of a constant, if there is one of this name. */
export function constant(name: string): number | boolean | undefined {
  return Object.hasOwn(constants, name) ? constants[name] : undefined;
}

/** The same functions on plain numbers, so that a number stays one: numbers take the type of what they meet. */
const scalars: Readonly<Record<string, (x: number) => number>> = Object.freeze(
  Object.assign(Object.create(null) as Record<string, (x: number) => number>, {
    neg: (x: number) => -x,
    square: (x: number) => x * x,
    abs: Math.abs,
    exp: Math.exp,
    log: Math.log,
    log1p: Math.log1p,
    expm1: Math.expm1,
    sqrt: Math.sqrt,
    sin: Math.sin,
    cos: Math.cos,
    sinh: Math.sinh,
    cosh: Math.cosh,
    tanh: Math.tanh,
    sigmoid: (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
    softplus: (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    relu: (x: number) => Math.max(x, 0),
    sign: Math.sign,
    stopGradient: (x: number) => x,
    sum: (x: number) => x,
    mean: (x: number) => x,
    prod: (x: number) => x,
    amax: (x: number) => x,
    max: (x: number) => x,
    min: (x: number) => x,
    logsumexp: (x: number) => x,
    norm: Math.abs,
  }),
);

/** The same of two numbers. */
const scalars2: Readonly<Record<string, (a: number, b: number) => number>> = Object.freeze(
  Object.assign(Object.create(null) as Record<string, (a: number, b: number) => number>, {
    add: (a: number, b: number) => a + b,
    sub: (a: number, b: number) => a - b,
    mul: (a: number, b: number) => a * b,
    div: (a: number, b: number) => a / b,
    pow: (a: number, b: number) => a ** b,
    maximum: Math.max,
    minimum: Math.min,
  }),
);

/** A function of two plain numbers, where there is one. */
export function scalarFunction2(name: string): ((a: number, b: number) => number) | undefined {
  return Object.hasOwn(scalars2, name) ? scalars2[name] : undefined;
}

/** A function of one plain number, where there is one. */
export function scalarFunction(name: string): ((x: number) => number) | undefined {
  return Object.hasOwn(scalars, name) ? scalars[name] : undefined;
}
