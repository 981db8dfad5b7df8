/**
 * @file What steps read and write in memory.
 */
import type { DType } from '../graph/dtype.js';
import type { KernelCall, Loop, Operand, Step, Value } from './steps.js';

/** Bytes of one element. */
export const BYTES: Readonly<Record<DType, number>> = { float64: 8, float32: 4, int32: 4, bool: 1 };

/** The operands of a step, one for each time that it reads. */
export function operandsIn(step: Step): readonly Operand[] {
  switch (step.kind) {
    case 'loop':
      return loopReads(step);
    case 'product':
      return [step.a, step.b, ...(step.bias ? [step.bias] : [])];
    case 'kernel':
      return [...operandsOf(step), ...(step.otherwise?.inputs ?? [])];
    case 'reference':
      return step.inputs;
    case 'verify':
      return [step.operand];
    case 'clear':
      return [];
    case 'carry':
      return [...step.finite, ...step.moves.map(({ from }) => from)];
  }
}

/** What a step reads from memory. */
export function readsOf(step: Step): Value[] {
  return operandsIn(step).map((x) => x.value);
}

/** What a step writes to memory. */
export function writesOf(step: Step): Value[] {
  if (step.kind === 'loop') return [...step.nodes.map((n) => n.value).filter((v) => v.stored), ...step.reductions.map((r) => r.value)];
  if (step.kind === 'carry') return step.moves.map(({ to }) => to);
  return step.kind === 'verify' ? [] : [step.value];
}

/** Operands that a kernel is given. */
export function operandsOf(call: KernelCall): Operand[] {
  return call.arguments.filter((x): x is Operand => typeof x === 'object' && 'value' in x);
}

/** Operands that a loop loads. */
export function loopReads({ nodes, reductions }: Loop): Operand[] {
  const found: Operand[] = [];
  for (const { inputs } of nodes) for (const x of inputs) if ('operand' in x) found.push(x.operand);
  for (const { input } of reductions) if ('operand' in input) found.push(input.operand);
  return found;
}

/** The same for operands that are the same. */
export function operandKey({ value, view, dtype }: Operand): string {
  return `${value.id} ${view.strides.join()} ${view.offset} ${dtype}`;
}
