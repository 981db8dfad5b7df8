/**
 * @file Functions that a program imports.
 */
import type { Imported, WasmType } from './encode.js';

/** A function of numbers that programs call: Math's, or that of an op. */
export interface NumberFunction {
  readonly name: string;
  readonly run: (...x: number[]) => number;
}

/** Functions that are imported, numbered. */
export class Imports {
  readonly list: Imported[] = [
    { name: 'matmul32', parameters: Array<WasmType>(13).fill('i32'), results: [] },
    { name: 'matmul64', parameters: Array<WasmType>(13).fill('i32'), results: [] },
    { name: 'step', parameters: ['i32'], results: [] },
  ];
  readonly functions: NumberFunction[] = [];
  readonly #numbers = new Map<(...x: number[]) => number, number>();

  /** The number of a function of numbers. */
  number(name: string, run: (...x: number[]) => number, arity: number): number {
    let index = this.#numbers.get(run);
    if (index === undefined) {
      index = this.list.length;
      const unique = `${name} ${index}`;
      this.list.push({ name: unique, parameters: Array<WasmType>(arity).fill('f64'), results: ['f64'] });
      this.functions.push({ name: unique, run });
      this.#numbers.set(run, index);
    }
    return index;
  }
}
