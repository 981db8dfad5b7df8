/**
 * @file Schedules: functions from the number of steps taken to a number. Any numeric option of an optimizer may be one.
 */
import { checkOptions, UsageError } from '../graph/errors.js';
import { checkNumbers, isStateful, type Schedule, type StatefulSchedule } from './settings.js';

function finite(op: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values))
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new UsageError(op, `${name} must be a finite number`, String(value));
}

function steps(op: string, name: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1))
    throw new UsageError(op, `${name} must be a whole number of steps, at least 1`, String(value));
}

/**
 * The same number at every step.
 * @throws UsageError unless it is finite.
 * @example
 * [0, 9].map(constantSchedule(0.1)); // → [0.1, 0.1]
 */
export function constantSchedule(value: number): Schedule {
  finite('constantSchedule', { value });
  return () => value;
}

/**
 * A line from `init` to `end` in `transitionSteps` steps, then `end`: a warm-up, or a decay to nothing.
 * @throws UsageError for numbers that are not finite, or no step.
 * @see optax.linear_schedule
 * @example
 * [0, 1, 2, 3].map(linearSchedule(0, 1, 2)); // → [0, 0.5, 1, 1]
 */
export function linearSchedule(init: number, end: number, transitionSteps: number): Schedule {
  return polynomial('linearSchedule', init, end, transitionSteps, 1);
}

function polynomial(op: string, init: number, end: number, transitionSteps: number, power: number): Schedule {
  finite(op, { init, end });
  checkNumbers(op, { power: [power, 'positive'] });
  steps(op, 'transitionSteps', transitionSteps);
  return (step) => end + (init - end) * (1 - Math.min(step / transitionSteps, 1)) ** power;
}

/**
 * From `init` to `end` in `transitionSteps` steps along (1 − t)^power, then `end`.
 * @throws UsageError for numbers that are not finite, a power that is not positive, or no step.
 * @see optax.polynomial_schedule
 * @example
 * [0, 1, 2].map(polynomialSchedule(1, 0, 2, { power: 2 })); // → [1, 0.25, 0]
 */
export function polynomialSchedule(init: number, end: number, transitionSteps: number, options: { power?: number } = {}): Schedule {
  checkOptions('polynomialSchedule', options, ['power']);
  return polynomial('polynomialSchedule', init, end, transitionSteps, options.power ?? 1);
}

/**
 * `init` times γ for every `stepSize` steps: init·γ^⌊t/stepSize⌋.
 * @throws UsageError for numbers that are not finite, or no step.
 * @see torch.optim.lr_scheduler.StepLR
 * @example
 * [0, 1, 2, 4].map(stepSchedule(1, { stepSize: 2, gamma: 0.5 })); // → [1, 1, 0.5, 0.25]
 */
export function stepSchedule(init: number, options: { stepSize: number; gamma?: number }): Schedule {
  checkOptions('stepSchedule', options, ['stepSize', 'gamma']);
  const { stepSize, gamma = 0.1 } = options ?? {};
  finite('stepSchedule', { init, gamma });
  steps('stepSchedule', 'stepSize', stepSize);
  return (step) => init * gamma ** Math.floor(step / stepSize);
}

/**
 * `init` times γ for every milestone that is reached.
 * @throws UsageError for numbers that are not finite, or milestones that do not rise.
 * @see torch.optim.lr_scheduler.MultiStepLR
 * @example
 * [0, 2, 3, 7].map(multiStepSchedule(1, { milestones: [3, 5], gamma: 0.5 })); // → [1, 1, 0.5, 0.25]
 */
export function multiStepSchedule(init: number, options: { milestones: readonly number[]; gamma?: number }): Schedule {
  checkOptions('multiStepSchedule', options, ['milestones', 'gamma']);
  const { milestones, gamma = 0.1 } = options ?? {};
  finite('multiStepSchedule', { init, gamma });
  rising('multiStepSchedule', 'milestones', milestones);
  return (step) => init * gamma ** milestones.filter((m) => m <= step).length;
}

/**
 * init·γᵗ, t the number of steps.
 * @throws UsageError for numbers that are not finite.
 * @see torch.optim.lr_scheduler.ExponentialLR
 * @example
 * [0, 1, 2].map(exponentialSchedule(1, { gamma: 0.5 })); // → [1, 0.5, 0.25]
 */
export function exponentialSchedule(init: number, options: { gamma: number }): Schedule {
  checkOptions('exponentialSchedule', options, ['gamma']);
  const { gamma } = options ?? {};
  finite('exponentialSchedule', { init, gamma });
  return (step) => init * gamma ** step;
}

/** Half a cosine, from 1 at t = 0 to 0 at t = 1. */
const cosine = (t: number): number => (1 + Math.cos(Math.PI * t)) / 2;

/**
 * Half a cosine from `init` to `end` (default 0) in `decaySteps` steps, then `end`.
 * @throws UsageError for numbers that are not finite, or no step.
 * @see Loshchilov, Hutter 2017; torch.optim.lr_scheduler.CosineAnnealingLR with T_max = decaySteps
 * @example
 * [0, 1, 2, 3].map(cosineSchedule(1, { decaySteps: 2 })); // → [1, 0.5, 0, 0]
 */
export function cosineSchedule(init: number, options: { decaySteps: number; end?: number }): Schedule {
  checkOptions('cosineSchedule', options, ['decaySteps', 'end']);
  const { decaySteps, end = 0 } = options ?? {};
  finite('cosineSchedule', { init, end });
  steps('cosineSchedule', 'decaySteps', decaySteps);
  return (step) => end + (init - end) * cosine(Math.min(step / decaySteps, 1));
}

