/**
 * @file What is done to a product at once, and nothing else reads before, is done in it: + bias, then relu, while its rows are in the cache.
 */
import { loopReads, operandsIn, writesOf } from './reads.js';
import type { Input, Loop, Node, Operand, Plan, Product, Value } from './steps.js';
import { inOrder, whole } from './view.js';

/** Is it the whole of a value, in order? */
const isWhole = (x: Input | undefined, value: Value): boolean =>
  x !== undefined &&
  'operand' in x &&
  x.operand.value === value &&
  x.operand.view.offset === 0 &&
  inOrder(x.operand.view) &&
  x.operand.view.shape.reduce((a, b) => a * b, 1) === value.size;

/** One number for each column, the same in all rows. */
function asBias(x: Input | undefined, { n, value }: Product): Operand | undefined {
  if (x === undefined || !('operand' in x)) return undefined;
  const { view, value: bias, dtype } = x.operand;
  const repeated = view.strides.slice(0, -1).every((s, i) => s === 0 || view.shape[i] === 1);
  const columns = repeated && view.shape.at(-1) === n && (view.strides.at(-1) === 1 || n === 1);
  return columns && dtype === value.dtype && bias.kind !== 'number' ? x.operand : undefined;
}

/** Takes a node out of its loop: a step before it computes its value. */
function without(loop: Loop, node: Node): Loop {
  const { value, dtype } = node;
  value.stored = true;
  const from = (x: Input): Input => ('node' in x && x.node === node ? { operand: { value, view: whole(loop.shape), dtype } } : x);
  const nodes = loop.nodes.filter((n) => n !== node);
  for (const n of nodes) n.inputs = n.inputs.map(from);
  return { ...loop, nodes, reductions: loop.reductions.map((r) => ({ ...r, input: from(r.input) })) };
}

/** The plan with epilogues in its products. */
export function withEpilogues(plan: Plan): Plan {
  const steps = [...plan.steps];
  // who reads each value, by position; the caller reads last
  const readers = new Map<Value, number[]>();
  const reads = (v: Value, at: number): void => {
    const known = readers.get(v);
    if (known === undefined) readers.set(v, [at]);
    else known.push(at);
  };
  steps.forEach((step, i) => operandsIn(step).forEach((x) => reads(x.value, i)));
  plan.outputs.forEach((x) => reads(x.value, steps.length));
  const ready = new Set(plan.values.filter((v) => v.kind !== 'computed'));

  /** The node that is all that reads a value, with the loop it is in. */
  const onlyReader = (value: Value): { at: number; loop: Loop; node: Node } | undefined => {
    const [at, another] = readers.get(value) ?? [];
    const loop = at === undefined || another !== undefined ? undefined : steps[at];
    if (loop?.kind !== 'loop') return undefined;
    const node = loop.nodes.find((n) => n.inputs.some((x) => isWhole(x, value)));
    return node === undefined || node.target !== undefined || node.dtype !== value.dtype ? undefined : { at: at!, loop, node };
  };

  /** The product with one more epilogue, or undefined. */
  const extended = (step: Product): Product | undefined => {
    if (step.relu === true) return undefined;
    const found = onlyReader(step.value);
    if (found === undefined) return undefined;
    const { at, loop, node } = found;
    const [x, y] = node.inputs;
    const other = asBias(isWhole(x, step.value) ? y : x, step);
    const bias = node.op === 'add' && step.bias === undefined && other !== undefined && ready.has(other.value) ? other : undefined;
    if (bias === undefined && node.op !== 'relu') return undefined;
    const rest = without(loop, node);
    step.value.stored = false;
    steps[at] = rest;
    for (const read of loopReads(rest)) if (read.value === node.value) reads(node.value, at);
    return { ...step, value: node.value, ...(bias === undefined ? { relu: true } : { bias }) };
  };

  for (let i = 0; i < steps.length; i++) {
    for (let step = steps[i]; step?.kind === 'product'; step = extended(step)) steps[i] = step;
    for (const v of writesOf(steps[i]!)) ready.add(v);
  }
  return { ...plan, steps: steps.filter((s) => s.kind !== 'loop' || s.nodes.length + s.reductions.length > 0) };
}
