/**
 * @file A tape as stable text: `%3 = mul(%0, 2) : float64[3]`.
 */
import { UsageError } from './errors.js';
import { formatNumber } from './format.js';
import { showShape } from './shape.js';
import type { Entry, Tensor } from './tensor.js';

const typed = (t: Tensor): string => `${t.dtype}${t.shape.length ? showShape(t.shape) : ''}`;

/** Attributes as `{axes: [0], keepdims: true}`: keys in the order of the definition, long arrays shortened. */
export function showAttrs(attrs: unknown): string {
  const show = (v: unknown): string => {
    if (typeof v === 'number') return formatNumber(v);
    if (Array.isArray(v)) return `[${v.length > 16 ? `${v.slice(0, 16).map(show).join(', ')}, …` : v.map(show).join(', ')}]`;
    if (typeof v === 'object' && v !== null) {
      return `{${Object.entries(v)
        .map(([k, x]) => `${k}: ${show(x)}`)
        .join(', ')}}`;
    }
    return String(v);
  };
  return attrs === undefined ? '' : ` ${show(attrs)}`;
}

/** Most lines of a printed tape: engines have texts of up to 2²⁹ characters. */
const MOST_LINES = 4_000_000;

/**
 * One line an entry; constants appear by value when they are scalars, by type and name otherwise.
 * @throws UsageError for tapes of more than 4,000,000 entries.
 */
export function printTape(tape: { entries: readonly Entry[]; inputs: readonly Tensor[]; outputs: readonly Tensor[] }): string {
  if (tape.entries.length > MOST_LINES) {
    const hint = 'walk tape.entries, or record a smaller example';
    throw new UsageError('print', `a text has at most ${MOST_LINES} lines`, `this tape has ${tape.entries.length} entries`, hint);
  }
  const names = new Map<Tensor, string>();
  const lines: string[] = [];
  let next = 0;
  const declare = (t: Tensor): string => {
    const name = `%${next++}`;
    names.set(t, name);
    return name;
  };
  for (const t of tape.inputs) {
    if (!names.has(t)) lines.push(`${declare(t)} = input${t.name === undefined ? '' : ` '${t.name}'`} : ${typed(t)}`);
  }
  const refer = (t: Tensor): string => {
    const known = names.get(t);
    if (known !== undefined) return known;
    if (t.shape.length === 0 && t.node === null) return formatNumber(t.first());
    lines.push(
      `${declare(t)} = ${t.node === null ? 'constant' : t.node.op.name}${t.name === undefined ? '' : ` '${t.name}'`} : ${typed(t)}`,
    );
    return names.get(t)!;
  };
  for (const { op, inputs, attrs, output } of tape.entries) {
    const args = inputs.map(refer).join(', ');
    lines.push(`${declare(output)} = ${op}(${args})${showAttrs(attrs)} : ${typed(output)}`);
  }
  lines.push(`return ${tape.outputs.map(refer).join(', ')}`);
  return lines.join('\n');
}
