/** The pure layers: linear, neurons, activations, sequential, dropout; values and gradients beside torch, and what is drawn. */
import {
  activation,
  allclose,
  applyUpdates,
  batchNorm1d,
  dense,
  dropout,
  Generator,
  grad,
  gradcheck,
  gradgradcheck,
  type Layer,
  linear,
  matmul,
  mean,
  mul,
  neuron,
  parameter,
  relu,
  sequential,
  sgd,
  sigmoid,
  softplus,
  square,
  sub,
  sum,
  tanh,
  tensor,
  type Tensor,
  valueAndGrad,
  zeros,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { wave } from './wave.js';

const close = (a: Tensor, b: readonly number[], atol = 1e-13): boolean => allclose(tensor([...a.data]), tensor([...b]), { rtol: 0, atol });
const evaluate = { train: false, state: {} } as const;
const training = { train: true, state: {} } as const;
const drawn = (seed: number): { train: true; state: Record<string, never>; generator: Generator } => ({
  train: true,
  state: {},
  generator: new Generator(seed),
});
const float64 = (seed = 1): { generator: Generator; dtype: 'float64' } => ({ generator: new Generator(seed), dtype: 'float64' });

describe('linear', () => {
  const layer = linear(3, 2);
  const params = { weight: wave([2, 3], 0), bias: wave([2], 1) };

  test('forward and gradients of torch.nn.Linear (torch 2.13, float64)', () => {
    const x = wave([4, 3], 2);
    const y = layer.apply(params, x, training)[0];
    const expected = [
      0.308823111690154, 1.62146041374519, -0.417080124070434, 0.661670264095263, 3.09690529435212, -0.256607452355236, 0.274764829890056,
      1.63036055347646,
    ];
    expect(close(y, expected)).toBe(true);
    const loss = (p: typeof params, v: Tensor): Tensor => sum(mul(layer.apply(p, v, training)[0], wave([4, 2], 3)));
    const [own, gx] = grad(loss, { argnums: [0, 1] })(params, x);
    const gw = [1.23193866229954, 0.725340447239969, -0.122396713913686, 0.81787233966003, 1.1395955387032, 0.925349149222764];
    expect(close(own.weight, gw)).toBe(true);
    expect(close(own.bias, [-0.241589493308638, 0.111860708419993])).toBe(true);
    expect(
      close(
        gx,
        [
          -0.660105231727785, -0.188320835041302, 0.372033792959323, -0.752062418100086, -0.749369176632826, -0.394235902178768,
          0.404453430753549, -0.066415440818273, -0.506048092803371, 0.889550006222848, 0.726792291192142, 0.222212805170958,
        ],
      ),
    ).toBe(true);
  });

  test('the last axis is the features, whatever is before it', () => {
    const x = wave([2, 5, 3], 1);
    const y = layer.apply(params, x, evaluate)[0];
    expect(y.shape).toEqual([2, 5, 2]);
    expect(layer.apply(params, [1, 0, 0], evaluate)[0].shape).toEqual([2]);
    const one = layer.apply(params, [...x.data.slice(0, 3)], evaluate)[0];
    expect(close(one, [...y.data.slice(0, 2)], 1e-15)).toBe(true);
  });

  test('without a bias', () => {
    const plain = linear(3, 2, { bias: false });
    expect(Object.keys(plain.init(float64()).params)).toEqual(['weight']);
    const weight = wave([2, 3], 0);
    expect(plain.apply({ weight }, [1, 0, 0], evaluate)[0].toArray()).toEqual([weight.data[0], weight.data[3]]);
    // @ts-expect-error a layer without a bias has none in its parameters
    expect(plain.init(float64()).params.bias).toBeUndefined();
  });

  test('first values: uniform on ±1/√in, float32 unless said, the same for the same seed', () => {
    const { params: p, state } = linear(50, 400).init({ generator: new Generator(3) });
    expect(state).toEqual({});
    expect([p.weight.dtype, p.bias.dtype, p.weight.shape, p.bias.shape]).toEqual(['float32', 'float32', [400, 50], [400]]);
    const bound = 1 / Math.sqrt(50);
    for (const t of [p.weight, p.bias]) {
      const values = [...t.data];
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(bound));
      // uniform on ±b has standard deviation b/√3; its estimate from n values has the error √(1/5)/√n (kurtosis 9/5)
      const std = Math.sqrt(values.reduce((s, v) => s + v * v, 0) / values.length);
      expect(Math.abs((std * Math.sqrt(3)) / bound - 1)).toBeLessThan((4 * Math.sqrt(0.2)) / Math.sqrt(values.length));
    }
    expect(
      linear(50, 400)
        .init({ generator: new Generator(3) })
        .params.weight.toArray(),
    ).toEqual(p.weight.toArray());
    expect(linear(2, 2).init(float64()).params.weight.dtype).toBe('float64');
  });

  test('gradcheck in weight, bias and x, orders 1 and 2', () => {
    const f = (weight: Tensor, bias: Tensor, x: Tensor): Tensor => square(layer.apply({ weight, bias }, x, training)[0]);
    const inputs = [params.weight, params.bias, wave([2, 3], 4)];
    expect(gradcheck(f, inputs)).toBe(true);
    expect(gradgradcheck(f, inputs)).toBe(true);
  });
});

