// AssemblyScript: where the threads of a program wait for one another. The words lie at the beginning of the memory that they share.

/** How many have arrived. */
const ARRIVED: usize = 0;
/** How often all have arrived. */
const GENERATION: usize = 4;
/** Not 0 when the first thread has given up: everybody leaves. */
const STOPPED: usize = 8;

/**
 * Looks before a thread takes a nap: some 2 ms, so that it is still there when the next step of a training loop comes. To wake it takes longer
 * than a product. (OpenMP looks for 200 ms.)
 */
const LOOKS = 1000000;

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
  for (let looks = 0; atomic.load<i32>(GENERATION) == generation; looks++) {
    if (atomic.load<i32>(STOPPED)) return 1;
    if (looks > LOOKS) nap(generation);
  }
  return atomic.load<i32>(STOPPED);
}
