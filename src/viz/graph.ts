/**
 * @file A recorded graph as DOT text and, by Graphviz in WebAssembly, as SVG.
 */
import { isFloat } from '../graph/dtype.js';
import { checkOptions, DataError, UsageError } from '../graph/errors.js';
import { formatNumber } from '../graph/format.js';
import { showShape } from '../graph/shape.js';
import { Tape } from '../graph/tape.js';
import type { Tensor } from '../graph/tensor.js';
import type { TraceRow } from '../transforms/record.js';
import { printable } from './render.js';

/** What can be drawn: a recorded run, or the rows of a worked example, which know gradients too. */
export type Drawable = Tape | readonly TraceRow[];

/** What is drawn of a graph. */
export interface GraphOptions {
  /** Write the value of each node above its name: up to four numbers, of larger tensors the shape. Default false. */
  values?: boolean;
  /** Write the derivative of the result with respect to each float below its name; default false. Needs the rows of `trace`. */
  gradients?: boolean;
  /** Title of the picture. */
  name?: string;
}

/** A node of the picture: inputs are positions of nodes. */
interface Vertex {
  readonly kind: 'input' | 'constant' | 'op';
  readonly label: string;
  readonly inputs: readonly number[];
  readonly value: Tensor | undefined;
  readonly grad: Tensor | undefined;
  readonly isOutput: boolean;
}

const MOST_VERTICES = 500;
/** Most op calls that are written as DOT: some 200 bytes each, and no program draws them. */
const MOST_CALLS = 1_000_000;

/** Vertices of the rows of a trace; a constant's value is not in them, so each use is a node that says so. */
function ofRows(rows: readonly TraceRow[]): Vertex[] {
  const found: Vertex[] = [];
  const place: number[] = [];
  for (const row of rows) {
    const inputs = row.inputs.map((i) => {
      if (i >= 0) return place[i]!;
      return found.push({ kind: 'constant', label: 'constant', inputs: [], value: undefined, grad: undefined, isOutput: false }) - 1;
    });
    const kind = row.op === 'input' ? 'input' : 'op';
    place.push(found.push({ kind, label: titleOf(row.op, row.value), inputs, value: row.value, grad: row.grad, isOutput: false }) - 1);
  }
  return found;
}

/** Vertices of a tape: arguments, then op calls; whatever else an op read is a constant, or a parameter with a name. */
function ofTape(tape: Tape): Vertex[] {
  const found: Vertex[] = [];
  const place = new Map<Tensor, number>();
  const outputs = new Set(tape.outputs);
  const put = (kind: Vertex['kind'], t: Tensor, label: string, inputs: readonly number[]): number => {
    const i = found.push({ kind, label, inputs, value: t, grad: undefined, isOutput: outputs.has(t) }) - 1;
    place.set(t, i);
    return i;
  };
  const refer = (t: Tensor): number => {
    const known = place.get(t);
    if (known !== undefined) return known;
    // Scalars by value, each use a node of its own; the rest once, by name.
    const label = t.name ?? (t.ndim === 0 ? formatNumber(t.first(), 4) : 'constant');
    return put('constant', t, label, []);
  };
  for (const t of tape.inputs) if (!place.has(t)) put('input', t, titleOf('input', t), []);
  for (const { op, inputs, output } of tape.entries) put('op', output, titleOf(op, output), inputs.map(refer));
  for (const t of tape.outputs) refer(t);
  return found;
}

/** An op with the name of its result; an argument by its name alone. */
function titleOf(op: string, t: Tensor): string {
  if (t.name === undefined) return op;
  return op === 'input' ? t.name : `${t.name} = ${op}`;
}

/** Most elements that are written as numbers: a picture is no table. */
const MOST_NUMBERS = 4;