describe('neurons', () => {
  test('one neuron: σ(w·x + b), for one x and for rows', () => {
    const params = { w: tensor([1, -2]), b: tensor(0.25) };
    const x = [
      [1, 0.5],
      [0, 1],
    ];
    const expected = [1 / (1 + Math.exp(-0.25)), 1 / (1 + Math.exp(1.75))];
    expect(close(neuron(2).apply(params, x, evaluate)[0], expected, 1e-15)).toBe(true);
    expect(neuron(2).apply(params, x[1]!, evaluate)[0].item()).toBeCloseTo(expected[1]!, 15);
    expect(neuron(2, { activation: relu }).apply(params, x[1]!, evaluate)[0].item()).toBe(0);
    const init = neuron(2).init({ generator: new Generator(1) });
    expect([init.params.w.shape, init.params.b.shape, init.params.w.dtype]).toEqual([[2], [], 'float32']);
    const f = (w: Tensor, b: Tensor, v: Tensor): Tensor => neuron(2).apply({ w, b }, v, training)[0];
    expect(gradcheck(f, [params.w, params.b, tensor(x)])).toBe(true);
  });

  test('a layer of M neurons is M neurons side by side', () => {
    const layer = dense(3, 4, { activation: tanh });
    const { params, state } = layer.init(float64());
    const x = wave([5, 3], 0);
    const y = layer.apply(params, x, { train: false, state })[0];
    const { weight, bias } = params[0];
    const columns = [0, 1, 2, 3].map((m) => {
      const w = tensor([...weight.data.slice(3 * m, 3 * m + 3)]);
      return [...neuron(3, { activation: tanh }).apply({ w, b: tensor(bias.data[m]!) }, x, evaluate)[0].data];
    });
    expect(
      close(
        y,
        Array.from({ length: 20 }, (_, i) => columns[i % 4]![Math.floor(i / 4)]!),
        1e-15,
      ),
    ).toBe(true);
    expect(
      dense(1, 1)
        .apply({ 0: { weight: zeros([1, 1]), bias: zeros([1]) }, 1: {} }, [7], { train: true, state })[0]
        .item(),
    ).toBe(0.5);
  });
});

