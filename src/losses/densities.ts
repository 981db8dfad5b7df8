/**
 * @file Log-densities as expressions, and the loss that maximum likelihood makes of one: Gaussian, Laplace, Bernoulli, categorical.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { isFloat } from '../graph/dtype.js';
import { checkOptions, DataError, ShapeError, UsageError } from '../graph/errors.js';
import { broadcastShapes, checkShape, sameShape, type Shape, showShape } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import { verify } from '../graph/tape.js';
import { checkLabelValues } from '../kernels/indexing.js';
import { sigmoid, softplus } from '../ops/activations.js';
import { abs, add, div, mul, neg, square, sub } from '../ops/arithmetic.js';
import { stopGradient } from '../ops/casting.js';
import { cumsum } from '../ops/cumulative.js';
import { log, log1p } from '../ops/exponential.js';
import { max } from '../ops/extrema.js';
import { oneHot, pick } from '../ops/indexing.js';
import { eq, le, lt, where } from '../ops/logic.js';
import { Generator, normal, type RandomOptions, uniform } from '../ops/random.js';
import { broadcastTo } from '../ops/shaping.js';
import { logsumexp, softmax } from '../ops/softmax.js';
import { sum } from '../ops/sum.js';
import { noGrad } from '../transforms/custom.js';
import { type Loss, loss } from './loss.js';

/**
 * A probability density (or mass) whose log-probability is an expression on the tape. Parameters in it are read at every call, so that
 * it follows what an optimizer does to them.
 */
export interface Density {
  /** log p(y), elementwise after broadcasting with the parameters; differentiable in them, and in y where y is continuous. */
  logProb(y: TensorLike): Tensor;
  /** Draws: axes of the given shape before those of the parameters. They are constants: no gradient goes through a draw. */
  sample(shape: Shape, options: { generator: Generator }): Tensor;
}

/** What a density keeps: plain numbers stay weak, parameters keep moving, arrays are copied. */
export const held = (name: string, x: TensorLike): TensorLike => (typeof x === 'number' || x instanceof Tensor ? x : toTensor(x, name));

/** Arguments as tensors. A plain number is float32 where the others are, as between the two operands of an op. */
function together(name: string, xs: readonly TensorLike[]): Tensor[] {
  const floats = xs.flatMap((x) => (typeof x === 'number' ? [] : [toTensor(x, name).dtype])).filter(isFloat);
  const weak = floats.includes('float32') && !floats.includes('float64') ? 'float32' : 'float64';
  return xs.map((x) => toTensor(x, name, weak));
}

/** The generator among the checked arguments of `sample`. */
export function generatorOf(name: string, shape: Shape, options: { generator: Generator }): Generator {
  checkOptions(`${name}.sample`, options, ['generator']);
  checkShape(`${name}.sample`, shape);
  if (!(options?.generator instanceof Generator))
    throw new UsageError(`${name}.sample`, 'needs a generator', undefined, 'sample([n], { generator: new Generator(seed) })');
  return options.generator;
}

/** A density of z = (y − location)/scale: log p(y) = log p(z) − log scale, and location + scale·z is a draw. */
function locationScale(
  name: string,
  location: TensorLike,
  scaleName: string,
  scale: TensorLike,
  standard: { logProb: (z: Tensor) => Tensor; sample: (shape: Shape, options: RandomOptions) => Tensor },
): Density {
  const kept = [held(name, location), held(name, scale)];
  const read = (y: TensorLike): { at: Tensor; by: Tensor; t: Tensor; shape: Shape } => {
    const [at, by, t] = together(name, [...kept, y]) as [Tensor, Tensor, Tensor];
    verify(by, (values) => {
      const odd = values.find((v) => !(v > 0));
      if (odd !== undefined)
        throw new UsageError(name, `${scaleName} must be positive`, `got ${odd}`, 'to learn it, let it be exp or softplus of a parameter');
    });
    const shape = broadcastShapes(name, at.shape, by.shape);
    broadcastShapes(name, shape, t.shape);
    return { at, by, t, shape };
  };
  read(0);
  return {
    logProb: (y) => {
      const { at, by, t } = read(y);
      return sub(standard.logProb(div(sub(t, at), by)), log(by));
    },
    sample: (shape, options) => {
      const generator = generatorOf(name, shape, options);
      const { at, by, shape: own } = read(0);
      const dtype = add(at, by).dtype === 'float32' ? 'float32' : 'float64';
      return stopGradient(add(at, mul(by, standard.sample([...shape, ...own], { generator, dtype }))));
    },
  };
}

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/** Options of `gaussian`. */
export interface GaussianOptions {
  /** Standard deviation σ > 0; default 1. */
  std?: TensorLike;
}

/**
 * Gaussian density: log p(y) = −½ log(2πσ²) − (y − μ)²/(2σ²), elementwise. Its likeliest location is the mean, as of `mseLoss`.
 * @throws UsageError unless every std is positive; ShapeError when the shapes do not broadcast.
 * @see lecture 000:248 (the log-likelihood printed there has the sign of ½ log σ² wrong); torch.distributions.Normal
 * @example
 * gaussian(0).logProb([0, 1]); // → [-0.918939, -1.41894]
 * gaussian([0, 5], { std: 0.1 }).sample([3], { generator: new Generator(7) }).shape; // → [3, 2]
 */
