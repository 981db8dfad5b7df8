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

let compiled: WebAssembly.Module | null | undefined; // undefined until somebody asks

function compile(): WebAssembly.Module | null {
  if (typeof WebAssembly !== 'object') return null;
  try {
    for (const text of [matmulRelaxed, matmulPlain]) {
      const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      if (WebAssembly.validate(bytes)) return new WebAssembly.Module(bytes);
      // else an engine without these instructions
    }
  } catch {
    // forbidden by the page's content security policy
  }
  return null;
}

/** Does the engine run the kernels? Not without vectors, nor where a page forbids WebAssembly. */
export function hasKernels(): boolean {
  if (compiled === undefined) compiled = compile();
  return compiled !== null;
}

/** The kernels in a memory, or null where the engine has none. */
export function kernelsIn(memory: WebAssembly.Memory): WasmKernels | null {
  if (!hasKernels()) return null;
  const { exports } = new WebAssembly.Instance(compiled!, { env: { memory } });
  return { memory, matmul32: exports['matmul32'] as Gemm, matmul64: exports['matmul64'] as Gemm };
}

let shared: WasmKernels | null | undefined;

/** The kernels in a memory of their own, for single calls; made when they are first asked for. Null where there are none. */
export function wasmKernels(): WasmKernels | null {
  if (shared === undefined) shared = hasKernels() ? kernelsIn(new WebAssembly.Memory({ initial: 1 })) : null;
  return shared;
}

/** Bytes of a page of linear memory. */
export const PAGE = 65536;

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
