/**
 * @file Random tensors from an explicit generator. Each op holds its position in the stream, so replaying it gives the same bits.
 */
import { scalar } from '../graph/create.js';
import { type DType, isFloat } from '../graph/dtype.js';
import { checkOptions, DTypeError, UsageError } from '../graph/errors.js';
import { checkShape, type Shape, sizeOf } from '../graph/shape.js';
import { state } from '../graph/state.js';
import type { Tensor } from '../graph/tensor.js';
import type { NdArray } from '../kernels/nd.js';
import { fillIntegers, fillNormal, fillPermutation, fillUniform, type StreamPosition } from '../kernels/random.js';
import { defineOp, type Op } from './define.js';
import { lt, where } from './logic.js';

/**
 * A seeded stream of random numbers: counter-based, so draw i depends on the seed and i alone and has the same bits on every engine.
 * @example
 * uniform([2], { generator: new Generator(1) }).size; // → 2
 */
export class Generator {
  /** The seed. */
  readonly seed: number;
  /** Draws made so far; set it to go back or ahead. */
  counter = 0;

  /** @throws UsageError unless the seed is a whole number between 0 and 2^53 − 1. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new UsageError('Generator', 'seed must be a whole number from 0 to 2^53 − 1', String(seed));
    this.seed = seed;
    state.planning?.create(this);
  }

  /** Reserves `n` draws and says where they start. */
  advance(n: number): StreamPosition & { readonly generator: Generator } {
    state.planning?.draw(this);
    if (state.draws?.has(this) === false) state.draws.set(this, this.counter);
    const counter = this.counter;
    this.counter += n;
    return { key: [this.seed | 0, Math.floor(this.seed / 2 ** 32) | 0], counter, generator: this };
  }
}

interface RandomAttrs extends StreamPosition {
  /** Where the position comes from: a compiled function draws on from where it stands then. */
  readonly generator?: Generator;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly low: number;
  readonly high: number;
}

function randomOp(name: string, doc: string, fill: (out: NdArray, attrs: RandomAttrs) => void): Op<[], RandomAttrs> {
  return defineOp<[], RandomAttrs>({
    name,
    inputs: [],
    doc,
    shape: (_, { shape }) => shape,
    dtype: (_, { dtype }) => dtype,
    kernel: (_, out, attrs) => fill(out, attrs),
    vjp: {},
    sample: (draw) => ({
      inputs: [],
      attrs: {
        shape: [draw.int(1, 9)],
        dtype: name === 'uniform' || name === 'normal' ? 'float64' : 'int32',
        low: 0,
        high: 5,
        key: [draw.int(0, 99), 0],
        counter: draw.int(0, 99),
      },
    }),
  });
}

const uniformOp = randomOp('uniform', 'uniform numbers on [low, high)', (out, a) => fillUniform(out.data, a, a.low, a.high));
const normalOp = randomOp('normal', 'normal numbers of given mean and standard deviation', (out, a) =>
  fillNormal(out.data, a, a.low, a.high),
);
const randintOp = randomOp('randint', 'integers on [low, high)', (out, a) => fillIntegers(out.data, a, a.low, a.high));
const permutationOp = randomOp('permutation', '0 … n−1 in random order along the last axis', (out, a) => {
  const n = out.shape[out.shape.length - 1]!;
  for (let i = 0; i < out.data.length; i += n) fillPermutation(out.data.subarray(i, i + n), { ...a, counter: a.counter + i });
});

/** What every random function needs. */
export interface RandomOptions {
  /** Where the numbers come from: there is no hidden global generator. */
  generator: Generator;
  /** float64 (default) or float32. */
  dtype?: DType;
}

