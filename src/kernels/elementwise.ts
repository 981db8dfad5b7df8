/**
 * @file Elementwise kernels: a scalar function over broadcast arrays, with hand-written loops for the commonest functions
 * (one call site a function keeps the engine's inline caches monomorphic: a shared loop would box every number).
 */
import type { TypedArray } from '../graph/dtype.js';
import { sameShape } from '../graph/shape.js';
import { copyPlanes } from './movement.js';
import { sigmoid } from './elementary.js';
import { broadcastStrides, type NdArray, walk } from './nd.js';

/** `o[oi…] = f(a[ai + k·as])` for k < n. */
export type Loop1 = (o: TypedArray, oi: number, n: number, a: TypedArray, ai: number, as: number) => void;
/** `o[oi…] = f(a[ai + k·as], b[bi + k·bs])` for k < n. */
export type Loop2 = (
  o: TypedArray,
  oi: number,
  n: number,
  a: TypedArray,
  ai: number,
  as: number,
  b: TypedArray,
  bi: number,
  bs: number,
) => void;

/** A function of numbers. */
export type ScalarFunction = (...x: number[]) => number;

/** Least number of elements for vector code: from here on it is faster than a loop in JavaScript, what is copied included. */
export const LEAST_FOR_VECTORS = 1024;
/** The same for a loop of two inputs that is written by hand: there is less to gain. */
export const LEAST_BEYOND_LOOPS = 4096;

/**
 * Vector code for elementwise ops on large arrays, if somebody has it (src/machine/eager.ts): for a function of numbers, or for an op by its
 * name. Inputs broadcast to the shape of `out`. It says whether it did the work.
 */
export const onVectors: { run: (f: ScalarFunction | string, inputs: readonly NdArray[], out: NdArray) => boolean } = { run: () => false };

/** Runs a one-input loop, or the scalar function where there is none. */
export function map1(f: ScalarFunction, loop: Loop1 | undefined, x: TypedArray, o: TypedArray): void {
  if (o.length >= LEAST_FOR_VECTORS) {
    const shape = [o.length];
    if (onVectors.run(f, [{ data: x, shape }], { data: o, shape })) return;
  }
  if (loop !== undefined) loop(o, 0, o.length, x, 0, 1);
  else for (let i = 0; i < o.length; i++) o[i] = f(x[i]!);
}

/** Runs a two-input loop over broadcast inputs. */
export function map2(f: ScalarFunction, loop: Loop2 | undefined, a: NdArray, b: NdArray, out: NdArray): void {
  const run = loop ?? loopOf(f);
  const o = out.data;
  const least = loop === undefined ? LEAST_FOR_VECTORS : LEAST_BEYOND_LOOPS;
  if (o.length === 0 || (o.length >= least && onVectors.run(f, [a, b], out))) return;
  const sameA = sameShape(a.shape, out.shape);
  const sameB = sameShape(b.shape, out.shape);
  if ((sameA || a.data.length === 1) && (sameB || b.data.length === 1)) {
    run(o, 0, o.length, a.data, 0, a.data.length === 1 ? 0 : 1, b.data, 0, b.data.length === 1 ? 0 : 1);
    return;
  }
  const w = walk(
    out.shape,
    [out, a, b].map((t) => broadcastStrides(t.shape, out.shape)),
  );
  const [or, ar, br] = w.leaps as readonly [number, number, number];
  const [, as, bs] = w.steps as readonly [number, number, number];
  w.each(([oi, ai, bi]) => {
    for (let r = 0; r < w.rows; r++) run(o, oi! + r * or, w.inner, a.data, ai! + r * ar, as, b.data, bi! + r * br, bs);
  });
}

function loopOf(f: ScalarFunction): Loop2 {
  return (o, oi, n, a, ai, as, b, bi, bs) => {
    for (let k = 0; k < n; k++, ai += as, bi += bs) o[oi + k] = f(a[ai]!, b[bi]!);
  };
}

