/**
 * @file Every public op in one list: `index.ts` exports it, `methods.ts` derives the chainable methods from it.
 */
export * from './activations.js';
export type { AxisOptions } from './along.js';
export * from './arithmetic.js';
export * from './casting.js';
export * from './create.js';
export * from './cumulative.js';
export * from './exponential.js';
export * from './extrema.js';
export * from './indexing.js';
export * from './logic.js';
export * from './matmul.js';
export * from './neighbors.js';
export * from './random.js';
export * from './shaping.js';
export * from './slicing.js';
export * from './softmax.js';
export * from './statistics.js';
export { sum, type ReduceOptions } from './sum.js';
export * from './trigonometric.js';
