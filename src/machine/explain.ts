/**
 * @file A program as text: what it does step by step, and what that costs.
 */
import { showShape, sizeOf } from '../graph/shape.js';
import { BYTES, operandsOf } from './reads.js';
import type { Input, Loop, Operand, Product, Step, Value } from './steps.js';
import type { Program } from './program.js';

const SHORT = { float64: 'f64', float32: 'f32', int32: 'i32', bool: 'bool' } as const;

/** Names of values: given ones by position, computed ones by number. */
function names(values: readonly Value[]): ReadonlyMap<Value, string> {
  const count = { given: 0, number: 0, constant: 0, computed: 0 };
  const letter = { given: 'in', number: 'n', constant: 'c', computed: '%' } as const;
  return new Map(values.map((v) => [v, `${letter[v.kind]}${count[v.kind]++}`]));
}

/** How many products a step makes. */
const productsOf = ({ batch }: Product): number => sizeOf(batch.map((axis) => axis.length));

/** Floating-point operations of a step: one for each element and operation. */
function operations(step: Step): number {
  if (step.kind === 'product')
    return step.m * step.n * (2 * step.k + (step.bias ? 1 : 0) + (step.relu === true ? 1 : 0)) * productsOf(step);
  return step.kind === 'loop' ? sizeOf(step.shape) * (step.nodes.filter((n) => n.op !== 'copy').length + step.reductions.length) : 0;
}

/** The program of a compiled call, one line a step. */
export function explain({ plan, bytes }: Program): string {
  const { steps, values, outputs } = plan;
  const named = names(values);
  const operand = (x: Operand): string =>
    `${named.get(x.value)!}${x.view.strides.some((s, i) => s === 0 && x.view.shape[i] !== 1) ? '…' : ''}`;
  const input = (x: Input): string => ('node' in x ? named.get(x.node.value)! : 'operand' in x ? operand(x.operand) : String(x.number));
  const loop = ({ lanes, shape, nodes, reductions }: Loop): string => {
    const lines = [
      ...nodes.map(
        (n) =>
          `${n.value.stored ? '' : '('}${named.get(n.value)!} = ${n.op}(${n.inputs.map(input).join(', ')})${n.value.stored ? '' : ')'}`,
      ),
      ...reductions.map((r) => `${named.get(r.value)!} = ${r.op}(${input(r.input)}, [${r.axes.join()}])`),
    ];
    return `loop ${lanes}${showShape(shape)} ${lines.join('; ')}`;
  };
  const line = (step: Step): string => {
    switch (step.kind) {
      case 'loop':
        return loop(step);
      case 'product': {
        const { m, k, n, a, b, value } = step;
        const products = productsOf(step);
        const batch = products === 1 ? '' : `${products} × `;
        return `${named.get(value)!} = product(${named.get(a.value)!}, ${named.get(b.value)!}) ${batch}[${m},${k}]·[${k},${n}]${step.bias ? ` + ${named.get(step.bias.value)!}` : ''}${step.relu === true ? ', relu' : ''} ${SHORT[value.dtype]}`;
      }
      case 'kernel':
        return `${named.get(step.value)!} = ${step.kernel}(${operandsOf(step).map(operand).join(', ')}) by a kernel`;
      case 'reference':
        return `${named.get(step.value)!} = ${step.definition.name}(${step.inputs.map(operand).join(', ')}) by its reference kernel`;
      case 'verify':
        return `check ${operand(step.operand)}`;
      case 'carry':
        return `next run: ${step.moves.map(({ from, to }) => `${named.get(to)!} = ${named.get(from.value)!}`).join(', ')}`;
      case 'clear':
        return `${named.get(step.value)!} = 0`;
    }
  };
  const flops = steps.reduce((total, step) => total + operations(step), 0);
  const stored = values.filter((v) => v.kind === 'computed' && v.stored);
  const summary = [
    `${steps.length} steps`,
    `${flops} operations`,
    `${stored.length} buffers of ${stored.reduce((total, v) => total + v.size * BYTES[v.dtype], 0)} bytes in ${bytes} bytes of memory`,
  ];
  return [
    ...steps.map((step, i) => `${String(i).padStart(3)}  ${line(step)}`),
    `return ${outputs.map(operand).join(', ')}`,
    summary.join(', '),
  ].join('\n');
}
