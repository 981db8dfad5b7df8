/**
 * @file Less memory for more time: the inside of a function is not kept for the backward pass, but computed again there.
 */
import { scalar } from '../graph/create.js';
import { isFloat, promote } from '../graph/dtype.js';
import { UsageError } from '../graph/errors.js';
import { sizeOf } from '../graph/shape.js';
import { type State, state, withState } from '../graph/state.js';
import { captured, sweep } from '../graph/sweep.js';
import { emit } from '../graph/tape.js';
import { now, type OpLike, Pending, type Tensor } from '../graph/tensor.js';
import { type FlatTree, flattenTree, leavesOf, mapTensors } from '../graph/tree.js';
import { rootOf } from '../graph/vjp.js';
import { algebra } from '../ops/algebra.js';
import { cast } from '../ops/casting.js';
import { repeatable } from '../ops/repeatable.js';
import { reshape } from '../ops/shaping.js';
import { concat, slice } from '../ops/slicing.js';
import { noGrad } from './custom.js';
import { type Batch, isTracked, runningBatch } from './examples.js';
import type { Arguments, TensorFunction, TensorTree } from './types.js';
import { withPullback } from './with-pullback.js';

type AnyFunction = (...args: never[]) => unknown;

/** Tensors as one vector, because an op has one result: what is alone stays as it is. */
function pack(leaves: readonly Tensor[]): Tensor {
  if (leaves.length === 1) return leaves[0]!;
  const dtype = leaves.map((t) => t.dtype).reduce(promote);
  return concat(leaves.map((t) => cast(reshape(t, [-1]), dtype)));
}

/** The way back, to tensors like those that were packed. */
function unpack(packed: Tensor, like: readonly Tensor[]): Tensor[] {
  if (like.length === 1) return [packed];
  let at = 0;
  return like.map((t) => cast(reshape(slice(packed, [[at, (at += sizeOf(t.shape))]]), t.shape), t.dtype));
}

/** Waits for `after` and is x: equal expressions before it and behind it are not one in a compiled function. */
const afterwards: OpLike = {
  name: 'afterwards',
  inputs: ['x', 'after'],
  broadcasts: false,
  rule: (i) => (i === 0 ? (context: { g: Tensor }) => context.g : 'zero'),
  context: (_inputs, _attrs, _out, g) => ({ g }) as never,
};

/** x, computed no sooner than `after` where a function is being compiled: else the program would share what is to be computed again. */
function notBefore(x: Tensor, after: Tensor): Tensor {
  if (state.planning === null || !(x.storage instanceof Pending) || !after.pending) return x;
  return emit(afterwards, [x, after], undefined, new Pending(), x.shape, x.dtype);
}

/** Runs f on arguments whose tracked tensors are `given` in place of their own. */
function runOn(f: AnyFunction, args: readonly unknown[], given: readonly Tensor[]): unknown {
  let i = 0;
  return f(...(mapTensors(args, (t) => (t.node === null ? t : given[i++]!)) as never[]));
}

/** Positions of the results that belong to one op each: the floats together, and each of what no derivative goes through. */
function groups(results: readonly Tensor[]): number[][] {
  const tracked = [...results.keys()].filter((i) => results[i]!.node !== null);
  const floats = tracked.filter((i) => isFloat(results[i]!.dtype));
  return [floats, ...tracked.filter((i) => !floats.includes(i)).map((i) => [i])].filter((group) => group.length > 0);
}

/** What a call leaves behind: enough to run f again, and nothing that it computed. */
interface Memory {
  readonly f: AnyFunction;
  readonly args: readonly unknown[];
  /** The tracked tensors of the arguments. */
  readonly inputs: readonly Tensor[];
  /** Tracked tensors that f reads too. */
  readonly outside: readonly Tensor[];
  /** Does something with the generators as f found them. */
  readonly repeat: <T>(g: () => T) => T;
  /** Number of transforms that were active. */
  readonly depth: number;
  /** The call of vmap that was running. */
  readonly batching: State['batching'];
}

/** Cotangents of inputs for cotangents of results. */
type Pullback = (inputs: readonly Tensor[], seeds: readonly Tensor[]) => Tensor[];

/** Cotangents of the inputs, then of `outside`, for those of some results: f runs again as it ran, and this time it is recorded. */
function pullback({ f, args, outside, repeat, depth, batching }: Memory, group: readonly number[]): Pullback {
  return (inputs: readonly Tensor[], seeds: readonly Tensor[]): Tensor[] => {
    const since = now();
    const roots = inputs.map((x) => rootOf(notBefore(x, seeds[0]!)));
    const result = withState({ recording: true, depth, batching }, () => repeat(() => runOn(f, args, roots)));
    const { leaves } = flattenTree('checkpoint', result);
    const ys = group.map((i) => leaves[i]!);
    mustBeTheSame(captured(ys, since), [...inputs, ...outside]);
    return sweep(ys, seeds, [...roots, ...outside], algebra, true);
  };
}

