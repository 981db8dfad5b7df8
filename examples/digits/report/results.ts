/**
 * @file What training did: the curves, the numbers, the templates; and the tape of one loss.
 */
import type { Recipe, Result, Trained } from '../train.js';
import { figure, html, type Markup, measured, percent, section } from './markup.js';
import { accuracyCurves, type Circuit, lossCurves, softmaxCircuit, svmCircuit, templates } from './pictures.js';
import { training } from './setup.js';
import { accounts, classesOf, named, type Study } from './study.js';

function resultRow(all: readonly Trained[], key: keyof Result, title: string): Markup {
  const shown = (x: number): string => (key.endsWith('Accuracy') ? percent(x) : x.toFixed(4));
  return html`<tr>
    <th scope="row">${title}</th>
    ${all.map(({ recipe, result }) => html`<td>${measured(`${recipe.name}.${key}`, result[key], shown(result[key]))}</td>`)}
  </tr>`;
}

const last = (values: readonly number[]): string => values.at(-1)!.toFixed(3);

async function lossFigure(trained: Trained): Promise<Markup> {
  const { recipe, model } = trained;
  const { loss, valLoss } = model.history_!.history;
  const end =
    valLoss === undefined
      ? `${last(loss!)} on the training images`
      : `${last(loss!)} on the training and ${last(valLoss)} on the validation images`;
  return figure(
    await lossCurves(trained),
    `${accounts[recipe.name].title}: the loss over the epochs falls to ${end}`,
    html`${named(recipe)}: loss, <span class="dashed">training dashed</span>, validation solid. A gap that opens between the lines is
      over-fitting.`,
    `chart by-part of-${recipe.name}`,
  );
}

/** Curves and final numbers. */
export async function trainingSection(study: Study): Promise<Markup> {
  const { all } = study;
  const losses: Markup[] = [];
  for (const trained of all) losses.push(await lossFigure(trained));
  const accuracy = await accuracyCurves(all);
  return section(
    'training',
    'Training',
    training(study),
    html`<div class="columns three">
        ${losses}
        ${
          accuracy === null
            ? ''
            : figure(
                accuracy,
                `Accuracy on the validation images over the epochs: ${all.map(({ recipe, model }) => `${accounts[recipe.name].title} ends at ${last(model.history_!.history['valAccuracy']!)}`).join(', ')}`,
                html`Accuracy on the validation images, ${named(all[0]!.recipe)} and ${named(all[1]!.recipe)}. The two losses have different
                scales; accuracies can be compared.`,
                'chart by-model',
              )
        }
      </div>
      <div class="card">
        <table class="numbers results">
          <thead>
            <tr>
              <td></td>
              ${all.map(({ recipe }) => html`<th scope="col">${named(recipe)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${resultRow(all, 'trainLoss', 'final training loss')} ${resultRow(all, 'trainAccuracy', 'training accuracy')}
            ${resultRow(all, 'validationAccuracy', 'validation accuracy')} ${resultRow(all, 'testAccuracy', 'test accuracy')}
          </tbody>
        </table>
        <p class="note">
          A point of a training curve is the mean over the epoch’s steps, while the weights still change; the validation loss is measured at
          its end. That is why the first training points lie high. The final loss is that of the finished model on all training images.
        </p>
      </div>`,
  );
}

/** One template a class. */
export async function templateSection(study: Study): Promise<Markup> {
  const classes = classesOf(study);
  const pictures: Markup[] = [];
  for (const { recipe, model } of study.all) {
    pictures.push(
      figure(
        await templates(model.templates(study.digits.imageShape), classes),
        `${accounts[recipe.name].title}: the ${classes.length} rows of W as images`,
        html`${named(recipe)}: <span class="for">green</span> where ink speaks for the class, <span class="against">violet</span> where it
          speaks against it, white where the weight is 0; the stronger the colour, the larger the weight.`,
        `templates edge of-${recipe.name}`,
      ),
    );
  }
  return section(
    'templates',
    'What was learned',
    html`Each row of W has as many numbers as an image has pixels, so it can be looked at as one. The score of a class is its template times
    the image, pixel by pixel, summed. Of digits, the 0 shows it best: a green ring, and violet in the middle, where a 0 has no ink.`,
    html`<div class="columns two">${pictures}</div>`,
  );
}

function graphFigure(name: Recipe['name'], { svg, loss, slopes }: Circuit, code: string, lookAt: Markup): Markup {
  const [cat, car, frog] = slopes.map((g) => g.toFixed(3).replace('-', '−'));
  return html`<figure class="card edge of-${name}">
    <h3>${named({ name } as Recipe)}: loss ${loss.toFixed(4)}</h3>
    <pre><code>${code}</code></pre>
    <div class="scroll" tabindex="0" role="region" aria-label="Recorded graph">
      <div
        class="picture circuit"
        role="img"
        aria-label="The graph of the loss from three scores to ${loss.toFixed(4)}; derivatives: cat ${cat!}, car ${car!}, frog ${frog!}"
      >
        ${svg}
      </div>
    </div>
    <figcaption>${lookAt}</figcaption>
  </figure>`;
}

/** The tape of each loss for three scores. */
export async function graphSection(): Promise<Markup> {
  return section(
    'graph',
    'How a loss is differentiated',
    html`The lectures’ cat image has the scores cat 3.2, car 5.1 and frog −1.7. Every operation of its loss is recorded, from left to right.
      Above each name is its <span class="value">value</span>; below it the <span class="slope">derivative of the loss</span> with respect
      to it, which the tape fills in from right to left by the chain rule.`,
    html`${graphFigure(
      'svm',
      await svmCircuit(),
      'add(relu(add(sub(car, cat), Δ)), relu(add(sub(frog, cat), Δ)))',
      html`The car’s score is even higher than the cat’s, so its margin is passed on and costs; the frog’s is low enough, relu cuts it off,
      and no derivative flows back through that branch.`,
    )}${graphFigure(
      'softmax',
      await softmaxCircuit(),
      'neg(log(div(exp(cat), add(add(exp(cat), exp(car)), exp(frog)))))',
      html`The derivatives of the three scores are p&nbsp;−&nbsp;1 for the cat and p for the others: they sum to 0. exp(cat) is used twice,
      so what comes back along its two arrows is added.`,
    )}`,
  );
}
