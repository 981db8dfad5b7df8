/**
 * @file A chart as SVG text: Vega-Lite draws without a DOM. Loaded when the first chart is drawn.
 */
import type { TopLevelSpec } from 'vega-lite';
import { checkOptions, UsageError } from '../graph/errors.js';

/** What every chart can be told. */
export interface ChartOptions {
  /** Text above the chart. */
  title?: string;
  /** Text below the horizontal axis. */
  xLabel?: string;
  /** Text beside the vertical axis. */
  yLabel?: string;
  /** Width of the plotting area in pixels; default 480. */
  width?: number;
  /** Height of the plotting area in pixels; default 320. */
  height?: number;
}

/** A part of a chart; its types are Vega-Lite's, which checks it when it compiles. */
export type Layer = Readonly<Record<string, unknown>>;

const COMMON: readonly string[] = ['title', 'xLabel', 'yLabel', 'width', 'height'];
const LARGEST = 10_000;

/** Text that may stand in XML: control characters other than line ends become a replacement character. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd');
}

/** Throws unless `value` is a finite number above 0. */
function checkPositive(op: string, name: string, value: number): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0 || value > LARGEST)
    throw new UsageError(op, `${name} must be a number above 0 and at most ${LARGEST}`, String(value));
}

/** Throws unless `value` is a whole number in a range. */
export function checkCount(op: string, name: string, value: number, least = 1, most: number = LARGEST): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new UsageError(op, `${name} must be a whole number from ${least} to ${most}`, String(value));
}

/** Checks names and values of the options that charts share (those in `common`), and the names of a chart's own. */
export function checkChart(op: string, options: ChartOptions, own: readonly string[], common: readonly string[] = COMMON): void {
  checkOptions(op, options, [...common, ...own]);
  if (options.width !== undefined) checkPositive(op, 'width', options.width);
  if (options.height !== undefined) checkPositive(op, 'height', options.height);
  for (const name of ['title', 'xLabel', 'yLabel'] as const) {
    const text: unknown = options[name];
    if (text !== undefined && typeof text !== 'string') throw new UsageError(op, `${name} must be text`, String(text));
  }
}

/** The frame of a chart with axes and its layers. */
export function chart(options: ChartOptions, layers: readonly Layer[]): Layer {
  const { title, width = 480, height = 320 } = options;
  return { width, height, layer: layers, ...(title === undefined ? {} : { title: lineOf(title) }) };
}

/** A text in the form Vega-Lite wants: several lines are an array. */
function lineOf(text: string): string | string[] {
  const rows = printable(text).split(/\r\n|\r|\n/);
  return rows.length === 1 ? rows[0]! : rows;
}

/** The title of an axis; null hides it. */
export function axisTitle(text: string | undefined): string | string[] | null {
  return text === undefined ? null : lineOf(text);
}

/** SVG text of a chart: the same chart gives the same text. */
export async function render(body: Layer): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    config: {
      aria: false,
      view: { stroke: '#bbb' },
      axis: { gridColor: '#eee' },
      legend: { symbolOpacity: 1, labelLimit: 0 },
      tick: { opacity: 1 },
    },
    ...body,
  };
  const logger = vega.logger(vega.Error);
  const view = new vega.View(vega.parse(vegaLite.compile(spec as unknown as TopLevelSpec, { logger }).spec), { renderer: 'none', logger });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** The colours of `n` classes: ten well apart, or twenty. */
export async function palette(n: number): Promise<readonly string[]> {
  const vega = await import('vega');
  return vega.scheme(n <= 10 ? 'tableau10' : 'tableau20') as readonly string[];
}
