/**
 * @file Many images in one picture: templates, neighbours of test images.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { DataError, ShapeError, UsageError } from '../graph/errors.js';
import { showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { pngUrl } from './pixels.js';
import { chart, checkChart, checkCount, type ChartOptions, type Layer, printable, render } from './render.js';
import { checkFinite, extent } from './values.js';

/** How images are laid out. */
export interface ImageGridOptions extends Pick<ChartOptions, 'title'> {
  /** Images in a row; default: all of them, at most 10. */
  columns?: number;
  /** A line of text below each image. */
  captions?: readonly string[];
  /** A CSS colour around each image, or null for none. */
  borders?: readonly (string | null)[];
  /** Side of a pixel in the picture; default 2. */
  scale?: number;
  /** The values drawn black and white; left out, each image is stretched to its own smallest and largest value. */
  range?: readonly [low: number, high: number];
}

/** Where an image goes, in pixels, and what belongs to it. */
interface Cell {
  readonly url: string;
  readonly left: number;
  readonly top: number;
  readonly caption: string;
  readonly border: string | null;
}

const GAP = 8;
const CAPTION = 14;
/** Width of a letter of a caption, about; wider captions than the most are cut. */
const LETTER = 8;
const MOST_CAPTION = 200;

/** Bytes [h, w] or [h, w, 3] of image n, stretched. */
function bytesOf(images: Tensor, n: number, channels: number, range: readonly [number, number] | undefined): Uint8Array {
  const area = images.shape.at(-1)! * images.shape.at(-2)!;
  const values = images.data.subarray(n * area * channels, (n + 1) * area * channels);
  checkFinite('imageGrid', `image ${n}`, values);
  const [low, high] = range ?? extent(values);
  const bytes = new Uint8Array(values.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < area; i++) {
      const share = high === low ? 0.5 : (values[c * area + i]! - low) / (high - low);
      bytes[i * channels + c] = Math.round(255 * Math.min(1, Math.max(0, share)));
    }
  }
  return bytes;
}

function checkList(name: string, list: readonly unknown[] | undefined, n: number): void {
  if (list !== undefined && list.length !== n)
    throw new ShapeError('imageGrid', `${name} must be one an image`, `got ${list.length} for ${n}`);
}

/**
 * Images [N, H, W] (grey) or [N, 3, H, W] (colour) side by side, row by row. SVG text with the pixels as embedded PNG.
 * An image of one value only is drawn in the middle of its range.
 * @throws ShapeError for other shapes, captions or borders that are not one an image; DataError for NaN or no images.
 * @example
 * const images = [[[0, 1], [1, 0]], [[1, 0], [0, 1]]];
 * (await imageGrid(images, { captions: ['cat', 'dog'], scale: 8 })).match(/cat|dog/g); // → ['cat', 'dog']
 */
export async function imageGrid(images: TensorLike, options: ImageGridOptions = {}): Promise<string> {
  checkGrid(options);
  const t = toTensor(images, 'imageGrid');
  const channels = t.ndim === 4 ? t.shape[1]! : 1;
  if ((t.ndim !== 3 && t.ndim !== 4) || (t.ndim === 4 && channels !== 3 && channels !== 1)) {
    throw new ShapeError('imageGrid', 'images must have the shape [N,H,W] or [N,3,H,W]', `got ${showShape(t.shape)}`);
  }
  const [n, h, w] = [t.shape[0]!, t.shape.at(-2)!, t.shape.at(-1)!];
  if (t.size === 0) throw new DataError('imageGrid', 'there are no images', showShape(t.shape), 'there is nothing to draw');
  const { columns = Math.min(n, 10), captions, borders, scale = 2, range } = options;
  checkList('captions', captions, n);
  checkList('borders', borders, n);

  const widest = Math.max(0, ...(captions ?? []).map((text) => text.length));
  const inner = Math.max(w * scale, Math.min(MOST_CAPTION, widest * LETTER));
  const cell = { width: inner + GAP, height: h * scale + GAP + (captions === undefined ? 0 : CAPTION) };
  const values: Cell[] = [];
  for (let i = 0; i < n; i++) {
    values.push({
      url: await pngUrl(bytesOf(t, i, channels, range), w, h),
      left: (i % columns) * cell.width + (cell.width - w * scale) / 2,
      top: Math.floor(i / columns) * cell.height + GAP / 2,
      caption: printable(captions?.[i] ?? ''),
      border: borders?.[i] ?? null,
    });
  }
  const size = { width: Math.min(n, columns) * cell.width, height: Math.ceil(n / columns) * cell.height };
  return render({
    ...chart({ ...options, ...size }, layersOf(values, w * scale, h * scale, cell.width)),
    view: { stroke: null },
  });
}

function checkGrid(options: ImageGridOptions): void {
  checkChart('imageGrid', options, ['columns', 'captions', 'borders', 'scale', 'range'], ['title']);
  const { columns, scale, range } = options;
  if (columns !== undefined) checkCount('imageGrid', 'columns', columns);
  if (scale !== undefined) checkCount('imageGrid', 'scale', scale);
  if (range !== undefined && !(Number.isFinite(range[0]) && Number.isFinite(range[1]) && range[0] < range[1])) {
    throw new UsageError('imageGrid', 'range must be two finite numbers, the lower one first', `[${range.join(', ')}]`);
  }
}

/** Images, then borders, then captions; fields hold pixels, so there are no scales. */
function layersOf(values: readonly Cell[], width: number, height: number, room: number): Layer[] {
  const at = (field: string): Layer => ({ field, type: 'quantitative', scale: null, axis: null });
  const bordered = values.filter(({ border }) => border !== null);
  const titled = values.filter(({ caption }) => caption !== '');
  const image = { type: 'image', width, height, align: 'left', baseline: 'top', aspect: false, smooth: false };
  const text = { type: 'text', fontSize: 10, align: 'center', baseline: 'top', dx: width / 2, dy: height + 4, limit: room };
  const border = { type: 'rect', fillOpacity: 0, strokeWidth: 3 };
  const [x, y] = [at('left'), at('top')];
  return [
    { data: { values }, mark: image, encoding: { x, y, url: { field: 'url', type: 'nominal' } } },
    {
      data: { values: bordered.map((cell) => ({ ...cell, right: cell.left + width, bottom: cell.top + height })) },
      mark: border,
      encoding: { x, y, x2: { field: 'right' }, y2: { field: 'bottom' }, stroke: { field: 'border', type: 'nominal', scale: null } },
    },
    { data: { values: titled }, mark: text, encoding: { x, y, text: { field: 'caption', type: 'nominal' } } },
  ].filter(({ data }) => data.values.length > 0);
}
