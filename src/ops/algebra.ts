/**
 * @file The arithmetic of cotangents that the graph is handed.
 */
import type { Algebra } from '../graph/sweep.js';
import { zeros } from './create.js';
import { add } from './arithmetic.js';
import { cast } from './casting.js';
import { sumToShape } from './sum.js';

/** Addition, reduction, type and zero of cotangents, in ops: so backward passes can be recorded like any other computation. */
export const algebra: Algebra = {
  add: (a, b) => add(a, b),
  reduceTo: sumToShape,
  cast,
  zeros: (shape, dtype) => zeros(shape, { dtype }),
};
