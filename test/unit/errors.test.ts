/** Bad input: the class and the message of every mistake, and that nothing is left behind by it. */
import {
  add,
  arange,
  argmax,
  argmin,
  broadcastTo,
  cast,
  ChainruleError,
  concat,
  cumsum,
  dot,
  DTypeError,
  expandDims,
  gather,
  grad,
  GradError,
  hessian,
  linspace,
  matmul,
  max,
  mean,
  min,
  mul,
  norm,
  oneHot,
  ones,
  outer,
  pad,
  parameter,
  pick,
  record,
  reshape,
  ShapeError,
  slice,
  softmax,
  split,
  squeeze,
  stack,
  std,
  sum,
  take,
  Tensor,
  tensor,
  transpose,
  UsageError,
  valueAndGrad,
  vjp,
  where,
  zeros,
} from 'chainrule';
import * as chainrule from 'chainrule';
import { describe, expect, test } from 'vitest';
import { state } from '../../src/graph/state.js';

/** What it is when nothing runs. */
const atRest = { ...state };

type Class = new (...args: never[]) => Error;
type Case = readonly [name: string, call: () => unknown, type: Class, message: string | RegExp];

const loose = add as (a: unknown, b: unknown) => Tensor;
const looseMatmul = matmul as (a: unknown, b: unknown) => Tensor;
const make = tensor as (data: unknown, options?: unknown) => Tensor;
const scores: Tensor = zeros([32, 10]);

