/** The process of one JavaScript contender: loads it, prepares a workload (from the same seeds as everybody), calls it. */
import { takeWatched } from '../idle.js';
import { loadOurs } from '../library.js';
import { workloads } from '../workloads/all.js';
import type { Reply, Request } from './isolated.js';
import { loadJaxJs, loadTfjs, ours } from './javascript.js';
import { NotInstalled, type Peer, type Prepared } from './peer.js';

let peer: Peer;
let prepared: Prepared | null = null;

async function load({ name, argument }: Request & { ask: 'load' }): Promise<Peer> {
  if (name === 'tfjs-cpu') return loadTfjs('cpu');
  if (name === 'tfjs-wasm') return loadTfjs('wasm');
  if (name === 'jax-js') return loadJaxJs(argument);
  return ours(await loadOurs(argument), name);
}

async function answer(request: Request): Promise<Reply> {
  switch (request.ask) {
    case 'load':
      peer = await load(request);
      return { is: 'loaded', version: peer.version };
    case 'prepare': {
      const workload = workloads.find((w) => w.name === request.workload)!;
      prepared = await peer.prepare(workload, workload.setup());
      return { is: 'prepared', dtype: prepared?.dtype ?? null };
    }
    case 'result': {
      const result = await prepared!.result();
      // a copy: small arrays share a buffer, and only their own numbers are to travel
      return { is: 'result', result: Object.fromEntries(Object.entries(result).map(([key, values]) => [key, Float64Array.from(values)])) };
    }
    case 'time': {
      const ms = await prepared!.time(request.ms);
      return { is: 'time', ms, watched: takeWatched() };
    }
  }
}

process.on('message', (request: Request) => {
  answer(request).then(
    (reply) => process.send!(reply),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      process.send!({ is: 'error', message, notInstalled: error instanceof NotInstalled } satisfies Reply);
    },
  );
});
process.on('disconnect', () => process.exit(0));
