/** Convolutions and pooling as modules: torch's keys and first values, training, and what they refuse. */
import { AvgPool1d, AvgPool2d, compile, Conv1d, conv2d, Conv2d, crossEntropy, Flatten, Generator, Linear, MaxPool1d, MaxPool2d, ReLU, Sequential, SGD, ShapeError, type Tensor, tensor, UsageError, zeros } from 'chainrule'; // prettier-ignore
import { expect, test } from 'vitest';
import { wave } from './wave.js';

const generator = new Generator(4);

test('keys, shapes and first values are those of torch', () => {
  const layer = new Conv2d(8, 6, [3, 5], { groups: 2, generator });
  expect(Object.entries(layer.stateDict()).map(([name, t]) => [name, t.shape, t.dtype])).toEqual([['weight', [6, 4, 3, 5], 'float32'], ['bias', [6], 'float32']]); // prettier-ignore
  const bound = 1 / Math.sqrt(4 * 15);
  for (const p of layer.parameters()) {
    const largest = Math.max(...Array.from(p.value.data, Math.abs));
    expect(largest).toBeLessThanOrEqual(Math.fround(bound));
    expect(largest).toBeGreaterThan(bound / 2);
  }
  expect(Object.keys(new Conv1d(2, 3, 2, { bias: false, generator }).stateDict())).toEqual(['weight']);
});

test('forward is the op with the options of the layer', () => {
  const options = { stride: 2, padding: [1, 0], dilation: 1, groups: 2 };
  const layer = new Conv2d(4, 2, 3, { ...options, generator, dtype: 'float64' });
  const x = wave([2, 4, 5, 6], 1);
  expect(layer.forward(x).toArray()).toEqual(conv2d(x, layer.weight, layer.bias, options).toArray());
  expect(new MaxPool1d(2, { stride: 1 }).forward([[1, 3, 2]]).toArray()).toEqual([[3, 3]]);
  expect(new AvgPool1d(3, { padding: 1, stride: 2, countIncludePad: false }).forward([[2, 4, 6]]).toArray()).toEqual([[3, 5]]);
  expect(new AvgPool2d(2).forward(zeros([1, 2, 4, 4])).shape).toEqual([1, 2, 2, 2]);
  expect(new Flatten().forward(zeros([3, 2, 0])).shape).toEqual([3, 0]);
});

test('a small network learns to tell bars that lie from bars that stand, eager and compiled alike', () => {
  const images = tensor(Array.from({ length: 16 }, (_, i) => [Array.from({ length: 8 }, (_r, r) => Array.from({ length: 8 }, (_c, c) => Number((i % 2 === 0 ? r : c) === 1 + ((i >> 1) % 6))))])); // prettier-ignore
  const labels = tensor(Array.from({ length: 16 }, (_, i) => i % 2), { dtype: 'int32' }); // prettier-ignore
  const losses = [false, true].map((compiled) => {
    const own = { generator: new Generator(2), dtype: 'float64' } as const;
    const model = new Sequential(new Conv2d(1, 4, 3, { padding: 'same', ...own }), new ReLU(), new MaxPool2d(2), new Flatten(), new Linear(64, 2, own)); // prettier-ignore
    const optimizer = new SGD(model.parameters(), { lr: 0.2 });
    const loss = (): Tensor => crossEntropy(model.forward(images), labels);
    const step = compiled ? optimizer.compile(loss) : (): Tensor => optimizer.minimize(loss);
    let last = 0;
    for (let i = 0; i < 60; i++) last = step().item();
    return last;
  });
  expect(losses[0]).toBeLessThan(0.1);
  expect(losses[1]).toBeCloseTo(losses[0]!, 9);
  expect(compile((x: Tensor) => new MaxPool2d(2).forward(x))(images).shape).toEqual([16, 1, 4, 4]);
});

test.each<[string, () => unknown, new (...args: never[]) => Error, RegExp]>([
  ['no generator', () => new Conv2d(1, 2, 3, {} as never), UsageError, /^Conv2d: needs a generator: new Conv2d\(1, 2, kernelSize/],
  ['no options', () => new Conv1d(1, 2, 3, undefined as never), UsageError, /^Conv1d: needs a generator/],
  ['an option', () => new Conv2d(1, 2, 3, { generator, strides: 2 } as never), UsageError, /^Conv2d: unknown option 'strides'/],
  ['a size', () => new Conv2d(1, 2, [3, 0], { generator }), UsageError, /^Conv2d: kernelSize must be a positive integer: got 0$/],
  ['channels', () => new Conv2d(0, 2, 3, { generator }), UsageError, /^Conv2d: inChannels must be a positive integer: got 0$/],
  ['groups', () => new Conv2d(4, 2, 3, { generator, groups: 4 }), UsageError, /^Conv2d: groups must divide both numbers of channels: got 4 for 4 and 2$/], // prettier-ignore
  ['a pooling', () => new MaxPool2d(2, { size: 2 } as never).forward(zeros([1, 4, 4])), UsageError, /^maxPool2d: unknown option 'size'/],
  ['a scalar', () => new Flatten().forward(1), ShapeError, /^Flatten: needs an axis of examples/],
])('refused: %s', (_, call, type, message) => {
  expect(call).toThrow(type);
  expect(call).toThrow(message);
});
