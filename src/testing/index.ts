/**
 * Property tests for ops and losses of one's own: fast-check arbitraries of tensors, and the laws the library's own ops pass.
 * @packageDocumentation
 */
export { choices, drawFrom, type Drawing, shapes, tensors } from './arbitraries.js';
export {
  differentiable,
  lawBroadcast,
  lawLinear,
  lawOrder2,
  lawPure,
  lawShape,
  lawSpecial,
  lawVjp,
  mutant,
  MUTATIONS,
  type Numbers,
} from './laws.js';
export { checkOp, checkProperty, type LawOptions } from './check.js';
