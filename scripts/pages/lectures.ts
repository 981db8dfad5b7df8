/**
 * @file `docs/lectures.md`: every system of the lectures, and where the library has it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { publicNames } from './exports.js';
import { TEXTS } from './lecture-errata.js';
import { anchorOf, code, GENERATED, link, paragraph, plain, table } from './markdown.js';
import { dataRows } from './systems/data.js';
import { learningRows } from './systems/learning.js';
import { lossRows } from './systems/losses.js';
import type { Rows } from './systems/row.js';

const root = new URL('../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');

/** What the page says of each row. */
export const rows: Rows = { ...dataRows, ...lossRows, ...learningRows };

/** A row of the inventory. */
export interface System {
  number: number;
  section: string;
  name: string;
  formula: string;
  places: string;
  status: string;
}

/** The inventory, row by row. */
export function systems(): System[] {
  let section = '';
  const found: System[] = [];
  for (const line of read('test/lecture/systems.md').split('\n')) {
    section = /^## (.+)$/.exec(line)?.[1] ?? section;
    const cells = line.split('|').map((cell) => cell.trim());
    if (!/^\d+$/.test(cells[1] ?? '')) continue;
    const [, number, name, formula, places, , status] = cells as [string, string, string, string, string, string, string];
    found.push({ number: Number(number), section, name, formula, places, status: status.replaceAll('*', '') });
  }
  return found;
}

/** "8, 10–12" as numbers. */
function spread(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [from, to = from] = part.trim().split('–').map(Number);
    return Array.from({ length: to! - from! + 1 }, (_, i) => from! + i);
  });
}

/** The rows that each story names in its header. */
export function storyRows(): ReadonlyMap<string, readonly number[]> {
  const files = readdirSync(new URL('examples/stories/', root)).filter((name) => name.endsWith('.ts') && name !== 'tell.ts');
  return new Map(
    files.sort().map((file) => {
      const header = read(`examples/stories/${file}`)
        .split('*/')[0]!
        .replace(/\s*\n \* ?/g, ' ');
      const list = /\brows? ([\d–, ]*\d)/.exec(header)?.[1];
      if (list === undefined) throw new Error(`examples/stories/${file}: the header names no rows`);
      return [file.slice(0, -'.ts'.length), spread(list)];
    }),
  );
}

/** The file that tests each row: the names of its tests begin with "8: " or "8 and 9: " or "8, 9 and 10: " or "8 to 10: ". */
export function testedRows(): ReadonlyMap<number, string> {
  const folder = 'test/lecture/';
  const tested = new Map<number, string>();
  for (const file of readdirSync(new URL(folder, root)).filter((name) => /^systems-.*\.test\.ts$/.test(name))) {
    for (const [, list] of read(folder + file).matchAll(/^ {2}test\('(\d[\d, andto]*): /gm)) {
      for (const n of spread(list!.replace(/ to /g, '–').replace(/ and /g, ','))) tested.set(n, folder + file);
    }
  }
  return tested;
}

/** `{name}` becomes a link to where the name is documented. */
function withLinks(offers: string, names: ReadonlyMap<string, string>): string {
  return offers.replace(/\{(\w+)\}/g, (_, name: string) => {
    const file = names.get(name);
    if (file === undefined) throw new Error(`docs/lectures.md: ${name} is exported by no entry point`);
    return link(code(name), `../${file}`);
  });
}

/** A link to a guide (`train.md#layers`) or to a file below examples. */
function shown(what: string): string {
  const guide = /^([\w-]+)\.md(#.*)?$/.exec(what);
  if (guide) return link(`guide: ${guide[1]!.replaceAll('-', ' ')}`, what);
  const name = what
    .replace(/\.ts$/, '')
    .replace(/^stories\//, '')
    .replace(/\/main$/, '');
  return link(name, `../examples/${what}`);
}

/** What shows a row: each once; where there is nothing else, the test that tries it. */
function shownBy(list: readonly string[], test: string | undefined): string {
  if (list.length > 0) return [...new Set(list)].map(shown).join(', ');
  return test === undefined ? '' : link('its test', `../${test}`);
}

function formulaCell(formula: string): string {
  if (formula === '-' || formula === '') return '';
  const text = formula.replace(/^`|`$|\*\*/g, '').replace('seeds', 'texts');
  return `: ${code(text)}`;
}

/** The page. */
export function lectures(): string {
  const [names, tested] = [publicNames(), testedRows()];
  const stories = [...storyRows()];
  const line = ({ number, name, formula, places, status }: System): string[] => {
    const { offers, shows = [], words } = rows[number]!;
    const told = stories.filter(([, list]) => list.includes(number)).map(([story]) => `stories/${story}.ts`);
    const test = tested.get(number);
    if (words !== true && test === undefined) throw new Error(`docs/lectures.md: row ${number} has no test`);
    return [
      String(number),
      `${plain(name.replaceAll('->', '→'))}${formulaCell(formula)}`,
      places.replaceAll('-', '–'),
      withLinks(offers, names),
      shownBy([...told, ...shows], test),
      words === true ? `${status}, no code` : `${status}, ${link('works', `../${test!}`)}`,
    ];
  };
  const all = systems();
  const sections = [...new Set(all.map(({ section }) => section))];
  const parts = sections.map((section) => {
    const lines = all.filter((system) => system.section === section).map(line);
    return [`## ${section}`, table(['#', 'what it is', 'lectures', 'what the library offers', 'shown by', 'status'], lines)].join('\n\n');
  });
  const worded = all.filter(({ number }) => rows[number]!.words === true).length;
  const contents = sections.map((section) => `- ${link(section, `#${anchorOf(section)}`)}`);
  const texts = Object.entries(TEXTS).map(([text, what]) => `- ${text}: ${what}`);
  return `${[
    GENERATED,
    '# The lectures and the library',
    paragraph(
      `The ${all.length} things that five lecture texts define, work out or mention, and what the library has for each. ${all.length - worded} of them are code: "works" links to the test that tries it through the public names. The other ${worded} are words, or what the library does not offer, and say so. What the lectures print wrong is on [a page of its own](lecture-errata.md); every number of theirs is recomputed by \`npm run lecture\`.`,
    ),
    paragraph(
      'Places such as 003:720 are a text and a line of it. "core" is defined or worked out in a text, "mentioned" only named, "picture only" was a figure. A story runs by itself: `npx tsx examples/stories/three-views.ts`.',
    ),
    texts.join('\n'),
    contents.join('\n'),
    ...parts,
  ].join('\n\n')}\n`;
}
