/** Is somebody else at work on this machine? Then the numbers are not to be believed, least of all those of peers with threads. */
import { cpus } from 'node:os';

/** In milliseconds: how long was watched, and how much of a core all other processes used meanwhile. */
export interface Watched {
  elapsed: number;
  others: number;
}

let elapsed = 0;
let others = 0;

/** Does some work of this process, and notes what all other processes did meanwhile. */
export function watched<T>(work: () => T): T {
  const before = sample();
  const result = work();
  const after = sample();
  elapsed += after.now - before.now;
  others += after.busy - before.busy - (after.own - before.own);
  return result;
}

/** What was noted since the last question; a process of its own tells it to the one that asks. */
export function takeWatched(): Watched {
  const noted = { elapsed, others };
  [elapsed, others] = [0, 0];
  return noted;
}

/** Adds what another process noted. */
export function addWatched(noted: Watched): void {
  elapsed += noted.elapsed;
  others += noted.others;
}

/** How many cores others kept busy on average since the last question, or null where that is too little to matter. */
export function coresBusyElsewhere(): number | null {
  const noted = takeWatched();
  const cores = noted.others / noted.elapsed;
  return cores > 0.15 ? cores : null;
}

/** In milliseconds: processor time of the machine and of this process, and the clock. */
function sample(): { busy: number; own: number; now: number } {
  let busy = 0;
  for (const { times } of cpus()) busy += times.user + times.nice + times.sys + times.irq;
  const { user, system } = process.cpuUsage();
  return { busy, own: (user + system) / 1e3, now: performance.now() };
}
