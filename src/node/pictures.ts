/**
 * @file SVG text as files: as it is, and drawn as PNG by resvg in WebAssembly.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { checkOptions, DataError, UsageError } from '../graph/errors.js';

/** How an SVG becomes a PNG. */
export interface SvgAsPngOptions {
  /** Pixels of the PNG for one of the SVG; default 2. */
  scale?: number;
  /** Path of one more font (TTF, OTF or WOFF2), for scripts that DejaVu Sans does not have. */
  font?: string;
}

const LARGEST_SIDE = 16_384;
const { resolve } = createRequire(import.meta.url);
let ready: Promise<void> | undefined;

/** Writes a file whole or not at all: into a file beside it, which then takes its name. */
function writeWhole(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, content);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function checkSvg(op: string, svg: unknown): void {
  if (svg instanceof Promise) throw new UsageError(op, 'got a Promise', undefined, 'await the picture first');
  if (typeof svg !== 'string') throw new UsageError(op, 'a picture is SVG text', `got ${typeof svg}`);
  if (!svg.includes('<svg')) throw new DataError(op, 'this text is no SVG', `it begins with '${svg.slice(0, 40)}'`);
}

/** How the font files that resvg reads begin. */
const FONT_SIGNATURES: readonly string[] = ['\x00\x01\x00\x00', 'OTTO', 'true', 'ttcf', 'wOF2'];

function readFont(path: string): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new DataError('writeSvgAsPng', 'the font cannot be read', error instanceof Error ? error.message : String(error));
  }
  // resvg would pass over it in silence
  if (!FONT_SIGNATURES.includes(bytes.toString('latin1', 0, 4)))
    throw new DataError('writeSvgAsPng', 'this file is no TTF, OTF or WOFF2 font', path);
  return bytes;
}

/**
 * Writes SVG text to a file; folders on the way are made. The file appears whole or not at all.
 * @throws DataError when the text is no SVG; UsageError for a Promise of it.
 */
export function writeSvg(path: string, svg: string): void {
  checkSvg('writeSvg', svg);
  writeWhole(path, svg);
}

/**
 * Draws SVG text as a PNG file; folders on the way are made and the file appears whole or not at all. Text is set in DejaVu Sans,
 * which comes with the library, so that a picture is the same on every machine; it has Latin, Greek, Cyrillic and mathematics.
 * What neither it nor `font` has is drawn as a box.
 * @throws DataError when the text is no SVG that can be drawn; UsageError for a Promise of it, or a picture that gets too large.
 */
export async function writeSvgAsPng(path: string, svg: string, options: SvgAsPngOptions = {}): Promise<void> {
  checkOptions('writeSvgAsPng', options, ['scale', 'font']);
  checkSvg('writeSvgAsPng', svg);
  const { scale = 2, font } = options;
  if (typeof scale !== 'number' || !Number.isFinite(scale) || scale <= 0)
    throw new UsageError('writeSvgAsPng', 'scale must be a number above 0', String(scale));
  const fontBuffers = [400, 700].map((weight) =>
    readFont(resolve(`@fontsource/dejavu-sans/files/dejavu-sans-latin-${weight}-normal.woff2`)),
  );
  if (font !== undefined) fontBuffers.push(readFont(font));
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  ready ??= initWasm(readFileSync(resolve('@resvg/resvg-wasm/index_bg.wasm'))).catch((error: unknown) => {
    // somebody else in this program uses it too
    if (!String(error).includes('Already initialized')) throw error;
  });
  await ready;
  let picture: InstanceType<typeof Resvg>;
  try {
    picture = new Resvg(svg, {
      fitTo: { mode: 'zoom', value: scale },
      imageRendering: 1, // pixels of images stay squares
      font: { fontBuffers, defaultFontFamily: 'DejaVu Sans', sansSerifFamily: 'DejaVu Sans' },
    });
  } catch (error) {
    throw new DataError('writeSvgAsPng', 'this SVG cannot be drawn', error instanceof Error ? error.message : String(error));
  }
  try {
    const [width, height] = [picture.width * scale, picture.height * scale];
    if (width > LARGEST_SIDE || height > LARGEST_SIDE) {
      const size = `${Math.round(width)} × ${Math.round(height)}`;
      throw new UsageError('writeSvgAsPng', `a side has more than ${LARGEST_SIDE} pixels`, size, 'choose a smaller scale');
    }
    const image = picture.render();
    try {
      writeWhole(path, image.asPng());
    } finally {
      image.free();
    }
  } finally {
    picture.free();
  }
}
