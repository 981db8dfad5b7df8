/** PyTorch, JAX and faiss: one Python process each, a line of JSON per request and per answer. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Input } from '../inputs.js';
import type { PythonPeer, Result } from '../workload.js';
import { NotInstalled, type Peer } from './peer.js';

const python = process.env.CHAINRULE_PYTHON ?? 'python3';

type Answer =
  | { version: string }
  | { missing: string }
  | { error: string }
  | { absent: true }
  | { prepared: true }
  | { ms: number }
  | { result: Record<string, string> };

/** As many as ours. */
const threads = 2;

export async function loadPython(name: PythonPeer): Promise<Peer> {
  const script = fileURLToPath(new URL(`${name}_peer.py`, import.meta.url));
  const child = spawn(python, [script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = new Promise<never>((_, reject) => {
    child.once('error', () => reject(new NotInstalled(`no ${python}; set CHAINRULE_PYTHON`)));
  });
  failed.catch(() => {});
  child.stdin.on('error', () => {}); // a process that ends early is noticed by its missing answer

  const ask = async (request: object): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await Promise.race([lines.next(), failed]);
    if (line.done) throw new Error(`${name}: the Python process ended`);
    const answer = JSON.parse(line.value) as Answer;
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  };

  const hello = await ask({ start: { threads } });
  if (!('version' in hello)) {
    child.kill();
    throw new NotInstalled('missing' in hello ? `${python}: ${hello.missing}; set CHAINRULE_PYTHON` : 'no answer');
  }
  return {
    name,
    version: hello.version,
    async prepare(workload, inputs) {
      const encoded = Object.fromEntries(Object.entries(inputs).map(([key, input]) => [key, encode(input)]));
      if ('absent' in (await ask({ prepare: { workload: workload.name, inputs: encoded } }))) return null;
      return {
        dtype: workload.dtype,
        async result() {
          const answer = await ask({ result: {} });
          return 'result' in answer ? decode(answer.result) : {};
        },
        async time(ms) {
          const answer = await ask({ time: { ms } });
          return 'ms' in answer ? answer.ms : NaN;
        },
      };
    },
    close() {
      child.stdin.end();
      lines.return?.();
      child.kill();
    },
  };
}

const encode = ({ data, shape }: Input) => ({
  dtype: data instanceof Float64Array ? 'float64' : data instanceof Float32Array ? 'float32' : 'int32',
  shape,
  base64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
});

/** Results come as the bytes of float64 arrays. */
const decode = (result: Record<string, string>): Result =>
  Object.fromEntries(
    Object.entries(result).map(([key, base64]) => {
      const bytes = Uint8Array.from(Buffer.from(base64, 'base64')); // a copy, so that it is aligned
      return [key, new Float64Array(bytes.buffer)];
    }),
  );
