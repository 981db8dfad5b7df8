/**
 * @file Every public op in one list: `index.ts` exports it, `methods.ts` derives the chainable methods from it.
 */
export * from './create.js';
export * from './elementwise.js';
export * from './indexing.js';
export * from './logic.js';
export * from './matmul.js';
export * from './movement.js';
export * from './random.js';
export * from './reduce.js';
export { sum, type ReduceOptions } from './sum.js';
