/**
 * @file Convolutions and pooling as modules, as in torch.
 */
import { type TensorLike, toTensor } from '../../graph/create.js';
import { checkOptions, ShapeError, UsageError } from '../../graph/errors.js';
import type { Parameter } from '../../graph/parameter.js';
import { showShape, sizeOf } from '../../graph/shape.js';
import type { Tensor } from '../../graph/tensor.js';
import { conv1d, conv2d, type ConvOptions } from '../../ops/convolution.js';
import { parameter } from '../../ops/parameter.js';
import { avgPool1d, avgPool2d, type AvgPoolOptions, maxPool1d, maxPool2d, type MaxPoolOptions } from '../../ops/pooling.js';
import { reshape } from '../../ops/shaping.js';
import { checkPerAxis, type PerAxis } from '../../ops/spatial.js';
import { kaimingUniform, uniform } from '../init.js';
import { checkCount, checkGenerator, type InitOptions } from './layer.js';
import { Module } from './module.js';

/** Options of `Conv1d` and `Conv2d`: those of the convolution, and how its parameters are made. */
export interface ConvLayerOptions extends ConvOptions, InitOptions {
  /** Is there a bias? Default true. */
  bias?: boolean;
}

/** A convolution with its parameters; its first values are torch's, both uniform on ±1/√(channels of a group · size of the kernel). */
abstract class Convolution extends Module {
  /** Weight [out, in/groups, …kernel]. */
  readonly weight: Parameter;
  /** Bias [out], or null. */
  readonly bias: Parameter | null;
  readonly #options: ConvOptions;

  protected constructor(name: string, rank: 1 | 2, channels: readonly [number, number], kernelSize: PerAxis, given: ConvLayerOptions) {
    super();
    checkOptions(name, given, ['stride', 'padding', 'dilation', 'groups', 'bias', 'generator', 'dtype']);
    const { bias = true, generator, dtype = 'float32', ...options } = given ?? {};
    checkGenerator(name, generator, `new ${name}(${channels.join(', ')}, kernelSize, { generator: new Generator(seed) })`);
    const [inChannels, outChannels] = channels;
    const { groups = 1 } = options;
    for (const [what, value] of Object.entries({ inChannels, outChannels, groups })) checkCount(name, what, value);
    if (inChannels % groups !== 0 || outChannels % groups !== 0)
      throw new UsageError(name, 'groups must divide both numbers of channels', `got ${groups} for ${inChannels} and ${outChannels}`);
    const kernel = checkPerAxis(name, 'kernelSize', kernelSize, rank, 1);
    const from = { generator, dtype };
    const bound = 1 / Math.sqrt((inChannels / groups) * sizeOf(kernel));
    const weight = kaimingUniform([outChannels, inChannels / groups, ...kernel], { ...from, a: Math.sqrt(5) });
    this.weight = parameter(weight, { name: 'weight' });
    this.bias = bias ? parameter(uniform([outChannels], { ...from, a: -bound, b: bound }), { name: 'bias' }) : null;
    this.#options = options;
  }

  /** The convolution of x by an op. */
  protected by(op: typeof conv2d, x: TensorLike): Tensor {
    return op(x, this.weight, this.bias, this.#options);
  }
}

/**
 * `conv1d` with weight [out, in/groups, kernelSize] and bias [out]: x [N, in, L] or [in, L]. Parameters are float32 unless `dtype` says
 * otherwise.
 * @throws UsageError without a generator, or for sizes out of range.
 * @see torch.nn.Conv1d
 * @example
 * new Conv1d(2, 3, 5, { padding: 2, generator: new Generator(1) }).forward(zeros([4, 2, 10])).shape; // → [4, 3, 10]
 */
export class Conv1d extends Convolution {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvLayerOptions) {
    super('Conv1d', 1, [inChannels, outChannels], kernelSize, options);
  }

  forward(x: TensorLike): Tensor {
    return this.by(conv1d, x);
  }
}