const cases: Readonly<Record<string, readonly Case[]>> = {
  shapes: [
    ['add', () => loose(zeros([2, 3]), zeros([4, 3])), ShapeError, 'add: cannot broadcast [2,3] with [4,3]: axis 0 is 2 and 4'],
    ['where', () => where([true, false], [1, 2, 3], 0), ShapeError, 'where: cannot broadcast [2] with [3]: axis 0 is 2 and 3'],
    ['matmul', () => looseMatmul(zeros([2, 3]), zeros([4, 5])), ShapeError, 'matmul: inner dimensions differ: a [2,3] · b [4,5]: 3 ≠ 4'],
    ['matmul of vectors', () => looseMatmul([1, 2], [1, 2, 3]), ShapeError, 'matmul: inner dimensions differ: a [2] · b [3]: 2 ≠ 3'],
    ['matmul of a scalar', () => looseMatmul(2, [1]), ShapeError, 'matmul: a scalar has no matrix product: a [] · b [1]: use mul'],
    ['matmul of batches', () => looseMatmul(zeros([2, 1, 1]), zeros([3, 1, 1])), ShapeError, /^matmul: cannot broadcast \[2\] with \[3\]/],
    ['dot', () => dot([[1]], [1]), ShapeError, 'dot: needs two vectors: [1,1] [1]: use matmul'],
    ['outer', () => outer(1, [1]), ShapeError, 'outer: needs two vectors: [] [1]'],
    ['reshape', () => reshape([1, 2, 3], [2, 2]), ShapeError, 'reshape: [3] has 3 elements, [2,2] needs 4'],
    ['reshape with −1', () => reshape([1, 2, 3], [2, -1]), ShapeError, 'reshape: [3] has 3 elements, [2,-1] needs a multiple of 2'],
    ['reshape with two −1', () => reshape([1], [-1, -1]), UsageError, 'reshape: only one length may be -1: [-1,-1]'],
    ['broadcastTo', () => broadcastTo([1, 2], [3]), ShapeError, 'broadcastTo: [2] does not broadcast to [3]'],
    ['concat', () => concat([zeros([2, 2]), zeros([2, 3])] as Tensor[]), ShapeError, 'concat: shapes differ outside axis 0: [2,2] [2,3]'],
    ['stack', () => stack([[1], [1, 2]]), ShapeError, 'stack: shapes differ: [1] [2]'],
    ['stack of nothing', () => stack([]), UsageError, 'stack: needs a list of at least one tensor'],
    ['split', () => split([1, 2, 3], 2), ShapeError, 'split: axis 0 of length 3 cannot be split: 2 parts'],
    ['squeeze', () => squeeze([[1, 2]], 1), ShapeError, 'squeeze: axis 1 has length 2: [1,2]: only axes of length 1 can go'],
    ['transpose', () => transpose([[1]], [0, 0]), ShapeError, 'transpose: [0,0] is no permutation of 2 axes'],
    [
      'slice',
      () =>
        slice(
          [1, 2],
          [
            [0, 1],
            [0, 1],
          ],
        ),
      ShapeError,
      'slice: 2 ranges for 1 axis: [2]',
    ],
    ['slice by 0', () => slice([1, 2], [[0, 2, 0]]), UsageError, 'slice: step must be an integer other than 0: 0'],
    [
      'pad',
      () =>
        pad(
          [1],
          [
            [1, 1],
            [1, 1],
          ],
        ),
      ShapeError,
      'pad: 2 pairs for 1 axes: [1]',
    ],
    ['a shape that is none', () => zeros([2, -1]), ShapeError, 'zeros: axis lengths are non-negative integers: [2,-1]'],
    ['a number as a shape', () => ones(3 as never), ShapeError, 'ones: a shape is an array of axis lengths: got 3'],
    ['too few values', () => tensor([1, 2, 3], { shape: [2, 2] }), ShapeError, 'tensor: shape [2,2] needs 4 values: got 3'],
    ['pick', () => pick([[1, 2]], [0, 1]), ShapeError, 'pick: needs one label per row: x [1,2], labels [2]'],
    [
      'gather',
      () => gather([[1, 2]], [[0], [0]], { axis: 1 }),
      ShapeError,
      /^gather: indices must have the shape of x except along axis 1/,
    ],
  ],
  axes: [
    ['sum', () => sum([[1, 2]], { axis: 5 }), ShapeError, 'sum: axis 5 is out of range: x has 2 axes'],
    ['negative', () => max([1], { axis: -2 }), ShapeError, 'max: axis -2 is out of range: x has 1 axis'],
    ['a fraction', () => sum([1], { axis: 0.5 }), UsageError, 'sum: an axis is an integer: got 0.5'],
    ['twice', () => sum([[1]], { axis: [0, -2] }), UsageError, 'sum: axis 0 is given twice'],
    ['softmax of a scalar', () => softmax(1), ShapeError, /axis -1 is out of range: x has 0 axes/],
    ['argmax of a scalar', () => argmax(1), ShapeError, 'argmax: axis -1 is out of range: x has 0 axes'],
    ['cumsum', () => cumsum([1], { axis: 1 }), ShapeError, 'cumsum: axis 1 is out of range: x has 1 axis'],
    ['expandDims', () => expandDims([1], 3), ShapeError, 'expandDims: axis 3 is out of range: x has 2 axes'],
  ],
  indices: [
    ['too large', () => take([1, 2], [2]), ShapeError, 'take: index 2 is out of range: indices[0]: the axis has 2 entries: -2 … 1'],
    ['not whole', () => take([1, 2], [0.5]), DTypeError, 'take: indices must be integers: indices[0] is 0.5'],
    ['a label', () => oneHot([0, 4], 3), ShapeError, /^oneHot: label 4 is out of range: labels\[1\]/],
    ['no classes', () => oneHot([0], 0), UsageError, 'oneHot: n must be a positive integer: 0'],
  ],
  'dtypes and data': [
    [
      'an unknown dtype',
      () => tensor([1], { dtype: 'float16' as never }),
      DTypeError,
      "tensor: unknown dtype 'float16': float64, float32, int32 or bool",
    ],
    ['in cast', () => cast([1], 'int64' as never), DTypeError, "cast: unknown dtype 'int64': float64, float32, int32 or bool"],
    [
      'a condition of numbers',
      () => where([0, 1], 1, 2),
      DTypeError,
      'where: cond must be bool: got float64: compare first, as in gt(x, 0)',
    ],
    ['a ragged array', () => make([[1, 2], [3]]), ShapeError, 'tensor: ragged nested array: a row of 1 where 2 was expected'],
    ['a number among rows', () => make([[1], 2]), ShapeError, 'tensor: ragged nested array: a number where a row of 1 was expected'],
    ['a row among numbers', () => make([1, [2]]), ShapeError, 'tensor: ragged nested array: a row of 1 where a number was expected'],
    ['numbers and booleans', () => make([1, true]), DTypeError, 'tensor: numbers and booleans are mixed'],
    ['text', () => make(['1']), DTypeError, 'tensor: values must be numbers or booleans: got string'],
    ['null', () => make([1, null]), DTypeError, 'tensor: values must be numbers or booleans: got null'],
    ['null alone', () => make(null), DTypeError, 'tensor: values must be numbers or booleans: got null'],
    ['undefined', () => make(undefined), DTypeError, 'tensor: values must be numbers or booleans: got undefined: is an argument missing?'],
    [
      'undefined in an op',
      () => loose(1, undefined),
      DTypeError,
      'add: values must be numbers or booleans: got undefined: is an argument missing?',
    ],
    ['text in an op', () => looseMatmul([[1]], 'x'), DTypeError, 'matmul: values must be numbers or booleans: got string'],
    ['a ragged array in an op', () => sum([[1, 2], [3]]), ShapeError, 'sum: ragged nested array: a row of 1 where 2 was expected'],
    ['a hole', () => make([1, undefined]), DTypeError, 'tensor: values must be numbers or booleans: got undefined'],
    [
      'a tensor in an array',
      () => make([tensor(1)]),
      DTypeError,
      'tensor: values must be numbers or booleans: got a Tensor inside an array: join tensors with stack or concat',
    ],
    ['a bigint', () => make(1n), DTypeError, 'tensor: values must be numbers or booleans: got bigint'],
    ['a BigInt64Array', () => make(new BigInt64Array(2)), DTypeError, /^tensor: values must be numbers or booleans: got /],
    ['an object', () => make({ a: 1 }), DTypeError, /^tensor: values must be numbers or booleans: got /],
    ['a Promise in an op', () => loose(Promise.resolve(1), 1), UsageError, 'add: got a Promise: await it first: ops are synchronous'],
    ['a Promise as data', () => make([Promise.resolve(1)]), DTypeError, 'tensor: values must be numbers or booleans: got a Promise'],
    ['arange by 0', () => arange(0, 1, 0), UsageError, 'arange: step must be finite and not 0: 0'],
    ['arange to infinity', () => arange(Infinity), UsageError, 'arange: start and stop must be finite: 0, Infinity'],
    ['linspace of 0 numbers', () => linspace(0, 1, 0), UsageError, 'linspace: n must be a positive integer: 0'],
  ],
  'nothing to reduce': [
    ['max', () => max([]), ShapeError, 'max: an empty axis has no value: [0]'],
    ['min', () => min(zeros([0, 2]), { axis: 0 }), ShapeError, 'min: an empty axis has no value: [0,2]'],
    ['argmax', () => argmax([]), ShapeError, 'argmax: an empty axis has no value: [0]'],
    ['argmin', () => argmin(zeros([2, 0])), ShapeError, 'argmin: an empty axis has no value: [2,0]'],
    ['mean', () => mean([]), ShapeError, 'mean: an empty axis has no value: [0]'],
    ['std', () => std([1], { ddof: 1 }), ShapeError, 'std: needs more than 1 elements: [1]'],
    ['norm of order ½', () => norm([1], { ord: 0.5 }), UsageError, 'norm: ord must be at least 1: 0.5'],
  ],
  options: [
    ['dim for axis', () => sum([1], { dim: 0 } as never), UsageError, /^sum: unknown option 'dim': (did you mean|known options)/],
    ['keepDims', () => sum([1], { keepDims: true } as never), UsageError, "sum: unknown option 'keepDims': did you mean 'keepdims'?"],
    ['a number for options', () => sum([1], 0 as never), UsageError, 'sum: options must be an object: 0: known options: axis, keepdims'],
    ['argnum', () => grad((x) => x, { argnum: 1 } as never), UsageError, "grad: unknown option 'argnum': did you mean 'argnums'?"],
    [
      'far from any',
      () => tensor(1, { requiresGradient: true } as never),
      UsageError,
      "tensor: unknown option 'requiresGradient': known options: dtype, shape, name",
    ],
    ['parameter', () => parameter(1, { nam: 'w' } as never), UsageError, "parameter: unknown option 'nam': did you mean 'name'?"],
  ],
  'asking for derivatives': [
    ['a matrix', () => grad((x) => mul(x, 1))(scores), GradError, 'grad: f must return a scalar: got [32,10]: use vjp, or sum the result'],
    [
      'a tree',
      () => grad((x) => [x, x])(1),
      GradError,
      'grad: f must return a scalar: got a tree of 2 tensors: use vjp, or sum the result',
    ],
    ['valueAndGrad', () => valueAndGrad((x) => x)(tensor([1, 2])), GradError, 'valueAndGrad: f must return a scalar: got [2]'],
    ['hessian', () => hessian((x) => x)(tensor([1, 2])), GradError, 'f must return a scalar: got [2]'],
    [
      'a Promise',
      () => grad(async (x: Tensor) => x)(1),
      UsageError,
      'grad: f returned a Promise: functions that are differentiated are synchronous',
    ],
    [
      'a Promise of a vjp',
      () => vjp(async (x: Tensor) => x, [1]),
      UsageError,
      'vjp: f returned a Promise: functions that are differentiated are synchronous',
    ],
    ['a Promise in a tree', () => grad((x: Tensor) => ({ loss: Promise.resolve(x) }))(1), UsageError, 'grad: got a Promise'],
    ['a Promise as an argument', () => grad((x) => x)(Promise.resolve(1) as never), UsageError, 'grad: got a Promise'],
    ['nothing', () => grad(() => undefined)(1), UsageError, 'grad: a tree has tensors and numbers as leaves: got undefined'],
    ['no function', () => grad(3 as never), UsageError, 'grad: f must be a function: got number'],
    [
      'null in a tree',
      () => grad((p: { w: Tensor }) => p.w)({ w: null } as never),
      UsageError,
      'grad: a tree has tensors and numbers as leaves: got null at w',
    ],
    [
      'text in a tree',
      () => grad((p: unknown) => p as Tensor)({ a: [1, 'x'] } as never),
      UsageError,
      'grad: a tree has tensors and numbers as leaves: got string at a[1]',
    ],
    ['an instance in a tree', () => grad((p: unknown) => p as Tensor)({ a: new Date() } as never), UsageError, 'got a Date at a'],
    [
      'a missing argument',
      () => (grad((x: Tensor) => x) as () => unknown)(),
      UsageError,
      'grad: argnums 0 is out of range: f was called with 0 arguments',
    ],
    [
      'an array for a vector',
      () => grad((x) => sum(x))([1, 2] as never),
      DTypeError,
      'sum: values must be numbers or booleans: got a Tensor inside an array: join tensors with stack or concat: grad takes an array as a tree of scalars: for a vector write tensor([1,2])',
    ],
    [
      'an array for a vector, with methods',
      () => grad((x) => x.mul(x).sum())([1, 2] as never),
      UsageError,
      'grad: x.mul is not a function: grad takes an array as a tree of scalars: for a vector write tensor([1,2])',
    ],
    [
      'an array for a matrix',
      () =>
        hessian((x) => matmul(x, x).sum())([
          [1, 2],
          [3, 4],
        ] as never),
      DTypeError,
      /tensor\(\[\[1,2\],\[3,4\]\]\)$/,
    ],
    ['a long array', () => grad((x) => sum(x))(Array.from({ length: 100 }, (_, i) => i)), DTypeError, /for a vector write tensor\(…\)$/],
    ['in a vjp', () => vjp((x) => sum(x), [[1, 2]] as never), DTypeError, 'vjp takes an array as a tree of scalars'],
    ['integers', () => grad((x) => sum(x))(tensor(new Int32Array(2))), GradError, 'grad: argument 0 has dtype int32'],
    ['booleans', () => grad((x) => sum(x))(true), GradError, 'grad: argument 0 has dtype bool'],
  ],
};