/** `out = cond ? a : b` over broadcast inputs. */
export function select(cond: NdArray, a: NdArray, b: NdArray, out: NdArray): void {
  const o = out.data;
  if (o.length >= LEAST_FOR_VECTORS && onVectors.run('where', [cond, a, b], out)) return;
  const [c, x, y] = [cond.data, a.data, b.data];
  const w = walk(
    out.shape,
    [out, cond, a, b].map((t) => broadcastStrides(t.shape, out.shape)),
  );
  const [or, cr, ar, br] = w.leaps as readonly [number, number, number, number];
  const [, cs, as, bs] = w.steps as readonly [number, number, number, number];
  w.each(([oi, ci, ai, bi]) => {
    for (let row = 0; row < w.rows; row++) {
      let [p, q, r] = [ci! + row * cr, ai! + row * ar, bi! + row * br];
      for (let i = oi! + row * or, end = i + w.inner; i < end; i++, p += cs, q += as, r += bs) o[i] = c[p] !== 0 ? x[q]! : y[r]!;
    }
  });
}

/** Copies `a` into the broadcast shape of `out`. */
export function expand(a: NdArray, out: NdArray): void {
  const x = a.data;
  const o = out.data;
  if (x.length === 1) {
    o.fill(x[0]!);
    return;
  }
  const w = walk(out.shape, [broadcastStrides(out.shape, out.shape), broadcastStrides(a.shape, out.shape)]);
  copyPlanes(w, x, o, 0, 0);
}

// The loops. `a + k·as` is kept as a running index; strides are 0 (a scalar or broadcast axis) or 1 nearly always.
export const addLoop: Loop2 = (o, oi, n, a, ai, as, b, bi, bs) => {
  for (let k = 0; k < n; k++, ai += as, bi += bs) o[oi + k] = a[ai]! + b[bi]!;
};
export const subLoop: Loop2 = (o, oi, n, a, ai, as, b, bi, bs) => {
  for (let k = 0; k < n; k++, ai += as, bi += bs) o[oi + k] = a[ai]! - b[bi]!;
};
export const mulLoop: Loop2 = (o, oi, n, a, ai, as, b, bi, bs) => {
  for (let k = 0; k < n; k++, ai += as, bi += bs) o[oi + k] = a[ai]! * b[bi]!;
};
export const divLoop: Loop2 = (o, oi, n, a, ai, as, b, bi, bs) => {
  for (let k = 0; k < n; k++, ai += as, bi += bs) o[oi + k] = a[ai]! / b[bi]!;
};
export const strongMulLoop: Loop2 = (o, oi, n, a, ai, as, b, bi, bs) => {
  for (let k = 0; k < n; k++, ai += as, bi += bs) {
    const g = a[ai]!;
    const d = b[bi]!;
    o[oi + k] = g === 0 || d === 0 ? 0 : g * d;
  }
};
export const maximumLoop: Loop2 = (o, oi, n, a, ai, as, b, bi, bs) => {
  for (let k = 0; k < n; k++, ai += as, bi += bs) o[oi + k] = Math.max(a[ai]!, b[bi]!);
};
export const gtLoop: Loop2 = (o, oi, n, a, ai, as, b, bi, bs) => {
  for (let k = 0; k < n; k++, ai += as, bi += bs) o[oi + k] = a[ai]! > b[bi]! ? 1 : 0;
};
export const squareLoop: Loop1 = (o, oi, n, a, ai, as) => {
  for (let k = 0; k < n; k++, ai += as) {
    const x = a[ai]!;
    o[oi + k] = x * x;
  }
};
export const negLoop: Loop1 = (o, oi, n, a, ai, as) => {
  for (let k = 0; k < n; k++, ai += as) o[oi + k] = -a[ai]!;
};
export const expLoop: Loop1 = (o, oi, n, a, ai, as) => {
  for (let k = 0; k < n; k++, ai += as) o[oi + k] = Math.exp(a[ai]!);
};
export const logLoop: Loop1 = (o, oi, n, a, ai, as) => {
  for (let k = 0; k < n; k++, ai += as) o[oi + k] = Math.log(a[ai]!);
};
export const sqrtLoop: Loop1 = (o, oi, n, a, ai, as) => {
  for (let k = 0; k < n; k++, ai += as) o[oi + k] = Math.sqrt(a[ai]!);
};
export const reluLoop: Loop1 = (o, oi, n, a, ai, as) => {
  for (let k = 0; k < n; k++, ai += as) {
    const x = a[ai]!;
    o[oi + k] = x > 0 || Number.isNaN(x) ? x : 0;
  }
};
export const sigmoidLoop: Loop1 = (o, oi, n, a, ai, as) => {
  for (let k = 0; k < n; k++, ai += as) o[oi + k] = sigmoid(a[ai]!);
};
