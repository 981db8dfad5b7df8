/**
 * @file The kinds of error in the lectures, and how the page of errata writes what is printed and what is right.
 */

/** One kind of error: a heading, what to know of it, and its entries. */
export interface Kind {
  heading: string;
  about: string;
  entries: readonly string[];
  /** Stories that show it. */
  stories: readonly string[];
}

export const kinds: readonly Kind[] = [
  {
    heading: 'The wrong logarithm',
    about:
      'In losses, log is the natural logarithm: the gradient −1/p that the same slides print is the derivative of −ln p, and the 2.04 and 2.3 of text 004 are natural logarithms. Two slides took base 10.',
    entries: ['softmax-loss-log10', 'softmax-ce-slides'],
    stories: ['slide-gradients', 'svm-versus-softmax'],
  },
  {
    heading: 'Something is left out',
    about: 'A bias, a factor λ, an exponent: the formula a few lines away has it.',
    entries: ['linear4px-ship', 'full-loss-missing-lambda', 'svm-q6-squared'],
    stories: ['three-views', 'svm-questions'],
  },
  {
    heading: 'The wrong sign',
    about:
      'A gradient with a wrong sign still looks like a gradient. `gradcheck` compares it with central differences of the loss and rejects it; that is what the check is for.',
    entries: ['grad-ce-general', 'grad-ce-example', 'laplace-mle-sign', 'gauss-mle-constant', 'softmax-max-shift'],
    stories: ['slide-gradients', 'maximum-likelihood'],
  },
  {
    heading: 'Probabilities that do not add up',
    about: 'A density integrates to 1 and a row of softmax outputs adds up to 1. These do not.',
    entries: ['mixture-laplace-integral', 'table000-row-sums'],
    stories: ['multimodal'],
  },
  {
    heading: 'The wrong index, or the wrong sum',
    about:
      'In the lectures i counts examples, j and y count classes, m counts neurons. Whoever programs these lines as they stand gets another function.',
    entries: [
      'vars-quadratic-index-slip',
      'neuron-M-index',
      'gd-004-index',
      'grad-002-sum-index',
      'softmax-numerator-index',
      'svm-000-indices',
      'softmax2-is-sigmoid',
      'triples-softmax-000-formula',
      'reg-002-missing-index',
    ],
    stories: ['random-search'],
  },
  {
    heading: 'Rounding',
    about: 'A number that was rounded before it was used, or rounded until nothing was left of it.',
    entries: ['softmax-probs-001', 'softmax-ce-slides-log10', 'triples-softmax-mean'],
    stories: ['svm-versus-softmax'],
  },
  {
    heading: 'Claims that do not hold',
    about:
      'Words, not numbers: a tie called a preference, a rule with an exception in its own example, a table that does not show what its title says.',
    entries: ['reg-l1', 'triples-svm-kink', 'svm-2w-class2-row', 'svm-2w-all-losses', 'svm-q1-car-minus-half', 'loss-sum-vs-average'],
    stories: ['weight-preference', 'w-and-2w', 'svm-questions', 'svm-versus-softmax'],
  },
  {
    heading: 'Damaged numbers',
    about:
      'Digits that were lost in writing or in reading the page by machine. The method beside them is right, so the right number can be recomputed from the scores of the other texts.',
    entries: [
      'svm-000-cat-terms',
      'svm-000-frog',
      'svm-000-frog-as-printed',
      'svm-000-mean',
      'svm-004-losses-row',
      'triples-000-1.14',
      'triples-000-fractions',
      'table000-mean-labels012',
      'table000-mean-labels02',
      'table000-mean-any-labels',
      'table000-L2-as-printed',
      'table000-L3-as-printed',
      'table000-L4L5-as-printed',
      'reg-000-three-entries',
      'numgrad-question-marks',
    ],
    stories: ['svm-questions', 'maximum-likelihood', 'weight-preference'],
  },
];

/** How the page writes an entry, where the number itself does not say enough. */
export interface Wording {
  printed?: string;
  right?: string;
  /** Where exactly, if the entry also names places that are right, or that only ask: "000:216". */
  at?: readonly string[];
}

