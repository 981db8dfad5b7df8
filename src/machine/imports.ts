/**
 * @file Functions that a program imports.
 */
import type { Imported, WasmType } from './encode.js';

/** A function of numbers that programs call. */
export interface NumberFunction {
  readonly name: string;
  readonly run: (...x: number[]) => number;
  /** Its name if it is one of Math, which every thread has; undefined for that of an op. */
  readonly math: string | undefined;
}

/** Where the imports of every program stand. */
export const IMPORTED = { matmul32: 0, matmul64: 1, step: 2 } as const;

/** Functions that are imported, numbered. */
export class Imports {
  readonly list: Imported[] = [
    { name: 'matmul32', parameters: Array<WasmType>(16).fill('i32'), results: [] },
    { name: 'matmul64', parameters: Array<WasmType>(16).fill('i32'), results: [] },
    { name: 'step', parameters: ['i32'], results: [] },
  ];
  readonly functions: NumberFunction[] = [];
  /** Those that only the first thread has. */
  readonly foreign: Set<number> = new Set();
  readonly #numbers = new Map<(...x: number[]) => number, number>();
  readonly #kernels = new Map<string, number>();

  /** The number of the barrier where threads wait for one another. */
  barrier(): number {
    return this.kernel('barrier', ['i32'], ['i32']);
  }

  /** The number of a kernel, which is imported under its own name. */
  kernel(name: string, parameters: readonly WasmType[], results: readonly WasmType[]): number {
    let index = this.#kernels.get(name);
    if (index === undefined) {
      index = this.list.length;
      this.list.push({ name, parameters, results });
      this.#kernels.set(name, index);
    }
    return index;
  }

  /** The number of a function of numbers. */
  number(name: string, run: (...x: number[]) => number, arity: number): number {
    let index = this.#numbers.get(run);
    if (index === undefined) {
      index = this.list.length;
      const unique = `${name} ${index}`;
      this.list.push({ name: unique, parameters: Array<WasmType>(arity).fill('f64'), results: ['f64'] });
      const math = (Math as unknown as Record<string, unknown>)[name] === run ? name : undefined;
      this.functions.push({ name: unique, run, math });
      if (math === undefined) this.foreign.add(index);
      this.#numbers.set(run, index);
    }
    return index;
  }
}
