/**
 * JavaScript contenders, each in a process of its own as the Python ones are: in one process the heap of one library is the
 * garbage collector's work in another's round.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { alwaysRelaxed, relaxedFlags } from '../flags.js';
import { addWatched, type Watched } from '../idle.js';
import type { JavaScriptPeer, OurName, Precision, Result } from '../workload.js';
import { NotInstalled, type Peer } from './peer.js';

type Name = OurName | JavaScriptPeer;

/** What the process is asked. */
export type Request =
  { ask: 'load'; name: Name; argument: string } | { ask: 'prepare'; workload: string } | { ask: 'result' } | { ask: 'time'; ms: number };

/** What it answers. */
export type Reply =
  | { is: 'loaded'; version: string }
  | { is: 'prepared'; dtype: Precision | null }
  | { is: 'result'; result: Result }
  | { is: 'time'; ms: number; watched: Watched }
  | { is: 'error'; message: string; notInstalled: boolean };

interface Child {
  ask<K extends Reply['is']>(request: Request, expected: K): Promise<Extract<Reply, { is: K }>>;
  kill(): void;
}

function start(name: Name): Child {
  const child = fork(fileURLToPath(new URL('./process.ts', import.meta.url)), {
    serialization: 'advanced',
    execArgv: [...process.execArgv, ...(name === 'plain SIMD' ? [] : relaxedFlags)],
  });
  let answered: (reply: Reply) => void = () => undefined;
  child.on('message', (reply: Reply) => answered(reply));
  child.on('exit', (code) => answered({ is: 'error', message: `the process ended with ${String(code)}`, notInstalled: false }));
  return {
    async ask<K extends Reply['is']>(request: Request, expected: K) {
      const reply = await new Promise<Reply>((resolve) => {
        answered = resolve;
        child.send(request);
      });
      if (reply.is === 'error') throw reply.notInstalled ? new NotInstalled(reply.message) : new Error(reply.message);
      if (reply.is !== expected) throw new Error(`${name}: expected ${expected}, got ${reply.is}`);
      return reply as Extract<Reply, { is: K }>;
    },
    kill() {
      child.kill();
    },
  };
}

/**
 * A contender that gets a fresh process for every workload, so that none is timed with what the engine learnt from another.
 * `argument` is the path of our bundle, or the version of jax-js.
 */
export async function isolated(name: Name, argument = ''): Promise<Peer> {
  if (name === 'plain SIMD' && alwaysRelaxed) throw new NotInstalled(`Node ${process.version} always has relaxed SIMD`);
  let child = start(name);
  const load = async () => (await child.ask({ ask: 'load', name, argument }, 'loaded')).version;
  const version = await load().finally(() => child.kill());
  return {
    name,
    version,
    async prepare(workload) {
      child.kill();
      child = start(name);
      await load();
      const { dtype } = await child.ask({ ask: 'prepare', workload: workload.name }, 'prepared');
      if (dtype === null) return null;
      return {
        dtype,
        async result() {
          return (await child.ask({ ask: 'result' }, 'result')).result;
        },
        async time(ms) {
          const reply = await child.ask({ ask: 'time', ms }, 'time');
          addWatched(reply.watched);
          return reply.ms;
        },
      };
    },
    close() {
      child.kill();
    },
  };
}
