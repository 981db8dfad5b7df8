/**
 * @file The first half of the report: what is learned from, what is minimised, and whether its gradient is right.
 */
import type { GradcheckElement } from 'chainrule';
import { batchSize, momentum, type Trained } from '../train.js';
import { formula, inline } from './formulas.js';
import { figure, grouped, html, type Markup, measured, percent, section, small } from './markup.js';
import { samples } from './pictures.js';
import { accounts, classesOf, inText, named, type Study } from './study.js';

const PARTS = ['train', 'validation', 'test'] as const;

/** How many examples of each class each part has, as a table with bars. */
function counts({ digits }: Study, classes: readonly number[]): Markup {
  const count = (part: (typeof PARTS)[number], label: number): number => digits[part].y.data.filter((v: number) => v === label).length;
  const rows = classes.map((label) => ({ label, n: PARTS.map((part) => count(part, label)) }));
  const usual = rows.reduce((a, b) => (b.n[0]! > a.n[0]! ? b : a));
  return html`<div class="card">
    <table class="counts">
      <caption>
        Examples of each class. Whoever always guesses ${usual.label}, the most frequent class of the training images, is right on
        ${percent(usual.n[2]! / digits.test.y.size)} of the test images: that is what a classifier has to beat.
      </caption>
      <thead>
        <tr>
          <th scope="col">class</th>
          <th scope="col" class="bar">train</th>
          <th scope="col"><abbr title="validation">valid.</abbr></th>
          <th scope="col">test</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ label, n }) =>
            html`<tr>
              <th scope="row">${label}</th>
              <td class="bar"><span style="--share: ${(n[0]! / usual.n[0]!).toFixed(4)}">${grouped(n[0]!)}</span></td>
              <td>${n[1]!}</td>
              <td>${n[2]!}</td>
            </tr>`,
        )}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">all</th>
          ${PARTS.map((part) => html`<td>${grouped(digits[part].y.size)}</td>`)}
        </tr>
      </tfoot>
    </table>
  </div>`;
}

/** Sample images and counts. */
export async function dataSection(study: Study): Promise<Markup> {
  const { digits } = study;
  const [h, w] = digits.imageShape;
  const classes = classesOf(study);
  return section(
    'data',
    'The data',
    html`${digits.name}. An image is ${h}&nbsp;×&nbsp;${w} grey values between 0 and 1: one row of ${h * w} numbers. The model learns from
    the training images, the validation images say how it goes while it learns, and the test images are looked at once, at the end.`,
    html`<div class="columns two">
      ${figure(
        await samples(digits.train, classes, digits.imageShape),
        `A grid of training images, a column for each of the classes ${classes.slice(0, 10).join(', ')}`,
        'Training images, a column a class. Look down a column: no two are alike, and one template a class has to match them all.',
        'samples',
      )}
      ${counts(study, classes)}
    </div>`,
  );
}

function lossCard({ recipe, result }: Trained, classes: number): Markup {
  const { formula: tex, meaning, code, start } = accounts[recipe.name];
  const expected = recipe.expected(classes);
  return html`<div class="card edge of-${recipe.name}">
    <h3>${named(recipe)}</h3>
    ${formula(tex)}
    <p>${meaning}</p>
    <dl class="facts">
      <div>
        <dt>in code</dt>
        <dd><code>${code}</code></dd>
      </div>
      <div>
        <dt>expected before training</dt>
        <dd>${inline(start)} = ${expected.toFixed(4)}</dd>
      </div>
      <div>
        <dt>measured before training</dt>
        <dd>${measured(`${recipe.name}.initialLoss`, result.initialLoss, result.initialLoss.toFixed(4))}</dd>
      </div>
    </dl>
  </div>`;
}

