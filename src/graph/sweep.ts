/**
 * @file The reverse sweep: cotangents of targets, given the cotangent of an output. A loop, never a recursion.
 */
import { isFloat, type DType } from './dtype.js';
import { GradError, ShapeError } from './errors.js';
import { sameShape, type Shape, showShape } from './shape.js';
import { beginBackward, endBackward } from './state.js';
import { type Node, type OpLike, Tensor } from './tensor.js';
import { watching } from './watch.js';

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

function visit(t: Tensor, oldest: number, mark: number, found: Tensor[]): void {
  const { node } = t;
  if (node === null || t.id < oldest || node.mark === mark) return;
  node.mark = mark;
  found.push(t);
}

/** Tracked tensors that `ys` were made of, oldest first; nothing older than `oldest` is visited, and nothing beyond `ends`. */
function history(ys: readonly Tensor[], oldest: number, ends: ReadonlySet<Tensor> | null = null): Tensor[] {
  const mark = ++sweeps;
  const found: Tensor[] = [];
  for (let i = 0; i < ys.length; i++) visit(ys[i]!, oldest, mark, found);
  for (let k = 0; k < found.length; k++) {
    if (ends?.has(found[k]!) === true) continue;
    const { inputs } = found[k]!.node!;
    for (let i = 0; i < inputs.length; i++) visit(inputs[i]!, oldest, mark, found);
  }
  // A chain is found newest first: then turning it round is all the sorting there is.
  found.reverse();
  for (let i = 1; i < found.length; i++) if (found[i]!.id < found[i - 1]!.id) return found.sort((a, b) => a.id - b.id);
  return found;
}

/** The leaves with an owner (parameters) that `y` was made of, oldest first. */
export function ownedLeaves(y: Tensor): Tensor[] {
  return history([y], 0).filter((t) => t.node!.owner !== null);
}

/** Tracked tensors older than `since` that `ys` were made of by what was made since: what a function reads that is no argument of it. */
export function captured(ys: readonly Tensor[], since: number): Tensor[] {
  const mark = ++sweeps;
  const found: Tensor[] = [];
  for (const y of ys) visit(y, 0, mark, found);
  // the value of a parameter may be fetched when it is first read, so it is the parameter's age that counts
  const outside = ({ id, node }: Tensor): boolean => (node!.owner instanceof Tensor ? node!.owner.id : id) < since;
  for (let k = 0; k < found.length; k++) {
    const { node } = found[k]!;
    if (outside(found[k]!)) continue;
    node!.inputs.forEach((x, i) => {
      if (node!.op.rule(i) !== 'zero') visit(x, 0, mark, found);
    });
  }
  return found.filter(outside);
}

/** Does a target lie behind a node? Is it one itself? */
const [DEAD, LIVE, TARGET] = [0, 1, 2];

/** Position of `t` in a sweep, −1 outside it. Valid until the next sweep, so it is read before any rule runs. */
function slotOf(t: Tensor, order: readonly Tensor[]): number {
  return t.node !== null && order[t.node.slot] === t ? t.node.slot : -1;
}

/**
 * Slots of the inputs of every node, one node after the other; −1 where no target lies behind. A 'zero' rule blocks silently:
 * nothing behind it is asked for.
 */
function liveEdges(order: readonly Tensor[], targets: readonly Tensor[], live: number[]): readonly number[] {
  let n = 0;
  for (let k = 0; k < order.length; k++) {
    const node = order[k]!.node!;
    node.slot = k;
    n += node.inputs.length;
    live[k] = DEAD;
  }
  for (let i = 0; i < targets.length; i++) {
    const slot = slotOf(targets[i]!, order);
    if (slot >= 0) live[slot] = TARGET;
  }
  const edges = new Array<number>(n);
  for (let k = 0, edge = 0; k < order.length; k++) {
    const { inputs, op } = order[k]!.node!;
    let found = live[k]!;
    for (let i = 0; i < inputs.length; i++) {
      const slot = slotOf(inputs[i]!, order);
      const wanted = slot >= 0 && live[slot] !== DEAD && op.rule(i) !== 'zero';
      edges[edge++] = wanted ? slot : -1;
      if (wanted && found === DEAD) found = LIVE;
    }
    live[k] = found;
  }
  return edges;
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
        undefined,
        'expand or reduce g first',
      );
    }
    g = algebra.reduceTo(g, u.shape);
  }
  return g.dtype !== u.dtype && isFloat(u.dtype) ? algebra.cast(g, u.dtype) : g;
}

