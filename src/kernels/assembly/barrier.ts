// AssemblyScript: where the threads of a program wait for one another. The words lie at the beginning of the memory that they share.

/** How many have arrived. */
const ARRIVED: usize = 0;
/** How often all have arrived. */
const GENERATION: usize = 4;
/** Not 0 when the first thread has given up: everybody leaves. */
const STOPPED: usize = 8;

/** Fewest and most looks before a thread takes a nap: some 20 µs and 0.5 ms. */
const LEAST_LOOKS = 10000;
const MOST_LOOKS = 250000;

/**
 * How often this thread looks before it takes a nap. To wake it takes longer than a product, so it waits out what the first thread does alone;
 * but where that did not help, because other processes want the cores, it leaves them one sooner the next time.
 */
let patience = MOST_LOOKS;

/**
 * Sleeps for a moment, or until there is another generation: JavaScript knows whether the thread may. Not memory.atomic.wait32: with it, on
 * Node 20, about one process in ten saw the first thread leave a barrier alone; why was not found out.
 */
@external("env", "nap")
declare function nap(generation: i32): void;

/** Waits until all threads are here; 1 where the program is to be left. */
export function barrier(threads: i32): i32 {
  const generation = atomic.load<i32>(GENERATION);
  if (atomic.add<i32>(ARRIVED, 1) == threads - 1) {
    atomic.store<i32>(ARRIVED, 0);
    atomic.add<i32>(GENERATION, 1);
    atomic.notify(GENERATION, -1);
    return atomic.load<i32>(STOPPED);
  }
  let looks = 0;
  for (; atomic.load<i32>(GENERATION) == generation; looks++) {
    if (atomic.load<i32>(STOPPED)) return 1;
    if (looks > patience) nap(generation);
  }
  patience = looks > patience ? max(LEAST_LOOKS, patience >> 1) : min(MOST_LOOKS, patience + (patience >> 3));
  return atomic.load<i32>(STOPPED);
}
