/**
 * @file How good predictions are. Errors of regression are smaller when better; scores are larger.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { checkOptions, DataError, ShapeError, UsageError } from '../graph/errors.js';
import { sameShape, showShape } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import { isStrings, type Labels } from './examples.js';

/** A class: a whole number or a string. */
export type Label = number | string;

function labelsOf(op: string, name: string, y: Labels): readonly Label[] {
  if (isStrings(y)) {
    const other = y.findIndex((v) => typeof v !== 'string');
    const place = y.findIndex((v) => typeof v === 'string');
    if (other < 0) return y;
    const said = [place, other].sort((a, b) => a - b).map((i) => `${name}[${i}] is ${typeof y[i]}`);
    throw new DataError(op, 'labels of two types', said.join(', '));
  }
  const t = toTensor(y, op);
  if (t.ndim !== 1) {
    const hint = t.ndim === 2 && t.shape[1]! > 1 ? 'take the argmax of scores first' : undefined;
    throw new ShapeError(op, 'labels must be a vector', `${name} ${showShape(t.shape)}`, hint);
  }
  const odd = t.data.findIndex((v) => !Number.isInteger(v));
  if (odd >= 0) throw new DataError(op, 'labels must be whole numbers or strings', `${name}[${odd}] is ${t.data[odd]}`);
  return [...t.data];
}

function pairs(op: string, y: Labels, prediction: Labels): [readonly Label[], readonly Label[]] {
  const [a, b] = [labelsOf(op, 'y', y), labelsOf(op, 'prediction', prediction)];
  if (a.length !== b.length) throw new ShapeError(op, 'needs two vectors of one length', `[${a.length}] and [${b.length}]`);
  if (a.length === 0) throw new ShapeError(op, 'empty data has no score', '[0]');
  if (typeof a[0] !== typeof b[0]) throw new DataError(op, 'labels of two types', `${typeof a[0]} and ${typeof b[0]}`);
  return [a, b];
}

/**
 * Fraction of predictions that equal the label.
 * @throws ShapeError unless both are vectors of one positive length; DataError for what is no label, and for labels of two types.
 * @example
 * accuracy([0, 1, 2, 2], [0, 1, 1, 2]); // → 0.75
 * accuracy(['cat', 'dog'], ['cat', 'cat']); // → 0.5
 */
export function accuracy(y: Labels, prediction: Labels): number {
  const [a, b] = pairs('accuracy', y, prediction);
  return a.filter((v, i) => v === b[i]).length / a.length;
}

/**
 * Counts: row true class, column predicted class. Whole numbers from 0 are their own rows; of strings (and of `labels`, where
 * given) the sorted list is.
 * @throws ShapeError unless both are vectors of one positive length; DataError for a label that is no class.
 * @example
 * confusionMatrix([0, 1, 1], [0, 1, 0]); // → [[1, 0], [1, 1]]
 * confusionMatrix(['b', 'a'], ['b', 'b']); // → [[0, 1], [0, 1]]
 */
export function confusionMatrix(y: Labels, prediction: Labels, options: { labels?: readonly Label[] } = {}): Tensor {
  checkOptions('confusionMatrix', options, ['labels']);
  const [a, b] = pairs('confusionMatrix', y, prediction);
  if (options.labels !== undefined && !Array.isArray(options.labels))
    throw new UsageError('confusionMatrix', 'labels must be a list of classes', `got ${typeof options.labels}`);
  const classes = options.labels ?? classesOf(a, b);
  const at = new Map(classes.map((c, i) => [c, i]));
  const place = (v: Label): number => {
    const i = at.get(v);
    if (i === undefined) throw new DataError('confusionMatrix', 'labels must be class indices', String(v), 'or pass { labels }');
    return i;
  };
  const counts = new Int32Array(classes.length ** 2);
  a.forEach((v, i) => counts[place(v) * classes.length + place(b[i]!)]!++);
  return new Tensor([classes.length, classes.length], 'int32', counts, null);
}

/** A table has at most so many rows unless its classes are listed. */
const MOST_CLASSES = 10_000;

function classesOf(a: readonly Label[], b: readonly Label[]): readonly Label[] {
  const all = [...a, ...b];
  if (typeof all[0] === 'string') return [...new Set(all)].sort();
  // a larger label is no class index but something else, a year perhaps: it finds no row and is refused
  const largest = (all as number[]).reduce((m, v) => (v < MOST_CLASSES ? Math.max(m, v) : m), 0);
  return Array.from({ length: largest + 1 }, (_, i) => i);
}

/** Precision, recall and their harmonic mean of one class. */
export interface ClassScores {
  readonly label: Label;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** How many examples have this label. */
  readonly support: number;
}

/**
 * Precision, recall and F1 of every class that occurs. What would be 0/0 is 0.
 * @throws the errors of `confusionMatrix`.
 * @example
 * classificationReport([0, 0, 1], [0, 1, 1])[0]; // → { label: 0, precision: 1, recall: 0.5, f1: 0.666667, support: 2 }
 */
export function classificationReport(y: Labels, prediction: Labels): ClassScores[] {
  return classScores('classificationReport', y, prediction);
}

