/**
 * @file What regressors that are trained by gradients share: real targets, one or several.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { isFloat } from '../graph/dtype.js';
import { DataError, ShapeError } from '../graph/errors.js';
import { showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { cast } from '../ops/casting.js';
import { reshape } from '../ops/shaping.js';
import type { Estimator } from './estimator.js';
import { isStrings, type Labels } from './examples.js';
import { r2Score } from './metrics.js';
import { type Prepared, TrainedModel, type TrainedModelOptions, type TrainingLoss } from './trained-model.js';

/** Options of all regressors that are trained by gradients. */
export interface TrainedRegressorOptions extends TrainedModelOptions {
  /** Data loss of predictions and targets; default `mseLoss`. */
  loss?: TrainingLoss;
}

/** What targets are. */
export interface TargetInfo {
  /** A vector [N], or a matrix [N, K]? */
  readonly vector: boolean;
  /** K, how many there are for each example. */
  readonly targets: number;
}

/** Base of the regressors that are trained by gradients. */
export abstract class TrainedRegressor<Options extends TrainedRegressorOptions>
  extends TrainedModel<Options, TargetInfo>
  implements Estimator
{
  readonly kind = 'regressor';

  protected prepare(X: Tensor, y: Labels): Omit<Prepared<TargetInfo>, 'X'> {
    const targets = matrixOf(`${this.name}.fit`, y, X.shape[0]!);
    const vector = !isStrings(y) && toTensor(y).ndim === 1;
    const dtype = isFloat(X.dtype) ? X.dtype : 'float64';
    const outputs = targets.shape[1]!;
    return { targets: cast(targets, dtype), weights: null, outputs, info: { vector, targets: outputs } };
  }

  protected encode(op: string, y: Labels, n: number, info: TargetInfo): Tensor {
    const targets = matrixOf(op, y, n);
    if (targets.shape[1] !== info.targets)
      throw new ShapeError(op, 'y has another number of targets than the model', `${targets.shape[1]} and ${info.targets}`);
    return targets;
  }

  protected dataLoss(outputs: Tensor, targets: Tensor, _: TargetInfo, options: { reduction: 'mean' | 'none' }): Tensor {
    const loss = this.options.loss!;
    return options.reduction === 'mean' ? loss(outputs, targets) : loss(outputs, targets, options);
  }

  protected metric(outputs: Tensor, targets: Tensor): readonly [string, number] {
    return ['R2', r2Score(reshape(targets, [-1]), reshape(outputs, [-1]))];
  }

  /** Predictions for X: [N], or [N, K] when it was trained on K targets. */
  predict(X: TensorLike): Tensor {
    const outputs = this.outputs('predict', X);
    return this.fitted('predict').info.vector ? reshape(outputs, [-1]) : outputs;
  }

  /** R², the coefficient of determination, on X and y. */
  score(X: TensorLike, y: Labels): number {
    const outputs = this.outputs('score', X);
    const targets = this.encode(`${this.name}.score`, y, outputs.shape[0]!, this.fitted('score').info);
    return this.metric(outputs, targets)[1];
  }

  /** An unfitted copy, some settings changed. */
  abstract clone(changes?: Readonly<Record<string, unknown>>): Estimator;
}

function matrixOf(op: string, y: Labels, rows: number): Tensor {
  if (isStrings(y)) throw new DataError(op, 'targets must be numbers', `y[0] is '${y[0]}'`);
  const t = toTensor(y, op);
  if (t.ndim < 1 || t.ndim > 2 || t.shape[0] !== rows || t.size === 0)
    throw new ShapeError(op, 'y needs one target a row of X', `${rows} rows, y ${showShape(t.shape)}`);
  const bad = t.data.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) throw new DataError(op, 'targets must be finite', `y[${bad}] is ${t.data[bad]}`);
  return reshape(t, [rows, -1]);
}