export function gaussian(mean: TensorLike, options: GaussianOptions = {}): Density {
  checkOptions('gaussian', options, ['std']);
  return locationScale('gaussian', mean, 'std', options.std ?? 1, {
    logProb: (z) => sub(mul(-0.5, square(z)), HALF_LOG_2PI),
    sample: normal,
  });
}

/** Options of `laplace`. */
export interface LaplaceOptions {
  /** Scale b > 0, the mean of |y − μ|; default 1. */
  scale?: TensorLike;
}

/** ±e with e = −log(1 − u) exponential: v of [0, 2) is a side and a u of [0, 1), so that no draw is infinite. */
function standardLaplace(shape: Shape, options: RandomOptions): Tensor {
  const v = uniform(shape, { ...options, high: 2 });
  return where(lt(v, 1), log1p(neg(v)), neg(log1p(sub(1, v))));
}

/**
 * Laplace density: log p(y) = −log 2b − |y − μ|/b, elementwise. Its heavier tails forgive outliers: its likeliest location is the median,
 * as of `l1Loss`. At y = μ the derivative is 0, that of abs.
 * @throws UsageError unless every scale is positive; ShapeError when the shapes do not broadcast.
 * @see lecture 000:273; torch.distributions.Laplace
 * @example
 * laplace(0).logProb([0, 1]); // → [-0.693147, -1.69315]
 */
export function laplace(location: TensorLike, options: LaplaceOptions = {}): Density {
  checkOptions('laplace', options, ['scale']);
  return locationScale('laplace', location, 'scale', options.scale ?? 1, {
    logProb: (z) => sub(neg(abs(z)), Math.LN2),
    sample: standardLaplace,
  });
}

/** Parameters of a density of outcomes: exactly one of the two. */
export type ProbsOrLogits =
  { readonly probs: TensorLike; readonly logits?: undefined } | { readonly logits: TensorLike; readonly probs?: undefined };

/** Which of the two was given, and how to read it now. */
function outcomes(
  name: string,
  options: ProbsOrLogits,
  check: (t: Tensor, given: 'probs' | 'logits') => void,
): { given: 'probs' | 'logits'; read: () => Tensor } {
  checkOptions(name, options, ['probs', 'logits']);
  const { probs, logits } = options ?? {};
  const wrong = 'needs exactly one of probs and logits';
  if (probs !== undefined && logits !== undefined) throw new UsageError(name, wrong, 'got both');
  const values = probs ?? logits;
  if (values === undefined) throw new UsageError(name, wrong, 'got neither', `${name}({ logits: s })`);
  const kept = held(name, values);
  const given = probs === undefined ? 'logits' : 'probs';
  const read = (): Tensor => {
    const t = toTensor(kept, name);
    check(t, given);
    return t;
  };
  read();
  return { given, read };
}

/**
 * Bernoulli mass of outcomes 0 and 1 (or false and true), elementwise: log p(1) = log p, log p(0) = log(1 − p); an impossible outcome has
 * −∞. From logits it is y·s − softplus(s), written as −softplus(∓s) so that neither tail loses digits. Draws are 0 and 1 in the type of
 * the parameters.
 * @throws UsageError for probabilities outside [0, 1] or a logit that is NaN; DataError for outcomes that are not 0 or 1.
 * @see lecture 000:311–330; torch.distributions.Bernoulli
 * @example
 * bernoulli({ probs: 0.2 }).logProb([1, 0]); // → [-1.60944, -0.223144]
 * bernoulli({ logits: [0, 1000] }).logProb(1); // → [-0.693147, 0]
 */
export function bernoulli(options: ProbsOrLogits): Density {
  const { given, read } = outcomes('bernoulli', options, (t, what) => {
    verify(t, (values) => {
      const odd = values.find((v) => (what === 'probs' ? !(v >= 0 && v <= 1) : Number.isNaN(v)));
      if (odd === undefined) return;
      throw new UsageError('bernoulli', what === 'probs' ? 'probabilities must lie in [0, 1]' : 'logits must be numbers', `got ${odd}`);
    });
  });
  return {
    logProb: (y) => {
      const [t, p] = [toTensor(y, 'bernoulli'), read()];
      verify(t, (values) => {
        const odd = values.find((v) => v !== 0 && v !== 1);
        if (odd !== undefined) throw new DataError('bernoulli', 'outcomes must be 0 or 1', `got ${odd}`);
      });
      broadcastShapes('bernoulli', t.shape, p.shape);
      const on = eq(t, 1);
      return given === 'probs' ? where(on, log(p), log1p(neg(p))) : neg(softplus(where(on, neg(p), p)));
    },
    sample: (shape, sampling) => {
      const generator = generatorOf('bernoulli', shape, sampling);
      const p = given === 'probs' ? read() : sigmoid(read());
      const on = lt(uniform([...shape, ...p.shape], { generator }), p);
      const dtype = p.dtype === 'float32' ? 'float32' : 'float64';
      return where(on, toTensor(1, 'bernoulli', dtype), toTensor(0, 'bernoulli', dtype));
    },
  };
}

