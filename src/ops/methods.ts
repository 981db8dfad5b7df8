/**
 * @file The one place that extends `Tensor.prototype`: every op whose first argument is a tensor is also a method, `f(x, …)` = `x.f(…)`.
 */
import { full as fullOf } from './create.js';
import { GradError } from '../graph/errors.js';
import type { Parameter } from '../graph/parameter.js';
import { type Shape, showShape } from '../graph/shape.js';
import { ownedLeaves, sweep } from '../graph/sweep.js';
import { Batched, Tensor } from '../graph/tensor.js';
import { withState } from '../graph/state.js';
import { algebra } from './algebra.js';
import type { Index } from './at.js';
import * as functions from './functions.js';
import type { BinaryMethod, ShapedMethods } from './method-types.js';

/** Names of elementwise methods of one tensor: they keep the shape. */
type Unary =
  | 'neg'
  | 'exp'
  | 'log'
  | 'log1p'
  | 'expm1'
  | 'sqrt'
  | 'square'
  | 'abs'
  | 'sign'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'sigmoid'
  | 'softplus'
  | 'relu'
  | 'selu'
  | 'silu'
  | 'mish'
  | 'logSigmoid'
  | 'rsqrt'
  | 'reciprocal'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'erf'
  | 'erfc'
  | 'lgamma'
  | 'digamma'
  | 'stopGradient';
/** Names of elementwise methods of two tensors: they broadcast. */
type Binary = 'add' | 'sub' | 'mul' | 'div' | 'mod' | 'pow' | 'maximum' | 'minimum' | 'atan2' | 'xlogy';

const others = [
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'logicalAnd',
  'logicalOr',
  'logicalNot',
  'isFinite',
  'isNaN',
  'clip',
  'gelu',
  'elu',
  'leakyRelu',
  'sum',
  'mean',
  'prod',
  'max',
  'amax',
  'min',
  'variance',
  'std',
  'norm',
  'logsumexp',
  'argmax',
  'argmin',
  'softmax',
  'logSoftmax',
  'cumsum',
  'cumprod',
  'dot',
  'inner',
  'outer',
  'reshape',
  'transpose',
  'broadcastTo',
  'expandDims',
  'squeeze',
  'slice',
  'pad',
  'flip',
  'split',
  'cast',
  'take',
  'gather',
  'pick',
  'scatterAdd',
  'oneHot',
  'triu',
  'tril',
  'diag',
  'diagonal',
  'trace',
  'sort',
  'argsort',
  'topk',
  'median',
  'quantile',
  'roll',
  'tile',
  'repeat',
  'maskedSelect',
  'maskedFill',
  'view',
  'permute',
  'swapaxes',
  'unsqueeze',
  'clamp',
  'indexSelect',
  'isnan',
  'isfinite',
  'var',
  'any',
  'all',
  'bmm',
  'unfold',
  'fold',
  'det',
  'slogdet',
  'inv',
  'solve',
  'solveTriangular',
  'cholesky',
] as const;
const unary: readonly Unary[] = [
  'neg',
  'exp',
  'log',
  'log1p',
  'expm1',
  'sqrt',
  'square',
  'abs',
  'sign',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
  'sigmoid',
  'softplus',
  'relu',
  'selu',
  'silu',
  'mish',
  'logSigmoid',
  'rsqrt',
  'reciprocal',
  'floor',
  'ceil',
  'round',
  'erf',
  'erfc',
  'lgamma',
  'digamma',
  'stopGradient',
];
const binary: readonly Binary[] = ['add', 'sub', 'mul', 'div', 'mod', 'pow', 'maximum', 'minimum', 'atan2', 'xlogy'];

type Functions = typeof functions;
type Other = (typeof others)[number];
/** The method of a function: the same without its first argument. */
type MethodOf<F> = F extends (x: never, ...rest: infer R) => infer Out ? (...rest: R) => Out : never;
type UnaryMethods<S extends Shape> = { [K in Unary]: () => Tensor<S> };
type BinaryMethods = { [K in Binary]: BinaryMethod };
type OtherMethods = { [K in Exclude<Other, keyof ShapedMethods>]: MethodOf<Functions[K]> };

/**
 * Every op as a method. Literal shapes are carried as by the functions.
 */
export interface TensorMethods<S extends Shape> extends UnaryMethods<S>, BinaryMethods, ShapedMethods, OtherMethods {
  /** Part of the tensor: `x.at(0, [1, 3])` = `at(x, 0, [1, 3])`. */
  at(...items: readonly Index[]): Tensor;
  /**
   * Gradients of this scalar, added to `.grad` of every parameter it was made of. May be called again: it accumulates.
   * @throws GradError when it is not a scalar or depends on no parameter.
   */
  backward(): void;
}

declare module '../graph/tensor.js' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merging: the class gets the methods
  interface Tensor<S extends Shape = Shape> extends TensorMethods<S> {}
}

const table = functions as unknown as Record<string, (...args: unknown[]) => unknown>;
for (const name of [...unary, ...binary, ...others, 'at', 'matmul']) {
  const f = table[name]!;
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...args: unknown[]): unknown {
      return f(this, ...args);
    },
    configurable: true,
    writable: true,
  });
}

// what Node's console.log and the REPL show
Object.defineProperty(Tensor.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value(this: Tensor): string {
    return this.toString();
  },
});

Object.defineProperty(Tensor.prototype, 'backward', {
  value(this: Tensor): void {
    if (this.size !== 1)
      throw new GradError('backward', 'the loss must be a scalar', `got ${showShape(this.shape)}`, 'sum or mean it first');
    if (this.storage instanceof Batched)
      throw new GradError(
        'backward',
        'inside vmap a parameter would get the gradients of all examples',
        undefined,
        'return the loss and sum it outside, or use vmap(grad(f))',
      );
    const leaves = ownedLeaves(this);
    if (leaves.length === 0)
      throw new GradError('backward', 'the loss depends on no parameter', undefined, 'make it of parameter(…), outside noGrad');
    const gradients = sweep([this], [fullOf(this.shape, 1, { dtype: this.dtype })], leaves, algebra);
    withState({ recording: false }, () => {
      leaves.forEach((leaf, i) => {
        const owner = leaf.node!.owner as Parameter;
        owner.grad = owner.grad === null ? gradients[i]!.share(null) : functions.add(owner.grad, gradients[i]!);
      });
    });
  },
  configurable: true,
  writable: true,
});
