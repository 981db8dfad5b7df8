/**
 * @file Kernels in WebAssembly: the bytes are part of the package, nothing is fetched. Where the engine has no SIMD, or forbids
 * WebAssembly, there are none, and the loops in JavaScript serve.
 */
import { barrier, kernelsPlain, matmulRelaxed } from './wasm-bytes.js';

/** One product in linear memory, as `gemm` of assembly/matmul.ts. */
export type Gemm = (
  m: number,
  n: number,
  k: number,
  a: number,
  ar: number,
  ac: number,
  b: number,
  br: number,
  bc: number,
  c: number,
  cr: number,
  pa: number,
  pb: number,
  tile: number,
  bias: number,
  relu: number,
) => void;

type Floats = 'F32' | 'F64';
type Numbers = Floats | 'I32' | 'U8';

/**
 * Kernels of assembly/rows.ts, indexing.ts, sorting.ts, random.ts, windows.ts and linear-algebra.ts: by the type of what they compute with, or by
 * the bytes of what they move.
 */
export type PartKernel =
  | `${'logsumexp' | 'argmax' | 'argmin' | 'recurrence' | 'truncate' | 'uniform' | 'normal' | 'fold'}${Floats}`
  | `${'indexAdd' | 'scatter' | 'oneHot'}${Numbers}`
  | `${'take' | 'gather' | 'flip'}${1 | 4 | 8}`
  | `${'positions' | 'argsort'}${Floats | 'I32'}`
  | `${'factorise' | 'solve' | 'triangle' | 'cholesky' | 'cofactor'}F64`
  | 'randintI32';

/** `roundRows` of assembly/neighbors.ts. */
type RoundRows = (
  sums: boolean,
  folded: boolean,
  rows: number,
  count: number,
  stride: number,
  centre: number,
  to: number,
  capacity: number,
  side: number,
  room: number,
  most: number,
  unit: number,
  keep: number,
) => void;

/** Kernels of assembly/neighbors.ts. */
interface NeighborKernels {
  readonly roundRows32: RoundRows;
  readonly roundRows64: RoundRows;
  readonly searchPart: (thread: number, threads: number) => void;
  readonly noNeighbors: (from: number, to: number, found: number, capacity: number, k: number, none: number) => void;
  readonly sortNeighbors: (from: number, to: number, found: number, capacity: number, k: number) => void;
}

/** The module, and the memory that it works in. */
export interface WasmKernels {
  readonly memory: WebAssembly.Memory;
  readonly matmul32: Gemm;
  readonly matmul64: Gemm;
  readonly neighbors: NeighborKernels;
  /** Each takes the first of the parts that it computes, the one behind the last, the address of its output, and more. */
  readonly parts: Readonly<Record<PartKernel, (from: number, to: number, out: number, ...more: number[]) => number | undefined>>;
}

/** Bytes of a module, or null where the engine does not run it: without its instructions, or where a page forbids WebAssembly. */
function runnable(text: string): Uint8Array<ArrayBuffer> | null {
  if (typeof WebAssembly !== 'object') return null;
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return WebAssembly.validate(bytes) ? bytes : null;
}

/** The same module for a memory that threads share: WebAssembly tells them apart by one bit of the import. */
function forShared(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  const name = Array.from('memory', (c) => c.charCodeAt(0));
  const at = copy.findIndex((_, i) => name.every((c, k) => copy[i + k] === c)) + name.length;
  if (copy[at] !== 2 || copy[at + 1] !== 1) throw new Error('kernels: the memory is not imported with a maximum');
  copy[at + 1] = 3;
  return copy;
}

/** Runs `make` when its value is first asked for; null where the engine forbids what it makes. */
export function once<T>(make: () => T | null): () => T | null {
  let made: T | null | undefined;
  return () => {
    if (made === undefined) {
      try {
        made = make();
      } catch {
        made = null;
      }
    }
    return made;
  };
}

type Kind = 'own' | 'shared';

function modulesOf(kind: Kind): WebAssembly.Module[] | null {
  // what an engine has of the relaxed products takes the place of the others
  const [all, relaxed] = [runnable(kernelsPlain), runnable(matmulRelaxed)];
  if (all === null) return null;
  return [all, ...(relaxed === null ? [] : [relaxed])].map((bytes) => new WebAssembly.Module(kind === 'shared' ? forShared(bytes) : bytes));
}
const modules = { own: once(() => modulesOf('own')), shared: once(() => modulesOf('shared')) };

/** The kernels for memories of one thread (`own`) or of several, each module over those before it; null where the engine has none. */
export function kernelModules(kind: Kind): readonly WebAssembly.Module[] | null {
  return modules[kind]();
}

/** Where threads wait for one another: assembly/barrier.ts. */
export const barrierModule: () => WebAssembly.Module | null = once(() => {
  const bytes = runnable(barrier);
  return bytes && new WebAssembly.Module(bytes);
});

/** The barrier of a memory that is shared; `nap` sleeps for a moment in a generation of it, where the thread may. */
export function barrierIn(memory: WebAssembly.Memory, nap: (generation: number) => void): (threads: number) => number {
  return new WebAssembly.Instance(barrierModule()!, { env: { memory, nap } }).exports['barrier'] as (threads: number) => number;
}

/** Does the engine run the kernels? */
export function hasKernels(): boolean {
  return kernelModules('own') !== null;
}

/** Is it a memory of several threads? */
export function isShared({ buffer }: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer === 'function' && buffer instanceof SharedArrayBuffer;
}

/** The kernels in a memory, or null where the engine has none. */
export function kernelsIn(memory: WebAssembly.Memory): WasmKernels | null {
  const found = kernelModules(isShared(memory) ? 'shared' : 'own');
  if (found === null) return null;
  const exports = Object.assign(
    {},
    ...found.map((module) => new WebAssembly.Instance(module, { env: { memory } }).exports),
  ) as WebAssembly.Exports;
  const parts = exports as unknown as WasmKernels['parts'];
  const neighbors = exports as unknown as NeighborKernels;
  return { memory, matmul32: exports['matmul32'] as Gemm, matmul64: exports['matmul64'] as Gemm, neighbors, parts };
}

let shared: WasmKernels | null | undefined;

/** The kernels in a memory of their own, for single calls; made when they are first asked for. Null where there are none. */
export function wasmKernels(): WasmKernels | null {
  if (shared === undefined) shared = hasKernels() ? kernelsIn(new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES })) : null;
  return shared;
}

/** The kernels in a memory of their own that threads share; null where there are none, or the engine has no such memory. */
export const sharedKernels: () => WasmKernels | null = once(() =>
  hasKernels() ? kernelsIn(new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true })) : null,
);

/** Bytes of a page of linear memory. */
export const PAGE = 65536;

/** Most pages of a memory that the kernels work in, as scripts/build-kernels.mjs has it: a memory must state its own maximum, no larger. */
const MOST_PAGES = 32768;

/** Depth and height of the packed blocks of assembly/matmul.ts. */
export const PANEL = { depth: 256, height: 64 } as const;

/** Room for so many bytes: the memory grows when it must, and stays. False where the engine has no more. */
export function reserve(memory: WebAssembly.Memory, bytes: number): boolean {
  const lacking = Math.ceil(bytes / PAGE) - memory.buffer.byteLength / PAGE;
  if (lacking <= 0) return true;
  try {
    memory.grow(lacking);
    return true;
  } catch {
    return false;
  }
}
