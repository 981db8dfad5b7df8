/**
 * @file Who is told of every tensor, op call and rule: debug mode and the search for the first NaN. Apart from `state`, because errors and
 * tensors, which that file knows of, tell it too; so it knows neither of them.
 */

/** What is told. Methods must not throw, but for what they look for. */
export interface Watch {
  /** Do values matter? Then functions run op by op, compiled ones too. */
  readonly needsValues: boolean;
  /** A tensor was made, by an op or of data. */
  born(t: object): void;
  /** A tensor has the values of another: it counts as made where that was. */
  shared(t: object, from: object): void;
  /** An op looks at one of its arguments. */
  read(op: string, x: object): void;
  /** An op call is done. */
  made(op: { readonly name: string }, inputs: readonly object[], out: object): void;
  /** Runs the rule of input `i` of the op call that made `t`: the cotangent of that input. */
  rule<T extends object>(t: object, i: number, run: () => T): T;
  /** Runs a part of an expression that may be infinite, because what follows leaves such elements out. */
  excused<T>(run: () => T): T;
  /** Where the arguments of an op that fails were made, in words; undefined where nothing is known. */
  places(op: string): string | undefined;
}

/** Who is told at the moment; null when nobody is. */
export const watching: { by: Watch | null } = { by: null };

const wanted: Record<'anomaly' | 'debug', Watch | null> = { anomaly: null, debug: null };

/** Turns one kind of watch on for everything, or off (null). Looking for anomalies includes debug mode. */
export function keepWatch(kind: keyof typeof wanted, watch: Watch | null): void {
  wanted[kind] = watch;
  watching.by = wanted.anomaly ?? wanted.debug;
}

/** Runs `f` under a watch and restores the one before, whatever happens. */
export function withWatch<R>(watch: Watch, f: () => R): R {
  const before = watching.by;
  const kept = before === (wanted.anomaly ?? wanted.debug);
  watching.by = watch;
  try {
    return f();
  } finally {
    // a switch that f turned stays turned
    watching.by = kept ? (wanted.anomaly ?? wanted.debug) : before;
  }
}

/** A part of an expression that may be infinite on the way: `0·log 0` is 0, so log 0 is no anomaly, unless the product is infinite too. */
export function excused<T>(run: () => T): T {
  return watching.by === null ? run() : watching.by.excused(run);
}
