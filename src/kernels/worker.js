/**
 * @file A thread of a team (team.ts): it waits for work, runs its part of a program, and waits again. Plain JavaScript, because engines start
 * it as it is, from the sources as from the package. It imports nothing: what it needs it is sent.
 */

// Words of the board that the team shares, as in team.ts.
const [SIGNAL, PROGRAM, RUNS, MAIL] = [0, 1, 2, 3];
// Words of a program's memory, as in assembly/barrier.ts.
const [GENERATION, STOPPED, LEFT, READY] = [1, 2, 3, 4];
/** Fewest and most looks at the board before the thread goes to sleep, for about 0.1 and 1 ms: the next run often follows when a batch was copied in. */
const [LEAST_LOOKS, MOST_LOOKS] = [20000, 200000];
/** Milliseconds of a sleep at a barrier: whoever gives up wakes nobody. */
const NAP = 1;

/** In Node a thread talks through its port, in a browser through its global scope. */
const port = globalThis.process?.getBuiltinModule?.('node:worker_threads')?.parentPort ?? globalThis;
const programs = new Map();
let kernels;
let barrier;
let board;
let thread = 0;
let threads = 1;
let letters = 0;
let runs = 0;
let seen = 0;
/** Looks of now: fewer after a wait that they did not outlast, as in assembly/barrier.ts. */
let patience = MOST_LOOKS;

/** Takes a letter: it is made a member, or gets a program, or may forget one. */
function read(letter) {
  letters++;
  if ('board' in letter) ({ kernels, barrier, board, thread, threads } = letter);
  else if ('forget' in letter) programs.delete(letter.forget);
  else {
    const { id, module, memory, functions } = letter;
    const env = { memory, step: () => undefined };
    // what is not Math's is called by the first thread alone
    for (const [name, math] of functions) env[name] = Math[math] ?? (() => NaN);
    for (const kernel of kernels) Object.assign(env, new WebAssembly.Instance(kernel, { env: { memory } }).exports);
    env.memory = memory;
    const words = new Int32Array(memory.buffer, 0, 16);
    const nap = (generation) => void Atomics.wait(words, GENERATION, generation, NAP);
    env.barrier = new WebAssembly.Instance(barrier, { env: { memory, nap } }).exports.barrier;
    const run = typeof module === 'string' ? env[module] : new WebAssembly.Instance(module, { env }).exports.run;
    programs.set(id, { run, words });
    Atomics.add(words, READY, 1);
  }
}

/** Runs what the board says until there is a letter, which only arrives when this returns. */
function serve() {
  for (;;) {
    let look = 0;
    while (look < patience && Atomics.load(board, SIGNAL) === seen) look++;
    patience = look < patience ? Math.min(MOST_LOOKS, patience + (patience >> 3)) : Math.max(LEAST_LOOKS, patience >> 1);
    Atomics.wait(board, SIGNAL, seen);
    seen = Atomics.load(board, SIGNAL);
    if (Atomics.load(board, RUNS) !== runs) {
      runs = Atomics.load(board, RUNS);
      const { run, words } = programs.get(Atomics.load(board, PROGRAM));
      try {
        run(thread, threads);
      } catch (error) {
        Atomics.store(words, STOPPED, 1);
        throw error;
      } finally {
        Atomics.add(words, LEFT, 1);
        Atomics.notify(words, LEFT);
      }
    }
    if (Atomics.load(board, MAIL) !== letters) return;
  }
}

function receive(letter) {
  read(letter);
  if (Atomics.load(board, MAIL) === letters) serve();
}

if (port === globalThis) port.onmessage = (event) => receive(event.data);
else port.on('message', receive);
