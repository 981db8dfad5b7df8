import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, describe, expect, test } from 'vitest';
import { add, record } from 'chainrule';
import { writeSvg, writeSvgAsPng } from 'chainrule/node';
import { imageGrid, lines, toSVG } from 'chainrule/viz';

const folder = mkdtempSync(join(tmpdir(), 'chainrule-pictures-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const blank = '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><rect width="60" height="20" fill="white"/></svg>';
const withText = (text: string, family = 'sans-serif') =>
  blank.replace('</svg>', `<text x="4" y="15" font-family="${family}">${text}</text></svg>`);

/** Size of a PNG and how many of its pixels are dark. */
function look(path: string): { width: number; height: number; dark: number } {
  const { width, height, channels, data } = decode(readFileSync(path));
  let dark = 0;
  for (let i = 0; i < width * height; i++) if (data[i * channels]! < 128) dark++;
  return { width, height, dark };
}

describe('writeSvg', () => {
  test('writes the text, makes folders and leaves nothing else', async () => {
    const path = join(folder, 'a/b/line.svg');
    const svg = await lines([{ name: 'y', y: [1, 2] }]);
    writeSvg(path, svg);
    expect(readFileSync(path, 'utf8')).toBe(svg);
    expect(readdirSync(join(folder, 'a/b'))).toEqual(['line.svg']);
  });

  test('a file that cannot be written leaves nothing behind', () => {
    const path = join(folder, 'taken');
    writeSvg(join(path, 'inside.svg'), blank);
    expect(() => writeSvg(path, blank)).toThrow(); // it is a folder
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('errors', () => {
    const path = join(folder, 'wrong.svg');
    expect(() => writeSvg(path, Promise.resolve(blank) as any)).toThrow('writeSvg: got a Promise: await the picture first');
    expect(() => writeSvg(path, 'digraph {}')).toThrow("writeSvg: this text is no SVG: it begins with 'digraph {}'");
    expect(() => writeSvg(path, 5 as any)).toThrow('writeSvg: a picture is SVG text: got number');
    expect(existsSync(path)).toBe(false);
  });
});

describe('writeSvgAsPng', () => {
  test('scale', async () => {
    const path = join(folder, 'c/blank.png');
    await writeSvgAsPng(path, blank);
    expect(look(path)).toEqual({ width: 120, height: 40, dark: 0 });
    await writeSvgAsPng(path, blank, { scale: 0.5 });
    expect(look(path)).toEqual({ width: 30, height: 10, dark: 0 });
    expect(readdirSync(join(folder, 'c'))).toEqual(['blank.png']);
  });

  test.each(['sans-serif', 'Helvetica,sans-Serif', 'no such font'])('labels in %s appear', async (family) => {
    const path = join(folder, 'text.png');
    await writeSvgAsPng(path, withText('loss −1 α ∂', family));
    expect(look(path).dark).toBeGreaterThan(200);
  });

  test('bold text is bolder', async () => {
    const [plain, bold] = [join(folder, 'plain.png'), join(folder, 'bold.png')];
    await writeSvgAsPng(plain, withText('loss'));
    await writeSvgAsPng(bold, withText('loss').replace('<text', '<text font-weight="bold"'));
    expect(look(bold).dark).toBeGreaterThan(1.2 * look(plain).dark);
  });

  test('charts and graphs with their labels', async () => {
    const path = join(folder, 'chart.png');
    await writeSvgAsPng(path, await lines([{ name: 'y', y: [1, 2] }]));
    const without = look(path).dark;
    await writeSvgAsPng(path, await lines([{ name: 'y', y: [1, 2] }], { title: 'A title of some length' }));
    expect(look(path).dark).toBeGreaterThan(without + 500);
    await writeSvgAsPng(path, await toSVG(record((x) => add(x, 1), 2)));
    expect(look(path).dark).toBeGreaterThan(500);
  });

  test('pixels of images stay squares', async () => {
    const path = join(folder, 'image.png');
    await writeSvgAsPng(path, await imageGrid([[[0, 1], [1, 0]]], { scale: 20 }), { scale: 1 }); // prettier-ignore
    const { data, channels } = decode(readFileSync(path));
    const levels = new Set<number>();
    for (let i = 0; i < data.length; i += channels) levels.add(data[i]!);
    expect([...levels].sort((a, b) => a - b)).toEqual([0, 255]);
  });

  test('one more font', async () => {
    const path = join(folder, 'font.png');
    const font = join(folder, 'no-font.ttf');
    await expect(writeSvgAsPng(path, blank, { font })).rejects.toThrow('writeSvgAsPng: the font cannot be read: ENOENT');
    writeFileSync(font, 'not a font');
    await expect(writeSvgAsPng(path, blank, { font })).rejects.toThrow(`writeSvgAsPng: this file is no TTF, OTF or WOFF2 font: ${font}`);
  });

  test.each([
    [Promise.resolve(blank), {}, 'UsageError: writeSvgAsPng: got a Promise: await the picture first'],
    ['text', {}, "DataError: writeSvgAsPng: this text is no SVG: it begins with 'text'"],
    ['<svg', {}, 'DataError: writeSvgAsPng: this SVG cannot be drawn: SVG data parsing failed'],
    [blank, { scale: 0 }, 'UsageError: writeSvgAsPng: scale must be a number above 0: 0'],
    [blank, { scale: NaN }, 'UsageError: writeSvgAsPng: scale must be a number above 0: NaN'],
    [blank, { scale: 1e6 }, 'UsageError: writeSvgAsPng: a side has more than 16384 pixels: 60000000 × 20000000: choose a smaller scale'],
    [blank, { size: 1 }, "UsageError: writeSvgAsPng: unknown option 'size'"],
  ])('%#', async (svg, options, message) => {
    const path = join(folder, 'wrong.png');
    const error: Error = await writeSvgAsPng(path, svg as any, options as any).then(() => new Error('none'), (e: unknown) => e as Error); // prettier-ignore
    expect(`${error.name}: ${error.message}`).toContain(message);
    expect(existsSync(path)).toBe(false);
  });
});
