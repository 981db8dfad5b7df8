/**
 * The entry point `chainrule/formula`: mathematics as it stands in the lecture, lowered onto ops.
 * @packageDocumentation
 */
import '../ops/methods.js';

export { derivative } from './derivative.js';
export { type Formula, formula, type FormulaOptions, type FormulaText } from './formula.js';
export { type StatedFormula, statedFormulas } from './stated.js';
export type { FormulaSymbols } from './types.js';
