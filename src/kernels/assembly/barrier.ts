// AssemblyScript: where the threads of a program wait for one another. The words lie at the beginning of the memory that they share.

/** How many have arrived. */
const ARRIVED: usize = 0;
/** How often all have arrived. */
const GENERATION: usize = 4;
/** Not 0 when the first thread has given up: everybody leaves. */
const STOPPED: usize = 8;
/** May the first thread sleep? Not on the main thread of a page. */
const FIRST_MAY_SLEEP: usize = 12;

/** Looks before a thread goes to sleep: some 20 µs. */
const LOOKS = 10000;
/** Nanoseconds of a sleep: whoever gives up wakes nobody. */
const NAP: i64 = 1000000;

/** Waits until all threads are here; 1 where the program is to be left. */
export function barrier(thread: i32, threads: i32): i32 {
  const generation = atomic.load<i32>(GENERATION);
  if (atomic.add<i32>(ARRIVED, 1) == threads - 1) {
    atomic.store<i32>(ARRIVED, 0);
    atomic.add<i32>(GENERATION, 1);
    atomic.notify(GENERATION, -1);
    return atomic.load<i32>(STOPPED);
  }
  const sleeps = thread != 0 || atomic.load<i32>(FIRST_MAY_SLEEP) != 0;
  for (let looks = 0; atomic.load<i32>(GENERATION) == generation; looks++) {
    if (atomic.load<i32>(STOPPED)) return 1;
    if (sleeps && looks > LOOKS) atomic.wait<i32>(GENERATION, generation, NAP);
  }
  return atomic.load<i32>(STOPPED);
}
