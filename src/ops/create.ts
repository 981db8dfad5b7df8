/**
 * @file Tensors made of a rule instead of data: constants, identity, ranges.
 */
import { checkDType, convert, type TensorOptions } from '../graph/create.js';
import { checkOptions, UsageError } from '../graph/errors.js';
import { checkShape, type Shape } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';

/** Options of functions that are told the shape separately. */
export type FillOptions = Pick<TensorOptions, 'dtype' | 'name'>;

function filled<const S extends Shape>(op: string, shape: S, value: number, options: FillOptions): Tensor<S> {
  checkOptions(op, options, ['dtype', 'name']);
  checkDType(op, options.dtype);
  checkShape(op, shape);
  const dtype = options.dtype ?? 'float64';
  const t = new Tensor(Object.freeze([...shape]) as unknown as S, dtype, convert([value], dtype)[0]!, null);
  t.name = options.name;
  return t;
}

/**
 * Zeros of a shape.
 * @example
 * zeros([2, 2]); // → [[0, 0], [0, 0]]
 */
export function zeros<const S extends Shape>(shape: S, options: FillOptions = {}): Tensor<S> {
  return filled('zeros', shape, 0, options);
}

/**
 * Ones of a shape.
 * @example
 * ones([3]); // → [1, 1, 1]
 */
export function ones<const S extends Shape>(shape: S, options: FillOptions = {}): Tensor<S> {
  return filled('ones', shape, 1, options);
}

/**
 * One value, repeated.
 * @example
 * full([2], 7); // → [7, 7]
 */
export function full<const S extends Shape>(shape: S, value: number, options: FillOptions = {}): Tensor<S> {
  return filled('full', shape, value, options);
}

/**
 * The identity matrix of order n.
 * @example
 * eye(2); // → [[1, 0], [0, 1]]
 */
export function eye(n: number, options: FillOptions = {}): Tensor {
  const t = filled('eye', [n, n], 0, options);
  for (let i = 0; i < n; i++) t.data[i * n + i] = 1;
  return t;
}

/**
 * Evenly spaced numbers from start (default 0) up to, not including, stop.
 * @throws UsageError when step is 0 or not finite.
 * @example
 * arange(3); // → [0, 1, 2]
 * arange(1, 2, 0.25); // → [1, 1.25, 1.5, 1.75]
 */
export function arange(stop: number, options?: FillOptions): Tensor;
export function arange(start: number, stop: number, options?: FillOptions): Tensor;
export function arange(start: number, stop: number, step: number, options?: FillOptions): Tensor;
export function arange(...args: (number | FillOptions | undefined)[]): Tensor {
  const numbers = args.filter((a) => typeof a === 'number');
  const options = args.find((a) => typeof a === 'object') ?? {};
  const [start, stop, step] = numbers.length === 1 ? [0, numbers[0]!, 1] : [numbers[0]!, numbers[1]!, numbers[2] ?? 1];
  if (step === 0 || !Number.isFinite(step)) throw new UsageError('arange', 'step must be finite and not 0', String(step));
  if (!Number.isFinite(start) || !Number.isFinite(stop))
    throw new UsageError('arange', 'start and stop must be finite', `${start}, ${stop}`);
  const t = filled('arange', [Math.max(0, Math.ceil((stop - start) / step))], 0, options);
  for (let i = 0; i < t.data.length; i++) t.data[i] = start + i * step;
  return t;
}

/**
 * n evenly spaced numbers from a to b, both included.
 * @throws UsageError when n is not a positive integer.
 * @example
 * linspace(0, 1, 5); // → [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(a: number, b: number, n: number, options: FillOptions = {}): Tensor {
  if (!Number.isInteger(n) || n < 1) throw new UsageError('linspace', 'n must be a positive integer', String(n));
  const t = filled('linspace', [n], 0, options);
  for (let i = 0; i < n; i++) t.data[i] = i === n - 1 && n > 1 ? b : a + (i * (b - a)) / Math.max(1, n - 1);
  return t;
}