/** The model, both losses and the objective as formulas. */
export function lossSection(study: Study): Markup {
  const classes = classesOf(study).length;
  const { lambda } = study.all[0]!.recipe;
  return section(
    'losses',
    'One model, two losses',
    html`Both classifiers compute the same ${classes} scores ${inline(String.raw`s = W x + b`)}, one a class, and predict the class of the
    largest. What sets them apart is the loss, which says what good scores are. A loss is written once, forwards; the tape gives its
    gradient.`,
    html`<div class="columns two">${study.all.map((trained) => lossCard(trained, classes))}</div>
      <div class="card">
        <h3>What is minimised</h3>
        ${formula(String.raw`L(W, b) = \frac{1}{N} \sum_{i=1}^{N} \ell(W x_i + b,\; y_i) + \lambda \sum_{k,l} W_{kl}^2`)}
        <p>
          The mean loss of the training images, plus λ&nbsp;=&nbsp;${lambda} times the sum of the squared weights, which prefers small and
          spread-out weights. With small random weights all scores are nearly 0, so the first loss is known before anything is learned: if
          the two numbers above did not agree, something would be wrong.
        </p>
      </div>`,
  );
}

/** One line of the comparison, a column a classifier. */
function gradientRow(all: readonly Trained[], title: string, value: (worst: GradcheckElement) => number, digitsAfter: number): Markup {
  const cell = ({ gradient: { worst } }: Trained): Markup => html`<td>${worst === null ? '–' : small(value(worst), digitsAfter)}</td>`;
  return html`<tr>
    <th scope="row">${title}</th>
    ${all.map(cell)}
  </tr>`;
}

function verdict({ recipe, gradient: { ok } }: Trained): Markup {
  const shown = html`<data data-key="gradcheck.${recipe.name}" value="${String(ok)}">${ok ? '✓ passed' : '✗ failed'}</data>`;
  return html`<td class="${ok ? 'right' : 'wrong'}">${shown}</td>`;
}

/** Both gradients against central differences. */
export function gradientSection({ all }: Study): Markup {
  return section(
    'gradients',
    'Is the gradient right?',
    html`Before anything is trained, the gradient of the whole objective is compared with what moving each parameter a little really does to
    it. The second way knows nothing of derivatives, it only runs the loss forwards: if both agree, the tape is right.`,
    html`<div class="card">
      ${formula(String.raw`\frac{\partial L}{\partial \theta_k} \;\approx\; \frac{L(\theta + \varepsilon e_k) - L(\theta - \varepsilon e_k)}{2 \varepsilon}`)}
      <table class="numbers">
        <thead>
          <tr>
            <td></td>
            ${all.map(({ recipe }) => html`<th scope="col">${named(recipe)}</th>`)}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">verdict</th>
            ${all.map(verdict)}
          </tr>
          ${gradientRow(all, 'left, from the tape', (worst) => worst.analytic, 5)}
          ${gradientRow(all, 'right, with ε = 10⁻⁶', (worst) => worst.numeric, 5)}
          ${gradientRow(all, 'difference', (worst) => worst.abs, 1)}
          ${gradientRow(all, 'allowed', (worst) => 1e-5 + 1e-3 * Math.abs(worst.numeric), 1)}
        </tbody>
      </table>
      ${all.flatMap(({ gradient }) => gradient.hints).map((hint) => html`<p class="wrong">${hint}</p>`)}
      <p class="note">
        Of 130 derivatives (12 pixels of 4 real images times 10 classes, and 10 biases) this is the one that comes closest to its limit,
        10⁻⁵ plus a thousandth of the numeric value, which is tightest for small derivatives. What is left is the rounding of the
        difference.
      </p>
    </div>`,
  );
}

/** How it was trained, in a sentence. */
export function training({ epochs, digits, all }: Study): Markup {
  const rates = all.map(({ recipe }) => html`${recipe.lr} for the ${inText(recipe)}`);
  const steps = epochs * Math.ceil(digits.train.y.size / batchSize);
  return html`Minibatch SGD with momentum ${momentum}: ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'} of ${batchSize} images a step,
  ${grouped(steps)} steps in all. The learning rate falls along a line to 0, from ${rates[0]!} and from ${rates[1]!}.`;
}
