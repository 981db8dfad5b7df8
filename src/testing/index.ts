/**
 * Property tests for ops and losses of one's own: fast-check arbitraries of tensors, and the laws the library's own ops pass.
 * @packageDocumentation
 */
export { choices, drawFrom, type Drawing, shapes, tensors } from './arbitraries.js';
export { lawBatch } from './law-batch.js';
export {
  differentiable,
  type Law,
  lawBroadcast,
  lawLinear,
  lawOrder2,
  lawOrder3,
  lawPure,
  lawShape,
  lawSpecial,
  lawVjp,
  mutant,
  MUTATIONS,
  type Numbers,
} from './laws.js';
export { checkOp, checkProperty, type LawOptions, type LawReport } from './check.js';
