/**
 * @file First values of parameters: torch.nn.init's names and defaults, but each makes a new tensor. The public name is `init.…`.
 *
 * A weight is [out, in, ...receptive field], as in torch: fanIn = in·|field|, fanOut = out·|field|.
 */
import { tensor } from '../graph/create.js';
import { isFloat } from '../graph/dtype.js';
import { checkOptions, DTypeError, ShapeError, UsageError } from '../graph/errors.js';
import { checkShape, type Shape, showShape, sizeOf } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { normalQuantile } from '../kernels/random.js';
import { full, zeros } from '../ops/create.js';
import { Generator, normal as drawNormal, uniform as drawUniform } from '../ops/random.js';
import { orthonormalise } from './orthonormal.js';

/** Options of every initialiser that draws. */
export interface DrawOptions {
  /** Where the numbers come from: there is no hidden global generator. */
  generator: Generator;
  /** float32 (default) or float64. */
  dtype?: 'float32' | 'float64';
}

/** Options of the Xavier initialisers and of `orthogonal`. */
export interface GainOptions extends DrawOptions {
  /** Factor of the standard deviation, for example `calculateGain('tanh')`; default 1. */
  gain?: number;
}

/** Options of the Kaiming initialisers. */
export interface KaimingOptions extends DrawOptions {
  /** Slope of a leaky relu for x < 0; default 0, which is relu. */
  a?: number;
  /** Keep the variance of activations ('fan_in', the default) or of gradients ('fan_out')? */
  mode?: 'fan_in' | 'fan_out';
  /** What follows the layer; default 'leaky_relu'. */
  nonlinearity?: Nonlinearity;
}

/** Functions that a gain is known for; torch's names. */
export type Nonlinearity =
  | 'linear'
  | 'conv1d'
  | 'conv2d'
  | 'conv3d'
  | 'conv_transpose1d'
  | 'conv_transpose2d'
  | 'conv_transpose3d'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'leaky_relu'
  | 'selu';

const GAINS: Readonly<Record<Nonlinearity, (slope: number) => number>> = {
  linear: () => 1,
  conv1d: () => 1,
  conv2d: () => 1,
  conv3d: () => 1,
  conv_transpose1d: () => 1,
  conv_transpose2d: () => 1,
  conv_transpose3d: () => 1,
  sigmoid: () => 1,
  tanh: () => 5 / 3,
  relu: () => Math.SQRT2,
  leaky_relu: (slope) => Math.sqrt(2 / (1 + slope ** 2)),
  selu: () => 3 / 4,
};

/**
 * The factor by which a layer followed by this function keeps its variance: 1 for linear, conv and sigmoid, 5/3 for tanh, √2 for relu,
 * √(2/(1 + slope²)) for leaky_relu (slope 0.01 when left out), 3/4 for selu.
 * @throws UsageError for an unknown name.
 * @see torch.nn.init.calculate_gain
 * @example
 * init.calculateGain('leaky_relu', 0.2); // → 1.38675
 */
export function calculateGain(nonlinearity: Nonlinearity, slope = 0.01): number {
  if (!Object.hasOwn(GAINS, nonlinearity))
    throw new UsageError('calculateGain', `unknown nonlinearity '${nonlinearity}'`, `known: ${Object.keys(GAINS).join(', ')}`);
  return GAINS[nonlinearity](finite('calculateGain', 'slope', slope));
}

function finite(op: string, name: string, value: number): number {
  if (!Number.isFinite(value)) throw new UsageError(op, `${name} must be a finite number`, `got ${String(value)}`);
  return value;
}

function positive(op: string, name: string, value: number): number {
  if (!(value > 0 && value < Infinity)) throw new UsageError(op, `${name} must be a positive number`, `got ${String(value)}`);
  return value;
}

/** Checks what all initialisers that draw have in common. */
function checkDraw<O extends DrawOptions>(op: string, shape: Shape, options: O, known: readonly string[]): O & Required<DrawOptions> {
  checkOptions(op, options, ['generator', 'dtype', ...known]);
  checkShape(op, shape);
  if (!(options?.generator instanceof Generator))
    throw new UsageError(op, 'needs a generator', undefined, `init.${op}(…, { generator: new Generator(seed) })`);
  const { dtype = 'float32' } = options;
  if (!isFloat(dtype)) throw new DTypeError(op, 'draws float32 or float64', `got ${String(dtype)}`);
  return { ...options, dtype };
}

/** Numbers of inputs and outputs of a unit with a weight [out, in, ...field]. */
function fans(op: string, shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2)
    throw new ShapeError(op, 'fan in and fan out need a shape [out, in, …] of at least 2 axes', `got ${showShape(shape)}`);
  const field = sizeOf(shape.slice(2));
  return { fanIn: shape[1]! * field, fanOut: shape[0]! * field };
}

