/** Flags of Node for a process that is measured. Users set their own: the library sets none. */
import { matmulRelaxed } from '../src/kernels/wasm-bytes.js';

const flag = '--experimental-wasm-relaxed-simd';

/** Does this engine have relaxed SIMD without being asked? Then nothing can be measured without it. */
export const alwaysRelaxed: boolean = WebAssembly.validate(Uint8Array.from(atob(matmulRelaxed), (c) => c.charCodeAt(0)));

/** What every JavaScript contender is started with, the peers too; only `plain SIMD` is not. */
export const relaxedFlags: readonly string[] = alwaysRelaxed ? [] : [flag];
