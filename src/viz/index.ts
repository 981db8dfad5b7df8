/**
 * Pictures: charts of numbers and images, decision regions, and recorded graphs, each as SVG text.
 * @packageDocumentation
 */
export { histogram, type HistogramOptions, lines, type LinesOptions, scatter, type ScatterOptions, type Series } from './charts.js';
export { type Drawable, type GraphOptions, toDot, toSVG } from './graph.js';
export { imageGrid, type ImageGridOptions } from './images.js';
export { decisionRegions, type DecisionRegionsOptions, type GridOptions, predictGrid } from './regions.js';
export type { ChartOptions } from './render.js';
export type { ClassLabels } from './values.js';