function draw(
  op: Op<[], RandomAttrs>,
  name: string,
  shape: Shape,
  options: RandomOptions,
  low: number,
  high: number,
  dtype: DType,
): Tensor {
  checkShape(name, shape);
  if ((name === 'uniform' || name === 'normal') && !isFloat(dtype)) throw new DTypeError(name, 'draws float64 or float32', `got ${dtype}`);
  if (!(options?.generator instanceof Generator))
    throw new UsageError(name, 'needs a generator', undefined, `${name}(…, { generator: new Generator(seed) })`);
  const { generator } = options;
  const drawn = (whole: Shape): Tensor => op({ ...generator.advance(sizeOf(whole)), shape: [...whole], dtype, low, high });
  return state.batching === null ? drawn(shape) : state.batching.draw(name, shape, drawn);
}

/**
 * Uniform random numbers on [low, high), default [0, 1).
 * @throws UsageError without a generator.
 * @example
 * const generator = new Generator(7);
 * lt(uniform([3], { generator, low: 2, high: 3 }), 3); // → [true, true, true]
 */
export function uniform(shape: Shape, options: RandomOptions & { low?: number; high?: number }): Tensor {
  checkOptions('uniform', options, ['generator', 'dtype', 'low', 'high']);
  const { low = 0, high = 1 } = options ?? {};
  if (!(low < high)) throw new UsageError('uniform', 'needs low < high', `${low}, ${high}`);
  return draw(uniformOp, 'uniform', shape, options, low, high, options?.dtype ?? 'float64');
}

/**
 * Normal random numbers, default mean 0 and standard deviation 1.
 * @throws UsageError without a generator.
 * @example
 * normal([2, 2], { generator: new Generator(7), std: 0.01 }).shape; // → [2, 2]
 */
export function normal(shape: Shape, options: RandomOptions & { mean?: number; std?: number }): Tensor {
  checkOptions('normal', options, ['generator', 'dtype', 'mean', 'std']);
  return draw(normalOp, 'normal', shape, options, options?.mean ?? 0, options?.std ?? 1, options?.dtype ?? 'float64');
}

/**
 * Random integers from low up to, not including, high; int32.
 * @throws UsageError when the range is empty or not whole, or without a generator.
 * @example
 * randint(3, 4, [2], { generator: new Generator(7) }); // → [3, 3]
 */
export function randint(low: number, high: number, shape: Shape, options: Pick<RandomOptions, 'generator'>): Tensor {
  checkOptions('randint', options, ['generator']);
  if (!Number.isInteger(low) || !Number.isInteger(high) || low >= high)
    throw new UsageError('randint', 'needs whole numbers low < high', `${low}, ${high}`);
  if (low < -(2 ** 31) || high > 2 ** 31) throw new UsageError('randint', 'the range does not fit int32', `${low}, ${high}`);
  return draw(randintOp, 'randint', shape, options, low, high, 'int32');
}

/**
 * 0 … n−1 in random order; int32.
 * @throws UsageError when n is not a whole number, or without a generator.
 * @example
 * sum(permutation(10, { generator: new Generator(7) })); // → 45
 */
export function permutation(n: number, options: Pick<RandomOptions, 'generator'>): Tensor {
  checkOptions('permutation', options, ['generator']);
  return draw(permutationOp, 'permutation', [n], options, 0, n, 'int32');
}

/**
 * A mask for inverted dropout: 0 with probability p (default 0.5), else 1/(1 − p), so that the mean of the product stays.
 * @throws UsageError unless 0 ≤ p < 1.
 * @example
 * dropoutMask([2], { p: 0, generator: new Generator(7) }); // → [1, 1]
 */
export function dropoutMask(shape: Shape, options: RandomOptions & { p?: number }): Tensor {
  checkOptions('dropoutMask', options, ['generator', 'dtype', 'p']);
  const { p = 0.5, ...rest } = options;
  if (!(p >= 0 && p < 1)) throw new UsageError('dropoutMask', 'p must be at least 0 and less than 1', String(p));
  const u = uniform(shape, rest);
  return where(lt(u, p), scalar(0, u.dtype), scalar(1 / (1 - p), u.dtype));
}
