/** Twelve points of three overlapping clouds, which no line separates, and what models say of points as plain data. */
import { Tensor, type TensorLike } from 'chainrule';

export const X: readonly (readonly number[])[] = [
  [0.5, 1.2],
  [1.5, 0.3],
  [-0.7, 0.8],
  [2.2, 1.9],
  [0.1, -1.4],
  [-1.3, -0.6],
  [1.1, 2.4],
  [-0.2, 0.4],
  [0.9, -0.8],
  [-1.8, 1.1],
  [1.7, -1.5],
  [0.3, 0.6],
];
export const two: readonly number[] = [0, 1, 0, 1, 1, 0, 0, 0, 1, 0, 1, 1];
export const three: readonly number[] = [0, 1, 0, 2, 1, 0, 0, 0, 1, 0, 1, 2];

/** Predictions as a plain array. */
export function labelsOf(model: { predict(X: TensorLike): Tensor | readonly string[] }, points: TensorLike): unknown {
  const found = model.predict(points);
  return found instanceof Tensor ? found.toArray() : [...found];
}
