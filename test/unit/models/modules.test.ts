/** The layers as classes: torch's keys, values and training; loading; modes; what they refuse. */
import {
  allclose,
  BatchNorm1d,
  binaryCrossEntropyWithLogits,
  Dropout,
  DTypeError,
  FractionalMaxPool2d,
  Generator,
  gradcheck,
  linear,
  Linear,
  mean,
  Module,
  mseLoss,
  mul,
  parameter,
  Parameter,
  relu,
  ReLU,
  Residual,
  Sequential,
  SGD,
  ShapeError,
  Sigmoid,
  sigmoid,
  Softplus,
  softplus,
  square,
  sub,
  sum,
  tanh,
  Tanh,
  tensor,
  type Tensor,
  type TensorLike,
  UsageError,
  zeros,
} from 'chainrule';
import { beforeEach, describe, expect, test } from 'vitest';
import { wave } from './wave.js';

const close = (a: Tensor, b: readonly number[], atol = 1e-13): boolean => allclose(tensor([...a.data]), tensor([...b]), { rtol: 0, atol });
const generator = new Generator(1);
beforeEach(() => void (generator.counter = 0));
const f64 = { generator, dtype: 'float64' } as const;

/** Linear, Tanh, BatchNorm1d, Linear, and the state dict that the torch run below began with. */
const net = (): Sequential =>
  new Sequential(new Linear(3, 4, f64), new Tanh(), new BatchNorm1d(4, { dtype: 'float64' }), new Linear(4, 2, f64));
const dict = (): Record<string, Tensor> => ({
  '0.weight': wave([4, 3], 0),
  '0.bias': wave([4], 1),
  '2.weight': wave([4], 2),
  '2.bias': wave([4], 3),
  '2.running_mean': wave([4], 4),
  '2.running_var': tensor([...wave([4], 5).data].map((v) => v ** 2 + 0.5)),
  '2.num_batches_tracked': tensor(7, { dtype: 'int32' }),
  '3.weight': wave([2, 4], 6),
  '3.bias': wave([2], 7),
});
const arrays = (state: Readonly<Record<string, Tensor>>): unknown =>
  Object.fromEntries(Object.entries(state).map(([k, t]) => [k, t.toArray()]));

