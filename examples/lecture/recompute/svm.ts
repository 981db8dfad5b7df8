/**
 * @file The multiclass hinge loss: the lectures' score tables, the six questions, W against 2W, and its gradient.
 */
import { add, div, expandDims, type HingeOptions, mean, mul, multiclassHinge, pick, relu, sub, sum } from 'chainrule';
import { examplesIn, type Inputs, numberIn, numberOr, tensorIn } from '../inputs.js';
import { type Json, valueOf } from '../value.js';
import { each, gradientOf, meanOf, type Recompute, type RowLoss, table } from './recompute.js';

/** The margin Δ: 1 in all lectures. */
const delta = (inputs: Inputs): number => numberOr(inputs, 'margin', 1);

type Variant = Pick<HingeOptions, 'power' | 'includeCorrect' | 'reduceClasses'>;

/** Σ_{j≠y} max(0, s_j − s_y + Δ) or one of the variants that the six questions ask about, for each row. */
function hinge(variant: Variant = {}): (inputs: Inputs) => RowLoss {
  return (inputs) => (rows, labels) => multiclassHinge(rows, labels, { delta: delta(inputs), reduction: 'none', ...variant });
}

type Form = (loss: RowLoss) => Recompute;

/** A recomputation whose loss itself depends on the inputs. */
function of(form: Form, loss = hinge()): Recompute {
  return (inputs) => form(loss(inputs))(inputs);
}

/** s_j − s_y + Δ for the classes j ≠ y, before max(0, ·). */
function margins(inputs: Inputs): Json {
  const { rows, labels, single } = examplesIn(inputs);
  const all = add(sub(rows, expandDims(pick(rows, labels), -1)), delta(inputs)).toArray() as number[][];
  const others = all.map((row, i) => row.filter((_, j) => j !== labels[i]));
  return single ? others[0]! : others;
}

/** The notes' cat line: max(0, a − s_y + 1) over the numbers a as they are printed. */
function catTermsAsPrinted(inputs: Inputs): Json {
  return sum(relu(add(sub(tensorIn(inputs, 'as_printed', 1), numberIn(inputs, 'y_score')), delta(inputs)))).item();
}

/** The notes' frog line: Σ (a − b + 1) over the printed pairs, which it writes without max. */
function frogAsPrinted(inputs: Inputs): Json {
  const pairs = tensorIn(inputs, 'as_printed', 2).toArray() as [number, number][];
  const column = (k: 0 | 1): number[] => pairs.map((pair) => pair[k]);
  return sum(add(sub(column(0), column(1)), delta(inputs))).item();
}

const meanOfLosses: Recompute = (inputs) => mean(tensorIn(inputs, 'losses', 1)).item();

export const svm: Readonly<Record<string, Recompute>> = {
  'svm-cat-margins': margins,
  'svm-cat': of(each),
  'svm-car-margins': margins,
  'svm-car': of(each),
  'svm-frog-margins': margins,
  'svm-frog': of(each),
  'svm-mean': meanOfLosses,
  'svm-000-cat-terms': catTermsAsPrinted,
  'svm-000-frog': of(each),
  'svm-000-frog-as-printed': frogAsPrinted,
  'svm-000-mean': meanOfLosses,
  // "1/3 (5.9)": the three is the number of examples on the page.
  'svm-000-mean-arithmetic': (inputs) => div(numberIn(inputs, 'sum'), 3).item(),
  'svm-2w-margins': margins,
  'svm-2w-scores': (inputs) => valueOf(mul(2, tensorIn(inputs, 'scores'))),
  'svm-2w-loss': of(each),
  'svm-2w-all-losses': of(table),
  'svm-2w-class2-row': of(table),
  'svm-004-losses-row': of(each),
  'svm-q1-car-minus-half': of(each),
  // No input: the loss at scores whose margins are all kept, and at one that is infinitely wrong.
  'svm-q2-minmax': () => [multiclassHinge([[0, 10]], [1]).item(), multiclassHinge([[Infinity, 0]], [1]).item()],
  'svm-q3-C3': of(each),
  'svm-q3-C10': of(each),
  'svm-q4-all-classes': of(table, hinge({ includeCorrect: true })),
  'svm-q5-mean-over-C-1': of(table, hinge({ reduceClasses: 'meanOthers' })),
  'svm-q5-mean-over-C': of(table, hinge({ reduceClasses: 'mean' })),
  'svm-q6-squared': of(table, hinge({ power: 2 })),
  'svm-grad-scores': of(gradientOf),
  'scores10-table-svm': of(table),
  'svm-vs-softmax-hinge': of(each),
  'svm-vs-softmax-margins': margins,
  'triples-svm': (inputs) => ({ mean: of(meanOf)(inputs) }),
  'triples-svm-kink': of(each),
  'triples-svm-grad-kink': of(gradientOf),
};