describe.each(Object.entries(cases))('%s', (_, list) => {
  test.each(list)('%s', (_name, call, type, message) => {
    expect(call).toThrow(ChainruleError);
    expect(call).toThrow(type);
    expect(call).toThrow(message);
    // nothing is left behind
    expect(state).toEqual(atRest);
    expect(grad((x) => mul(x, x))(3).item()).toBe(6);
  });
});

test('record of an async function says so', () => {
  const call = (): unknown => record(async (x: Tensor) => mul(x, 2), 1);
  expect(call).toThrow(UsageError);
  expect(state.tape).toBeNull();
});

test('every error says which class it is', () => {
  const error = new ShapeError('op', 'what is wrong', 'values', 'hint');
  expect(error.message).toBe('op: what is wrong: values: hint');
  expect(error.name).toBe('ShapeError');
  expect(String(new GradError('op', 'what is wrong'))).toBe('GradError: op: what is wrong');
  expect(error).toBeInstanceOf(Error);
});

test('what f throws itself is left alone', () => {
  const own = new RangeError('mine');
  const fail = (): never => {
    throw own;
  };
  expect(() => grad(fail)([1, 2] as never)).toThrow(own);
  // no array of numbers, no hint
  expect(() => grad((x: Tensor) => (x as unknown as { nothing(): Tensor }).nothing())(1)).toThrow(TypeError);
  expect(() => grad((p: { w: Tensor }) => sum([p.w] as never))({ w: 1 })).toThrow(/stack or concat$/);
});

