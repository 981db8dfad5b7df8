/**
 * @file Threads that run a program in lockstep: workers run the same code on the same memory, each its part, and meet at barriers. A program
 * runs alone until all workers have it; the bits are the same.
 */
import { UsageError } from '../graph/errors.js';
import { barrierModule, kernelModules, once } from './wasm.js';

/** What engines call a worker, as far as it is needed here. */
interface Thread {
  postMessage(letter: unknown): void;
  terminate(): unknown;
  /** Node: does not keep the process alive. */
  unref?(): void;
}

/** What only Node has. */
interface NodeProcess {
  getBuiltinModule?(name: 'node:worker_threads'): { readonly Worker: new (file: URL, options: object) => Thread };
}

const nodeThreads = (): ReturnType<NonNullable<NodeProcess['getBuiltinModule']>> | undefined =>
  (globalThis as { process?: NodeProcess }).process?.getBuiltinModule?.('node:worker_threads');

/** May memory be shared with workers? In Node, and on pages that are isolated from other origins. */
export function canShare(): boolean {
  if (typeof SharedArrayBuffer !== 'function') return false;
  return (
    nodeThreads() !== undefined ||
    ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true && typeof Worker === 'function')
  );
}

/** May this thread sleep? The main thread of a page may not: there it is an error. */
const maySleep = once(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1) === 'not-equal');

function startThread(): Thread {
  const node = nodeThreads();
  if (node === undefined) return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'chainrule' });
  // flags of the parent may be such as threads do not take
  const thread = new node.Worker(new URL('./worker.js', import.meta.url), { name: 'chainrule', execArgv: [] });
  thread.unref!();
  return thread;
}

// Words of the board, as in worker.js.
const [SIGNAL, PROGRAM, RUNS, MAIL] = [0, 1, 2, 3];
// Words of a program's memory, as in assembly/barrier.ts and worker.js.
const [ARRIVED, GENERATION, STOPPED, LEFT, READY] = [0, 1, 2, 3, 4];

/** Bytes at the beginning of a shared memory that belong to the team. */
export const TEAM_BYTES = 64;

/** Looks before the first thread sleeps at the end of a run. */
const LOOKS = 10000;
/** Milliseconds of a sleep: whoever gives up wakes nobody. */
const NAP = 1;

/** The workers. */
class Team {
  readonly #board = new Int32Array(new SharedArrayBuffer(64));
  readonly #threads: readonly Thread[];

