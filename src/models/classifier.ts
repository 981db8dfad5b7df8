/**
 * @file What classifiers that are trained by gradients share: labels of any kind, class weights, decisions.
 */
import { tensor, type TensorLike } from '../graph/create.js';
import type { DType } from '../graph/dtype.js';
import { DataError, UsageError } from '../graph/errors.js';
import { Tensor } from '../graph/tensor.js';
import { argmax } from '../ops/extrema.js';
import { reshape } from '../ops/shaping.js';
import type { Estimator } from './estimator.js';
import { encodeLabels, isStrings, type Labels } from './examples.js';
import { accuracy } from './metrics.js';
import { type Prepared, TrainedModel, type TrainedModelOptions } from './trained-model.js';

/** Options of all classifiers that are trained by gradients. */
export interface TrainedClassifierOptions extends TrainedModelOptions {
  /** A weight for each class by its label, or 'balanced': N / (C·count). Default: all the same. */
  classWeight?: 'balanced' | Readonly<Record<string, number>>;
}

/** The classes of the training data, sorted, and what labels are. */
export interface ClassInfo {
  readonly classes: readonly number[] | readonly string[];
  readonly dtype: DType | 'string';
}

/** Base of the classifiers that are trained by gradients. Classes are the sorted labels of the training data: whole numbers or strings. */
export abstract class TrainedClassifier<Options extends TrainedClassifierOptions>
  extends TrainedModel<Options, ClassInfo>
  implements Estimator
{
  readonly kind = 'classifier';

  /** Scores a row: one for each class, or one in all for two classes, where the sign decides. */
  protected scoresFor(classes: number): number {
    return classes;
  }

  protected prepare(X: Tensor, y: Labels): Omit<Prepared<ClassInfo>, 'X'> {
    const op = `${this.name}.fit`;
    const { classes, codes } = encodeLabels(op, y, X.shape[0]!);
    if (classes.length < 2) throw new DataError(op, 'needs at least two classes', `all labels are ${String(classes[0])}`);
    const info: ClassInfo = { classes, dtype: isStrings(y) ? 'string' : y instanceof Tensor ? y.dtype : 'float64' };
    return { targets: tensor(codes), weights: this.#classWeights(classes, codes), outputs: this.scoresFor(classes.length), info };
  }

  #classWeights(classes: readonly (number | string)[], codes: Int32Array): Tensor | null {
    const { classWeight } = this.options;
    if (classWeight === undefined) return null;
    const op = `${this.name}.fit`;
    let weights: readonly number[];
    if (classWeight === 'balanced') {
      const counts = classes.map(() => 0);
      for (const c of codes) counts[c]!++;
      weights = counts.map((count) => codes.length / (classes.length * count));
    } else {
      if (typeof classWeight !== 'object' || classWeight === null)
        throw new UsageError(op, "classWeight must be 'balanced' or a weight for each label", String(classWeight));
      const stray = Object.keys(classWeight).find((label) => !classes.some((c) => String(c) === label));
      if (stray !== undefined) throw new UsageError(op, `classWeight has a label that y lacks`, stray, `classes: ${classes.join(', ')}`);
      weights = classes.map((c) => classWeight[String(c)] ?? 1);
      const bad = weights.findIndex((w) => !(Number.isFinite(w) && w >= 0));
      if (bad >= 0) throw new UsageError(op, 'classWeight must be finite and not negative', `${String(classes[bad])}: ${weights[bad]}`);
    }
    return tensor(Float64Array.from(codes, (c) => weights[c]!));
  }

  protected encode(op: string, y: Labels, n: number, { classes }: ClassInfo): Tensor {
    const labels = encodeLabels(op, y, n);
    const position = new Map<number | string, number>(classes.map((c, i) => [c, i]));
    const codes = labels.classes.map((c) => {
      const code = position.get(c);
      if (code === undefined) throw new DataError(op, 'a label that training did not see', String(c), `classes: ${classes.join(', ')}`);
      return code;
    });
    return tensor(labels.codes.map((c) => codes[c]!));
  }

  protected metric(outputs: Tensor, targets: Tensor): readonly [string, number] {
    return ['Accuracy', accuracy(targets, tensor(this.#codes(outputs)))];
  }

  /** Position of the winning class of each row; the first of equals. */
  #codes(outputs: Tensor): Int32Array {
    if (outputs.shape[1] === 1) return Int32Array.from(outputs.data, (s) => (s > 0 ? 1 : 0));
    return Int32Array.from(argmax(outputs).data);
  }

  /** The classes, sorted. */
  get classes_(): readonly number[] | readonly string[] {
    return this.fitted('classes_').info.classes;
  }

  /** Scores of X: [N, C] in the order of `classes_`, or [N] for two classes with one score, positive for the second. */
  decisionFunction(X: TensorLike): Tensor {
    const scores = this.outputs('decisionFunction', X);
    return scores.shape[1] === 1 ? reshape(scores, [-1]) : scores;
  }

  /** The class of the largest score, the first of equals: a tensor, or an array if labels are strings. */
  predict(X: TensorLike): Tensor | readonly string[] {
    const { classes, dtype } = this.fitted('predict').info;
    const winners = Array.from(this.#codes(this.outputs('predict', X)), (c) => classes[c]!);
    return dtype === 'string' ? (winners as string[]) : tensor(Float64Array.from(winners as number[]), { dtype });
  }

  /** Accuracy on X and y. */
  score(X: TensorLike, y: Labels): number {
    this.fitted('score');
    return accuracy(y, this.predict(X));
  }

  /** An unfitted copy, some settings changed. */
  abstract clone(changes?: Readonly<Record<string, unknown>>): Estimator;
}