describe('beside torch', () => {
  // torch 2.13, float64: Sequential(Linear(3, 4), Tanh(), BatchNorm1d(4), Linear(4, 2)) with the state dict above, three steps of
  // SGD(lr=0.1, momentum=0.9) on mean((net(x) − y)²), x = wave([5, 3], 10 + t), y = wave([5, 2], 20 + t)
  test('keys, shapes and dtypes of a state dict', () => {
    const model = new Sequential(new Linear(3, 4, { generator }), new Tanh(), new BatchNorm1d(4), new Linear(4, 2, { generator }));
    expect(Object.entries(model.stateDict()).map(([k, t]) => [k, t.shape, t.dtype])).toEqual([
      ['0.weight', [4, 3], 'float32'],
      ['0.bias', [4], 'float32'],
      ['2.weight', [4], 'float32'],
      ['2.bias', [4], 'float32'],
      ['2.running_mean', [4], 'float32'],
      ['2.running_var', [4], 'float32'],
      ['2.num_batches_tracked', [], 'int32'],
      ['3.weight', [2, 4], 'float32'],
      ['3.bias', [2], 'float32'],
    ]);
    expect(Object.keys(dict())).toEqual(Object.keys(model.stateDict()));
    const deep = new Sequential(model, new Sequential(new ReLU(), new Linear(2, 1, { generator, bias: false })));
    expect(Object.keys(deep.stateDict())).toEqual([...Object.keys(dict()).map((k) => `0.${k}`), '1.1.weight']);
  });

  test('gradients by backward()', () => {
    const model = net();
    model.loadStateDict(dict());
    const loss = mean(square(sub(model.forward(wave([5, 3], 10)), wave([5, 2], 20))));
    expect(loss.item()).toBeCloseTo(5.62289056883961, 13);
    loss.backward();
    const expected: Record<string, number[]> = {
      '0.weight': [
        0.0185367998113479, 0.00456234280203483, -0.011557855315648, -0.0833694560066631, -0.0659516125360231, -0.0175156951673189,
        -0.0688654452023677, 0.120332178817908, 0.252935698897963, -0.153579728389963, -0.00759831626464909, 0.141956702726896,
      ],
      '0.bias': [0.018296158277111, 0.0163700446043953, 0.0158390427337273, -0.183759358490053],
      '2.weight': [0.311293780654837, 0.0226580031248567, -0.774571697678564, 0.141635981848721],
      '2.bias': [-0.759250158650317, -3.16560946738045, -4.08313317958917, -3.08029555672126],
      '3.weight': [
        1.05346514525769, 1.29540114479737, 1.95502176791041, 0.325873799358689, -1.44806347049233, -2.63250410352349, -2.52942690967097,
        -1.3361350045446,
      ],
      '3.bias': [-1.35993361118644, 2.77682013036241],
    };
    const named = model.namedParameters();
    expect(named.map(([name]) => name)).toEqual(Object.keys(expected));
    for (const [name, p] of named) expect(close(p.grad!, expected[name]!)).toBe(true);
    model.zeroGrad();
    expect(model.parameters().every((p) => p.grad === null)).toBe(true);
  });

  test('three steps of training, running statistics, evaluation', () => {
    const model = net();
    model.loadStateDict(dict());
    const optimizer = new SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
    const losses = [0, 1, 2].map((t) =>
      optimizer.minimize(() => mseLoss(model.forward(wave([5, 3], 10 + t)), wave([5, 2], 20 + t))).item(),
    );
    expect(close(tensor(losses), [5.62289056883961, 1.33766672795835, 1.32123573727753])).toBe(true);
    const after = model.stateDict();
    const expected: Record<string, number[]> = {
      '0.weight': [
        0.63616606697444, 0.98408108737464, 0.869167395691395, 0.357820392202428, -0.332507151460617, -0.866451386224173,
        -0.956426707996707, -0.675925341465875, -0.0775257252188418, 0.709873627260073, 0.991869921910933, 0.807374293892033,
      ],
      '0.bias': [0.98910790044912, 0.670342753887479, 0.0344375318183909, -0.553258680434552],
      '2.weight': [0.320556948212873, -0.312563204856604, -0.644788679939139, -0.963411958372518],
      '2.bias': [-0.364740821742392, -0.0474364434339945, 0.317004539169648, 0.495931202504741],
      '2.running_mean': [-0.600663687828217, -0.473634457468141, -0.159621760701283, 0.339772590490755],
      '2.running_var': [0.750448624063411, 0.46691574936341, 0.923412060122118, 1.29515928331598],
      '2.num_batches_tracked': [10],
      '3.weight': [
        0.150680090010087, 0.591043698688961, 0.385774317307091, 0.494491657121437, 0.397539074956583, 0.166141471600238,
        -0.279638017988178, -0.285831725932407,
      ],
      '3.bias': [1.25556548262641, -0.16296985792859],
    };
    for (const [key, t] of Object.entries(after)) expect(close(t, expected[key]!)).toBe(true);
    const x = wave([2, 3], 30);
    const trained = model.forward(x);
    const before = model.stateDict()['2.num_batches_tracked']!.item();
    model.loadStateDict(after);
    const y = model.eval().forward(x);
    expect(close(y, [1.6780700049623, -0.43258363014774, 1.36795030114628, -0.393535550138901])).toBe(true);
    expect(close(y, [...trained.data], 0.01)).toBe(false);
    expect(before).toBe(11);
    expect(model.stateDict()['2.num_batches_tracked']!.item()).toBe(10);
  });

  test('XOR is learnt by Linear, Tanh, Linear', () => {
    const model = new Sequential(new Linear(2, 4, { generator }), new Tanh(), new Linear(4, 1, { generator }));
    const x = tensor(new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]), { shape: [4, 2] });
    const y = tensor(new Float32Array([0, 1, 1, 0]), { shape: [4, 1] });
    const optimizer = new SGD(model.parameters(), { lr: 0.5, momentum: 0.9 });
    let loss = zeros([]) as Tensor;
    for (let i = 0; i < 300; i++) loss = optimizer.minimize(() => binaryCrossEntropyWithLogits(model.forward(x), y));
    expect(loss.item()).toBeLessThan(0.02);
    expect(loss.dtype).toBe('float32');
    expect([...model.forward(x).data].map((v) => (v > 0 ? 1 : 0))).toEqual([0, 1, 1, 0]);
  });
});

