/**
 * @file The layers as classes, as in torch: each holds its parameters and hands them to the pure layer of the same name.
 */
import { type TensorLike, toTensor } from '../../graph/create.js';
import { checkOptions, UsageError } from '../../graph/errors.js';
import type { Parameter } from '../../graph/parameter.js';
import type { Tensor } from '../../graph/tensor.js';
import { relu, sigmoid, softplus } from '../../ops/activations.js';
import { parameter } from '../../ops/parameter.js';
import type { Generator } from '../../ops/random.js';
import { tanh } from '../../ops/trigonometric.js';
import { activation } from './activation.js';
import { batchNorm1d, type BatchNormOptions, type BatchNormState } from './batch-norm.js';
import { dropout } from './dropout.js';
import { fractionalMaxPool2d, type FractionalPoolOptions, type Pair } from './fractional-max-pool.js';
import { checkGenerator, type Empty, type FixedLayer, type InitOptions, type Layer } from './layer.js';
import { linear } from './linear.js';
import { Module } from './module.js';
import { residual, type ResidualOptions } from './residual.js';

/** What a module that draws is told. */
export interface Seeded {
  /** Where its numbers come from: there is no hidden global generator. */
  generator: Generator;
}

/** First values of a weight or a bias as a parameter of that name; null for one that does not exist. */
function own(params: object, name: 'weight' | 'bias'): Parameter | null {
  const value = (params as Partial<Record<string, Tensor>>)[name];
  return value === undefined ? null : parameter(value, { name });
}

/** Those of the two that exist, as the pure layers take them. */
function present({ weight, bias }: { weight: Parameter | null; bias: Parameter | null }): { weight: Tensor; bias: Tensor } {
  return { ...(weight && { weight }), ...(bias && { bias }) } as { weight: Tensor; bias: Tensor };
}

/**
 * y = x·Wᵀ + b with weight [out, in] and bias [out]: `linear` with its parameters. They are float32 unless `dtype` says otherwise;
 * plain arrays are float64, so hand float32 models a Float32Array or a tensor.
 * @throws UsageError without a generator, or unless the sizes are positive integers.
 * @see torch.nn.Linear
 * @example
 * const model = new Linear(2, 3, { generator: new Generator(1) });
 * const x = tensor([[1, 2], [3, 4]], { dtype: 'float32' });
 * const y = zeros([2, 3], { dtype: 'float32' });
 * new SGD(model.parameters(), { lr: 0.1 }).minimize(() => mseLoss(model.forward(x), y)).dtype; // → float32
 */
export class Linear extends Module {
  /** Weight [out, in]. */
  readonly weight: Parameter;
  /** Bias [out], or null. */
  readonly bias: Parameter | null;
  readonly #layer: Layer<{ weight: Tensor; bias: Tensor }, Empty>;

  constructor(inFeatures: number, outFeatures: number, options: InitOptions & { bias?: boolean }) {
    super();
    checkOptions('Linear', options, ['bias', 'generator', 'dtype']);
    const { bias = true, ...init } = options ?? {};
    checkGenerator('Linear', init.generator, `new Linear(${inFeatures}, ${outFeatures}, { generator: new Generator(seed) })`);
    this.#layer = linear(inFeatures, outFeatures, { bias }) as Layer<{ weight: Tensor; bias: Tensor }, Empty>;
    const { params } = this.#layer.init(init);
    this.weight = own(params, 'weight')!;
    this.bias = own(params, 'bias');
  }

  forward(x: TensorLike): Tensor {
    return this.run(this.#layer, present(this), x);
  }
}

/**
 * Modules one after another; the keys of the state dict begin with 0, 1, ….
 * @throws UsageError for an argument that is no module.
 * @see torch.nn.Sequential
 * @example
 * const generator = new Generator(1);
 * const model = new Sequential(new Linear(2, 4, { generator }), new Tanh(), new Linear(4, 1, { generator }));
 * model.namedParameters().map(([name, p]) => [name, p.shape]);
 * // → [['0.weight', [4, 2]], ['0.bias', [4]], ['2.weight', [1, 4]], ['2.bias', [1]]]
 */
export class Sequential extends Module {
  /** The modules, in order. */
  readonly modules: readonly Module[];

  constructor(...modules: readonly Module[]) {
    super();
    modules.forEach((m: unknown, i) => {
      if (!(m instanceof Module))
        throw new UsageError('Sequential', `argument ${i} is no Module`, `got ${typeof m}`, 'new ReLU(), not relu');
    });
    this.modules = modules;
  }

  override namedChildren(): [name: string, child: Module][] {
    return this.modules.map((m, i) => [String(i), m]);
  }

  forward(x: TensorLike): Tensor {
    return this.modules.reduce((y, m) => m.forward(y), toTensor(x, 'Sequential'));
  }
}

/**
 * max(0, x) as a module.
 * @example
 * new ReLU().forward([-1, 2]); // → [0, 2]
 */
export class ReLU extends Module {
  forward(x: TensorLike): Tensor {
    return this.run(activation(relu, 'relu'), {}, x);
  }
}

/**
 * 1/(1 + e^−x) as a module.
 * @example
 * new Sigmoid().forward([0]); // → [0.5]
 */
export class Sigmoid extends Module {
  forward(x: TensorLike): Tensor {
    return this.run(activation(sigmoid, 'sigmoid'), {}, x);
  }
}

/**
 * tanh x as a module.
 * @example
 * new Tanh().forward([0, 1000]); // → [0, 1]
 */
export class Tanh extends Module {
  forward(x: TensorLike): Tensor {
    return this.run(activation(tanh, 'tanh'), {}, x);
  }
}

/**
 * ln(1 + e^x) as a module.
 * @example
 * new Softplus().forward([0, 1000]); // → [0.693147, 1000]
 */
export class Softplus extends Module {
  forward(x: TensorLike): Tensor {
    return this.run(activation(softplus, 'softplus'), {}, x);
  }
}

/**
 * `dropout` with a generator: drops in training, does nothing in evaluation.
 * @throws UsageError without a generator, or unless 0 ≤ p < 1.
 * @see torch.nn.Dropout
 * @example
 * const drop = new Dropout(0.5, { generator: new Generator(5) });
 * drop.forward([1, 2, 3, 4]); // → [0, 4, 0, 8]
 * drop.eval().forward([1, 2, 3, 4]); // → [1, 2, 3, 4]
 */
export class Dropout extends Module {
  readonly #layer: FixedLayer<Empty, Empty>;
  readonly #generator: Generator;

