/**
 * @file What the report is about, and what its two classifiers are called.
 */
import type { Digits } from '../data.js';
import { delta, type Recipe, type Trained } from '../train.js';
import { html, type Markup } from './markup.js';

/** The data, how long was trained, and the classifiers that came out. */
export interface Study {
  readonly digits: Digits;
  readonly epochs: number;
  readonly all: readonly Trained[];
}

/** What is said of one of the losses. */
export interface Account {
  readonly title: string;
  /** The loss of one example, as TeX. */
  readonly formula: string;
  /** How it reads. */
  readonly meaning: string;
  /** The same in code. */
  readonly code: string;
  /** Loss of C equal scores, as TeX. */
  readonly start: string;
}

export const accounts: Readonly<Record<Recipe['name'], Account>> = {
  softmax: {
    title: 'Softmax classifier',
    formula: String.raw`\ell(s, y) = -\log \frac{e^{s_y}}{\sum_{j} e^{s_j}}`,
    meaning:
      'The scores become probabilities that sum to 1; the loss is how surprised the model is by the right class. It is never 0: a softmax classifier always asks for more.',
    code: 'crossEntropy(s, y)',
    start: String.raw`\log C`,
  },
  svm: {
    title: 'Multiclass SVM',
    formula: String.raw`\ell(s, y) = \sum_{j \neq y} \max(0,\; s_j - s_y + \Delta)`,
    meaning: `Every wrong class whose score comes closer than the margin Δ = ${delta} to that of the right class pays for it. Once all margins are kept the loss is exactly 0, and so is its gradient.`,
    code: `multiclassHinge(s, y, { delta: ${delta} })`,
    start: String.raw`\Delta (C - 1)`,
  },
};

/** The name of a classifier with its colour. */
export function named({ name }: Recipe): Markup {
  return html`<span class="name of-${name}">${accounts[name].title}</span>`;
}

/** The name of a classifier inside a sentence. */
export function inText({ name }: Recipe): string {
  const { title } = accounts[name];
  return title[0]!.toLowerCase() + title.slice(1);
}

/** The classes, as the models number them. */
export function classesOf({ all }: Study): readonly number[] {
  return all[0]!.model.classes_ as readonly number[];
}
