/** What the pure layers refuse, and how they say it. */
import {
  activation,
  batchNorm1d,
  dense,
  dropout,
  DTypeError,
  Generator,
  linear,
  neuron,
  relu,
  residual,
  sequential,
  ShapeError,
  tanh,
  tensor,
  UsageError,
  zeros,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

const training = { train: true, state: {} } as const;
const drawn = (seed: number): { train: true; state: Record<string, never>; generator: Generator } => ({
  train: true,
  state: {},
  generator: new Generator(seed),
});
const float64 = (seed = 1): { generator: Generator; dtype: 'float64' } => ({ generator: new Generator(seed), dtype: 'float64' });

describe('what they refuse', () => {
  const lin = linear(3, 2);
  const { params } = lin.init(float64());
  const bn = batchNorm1d(3);
  const start = bn.init();
  const init = (options: unknown): unknown => lin.init(options as never);
  const apply = (options: unknown): unknown => lin.apply(params, zeros([1, 3]), options as never);
  const norm = (shape: number[], train: boolean): unknown => bn.apply(start.params, zeros(shape), { train, state: start.state });
  test.each([
    ['linear of no inputs', () => linear(0, 2), UsageError, 'linear: inFeatures must be a positive integer: got 0'],
    ['linear of half an output', () => linear(2, 1.5), UsageError, 'linear: outFeatures must be a positive integer: got 1.5'],
    [
      'linear with a typo',
      () => linear(2, 3, { biass: true } as never),
      UsageError,
      "linear: unknown option 'biass': did you mean 'bias'?",
    ],
    ['init without a generator', () => init({}), UsageError, 'linear: needs a generator: init({ generator: new Generator(seed) })'],
    ['init without options', () => init(undefined), UsageError, 'linear: needs a generator'],
    ['init with a seed', () => init({ generator: 7 }), UsageError, 'linear: needs a generator: got 7: init({'],
    [
      'a wrong generator where none is needed',
      () => bn.init({ generator: 7 as never }),
      UsageError,
      'batchNorm1d: needs a generator: got 7',
    ],
    [
      'int32',
      () => init({ generator: new Generator(1), dtype: 'int32' }),
      DTypeError,
      'linear: parameters are float32 or float64: got int32',
    ],
    ['init with a typo', () => init({ seed: 1 }), UsageError, "linear: unknown option 'seed'"],
    ['apply without options', () => apply(undefined), UsageError, 'linear: train must be said: got undefined: apply(params, x, {'],
    ['apply without train', () => apply({ state: {} }), UsageError, 'linear: train must be said: got undefined'],
    ['train as a number', () => apply({ train: 1, state: {} }), UsageError, 'linear: train must be said: got 1'],
    ['apply without state', () => apply({ train: true }), UsageError, 'linear: state must be said: got undefined: pass what init'],
    ['apply with a typo', () => apply({ training: true, state: {} }), UsageError, "unknown option 'training': did you mean 'train'?"],
    ['apply with a seed', () => apply({ train: true, state: {}, generator: 3 }), UsageError, 'linear: needs a generator: got 3'],
    [
      'another width',
      () => lin.apply(params, zeros([4, 2]), training),
      ShapeError,
      'linear: x must have 3 features on its last axis: got [4,2]',
    ],
    ['a scalar', () => lin.apply(params, 1, training), ShapeError, 'linear: x must have 3 features on its last axis: got []'],
    [
      'a transposed weight',
      () => lin.apply({ ...params, weight: zeros([3, 2]) }, [1, 2, 3], training),
      ShapeError,
      'linear: weight must be [2,3]: got [3,2]',
    ],
    ['no weight', () => lin.apply({} as never, [1, 2, 3], training), UsageError, "linear: params lack 'weight': pass the params that init"],
    ['no bias', () => lin.apply({ weight: params.weight } as never, [1, 2, 3], training), UsageError, "linear: params lack 'bias'"],
    ['no params', () => lin.apply(null as never, [1, 2, 3], training), UsageError, "linear: params lack 'weight'"],
    [
      'x that is no tensor',
      () => lin.apply(params, 'x' as never, training),
      DTypeError,
      'linear: values must be numbers or booleans: got string',
    ],
    [
      'activation of nothing',
      () => activation('relu' as never),
      UsageError,
      'activation: f must be a function of a tensor: got string: activation(relu)',
    ],
    [
      'a function in sequential',
      () => sequential(lin, relu as never),
      UsageError,
      'sequential: argument 1 is no layer: got function: a function becomes one by activation(f)',
    ],
    ['a list in sequential', () => sequential([lin] as never), UsageError, 'sequential: argument 0 is no layer: got object'],
    [
      'params of another net',
      () => sequential(lin).apply({} as never, [1, 2, 3], training as never),
      UsageError,
      "sequential: params lack '0'",
    ],
    [
      'state of another net',
      () => sequential(lin).apply({ 0: params }, [1, 2, 3], training as never),
      UsageError,
      "sequential: state lacks '0'",
    ],
    ['p = 1', () => dropout(1), UsageError, 'dropout: p must be at least 0 and less than 1: 1'],
    ['p = NaN', () => dropout(NaN), UsageError, 'dropout: p must be at least 0 and less than 1: NaN'],
    [
      'dropout without a generator',
      () => dropout().apply({}, [1], training),
      UsageError,
      'dropout: needs a generator: apply(params, x, { train: true, state, generator: new Generator(seed) })',
    ],
    ['no features', () => batchNorm1d(0), UsageError, 'batchNorm1d: features must be a positive integer: got 0'],
    ['a negative eps', () => batchNorm1d(1, { eps: -1 }), UsageError, 'batchNorm1d: eps must be a number from 0: -1'],
    ['momentum 2', () => batchNorm1d(1, { momentum: 2 }), UsageError, 'batchNorm1d: momentum must be from 0 to 1, or null: 2'],
    [
      'batchNorm1d with a typo',
      () => batchNorm1d(1, { affin: false } as never),
      UsageError,
      "batchNorm1d: unknown option 'affin': did you mean 'affine'?",
    ],
    [
      'a batch of one',
      () => norm([1, 3], true),
      ShapeError,
      'batchNorm1d: expected more than 1 value per channel when training: got [1,3]: take a larger batch, or train: false',
    ],
    ['a sequence of one', () => norm([1, 3, 1], true), ShapeError, 'expected more than 1 value per channel when training: got [1,3,1]'],
    ['a vector', () => norm([3], true), ShapeError, 'batchNorm1d: x must be [N, 3] or [N, 3, L]: got [3]'],
    ['other channels', () => norm([4, 2], false), ShapeError, 'batchNorm1d: x must be [N, 3] or [N, 3, L]: got [4,2]'],
    ['an image', () => norm([4, 3, 2, 2], false), ShapeError, 'batchNorm1d: x must be [N, 3] or [N, 3, L]: got [4,3,2,2]'],
    [
      'no running statistics',
      () => bn.apply(start.params, zeros([2, 3]), { train: true, state: {} as never }),
      UsageError,
      "batchNorm1d: state lacks 'running_mean'",
    ],
    [
      'statistics of another layer',
      () => bn.apply(start.params, zeros([2, 3]), { train: false, state: batchNorm1d(2).init().state }),
      ShapeError,
      'batchNorm1d: running_mean must be [3]: got [2]',
    ],
    ['neuron of nothing', () => neuron(0), UsageError, 'neuron: inFeatures must be a positive integer: got 0'],
    ['neuron with a typo', () => neuron(1, { activations: tanh } as never), UsageError, "neuron: unknown option 'activations'"],
    ['dense with a typo', () => dense(1, 1, { activations: tanh } as never), UsageError, "dense: unknown option 'activations'"],
    [
      'a neuron with another width',
      () => neuron(2).apply({ w: zeros([2]), b: tensor(0) }, [1, 2, 3], training),
      ShapeError,
      'neuron: x must have 2 features on its last axis: got [3]',
    ],
    [
      'a residual without a layer',
      () => residual(relu as never),
      UsageError,
      'residual: needs a layer: got function: a function becomes one by activation(f)',
    ],
    ['survival 0', () => residual(lin, { survival: 0 }), UsageError, 'residual: survival must be more than 0 and at most 1: 0'],
    ['survival 2', () => residual(lin, { survival: 2 }), UsageError, 'residual: survival must be more than 0 and at most 1: 2'],
    ['another mode', () => residual(lin, { mode: 'rows' as never }), UsageError, "residual: mode must be 'batch' or 'row': rows"],
    [
      'residual with a typo',
      () => residual(lin, { survive: 1 } as never),
      UsageError,
      "residual: unknown option 'survive': did you mean 'survival'?",
    ],
    [
      'a branch of another shape',
      () => residual(lin).apply(params, zeros([4, 3]), training),
      ShapeError,
      'residual: the branch must keep the shape: [4,3] → [4,2]',
    ],
    [
      'stochastic depth without a generator',
      () => residual(lin, { survival: 0.5 }).apply(params, zeros([4, 3]), training),
      UsageError,
      'residual: needs a generator: apply(',
    ],
    [
      'rows of a scalar',
      () => residual(activation(relu), { survival: 0.5, mode: 'row' }).apply({}, 1, drawn(1)),
      ShapeError,
      "residual: mode 'row' needs a batch axis: x []",
    ],
  ] as const)('%s', (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });
});
