/** How the stories are tested. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { StoryOptions } from '../../examples/stories/tell.js';

/** Tells a story with the small budget: what it found, the pictures it drew (all of them SVG), what it printed. */
export async function told<R>(story: (options: StoryOptions) => Promise<R>): Promise<{ result: R; pictures: string[]; text: string }> {
  const out = mkdtempSync(join(tmpdir(), 'story-'));
  const printed: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
  try {
    const result = await story({ budget: 'small', out });
    const pictures = readdirSync(out).sort();
    for (const name of pictures) expect(readFileSync(join(out, name), 'utf8')).toMatch(/^<svg[^]*<\/svg>\s*$/);
    return { result, pictures, text: printed.join('\n') };
  } finally {
    log.mockRestore();
  }
}