/**
 * A warm-up: a line from `start` (default 0) to the first value of `then` in `warmupSteps` steps, after which `then` begins.
 * @throws UsageError for numbers that are not finite, or no step.
 * @see optax.warmup_cosine_decay_schedule
 * @example
 * [0, 1, 2, 3, 4].map(warmupSchedule(cosineSchedule(1, { decaySteps: 2 }), { warmupSteps: 2 })); // → [0, 0.5, 1, 0.5, 0]
 */
export function warmupSchedule(then: number | Schedule, options: { warmupSteps: number; start?: number }): Schedule {
  checkOptions('warmupSchedule', options, ['warmupSteps', 'start']);
  const { warmupSteps, start = 0 } = options ?? {};
  finite('warmupSchedule', { start });
  steps('warmupSchedule', 'warmupSteps', warmupSteps);
  const next = typeof then === 'function' ? then : constantSchedule(then);
  return joinSchedules([linearSchedule(start, next(0), warmupSteps), next], [warmupSteps]);
}

/** Options of `oneCycleSchedule`. */
export interface OneCycleOptions {
  /** Steps in all. */
  totalSteps: number;
  /** Part of them in which the rate rises; default 0.3. */
  pctStart?: number;
  /** It begins at maxLr / divFactor; default 25. */
  divFactor?: number;
  /** It ends at the beginning / finalDivFactor; default 1e4. */
  finalDivFactor?: number;
  /** Along half a cosine ('cos', default) or a line ('linear')? */
  annealStrategy?: 'cos' | 'linear';
}

/**
 * One cycle: up to `maxLr`, then down to almost nothing.
 * @throws UsageError for numbers that are not finite or out of range.
 * @see Smith, Topin 2019; torch.optim.lr_scheduler.OneCycleLR
 * @example
 * [0, 2, 5].map(oneCycleSchedule(1, { totalSteps: 6, pctStart: 0.5, divFactor: 10, finalDivFactor: 10 })); // → [0.1, 1, 0.01]
 */
export function oneCycleSchedule(maxLr: number, options: OneCycleOptions): Schedule {
  checkOptions('oneCycleSchedule', options, ['totalSteps', 'pctStart', 'divFactor', 'finalDivFactor', 'annealStrategy']);
  const { totalSteps, pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4, annealStrategy = 'cos' } = options ?? {};
  finite('oneCycleSchedule', { maxLr, pctStart });
  checkNumbers('oneCycleSchedule', { divFactor: [divFactor, 'positive'], finalDivFactor: [finalDivFactor, 'positive'] });
  steps('oneCycleSchedule', 'totalSteps', totalSteps);
  if (!(pctStart > 0 && pctStart < 1)) throw new UsageError('oneCycleSchedule', 'pctStart must be between 0 and 1', String(pctStart));
  if (annealStrategy !== 'cos' && annealStrategy !== 'linear')
    throw new UsageError('oneCycleSchedule', `unknown annealStrategy '${String(annealStrategy)}'`, undefined, "'cos' or 'linear'");
  const [top, last] = [pctStart * totalSteps - 1, totalSteps - 1];
  const low = maxLr / divFactor;
  const between = (from: number, to: number, t: number): number =>
    annealStrategy === 'cos' ? to + (from - to) * cosine(t) : from + (to - from) * t;
  return (step) =>
    step <= top
      ? between(low, maxLr, top > 0 ? step / top : 1)
      : between(maxLr, low / finalDivFactor, Math.min((step - top) / (last - top), 1));
}

function rising(op: string, name: string, values: readonly number[]): void {
  if (!Array.isArray(values) || values.some((v, i) => !Number.isInteger(v) || v < 0 || (i > 0 && v <= values[i - 1]!)))
    throw new UsageError(op, `${name} must be whole numbers that rise`, `[${String(values)}]`);
}

/**
 * Schedules one after another: each begins, at its own step 0, when its boundary is reached.
 * @throws UsageError unless there is one boundary less than schedules, and they rise.
 * @see optax.join_schedules
 * @example
 * [0, 1, 2, 3].map(joinSchedules([constantSchedule(1), linearSchedule(5, 7, 2)], [2])); // → [1, 1, 5, 6]
 */
export function joinSchedules(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  rising('joinSchedules', 'boundaries', boundaries);
  if (schedules.length !== boundaries.length + 1)
    throw new UsageError(
      'joinSchedules',
      'needs one boundary less than schedules',
      `${schedules.length} schedules, ${boundaries.length} boundaries`,
    );
  const joined = (step: number): number => {
    const i = boundaries.filter((b) => b <= step).length;
    return schedules[i]!(step - (i === 0 ? 0 : boundaries[i - 1]!));
  };
  const stateful = schedules.flatMap((s, i): [string, StatefulSchedule][] => (isStateful(s) ? [[`${i}.`, s]] : []));
  if (stateful.length === 0) return joined;
  // what remembers is asked for its memory, under its number
  return Object.assign(joined, {
    stateDict: () =>
      Object.fromEntries(stateful.flatMap(([i, s]) => Object.entries(s.stateDict()).map(([key, value]) => [i + key, value] as const))),
    loadStateDict: (state: Readonly<Record<string, number>>) => {
      for (const [i, s] of stateful) {
        const own = Object.entries(state).filter(([key]) => key.startsWith(i));
        s.loadStateDict(Object.fromEntries(own.map(([key, value]) => [key.slice(i.length), value])));
      }
    },
  });
}
