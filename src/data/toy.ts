/**
 * @file Toy data: the hard cases of linear classifiers, and noisy values of a polynomial. Seeded: the same generator, the same points.
 */
import { checkOptions, UsageError } from '../graph/errors.js';
import { Tensor } from '../graph/tensor.js';
import { add } from '../ops/arithmetic.js';
import { Generator, normal, uniform } from '../ops/random.js';

/** Points in the plane with class labels. */
export interface ToyData {
  /** float64 [N, 2]. */
  readonly X: Tensor;
  /** int32 [N]. */
  readonly y: Tensor;
}

/** What every generator of points takes. */
export interface ToyOptions {
  /** Where the randomness comes from. */
  generator: Generator;
  /** Standard deviation of noise that is added to the points after they got their class; default 0. */
  noise?: number;
}

function checkToy(op: string, n: number, options: ToyOptions, known: readonly string[] = []): number {
  checkOptions(op, options, ['generator', 'noise', ...known]);
  if (!(options?.generator instanceof Generator))
    throw new UsageError(op, 'needs a generator', undefined, `${op}(n, { generator: new Generator(seed) })`);
  if (!Number.isInteger(n) || n < 1) throw new UsageError(op, 'n must be a whole number of points from 1', String(n));
  const { noise = 0 } = options;
  if (!(noise >= 0 && noise < Infinity)) throw new UsageError(op, 'noise must be a number from 0', String(noise));
  return noise;
}

/** Points spread evenly over the square [−limit, limit]², with a class by place. */
function square(n: number, limit: number, { generator }: ToyOptions, noise: number, classOf: (x: number, y: number) => number): ToyData {
  const X = uniform([n, 2], { generator, low: -limit, high: limit });
  const y = Int32Array.from({ length: n }, (_, i) => classOf(X.data[2 * i]!, X.data[2 * i + 1]!));
  return labelled(X, y, generator, noise);
}

function labelled(X: Tensor, y: Int32Array, generator: Generator, noise: number): ToyData {
  // A sum, not a write into X: tensors are immutable, and a replay of the tape gives the same points.
  const points = noise > 0 ? add(X, normal(X.shape, { generator, std: noise })) : X;
  return { X: points, y: new Tensor([y.length], 'int32', y, null) };
}

/**
 * Class 1 where 1 ≤ ‖x‖₂ ≤ 2, class 0 inside and outside; points spread evenly over [−2.5, 2.5]².
 * @throws UsageError without a generator or for an n that is no positive whole number.
 * @see lecture 004:114; system 31
 * @example
 * const { X, y } = annulus(100, { generator: new Generator(1) });
 * y.data.every((c, i) => (c === 1) === (Math.abs(Math.hypot(X.data[2 * i]!, X.data[2 * i + 1]!) - 1.5) <= 0.5)); // → true
 */
export function annulus(n: number, options: ToyOptions): ToyData {
  const noise = checkToy('annulus', n, options);
  return square(n, 2.5, options, noise, (x, y) => Number(x * x + y * y >= 1 && x * x + y * y <= 4));
}

const MODES = [90, 210, 330].map(
  (degrees) => [1.6 * Math.cos((degrees * Math.PI) / 180), 1.6 * Math.sin((degrees * Math.PI) / 180)] as const,
);

/**
 * Class 1 in three discs of radius 0.8, class 0 elsewhere; points spread evenly over [−2.5, 2.5]².
 * @throws the errors of `annulus`.
 * @see lecture 004:114; system 31
 * @example
 * threeModes(5, { generator: new Generator(1) }).X.shape; // → [5, 2]
 */
export function threeModes(n: number, options: ToyOptions): ToyData {
  const noise = checkToy('threeModes', n, options);
  return square(n, 2.5, options, noise, (x, y) => Number(MODES.some(([a, b]) => (x - a) ** 2 + (y - b) ** 2 <= 0.64)));
}

/**
 * Class 1 where the signs of the coordinates differ, class 0 where they agree; points spread evenly over [−1, 1]².
 * @throws the errors of `annulus`.
 * @see lectures 000:51, 004:114; system 31
 * @example
 * const { X, y } = xor(50, { generator: new Generator(1) });
 * y.data.every((c, i) => (c === 1) === X.data[2 * i]! * X.data[2 * i + 1]! < 0); // → true
 */
export function xor(n: number, options: ToyOptions): ToyData {
  const noise = checkToy('xor', n, options);
  return square(n, 1, options, noise, (x, y) => Number(x * y < 0));
}

/** Options of `spirals`. */
export interface SpiralOptions extends ToyOptions {
  /** Number of arms, a class each; default 2. */
  classes?: number;
}

/**
 * Interleaved spirals, an arm a class: radius t, angle 4t + 2πc/C, for t spread evenly over [0, 1). Points take their classes in turn.
 * @throws the errors of `annulus`; UsageError for fewer than one class.
 * @example
 * spirals(6, { generator: new Generator(1), classes: 3 }).y; // → [0, 1, 2, 0, 1, 2]
 */
export function spirals(n: number, options: SpiralOptions): ToyData {
  const noise = checkToy('spirals', n, options, ['classes']);
  const { generator, classes = 2 } = options;
  if (!Number.isInteger(classes) || classes < 1) throw new UsageError('spirals', 'classes must be a whole number from 1', String(classes));
  const t = uniform([n], { generator });
  const X = new Float64Array(2 * n);
  const y = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    y[i] = i % classes;
    const angle = 4 * t.data[i]! + (2 * Math.PI * y[i]!) / classes;
    X[2 * i] = t.data[i]! * Math.cos(angle);
    X[2 * i + 1] = t.data[i]! * Math.sin(angle);
  }
  return labelled(new Tensor([n, 2], 'float64', X, null), y, generator, noise);
}

/** Options of `noisyPolynomial`. */
export interface PolynomialOptions extends ToyOptions {
  /** c₀, c₁, …: Σ cᵢ·xⁱ; default [0, 1, 0, −1]. */
  coefficients?: readonly number[];
  /** Where x begins; default −1. */
  low?: number;
  /** Where x ends; default 1. */
  high?: number;
}

/**
 * x spread evenly over [low, high), y = Σ cᵢ·xⁱ plus noise: what under- and over-fitting is shown with.
 * @throws the errors of `annulus`; UsageError for an empty range, no coefficients, or coefficients that are no finite numbers.
 * @see lecture 003:186
 * @example
 * const { x, y } = noisyPolynomial(3, { generator: new Generator(1), coefficients: [1, 2] });
 * y.sub(x.mul(2)); // → [1, 1, 1]
 */
export function noisyPolynomial(n: number, options: PolynomialOptions): { x: Tensor; y: Tensor } {
  const noise = checkToy('noisyPolynomial', n, options, ['coefficients', 'low', 'high']);
  const { generator, coefficients = [0, 1, 0, -1], low = -1, high = 1 } = options;
  if (coefficients.length === 0) throw new UsageError('noisyPolynomial', 'needs coefficients', '[]');
  if (!coefficients.every(Number.isFinite))
    throw new UsageError('noisyPolynomial', 'coefficients must be finite numbers', `[${coefficients.join(', ')}]`);
  const x = uniform([n], { generator, low, high });
  const shift = normal([n], { generator, std: noise });
  // Horner: (…(c_k·x + c_{k−1})·x + …) + c_0
  const y = Float64Array.from(x.data, (v, i) => coefficients.reduceRight((s, c) => s * v + c, 0) + shift.data[i]!);
  return { x, y: new Tensor([n], 'float64', y, null) };
}
