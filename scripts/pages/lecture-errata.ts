/**
 * @file `docs/lecture-errata.md`: every wrong number and formula of the lectures, from the verdicts of `npm run lecture`.
 */
import { type Entry, loadEntries } from '../../examples/lecture/load.js';
import { errata, lost } from '../../examples/lecture/reasons.js';
import { filesOf } from '../../examples/lecture/recompute/index.js';
import { isList, type Json, show } from '../../examples/lecture/value.js';
import { type Verdict, verdictOn } from '../../examples/lecture/verdict.js';
import { type Kind, kinds, misread, wordings } from './errata-kinds.js';
import { anchorOf, code, GENERATED, link, paragraph, plain, sentence, table } from './markdown.js';

const NUMBERS = new URL('../../test/lecture/numbers.json', import.meta.url);
const RECOMPUTE = '../examples/lecture/recompute';

/** The five texts, as they are numbered. */
export const TEXTS: Readonly<Record<string, string>> = {
  '000': 'handwritten notes',
  '001': 'slides: image classification, linear classifiers',
  '002': 'a summary on one page',
  '003': 'slides: introduction to deep learning, losses, backpropagation',
  '004': 'slides: loss functions and optimisation',
};

const isWrong = ({ verdict }: Verdict): boolean => verdict.startsWith('the lecture is wrong');

/** Where the error stands: text and lines. */
function places({ id, lines }: Entry): [text: string, lines: string][] {
  const at = wordings[id]?.at?.map((place) => place.split(':') as [string, string]);
  return at ?? Object.entries(lines);
}

const where = (entry: Entry): string =>
  places(entry)
    .map(([text, lines]) => `${text}:${lines.replaceAll('-', '–').replace(/,\s*/g, ', ')}`)
    .join('; ');

/** A list of one is a formula in brackets. */
const bare = (x: Json | undefined): string => show(isList(x) && x.length === 1 ? x[0] : x);

/** The signs of the reasons, which are written for a terminal, as mathematics. */
function typeset(text: string): string {
  return text
    .replace(/lambda_0/g, 'λ₀')
    .replace(/lambda_1/g, 'λ₁')
    .replace(/lambda_2/g, 'λ₂')
    .replace(/\blambda\b/g, 'λ')
    .replace(/sigma\^2/g, 'σ²')
    .replace(/\b2 pi /g, '2π')
    .replace(/2π(?=is)/g, '2π ')
    .replace(/x1\*x2/g, 'x₁x₂')
    .replace(/>=/g, '≥')
    .replace(/dL\/d/g, '∂L/∂')
    .replace(/ - /g, ' − ')
    .replace(/(^|[ (])-(?=[\dl])/g, '$1−');
}

/** The entry, linked to the code that recomputes it; the test of what it says in words behind it. */
function entryCell({ id }: Entry): string {
  const [file, test] = filesOf(id);
  // A fact has no inputs: the verdict itself holds what is printed against what is counted.
  const first = file === undefined ? '../examples/lecture/verdict.ts' : `${RECOMPUTE}/${file}`;
  return link(code(id), first) + (test === undefined ? '' : ` (${link('test', `${RECOMPUTE}/${test}`)})`);
}

function row({ entry, value }: Verdict): string[] {
  const { printed, right } = wordings[entry.id] ?? {};
  return [
    where(entry),
    code(printed ?? bare(entry.printed)),
    code(right ?? bare(value ?? entry.exact)),
    plain(typeset(sentence(errata[entry.id]!.because))),
    entryCell(entry),
  ];
}

function section(kind: Kind, byId: ReadonlyMap<string, Verdict>): string {
  const stories = kind.stories.map((name) => link(name, `../examples/stories/${name}.ts`)).join(', ');
  const rows = kind.entries.map((id) => row(byId.get(id)!));
  const seen = kind.stories.length === 0 ? '' : ` Stories that show it: ${stories}.`;
  return [`## ${kind.heading}`, paragraph(`${kind.about}${seen}`), table(['where', 'printed', 'right', 'why', 'recomputed'], rows)].join(
    '\n\n',
  );
}

/** For who teaches from the texts: the lines of each text, in order. */
function byText(wrong: readonly Verdict[]): string {
  const first = (lines: string): number => Number(/\d+/.exec(lines)![0]);
  const rows = Object.entries(TEXTS).map(([text, what]) => {
    const found = wrong.flatMap(({ entry }) =>
      places(entry)
        .filter(([of]) => of === text)
        .flatMap(([, lines]) => lines.replaceAll('-', '–').split(/,\s*/)),
    );
    const sorted = [...new Set(found)].sort((a, b) => first(a) - first(b) || a.localeCompare(b));
    return [text, what, sorted.join(', ')];
  });
  return table(['text', 'what it is', 'lines with something wrong'], rows);
}

/** The page. */
export function lectureErrata(): string {
  const verdicts = loadEntries(NUMBERS).map(verdictOn);
  const byId = new Map(verdicts.map((verdict) => [verdict.entry.id, verdict]));
  const wrong = verdicts.filter(isWrong);
  const lists = kinds.map(({ heading, entries }) => `- ${link(heading, `#${anchorOf(heading)}`)}: ${entries.length}`);
  const rows = (ids: readonly string[], text: (id: string) => string): string[][] =>
    ids.map((id) => [where(byId.get(id)!.entry), text(id), entryCell(byId.get(id)!.entry)]);
  const lostIds = verdicts.filter(({ verdict }) => verdict.startsWith('cannot be recomputed')).map(({ entry }) => entry.id);
  return [
    GENERATED,
    '# What is wrong in the lectures',
    paragraph(
      `Five texts print ${verdicts.length} numbers, formulas and facts about losses, gradients and linear classifiers, or imply them. Each was recomputed with the library from its inputs alone; ${wrong.length} are wrong, and stand here with what is right and why. \`npm run lecture\` prints all ${verdicts.length} verdicts, \`npm run lecture -- --json\` the values. What the lectures are about, row by row, is in [the lectures and the library](lectures.md).`,
    ),
    paragraph(
      'A place such as 003:720 is a text and a line of it. The texts were read by machine, so some of the errors below may be of the reading; a student who learns from the text meets them all the same. The name at the end of a row is the entry in [numbers.json](../test/lecture/numbers.json), linked to the code that recomputes it.',
    ),
    lists.join('\n'),
    byText(wrong),
    ...kinds.map((kind) => section(kind, byId)),
    '## Right, but easy to misread',
    table(
      ['where', 'what to know', 'recomputed'],
      rows(Object.keys(misread), (id) => misread[id]!),
    ),
    '## What cannot be recomputed',
    'Of these nothing can be said: the text lacks the data.',
    table(
      ['where', 'why', 'entry'],
      rows(lostIds, (id) => plain(sentence(lost[id]!))).map(([at, why], i) => [at!, why!, code(lostIds[i]!)]),
    ),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}
