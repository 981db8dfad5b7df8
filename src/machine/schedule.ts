/**
 * @file Which thread runs what, and where they wait for one another: a program's functions in order, with barriers between those that touch
 * the same memory.
 */
import type { Body } from './encode.js';

/** A stretch of memory, in bytes. */
export type Range = readonly [from: number, to: number];

/** A function of a program, with the memory that it touches. */
export interface Unit {
  readonly body: Body;
  /** Does every thread run its part? Else the first runs it alone. */
  readonly divided: boolean;
  readonly reads: readonly Range[];
  readonly writes: readonly Range[];
}

const meet = (a: readonly Range[], b: readonly Range[]): boolean =>
  a.some(([from, to]) => b.some(([start, end]) => from < end && start < to));

/** May two functions not run at the same time? */
const conflict = (a: Unit, b: Unit): boolean => meet(a.writes, b.writes) || meet(a.writes, b.reads) || meet(a.reads, b.writes);

/** After so many functions there is a barrier, needed or not: it costs a microsecond, and each function is held against all since the last. */
const MOST_SINCE = 512;

/** Writes the function that runs all others, which are numbered from `first`; `barrier` is null where there is one thread. */
export function schedule(run: Body, units: readonly Unit[], first: number, barrier: number | null): void {
  if (barrier === null) {
    units.forEach((_, i) =>
      run
        .i32(0)
        .i32(1)
        .call(first + i),
    );
    return;
  }
  // what ran since the last barrier: divided, and by the first thread alone, which never waits for itself
  let since: { readonly divided: Unit[]; readonly alone: Unit[] } = { divided: [], alone: [] };
  for (let i = 0; i < units.length;) {
    const unit = units[i]!;
    // the first thread runs functions in a row, as far as none needs the others
    let end = i + 1;
    const waits = (u: Unit): boolean =>
      since.divided.some((s) => conflict(s, u)) ||
      (u.divided && (since.divided.length + since.alone.length >= MOST_SINCE || since.alone.some((s) => conflict(s, u))));
    const mustWait = waits(unit);
    if (mustWait) since = { divided: [], alone: [] };
    (unit.divided ? since.divided : since.alone).push(unit);
    if (!unit.divided) {
      for (; end < units.length && !units[end]!.divided && !waits(units[end]!); end++) since.alone.push(units[end]!);
    }
    if (mustWait) run.threads().call(barrier).leave();
    if (unit.divided) run.who().call(first + i);
    else
      run.first(() => {
        for (let k = i; k < end; k++)
          run
            .i32(0)
            .i32(1)
            .call(first + k);
      });
    i = end;
  }
}
