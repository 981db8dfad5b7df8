/**
 * JavaScript contenders, each in a process of its own as the Python ones are: in one process the heap of one library is the
 * garbage collector's work in another's round.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { addWatched, type Watched } from '../idle.js';
import type { Precision, Result } from '../workload.js';
import { NotInstalled, type Peer } from './peer.js';

export type ContenderName = 'ours' | 'tfjs-cpu' | 'tfjs-wasm' | 'jax-js';

/** What the process is asked. */
export type Request =
  | { ask: 'load'; name: ContenderName; argument: string }
  | { ask: 'prepare'; workload: string }
  | { ask: 'result' }
  | { ask: 'time'; ms: number };

/** What it answers. */
export type Reply =
  | { is: 'loaded'; version: string }
  | { is: 'prepared'; dtype: Precision | null }
  | { is: 'result'; result: Result }
  | { is: 'time'; ms: number; watched: Watched }
  | { is: 'error'; message: string; notInstalled: boolean };

/** A contender in a process of its own; `argument` is the path of our bundle, or the version of jax-js. */
export async function isolated(name: ContenderName, argument = ''): Promise<Peer> {
  const child = fork(fileURLToPath(new URL('./process.ts', import.meta.url)), { serialization: 'advanced' });
  let answered: (reply: Reply) => void = () => undefined;
  child.on('message', (reply: Reply) => answered(reply));
  child.on('exit', (code) => answered({ is: 'error', message: `the process ended with ${String(code)}`, notInstalled: false }));
  const ask = async <K extends Reply['is']>(request: Request, expected: K): Promise<Extract<Reply, { is: K }>> => {
    const reply = await new Promise<Reply>((resolve) => {
      answered = resolve;
      child.send(request);
    });
    if (reply.is === 'error') throw reply.notInstalled ? new NotInstalled(reply.message) : new Error(reply.message);
    if (reply.is !== expected) throw new Error(`${name}: expected ${expected}, got ${reply.is}`);
    return reply as Extract<Reply, { is: K }>;
  };
  const { version } = await ask({ ask: 'load', name, argument }, 'loaded').catch((error: unknown) => {
    child.kill();
    throw error;
  });
  return {
    name,
    version,
    async prepare(workload) {
      const { dtype } = await ask({ ask: 'prepare', workload: workload.name }, 'prepared');
      if (dtype === null) return null;
      return {
        dtype,
        async result() {
          return (await ask({ ask: 'result' }, 'result')).result;
        },
        async time(ms) {
          const reply = await ask({ ask: 'time', ms }, 'time');
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
