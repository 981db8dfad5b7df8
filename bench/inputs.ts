/**
 * The numbers that every contender of a workload gets: made once, from a seed, by the simplest generator there is.
 * Peers in other languages receive these very bytes.
 */

export interface Input {
  data: Float64Array | Float32Array | Int32Array;
  shape: number[];
}

export type Inputs = Record<string, Input>;

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
  labels(n: number, classes: number): Input {
    return { data: Int32Array.from({ length: n }, () => Math.floor(this.next() * classes)), shape: [n] };
  }
}

export function zeros32(shape: number[]): Input {
  return { data: new Float32Array(size(shape)), shape };
}

export function size(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
