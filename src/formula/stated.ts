/**
 * @file The library's own losses and regularisers as formulas: what they compute, in one line. Tests prove that both are the same in value,
 * gradient and Hessian; the LaTeX in the docs is made from here.
 */

/** A loss or regulariser as a formula. */
export interface StatedFormula {
  /** The function of the library. */
  readonly name: string;
  /** Its formula per example (or per element), before the reduction; options are symbols. */
  readonly text: string;
  /** What its options change: a label and the formula then. */
  readonly variants: readonly (readonly [label: string, text: string])[];
  /** Values of the symbols that are options, where they are left out. */
  readonly defaults: Readonly<Record<string, number>>;
}

const state = (
  name: string,
  text: string,
  defaults: Readonly<Record<string, number>> = {},
  variants: readonly (readonly [string, string])[] = [],
): StatedFormula => Object.freeze({ name, text, variants: Object.freeze(variants), defaults: Object.freeze(defaults) });

/**
 * The losses and regularisers of the library as formulas.
 * @example
 * const { text, defaults } = statedFormulas.find(({ name }) => name === 'multiclassHinge')!;
 * text; // → L(s, y) = sum_{j != y} max(0, s_j - s_y + delta)^power
 * formula(text)([[3.2, 5.1, -1.7]], [0], defaults); // → 2.9
 */
export const statedFormulas: readonly StatedFormula[] = Object.freeze([
  state('mseLoss', 'L(s, y) = (s - y)^2'),
  state('l1Loss', 'L(s, y) = |s - y|'),
  state('huberLoss', 'd = s - y; L(s, y) = |d| <= delta ? d^2 / 2 : delta * (|d| - delta / 2)', { delta: 1 }),
  state('binaryHinge', 'L(s, y) = max(0, 1 - y .* s)'),
  state('multiclassHinge', 'L(s, y) = sum_{j != y} max(0, s_j - s_y + delta)^power', { delta: 1, power: 1 }, [
    ['includeCorrect', 'L(s, y) = sum_j max(0, s_j - s_y + delta)^power'],
    ["reduceClasses: 'mean'", 'L(s, y) = mean_j 1(j != y) * max(0, s_j - s_y + delta)^power'],
    ["reduceClasses: 'meanOthers'", 'L(s, y) = mean_{j != y} max(0, s_j - s_y + delta)^power'],
  ]),
  state('crossEntropy', 'L(s, y) = log(sum_j exp(s_j)) - s_y', {}, [
    ['probabilities', 'q = logSoftmax(s); L(s, P) = -sum_j P_j * q_j'],
    ['labelSmoothing', 'q = logSoftmax(s); L(s, y) = -(1 - labelSmoothing) * q_{y} - labelSmoothing * mean(q, -1)'],
    ['weight', 'L(s, y) = weight_{y} .* (logsumexp(s, -1) - s_{y})'],
    ['weight, probabilities', 'q = logSoftmax(s); L(s, P) = -sum_j weight_j * P_j * q_j'],
    [
      'weight, labelSmoothing',
      'q = logSoftmax(s); L(s, y) = -(1 - labelSmoothing) * weight_{y} .* q_{y} - labelSmoothing * mean_j weight_j * q_j',
    ],
    ["weight, 'mean'", 'l = logsumexp(s, -1) - s_{y}; L(s, y) = sum(weight_{y} .* l) / sum(weight_{y})'],
    [
      "weight, labelSmoothing, 'mean'",
      'q = logSoftmax(s); l = -(1 - labelSmoothing) * weight_{y} .* q_{y} - labelSmoothing * mean_j weight_j * q_j; L(s, y) = sum(l) / sum(weight_{y})',
    ],
  ]),
  state('nllLoss', 'L(q, y) = -q_{y}', {}, [
    ['weight', 'L(q, y) = -weight_{y} .* q_{y}'],
    ["weight, 'mean'", 'L(q, y) = -sum(weight_{y} .* q_{y}) / sum(weight_{y})'],
  ]),
  state('oneVsRestCrossEntropy', 'L(p, y) = -log(p_y) - sum_{j != y} log1p(-p_j)'),
  state('binaryCrossEntropy', 'L(p, y) = -weight .* (y .* max(log(p), -100) + (1 - y) .* max(log1p(-p), -100))', { weight: 1 }),
  state('binaryCrossEntropyWithLogits', 'L(s, y) = weight .* (posWeight .* y .* softplus(-s) + (1 - y) .* softplus(s))', {
    weight: 1,
    posWeight: 1,
  }),
  state('klDiv', 'L(q, P) = P == 0 ? 0 : P .* (log(P) - q)', {}, [
    ['logTarget', 'L(q, t) = exp(t) .* (t - q)'],
    ["'batchmean'", 'd = P == 0 ? 0 : P .* (log(P) - q); L(q, P) = sum(mean(d, 0))'],
    ["logTarget, 'batchmean'", 'L(q, t) = sum(mean(exp(t) .* (t - q), 0))'],
  ]),
  state('entropy', 'H(P) = -sum(P == 0 ? 0 : P .* log(P), -1)'),
  state('l1', 'R(W) = sum(|W|)'),
  state('l2', 'R(W) = sum(W^2)'),
  state('elasticNet', 'R(W) = sum(beta * W^2 + |W|)'),
]);