  constructor(p: number | undefined, options: Seeded) {
    super();
    checkOptions('Dropout', options, ['generator']);
    this.#generator = checkGenerator('Dropout', options?.generator, `new Dropout(${p}, { generator: new Generator(seed) })`);
    this.#layer = dropout(p);
  }

  forward(x: TensorLike): Tensor {
    return this.run(this.#layer, {}, x, this.#generator);
  }
}

/**
 * `batchNorm1d` with its parameters, and its running statistics as buffers.
 * @throws as `batchNorm1d`.
 * @see torch.nn.BatchNorm1d
 * @example
 * const model = new BatchNorm1d(1, { eps: 0, dtype: 'float64' });
 * model.forward([[1], [3]]); // → [[-1], [1]]
 * model.buffers; // → { running_mean: [0.2], running_var: [1.1], num_batches_tracked: 1 }
 * Object.keys(model.stateDict()); // → ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']
 */
export class BatchNorm1d extends Module {
  /** Factor [C] of the normalised values, or null. */
  readonly weight: Parameter | null;
  /** Bias [C], or null. */
  readonly bias: Parameter | null;
  readonly #layer: FixedLayer<{ weight: Tensor; bias: Tensor }, BatchNormState>;

  constructor(features: number, options: BatchNormOptions & Pick<InitOptions, 'dtype'> = {}) {
    super();
    checkOptions('BatchNorm1d', options, ['eps', 'momentum', 'affine', 'dtype']);
    const { dtype = 'float32', ...rest } = options;
    this.#layer = batchNorm1d(features, rest) as FixedLayer<{ weight: Tensor; bias: Tensor }, BatchNormState>;
    const { params, state } = this.#layer.init({ dtype });
    this.weight = own(params, 'weight');
    this.bias = own(params, 'bias');
    Object.assign(this.buffers, state);
  }

  forward(x: TensorLike): Tensor {
    return this.run(this.#layer, present(this), x);
  }
}

/**
 * x + f(x) for a module f, with stochastic depth when `survival` < 1: see `residual`.
 * @throws UsageError for options out of range, and with survival < 1 without a generator.
 * @example
 * const block = new Residual(new Sequential(new Tanh()), { survival: 0.5, generator: new Generator(1) });
 * block.eval().forward([0, 1]); // → [0, 1.76159]
 */
export class Residual extends Module {
  /** The branch f. */
  readonly module: Module;
  readonly #layer: Layer<Empty, Empty>;
  readonly #generator: Generator | undefined;

  constructor(module: Module, options: ResidualOptions & Partial<Seeded> = {}) {
    super();
    if (!(module instanceof Module)) throw new UsageError('Residual', 'needs a Module', `got ${typeof module}`, 'new ReLU(), not relu');
    checkOptions('Residual', options, ['survival', 'mode', 'generator']);
    const { generator, ...rest } = options;
    // the branch as a layer: it keeps its parameters and its mode to itself
    const branch: Layer<Empty, Empty> = {
      name: 'branch',
      init: () => ({ params: {}, state: {} }),
      apply: (_params, x, { state }) => [module.forward(x), state],
    };
    this.#layer = residual(branch, rest);
    const drawing = (rest.survival ?? 1) < 1 || generator !== undefined;
    const cure = `new Residual(module, { survival: ${rest.survival}, generator: new Generator(seed) })`;
    this.#generator = drawing ? checkGenerator('Residual', generator, cure) : undefined;
    this.module = module;
  }

  forward(x: TensorLike): Tensor {
    return this.run(this.#layer, {}, x, this.#generator);
  }
}

/**
 * `fractionalMaxPool2d` with a generator for training; in evaluation its windows are those of u = ½ (torch draws then, too).
 * @throws as `fractionalMaxPool2d`; UsageError without a generator.
 * @see torch.nn.FractionalMaxPool2d
 * @example
 * const pool = new FractionalMaxPool2d(2, { outputRatio: 0.7, generator: new Generator(1) });
 * pool.forward(zeros([2, 3, 10, 9])).shape; // → [2, 3, 7, 6]
 */
export class FractionalMaxPool2d extends Module {
  readonly #layer: FixedLayer<Empty, Empty>;
  readonly #generator: Generator;

  constructor(kernelSize: Pair, options: FractionalPoolOptions & Seeded) {
    super();
    checkOptions('FractionalMaxPool2d', options, ['outputSize', 'outputRatio', 'generator']);
    const { generator, ...rest } = options ?? {};
    this.#generator = checkGenerator(
      'FractionalMaxPool2d',
      generator,
      'new FractionalMaxPool2d(kernelSize, { generator: new Generator(seed), … })',
    );
    this.#layer = fractionalMaxPool2d(kernelSize, rest);
  }

  forward(x: TensorLike): Tensor {
    return this.run(this.#layer, {}, x, this.#generator);
  }
}
