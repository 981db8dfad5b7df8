/**
 * @file What the classifiers get wrong: confusion matrices as heat maps, and the test images they were surest about.
 */
import { confusionMatrix, softmax, type Tensor } from 'chainrule';
import type { Recipe, Trained } from '../train.js';
import { grouped, html, type Markup, percent, section } from './markup.js';
import { image } from './pictures.js';
import { classesOf, named, type Study } from './study.js';

const SHOWN = 12;

/** A test image that was taken for something else: how strongly the model felt about both classes. */
interface Mistake {
  readonly row: number;
  readonly truth: number;
  readonly guess: number;
  /** What the model gave the guessed and the true class: probabilities of softmax, scores of the SVM. */
  readonly given: readonly [guess: number, truth: number];
}

/** All mistakes on the test images, the surest first. */
function mistakesOf({ recipe, model }: Trained, { digits: { test } }: Study, classes: readonly number[]): Mistake[] {
  const scores = model.decisionFunction(test.X);
  const felt = recipe.name === 'softmax' ? softmax(scores) : scores;
  const guesses = (model.predict(test.X) as Tensor).data;
  const found: Mistake[] = [];
  for (let row = 0; row < test.y.size; row++) {
    const [truth, guess] = [test.y.data[row]!, guesses[row]!];
    const [right, wrong] = [classes.indexOf(truth), classes.indexOf(guess)];
    const at = (c: number): number => felt.data[row * classes.length + c]!;
    if (truth !== guess && right >= 0) found.push({ row, truth, guess, given: [at(wrong), at(right)] });
  }
  return found.sort((a, b) => b.given[0] - b.given[1] - (a.given[0] - a.given[1]) || a.row - b.row);
}

/** Shading of a cell between 0 and 1; few among many stay visible because the eye sees the root rather than the count. */
const shade = (count: number, most: number): string => Math.sqrt(count / Math.max(1, most)).toFixed(4);

function heatMap({ recipe, model }: Trained, { digits: { test } }: Study, known: readonly number[]): Markup {
  const classes = [...new Set([...known, ...test.y.data])].sort((a, b) => a - b);
  const matrix = confusionMatrix(test.y, model.predict(test.X), { labels: classes });
  const counts = classes.map((_, i) => classes.map((_, j) => matrix.data[i * classes.length + j]!));
  const mostRight = Math.max(...counts.map((row, i) => row[i]!));
  const wrong = counts.flatMap((row, i) => row.map((n, j) => ({ n: i === j ? 0 : n, i, j }))).sort((a, b) => b.n - a.n);
  const [worst] = wrong as [{ n: number; i: number; j: number }];
  const cell = (n: number, i: number, j: number): Markup =>
    n === 0
      ? html`<td class="none">·</td>`
      : html`<td class="${i === j ? 'hit' : 'miss'}" style="--share: ${shade(n, i === j ? mostRight : worst.n)}">${n}</td>`;
  const recall = (row: readonly number[], i: number): string => {
    const all = row.reduce((a, b) => a + b, 0);
    return all === 0 ? '–' : String(Math.round((100 * row[i]!) / all));
  };
  return html`<div class="card edge of-${recipe.name}">
    <h3>${named(recipe)}</h3>
    <div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix">
      <table class="heat" style="--classes: ${classes.length}">
        <thead>
          <tr>
            <td></td>
            <th scope="colgroup" colspan="${classes.length}">predicted</th>
            <td></td>
          </tr>
          <tr>
            <th scope="col">true</th>
            ${classes.map((c) => html`<th scope="col">${c}</th>`)}
            <th scope="col" class="recall"><abbr title="right, in percent">%</abbr></th>
          </tr>
        </thead>
        <tbody>
          ${counts.map(
            (row, i) =>
              html`<tr>
                <th scope="row">${classes[i]!}</th>
                ${row.map((n, j) => cell(n, i, j))}
                <td class="recall">${recall(row, i)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="note">
      ${worst.n === 0 ? 'Not a single mistake.' : html`The most frequent mistake: a ${classes[worst.i]!} taken for a ${classes[worst.j]!}, ${worst.n === 1 ? 'once' : `${worst.n} times`}.`}
    </p>
  </div>`;
}

/** Confusion matrices of both classifiers. */
export function confusionSection(study: Study): Markup {
  const classes = classesOf(study);
  return section(
    'confusion',
    'What is taken for what',
    html`${grouped(study.digits.test.y.size)} test images, a row for the class they have, a column for the class they were given. Right ones
    lie on the diagonal, green, their share in percent in the last column; everything red is a mistake. Look for the darkest red, and
    whether its mirror image across the diagonal is red too.`,
    html`<div class="columns two">${study.all.map((trained) => heatMap(trained, study, classes))}</div>`,
  );
}

function said(name: Recipe['name'], { truth, guess, given }: Mistake): Markup {
  const letter = name === 'softmax' ? 'p' : 's';
  const number = (x: number): string => x.toFixed(name === 'softmax' ? 3 : 2).replace('-', '−');
  return html`<span>${letter}<sub>${guess}</sub> = ${number(given[0])}</span>
    <span>${letter}<sub>${truth}</sub> = ${number(given[1])}</span>`;
}

async function gallery(trained: Trained, study: Study, classes: readonly number[]): Promise<Markup> {
  const { recipe, result } = trained;
  const { test, imageShape } = study.digits;
  const all = mistakesOf(trained, study, classes);
  const cards: Markup[] = [];
  for (const mistake of all.slice(0, SHOWN)) {
    const { row, truth, guess } = mistake;
    cards.push(
      html`<li>
        <div class="picture" role="img" aria-label="Test image ${row}: a ${truth} taken for a ${guess}">
          ${await image(test.X, row, imageShape)}
        </div>
        <p class="swap">${truth} → <strong>${guess}</strong></p>
        <p class="given">${said(recipe.name, mistake)}</p>
      </li>`,
    );
  }
  return html`<div class="card edge of-${recipe.name}">
    <h3>${named(recipe)}: ${grouped(all.length)} wrong of ${grouped(test.y.size)}</h3>
    <ol class="gallery">
      ${cards}
    </ol>
    <p class="note">
      ${all.length === 0 ? 'Nothing to show: ' : ''}${percent(result.testAccuracy)} are right.
      ${
        recipe.name === 'softmax'
          ? html`p is the probability of a class; all of an image’s sum to 1.`
          : html`s is the score of a class; the right one should lead by 1.`
      }
    </p>
  </div>`;
}

/** The surest mistakes of both classifiers. */
export async function mistakesSection(study: Study): Promise<Markup> {
  const classes = classesOf(study);
  const galleries: Markup[] = [];
  for (const trained of study.all) galleries.push(await gallery(trained, study, classes));
  return section(
    'mistakes',
    'The surest mistakes',
    html`The true class, an arrow, the <strong>predicted</strong> class; the test images on which each classifier was most convinced of a
      wrong answer. Some would puzzle a person too; others show that one template a class cannot know all its shapes.`,
    html`<div class="columns two">${galleries}</div>`,
  );
}