/** Some results as results of one op, whose inputs are all that f reads. */
function asOne(like: readonly Tensor[], group: readonly number[], memory: Memory): Tensor[] {
  const { f, inputs, outside } = memory;
  const back = pullback(memory, group);
  const pull = (g: Tensor): readonly Tensor[] => {
    const seeds = unpack(g, like);
    // a backward pass that is recorded does not keep its inside either
    return state.recording ? (call(back, [inputs, seeds]) as Tensor[]) : back(inputs, seeds);
  };
  const name = f.name ? `checkpoint(${f.name})` : 'checkpoint';
  return unpack(withPullback(pack(like), { name, inputs: [...inputs, ...outside], pull }), like);
}

/** Runs f and forgets how its results were made. */
function call(f: AnyFunction, args: readonly unknown[]): unknown {
  const tensors = leavesOf(args);
  const inputs = tensors.filter((t) => t.node !== null);
  const batch = runningBatch();
  const outer = batch !== null && (inputs.length === 0 || tensors.some((t) => isTracked(batch.spread(t))));
  const examples = repeatable(() => (outer ? overBatch(f, args, batch) : undefined));
  if (outer && inputs.length === 0) return examples.result;
  const since = now();
  const roots = noGrad(() => inputs.map(rootOf));
  const { result, again } = examples.again(() => repeatable(() => runOn(f, args, roots)));
  const tree = flattenTree('checkpoint', result);
  const { leaves } = tree;
  const { depth, batching } = state;
  const memory: Memory = { f, args, inputs, outside: captured(leaves, since), repeat: outer ? examples.again : again, depth, batching };
  const values = outer ? flattenTree('checkpoint', examples.result).leaves : leaves;
  const results = values.map((t) => (t.node === null ? t : t.share(null)));
  for (const group of groups(leaves)) {
    const like = group.map((i) => results[i]!);
    asOne(like, group, memory).forEach((t, k) => (results[group[k]!] = t));
  }
  return tree.rebuild(results);
}

const ZERO = scalar(0);
const placeholder = (): Tensor => ZERO;

/** The call with all examples at once: it is their values that derivatives outside of vmap go through. */
function overBatch(f: AnyFunction, args: readonly unknown[], batch: Batch): unknown {
  const tensors = leavesOf(args);
  let form: FlatTree | undefined;
  const onWholes = (...wholes: Tensor[]): Tensor[] =>
    batch.within(() => {
      let i = 0;
      const own = mapTensors(args, (t) => (batch.maps(t) ? batch.example(wholes[i++]!) : wholes[i++]!)) as never[];
      const result = f(...own);
      // the structure alone: what it holds would be kept
      form ??= flattenTree('checkpoint', mapTensors(result, placeholder));
      return flattenTree('checkpoint', result).leaves.map((t) => batch.whole(t));
    });
  const spread = tensors.map((t) => batch.spread(t));
  const wholes = batch.outside(() => call(onWholes, spread)) as Tensor[];
  return form!.rebuild(wholes.map((t) => batch.example(t)));
}

/** Throws where the second run read what the first did not. */
function mustBeTheSame(read: readonly Tensor[], before: readonly Tensor[]): void {
  const known = new Set(before);
  const other = read.find((t) => !known.has(t));
  if (other === undefined) return;
  const what = other.name === undefined ? 'a tensor' : `another value of ${other.name}`;
  throw new UsageError('checkpoint', `f read ${what} when it ran again`, undefined, 'take the gradient before parameters change');
}

/**
 * The same function, with the same derivatives of every order, that keeps nothing of its inside for the backward pass: there it runs again.
 * Arguments and results are trees; parameters and other tensors that f closes over get their gradients too. Generators draw again what they
 * drew. f should depend on nothing else that changes.
 *
 * The memory of a chain of n layers falls from n to about 2·√n where every √n of them are a checkpoint; f runs twice.
 * @throws UsageError in the backward pass where f read another value of a parameter than before.
 * @see Chen et al., Training deep nets with sublinear memory cost, 2016; jax.checkpoint
 * @example
 * const block = checkpoint((x) => sin(exp(x)));
 * allclose(grad(block)(0.5), grad((x) => sin(exp(x)))(0.5)); // → true
 */
export function checkpoint<R>(f: TensorFunction<R>): (...args: Arguments<Tensor[]>) => TensorTree<R>;
export function checkpoint<P extends readonly unknown[], R>(f: (...args: P) => R): (...args: Arguments<P>) => TensorTree<R>;
export function checkpoint(f: AnyFunction): (...args: never[]) => unknown {
  if (typeof f !== 'function') throw new UsageError('checkpoint', 'f must be a function', `got ${typeof f}`);
  return (...args) => (state.recording ? call(f, args) : f(...args));
}
