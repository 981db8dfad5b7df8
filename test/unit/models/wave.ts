/** Numbers that torch and JavaScript make alike: sin(0.7·(i + 1) + c), i = 0, 1, …. */
import { tensor, type Tensor } from 'chainrule';

export function wave(shape: readonly number[], c: number): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float64Array.from({ length: n }, (_, i) => Math.sin(0.7 * (i + 1) + c)),
    { shape },
  );
}
