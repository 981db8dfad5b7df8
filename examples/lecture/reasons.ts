/**
 * @file What is wrong in the lectures and why, in our words. A reason belongs to the printed text and the value it was written for.
 */

/** Why a printed text is wrong. */
export interface Erratum {
  /** What the lecture prints, as the table shows it. */
  printed: string;
  /** What the library gives, as the table shows it; empty for formulas, which are tested but have no value. */
  ours: string;
  /** One sentence. */
  because: string;
  /** What the text says in words, or in a damaged formula, where it prints no number. */
  says?: string;
}

function erratum(printed: string, ours: string, because: string): Erratum {
  return { printed, ours, because };
}

function inWords(says: string, ours: string, because: string): Erratum {
  return { ...erratum('–', ours, because), says };
}

export const errata: Readonly<Record<string, Erratum>> = {
  'vars-quadratic-index-slip': erratum(
    '[w_{d(d+1)/2}]',
    '',
    'the cross terms follow the d squares, so x1*x2 has the index d+1; d(d+1)/2 is the index of the last cross term',
  ),
  'linear4px-ship': erratum(
    '61.95',
    '60.75',
    'the ship score leaves out its bias of -1.2, which cat and dog include; with it the score is 60.75',
  ),
  'svm-000-cat-terms': erratum('2.9', '7.6', 'the scores 5.1 and -1.7 became 5 and 7; as written the two terms add up to 7.6'),
  'svm-000-frog': erratum('2.9', '12.9', 'the frog example loses 6.3 + 6.6 = 12.9; the leading 1 is missing'),
  'svm-000-frog-as-printed': erratum('2.9', '5', 'the expression itself, (5-3+1) + (7-6+1), is 5'),
  'svm-000-mean': erratum('1.97', '5.2667', 'it averages a sum of 5.9, but the three losses add up to 15.8'),
  'svm-004-losses-row': erratum('[2.9, –, 0]', '[2.9, 0, 12.9]', 'the 0 belongs to the car; the frog loses 12.9'),
  'svm-2w-all-losses': inWords(
    'W twice as large, losses 2.9, 0, 12.9',
    'L [4.8, 0, 23.8], mean 9.5333',
    'the slide doubles the scores of the car image alone; all of W doubled loses 4.8, 0 and 23.8, and only a loss of 0 stays as it is',
  ),
  'svm-2w-class2-row': inWords(
    'W for class 2 twofold, losses 2.9, 0, 12.9',
    'L [8, 0, 15.4], mean 7.8',
    'the slide doubles an image, the column x_2, and not a class; with the row of the car doubled the losses are 8, 0 and 15.4',
  ),
  'svm-q1-car-minus-half': inWords(
    'Losses must be positive',
    '0',
    'a loss may be 0, and this one is, before and after the car score falls by 0.5: the point of the question is that it does not change',
  ),
  'svm-q6-squared': inWords(
    'Q6: sum max(0, s_j - s_y + 1)',
    'L [8.41, 0, 83.25], mean 30.553',
    'the notes lost the exponent 2 and ask about the plain hinge again; squared, the losses are 8.41, 0 and 83.25',
  ),
  'softmax-probs-001': erratum('[0.2, 0.8, 0.0]', '[0.12998, 0.86905, 9.6793e-4]', 'at one decimal the probabilities are 0.1 and 0.9'),
  'softmax-loss-log10': erratum(
    '0.89',
    '2.0404',
    '0.89 is the base-10 logarithm; the natural one, which its own gradient 1/p needs, gives 2.04',
  ),
  'softmax-ce-slides': erratum('1.78', '4.0743', '1.78 uses the base-10 logarithm; the natural one gives 4.07'),
  'softmax-ce-slides-log10': erratum('1.78', '1.7694', 'it doubles the already rounded 0.89; even in base 10 the loss is 1.77'),
  'triples-svm-kink': erratum('0', '0.1', 'a loss that sits on the hinge does change: raising one wrong score by 0.1 costs 0.1'),
  'triples-softmax-mean': erratum('0', '0.18412', 'the second triple alone loses 0.55, so the mean is 0.18 and not about 0'),
  'triples-softmax-000-formula': erratum(
    '0',
    '6.3343',
    'it averages over the classes of one example instead of over the examples, which gives 6.33',
  ),
  'triples-000-1.14': erratum('1.14', '0.18412', 'no loss of these triples is 1.14: the SVM mean is 0 and the softmax mean is 0.18'),
  'triples-000-fractions': inWords(
    'e^10 e^3 e^-2 / (e^10 + e^-2 + e^3)',
    '[0.99908, 6.1386e-6, 9.1105e-4, 0.57612, 0.21194, 0.21194, 1, 1.6889e-48, 1.6889e-48]',
    'a probability has one exponential above the sum of its own row, not a product above the sum of the first row',
  ),
  'softmax2-is-sigmoid': inWords(
    'let lambda_0 = 0',
    'softmax [0.78583, 0.21417], sigmoid [0.78583, 0.21417]',
    'there is no lambda_0; with lambda_2 = 0 the softmax of two classes is (sigmoid(lambda_1), 1 - sigmoid(lambda_1))',
  ),
  'softmax-max-shift': inWords(
    'softmax(x = max s_i)',
    'shifted [-1.9, 0, -6.8], probs [0.12998, 0.86905, 9.6793e-4]',
    'the minus became an equals sign; softmax(s - max s) gives the probabilities, softmax of the largest score alone gives equal ones',
  ),
  'grad-ce-general': erratum(
    '[-1/(1-p_j)]',
    '',
    'the derivative of -log(1-p_j) is +1/(1-p_j); the gradient check rejects the printed sign',
  ),
  'grad-ce-example': erratum(
    '-(1/(1-0.1), 1/0.7, 0, ..., 1/(1-0.2))',
    '[1.1111, -1.4286, 1, 1, 1, 1, 1, 1, 1, 1.25]',
    'the rows off the true class need the opposite sign, and where p_j = 0 the derivative is 1 and not 0',
  ),
  'loss-sum-vs-average': erratum('[sum]', '', 'the formula divides by N, so 5.27 is the average; the sum is 15.8'),
  'table000-row-sums': erratum(
    '[1.000, 1.000, 1.000]',
    '[1, 1.0001, 1.0217]',
    'the third row adds up to 1.0217, so it is no softmax output',
  ),
  'table000-mean-labels012': erratum(
    '0.9335',
    '0.87978',
    'the printed table with labels 0, 1, 2 gives 0.8798; a row of the original is missing',
  ),
  'table000-mean-labels02': erratum('0.9335', '0.70766', 'the third target row is all zeros; counted as printed the mean is 0.7077'),
  'table000-mean-any-labels': erratum(
    '0.9335',
    '0.94651',
    'even the labels that come closest give 0.9465: digits of the table are damaged',
  ),
  'table000-L2-as-printed': inWords(
    '-log 0.3792 - log 0.3104 - log 0.3104',
    '3.3095',
    'a one-hot target keeps one term of three: the zeros became ones, and the line repeats the first row; the loss was -log 0.4147 = 0.88',
  ),
  'table000-L3-as-printed': inWords(
    '-log 0.2698 - log 0.4147 - log 0.2790',
    '3.4668',
    'a one-hot target keeps one term of three: the zeros became ones, and 0.2790 stands nowhere in the table',
  ),
  'table000-L4L5-as-printed': inWords(
    '-log 0.2698 - log 0.3104 - log 0.3104 ~ 0.9335',
    '3.6499',
    'a one-hot target keeps one term of three: the zeros became ones, so the line gives 3.65; 0.9335 is the mean of four losses',
  ),
  'reg-l1': inWords(
    'L1 concentrates, cf. [1, 0, 0, 0]',
    '[1, 1]',
    'both weight vectors have the same L1 penalty, 1: a tie and no preference; what L1 prefers shows only with unequal x',
  ),
  'reg-000-three-entries': erratum('3', '4', 'with entries of 0.25 it takes four to make w.x = 1'),
  'reg-002-missing-index': erratum('[W]', '[W_2]', 'the subscript is lost: the weights with the smaller sum of squares are W_2'),
  'numgrad-question-marks': erratum('10', '', 'there are nine weights to differentiate by, and ten question marks'),
  'mixture-laplace-integral': erratum(
    '1',
    '2',
    'with 2g below |y-f| the factor 1/(2g) does not normalise: the printed density integrates to 2',
  ),
  'gauss-mle-constant': erratum(
    '+1/2 log(sigma^2)',
    '-1.6121',
    'the log of the Gaussian factor is -1/2 log(2 pi sigma^2): the sign is wrong and 2 pi is dropped',
  ),
  'laplace-mle-sign': erratum('[argmax +sum|f-y|]', '', 'the minus sign is lost: the log likelihood falls as |f-y| grows'),
  'softmax-numerator-index': erratum('[e^{s_i}]', '', 'i counts the examples; the numerator must be the score of the true class y_i'),
  'svm-000-indices': erratum('[y_ij >= y_ij + 1]', '', 'both sides are the same number, so it never holds; meant is s_{y_i} >= s_j + 1'),
  'grad-002-sum-index': erratum(
    '[sum_{j != y_i} grad L_i]',
    '',
    'the gradient of the full loss averages over the examples i; it does not sum over classes',
  ),
  'neuron-M-index': erratum('[z_n]', '', 'output M is the sigmoid of z_M'),
  'gd-004-index': erratum('[dL/dw_i]', '', 'the entry W_ij moves along its own slope dL/dW_ij; dL/dw_i is a whole row'),
  'full-loss-missing-lambda': erratum('[R(W)]', '', 'the strength lambda is missing; the two losses are equal only for lambda = 1'),
};

/** Why an entry cannot be recomputed: what the text does not give. */
export const lost: Readonly<Record<string, string>> = {
  'knn-k7': 'k = 7 is read off a figure whose points are not in the text',
  'numgrad-analytic-row': 'the loss function is not in the text, and only three of its nine slopes have the losses they come from',
  'toy-figure-000-counts': 'the figure is lost and the text has no coordinates',
  'rl-credit': 'it is a rule that is set, not a number that follows from others',
};
