/**
 * @file The report: one page that needs no network, from the data to the mistakes. The same run gives the same bytes.
 */
import { readFileSync } from 'node:fs';
import { formulaStyle } from './report/formulas.js';
import { grouped, html, type Markup, percent } from './report/markup.js';
import { confusionSection, mistakesSection } from './report/mistakes.js';
import { graphSection, templateSection, trainingSection } from './report/results.js';
import { dataSection, gradientSection, lossSection } from './report/setup.js';
import { named, type Study } from './report/study.js';

const TITLE = 'One linear classifier, two losses';

/** The sections, in the order of the page. */
const CONTENTS: readonly (readonly [id: string, title: string])[] = [
  ['data', 'Data'],
  ['losses', 'Losses'],
  ['gradients', 'Gradient checks'],
  ['training', 'Training'],
  ['templates', 'Templates'],
  ['confusion', 'Confusions'],
  ['mistakes', 'Mistakes'],
  ['graph', 'Graph'],
];

/** Style sheets, the general first. */
const STYLES = ['page', 'blocks', 'pictures'];

function head(): Markup {
  const sheets = STYLES.map((name) => readFileSync(new URL(`report/${name}.css`, import.meta.url), 'utf8'));
  // the policy makes sure of it: whatever is not in the page is not asked for
  return html`<head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" href="data:," />
    <title>${TITLE}</title>
    <style>
      ${{ markup: formulaStyle() }}
    </style>
    <style>
      ${{ markup: sheets.join('\n') }}
    </style>
  </head>`;
}

function opening({ digits, epochs, all }: Study): Markup {
  return html`<header>
    <p class="kicker">chainrule · npm start</p>
    <h1>${TITLE}</h1>
    <p class="lead">
      A softmax classifier and a multiclass support vector machine learn the same ${grouped(digits.train.y.size)} images for ${epochs}
      ${epochs === 1 ? 'epoch' : 'epochs'}. Their gradients come from the tape and are checked before they are used. This page shows what
      went in, what came out, and where it goes wrong.
    </p>
    <ul class="tiles">
      ${all.map(
        ({ recipe, result }) =>
          html`<li>${named(recipe)} <b>${percent(result.testAccuracy)}</b> of ${grouped(digits.test.y.size)} test images right</li>`,
      )}
      <li>Gradients <b>${all.every(({ gradient }) => gradient.ok) ? '✓ both right' : '✗ wrong'}</b> against numerical differences</li>
    </ul>
    <nav aria-label="Sections">
      <ol>
        ${CONTENTS.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}
      </ol>
    </nav>
  </header>`;
}

/** The page as text. */
export async function report(study: Study): Promise<string> {
  const sections = [
    await dataSection(study),
    lossSection(study),
    gradientSection(study),
    await trainingSection(study),
    await templateSection(study),
    confusionSection(study),
    await mistakesSection(study),
    await graphSection(),
  ];
  const page = html`<html lang="en">
    ${head()}
    <body>
      ${opening(study)}
      <main>${sections}</main>
      <footer>
        Written by <code>npm start</code>; the same options give the same page, bit for bit. The numbers are in
        <code>summary.json</code> beside it, the program in <code>examples/digits</code>.
      </footer>
    </body>
  </html>`;
  return `<!doctype html>\n${page.markup}\n`;
}
