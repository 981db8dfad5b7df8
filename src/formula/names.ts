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
import { meanOfAll } from '../ops/statistics.js';
import { total } from '../ops/sum.js';

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
  /** The same of one tensor without options, whatever that is. */
  readonly direct?: (x: Tensor) => Tensor;
  /** Does it take each element by itself, so that entries with an index may be its arguments? */
  readonly elementwise: boolean;
}

type Library = (...args: never[]) => Tensor;
type Shaped = Partial<Pick<Named, 'params' | 'needed' | 'variadic' | 'options' | 'elementwise' | 'direct'>>;

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
const tiled: typeof ops.tile = (x, reps) => {
  affordable('tile', [toTensor(x, 'tile').size, ...list(reps)]);
  return ops.tile(x, reps);
};
const repeated: typeof ops.repeat = (x, repeats, options) => {
  affordable('repeat', [toTensor(x, 'repeat').size, Math.max(0, ...list(repeats))]);
  return ops.repeat(x, repeats, options);
};
const diag: typeof ops.diag = (x, options) => {
  const t = toTensor(x, 'diag');
  const n = t.size + Math.abs(options?.k ?? 0);
  affordable('diag', t.ndim === 1 ? [n, n] : t.shape);
  return ops.diag(t, options);
};
const padded: typeof ops.pad = (x, widths, options) => {
  affordable('pad', toTensor(x, 'pad').shape.map((n, i) => n + (widths[i] ?? []).reduce((a, b) => a + b, 0))); // prettier-ignore
  return ops.pad(x, widths, options);
};

const elementwise1 = { sigmoid: ops.sigmoid, softplus: ops.softplus, relu: ops.relu, neg: ops.neg, square: ops.square, abs: ops.abs, sign: ops.sign, exp: ops.exp, log: ops.log, log1p: ops.log1p, expm1: ops.expm1, sqrt: ops.sqrt, sin: ops.sin, cos: ops.cos, sinh: ops.sinh, cosh: ops.cosh, tanh: ops.tanh, tan: ops.tan, asin: ops.asin, acos: ops.acos, atan: ops.atan, asinh: ops.asinh, acosh: ops.acosh, atanh: ops.atanh, floor: ops.floor, ceil: ops.ceil, round: ops.round, rsqrt: ops.rsqrt, reciprocal: ops.reciprocal, erf: ops.erf, erfc: ops.erfc, lgamma: ops.lgamma, digamma: ops.digamma, selu: ops.selu, silu: ops.silu, mish: ops.mish, logSigmoid: ops.logSigmoid, logicalNot: ops.logicalNot, isFinite: ops.isFinite, isNaN: ops.isNaN, stopGradient: ops.stopGradient }; // prettier-ignore
const elementwise2 = { add: ops.add, sub: ops.sub, mul: ops.mul, gmul: ops.gmul, div: ops.div, pow: ops.pow, maximum: ops.maximum, minimum: ops.minimum, mod: ops.mod, atan2: ops.atan2, xlogy: ops.xlogy, polygamma: ops.polygamma, eq: ops.eq, ne: ops.ne, lt: ops.lt, le: ops.le, gt: ops.gt, ge: ops.ge, logicalAnd: ops.logicalAnd, logicalOr: ops.logicalOr }; // prettier-ignore
for (const [name, f] of Object.entries(elementwise1)) put(name, f, { elementwise: true });
for (const [name, f] of Object.entries(elementwise2)) put(name, f, { params: tensors(2), elementwise: true });
put('gelu', ops.gelu, { elementwise: true, options: { approximate: ['none', 'tanh'] } });
put('elu', ops.elu, { elementwise: true, options: { alpha: 'number' } });
put('leakyRelu', ops.leakyRelu, { elementwise: true, options: { negativeSlope: 'number' } });
put('ln', ops.log, { elementwise: true }, 'log');
put('clip', ops.clip, { params: tensors(3), elementwise: true });
put('clamp', ops.clamp, { params: tensors(3), elementwise: true });
put('isnan', ops.isnan, { elementwise: true });
put('isfinite', ops.isfinite, { elementwise: true });
put('where', ops.where, { params: tensors(3), elementwise: true });
put('cast', ops.cast, { params: [T, dtypes], elementwise: true });

