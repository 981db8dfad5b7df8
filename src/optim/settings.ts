/**
 * @file Numeric options of optimizers: each is a number or a schedule, checked once or, where it is a schedule, at every step.
 */
import { UsageError } from '../graph/errors.js';

/** A number that changes with the number of steps taken before this one: 0, 1, 2, … */
export type Schedule = (step: number) => number;

/** A schedule with a memory of its own, which is saved and restored with the optimizer's state. */
export interface StatefulSchedule extends Schedule {
  /** What it remembers, as plain data. */
  stateDict(): Readonly<Record<string, number>>;
  /** Takes it back. */
  loadStateDict(state: Readonly<Record<string, number>>): void;
}

/** What any numeric option of an optimizer may be. */
export type Numeric = number | Schedule;

/** Is it a schedule that remembers? */
export function isStateful(x: unknown): x is StatefulSchedule {
  return typeof x === 'function' && 'stateDict' in x && 'loadStateDict' in x;
}

/** What a value must be: any finite number, at least 0, more than 0, or at least 0 and less than 1. */
export type Range = 'finite' | 'nonnegative' | 'positive' | 'fraction';

const RANGES: Readonly<Record<Range, readonly [test: (v: number) => boolean, words: string]>> = {
  finite: [() => true, 'a finite number'],
  nonnegative: [(v) => v >= 0, 'a finite number, not negative'],
  positive: [(v) => v > 0, 'a positive number'],
  fraction: [(v) => v >= 0 && v < 1, 'at least 0 and less than 1'],
};

function checked(op: string, name: string, value: unknown, range: Range, or: string, step?: number): number {
  const [test, words] = RANGES[range];
  if (typeof value === 'number' && Number.isFinite(value) && test(value)) return value;
  const shown = typeof value === 'string' ? `'${value}'` : String(value);
  if (step === undefined) throw new UsageError(op, `${name} must be ${words}${or}`, shown);
  throw new UsageError(op, `${name} must be ${words}`, `its schedule gives ${shown} at step ${step}`, 'nothing was changed');
}

/**
 * Checks numbers that cannot be schedules.
 * @throws UsageError for one out of its range.
 */
export function checkNumbers(op: string, numbers: Readonly<Record<string, readonly [value: unknown, range: Range]>>): void {
  for (const [name, [value, range]] of Object.entries(numbers)) checked(op, name, value, range, '');
}

/** A numeric option: what was given, and what it must be. */
export type Setting = readonly [value: Numeric, range: Range];

/** The numeric options of one optimizer. */
export class Settings<K extends string> {
  readonly #op: string;
  readonly #settings: readonly (readonly [K, Setting])[];

  /** @throws UsageError for a number out of its range. */
  constructor(op: string, settings: Readonly<Record<K, Setting>>) {
    this.#op = op;
    this.#settings = Object.entries(settings) as [K, Setting][];
    for (const [name, [value, range]] of this.#settings)
      if (typeof value !== 'function') checked(op, name, value, range, ', or a schedule');
  }

  /** The numbers of one step, `step` steps having been taken. Throws a `UsageError` where a schedule leaves its range. */
  at(step: number): Record<K, number> {
    const now = {} as Record<K, number>;
    for (const [name, [value, range]] of this.#settings)
      now[name] = typeof value === 'function' ? checked(this.#op, name, value(step), range, '', step) : value;
    return now;
  }
}
