/**
 * @file Counter-based random numbers: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw 2011). Number i of a stream depends
 * on the key and i alone, by integer arithmetic, so it has the same bits on every engine.
 * The normal quantile (Wichura, AS 241) and its logarithm use only + − × ÷ √, which IEEE 754 fixes to the last bit.
 */
import type { TypedArray } from '../graph/dtype.js';
import { dtypeOf, inMemory } from './nd.js';
import { reserve, wasmKernels } from './wasm.js';

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;

/** Writes the two 32-bit words of Threefry-2x32-20 for a counter and a key to `out`. */
export function threefry(c0: number, c1: number, k0: number, k1: number, out: Uint32Array): void {
  // the key that a block begins with, and the two that follow in turn
  let [a, b, c] = [k0 | 0, k1 | 0, PARITY ^ k0 ^ k1];
  let x = (c0 + a) | 0;
  let y = (c1 + b) | 0;
  for (let block = 0; block < 5; block++) {
    const half = (block & 1) * 4;
    for (let r = half; r < half + 4; r++) {
      const rotation = ROTATIONS[r]!;
      x = (x + y) | 0;
      y = ((y << rotation) | (y >>> (32 - rotation))) ^ x;
    }
    x = (x + b) | 0;
    y = (y + c + block + 1) | 0;
    [a, b, c] = [b, c, a];
  }
  out[0] = x;
  out[1] = y;
}

/** A position in a stream of random numbers. */
export interface StreamPosition {
  /** The key: low and high 32 bits of the seed. */
  readonly key: readonly [number, number];
  /** Number of draws made before this one. */
  readonly counter: number;
}

const words = new Uint32Array(2);

/** Draw `i` from the position: uniform on [0, 1) with 53 random bits. */
export function uniformAt({ key, counter }: StreamPosition, i: number): number {
  const c = counter + i;
  threefry(c >>> 0, Math.floor(c / 2 ** 32) >>> 0, key[0], key[1], words);
  return ((words[0]! >>> 5) * 67108864 + (words[1]! >>> 6)) / 9007199254740992;
}

/** Least number of draws for the vector kernels: from here on they are faster. */
const LEAST_FOR_VECTORS = 32;
/** Draws that they make at once, and where these lie in the kernels' memory: behind the counter of the first, 64 bits. */
const BLOCK = 1 << 13;
const BEHIND = 16;

/** Draws by the kernels, which make the same bits; false where they are left to the loop in JavaScript. */
function onVectors(
  kind: 'uniform' | 'normal' | 'randint',
  out: TypedArray,
  { key, counter }: StreamPosition,
  low: number,
  high: number,
): boolean {
  if (out.length < LEAST_FOR_VECTORS || out instanceof Uint8Array || out instanceof Int32Array !== (kind === 'randint')) return false;
  const kernels = wasmKernels();
  if (kernels === null || !reserve(kernels.memory, BEHIND + 8 * BLOCK)) return false;
  const floats = out instanceof Float32Array ? 'F32' : 'F64';
  const draw = kernels.parts[kind === 'randint' ? 'randintI32' : (`${kind}${floats}` as const)];
  const { buffer } = kernels.memory;
  const cell = new Uint32Array(buffer, 0, 2);
  const made = inMemory(buffer, dtypeOf(out), BEHIND, Math.min(BLOCK, out.length));
  for (let at = 0; at < out.length; at += BLOCK) {
    const count = Math.min(BLOCK, out.length - at);
    const first = counter + at;
    // what is stored in an uint32 is taken modulo 2^32
    cell[0] = first;
    cell[1] = Math.floor(first / 2 ** 32);
    draw(0, count, BEHIND, 0, key[0], key[1], low, high);
    out.set(count === made.length ? made : made.subarray(0, count), at);
  }
  return true;
}

/** Uniform numbers on [low, high); one that rounds up to `high` (less than one in a million) becomes `low`. */
export function fillUniform(out: TypedArray, at: StreamPosition, low: number, high: number): void {
  if (onVectors('uniform', out, at, low, high)) return;
  const single = out instanceof Float32Array;
  for (let i = 0; i < out.length; i++) {
    const u = uniformAt(at, i);
    // 24 bits are exact in float32
    out[i] = low + (high - low) * (single ? Math.floor(u * 16777216) / 16777216 : u);
    if (out[i]! >= high) out[i] = low;
  }
}

/** Normal numbers by the inverse distribution function. */
export function fillNormal(out: TypedArray, at: StreamPosition, mean: number, std: number): void {
  if (onVectors('normal', out, at, mean, std)) return;
  // 0 has no quantile; 1 cannot occur
  for (let i = 0; i < out.length; i++) out[i] = mean + std * normalQuantile(Math.max(uniformAt(at, i), 2 ** -54));
}

/** Integers on [low, high). */
export function fillIntegers(out: TypedArray, at: StreamPosition, low: number, high: number): void {
  if (onVectors('randint', out, at, low, high)) return;
  for (let i = 0; i < out.length; i++) out[i] = low + Math.floor(uniformAt(at, i) * (high - low));
}

/** 0 … n−1 in random order (Fisher–Yates). */
export function fillPermutation(out: TypedArray, at: StreamPosition): void {
  const draws = new Float64Array(out.length);
  fillUniform(draws, at, 0, 1);
  for (let i = 0; i < out.length; i++) out[i] = i;
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(draws[i]! * (i + 1));
    const swap = out[i]!;
    out[i] = out[j]!;
    out[j] = swap;
  }
}

const bits = new DataView(new ArrayBuffer(8));

/** Natural logarithm of a normal positive double by + − × ÷ alone: x = m·2^e, log m = 2·atanh((m−1)/(m+1)). */
export function portableLog(x: number): number {
  bits.setFloat64(0, x);
  let e = ((bits.getUint32(0) >>> 20) & 0x7ff) - 1023;
  bits.setUint32(0, (bits.getUint32(0) & 0x000fffff) | 0x3ff00000);
  let m = bits.getFloat64(0);
  if (m > 1.4142135623730951) {
    m /= 2;
    e += 1;
  }
  const t = (m - 1) / (m + 1);
  const s = t * t;
  let series = 0;
  for (let k = 23; k >= 3; k -= 2) series = (series + 1 / k) * s;
  return e * 0.6931471805599453 + 2 * (t + t * series);
}

const A = [
  2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125, 1971.5909503065514427,
  133.14166789178437745, 3.387132872796366608,
] as const;
const B = [
  5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077, 687.1870074920579083,
  42.313330701600911252, 1,
] as const;
const C = [
  7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258, 3.64784832476320460504,
  5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
] as const;
const D = [
  1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459, 0.68976733498510000455,
  1.6763848301838038494, 2.05319162663775882187, 1,
] as const;
const E = [
  2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093, 0.29656057182850489123,
  1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
] as const;
const F = [
  2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4, 0.0148753612908506148525,
  0.13692988092273580531, 0.59983220655588793769, 1,
] as const;

/** Horner's scheme, highest power first. */
function polynomial(coefficients: readonly number[], r: number): number {
  let s = 0;
  for (const c of coefficients) s = s * r + c;
  return s;
}

/** Quantile of the standard normal distribution, to about 1e-16: algorithm AS 241 (Wichura 1988). */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(A, r)) / polynomial(B, r);
  }
  const r = Math.sqrt(-portableLog(q < 0 ? p : 1 - p));
  const z = r <= 5 ? polynomial(C, r - 1.6) / polynomial(D, r - 1.6) : polynomial(E, r - 5) / polynomial(F, r - 5);
  return q < 0 ? -z : z;
}