/**
 * `conv2d` with weight [out, in/groups, kh, kw] and bias [out]: x [N, in, H, W] or [in, H, W]. Parameters are float32 unless `dtype` says
 * otherwise.
 * @throws UsageError without a generator, or for sizes out of range.
 * @see torch.nn.Conv2d
 * @example
 * const generator = new Generator(1);
 * const model = new Sequential(
 *   new Conv2d(1, 4, 3, { padding: 'same', generator }),
 *   new ReLU(),
 *   new MaxPool2d(2),
 *   new Flatten(),
 *   new Linear(4 * 14 * 14, 10, { generator }),
 * );
 * model.forward(zeros([5, 1, 28, 28])).shape; // → [5, 10]
 * model.namedParameters().map(([name, p]) => [name, p.shape]).slice(0, 2); // → [['0.weight', [4, 1, 3, 3]], ['0.bias', [4]]]
 */
export class Conv2d extends Convolution {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvLayerOptions) {
    super('Conv2d', 2, [inChannels, outChannels], kernelSize, options);
  }

  forward(x: TensorLike): Tensor {
    return this.by(conv2d, x);
  }
}

/** A pooling with its settings; they are checked when it first meets an input. */
abstract class Pooling<O extends MaxPoolOptions | AvgPoolOptions> extends Module {
  readonly #kernelSize: PerAxis;
  readonly #options: O;

  constructor(kernelSize: PerAxis, options: O = {} as O) {
    super();
    this.#kernelSize = kernelSize;
    this.#options = options;
  }

  /** The pooling of x by an op. */
  protected by(op: (x: TensorLike, kernelSize: PerAxis, options: O) => Tensor, x: TensorLike): Tensor {
    return op(x, this.#kernelSize, this.#options);
  }
}

/**
 * `maxPool1d` as a module.
 * @see torch.nn.MaxPool1d
 * @example
 * new MaxPool1d(2).forward([[1, 5, 2, 4]]); // → [[5, 4]]
 */
export class MaxPool1d extends Pooling<MaxPoolOptions> {
  forward(x: TensorLike): Tensor {
    return this.by(maxPool1d, x);
  }
}

/**
 * `maxPool2d` as a module.
 * @see torch.nn.MaxPool2d
 * @example
 * new MaxPool2d(2).forward([[[1, 2, 3, 4], [5, 6, 7, 8]]]); // → [[[6, 8]]]
 */
export class MaxPool2d extends Pooling<MaxPoolOptions> {
  forward(x: TensorLike): Tensor {
    return this.by(maxPool2d, x);
  }
}

/**
 * `avgPool1d` as a module.
 * @see torch.nn.AvgPool1d
 * @example
 * new AvgPool1d(2).forward([[1, 5, 2, 4]]); // → [[3, 3]]
 */
export class AvgPool1d extends Pooling<AvgPoolOptions> {
  forward(x: TensorLike): Tensor {
    return this.by(avgPool1d, x);
  }
}

/**
 * `avgPool2d` as a module.
 * @see torch.nn.AvgPool2d
 * @example
 * new AvgPool2d(2).forward([[[1, 2], [3, 6]]]); // → [[[3]]]
 */
export class AvgPool2d extends Pooling<AvgPoolOptions> {
  forward(x: TensorLike): Tensor {
    return this.by(avgPool2d, x);
  }
}

/**
 * All axes but the first as one: [N, …] → [N, features].
 * @throws ShapeError for a scalar.
 * @see torch.nn.Flatten
 * @example
 * new Flatten().forward(zeros([2, 3, 4, 4])).shape; // → [2, 48]
 */
export class Flatten extends Module {
  forward(x: TensorLike): Tensor {
    const t = toTensor(x, 'Flatten');
    if (t.ndim === 0) throw new ShapeError('Flatten', 'needs an axis of examples', showShape(t.shape));
    return reshape(t, [t.shape[0]!, sizeOf(t.shape.slice(1))]);
  }
}
