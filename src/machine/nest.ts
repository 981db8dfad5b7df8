/**
 * @file How a loop runs through memory: axes that all cross in one go are one axis, and the outermost axis is divided among threads.
 */
import type { DType } from '../graph/dtype.js';
import { keepAsOnes, sizeOf } from '../graph/shape.js';
import { BYTES, loopReads, operandKey } from './reads.js';
import type { Loop, Node, Reduction, Value } from './steps.js';
import { broadcast, type View, whole } from './view.js';

/** What a loop reads or writes along its axes. */
export interface Stream {
  /** Where it begins, in bytes. */
  base: number;
  dtype: DType;
  /** In bytes, of the merged axes. */
  strides: readonly number[];
  /** The local that counts its bytes; −1 where it stays in one place. */
  index: number;
}

/** Axes and streams of a loop. */
export interface Nest {
  /** Lengths of the merged axes. */
  readonly lengths: readonly number[];
  readonly loads: ReadonlyMap<string, Stream>;
  readonly stores: ReadonlyMap<Node, Stream>;
  readonly sums: ReadonlyMap<Reduction, Stream>;
  /** May threads share the outermost axis? */
  readonly divided: boolean;
  /** Reductions along the divided axis: each block of it has results of its own in extra room, which are put together at the end. */
  readonly partial: ReadonlySet<Reduction>;
  /** Bytes of that room. */
  readonly room: number;
}

/** Least number of elements and operations of a loop that is divided: some 10 µs of work, when a barrier takes one. */
const WORTH = 1 << 15;
/** Least number of elements. */
const LEAST_ELEMENTS = 1024;
/** Blocks that a single axis is cut into, at most and at least. The number never depends on the threads, so that sums have the same bits. */
const [MOST_BLOCKS, LEAST_BLOCKS] = [64, 4];

/** Is there enough to do for several threads? */
export function worthDividing({ shape, nodes, reductions }: Loop): boolean {
  const size = sizeOf(shape);
  return size >= LEAST_ELEMENTS && size * (nodes.length + reductions.length) >= WORTH;
}

/** The stride along the innermost axis. */
export function innerStride(s: Stream): number {
  return s.strides.at(-1) ?? 0;
}

/** Merged axes of a loop; `room` is where results of blocks go. */
export function nestOf(loop: Loop, address: (v: Value) => number, room: number): Nest {
  const { shape, nodes, reductions } = loop;
  const views: [Stream, View][] = [];
  const stream = (value: Value, view: View, dtype: DType): Stream => {
    const s: Stream = { base: address(value) + view.offset * BYTES[dtype], dtype, strides: [], index: -1 };
    views.push([s, view]);
    return s;
  };
  const loads = new Map<string, Stream>();
  const stores = new Map<Node, Stream>();
  const sums = new Map<Reduction, Stream>();
  for (const x of loopReads(loop)) {
    if (x.value.kind !== 'number' && !loads.has(operandKey(x))) loads.set(operandKey(x), stream(x.value, x.view, x.dtype));
  }
  for (const node of nodes)
    if (node.target !== undefined) stores.set(node, stream(node.value, node.target, node.dtype));
    else if (node.value.stored) stores.set(node, stream(node.value, whole(shape), node.dtype));
  for (const r of reductions) sums.set(r, stream(r.value, broadcast(whole(keepAsOnes(shape, r.axes)), shape), r.value.dtype));
  const lengths = merge(shape, views);
  const divided =
    worthDividing(loop) &&
    divide(
      lengths,
      views.map(([s]) => s),
      [...sums.values()],
    );
  const partial = new Set<Reduction>();
  let bytes = 0;
  if (divided) {
    for (const [r, s] of sums) {
      if (s.strides[0] !== 0) continue;
      partial.add(r);
      bytes += inRoom(s, r, lengths[0]!, room + bytes);
    }
  }
  return { lengths, loads, stores, sums, divided, partial, room: bytes };
}

/** Lengths of the axes after merging; streams get their strides. */
function merge(shape: readonly number[], views: readonly (readonly [Stream, View])[]): number[] {
  const lengths: number[] = [];
  const kept: number[][] = [];
  shape.forEach((n, axis) => {
    if (n === 1) return;
    const strides = views.map(([s, v]) => v.strides[axis]! * BYTES[s.dtype]);
    const last = kept.length - 1;
    if (last >= 0 && strides.every((d, i) => kept[last]![i] === d * n)) {
      lengths[last]! *= n;
      kept[last] = strides;
    } else {
      lengths.push(n);
      kept.push(strides);
    }
  });
  views.forEach(([s], i) => (s.strides = kept.map((strides) => strides[i]!)));
  return lengths;
}

/** Makes the outermost axis one that threads can share: an axis that is summed over, or the only one, is cut into blocks. */
function divide(lengths: number[], streams: readonly Stream[], sums: readonly Stream[]): boolean {
  const summed = sums.some((s) => s.strides[0] === 0);
  if (lengths.length > 1 && !summed) return true;
  const n = lengths[0]!;
  // blocks that are whole vectors, as long as the axis is the innermost
  const multiple = lengths.length > 1 ? 1 : 4;
  let blocks = Math.min(MOST_BLOCKS, n);
  while (blocks >= LEAST_BLOCKS && n % (blocks * multiple) !== 0) blocks--;
  if (blocks < LEAST_BLOCKS) return false;
  lengths.splice(0, 1, blocks, n / blocks);
  for (const s of streams) s.strides = [(s.strides[0]! * n) / blocks, ...s.strides];
  return true;
}

/** Gives every block its own results. Sums along the innermost axis are kept as they are carried, in float64. */
function inRoom(s: Stream, { value }: Reduction, blocks: number, at: number): number {
  if (innerStride(s) === 0) {
    const scale = 8 / BYTES[s.dtype];
    s.strides = s.strides.map((d) => d * scale);
    s.dtype = 'float64';
  }
  const bytes = value.size * BYTES[s.dtype];
  s.strides = [bytes, ...s.strides.slice(1)];
  s.base = at;
  return Math.ceil((bytes * blocks) / 8) * 8;
}
