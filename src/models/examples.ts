/**
 * @file What every model asks of data: a matrix of finite numbers, a label or target a row.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { DataError, ShapeError } from '../graph/errors.js';
import { showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';

/** X as a matrix [N, D] of finite numbers; `width` is what the model was fitted with. */
export function checkX(op: string, X: TensorLike, width?: number): Tensor {
  const t = toTensor(X, op);
  if (t.size === 0 && t.ndim !== 2) throw new DataError(op, 'no data', `X ${showShape(t.shape)}`);
  if (t.ndim !== 2) {
    const hint = t.ndim < 2 ? 'one row is [[…]]' : 'reshape images to rows first';
    throw new ShapeError(op, 'X must be a matrix [N, D]', `got ${showShape(t.shape)}`, hint);
  }
  if (width !== undefined && t.shape[1] !== width)
    throw new ShapeError(op, `X has ${t.shape[1]} features, but the model is expecting ${width} features`, showShape(t.shape));
  if (t.size === 0) throw new DataError(op, 'no data', `X ${showShape(t.shape)}`);
  const bad = t.data.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) {
    throw new DataError(
      op,
      `X holds ${t.data[bad]}`,
      `row ${Math.floor(bad / t.shape[1]!)}, column ${bad % t.shape[1]!}`,
      'clean or impute the data',
    );
  }
  return t;
}

/** Class labels: numbers (a tensor, an array) or strings. */
export type Labels = TensorLike | readonly string[];

/** Labels as positions in the sorted list of classes. */
export interface EncodedLabels {
  readonly classes: readonly number[] | readonly string[];
  readonly codes: Int32Array;
}

/** Are they strings? */
export function isStrings(y: Labels): y is readonly string[] {
  return Array.isArray(y) && y.some((v) => typeof v === 'string');
}

/** Labels, one for each of n rows: all whole numbers or all strings. */
export function encodeLabels(op: string, y: Labels, n: number): EncodedLabels {
  let values: readonly (number | string)[];
  if (isStrings(y)) {
    const other = y.findIndex((v) => typeof v !== 'string');
    if (other >= 0) throw new DataError(op, 'labels of two types', `y[0] is ${typeof y[0]}, y[${other}] is ${typeof y[other]}`);
    values = y;
  } else {
    const t = toTensor(y, op);
    if (t.ndim !== 1) throw new ShapeError(op, 'labels must be a vector', `got ${showShape(t.shape)}`);
    const bad = t.data.findIndex((v) => !Number.isInteger(v));
    if (bad >= 0) throw new DataError(op, 'labels must be whole numbers or strings', `y[${bad}] is ${t.data[bad]}`);
    values = [...t.data];
  }
  if (values.length !== n) throw new ShapeError(op, 'y needs one label a row of X', `${n} rows, ${values.length} labels`);
  const classes = [...new Set(values)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)) as number[] | string[];
  const code = new Map<number | string, number>(classes.map((c, i) => [c, i]));
  return { classes, codes: Int32Array.from(values, (v) => code.get(v)!) };
}
