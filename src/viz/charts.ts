/**
 * @file Charts of numbers: lines with error bars, points, histograms.
 */
import type { TensorLike } from '../graph/create.js';
import { DataError, UsageError } from '../graph/errors.js';
import { axisTitle, chart, checkChart, checkCount, type ChartOptions, type Layer, palette, printable, render } from './render.js';
import { type ClassLabels, classesOf, extent, labelsOf, pointsOf, vectorBeside, vectorOf } from './values.js';

/** One line of a chart. */
export interface Series {
  /** Name in the legend. */
  readonly name: string;
  /** Where the values stand; 0, 1, 2, … when left out. */
  readonly x?: TensorLike;
  /** The values. */
  readonly y: TensorLike;
  /** Half the height of the bar through each value, such as a standard deviation. */
  readonly error?: TensorLike;
  /** Joined by a line (the default), as single points, or both. */
  readonly mark?: 'line' | 'points' | 'both';
}

/** How lines are drawn. */
export interface LinesOptions extends ChartOptions {
  /** Scale of the horizontal axis; default 'linear'. */
  xScale?: 'linear' | 'log';
  /** Scale of the vertical axis; default 'linear'. */
  yScale?: 'linear' | 'log';
}

/** How points are drawn. */
export interface ScatterOptions extends ChartOptions {
  /** Class of each point: its colour. */
  labels?: ClassLabels;
}

/** How a histogram is drawn. */
export interface HistogramOptions extends ChartOptions {
  /** Number of intervals of equal width; default 10. */
  bins?: number;
}

/** A channel of numbers, on a scale that ends where they do. */
function quantity(field: string, label: string | undefined, scale: Layer = {}): Layer {
  return { field, type: 'quantitative', title: axisTitle(label), scale: { zero: false, ...scale } };
}

/** The colour of a name; the legend lists the names in this order. */
function colour(names: readonly string[], range: readonly string[], legend: boolean): Layer {
  return {
    field: 'name',
    type: 'nominal',
    title: null,
    scale: { domain: names, range: names.map((_, i) => range[i % range.length]!) },
    legend: legend ? {} : null,
  };
}

function checkLog(op: string, what: string, scale: string, values: ArrayLike<number>): void {
  if (scale !== 'log') return;
  for (let i = 0; i < values.length; i++) {
    if (values[i]! <= 0) {
      const hint = "leave it out, or use the scale 'linear'";
      throw new DataError(op, `a log scale has no place for values ≤ 0`, `${what} is ${values[i]!} at position ${i}`, hint);
    }
  }
}

const SCALES: readonly unknown[] = ['linear', 'log'];
const MARKS: readonly unknown[] = ['line', 'points', 'both'];

/**
 * Lines through numbers, with bars of an error where one is given: curves of a loss, accuracies over k. SVG text.
 * @throws DataError for NaN, empty series or values ≤ 0 on a log scale; ShapeError for lengths that differ.
 * @example
 * const svg = await lines([{ name: 'mean', x: [1, 3, 5], y: [0.2, 0.3, 0.25], error: [0.02, 0.01, 0.03] }], { xLabel: 'k' });
 * svg.slice(0, 4); // → <svg
 */
export async function lines(series: readonly Series[], options: LinesOptions = {}): Promise<string> {
  checkChart('lines', options, ['xScale', 'yScale']);
  const { xScale = 'linear', yScale = 'linear' } = options;
  for (const [name, scale] of Object.entries({ xScale, yScale })) {
    if (!SCALES.includes(scale)) throw new UsageError('lines', `${name} must be 'linear' or 'log'`, `got ${scale}`);
  }
  if (!Array.isArray(series)) throw new UsageError('lines', 'series must be an array', String(series), '[{ name, y }]');
  if (series.length === 0) throw new DataError('lines', 'there are no series', undefined, 'there is nothing to draw');
  const x = quantity('x', options.xLabel, { type: xScale, nice: false, padding: 10 });
  const y = quantity('y', options.yLabel, { type: yScale });
  const names: string[] = [];
  const layers: { bars: Layer[]; marks: Layer[] } = { bars: [], marks: [] };
  const all = series as readonly Series[];
  const range = await palette(all.length);
  for (const one of all) {
    if (typeof one?.name !== 'string') throw new UsageError('lines', 'a series needs a name', String(one?.name), '{ name, y }');
    const name = printable(one.name);
    if (names.includes(name)) throw new UsageError('lines', 'two series have the same name', `'${name}'`);
    names.push(name);
  }
  const color = colour(names, range, names.length > 1);
  all.forEach((one, k) => {
    const name = names[k]!;
    const ys = vectorOf('lines', `y of '${name}'`, one.y);
    const xs = one.x === undefined ? Array.from(ys, (_, i) => i) : vectorBeside('lines', `x of '${name}'`, one.x, ys.length);
    const error = one.error === undefined ? undefined : vectorBeside('lines', `error of '${name}'`, one.error, ys.length);
    const { mark = 'line' } = one;
    if (!MARKS.includes(mark)) throw new UsageError('lines', `mark must be 'line', 'points' or 'both'`, `got ${mark}`);
    checkLog('lines', `x of '${name}'`, xScale, xs);
    checkLog('lines', `y of '${name}'`, yScale, ys);
    const values = Array.from(ys, (v, i) => ({ name, i, x: xs[i]!, y: v, low: v - (error?.[i] ?? 0), high: v + (error?.[i] ?? 0) }));
    if (error !== undefined) {
      const below = error.findIndex((e) => e < 0);
      if (below >= 0) throw new DataError('lines', `error of '${name}' must not be negative`, `${error[below]!} at position ${below}`);
      const lows = values.map((row) => row.low);
      checkLog('lines', `lower end of the bar of '${name}'`, yScale, lows);
      const ends = { y: { ...y, field: 'low' }, y2: { field: 'high' } };
      layers.bars.push({ data: { values }, mark: { type: 'rule' }, encoding: { x, ...ends, color } });
      for (const end of ['low', 'high']) {
        layers.bars.push({
          data: { values },
          mark: { type: 'tick', size: 8, orient: 'horizontal' },
          encoding: { x, y: { ...y, field: end }, color },
        });
      }
    }
    // A line through one value would be nothing at all.
    if (mark !== 'points' && ys.length > 1) {
      layers.marks.push({
        data: { values },
        mark: { type: 'line' },
        encoding: { x, y, color, order: { field: 'i', type: 'quantitative' } },
      });
    }
    if (mark !== 'line' || ys.length === 1) {
      layers.marks.push({ data: { values }, mark: { type: 'point', filled: true, opacity: 1, size: 30 }, encoding: { x, y, color } });
    }
  });
  return render(chart(options, [...layers.bars, ...layers.marks]));
}

