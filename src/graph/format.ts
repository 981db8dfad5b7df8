/**
 * @file Values as nested arrays and as readable text.
 */
import type { DType, TypedArray } from './dtype.js';
import { type Shape, showShape } from './shape.js';

/** Numbers or booleans, nested to any depth. */
export type NestedArray = number | boolean | NestedArray[];

/** Row-major values as nested arrays. */
export function nest(data: TypedArray, shape: Shape, dtype: DType): NestedArray {
  const read = (i: number): number | boolean => (dtype === 'bool' ? data[i] !== 0 : data[i]!);
  const build = (axis: number, offset: number, size: number): NestedArray => {
    if (axis === shape.length) return read(offset);
    const step = shape[axis] === 0 ? 0 : size / shape[axis]!;
    return Array.from({ length: shape[axis]! }, (_, i) => build(axis + 1, offset + i * step, step));
  };
  return build(0, 0, data.length);
}

/** A number with at most `digits` significant digits, without trailing zeros. */
export function formatNumber(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'inf' : '-inf';
  return String(Number(value.toPrecision(digits)));
}

const EDGE = 3;
const SUMMARISE_ABOVE = 200;

/** `Tensor float64[2,2] [[1, 2], [3, 4]]`; axes of big tensors show their first and last three entries. */
export function formatTensor(t: { shape: Shape; dtype: DType; data: TypedArray; name?: string | undefined }, label = 'Tensor'): string {
  const { shape, data } = t;
  const short = data.length > SUMMARISE_ABOVE;
  const indent = label.length + 1;
  const show = (i: number): string => (t.dtype === 'bool' ? String(data[i] !== 0) : formatNumber(data[i]!));
  const build = (axis: number, offset: number, size: number): string => {
    if (axis === shape.length) return show(offset);
    const n = shape[axis]!;
    const step = n === 0 ? 0 : size / n;
    const parts: string[] = [];
    for (let i = 0; i < n; i++) {
      if (short && n > 2 * EDGE && i === EDGE) {
        parts.push('…');
        i = n - EDGE;
      }
      parts.push(build(axis + 1, offset + i * step, step));
    }
    const last = axis === shape.length - 1;
    return `[${parts.join(last ? ', ' : `,\n${' '.repeat(indent + axis + 1)}`)}]`;
  };
  const values = build(0, 0, data.length);
  const head = `${label}${t.name === undefined ? '' : ` '${t.name}'`} ${t.dtype}${shape.length ? showShape(shape) : ''}`;
  return values.includes('\n') ? `${head}\n${' '.repeat(indent)}${values}` : `${head} ${values}`;
}
