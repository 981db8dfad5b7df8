/**
 * @file Functions of large float32 arrays by the vector code of programs, block by block, for ops that are not compiled. It is made known to
 * the kernels when it is imported, which src/index.ts does.
 */
import type { TypedArray } from '../graph/dtype.js';
import { Pending, Tensor } from '../graph/tensor.js';
import { onVectors, type ScalarFunction } from '../kernels/elementwise.js';
import { hasKernels } from '../kernels/wasm.js';
import { type Definition, registry } from '../ops/define.js';
import { VECTOR_FUNCTIONS } from './node.js';
import { plan } from './plan.js';
import { Program } from './program.js';
import { pending } from './record.js';

/** Elements a block: in and out they stay in the first caches. */
const BLOCK = 4096;

/**
 * A function as a program for one block; null where there is no vector code for it. float64 is left to Math: op by op it keeps its
 * bits.
 */
const programs = new Map<ScalarFunction, Program | null>();

function programOf(f: ScalarFunction): Program | null {
  const definition = [...registry.values()].find((d) => d.spec.scalar === f);
  return definition === undefined || !VECTOR_FUNCTIONS.has(definition.name) || !hasKernels() ? null : blockProgram(definition);
}

/** The op on a block that is given. It is not recorded: somebody else may be recording. */
function blockProgram(definition: Definition): Program {
  const shape = [BLOCK];
  const input = pending(shape, 'float32');
  const output = new Tensor(shape, 'float32', new Pending(), null);
  const entry = { op: definition.name, definition, inputs: [input], attrs: undefined, shape, output };
  const recording = { entries: [entry], parameters: new Map(), assigned: new Map(), checks: [], draws: [], result: output };
  return new Program(plan(recording, [input], [output]), []);
}

onVectors.run = (f: ScalarFunction, x: TypedArray, out: TypedArray): boolean => {
  if (!(x instanceof Float32Array && out instanceof Float32Array)) return false;
  let program = programs.get(f);
  if (program === undefined) programs.set(f, (program = programOf(f)));
  if (program === null) return false;
  for (let from = 0; from < out.length; from += BLOCK) {
    program.copyIn(0, x.subarray(from, from + BLOCK));
    program.run();
    program.copyOut(0, out.subarray(from, from + BLOCK));
  }
  return true;
};
