/** The contenders that run in this process: ours and the JavaScript peers. */
import type { Chainrule, Contender, JaxJs, JavaScriptPeer, OurName, Precision, TF } from '../workload.js';
import { compiled, eager } from '../libraries/ours.js';
import { watched } from '../idle.js';
import { NotInstalled, type Peer, type Prepared } from './peer.js';

/** How long workers may take to start. */
const startMs = 500;

/** Ours: as it is called op by op, or compiled, by threads. */
export async function ours(cr: typeof Chainrule, name: OurName): Promise<Peer> {
  const threads = name === '2 threads' || name === 'plain SIMD' ? 2 : 1;
  const { setThreads } = cr as { setThreads?: (n: number) => void };
  if (!setThreads && threads > 1) throw new NotInstalled('not built');
  setThreads?.(threads);
  const mode = name === 'eager' ? eager : compiled(cr);
  return {
    name,
    version: '',
    async prepare(workload, inputs) {
      const contender = workload.ours(inputs, cr, mode);
      if (threads > 1) {
        // the first call makes the program and asks for workers, which get it when nobody is busy
        contender.reset?.();
        contender.call();
        await new Promise((resolve) => setTimeout(resolve, startMs));
      }
      return timed(contender, workload.dtype);
    },
    close() {},
  };
}

export async function loadTfjs(backend: 'cpu' | 'wasm'): Promise<Peer> {
  const tf = await installed(() => import('@tensorflow/tfjs')); // brings the cpu backend
  if (backend === 'wasm') await installed(() => import('@tensorflow/tfjs-backend-wasm'));
  tf.enableProdMode();
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs: the ${backend} backend does not start`);
  return {
    name: `tfjs-${backend}` satisfies JavaScriptPeer,
    version: tf.version_core,
    async prepare(workload, inputs) {
      const contender = workload.tfjs?.(inputs, tf as typeof TF);
      return contender ? timed(contender, 'float32') : null;
    },
    close() {},
  };
}

export async function loadJaxJs(version: string): Promise<Peer> {
  const jax = await installed(() => import('@jax-js/jax'));
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  return {
    name: 'jax-js' satisfies JavaScriptPeer,
    version,
    async prepare(workload, inputs) {
      return workload.jaxjs ? timed(workload.jaxjs(inputs, jax as typeof JaxJs), 'float32') : null;
    },
    close() {},
  };
}

async function installed<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') throw new NotInstalled('npm ci in bench/');
    throw error;
  }
}

type Loop = (contender: Contender, clock: Performance, ms: number) => number;

/**
 * A timing loop of its own for every contender: in one that all share, the engine sees many functions at one call site and
 * optimises none of them as it would in a program. Total over count, so that garbage is paid for by the one who makes it.
 */
export function ownLoop(): Loop {
  return new Function(
    'contender',
    'clock',
    'ms',
    `const start = clock.now();
     let calls = 0;
     let elapsed = 0;
     do {
       contender.call();
       calls++;
       elapsed = clock.now() - start;
     } while (elapsed < ms);
     return elapsed / calls;`,
  ) as Loop;
}

function timed(contender: Contender, dtype: Precision): Prepared {
  const loop = ownLoop();
  return {
    dtype,
    async result() {
      return contender.result();
    },
    async time(ms) {
      contender.reset?.();
      return watched(() => loop(contender, performance, ms));
    },
  };
}
