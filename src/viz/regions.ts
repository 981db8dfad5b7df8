/**
 * @file Decision regions: the class that a model predicts at every point of a grid in the plane.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { checkOptions, DataError, UsageError } from '../graph/errors.js';
import { Tensor } from '../graph/tensor.js';
import { classColour, pointLayer } from './charts.js';
import { mixed, pngUrl } from './pixels.js';
import { axisTitle, chart, checkChart, checkCount, type ChartOptions, palette, render } from './render.js';
import { type ClassLabels, classesOf, labelsOf, pointsOf } from './values.js';

/** A grid of points in the plane, both ends of the ranges among them. */
export interface GridOptions {
  /** First and last horizontal coordinate. */
  xRange: readonly [from: number, to: number];
  /** First and last vertical coordinate. */
  yRange: readonly [from: number, to: number];
  /** Points along each axis; default 100. */
  steps?: number;
}

/** How decision regions are drawn. */
export interface DecisionRegionsOptions extends GridOptions, ChartOptions {
  /** Points [N, 2] drawn on top, such as the training data; those outside the ranges are not drawn. */
  points?: TensorLike;
  /** The class of each of these points. */
  labels?: ClassLabels;
}

const DEFAULT_STEPS = 100;
const MOST_STEPS = 2000;

function checkRange(op: string, name: string, range: unknown): void {
  const ok = Array.isArray(range) && range.length === 2 && range.every((v) => Number.isFinite(v)) && range[0] < range[1];
  if (!ok) throw new UsageError(op, `${name} must be two finite numbers, the lower one first`, `[${String(range)}]`);
}

function checkGiven(op: string, options: unknown): void {
  if (options === undefined) throw new UsageError(op, 'options are missing', undefined, '{ xRange, yRange }');
}

function checkGrid(op: string, { xRange, yRange, steps = DEFAULT_STEPS }: GridOptions): number {
  checkRange(op, 'xRange', xRange);
  checkRange(op, 'yRange', yRange);
  checkCount(op, 'steps', steps, 2, MOST_STEPS);
  return steps;
}

/** What `predict` says of every point of the grid, row by row from the first vertical coordinate on. */
function predictions(
  op: string,
  predict: (X: Tensor) => ClassLabels,
  { xRange, yRange }: GridOptions,
  steps: number,
): readonly (number | string)[] {
  const at = ([from, to]: readonly [number, number], i: number): number => (i === steps - 1 ? to : from + ((to - from) * i) / (steps - 1));
  const data = new Float64Array(2 * steps * steps);
  for (let i = 0; i < steps; i++) {
    for (let j = 0; j < steps; j++) {
      data[2 * (i * steps + j)] = at(xRange, j);
      data[2 * (i * steps + j) + 1] = at(yRange, i);
    }
  }
  const found: unknown = predict(new Tensor([steps * steps, 2], 'float64', data, null));
  if (found instanceof Promise) throw new UsageError(op, 'predict returned a Promise', undefined, 'predict must be synchronous');
  if (found === undefined) throw new UsageError(op, 'predict returned nothing', undefined, 'return a label for every row of X');
  return labelsOf(op, 'predicted labels', found as ClassLabels, steps * steps);
}

/**
 * The label of every point of a grid, [steps, steps]: row i is the i-th vertical coordinate, column j the j-th horizontal one,
 * evenly spaced and with both ends, as np.meshgrid of two np.linspace. `predict` is called once, with all points [steps², 2].
 * @throws ShapeError when predict does not return one label a point; DataError when a label is no number.
 * @example
 * const side = (X: Tensor): Tensor => gt(matmul(X, [1, -1]), 0);
 * predictGrid(side, { xRange: [0, 2], yRange: [0, 2], steps: 3 }); // → [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
 */
export function predictGrid(predict: (X: Tensor) => TensorLike, options: GridOptions): Tensor {
  checkGiven('predictGrid', options);
  checkOptions('predictGrid', options, ['xRange', 'yRange', 'steps']);
  const steps = checkGrid('predictGrid', options);
  const labels = predictions('predictGrid', predict, options, steps);
  if (typeof labels[0] === 'string') throw new DataError('predictGrid', 'labels must be numbers', 'got strings', 'a tensor holds no text');
  return toTensor(labels as readonly number[]).reshape([steps, steps]);
}

/**
 * The plane coloured by the class a model predicts, with points on top in the same colours. SVG text.
 * @throws ShapeError when predict does not return one label a point, or labels are not one a point; DataError for NaN;
 * UsageError for more than 20 classes.
 * @example
 * const side = (X: Tensor): Tensor => gt(matmul(X, [1, -1]), 0);
 * const points = [[0, 1], [1, 0]];
 * const svg = await decisionRegions(side, { xRange: [-1, 2], yRange: [-1, 2], steps: 50, points, labels: [0, 1] });
 * svg.includes('data:image/png'); // → true
 */
export async function decisionRegions(predict: (X: Tensor) => ClassLabels, options: DecisionRegionsOptions): Promise<string> {
  const op = 'decisionRegions';
  checkGiven(op, options);
  checkChart(op, options, ['xRange', 'yRange', 'steps', 'points', 'labels']);
  const steps = checkGrid(op, options);
  const { xRange, yRange, points, labels, width = 400, height = 400 } = options;
  if (labels !== undefined && points === undefined)
    throw new UsageError(op, 'labels are given without points', undefined, 'give points too');
  const t = points === undefined ? undefined : pointsOf(op, points);
  const own = labels === undefined ? undefined : labelsOf(op, 'labels', labels, t!.shape[0]!);
  const grid = predictions(op, predict, options, steps);
  const classes = classesOf(op, [...new Set([...grid, ...(own ?? [])])]);
  const range = await palette(classes.length);

  // One pixel a point of the grid, the last row of the grid on top; the picture ends half a cell beyond the ranges.
  const pixels = new Uint8Array(3 * steps * steps);
  const rgb = new Map(classes.map((c, i) => [c, mixed(range[i]!, 0.4)]));
  for (let i = 0; i < steps; i++) {
    for (let j = 0; j < steps; j++) pixels.set(rgb.get(grid[i * steps + j]!)!, 3 * ((steps - 1 - i) * steps + j));
  }
  const url = await pngUrl(pixels, steps, steps);
  const ends = ([from, to]: readonly [number, number]): [number, number] => {
    const half = (to - from) / (steps - 1) / 2;
    return [from - half, to + half];
  };
  const [xs, ys] = [ends(xRange), ends(yRange)];
  const axis = (field: string, label: string | undefined, domain: readonly number[]): Record<string, unknown> => ({
    field,
    type: 'quantitative',
    title: axisTitle(label),
    scale: { domain, nice: false, zero: false },
    axis: { grid: false },
  });
  const encoding = { x: axis('x', options.xLabel, xs), y: axis('y', options.yLabel, ys), color: classColour(classes, range) };
  const within = (x: number, y: number): boolean => x >= xs[0] && x <= xs[1] && y >= ys[0] && y <= ys[1];
  return render({
    ...chart({ ...options, width, height }, [
      {
        data: { values: [{ url }] },
        mark: { type: 'image', width, height, align: 'left', baseline: 'top', aspect: false, smooth: false },
        encoding: { x: { value: 0 }, y: { value: 0 }, url: { field: 'url', type: 'nominal' } },
      },
      pointLayer(t?.data ?? [], t === undefined ? [] : own, encoding, within),
    ]),
  });
}
