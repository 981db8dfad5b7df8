/**
 * @file Every error of the library, with its cure: docs/errors.md, read off the places that throw.
 */
import { errorClasses, type ErrorSite, errorSites } from './error-sites.js';
import { code, GENERATED, link, paragraph, plain, sentence, table } from './markdown.js';

/** What to do about an error of a class, where its message does not say. */
export const cures: Readonly<Record<string, string>> = {
  ShapeError:
    'Print the shapes of what you pass (`x.shape`) and compare them with those in the message. Bring them together with `reshape`, `transpose`, `expandDims` or `broadcastTo`, or sum with `keepdims: true`. `setDebug(true)` adds the lines that made the arguments.',
  DTypeError:
    'Convert with `cast(x, dtype)`, compare to get a condition (`gt(x, 0)`), join tensors with `stack` instead of an array, and keep labels in an `Int32Array`.',
  GradError:
    'Make a scalar of what is differentiated (`sum`, `mean`), differentiate floats only, and wrap what is meant to be constant in `stopGradient`.',
  UsageError:
    'The message says which values are allowed and which were given. Options are listed in the docstring of the function: let an editor complete them.',
  FormulaError: 'The carets below the formula show the place. [The language](formula.md) is infix mathematics, and no JavaScript.',
  DataError:
    'Look at the file or the rows that the message names: download it again if it is truncated or damaged, remove or fill what is missing.',
  NotFittedError: 'Call `fit(X, y)` first, or load a model that was fitted.',
  GradcheckError:
    'A rule of your own is wrong, or the point is a kink: the message ends with a guess. [Check a gradient](check-a-gradient.md) explains it.',
  AnomalyError:
    'The op, its inputs and the line are in the message: keep the inputs inside the domain (`clip`, `where` on the input and not on the result, a small number below the root or in the denominator), or lower the learning rate. [Find a NaN](find-a-nan.md) shows how.',
};

/** Parts of the library, by folder of src. */
const AREAS: Readonly<Record<string, string>> = {
  graph: 'Tensors and ops',
  kernels: 'Tensors and ops',
  ops: 'Tensors and ops',
  transforms: 'Derivatives',
  machine: 'Compiled programs',
  check: 'Checks',
  testing: 'Checks',
  losses: 'Losses and densities',
  formula: 'Formulas',
  optim: 'Optimizers',
  models: 'Models',
  data: 'Data and files',
  node: 'Data and files',
  viz: 'Pictures',
};

/** The part of the library that a file belongs to. */
export function areaOf(file: string): string {
  const area = AREAS[file.split('/')[0]!];
  if (area === undefined)
    throw new Error(`docs/errors.md: src/${file} belongs to no part of the library: name it in scripts/pages/errors.ts`);
  return area;
}

const MOST_NAMES = 6;

/** The functions that an error names; those that are only known when it is thrown, if there are no others. */
function functions({ ops }: ErrorSite): string {
  const known = ops.filter((op) => !/[<…]|\.\.\./.test(op));
  const names = known.length > 0 ? known : ops;
  return names.length > MOST_NAMES ? 'many functions' : names.map(code).join(', ');
}

/** Does a hint say something by itself, or does it only show more values? */
const isAdvice = (hint: string): boolean => /[a-z]{2}/.test(hint.replaceAll(/<[^>]*>/g, ''));

/** What an error says behind the name of the function. */
export function saying({ wrong, values, hint }: ErrorSite): string {
  const shown = hint.filter((text) => !isAdvice(text));
  return wrong.map((text) => code([text, values, ...shown].filter((part) => part !== '').join(': '))).join(', ');
}

const row = (site: ErrorSite): string[] => [functions(site), saying(site), site.hint.filter(isAdvice).map(plain).join(' · ')];

/** Rows of a table, each once, by function. */
function rows(sites: readonly ErrorSite[]): string[][] {
  const unique = new Map(sites.map((site) => [row(site).join('\n'), row(site)]));
  return [...unique.values()].sort((a, b) => (a.join() < b.join() ? -1 : 1));
}

/** The errors of one class: a table for each part of the library. */
function section(type: string, meaning: string, sites: readonly ErrorSite[]): string {
  const areas = [...new Set(Object.values(AREAS))].filter((area) => sites.some(({ file }) => areaOf(file) === area));
  const tables = areas.map((area) => {
    const own = table(['function', 'says', 'cure'], rows(sites.filter(({ file }) => areaOf(file) === area)));
    return areas.length === 1 ? own : `### ${type}: ${area.toLowerCase()}\n\n${own}`;
  });
  return [`## ${type}`, paragraph(sentence(meaning)), paragraph(`**Cure.** ${cures[type]!}`), ...tables].join('\n\n');
}

/** The text of docs/errors.md. */
export function errors(): string {
  const sites = errorSites();
  const classes = [...errorClasses()].filter(([type]) => type !== 'ChainruleError');
  const list = classes.map(([type]) => `- ${link(code(type), `#${type.toLowerCase()}`)}`).join('\n');
  return `${[
    GENERATED,
    '# Errors and their cures',
    paragraph(
      'Every error that the library throws on purpose is a `ChainruleError` of one of these classes, and its message reads `function: what is wrong: values: hint`. Below are all of them, read off the places in the code that throw; what is known only then stands in angle brackets. Where the cell of the cure is empty, the message says what is expected, and the cure of the class helps. With `setDebug(true)`, or `CHAINRULE_DEBUG=1` in the environment, errors of ops also name the lines that made their arguments.',
    ),
    list,
    ...classes.map(([type, meaning]) =>
      section(
        type,
        meaning,
        sites.filter((site) => site.type === type),
      ),
    ),
  ].join('\n\n')}\n`;
}