export const wordings: Readonly<Record<string, Wording>> = {
  'softmax-loss-log10': { printed: '−log(0.13) = 0.89', right: '2.04' },
  'softmax-ce-slides': { printed: '−log(0.13) − log(1 − 0.87) − log(1 − 0.0) = 0.89 · 2', right: '4.07' },
  'full-loss-missing-lambda': { printed: '1/N Σ L_i + R(W)', right: '1/N Σ L_i + λ R(W)' },
  'svm-q6-squared': { printed: 'Σ max(0, y_j − y_i + 1)', right: 'Σ max(0, s_j − s_y + 1)²', at: ['000:126'] },
  'grad-ce-general': { printed: '∂L/∂p_j = −1/(1 − p_j) for j ≠ y', right: '+1/(1 − p_j)' },
  'grad-ce-example': {
    printed: '−(1/(1 − 0.1), 1/0.7, 0, …, 1/(1 − 0.2))',
    right: '(1/(1 − 0.1), −1/0.7, 1, …, 1/(1 − 0.2))',
  },
  'laplace-mle-sign': { printed: 'argmax +Σ|f − y|', right: 'argmax −Σ|f − y|' },
  'gauss-mle-constant': { printed: '+½ log σ²', right: '−½ log(2πσ²)' },
  'softmax-max-shift': { printed: 'softmax(x = max s_i)', right: 'softmax(s − max s_i)' },
  'mixture-laplace-integral': { printed: '1/(2g) exp(−|y − f|/(2g))', right: '1/(2g) exp(−|y − f|/g)' },
  'vars-quadratic-index-slip': { printed: 'w_{d(d+1)/2} x₁x₂', right: 'w_{d+1} x₁x₂' },
  'neuron-M-index': { printed: 'y_M = 1/(1 + e^{−z_n})', right: 'y_M = 1/(1 + e^{−z_M})' },
  'gd-004-index': { printed: 'W_{i,j} − η ∂L/∂w_i', right: 'W_{i,j} − η ∂L/∂W_{i,j}' },
  'grad-002-sum-index': { printed: 'Σ_{j≠y_i} ∇L_i + λ∇R', right: '1/N Σ_i ∇L_i + λ∇R' },
  'softmax-numerator-index': { printed: '−log(e^{s_i}/Σ e^{s_j})', right: '−log(e^{s_{y_i}}/Σ e^{s_j})' },
  'svm-000-indices': { printed: 'y_{ij} ≥ y_{ij} + 1', right: 's_{y_i} ≥ s_j + 1' },
  'softmax2-is-sigmoid': { printed: 'let λ₀ = 0', right: 'let λ₂ = 0' },
  'triples-softmax-000-formula': {
    printed: '⅓(−log p₀ − log p₁ − log p₂) of one example ≈ 0',
    right: '6.33 as printed; 0.184 over the examples',
  },
  'reg-002-missing-index': { printed: 'L2 prefers W', right: 'L2 prefers W₂' },
  'softmax-probs-001': { right: '0.1, 0.9, 0.0' },
  'softmax-ce-slides-log10': { printed: '0.89 · 2', right: '1.77 in base 10' },
  'triples-softmax-mean': { printed: '≈ 0', right: '0.184' },
  'reg-l1': { printed: 'L1 concentrates, cf. [1, 0, 0, 0]', right: '|w₁| = |w₂| = 1' },
  'triples-svm-kink': { printed: 'SVM loss = 0 ⇒ 0 after a jiggle', right: '0.1 for (10, 9.1, 9)', at: ['000:216'] },
  'svm-2w-class2-row': { printed: 'W for class 2 twofold: 2.9, 0, 12.9', right: '8, 0, 15.4' },
  'svm-2w-all-losses': { printed: 'W twice as large: 2.9, 0, 12.9', right: '4.8, 0, 23.8', at: ['001:1293-1311'] },
  'svm-q1-car-minus-half': { printed: 'Losses must be positive', right: 'losses are ≥ 0', at: ['000:114'] },
  'loss-sum-vs-average': { printed: 'a sum of loss over examples', right: 'the average, 5.27; the sum is 15.8' },
  'svm-000-cat-terms': { printed: 'max(0, 5 − 3.2 + 1) + max(0, 7 − 3.2 + 1) = 2.9', right: '7.6; with 5.1 and −1.7 it is 2.9' },
  'svm-000-frog-as-printed': { printed: '(5 − 3 + 1) + (7 − 6 + 1) = 2.9' },
  'svm-000-mean': { printed: '⅓(5.9) ≈ 1.97', right: '5.27' },
  'svm-004-losses-row': { printed: '2.9, –, 0', right: '2.9, 0, 12.9' },
  'triples-000-1.14': { printed: '≈ 1.14', right: '0 (SVM), 0.184 (softmax)' },
  'triples-000-fractions': { printed: 'e¹⁰e³e⁻²/(e¹⁰ + e⁻² + e³)', right: 'e¹⁰/(e¹⁰ + e⁻² + e³)' },
  'table000-mean-labels012': { right: '0.8798 with labels 0, 1, 2' },
  'table000-mean-labels02': { right: '0.7077 with the printed targets' },
  'table000-mean-any-labels': { right: '0.9465 with the best labels' },
  'table000-L2-as-printed': { printed: '−log 0.3792 − log 0.3104 − log 0.3104', right: '−log 0.4147' },
  'table000-L3-as-printed': { printed: '−log 0.2698 − log 0.4147 − log 0.2790', right: '−log of one of them' },
  'table000-L4L5-as-printed': { printed: '−log 0.2698 − log 0.3104 − log 0.3104 ≈ 0.9335', right: '3.65; 0.9335 is a mean of four losses' },
  'reg-000-three-entries': { printed: '[0.25, 0.25, 0.25]', right: '[0.25, 0.25, 0.25, 0.25]' },
  'numgrad-question-marks': { printed: '10 question marks', right: '9' },
};

/** What is right in print, but easy to misread. */
export const misread: Readonly<Record<string, string>> = {
  'ce-slides-example':
    'What the slides call cross-entropy is a sum of C binary cross-entropies. The usual cross-entropy of the same example is −log 0.7 = 0.357. The library keeps the names apart: `oneVsRestCrossEntropy` and `crossEntropy`.',
  'mnist-784': 'The number is right, but MNIST images are not binary: a pixel has 256 values. 2⁷⁸⁴ counts binary images.',
  'nn-l1-uint8-wrap':
    'The slide’s program subtracts bytes. On raw images the difference wraps round at 256, and the distance is 2712 and not 456; the library turns bytes into floats first.',
  'table000-source-each':
    'The printed 0.969692 is the logarithm of the rounded 0.3792. From the scores themselves the first loss is 0.969817.',
};
