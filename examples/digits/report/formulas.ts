/**
 * @file Typeset formulas without a network: KaTeX draws them now, and the page carries its style and the fonts that are used.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import katex from 'katex';
import type { Markup } from './markup.js';

const style = createRequire(import.meta.url).resolve('katex/dist/katex.min.css');

/** The fonts that the formulas below ask for: letters, italics, and two sizes of brackets and sums. */
const FONTS: readonly string[] = ['KaTeX_Main-Regular', 'KaTeX_Math-Italic', 'KaTeX_Size1-Regular', 'KaTeX_Size2-Regular'];

function typeset(tex: string, displayMode: boolean): Markup {
  // MathML stands beside the drawn form for those who listen; inside a page it needs no namespace
  const drawn = katex.renderToString(tex, { displayMode, throwOnError: true, strict: 'error' });
  return { markup: drawn.replaceAll(' xmlns="http://www.w3.org/1998/Math/MathML"', '') };
}

/** A formula on a line of its own. */
export function formula(tex: string): Markup {
  return { markup: `<div class="formula">${typeset(tex, true).markup}</div>` };
}

/** A formula inside a sentence. */
export function inline(tex: string): Markup {
  return typeset(tex, false);
}

/** KaTeX's style sheet with its fonts as data; those that no formula uses are left out. */
export function formulaStyle(): string {
  return readFileSync(style, 'utf8').replace(/@font-face\{[^}]*\}/g, (face) => {
    const path = /url\(([^)]*\.woff2)\)/.exec(face)?.[1];
    if (path === undefined || !FONTS.some((name) => path.endsWith(`/${name}.woff2`))) return '';
    const bytes = readFileSync(join(dirname(style), path)).toString('base64');
    return face.replace(/src:[^;}]*/, `src:url(data:font/woff2;base64,${bytes}) format("woff2")`);
  });
}