describe('loadStateDict', () => {
  const model = net();
  const spoiled = (change: (sd: Record<string, Tensor>) => void): Record<string, Tensor> => {
    const sd = dict();
    change(sd);
    return sd;
  };
  const cases: readonly (readonly [string, () => unknown, new (...args: never[]) => Error, string])[] = [
    [
      'a missing key',
      () => model.loadStateDict(spoiled((sd) => delete sd['3.bias'])),
      UsageError,
      "loadStateDict: keys do not match: missing '3.bias'",
    ],
    [
      'a prefix',
      () => model.loadStateDict(Object.fromEntries(Object.entries(dict()).map(([k, t]) => [`module.${k}`, t]))),
      UsageError,
      "unexpected 'module.0.weight', 'module.0.bias', 'module.2.weight', 'module.2.bias', 'module.2.running_mean', 'module.2.running_var', 'module.2.num_batches_tracked', 'module.3.weight', 'module.3.bias': did you mean '0.weight' for 'module.0.weight'?",
    ],
    [
      'a typo',
      () =>
        model.loadStateDict(
          spoiled((sd) => {
            sd['2.runing_mean'] = sd['2.running_mean']!;
            delete sd['2.running_mean'];
          }),
        ),
      UsageError,
      "loadStateDict: keys do not match: missing '2.running_mean', unexpected '2.runing_mean': did you mean '2.running_mean'?",
    ],
    [
      'one key too many',
      () => model.loadStateDict({ ...dict(), zzz: tensor(1) }),
      UsageError,
      "loadStateDict: keys do not match: unexpected 'zzz'",
    ],
    [
      'shapes',
      () => model.loadStateDict({ ...dict(), '0.weight': wave([3, 4], 0), '3.bias': wave([1], 0) }),
      ShapeError,
      "loadStateDict: shapes do not match: '0.weight' must be [4,3], got [3,4]; '3.bias' must be [2], got [1]",
    ],
    [
      'a dtype',
      () => model.loadStateDict({ ...dict(), '3.bias': tensor([1, 2], { dtype: 'float32' }) }),
      DTypeError,
      "loadStateDict: dtypes do not match: '3.bias' must be float64, got float32: cast the values first",
    ],
    [
      'a count that is not whole',
      () => model.loadStateDict({ ...dict(), '2.num_batches_tracked': tensor(1.5) }),
      DTypeError,
      "'2.num_batches_tracked' must be int32, got float64",
    ],
    [
      'no tensor',
      () => model.loadStateDict({ ...dict(), '3.bias': 'x' as never }),
      DTypeError,
      'loadStateDict: values must be numbers or booleans: got string',
    ],
    ['nothing', () => model.loadStateDict(null as never), UsageError, 'loadStateDict: needs an object of tensors: null'],
    [
      'a typo in options',
      () => model.loadStateDict(dict(), { strikt: false } as never),
      UsageError,
      "loadStateDict: unknown option 'strikt': did you mean 'strict'?",
    ],
    [
      'a shape without strict',
      () => model.loadStateDict({ '0.bias': wave([4], 9), '3.bias': wave([1], 0) }, { strict: false }),
      ShapeError,
      "'3.bias' must be [2], got [1]",
    ],
  ];
  test.each(cases)('%s: an error, and nothing is changed', (_, call, type, message) => {
    const before = arrays(model.stateDict());
    expect(call).toThrow(type);
    expect(call).toThrow(message);
    expect(arrays(model.stateDict())).toEqual(before);
  });

  test('without strict, what matches is loaded and the rest is told', () => {
    const fresh = net();
    const before = fresh.stateDict();
    const result = fresh.loadStateDict({ '0.bias': wave([4], 9), extra: tensor(1) }, { strict: false });
    expect(result.unexpectedKeys).toEqual(['extra']);
    expect(result.missingKeys).toEqual(Object.keys(dict()).filter((k) => k !== '0.bias'));
    expect(arrays(fresh.stateDict())).toEqual({ ...(arrays(before) as object), '0.bias': wave([4], 9).toArray() });
  });

  test('what was saved comes back; a state dict is what was, not what is', () => {
    const first = net();
    const saved = first.stateDict();
    const kept = arrays(saved);
    first.forward(wave([5, 3], 0));
    new SGD(first.parameters(), { lr: 0.1 }).minimize(() => sum(first.forward(wave([5, 3], 1))));
    expect(arrays(saved)).toEqual(kept);
    expect(arrays(first.stateDict())).not.toEqual(kept);
    expect(Object.values(saved).every((t) => t.node === null && !(t instanceof Parameter))).toBe(true);
    expect(first.loadStateDict(saved)).toEqual({ missingKeys: [], unexpectedKeys: [] });
    expect(arrays(first.stateDict())).toEqual(kept);
  });

  test('whole numbers of any type count batches; plain arrays take the dtype of the model', () => {
    const bn = new BatchNorm1d(1);
    bn.loadStateDict({ weight: [0.1], bias: [2], running_mean: [0], running_var: [1], num_batches_tracked: tensor(12) });
    expect(bn.stateDict().num_batches_tracked!.item()).toBe(12);
    expect(bn.stateDict().num_batches_tracked!.dtype).toBe('int32');
    expect(bn.weight!.item()).toBe(Math.fround(0.1));
    expect(bn.weight!.value.dtype).toBe('float32');
  });

  test('parameters stay the same cells, so an optimizer on them goes on', () => {
    const layer = new Linear(1, 1, f64);
    const optimizer = new SGD(layer.parameters(), { lr: 1 });
    layer.loadStateDict({ weight: [[3]], bias: [0] });
    optimizer.minimize(() => sum(layer.forward([[2]])));
    expect(arrays(layer.stateDict())).toEqual({ weight: [[1]], bias: [-1] });
  });
});

