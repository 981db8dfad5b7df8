/**
 * Losses of the literature as one-line formulas: docs/loss-gallery.md is written from here (`npm run generate`), and
 * test/unit/formula/gallery.test.ts computes each of them in plain numbers beside it.
 */
import { formula } from 'chainrule/formula';

/** A loss of the gallery. */
export interface GalleryLoss {
  readonly name: string;
  readonly text: string;
  readonly source: string;
  /** Usual values of the parameters. */
  readonly defaults?: Readonly<Record<string, number>>;
}

interface Chapter {
  readonly title: string;
  readonly about: string;
  readonly losses: readonly GalleryLoss[];
}

const gallery: readonly Chapter[] = [
  {
    title: 'Regression',
    about: 'Predictions s, targets y of the same shape; μ (mu) where a prediction must be positive.',
    losses: [
      { name: 'Pinball', text: 'd = y - s; L(s, y) = max(tau * d, (tau - 1) * d)', defaults: { tau: 0.9 }, source: 'Koenker and Bassett, Regression quantiles, 1978' }, // prettier-ignore
      { name: 'Expectile', text: 'd = y - s; L(s, y) = |tau - 1(d < 0)| .* d^2', defaults: { tau: 0.9 }, source: 'Newey and Powell, Asymmetric least squares, 1987' }, // prettier-ignore
      { name: 'Quantile Huber', text: 'd = y - s; h = |d| <= kappa ? d^2 / 2 : kappa * (|d| - kappa / 2); L(s, y) = |tau - 1(d < 0)| .* h / kappa', defaults: { tau: 0.9, kappa: 1 }, source: 'Dabney et al., Implicit quantile networks for distributional reinforcement learning, 2018; the earlier paper on quantile regression does not divide by κ' }, // prettier-ignore
      { name: 'Epsilon-insensitive', text: 'L(s, y) = max(0, |s - y| - epsilon)', defaults: { epsilon: 0.1 }, source: 'Vapnik, The nature of statistical learning theory, 1995' }, // prettier-ignore
      { name: 'Log-cosh', text: 'd = |s - y|; L(s, y) = d + softplus(-2d) - log(2)', source: 'Green, Bayesian reconstructions from emission tomography data, 1990; log cosh d in a form that does not overflow' }, // prettier-ignore
      { name: 'Pseudo-Huber', text: 'L(s, y) = delta^2 * (sqrt(1 + ((s - y) / delta)^2) - 1)', defaults: { delta: 1 }, source: 'Charbonnier et al., Two deterministic half-quadratic regularization algorithms, 1994' }, // prettier-ignore
      { name: 'Cauchy', text: 'L(s, y) = c^2 / 2 * log1p(((s - y) / c)^2)', defaults: { c: 1 }, source: 'Black and Anandan, The robust estimation of multiple motions, 1996' }, // prettier-ignore
      { name: 'Geman–McClure', text: 'd = (s - y)^2; L(s, y) = d / (d + c^2)', defaults: { c: 1 }, source: 'Geman and McClure, Bayesian image analysis, 1985' }, // prettier-ignore
      { name: 'Welsch', text: 'L(s, y) = c^2 / 2 * (1 - exp(-((s - y) / c)^2))', defaults: { c: 1 }, source: 'Dennis and Welsch, Techniques for nonlinear least squares and robust regression, 1978' }, // prettier-ignore
      { name: 'Tukey biweight', text: 'd = (s - y) / c; L(s, y) = c^2 / 6 * (|d| <= 1 ? 1 - (1 - d^2)^3 : 1)', defaults: { c: 4.685 }, source: 'Beaton and Tukey, The fitting of power series, 1974' }, // prettier-ignore
      { name: 'General robust', text: 'b = |alpha - 2|; L(s, y) = b / alpha * ((((s - y) / c)^2 / b + 1)^(alpha / 2) - 1)', defaults: { alpha: 1, c: 1 }, source: 'Barron, A general and adaptive robust loss function, 2019' }, // prettier-ignore
      { name: 'Wing', text: 'd = |s - y|; L(s, y) = d < w ? w * log1p(d / epsilon) : d - w + w * log(1 + w / epsilon)', defaults: { w: 1, epsilon: 0.5 }, source: 'Feng et al., Wing loss for robust facial landmark localisation, 2018' }, // prettier-ignore
      { name: 'Squared logarithmic', text: 'L(s, y) = (log1p(s) - log1p(y))^2', source: 'scikit-learn, mean_squared_log_error' },
      { name: 'Absolute percentage', text: 'L(s, y) = |s - y| ./ |y|', source: 'Makridakis et al., The accuracy of extrapolation methods, 1982' }, // prettier-ignore
    ],
  },
  {
    title: 'Likelihoods and deviances',
    about: 'A deviance is twice the log-likelihood that is lost beside a perfect prediction: 0 there, and never negative.',
    losses: [
      { name: 'Gaussian NLL', text: 'L(mu, y, v) = (log(v) + (y - mu)^2 ./ v) / 2', source: 'Nix and Weigend, Estimating the mean and variance of the target probability distribution, 1994' }, // prettier-ignore
      { name: 'Poisson NLL', text: 'L(s, y) = exp(s) - y .* s', source: 'PyTorch, poisson_nll_loss; s is the logarithm of the rate' },
      { name: 'Gamma deviance', text: 'L(mu, y) = 2 * (log(mu ./ y) + y ./ mu - 1)', source: 'McCullagh and Nelder, Generalized linear models, 1989' }, // prettier-ignore
      { name: 'Tweedie deviance', text: 'L(mu, y) = 2 * (y^(2 - p) / ((1 - p) * (2 - p)) - y .* mu^(1 - p) / (1 - p) + mu^(2 - p) / (2 - p))', defaults: { p: 1.5 }, source: 'Jørgensen, Exponential dispersion models, 1987; between Poisson (p = 1) and gamma (p = 2)' }, // prettier-ignore
      { name: 'KL of a variational autoencoder', text: 'L(mu, v) = sum(mu^2 + exp(v) - v - 1, -1) / 2', source: 'Kingma and Welling, Auto-encoding variational Bayes, 2014; v is the log-variance' }, // prettier-ignore
    ],
  },
  {
    title: 'Two classes: a score s, labels y = ±1',
    about: 'Every one is a function of the margin m = y·s.',
    losses: [
      { name: 'Logistic', text: 'L(s, y) = softplus(-y .* s)', source: 'Cox, The regression analysis of binary sequences, 1958' },
      { name: 'Exponential (AdaBoost)', text: 'L(s, y) = exp(-y .* s)', source: 'Freund and Schapire, A decision-theoretic generalization of on-line learning, 1997' }, // prettier-ignore
      { name: 'Squared hinge', text: 'L(s, y) = max(0, 1 - y .* s)^2', source: 'Cortes and Vapnik, Support-vector networks, 1995' },
      { name: 'Modified Huber', text: 'm = y .* s; L(s, y) = m >= -1 ? max(0, 1 - m)^2 : -4m', source: 'Zhang, Solving large scale linear prediction problems, 2004' }, // prettier-ignore
      { name: 'Smooth hinge', text: 'm = y .* s; L(s, y) = m <= 0 ? 1/2 - m : max(0, 1 - m)^2 / 2', source: 'Rennie and Srebro, Loss functions for preference levels, 2005' }, // prettier-ignore
      { name: 'Savage', text: 'L(s, y) = sigmoid(-2 * y .* s)^2', source: 'Masnadi-Shirazi and Vasconcelos, On the design of loss functions for classification, 2008' }, // prettier-ignore
    ],
  },
  {
    title: 'Many classes: scores s [N, C], labels y [N]',
    about: 'One loss a row. `s_{y}` is the score of the right class.',
    losses: [
      { name: 'Focal', text: 'q = logSoftmax(s); L(s, y) = -(1 - exp(q_{y}))^gamma .* q_{y}', defaults: { gamma: 2 }, source: 'Lin et al., Focal loss for dense object detection, 2017' }, // prettier-ignore
      { name: 'Crammer–Singer hinge', text: 'L(s, y) = max(0, 1 + max_{j != y}(s_j) - s_y)', source: 'Crammer and Singer, On the algorithmic implementation of multiclass kernel-based vector machines, 2001' }, // prettier-ignore
      { name: 'Brier', text: 'p = softmax(s); L(s, y) = sum_j (p_j - 1(j == y))^2', source: 'Brier, Verification of forecasts expressed in terms of probability, 1950' }, // prettier-ignore
      { name: 'Generalized cross-entropy', text: 'p = softmax(s); L(s, y) = (1 - p_{y}^q) / q', defaults: { q: 0.7 }, source: 'Zhang and Sabuncu, Generalized cross entropy loss for training deep neural networks with noisy labels, 2018' }, // prettier-ignore
      { name: 'Poly-1', text: 'q = logSoftmax(s); L(s, y) = epsilon * (1 - exp(q_{y})) - q_{y}', defaults: { epsilon: 1 }, source: 'Leng et al., PolyLoss, 2022' }, // prettier-ignore
    ],
  },
  {
    title: 'Embeddings and rankings: rows a, b, p (positive), n (negative)',
    about: 'Rows of embeddings [N, D]; y says of a pair whether it belongs together.',
    losses: [
      { name: 'Contrastive', text: 'd = norm(a - b, -1); L(a, b, y) = (y .* d^2 + (1 - y) .* max(0, margin - d)^2) / 2', defaults: { margin: 1 }, source: 'Hadsell, Chopra and LeCun, Dimensionality reduction by learning an invariant mapping, 2006; y = 1 for alike' }, // prettier-ignore
      { name: 'Triplet', text: 'L(a, p, n) = max(0, sum((a - p)^2, -1) - sum((a - n)^2, -1) + margin)', defaults: { margin: 0.2 }, source: 'Schroff, Kalenichenko and Philbin, FaceNet, 2015' }, // prettier-ignore
      { name: 'InfoNCE', text: "s = a * p' / tau; L(a, p) = mean_i (logsumexp_j(s_{i,j}) - s_{i,i})", defaults: { tau: 0.5 }, source: 'van den Oord, Li and Vinyals, Representation learning with contrastive predictive coding, 2018' }, // prettier-ignore
      { name: 'Cosine embedding', text: 'c = sum(a .* b, -1) ./ (norm(a, -1) .* norm(b, -1)); L(a, b, y) = y > 0 ? 1 - c : max(0, c - margin)', defaults: { margin: 0 }, source: 'PyTorch, cosine_embedding_loss; y = ±1' }, // prettier-ignore
      { name: 'Margin ranking', text: 'L(a, b, y) = max(0, margin - y .* (a - b))', defaults: { margin: 0 }, source: 'Herbrich, Graepel and Obermayer, Large margin rank boundaries for ordinal regression, 2000' }, // prettier-ignore
      { name: 'Bayesian personalized ranking', text: 'L(a, b) = softplus(b - a)', source: 'Rendle et al., BPR, 2009' },
    ],
  },
  {
    title: 'Segmentation: probabilities p, masks y',
    about: 'One number for a whole picture.',
    losses: [
      { name: 'Dice', text: 'L(p, y) = 1 - 2 * sum(p .* y) / (sum(p^2) + sum(y^2))', source: 'Milletari, Navab and Ahmadi, V-Net, 2016' },
      { name: 'Jaccard', text: 't = sum(p .* y); L(p, y) = 1 - t / (sum(p) + sum(y) - t)', source: 'Rahman and Wang, Optimizing intersection-over-union in deep neural networks, 2016' }, // prettier-ignore
      { name: 'Tversky', text: 't = sum(p .* y); L(p, y) = 1 - t / (t + alpha * sum(p .* (1 - y)) + beta * sum((1 - p) .* y))', defaults: { alpha: 0.3, beta: 0.7 }, source: 'Salehi, Erdogmus and Gholipour, Tversky loss function for image segmentation, 2017' }, // prettier-ignore
      { name: 'Focal Tversky', text: 't = sum(p .* y); L(p, y) = (1 - t / (t + alpha * sum(p .* (1 - y)) + beta * sum((1 - p) .* y)))^(1 / gamma)', defaults: { alpha: 0.3, beta: 0.7, gamma: 4 / 3 }, source: 'Abraham and Khan, A novel focal Tversky loss function, 2019' }, // prettier-ignore
    ],
  },
  {
    title: 'Regularisers',
    about: 'One tensor.',
    losses: [
      { name: 'Group lasso', text: 'R(W) = sqrt(p) * sum(norm(W, -1))', defaults: { p: 3 }, source: 'Yuan and Lin, Model selection and estimation in regression with grouped variables, 2006; each row a group, of p entries' }, // prettier-ignore
      { name: 'Total variation', text: 'R(x) = sum(|x[1:] - x[:-1]|)', source: 'Rudin, Osher and Fatemi, Nonlinear total variation based noise removal algorithms, 1992; simplified: differences along the first axis only' }, // prettier-ignore
      { name: 'Orthogonality', text: "R(W) = ||W' * W - eye(2)||^2", source: 'Brock, Donahue and Simonyan, Large scale GAN training for high fidelity natural image synthesis, 2019; for a matrix of 2 columns' }, // prettier-ignore
    ],
  },
];

