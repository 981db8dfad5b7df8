/**
 * @file Kernels in WebAssembly: the bytes are part of the package, nothing is fetched. Where the engine has no SIMD, or forbids
 * WebAssembly, there are none, and the loops in JavaScript serve.
 */
import { matmulPlain, matmulRelaxed } from './wasm-bytes.js';

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
  pa: number,
  pb: number,
  tile: number,
) => void;

/** The module, and the memory that it works in. */
export interface WasmKernels {
  readonly memory: WebAssembly.Memory;
  readonly matmul32: Gemm;
  readonly matmul64: Gemm;
}

let loaded: WasmKernels | null | undefined;

function load(): WasmKernels | null {
  if (typeof WebAssembly !== 'object') return null;
  try {
    for (const text of [matmulRelaxed, matmulPlain]) {
      const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      if (!WebAssembly.validate(bytes)) continue; // an engine without these instructions
      const memory = new WebAssembly.Memory({ initial: 1 });
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
      return { memory, matmul32: exports['matmul32'] as Gemm, matmul64: exports['matmul64'] as Gemm };
    }
  } catch {
    // forbidden by the page's content security policy
  }
  return null;
}

/** The kernels, or null where there are none. They are made when they are first asked for. */
export function wasmKernels(): WasmKernels | null {
  loaded ??= load();
  return loaded;
}

const PAGE = 65536;

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
