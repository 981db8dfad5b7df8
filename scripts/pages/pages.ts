/**
 * @file What is generated, by the file it is written to.
 */
import { readFileSync } from 'node:fs';
import { accuracy } from './accuracy.js';
import { compiledOps } from './compiled-ops.js';
import { errors } from './errors.js';
import { docstringsWithFormulas, formulasGuide } from './formulas.js';
import { lectureErrata } from './lecture-errata.js';
import { lectures } from './lectures.js';
import { galleryGuide } from './loss-gallery.js';
import { opsPage } from './ops.js';

/** Whole pages. */
export const pages: Readonly<Record<string, () => string>> = {
  'docs/lectures.md': lectures,
  'docs/lecture-errata.md': lectureErrata,
  'docs/formulas.md': formulasGuide,
  'docs/loss-gallery.md': galleryGuide,
  'docs/compiled-ops.md': compiledOps,
  'docs/accuracy.md': accuracy,
  'docs/OPS.md': opsPage,
  'docs/errors.md': errors,
};

const stated = ['classification', 'hinge', 'regression', 'regularisers'].map((name) => `src/losses/${name}.ts`);

/** Whole pages, and source files in which some lines are generated. */
export const generated: Readonly<Record<string, () => string>> = {
  ...pages,
  ...Object.fromEntries(
    stated.map((file) => [file, (): string => docstringsWithFormulas(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'))]),
  ),
};
