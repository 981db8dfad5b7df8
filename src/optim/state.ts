/**
 * @file The state of a transform as PyTorch saves it, a record for each parameter, and back.
 */
import { DTypeError, ShapeError, UsageError } from '../graph/errors.js';
import type { Parameter } from '../graph/parameter.js';
import { sameShape, showShape } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';

/** What one parameter's part of a state is. */
export type ParameterState = Record<string, Tensor | number>;

/** A state taken apart: what belongs to single parameters, and what belongs to all of them. */
export interface SplitState {
  readonly each: readonly ParameterState[];
  readonly shared: Readonly<Record<string, unknown>>;
}

const isBuffer = (x: unknown, n: number): x is readonly Tensor[] =>
  Array.isArray(x) && x.length === n && n > 0 && x.every((t) => t instanceof Tensor);

/** Entries of a state with their names; the states of a chain are numbered: '1.expAvg'. */
function* entries(state: unknown, prefix = ''): Generator<[key: string, value: unknown]> {
  if (Array.isArray(state)) {
    for (const [j, part] of state.entries()) yield* entries(part, `${prefix}${j}.`);
  } else if (typeof state === 'object' && state !== null) {
    for (const [key, value] of Object.entries(state)) yield [prefix + key, value];
  }
}

/** A state with other values: `change` is asked for each entry by its name. */
function mapEntries(state: unknown, change: (key: string, value: unknown) => unknown, prefix = ''): unknown {
  if (Array.isArray(state)) return state.map((part: unknown, j) => mapEntries(part, change, `${prefix}${j}.`));
  if (typeof state !== 'object' || state === null) return state;
  return Object.fromEntries(Object.entries(state).map(([key, value]) => [key, change(prefix + key, value)]));
}

/** Takes apart the state of a transform of `n` parameters. Numbers, such as the step count, are noted with every parameter. */
export function splitState(state: unknown, n: number): SplitState {
  const each: ParameterState[] = Array.from({ length: n }, () => ({}));
  const shared: Record<string, unknown> = {};
  for (const [key, value] of entries(state)) {
    if (typeof value === 'number') each.forEach((part) => (part[key] = value));
    else if (isBuffer(value, n)) each.forEach((part, i) => (part[key] = value[i]!));
    else shared[key] = value;
  }
  return { each, shared };
}

/** Puts a state together in the form of `current`. Throws where the names, shapes or dtypes differ. */
export function joinState(op: string, current: unknown, saved: SplitState, params: readonly Parameter[]): unknown {
  const now = splitState(current, params.length);
  const expect = (what: string, wanted: object, got: object): void => {
    const [missing, unknown] = [Object.keys(wanted), Object.keys(got)].map((keys, i, both) =>
      keys.filter((k) => !both[1 - i]!.includes(k)),
    );
    if (missing!.length > 0)
      throw new UsageError(op, `${what} lacks ${missing!.join(', ')}`, undefined, 'was it saved by another optimizer?');
    if (unknown!.length > 0)
      throw new UsageError(
        op,
        `${what} has unknown keys`,
        unknown!.join(', '),
        `this optimizer keeps ${Object.keys(wanted).join(', ') || 'nothing'}`,
      );
  };
  expect('the shared state', now.shared, saved.shared);
  params.forEach((p, i) => {
    expect(`the state of ${p.name ?? `parameter ${i}`}`, now.each[i]!, saved.each[i]!);
    for (const [key, value] of Object.entries(saved.each[i]!)) {
      const wanted = now.each[i]![key];
      const place = `${key} of ${p.name ?? `parameter ${i}`}`;
      if (typeof wanted !== typeof value || (wanted instanceof Tensor && !(value instanceof Tensor)))
        throw new UsageError(op, `${place} must be a ${typeof wanted === 'number' ? 'number' : 'tensor'}`, String(value));
      if (typeof value === 'number' && !Object.is(value, saved.each[0]![key]))
        throw new UsageError(op, `${key} must be the same for all parameters`, `${String(saved.each[0]![key])} and ${value}`);
      if (!(value instanceof Tensor) || !(wanted instanceof Tensor)) continue;
      if (!sameShape(value.shape, wanted.shape))
        throw new ShapeError(op, `${place} must be ${showShape(wanted.shape)}`, `got ${showShape(value.shape)}`);
      if (value.dtype !== wanted.dtype) throw new DTypeError(op, `${place} must be ${wanted.dtype}`, `got ${value.dtype}`);
    }
  });
  return mapEntries(current, (key) => {
    if (!(key in saved.each[0]!)) return saved.shared[key];
    const first = saved.each[0]![key];
    return typeof first === 'number' ? first : saved.each.map((part) => part[key]);
  });
}

/** The state `next`, with the buffers of `before` where `keep` says so: parameters without a gradient. */
export function keepBuffers(next: unknown, before: unknown, keep: readonly boolean[]): unknown {
  const old = splitState(before, keep.length).each;
  return mapEntries(next, (key, value) =>
    isBuffer(value, keep.length) ? value.map((t, i) => (keep[i] ? (old[i]![key] ?? t) : t)) : value,
  );
}