test('an op that is called without its tensor names itself', () => {
  const methods = Object.getOwnPropertyNames(Tensor.prototype).filter((name) => name in chainrule);
  expect(methods.length).toBeGreaterThan(60);
  // names from other libraries are the same functions
  const same = new Map(Object.entries({ amax: 'max', view: 'reshape', permute: 'transpose', unsqueeze: 'expandDims', cat: 'concat', clamp: 'clip', indexSelect: 'take', isnan: 'isNaN', isfinite: 'isFinite', var: 'variance', bmm: 'matmul' })); // prettier-ignore
  for (const name of methods) {
    const call = (): unknown => (chainrule as unknown as Record<string, (x: unknown) => unknown>)[name]!(undefined);
    expect(call, name).toThrow(DTypeError);
    expect(call, name).toThrow(new RegExp(`^(${name}|${same.get(name) ?? name}): values must be numbers or booleans: got undefined`));
  }
});

test('a parameter takes whatever is a tensor', () => {
  const w = parameter([1, 2], { name: 'w' });
  w.value = [3, 4];
  expect(w.value.toArray()).toEqual([3, 4]);
  w.value = new Float64Array([5, 6]);
  expect(mul(w, 1).toArray()).toEqual([5, 6]);
  w.value = parameter([7, 8]);
  expect(w.toArray()).toEqual([7, 8]);
  const single = parameter(new Float32Array([1]));
  single.value = [0.1]; // plain numbers take its type
  expect([single.value.dtype, single.value.item()]).toEqual(['float32', Math.fround(0.1)]);
  const cell = parameter(1);
  cell.value = 2;
  expect(cell.item()).toBe(2);
});

test.each([
  ['nothing', undefined, DTypeError, 'parameter: values must be numbers or booleans: got undefined'],
  ['text', 'x', DTypeError, 'parameter: values must be numbers or booleans: got string'],
  ['booleans', [true, false], DTypeError, 'parameter: the value of w must keep its dtype: float64 → bool'],
  ['a typed array of another type', new Float32Array(2), DTypeError, 'parameter: the value of w must keep its dtype: float64 → float32'],
  ['another length', [1, 2, 3], ShapeError, 'parameter: the value of w must keep its shape: [2] → [3]'],
])('a parameter refuses %s', (_, value, type, message) => {
  const w = parameter([1, 2], { name: 'w' });
  const set = (): unknown => (w.value = value as never);
  expect(set).toThrow(type);
  expect(set).toThrow(message);
  expect(w.toArray()).toEqual([1, 2]);
});

test('a parameter refuses another shape and keeps its value', () => {
  const w = parameter([1, 2], { name: 'w' });
  expect(() => (w.value = tensor([1, 2, 3]))).toThrow('parameter: the value of w must keep its shape: [2] → [3]');
  expect(w.toArray()).toEqual([1, 2]);
});
