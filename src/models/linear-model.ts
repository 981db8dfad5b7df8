/**
 * @file Linear classifiers in the lectures' three views: scores (algebra), templates (pictures), hyperplanes (geometry).
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { ShapeError } from '../graph/errors.js';
import { type Shape, showShape, sizeOf } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { add, div, sub } from '../ops/arithmetic.js';
import { zeros } from '../ops/create.js';
import { take } from '../ops/indexing.js';
import { dot, matmul } from '../ops/matmul.js';
import { type Generator, normal } from '../ops/random.js';
import { reshape } from '../ops/shaping.js';
import { norm } from '../ops/statistics.js';
import { TrainedClassifier, type TrainedClassifierOptions } from './classifier.js';
import { Linear } from './layers/faces.js';

/** The hyperplane c·x + c₀ = 0. */
export interface Hyperplane {
  /** c₀. */
  readonly offset: Tensor;
  /** c [D]: it points to the positive side. */
  readonly normal: Tensor;
}

/** Where the scores of two classes are equal. */
export interface Boundary extends Hyperplane {
  /** On the positive side the first of them wins over the second. */
  readonly classes: readonly [number | string, number | string];
}

/**
 * Signed distance of points [D] or [N, D] from a hyperplane, (c·x + c₀)/‖c‖: positive on the side that c points to.
 * @throws ShapeError when the widths differ.
 * @see lecture 001:733; system 25
 * @example
 * signedDistance({ normal: [3, 4], offset: -5 }, [[3, 4], [0, 0]]); // → [4, -1]
 */
export function signedDistance(plane: { readonly normal: TensorLike; readonly offset: TensorLike }, x: TensorLike): Tensor {
  const [c, points] = [toTensor(plane.normal, 'signedDistance'), toTensor(x, 'signedDistance')];
  if (c.ndim !== 1 || points.ndim === 0 || points.shape[points.ndim - 1] !== c.size)
    throw new ShapeError(
      'signedDistance',
      'points and hyperplane differ in width',
      `x ${showShape(points.shape)}, normal ${showShape(c.shape)}`,
    );
  return div(add(points.ndim === 1 ? dot(points, c) : matmul(points, c), plane.offset), norm(c));
}

/** A linear layer with small weights and no bias at first, so that the first scores are nearly equal. */
export function smallLinear(inputs: number, outputs: number, init: { generator: Generator; dtype: 'float64' | 'float32' }): Linear {
  const layer = new Linear(inputs, outputs, init);
  layer.weight.value = normal([outputs, inputs], { ...init, std: 1e-3 });
  layer.bias!.value = zeros([outputs], { dtype: init.dtype });
  return layer;
}

/** Base of the linear classifiers: scores x·Wᵀ + b. */
export abstract class LinearModel<Options extends TrainedClassifierOptions> extends TrainedClassifier<Options> {
  protected build(inputs: number, outputs: number, init: { generator: Generator; dtype: 'float64' | 'float32' }): Linear {
    return smallLinear(inputs, outputs, init);
  }

  /** Weights [C, D], a row a class; [1, D] for two classes with one score. */
  get coef_(): Tensor {
    return this.stateDict()['weight']!;
  }

  /** Bias [C]. */
  get intercept_(): Tensor {
    return this.stateDict()['bias']!;
  }

  /**
   * The visual view: each row of W is one template, in the shape of the data, [C, …shape].
   * @throws ShapeError unless the shape holds D numbers.
   */
  templates(shape?: Shape): Tensor {
    const W = this.coef_;
    const own = shape ?? [W.shape[1]!];
    if (sizeOf(own) !== W.shape[1])
      throw new ShapeError(
        `${this.name}.templates`,
        'the shape must hold one number a feature',
        `${showShape(own)} holds ${sizeOf(own)}, the model has ${W.shape[1]} features`,
      );
    return reshape(W, [W.shape[0]!, ...own]);
  }

  /** The geometric view: for each pair of classes the hyperplane on which their scores are equal. */
  boundaries(): Boundary[] {
    const [W, b, classes] = [this.coef_, this.intercept_, this.classes_];
    const row = (t: Tensor, i: number): Tensor => take(t, i);
    if (W.shape[0] === 1) return [{ classes: [classes[1]!, classes[0]!], normal: row(W, 0), offset: row(b, 0) }];
    return classes.flatMap((first, i) =>
      classes.slice(i + 1).map((second, k): Boundary => {
        const j = i + 1 + k;
        return { classes: [first, second], normal: sub(row(W, i), row(W, j)), offset: sub(row(b, i), row(b, j)) };
      }),
    );
  }
}
