/**
 * @file Functions of vectors by the names of ops.
 */
import { ERROR_FUNCTIONS } from './error-functions.js';
import { type Formula, FUNCTIONS } from './functions.js';
import { INVERSES } from './inverse.js';

/** What there is a formula for. */
export const FORMULAS: Readonly<Record<string, Formula>> = { ...FUNCTIONS, ...INVERSES, ...ERROR_FUNCTIONS };