/**
 * Cotangents of `targets` for the cotangents `seeds` of `ys`. Visits only what lies between them, in descending order of
 * creation; the rules run as the caller's backward pass. Targets that no `y` depends on get zeros. With `ending` a target is where the sweep
 * ends: what one target passes on to another does not count.
 */
export function sweep(
  ys: readonly Tensor[],
  seeds: readonly Tensor[],
  targets: readonly Tensor[],
  algebra: Algebra,
  ending = false,
): Tensor[] {
  const recording = beginBackward();
  try {
    return sweepBack(ys, seeds, targets, algebra, ending);
  } finally {
    endBackward(recording);
  }
}

function sweepBack(
  ys: readonly Tensor[],
  seeds: readonly Tensor[],
  targets: readonly Tensor[],
  algebra: Algebra,
  ending: boolean,
): Tensor[] {
  let oldest = Infinity;
  for (let i = 0; i < targets.length; i++) oldest = Math.min(oldest, targets[i]!.id);
  const order = history(ys, oldest, ending ? new Set(targets) : null);
  // arrays of their length, filled here: what grows by push has room for 17 from the start, and `fill` is a call
  const live = new Array<number>(order.length);
  const edges = liveEdges(order, targets, live);
  const wanted = new Array<number>(targets.length);
  for (let i = 0; i < wanted.length; i++) wanted[i] = slotOf(targets[i]!, order);
  const cotangents = new Array<Tensor | null>(order.length);
  for (let k = 0; k < cotangents.length; k++) cotangents[k] = null;
  for (let i = 0; i < ys.length; i++) {
    const slot = slotOf(ys[i]!, order);
    if (slot >= 0) accumulate(cotangents, slot, seeds[i]!, algebra);
  }
  for (let k = order.length - 1, edge = edges.length; k >= 0; k--) {
    const t = order[k]!;
    edge -= t.node!.inputs.length;
    const g = cotangents[k];
    if (g === null || g === undefined || live[k] === DEAD) continue;
    if (live[k] === TARGET) {
      if (ending) continue;
    } else cotangents[k] = null; // what is done is free to go
    pull(t, g, edges, edge, cotangents, algebra);
  }
  const found = new Array<Tensor>(targets.length);
  for (let i = 0; i < found.length; i++) {
    const t = targets[i]!;
    found[i] = cotangents[wanted[i]!] ?? algebra.zeros(t.shape, t.dtype);
  }
  return found;
}

function accumulate(cotangents: (Tensor | null)[], slot: number, g: Tensor, algebra: Algebra): void {
  const before = cotangents[slot];
  cotangents[slot] = before === null || before === undefined ? g : algebra.add(before, g);
}

/** Runs the rules of one node and adds what they give to the cotangents of its live inputs, whose slots stand from `edge` on. */
function pull(t: Tensor, g: Tensor, edges: readonly number[], edge: number, cotangents: (Tensor | null)[], algebra: Algebra): void {
  const node = t.node!;
  const { op, inputs } = node;
  let context: unknown;
  for (let i = 0; i < inputs.length; i++) {
    const slot = edges[edge + i]!;
    if (slot < 0) continue;
    const rule = op.rule(i);
    if (rule === null || rule === 'zero') {
      const name = op.inputs[Math.min(i, op.inputs.length - 1)];
      throw new GradError(
        op.name,
        `is not differentiable with respect to '${name}'`,
        undefined,
        op.instead ?? 'wrap it in stopGradient if it is meant to be a constant',
      );
    }
    context ??= op.context(inputs, node.attrs, t, g);
    if (watching.by === null) accumulate(cotangents, slot, fit(rule(context as never, i), inputs[i]!, node, i, algebra), algebra);
    else pullWatched(t, i, rule, context, slot, cotangents, algebra);
  }
}

/** The same for one input while somebody watches: what the rule computes on its way belongs to it, and so does the sum of cotangents. */
function pullWatched(
  t: Tensor,
  i: number,
  rule: Exclude<ReturnType<OpLike['rule']>, string | null>,
  context: unknown,
  slot: number,
  cotangents: (Tensor | null)[],
  algebra: Algebra,
): void {
  watching.by!.rule(t, i, () => {
    const node = t.node!;
    accumulate(cotangents, slot, fit(rule(context as never, i), node.inputs[i]!, node, i, algebra), algebra);
    return cotangents[slot]!;
  });
}
