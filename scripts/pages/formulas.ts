/**
 * The losses and regularisers of the library as formulas, in the docs: docs/formulas.md, and a line in each docstring of src/losses.
 * `npm run generate` writes them, a test compares.
 */
import { formula, type StatedFormula, statedFormulas } from 'chainrule/formula';

/** How a text with options is called. */
const call = (defaults: StatedFormula['defaults']): string =>
  `f(s, y, { ${Object.entries(defaults)
    .map(([k, v]) => `${k}: ${v}`)
    .join(', ')} })`;

const tex = (text: string): string => formula(text).toTex();

function section({ name, text, variants, defaults }: StatedFormula): string {
  const block = (t: string): string[] => ['```text', ...t.split('; '), '```', '', '```math', tex(t), '```', ''];
  const given = Object.entries(defaults).map(([k, v]) => `${k} = ${v}`);
  return [
    `## ${name}`,
    '',
    ...block(text),
    ...(given.length === 0 ? [] : [`In the library ${given.join(', ')} by default; a text has no defaults: \`${call(defaults)}\`.`, '']),
    ...variants.flatMap(([label, t]) => [`With \`${label}\`:`, '', ...block(t)]),
  ].join('\n');
}

/** The text of docs/formulas.md. */
export function formulasGuide(): string {
  return [
    '<!-- Written by `npm run generate` from src/formula/stated.ts: do not edit. -->',
    '',
    '# Losses and regularisers as formulas',
    '',
    'What each loss and regulariser of the library computes per example (or per element), before the reduction, in the language of',
    '[chainrule/formula](formula.md). Tests prove that formula and implementation are the same in value, gradient and Hessian; the library',
    'has the forms that lose no digits.',
    '',
    ...statedFormulas.map(section),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

const LINE = / \* As a formula: .*\n(?: \* .*\$\n)?/g;

/** A file of losses with the formula of each in its docstring: the line before the first tag. */
export function docstringsWithFormulas(source: string): string {
  return statedFormulas.reduce(
    (text, { name, text: stated }) => {
      const declared = new RegExp(`\\nexport (?:const|function) ${name}\\b`).exec(text);
      if (declared === null) return text;
      const begin = text.lastIndexOf('/**', declared.index);
      const end = text.lastIndexOf('*/', declared.index);
      const doc = text.slice(begin, end);
      const at = begin + (/\n \* @/.exec(doc)?.index ?? doc.length - 2) + 1;
      return `${text.slice(0, at)} * As a formula: \`${stated}\`, $${tex(stated)}$\n${text.slice(at)}`;
    },
    source.replace(LINE, ''),
  );
}