/** The layer of a picture that shows points, coloured by class if they have one. */
export function pointLayer(
  data: ArrayLike<number>,
  labels: readonly (number | string)[] | undefined,
  encoding: { readonly x: Layer; readonly y: Layer; readonly color?: Layer },
  within: (x: number, y: number) => boolean = () => true,
): Layer {
  const values: { x: number; y: number; name?: string }[] = [];
  for (let i = 0; i < data.length / 2; i++) {
    const [x, y] = [data[2 * i]!, data[2 * i + 1]!];
    if (within(x, y)) values.push({ x, y, ...(labels === undefined ? {} : { name: printable(String(labels[i]!)) }) });
  }
  const mark = { type: 'point', filled: true, opacity: 1, size: 40, stroke: 'white', strokeWidth: 0.7 };
  return { data: { values }, mark: labels === undefined ? { ...mark, color: '#333' } : mark, encoding };
}

/** The colours of classes, and the legend that names them. */
export function classColour(classes: readonly (number | string)[], range: readonly string[]): Layer {
  return colour(
    classes.map((c) => printable(String(c))),
    range,
    true,
  );
}

/**
 * Points [N, 2] in the plane, coloured by class. SVG text.
 * @throws ShapeError for other shapes or as many labels as there are not points; DataError for NaN or no points.
 * @example
 * (await scatter([[0, 0], [1, 1], [0, 1]], { labels: ['even', 'even', 'odd'] })).includes('odd'); // → true
 */
export async function scatter(points: TensorLike, options: ScatterOptions = {}): Promise<string> {
  checkChart('scatter', options, ['labels']);
  const t = pointsOf('scatter', points);
  const x = quantity('x', options.xLabel);
  const y = quantity('y', options.yLabel);
  if (options.labels === undefined) return render(chart(options, [pointLayer(t.data, undefined, { x, y })]));
  const labels = labelsOf('scatter', 'labels', options.labels, t.shape[0]!);
  const classes = classesOf('scatter', labels);
  const color = classColour(classes, await palette(classes.length));
  return render(chart(options, [pointLayer(t.data, labels, { x, y, color })]));
}

/**
 * How many values of a vector fall in each of `bins` intervals of equal width; the last one is closed. SVG text.
 * @throws DataError for NaN or no values; ShapeError for anything but a vector.
 * @example
 * (await histogram([1, 2, 2, 3], { bins: 3, xLabel: 'score' })).includes('score'); // → true
 */
export async function histogram(values: TensorLike, options: HistogramOptions = {}): Promise<string> {
  checkChart('histogram', options, ['bins']);
  const { bins = 10 } = options;
  checkCount('histogram', 'bins', bins);
  const data = vectorOf('histogram', 'values', values);
  let [low, high] = extent(data);
  // As NumPy does it: one value alone lies in the middle of an interval of width 1.
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const edges = Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins);
  const counts = new Array<number>(bins).fill(0);
  for (const v of data) counts[Math.min(bins - 1, Math.floor(((v - low) / (high - low)) * bins))]! += 1;
  const rows = counts.map((count, i) => ({ from: edges[i]!, to: edges[i + 1]!, count }));
  const layer = {
    data: { values: rows },
    mark: { type: 'bar', color: '#4c78a8', stroke: 'white', strokeWidth: 0.5 },
    encoding: {
      x: { ...quantity('from', options.xLabel, { nice: false }), bin: 'binned' },
      x2: { field: 'to' },
      y: { field: 'count', type: 'quantitative', title: axisTitle(options.yLabel ?? 'count') },
    },
  };
  return render(chart(options, [layer]));
}