/** Mean 0 and standard deviation std, uniform on ±√3·std or normal; a shape without elements has no fans and needs none. */
function spreadOut(shape: Shape, kind: 'uniform' | 'normal', std: number, { generator, dtype }: Required<DrawOptions>): Tensor {
  if (sizeOf(shape) === 0) return zeros(shape, { dtype });
  const bound = Math.sqrt(3) * std;
  return kind === 'uniform'
    ? drawUniform(shape, { generator, dtype, low: -bound, high: bound })
    : drawNormal(shape, { generator, dtype, std });
}

/**
 * Uniform on [a, b), default [0, 1).
 * @throws UsageError without a generator, or unless a < b.
 * @example
 * init.uniform([2, 3], { generator: new Generator(1), a: -1, b: 1 }).dtype; // → float32
 */
export function uniform(shape: Shape, options: DrawOptions & { a?: number; b?: number }): Tensor {
  const { a = 0, b = 1, generator, dtype } = checkDraw('uniform', shape, options, ['a', 'b']);
  if (!(finite('uniform', 'a', a) < finite('uniform', 'b', b))) throw new UsageError('uniform', 'needs a < b', `${a}, ${b}`);
  return drawUniform(shape, { generator, dtype, low: a, high: b });
}

/**
 * Normal of given mean (default 0) and standard deviation (default 1).
 * @throws UsageError without a generator, or for a standard deviation that is not positive.
 * @example
 * init.normal([100], { generator: new Generator(1), std: 0.01 }).shape; // → [100]
 */
export function normal(shape: Shape, options: DrawOptions & { mean?: number; std?: number }): Tensor {
  const { mean = 0, std = 1, generator, dtype } = checkDraw('normal', shape, options, ['mean', 'std']);
  return drawNormal(shape, { generator, dtype, mean: finite('normal', 'mean', mean), std: positive('normal', 'std', std) });
}

/**
 * P(Z < z) of a standard normal Z, for z ≤ 0: the p whose quantile is z, halved down to and then found by bisection. Like the quantile
 * itself it uses only + − × ÷ √, so draws have the same bits on every engine.
 */
