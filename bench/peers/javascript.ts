/** The contenders that run in this process: ours and the JavaScript peers. */
import type { Chainrule, Contender, JaxJs, Jit, PeerName, TF } from '../workload.js';
import { watched } from '../idle.js';
import { NotInstalled, type Peer, type Prepared } from './peer.js';
import type { Precision } from '../workload.js';

/** Ours: compiled, or as it is called op by op. */
export function ours(cr: typeof Chainrule, name: 'ours' | 'eager'): Peer {
  const jit: Jit = name === 'ours' ? (f) => cr.compile(f) as unknown as typeof f : (f) => f;
  return {
    name,
    version: '',
    async prepare(workload, inputs) {
      return timed(workload.ours(inputs, cr, jit), workload.dtype);
    },
    close() {},
  };
}

export async function loadTfjs(backend: 'cpu' | 'wasm'): Promise<Peer> {
  const tf = await installed(() => import('@tensorflow/tfjs')); // brings the cpu backend
  if (backend === 'wasm') await installed(() => import('@tensorflow/tfjs-backend-wasm'));
  tf.enableProdMode();
  // Tensors live in the backend that made them, so the backend is switched before every use, outside the timing.
  const enter = async () => {
    if (!(await tf.setBackend(backend))) throw new Error(`tfjs: the ${backend} backend does not start`);
  };
  await enter();
  return {
    name: `tfjs-${backend}` satisfies PeerName,
    version: tf.version_core,
    async prepare(workload, inputs) {
      if (!workload.tfjs) return null;
      await enter();
      const contender = workload.tfjs(inputs, tf as typeof TF);
      return contender && timed(contender, 'float32', enter);
    },
    close() {},
  };
}

export async function loadJaxJs(version: string): Promise<Peer> {
  const jax = await installed(() => import('@jax-js/jax'));
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  return {
    name: 'jax-js' satisfies PeerName,
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
function ownLoop(): Loop {
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

function timed(contender: Contender, dtype: Precision, enter?: () => Promise<void>): Prepared {
  const loop = ownLoop();
  return {
    dtype,
    async result() {
      await enter?.();
      return contender.result();
    },
    async time(ms) {
      await enter?.();
      contender.reset?.();
      return watched(() => loop(contender, performance, ms));
    },
  };
}
