/**
 * The numbers that every contender of a workload gets: made once, from a seed, by the simplest generator there is.
 * Peers in other languages receive these very bytes.
 */

export interface Input {
  data: Float64Array | Float32Array | Int32Array;
  shape: number[];
}

export type Inputs = Record<string, Input>;

/** How many different inputs a workload's calls cycle through: the first axis of those that vary. Slow workloads have fewer. */
export const variants = 4;

/** What varies from call to call, apart: one input for each index of the first axis. */
export function split({ data, shape: [n, ...shape] }: Input): Input[] {
  const each = size(shape);
  return Array.from({ length: n! }, (_, i) => ({ data: data.subarray(i * each, (i + 1) * each), shape }));
}

/** One after the other, for ever. */
export function cycle<T>(items: readonly T[]): () => T {
  let i = -1;
  return () => items[(i = i + 1 === items.length ? 0 : i + 1)]!;
}

/** Batches from their columns; a single empty one from none. */
export function zip<T>(columns: readonly T[][]): T[][] {
  return columns.length === 0 ? [[]] : columns[0]!.map((_, i) => columns.map((column) => column[i]!));
}

/** Class numbers as rows of zeros with a one, in one more axis. */
export function oneHot({ data, shape }: Input, classes: number): Input {
  const rows = zeros32([...shape, classes]);
  data.forEach((label, i) => (rows.data[i * classes + label] = 1));
  return rows;
}

/** The 32-bit linear congruential generator of Numerical Recipes: s ← 1664525·s + 1013904223 (mod 2³²). */
export class Lcg {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Uniform in [0, 1). */
  next(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state / 2 ** 32;
  }

  /** Uniform in [−scale, scale). */
  float64(shape: number[], scale = 1): Input {
    return { data: Float64Array.from({ length: size(shape) }, () => scale * (2 * this.next() - 1)), shape };
  }

  /** Uniform in [−scale, scale), rounded to float32. */
  float32(shape: number[], scale = 1): Input {
    return { data: Float32Array.from(this.float64(shape, scale).data), shape };
  }

  /** Class labels 0 … classes − 1. The high bits decide, since the low bits of an LCG have short periods. */
  labels(shape: number[], classes: number): Input {
    return { data: Int32Array.from({ length: size(shape) }, () => Math.floor(this.next() * classes)), shape };
  }
}

export function zeros32(shape: number[]): Input {
  return { data: new Float32Array(size(shape)), shape };
}

export function size(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