function lowerTail(z: number): number {
  let high = 0.5;
  if (z >= 0) return high;
  while (high > 2 ** -1000 && normalQuantile(high / 2) > z) high /= 2;
  let low = high / 2;
  if (normalQuantile(low) > z) return 0; // beyond z = −36
  for (let i = 0; i < 54; i++) {
    const middle = (low + high) / 2;
    if (normalQuantile(middle) > z) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * Normal of given mean (0) and standard deviation (1), restricted to [a, b] (default [−2, 2]; absolute values, not multiples of std):
 * the quantile of a uniform number between the ends' probabilities.
 * @throws UsageError unless a < b, or when the interval holds next to nothing of the distribution.
 * @see torch.nn.init.trunc_normal_
 * @example
 * const w = init.truncNormal([1000], { generator: new Generator(1), std: 0.02, a: -0.04, b: 0.04 });
 * le(max(abs(w)), 0.04); // → true
 */
export function truncNormal(shape: Shape, options: DrawOptions & { mean?: number; std?: number; a?: number; b?: number }): Tensor {
  const op = 'truncNormal';
  const { mean = 0, std = 1, a = -2, b = 2, generator, dtype } = checkDraw(op, shape, options, ['mean', 'std', 'a', 'b']);
  finite(op, 'mean', mean);
  positive(op, 'std', std);
  if (!(a < b)) throw new UsageError(op, 'needs a < b', `${a}, ${b}`);
  // an interval above the mean is drawn as its mirror image, where probabilities near 0 keep their precision
  const sign = a > mean ? -1 : 1;
  const [from, to] = sign < 0 ? [(mean - b) / std, (mean - a) / std] : [(a - mean) / std, (b - mean) / std];
  const low = lowerTail(from);
  const high = to <= 0 ? lowerTail(to) : 1 - lowerTail(-to);
  if (!(high - low > 1e-290)) throw new UsageError(op, 'the interval holds next to nothing of the distribution', `[${a}, ${b}]`);
  const out = drawUniform(shape, { generator, low, high }).data.map((p: number) =>
    Math.min(Math.max(mean + sign * std * normalQuantile(Math.max(p, 2 ** -1000)), a), b),
  );
  return tensor(out, { shape, dtype });
}

/**
 * One value everywhere.
 * @throws DTypeError for a dtype that is no float.
 * @example
 * init.constant([2], 0.1, { dtype: 'float64' }); // → [0.1, 0.1]
 */
export function constant(shape: Shape, value: number, options: Pick<DrawOptions, 'dtype'> = {}): Tensor {
  checkOptions('constant', options, ['dtype']);
  checkShape('constant', shape);
  const { dtype = 'float32' } = options;
  if (!isFloat(dtype)) throw new DTypeError('constant', 'makes float32 or float64', `got ${String(dtype)}`);
  return full(shape, value, { dtype });
}

function xavier(op: string, kind: 'uniform' | 'normal', shape: Shape, options: GainOptions): Tensor {
  const { gain = 1, ...draw } = checkDraw(op, shape, options, ['gain']);
  const { fanIn, fanOut } = fans(op, shape);
  return spreadOut(shape, kind, positive(op, 'gain', gain) * Math.sqrt(2 / (fanIn + fanOut)), draw);
}

/**
 * Glorot's uniform: ±gain·√(6/(fanIn + fanOut)).
 * @throws ShapeError for fewer than 2 axes; UsageError without a generator.
 * @see Glorot & Bengio 2010; torch.nn.init.xavier_uniform_
 * @example
 * lt(max(init.xavierUniform([3, 3], { generator: new Generator(1) })), 1); // → true
 */
export function xavierUniform(shape: Shape, options: GainOptions): Tensor {
  return xavier('xavierUniform', 'uniform', shape, options);
}

/**
 * Glorot's normal: standard deviation gain·√(2/(fanIn + fanOut)).
 * @throws ShapeError for fewer than 2 axes; UsageError without a generator.
 * @see Glorot & Bengio 2010; torch.nn.init.xavier_normal_
 * @example
 * init.xavierNormal([3, 4], { generator: new Generator(1), gain: init.calculateGain('tanh') }).shape; // → [3, 4]
 */
export function xavierNormal(shape: Shape, options: GainOptions): Tensor {
  return xavier('xavierNormal', 'normal', shape, options);
}

function kaiming(op: string, kind: 'uniform' | 'normal', shape: Shape, options: KaimingOptions): Tensor {
  const { a = 0, mode = 'fan_in', nonlinearity = 'leaky_relu', ...draw } = checkDraw(op, shape, options, ['a', 'mode', 'nonlinearity']);
  if (mode !== 'fan_in' && mode !== 'fan_out') throw new UsageError(op, `mode must be 'fan_in' or 'fan_out'`, `got '${String(mode)}'`);
  const { fanIn, fanOut } = fans(op, shape);
  const gain = calculateGain(nonlinearity, finite(op, 'a', a));
  return spreadOut(shape, kind, gain / Math.sqrt(mode === 'fan_in' ? fanIn : fanOut), draw);
}

/**
 * He's uniform: ±gain·√(3/fan), where gain = √(2/(1 + a²)) before a leaky relu of slope a.
 * @throws ShapeError for fewer than 2 axes; UsageError without a generator or for an unknown mode.
 * @see He et al. 2015; torch.nn.init.kaiming_uniform_
 * @example
 * lt(max(init.kaimingUniform([4, 6], { generator: new Generator(1) })), 1); // → true
 */
export function kaimingUniform(shape: Shape, options: KaimingOptions): Tensor {
  return kaiming('kaimingUniform', 'uniform', shape, options);
}

/**
 * He's normal: standard deviation gain/√fan.
 * @throws ShapeError for fewer than 2 axes; UsageError without a generator or for an unknown mode.
 * @see He et al. 2015; torch.nn.init.kaiming_normal_
 * @example
 * init.kaimingNormal([4, 6], { generator: new Generator(1), mode: 'fan_out', nonlinearity: 'relu' }).shape; // → [4, 6]
 */
export function kaimingNormal(shape: Shape, options: KaimingOptions): Tensor {
  return kaiming('kaimingNormal', 'normal', shape, options);
}

/**
 * A matrix with orthonormal rows or columns, whichever are fewer, times gain: the Q of the QR of normal numbers, its signs such that R
 * has a positive diagonal, so that all such matrices are equally likely. Axes after the first count as one.
 * @throws ShapeError for fewer than 2 axes; UsageError without a generator.
 * @see Saxe, McClelland, Ganguli 2014; Mezzadri 2007; torch.nn.init.orthogonal_
 * @example
 * const q = init.orthogonal([2, 3], { generator: new Generator(1), dtype: 'float64' });
 * allclose(matmul(q, transpose(q)), eye(2)); // → true
 */
export function orthogonal(shape: Shape, options: GainOptions): Tensor {
  const { gain = 1, generator, dtype } = checkDraw('orthogonal', shape, options, ['gain']);
  positive('orthogonal', 'gain', gain);
  if (shape.length < 2) throw new ShapeError('orthogonal', 'needs a shape of at least 2 axes', `got ${showShape(shape)}`);
  const rows = shape[0]!;
  const columns = sizeOf(shape.slice(1));
  const out = drawNormal(shape, { generator }).data;
  // the vectors are the columns of a tall matrix, the rows of a wide one
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const at = (i: number, k: number): number => (rows < columns ? i * columns + k : k * columns + i);
  const vectors = Array.from({ length: count }, (_, i) => Float64Array.from({ length }, (_, k) => out[at(i, k)]!));
  orthonormalise(vectors);
  vectors.forEach((v, i) => v.forEach((x, k) => (out[at(i, k)] = gain * x)));
  return tensor(out, { shape, dtype });
}

/** Another name of `xavierUniform`. */
export const glorotUniform: typeof xavierUniform = xavierUniform;
/** Another name of `xavierNormal`. */
export const glorotNormal: typeof xavierNormal = xavierNormal;
/** Another name of `kaimingUniform`. */
export const heUniform: typeof kaimingUniform = kaimingUniform;
/** Another name of `kaimingNormal`. */
export const heNormal: typeof kaimingNormal = kaimingNormal;