/** Nested arrays with numbers of four digits. */
function listed(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(listed).join(', ')}]`;
  return typeof value === 'number' ? formatNumber(value, 4) : String(value);
}

/** Up to four elements as numbers, anything larger as its shape. */
function shown(t: Tensor): string {
  return t.size > 0 && t.size <= MOST_NUMBERS ? listed(t.toArray()) : showShape(t.shape);
}

/** Text inside an HTML-like label, which must not be empty. */
function html(text: string): string {
  if (text === '') return ' ';
  const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return printable(text)
    .replace(/[&<>"]/g, (c) => named[c]!)
    .replace(/\s+/g, ' ');
}

/** Text as a quoted identifier: only the quote and the backslash before it are special. */
function quoted(text: string): string {
  return `"${printable(text).replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\s+/g, ' ')}"`;
}

function labelOf(vertex: Vertex, values: boolean, gradients: boolean): string {
  const { kind, label, value, grad } = vertex;
  const rows: string[] = [];
  const hasValue = value !== undefined && !(kind === 'constant' && value.ndim === 0 && value.name === undefined);
  if (values && hasValue) rows.push(`<font color="#1a7f37">${shown(value)}</font>`);
  rows.push(html(label));
  if (!values && value !== undefined && value.ndim > 0) rows.push(`<font point-size="10">${showShape(value.shape)}</font>`);
  const varies = value !== undefined && isFloat(value.dtype);
  if (gradients && varies && grad !== undefined) rows.push(`<font color="#cf222e">${shown(grad)}</font>`);
  return `<${rows.join('<br/>')}>`;
}

const SHAPES: Readonly<Record<Vertex['kind'], string>> = { input: 'box, style=rounded', constant: 'plaintext', op: 'ellipse' };

function areRows(graph: unknown): graph is readonly TraceRow[] {
  return Array.isArray(graph) && graph.every((row: unknown) => typeof row === 'object' && row !== null && 'op' in row && 'grad' in row);
}

/** The vertices of what is drawn, checked. */
function verticesOf(op: string, graph: Drawable, options: GraphOptions): Vertex[] {
  checkOptions(op, options, ['values', 'gradients', 'name']);
  const name: unknown = options.name;
  if (name !== undefined && typeof name !== 'string') throw new UsageError(op, 'name must be text', String(name));
  if (!(graph instanceof Tape) && !areRows(graph))
    throw new UsageError(op, 'a graph is a Tape or the rows of trace', `got ${typeof graph}`, 'record(f, …) or trace(f, …)');
  if (graph instanceof Tape && options.gradients === true)
    throw new UsageError(op, 'a tape has no gradients', undefined, 'draw trace(f, …), or record(grad(f), …) for the backward pass');
  const calls = graph instanceof Tape ? graph.entries.length : graph.length;
  if (calls > MOST_CALLS) {
    const hint = 'draw a smaller example, or walk the entries of its tape';
    throw new UsageError(op, `a graph has at most ${MOST_CALLS} op calls`, `this one has ${calls}`, hint);
  }
  const vertices = graph instanceof Tape ? ofTape(graph) : ofRows(graph);
  if (vertices.length === 0) throw new DataError(op, 'the graph is empty', undefined, 'there is nothing to draw');
  return vertices;
}

function dotOf(vertices: readonly Vertex[], { values = false, gradients = false, name }: GraphOptions): string {
  const text = [
    `digraph ${name === undefined ? '' : `${quoted(name)} `}{`,
    // without a limit on the search for short edges, 200 nodes can take a minute
    '  rankdir=LR; nslimit=2; nslimit1=2; bgcolor=white; fontname="Helvetica";',
    '  node [fontname="Helvetica", fontsize=12]; edge [arrowsize=0.7];',
  ];
  if (name !== undefined) text.push(`  label=<${html(name)}>; labelloc=t;`);
  vertices.forEach((vertex, i) => {
    const outline = vertex.isOutput ? ', peripheries=2' : '';
    text.push(`  n${i} [shape=${SHAPES[vertex.kind]}${outline}, label=${labelOf(vertex, values, gradients)}];`);
  });
  vertices.forEach(({ inputs }, i) => {
    for (const from of inputs) text.push(`  n${from} -> n${i};`);
  });
  return [...text, '}'].join('\n');
}

/**
 * A recorded graph as DOT text, forward from left to right: arguments, constants and ops by name, with shapes. With `values` and
 * `gradients` it is the circuit of a worked example: values above the names (green), derivatives below (red); up to four elements are
 * numbers of four digits, larger tensors show their shape. The rows of `trace` do not hold constants, which are drawn as the word; a tape
 * has those that are scalars as numbers. The tape of `record(grad(f), …)` has the backward pass as nodes of its own.
 * @throws UsageError when gradients are asked of a tape, which has none: draw `trace(f, …)`; for graphs of more than 1,000,000 op calls.
 * @example
 * const rows = trace((x, y) => mul(add(x, 1), y), tensor(2, { name: 'x' }), tensor(5, { name: 'y' }));
 * toDot(rows, { values: true, gradients: true }).match(/>-?\d+</g); // → ['>2<', '>5<', '>5<', '>3<', '>3<', '>5<', '>15<', '>1<']
 */
export function toDot(graph: Drawable, options: GraphOptions = {}): string {
  return dotOf(verticesOf('toDot', graph, options), options);
}

/**
 * A recorded graph as SVG text: what `toDot` says, laid out by Graphviz in WebAssembly, which is loaded when the first graph is drawn.
 * `writeSvg` and `writeSvgAsPng` of `chainrule/node` write it to a file.
 * @throws UsageError for graphs of more than 500 nodes, which Graphviz would lay out for minutes and nobody could read.
 * @example
 * const svg = await toSVG(record((x) => exp(mul(x, 2)), tensor(1, { name: 'x' })), { values: true });
 * svg.includes('7.389'); // → true
 */
export async function toSVG(graph: Drawable, options: GraphOptions = {}): Promise<string> {
  const vertices = verticesOf('toSVG', graph, options);
  if (vertices.length > MOST_VERTICES) {
    const hint = 'draw a smaller example, or give the text of toDot to Graphviz yourself';
    throw new UsageError('toSVG', `a picture has at most ${MOST_VERTICES} nodes`, `this graph has ${vertices.length}`, hint);
  }
  const { instance } = await import('@viz-js/viz');
  const svg = (await instance()).renderString(dotOf(vertices, options), { format: 'svg' });
  // Without the XML declaration it can stand inside a page.
  return svg.slice(svg.indexOf('<svg'));
}