function classScores(op: string, y: Labels, prediction: Labels): ClassScores[] {
  const [a, b] = pairs(op, y, prediction);
  const classes = [...new Set([...a, ...b])].sort((p, q) => (p < q ? -1 : p > q ? 1 : 0));
  const ratio = (p: number, q: number): number => (q === 0 ? 0 : p / q);
  return classes.map((label) => {
    const hits = a.filter((v, i) => v === label && b[i] === label).length;
    const support = a.filter((v) => v === label).length;
    const precision = ratio(hits, b.filter((v) => v === label).length);
    const recall = ratio(hits, support);
    return { label, precision, recall, f1: ratio(2 * precision * recall, precision + recall), support };
  });
}

/**
 * Mean F1 over the classes that occur.
 * @throws the errors of `confusionMatrix`.
 * @example
 * f1Score([0, 0, 1], [0, 1, 1]); // → 0.666667
 */
export function f1Score(y: Labels, prediction: Labels): number {
  const scores = classScores('f1Score', y, prediction);
  return scores.reduce((s, { f1 }) => s + f1, 0) / scores.length;
}

function numbers(op: string, y: TensorLike, prediction: TensorLike): [Tensor, Tensor] {
  const [a, b] = [toTensor(y, op), toTensor(prediction, op)];
  if (!sameShape(a.shape, b.shape)) throw new ShapeError(op, 'shapes differ', `${showShape(a.shape)} and ${showShape(b.shape)}`);
  if (a.size === 0) throw new ShapeError(op, 'empty data has no score', showShape(a.shape));
  for (const [name, t] of [
    ['y', a],
    ['prediction', b],
  ] as const) {
    const odd = t.data.findIndex((v) => Number.isNaN(v));
    if (odd >= 0) throw new DataError(op, `${name}[${odd}] is NaN`);
  }
  return [a, b];
}

const mean = (values: ArrayLike<number>): number => {
  let s = 0;
  for (let i = 0; i < values.length; i++) s += values[i]!;
  return s / values.length;
};
const meanOf = (a: Tensor, b: Tensor, f: (difference: number) => number): number =>
  mean(Float64Array.from(a.data, (v, i) => f(v - b.data[i]!)));

/**
 * Mean squared error.
 * @throws ShapeError for shapes that differ or empty data; DataError for NaN.
 * @example
 * meanSquaredError([1, 2], [1, 4]); // → 2
 */
export function meanSquaredError(y: TensorLike, prediction: TensorLike): number {
  return meanOf(...numbers('meanSquaredError', y, prediction), (d) => d * d);
}

/**
 * Mean absolute error.
 * @throws ShapeError for shapes that differ or empty data; DataError for NaN.
 * @example
 * meanAbsoluteError([1, 2], [1, 4]); // → 1
 */
export function meanAbsoluteError(y: TensorLike, prediction: TensorLike): number {
  return meanOf(...numbers('meanAbsoluteError', y, prediction), Math.abs);
}

/**
 * R² = 1 − Σ(y − prediction)² / Σ(y − mean)²: 1 is perfect, 0 as good as the mean. For constant targets 1 if perfect, else 0.
 * @throws ShapeError for shapes that differ or empty data; DataError for NaN.
 * @example
 * r2Score([1, 2, 3], [1, 2, 4]); // → 0.5
 */
export function r2Score(y: TensorLike, prediction: TensorLike): number {
  const [a, b] = numbers('r2Score', y, prediction);
  const middle = mean(a.data);
  const rest = meanOf(a, b, (d) => d * d);
  const spread = mean(Float64Array.from(a.data, (v) => (v - middle) ** 2));
  return spread === 0 ? (rest === 0 ? 1 : 0) : 1 - rest / spread;
}

/** How a fitted model is judged: larger is better. */
export type Scorer = (
  model: { predict(X: TensorLike): Tensor | readonly string[]; score(X: TensorLike, y: Labels): number },
  X: Tensor,
  y: Labels,
) => number;

const ofLabels =
  (f: (y: Labels, prediction: Labels) => number): Scorer =>
  (model, X, y) =>
    f(y, model.predict(X));
const ofNumbers =
  (f: (y: TensorLike, prediction: TensorLike) => number): Scorer =>
  (model, X, y) =>
    f(y as TensorLike, model.predict(X) as Tensor);

const SCORERS: Readonly<Record<string, Scorer>> = {
  accuracy: ofLabels(accuracy),
  f1_macro: ofLabels(f1Score),
  r2: ofNumbers(r2Score),
  neg_mean_squared_error: ofNumbers((y, p) => -meanSquaredError(y, p)),
  neg_root_mean_squared_error: ofNumbers((y, p) => -Math.sqrt(meanSquaredError(y, p))),
  neg_mean_absolute_error: ofNumbers((y, p) => -meanAbsoluteError(y, p)),
};

/** A scorer by name, a function as it is, the model's own `score` for null. */
export function scorerOf(op: string, scoring: string | Scorer | null): Scorer {
  if (scoring === null) return (model, X, y) => model.score(X, y);
  if (typeof scoring === 'function') return scoring;
  if (!Object.hasOwn(SCORERS, scoring))
    throw new UsageError(op, `unknown scoring '${scoring}'`, undefined, Object.keys(SCORERS).join(', '));
  return SCORERS[scoring]!;
}
