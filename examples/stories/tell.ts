/**
 * @file What all stories share: their two options, a table, a picture, and "run me when I am called directly".
 */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeSvg } from 'chainrule/node';

/** How a story is told. */
export interface StoryOptions {
  /** How much is computed; default 'full'. The tests take 'small'. */
  budget?: 'small' | 'full';
  /** Folder of the pictures; null draws none. */
  out?: string | null;
}

/** Where pictures go unless a story is told otherwise. */
export const PICTURES = 'out/stories';

const text = (cell: string | number): string => (typeof cell === 'number' ? String(Number(cell.toPrecision(6))) : cell);

/** Prints rows as columns: the first to the left, all others to the right, numbers with six digits. */
export function table(rows: readonly (readonly (string | number)[])[]): void {
  const cells = rows.map((row) => row.map(text));
  const widths = cells[0]!.map((_, j) => Math.max(...cells.map((row) => (row[j] ?? '').length)));
  for (const row of cells)
    console.log(`  ${row.map((cell, j) => (j === 0 ? cell.padEnd(widths[j]!) : cell.padStart(widths[j]!))).join('   ')}`.trimEnd());
}

/** Writes a picture as NAME.svg, unless there is no folder for it. `draw` is called only where there is one. */
export async function picture(folder: string | null, name: string, draw: () => Promise<string>): Promise<void> {
  if (folder === null) return;
  const path = join(folder, `${name}.svg`);
  writeSvg(path, await draw());
  console.log(`  picture: ${path}`);
}

/** Tells the story when its file (`import.meta.url`) is what node was called with. */
export async function tell(url: string, story: () => Promise<unknown>): Promise<void> {
  const called = process.argv[1];
  if (called !== undefined && pathToFileURL(realpathSync(called)).href === url) await story();
}
