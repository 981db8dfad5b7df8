/**
 * @file The check that nothing in a program reaches beyond its buffer. Plans keep to their buffers by construction: what is found here is a
 * fault of the planner, and it is found before a byte is emitted.
 */
import { keepAsOnes } from '../graph/shape.js';
import { loopReads, operandsOf } from './reads.js';
import type { BatchAxis, Operand, Plan, Product, Step, Value } from './steps.js';
import { type View, whole } from './view.js';

/** Throws unless all elements of a view lie in the buffer. */
function check(value: Value, { shape, strides, offset }: View, what: string): void {
  if (shape.includes(0)) return;
  const last = shape.reduce((at, n, i) => at + (n - 1) * strides[i]!, offset);
  const safe = offset >= 0 && strides.every((s) => s >= 0) && [offset, ...strides].every(Number.isInteger) && last < value.size;
  if (!safe) throw new Error(`machine: ${what} reads from ${offset} to ${last} of a buffer of ${value.size} elements`);
}

const checkOperand = (x: Operand, what: string): void => check(x.value, x.view, what);

/** One factor of a product, over all products of the batch. */
function checkFactor(
  { value, view }: Operand,
  rows: number,
  columns: number,
  [row, column]: readonly [number, number],
  steps: readonly [length: number, step: number][],
): void {
  const shape = [...steps.map(([length]) => length), rows, columns];
  check(value, { shape, strides: [...steps.map(([, step]) => step), row, column], offset: view.offset }, 'product');
}

function checkProduct({ m, k, n, a, b, strides: [ar, ac, br, bc], batch, value, bias }: Product): void {
  checkFactor(a, m, k, [ar, ac], batch.map((x: BatchAxis) => [x.length, x.a] as [number, number])); // prettier-ignore
  checkFactor(b, k, n, [br, bc], batch.map((x: BatchAxis) => [x.length, x.b] as [number, number])); // prettier-ignore
  const all = batch.reduce((size, { length }) => size * length, m * n);
  if (all !== value.size) throw new Error(`machine: product writes ${all} of a buffer of ${value.size} elements`);
  if (bias !== undefined) checkOperand(bias, 'bias');
}

function checkStep(step: Step): void {
  switch (step.kind) {
    case 'loop':
      for (const x of loopReads(step)) checkOperand(x, 'loop');
      for (const { value, target } of step.nodes)
        if (target !== undefined || value.stored) check(value, target ?? whole(step.shape), 'loop');
      for (const { value, axes } of step.reductions) check(value, whole(keepAsOnes(step.shape, axes)), 'reduction');
      return;
    case 'product':
      checkProduct(step);
      return;
    case 'kernel':
      for (const x of [...operandsOf(step), ...(step.otherwise?.inputs ?? [])]) checkOperand(x, step.kernel);
      return;
    case 'reference':
      for (const x of step.inputs) checkOperand(x, step.definition.name);
      return;
    case 'verify':
      checkOperand(step.operand, 'check');
      return;
    case 'carry':
      for (const { from, to } of step.moves) {
        checkOperand(from, 'carry');
        if (from.value.size !== to.size) throw new Error(`machine: carry moves ${from.value.size} elements to ${to.size}`);
      }
      return;
    case 'clear':
  }
}

/** Throws for a plan in which something reaches beyond its buffer. */
export function checkBounds({ steps, outputs }: Plan): void {
  steps.forEach(checkStep);
  for (const x of outputs) checkOperand(x, 'result');
}