describe('modes and modules', () => {
  test('train and eval reach every module below and return the module', () => {
    const inner = new Dropout(0.5, { generator });
    const model = new Sequential(new Residual(new Sequential(inner)), new ReLU());
    expect(model.eval()).toBe(model);
    expect([model.training, inner.training]).toEqual([false, false]);
    expect(model.train().training && inner.training).toBe(true);
    expect(model.train(false).modules.map((m) => m.training)).toEqual([false, false]);
  });

  test('dropout, in training only, from its own generator', () => {
    const drop = new Dropout(undefined, { generator });
    const x = tensor(new Float64Array(100).fill(1));
    expect(new Set(drop.forward(x).data)).toEqual(new Set([0, 2]));
    expect(generator.counter).toBe(100);
    expect(drop.eval().forward(x)).toBe(x);
    expect(generator.counter).toBe(100);
  });

  test('activations are the ops', () => {
    const x = wave([5], 0);
    for (const [face, f] of [
      [new ReLU(), relu],
      [new Sigmoid(), sigmoid],
      [new Tanh(), tanh],
      [new Softplus(), softplus],
    ] as const) {
      expect(face.forward(x).toArray()).toEqual(f(x).toArray());
      expect(face.parameters()).toEqual([]);
      expect(face.stateDict()).toEqual({});
    }
  });

  test('a linear module is the pure layer with the same draws', () => {
    const { params } = linear(3, 2).init({ generator: new Generator(8) });
    const face = new Linear(3, 2, { generator: new Generator(8) });
    expect(arrays(face.stateDict())).toEqual({ weight: params.weight.toArray(), bias: params.bias.toArray() });
    expect([face.weight.dtype, face.weight.name, face.bias!.name]).toEqual(['float32', 'weight', 'bias']);
    const plain = new Linear(3, 2, { ...f64, bias: false });
    expect(plain.bias).toBeNull();
    expect(plain.namedParameters()).toEqual([['weight', plain.weight]]);
  });

  test('batch norm without weight and bias has its statistics only', () => {
    const bn = new BatchNorm1d(2, { affine: false, momentum: 1, dtype: 'float64' });
    expect([bn.weight, bn.bias, bn.parameters()]).toEqual([null, null, []]);
    expect(Object.keys(bn.stateDict())).toEqual(['running_mean', 'running_var', 'num_batches_tracked']);
    bn.forward([
      [1, 2],
      [3, 6],
    ]);
    expect(arrays(bn.stateDict())).toEqual({ running_mean: [2, 4], running_var: [2, 8], num_batches_tracked: 1 });
  });

  test('a residual block: key of the branch, drops in training, plain in evaluation', () => {
    const branch = new Linear(2, 2, f64);
    const block = new Residual(branch, { survival: 0.5, generator });
    expect(Object.keys(block.stateDict())).toEqual(['module.weight', 'module.bias']);
    const x = wave([3, 2], 0);
    const fx = branch.forward(x);
    const seen = new Set(Array.from({ length: 30 }, () => (block.forward(x) === x ? 'dropped' : 'kept')));
    expect(seen).toEqual(new Set(['dropped', 'kept']));
    expect(close(sub(block.eval().forward(x), x), [...fx.data], 1e-15)).toBe(true);
    const rows = new Residual(branch, { survival: 0.5, mode: 'row', generator });
    expect(rows.forward(x).shape).toEqual([3, 2]);
    expect(new Residual(branch).forward(x).toArray()).toEqual(block.forward(x).toArray());
  });

  test('fractional pooling draws in training and is deterministic in evaluation', () => {
    const pool = new FractionalMaxPool2d([2, 3], { outputSize: [10, 8], generator });
    const x = wave([1, 17, 15], 0);
    pool.forward(x);
    expect(generator.counter).toBe(2);
    expect(pool.eval().forward(x).toArray()).toEqual(pool.forward(x).toArray());
    expect(generator.counter).toBe(2);
  });

  test('a module of one’s own: fields, lists of modules, buffers, a shared parameter', () => {
    class Net extends Module {
      readonly layers = [new Linear(2, 3, f64), new Linear(3, 3, { ...f64, bias: false })];
      readonly scale = parameter([2], { name: 'scale' });
      readonly head: Linear;
      readonly tied: Parameter;
      constructor() {
        super();
        this.head = new Linear(3, 1, f64);
        this.tied = this.layers[1]!.weight;
        this.buffers.calls = tensor(0);
      }
      forward(x: TensorLike): Tensor {
        this.buffers.calls = tensor(this.buffers.calls!.item() + 1);
        return mul(this.head.forward(this.layers.reduce<TensorLike>((y, layer) => tanh(layer.forward(y)), x)), this.scale);
      }
    }
    const model = new Net();
    expect(Object.keys(model.stateDict())).toEqual([
      'scale',
      'tied',
      'calls',
      'layers.0.weight',
      'layers.0.bias',
      'layers.1.weight',
      'head.weight',
      'head.bias',
    ]);
    expect(model.namedChildren().map(([name]) => name)).toEqual(['layers.0', 'layers.1', 'head']);
    // a parameter in two places moves once a step
    expect(model.namedParameters().map(([name]) => name)).toEqual([
      'scale',
      'tied',
      'layers.0.weight',
      'layers.0.bias',
      'head.weight',
      'head.bias',
    ]);
    sum(model.forward([[1, 2]])).backward();
    expect(model.parameters().every((p) => p.grad !== null)).toBe(true);
    expect(model.stateDict().calls!.item()).toBe(1);
    model.loadStateDict({ ...model.stateDict(), calls: tensor(41) });
    model.forward([[1, 2]]);
    expect(model.buffers.calls!.item()).toBe(42);
    expect(gradcheck((x) => model.forward(x), [tensor([[0.3, -1]])])).toBe(true);
  });

  test('an empty Sequential is the identity', () => {
    const x = wave([2], 0);
    expect(new Sequential().forward(x)).toBe(x);
    expect(new Sequential().parameters()).toEqual([]);
  });
});

