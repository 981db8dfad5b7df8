/** The whole table of element types, weak numbers included. */
import {
  abs,
  add,
  arange,
  argmax,
  cast,
  concat,
  cumsum,
  type DType,
  DTypeError,
  div,
  eq,
  exp,
  eye,
  full,
  GradError,
  grad,
  gt,
  hessian,
  isNaN,
  linspace,
  logicalAnd,
  matmul,
  max,
  maximum,
  mean,
  mul,
  neg,
  oneHot,
  ones,
  parameter,
  pow,
  prod,
  relu,
  reshape,
  softmax,
  stack,
  std,
  sub,
  sum,
  take,
  type Tensor,
  tensor,
  transpose,
  type TypedArray,
  where,
  zeros,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

const of = (dtype: DType, values: number[] = [1, 2]): Tensor => tensor(values, { dtype });
const STORAGE: Readonly<Record<DType, abstract new (...args: never[]) => TypedArray>> = {
  float64: Float64Array,
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
};

describe('what data becomes', () => {
  test.each([
    ['a number', 1, 'float64'],
    ['nested arrays', [[1, 2]], 'float64'],
    ['an empty array', [], 'float64'],
    ['a Float64Array', new Float64Array([1]), 'float64'],
    ['a Float32Array', new Float32Array([1]), 'float32'],
    ['an Int32Array', new Int32Array([1]), 'int32'],
    ['an Int16Array', new Int16Array([1]), 'int32'],
    ['an Int8Array', new Int8Array([1]), 'int32'],
    ['a Uint8Array', new Uint8Array([1]), 'int32'],
    ['a Uint8ClampedArray', new Uint8ClampedArray([1]), 'int32'],
    ['a Uint16Array', new Uint16Array([1]), 'int32'],
    ['a Uint32Array, which int32 cannot hold', new Uint32Array([4294967295]), 'float64'],
    ['true', true, 'bool'],
    ['booleans', [true, false], 'bool'],
  ] as const)('%s', (_, data, dtype) => {
    const t = tensor(data);
    expect(t.dtype).toBe(dtype);
    expect(t.data).toBeInstanceOf(STORAGE[dtype]);
  });

  test('no value is lost on the way', () => {
    expect(tensor(new Uint32Array([4294967295])).toArray()).toEqual([4294967295]);
    expect(tensor(new Uint16Array([65535])).toArray()).toEqual([65535]);
    expect(tensor(new Int8Array([-128])).toArray()).toEqual([-128]);
    expect(tensor([true, false]).toArray()).toEqual([true, false]);
    expect(tensor([0.1], { dtype: 'float32' }).data[0]).toBe(Math.fround(0.1));
  });

  test('a dtype that is asked for wins', () => {
    expect(tensor([1.9, -1.9], { dtype: 'int32' }).toArray()).toEqual([1, -1]);
    expect(tensor([0, 2], { dtype: 'bool' }).toArray()).toEqual([false, true]);
    expect(tensor(new Float32Array([1]), { dtype: 'float64' }).dtype).toBe('float64');
    for (const make of [zeros([2], { dtype: 'float32' }), ones([2], { dtype: 'float32' }), full([2], 3, { dtype: 'float32' })]) {
      expect(make.dtype).toBe('float32');
    }
    expect(eye(2, { dtype: 'int32' }).dtype).toBe('int32');
    expect(arange(3, { dtype: 'int32' }).dtype).toBe('int32');
    expect(linspace(0, 1, 2, { dtype: 'float32' }).dtype).toBe('float32');
    expect([zeros([1]), ones([1]), full([1], 2), eye(1), arange(2), linspace(0, 1, 2)].map((t) => t.dtype)).toEqual(
      new Array(6).fill('float64'),
    );
  });

  test('a typed array is copied', () => {
    const data = new Float64Array([1, 2]);
    const t = tensor(data);
    data[0] = 99;
    expect(t.toArray()).toEqual([1, 2]);
  });
});

describe('two types', () => {
  const table: readonly (readonly [DType, DType, arithmetic: DType, quotient: DType, widest: DType])[] = [
    ['float64', 'float64', 'float64', 'float64', 'float64'],
    ['float64', 'float32', 'float64', 'float64', 'float64'],
    ['float64', 'int32', 'float64', 'float64', 'float64'],
    ['float64', 'bool', 'float64', 'float64', 'float64'],
    ['float32', 'float32', 'float32', 'float32', 'float32'],
    ['float32', 'int32', 'float32', 'float32', 'float32'],
    ['float32', 'bool', 'float32', 'float32', 'float32'],
    ['int32', 'int32', 'float64', 'float64', 'int32'],
    ['int32', 'bool', 'float64', 'float64', 'int32'],
    ['bool', 'bool', 'int32', 'float64', 'bool'],
  ];
  test.each(table)('%s ∘ %s', (a, b, arithmetic, quotient, widest) => {
    for (const [p, q] of [
      [a, b],
      [b, a],
    ] as const) {
      for (const op of [add, sub, mul]) expect(op(of(p, [1, 1]), of(q, [1, 1])).dtype).toBe(arithmetic);
      expect(div(of(p, [1, 1]), of(q, [1, 1])).dtype).toBe(quotient);
      expect(maximum(of(p, [1, 1]), of(q, [1, 1])).dtype).toBe(widest);
      expect(where(tensor([true, false]), of(p, [1, 1]), of(q, [1, 1])).dtype).toBe(widest);
      expect(concat([of(p), of(q)]).dtype).toBe(widest);
      for (const op of [eq, gt, logicalAnd]) expect(op(of(p), of(q)).dtype).toBe('bool');
    }
  });

  test('integers never wrap', () => {
    const big = tensor(new Int32Array([2147483647]));
    expect(add(big, big).toArray()).toEqual([4294967294]);
    expect(mul(big, big).item()).toBe(2147483647 ** 2);
    expect(sub(neg(big), big).item()).toBe(-4294967294);
    expect(sum(tensor(new Int32Array([2147483647, 2147483647]))).item()).toBe(4294967294);
    expect(sub(tensor(new Uint8Array([3])), tensor(new Uint8Array([200]))).item()).toBe(-197);
    expect(matmul(tensor(new Int32Array([2147483647]), { shape: [1, 1] }), tensor(new Int32Array([2]), { shape: [1, 1] })).item()).toBe(
      4294967294,
    );
  });
});

describe('weak numbers', () => {
  const x32 = tensor(new Float32Array([0.5, 1.5]));
  test.each([add, sub, mul, div, pow, maximum])('a plain number takes the type of float32, on either side', (op) => {
    expect(op(x32, 2).dtype).toBe('float32');
    expect(op(2, x32).dtype).toBe('float32');
    expect(op(of('float64'), 2).dtype).toBe('float64');
  });

  test('0.1 beside float32 is the float32 nearest 0.1', () => {
    expect(eq(tensor(new Float32Array([0.1])), 0.1).toArray()).toEqual([true]);
    expect(add(tensor(new Float32Array([0])), 0.1).data[0]).toBe(Math.fround(0.1));
  });

  test('beside int32 and bool a number is float64', () => {
    expect(mul(of('int32'), 2).dtype).toBe('float64');
    expect(mul(of('int32'), 0.5).toArray()).toEqual([0.5, 1]);
    expect(add(of('bool'), 1).dtype).toBe('float64');
  });

  test('a 0-d tensor is not weak', () => {
    expect(mul(x32, tensor(2)).dtype).toBe('float64');
    expect(mul(x32, tensor(2, { dtype: 'float32' })).dtype).toBe('float32');
  });

  test('where and methods', () => {
    expect(where(gt(x32, 1), x32, 0).dtype).toBe('float32');
    expect(where(gt(x32, 1), 0, x32).dtype).toBe('float32');
    expect(x32.mul(2).add(1).dtype).toBe('float32');
    expect(x32.clip(0, 1).dtype).toBe('float32');
  });

  test('a parameter of float32', () => {
    expect(mul(parameter(new Float32Array([1])), 2).dtype).toBe('float32');
  });
});

describe('one type', () => {
  test.each([
    ['exp', exp],
    ['mean', mean],
    ['std', std],
    ['softmax', softmax],
  ] as [string, (x: Tensor) => Tensor][])('%s: floats keep theirs, integers become float64', (_, f) => {
    expect(f(of('float64')).dtype).toBe('float64');
    expect(f(of('float32')).dtype).toBe('float32');
    expect(f(of('int32')).dtype).toBe('float64');
  });

  test('sum: bool counts in int32, int32 is carried in float64', () => {
    expect(sum(tensor([true, true, false])).dtype).toBe('int32');
    expect(sum(tensor([true, true, false])).item()).toBe(2);
    expect(sum(of('int32')).dtype).toBe('float64');
    expect(sum(of('float32')).dtype).toBe('float32');
  });

  test('mean and division of integers', () => {
    expect(mean(of('int32', [1, 2])).item()).toBe(1.5);
    expect(mean(tensor([true, false])).item()).toBe(0.5);
    expect(div(of('int32', [1, 1]), of('int32', [2, 4])).toArray()).toEqual([0.5, 0.25]);
  });

  test('moving elements keeps the type', () => {
    for (const dtype of ['float64', 'float32', 'int32', 'bool'] as const) {
      const t = of(dtype, [1, 0]);
      for (const moved of [reshape(t, [2, 1]), transpose(t), take(t, [0]), stack([t, t]), max(t), t.flip(), t.slice([[0, 1]])])
        expect(moved.dtype).toBe(dtype);
    }
  });

  test('indices are int32, questions bool', () => {
    expect(argmax([1, 2]).dtype).toBe('int32');
    expect(oneHot([1], 2).dtype).toBe('int32');
    expect(oneHot([1], 2, { dtype: 'float32' }).dtype).toBe('float32');
    expect(isNaN([1]).dtype).toBe('bool');
  });

  test('products, running sums and activations of float32 are float32', () => {
    const t = of('float32');
    for (const y of [prod(t), cumsum(t), relu(t), abs(t), neg(t), matmul(t, t)]) expect(y.dtype).toBe('float32');
  });

  test('a float32 sum is carried in more precision than it is stored in', () => {
    const t = tensor(new Float32Array(1_000_000).fill(0.1));
    expect(sum(t).item()).toBe(Math.fround(1_000_000 * Math.fround(0.1)));
  });

  test('cast', () => {
    expect(cast([1.7, -1.7], 'int32').toArray()).toEqual([1, -1]);
    expect(cast([0, 0.2, NaN], 'bool').toArray()).toEqual([false, true, true]);
    expect(cast(tensor([true, false]), 'float32').toArray()).toEqual([1, 0]);
    expect(cast(tensor(new Int32Array([7])), 'float64').dtype).toBe('float64');
  });
});

describe('gradients', () => {
  test('of float32 inputs are float32, whatever the loss became', () => {
    const x = tensor(new Float32Array([1, 2]));
    expect(grad((t) => sum(mul(t, t)))(x).dtype).toBe('float32');
    expect(grad((t) => sum(mul(t, tensor([3, 4]))))(x).dtype).toBe('float32');
    expect(grad((t) => sum(cast(t, 'float64')))(x).dtype).toBe('float32');
    expect(grad(() => tensor(1))(x).dtype).toBe('float32');
    expect(hessian((t) => sum(mul(mul(t, t), t)))(x).dtype).toBe('float32');
    const w = parameter(new Float32Array([1, 2]));
    sum(mul(w, tensor([3, 4]))).backward();
    expect(w.grad!.dtype).toBe('float32');
  });

  test('of float64 inputs are float64, through float32 too', () => {
    const g = grad((t: Tensor) => sum(cast(t, 'float32')))(tensor([1, 2]));
    expect(g.dtype).toBe('float64');
    expect(g.toArray()).toEqual([1, 1]);
  });

  test('parameters are floats', () => {
    expect(parameter(1).dtype).toBe('float64');
    expect(parameter(new Float32Array(2)).dtype).toBe('float32');
    expect(parameter([1, 2], { dtype: 'float32' }).dtype).toBe('float32');
    for (const make of [() => parameter(new Int32Array(2)), () => parameter(true), () => parameter([1], { dtype: 'int32' })]) {
      expect(make).toThrow(DTypeError);
      expect(make).toThrow(/^parameter: a parameter must be float64 or float32: got (int32|bool)(: |$)/);
    }
  });

  test('integers have none', () => {
    const call = (): unknown => grad((x) => sum(x))(tensor(new Int32Array([1, 2])));
    expect(call).toThrow(GradError);
    expect(call).toThrow('grad: argument 0 has dtype int32: [2]: derivatives exist with respect to float64 and float32 only');
    const result = (): unknown => grad((x) => sum(gt(x, 0)))(tensor([1, 2]));
    expect(result).toThrow('grad: f must return a float: got int32: integers and booleans have no gradient');
  });

  test('a parameter keeps its dtype', () => {
    const w = parameter(new Float32Array([1]));
    expect(() => (w.value = tensor([1]))).toThrow(DTypeError);
    expect(() => (w.value = tensor([1]))).toThrow('parameter: the value of a parameter must keep its dtype: float32 → float64');
  });
});
