/**
 * @file The form of a saved state, and how saved options and memories of schedules come back.
 */
import { isStateful } from './settings.js';
import type { ParameterState } from './state.js';

/** A group of a saved state. */
export interface SavedGroup {
  /** Positions of its parameters. */
  params: number[];
  /** The options given, those that are plain data. */
  options: Record<string, unknown>;
  /** Memories of the options that are schedules. */
  schedules: Record<string, unknown>;
  /** What its parameters share. */
  shared: Record<string, unknown>;
}

/** An optimizer's state as plain data, in PyTorch's form. */
export interface OptimizerStateDict {
  /** Steps taken. */
  step: number;
  /** What is kept for each parameter, by its position. */
  state: Record<string, ParameterState>;
  /** Groups: positions of their parameters, the options given as plain data, memories of schedules, and what parameters share. */
  paramGroups: SavedGroup[];
}

const isRecord = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null;

const isPlain = (x: unknown): boolean =>
  typeof x === 'number' || typeof x === 'boolean' || typeof x === 'string' || x === null || (Array.isArray(x) && x.every(isPlain));

/** Has it the form that `stateDict` gives? What stands in it is checked where it is used. */
export function isStateDict(x: unknown): x is OptimizerStateDict {
  const isGroup = (g: unknown): boolean =>
    isRecord(g) && Array.isArray(g['params']) && [g['options'], g['schedules'], g['shared']].every(isRecord);
  if (!isRecord(x) || !Number.isInteger(x['step']) || !isRecord(x['state'])) return false;
  return Array.isArray(x['paramGroups']) && x['paramGroups'].every(isGroup);
}

/** The options that are schedules, by name: 'lr', 'betas.0'. */
function schedulesOf(options: object): [key: string, schedule: unknown][] {
  const entries = Object.entries(options).flatMap(([key, value]): [string, unknown][] =>
    Array.isArray(value) ? value.map((v: unknown, i) => [`${key}.${i}`, v]) : [[key, value]],
  );
  return entries.filter(([, value]) => typeof value === 'function');
}

/** Options as a saved state has them: those that are plain data, and the memories of those that are schedules. */
export function splitOptions(options: object): Pick<SavedGroup, 'options' | 'schedules'> {
  return {
    options: Object.fromEntries(Object.entries(options).filter(([, value]) => isPlain(value))),
    schedules: Object.fromEntries(schedulesOf(options).map(([key, s]) => [key, isStateful(s) ? s.stateDict() : {}])),
  };
}

/** The saved options; where here or there a schedule stood, and where it is no plain data, what is here stays. */
export function joinOptions<Options extends object>(here: Options, { options, schedules }: SavedGroup): Readonly<Options> {
  const scheduled = [...Object.keys(schedules), ...schedulesOf(here).map(([key]) => key)].map((key) => key.split('.')[0]!);
  const stays = ([key, value]: [string, unknown]): boolean => scheduled.includes(key) || !(value === undefined || isPlain(value));
  return Object.freeze({ ...options, ...Object.fromEntries(Object.entries(here).filter(stays)) }) as Options;
}

/** Gives schedules their memories; where one is refused, all have what they had. */
export function restoreSchedules(groups: readonly { readonly options: object }[], saved: readonly SavedGroup[]): void {
  const undo: (() => void)[] = [];
  try {
    groups.forEach(({ options }, g) => {
      for (const [key, schedule] of schedulesOf(options)) {
        const memory = saved[g]!.schedules[key];
        if (!isStateful(schedule) || !isRecord(memory) || Object.keys(memory).length === 0) continue;
        const before = schedule.stateDict();
        undo.unshift(() => schedule.loadStateDict(before));
        schedule.loadStateDict(memory as Readonly<Record<string, number>>);
      }
    });
  } catch (error) {
    for (const back of undo) back();
    throw error;
  }
}