describe('what they refuse', () => {
  class Loop extends Module {
    next: Module = this;
    forward(x: TensorLike): Tensor {
      return tensor(x);
    }
  }
  test.each([
    [
      'Linear without options',
      () => new (Linear as never as new (a: number, b: number) => Linear)(2, 3),
      UsageError,
      'Linear: needs a generator: new Linear(2, 3, { generator: new Generator(seed) })',
    ],
    [
      'Linear with a seed',
      () => new Linear(2, 3, { generator: 1 as never }),
      UsageError,
      'Linear: needs a generator: got 1: new Linear(2, 3',
    ],
    [
      'Linear with a typo',
      () => new Linear(2, 3, { generator, dtyp: 'float64' } as never),
      UsageError,
      "Linear: unknown option 'dtyp': did you mean 'dtype'?",
    ],
    ['Linear of no inputs', () => new Linear(0, 3, { generator }), UsageError, 'linear: inFeatures must be a positive integer: got 0'],
    [
      'Linear of int32',
      () => new Linear(2, 3, { generator, dtype: 'int32' as never }),
      DTypeError,
      'linear: parameters are float32 or float64: got int32',
    ],
    [
      'a layer in Sequential',
      () => new Sequential(linear(2, 3) as never),
      UsageError,
      'Sequential: argument 0 is no Module: got object: new ReLU(), not relu',
    ],
    [
      'a function in Sequential',
      () => new Sequential(new ReLU(), relu as never),
      UsageError,
      'Sequential: argument 1 is no Module: got function',
    ],
    [
      'Dropout without a generator',
      () => new Dropout(0.2, {} as never),
      UsageError,
      'Dropout: needs a generator: new Dropout(0.2, { generator: new Generator(seed) })',
    ],
    ['Dropout of everything', () => new Dropout(1, { generator }), UsageError, 'dropout: p must be at least 0 and less than 1: 1'],
    ['Dropout with a typo', () => new Dropout(0.5, { generator, P: 1 } as never), UsageError, "Dropout: unknown option 'P'"],
    [
      'BatchNorm1d with a typo',
      () => new BatchNorm1d(2, { momentun: 1 } as never),
      UsageError,
      "BatchNorm1d: unknown option 'momentun': did you mean 'momentum'?",
    ],
    [
      'BatchNorm1d of a batch of one',
      () => new BatchNorm1d(2).forward([[1, 2]]),
      ShapeError,
      'batchNorm1d: expected more than 1 value per channel when training: got [1,2]',
    ],
    [
      'Residual of a function',
      () => new Residual(relu as never),
      UsageError,
      'Residual: needs a Module: got function: new ReLU(), not relu',
    ],
    [
      'Residual that drops without a generator',
      () => new Residual(new ReLU(), { survival: 0.5 }),
      UsageError,
      'Residual: needs a generator: new Residual(module, { survival: 0.5, generator: new Generator(seed) })',
    ],
    [
      'Residual with survival 0',
      () => new Residual(new ReLU(), { survival: 0, generator }),
      UsageError,
      'residual: survival must be more than 0 and at most 1: 0',
    ],
    [
      'Residual with a typo',
      () => new Residual(new ReLU(), { mod: 'row' } as never),
      UsageError,
      "Residual: unknown option 'mod': did you mean 'mode'?",
    ],
    [
      'FractionalMaxPool2d without a generator',
      () => new FractionalMaxPool2d(2, { outputSize: 2 } as never),
      UsageError,
      'FractionalMaxPool2d: needs a generator: new FractionalMaxPool2d(kernelSize, { generator: new Generator(seed), … })',
    ],
    [
      'FractionalMaxPool2d without a size',
      () => new FractionalMaxPool2d(2, { generator }),
      UsageError,
      'fractionalMaxPool2d: needs either outputSize or outputRatio: got neither',
    ],
    ['a module that contains itself', () => new Loop().parameters(), UsageError, "Module: a module contains itself: at 'next'"],
    ['the same deeper', () => new Sequential(new Loop()).train(), UsageError, "Module: a module contains itself: at '0.next'"],
  ] as const)('%s', (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });
});
