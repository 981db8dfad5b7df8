/**
 * @file Random shapes for the samples of ops.
 */
import type { Draw } from './define.js';

/** A shape of `min` to `max` axes. */
export const someShape = (draw: Draw, min = 0, max = 3): number[] => Array.from({ length: draw.int(min, max) }, () => draw.int(1, 3));

/** A shape of at least one axis. */
export const someRows = (draw: Draw): number[] => [...Array.from({ length: draw.int(0, 2) }, () => draw.int(1, 3)), draw.int(1, 4)];