put('sum', ops.sum, { options: reduces, direct: total });
put('mean', ops.mean, { options: reduces, direct: meanOfAll });
for (const [name, f] of Object.entries({ prod: ops.prod, amax: ops.amax, logsumexp: ops.logsumexp, max: ops.max, min: ops.min })) put(name, f, { options: reduces }); // prettier-ignore
put('amin', ops.min, { options: reduces }, 'min');
put('variance', ops.variance, { options: { ...reduces, ddof: 'integer' } });
put('var', ops.var, { options: { ...reduces, ddof: 'integer' } });
for (const [name, f] of Object.entries({ any: ops.any, all: ops.all })) put(name, f, { options: reduces });
put('std', ops.std, { options: { ...reduces, ddof: 'integer' } });
put('norm', ops.norm, { options: { ...reduces, ord: 'number' } });
for (const [name, f] of Object.entries({ softmax: ops.softmax, logSoftmax: ops.logSoftmax, cumsum: ops.cumsum, cumprod: ops.cumprod, argmax: ops.argmax, argmin: ops.argmin })) put(name, f, { options: { axis: 'integer' } }); // prettier-ignore

for (const [name, f] of Object.entries({ matmul: ops.matmul, dot: ops.dot, inner: ops.inner, outer: ops.outer, pick: ops.pick })) put(name, f, { params: tensors(2) }); // prettier-ignore
for (const [name, f] of Object.entries({ triu: ops.triu, tril: ops.tril, diag })) put(name, f, { options: { k: 'integer' } });
for (const [name, f] of Object.entries({ diagonal: ops.diagonal, trace: ops.trace })) put(name, f, { options: { offset: 'integer', axis1: 'integer', axis2: 'integer' } }); // prettier-ignore
for (const [name, f] of Object.entries({ sort: ops.sort, argsort: ops.argsort })) put(name, f, { options: { axis: 'integer', descending: 'boolean' } }); // prettier-ignore
put('median', ops.median, { options: reduces });
put('quantile', ops.quantile, { params: [T, 'number'], options: reduces });
for (const [name, f] of Object.entries({ maskedSelect: ops.maskedSelect, bmm: ops.bmm })) put(name, f, { params: tensors(2) });
put('maskedFill', ops.maskedFill, { params: tensors(3) });
put('swapaxes', ops.swapaxes, { params: [T, 'integer', 'integer'] });
put('roll', ops.roll, { params: [T, 'integers'], options: { axis: 'integers' } });
put('tile', tiled, { params: [T, 'integers'] });
put('repeat', repeated, { params: [T, 'integers'], options: { axis: 'integer' } });
put('view', (x: Tensor, shape: number | number[]) => ops.view(x, list(shape)), { params: [T, 'integers'] });
put('permute', (x: Tensor, axes: number | number[]) => ops.permute(x, list(axes)), { params: [T, 'integers'] });
put('unsqueeze', ops.unsqueeze, { params: [T, 'integer'] });
put('indexSelect', ops.indexSelect, { params: tensors(2), options: { axis: 'integer' } });
put('cat', ops.cat, { variadic: true, options: { axis: 'integer' } });
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

for (const [name, f] of Object.entries({ det: ops.det, inv: ops.inv, cholesky: ops.cholesky })) put(name, f);
put('solve', ops.solve, { params: tensors(2) });
put('solveTriangular', ops.solveTriangular, { params: tensors(2), options: { lower: 'boolean', transposed: 'boolean' } });
const windows = { axis: 'integer', step: 'integer', dilation: 'integer' } as const;
put('unfold', (x: Tensor, size: number, options?: object) => ops.unfold(x, affordable('unfold', [size, x.size])[0]!, options), { params: [T, 'integer'], options: windows }); // prettier-ignore
put('fold', (x: Tensor, length: number, options?: object) => ops.fold(x, affordable('fold', [length, x.size])[0]!, options), { params: [T, 'integer'], options: windows }); // prettier-ignore
const strides = { stride: 'integers', padding: 'integers' } as const;
/** The options, if the frame of zeros that they ask for is affordable. */
const framed = <O extends { padding?: unknown }>(name: string, options: O | undefined): O | undefined => {
  if (options?.padding !== undefined) affordable(name, list(options.padding as number).flatMap((n) => [Math.abs(n) + 1, Math.abs(n) + 1])); // prettier-ignore
  return options;
};
for (const [name, f] of Object.entries({ conv1d: ops.conv1d, conv2d: ops.conv2d })) put(name, (x: Tensor, w: Tensor, options?: object) => f(x, w, null, framed(name, options)), { params: tensors(2), options: { ...strides, dilation: 'integers', groups: 'integer' } }); // prettier-ignore
for (const [name, f] of Object.entries({ maxPool1d: ops.maxPool1d, maxPool2d: ops.maxPool2d })) put(name, (x: Tensor, size: number | number[], options?: object) => f(x, size, framed(name, options)), { params: [T, 'integers'], options: { ...strides, dilation: 'integers' } }); // prettier-ignore
for (const [name, f] of Object.entries({ avgPool1d: ops.avgPool1d, avgPool2d: ops.avgPool2d })) put(name, (x: Tensor, size: number | number[], options?: object) => f(x, size, framed(name, options)), { params: [T, 'integers'], options: { ...strides, countIncludePad: 'boolean' } }); // prettier-ignore
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
