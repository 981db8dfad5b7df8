/**
 * @file Every public op in one list: `index.ts` exports it, `methods.ts` derives the chainable methods from it.
 */
export * from './activations.js';
export * from './aliases.js';
export type { AxisOptions } from './along.js';
export * from './arithmetic.js';
export * from './at.js';
export * from './casting.js';
export * from './convolution.js';
export * from './create.js';
export * from './cumulative.js';
export * from './diagonals.js';
export * from './einsum.js';
export * from './exponential.js';
export * from './extrema.js';
export * from './indexing.js';
export * from './linear-algebra.js';
export * from './inverse-trigonometric.js';
export * from './logic.js';
export { maskedFill, maskedSelect } from './masks.js';
export * from './matmul.js';
export * from './neighbors.js';
export * from './pooling.js';
export * from './quantifiers.js';
export * from './random.js';
export * from './rolling.js';
export * from './rounding.js';
export * from './shaping.js';
export * from './slicing.js';
export * from './softmax.js';
export * from './sorting.js';
export * from './special.js';
export { mean, norm, type NormOptions, std, variance, type VarianceOptions } from './statistics.js';
export type { PerAxis } from './spatial.js';
export { sum, type ReduceOptions } from './sum.js';
export * from './trigonometric.js';
export { fold, unfold, type WindowOptions } from './windows.js';