describe('activation and sequential', () => {
  test.each([
    ['relu', relu],
    ['sigmoid', sigmoid],
    ['tanh', tanh],
    ['softplus', softplus],
  ] as const)('%s as a layer is the op', (name, f) => {
    const layer = activation(f);
    expect(layer.name).toBe(name);
    expect(layer.init()).toEqual({ params: {}, state: {} });
    const x = wave([7], 0);
    expect(layer.apply({}, x, evaluate)[0].toArray()).toEqual(f(x).toArray());
    expect(gradcheck((v) => layer.apply({}, v, training)[0], [x])).toBe(true);
  });

  test('any expression is a layer, and has a name if one is given', () => {
    expect(activation((x) => mul(x, 3), 'triple').name).toBe('triple');
    expect(activation((x) => mul(x, 3)).name).toBe('activation');
  });

  test('is the composition; params and state are numbered', () => {
    const net = sequential(linear(3, 4), activation(tanh), batchNorm1d(4), linear(4, 2, { bias: false }));
    const { params, state } = net.init(float64());
    expect(Object.keys(params)).toEqual(['0', '1', '2', '3']);
    expect(Object.keys(state[2])).toEqual(['running_mean', 'running_var', 'num_batches_tracked']);
    expect(params[1]).toEqual({});
    const x = wave([6, 3], 0);
    const [y, next] = net.apply(params, x, { train: true, state });
    const hidden = tanh(linear(3, 4).apply(params[0], x, training)[0]);
    const [normed, running] = batchNorm1d(4).apply(params[2], hidden, { train: true, state: state[2] });
    expect(close(y, [...linear(4, 2, { bias: false }).apply(params[3], normed, training)[0].data], 0)).toBe(true);
    expect(next[2].running_mean.toArray()).toEqual(running.running_mean.toArray());
    expect(next[0]).toEqual({});
    expect(sequential().apply({}, x, training)[0]).toBe(x);
  });

  test('a list of layers of unknown length', () => {
    const layers: Layer[] = [3, 5, 2].map((n, i, all) => linear(all[i - 1] ?? 4, n));
    const net = sequential(...layers);
    const { params, state } = net.init(float64());
    expect(net.apply(params, wave([2, 4], 0), { train: false, state })[0].shape).toEqual([2, 2]);
  });

  test('gradients are trees like the params, and pure training steps learn', () => {
    const net = sequential(linear(2, 8), activation(tanh), linear(8, 1));
    const first = net.init(float64());
    const { state } = first;
    let { params } = first;
    const x = tensor([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    const loss = (p: typeof params): Tensor => mean(square(sub(net.apply(p, x, { train: true, state })[0], [[0], [1], [1], [0]])));
    const rule = sgd({ lr: 0.1, momentum: 0.9 });
    let memory = rule.init(params);
    const [before, gradient] = valueAndGrad(loss)(params);
    expect(gradient[0].weight.shape).toEqual([8, 2]);
    expect(gradient[1]).toEqual({});
    for (let i = 0; i < 500; i++) {
      const [updates, next] = rule.update(grad(loss)(params), memory, params);
      params = applyUpdates(params, updates);
      memory = next;
    }
    expect(before.item()).toBeGreaterThan(0.2);
    expect(loss(params).item()).toBeLessThan(0.01);
  });

  test('the generator reaches every layer that draws', () => {
    const net = sequential(dropout(0.5), activation(relu), dropout(0.5));
    const { params, state } = net.init(float64());
    const generator = new Generator(4);
    net.apply(params, zeros([10]), { train: true, state, generator });
    expect(generator.counter).toBe(20);
  });
});

describe('dropout', () => {
  test('keeps the mean: elements are 0 or x/(1 − p), 0 as often as p says', () => {
    const n = 20000;
    for (const p of [0.1, 0.5, 0.8]) {
      const y = dropout(p).apply({}, tensor(new Float64Array(n).fill(3)), drawn(1))[0];
      const zero = y.data.filter((v: number) => v === 0).length;
      expect(new Set(y.data)).toEqual(new Set([0, 3 * (1 / (1 - p))]));
      expect(Math.abs(zero / n - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / n)); // four standard errors
    }
  });

  test('p = 0 and evaluation are the identity, without a generator', () => {
    const x = wave([5], 0);
    expect(dropout(0).apply({}, x, training)[0]).toBe(x);
    expect(dropout(0.9).apply({}, x, evaluate)[0]).toBe(x);
    const generator = new Generator(1);
    dropout(0.9).apply({}, x, { ...evaluate, generator });
    expect(generator.counter).toBe(0);
  });

  test('the same seed gives the same bits, the next call others; float32 stays float32', () => {
    const x = tensor(new Float32Array(100).fill(1));
    const options = drawn(7);
    const first = dropout().apply({}, x, options)[0];
    expect(first.dtype).toBe('float32');
    expect(dropout().apply({}, x, drawn(7))[0].toArray()).toEqual(first.toArray());
    expect(dropout().apply({}, x, options)[0].toArray()).not.toEqual(first.toArray());
  });

  test('the gradient goes through the mask that was drawn', () => {
    const x = wave([6], 0);
    expect(gradcheck((v) => square(dropout(0.3).apply({}, v, drawn(5))[0]), [x])).toBe(true);
    const y = dropout(0.3).apply({}, x, drawn(5))[0];
    const mask = grad((v: Tensor) => sum(dropout(0.3).apply({}, v, drawn(5))[0]))(x);
    expect(close(mul(x, mask), [...y.data], 1e-15)).toBe(true);
  });
});

test('parameters stand for tensors, and gradients reach them', () => {
  const weight = parameter(wave([2, 3], 0), { name: 'weight' });
  const net = linear(3, 2, { bias: false });
  const y = net.apply({ weight }, [1, 2, 3], evaluate)[0];
  expect(y.toArray()).toEqual(matmul(weight, tensor([1, 2, 3])).toArray());
  sum(y).backward();
  expect(weight.grad!.toArray()).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
});
