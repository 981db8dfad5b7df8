/**
 * @file Numbers and switches in the options of the checks: a tolerance that is no number would let everything pass.
 */
import { UsageError } from '../graph/errors.js';

/** Throws unless every one of the named options is a number from 0 on (∞ lets everything pass, and says so). */
export function checkTolerances(op: string, tolerances: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(tolerances)) {
    if (typeof value !== 'number' || !(value >= 0))
      throw new UsageError(op, `${name} must be a number that is not negative`, String(value));
  }
}

/** Throws unless a step is positive and finite. */
export function checkStep(op: string, name: string, step: unknown): void {
  if (typeof step !== 'number' || !(step > 0 && step < Infinity)) throw new UsageError(op, `${name} must be positive`, String(step));
}

/** Throws unless every one of the named options is true, false or left out. */
export function checkSwitches(op: string, switches: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(switches)) {
    if (value !== undefined && typeof value !== 'boolean') throw new UsageError(op, `${name} must be true or false`, String(value));
  }
}