/** Throws unless the weights of every row can be made probabilities. */
export function checkWeights(name: string, t: Tensor, given: 'probs' | 'logits'): void {
  if (t.ndim === 0) throw new ShapeError(name, `${given} need an axis of classes`, showShape(t.shape));
  const classes = t.shape[t.ndim - 1]!;
  if (classes === 0) throw new ShapeError(name, 'needs at least one class', `${given} ${showShape(t.shape)}`);
  verify(t, (values) => {
    const odd = values.find((v) => (given === 'probs' ? !(v >= 0 && v < Infinity) : !(v < Infinity)));
    if (odd !== undefined)
      throw new UsageError(name, given === 'probs' ? 'probs must be at least 0 and finite' : 'logits must be less than ∞', `got ${odd}`);
  });
  const nothing = given === 'probs' ? 0 : -Infinity;
  verify(
    noGrad(() => max(t, { axis: -1 })),
    (best) => {
      const dead = best.indexOf(nothing);
      if (dead >= 0) throw new UsageError(name, 'every row needs a class that is possible', `row ${dead} of ${given} has only ${nothing}`);
    },
  );
}

/**
 * Categorical mass of classes 0 … C−1, which lie on the last axis of the parameters; y holds whole labels and broadcasts with the axes
 * before it. log p(y) = s_y − log Σ_j e^(s_j) of logits, log(p_y / Σ_j p_j) of probs, which need not add up to 1; an impossible class has
 * −∞. Draws are int32.
 * @throws UsageError for rows that are no weights; ShapeError and DTypeError for labels that do not fit.
 * @see lecture 000:360, 003:643; torch.distributions.Categorical
 * @example
 * categorical({ probs: [0.1, 0.7, 0.2] }).logProb([1, 2]); // → [-0.356675, -1.60944]
 * categorical({ logits: [-Infinity, 0] }).sample([3], { generator: new Generator(7) }); // → [1, 1, 1]
 */
export function categorical(options: ProbsOrLogits): Density {
  const { given, read } = outcomes('categorical', options, (t, what) => checkWeights('categorical', t, what));
  return {
    logProb: (y) => {
      const [label, w] = [toTensor(y, 'categorical'), read()];
      const classes = w.shape[w.ndim - 1]!;
      verify(label, (labels) => checkLabelValues('categorical', labels, classes));
      const rows = broadcastShapes('categorical', label.shape, w.shape.slice(0, -1));
      const [labels, s] = [broadcastTo(label, rows), broadcastTo(w, [...rows, classes])];
      if (given === 'probs') return sub(log(pick(s, labels)), log(sum(s, { axis: -1 })));
      // −softplus of the log-odds of the other classes, as in crossEntropy, keeps a tiny loss; here classes may be impossible too
      const others = logsumexp(where(eq(oneHot(labels, classes), 1), -Infinity, s), { axis: -1 });
      return neg(softplus(sub(others, pick(s, labels))));
    },
    sample: (shape, sampling) => {
      const generator = generatorOf('categorical', shape, sampling);
      const below = cumsum(given === 'probs' ? read() : softmax(read()));
      // the first class whose cumulative sum exceeds u·total: with u < 1 there is one, and it is possible
      const u = uniform([...shape, ...below.shape.slice(0, -1), 1], { generator });
      return sum(le(below, mul(u, max(below, { axis: -1, keepdims: true }))), { axis: -1 });
    },
  };
}

/**
 * The negative log-likelihood −log p(y) of any density as a loss (input, target, { reduction }): `density` makes one of the input.
 * Gaussian: ½ squared error, laplace: absolute error, bernoulli: binary cross-entropy, categorical: cross-entropy, up to constants.
 * @throws UsageError unless `density` is a function that returns a density; ShapeError unless there is one log-probability a target.
 * @see lecture 000:233–330
 * @example
 * const robust = negativeLogLikelihood((location) => laplace(location, { scale: 0.5 }));
 * robust([0, 1], [0, 3]); // → 2
 * grad((s) => robust(s, [0, 3], { reduction: 'sum' }))(tensor([0, 1])); // → [0, -2]
 */
export function negativeLogLikelihood(density: (input: Tensor) => Density): Loss {
  const name = 'negativeLogLikelihood';
  const hint = `${name}((mean) => gaussian(mean))`;
  if (typeof density !== 'function') throw new UsageError(name, 'density must be a function of the input', `got ${typeof density}`, hint);
  return loss(name, [], (input, target) => {
    const p: unknown = density(input);
    if (typeof (p as Density | undefined)?.logProb !== 'function')
      throw new UsageError(name, 'the function must return a density', `got ${typeof p}`, hint);
    const logProb = (p as Density).logProb(target);
    // a target [N] beside an input [N, 1] would silently become N² losses
    if (!sameShape(logProb.shape, target.shape.slice(0, logProb.ndim)))
      throw new ShapeError(name, 'needs one log-probability a target', `${showShape(logProb.shape)} for target ${showShape(target.shape)}`);
    return neg(logProb);
  });
}
