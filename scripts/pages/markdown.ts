/**
 * @file Pieces of Markdown that the generated pages are made of.
 */

/** Plain text as Markdown: nothing in it is taken for a mark. */
export function plain(text: string): string {
  return text.replace(/[\\`*_|<>[\]~$]/g, '\\$&');
}

/** Text in the type of code, also in the cell of a table. */
export function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

/** A link. */
export function link(text: string, to: string): string {
  return `[${text}](${to})`;
}

/** A table: the head, then a row for each list of cells. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const WIDTH = 140;

/** Words in lines of at most 140 characters; code and links are not broken. */
export function paragraph(text: string): string {
  const lines: string[] = [];
  for (const [word] of text.matchAll(/(?:`[^`]*`|\[[^\]]*\]\([^)]*\)|\S)+/g)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}

/** First letter large, unless it is a word of its own (a variable); a full stop behind. */
export function sentence(text: string): string {
  const first = /^(?:[a-z]\p{L}|a )/u.test(text) ? text[0]!.toUpperCase() : text[0]!;
  return `${first}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** The anchor that a heading gets on GitHub and in the docs. */
export function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

/** What stands above a page that no hand writes. */
export const GENERATED = '<!-- Written by `npm run generate`: change what it is made of, not this file. -->';