  constructor(workers: number) {
    this.#threads = Array.from({ length: workers }, startThread);
    const [board, kernels, barrier, threads] = [this.#board, kernelModules('shared'), barrierModule(), workers + 1];
    this.#send((t, i) => t.postMessage({ board, kernels, barrier, thread: i + 1, threads }));
  }

  get workers(): number {
    return this.#threads.length;
  }

  /** Sends a letter to everybody. */
  post(letter: unknown): void {
    this.#send((t) => t.postMessage(letter));
  }

  /** A letter is announced before it is sent: who sees it knows of it, and who waits for work looks for it. */
  #send(send: (t: Thread, i: number) => void): void {
    Atomics.add(this.#board, MAIL, 1);
    this.#threads.forEach(send);
    this.#signal();
  }

  #signal(): void {
    Atomics.add(this.#board, SIGNAL, 1);
    Atomics.notify(this.#board, SIGNAL);
  }

  /** Wakes the workers for a program that all of them have. */
  start(id: number): void {
    Atomics.store(this.#board, PROGRAM, id);
    Atomics.add(this.#board, RUNS, 1);
    this.#signal();
  }

  dismiss(): void {
    for (const t of this.#threads) void t.terminate();
  }
}

let wanted = 1;
let team: Team | null = null;
let programs = 0;

/** Programs that nobody holds any more are forgotten by the workers too. */
const forgotten = new FinalizationRegistry<number>((id) => team?.post({ forget: id }));

/**
 * How many threads run a compiled function or a search for neighbours from now on, the calling one counted. Results are the same bits for any
 * number. Workers start beside what goes on, and until they are there one thread does the work; they never keep a process alive.
 *
 * Threads need shared memory: they run in Node and on pages that are cross-origin isolated. Elsewhere this has no effect.
 * @param n - The number of threads, at least 1; 1 dismisses the workers. Default 1. More than there are cores makes everything slower.
 * @throws UsageError unless n is a whole number from 1 to 64.
 * @see docs/compile.md
 * @example
 * setThreads(2);
 * getThreads(); // → 2
 * setThreads(1);
 */
export function setThreads(n: number): void {
  if (!Number.isInteger(n) || n < 1 || n > 64) throw new UsageError('setThreads', 'needs a whole number from 1 to 64', `got ${n}`);
  if (n === wanted) return;
  wanted = n;
  team?.dismiss();
  team = null;
}

/**
 * How many threads were asked for.
 * @example
 * getThreads(); // → 1
 */
export function getThreads(): number {
  return wanted;
}

/** The workers that are wanted, started when they are first needed. */
function assembled(): Team | null {
  if (wanted > 1 && team === null && canShare() && barrierModule() !== null) team = new Team(wanted - 1);
  return team;
}

/** What a program shares with the team. */
export interface SharedProgram {
  /** The module that exports `run`, or the name of a kernel that is run. */
  readonly module: WebAssembly.Module | string;
  readonly memory: WebAssembly.Memory;
  /** Functions of Math that it imports: by its own names, those of Math. */
  readonly functions: readonly (readonly [name: string, math: string | undefined])[];
}

/** How the first thread sleeps at a barrier. */
export function napIn(memory: WebAssembly.Memory): (generation: number) => void {
  const words = new Int32Array(memory.buffer, 0, TEAM_BYTES / 4);
  return (generation) => {
    if (maySleep() === true) Atomics.wait(words, GENERATION, generation, NAP);
  };
}

/** Runs one program by all threads. */
export class Lockstep {
  readonly #id = programs++;
  readonly #program: SharedProgram;
  /** How many threads it was made for. */
  readonly #threads: number;
  readonly #words: Int32Array;
  /** The team that was given the program. */
  #team: Team | null = null;

  constructor(program: SharedProgram, threads: number) {
    this.#program = program;
    this.#threads = threads;
    this.#words = new Int32Array(program.memory.buffer, 0, TEAM_BYTES / 4);
    forgotten.register(this, this.#id);
    this.#introduce();
  }

  /** The team, if all of it has the program. */
  #introduce(): Team | null {
    const all = assembled();
    const now = all?.workers === this.#threads - 1 ? all : null;
    if (now !== this.#team) {
      this.#team = now;
      Atomics.store(this.#words, READY, 0);
      now?.post({ id: this.#id, ...this.#program });
    }
    return now !== null && Atomics.load(this.#words, READY) === now.workers ? now : null;
  }

  /** How many threads run it now: one until all workers have it. */
  get threads(): number {
    return this.#introduce() === null ? 1 : this.#threads;
  }

  /** Runs it, alone until the workers are there: `first` is the part of the first thread. */
  run(first: (thread: number, threads: number) => void): void {
    const now = this.#introduce();
    if (now === null) {
      first(0, 1);
      return;
    }
    const words = this.#words;
    let done = false;
    now.start(this.#id);
    try {
      first(0, now.workers + 1);
      done = true;
    } finally {
      // what the caller reads next is complete when everybody has left
      if (!done) Atomics.store(words, STOPPED, 1);
      this.#awaitOthers(now.workers);
      const stopped = Atomics.exchange(words, STOPPED, 0);
      Atomics.store(words, ARRIVED, 0);
      if (done && stopped !== 0) throw new Error('chainrule: a thread failed');
    }
  }

  #awaitOthers(workers: number): void {
    const words = this.#words;
    for (let looks = 0; ; looks++) {
      const left = Atomics.load(words, LEFT);
      if (left === workers) break;
      if (looks > LOOKS && maySleep() === true) Atomics.wait(words, LEFT, left, NAP);
    }
    Atomics.store(words, LEFT, 0);
  }
}