/** All losses of the gallery. */
export const galleryLosses: readonly GalleryLoss[] = gallery.flatMap((c) => c.losses);

function entry({ name, text, source, defaults }: GalleryLoss): string[] {
  const given = Object.entries(defaults ?? {}).map(([k, v]) => `${k} = ${+v.toFixed(4)}`);
  return [
    `**${name}** · ${source}${given.length > 0 ? ` · for example ${given.join(', ')}` : ''}`,
    '',
    '```text',
    text,
    '```',
    '',
    '```math',
    formula(text).toTex(),
    '```',
    '',
  ];
}

/** The text of docs/loss-gallery.md. */
export function galleryGuide(): string {
  return [
    '<!-- Written by `npm run generate` from scripts/pages/loss-gallery.ts: do not edit. -->',
    '',
    '# Gallery of losses',
    '',
    `${galleryLosses.length} losses and regularisers of the literature, each one line in the language of [chainrule/formula](formula.md). Copy the text, give it the`,
    'tensors in the order of its head, and other symbols by name. The gradient, of any order, follows; the tests compute each in plain numbers',
    'beside it, check its gradient, and that it is never negative and zero where it should be.',
    '',
    '```ts',
    "import { grad, tensor } from 'chainrule';",
    "import { formula } from 'chainrule/formula';",
    '',
    "const focal = formula('q = logSoftmax(s); L(s, y) = -(1 - exp(q_{y}))^gamma .* q_{y}');",
    'const scores = tensor([2, -1, 0.5, 0.3, 0.2, -0.4], { shape: [2, 3] });',
    "focal(scores, [0, 2], { gamma: 2, reduction: 'none' }); // → [0.0110928, 0.991635]",
    'grad((s) => focal(s, [0], { gamma: 2 }))(tensor([[0, 0]])); // → [[-0.298287, 0.298287]]',
    '```',
    '',
    ...gallery.flatMap(({ title, about, losses }) => [`## ${title}`, '', about, '', ...losses.flatMap(entry)]),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}
