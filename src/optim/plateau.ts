/**
 * @file The schedule that listens: a rate that falls when a metric has stopped improving.
 */
import { checkOptions, UsageError } from '../graph/errors.js';
import { checkNumbers, type StatefulSchedule } from './settings.js';

/** Options of `reduceOnPlateau`; PyTorch's names and defaults. */
export interface PlateauOptions {
  /** Is a better metric smaller ('min', default) or larger ('max')? */
  mode?: 'min' | 'max';
  /** What the rate is multiplied with; default 0.1. */
  factor?: number;
  /** Reports without improvement that are let pass; default 10. */
  patience?: number;
  /** What counts as better; default 1e-4. */
  threshold?: number;
  /** Is the threshold a part of the best metric ('rel', default) or a difference ('abs')? */
  thresholdMode?: 'rel' | 'abs';
  /** Reports to wait after a reduction; default 0. */
  cooldown?: number;
  /** The rate never falls below; default 0. */
  minLr?: number;
  /** A reduction smaller than this is not made; default 1e-8. */
  eps?: number;
}

/** A rate that falls on a plateau: report the metric after each epoch. */
export interface PlateauSchedule extends StatefulSchedule {
  /** Tells it the metric of an epoch. */
  report(metric: number): void;
}

const KNOWN = ['mode', 'factor', 'patience', 'threshold', 'thresholdMode', 'cooldown', 'minLr', 'eps'] as const;

/**
 * A rate that begins at `init` and is multiplied with `factor` when the reported metric has not improved for more than `patience` reports.
 * @throws UsageError for options out of range, or a metric that is NaN.
 * @see torch.optim.lr_scheduler.ReduceLROnPlateau
 * @example
 * const lr = reduceOnPlateau(1, { patience: 0, factor: 0.5 });
 * const optimizer = new SGD([parameter(0)], { lr });
 * for (const loss of [3, 2, 2]) lr.report(loss);
 * lr(3); // → 0.5
 */
export function reduceOnPlateau(init: number, options: PlateauOptions = {}): PlateauSchedule {
  const op = 'reduceOnPlateau';
  checkOptions(op, options, KNOWN);
  const {
    mode = 'min',
    factor = 0.1,
    patience = 10,
    threshold = 1e-4,
    thresholdMode = 'rel',
    cooldown = 0,
    minLr = 0,
    eps = 1e-8,
  } = options;
  checkNumbers(op, {
    init: [init, 'positive'],
    factor: [factor, 'fraction'],
    patience: [patience, 'nonnegative'],
    threshold: [threshold, 'nonnegative'],
    cooldown: [cooldown, 'nonnegative'],
    minLr: [minLr, 'nonnegative'],
    eps: [eps, 'nonnegative'],
  });
  if (mode !== 'min' && mode !== 'max') throw new UsageError(op, `unknown mode '${String(mode)}'`, undefined, "'min' or 'max'");
  if (thresholdMode !== 'rel' && thresholdMode !== 'abs')
    throw new UsageError(op, `unknown thresholdMode '${String(thresholdMode)}'`, undefined, "'rel' or 'abs'");
  const sign = mode === 'min' ? -1 : 1;
  let memory = { rate: init, best: -sign * Infinity, bad: 0, cooling: 0 };

  const better = (metric: number): boolean => {
    const bar = thresholdMode === 'abs' ? memory.best + sign * threshold : memory.best * (1 + sign * threshold);
    return mode === 'min' ? metric < bar : metric > bar;
  };
  const report = (metric: number): void => {
    if (typeof metric !== 'number' || Number.isNaN(metric)) throw new UsageError(op, 'report needs a number', String(metric));
    let { rate, best, bad, cooling } = memory;
    if (better(metric)) [best, bad] = [metric, 0];
    else bad++;
    if (cooling > 0) [cooling, bad] = [cooling - 1, 0];
    if (bad > patience) {
      const next = Math.max(rate * factor, minLr);
      if (rate - next > eps) rate = next;
      [cooling, bad] = [cooldown, 0];
    }
    memory = { rate, best, bad, cooling };
  };
  const loadStateDict = (state: Readonly<Record<string, number>>): void => {
    const { rate, best, bad, cooling } = state ?? {};
    if ([rate, best, bad, cooling].some((v) => typeof v !== 'number'))
      throw new UsageError(op, 'loadStateDict needs what stateDict() gave', `keys ${Object.keys(state ?? {}).join(', ') || 'none'}`);
    memory = { rate: rate!, best: best!, bad: bad!, cooling: cooling! };
  };
  return Object.assign(() => memory.rate, { report, stateDict: () => ({ ...memory }), loadStateDict });
}
