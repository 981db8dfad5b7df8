/**
 * @file The reverse sweep: cotangents of targets, given the cotangent of an output. A loop, never a recursion.
 */
import { isFloat, type DType } from './dtype.js';
import { GradError, ShapeError } from './errors.js';
import { sameShape, type Shape, showShape } from './shape.js';
import { asBackward } from './state.js';
import type { Node, Tensor } from './tensor.js';

/** The arithmetic the graph needs but does not know: it is handed these by `ops`. */
export interface Algebra {
  /** Sum of two cotangents of the same shape. */
  add(a: Tensor, b: Tensor): Tensor;
  /** A cotangent summed down to `shape` (the transpose of broadcasting). */
  reduceTo(g: Tensor, shape: Shape): Tensor;
  /** A cotangent in another float type. */
  cast(g: Tensor, dtype: DType): Tensor;
  /** Zeros, for targets the output does not depend on. */
  zeros(shape: Shape, dtype: DType): Tensor;
}

let sweeps = 0;

/** Tracked tensors that `ys` were made of, oldest first; nothing older than `oldest` is visited. */
function history(ys: readonly Tensor[], oldest: number): Tensor[] {
  const mark = ++sweeps;
  const found: Tensor[] = [];
  const stack: Tensor[] = [];
  for (const y of ys) {
    if (y.node === null || y.id < oldest || y.node.mark === mark) continue;
    y.node.mark = mark;
    stack.push(y);
  }
  while (stack.length > 0) {
    const t = stack.pop()!;
    found.push(t);
    const { inputs } = t.node!;
    for (let i = 0; i < inputs.length; i++) {
      const u = inputs[i]!;
      if (u.node !== null && u.id >= oldest && u.node.mark !== mark) {
        u.node.mark = mark;
        stack.push(u);
      }
    }
  }
  return found.sort((a, b) => a.id - b.id);
}

/** The leaves with an owner (parameters) that `y` was made of, oldest first. */
export function ownedLeaves(y: Tensor): Tensor[] {
  return history([y], 0).filter((t) => t.node!.owner !== null);
}

/** Slots of the inputs of every live node, −1 where no target lies behind. Read before any rule runs, so marks may be reused. */
function liveEdges(order: readonly Tensor[], isTarget: (t: Tensor) => boolean): { edges: Int32Array[]; live: Uint8Array } {
  const live = new Uint8Array(order.length);
  const edges = new Array<Int32Array>(order.length);
  const mark = order.length > 0 ? order[0]!.node!.mark : 0;
  for (let k = 0; k < order.length; k++) {
    const node = order[k]!.node!;
    node.slot = k;
    const slots = new Int32Array(node.inputs.length);
    let any = false;
    for (let i = 0; i < slots.length; i++) {
      const u = node.inputs[i]!.node;
      // An input outside this sweep carries another sweep's mark; one older than every target was never marked.
      // A 'zero' rule blocks silently: nothing behind it is asked for.
      const seen = u !== null && u.mark === mark && order[u.slot] === node.inputs[i] && live[u.slot] === 1;
      const slot = seen && node.op.rule(i) !== 'zero' ? u.slot : -1;
      slots[i] = slot;
      any ||= slot >= 0;
    }
    edges[k] = slots;
    if (any || isTarget(order[k]!)) live[k] = 1;
  }
  return { edges, live };
}

/** One cotangent, brought to the shape and type of its input; a wrong shape throws unless the op broadcasts. */
function fit(du: Tensor, u: Tensor, node: Node, i: number, algebra: Algebra): Tensor {
  let g = du;
  if (!sameShape(g.shape, u.shape)) {
    const { op } = node;
    if (!op.broadcasts) {
      const name = op.inputs[Math.min(i, op.inputs.length - 1)];
      throw new ShapeError(
        op.name,
        `vjp for '${name}' has shape ${showShape(g.shape)}, but '${name}' has shape ${showShape(u.shape)}`,
        'expand or reduce g first',
      );
    }
    g = algebra.reduceTo(g, u.shape);
  }
  return g.dtype !== u.dtype && isFloat(u.dtype) ? algebra.cast(g, u.dtype) : g;
}

/**
 * Cotangents of `targets` for the cotangents `seeds` of `ys`. Visits only what lies between them, in descending order of
 * creation; the rules run as the caller's backward pass. Targets that no `y` depends on get zeros.
 */
export function sweep(ys: readonly Tensor[], seeds: readonly Tensor[], targets: readonly Tensor[], algebra: Algebra): Tensor[] {
  return asBackward(() => {
    let oldest = Infinity;
    for (const t of targets) oldest = Math.min(oldest, t.id);
    const order = history(ys, oldest);
    const wanted = new Set(targets);
    const { edges, live } = liveEdges(order, (t) => wanted.has(t));
    const cotangents = new Array<Tensor | null>(order.length).fill(null);
    ys.forEach((y, i) => {
      const slot = y.node === null || order[y.node.slot] !== y ? -1 : y.node.slot;
      if (slot >= 0) accumulate(cotangents, slot, seeds[i]!, algebra);
    });
    const results = new Map<Tensor, Tensor>();
    for (let k = order.length - 1; k >= 0; k--) {
      const g = cotangents[k];
      if (g === null || g === undefined || live[k] === 0) continue;
      cotangents[k] = null;
      const t = order[k]!;
      if (wanted.has(t)) results.set(t, g);
      pull(t, g, edges[k]!, cotangents, algebra);
    }
    return targets.map((t) => results.get(t) ?? algebra.zeros(t.shape, t.dtype));
  });
}

function accumulate(cotangents: (Tensor | null)[], slot: number, g: Tensor, algebra: Algebra): void {
  const before = cotangents[slot];
  cotangents[slot] = before === null || before === undefined ? g : algebra.add(before, g);
}

/** Runs the rules of one node and adds what they give to the cotangents of its live inputs. */
function pull(t: Tensor, g: Tensor, slots: Int32Array, cotangents: (Tensor | null)[], algebra: Algebra): void {
  const node = t.node!;
  const { op, inputs } = node;
  let context: unknown;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]!;
    if (slot < 0) continue;
    const rule = op.rule(i);
    if (rule === null || rule === 'zero') {
      const name = op.inputs[Math.min(i, op.inputs.length - 1)];
      throw new GradError(
        op.name,
        `is not differentiable with respect to '${name}'`,
        undefined,
        'wrap it in stopGradient if it is meant to be a constant',
      );
    }
    context ??= op.context(inputs, node.attrs, t, g);
    accumulate(cotangents, slot, fit(rule(context as never, i), inputs[i]!, node, i, algebra), algebra);
  }
}
